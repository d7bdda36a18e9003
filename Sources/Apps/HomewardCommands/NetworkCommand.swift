import ArgumentParser
import Contract
import Messages
import Model
import RPC

/// An IPv4 network as options.
struct NetworkOptions: ParsableArguments {
    @Option(help: ArgumentHelp("IPv4 address and the length of its prefix, 10.1.0.5/24.", valueName: "address"))
    var network: String?
    @Option(help: "Its gateway.") var gateway: String = ""
    @Option(help: "A name server; repeatable, in order.") var nameServer: [String] = []
    @Flag(help: "No address of its own: what its network gives it.") var dynamic = false

    /// nil when nothing was said of it.
    func settings() throws(Failure) -> NetworkSettings? {
        guard !dynamic || network == nil else {
            throw Failure(.invalidArgument, "read a network: --dynamic and --network exclude each other")
        }
        let isSaid = dynamic || network != nil || !gateway.isEmpty || !nameServer.isEmpty
        return isSaid
            ? try NetworkSettings(address: network ?? "", gateway: gateway, nameServers: nameServer) : nil
    }
}

extension ItemsCommand {
    struct Network: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which network a failover gives an item's machine in the cloud.",
            discussion: """
                Of Linux machines with a static address at home: that is recorded when they are protected, and a \
                failback restores it. Without this a failover leaves the machine what the cloud's network gives it. \
                The network of other machines is not touched.
                """)
        @OptionGroup var vault: VaultOptions
        @OptionGroup var network: NetworkOptions
        @Argument(help: "The item.") var item: String

        func run() async throws {
            try await Session.run(vault) { session in
                guard let wanted = try network.settings() else {
                    throw Failure(
                        .invalidArgument,
                        "set the cloud network of \(item): give --network with an address, or --dynamic")
                }
                let found = try await session.items.setCloudNetwork(
                    .with {
                        $0.name = item
                        $0.network = wanted.message
                    }, CallOptions(timeout: lookTimeout))
                let shown = ["name", "homeNetwork", "cloudNetwork"]
                show(printed(found).filter { shown.contains($0.0) }, vault.output)
            }
        }
    }
}

/// `192.0.2.10/24 by 192.0.2.1`; without one, `absent`.
func networkText(_ network: CommonV1.Network?, absent: String) -> String {
    let known = try? NetworkSettings(network)
    return known?.isStatic == true ? known?.description ?? absent : absent
}
