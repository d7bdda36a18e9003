import API
public import ArgumentParser
import EnvironmentLive
import Hosting
import Messages
import Model
import NIOPosix
import RPC
import RPCTransport

/// `homeward health ADDRESS`: what a health check of a container or a service manager runs.
public struct HealthCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Ask one component whether it is serving (gRPC health).",
        discussion: "Exit code 0 when it is serving, 1 otherwise.")

    @Argument(help: ArgumentHelp("The component; over TLS name@host:port.", valueName: "host:port"))
    var address: String
    @OptionGroup var identity: IdentityOptions
    @Option(help: "A service's full name; the whole component without it.") var service: String = ""
    @Option(help: "Seconds to wait for the answer.") var timeout: Int = 3

    public init() {}

    public func run() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let environment = liveEnvironment(network: NIONetwork(group: group))
        do {
            let client = RPCClient(
                address: try parseAddress(address), group: group, environment: environment,
                security: try identity.security(environment) ?? .plaintext)
            defer { client.close() }
            let request = HealthV1.HealthCheckRequest.with { $0.service = service }
            let answer = try await HealthClient(client).check(request, CallOptions(timeout: .seconds(timeout)))
            guard answer.status == .serving else {
                throw Failure(.unavailable, "\(address) answers that it is \(answer.status), not serving")
            }
            say("serving")
        } catch let error as RPCError {
            throw CommandFailure(Failure(error, attempting: "ask \(address) for its health"))
        } catch { throw CommandFailure(error) }
    }
}
