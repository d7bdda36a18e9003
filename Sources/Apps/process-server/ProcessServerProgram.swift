import ArgumentParser
import ProcessServer
import Program

@main
struct ProcessServerProgram: ServiceProgram {
    typealias Program = ProcessServer

    static let configuration = CommandConfiguration(
        commandName: "process-server",
        abstract: "Takes intervals from agents, caches them durably and relays them to master targets.")

    @Option(help: "Configuration file (JSON); see deploy/config/process-server.json.")
    var config: String
}
