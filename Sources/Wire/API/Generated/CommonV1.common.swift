// Generated from homeward/common/v1/common.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.common.v1.Receiver` as they are named on the wire, with their properties.
public enum ReceiverMethods {
    public static let service = "homeward.common.v1.Receiver"
    public static let probe = MethodDescriptor(MethodName(service: service, method: "Probe"), .unary, .idempotent)
    public static let assign = MethodDescriptor(MethodName(service: service, method: "Assign"), .unary, .idempotent)
    public static let getAssignment = MethodDescriptor(MethodName(service: service, method: "GetAssignment"), .unary, .noSideEffects)
    public static let getOperation = MethodDescriptor(MethodName(service: service, method: "GetOperation"), .unary, .noSideEffects)
    public static let forgetJob = MethodDescriptor(MethodName(service: service, method: "ForgetJob"), .unary, .unknown)
    public static let census = MethodDescriptor(MethodName(service: service, method: "Census"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [probe, assign, getAssignment, getOperation, forgetJob, census]
}

/// What every component that acts under generations answers.
public protocol ReceiverService: Sendable {
    /// Records a probe, once per key.
    func probe(_ request: CommonV1.ProbeRequest, _ context: CallContext) async throws -> CommonV1.ProbeResponse
    /// Takes an assignment, as a barrier.
    func assign(_ request: CommonV1.AssignRequest, _ context: CallContext) async throws -> CommonV1.AssignResponse
    /// The stored assignment; NOT_FOUND when there is none.
    func getAssignment(_ request: CommonV1.GetAssignmentRequest, _ context: CallContext) async throws -> CommonV1.Assignment
    /// What became of an operation.
    func getOperation(_ request: CommonV1.GetOperationRequest, _ context: CallContext) async throws -> CommonV1.Operation
    /// A job is closed.
    func forgetJob(_ request: CommonV1.ForgetJobRequest, _ context: CallContext) async throws -> CommonV1.ForgetJobResponse
    /// All generations known here.
    func census(_ request: CommonV1.CensusRequest, _ context: CallContext) async throws -> CommonV1.CensusResponse
}

extension ReceiverService {
    /// What a server routes calls of `homeward.common.v1.Receiver` by.
    public func bound() -> BoundService {
        BoundService(name: ReceiverMethods.service, methods: [
            .unary(ReceiverMethods.probe.name) { try await self.probe($0, $1) },
            .unary(ReceiverMethods.assign.name) { try await self.assign($0, $1) },
            .unary(ReceiverMethods.getAssignment.name) { try await self.getAssignment($0, $1) },
            .unary(ReceiverMethods.getOperation.name) { try await self.getOperation($0, $1) },
            .unary(ReceiverMethods.forgetJob.name) { try await self.forgetJob($0, $1) },
            .unary(ReceiverMethods.census.name) { try await self.census($0, $1) },
        ])
    }
}

/// Calls `homeward.common.v1.Receiver`; a call that fails throws `RPCError`.
public struct ReceiverClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Records a probe, once per key.
    public func probe(_ request: CommonV1.ProbeRequest, _ options: CallOptions = CallOptions()) async throws -> CommonV1.ProbeResponse {
        try await channel.unary(ReceiverMethods.probe, request, options)
    }

    /// Takes an assignment, as a barrier.
    public func assign(_ request: CommonV1.AssignRequest, _ options: CallOptions = CallOptions()) async throws -> CommonV1.AssignResponse {
        try await channel.unary(ReceiverMethods.assign, request, options)
    }

    /// The stored assignment; NOT_FOUND when there is none.
    public func getAssignment(_ request: CommonV1.GetAssignmentRequest, _ options: CallOptions = CallOptions()) async throws -> CommonV1.Assignment {
        try await channel.unary(ReceiverMethods.getAssignment, request, options)
    }

    /// What became of an operation.
    public func getOperation(_ request: CommonV1.GetOperationRequest, _ options: CallOptions = CallOptions()) async throws -> CommonV1.Operation {
        try await channel.unary(ReceiverMethods.getOperation, request, options)
    }

    /// A job is closed.
    public func forgetJob(_ request: CommonV1.ForgetJobRequest, _ options: CallOptions = CallOptions()) async throws -> CommonV1.ForgetJobResponse {
        try await channel.unary(ReceiverMethods.forgetJob, request, options)
    }

    /// All generations known here.
    public func census(_ request: CommonV1.CensusRequest, _ options: CallOptions = CallOptions()) async throws -> CommonV1.CensusResponse {
        try await channel.unary(ReceiverMethods.census, request, options)
    }
}
