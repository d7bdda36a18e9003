import API
import Contract
import Environment
import MessageCoding
import Messages
import Model
import Receivers
import Replicas
import RPC

/// `homeward.target.v1.TargetControl`.
struct TargetControlHandler: TargetControlService {
    let keepers: Keepers
    let groups: GroupRecords
    let branches: Branches
    let effects: Effects

    /// Longest that a read waits for a change; the caller's deadline is its own.
    private static let longestWait: UInt64 = 60_000_000
    static let longestPin = 128

    /// One effect on a replica, and the replica as it then is.
    private func effect<Request: WireMessage>(
        _ what: String, _ item: String, _ key: CommonV1.OperationKey?, _ generation: CommonV1.Generation?,
        _ request: Request, _ act: @escaping @Sendable (Keeper) async throws -> Void
    ) async throws -> TargetV1.Replica {
        try await answering("\(what) of item \(item)") {
            let item = try ItemID(item)
            let call = try call(key, try Generation(generation), request)
            return try await effects.perform(call, look: { nil }) { _ in
                let keeper = try await keepers.keeper(item)
                try await act(keeper)
                return try await keeper.message()
            }
        }
    }

    func call(
        _ key: CommonV1.OperationKey?, _ generation: Generation?, _ request: some WireMessage
    ) throws -> EffectCall {
        EffectCall(
            key: try OperationKey(key), epoch: key?.vaultEpoch ?? 0, generation: generation, request: request)
    }

    func adoptReplica(
        _ request: TargetV1.AdoptReplicaRequest, _ context: CallContext
    ) async throws -> TargetV1.AdoptReplicaResponse {
        try await answering("adopt the disks of item \(request.item)") {
            let item = try ItemID(request.item)
            let disks = try request.disks.map { try DiskDescription($0) }.sorted { $0.index < $1.index }
            guard !disks.isEmpty, disks.enumerated().allSatisfy({ $0.offset == $0.element.index }) else {
                throw Failure(.invalidArgument, "adopt the disks of item \(item): number them from 0 without gaps")
            }
            let generation = try request.generation.map { try Generation($0) }
            // Its generation is judged by the replicas: disks may be adopted before the item's first assignment here.
            let call = try call(request.key, nil, request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                if request.anew { try await branches.deleteAll(of: item) }
                return try await keepers.adopt(
                    item, disks, under: generation, blank: request.blank, anew: request.anew,
                    cut: WallInstant(microseconds: request.cutUnixUs))
            }
        }
    }

    func beginOverwrite(
        _ request: TargetV1.BeginOverwriteRequest, _ context: CallContext
    ) async throws -> TargetV1.Replica {
        try await effect(
            "begin to overwrite the replica", request.item, request.key, request.generation,
            request.changed { $0.key = nil }
        ) { keeper in
            guard !request.pointName.isEmpty, request.pointName.utf8.count <= Self.longestPin else {
                throw Failure(.invalidArgument, "begin to overwrite the replica: the point needs a name")
            }
            try await keeper.beginOverwrite(request.pointName)
        }
    }

    func forgetReplica(
        _ request: TargetV1.ForgetReplicaRequest, _ context: CallContext
    ) async throws -> TargetV1.ForgetReplicaResponse {
        try await answering("forget the replica of item \(request.item)") {
            let item = try ItemID(request.item)
            let call = try call(request.key, try Generation(request.generation), request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await branches.deleteAll(of: item)
                try await keepers.forget(item)
                return TargetV1.ForgetReplicaResponse()
            }
        }
    }

    func getReplica(_ request: TargetV1.GetReplicaRequest, _ context: CallContext) async throws -> TargetV1.Replica {
        try await answering("read the replica of item \(request.item)") {
            let keeper = try await keepers.keeper(try ItemID(request.item))
            guard request.waitUs > 0 else { return try await keeper.message() }
            let wait = Duration.microseconds(Int64(min(request.waitUs, Self.longestWait)))
            return try await keeper.message(wait: wait, untilPosition: request.untilPosition)
        }
    }

    func setRetention(
        _ request: TargetV1.SetRetentionRequest, _ context: CallContext
    ) async throws -> TargetV1.Replica {
        let what = "set the retention"
        return try await answering("\(what) of item \(request.item)") {
            let item = try ItemID(request.item)
            guard request.revision > 0 else { throw Failure(.invalidArgument, "\(what) of item \(item): no revision") }
            try request.retention?.check("\(what) of item \(item)")
            let new = SetRetention(retention: request.retention, revision: request.revision)
            let call = try call(request.key, try Generation(request.generation), request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await keepers.setRetention(new, of: item)
                return try await keepers.keeper(item).message()
            }
        }
    }

    func previewRetention(
        _ request: TargetV1.PreviewRetentionRequest, _ context: CallContext
    ) async throws -> TargetV1.PreviewRetentionResponse {
        try await answering("look at what a retention of item \(request.item) removes") {
            try request.retention?.check("look at what a retention removes")
            return try await keepers.keeper(try ItemID(request.item)).preview(request.retention)
        }
    }

    func listPoints(
        _ request: TargetV1.ListPointsRequest, _ context: CallContext
    ) async throws -> TargetV1.ListPointsResponse {
        try await answering("list the points of item \(request.item)") {
            let page = try Page(size: request.pageSize, token: request.pageToken)
            let (shown, next) = try await keepers.keeper(try ItemID(request.item)).points(page)
            return .with {
                $0.points = shown
                $0.nextPageToken = next
            }
        }
    }

    func readPoint(
        _ request: TargetV1.ReadPointRequest, _ responses: MessageWriter<TargetV1.PointContent>, _ context: CallContext
    ) async throws {
        try await answering("read a point of item \(request.item)") {
            let keeper = try await keepers.keeper(try ItemID(request.item))
            let view = try await keeper.view(
                request.name.isEmpty ? .number(request.number) : .name(request.name), disk: Int(request.disk),
                offset: request.offset, length: request.length)
            for piece in view.pieces { try await responses.send(keeper.read(view, piece)) }
        }
    }

    func pinPoint(_ request: TargetV1.PinPointRequest, _ context: CallContext) async throws -> TargetV1.RecoveryPoint {
        try await answering("pin a point of item \(request.item)") {
            let item = try ItemID(request.item)
            guard !request.pin.isEmpty, request.pin.utf8.count <= Self.longestPin else {
                throw Failure(
                    .invalidArgument, "pin a point of item \(item): say who pins, in up to \(Self.longestPin) bytes")
            }
            let choice = request.number == 0 ? Replicas.PointChoice.newest : .number(request.number)
            let call = try call(request.key, nil, request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await keepers.keeper(item).pin(choice, request.pin)
            }
        }
    }

    func unpinPoint(_ request: TargetV1.UnpinPointRequest, _ context: CallContext) async throws -> TargetV1.Replica {
        try await answering("unpin a point of item \(request.item)") {
            let item = try ItemID(request.item)
            let call = try call(request.key, nil, request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await branches.refusePinned(item, request.pin)
                let keeper = try await keepers.keeper(item)
                try await keeper.unpin(request.pin)
                return try await keeper.message()
            }
        }
    }

    func sealFinal(_ request: TargetV1.SealFinalRequest, _ context: CallContext) async throws -> TargetV1.Replica {
        try await effect(
            "close a generation", request.item, request.key, request.generation, request.changed { $0.key = nil }
        ) { keeper in try await keeper.sealFinal(try Generation(request.closing)) }
    }

    func moveReplica(_ request: TargetV1.MoveReplicaRequest, _ context: CallContext) async throws -> TargetV1.Replica {
        try await effect(
            "move the replica", request.item, request.key, request.generation, request.changed { $0.key = nil }
        ) { keeper in try await keeper.move(to: request.number) }
    }

    func releaseReplica(
        _ request: TargetV1.ReleaseReplicaRequest, _ context: CallContext
    ) async throws -> TargetV1.Replica {
        let generation = try? Generation(request.generation)
        return try await effect(
            "release the disks", request.item, request.key, request.generation, request.changed { $0.key = nil }
        ) { keeper in
            await branches.endAll(of: keeper.item, "the replica's disks are handed over")
            if let generation { try await keeper.release(under: generation) }
        }
    }

    func reclaimReplica(
        _ request: TargetV1.ReclaimReplicaRequest, _ context: CallContext
    ) async throws -> TargetV1.Replica {
        let generation = try? Generation(request.generation)
        return try await effect(
            "take the disks back", request.item, request.key, request.generation, request.changed { $0.key = nil }
        ) { keeper in if let generation { try await keeper.reclaim(under: generation) } }
    }

    func commitReplica(
        _ request: TargetV1.CommitReplicaRequest, _ context: CallContext
    ) async throws -> TargetV1.Replica {
        try await effect(
            "commit the hand-over", request.item, request.key, request.generation, request.changed { $0.key = nil }
        ) { keeper in
            // Its points go, and a branch is of one.
            try await branches.deleteAll(of: keeper.item)
            try await keeper.commit()
        }
    }

    func getSetAside(
        _ request: TargetV1.GetSetAsideRequest, _ context: CallContext
    ) async throws -> TargetV1.GetSetAsideResponse {
        try await answering("look at what is set aside of item \(request.item)") {
            let found = try await keepers.keeper(try ItemID(request.item)).setAside()
            return .with { $0.setAside = found }
        }
    }

    func readSetAside(
        _ request: TargetV1.ReadSetAsideRequest, _ responses: MessageWriter<TargetV1.PointContent>,
        _ context: CallContext
    ) async throws {
        try await answering("read what is set aside of item \(request.item)") {
            let keeper = try await keepers.keeper(try ItemID(request.item))
            let view = try await keeper.view(
                setAside: request.generation, disk: Int(request.disk), changesOnly: request.changesOnly)
            defer { view.close() }
            for piece in view.pieces { try await responses.send(keeper.read(view, piece)) }
        }
    }

    func releaseSetAside(
        _ request: TargetV1.ReleaseSetAsideRequest, _ context: CallContext
    ) async throws -> TargetV1.GetSetAsideResponse {
        try await answering("release what is set aside of item \(request.item)") {
            let item = try ItemID(request.item)
            let call = try call(request.key, try Generation(request.generation), request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                let keeper = try await keepers.keeper(item)
                try await keeper.release(setAside: request.setAside)
                let left = try await keeper.setAside()
                return TargetV1.GetSetAsideResponse.with { $0.setAside = left }
            }
        }
    }

    func verifyReplica(
        _ request: TargetV1.VerifyReplicaRequest, _ context: CallContext
    ) async throws -> TargetV1.VerifyReplicaResponse {
        try await answering("verify the replica of item \(request.item)") {
            try await keepers.keeper(try ItemID(request.item)).verify(changedOnly: request.changedOnly)
        }
    }
}

/// Twenty digits: text that sorts as the number does.
func sortable(_ number: UInt64) -> String {
    let digits = String(number)
    return String(repeating: "0", count: 20 - digits.count) + digits
}
