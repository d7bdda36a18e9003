import ArgumentParser
import EnvironmentLive
import Glibc
import Guests
import NIOPosix
import Program
import RPCTransport
import SiteHost

/// The compute of a lab site: machines, their disks, their power.
@main
struct SiteHostProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site-host", abstract: "The compute of a lab site: machines, their disks, their power.",
        subcommands: [Serve.self, Guest.self], defaultSubcommand: Serve.self)
}

struct Serve: ServiceProgram {
    typealias Program = SiteHost

    static let configuration = CommandConfiguration(abstract: "Serve until SIGTERM. Machines run on afterwards.")

    @Option(help: "Configuration file (JSON).")
    var config: String
}

struct Guest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be the guest of a machine; started by the site host.", shouldDisplay: false)

    @Option(help: "The machine's guest.json.")
    var config: String

    func run() async throws {
        // A changed configuration is noticed by looking at the file; the signal must only not end the guest.
        signal(SIGHUP, SIG_IGN)
        let environment = liveEnvironment(network: NIONetwork(group: MultiThreadedEventLoopGroup.singleton))
        try await Guests.Guest(configuration: config, environment).run { _ = await terminationSignal() }
    }
}
