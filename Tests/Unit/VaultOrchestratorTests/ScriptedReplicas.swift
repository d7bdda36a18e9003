import Messages
import Model

/// What the scripted master targets do with replicas and points.
extension ScriptedPeers {
    func target(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> [UInt8] {
        switch method {
        case "GetReplica":
            let item = try TargetV1.GetReplicaRequest(wire: request).item
            if let left = state.lostReplicas["\(name)/\(item)"] { throw left.answer(try ItemID(item)) }
            return replica(state, item).wireBytes()
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
        case "AdoptReplica": return try adopt(&state, name, TargetV1.AdoptReplicaRequest(wire: request))
        default:
            if let answer = try besides(&state, name, method, request) { return answer }
            // The rest begin with key, item and generation in the same fields.
            let message = try TargetV1.ReleaseReplicaRequest(wire: request)
            return try once(&state, name, method, message.key, message.generation) { state in
                handOver(&state, method, name, message.item)
                return replica(state, message.item)
            }
        }
    }

    private func adopt(
        _ state: inout State, _ name: String, _ message: TargetV1.AdoptReplicaRequest
    ) throws -> [UInt8] {
        if message.blank { state.adoptedBlank.insert(name) }
        return try once(&state, name, "AdoptReplica", message.key, message.generation) { state in
            let replica = "\(name)/\(message.item)"
            let left = message.anew ? state.lostReplicas[replica] ?? .disks : nil
            let isForeign = !message.blank && state.foreignSeeds.contains(message.item)
            if left == .strangers || isForeign {
                throw Failure(.lineageRefused, "no lineage record is beside the disk")
            }
            if left != nil { state.points[message.item] = [] }
            if left == .nothing { state.setAside[message.item] = nil }
            if left == nil { takeOver(&state, name, message.item) }
            state.lostReplicas[replica] = nil
            state.lockedReplicas.insert(replica)
            state.adoptedCuts[replica] = message.cutUnixUs
            return TargetV1.AdoptReplicaResponse.with {
                $0.replica = .with {
                    $0.state = left == .nothing ? .initializing : .atPoint
                    $0.position = state.points[message.item]?.first?.number ?? 0
                }
                $0.disks = [
                    .with {
                        $0.disk = "d1"
                        $0.suspectBlocks = state.adoptedSuspects
                        $0.record = (state.isForeign ? foreign : lineage).encoded()
                    }
                ]
            }
        }
    }

    /// Another master target of the cloud knows of the disks what stands beside them: one point, and nobody's pins.
    private func takeOver(_ state: inout State, _ name: String, _ item: String) {
        guard let former = state.releasedBy[item], former != name, name.hasPrefix("mt-cloud") else { return }
        let points = state.points[item] ?? []
        state.leftPoints[item] = points
        state.points[item] = points.prefix(1).map { point in point.changed { $0.pins = [] } }
    }

    /// What has another form.
    private func besides(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> [UInt8]? {
        switch method {
        case "GetSetAside":
            return setAside(state, name, try TargetV1.GetSetAsideRequest(wire: request).item).wireBytes()
        case "ReleaseSetAside":
            let message = try TargetV1.ReleaseSetAsideRequest(wire: request)
            return try once(&state, name, method, message.key, message.generation) { state in
                state.setAside[message.item]?.removeAll { $0 == message.setAside }
                return setAside(state, name, message.item)
            }
        default: return try branch(&state, name, method, request)?.wireBytes()
        }
    }

    /// Beside disks that it holds: three blocks of each copy.
    private func setAside(_ state: State, _ name: String, _ item: String) -> TargetV1.GetSetAsideResponse {
        guard state.lockedReplicas.contains("\(name)/\(item)") else { return .init() }
        return .with {
            $0.setAside = (state.setAside[item] ?? []).map { generation in
                .with {
                    $0.generation = generation
                    $0.point = 1
                    $0.disks = [.with { $0.disk = "d1"; $0.blocks = 3; $0.storedBytes = 3 * 4_096 }]
                }
            }
        }
    }

    /// As a master target's disks and points come and go; what another owner wrote meanwhile lies in its overlay.
    private func handOver(_ state: inout State, _ method: String, _ name: String, _ item: String) {
        let replica = "\(name)/\(item)"
        switch method {
        case "ReleaseReplica":
            state.lockedReplicas.remove(replica)
            state.releasedBy[item] = name.hasPrefix("mt-cloud") ? name : nil
        case "ForgetReplica":
            state.lockedReplicas.remove(replica)
            if state.lostReplicas[replica] == nil { state.lostReplicas[replica] = .disks }
        case "ReclaimReplica":
            state.lockedReplicas.insert(replica)
            if let points = state.leftPoints.removeValue(forKey: item) { state.points[item] = points }
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

/// What is left of a replica that is gone.
enum Leftovers: Sendable {
    /// Disks that prove whose they are.
    case disks
    case nothing
    /// Disks that prove nothing.
    case strangers
    /// The records alone are damaged, and say so.
    case damaged
    /// Not of this item, nor for good.
    case busy, otherItem

    func answer(_ item: ItemID) -> Failure {
        switch self {
        case .disks, .nothing, .strangers: Failure(.notFound, "there is no replica of it here", on: [.item(item)])
        case .damaged: Failure(.dataCorrupt, "both metadata slots are bad", on: [.item(item)])
        case .busy: Failure(.busy, "its disks are being adopted", on: [.item(item)])
        case .otherItem: Failure(.notFound, "there is no replica of it here", on: [.item("item-other")])
        }
    }
}
