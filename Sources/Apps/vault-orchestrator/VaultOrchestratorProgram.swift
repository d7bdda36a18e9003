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

    /// Jobs give way to whoever asks.
    static let executor: BackgroundExecutor? = BackgroundExecutor(threads: 2)

    @Option(help: "Configuration file (JSON); see deploy/config/vault-orchestrator.json.")
    var config: String
    @OptionGroup var restoring: RestoreOptions
    @OptionGroup var ownership: SoleOwner

    func prepare(_ settings: Program.Settings, _ context: ServiceContext) async throws -> Bool {
        try await ownership.hold(settings.service.stateDirectory, context)
        return try await restoring.run(context) { try await VaultOrchestrator.restore(from: $0, settings, context) }
    }
}
