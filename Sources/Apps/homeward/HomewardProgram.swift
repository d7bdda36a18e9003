import ArgumentParser
import HomewardCommands

@main
struct HomewardProgram: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "homeward",
        abstract: "Site recovery: fail machines over to a second site, and bring them home.",
        discussion: """
            Exit codes: 0 done; 1 refused or not possible, nothing was changed; 2 a gate blocks (--precheck); \
            3 failed or cancelled, everything is as before; 4 stuck or waiting for a person; 5 done in part; \
            64 wrong arguments.
            """,
        subcommands: [
            ItemsCommand.self, GroupsCommand.self, PlansCommand.self, PointsCommand.self, JobsCommand.self,
            PoliciesCommand.self, AlertsCommand.self,
            CertificateCommand.self, InfrastructureCommand.self, VaultCommand.self, AuditCommand.self,
            ProtectCommand.self, FailoverCommand.self,
            ChangePointCommand.self, CancelFailoverCommand.self, CommitCommand.self, ReprotectCommand.self,
            CompleteMigrationCommand.self, CancelReprotectCommand.self, FailbackCommand.self,
            TestFailoverCommand.self, TestFailbackCommand.self,
            DrillsCommand.self, DisksCommand.self, SetAsideCommand.self, ResyncCommand.self, DisableCommand.self,
            LabCommand.self,
            HealthCommand.self,
        ])
}
