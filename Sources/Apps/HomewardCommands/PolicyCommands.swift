public import ArgumentParser
import Contract
import Messages
import Model
import RPC

public struct PoliciesCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "policies",
        abstract: "Replication policies: how often points are made, which are kept, and when their age is an alert.",
        discussion: """
            An item follows a forward policy while it replicates out and a failback policy while it replicates home. A \
            change takes effect on all that follow it, and nothing is restarted. Durations are written 500ms, 5s, 15m, \
            3h, 2d.
            """,
        subcommands: [List.self, Show.self, Create.self, Update.self, Delete.self, Assign.self],
        defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All policies.")
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let all = try await session.pages { token in
                    let page = try await session.policies.listPolicies(
                        .with { $0.pageToken = token }, CallOptions(timeout: lookTimeout))
                    return (page.policies, page.nextPageToken)
                }
                show(
                    all.map { printed($0) },
                    columns: [
                        "id", "direction", "rpoThreshold", "interval", "appConsistent", "keeps", "version", "items",
                    ], vault.output)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One policy, and who follows it.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The policy's id.") var policy: String

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.policies.getPolicy(
                    .with { $0.name = policy }, CallOptions(timeout: lookTimeout))
                show(printed(found), vault.output)
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a policy.")
        @OptionGroup var vault: VaultOptions
        @OptionGroup var terms: PolicyOptions
        @Argument(help: "The policy's id: a-z 0-9 - _ . and a letter or digit first.") var policy: String
        @Option(help: "out (a forward policy) or home (a failback policy).") var direction: PolicyDirection

        func run() async throws {
            try await Session.run(vault) { session in
                var asked = VaultV1.ReplicationPolicy()
                asked.name = policy
                asked.direction = direction == .out ? .out : .home
                try terms.change(&asked)
                let (made, request) = (asked, session.requestID())
                showChange(
                    try await session.policies.createPolicy(
                        .with {
                            $0.policy = made
                            $0.requestID = request
                            $0.validateOnly = terms.validateOnly
                        }, CallOptions(timeout: lookTimeout)), vault.output)
            }
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what is named of a policy; the rest stays.",
            discussion: "With --precheck it says which recovery points of which items would go, and changes nothing.")
        @OptionGroup var vault: VaultOptions
        @OptionGroup var terms: PolicyOptions
        @Argument(help: "The policy's id.") var policy: String
        @Option(help: "Refuse when the policy has changed since it had this tag.") var etag: String = ""

        func run() async throws {
            try await Session.run(vault) { session in
                let options = CallOptions(timeout: lookTimeout)
                var asked = try await session.policies.getPolicy(.with { $0.name = policy }, options)
                // What is not named stays as it was read: somebody else's change is not undone by it.
                let tag = etag.isEmpty ? asked.etag : etag
                try terms.change(&asked)
                let new = asked
                showChange(
                    try await session.policies.updatePolicy(
                        .with {
                            $0.policy = new
                            $0.etag = tag
                            $0.validateOnly = terms.validateOnly
                        }, CallOptions(timeout: previewTimeout)), vault.output)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove a policy that nobody follows.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The policy's id.") var policy: String

        func run() async throws {
            try await Session.run(vault) { session in
                _ = try await session.policies.deletePolicy(
                    .with { $0.name = policy }, CallOptions(timeout: lookTimeout))
                if vault.output == .table { say("policy \(policy) is deleted") }
            }
        }
    }

    struct Assign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an item or a replication group follow a policy in the policy's direction.",
            discussion: "With --precheck it says which recovery points would go, and changes nothing.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The policy's id.") var policy: String
        @Argument(help: "The item, or the replication group.") var follower: String
        @Flag(name: .customLong("precheck"), help: "Check only; nothing is stored.") var validateOnly = false

        func run() async throws {
            try await Session.run(vault) { session in
                showChange(
                    try await session.policies.assignPolicy(
                        .with {
                            $0.policy = policy
                            $0.follower = follower
                            $0.validateOnly = validateOnly
                        }, CallOptions(timeout: previewTimeout)), vault.output)
            }
        }
    }
}

/// A preview asks master targets.
private let previewTimeout: Duration = .seconds(120)

enum PolicyDirection: String, ExpressibleByArgument, CaseIterable { case out, home }

enum YesOrNo: String, ExpressibleByArgument, CaseIterable { case yes, no }

/// What can be said of a policy.
struct PolicyOptions: ParsableArguments {
    @Option(help: "Name for people.") var displayName: String?
    @Option(help: "Alert when the newest recovery point is older; none for no alert.")
    var rpoThreshold: ChoiceArgument?
    @Option(help: "Aim between recovery points; as-protected for what each item was protected with.")
    var interval: ChoiceArgument?
    @Option(
        help: """
            Aim between application-consistent points; none for none but those asked for, as-protected for what each \
            item was protected with.
            """)
    var appConsistent: ChoiceArgument?
    @Option(help: "Keep at most so many points of an item, 1 to 1000.") var keepPoints: UInt32?
    @Option(help: "Remove older points; none for no limit.") var keepFor: ChoiceArgument?
    @Option(
        help: ArgumentHelp(
            "Of the points older than AGE keep one for each SPAN, application-consistent ones first; repeatable, in "
                + "place of all steps before.", valueName: "AGE:SPAN"))
    var thin: [ThinningArgument] = []
    @Flag(help: "Thin nothing.") var noThinning = false
    @Flag(help: "Keep what the master target was set up with.") var keepAsSetUp = false
    @Option(
        help: """
            Of a failback policy: whether the cloud machine's disks are kept when a failback is committed (yes unless \
            said), so that the next replication out is a delta; no: they are deleted, and it is a full copy.
            """)
    var keepSeed: YesOrNo?
    @Flag(name: .customLong("precheck"), help: "Check only; nothing is stored.") var validateOnly = false

    init() {}

    func change(_ policy: inout VaultV1.ReplicationPolicy) throws(Failure) {
        if let displayName { policy.displayName = displayName }
        switch rpoThreshold {
        case .duration(let us): policy.rpoThresholdUs = us
        case .none?: policy.rpoThresholdUs = 0
        case .asProtected: throw refuse("--rpo-threshold", "a duration or none")
        case nil: break
        }
        switch interval {
        case .duration(let us): policy.intervalUs = us
        case .asProtected: policy.intervalUs = 0
        case .none?: throw refuse("--interval", "a duration or as-protected")
        case nil: break
        }
        switch appConsistent {
        case .duration(let us): policy.applicationIntervalUs = us
        case .none?: policy.applicationIntervalUs = 0
        case .asProtected: policy.applicationIntervalUs = nil
        case nil: break
        }
        if let keepSeed { policy.keepSeed = keepSeed == .yes }
        try changeRetention(&policy)
    }

    private func changeRetention(_ policy: inout VaultV1.ReplicationPolicy) throws(Failure) {
        let isNamed = keepPoints != nil || keepFor != nil || !thin.isEmpty || noThinning
        guard !(isNamed && keepAsSetUp), !(noThinning && !thin.isEmpty) else {
            throw Failure(.invalidArgument, "read the retention: --keep-as-set-up and --no-thinning exclude the others")
        }
        if keepAsSetUp { policy.retention = nil }
        guard isNamed else { return }
        // Of one that says nothing yet, what is not named is no limit but the count's.
        var retention = policy.retention ?? .with { $0.points = TargetV1.Retention.pointBounds.upperBound }
        if let keepPoints { retention.points = keepPoints }
        switch keepFor {
        case .duration(let us): retention.ageUs = us
        case .none?: retention.ageUs = 0
        case .asProtected: throw refuse("--keep-for", "a duration or none")
        case nil: break
        }
        if noThinning { retention.thinning = [] }
        if !thin.isEmpty {
            retention.thinning = thin.map { step in
                .with {
                    $0.olderThanUs = step.olderThan.microseconds
                    $0.keepEveryUs = step.keepEvery.microseconds
                }
            }
        }
        policy.retention = retention
    }

    private func refuse(_ option: String, _ what: String) -> Failure {
        Failure(.invalidArgument, "read \(option): it is \(what)")
    }
}

public struct AlertsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "States that a person should look at.", subcommands: [List.self],
        defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Alerts that stand: recovery points older than their policy wants, backups that are overdue.")
        @OptionGroup var vault: VaultOptions
        @Flag(help: "Those that were cleared in the last month, too.") var all = false

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.pages { token in
                    let page = try await session.alerts.listAlerts(
                        .with {
                            $0.pageToken = token
                            $0.withCleared = all
                        }, CallOptions(timeout: lookTimeout))
                    return (page.alerts, page.nextPageToken)
                }
                show(
                    found.map { printed($0) },
                    columns: ["code", "about", "severity", "raised"] + (all ? ["cleared"] : []) + ["detail"],
                    vault.output)
            }
        }
    }
}

// MARK: - Printing

private func printed(_ policy: VaultV1.ReplicationPolicy) -> [(String, Printed)] {
    func duration(_ us: UInt64, _ zero: String) -> String { us == 0 ? zero : DurationArgument.text(us) }
    let retention = policy.retention
    return [
        ("id", .text(String(policy.name.dropFirst("policies/".count)))), ("name", .text(policy.displayName)),
        ("direction", .text("\(policy.direction)")),
        ("rpoThreshold", .text(duration(policy.rpoThresholdUs, "none"))),
        ("rpoThresholdUs", .number(Int64(clamping: policy.rpoThresholdUs))),
        ("interval", .text(duration(policy.intervalUs, "as-protected"))),
        ("intervalUs", .number(Int64(clamping: policy.intervalUs))),
        ("appConsistent", .text(policy.applicationIntervalUs.map { duration($0, "none") } ?? "as-protected")),
        ("keeps", .text(retentionText(retention))),
        ("keepPoints", .number(Int64(retention?.points ?? 0))),
        ("keepForUs", .number(Int64(clamping: retention?.ageUs ?? 0))),
        (
            "thinning",
            .list(
                (retention?.thinning ?? []).map { step in
                    .text("\(DurationArgument.text(step.olderThanUs)):\(DurationArgument.text(step.keepEveryUs))")
                })
        ),
        ("keepSeed", .text(policy.direction == .out ? "" : policy.keepSeed == false ? "no" : "yes")),
        ("version", .number(Int64(clamping: policy.version))), ("digest", .text(policy.digest)),
        ("etag", .text(policy.etag)), ("updated", .text(unixText(policy.updatedUnixUs))),
        ("items", .number(Int64(policy.followerItems))), ("followers", .list(policy.followers.map { .text($0) })),
    ]
}

private func retentionText(_ retention: TargetV1.Retention?) -> String {
    guard let retention else { return "as set up" }
    var parts = ["\(retention.points) points"]
    if retention.ageUs > 0 { parts.append("of \(DurationArgument.text(retention.ageUs))") }
    let steps = retention.thinning.map { step in
        "one for each \(DurationArgument.text(step.keepEveryUs)) above \(DurationArgument.text(step.olderThanUs))"
    }
    return parts.joined(separator: " ") + (steps.isEmpty ? "" : ", " + steps.joined(separator: ", "))
}

private func showChange(_ change: VaultV1.PolicyChange, _ form: OutputForm) {
    let policy = change.policy.map { printed($0) } ?? []
    guard form == .table else {
        return show(policy + [("effects", .list(change.effects.map { .record(printed($0)) }))], .json)
    }
    show(policy, .table)
    for effect in change.effects {
        guard effect.unknown.isEmpty, let preview = effect.preview else {
            say("\n\(effect.displayName): not known: \(effect.unknown)")
            continue
        }
        say("\n\(effect.displayName): \(preview.removedPoints) points go, \(preview.keptPoints) stay")
        guard !preview.removed.isEmpty else { continue }
        say(
            table(
                ["POINT", "CUT", "KIND", "GOES BECAUSE"],
                preview.removed.map { retired in
                    [
                        "\(retired.point?.number ?? 0)", unixText(retired.point?.cutUnixUs ?? 0),
                        retired.point?.applicationConsistent == true ? "application-consistent" : "crash-consistent",
                        retired.because,
                    ]
                }))
    }
}

private func printed(_ effect: VaultV1.RetentionEffect) -> [(String, Printed)] {
    [
        ("item", .text(effect.item)), ("name", .text(effect.displayName)), ("unknown", .text(effect.unknown)),
        ("removedPoints", .number(Int64(effect.preview?.removedPoints ?? 0))),
        ("keptPoints", .number(Int64(effect.preview?.keptPoints ?? 0))),
        (
            "removed",
            .list(
                (effect.preview?.removed ?? []).map { retired in
                    .record([
                        ("number", .number(Int64(clamping: retired.point?.number ?? 0))),
                        ("because", .text(retired.because)),
                    ])
                })
        ),
    ]
}

private func printed(_ alert: VaultV1.Alert) -> [(String, Printed)] {
    [
        ("code", .text(alert.code)), ("about", .text(alert.displayName)), ("subject", .text(alert.subject)),
        ("severity", .text("\(alert.severity)")), ("raised", .text(unixText(alert.raisedUnixUs))),
        ("raisedUnixUs", .number(alert.raisedUnixUs)),
        ("cleared", .text(alert.clearedUnixUs == 0 ? "" : unixText(alert.clearedUnixUs))),
        ("clearedUnixUs", .number(alert.clearedUnixUs)), ("times", .number(Int64(clamping: alert.times))),
        ("detail", .text(alert.detail)), ("remedy", .text(alert.remedy)), ("alert", .text(alert.name)),
    ]
}
