import ArgumentParser
import ConfigurationServer
import Program

@main
struct ConfigurationServerProgram: ServiceProgram {
    typealias Program = ConfigurationServer

    static let configuration = CommandConfiguration(
        commandName: "configuration-server",
        abstract: "Home's registry, its link to vCenter, and the relay of commands to agents.")

    @Option(help: "Configuration file (JSON); see deploy/config/configuration-server.json.")
    var config: String
}

