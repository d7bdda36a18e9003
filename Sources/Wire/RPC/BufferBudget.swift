internal import Synchronization

/// Octets that the connections of a server may hold together: messages received and not yet read by handlers, and
/// messages sent by handlers and not yet taken by peers. What keeps many hostile connections from adding up.
public final class BufferBudget: Sendable {
    private let left: Mutex<Int>

    public init(_ octets: Int) { left = Mutex(octets) }

    public var remaining: Int { left.withLock { $0 } }

    func take(_ octets: Int) -> Bool {
        left.withLock { left in
            guard octets <= left else { return false }
            left -= octets
            return true
        }
    }

    func giveBack(_ octets: Int) { left.withLock { $0 += octets } }
}

/// One connection's share of a `BufferBudget`, taken in large pieces so that small calls never touch the budget.
struct BufferShare {
    /// What each connection may hold without asking: a small call is served even when hostile connections have taken
    /// the whole budget.
    static let free = 64 << 10
    private static let piece = 256 << 10

    private let budget: BufferBudget?
    private let limit: Int
    private var allowed = free

    init(_ budget: BufferBudget?, limit: Int) {
        self.budget = budget
        self.limit = limit
    }

    /// False when the connection may not hold so much.
    @inline(__always)
    mutating func fits(_ octets: Int) -> Bool { octets <= allowed || grow(octets) }

    private mutating func grow(_ octets: Int) -> Bool {
        guard octets <= limit else { return false }
        let wanted = (octets + Self.piece - 1) / Self.piece * Self.piece
        guard budget?.take(wanted - allowed) ?? true else { return false }
        allowed = wanted
        return true
    }

    /// Gives back what is beyond the need of now.
    mutating func shrink(to octets: Int) {
        let wanted = max(Self.free, (octets + Self.piece - 1) / Self.piece * Self.piece)
        guard wanted < allowed else { return }
        budget?.giveBack(allowed - wanted)
        allowed = wanted
    }
}
