import Environment
import Model

/// When an item's age of its newest point is an alert, and when no longer.
///
/// ```
/// quiet ── age above the threshold ──► raised
///   ▲                                     │ age at most 4/5 of the threshold
///   │                                     ▼
///   └── stayed so for the calm time ── calming ── age above 4/5 ──► raised
/// ```
/// The age falls with each point and grows with time, so it is a saw. One whose teeth go over the threshold is over
/// 4/5 of it again within the calm time, which is as long as the threshold: the alert stands until the teeth are short.
/// Of a threshold above five minutes the calm time is five minutes: such teeth raise it once for each.
struct RPOAlarm: Hashable, Sendable {
    enum Change: Hashable, Sendable { case raise, clear }

    static let longestCalm: Duration = .seconds(300)

    private(set) var isRaised: Bool
    private var calmSince: MonotonicInstant?

    /// - Parameter isRaised: it stood when this vault started.
    init(isRaised: Bool = false) { self.isRaised = isRaised }

    /// - Parameter age: how old the newest point is at most; nil while it is not known.
    mutating func look(age: Duration?, threshold: Duration, at now: MonotonicInstant) -> Change? {
        guard threshold > .zero else { return quiet() }
        guard isRaised else {
            guard let age, age > threshold else { return nil }
            isRaised = true
            return .raise
        }
        guard let age, age <= threshold * 4 / 5 else {
            calmSince = nil
            return nil
        }
        let since = calmSince ?? now
        calmSince = since
        return now - since >= min(threshold, Self.longestCalm) ? quiet() : nil
    }

    /// The item no longer replicates, or nobody wants an alert of it.
    mutating func quiet() -> Change? {
        calmSince = nil
        guard isRaised else { return nil }
        isRaised = false
        return .clear
    }
}
