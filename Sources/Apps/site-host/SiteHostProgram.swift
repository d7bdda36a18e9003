import ArgumentParser
import EnvironmentLive
import Foundation
import Glibc
import Guests
import MachineFiles
import NIOPosix
import Program
import RPCTransport
import SiteHost

/// The compute of a lab site: machines, their disks, their power.
@main
struct SiteHostProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site-host", abstract: "The compute of a lab site: machines, their disks, their power.",
        subcommands: [Serve.self, Guest.self, GuestHook.self, VirtualMachine.self], defaultSubcommand: Serve.self)
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

struct VirtualMachine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "virtual-machine", abstract: "Run the virtual machine of a machine; started by the site host.",
        shouldDisplay: false)

    @Option(help: "The machine's guest.json.")
    var config: String

    func run() async throws {
        signal(SIGHUP, SIG_IGN)
        let environment = liveEnvironment(network: NIONetwork(group: MultiThreadedEventLoopGroup.singleton))
        try await Guests.VirtualMachine(configuration: config, environment).run { _ = await terminationSignal() }
    }
}

/// What the agent calls around an application-consistent point of a lab guest.
struct GuestHook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guest-hook", abstract: "Freeze or thaw the guest of a machine; called by its agent.",
        shouldDisplay: false)

    @Option(help: "The machine's guest.json.")
    var config: String
    @Argument(help: "freeze or thaw")
    var verb: String

    func run() async throws {
        let variables = ProcessInfo.processInfo.environment
        let environment = liveEnvironment(network: NIONetwork(group: MultiThreadedEventLoopGroup.singleton))
        guard let socket = try GuestConfiguration.read(config, environment.files)?.controlSocket else {
            throw ValidationError("the guest of \(config) takes no freeze")
        }
        let hold = Duration.milliseconds(variables["HOMEWARD_HOLD_MS"].flatMap { Int($0) } ?? 10_000)
        let line = GuestControl.line(verb, point: variables["HOMEWARD_POINT"] ?? "unnamed", hold: hold)
        try await GuestControl.ask(environment, socket, line)
    }
}
