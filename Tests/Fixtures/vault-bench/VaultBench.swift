import API
import Contract
import Environment
import EnvironmentLive
import Glibc
import Hosting
import Messages
import NIOPosix
import RPC
import RPCTransport

/// What a vault costs by itself, measured with components that answer at once.
///
/// `vault-bench peers VAULT:PORT PASSPHRASE`: plays all components of both sites until it is ended.
/// `vault-bench protect VAULT:PORT FIRST COUNT JOBS`: protects so many machines, so many at once.
/// `vault-bench work VAULT:PORT ITEMS JOBS SECONDS`: so many jobs at once, each an operation on one of the items, which
/// go to the cloud and home again and again. Prints one JSON object.
/// `vault-bench query VAULT:PORT ITEMS SECONDS`: the state is queried meanwhile, by a client that does nothing else.
/// Prints one JSON object: microseconds of each query, by kind.
/// `vault-bench finish VAULT:PORT ITEMS JOBS COUNT`: the shortest jobs there are, so many of them.
/// `vault-bench await VAULT:PORT SECONDS`: until the vault lists its newest jobs; then prints a line.
@main struct VaultBench {
    static func main() async {
        do { try await run(CommandLine.arguments) } catch {
            print(error)
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let environment = liveEnvironment(network: NIONetwork(group: group))
        func number(_ place: Int) throws -> Int {
            guard arguments.count > place, let value = Int(arguments[place]), value >= 0 else { throw usage }
            return value
        }
        guard arguments.count >= 4 else { throw usage }
        // Who waits for a start tries without long pauses.
        let vault = RPCClient(
            address: try parseAddress(arguments[2]), group: group, runtime: RPCRuntime(environment),
            backoff: Backoff(initial: .milliseconds(5), maximum: .milliseconds(5)))
        let load = Load(vault, environment)
        switch arguments[1] {
        case "peers": try await servePeers(vault, arguments[3], group, environment)
        case "protect": try await load.protect(first: number(3), count: number(4), atOnce: number(5))
        case "work": print(try await load.work(items: number(3), atOnce: number(4), .seconds(number(5))))
        case "query": print(try await load.query(items: number(3), .seconds(number(4))))
        case "finish": try await load.finish(items: number(3), atOnce: number(4), count: number(5))
        case "await":
            try await load.answered(within: .seconds(number(3)))
            print("answered")
        default: throw usage
        }
    }

    private static let usage = RPCError(
        .invalidArgument, "usage: vault-bench peers VAULT PASSPHRASE | protect VAULT FIRST COUNT JOBS "
            + "| work VAULT ITEMS JOBS SECONDS | query VAULT ITEMS SECONDS | finish VAULT ITEMS JOBS COUNT "
            + "| await VAULT SECONDS")
}

/// Every component at an address of its own; they register, and are heard every second.
private func servePeers(
    _ vault: RPCClient, _ passphrase: String, _ group: MultiThreadedEventLoopGroup, _ environment: Environment
) async throws {
    let peers = InstantPeers()
    var servers: [RPCServer] = []
    for (name, host) in InstantPeers.addresses.sorted(by: { $0.key < $1.key }) {
        servers.append(
            try await RPCServer.start(
                address: .ip(host, port: InstantPeers.port), services: services(of: name, peers), group: group,
                runtime: RPCRuntime(environment)))
    }
    print("serving")
    fflush(nil)
    let beats = environment.tasks.spawn("heartbeats") {
        while !Task.isCancelled {
            // A vault that is away hears them when it is back.
            try? await beat(vault, passphrase)
            do { try await environment.clock.sleep(for: .seconds(1)) } catch { return }
        }
    }
    _ = await terminationSignal()
    beats.cancel()
    await beats.finished()
    for server in servers { await server.drain(grace: .seconds(1)) }
}

private func services(of name: String, _ peers: InstantPeers) -> [BoundService] {
    let all = [
        (ReceiverMethods.service, ReceiverMethods.all), (AgentRelayMethods.service, AgentRelayMethods.all),
        (ConfigurationMethods.service, ConfigurationMethods.all), (PlatformMethods.service, PlatformMethods.all),
        (ProcessControlMethods.service, ProcessControlMethods.all),
        (TargetControlMethods.service, TargetControlMethods.all),
    ]
    return all.map { service, methods in
        BoundService(
            name: service,
            methods: methods.map { method in
                BoundMethod(method.name) { call in
                    guard let request = try await call.next() else { throw RPCError(.unimplemented, "no request") }
                    try await call.send(try peers.answer(name, method.name.method, request))
                }
            })
    }
}

private func beat(_ vault: RPCClient, _ passphrase: String) async throws {
    let options = CallOptions(timeout: .seconds(2))
    func component(
        _ id: String, _ kind: ConfigurationV1.ComponentKind, _ site: CommonV1.Site
    ) -> ConfigurationV1.Component {
        .with {
            $0.endpoint = .with {
                $0.id = id
                $0.address = "\(InstantPeers.addresses[id] ?? ""):\(InstantPeers.port)"
            }
            $0.kind = kind
            $0.site = site
            $0.osFamily = "linux"
        }
    }
    for (id, kind) in [("ps-cloud", ConfigurationV1.ComponentKind.processServer), ("mt-cloud", .masterTarget)] {
        _ = try await RegistryClient(vault).registerComponent(
            .with {
                $0.component = component(id, kind, .cloud)
                $0.passphrase = passphrase
            }, options)
    }
    _ = try await InfrastructureClient(vault).linkConfigurationServer(
        .with {
            $0.component = component("cs-home", .configurationServer, .home)
            $0.components = [
                component("ps-home", .processServer, .home), component("mt-home", .masterTarget, .home),
            ]
        }, options)
}
