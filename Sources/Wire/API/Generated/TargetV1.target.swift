// Generated from homeward/target/v1/target.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.target.v1.TargetControl` as they are named on the wire, with their properties.
public enum TargetControlMethods {
    public static let service = "homeward.target.v1.TargetControl"
    public static let adoptReplica = MethodDescriptor(MethodName(service: service, method: "AdoptReplica"), .unary, .idempotent)
    public static let beginOverwrite = MethodDescriptor(MethodName(service: service, method: "BeginOverwrite"), .unary, .idempotent)
    public static let forgetReplica = MethodDescriptor(MethodName(service: service, method: "ForgetReplica"), .unary, .idempotent)
    public static let getReplica = MethodDescriptor(MethodName(service: service, method: "GetReplica"), .unary, .noSideEffects)
    public static let listPoints = MethodDescriptor(MethodName(service: service, method: "ListPoints"), .unary, .noSideEffects)
    public static let readPoint = MethodDescriptor(MethodName(service: service, method: "ReadPoint"), .serverStreaming, .noSideEffects)
    public static let pinPoint = MethodDescriptor(MethodName(service: service, method: "PinPoint"), .unary, .idempotent)
    public static let unpinPoint = MethodDescriptor(MethodName(service: service, method: "UnpinPoint"), .unary, .idempotent)
    public static let listGroupPoints = MethodDescriptor(MethodName(service: service, method: "ListGroupPoints"), .unary, .noSideEffects)
    public static let pinGroupPoint = MethodDescriptor(MethodName(service: service, method: "PinGroupPoint"), .unary, .idempotent)
    public static let sealGroupFinal = MethodDescriptor(MethodName(service: service, method: "SealGroupFinal"), .unary, .idempotent)
    public static let setRetention = MethodDescriptor(MethodName(service: service, method: "SetRetention"), .unary, .idempotent)
    public static let previewRetention = MethodDescriptor(MethodName(service: service, method: "PreviewRetention"), .unary, .noSideEffects)
    public static let sealFinal = MethodDescriptor(MethodName(service: service, method: "SealFinal"), .unary, .idempotent)
    public static let moveReplica = MethodDescriptor(MethodName(service: service, method: "MoveReplica"), .unary, .idempotent)
    public static let releaseReplica = MethodDescriptor(MethodName(service: service, method: "ReleaseReplica"), .unary, .idempotent)
    public static let reclaimReplica = MethodDescriptor(MethodName(service: service, method: "ReclaimReplica"), .unary, .idempotent)
    public static let commitReplica = MethodDescriptor(MethodName(service: service, method: "CommitReplica"), .unary, .idempotent)
    public static let createBranch = MethodDescriptor(MethodName(service: service, method: "CreateBranch"), .unary, .idempotent)
    public static let getBranch = MethodDescriptor(MethodName(service: service, method: "GetBranch"), .unary, .noSideEffects)
    public static let deleteBranch = MethodDescriptor(MethodName(service: service, method: "DeleteBranch"), .unary, .idempotent)
    public static let getSetAside = MethodDescriptor(MethodName(service: service, method: "GetSetAside"), .unary, .noSideEffects)
    public static let readSetAside = MethodDescriptor(MethodName(service: service, method: "ReadSetAside"), .serverStreaming, .noSideEffects)
    public static let releaseSetAside = MethodDescriptor(MethodName(service: service, method: "ReleaseSetAside"), .unary, .idempotent)
    public static let verifyReplica = MethodDescriptor(MethodName(service: service, method: "VerifyReplica"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [adoptReplica, beginOverwrite, forgetReplica, getReplica, listPoints, readPoint, pinPoint, unpinPoint, listGroupPoints, pinGroupPoint, sealGroupFinal, setRetention, previewRetention, sealFinal, moveReplica, releaseReplica, reclaimReplica, commitReplica, createBranch, getBranch, deleteBranch, getSetAside, readSetAside, releaseSetAside, verifyReplica]
}

/// Control of a master target, called by the vault.
public protocol TargetControlService: Sendable {
    /// Takes attached disks as a replica.
    func adoptReplica(_ request: TargetV1.AdoptReplicaRequest, _ context: CallContext) async throws -> TargetV1.AdoptReplicaResponse
    /// Allows overwriting adopted disks that hold a machine's content.
    func beginOverwrite(_ request: TargetV1.BeginOverwriteRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Forgets a replica.
    func forgetReplica(_ request: TargetV1.ForgetReplicaRequest, _ context: CallContext) async throws -> TargetV1.ForgetReplicaResponse
    /// One replica; NOT_FOUND when there is none.
    func getReplica(_ request: TargetV1.GetReplicaRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Its recovery points.
    func listPoints(_ request: TargetV1.ListPointsRequest, _ context: CallContext) async throws -> TargetV1.ListPointsResponse
    /// A disk's content as of a point, piece by piece; ends with NOT_FOUND when the point is pruned meanwhile.
    func readPoint(_ request: TargetV1.ReadPointRequest, _ responses: MessageWriter<TargetV1.PointContent>, _ context: CallContext) async throws
    /// Pins a point.
    func pinPoint(_ request: TargetV1.PinPointRequest, _ context: CallContext) async throws -> TargetV1.RecoveryPoint
    /// Releases a pin.
    func unpinPoint(_ request: TargetV1.UnpinPointRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Points of a replication group; empty when nothing was recorded of it.
    func listGroupPoints(_ request: TargetV1.ListGroupPointsRequest, _ context: CallContext) async throws -> TargetV1.ListGroupPointsResponse
    /// Pins a group point at all its members, or at none: NOT_FOUND when it does not exist.
    func pinGroupPoint(_ request: TargetV1.PinGroupPointRequest, _ context: CallContext) async throws -> TargetV1.GroupPoint
    /// Makes the members' final points a group point. FAILED_PRECONDITION unless each member's newest point is the final
    /// one of its closed generation.
    func sealGroupFinal(_ request: TargetV1.SealGroupFinalRequest, _ context: CallContext) async throws -> TargetV1.GroupPoint
    /// Sets which points are kept; what is over it goes at once.
    func setRetention(_ request: TargetV1.SetRetentionRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// What a retention would remove now.
    func previewRetention(_ request: TargetV1.PreviewRetentionRequest, _ context: CallContext) async throws -> TargetV1.PreviewRetentionResponse
    /// Closes a generation.
    func sealFinal(_ request: TargetV1.SealFinalRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Moves to a point.
    func moveReplica(_ request: TargetV1.MoveReplicaRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Lets go of the disks.
    func releaseReplica(_ request: TargetV1.ReleaseReplicaRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Takes them back.
    func reclaimReplica(_ request: TargetV1.ReclaimReplicaRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Prunes at commit.
    func commitReplica(_ request: TargetV1.CommitReplicaRequest, _ context: CallContext) async throws -> TargetV1.Replica
    /// Makes a branch.
    func createBranch(_ request: TargetV1.CreateBranchRequest, _ context: CallContext) async throws -> TargetV1.Branch
    /// One branch; NOT_FOUND when there is none.
    func getBranch(_ request: TargetV1.GetBranchRequest, _ context: CallContext) async throws -> TargetV1.Branch
    /// Removes a branch.
    func deleteBranch(_ request: TargetV1.DeleteBranchRequest, _ context: CallContext) async throws -> TargetV1.DeleteBranchResponse
    /// What copies that were left had written.
    func getSetAside(_ request: TargetV1.GetSetAsideRequest, _ context: CallContext) async throws -> TargetV1.GetSetAsideResponse
    /// A disk with what a copy that was left had written, piece by piece. FAILED_PRECONDITION when the whole disk is asked
    /// for and its point is gone.
    func readSetAside(_ request: TargetV1.ReadSetAsideRequest, _ responses: MessageWriter<TargetV1.PointContent>, _ context: CallContext) async throws
    /// Gives its space back. What is not there counts as given back.
    func releaseSetAside(_ request: TargetV1.ReleaseSetAsideRequest, _ context: CallContext) async throws -> TargetV1.GetSetAsideResponse
    /// Reads the disks back.
    func verifyReplica(_ request: TargetV1.VerifyReplicaRequest, _ context: CallContext) async throws -> TargetV1.VerifyReplicaResponse
}

extension TargetControlService {
    /// What a server routes calls of `homeward.target.v1.TargetControl` by.
    public func bound() -> BoundService {
        BoundService(name: TargetControlMethods.service, methods: [
            .unary(TargetControlMethods.adoptReplica.name) { try await self.adoptReplica($0, $1) },
            .unary(TargetControlMethods.beginOverwrite.name) { try await self.beginOverwrite($0, $1) },
            .unary(TargetControlMethods.forgetReplica.name) { try await self.forgetReplica($0, $1) },
            .unary(TargetControlMethods.getReplica.name) { try await self.getReplica($0, $1) },
            .unary(TargetControlMethods.listPoints.name) { try await self.listPoints($0, $1) },
            .serverStreaming(TargetControlMethods.readPoint.name) { try await self.readPoint($0, $1, $2) },
            .unary(TargetControlMethods.pinPoint.name) { try await self.pinPoint($0, $1) },
            .unary(TargetControlMethods.unpinPoint.name) { try await self.unpinPoint($0, $1) },
            .unary(TargetControlMethods.listGroupPoints.name) { try await self.listGroupPoints($0, $1) },
            .unary(TargetControlMethods.pinGroupPoint.name) { try await self.pinGroupPoint($0, $1) },
            .unary(TargetControlMethods.sealGroupFinal.name) { try await self.sealGroupFinal($0, $1) },
            .unary(TargetControlMethods.setRetention.name) { try await self.setRetention($0, $1) },
            .unary(TargetControlMethods.previewRetention.name) { try await self.previewRetention($0, $1) },
            .unary(TargetControlMethods.sealFinal.name) { try await self.sealFinal($0, $1) },
            .unary(TargetControlMethods.moveReplica.name) { try await self.moveReplica($0, $1) },
            .unary(TargetControlMethods.releaseReplica.name) { try await self.releaseReplica($0, $1) },
            .unary(TargetControlMethods.reclaimReplica.name) { try await self.reclaimReplica($0, $1) },
            .unary(TargetControlMethods.commitReplica.name) { try await self.commitReplica($0, $1) },
            .unary(TargetControlMethods.createBranch.name) { try await self.createBranch($0, $1) },
            .unary(TargetControlMethods.getBranch.name) { try await self.getBranch($0, $1) },
            .unary(TargetControlMethods.deleteBranch.name) { try await self.deleteBranch($0, $1) },
            .unary(TargetControlMethods.getSetAside.name) { try await self.getSetAside($0, $1) },
            .serverStreaming(TargetControlMethods.readSetAside.name) { try await self.readSetAside($0, $1, $2) },
            .unary(TargetControlMethods.releaseSetAside.name) { try await self.releaseSetAside($0, $1) },
            .unary(TargetControlMethods.verifyReplica.name) { try await self.verifyReplica($0, $1) },
        ])
    }
}

/// Calls `homeward.target.v1.TargetControl`; a call that fails throws `RPCError`.
public struct TargetControlClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Takes attached disks as a replica.
    public func adoptReplica(_ request: TargetV1.AdoptReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.AdoptReplicaResponse {
        try await channel.unary(TargetControlMethods.adoptReplica, request, options)
    }

    /// Allows overwriting adopted disks that hold a machine's content.
    public func beginOverwrite(_ request: TargetV1.BeginOverwriteRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.beginOverwrite, request, options)
    }

    /// Forgets a replica.
    public func forgetReplica(_ request: TargetV1.ForgetReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.ForgetReplicaResponse {
        try await channel.unary(TargetControlMethods.forgetReplica, request, options)
    }

    /// One replica; NOT_FOUND when there is none.
    public func getReplica(_ request: TargetV1.GetReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.getReplica, request, options)
    }

    /// Its recovery points.
    public func listPoints(_ request: TargetV1.ListPointsRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.ListPointsResponse {
        try await channel.unary(TargetControlMethods.listPoints, request, options)
    }

    /// A disk's content as of a point, piece by piece; ends with NOT_FOUND when the point is pruned meanwhile.
    public func readPoint(_ request: TargetV1.ReadPointRequest, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<TargetV1.ReadPointRequest, TargetV1.PointContent> {
        try await channel.serverStreaming(TargetControlMethods.readPoint.name, request, options)
    }

    /// Pins a point.
    public func pinPoint(_ request: TargetV1.PinPointRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.RecoveryPoint {
        try await channel.unary(TargetControlMethods.pinPoint, request, options)
    }

    /// Releases a pin.
    public func unpinPoint(_ request: TargetV1.UnpinPointRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.unpinPoint, request, options)
    }

    /// Points of a replication group; empty when nothing was recorded of it.
    public func listGroupPoints(_ request: TargetV1.ListGroupPointsRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.ListGroupPointsResponse {
        try await channel.unary(TargetControlMethods.listGroupPoints, request, options)
    }

    /// Pins a group point at all its members, or at none: NOT_FOUND when it does not exist.
    public func pinGroupPoint(_ request: TargetV1.PinGroupPointRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.GroupPoint {
        try await channel.unary(TargetControlMethods.pinGroupPoint, request, options)
    }

    /// Makes the members' final points a group point. FAILED_PRECONDITION unless each member's newest point is the final
    /// one of its closed generation.
    public func sealGroupFinal(_ request: TargetV1.SealGroupFinalRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.GroupPoint {
        try await channel.unary(TargetControlMethods.sealGroupFinal, request, options)
    }

    /// Sets which points are kept; what is over it goes at once.
    public func setRetention(_ request: TargetV1.SetRetentionRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.setRetention, request, options)
    }

    /// What a retention would remove now.
    public func previewRetention(_ request: TargetV1.PreviewRetentionRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.PreviewRetentionResponse {
        try await channel.unary(TargetControlMethods.previewRetention, request, options)
    }

    /// Closes a generation.
    public func sealFinal(_ request: TargetV1.SealFinalRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.sealFinal, request, options)
    }

    /// Moves to a point.
    public func moveReplica(_ request: TargetV1.MoveReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.moveReplica, request, options)
    }

    /// Lets go of the disks.
    public func releaseReplica(_ request: TargetV1.ReleaseReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.releaseReplica, request, options)
    }

    /// Takes them back.
    public func reclaimReplica(_ request: TargetV1.ReclaimReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.reclaimReplica, request, options)
    }

    /// Prunes at commit.
    public func commitReplica(_ request: TargetV1.CommitReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Replica {
        try await channel.unary(TargetControlMethods.commitReplica, request, options)
    }

    /// Makes a branch.
    public func createBranch(_ request: TargetV1.CreateBranchRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Branch {
        try await channel.unary(TargetControlMethods.createBranch, request, options)
    }

    /// One branch; NOT_FOUND when there is none.
    public func getBranch(_ request: TargetV1.GetBranchRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.Branch {
        try await channel.unary(TargetControlMethods.getBranch, request, options)
    }

    /// Removes a branch.
    public func deleteBranch(_ request: TargetV1.DeleteBranchRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.DeleteBranchResponse {
        try await channel.unary(TargetControlMethods.deleteBranch, request, options)
    }

    /// What copies that were left had written.
    public func getSetAside(_ request: TargetV1.GetSetAsideRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.GetSetAsideResponse {
        try await channel.unary(TargetControlMethods.getSetAside, request, options)
    }

    /// A disk with what a copy that was left had written, piece by piece. FAILED_PRECONDITION when the whole disk is asked
    /// for and its point is gone.
    public func readSetAside(_ request: TargetV1.ReadSetAsideRequest, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<TargetV1.ReadSetAsideRequest, TargetV1.PointContent> {
        try await channel.serverStreaming(TargetControlMethods.readSetAside.name, request, options)
    }

    /// Gives its space back. What is not there counts as given back.
    public func releaseSetAside(_ request: TargetV1.ReleaseSetAsideRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.GetSetAsideResponse {
        try await channel.unary(TargetControlMethods.releaseSetAside, request, options)
    }

    /// Reads the disks back.
    public func verifyReplica(_ request: TargetV1.VerifyReplicaRequest, _ options: CallOptions = CallOptions()) async throws -> TargetV1.VerifyReplicaResponse {
        try await channel.unary(TargetControlMethods.verifyReplica, request, options)
    }
}
