import Messages
import Model

/// What the scripted master targets do with replicas and points.
extension ScriptedPeers {
    func target(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> [UInt8] {
        switch method {
        case "GetReplica":
            return replica(state, try TargetV1.GetReplicaRequest(wire: request).item).wireBytes()
        case "ListPoints":
            let item = try TargetV1.ListPointsRequest(wire: request).item
            return TargetV1.ListPointsResponse.with { $0.points = state.points[item] ?? [] }.wireBytes()
        case "SetRetention": return try setRetention(&state, name, TargetV1.SetRetentionRequest(wire: request))
        case "PreviewRetention":
            return previewRetention(state, try TargetV1.PreviewRetentionRequest(wire: request))
        case "ListGroupPoints":
            return TargetV1.ListGroupPointsResponse.with { $0.points = state.groupPoints }.wireBytes()
        case "SealGroupFinal":
            let message = try TargetV1.SealGroupFinalRequest(wire: request)
            return try once(&state, name, method, message.key, nil) { state in
                guard message.members.allSatisfy({ state.points[$0.item]?.first?.final == true }) else {
                    throw Failure(.operationNotAllowed, "a member has no final point")
                }
                return TargetV1.GroupPoint.with { $0.name = "\(message.group)/1/final" }
            }
        case "PinPoint":
            let message = try TargetV1.PinPointRequest(wire: request)
            return try once(&state, name, method, message.key, nil) { state in
                let points = state.points[message.item] ?? []
                let index = points.firstIndex { message.number == 0 || $0.number == message.number }
                guard let index else { throw Failure(.notFound, "point \(message.number)") }
                if !points[index].pins.contains(message.pin) {
                    state.points[message.item]?[index].pins.append(message.pin)
                }
                return points[index]
            }
        case "VerifyReplica":
            return TargetV1.VerifyReplicaResponse.with {
                $0.verifiedBlocks = [3]
                $0.roots = [.with { $0.disk = "d1"; $0.root = [0xab, 0xcd] }]
                $0.since = "home-before-reprotect"
            }.wireBytes()
        case "UnpinPoint":
            let message = try TargetV1.UnpinPointRequest(wire: request)
            return try once(&state, name, method, message.key, nil) { state in
                unpin(&state, message.item) { $0 == message.pin }
                return replica(state, message.item)
            }
        case "AdoptReplica":
            let message = try TargetV1.AdoptReplicaRequest(wire: request)
            if message.blank { state.adoptedBlank.insert(name) }
            return try once(&state, name, method, message.key, message.generation) { state in
                state.lockedReplicas.insert("\(name)/\(message.item)")
                return TargetV1.AdoptReplicaResponse.with {
                    $0.disks = [
                        .with {
                            $0.disk = "d1"
                            $0.suspectBlocks = state.adoptedSuspects
                            $0.record = (state.isForeign ? foreign : lineage).encoded()
                        }
                    ]
                }
            }
        default:
            if let answer = try branch(&state, name, method, request) { return answer.wireBytes() }
            // The rest begin with key, item and generation in the same fields.
            let message = try TargetV1.ReleaseReplicaRequest(wire: request)
            return try once(&state, name, method, message.key, message.generation) { state in
                handOver(&state, method, name, message.item)
                return replica(state, message.item)
            }
        }
    }

    /// As a master target's disks and points come and go; what another owner wrote meanwhile lies in its overlay.
    private func handOver(_ state: inout State, _ method: String, _ name: String, _ item: String) {
        let replica = "\(name)/\(item)"
        switch method {
        case "ReleaseReplica", "ForgetReplica": state.lockedReplicas.remove(replica)
        case "ReclaimReplica":
            state.lockedReplicas.insert(replica)
            if let overlay = state.overlays.removeValue(forKey: item) { state.setAside[item] = [overlay] }
        case "CommitReplica": unpin(&state, item) { _ in true }
        default: break
        }
    }

    private func unpin(_ state: inout State, _ item: String, _ isMeant: (String) -> Bool) {
        for index in (state.points[item] ?? []).indices { state.points[item]?[index].pins.removeAll(where: isMeant) }
    }

    private func replica(_ state: State, _ item: String) -> TargetV1.Replica {
        .with {
            $0.state = state.replicaState
            $0.disks = state.replicaDisks
            $0.position = state.points[item]?.first?.number ?? 0
            $0.sealed = state.points[item]?.first?.number ?? 0
            $0.retention = retention(state, item)?.retention
            $0.scrub = state.replicaScrub
            $0.scrubIntervalUs = 6
            $0.retentionRevision = retention(state, item)?.revision ?? 0
        }
    }
}
