import ArgumentParser
import EnvironmentLive
import Hosting
import Program
import VaultOrchestrator

/// `vault-orchestrator --config FILE`: the vault of the recovery site.
@main
struct VaultOrchestratorProgram: ServiceProgram {
    typealias Program = VaultOrchestrator

    static let configuration = CommandConfiguration(
        commandName: "vault-orchestrator", abstract: "Records items and jobs, and orchestrates both sites.")

    /// Jobs, and what they write: whoever asks does not wait for them.
    static let background: BackgroundWork? = BackgroundWork(threads: 2, lanes: ["store vault"])

    @Option(help: "Configuration file (JSON); see deploy/config/vault-orchestrator.json.")
    var config: String
    @OptionGroup var restoring: RestoreOptions
    @OptionGroup var ownership: SoleOwner

    func prepare(_ settings: Program.Settings, _ context: ServiceContext) async throws -> Bool {
        try await ownership.hold(settings.service.stateDirectory, context)
        return try await restoring.run(context) { try await VaultOrchestrator.restore(from: $0, settings, context) }
    }
}
