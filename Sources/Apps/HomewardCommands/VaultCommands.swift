public import ArgumentParser
import Contract
import Messages
import Model
import RPC

/// A census asks every component, each for some seconds at most, and reconciling takes one first.
private let censusTimeout: Duration = .seconds(60)

public struct VaultCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "vault", abstract: "The vault's record: backups, what a restored one is worth, reconciliation.",
        discussion: """
            A vault that was restored from a backup asks all components what they hold. Items of which somebody holds \
            more than its record does are quarantined: they are only read, until they are reconciled.
            """,
        subcommands: [
            Census.self, Reconcile.self, Backup.self, Backups.self, VerifyBackup.self, FetchBackup.self,
        ])

    public init() {}

    struct Census: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask all components which generation they hold; change nothing.")
        @OptionGroup var vault: VaultOptions
        @Option(help: "One item; without it those that are quarantined, or of which something was found.")
        var item: String = ""

        func run() async throws {
            try await Session.run(vault) { session in
                let report = try await session.authority.getCensus(
                    .with { $0.item = item }, CallOptions(timeout: censusTimeout))
                guard vault.output == .table else { return show(printed(report), .json) }
                say(
                    table(
                        ["COMPONENT", "EPOCH", "ANSWER"],
                        report.components.map {
                            [$0.id, "\($0.vaultEpoch)", $0.missing.isEmpty ? "answered" : "missing: \($0.missing)"]
                        }))
                say("this vault is at epoch \(report.vaultEpoch)")
                for item in report.items { say(item) }
                if report.items.isEmpty { say("nobody holds anything that this vault's record does not") }
            }
        }

        private func say(_ text: String) { HomewardCommands.say(text) }

        private func say(_ item: VaultV1.CensusItem) {
            say("")
            let state = item.quarantined ? "quarantined" : item.displayName.isEmpty ? "not in the record" : "free"
            say("\(item.displayName.isEmpty ? item.name : item.displayName): \(state), recorded \(text(item.recorded))")
            for holding in item.holdings {
                let roles = holding.assignment.map { "active at \($0.activeSite), replicating \($0.replication)" } ?? ""
                say("  \(holding.component) holds \(text(holding.assignment?.generation)), \(roles)")
            }
            for found in item.found { say("  found: \(found)") }
            for missing in item.missing { say("  missing: \(missing)") }
        }
    }

    struct Reconcile: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give quarantined items a new generation, with the roles that are seen to be in force.")
        @OptionGroup var vault: VaultOptions
        @Option(help: "One item; without it every one that is quarantined.") var item: String = ""
        @Option(help: "Who decides.") var person: String = environmentVariable("USER") ?? ""
        @Option(help: "Why; recorded with each item.") var reason: String
        @Option(
            help: ArgumentHelp(
                "Go on without those who do not answer: nothing runs there, and they hold nothing newer.",
                valueName: "what-you-checked"))
        var missingDead: String?
        @Flag(help: "Say what would be concluded; change nothing.") var precheck = false

        func run() async throws {
            try await Session.run(vault) { session in
                let now = session.environment.clock.wallNow().microseconds
                let answer = try await session.authority.reconcile(
                    .with {
                        $0.item = item
                        $0.person = person
                        $0.reason = reason
                        $0.validateOnly = precheck
                        if let checked = missingDead {
                            $0.missingStatement = .with {
                                $0.person = person
                                $0.reason = checked
                                $0.statedUnixUs = now
                            }
                        }
                    }, CallOptions(timeout: censusTimeout))
                switch vault.output {
                case .json: say(Printed.list(answer.items.map { .record(printed($0)) }).json)
                case .table:
                    if answer.items.isEmpty { say("no item is quarantined") }
                    for item in answer.items { tell(item) }
                }
                guard answer.items.allSatisfy(\.refused.isEmpty) else { throw ExitCode(1) }
            }
        }

        private func tell(_ item: VaultV1.ReconciledItem) {
            guard item.refused.isEmpty else { return say("\(item.displayName): not reconciled: \(item.refused)") }
            let direction = item.direction == .unspecified ? "" : " (\(item.direction))"
            let generation = precheck ? "" : ", generation \(text(item.generation))"
            say("\(item.displayName): \(item.phase)\(direction), active at \(item.activeSite)\(generation)")
            for line in item.because { say("  \(line)") }
            for job in item.endedJobs { say("  ended \(job)") }
        }
    }
}

/// Number and the beginning of the token, as logs have it.
private func text(_ generation: CommonV1.Generation?) -> String {
    guard let generation, generation.number > 0 else { return "none" }
    return "\(generation.number)/\(hexadecimal(generation.token).prefix(8))"
}

func printed(_ quarantine: VaultV1.Quarantine) -> [Printed] {
    [.text(quarantine.cause)] + quarantine.found.map { .text($0) }
        + quarantine.missing.map { .text("did not answer: \($0)") }
        + (quarantine.needsPerson ? [.text("left by `homeward vault reconcile` only")] : [])
}

private func printed(_ report: VaultV1.CensusReport) -> [(String, Printed)] {
    [
        ("epoch", .number(Int64(clamping: report.vaultEpoch))),
        (
            "components",
            .list(
                report.components.map { component in
                    .record([
                        ("id", .text(component.id)), ("epoch", .number(Int64(clamping: component.vaultEpoch))),
                        ("missing", .text(component.missing)),
                    ])
                })
        ),
        ("items", .list(report.items.map { .record(printed($0)) })),
    ]
}

private func printed(_ item: VaultV1.CensusItem) -> [(String, Printed)] {
    [
        ("id", .text(item.name)), ("name", .text(item.displayName)), ("quarantined", .flag(item.quarantined)),
        ("recorded", .text(text(item.recorded))),
        (
            "holdings",
            .list(
                item.holdings.map { holding in
                    .record([
                        ("component", .text(holding.component)),
                        ("generation", .text(text(holding.assignment?.generation))),
                        ("active", .text("\(holding.assignment?.activeSite ?? .unspecified)")),
                        ("replication", .text("\(holding.assignment?.replication ?? .unspecified)")),
                    ])
                })
        ),
        ("found", .list(item.found.map { .text($0) })), ("missing", .list(item.missing.map { .text($0) })),
    ]
}

private func printed(_ item: VaultV1.ReconciledItem) -> [(String, Printed)] {
    [
        ("id", .text(item.name)), ("name", .text(item.displayName)), ("refused", .text(item.refused)),
        ("phase", .text("\(item.phase)")), ("direction", .text("\(item.direction)")),
        ("active", .text("\(item.activeSite)")), ("generation", .text(text(item.generation))),
        ("because", .list(item.because.map { .text($0) })), ("endedJobs", .list(item.endedJobs.map { .text($0) })),
    ]
}
