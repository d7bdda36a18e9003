// Generated from homeward/replication/v1/group.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.replication.v1.GroupCut` as they are named on the wire, with their properties.
public enum GroupCutMethods {
    public static let service = "homeward.replication.v1.GroupCut"
    public static let attend = MethodDescriptor(MethodName(service: service, method: "Attend"), .bidirectional, .unknown)
    public static let all: [MethodDescriptor] = [attend]
}

/// Served by a process server; agents dial it.
public protocol GroupCutService: Sendable {
    /// One stream per member, for as long as its session names a group. It ends with FAILED_PRECONDITION when the relay
    /// of the item does not name this group, or the writer was fenced.
    func attend(_ requests: RequestStream<ReplicationV1.GroupMemberFrame>, _ responses: MessageWriter<ReplicationV1.GroupCoordinatorFrame>, _ context: CallContext) async throws
}

extension GroupCutService {
    /// What a server routes calls of `homeward.replication.v1.GroupCut` by.
    public func bound() -> BoundService {
        BoundService(name: GroupCutMethods.service, methods: [
            .bidirectional(GroupCutMethods.attend.name) { try await self.attend($0, $1, $2) },
        ])
    }
}

/// Calls `homeward.replication.v1.GroupCut`; a call that fails throws `RPCError`.
public struct GroupCutClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// One stream per member, for as long as its session names a group. It ends with FAILED_PRECONDITION when the relay
    /// of the item does not name this group, or the writer was fenced.
    public func attend(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<ReplicationV1.GroupMemberFrame, ReplicationV1.GroupCoordinatorFrame> {
        try await channel.streaming(GroupCutMethods.attend.name, options)
    }
}

/// The methods of `homeward.replication.v1.GroupRecord` as they are named on the wire, with their properties.
public enum GroupRecordMethods {
    public static let service = "homeward.replication.v1.GroupRecord"
    public static let recordGroupPoint = MethodDescriptor(MethodName(service: service, method: "RecordGroupPoint"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [recordGroupPoint]
}

/// Served by a master target; process servers call it.
public protocol GroupRecordService: Sendable {
    /// Records a common cut. The group point exists once each member's interval is sealed under its own number.
    /// FAILED_PRECONDITION when a member has no replica here or its generation was fenced.
    func recordGroupPoint(_ request: ReplicationV1.RecordGroupPointRequest, _ context: CallContext) async throws -> ReplicationV1.RecordGroupPointResponse
}

extension GroupRecordService {
    /// What a server routes calls of `homeward.replication.v1.GroupRecord` by.
    public func bound() -> BoundService {
        BoundService(name: GroupRecordMethods.service, methods: [
            .unary(GroupRecordMethods.recordGroupPoint.name) { try await self.recordGroupPoint($0, $1) },
        ])
    }
}

/// Calls `homeward.replication.v1.GroupRecord`; a call that fails throws `RPCError`.
public struct GroupRecordClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Records a common cut. The group point exists once each member's interval is sealed under its own number.
    /// FAILED_PRECONDITION when a member has no replica here or its generation was fenced.
    public func recordGroupPoint(_ request: ReplicationV1.RecordGroupPointRequest, _ options: CallOptions = CallOptions()) async throws -> ReplicationV1.RecordGroupPointResponse {
        try await channel.unary(GroupRecordMethods.recordGroupPoint, request, options)
    }
}
