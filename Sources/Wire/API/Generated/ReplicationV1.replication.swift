// Generated from homeward/replication/v1/replication.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.replication.v1.IntervalIntake` as they are named on the wire, with their properties.
public enum IntervalIntakeMethods {
    public static let service = "homeward.replication.v1.IntervalIntake"
    public static let replicate = MethodDescriptor(MethodName(service: service, method: "Replicate"), .bidirectional, .unknown)
    public static let all: [MethodDescriptor] = [replicate]
}

/// Takes a machine's intervals.
public protocol IntervalIntakeService: Sendable {
    /// One stream per machine. It ends with FAILED_PRECONDITION and reason STALE_GENERATION when the writer was fenced.
    func replicate(_ requests: RequestStream<ReplicationV1.SourceFrame>, _ responses: MessageWriter<ReplicationV1.TargetFrame>, _ context: CallContext) async throws
}

extension IntervalIntakeService {
    /// What a server routes calls of `homeward.replication.v1.IntervalIntake` by.
    public func bound() -> BoundService {
        BoundService(name: IntervalIntakeMethods.service, methods: [
            .bidirectional(IntervalIntakeMethods.replicate.name) { try await self.replicate($0, $1, $2) },
        ])
    }
}

/// Calls `homeward.replication.v1.IntervalIntake`; a call that fails throws `RPCError`.
public struct IntervalIntakeClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// One stream per machine. It ends with FAILED_PRECONDITION and reason STALE_GENERATION when the writer was fenced.
    public func replicate(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<ReplicationV1.SourceFrame, ReplicationV1.TargetFrame> {
        try await channel.streaming(IntervalIntakeMethods.replicate.name, options)
    }
}
