import API
import Backups
import Contract
import Environment
public import Hosting
import Messages
import Model
import RPC
import Store

/// Backups of the vault's store, and what the configuration server has of both stores.
struct VaultBackups: Sendable {
    let own: StoreBackups
    private let directory: SiteDirectory

    init(_ vault: VaultContext) {
        let settings = vault.settings
        directory = vault.directory
        let pusher = BackupPusher(
            directory: vault.directory, vault: .with {
                $0.id = settings.service.id
                $0.address = settings.service.advertise ?? settings.service.listen
            },
            keep: UInt32((settings.backups ?? BackupSettings()).keep), epoch: { vault.epoch })
        own = StoreBackups(
            StoreBackups.Plan(VaultStore.schema, settings.service, settings.backups, vault.environment),
            vault.store.database, vault.environment, vault.log, keeper: pusher,
            // An old record takes no better copy's place.
            isWorthy: { [reign = vault.reign] in !reign.isRestored })
    }

    /// Name of the other store.
    static let configurationStore = "configuration-server"

    func backUp(_ request: BackupV1.BackUpRequest) async throws -> BackupV1.BackUpResponse {
        guard request.store == Self.configurationStore else {
            try check(request.store)
            return try await own.backUp()
        }
        return try await server("back up its database", Patience.long) { try await $0.backUp(request, $1) }
    }

    /// Its own, and what the configuration server tells; what it cannot tell is unknown, never none.
    func report() async -> BackupV1.BackupReport {
        let mine = await own.report()
        let name = directory.configurationServer?.component.endpoint?.id ?? Self.configurationStore
        let theirs: [BackupV1.StoreBackups]
        do {
            theirs = try await server("list the backups there", Patience.read) {
                try await $0.getBackups(.init(), $1).stores
            }
        } catch {
            theirs = [own.store, Self.configurationStore].map { store in
                .with {
                    $0.store = store
                    $0.keptAt = name
                    $0.unknown = true
                    $0.alert = "unknown: \((error as? Failure)?.message ?? "\(error)")"
                }
            }
        }
        return .with { $0.stores = [mine] + theirs }
    }

    func verify(_ request: BackupV1.VerifyBackupRequest) async throws -> BackupV1.Backup {
        guard request.store == Self.configurationStore else {
            try check(request.store)
            return try await own.verify(request.name)
        }
        return try await server("verify a backup there", Patience.effect) { try await $0.verifyBackup(request, $1) }
    }

    func read(_ request: BackupV1.ReadBackupRequest) async throws -> BackupV1.BackupContent {
        guard request.store == Self.configurationStore else {
            try check(request.store)
            return try await own.read(request)
        }
        return try await server("read a backup there", Patience.effect) { try await $0.readBackup(request, $1) }
    }

    private func check(_ store: String) throws(Failure) {
        guard store.isEmpty || store == own.store else {
            throw Failure(
                .notFound, "find backups of store \"\(store)\": there are those of \(own.store) and "
                    + Self.configurationStore)
        }
    }

    private func server<T: Sendable>(
        _ what: String, _ patience: Duration, _ call: @Sendable (BackupsClient, CallOptions) async throws -> T
    ) async throws -> T {
        let client = BackupsClient(try directory.configuration())
        return try await asking("\(what), at the configuration server", patience) { try await call(client, $0) }
    }
}

/// `homeward.backup.v1.Backups` of the vault.
struct VaultBackupsHandler: BackupsService {
    let backups: VaultBackups

    func backUp(
        _ request: BackupV1.BackUpRequest, _ context: CallContext
    ) async throws -> BackupV1.BackUpResponse {
        try await answering("back up") { try await backups.backUp(request) }
    }

    func getBackups(
        _ request: BackupV1.GetBackupsRequest, _ context: CallContext
    ) async throws -> BackupV1.BackupReport { await backups.report() }

    func verifyBackup(
        _ request: BackupV1.VerifyBackupRequest, _ context: CallContext
    ) async throws -> BackupV1.Backup {
        try await answering("verify a backup") { try await backups.verify(request) }
    }

    func readBackup(
        _ request: BackupV1.ReadBackupRequest, _ context: CallContext
    ) async throws -> BackupV1.BackupContent {
        try await answering("read a backup") { try await backups.read(request) }
    }
}

extension VaultOrchestrator {
    /// Takes a backup into the empty store, before a start. The vault finds itself restored then, and takes the census.
    ///
    /// - Parameter source: the path of a backup's file, the name of one in this vault's own directory, or `newest`.
    /// - Returns: what was taken.
    public static func restore(
        from source: String, _ settings: VaultSettings, _ context: ServiceContext
    ) async throws -> String {
        try await restoreStore(VaultStore.schema, from: source, settings.service, settings.backups, context)
    }
}
