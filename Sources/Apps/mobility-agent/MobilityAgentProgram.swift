import ArgumentParser
import MobilityAgent
import Program

@main
struct MobilityAgentProgram: ServiceProgram {
    typealias Program = MobilityAgent

    static let configuration = CommandConfiguration(
        commandName: "mobility-agent",
        abstract: "Serves one machine's disks to its guest over NBD, tracks its writes and replicates them.")

    @Option(help: "Configuration file (JSON), as the site host writes it beside the machine: agent.json.")
    var config: String
}

