import API
import Contract
import Environment
import Logging
import Messages
import Model
import RPC
import Store
import Synchronization

/// Row 12 of the table of states: the target copy is lost or unproven. The item synchronizes again, says why, and gets
/// a new replica by itself (`renewReplicaWorkflow`).
///
/// Believed is the master target alone that is to have it, heard lately, when it says of this item, twice in a row,
/// that there is no replica or that its records are damaged. One that is silent, or cannot read a file for now, has
/// lost nothing.
struct StoredTargetLoss: Codable, Hashable, Sendable {
    var masterTarget: String
    /// What it said; or who gave the replica up.
    var cause: String
    var sinceUs: Int64
    /// As they were last listed.
    var points: UInt32 = 0
    var oldest: UInt64 = 0
    var newest: UInt64 = 0
    var newestCutUs: Int64 = 0
    /// Of them, those that people kept. They are known again, should the replica be found before a new one is begun.
    var handPins: [StoredHandPin]?
    /// What was set aside over one of them.
    var setAside: String?
    /// When a new replica was last begun; 0: never.
    var attemptUs: Int64 = 0
    /// The job that did, once it had: with what.
    var job: String?
    var blocks: UInt64 = 0
    var compared = false
    /// Why that cannot be, and what a person can do.
    var blocker = ""
    /// Why none could be begun so far.
    var stalled: StoredStall?
    /// The job that was to begin it last, until it is noted what came of that.
    var attemptJob: String?

    /// - points: newest first, as far as they are known.
    init(_ masterTarget: String, _ cause: String, _ points: [TargetV1.RecoveryPoint], at now: UnixMicroseconds) {
        self.masterTarget = masterTarget
        self.cause = cause
        sinceUs = now.value
        let gone = points.ofReplication
        self.points = UInt32(clamping: gone.count)
        oldest = gone.map(\.number).min() ?? 0
        newest = gone.newest?.number ?? 0
        newestCutUs = gone.newest?.cutUnixUs ?? 0
    }
}

extension StoredTargetLoss {
    /// The points, by name.
    var pointsGone: String {
        switch points {
        case 0: "every recovery point is gone with it"
        case 1: "recovery point \(newest) is gone with it"
        default: "\(points) recovery points, \(oldest) to \(newest), are gone with it"
        }
    }

    var text: String {
        let pins = (handPins ?? []).map { "; \($0.text)" }.joined()
        let aside = setAside.map { "; \($0), lies over one of them, and is no whole disk any more" } ?? ""
        return "master target \(masterTarget) has no replica of it any more: \(cause); \(pointsGone)\(pins)\(aside)"
    }

    /// What is done about it, and what that costs.
    var remedy: String {
        if !standing.isEmpty { return standing }
        guard job != nil else { return "a new one is begun by itself" }
        let bytes = ByteCount(Int64(clamping: blocks * 4_096))
        return compared
            ? "a new one is being made: what is left of it is compared, \(bytes), and what differs is sent"
            : "a new one is being made by a full copy of \(bytes)"
    }

    /// Each attempt costs a generation; one that nothing has come of yet is not made again at once, and one that has
    /// failed not soon.
    func mayAttempt(at now: UnixMicroseconds) -> Bool {
        (now.value - attemptUs).magnitude >= (blocker.isEmpty ? Self.pauseUs : Self.blockedPauseUs)
            && stalled.map { (now.value - $0.lastUs).magnitude >= $0.pauseUs } ?? true
    }

    private static let pauseUs: UInt64 = 60_000_000
    /// A person may have mended what stood in the way.
    private static let blockedPauseUs: UInt64 = 600_000_000

    var message: VaultV1.TargetLoss {
        .with {
            $0.masterTarget = masterTarget
            $0.cause = cause
            $0.sinceUnixUs = sinceUs
            $0.lostPoints = points
            $0.oldestPoint = oldest
            $0.newestPoint = newest
            $0.newestCutUnixUs = newestCutUs
            $0.job = job.map { "jobs/\($0)" } ?? ""
            $0.blocks = blocks
            $0.compared = compared
            $0.blocker = standing
        }
    }
}

extension ItemRecord {
    /// Row 12. An item that had not come to be protected goes on to synchronize for the reason that it had. The pins of
    /// its points go with those, and are told with them.
    mutating func lose(_ loss: StoredTargetLoss) throws(Failure) {
        var loss = loss
        loss.handPins = handPins ?? loss.handPins
        loss.setAside = loss.setAside ?? setAside?.text
        (targetLoss, handPins) = (loss, nil)
        guard case .protected(let direction)? = try phaseValue() else { return }
        phase = Phase.synchronizing(direction).name
        origin = SynchronizingOrigin.targetLost.rawValue
        unprotectedSinceUs = loss.sinceUs
    }

    var isSynchronizing: Bool {
        if case .synchronizing? = (try? phaseValue()).flatMap({ $0 }) { true } else { false }
    }

    /// What stands in the way until somebody mends it.
    var standingBlockers: [String] { blockers + [targetLoss?.standing ?? ""].filter { !$0.isEmpty } }

    /// As people see it.
    var shownHealth: [String] {
        guard let targetLoss else { return health }
        return ["\(targetLoss.text); \(targetLoss.remedy)"] + health.filter { !healthy.contains($0) }
    }

    /// Another replica is in sync, or none is wanted; or the one that was lost is found again, with its pins.
    mutating func endLoss() {
        if case .protected? = (try? phaseValue()).flatMap({ $0 }), targetLoss?.job == nil {
            handPins = targetLoss?.handPins
        }
        targetLoss = nil
    }

    /// Whose own disks its master target has: they are replaced by nobody but a person.
    func replicatesOntoItsOwnDisks(_ direction: Direction) -> Bool { direction == .home && homeAlternate == nil }
}

/// Who said how often in a row that a replica is gone.
final class Absences: Sendable {
    private let seen = Mutex<[String: (place: String, times: Int)]>([:])

    /// Believed the second time.
    func isBelieved(_ item: String, at place: String) -> Bool {
        seen.withLock { seen in
            let times = seen[item].flatMap { $0.place == place ? $0.times : nil } ?? 0
            seen[item] = (place, times + 1)
            return times + 1 >= 2
        }
    }

    func forget(_ item: String) { seen.withLock { $0[item] = nil } }
}

extension Failure {
    /// What a master target says that it does not have, or cannot prove, of this item's replica; nil of everything that
    /// passes, or is of something else.
    func lostReplica(of item: ItemRecord) -> String? {
        guard [.notFound, .dataCorrupt].contains(code), let id = try? item.itemID(), subjects.contains(.item(id)) else {
            return nil
        }
        return said(without: "the replica of ")
    }

    /// What was said, without who asked whom for it.
    func said(without attempt: String) -> String {
        let said = message.split(separator: ": ").drop { $0.contains(attempt) }
        return said.isEmpty ? message : said.joined(separator: ": ")
    }
}

extension Reconcilers {
    /// The replica says when it was last read back, and that it is there; that is asked for now and then.
    func lookAtReplica(_ item: ItemRecord) async {
        let (subject, now) = ("replica of \(item.id)", vault.environment.clock.now())
        let place = "\(item.masterTarget) \(item.generation?.number ?? 0)"
        guard (try? item.replicates(for: "look at the replica")) != nil, item.claimJob == nil,
            vault.isHeard(.masterTarget(item.masterTarget)),
            told.since(subject, place, at: now).map({ $0 >= Self.replicaLook }) ?? true
        else { return }
        told.note(subject, place, at: now)
        do {
            let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
            let seen: TargetV1.Replica
            do {
                seen = try await asking("look at the replica of \(item.id)", Patience.read) {
                    try await client.getReplica(.with { $0.item = item.id }, $0)
                }
            } catch {
                guard let cause = error.lostReplica(of: item) else { throw error }
                guard absences.isBelieved(item.id, at: place) else { return }
                return try await replicaIsGone(item, cause)
            }
            absences.forget(item.id)
            vault.figures.scrubbed(item.id, seen)
        } catch { await unseen(item, "a replica cannot be looked at", error) }
    }

    static let replicaLook: Duration = .seconds(10)

    private func replicaIsGone(_ item: ItemRecord, _ cause: String) async throws {
        let id = try item.itemID()
        if item.targetLoss == nil {
            let points = try await vault.store.catalogue(of: id)?.points.points ?? []
            let loss = StoredTargetLoss(item.masterTarget, cause, points, at: vault.now)
            let changed = try await vault.store.update(id, "target-lost") { record in
                guard record.generation == item.generation, record.phase == item.phase, record.claimJob == nil,
                    record.quarantine == nil
                else { return false }
                try record.lose(loss)
                return true
            }
            guard changed else { return }
            vault.log.error(
                "TARGET_COPY_LOST",
                metadata: ["item": "\(item.id)", "master-target": "\(loss.masterTarget)", "cause": "\(loss.text)"])
            vault.bell.ring()
        }
        try await renew(vault.store.item(id))
    }

    /// Each attempt is a request of its own, also after one that ended before it minted anything.
    private func renew(_ known: ItemRecord) async throws {
        let item = try await noteAttempt(known)
        guard let loss = item.targetLoss, item.claimJob == nil, loss.mayAttempt(at: vault.now),
            mayAttempt("renew \(item.id) \(loss.sinceUs)", at: vault.environment.clock.now())
        else { return }
        let request = "renewed-\(item.id)-\(vault.now.value)"
        let message = VaultV1.ItemOperationRequest.with {
            $0.name = "items/\(item.id)"
            $0.options = .with {
                $0.requestID = request
                $0.person = Reconcilers.policy
            }
        }
        let caller = Caller(peer: "vault", person: Reconcilers.policy, request: request)
        let job: VaultV1.Job
        do { job = try await Caller.$current.withValue(caller) { try await core.renewReplica(message) } } catch {
            if let refusal = error as? Failure { try await note(refusal, of: item) }
            throw error
        }
        vault.log.notice("a new replica is begun", metadata: ["item": "\(item.id)", "job": "\(job.name)"])
        try await note(attempt: JobID(String(job.name.dropFirst("jobs/".count))), of: item)
    }

    /// What was left of a lost replica was compared, and is in no doubt any more: its content from before goes.
    func letLeftoversGo(_ item: ItemRecord, _ client: TargetControlClient) async throws {
        guard item.targetLoss?.compared == true else { return }
        let assignment = try item.assignment()
        let key = try vault.reconcilerKey("let-leftovers-go", item.masterTarget, assignment)
        _ = try await asking("let the leftovers of item \(item.id) go") {
            try await client.unpinPoint(
                .with {
                    $0.key = key
                    $0.item = item.id
                    $0.pin = leftoversPoint
                }, $0)
        }
    }
}

/// Name and pin of what was left of a replica whose records are gone. It is no point of the item.
let leftoversPoint = "left-of-a-lost-replica"

extension VaultCore {
    /// Asked for by the vault itself, when a replica is lost.
    func renewReplica(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let scope = try await vault.store.scope(named: message.name)
        var parameters = JobParameters(operation: renewReplicaWorkflow.name)
        parameters.masterTarget = scope.first.masterTarget
        parameters.processServer = scope.first.processServer
        parameters.cause = scope.first.targetLoss?.cause
        parameters.automatic = true
        return try await run(
            request,
            Draft(scope: scope, operation: .renewReplica, workflow: renewReplicaWorkflow, parameters: parameters))
    }
}
