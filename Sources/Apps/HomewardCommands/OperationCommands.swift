public import ArgumentParser
import Contract
import Messages
import Model
import RPC

/// Options of every operation.
public struct OperationOptions: ParsableArguments {
    @Flag(name: .customLong("precheck"), help: "Evaluate all gates and print the plan; change nothing.")
    var validateOnly = false

    @Flag(name: .customLong("no-wait"), help: "Print the job and return instead of following it.")
    var noWait = false

    @Option(help: ArgumentHelp("Pass a gate by your word; repeatable.", valueName: "GATE=REASON"))
    var waive: [String] = []

    @Option(help: "Who asks; recorded with the job.")
    var person: String = environmentVariable("USER") ?? ""

    @Option(help: "Refuse unless the plan is still the previewed one.")
    var planDigest: String = ""

    public init() {}

    func message(_ session: Session) throws(Failure) -> VaultV1.MutationOptions {
        var waivers: [CommonV1.Waiver] = []
        for text in waive {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, GateCode(rawValue: String(parts[0])) != nil else {
                throw Failure(.invalidArgument, "read --waive \(text): write GATE=REASON with a gate's code")
            }
            waivers.append(
                .with {
                    $0.code = String(parts[0])
                    $0.reason = String(parts[1])
                })
        }
        return .with {
            $0.requestID = session.requestID()
            $0.validateOnly = validateOnly
            $0.waivers = waivers
            $0.person = person
            $0.planDigest = planDigest
        }
    }

    /// Starts the operation and follows it, or prints its preview.
    func carryOut(
        _ vault: VaultOptions, _ start: (Session, VaultV1.MutationOptions) async throws -> VaultV1.Job
    ) async throws {
        let options = self
        try await Session.run(vault) { session in
            let job = try await start(session, options.message(session))
            if let preview = job.preview { return try printPreview(preview, vault.output) }
            if options.noWait { return show(printed(job).filter { $0.0 != "steps" }, vault.output) }
            try await JobFollower(session: session, form: vault.output).follow(job)
        }
    }

    /// Exit code 2 when a gate blocks that was not waived, or cannot be.
    private func printPreview(_ preview: VaultV1.Preview, _ form: OutputForm) throws {
        let waived = waive.compactMap { $0.split(separator: "=").first.map(String.init) }
        let blocked = preview.gates.contains { gate in
            let isPassed = waived.contains(gate.code) && !gate.waivableBy.isEmpty
            return gate.blocking && !isPassed && (gate.status == .fail || gate.status == .unknown)
        }
        switch form {
        case .json:
            say(
                Printed.record([
                    ("blocked", .flag(blocked)), ("planDigest", .text(preview.planDigest)),
                    ("boundBlocks", .number(Int64(preview.boundBlocks))),
                    ("usualUs", .number(Int64(clamping: preview.usualUs))),
                    ("history", .number(Int64(preview.history))),
                    ("bounds", .list(preview.bounds.map { $0.printed })),
                    ("locations", .list(preview.locations.map { $0.printed })),
                    ("points", .list(preview.points.map { $0.printed })),
                    (
                        "networks",
                        .list(
                            preview.networks.map {
                                .record([("item", .text($0.displayName)), ("change", .text($0.change))])
                            })
                    ),
                    ("warnings", .list(preview.warnings.map { .text($0) })),
                    ("gates", .list(preview.gates.map { .record(printed($0)) })),
                    (
                        "steps",
                        .list(
                            preview.steps.map {
                                .record([
                                    ("id", .text($0.id)), ("title", .text($0.title)), ("actor", .text($0.actor)),
                                    ("pivot", .flag($0.pivot)), ("cancel", .text($0.cancel)),
                                    ("usualUs", .number(Int64(clamping: $0.usualUs))),
                                ])
                            })
                    ),
                ]).json)
        case .table:
            let titles = preview.steps.map { ($0.id, $0.title) }
            say(gateTable(preview.gates, steps: Dictionary(titles) { first, _ in first }))
            say("")
            say(
                table(
                    ["", "STEP", "WHO", "USUALLY", "ON CANCEL"],
                    preview.steps.map { [$0.pivot ? "★" : "", $0.title, $0.actor, usually($0.usualUs), $0.cancel] }))
            if preview.history > 0 {
                say("\nusually \(usually(preview.usualUs)), by the last \(preview.history) of this kind that succeeded")
            }
            for location in preview.locations { say("\n" + location.sentence) }
            for bound in preview.bounds { say("\n" + bound.sentence) }
            for point in preview.points { say("\n" + point.sentence) }
            for network in preview.networks { say("\n\(network.displayName): \(network.change).") }
            for warning in preview.warnings { say("note: \(warning)") }
            say("\nplan digest \(preview.planDigest)")
        }
        if blocked { throw ExitCode(2) }
    }
}

private func usually(_ microseconds: UInt64) -> String {
    microseconds == 0 ? "" : durationText(Int64(clamping: microseconds))
}

extension VaultV1.PlannedLocation {
    fileprivate var word: String { alternate ? "alternate" : "original" }

    fileprivate var printed: Printed {
        .record([
            ("item", .text(item)), ("displayName", .text(displayName)), ("location", .text(word)),
            ("machine", .text(machine)), ("reason", .text(reason)), ("datastore", .text(datastore)),
            ("host", .text(host)),
        ])
    }

    fileprivate var sentence: String {
        let place = datastore.isEmpty && host.isEmpty ? "" : " (disks on \(datastore), machine on \(host))"
        return "\(displayName): comes home to \(machine), \(word) location\(place): \(reason)."
    }
}

extension VaultV1.PlannedPoint {
    fileprivate var printed: Printed {
        .record([
            ("item", .text(item)), ("displayName", .text(displayName)), ("point", .text(point)),
            ("number", .number(Int64(clamping: number))), ("applicationConsistent", .flag(applicationConsistent)),
            ("ageUs", .number(Int64(clamping: ageUs))), ("ageUnknown", .flag(ageUnknown)), ("loss", .text(loss)),
            ("lossUs", .number(Int64(clamping: lossUs))), ("lossUnknown", .flag(lossUnknown)),
        ])
    }

    fileprivate var sentence: String {
        let known = ageUs > 0 ? ", \(ageUs / 1_000_000).\(ageUs / 100_000 % 10) s old" : ""
        let age = ageUnknown ? ", of unknown age" : known
        return "\(displayName): goes to \(point)\(age); lost: \(loss)."
    }
}

extension VaultV1.SynchronizationBound {
    fileprivate var printed: Printed {
        .record([
            ("item", .text(item)), ("displayName", .text(displayName)),
            ("changedBlocks", .number(Int64(clamping: changedBlocks))),
            ("suspectBlocks", .number(Int64(clamping: suspectBlocks))),
            ("crashBlocks", .number(Int64(clamping: crashBlocks))), ("basis", .text(basis)),
        ])
    }

    fileprivate var sentence: String {
        "\(displayName): moves at most \(changedBlocks + suspectBlocks) blocks of 4 KiB, and what the guest writes "
            + "from now on: \(changedBlocks) changed, \(suspectBlocks) compared by digest and sent where they differ.\n"
            + "A crash of the source's agent puts at most \(crashBlocks) more in doubt. Known from: \(basis)."
    }
}

public struct ProtectCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "protect", abstract: "Replicate a home machine to the cloud.")
    @OptionGroup var vault: VaultOptions
    @OptionGroup var operation: OperationOptions
    @Argument(help: "The machine's id at home.") var machine: String
    @Option(help: "Display name of the item; the machine's name when left out.") var name: String = ""
    @Option(help: "Process server at home.") var processServer: String = ""
    @Option(help: "Master target in the cloud.") var masterTarget: String = ""
    @Option(help: "Aim between recovery points, as 5s; the policy's when left out.") var interval: DurationArgument?
    @Option(
        help: """
            Aim between application-consistent points, as 5m: hooks freeze the guest for them. The policy's when left \
            out, else none but those asked for (`homeward points take --app-consistent`).
            """)
    var appConsistent: DurationArgument?
    @Option(help: "Replication group to join: its members are cut, moved and committed together.")
    var group: String = ""
    @Option(help: "Policy to follow while it replicates out; the group's, or default-forward, when left out.")
    var policy: String = ""
    @Option(help: "Policy to follow while it replicates home; the group's, or default-failback, when left out.")
    var failbackPolicy: String = ""
    @Option(
        help: ArgumentHelp(
            """
            Leave a disk of the machine out, by its id or its place (from 0); repeatable. The guest uses it as before; \
            no point has it, and it stays at home when the machine goes.
            """, valueName: "DISK[=REASON]"))
    var excludeDisk: [ExclusionArgument] = []

    public init() {}

    public func run() async throws {
        let command = self
        try await operation.carryOut(vault) { session, options in
            try await session.items.enable(
                .with {
                    $0.machine = command.machine
                    $0.displayName = command.name
                    $0.processServer = command.processServer
                    $0.masterTarget = command.masterTarget
                    $0.intervalUs = command.interval?.microseconds ?? 0
                    $0.group = command.group
                    $0.applicationIntervalUs = command.appConsistent?.microseconds ?? 0
                    $0.forwardPolicy = command.policy
                    $0.failbackPolicy = command.failbackPolicy
                    $0.excludeDisks = command.excludeDisk.map(\.message)
                    $0.options = options
                }, CallOptions(timeout: lookTimeout))
        }
    }
}

/// What failover and failback share.
public struct FailoverOptions: ParsableArguments {
    @OptionGroup var vault: VaultOptions
    @OptionGroup var operation: OperationOptions
    @Argument(help: "The item, or the replication group.") var item: String
    @Option(
        help: """
            latest (drain first, nothing is lost), latest-processed (what a dead source leaves), app-consistent, or a \
            point's number; of a group also latest-common, or a group point's name. When left out: latest, or \
            latest-processed with --source-dead.
            """)
    var point: String?
    @Flag(help: "Go on though the source cannot be reached: you state that it is dead. Needs --reason.")
    var sourceDead = false
    @Option(help: "What you checked before stating that the source is dead.") var reason: String = ""
    @Flag(help: "End a drill that stands in the way; what its machine wrote is lost.") var discardDrill = false

    public init() {}

    func run(_ direction: Direction, fullCertificate: Bool = false) async throws {
        let command = self
        try await operation.carryOut(vault) { session, options in
            let chosen = try PointArgument(command.point ?? (command.sourceDead ? "latest-processed" : "latest"))
            guard !command.sourceDead || !command.reason.isEmpty else {
                throw Failure(
                    .invalidArgument,
                    "fail over \(command.item) with its source stated dead: say with --reason what you checked")
            }
            let now = session.environment.clock.wallNow().microseconds
            let request = VaultV1.FailoverRequest.with {
                $0.name = command.item
                $0.expectedDirection = direction.message
                $0.choice = chosen.choice
                $0.point = chosen.number
                $0.groupPoint = chosen.name
                $0.discardDrill = command.discardDrill
                $0.fullCertificate = fullCertificate
                if command.sourceDead {
                    $0.sourceDeadStatement = .with {
                        $0.person = command.operation.person
                        $0.reason = command.reason
                        $0.statedUnixUs = now
                    }
                }
                $0.options = options
            }
            if !options.validateOnly, vault.output == .table { try await foretell(session, request) }
            return try await session.items.failover(request, CallOptions(timeout: lookTimeout))
        }
    }

    /// Where it goes and what that loses is read before anything is begun.
    private func foretell(_ session: Session, _ request: VaultV1.FailoverRequest) async throws {
        guard request.choice != .latest else { return }
        var asked = request
        asked.options?.requestID = session.requestID()
        asked.options?.validateOnly = true
        asked.options?.planDigest = ""
        let job = try await session.items.failover(asked, CallOptions(timeout: lookTimeout))
        for point in job.preview?.points ?? [] { say(point.sentence) }
    }
}

/// A recovery point as a person names it.
struct PointArgument {
    let choice: VaultV1.PointChoice
    /// Of an item's point.
    var number: UInt64 = 0
    /// Of a group's point.
    var name = ""

    /// - Parameter point: `latest` and its kind, a number, or a group point's name.
    init(_ point: String) throws(Failure) {
        switch point {
        case "latest": choice = .latest
        case "latest-processed": choice = .latestProcessed
        case "latest-common": choice = .latestCommon
        case "app-consistent": choice = .latestApplicationConsistent
        case _ where point.contains("/"):
            choice = .chosen
            name = point
        default:
            guard let number = UInt64(point) else {
                throw Failure(
                    .invalidArgument,
                    "read the point \(point): write latest, latest-processed, latest-common, app-consistent, a number "
                        + "from `homeward points`, or a name from `homeward groups points`"
                )
            }
            choice = .chosen
            self.number = number
        }
    }
}

public struct FailoverCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "failover", abstract: "Run a machine, or a replication group, in the cloud.")
    @OptionGroup var options: FailoverOptions
    public init() {}
    public func run() async throws { try await options.run(.out) }
}

public struct FailbackCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "failback", abstract: "Bring a machine, or a replication group, home: failover from the cloud.")
    @OptionGroup var options: FailoverOptions
    @Option(
        help: """
            What the failback's certificate is to prove: delta (what was moved was read back), or full: every block is \
            read back once the machine runs, in the background; see `homeward certificate complete --help`.
            """)
    var certificate: CertificateMode = .delta
    public init() {}
    public func run() async throws { try await options.run(.home, fullCertificate: certificate == .full) }
}

enum CertificateMode: String, CaseIterable, ExpressibleByArgument {
    case delta, full
}

/// An operation that needs no more than the item or the group.
public struct ItemOptions: ParsableArguments {
    @OptionGroup var vault: VaultOptions
    @OptionGroup var operation: OperationOptions
    @Argument(help: "The item, or the replication group.") var item: String
    @Flag(help: "Confirm the loss that the operation states: of writes made since the machine booted, or of points.")
    var confirmLoss = false

    public init() {}

    func run(
        _ change: (inout VaultV1.ItemOperationRequest) -> Void = { _ in },
        _ call: (ItemsClientCall) async throws -> VaultV1.Job
    ) async throws {
        let command = self
        try await operation.carryOut(vault) { session, options in
            var request = VaultV1.ItemOperationRequest.with {
                $0.name = command.item
                $0.confirmLoss = command.confirmLoss
                $0.options = options
            }
            change(&request)
            return try await call(ItemsClientCall(session: session, request: request))
        }
    }
}

/// A request ready to be sent.
struct ItemsClientCall: Sendable {
    let session: Session
    let request: VaultV1.ItemOperationRequest
    var options: CallOptions { CallOptions(timeout: lookTimeout) }
}

public struct CommitCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Make a failover final; after a failback it removes the cloud machine.")
    @OptionGroup var options: ItemOptions
    @Flag(help: "After a failback: wait until all disks are read back, for a certificate of mode full.")
    var waitCertificate = false
    public init() {}
    public func run() async throws {
        let waits = waitCertificate
        try await options.run({ $0.waitForCertificate = waits }) {
            try await $0.session.items.commit($0.request, $0.options)
        }
    }
}

public struct CompleteMigrationCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "complete-migration",
        abstract: "Leave a failed-over machine in the cloud for good; it cannot come home any more.")
    @OptionGroup var options: ItemOptions
    public init() {}
    public func run() async throws {
        try await options.run { try await $0.session.items.completeMigration($0.request, $0.options) }
    }
}

public struct CancelFailoverCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "cancel-failover", abstract: "Go back to the side the machine came from, before commit.")
    @OptionGroup var options: ItemOptions
    public init() {}
    public func run() async throws {
        try await options.run { try await $0.session.items.cancelFailover($0.request, $0.options) }
    }
}

public struct ReprotectCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "reprotect",
        abstract: "Replicate back: home after a failover, out to the cloud after a failback.")
    @OptionGroup var options: ItemOptions
    @Option(help: "Process server to use.") var processServer: String = ""
    @Option(help: "Master target to use.") var masterTarget: String = ""
    @Flag(help: "Wait for the agent to register instead of refusing.") var wait = false
    @Flag(
        help: """
            Home: to a new machine with new disks, though the original one is there (one that is gone is replaced \
            without this). A full copy.
            """)
    var alternate = false
    @Option(help: "With --alternate: the datastore of the new disks; the site's first when left out.")
    var datastore: String = ""
    @Option(help: "With --alternate: the host of the new machine; the first that can run it when left out.")
    var host: String = ""
    public init() {}
    public func run() async throws {
        let command = self
        try await options.run({
            $0.processServer = command.processServer
            $0.masterTarget = command.masterTarget
            $0.waitForAgent = command.wait
            $0.alternate = command.alternate
            $0.datastore = command.datastore
            $0.host = command.host
        }) { try await $0.session.items.reprotect($0.request, $0.options) }
    }
}

public struct CancelReprotectCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "cancel-reprotect", abstract: "Give a reprotect up while it synchronizes.")
    @OptionGroup var options: ItemOptions
    public init() {}
    public func run() async throws {
        try await options.run { try await $0.session.items.cancelReprotect($0.request, $0.options) }
    }
}

extension InfrastructureCommand {
    struct SwitchProcessServer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Move what replicates to another process server of its site: no full copy, only what is not sealed yet \
                is sent again.
                """)
        @OptionGroup var options: ItemOptions
        @Option(help: "The process server to move to; may be left out when there is only one other at the site.")
        var to: String = ""

        func run() async throws {
            let command = self
            try await options.run({ $0.processServer = command.to }) {
                try await $0.session.items.switchProcessServer($0.request, $0.options)
            }
        }
    }
}

public struct ResyncCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "resync",
        abstract: "Compare all blocks of a machine with its replica, and send those that differ again.",
        discussion: """
            The machine replicates on, and its recovery points stay usable; --precheck says how much may be sent. The \
            job ends when all blocks are compared and what differed is in a sealed point. `homeward jobs cancel` ends \
            it before: what was not compared by then stands as before. Each member of a replication group is compared \
            by itself.
            """)
    @OptionGroup var vault: VaultOptions
    @OptionGroup var operation: OperationOptions
    @Argument(help: "The item.") var item: String
    public init() {}
    public func run() async throws {
        let command = self
        try await operation.carryOut(vault) { session, options in
            try await session.items.resync(
                .with {
                    $0.name = command.item
                    $0.options = options
                }, CallOptions(timeout: lookTimeout))
        }
    }
}

public struct DisableCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "End protection; the running machine keeps running.")
    @OptionGroup var options: ItemOptions
    @Flag(help: "Go on without parts that cannot be reached; they are listed.") var force = false
    public init() {}
    public func run() async throws {
        let command = self
        try await options.run({ $0.force = command.force }) {
            try await $0.session.items.disable($0.request, $0.options)
        }
    }
}

public struct ChangePointCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "change-point", abstract: "Run another recovery point instead, before commit.")
    @OptionGroup var vault: VaultOptions
    @OptionGroup var operation: OperationOptions
    @Argument(help: "The item, or the replication group.") var item: String
    @Argument(
        help: """
            The point's number (see `homeward points`), or app-consistent. Of a group a group point's name \
            (`homeward groups points`), latest-common or app-consistent.
            """)
    var point: String
    @Flag(help: "Confirm the loss of writes made since the machine booted.") var confirmLoss = false
    public init() {}
    public func run() async throws {
        let command = self
        try await operation.carryOut(vault) { session, options in
            let chosen = try PointArgument(command.point)
            return try await session.items.changePoint(
                .with {
                    $0.name = command.item
                    $0.choice = chosen.choice
                    $0.point = chosen.number
                    $0.groupPoint = chosen.name
                    $0.confirmLoss = command.confirmLoss
                    $0.options = options
                }, CallOptions(timeout: lookTimeout))
        }
    }
}
