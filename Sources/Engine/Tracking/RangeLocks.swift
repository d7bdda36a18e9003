internal import Blocks

/// Locks on block ranges in order of arrival: a holder goes on when nothing registered before it overlaps.
/// Waiting only ever on earlier arrivals, holders cannot wait for each other in a circle.
struct RangeLocks {
    struct Ticket: Hashable, Comparable {
        let order: UInt64
        static func < (a: Self, b: Self) -> Bool { a.order < b.order }
    }

    private struct Entry {
        let ticket: Ticket
        let range: BlockRange
        var waiter: CheckedContinuation<Void, Never>?
    }

    private var entries: [Entry] = []
    private var next: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func register(_ range: BlockRange) -> Ticket {
        next += 1
        entries.append(Entry(ticket: Ticket(order: next), range: range))
        return Ticket(order: next)
    }

    func isFree(_ ticket: Ticket) -> Bool {
        guard let mine = entries.first(where: { $0.ticket == ticket }) else { return true }
        return !entries.contains { $0.ticket < ticket && $0.range.overlaps(mine.range) }
    }

    /// Resumed by a release once nothing earlier overlaps.
    mutating func wait(_ ticket: Ticket, _ continuation: CheckedContinuation<Void, Never>) {
        guard let index = entries.firstIndex(where: { $0.ticket == ticket }) else {
            continuation.resume()
            return
        }
        entries[index].waiter = continuation
    }

    mutating func release(_ ticket: Ticket) {
        guard let index = entries.firstIndex(where: { $0.ticket == ticket }) else { return }
        let range = entries[index].range
        entries.remove(at: index)
        for index in entries.indices where entries[index].waiter != nil && entries[index].range.overlaps(range) {
            guard isFree(entries[index].ticket) else { continue }
            entries[index].waiter?.resume()
            entries[index].waiter = nil
        }
    }
}
