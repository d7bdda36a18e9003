import Contract
import FoundationEssentials
import Messages
import Model
import Workflow

/// Why there is no new replica in place of one that is lost: attempts that failed, or were refused, one after another.
/// It is told as a blocker of the item, and goes with the attempt that succeeds.
struct StoredStall: Codable, Hashable, Sendable {
    /// Of the last attempt.
    var cause: String
    /// Of the first one.
    var sinceUs: Int64
    var lastUs: Int64
    var attempts: UInt64 = 1

    var text: String {
        let after = attempts == 1 ? "" : ", after \(attempts) attempts"
        return "a new replica cannot be begun since \(instant(sinceUs))\(after): \(cause). The next attempt is made by "
            + "itself at \(instant(lastUs + Int64(pauseUs)))"
    }

    /// What stands in the way for long is asked for ever more seldom; never so seldom that an hour is lost once it is
    /// gone.
    var pauseUs: UInt64 { min(Self.longestPauseUs, Self.firstPauseUs << min(attempts - 1, 10)) }

    private static let firstPauseUs: UInt64 = 60_000_000
    private static let longestPauseUs: UInt64 = 600_000_000
}

/// ISO 8601 in UTC, to the second.
private func instant(_ microseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(microseconds / 1_000_000)).formatted(.iso8601)
}

extension StoredTargetLoss {
    /// What stands in the way of a new replica, for good or so far.
    var standing: String { blocker.isEmpty ? stalled?.text ?? "" : blocker }

    fileprivate mutating func failed(_ cause: String, at now: UnixMicroseconds) {
        let stall = StoredStall(cause: cause, sinceUs: now.value, lastUs: now.value)
        guard let before = stalled else { return stalled = stall }
        stalled = StoredStall(
            cause: cause, sinceUs: before.sinceUs, lastUs: now.value, attempts: before.attempts + 1)
    }
}

extension Reconcilers {
    /// What came of the attempt before, once its job has ended, in the item's row.
    func noteAttempt(_ item: ItemRecord) async throws -> ItemRecord {
        guard let tried = item.targetLoss?.attemptJob, item.claimJob == nil else { return item }
        let job = try await vault.store.view(JobID(tried)).message
        guard job.endedUnixUs > 0 else { return item }
        return try await note(item) { loss in
            guard loss.attemptJob == tried else { return }
            loss.attemptJob = nil
            guard job.state != .succeeded else { return }
            loss.failed(
                job.message.isEmpty ? "\(job.name) has failed" : job.message, at: UnixMicroseconds(job.endedUnixUs))
        }
    }

    func note(_ refusal: Failure, of item: ItemRecord) async throws {
        let why = refusal.gates.filter(\.blocks).map { gate in
            let seen = gate.evidence.map(\.observed).joined(separator: ", ")
            return seen.isEmpty ? gate.code.rawValue : "\(gate.code.rawValue), \(seen)"
        }
        let cause = why.isEmpty ? refusal.message : why.joined(separator: "; ")
        _ = try await note(item) { [now = vault.now] in $0.failed(cause, at: now) }
    }

    func note(attempt job: JobID, of item: ItemRecord) async throws {
        _ = try await note(item) { $0.attemptJob = job.text }
    }

    private func note(
        _ item: ItemRecord, _ change: @escaping @Sendable (inout StoredTargetLoss) -> Void
    ) async throws -> ItemRecord {
        let id = try item.itemID()
        _ = try await vault.store.update(id, "renewal") { record in
            guard var loss = record.targetLoss else { return false }
            change(&loss)
            defer { record.targetLoss = loss }
            return record.targetLoss != loss
        }
        return try await vault.store.item(id)
    }
}
