// Generated from homeward/vault/v1/vault.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.vault.v1.Items` as they are named on the wire, with their properties.
public enum ItemsMethods {
    public static let service = "homeward.vault.v1.Items"
    public static let getItem = MethodDescriptor(MethodName(service: service, method: "GetItem"), .unary, .noSideEffects)
    public static let listItems = MethodDescriptor(MethodName(service: service, method: "ListItems"), .unary, .noSideEffects)
    public static let watchItems = MethodDescriptor(MethodName(service: service, method: "WatchItems"), .serverStreaming, .noSideEffects)
    public static let listRecoveryPoints = MethodDescriptor(MethodName(service: service, method: "ListRecoveryPoints"), .unary, .noSideEffects)
    public static let readRecoveryPoint = MethodDescriptor(MethodName(service: service, method: "ReadRecoveryPoint"), .serverStreaming, .noSideEffects)
    public static let enable = MethodDescriptor(MethodName(service: service, method: "Enable"), .unary, .unknown)
    public static let takePoint = MethodDescriptor(MethodName(service: service, method: "TakePoint"), .unary, .unknown)
    public static let failover = MethodDescriptor(MethodName(service: service, method: "Failover"), .unary, .unknown)
    public static let changePoint = MethodDescriptor(MethodName(service: service, method: "ChangePoint"), .unary, .unknown)
    public static let cancelFailover = MethodDescriptor(MethodName(service: service, method: "CancelFailover"), .unary, .unknown)
    public static let completeCertificate = MethodDescriptor(MethodName(service: service, method: "CompleteCertificate"), .unary, .unknown)
    public static let commit = MethodDescriptor(MethodName(service: service, method: "Commit"), .unary, .unknown)
    public static let completeMigration = MethodDescriptor(MethodName(service: service, method: "CompleteMigration"), .unary, .unknown)
    public static let getAllowedOperations = MethodDescriptor(MethodName(service: service, method: "GetAllowedOperations"), .unary, .noSideEffects)
    public static let reprotect = MethodDescriptor(MethodName(service: service, method: "Reprotect"), .unary, .unknown)
    public static let cancelReprotect = MethodDescriptor(MethodName(service: service, method: "CancelReprotect"), .unary, .unknown)
    public static let switchProcessServer = MethodDescriptor(MethodName(service: service, method: "SwitchProcessServer"), .unary, .unknown)
    public static let moveMasterTarget = MethodDescriptor(MethodName(service: service, method: "MoveMasterTarget"), .unary, .unknown)
    public static let excludeDisk = MethodDescriptor(MethodName(service: service, method: "ExcludeDisk"), .unary, .unknown)
    public static let resync = MethodDescriptor(MethodName(service: service, method: "Resync"), .unary, .unknown)
    public static let pinPoint = MethodDescriptor(MethodName(service: service, method: "PinPoint"), .unary, .unknown)
    public static let unpinPoint = MethodDescriptor(MethodName(service: service, method: "UnpinPoint"), .unary, .unknown)
    public static let getSetAside = MethodDescriptor(MethodName(service: service, method: "GetSetAside"), .unary, .noSideEffects)
    public static let readSetAside = MethodDescriptor(MethodName(service: service, method: "ReadSetAside"), .serverStreaming, .noSideEffects)
    public static let releaseSetAside = MethodDescriptor(MethodName(service: service, method: "ReleaseSetAside"), .unary, .unknown)
    public static let disable = MethodDescriptor(MethodName(service: service, method: "Disable"), .unary, .unknown)
    public static let setCloudNetwork = MethodDescriptor(MethodName(service: service, method: "SetCloudNetwork"), .unary, .unknown)
    public static let getGroup = MethodDescriptor(MethodName(service: service, method: "GetGroup"), .unary, .noSideEffects)
    public static let listGroups = MethodDescriptor(MethodName(service: service, method: "ListGroups"), .unary, .noSideEffects)
    public static let listGroupPoints = MethodDescriptor(MethodName(service: service, method: "ListGroupPoints"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [getItem, listItems, watchItems, listRecoveryPoints, readRecoveryPoint, enable, takePoint, failover, changePoint, cancelFailover, completeCertificate, commit, completeMigration, getAllowedOperations, reprotect, cancelReprotect, switchProcessServer, moveMasterTarget, excludeDisk, resync, pinPoint, unpinPoint, getSetAside, readSetAside, releaseSetAside, disable, setCloudNetwork, getGroup, listGroups, listGroupPoints]
}

/// Replicated items and what can be done with them. Operations on a member of a replication group are those of its group:
/// a single member is refused with NOT_IN_GROUP, except by Enable and Disable.
public protocol ItemsService: Sendable {
    /// One item.
    func getItem(_ request: VaultV1.GetItemRequest, _ context: CallContext) async throws -> VaultV1.Item
    /// Items, page by page.
    func listItems(_ request: VaultV1.ListItemsRequest, _ context: CallContext) async throws -> VaultV1.ListItemsResponse
    /// A snapshot, a bookmark, then changes.
    func watchItems(_ request: VaultV1.WatchItemsRequest, _ responses: MessageWriter<VaultV1.ItemEvent>, _ context: CallContext) async throws
    /// Recovery points of an item.
    func listRecoveryPoints(_ request: VaultV1.ListRecoveryPointsRequest, _ context: CallContext) async throws -> VaultV1.ListRecoveryPointsResponse
    /// A disk's content as of a recovery point, from the master target that holds it.
    func readRecoveryPoint(_ request: VaultV1.ReadRecoveryPointRequest, _ responses: MessageWriter<TargetV1.PointContent>, _ context: CallContext) async throws
    /// Protects a machine.
    func enable(_ request: VaultV1.EnableRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Takes a recovery point now.
    func takePoint(_ request: VaultV1.TakePointRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Fails over or back.
    func failover(_ request: VaultV1.FailoverRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Another point before commit.
    func changePoint(_ request: VaultV1.ChangePointRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Back to the old side before commit.
    func cancelFailover(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Reads back all disks that an uncommitted failback handed over, and ends when that is done.
    func completeCertificate(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Makes a failover final; after a failback it removes the cloud machine.
    func commit(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Ends a failover for good: the machine stays in the cloud, unprotected, and cannot come home any more.
    func completeMigration(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Which operations an item, or a group, would be allowed now, and which gates refuse the others.
    func getAllowedOperations(_ request: VaultV1.GetAllowedOperationsRequest, _ context: CallContext) async throws -> VaultV1.AllowedOperations
    /// Replicates towards the side the item came from: home after a failover, out after a failback.
    func reprotect(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Gives a reprotect up while it synchronizes.
    func cancelReprotect(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Moves an item or a group that replicates to another process server of its site; only what is not sealed yet is sent
    /// again.
    func switchProcessServer(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// To another master target of the site that it replicates to, `master_target`: the replica's disks are handed over,
    /// and its older points are given up once the first point is sealed there. Of one that is not heard, or has lost the
    /// replica, its points are given up at once, by `confirm_loss`.
    func moveMasterTarget(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Leaves a disk out that was added to an item's machine while it was protected, so that points are made again.
    func excludeDisk(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Compares all blocks of an item with its replica by digest, and sends those that differ again. The item replicates
    /// on; its points stay. Of one item: a member of a group is compared by itself.
    func resync(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Pins a recovery point for a person.
    func pinPoint(_ request: VaultV1.PinRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Lets go of a point that a person pinned.
    func unpinPoint(_ request: VaultV1.PinRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// What copies wrote that were left before a commit.
    func getSetAside(_ request: VaultV1.GetSetAsideRequest, _ context: CallContext) async throws -> VaultV1.GetSetAsideResponse
    /// A disk as such a copy had it, piece by piece.
    func readSetAside(_ request: VaultV1.ReadSetAsideRequest, _ responses: MessageWriter<TargetV1.PointContent>, _ context: CallContext) async throws
    /// Gives up what such a copy wrote.
    func releaseSetAside(_ request: VaultV1.ReleaseSetAsideRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Ends protection.
    func disable(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Which network a failover gives an item's machine. Refused for one whose network a failover does not touch, and while
    /// a job holds the item.
    func setCloudNetwork(_ request: VaultV1.SetCloudNetworkRequest, _ context: CallContext) async throws -> VaultV1.Item
    /// One replication group.
    func getGroup(_ request: VaultV1.GetGroupRequest, _ context: CallContext) async throws -> VaultV1.Group
    /// Replication groups, page by page.
    func listGroups(_ request: VaultV1.ListGroupsRequest, _ context: CallContext) async throws -> VaultV1.ListGroupsResponse
    /// Common points of a replication group.
    func listGroupPoints(_ request: VaultV1.ListGroupPointsRequest, _ context: CallContext) async throws -> VaultV1.ListGroupPointsResponse
}

extension ItemsService {
    /// What a server routes calls of `homeward.vault.v1.Items` by.
    public func bound() -> BoundService {
        BoundService(name: ItemsMethods.service, methods: [
            .unary(ItemsMethods.getItem.name) { try await self.getItem($0, $1) },
            .unary(ItemsMethods.listItems.name) { try await self.listItems($0, $1) },
            .serverStreaming(ItemsMethods.watchItems.name) { try await self.watchItems($0, $1, $2) },
            .unary(ItemsMethods.listRecoveryPoints.name) { try await self.listRecoveryPoints($0, $1) },
            .serverStreaming(ItemsMethods.readRecoveryPoint.name) { try await self.readRecoveryPoint($0, $1, $2) },
            .unary(ItemsMethods.enable.name) { try await self.enable($0, $1) },
            .unary(ItemsMethods.takePoint.name) { try await self.takePoint($0, $1) },
            .unary(ItemsMethods.failover.name) { try await self.failover($0, $1) },
            .unary(ItemsMethods.changePoint.name) { try await self.changePoint($0, $1) },
            .unary(ItemsMethods.cancelFailover.name) { try await self.cancelFailover($0, $1) },
            .unary(ItemsMethods.completeCertificate.name) { try await self.completeCertificate($0, $1) },
            .unary(ItemsMethods.commit.name) { try await self.commit($0, $1) },
            .unary(ItemsMethods.completeMigration.name) { try await self.completeMigration($0, $1) },
            .unary(ItemsMethods.getAllowedOperations.name) { try await self.getAllowedOperations($0, $1) },
            .unary(ItemsMethods.reprotect.name) { try await self.reprotect($0, $1) },
            .unary(ItemsMethods.cancelReprotect.name) { try await self.cancelReprotect($0, $1) },
            .unary(ItemsMethods.switchProcessServer.name) { try await self.switchProcessServer($0, $1) },
            .unary(ItemsMethods.moveMasterTarget.name) { try await self.moveMasterTarget($0, $1) },
            .unary(ItemsMethods.excludeDisk.name) { try await self.excludeDisk($0, $1) },
            .unary(ItemsMethods.resync.name) { try await self.resync($0, $1) },
            .unary(ItemsMethods.pinPoint.name) { try await self.pinPoint($0, $1) },
            .unary(ItemsMethods.unpinPoint.name) { try await self.unpinPoint($0, $1) },
            .unary(ItemsMethods.getSetAside.name) { try await self.getSetAside($0, $1) },
            .serverStreaming(ItemsMethods.readSetAside.name) { try await self.readSetAside($0, $1, $2) },
            .unary(ItemsMethods.releaseSetAside.name) { try await self.releaseSetAside($0, $1) },
            .unary(ItemsMethods.disable.name) { try await self.disable($0, $1) },
            .unary(ItemsMethods.setCloudNetwork.name) { try await self.setCloudNetwork($0, $1) },
            .unary(ItemsMethods.getGroup.name) { try await self.getGroup($0, $1) },
            .unary(ItemsMethods.listGroups.name) { try await self.listGroups($0, $1) },
            .unary(ItemsMethods.listGroupPoints.name) { try await self.listGroupPoints($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Items`; a call that fails throws `RPCError`.
public struct ItemsClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// One item.
    public func getItem(_ request: VaultV1.GetItemRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Item {
        try await channel.unary(ItemsMethods.getItem, request, options)
    }

    /// Items, page by page.
    public func listItems(_ request: VaultV1.ListItemsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListItemsResponse {
        try await channel.unary(ItemsMethods.listItems, request, options)
    }

    /// A snapshot, a bookmark, then changes.
    public func watchItems(_ request: VaultV1.WatchItemsRequest, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<VaultV1.WatchItemsRequest, VaultV1.ItemEvent> {
        try await channel.serverStreaming(ItemsMethods.watchItems.name, request, options)
    }

    /// Recovery points of an item.
    public func listRecoveryPoints(_ request: VaultV1.ListRecoveryPointsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListRecoveryPointsResponse {
        try await channel.unary(ItemsMethods.listRecoveryPoints, request, options)
    }

    /// A disk's content as of a recovery point, from the master target that holds it.
    public func readRecoveryPoint(_ request: VaultV1.ReadRecoveryPointRequest, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<VaultV1.ReadRecoveryPointRequest, TargetV1.PointContent> {
        try await channel.serverStreaming(ItemsMethods.readRecoveryPoint.name, request, options)
    }

    /// Protects a machine.
    public func enable(_ request: VaultV1.EnableRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.enable, request, options)
    }

    /// Takes a recovery point now.
    public func takePoint(_ request: VaultV1.TakePointRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.takePoint, request, options)
    }

    /// Fails over or back.
    public func failover(_ request: VaultV1.FailoverRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.failover, request, options)
    }

    /// Another point before commit.
    public func changePoint(_ request: VaultV1.ChangePointRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.changePoint, request, options)
    }

    /// Back to the old side before commit.
    public func cancelFailover(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.cancelFailover, request, options)
    }

    /// Reads back all disks that an uncommitted failback handed over, and ends when that is done.
    public func completeCertificate(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.completeCertificate, request, options)
    }

    /// Makes a failover final; after a failback it removes the cloud machine.
    public func commit(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.commit, request, options)
    }

    /// Ends a failover for good: the machine stays in the cloud, unprotected, and cannot come home any more.
    public func completeMigration(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.completeMigration, request, options)
    }

    /// Which operations an item, or a group, would be allowed now, and which gates refuse the others.
    public func getAllowedOperations(_ request: VaultV1.GetAllowedOperationsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.AllowedOperations {
        try await channel.unary(ItemsMethods.getAllowedOperations, request, options)
    }

    /// Replicates towards the side the item came from: home after a failover, out after a failback.
    public func reprotect(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.reprotect, request, options)
    }

    /// Gives a reprotect up while it synchronizes.
    public func cancelReprotect(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.cancelReprotect, request, options)
    }

    /// Moves an item or a group that replicates to another process server of its site; only what is not sealed yet is sent
    /// again.
    public func switchProcessServer(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.switchProcessServer, request, options)
    }

    /// To another master target of the site that it replicates to, `master_target`: the replica's disks are handed over,
    /// and its older points are given up once the first point is sealed there. Of one that is not heard, or has lost the
    /// replica, its points are given up at once, by `confirm_loss`.
    public func moveMasterTarget(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.moveMasterTarget, request, options)
    }

    /// Leaves a disk out that was added to an item's machine while it was protected, so that points are made again.
    public func excludeDisk(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.excludeDisk, request, options)
    }

    /// Compares all blocks of an item with its replica by digest, and sends those that differ again. The item replicates
    /// on; its points stay. Of one item: a member of a group is compared by itself.
    public func resync(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.resync, request, options)
    }

    /// Pins a recovery point for a person.
    public func pinPoint(_ request: VaultV1.PinRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.pinPoint, request, options)
    }

    /// Lets go of a point that a person pinned.
    public func unpinPoint(_ request: VaultV1.PinRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.unpinPoint, request, options)
    }

    /// What copies wrote that were left before a commit.
    public func getSetAside(_ request: VaultV1.GetSetAsideRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.GetSetAsideResponse {
        try await channel.unary(ItemsMethods.getSetAside, request, options)
    }

    /// A disk as such a copy had it, piece by piece.
    public func readSetAside(_ request: VaultV1.ReadSetAsideRequest, _ options: CallOptions = CallOptions()) async throws -> StreamingCall<VaultV1.ReadSetAsideRequest, TargetV1.PointContent> {
        try await channel.serverStreaming(ItemsMethods.readSetAside.name, request, options)
    }

    /// Gives up what such a copy wrote.
    public func releaseSetAside(_ request: VaultV1.ReleaseSetAsideRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.releaseSetAside, request, options)
    }

    /// Ends protection.
    public func disable(_ request: VaultV1.ItemOperationRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(ItemsMethods.disable, request, options)
    }

    /// Which network a failover gives an item's machine. Refused for one whose network a failover does not touch, and while
    /// a job holds the item.
    public func setCloudNetwork(_ request: VaultV1.SetCloudNetworkRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Item {
        try await channel.unary(ItemsMethods.setCloudNetwork, request, options)
    }

    /// One replication group.
    public func getGroup(_ request: VaultV1.GetGroupRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Group {
        try await channel.unary(ItemsMethods.getGroup, request, options)
    }

    /// Replication groups, page by page.
    public func listGroups(_ request: VaultV1.ListGroupsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListGroupsResponse {
        try await channel.unary(ItemsMethods.listGroups, request, options)
    }

    /// Common points of a replication group.
    public func listGroupPoints(_ request: VaultV1.ListGroupPointsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListGroupPointsResponse {
        try await channel.unary(ItemsMethods.listGroupPoints, request, options)
    }
}

/// The methods of `homeward.vault.v1.Jobs` as they are named on the wire, with their properties.
public enum JobsMethods {
    public static let service = "homeward.vault.v1.Jobs"
    public static let getJob = MethodDescriptor(MethodName(service: service, method: "GetJob"), .unary, .noSideEffects)
    public static let listJobs = MethodDescriptor(MethodName(service: service, method: "ListJobs"), .unary, .noSideEffects)
    public static let cancelJob = MethodDescriptor(MethodName(service: service, method: "CancelJob"), .unary, .unknown)
    public static let resolveStuck = MethodDescriptor(MethodName(service: service, method: "ResolveStuck"), .unary, .unknown)
    public static let answerJob = MethodDescriptor(MethodName(service: service, method: "AnswerJob"), .unary, .unknown)
    public static let getCertificate = MethodDescriptor(MethodName(service: service, method: "GetCertificate"), .unary, .noSideEffects)
    public static let getCertificateKey = MethodDescriptor(MethodName(service: service, method: "GetCertificateKey"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [getJob, listJobs, cancelJob, resolveStuck, answerJob, getCertificate, getCertificateKey]
}

/// Jobs.
public protocol JobsService: Sendable {
    /// One job.
    func getJob(_ request: VaultV1.GetJobRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Jobs, page by page.
    func listJobs(_ request: VaultV1.ListJobsRequest, _ context: CallContext) async throws -> VaultV1.ListJobsResponse
    /// Stops a job before its pivot.
    func cancelJob(_ request: VaultV1.CancelJobRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Decides a stuck job.
    func resolveStuck(_ request: VaultV1.ResolveStuckRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Answers what a job in WAITING_PERSON asks; FAILED_PRECONDITION when it asks nothing.
    func answerJob(_ request: VaultV1.AnswerJobRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// What a failback that succeeded proves of a machine's disks; the same document whenever it is asked for.
    func getCertificate(_ request: VaultV1.GetCertificateRequest, _ context: CallContext) async throws -> VaultV1.SignedCertificate
    /// What certificates of this vault are verified with.
    func getCertificateKey(_ request: VaultV1.GetCertificateKeyRequest, _ context: CallContext) async throws -> VaultV1.CertificateKey
}

extension JobsService {
    /// What a server routes calls of `homeward.vault.v1.Jobs` by.
    public func bound() -> BoundService {
        BoundService(name: JobsMethods.service, methods: [
            .unary(JobsMethods.getJob.name) { try await self.getJob($0, $1) },
            .unary(JobsMethods.listJobs.name) { try await self.listJobs($0, $1) },
            .unary(JobsMethods.cancelJob.name) { try await self.cancelJob($0, $1) },
            .unary(JobsMethods.resolveStuck.name) { try await self.resolveStuck($0, $1) },
            .unary(JobsMethods.answerJob.name) { try await self.answerJob($0, $1) },
            .unary(JobsMethods.getCertificate.name) { try await self.getCertificate($0, $1) },
            .unary(JobsMethods.getCertificateKey.name) { try await self.getCertificateKey($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Jobs`; a call that fails throws `RPCError`.
public struct JobsClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// One job.
    public func getJob(_ request: VaultV1.GetJobRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(JobsMethods.getJob, request, options)
    }

    /// Jobs, page by page.
    public func listJobs(_ request: VaultV1.ListJobsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListJobsResponse {
        try await channel.unary(JobsMethods.listJobs, request, options)
    }

    /// Stops a job before its pivot.
    public func cancelJob(_ request: VaultV1.CancelJobRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(JobsMethods.cancelJob, request, options)
    }

    /// Decides a stuck job.
    public func resolveStuck(_ request: VaultV1.ResolveStuckRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(JobsMethods.resolveStuck, request, options)
    }

    /// Answers what a job in WAITING_PERSON asks; FAILED_PRECONDITION when it asks nothing.
    public func answerJob(_ request: VaultV1.AnswerJobRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(JobsMethods.answerJob, request, options)
    }

    /// What a failback that succeeded proves of a machine's disks; the same document whenever it is asked for.
    public func getCertificate(_ request: VaultV1.GetCertificateRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.SignedCertificate {
        try await channel.unary(JobsMethods.getCertificate, request, options)
    }

    /// What certificates of this vault are verified with.
    public func getCertificateKey(_ request: VaultV1.GetCertificateKeyRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.CertificateKey {
        try await channel.unary(JobsMethods.getCertificateKey, request, options)
    }
}

/// The methods of `homeward.vault.v1.Infrastructure` as they are named on the wire, with their properties.
public enum InfrastructureMethods {
    public static let service = "homeward.vault.v1.Infrastructure"
    public static let listInfrastructure = MethodDescriptor(MethodName(service: service, method: "ListInfrastructure"), .unary, .noSideEffects)
    public static let linkConfigurationServer = MethodDescriptor(MethodName(service: service, method: "LinkConfigurationServer"), .unary, .unknown)
    public static let checkInfrastructure = MethodDescriptor(MethodName(service: service, method: "CheckInfrastructure"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [listInfrastructure, linkConfigurationServer, checkInfrastructure]
}

/// The components as the vault knows them.
public protocol InfrastructureService: Sendable {
    /// All components of both sites.
    func listInfrastructure(_ request: ConfigurationV1.ListComponentsRequest, _ context: CallContext) async throws -> ConfigurationV1.ListComponentsResponse
    /// Heartbeat of the configuration server.
    func linkConfigurationServer(_ request: VaultV1.LinkConfigurationServerRequest, _ context: CallContext) async throws -> VaultV1.LinkConfigurationServerResponse
    /// Starts the check.
    func checkInfrastructure(_ request: VaultV1.CheckInfrastructureRequest, _ context: CallContext) async throws -> VaultV1.Job
}

extension InfrastructureService {
    /// What a server routes calls of `homeward.vault.v1.Infrastructure` by.
    public func bound() -> BoundService {
        BoundService(name: InfrastructureMethods.service, methods: [
            .unary(InfrastructureMethods.listInfrastructure.name) { try await self.listInfrastructure($0, $1) },
            .unary(InfrastructureMethods.linkConfigurationServer.name) { try await self.linkConfigurationServer($0, $1) },
            .unary(InfrastructureMethods.checkInfrastructure.name) { try await self.checkInfrastructure($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Infrastructure`; a call that fails throws `RPCError`.
public struct InfrastructureClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// All components of both sites.
    public func listInfrastructure(_ request: ConfigurationV1.ListComponentsRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.ListComponentsResponse {
        try await channel.unary(InfrastructureMethods.listInfrastructure, request, options)
    }

    /// Heartbeat of the configuration server.
    public func linkConfigurationServer(_ request: VaultV1.LinkConfigurationServerRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.LinkConfigurationServerResponse {
        try await channel.unary(InfrastructureMethods.linkConfigurationServer, request, options)
    }

    /// Starts the check.
    public func checkInfrastructure(_ request: VaultV1.CheckInfrastructureRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(InfrastructureMethods.checkInfrastructure, request, options)
    }
}

/// The methods of `homeward.vault.v1.Authority` as they are named on the wire, with their properties.
public enum AuthorityMethods {
    public static let service = "homeward.vault.v1.Authority"
    public static let getCensus = MethodDescriptor(MethodName(service: service, method: "GetCensus"), .unary, .noSideEffects)
    public static let reconcile = MethodDescriptor(MethodName(service: service, method: "Reconcile"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [getCensus, reconcile]
}

/// What this vault's record of items is worth beside what the components hold: for a vault that was restored from a
/// backup, or that another one has succeeded.
public protocol AuthorityService: Sendable {
    /// Asks every reachable component.
    func getCensus(_ request: VaultV1.GetCensusRequest, _ context: CallContext) async throws -> VaultV1.CensusReport
    /// Gives quarantined items a generation above every one that was found, with the roles that are seen to be in force.
    func reconcile(_ request: VaultV1.ReconcileRequest, _ context: CallContext) async throws -> VaultV1.ReconcileResponse
}

extension AuthorityService {
    /// What a server routes calls of `homeward.vault.v1.Authority` by.
    public func bound() -> BoundService {
        BoundService(name: AuthorityMethods.service, methods: [
            .unary(AuthorityMethods.getCensus.name) { try await self.getCensus($0, $1) },
            .unary(AuthorityMethods.reconcile.name) { try await self.reconcile($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Authority`; a call that fails throws `RPCError`.
public struct AuthorityClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Asks every reachable component.
    public func getCensus(_ request: VaultV1.GetCensusRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.CensusReport {
        try await channel.unary(AuthorityMethods.getCensus, request, options)
    }

    /// Gives quarantined items a generation above every one that was found, with the roles that are seen to be in force.
    public func reconcile(_ request: VaultV1.ReconcileRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ReconcileResponse {
        try await channel.unary(AuthorityMethods.reconcile, request, options)
    }
}
