import Messages
import Model

/// What agents and master targets are told by policies.
extension ScriptedPeers {
    /// What an agent says of its newest point and of how it cuts.
    struct Pace {
        var intervalUs: UInt64 = 0
        var applicationIntervalUs: UInt64 = 0
        var revision: UInt64 = 0
    }

    func pacedStatus(_ state: State, _ machine: String) -> AgentV1.AgentStatus {
        let pace = state.paces["agent-\(machine)"]
        return .with {
            $0.dirtyBlocks = state.dirtyBlocks
            $0.suspectBlocks = state.suspectBlocks
            $0.tracking = state.tracking
            $0.service = state.isClosed ? .closed : .serving
            $0.rpoUs = state.rpoUs
            $0.readBack = state.readBack
            $0.scrub = state.sourceScrub
            $0.comparison = state.comparison?.changed {
                $0.totalBlocks = 100
                $0.remainingBlocks = state.leftToCompare
                $0.differingBlocks = state.comparedDiffering
                $0.digestBytes = 160
                $0.complete = state.leftToCompare == 0
            }
            guard let pace else { return }
            $0.intervalUs = pace.intervalUs
            $0.applicationConsistency = .with { $0.intervalUs = pace.applicationIntervalUs }
        }
    }

    func agent(_ state: inout State, _ machine: String) -> AgentV1.Agent {
        state.agentLooks += 1
        let (greeting, status) = (hello(state, machine), pacedStatus(state, machine))
        return .with {
            $0.attached = state.agentIsAttached
            $0.silentUs = state.agentSilentUs
            $0.statusAgeUs = 400_000
            $0.statusTransitUs = state.transitUs
            $0.status = status
            $0.hello = greeting
        }
    }

    func setPace(
        _ state: inout State, _ machine: String, _ key: CommonV1.OperationKey?, _ asked: AgentV1.SetPaceCommand
    ) throws -> [UInt8] {
        try once(&state, machine, "SetPace", key, asked.generation) { state in
            let held = state.paces[machine]?.revision ?? 0
            guard asked.revision >= held else { throw Failure(.operationNotAllowed, "revision \(held) was set") }
            state.paces[machine] = Pace(
                intervalUs: asked.intervalUs, applicationIntervalUs: asked.applicationIntervalUs,
                revision: asked.revision)
            return AgentV1.AgentCommandResult.with { $0.result = .session(.with { $0.open = true }) }
        }
    }

    func setRetention(_ state: inout State, _ name: String, _ asked: TargetV1.SetRetentionRequest) throws -> [UInt8] {
        try once(&state, name, "SetRetention", asked.key, asked.generation) { state in
            let held = state.retentions["\(name)/\(asked.item)"]?.revision ?? 0
            guard asked.revision >= held else { throw Failure(.operationNotAllowed, "revision \(held) was set") }
            state.retentions["\(name)/\(asked.item)"] = asked
            return TargetV1.Replica.with { $0.item = asked.item }
        }
    }

    func retention(_ state: State, _ item: String) -> TargetV1.SetRetentionRequest? {
        state.retentions.first { $0.key.hasSuffix("/\(item)") }?.value
    }

    /// Of the scripted points everything over the count goes.
    func previewRetention(_ state: State, _ asked: TargetV1.PreviewRetentionRequest) -> [UInt8] {
        let points = state.points[asked.item] ?? []
        let kept = Int(asked.retention?.points ?? 72)
        return TargetV1.PreviewRetentionResponse.with {
            $0.keptPoints = UInt32(min(points.count, kept))
            $0.removedPoints = UInt32(max(0, points.count - kept))
            $0.removed = points.dropFirst(kept).map { point in .with { $0.point = point; $0.because = "count" } }
        }.wireBytes()
    }
}
