import Environment

/// What happened, folded into one hash; the last events are kept for a failure's dump.
struct Trace {
    /// Enough to see what led to a failure, little enough to print.
    static let keptEvents = 200

    enum Kind: UInt8 {
        case job, time, action, boot, kill, powerLoss, stop, resume, spawn, failpoint, note
        case connect, listen, segment, network, disk, fault
    }

    struct Event: Hashable {
        let time: Int64
        let kind: Kind
        let incarnation: Int
        /// A count, a sequence, or a digest of what was sent or written.
        let number: UInt64
        let text: String

        var line: String { "\(seconds(time)) #\(incarnation) \(kind) \(text) [\(number)]" }
    }

    private(set) var hash = TraceHash()
    private(set) var count = 0
    private var last: [Event] = []
    /// Everything from the beginning on, if `keepsAll`.
    private(set) var all: [Event] = []
    var keepsAll = false

    mutating func record(_ event: Event) {
        hash.fold(UInt64(event.kind.rawValue) | UInt64(truncatingIfNeeded: event.incarnation) << 8)
        hash.fold(event.number)
        hash.fold(UInt64(bitPattern: event.time))
        if !event.text.isEmpty { hash.fold(event.text) }
        if last.count < Self.keptEvents { last.append(event) } else { last[count % Self.keptEvents] = event }
        count += 1
        if keepsAll { all.append(event) }
    }

    /// Oldest first, one line each.
    func lines() -> [String] {
        let start = last.count < Self.keptEvents ? 0 : count % Self.keptEvents
        return (0..<last.count).map { last[(start + $0) % last.count].line }
    }
}

/// Virtual nanoseconds as seconds with six decimals, without Foundation.
func seconds(_ nanoseconds: Int64) -> String {
    let fraction = String(nanoseconds % 1_000_000_000 / 1_000)
    return "\(nanoseconds / 1_000_000_000).\(String(repeating: "0", count: 6 - fraction.count))\(fraction)s"
}

/// Why a run ended without its condition becoming true.
public struct SimulationFailure: Error, Sendable, CustomStringConvertible {
    public enum Cause: Hashable, Sendable {
        /// Nothing can run and no timer is set.
        case deadlock
        case timeLimit
        /// The same virtual instant goes on and on.
        case livelock
        /// Code left the world's executor (`Task {}` or `Task.detached` without the spawner, a thread, the
        /// main actor): such a run cannot be replayed.
        case escaped(String)
    }

    public let cause: Cause
    public let seed: UInt64
    /// Incarnations, what they wait for, and the last events.
    public let dump: String

    public var description: String { "\(cause) with seed \(seed)\n\(dump)" }
}
