public import ArgumentParser
import Messages
import Model
import RPC

/// What test-failover and test-failback are asked.
public struct DrillOptions: ParsableArguments {
    @OptionGroup var vault: VaultOptions
    @OptionGroup var operation: OperationOptions
    @Argument(help: "The item; of a replication group, one member at a time.") var item: String
    @Option(help: "latest-processed (the newest that is there), app-consistent, or a point's number.")
    var point = "latest-processed"

    public init() {}

    func run(_ direction: Direction) async throws {
        let command = self
        try await operation.carryOut(vault) { session, options in
            let chosen = try PointArgument(command.point)
            return try await session.drills.beginDrill(
                .with {
                    $0.name = command.item
                    $0.expectedDirection = direction.message
                    $0.choice = chosen.choice
                    $0.point = chosen.number
                    $0.options = options
                }, CallOptions(timeout: lookTimeout))
        }
    }
}

private let drillDiscussion = """
    The test machine runs on a copy-on-write branch of a recovery point, in a network that leads nowhere. The item, \
    its replication and its points are as before. It stays until `homeward drills cleanup`.
    """

public struct TestFailoverCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "test-failover", abstract: "Boot a test machine in the cloud; the item replicates on.",
        discussion: drillDiscussion)
    @OptionGroup var options: DrillOptions
    public init() {}
    public func run() async throws { try await options.run(.out) }
}

public struct TestFailbackCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "test-failback", abstract: "Boot a test machine at home; the item replicates on.",
        discussion: drillDiscussion)
    @OptionGroup var options: DrillOptions
    public init() {}
    public func run() async throws { try await options.run(.home) }
}

public struct DrillsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "drills", abstract: "Tests of failovers and failbacks.", subcommands: [List.self, Cleanup.self],
        defaultSubcommand: List.self, aliases: ["drill"])

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Drills, those that stand and those of the past, newest first.")
        @OptionGroup var vault: VaultOptions
        @Option(help: "Only those of this item.") var item: String = ""
        @Flag(help: "Only those that run or wait for their cleanup.") var standing = false

        func run() async throws {
            try await Session.run(vault) { session in
                let all = try await session.pages { token in
                    let page = try await session.drills.listDrills(
                        .with {
                            $0.item = item
                            $0.standingOnly = standing
                            $0.pageSize = 500
                            $0.pageToken = token
                        }, CallOptions(timeout: lookTimeout))
                    return (page.drills, page.nextPageToken)
                }
                show(
                    all.map { printed($0) },
                    columns: ["item", "test", "point", "state", "outcome", "begun", "by", "boot", "ended", "remark"],
                    vault.output)
            }
        }
    }

    struct Cleanup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a drill: its machine, its branch and what it wrote go; the record stays.")
        @OptionGroup var vault: VaultOptions
        @OptionGroup var operation: OperationOptions
        @Argument(help: "The item.") var item: String
        @Option(help: "For the record: what you found.") var remark: String = ""

        func run() async throws {
            let command = self
            try await operation.carryOut(vault) { session, options in
                try await session.drills.cleanUpDrill(
                    .with {
                        $0.name = command.item
                        $0.remark = command.remark
                        $0.options = options
                    }, CallOptions(timeout: lookTimeout))
            }
        }
    }
}

func printed(_ drill: VaultV1.Drill) -> [(String, Printed)] {
    [
        ("drill", .text(drill.name)), ("item", .text(drill.displayName)),
        ("test", .text(testText(drill))), ("state", .text("\(drill.state)")),
        ("machine", .text(drill.machine)), ("point", .number(Int64(clamping: drill.point))),
        ("pointCutUnixUs", .number(drill.pointCutUnixUs)), ("by", .text(drill.person)),
        ("begun", .text(unixText(drill.startedUnixUs))), ("startedUnixUs", .number(drill.startedUnixUs)),
        ("boot", .text(drill.bootUs == 0 ? "-" : durationText(Int64(clamping: drill.bootUs)))),
        ("bootUs", .number(Int64(clamping: drill.bootUs))), ("cause", .text(drill.cause)),
        ("ended", .text(unixText(drill.endedUnixUs))), ("endedUnixUs", .number(drill.endedUnixUs)),
        ("outcome", .text(drill.outcome == .unspecified ? "" : "\(drill.outcome)")),
        ("endedBy", .text(drill.endedBy)), ("remark", .text(drill.remark)), ("cleanupJob", .text(drill.cleanupJob)),
    ]
}

private func testText(_ drill: VaultV1.Drill) -> String { drill.direction == .home ? "failback" : "failover" }

/// Of an item: `RUNNING: failover to point 12 on machine drill-1`; empty without one.
func drillText(_ item: VaultV1.Item) -> String {
    guard let drill = item.drill else { return "" }
    let cause = drill.cause.isEmpty ? "" : " (\(drill.cause))"
    return "\(drill.state)\(cause): \(testText(drill)) to point \(drill.point) on machine \(drill.machine)"
}
