import ArgumentParser
import Cryptography
import Environment
import EnvironmentLive
import Messages
import Model
import RPC

/// A copy, a check and a push of a whole store.
private let backupTimeout: Duration = .seconds(300)

/// Where to ask for backups: the vault, or past a vault that is lost the component that keeps its copies.
struct BackupSource: ParsableArguments {
    @OptionGroup var vault: VaultOptions
    @Option(
        help: ArgumentHelp(
            "Ask this component in place of the vault, as when the vault is lost: the configuration server.",
            valueName: "host:port"))
    var from: String?

    var asked: VaultOptions {
        var asked = vault
        if let from { asked.vault = from }
        return asked
    }
}

enum BackedUpStore: String, ExpressibleByArgument, CaseIterable {
    case vault
    case configurationServer = "configuration-server"
}

extension VaultCommand {
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Back a store up now, and verify it.",
            discussion: """
                Of the vault's store a second copy goes to the configuration server; exit code 5 says that it did not \
                get there.
                """)
        @OptionGroup var vault: VaultOptions
        @Option(help: "Which: vault or configuration-server.") var store = BackedUpStore.vault

        func run() async throws {
            try await Session.run(vault) { session in
                let answer = try await session.backups.backUp(
                    .with { $0.store = store.rawValue }, CallOptions(timeout: backupTimeout))
                let backup = answer.backup ?? .init()
                show(
                    printed(backup) + [
                        ("address", .text(backup.address)), ("pushedTo", .text(answer.pushedTo)),
                        ("notPushed", .text(answer.notPushed)),
                    ].filter { $0.1.plain != "" }, vault.output)
                guard answer.notPushed.isEmpty else { throw ExitCode(5) }
            }
        }
    }

    struct Backups: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which backups there are, how old and where; what is overdue.")
        @OptionGroup var source: BackupSource

        func run() async throws {
            try await Session.run(source.asked) { session in
                let report = try await session.backups.getBackups(.init(), CallOptions(timeout: lookTimeout))
                guard source.vault.output == .table else {
                    return show([("stores", .list(report.stores.map { .record(printed($0)) }))], .json)
                }
                say(
                    table(
                        ["STORE", "KEPT AT", "AGE", "SIZE", "BACKUP"],
                        report.stores.flatMap { stored in
                            stored.backups.map {
                                [stored.store, stored.keptAt, age($0.ageUs), "\($0.sizeBytes)", $0.name]
                            }
                        }))
                for line in backupAlerts(report) { say(line) }
            }
        }
    }

    struct VerifyBackup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Restore a backup aside where it is kept: checksum, integrity, tables, rows.")
        @OptionGroup var source: BackupSource
        @Option(help: "Which: vault or configuration-server.") var store = BackedUpStore.vault
        @Argument(help: "Its name; the newest without it.") var name: String = ""

        func run() async throws {
            try await Session.run(source.asked) { session in
                let backup = try await session.backups.verifyBackup(
                    .with {
                        $0.store = store.rawValue
                        $0.name = name
                    }, CallOptions(timeout: backupTimeout))
                show(printed(backup) + (backup.address.isEmpty ? [] : [("address", .text(backup.address))]),
                    source.vault.output)
            }
        }
    }

    struct FetchBackup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a backup to a file, with its checksum beside it.",
            discussion: """
                The file holds everything that the store holds; it is written with mode 0600. Where the vault is lost:

                  homeward vault fetch-backup --from cs-home@127.0.1.2:7100 --to vault.sqlite
                  vault-orchestrator --config vault.json --restore vault.sqlite
                """)
        @OptionGroup var source: BackupSource
        @Option(help: "Which: vault or configuration-server.") var store = BackedUpStore.vault
        @Option(help: "Its name; the newest without it.") var name: String = ""
        @Option(help: ArgumentHelp("File to write; none may be there.", valueName: "file")) var to: String

        func run() async throws {
            try await Session.run(source.asked) { session in
                let path = absolute(to)
                let files = session.environment.files
                for path in [path, path + ".sha256"] where files.exists(path) {
                    throw Failure(.alreadyExists, "write the backup to \(path): there is a file already")
                }
                let backup = try await fetch(session, path + ".partial", files)
                let fileName = path.split(separator: "/").last.map(String.init) ?? to
                let line = "\(hexadecimal(backup.sha256))  \(fileName)\n"
                try files.replace(path + ".sha256", with: Array(line.utf8))
                try files.rename(path + ".partial", to: path)
                try files.syncDirectory(files.parent(of: path))
                show(printed(backup) + [("file", .text(path))], source.vault.output)
            }
        }

        /// Whole, durable and of its checksum.
        private func fetch(
            _ session: Session, _ path: String, _ files: any FileSystem
        ) async throws -> BackupV1.Backup {
            let file = try files.open(path, .create)
            defer { file.close() }
            try file.truncate(to: 0)
            var (offset, wanted) = (UInt64(0), name)
            var hash = SHA256()
            while true {
                let part = try await session.backups.readBackup(
                    .with {
                        $0.store = store.rawValue
                        $0.name = wanted
                        $0.offset = offset
                    }, CallOptions(timeout: lookTimeout))
                guard let backup = part.backup, part.offset == offset else {
                    throw Failure(.dataCorrupt, "read a backup of store \(store.rawValue): another part was sent")
                }
                // From now on this one, though a newer one be made meanwhile.
                wanted = backup.name
                guard !part.content.isEmpty else {
                    guard hash.finish() == backup.sha256 else {
                        throw Failure(.dataCorrupt, "read backup \(wanted): what came is not what its checksum says")
                    }
                    try file.sync()
                    return backup
                }
                hash.update(part.content)
                try file.write(part.content, at: Int64(offset))
                offset += UInt64(part.content.count)
            }
        }
    }
}

/// What needs a person, line by line.
func backupAlerts(_ report: BackupV1.BackupReport) -> [String] {
    report.stores.flatMap { stored in
        (stored.alert.isEmpty ? [] : ["alert: backups of \(stored.store) at \(stored.keptAt): \(stored.alert)"])
            + stored.damaged.map { "damaged: at \(stored.keptAt): \($0)" }
    }
}

private func age(_ microseconds: UInt64) -> String {
    let seconds = microseconds / 1_000_000
    return switch seconds {
    case ..<180: "\(seconds) s"
    case ..<10_800: "\(seconds / 60) min"
    case ..<259_200: "\(seconds / 3_600) h"
    default: "\(seconds / 86_400) days"
    }
}

private func printed(_ backup: BackupV1.Backup) -> [(String, Printed)] {
    [
        ("backup", .text(backup.name)), ("store", .text(backup.store)),
        ("ageSeconds", .number(Int64(clamping: backup.ageUs / 1_000_000))),
        ("bytes", .number(Int64(clamping: backup.sizeBytes))), ("sha256", .text(hexadecimal(backup.sha256))),
    ] + (backup.incarnation.isEmpty
        ? [] : [("incarnation", .text(backup.incarnation)), ("rows", .number(Int64(clamping: backup.rows)))])
}

private func printed(_ stored: BackupV1.StoreBackups) -> [(String, Printed)] {
    [
        ("store", .text(stored.store)), ("keptAt", .text(stored.keptAt)),
        ("everySeconds", .number(Int64(clamping: stored.everyUs / 1_000_000))), ("keep", .number(Int64(stored.keep))),
        ("alert", .text(stored.alert)), ("unknown", .flag(stored.unknown)),
        ("damaged", .list(stored.damaged.map { .text($0) })),
        ("backups", .list(stored.backups.map { .record(printed($0)) })),
    ]
}
