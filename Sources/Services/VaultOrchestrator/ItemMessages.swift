import Contract
import Environment
import Messages
import Model
import Synchronization

/// What agents report many times a minute: shown, never stored.
final class ItemFigures: Sendable {
    struct Figure: Sendable {
        var rpoUs: UInt64
        var at: MonotonicInstant
    }

    /// How an agent said that it replicates, and when it was heard.
    struct Report: Sendable {
        var status: AgentV1.AgentStatus
        var at: MonotonicInstant
    }

    private let state = Mutex<[String: Figure]>([:])
    private let reports = Mutex<[String: Report]>([:])

    /// nil for an agent that is not connected.
    func report(_ item: String, _ report: Report?) { reports.withLock { $0[item] = report } }

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
        }
    }

    func set(_ item: String, _ figure: Figure?) { state.withLock { $0[item] = figure } }

    /// Age of the newest point: what the agent said plus the time since, never a difference of two machines' clocks.
    func rpo(_ item: String, at now: MonotonicInstant) -> UInt64 {
        guard let figure = state.withLock({ $0[item] }) else { return 0 }
        return figure.rpoUs &+ UInt64(max(0, (now - figure.at).inMicroseconds))
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
    func message(rpoUs: UInt64, _ replication: VaultV1.Replication?) -> VaultV1.Item {
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
            $0.health = (quarantine.map { ["quarantined: \($0.cause)"] } ?? []) + health
            $0.rpoUs = rpoUs
            $0.unprotectedSinceUnixUs = unprotectedSinceUs
            $0.blockers = blockers
            $0.etag = etag
            $0.remainingBlocks = remainingBlocks
            $0.owed = owed
            $0.failoverPoint = failoverPoint
            $0.replication = replication
            $0.applicationIntervalUs = applicationIntervalUs ?? 0
            $0.quarantine = quarantine?.message
            $0.processServerSwitch = relayedAnew?.message
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
