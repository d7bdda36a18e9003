public import ArgumentParser
import Environment
import EnvironmentLive
import Model
public import Processes

extension LabCommand {
    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the whole loop on real disks and check it from outside.",
            discussion: """
                Protect, fail over, commit, reprotect, fail back, commit, re-protect, while guests write. The last \
                line is the verdict; DIR/report.json says what was measured. Exit code 0 only for a pass.
                """)
        @OptionGroup var lab: LabOptions
        @Option(help: "Machines, separated by commas: web-01, app-01, db-01.") var machines: String = "app-01"
        @Flag(
            inversion: .prefixedNo,
            help: "Make app-01 and db-01, when both are there, the replication group shop, and operate it as one.")
        var group = true
        @Option(help: "small (disks of 16 to 64 MiB) or full (256 and 512 MiB).") var profile: LabProfile = .small
        @Option(help: "What to do with them: \(LoopScenario.allCases.map(\.rawValue).joined(separator: ", ")).")
        var scenario: LoopScenario = .loop
        @Option(help: "A raw disk image, 8 MiB to 4 GiB: it becomes machine user-01.") var image: String?
        @Option(help: "What user-01 writes: JSON lines with phase, disk, offset, length and seed.") var writes: String?
        @Option(
            help: ArgumentHelp(
                "Kill a process while a step runs (kill -9); may be repeated.",
                discussion: """
                    PROCESS is a service as `lab status` lists it, or agent-home, agent-cloud, guest-home, guest-cloud \
                    of the first machine. STEP is OPERATION/STEP such as reprotect/attach, an operation, or a step's \
                    id. MOMENT is when within the step: begin, acting, acted, within or end; left out, the seed \
                    chooses. Several, also with commas, come in the loop's order, each after the one before has healed.
                    """, valueName: "process@step[:moment]"))
        var kill: [String] = []
        @Option(help: "Decides the guests' writes and the pauses before restarts.") var seed: UInt64 = 1
        @OptionGroup var containers: ContainerOptions
        @Flag(help: "Remove what an earlier run left in the directory.") var replace = false
        @Flag(help: "Components know each other by certificates of the lab's own authority: mutual TLS.")
        var tls = false

        func run() async throws {
            try await lab.within(tls: tls || containers.containers != nil, anew: replace) { layout, world in
                let files = world.environment.files
                let options = try LoopOptions(
                    machines: machines.split(separator: ",").map(String.init), group: group, profile: profile,
                    scenario: scenario, image: image.map(absolute), writes: writes.map(absolute), kills: kill,
                    seed: seed, files: files)
                try Lab.checkSpace(layout, world, options, replacing: replace)
                if replace { try await Lab.clear(layout, world) }
                // A second signal ends this process at once.
                let interruption = Interruption()
                world.environment.tasks.spawn("signal") {
                    interruption.request("signal \(await terminationSignal())")
                }
                let loop = LabLoop(
                    layout, world, options, supervisor: try containers.supervisor(layout, world, options),
                    interruption: interruption)
                guard try await loop.run() else { throw ExitCode(3) }
            }
        }
    }
}

/// To run the components as containers.
struct ContainerOptions: ParsableArguments {
    @Option(help: "Run the components as containers, by docker or podman; see `make compose-lab`.")
    var containers: ContainerEngine?
    @Option(help: "The project file of the containers.") var composeFile: String = "deploy/compose.yaml"
    @Option(help: "The image of the containers.") var containerImage: String = "localhost/homeward:lab"

    /// nil for processes of this computer.
    func supervisor(
        _ layout: LabLayout, _ world: LabWorld, _ run: LoopOptions
    ) throws(Failure) -> ComposeSupervisor? {
        guard let containers else { return nil }
        if let kill = run.kills.first(where: { LabLayout.component($0.process) == nil }) {
            throw Failure(
                .invalidArgument, "kill \(kill.process) in containers: a machine's programs live in the container of "
                    + "their site host; kill host-home or host-cloud")
        }
        let file = composeFile.hasPrefix("/") ? composeFile : "\(currentDirectory())/\(composeFile)"
        let options = ComposeOptions(engine: containers, file: file, image: containerImage)
        return try ComposeSupervisor(layout, world, options)
    }
}

extension ContainerEngine: ExpressibleByArgument {}
extension LabProfile: ExpressibleByArgument {}
extension LoopScenario: ExpressibleByArgument {}
extension Site: ExpressibleByArgument {}
extension Lab.AddedGuest: ExpressibleByArgument {}
