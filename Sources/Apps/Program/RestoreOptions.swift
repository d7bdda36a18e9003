public import ArgumentParser
public import Hosting
import Logging

/// `--restore BACKUP`, of programs with a store of record.
public struct RestoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Begin with a backup, where there is no store yet.",
            discussion: "A backup's file with its .sha256 beside it, the name of one in the program's own directory of "
                + "backups, or \"newest\" of those. A store that is there is never replaced.",
            valueName: "backup"))
    public var restore: String?

    @Flag(help: "End when the backup is restored, without serving.")
    public var restoreOnly = false

    public init() {}

    public func validate() throws {
        guard restore != nil || !restoreOnly else { throw ValidationError("--restore-only needs --restore <backup>") }
    }

    /// - Parameter take: restores, and says what.
    /// - Returns: whether the program is to go on.
    public func run(_ context: ServiceContext, _ take: (String) async throws -> String) async throws -> Bool {
        guard let restore else { return true }
        let taken = try await take(restore)
        context.log.notice("store restored", metadata: ["backup": "\(taken)"])
        return !restoreOnly
    }
}
