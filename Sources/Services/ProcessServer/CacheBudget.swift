import Model
import Synchronization

/// How much the cache can still take, as a named state.
///
/// ```
/// healthy ─ under 30 % free ─► warning ─ under 25 % ─► critical ─ under 20 % ─► throttled
///    ◄── 35 % or more ──          ◄── 30 % or more ──     ◄── 25 % or more ──
/// ```
/// The shares are those at which Azure Site Recovery warns, alarms and throttles. A state ends 5 points above where it
/// began, so that a cache at the edge does not go to and fro.
enum CacheLevel: Int, Comparable, CaseIterable, Sendable {
    case healthy, warning, critical, throttled

    /// Points above its threshold at which a state ends.
    static let recovery = 5

    /// Free percent under which the state begins.
    var threshold: Int {
        switch self {
        case .healthy: 101
        case .warning: 30
        case .critical: 25
        case .throttled: 20
        }
    }

    /// By the share alone.
    init(freePercent: Int) {
        self = Self.allCases.last { freePercent < $0.threshold } ?? .healthy
    }

    /// The state that follows this one when so much is free.
    func following(freePercent: Int) -> CacheLevel {
        let now = CacheLevel(freePercent: freePercent)
        return now >= self ? now : min(self, CacheLevel(freePercent: freePercent - Self.recovery))
    }

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What all relays together keep in their spools and have promised to take, against what the cache can take. No promise
/// is made twice: what one agent may still send is not promised to another.
final class CacheBudget: Sendable {
    /// Bound on all spools, bytes.
    let limit: Int64
    private let state = Mutex(State())

    private struct State {
        var spooled = ByItem()
        /// Leave that agents have and did not use yet.
        var promised = ByItem()
        /// Room in segments that lie on the volume already.
        var reusable = ByItem()
        var volumeFree = Int64.max
        var level = CacheLevel.healthy
    }

    /// The cache as it stands.
    struct Standing: Hashable, Sendable {
        let level: CacheLevel
        let freePercent: Int
        let freeBytes: Int64
        /// The volume, and not the cache's own bound, is what leaves no more.
        let isVolumeShort: Bool
    }

    init(limit: Int64) { self.limit = limit }

    /// Bytes in all spools.
    var total: Int64 { state.withLock { $0.spooled.total } }

    var standing: Standing { state.withLock { standing($0) } }

    /// What the spool of an item holds.
    func set(_ item: ItemID, _ bytes: Int64) {
        state.withLock { state in
            state.spooled.set(item, bytes)
            judge(&state)
        }
    }

    /// Room that an item's spool has without new space of the volume.
    func set(_ item: ItemID, reusable bytes: Int64) { state.withLock { $0.reusable.set(item, bytes) } }

    /// What the volume has free for the cache, its reserve not counted.
    func measured(volumeFree bytes: Int64) {
        state.withLock { state in
            state.volumeFree = max(0, bytes)
            judge(&state)
        }
    }

    /// Promises an item up to `wanted` bytes instead of what it was promised before; answers how many it can have.
    /// Never less than `kept`: leave that was given is not taken back.
    func promise(_ item: ItemID, _ wanted: Int64, keeping kept: Int64 = 0) -> Int64 {
        state.withLock { state in
            let others = state.promised.total - state.promised.of(item)
            let granted = max(0, kept, min(wanted, free(state) - others))
            state.promised.set(item, granted)
            return granted
        }
    }

    /// Nothing of the item is here any more.
    func forget(_ item: ItemID) {
        state.withLock { state in
            state.spooled.set(item, 0)
            state.promised.set(item, 0)
            state.reusable.set(item, 0)
            judge(&state)
        }
    }

    /// Whether the spools can take so much more within the bound.
    func fits(_ bytes: Int64) -> Bool { state.withLock { $0.spooled.total + bytes <= limit } }

    private func free(_ state: State) -> Int64 {
        let (volume, isOver) = state.volumeFree.addingReportingOverflow(state.reusable.total)
        return max(0, min(limit - state.spooled.total, isOver ? .max : volume))
    }

    private func percent(_ state: State) -> Int { Int(free(state) * 100 / max(1, limit)) }

    private func judge(_ state: inout State) { state.level = state.level.following(freePercent: percent(state)) }

    private func standing(_ state: State) -> Standing {
        let free = free(state)
        return Standing(
            level: state.level, freePercent: percent(state), freeBytes: free,
            isVolumeShort: free < limit - state.spooled.total)
    }
}

/// Bytes by item, with their sum.
private struct ByItem {
    private var each: [ItemID: Int64] = [:]
    private(set) var total: Int64 = 0

    func of(_ item: ItemID) -> Int64 { each[item] ?? 0 }

    mutating func set(_ item: ItemID, _ count: Int64) {
        total += count - of(item)
        each[item] = count == 0 ? nil : count
    }
}

extension CacheBudget.Standing {
    /// Why agents get less than they could use; nil while they do not. Says no figure that changes by the second.
    var throttleCause: String? {
        guard level == .throttled else { return nil }
        let limit = "under \(CacheLevel.throttled.threshold) % of its cache is free"
        return isVolumeShort ? "\(limit): the volume of its spool has no more space" : limit
    }

    /// What is wrong with it, for a person; empty while nothing is.
    var cause: String {
        let free = "\(freePercent) % of the cache is free"
            + (isVolumeShort ? ", as much as its volume has space for" : "")
        return switch level {
        case .healthy: ""
        case .warning, .critical: free
        case .throttled: "\(free): agents get less or no credit, and track changes instead"
        }
    }
}
