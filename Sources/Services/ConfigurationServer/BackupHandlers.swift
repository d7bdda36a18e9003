import API
import Backups
import Contract
import Environment
import Hosting
import Messages
import Model
import RPC
import Receivers
import Store

/// Copies of the vault's backups, that outlive the vault and its site.
struct KeptBackups: Sendable {
    static let store = "vault"

    private let settings: BackupSettings
    private let directory: String
    private let environment: Environment
    private let lane: any Lane

    init(_ service: ServiceSettings, _ settings: BackupSettings?, _ environment: Environment) {
        self.settings = settings ?? BackupSettings()
        // Beside this server's own ones: their names begin otherwise.
        directory = self.settings.directory(of: service)
        self.environment = environment
        lane = environment.lanes.lane("backups of the vault")
    }

    private var now: UnixMicroseconds { UnixMicroseconds(environment.clock.wallNow().microseconds) }

    private func folder(keep: Int) -> BackupFolder {
        BackupFolder(
            directory, store: Self.store, keep: keep, files: environment.files, failpoints: environment.failpoints)
    }

    func run<T: Sendable>(_ body: @escaping @Sendable (BackupFolder, UnixMicroseconds) throws -> T) async throws -> T {
        let (folder, now) = (folder(keep: settings.keep), now)
        return try await lane.run { try body(folder, now) }
    }

    func take(_ part: BackupFolder.Part, keep: UInt32) async throws -> (received: Int64, kept: Bool) {
        let folder = folder(keep: Int(keep))
        return try await lane.run { try folder.take(part) }
    }
}

/// `homeward.backup.v1.Backups` of the configuration server: its own backups, and the copies that it keeps.
struct BackupsHandler: BackupsService {
    let own: StoreBackups
    let kept: KeptBackups
    let component: String
    let environment: Environment

    func backUp(
        _ request: BackupV1.BackUpRequest, _ context: CallContext
    ) async throws -> BackupV1.BackUpResponse {
        try await answering("back up the configuration database") {
            guard request.store.isEmpty || request.store == own.store else {
                throw Failure(.invalidArgument, "back up store \(request.store): this is the configuration server")
            }
            return try await own.backUp()
        }
    }

    func getBackups(
        _ request: BackupV1.GetBackupsRequest, _ context: CallContext
    ) async throws -> BackupV1.BackupReport {
        try await answering("list backups") {
            let own = await own.report()
            var copies = BackupV1.StoreBackups.with {
                $0.store = KeptBackups.store
                $0.keptAt = component
            }
            do {
                let (listing, now) = try await kept.run { (try $0.list(), $1) }
                copies.backups = listing.backups.map { BackupV1.Backup($0, at: now) }
                copies.damaged = listing.damaged
            } catch {
                copies.unknown = true
                copies.alert = (error as? Failure)?.message ?? "\(error)"
            }
            return .with { $0.stores = [own, copies] }
        }
    }

    func verifyBackup(
        _ request: BackupV1.VerifyBackupRequest, _ context: CallContext
    ) async throws -> BackupV1.Backup {
        try await answering("verify a backup of store \(request.store)") {
            guard request.store == KeptBackups.store else {
                try check(request.store)
                return try await own.verify(request.name)
            }
            // The vault's tables are its own to judge, when it takes the backup in.
            return try await kept.run { folder, now in
                let backup = try folder.find(request.name)
                let aside = try folder.verify(backup, as: nil)
                return BackupV1.Backup(backup, aside.content, address: "", at: now)
            }
        }
    }

    func readBackup(
        _ request: BackupV1.ReadBackupRequest, _ context: CallContext
    ) async throws -> BackupV1.BackupContent {
        try await answering("read a backup of store \(request.store)") {
            guard request.store == KeptBackups.store else {
                try check(request.store)
                return try await own.read(request)
            }
            return try await kept.run { folder, now in try folder.part(request, at: now) }
        }
    }

    private func check(_ store: String) throws(Failure) {
        guard store.isEmpty || store == own.store else {
            throw Failure(.notFound, "find backups of store \"\(store)\": there are those of \(own.store) and vault")
        }
    }
}

/// `homeward.backup.v1.BackupKeeping`.
struct BackupKeepingHandler: BackupKeepingService {
    let kept: KeptBackups
    let receiver: ReceiverStore

    func keepBackup(
        _ request: BackupV1.KeepBackupRequest, _ context: CallContext
    ) async throws -> BackupV1.KeepBackupResponse {
        try await answering("keep a backup of the vault") {
            try checkIdentity(of: context, as: request.source, "keep a backup of")
            guard request.content.count <= longestPart else {
                throw Failure(.invalidArgument, "keep a backup: a part has at most \(longestPart) bytes")
            }
            let backup = try (request.backup ?? .init()).stored(of: KeptBackups.store)
            guard (1...UInt32(BackupFolder.mostKept)).contains(request.keep), request.vaultEpoch > 0 else {
                throw Failure(
                    .invalidArgument, "keep backup \(backup.name): say how many are kept, up to "
                        + "\(BackupFolder.mostKept), and the vault's epoch")
            }
            // A vault that was succeeded leaves no old record as the newest copy (rule G10).
            try await receiver.database.write("keep-backup") { transaction in
                try receiver.admit(epoch: request.vaultEpoch, in: transaction)
            }
            let part = BackupFolder.Part(
                backup: backup, offset: Int64(clamping: request.offset), content: request.content)
            let (received, isKept) = try await kept.take(part, keep: request.keep)
            return .with {
                $0.received = UInt64(received)
                $0.kept = isKept
            }
        }
    }
}
