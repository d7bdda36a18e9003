public import ArgumentParser
import Environment
import Messages
import Model
import RPC

public struct PointsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "points", abstract: "Recovery points of an item.",
        subcommands: [List.self, Take.self, Export.self, Pin.self, Unpin.self],
        defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Recovery points of an item, newest first.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The item.") var item: String

        func run() async throws {
            try await Session.run(vault) { session in
                var age: UInt64 = 0
                var pins: [UInt64: VaultV1.HandPin] = [:]
                let points = try await session.pages { token in
                    let page = try await session.items.listRecoveryPoints(
                        .with {
                            $0.item = item
                            $0.pageSize = 500
                            $0.pageToken = token
                        }, CallOptions(timeout: lookTimeout))
                    age = page.cachedAgeUs
                    for pin in page.handPins { pins[pin.point] = pin }
                    return (page.points, page.nextPageToken)
                }
                show(
                    points.map { printed($0, pins[$0.number]) + [("cachedAgeUs", .number(Int64(clamping: age)))] },
                    columns: ["number", "cut", "kind", "blocks", "applied", "final", "name", "pins", "kept", "damage"],
                    vault.output)
                if age > 0, vault.output == .table {
                    say("The master target does not answer: this is as of \(durationText(Int64(age))) ago.")
                }
            }
        }
    }

    struct Take: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a recovery point now, of an item or of a whole replication group.",
            discussion: """
                With --app-consistent hooks freeze the guests around it. A guest that cannot be frozen leaves a \
                crash-consistent point, and the job says why.
                """)
        @OptionGroup var vault: VaultOptions
        @OptionGroup var operation: OperationOptions
        @Argument(help: "The item, or the replication group.") var item: String
        @Flag(help: "Freeze the guests around it.") var appConsistent = false

        func run() async throws {
            let command = self
            try await operation.carryOut(vault) { session, options in
                try await session.items.takePoint(
                    .with {
                        $0.name = command.item
                        $0.applicationConsistent = command.appConsistent
                        $0.options = options
                    }, CallOptions(timeout: lookTimeout))
            }
        }
    }

    struct Pin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a recovery point, whatever the retention says, until it is let go.",
            discussion: """
                Everything that later intervals replace is kept with it, so it takes space until \
                `homeward points unpin` lets it go. A commit and a disable drop it with all points. Of a replication \
                group the members' points of one common point are kept together.
                """)
        @OptionGroup var vault: VaultOptions
        @OptionGroup var operation: OperationOptions
        @OptionGroup var choice: PinnedPoint

        func run() async throws {
            let choice = choice
            try await operation.carryOut(vault) { session, options in
                try await session.items.pinPoint(choice.request(options), CallOptions(timeout: lookTimeout))
            }
        }
    }

    struct Unpin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a recovery point go that a person pinned; the retention judges it again.",
            discussion: "What jobs pin is not touched: they let it go themselves.")
        @OptionGroup var vault: VaultOptions
        @OptionGroup var operation: OperationOptions
        @OptionGroup var choice: PinnedPoint

        func run() async throws {
            let choice = choice
            try await operation.carryOut(vault) { session, options in
                try await session.items.unpinPoint(choice.request(options), CallOptions(timeout: lookTimeout))
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a disk as it was at a recovery point to a file.",
            discussion: """
                Reads from the master target that holds the point; nothing is moved and replication goes on. After a \
                reprotect, the point home-before-reprotect is what home held before it was overwritten, with the \
                writes that never reached the cloud.
                """)
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The item.") var item: String
        @Argument(help: "The point's number or name; see `homeward points`.") var point: String
        @Option(help: "The disk's place in the machine, from 0.") var disk: UInt32 = 0
        @Option(name: .customLong("to"), help: ArgumentHelp("The file to write; it must not exist.", valueName: "file"))
        var target: String

        func run() async throws {
            try await Session.run(vault) { session in
                let files = session.environment.files
                try refuseExisting(target, files)
                let call = try await session.items.readRecoveryPoint(
                    .with {
                        $0.item = item
                        if let number = UInt64(point) { $0.number = number } else { $0.name = point }
                        $0.disk = disk
                    })
                defer { call.cancel() }
                let size = try await exported(to: target, files) { try await call.next() }
                say("\(target): disk \(disk) of \(item) at point \(point), \(ByteCount(size))")
            }
        }
    }
}

/// The point that a person keeps or lets go, and why.
struct PinnedPoint: ParsableArguments {
    @Argument(help: "The item, or the replication group.") var item: String
    @Argument(help: "The point's number; of a group the name of its point, see `homeward groups points`.")
    var point: String
    @Option(help: "Why; kept with the item and in the audit log.") var reason: String

    func request(_ options: VaultV1.MutationOptions) -> VaultV1.PinRequest {
        .with {
            $0.name = item
            if let number = UInt64(point) { $0.point = number } else { $0.groupPoint = point }
            $0.reason = reason
            $0.options = options
        }
    }
}

/// `by hand: ana, 2018-02-22 10:00:00: before the upgrade`.
func handPinText(_ pin: VaultV1.HandPin) -> String {
    "by hand: \(pin.person)" + (pin.sinceUnixUs > 0 ? ", \(unixText(pin.sinceUnixUs))" : "") + ": \(pin.reason)"
}

// MARK: - Export

func refuseExisting(_ target: String, _ files: any FileSystem) throws(Failure) {
    guard !files.exists(target) else {
        throw Failure(.alreadyExists, "export to \(target): it exists already; name another file")
    }
}

/// Writes a disk's content to a file: it appears with the first piece, and what the pieces leave out is zero and takes
/// no space. Durable on return; answers its size.
func exported(
    to target: String, _ files: any FileSystem, _ next: () async throws -> TargetV1.PointContent?
) async throws -> Int64 {
    var file: (any File)?
    defer { file?.close() }
    var end: Int64 = 0
    while let piece = try await next() {
        let out = try file ?? files.open(target, .createNew)
        file = out
        let offset = Int64(piece.offset)
        if !piece.data.isEmpty { try out.write(piece.data, at: offset) }
        end = offset + Int64(piece.zeroes) + Int64(piece.data.count)
    }
    try file?.truncate(to: end)
    try file?.sync()
    return end
}
