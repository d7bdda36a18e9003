public import ArgumentParser
import Messages
import Model
import RPC

/// Bound of one look at the vault.
let lookTimeout: Duration = .seconds(20)

public struct ItemsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "items", abstract: "Replicated machines.",
        subcommands: [List.self, Show.self, Allowed.self, Network.self], defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All items.")
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let all = try await session.pages { token in
                    let page = try await session.items.listItems(
                        .with { $0.pageToken = token }, CallOptions(timeout: lookTimeout))
                    return (page.items, page.nextPageToken)
                }
                show(
                    all.map { printed($0) },
                    columns: ["name", "group", "phase", "active", "rpo", "alerts", "remaining", "health", "job"],
                    vault.output)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One item, whole.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The item.") var item: String

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.items.getItem(
                    .with { $0.name = item }, CallOptions(timeout: lookTimeout))
                show(printed(found), vault.output)
            }
        }
    }
}

extension ItemsCommand {
    struct Allowed: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which operations would be carried out now, and which gates refuse the others.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The item, or the replication group.") var item: String

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.items.getAllowedOperations(
                    .with { $0.name = item }, CallOptions(timeout: lookTimeout))
                let rows = found.operations.map { answer in
                    [
                        ("operation", Printed.text(answer.operation)), ("allowed", .flag(answer.allowed)),
                        ("refusedBy", .text(refusals(answer))), ("leadsTo", .text(answer.leadsTo)),
                        ("command", .text(answer.command)),
                        ("gates", .list(answer.gates.map { .record(printed($0)) })),
                        ("deferred", .list(answer.deferred.map { .text($0) })),
                    ]
                }
                show(rows, columns: ["operation", "allowed", "refusedBy", "leadsTo", "command"], vault.output)
            }
        }

        /// What explains the others comes first, and is enough for a table.
        private func refusals(_ answer: VaultV1.OperationAnswer) -> String {
            let blocking = answer.gates.filter { $0.blocking && ($0.status == .fail || $0.status == .unknown) }
            let roots = blocking.filter { gate in !blocking.contains { $0.code == gate.causedBy } }
            return roots.map(\.code).joined(separator: ", ")
        }
    }
}

public struct JobsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "What was started, and how it went.",
        subcommands: [List.self, Show.self, Wait.self, Cancel.self, Answer.self, Resolve.self],
        defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Jobs, newest first.")
        @OptionGroup var vault: VaultOptions
        @Option(help: "Only jobs of this item or replication group.") var item: String = ""

        func run() async throws {
            try await Session.run(vault) { session in
                let jobs = try await session.pages { token in
                    let page = try await session.jobs.listJobs(
                        .with {
                            $0.item = item
                            $0.pageSize = 500
                            $0.pageToken = token
                        }, CallOptions(timeout: lookTimeout))
                    return (page.jobs, page.nextPageToken)
                }
                show(
                    jobs.map { printed($0) }, columns: ["job", "item", "operation", "state", "message"],
                    vault.output)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One job with its steps.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The job.") var job: String

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.jobs.getJob(.with { $0.name = job }, CallOptions(timeout: lookTimeout))
                guard vault.output == .table else { return show(printed(found), .json) }
                show(printed(found).filter { !["steps", "facts", "members"].contains($0.0) }, .table)
                say(
                    table(
                        ["STEP", "STATE", "WHO", "ATTEMPTS", "DETAIL"],
                        found.steps.map {
                            [$0.plan?.title ?? "", "\($0.state)", $0.plan?.actor ?? "", "\($0.attempts)", $0.detail]
                        }))
                for fact in found.facts.sorted(by: { $0.key < $1.key }) { say("\(fact.key): \(fact.value)") }
                for member in found.members {
                    say("\(member.displayName):")
                    for fact in member.facts.sorted(by: { $0.key < $1.key }) { say("  \(fact.key): \(fact.value)") }
                }
            }
        }
    }

    struct Wait: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Follow a job to its end.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The job.") var job: String

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.jobs.getJob(.with { $0.name = job }, CallOptions(timeout: lookTimeout))
                try await JobFollower(session: session, form: vault.output).follow(found)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop a job before its point of no return.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The job.") var job: String
        @Option(help: "Why; recorded with the job.") var reason: String = ""
        @Option(help: "Who calls it off.") var person: String = environmentVariable("USER") ?? ""

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.jobs.cancelJob(
                    .with {
                        $0.name = job
                        $0.person = person
                        $0.reason = reason
                    }, CallOptions(timeout: lookTimeout))
                try await JobFollower(session: session, form: vault.output).follow(found)
            }
        }
    }

    struct Answer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Answer what a job asks: whether to wait for a drain that does not end.",
            discussion: """
                A failover to the latest state waits for the source's last interval, also while the source is not \
                reached; past a bound it asks. A job that asks is WAITING_PERSON, and `homeward jobs show` has the \
                question. `homeward jobs cancel` gives the failover up.
                """)
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The job.") var job: String
        @Option(
            help: """
                wait: ask again after the same time; latest-processed: go on with the newest point that is there, \
                without what was written since.
                """)
        var answer: Choice
        @Option(help: "Why; recorded with the job.") var reason: String
        @Option(help: "Who decides.") var person: String = environmentVariable("USER") ?? ""

        enum Choice: String, ExpressibleByArgument, CaseIterable, Sendable {
            case wait
            case latestProcessed = "latest-processed"
        }

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.jobs.answerJob(
                    .with {
                        $0.name = job
                        $0.answer = answer.rawValue
                        $0.reason = reason
                        $0.person = person
                    }, CallOptions(timeout: lookTimeout))
                try await JobFollower(session: session, form: vault.output).follow(found)
            }
        }
    }

    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Decide how a stuck job goes on.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The job.") var job: String
        @Option(
            help: """
                retry: go on at the stuck step; retry-elsewhere: start the machine on another host, with --host; \
                accept: take it as done (never a record of the vault's own); cancel: unwind, before the pivot.
                """)
        var resolution: Resolution
        @Option(help: "With retry-elsewhere: the host.") var host: String = ""
        @Option(help: "Why; recorded with the job.") var reason: String
        @Option(help: "Who decides.") var person: String = environmentVariable("USER") ?? ""

        enum Resolution: String, ExpressibleByArgument, CaseIterable, Sendable {
            case retry, accept, cancel
            case retryElsewhere = "retry-elsewhere"
        }

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.jobs.resolveStuck(
                    .with {
                        $0.name = job
                        $0.resolution = resolution.rawValue
                        $0.reason = reason
                        $0.person = person
                        $0.host = host
                    }, CallOptions(timeout: lookTimeout))
                try await JobFollower(session: session, form: vault.output).follow(found)
            }
        }
    }
}

public struct InfrastructureCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "infrastructure", abstract: "The components of both sites.",
        subcommands: [List.self, Show.self, Check.self, SwitchProcessServer.self, MoveMasterTarget.self],
        defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Components and when they were heard.")
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let components = try await session.pages { token in
                    let page = try await session.infrastructure.listInfrastructure(
                        .with { $0.pageToken = token }, CallOptions(timeout: lookTimeout))
                    return (page.components, page.nextPageToken)
                }
                show(
                    components.map { printed($0) }, columns: ["id", "kind", "site", "address", "heard", "health"],
                    vault.output)
                guard vault.output == .table else { return }
                for component in components {
                    for finding in component.findings {
                        say("\(component.endpoint?.id ?? ""): \(findingText(finding))")
                    }
                }
                let report = try? await session.backups.getBackups(.init(), CallOptions(timeout: lookTimeout))
                for line in report.map(backupAlerts) ?? [] { say(line) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One component: its health, and what it reports.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The component.") var component: String

        func run() async throws {
            try await Session.run(vault) { session in
                let components = try await session.pages { token in
                    let page = try await session.infrastructure.listInfrastructure(
                        .with { $0.pageToken = token }, CallOptions(timeout: lookTimeout))
                    return (page.components, page.nextPageToken)
                }
                guard let found = components.first(where: { $0.endpoint?.id == component }) else {
                    throw Failure(.notFound, "look at component \"\(component)\": none of this id is registered")
                }
                guard vault.output == .table else { return show(printed(found), .json) }
                show(printed(found).filter { $0.0 != "figures" }, .table)
                say(
                    table(
                        ["FIGURE", "VALUE"],
                        found.figures.sorted { $0.key < $1.key }.map { [$0, figureText($0, $1)] }))
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Prove the control path: one small durable effect at the configuration server and the master target."
        )
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.infrastructure.checkInfrastructure(
                    .with { $0.options = .with { $0.requestID = session.requestID() } },
                    CallOptions(timeout: lookTimeout))
                try await JobFollower(session: session, form: vault.output).follow(found)
            }
        }
    }
}
