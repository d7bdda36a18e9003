public import ArgumentParser
import Contract
import Messages
import Model
import RPC

public struct PlansCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "plans", abstract: "Recovery plans: machines that recover together, boot group by boot group.",
        discussion: """
            A plan is written as a JSON file: {"bootGroups": [{"name": "data", "members": ["groups/shop"]}, {"name": \
            "front", "members": ["web-01"], "after": [{"id": "dns", "script": {"program": "dns.sh"}}]}], "policy": \
            {"onFailure": "stop"}}. Scripts lie in the vault's "scriptsDirectory".
            """,
        subcommands: [
            List.self, Show.self, Create.self, Edit.self, Delete.self, Preview.self, Run.self, Rerun.self, Runs.self,
            Complete.self,
        ], defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All plans.")
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let all = try await session.pages { token in
                    let page = try await session.plans.listPlans(
                        .with { $0.pageToken = token }, CallOptions(timeout: lookTimeout))
                    return (page.plans, page.nextPageToken)
                }
                show(
                    all.map { printed($0) },
                    columns: ["id", "name", "version", "groups", "members", "running", "problems"], vault.output)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One plan.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The plan's id.") var plan: String

        func run() async throws {
            try await Session.run(vault) { session in
                showPlan(
                    try await session.plans.getPlan(.with { $0.name = plan }, CallOptions(timeout: lookTimeout)),
                    vault.output)
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a plan from a file.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The plan's id: a-z 0-9 - _ . and a letter or digit first.") var plan: String
        @Argument(help: "The file; see `homeward plans --help`.") var file: String
        @Flag(name: .customLong("precheck"), help: "Check only; nothing is stored.") var validateOnly = false

        func run() async throws {
            try await Session.run(vault) { session in
                let read = try planFile(file, plan, session)
                showPlan(
                    try await session.plans.createPlan(
                        .with {
                            $0.plan = read
                            $0.requestID = session.requestID()
                            $0.validateOnly = validateOnly
                        }, CallOptions(timeout: lookTimeout)), vault.output)
            }
        }
    }

    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace a plan by a file. Runs that have begun go on with what they began with.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The plan's id.") var plan: String
        @Argument(help: "The file.") var file: String
        @Option(help: "Refuse when the plan has changed since it had this tag.") var etag: String = ""
        @Flag(name: .customLong("precheck"), help: "Check only; nothing is stored.") var validateOnly = false

        func run() async throws {
            try await Session.run(vault) { session in
                let read = try planFile(file, plan, session)
                showPlan(
                    try await session.plans.updatePlan(
                        .with {
                            $0.plan = read
                            $0.etag = etag
                            $0.validateOnly = validateOnly
                        }, CallOptions(timeout: lookTimeout)), vault.output)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a plan; its runs stay listed.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The plan's id.") var plan: String

        func run() async throws {
            try await Session.run(vault) { session in
                _ = try await session.plans.deletePlan(
                    .with { $0.name = plan }, CallOptions(timeout: lookTimeout))
                if vault.output == .table { say("plan \(plan) is deleted") }
            }
        }
    }
}

private func planFile(_ path: String, _ id: String, _ session: Session) throws -> VaultV1.RecoveryPlan {
    let bytes: [UInt8]
    do { bytes = try session.environment.files.readAll(absolute(path)) } catch {
        throw Failure(.invalidArgument, "read the plan: \(error)")
    }
    return try PlanFile.read(bytes, path, id: id)
}

// MARK: - Printing

func printed(_ plan: VaultV1.RecoveryPlan) -> [(String, Printed)] {
    [
        ("id", .text(String(plan.name.dropFirst("plans/".count)))), ("name", .text(plan.displayName)),
        ("description", .text(plan.description)), ("version", .number(Int64(clamping: plan.version))),
        ("digest", .text(plan.digest)), ("etag", .text(plan.etag)),
        ("groups", .number(Int64(plan.bootGroups.count))),
        ("members", .number(Int64(plan.bootGroups.reduce(0) { $0 + $1.members.count }))),
        ("onFailure", .text(plan.policy?.onFailure == .stop ? "stop" : "continue")),
        ("parallel", .number(Int64(plan.policy?.parallel ?? 0))),
        ("automatic", .text("\(plan.policy?.automaticEnd ?? .none)")),
        ("automaticAfterUs", .number(Int64(clamping: plan.policy?.automaticAfterUs ?? 0))),
        ("updated", .text(unixText(plan.updatedUnixUs))),
        ("running", .list(plan.running.map { .text($0) })), ("problems", .list(plan.problems.map { .text($0) })),
    ]
}

private func showPlan(_ plan: VaultV1.RecoveryPlan, _ form: OutputForm) {
    let groups = Printed.list(
        plan.bootGroups.map { group in
            .record([
                ("name", .text(group.name)), ("members", .list(group.members.map { .text($0) })),
                ("before", .list(group.before.map { .record(printed($0)) })),
                ("after", .list(group.after.map { .record(printed($0)) })),
            ])
        })
    guard form == .table else { return show(printed(plan) + [("bootGroups", groups)], .json) }
    show(printed(plan).filter { $0.0 != "groups" && $0.0 != "members" }, .table)
    say("")
    var rows: [[String]] = []
    for group in plan.bootGroups {
        for action in group.before { rows.append([group.name, "before", actionText(action)]) }
        for member in group.members { rows.append([group.name, "starts", member]) }
        for action in group.after { rows.append([group.name, "after", actionText(action)]) }
    }
    say(table(["BOOT GROUP", "", "WHAT"], rows))
}

func printed(_ action: VaultV1.PlanAction) -> [(String, Printed)] {
    var fields: [(String, Printed)] = [
        ("id", .text(action.id)), ("title", .text(action.title)),
        ("directions", .list(action.directions.compactMap { Direction($0).map { .text($0.rawValue) } })),
        ("inDrills", .flag(action.inDrills)),
    ]
    switch action.action {
    case .script(let script):
        fields += [
            ("program", .text(script.program)), ("arguments", .list(script.arguments.map { .text($0) })),
            ("timeoutUs", .number(Int64(clamping: script.timeoutUs))), ("idempotent", .flag(script.idempotent)),
        ]
    case .manual(let manual): fields.append(("manual", .text(manual.instructions)))
    case nil: break
    }
    return fields
}

func actionText(_ action: VaultV1.PlanAction) -> String {
    let which = action.directions.compactMap { Direction($0)?.rawValue }
    let only = (which.count == 1 ? " (only \(which[0]))" : "") + (action.inDrills ? " (also in drills)" : "")
    return switch action.action {
    case .script(let script): "\(action.id): \(script.program) \(script.arguments.joined(separator: " "))" + only
    case .manual(let manual): "\(action.id): by hand: \(manual.instructions)" + only
    case nil: action.id
    }
}
