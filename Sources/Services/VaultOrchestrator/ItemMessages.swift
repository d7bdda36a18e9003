import Contract
import Environment
import Messages
import Model
import Synchronization

/// What agents report many times a minute: shown, never stored.
final class ItemFigures: Sendable {
    /// How old an item's newest recovery point is, and how much older it is at most.
    struct RPO: Hashable, Sendable {
        var ageUs: UInt64
        /// The greatest number when nobody knows.
        var errorUs: UInt64
    }

    private struct Figure: Sendable {
        var rpo: RPO
        /// Number of the item's generation: what was said of another replication says nothing of this one.
        var generation: UInt64
        /// When the relay was asked: what came after is counted as time that passed.
        var askedAt: MonotonicInstant
    }

    /// How an agent said that it replicates, and when it was heard.
    struct Report: Sendable {
        var status: AgentV1.AgentStatus
        var at: MonotonicInstant
    }

    private let state = Mutex<[String: Figure]>([:])
    private let reports = Mutex<[String: Report]>([:])
    private let replicaScrubs = Mutex<[String: (scrub: TargetV1.Scrub?, intervalUs: UInt64)]>([:])
    private let heardReadBacks = Mutex<[String: AgentV1.ReadBack]>([:])
    let readBacks = ReadBackProgress()

    /// nil for an agent that is not connected.
    func report(_ item: String, _ report: Report?) { reports.withLock { $0[item] = report } }

    /// nil of an agent that is not connected.
    func status(_ item: String) -> AgentV1.AgentStatus? { reports.withLock { $0[item]?.status } }

    func replication(_ item: String, at now: MonotonicInstant) -> VaultV1.Replication? {
        guard let report = reports.withLock({ $0[item] }) else { return nil }
        let status = report.status
        return .with {
            $0.state = VaultV1.Replication.State(status.tracking)
            $0.cause = status.cause
            $0.sinceUs = status.sinceUs &+ UInt64(max(0, (now - report.at).inMicroseconds))
            $0.suspectBlocks = status.suspectBlocks
            $0.comparedBlocks = status.comparedBlocks
            $0.differingBlocks = status.differingBlocks
            $0.applicationConsistency = status.applicationConsistency
            $0.digestBytes = status.digestBytes
            $0.compareBytesPerSecond = status.compareBytesPerSecond
            $0.unchangedBlocks = status.unchangedBlocks
        }
    }

    /// What the master target last said of reading an item's replica back.
    func scrubbed(_ item: String, _ replica: TargetV1.Replica) {
        replicaScrubs.withLock { $0[item] = (replica.scrub, replica.scrubIntervalUs) }
    }

    func scrubs(_ item: String) -> VaultV1.Scrubs {
        let source = status(item)?.scrub
        let target = replicaScrubs.withLock { $0[item] }
        return .with {
            $0.targetEndedUnixUs = target?.scrub?.endedUnixUs ?? 0
            $0.targetDifferingBlocks = target?.scrub?.differingBlocks ?? 0
            $0.targetIntervalUs = target?.intervalUs ?? 0
            $0.sourceEndedUnixUs = source?.endedUnixUs ?? 0
            $0.sourceDifferingBlocks = source?.differingBlocks ?? 0
            $0.sourceIntervalUs = source?.intervalUs ?? 0
        }
    }

    /// How far an agent was with reading disks back when it was last heard.
    func readBack(_ item: String, _ seen: AgentV1.ReadBack?) { heardReadBacks.withLock { $0[item] = seen } }

    func readBack(_ item: String) -> AgentV1.ReadBack? { heardReadBacks.withLock { $0[item] } }

    /// An agent that knows of no point yet, as after its restart, leaves what it said before growing older.
    func heard(_ agent: AgentV1.Agent, of item: ItemRecord, askedAt: MonotonicInstant) {
        guard let status = agent.status, status.rpoUs > 0, let generation = item.generation?.number else { return }
        // A relay that does not tell the status's age tells when it heard anything.
        let age = status.rpoUs &+ max(agent.statusAgeUs, agent.silentUs)
        // How long this one was on its way is not known yet, and was of the one before.
        if agent.statusTransitUs == 0, agent.hello?.echoes == true, knows(item) { return }
        let rpo = RPO(ageUs: age, errorUs: agent.statusTransitUs == 0 ? .max : agent.statusTransitUs)
        state.withLock { $0[item.id] = Figure(rpo: rpo, generation: generation, askedAt: askedAt) }
    }

    private func knows(_ item: ItemRecord) -> Bool {
        state.withLock { $0[item.id]?.generation == item.generation?.number }
    }

    /// Age of the newest point: what the agent said plus the time since, never a difference of two machines' clocks.
    /// nil while nobody has said it of this replication.
    ///
    /// Inexact are the way of the agent's status to its relay, which the relay measured from there and back, and the
    /// rates of three clocks, each slewed by 500 millionths at most (adjtimex(2)): a thousandth of the age between two.
    func rpo(_ item: ItemRecord, at now: MonotonicInstant) -> RPO? {
        guard let figure = state.withLock({ $0[item.id] }), figure.generation == item.generation?.number else {
            return nil
        }
        let age = figure.rpo.ageUs &+ UInt64(max(0, (now - figure.askedAt).inMicroseconds))
        let transit = figure.rpo.errorUs
        return RPO(ageUs: age, errorUs: transit == .max ? .max : transit + age / 1_000)
    }
}

extension VaultV1.Replication.State {
    init(_ tracking: AgentV1.AgentStatus.Tracking) {
        self =
            switch tracking {
            case .streaming: .streaming
            case .only: .tracking
            case .catchingUp: .catchingUp
            case .resynchronizing: .resynchronizing
            case .unprotected: .unprotected
            default: .unspecified
            }
    }
}

extension ItemRecord {
    func message(
        _ terms: PolicyTerms, _ rpo: ItemFigures.RPO?, _ replication: VaultV1.Replication?, alerts: [String]
    ) -> VaultV1.Item {
        let phase = (try? phaseValue()).flatMap { $0 }
        let assignment = try? assignment()
        return .with {
            $0.name = "items/\(id)"
            $0.displayName = displayName
            $0.phase = phase?.message ?? .unspecified
            $0.direction = phase?.direction?.message ?? .unspecified
            $0.activeSite = activeSite?.message ?? .unspecified
            $0.claimJob = claimJob.map { "jobs/\($0)" } ?? ""
            $0.claimOperation = claimOperation ?? ""
            $0.generation = assignment?.generation.message
            $0.copies = [copy(.home), copy(.cloud)]
            $0.disks = disks.map(\.message)
            $0.group = group
            $0.processServer = processServer
            $0.masterTarget = masterTarget
            $0.health = (quarantine.map { ["quarantined: \($0.cause)"] } ?? []) + shownHealth
            $0.rpoUs = rpo?.ageUs ?? 0
            $0.rpoErrorUs = rpo?.errorUs ?? 0
            $0.rpoThresholdUs = terms.rpoThresholdUs
            $0.unprotectedSinceUnixUs = unprotectedSinceUs
            $0.blockers = standingBlockers
            $0.etag = etag
            $0.remainingBlocks = remainingBlocks
            $0.owed = owed
            $0.failoverPoint = failoverPoint
            $0.replication = replication
            $0.applicationIntervalUs = terms.applicationIntervalUs
            $0.intervalUs = terms.intervalUs
            $0.forwardPolicy = "policies/\(policy(.out))"
            $0.failbackPolicy = "policies/\(policy(.home))"
            $0.alerts = alerts
            $0.quarantine = quarantine?.message
            $0.processServerSwitch = relayedAnew?.message
            $0.drill = drill?.message
            $0.leftOut = (leftOut ?? []).map(\.message)
            $0.homeNetwork = networkIsKept == nil ? homeNetwork?.message : nil
            $0.cloudNetwork = networkIsKept == nil ? cloudNetwork?.message : nil
            $0.targetLoss = targetLoss?.message
            $0.setAsideBytes = setAside?.storedBytes ?? 0
            $0.diskDifferences = (diskDifferences ?? []).map(\.message)
        }
    }

    /// The site whose copy runs; while a failover is under way that of the last stable phase.
    private var activeSite: Site? {
        if home.value == .running { return .home }
        return cloud.value == .running ? .cloud : nil
    }

    private func copy(_ site: Site) -> VaultV1.Copy {
        .with {
            $0.site = site.message
            $0.machine = self[site].value == .absent ? "" : self[site].machine
            $0.state = self[site].statedDead ? .statedDead : self[site].value.message
        }
    }
}

extension CopyState {
    var message: VaultV1.CopyState {
        switch self {
        case .absent: .absent
        case .off: .off
        case .fenced: .fenced
        case .running: .running
        case .atTarget, .onBranch: .atTarget
        }
    }
}

extension Phase {
    var message: VaultV1.Phase {
        switch self {
        case .synchronizing: .synchronizing
        case .protected: .protected
        case .commitPending: .commitPending
        case .committed: .committed
        case .migrated: .migrated
        case .disabled: .disabled
        }
    }
}
