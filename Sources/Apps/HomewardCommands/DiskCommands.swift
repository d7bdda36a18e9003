public import ArgumentParser
import Messages
import Model
import RPC

/// A disk that is left out, as a person names it.
struct ExclusionArgument: ExpressibleByArgument {
    let disk: String
    let reason: String

    /// `DISK` or `DISK=REASON`.
    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let disk = parts.first, !disk.isEmpty else { return nil }
        self.disk = disk
        reason = parts.count > 1 ? parts[1] : ""
    }

    var message: VaultV1.DiskExclusion {
        .with {
            $0.disk = disk
            $0.reason = reason
        }
    }
}

public struct DisksCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "disks", abstract: "Which disks of a machine are replicated, and which are left out.",
        subcommands: [List.self, Exclude.self], defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every disk of an item's machine, and how it stands.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The item.") var item: String

        func run() async throws {
            let (vault, name) = (vault, item)
            try await Session.run(vault) { session in
                let item = try await session.items.getItem(
                    .with { $0.name = name }, CallOptions(timeout: lookTimeout))
                show(rows(item), columns: ["disk", "size", "site", "standing"], vault.output)
            }
        }

        private func rows(_ item: VaultV1.Item) -> [[(String, Printed)]] {
            func row(_ disk: String, _ bytes: UInt64, _ site: String, _ standing: String) -> [(String, Printed)] {
                [
                    ("disk", .text(disk)), ("size", .text("\(ByteCount(Int64(clamping: bytes)))")),
                    ("site", .text(site)), ("standing", .text(standing)),
                ]
            }
            return item.disks.map { row($0.id, $0.bytes, "both", "replicated") }
                + item.leftOut.map { row($0.disk, $0.bytes, "\($0.site)", leftOutText($0)) }
                + item.diskDifferences.map { row($0.disk, $0.machineBytes, "\($0.site)", differenceText($0)) }
        }
    }

    struct Exclude: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Leave a disk out that was added to a protected machine, so that the machine makes points again. The \
                guest uses it as before; no point has it, and it stays where it is when the machine moves.
                """)
        @OptionGroup var vault: VaultOptions
        @OptionGroup var operation: OperationOptions
        @Argument(help: "The item; of a replication group, the member whose disk it is.") var item: String
        @Argument(help: "The disk's id, or its place in the machine, from 0.") var disk: String
        @Option(help: "Why; kept with the item.") var reason = ""

        func run() async throws {
            let command = self
            try await operation.carryOut(vault) { session, options in
                try await session.items.excludeDisk(
                    .with {
                        $0.name = command.item
                        $0.excludeDisk = .with {
                            $0.disk = command.disk
                            $0.reason = command.reason
                        }
                        $0.options = options
                    }, CallOptions(timeout: lookTimeout))
            }
        }
    }
}

/// `left out by ana, since …: scratch`.
func leftOutText(_ disk: VaultV1.LeftOutDisk) -> String {
    let who = disk.person.isEmpty ? "" : " by \(disk.person)"
    let why = disk.reason.isEmpty ? "" : ": \(disk.reason)"
    return "left out\(who), since \(unixText(disk.sinceUnixUs))\(why)"
}
