import API
import Backups
import Contract
import Messages
import Model
import Store

/// Gives the configuration server a copy of each backup: the vault's site may be lost with everything in it.
///
/// Part by part, each under the vault's epoch. Whatever was given before an interruption is not given again.
struct BackupPusher: BackupKeeper {
    let directory: SiteDirectory
    /// The component that this vault is.
    let vault: CommonV1.Endpoint
    let keep: UInt32
    let epoch: @Sendable () -> UInt64

    /// A file has so many parts at most; one that never ends is a bug at the other end.
    private static let mostParts = StoreSnapshot.maximumBytes / Int64(longestPart) + 2

    func keep(_ backup: StoredBackup, _ content: @Sendable (Int64) async throws -> [UInt8]) async throws -> String {
        let server = try directory.configurationEndpoint()
        let client = BackupKeepingClient(try directory.channel(to: server.address))
        let message = BackupV1.Backup(backup, at: UnixMicroseconds(backup.name.createdSeconds * 1_000_000))
        // An empty part asks how much is there.
        var (offset, bytes) = (Int64(0), [UInt8]())
        for _ in 0..<Self.mostParts {
            let part = (offset, bytes)
            let answer = try await asking("copy backup \(backup.name) to \(server.id)") {
                try await client.keepBackup(
                    .with {
                        $0.source = vault
                        $0.backup = message
                        $0.offset = UInt64(part.0)
                        $0.content = part.1
                        $0.keep = keep
                        $0.vaultEpoch = epoch()
                    }, $0)
            }
            if answer.kept { return server.id }
            offset = Int64(clamping: answer.received)
            bytes = try await content(offset)
            guard !bytes.isEmpty else {
                throw Failure(
                    .notFound, "copy backup \(backup.name) to \(server.id): \(offset) of \(backup.size) bytes are "
                        + "there, and it was replaced by newer ones here")
            }
        }
        throw Failure(.internalError, "copy backup \(backup.name) to \(server.id): it takes no end")
    }
}
