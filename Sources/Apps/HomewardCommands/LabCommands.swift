public import ArgumentParser
import Environment
import EnvironmentLive
import Glibc
import Model
import NIOPosix
import Processes
import RPCTransport

/// Both sites on this computer, as real processes on loopback.
public struct LabCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "lab", abstract: "Two sites on this computer, as real processes on loopback.",
        subcommands: [
            Run.self, Up.self, AddMachine.self, Status.self, SiteDown.self, SiteUp.self, PowerCycle.self,
            OutOfBand.self, Inventory.self, Down.self,
        ])

    public init() {}

    struct Up: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start both sites and keep them standing for exploring.")
        @OptionGroup var lab: LabOptions
        @Flag(help: "Stay in the foreground until SIGTERM or Ctrl-C, which end the lab.") var foreground = false
        @Option(help: "Decides the pauses before restarts.") var seed: UInt64 = 1
        @Option(help: "The longest pause before a component that ended is started again; the shortest is 200.")
        var longestPauseMs: UInt64 = LabSupervisor.usualPauses.upperBound
        @Flag(help: "Components know each other by certificates of the lab's own authority: mutual TLS.")
        var tls = false

        func validate() throws {
            guard longestPauseMs >= LabSupervisor.usualPauses.lowerBound else {
                throw ValidationError("--longest-pause-ms is below the shortest pause, 200")
            }
        }

        func run() async throws {
            try await lab.within(tls: tls) { layout, world in
                guard foreground else {
                    try await Lab.up(
                        layout, world, program: try ownProgram(), seed: seed, longestPause: longestPauseMs)
                    say("lab stands in \(layout.directory); look with `homeward infrastructure --lab \(lab.dir)`")
                    return
                }
                try await Lab.check(layout, world)
                let pauses = LabSupervisor.usualPauses.lowerBound...longestPauseMs
                let supervisor = LabSupervisor(layout, world, seed: seed, pauses: pauses)
                try await supervisor.start()
                say("lab stands in \(layout.directory)")
                let keeping = world.environment.tasks.spawn("lab") { await supervisor.keep() }
                _ = await terminationSignal()
                await supervisor.stop()
                await keeping.finished()
            }
        }
    }

    struct AddMachine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Create and start a machine at home with disks that its guest writes to.")
        @OptionGroup var lab: LabOptions
        @Argument(help: "The machine's id, such as app-01.") var machine: String
        @Option(
            help: ArgumentHelp(
                "ledger writes what can be checked, files has a file system, idle leaves the disks to NBD clients, "
                    + "virtual-machine boots --image in QEMU."))
        var guest: Lab.AddedGuest = .ledger
        @Option(help: "A virtual machine's disk: a raw image, which is copied.") var image: String?
        @Option(help: "Decides what the guest writes.") var seed: UInt64 = 1
        @Option(help: ArgumentHelp("Sizes of the disks; of a machine with files, of its one disk.", valueName: "MiB,…"))
        var disksMib: String?
        @Option(help: "Records that a ledger's guest writes in a second; 0: as many as it can.") var rate: UInt32?

        func run() async throws {
            try await lab.within { layout, world in
                let sizes = try disksMib.map { try Lab.diskSizes($0, of: guest) }
                try await Lab.addMachine(
                    machine, guest: guest, image: image, sizes: sizes, rate: rate, layout, world, seed: seed)
                say("machine \(machine) runs at home; protect it with `homeward protect \(machine) --lab \(lab.dir)`")
            }
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The lab's processes.")
        @OptionGroup var lab: LabOptions
        @Option(help: "How to print: table or json.") var output: OutputForm = .table

        func run() async throws {
            try await lab.within { layout, world in
                guard let record = try Lab.status(layout, world.environment.files) else {
                    throw Failure(
                        .notFound, "look at the lab in \(layout.directory): none stands there; start one with "
                            + "`homeward lab up --dir \(lab.dir)`")
                }
                let rows = record.processes.map { process in
                    [
                        ("id", Printed.text(process.id)), ("site", .text(process.site)),
                        ("address", .text(process.address)),
                        ("state", .text(Lab.state(of: process, in: record))),
                        ("pid", .number(Int64(process.process?.processID ?? 0))),
                        ("starts", .number(Int64(process.starts))), ("log", .text(process.log)),
                    ]
                }
                show(rows, columns: ["id", "site", "address", "state", "pid", "starts", "log"], output)
            }
        }
    }

    struct Down: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End the lab's processes and machines. What is on disk stays.")
        @OptionGroup var lab: LabOptions

        func run() async throws {
            try await lab.within { layout, world in
                let ended = try await Lab.down(layout, world)
                say(ended ? "lab in \(layout.directory) is down" : "no lab stands in \(layout.directory)")
            }
        }
    }
}

struct LabOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The lab's directory.", valueName: "dir")) var dir: String = "lab"

    /// Runs a command on the lab; what fails is printed as one line.
    /// - tls: whether a lab that begins has TLS. One that began goes on as it did, unless it is made `anew`.
    func within(
        tls: Bool = false, anew: Bool = false, _ body: (LabLayout, LabWorld) async throws -> Void
    ) async throws {
        let environment = liveEnvironment(network: NIONetwork(group: MultiThreadedEventLoopGroup.singleton))
        do {
            let program = try ownProgram()
            let programs = String(program[..<(program.lastIndex(of: "/") ?? program.startIndex)])
            let found = try LabLayout(directory: trimmed(absolute(dir)), programs: programs)
            let began = found.beganWithTLS(environment.files) && !anew
            if tls && !began && !anew, environment.files.exists(found.root(.cloud)) {
                throw Failure(
                    .invalidArgument, "start the lab in \(found.directory) with TLS: it began without; name another "
                        + "directory")
            }
            let layout = try LabLayout(directory: found.directory, programs: programs, hasTLS: tls || began)
            try await body(layout, world(layout, environment))
        } catch let exit as ExitCode { throw exit } catch { throw CommandFailure(error) }
    }

    private func world(_ layout: LabLayout, _ environment: Environment) -> LabWorld {
        let group = MultiThreadedEventLoopGroup.singleton
        // Read when the first call is made: a lab that begins makes it after this.
        let credentials = TLSCredentials(layout.operatorIdentity, environment)
        let security = layout.hasTLS ? ConnectionSecurity.mutualTLS(credentials) : .plaintext
        return LabWorld(
            environment,
            dial: { address in
                let component = LabLayout.components.first { $0.address == address }
                return RPCClient(
                    address: component.map { address.named($0.id) } ?? address, group: group, environment: environment,
                    security: security)
            }, say: { say($0) }, tell: { Console.standard.update($0) })
    }

    private func trimmed(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}

/// The path of this executable; the lab's other programs lie beside it.
func ownProgram() throws(Failure) -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
        throw Failure(.internalError, "find this program: errno \(errno)")
    }
    defer { free(path) }
    return String(cString: path)
}
