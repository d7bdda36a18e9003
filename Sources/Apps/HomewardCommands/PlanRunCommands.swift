import ArgumentParser
import Contract
import Messages
import Model
import RPC

/// What is to be done with all members of a plan.
enum PlanVerb: String, ExpressibleByArgument, CaseIterable, Sendable {
    case failover, failback, commit, reprotect, cancel
    case testFailover = "test-failover"
    case testFailback = "test-failback"
    case drillCleanup = "drill-cleanup"
}

/// What a person says of sources that cannot be reached.
struct SourcesDeadOptions: ParsableArguments {
    @Flag(help: "Go on though sources cannot be reached: you state that they are dead. Needs --reason.")
    var sourceDead = false
    @Option(help: "What you checked before stating that the sources are dead.") var reason: String = ""

    func statement(_ person: String, _ session: Session, _ what: String) throws(Failure) -> CommonV1.Statement? {
        guard sourceDead else { return nil }
        guard !reason.isEmpty else {
            throw Failure(.invalidArgument, "\(what) with sources stated dead: say with --reason what you checked")
        }
        return .with {
            $0.person = person
            $0.reason = reason
            $0.statedUnixUs = session.environment.clock.wallNow().microseconds
        }
    }
}

/// What a preview and a run of a plan share.
struct PlanRunOptions: ParsableArguments {
    @OptionGroup var operation: OperationOptions
    @Argument(help: "The plan's id.") var plan: String
    @Argument(
        help: """
            failover, failback, commit, reprotect, cancel (of an uncommitted failover or failback), test-failover, \
            test-failback, or drill-cleanup (of the drills of its members).
            """)
    var verb: PlanVerb
    @Option(help: "latest, latest-processed, app-consistent or latest-common; each member goes to its own.")
    var point: String?
    @OptionGroup var dead: SourcesDeadOptions
    @Flag(help: "Confirm the loss of writes made since the machines booted, with cancel.") var confirmLoss = false
    @Flag(help: "With reprotect: wait for agents to register instead of refusing.") var wait = false
    @Option(help: "With drill-cleanup: what was found, for the records of the drills.") var remark: String = ""

    func message(_ session: Session) throws -> VaultV1.RunPlanRequest {
        let statement = try dead.statement(operation.person, session, "run plan \(plan)")
        let options = try operation.message(session)
        return try .with {
            $0.name = plan
            $0.options = options
            $0.confirmLoss = confirmLoss
            $0.waitForAgent = wait
            switch verb {
            case .failover, .failback:
                $0.operation = .failover
                $0.expectedDirection = verb == .failover ? .out : .home
                $0.choice = try PointArgument(point ?? (statement == nil ? "latest" : "latest-processed")).choice
                $0.sourceDeadStatement = statement
            case .testFailover, .testFailback:
                $0.operation = .drill
                $0.expectedDirection = verb == .testFailover ? .out : .home
                $0.choice = try PointArgument(point ?? "latest-processed").choice
            case .drillCleanup:
                $0.operation = .drillCleanup
                $0.remark = remark
            case .commit: $0.operation = .commit
            case .reprotect: $0.operation = .reprotect
            case .cancel: $0.operation = .cancel
            }
        }
    }
}

/// Gates of a hundred members are looked at before a run begins.
private let runTimeout: Duration = .seconds(120)

extension PlansCommand {
    struct Preview: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a run would do, and all that is in its way; nothing is changed.",
            discussion: "Exit code 2 when a gate blocks.")
        @OptionGroup var vault: VaultOptions
        @OptionGroup var options: PlanRunOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let message = try options.message(session)
                try show(
                    try await session.plans.previewPlan(message, CallOptions(timeout: runTimeout)), vault.output)
            }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Run a plan, and follow the run.")
        @OptionGroup var vault: VaultOptions
        @OptionGroup var options: PlanRunOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let message = try options.message(session)
                if options.operation.validateOnly {
                    return try show(
                        try await session.plans.previewPlan(message, CallOptions(timeout: runTimeout)), vault.output)
                }
                let run = try await session.plans.runPlan(message, CallOptions(timeout: runTimeout))
                try await follow(run, session, vault.output, options.operation.noWait)
            }
        }
    }

    struct Rerun: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run what a run has left: what it finished is taken as done.",
            discussion: """
                With --precheck it is only previewed; exit code 2 when a gate blocks then. What was stated of sources \
                for the run counts no more: state it again, where it is still so.
                """)
        @OptionGroup var vault: VaultOptions
        @OptionGroup var operation: OperationOptions
        @Argument(help: "The run that has ended.") var run: String
        @Option(help: "Another choice of points for those that are left.") var point: String?
        @OptionGroup var dead: SourcesDeadOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let statement = try dead.statement(operation.person, session, "run \(run) again")
                let options = try operation.message(session)
                let choice = try point.map { try PointArgument($0).choice }
                let message = VaultV1.RerunPlanRequest.with {
                    $0.run = self.run
                    $0.choice = choice ?? .unspecified
                    $0.options = options
                    $0.sourceDeadStatement = statement
                }
                if operation.validateOnly {
                    return try show(
                        try await session.plans.previewRerun(message, CallOptions(timeout: runTimeout)), vault.output)
                }
                let run = try await session.plans.rerunPlan(message, CallOptions(timeout: runTimeout))
                try await follow(run, session, vault.output, operation.noWait)
            }
        }
    }

    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Runs of plans, newest first; or one run.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "A plan's id for its runs, or a run (jobs/…) for what became of each member and action.")
        var name: String?

        func run() async throws {
            try await Session.run(vault) { session in
                if let name, name.hasPrefix("jobs/") || name.hasPrefix("job-") {
                    let run = try await session.plans.getPlanRun(
                        .with { $0.name = name }, CallOptions(timeout: lookTimeout))
                    return showRun(run, vault.output)
                }
                let all = try await session.pages { token in
                    let page = try await session.plans.listPlanRuns(
                        .with {
                            $0.plan = name ?? ""
                            $0.pageToken = token
                        }, CallOptions(timeout: lookTimeout))
                    return (page.runs, page.nextPageToken)
                }
                show(
                    all.map { printed($0) },
                    columns: ["run", "plan", "version", "operation", "state", "created", "person", "message"],
                    vault.output)
            }
        }
    }

    struct Complete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that an action is done, or what became of a script that nobody saw end.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The run.") var run: String
        @Argument(help: "The action's id.") var action: String
        @Option(help: "done, failed, or run-again (a script that is unknown).") var outcome: Outcome = .done
        @Option(help: "Who says so.") var person: String = environmentVariable("USER") ?? ""
        @Option(help: "A remark for the record.") var note: String = ""

        enum Outcome: String, ExpressibleByArgument, CaseIterable, Sendable {
            case done, failed
            case runAgain = "run-again"

            var message: VaultV1.CompletePlanActionRequest.Outcome {
                switch self {
                case .done: .done
                case .failed: .failed
                case .runAgain: .runAgain
                }
            }
        }

        func run() async throws {
            try await Session.run(vault) { session in
                let run = try await session.plans.completePlanAction(
                    .with {
                        $0.run = self.run
                        $0.action = action
                        $0.outcome = outcome.message
                        $0.person = person
                        $0.note = note
                    }, CallOptions(timeout: lookTimeout))
                showRun(run, vault.output)
            }
        }
    }
}

/// The run's own job is followed; then what became of each member and action is told.
private func follow(
    _ run: VaultV1.PlanRun, _ session: Session, _ form: OutputForm, _ noWait: Bool
) async throws {
    guard !noWait else { return showRun(run, form) }
    let job = try await session.jobs.getJob(.with { $0.name = run.name }, CallOptions(timeout: lookTimeout))
    var exit: ExitCode?
    do { try await JobFollower(session: session, form: form, isQuiet: form == .json).follow(job) } catch let code
        as ExitCode
    { exit = code }
    let ended = try await session.plans.getPlanRun(.with { $0.name = run.name }, CallOptions(timeout: lookTimeout))
    showRun(ended, form)
    if let exit { throw exit }
}

// MARK: - Printing

func printed(_ run: VaultV1.PlanRun) -> [(String, Printed)] {
    let where_ = Direction(run.direction).map { " (\($0.rawValue))" } ?? ""
    return [
        ("run", .text(run.name)), ("plan", .text(run.plan)), ("version", .number(Int64(clamping: run.version))),
        ("digest", .text(run.digest)), ("operation", .text("\(run.operation)\(where_)")),
        ("state", .text("\(run.state)")), ("message", .text(run.message)), ("rerunOf", .text(run.rerunOf)),
        ("person", .text(run.person)), ("created", .text(unixText(run.createdUnixUs))),
        ("ended", .text(unixText(run.endedUnixUs))),
        ("automaticEnd", .text(run.automaticUnixUs == 0 ? run.automatic : "\(run.automaticEnd) at "
            + unixText(run.automaticUnixUs) + (run.automatic.isEmpty ? "" : ": \(run.automatic)"))),
        (
            "bootGroups",
            .list(
                run.bootGroups.map { group in
                    .record([
                        ("name", .text(group.name)), ("before", .list(group.before.map { .record(printed($0)) })),
                        (
                            "members",
                            .list(
                                group.members.map {
                                    .record([
                                        ("item", .text($0.item)), ("name", .text($0.displayName)),
                                        ("group", .text($0.group)), ("state", .text("\($0.state)")),
                                        ("job", .text($0.job)), ("message", .text($0.message)),
                                    ])
                                })
                        ), ("after", .list(group.after.map { .record(printed($0)) })),
                    ])
                })
        ),
    ]
}

private func printed(_ result: VaultV1.ActionResult) -> [(String, Printed)] {
    var fields: [(String, Printed)] = [
        ("id", .text(result.action?.id ?? "")), ("state", .text("\(result.state)")),
        ("message", .text(result.message)), ("starts", .number(Int64(result.starts))),
        ("output", .text(result.output)), ("droppedOutput", .number(Int64(clamping: result.droppedOutput))),
        ("person", .text(result.person)),
    ]
    if let status = result.status { fields.append(("exit", .number(Int64(status)))) }
    return fields
}

private func showRun(_ run: VaultV1.PlanRun, _ form: OutputForm) {
    guard form == .table else { return show(printed(run), .json) }
    show(printed(run).filter { $0.0 != "bootGroups" }, .table)
    say("")
    var rows: [[String]] = []
    func add(_ group: String, _ side: String, _ result: VaultV1.ActionResult) {
        rows.append([group, side, result.action?.id ?? "", "\(result.state)", "", result.message])
    }
    for group in run.bootGroups {
        for result in group.before { add(group.name, "before", result) }
        for member in group.members {
            rows.append([group.name, "machine", member.displayName, "\(member.state)", member.job, member.message])
        }
        for result in group.after { add(group.name, "after", result) }
    }
    say(table(["BOOT GROUP", "", "WHAT", "STATE", "JOB", "MESSAGE"], rows))
    for result in run.bootGroups.flatMap({ $0.before + $0.after }) where !result.output.isEmpty {
        let dropped = result.droppedOutput == 0 ? "" : " (after \(result.droppedOutput) bytes more)"
        say("\n\(result.action?.id ?? "") printed\(dropped):\n\(result.output)")
    }
}

/// Exit code 2 when a gate blocks.
private func show(_ preview: VaultV1.PlanPreview, _ form: OutputForm) throws {
    if form == .table { showTable(preview) } else { say(printed(preview).json) }
    if !preview.wouldRun { throw ExitCode(2) }
}

private func showTable(_ preview: VaultV1.PlanPreview) {
    var rows: [[String]] = []
    for group in preview.bootGroups {
        for action in group.before { rows.append([group.name, "before", actionText(action), "", "", ""]) }
        for member in group.members {
            rows.append([
                group.name, "machine", member.displayName, member.finished ? "done before" : member.point, member.loss,
                member.refused.joined(separator: ", "),
            ])
        }
        for action in group.after { rows.append([group.name, "after", actionText(action), "", "", ""]) }
    }
    say(table(["BOOT GROUP", "", "WHAT", "POINT", "LOSS", "REFUSED BY"], rows))
    for cause in preview.causes {
        say("\nbecause of \(cause.cause):")
        say(
            table(
                ["GATE", "STATUS", "MEMBERS", "EVIDENCE", "REMEDY"],
                cause.gates.map { found in
                    let gate = found.gate ?? .init()
                    return [
                        gate.code, "\(gate.status)", found.items.joined(separator: ", "),
                        gate.evidence.isEmpty ? gate.meaning : gate.evidence, gate.remedy,
                    ]
                }))
    }
    say("")
    say(
        table(
            ["", "STEP", "WHO", "ON CANCEL"],
            preview.steps.map { [$0.pivot ? "★" : "", $0.title, $0.actor, $0.cancel] }))
    for warning in preview.warnings { say("note: \(warning)") }
    say("\nplan digest \(preview.planDigest)")
}

private func printed(_ preview: VaultV1.PlanPreview) -> Printed {
    .record([
        ("wouldRun", .flag(preview.wouldRun)), ("plan", .text(preview.plan)),
        ("planDigest", .text(preview.planDigest)), ("warnings", .list(preview.warnings.map { .text($0) })),
        (
            "bootGroups",
            .list(
                preview.bootGroups.map { group in
                    .record([
                        ("name", .text(group.name)), ("before", .list(group.before.map { .record(printed($0)) })),
                        ("members", .list(group.members.map { .record(printed($0)) })),
                        ("after", .list(group.after.map { .record(printed($0)) })),
                    ])
                })
        ),
        (
            "causes",
            .list(
                preview.causes.map { cause in
                    .record([
                        ("cause", .text(cause.cause)),
                        (
                            "gates",
                            .list(
                                cause.gates.map {
                                    .record(
                                        printed($0.gate ?? .init()) + [("items", .list($0.items.map { .text($0) }))])
                                })
                        ),
                    ])
                })
        ),
        (
            "steps",
            .list(
                preview.steps.map {
                    .record([
                        ("id", .text($0.id)), ("title", .text($0.title)), ("actor", .text($0.actor)),
                        ("pivot", .flag($0.pivot)), ("cancel", .text($0.cancel)),
                    ])
                })
        ),
    ])
}

private func printed(_ member: VaultV1.PlannedMember) -> [(String, Printed)] {
    [
        ("item", .text(member.item)), ("name", .text(member.displayName)), ("group", .text(member.group)),
        ("point", .text(member.point)), ("loss", .text(member.loss)),
        ("lossUs", .number(Int64(clamping: member.lossUs))), ("lossUnknown", .flag(member.lossUnknown)),
        ("refused", .list(member.refused.map { .text($0) })), ("finished", .flag(member.finished)),
    ]
}
