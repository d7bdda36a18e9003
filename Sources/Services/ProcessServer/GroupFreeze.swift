import Environment
import Messages
import Model

/// One common cut that was tried.
struct CommonCut: Sendable {
    /// Of the group point.
    var name = ""
    /// It was to be made with all guests frozen.
    var isFrozen = false
    /// Why they were not all frozen, naming the member; empty when they were.
    var cause = ""
    /// Why it was given up; nil when every member held.
    var failure: String?

    init(_ failure: String) { self.failure = failure }

    init(name: String, isFrozen: Bool) {
        self.name = name
        self.isFrozen = isFrozen
    }
}

/// Somebody who waits for a cut of his own.
struct CutWaiter {
    let applicationConsistent: Bool
    var attemptsLeft = mostAttempts
    let continuation: CheckedContinuation<CommonCut, any Error>

    /// A busy member costs an attempt; one that is busy so often in a row is not going to be ready.
    private static let mostAttempts = 20
}

/// How a group's freezes went, and when the next one is due.
struct GroupFreezes: Sendable {
    private(set) var attempts: UInt64 = 0
    private(set) var failures: UInt64 = 0
    /// Why the last one left a crash-consistent cut; empty when it did not.
    private(set) var failure = ""
    /// Longest that a guest stood still, microseconds.
    var longest: UInt64 = 0
    private var last: MonotonicInstant?
    private var givenUp = 0

    /// Cuts given up while the guests stood still, after which they run until the next one is due.
    private static let patience = 3

    /// nil when none is due by itself.
    func due(every interval: Duration, since began: MonotonicInstant) -> MonotonicInstant? {
        interval > .zero ? (last ?? began) + interval : nil
    }

    mutating func ended(_ cut: CommonCut, at now: MonotonicInstant) {
        attempts += 1
        failure = cut.cause
        if !cut.cause.isEmpty { failures += 1 }
        // What was cut in vain is tried again soon; a member that cannot freeze is not asked again before its time.
        givenUp = cut.failure == nil ? 0 : givenUp + 1
        guard cut.failure == nil || givenUp >= Self.patience else { return }
        givenUp = 0
        last = now
    }
}

/// All guests frozen around a common cut.
///
/// ```
/// FREEZE to all ─► all FROZEN ─► HOLD, RELEASE as always ─► THAW to all ─► all THAWED
///       └ one cannot, or not in time ─► THAW to all, then the cut as always: crash-consistent, naming the member
/// ```
/// Every member's point says for itself whether its guest stood still; this here only asks and waits.
extension GroupCoordinator {
    var applicationInterval: Duration {
        routes.values.compactMap { $0.group?.applicationInterval }.filter { $0 > .zero }.min() ?? .zero
    }

    func isFreezeDue(_ now: MonotonicInstant) -> Bool {
        if waiters.contains(where: \.applicationConsistent) { return true }
        return freezes.due(every: applicationInterval, since: began).map { $0 <= now } ?? false
    }

    /// Why not all stand still; empty when they do.
    func freezeAll(_ token: ReplicationV1.GroupToken) async -> String {
        environment.failpoints.reach("process-server.group.before-freeze")
        tell { $0.frame = .freeze(.with { $0.token = token; $0.holdUs = UInt64(limits.frozen.inMicroseconds) }) }
        await answers(until: environment.clock.now() + limits.freeze) { attempt in
            attempt.frozen.count == attempt.seats.count || attempt.frozen.values.contains { !$0.isEmpty }
        }
        environment.failpoints.reach("process-server.group.frozen")
        guard let attempt else { return "the cut was given up" }
        if let failure = attempt.failure { return failure }
        if let cause = Self.named(attempt.frozen) { return cause }
        return attempt.frozen.count == attempt.seats.count ? "" : late("frozen", Set(attempt.frozen.keys))
    }

    /// - Parameter waiting: until they run.
    func thawAll(_ token: ReplicationV1.GroupToken, waiting: Bool) async {
        tell { $0.frame = .thaw(.with { $0.token = token }) }
        guard waiting else { return }
        _ = await thawed(after: nil)
    }

    /// Waits until all guests run; why one does not count as frozen at the cut, empty when all do.
    func thawed(after failure: String?) async -> String {
        await answers(until: environment.clock.now() + limits.thaw) { $0.thawed.count == $0.seats.count }
        guard let attempt else { return "the cut was given up" }
        if let cause = Self.named(attempt.thawed) { return cause }
        if let failure = failure ?? attempt.failure { return failure }
        return attempt.thawed.count == attempt.seats.count ? "" : late("thawed", Set(attempt.thawed.keys))
    }

    private static func named(_ answers: [ItemID: String]) -> String? {
        answers.sorted { $0.key < $1.key }.first { !$0.value.isEmpty }.map { "member \($0.key): \($0.value)" }
    }

    // MARK: - On demand

    /// Cuts now. Throws when there is no common cut now, with the reason.
    func cut(applicationConsistent: Bool) async throws -> ProcessV1.CutGroupResponse {
        guard waiters.count < Self.mostWaiters else {
            throw Failure(.limitReached, "cut the group: \(Self.mostWaiters) cuts are waited for already")
        }
        guard !isStopped else { throw Failure(.unavailable, "cut the group: it is not cut here any more") }
        let cut = try await withCheckedThrowingContinuation { continuation in
            waiters.append(CutWaiter(applicationConsistent: applicationConsistent, continuation: continuation))
            bell.ring()
        }
        return .with {
            $0.name = cut.name
            $0.applicationConsistent = cut.isFrozen && cut.cause.isEmpty
            $0.cause = applicationConsistent ? cut.cause : ""
        }
    }

    private static let mostWaiters = 16

    func refuseWaiters(_ cause: String) {
        let waiting = waiters
        waiters = []
        for waiter in waiting {
            waiter.continuation.resume(throwing: Failure(.unavailable, "cut the group: \(cause)"))
        }
    }

    /// A cut that was given up costs each of them an attempt. One that was begun without a freeze is not what those
    /// wait for who came meanwhile and asked for one.
    func answerWaiters(_ cut: CommonCut) {
        var waiting: [CutWaiter] = []
        for var waiter in waiters {
            guard let failure = cut.failure else {
                if waiter.applicationConsistent && !cut.isFrozen {
                    waiting.append(waiter)
                } else {
                    waiter.continuation.resume(returning: cut)
                }
                continue
            }
            waiter.attemptsLeft -= 1
            if waiter.attemptsLeft > 0 {
                waiting.append(waiter)
            } else {
                waiter.continuation.resume(throwing: Failure(.unavailable, "cut the group: \(failure)"))
            }
        }
        waiters = waiting
    }
}
