// Generated from homeward/process/v1/process.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.process.v1.ProcessControl` as they are named on the wire, with their properties.
public enum ProcessControlMethods {
    public static let service = "homeward.process.v1.ProcessControl"
    public static let openRelay = MethodDescriptor(MethodName(service: service, method: "OpenRelay"), .unary, .idempotent)
    public static let closeRelay = MethodDescriptor(MethodName(service: service, method: "CloseRelay"), .unary, .idempotent)
    public static let getRelay = MethodDescriptor(MethodName(service: service, method: "GetRelay"), .unary, .noSideEffects)
    public static let getGroup = MethodDescriptor(MethodName(service: service, method: "GetGroup"), .unary, .noSideEffects)
    public static let cutGroup = MethodDescriptor(MethodName(service: service, method: "CutGroup"), .unary, .idempotent)
    public static let getProcessServer = MethodDescriptor(MethodName(service: service, method: "GetProcessServer"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [openRelay, closeRelay, getRelay, getGroup, cutGroup, getProcessServer]
}

/// Control of a process server, called by the vault.
public protocol ProcessControlService: Sendable {
    /// Opens or changes the relay of an item.
    func openRelay(_ request: ProcessV1.OpenRelayRequest, _ context: CallContext) async throws -> ProcessV1.Relay
    /// Closes it; done already is fine.
    func closeRelay(_ request: ProcessV1.CloseRelayRequest, _ context: CallContext) async throws -> ProcessV1.Relay
    /// One relay; NOT_FOUND when there is none.
    func getRelay(_ request: ProcessV1.GetRelayRequest, _ context: CallContext) async throws -> ProcessV1.Relay
    /// One replication group; NOT_FOUND when no relay here names it.
    func getGroup(_ request: ProcessV1.GetGroupRequest, _ context: CallContext) async throws -> ProcessV1.Group
    /// Cuts a replication group now. UNAVAILABLE when its members cannot be cut in common, with the reason.
    func cutGroup(_ request: ProcessV1.CutGroupRequest, _ context: CallContext) async throws -> ProcessV1.CutGroupResponse
    /// Health.
    func getProcessServer(_ request: ProcessV1.GetProcessServerRequest, _ context: CallContext) async throws -> ProcessV1.ProcessServerStatus
}

extension ProcessControlService {
    /// What a server routes calls of `homeward.process.v1.ProcessControl` by.
    public func bound() -> BoundService {
        BoundService(name: ProcessControlMethods.service, methods: [
            .unary(ProcessControlMethods.openRelay.name) { try await self.openRelay($0, $1) },
            .unary(ProcessControlMethods.closeRelay.name) { try await self.closeRelay($0, $1) },
            .unary(ProcessControlMethods.getRelay.name) { try await self.getRelay($0, $1) },
            .unary(ProcessControlMethods.getGroup.name) { try await self.getGroup($0, $1) },
            .unary(ProcessControlMethods.cutGroup.name) { try await self.cutGroup($0, $1) },
            .unary(ProcessControlMethods.getProcessServer.name) { try await self.getProcessServer($0, $1) },
        ])
    }
}

/// Calls `homeward.process.v1.ProcessControl`; a call that fails throws `RPCError`.
public struct ProcessControlClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Opens or changes the relay of an item.
    public func openRelay(_ request: ProcessV1.OpenRelayRequest, _ options: CallOptions = CallOptions()) async throws -> ProcessV1.Relay {
        try await channel.unary(ProcessControlMethods.openRelay, request, options)
    }

    /// Closes it; done already is fine.
    public func closeRelay(_ request: ProcessV1.CloseRelayRequest, _ options: CallOptions = CallOptions()) async throws -> ProcessV1.Relay {
        try await channel.unary(ProcessControlMethods.closeRelay, request, options)
    }

    /// One relay; NOT_FOUND when there is none.
    public func getRelay(_ request: ProcessV1.GetRelayRequest, _ options: CallOptions = CallOptions()) async throws -> ProcessV1.Relay {
        try await channel.unary(ProcessControlMethods.getRelay, request, options)
    }

    /// One replication group; NOT_FOUND when no relay here names it.
    public func getGroup(_ request: ProcessV1.GetGroupRequest, _ options: CallOptions = CallOptions()) async throws -> ProcessV1.Group {
        try await channel.unary(ProcessControlMethods.getGroup, request, options)
    }

    /// Cuts a replication group now. UNAVAILABLE when its members cannot be cut in common, with the reason.
    public func cutGroup(_ request: ProcessV1.CutGroupRequest, _ options: CallOptions = CallOptions()) async throws -> ProcessV1.CutGroupResponse {
        try await channel.unary(ProcessControlMethods.cutGroup, request, options)
    }

    /// Health.
    public func getProcessServer(_ request: ProcessV1.GetProcessServerRequest, _ options: CallOptions = CallOptions()) async throws -> ProcessV1.ProcessServerStatus {
        try await channel.unary(ProcessControlMethods.getProcessServer, request, options)
    }
}
