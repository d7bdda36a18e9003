public import Environment
public import Hosting
public import Logging
public import Messages
public import Model
public import Store

/// Who keeps a second copy of each backup.
public protocol BackupKeeper: Sendable {
    /// Gives a backup away, whole.
    /// - Parameter content: bytes of its file from an offset; empty at the end.
    /// - Returns: the id of the component that keeps it now.
    func keep(_ backup: StoredBackup, _ content: @Sendable (Int64) async throws -> [UInt8]) async throws -> String
}

/// The backups of a component's own store: made on a schedule and when asked, kept, told of. What is overdue or failed
/// is an alert, in the log when it begins and in every report while it lasts.
public actor StoreBackups {
    public struct Plan: Sendable {
        /// What the backups are of.
        public let schema: Schema
        let every: Duration
        let folder: BackupFolder
        let component: String

        public init(
            _ schema: Schema, _ service: ServiceSettings, _ settings: BackupSettings?, _ environment: Environment
        ) {
            let settings = settings ?? BackupSettings()
            self.schema = schema
            component = service.id
            every = .seconds(settings.everySeconds)
            folder = BackupFolder(
                settings.directory(of: service), store: schema.store, keep: settings.keep, files: environment.files,
                failpoints: environment.failpoints)
        }
    }

    private let plan: Plan
    private let database: StoreDatabase
    private let environment: Environment
    private let lane: any Lane
    private let log: Logger
    private let address: @Sendable (RestoredAside) throws -> String
    private let keeper: (any BackupKeeper)?
    /// False while nothing of this store is worth a place among the backups.
    private let isWorthy: @Sendable () -> Bool

    private let began: MonotonicInstant
    /// When the newest one was made, on this process's clock; nil while none is known.
    private var newest: MonotonicInstant?
    private var due: MonotonicInstant
    private var isKnown = false
    private var isMaking = false
    private var failure: String?
    private var owed: StoredBackup?
    private var isPushing = false
    private var pushFailure: String?
    private var told = ""
    private var task: SpawnedTask?

    /// After a failure it is tried again this soon, or when the next is due.
    private static let retry: Duration = .seconds(60)
    /// The first one of a store that has none, after a start; in its first minutes little is in it.
    private static let first: Duration = .seconds(300)
    /// Between two looks at what is due; a schedule that is shorter is looked at that often.
    private static let look: Duration = .seconds(60)

    /// - Parameters:
    ///   - address: what a backup says of the address that its component had; empty where that does not matter.
    ///   - keeper: gets a copy of each.
    public init(
        _ plan: Plan, _ database: StoreDatabase, _ environment: Environment, _ log: Logger,
        keeper: (any BackupKeeper)? = nil, isWorthy: @escaping @Sendable () -> Bool = { true },
        address: @escaping @Sendable (RestoredAside) throws -> String = { _ in "" }
    ) {
        self.plan = plan
        self.database = database
        self.environment = environment
        self.log = log
        self.keeper = keeper
        self.isWorthy = isWorthy
        self.address = address
        lane = environment.lanes.lane("backups of \(plan.schema.store)")
        began = environment.clock.now()
        due = began + min(plan.every, Self.first)
    }

    public nonisolated var store: String { plan.schema.store }

    // MARK: Schedule

    public func start() {
        task = environment.tasks.spawn("backups of \(store)") { [self] in
            while !Task.isCancelled {
                do { try await environment.clock.sleep(for: min(plan.every, Self.look)) } catch { return }
                await round()
            }
        }
    }

    public func stop() async {
        let task = task
        self.task = nil
        task?.cancel()
        await task?.finished()
    }

    private func round() async {
        await learn()
        if isWorthy() {
            if environment.clock.now() >= due { _ = try? await make() }
            await push()
        }
        tell()
    }

    /// What an earlier run of this process left, once.
    private func learn() async {
        guard !isKnown else { return }
        let listing = try? await lane.run { [folder = plan.folder] in try folder.list() }
        guard let listing, !isKnown else { return }
        isKnown = true
        guard newest == nil, let last = listing.backups.first else { return }
        let age = max(0, environment.clock.wallNow().microseconds / 1_000_000 - last.name.createdSeconds)
        let made = environment.clock.now() + .seconds(-age)
        newest = made
        // By a clock that was set back it may be of the future: one is due after the usual time at the latest.
        due = made + plan.every
        owed = last
    }

    // MARK: Making

    /// Makes one now, and gives a copy away.
    public func backUp() async throws -> BackupV1.BackUpResponse {
        await learn()
        let backup = try await make()
        await push()
        tell()
        return .with {
            $0.backup = backup
            guard keeper != nil else { return }
            $0.pushedTo = owed == nil ? keptAt : ""
            $0.notPushed = owed == nil ? "" : pushFailure ?? "another copy is under way; this one follows it"
        }
    }

    private var keptAt = ""

    private func make() async throws -> BackupV1.Backup {
        guard !isMaking else { throw Failure(.busy, "back up store \(store): a backup of it is being made") }
        isMaking = true
        defer { isMaking = false }
        do {
            let snapshot = try await database.snapshot()
            let now = environment.clock.wallNow()
            let taken = environment.clock.now()
            let (backup, message) = try await lane.run { [folder = plan.folder, address] in
                let (backup, aside) = try folder.write(snapshot, at: now)
                let message = BackupV1.Backup(
                    backup, aside.content, address: try address(aside), at: UnixMicroseconds(now.microseconds))
                return (backup, message)
            }
            newest = taken
            due = taken + plan.every
            failure = nil
            owed = backup
            log.info(
                "store backed up",
                metadata: ["backup": "\(backup.name)", "bytes": "\(backup.size)", "rows": "\(message.rows)"])
            return message
        } catch {
            failure = (error as? Failure)?.message ?? "\(error)"
            due = environment.clock.now() + min(plan.every, Self.retry)
            log.error("store not backed up", metadata: ["store": "\(store)", "error": "\(error)"])
            throw error
        }
    }

    private func push() async {
        guard let keeper, let backup = owed, !isPushing else { return }
        isPushing = true
        defer { isPushing = false }
        do {
            keptAt = try await keeper.keep(backup) { [lane, folder = plan.folder] offset in
                try await lane.run { try folder.read(backup, at: offset, length: longestPart) }
            }
            pushFailure = nil
            if owed == backup { owed = nil }
            log.info("copy of a backup is kept", metadata: ["backup": "\(backup.name)", "at": "\(keptAt)"])
        } catch {
            pushFailure = (error as? Failure)?.message ?? "\(error)"
            log.warning("no copy of a backup is kept", metadata: ["backup": "\(backup.name)", "error": "\(error)"])
        }
    }

    // MARK: Telling

    /// Why these backups need a person; empty while all is well. And the age of the newest, microseconds; 0 for none.
    public func health() async -> (alert: String, newestAgeUs: UInt64) {
        await learn()
        let age = newest.map { environment.clock.now() - $0 }
        return (alert(), age.map { UInt64(max(1, $0.inMicroseconds)) } ?? 0)
    }

    /// One may be late by a period: a slow disk or a short outage is no alarm.
    private func alert() -> String {
        var parts: [String] = []
        let now = environment.clock.now()
        if now - (newest ?? began) > plan.every * 2 {
            let last = newest.map { "the newest backup is \(Self.text(now - $0)) old" } ?? "there is no backup"
            parts.append("overdue: \(last), and one is due every \(Self.text(plan.every))")
        }
        if let failure { parts.append("the last one failed: \(failure)") }
        if let pushFailure { parts.append("the newest has no second copy: \(pushFailure)") }
        return parts.joined(separator: "; ")
    }

    private static func text(_ duration: Duration) -> String {
        let seconds = duration.inMicroseconds / 1_000_000
        return switch seconds {
        case ..<180: "\(seconds) s"
        case ..<10_800: "\(seconds / 60) min"
        default: "\(seconds / 3_600) h"
        }
    }

    /// In the log once, when it begins and when it ends; its words change with time.
    private func tell() {
        let alert = alert()
        defer { told = alert }
        if told.isEmpty, !alert.isEmpty {
            log.critical("BACKUP_ALERT", metadata: ["store": "\(store)", "alert": "\(alert)"])
        } else if !told.isEmpty, alert.isEmpty {
            log.notice("backups are as they should be again", metadata: ["store": "\(store)"])
        }
    }

    public func report() async -> BackupV1.StoreBackups {
        await learn()
        let now = UnixMicroseconds(environment.clock.wallNow().microseconds)
        let listing: Result<BackupFolder.Listing, any Error>
        do { listing = .success(try await lane.run { [folder = plan.folder] in try folder.list() }) } catch {
            listing = .failure(error)
        }
        let alert = alert()
        return .with {
            $0.store = store
            $0.keptAt = plan.component
            $0.everyUs = UInt64(plan.every.inMicroseconds)
            $0.keep = UInt32(plan.folder.keep)
            $0.alert = alert
            switch listing {
            case .success(let found):
                $0.backups = found.backups.map { BackupV1.Backup($0, at: now) }
                $0.damaged = found.damaged
            case .failure(let error):
                $0.unknown = true
                let why = (error as? Failure)?.message ?? "\(error)"
                $0.alert = alert.isEmpty ? why : "\(alert); \(why)"
            }
        }
    }

    // MARK: Reading

    /// Restores one aside once more.
    public func verify(_ name: String) async throws -> BackupV1.Backup {
        let now = UnixMicroseconds(environment.clock.wallNow().microseconds)
        return try await lane.run { [plan, address] in
            let backup = try plan.folder.find(name)
            let aside = try plan.folder.verify(backup, as: plan.schema)
            return BackupV1.Backup(backup, aside.content, address: try address(aside), at: now)
        }
    }

    public func read(_ request: BackupV1.ReadBackupRequest) async throws -> BackupV1.BackupContent {
        let now = UnixMicroseconds(environment.clock.wallNow().microseconds)
        return try await lane.run { [folder = plan.folder] in try folder.part(request, at: now) }
    }
}

extension BackupFolder {
    /// The part of a backup that is asked for.
    public func part(
        _ request: BackupV1.ReadBackupRequest, at now: UnixMicroseconds
    ) throws -> BackupV1.BackupContent {
        let backup = try find(request.name)
        let offset = Int64(clamping: request.offset)
        let content = try read(backup, at: offset, length: partLength(request.length))
        return .with {
            $0.backup = BackupV1.Backup(backup, at: now)
            $0.offset = request.offset
            $0.content = content
        }
    }
}
