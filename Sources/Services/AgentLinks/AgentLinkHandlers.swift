public import API
import Contract
public import Environment
public import Messages
import Model
public import RPC

/// `homeward.agent.v1.AgentLink`: what agents dial.
public struct AgentLinkHandler: AgentLinkService {
    private let links: AgentLinks

    public init(_ links: AgentLinks) { self.links = links }

    public func attach(
        _ requests: RequestStream<AgentV1.AgentMessage>, _ responses: MessageWriter<AgentV1.AgentCommand>,
        _ context: CallContext
    ) async throws {
        try await answering("serve an agent") { try await links.attach(requests, responses) }
    }
}

/// `homeward.agent.v1.AgentRelay`: what the vault calls to reach agents.
public struct AgentRelayHandler: AgentRelayService {
    private let links: AgentLinks
    private let failpoints: any Failpoints

    public init(_ links: AgentLinks, _ failpoints: any Failpoints) {
        self.links = links
        self.failpoints = failpoints
    }

    public func commandAgent(
        _ request: AgentV1.CommandAgentRequest, _ context: CallContext
    ) async throws -> AgentV1.AgentCommandResult {
        try await answering("command the agent of \(request.machine)") {
            guard let command = request.command else {
                throw Failure(.invalidArgument, "command the agent of \(request.machine): no command is set")
            }
            await failpoints.rest("relay.acting")
            let result = try await links.command(request.machine, command)
            await failpoints.rest("relay.acted")
            return result
        }
    }

    public func getAgent(_ request: AgentV1.GetAgentRequest, _ context: CallContext) async throws -> AgentV1.Agent {
        try await answering("read the agent of \(request.machine)") {
            guard let agent = await links.agent(request.machine) else {
                throw Failure(.notFound, "read the agent of \(request.machine): it never attached here")
            }
            return agent
        }
    }
}
