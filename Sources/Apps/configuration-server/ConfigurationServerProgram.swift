import ArgumentParser
import ConfigurationServer
import Hosting
import Program

@main
struct ConfigurationServerProgram: ServiceProgram {
    typealias Program = ConfigurationServer

    static let configuration = CommandConfiguration(
        commandName: "configuration-server",
        abstract: "Home's registry, its link to vCenter, and the relay of commands to agents.")

    @Option(help: "Configuration file (JSON); see deploy/config/configuration-server.json.")
    var config: String
    @OptionGroup var restoring: RestoreOptions

    func prepare(_ settings: Program.Settings, _ context: ServiceContext) async throws -> Bool {
        try await restoring.run(context) { try await ConfigurationServer.restore(from: $0, settings, context) }
    }
}

