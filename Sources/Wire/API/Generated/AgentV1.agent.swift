// Generated from homeward/agent/v1/agent.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.agent.v1.AgentLink` as they are named on the wire, with their properties.
public enum AgentLinkMethods {
    public static let service = "homeward.agent.v1.AgentLink"
    public static let attach = MethodDescriptor(MethodName(service: service, method: "Attach"), .bidirectional, .unknown)
    public static let all: [MethodDescriptor] = [attach]
}

/// What an agent dials.
public protocol AgentLinkService: Sendable {
    /// Held open for the life of the machine. Commands are sent again until their result has arrived.
    func attach(_ requests: RequestStream<AgentV1.AgentMessage>, _ responses: MessageWriter<AgentV1.AgentCommand>, _ context: CallContext) async throws
}

extension AgentLinkService {
    /// What a server routes calls of `homeward.agent.v1.AgentLink` by.
    public func bound() -> BoundService {
        BoundService(name: AgentLinkMethods.service, methods: [
            .bidirectional(AgentLinkMethods.attach.name) { try await self.attach($0, $1, $2) },
        ])
    }
}

/// Calls `homeward.agent.v1.AgentLink`; a call that fails throws `RPCError`.
public struct AgentLinkClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Held open for the life of the machine. Commands are sent again until their result has arrived.
    public func attach(_ options: CallOptions = CallOptions()) async throws -> StreamingCall<AgentV1.AgentMessage, AgentV1.AgentCommand> {
        try await channel.streaming(AgentLinkMethods.attach.name, options)
    }
}

/// The methods of `homeward.agent.v1.AgentRelay` as they are named on the wire, with their properties.
public enum AgentRelayMethods {
    public static let service = "homeward.agent.v1.AgentRelay"
    public static let commandAgent = MethodDescriptor(MethodName(service: service, method: "CommandAgent"), .unary, .idempotent)
    public static let getAgent = MethodDescriptor(MethodName(service: service, method: "GetAgent"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [commandAgent, getAgent]
}

/// What the vault calls to reach agents.
public protocol AgentRelayService: Sendable {
    /// Hands a command to an agent and waits for its result. UNAVAILABLE when it is not attached here; the outcome is
    /// unknown when the call ends without an answer, and is asked for again with the same key.
    func commandAgent(_ request: AgentV1.CommandAgentRequest, _ context: CallContext) async throws -> AgentV1.AgentCommandResult
    /// What is known of an agent here; NOT_FOUND when it never attached.
    func getAgent(_ request: AgentV1.GetAgentRequest, _ context: CallContext) async throws -> AgentV1.Agent
}

extension AgentRelayService {
    /// What a server routes calls of `homeward.agent.v1.AgentRelay` by.
    public func bound() -> BoundService {
        BoundService(name: AgentRelayMethods.service, methods: [
            .unary(AgentRelayMethods.commandAgent.name) { try await self.commandAgent($0, $1) },
            .unary(AgentRelayMethods.getAgent.name) { try await self.getAgent($0, $1) },
        ])
    }
}

/// Calls `homeward.agent.v1.AgentRelay`; a call that fails throws `RPCError`.
public struct AgentRelayClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Hands a command to an agent and waits for its result. UNAVAILABLE when it is not attached here; the outcome is
    /// unknown when the call ends without an answer, and is asked for again with the same key.
    public func commandAgent(_ request: AgentV1.CommandAgentRequest, _ options: CallOptions = CallOptions()) async throws -> AgentV1.AgentCommandResult {
        try await channel.unary(AgentRelayMethods.commandAgent, request, options)
    }

    /// What is known of an agent here; NOT_FOUND when it never attached.
    public func getAgent(_ request: AgentV1.GetAgentRequest, _ options: CallOptions = CallOptions()) async throws -> AgentV1.Agent {
        try await channel.unary(AgentRelayMethods.getAgent, request, options)
    }
}
