public import ArgumentParser
import Messages
import Model
import RPC

public struct SetAsideCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "set-aside",
        abstract: "What a machine wrote after a failover that was cancelled, or whose point was changed.",
        discussion: """
            It is in no recovery point. The newest of an item is kept beside its replica's disks until a person \
            releases it, another copy is left, or a failover is committed.
            """,
        subcommands: [List.self, Export.self, Release.self], defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is set aside of an item: since when, by which job, how much, and where.",
            discussion: """
                While the point that the machine ran from is kept for it (column "point"), whole disks can be \
                exported. That point goes before replication lacks room.
                """)
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The item.") var item: String

        func run() async throws {
            let name = item
            try await Session.run(vault) { session in
                let found = try await session.items.getSetAside(
                    .with { $0.item = name }, CallOptions(timeout: lookTimeout)
                ).setAside
                show(
                    found.map { printed($0) },
                    columns: [
                        "generation", "since", "job", "person", "site", "masterTarget", "blocks", "size", "point",
                    ],
                    vault.output)
                guard vault.output == .table else { return }
                for one in found {
                    for why in [one.away] + one.disks.map(\.damage) where !why.isEmpty {
                        say("generation \(one.generation): \(why)")
                    }
                }
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a disk as that machine had it to a file: a sparse raw image.",
            discussion: """
                With --changes-only the file holds the blocks that the machine wrote, at their places, and nothing \
                between them: all that is left once the point that it ran from is gone. Nothing is changed by it.
                """)
        @OptionGroup var vault: VaultOptions
        @OptionGroup var which: SetAsideChoice
        @Option(help: "The disk's place in the machine, from 0.") var disk: UInt32 = 0
        @Flag(help: "Only the blocks that the machine wrote.") var changesOnly = false
        @Option(name: .customLong("to"), help: ArgumentHelp("The file to write; it must not exist.", valueName: "file"))
        var target: String

        func run() async throws {
            let command = self
            try await Session.run(vault) { session in
                let files = session.environment.files
                try refuseExisting(command.target, files)
                let call = try await session.items.readSetAside(
                    .with {
                        $0.item = command.which.item
                        $0.generation = command.which.generation
                        $0.disk = command.disk
                        $0.changesOnly = command.changesOnly
                    })
                defer { call.cancel() }
                let size = try await exported(to: command.target, files) { try await call.next() }
                let what = command.changesOnly ? "what was written to disk" : "disk"
                say("\(command.target): \(what) \(command.disk) of \(command.which.item), \(ByteCount(size))")
            }
        }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give up what is set aside: its space is free again, and it cannot be brought back.")
        @OptionGroup var vault: VaultOptions
        @OptionGroup var operation: OperationOptions
        @OptionGroup var which: SetAsideChoice
        @Option(help: "Why; kept in the audit log.") var reason: String

        func run() async throws {
            let command = self
            try await operation.carryOut(vault) { session, options in
                try await session.items.releaseSetAside(
                    .with {
                        $0.name = command.which.item
                        $0.generation = command.which.generation
                        $0.reason = command.reason
                        $0.options = options
                    }, CallOptions(timeout: lookTimeout))
            }
        }
    }
}

struct SetAsideChoice: ParsableArguments {
    @Argument(help: "The item; of a replication group, one of its members.") var item: String
    @Option(help: "Which one, where there are several; see `homeward set-aside list`.") var generation: UInt64 = 0
}

private func printed(_ kept: VaultV1.SetAside) -> [(String, Printed)] {
    [
        ("generation", .number(Int64(clamping: kept.generation))), ("since", .text(unixText(kept.sinceUnixUs))),
        ("sinceUnixUs", .number(kept.sinceUnixUs)), ("job", .text(String(kept.job.dropFirst("jobs/".count)))),
        ("person", .text(kept.person)), ("site", .text("\(kept.site)")), ("masterTarget", .text(kept.masterTarget)),
        ("blocks", .number(Int64(clamping: kept.blocks))),
        ("size", .text("\(ByteCount(Int64(clamping: kept.storedBytes)))")),
        ("storedBytes", .number(Int64(clamping: kept.storedBytes))),
        ("point", .text(kept.pinned ? "\(kept.point), kept for it" : kept.away.isEmpty ? "gone" : "\(kept.point)")),
        ("pinned", .flag(kept.pinned)), ("away", .text(kept.away)),
        (
            "disks",
            .list(
                kept.disks.map { disk in
                    .record([
                        ("disk", .text(disk.disk)), ("index", .number(Int64(disk.index))),
                        ("bytes", .number(Int64(clamping: disk.bytes))),
                        ("blocks", .number(Int64(clamping: disk.blocks))), ("damage", .text(disk.damage)),
                    ])
                })
        ),
    ]
}
