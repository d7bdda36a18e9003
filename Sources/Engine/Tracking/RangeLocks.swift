internal import Blocks

/// Locks on block ranges in order of arrival: a holder goes on when nothing registered before it overlaps.
/// Waiting only ever on earlier arrivals, holders cannot wait for each other in a circle.
///
/// Guests' mutations register one range each, a reader hundreds that lie apart: those have one ticket together, and
/// whether a range meets one of them is found by halving.
struct RangeLocks {
    struct Ticket: Hashable, Comparable {
        let order: UInt64
        static func < (a: Self, b: Self) -> Bool { a.order < b.order }
    }

    private struct Entry {
        let ticket: Ticket
        /// From the first block to behind the last.
        let hull: BlockRange
        /// Ascending and apart; empty when the hull is all there is.
        let ranges: [BlockRange]

        func overlaps(_ other: Entry) -> Bool {
            guard hull.overlaps(other.hull) else { return false }
            if ranges.isEmpty { return other.ranges.isEmpty || other.meets(hull) }
            return other.ranges.isEmpty ? meets(other.hull) : other.ranges.contains(where: meets)
        }

        private func meets(_ range: BlockRange) -> Bool {
            var low = 0
            var high = ranges.count
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
            }
            return low < ranges.count && ranges[low].overlaps(range)
        }
    }

    /// By ticket.
    private var entries: [Entry] = []
    private var waiters: [Ticket: CheckedContinuation<Void, Never>] = [:]
    private var next: UInt64 = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func register(_ range: BlockRange) -> Ticket { register(range, []) }

    /// Of ranges that ascend and lie apart, at least one.
    mutating func register(_ ranges: [BlockRange]) -> Ticket {
        register(ranges[0].lowerBound..<ranges[ranges.count - 1].upperBound, ranges.count == 1 ? [] : ranges)
    }

    private mutating func register(_ hull: BlockRange, _ ranges: [BlockRange]) -> Ticket {
        next += 1
        entries.append(Entry(ticket: Ticket(order: next), hull: hull, ranges: ranges))
        return Ticket(order: next)
    }

    func isFree(_ ticket: Ticket) -> Bool { place(of: ticket).map(isFree(at:)) ?? true }

    private func isFree(at place: Int) -> Bool {
        !entries[..<place].contains { $0.overlaps(entries[place]) }
    }

    private func place(of ticket: Ticket) -> Int? {
        entries.lastIndex { $0.ticket <= ticket }.flatMap { entries[$0].ticket == ticket ? $0 : nil }
    }

    /// Resumed by a release once nothing earlier overlaps.
    mutating func wait(_ ticket: Ticket, _ continuation: CheckedContinuation<Void, Never>) {
        guard place(of: ticket) != nil else {
            continuation.resume()
            return
        }
        waiters[ticket] = continuation
    }

    mutating func release(_ ticket: Ticket) {
        guard let place = place(of: ticket) else { return }
        let gone = entries.remove(at: place)
        guard !waiters.isEmpty else { return }
        for later in place..<entries.count where entries[later].overlaps(gone) {
            let ticket = entries[later].ticket
            guard waiters[ticket] != nil, isFree(at: later) else { continue }
            waiters.removeValue(forKey: ticket)?.resume()
        }
    }
}
