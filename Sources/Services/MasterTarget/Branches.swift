import Blocks
import Contract
import Environment
import Hosting
import Logging
import Messages
import Model
import NBD
import Synchronization
import Tracking

/// The branches of this master target: writable images of points, for drills, each served over NBD at a unix socket on
/// the site's datastore.
///
/// ```
/// drill's machine ── NBD ──► overlay ── blocks never written ──► view of the point ──► undo of newer points, disks
///                              └ what it writes
/// ```
/// What is written lies beside the replica, which never sees it; the point is pinned by who made the branch, and
/// replication applies, seals and prunes around it. Space belongs to replication first: a branch ends, by name, before
/// the reserve is touched.
actor Branches {
    /// One for each item and pin.
    struct Name: Hashable, Comparable, Sendable {
        let item: ItemID
        let pin: String

        static func < (a: Self, b: Self) -> Bool { (a.item, a.pin) < (b.item, b.pin) }
    }

    private struct Branch {
        var message: TargetV1.Branch
        let files: BranchFiles
        /// Empty once it has ended.
        var disks: [OverlayDisk] = []
        var server: NBDServer?
    }

    /// Branches at once, those that ended included: as many drills.
    static let most = 64
    /// How often the space is looked at while nothing is written to a branch.
    private static let look = Duration.milliseconds(500)

    private let keepers: Keepers
    private let root: String
    /// Directories whose space replication lives on.
    private let shared: [String]
    private let reserve: Int64
    private let environment: Environment
    private let log: Logger
    private let lane: any Lane
    private var branches: [Name: Branch] = [:]
    /// Being made or removed.
    private var busy: Set<Name> = []
    private var watch: SpawnedTask?

    init(_ settings: MasterTargetSettings, _ keepers: Keepers, _ context: ServiceContext) {
        self.keepers = keepers
        root = settings.ownerDirectory + "/branches"
        shared = [settings.ownerDirectory, settings.service.stateDirectory]
        reserve = Int64(settings.branchReserveMiB ?? 256) << 20
        environment = context.environment
        log = context.log
        lane = context.environment.lanes.lane("branches")
    }

    // MARK: Life

    /// Serves again what was served before; what cannot be is named as ended.
    func begin() async throws {
        let found = try await lane.run { [root, files = environment.files] in
            guard files.exists(root) else { return [(BranchFiles, TargetV1.Branch)]() }
            return try files.list(root).compactMap { name in
                let own = BranchFiles(directory: "\(root)/\(name)", files: files)
                guard let message = try own.load() else {
                    try own.remove()
                    return nil
                }
                return (own, message)
            }
        }
        for (files, message) in found {
            let name = Name(item: try ItemID(message.item), pin: message.id)
            branches[name] = Branch(message: message, files: files)
            guard message.ended.isEmpty else { continue }
            do { try await serve(name) { try files.open(over: $0) } } catch {
                await end(name, "it could not be served again: \(error)")
            }
        }
        watch = environment.tasks.spawn("branch space") { await self.watchSpace() }
    }

    func stop() async {
        watch?.cancel()
        await watch?.finished()
        for name in branches.keys.sorted() { await close(name) }
    }

    // MARK: What the vault asks for

    func create(_ name: Name, point: UInt64) async throws -> TargetV1.Branch {
        guard !busy.contains(name) else {
            throw Failure(.busy, "branch item \(name.item): \(name.pin) is making one already", on: [.item(name.item)])
        }
        if let known = branches[name] {
            guard known.message.point == point else {
                throw Failure(
                    .alreadyExists, "branch item \(name.item): \(name.pin) has one of point \(known.message.point)",
                    on: [.item(name.item)])
            }
            return message(known)
        }
        guard branches.count < Self.most else {
            throw Failure(.limitReached, "branch item \(name.item): \(Self.most) branches are here already")
        }
        busy.insert(name)
        defer { busy.remove(name) }
        let status = try await keepers.keeper(name.item).status()
        let pinned = status.points.first { $0.number == point && $0.pins.contains(name.pin) }
        guard let pinned else {
            throw Failure(
                .notFound, "branch item \(name.item): point \(point) is none that \(name.pin) pinned",
                on: [.item(name.item)])
        }
        guard pinned.isApplied, status.condition == .settled else {
            throw Failure(
                .busy, "branch item \(name.item): point \(point) is not applied yet, or the disks are not here",
                on: [.item(name.item)])
        }
        guard try await lane.run({ [self] in try room() > 0 }) else {
            throw Failure(
                .noSpace, "branch item \(name.item): of the space, \(reserve >> 20) MiB are kept for replication",
                on: [.item(name.item)])
        }
        let files = BranchFiles(directory: "\(root)/\(Self.directory(name))", files: environment.files)
        let disks = pinned.message(of: status.disks).disks
        let message = TargetV1.Branch.with {
            $0.id = name.pin
            $0.item = name.item.text
            $0.point = point
            $0.disks = disks
            $0.socket = files.socket
        }
        try await lane.run { try files.remove() }
        branches[name] = Branch(message: message, files: files)
        do {
            try await serve(name) { try files.create(over: $0) }
            environment.failpoints.reach("master-target.branch.served")
            try await lane.run { try files.store(message) }
        } catch {
            await close(name)
            branches[name] = nil
            try? await lane.run { try files.remove() }
            throw Failure(replica: error, "branch point \(point)", name.item)
        }
        log.info("branch made", metadata: ["item": "\(name.item)", "branch": "\(name.pin)", "point": "\(point)"])
        return message
    }

    func branch(_ name: Name) throws(Failure) -> TargetV1.Branch {
        guard let branch = branches[name] else {
            throw Failure(
                .notFound, "find branch \(name.pin) of item \(name.item): there is none here", on: [.item(name.item)])
        }
        return message(branch)
    }

    func delete(_ name: Name) async throws {
        guard let branch = branches[name] else { return }
        guard busy.insert(name).inserted else {
            throw Failure(.busy, "remove branch \(name.pin): it is being removed already", on: [.item(name.item)])
        }
        defer { busy.remove(name) }
        await close(name)
        do { try await lane.run { try branch.files.remove() } } catch {
            throw Failure(replica: error, "remove branch \(name.pin)", name.item)
        }
        branches[name] = nil
        log.info("branch removed", metadata: ["item": "\(name.item)", "branch": "\(name.pin)"])
    }

    /// What moves or deletes the replica takes the view away.
    func endAll(of item: ItemID, _ cause: String) async {
        for name in branches.keys.sorted() where name.item == item { await end(name, cause) }
    }

    func deleteAll(of item: ItemID) async throws {
        for name in branches.keys.sorted() where name.item == item { try await delete(name) }
    }

    /// A pin under a branch is the branch's to keep.
    func refusePinned(_ item: ItemID, _ pin: String) throws(Failure) {
        guard branches[Name(item: item, pin: pin)] == nil else {
            throw Failure(
                .operationNotAllowed, "unpin \(pin): a branch stands on its point; remove that first",
                on: [.item(item)])
        }
    }

    // MARK: Serving

    /// A socket's path has at most 107 bytes.
    private static func directory(_ name: Name) -> String {
        String(checksum64(Array("\(name.item)/\(name.pin)".utf8), seed: 0), radix: 16)
    }

    private func serve(
        _ name: Name, _ overlays: @escaping @Sendable ([PointDisk]) throws -> [OverlayDisk]
    ) async throws {
        guard let branch = branches[name] else { return }
        let keeper = try await keepers.keeper(name.item)
        let message = branch.message
        let (files, socket) = (branch.files.files, branch.files.socket)
        let disks = try await lane.run { [holder = keeper.holder] in
            let points = message.disks.map { disk in
                PointDisk(holder, point: message.point, disk: Int(disk.index), size: Int64(disk.bytes))
            }
            if files.exists(socket) { try files.remove(socket) }
            return try overlays(points)
        }
        branches[name]?.disks = disks
        let exports = export(name, message, disks, keeper)
        let listener = try await environment.network.listen(.unix(path: socket))
        let server = await NBDServer.serve(
            listener: listener, exports: { exports[$0] }, list: { exports.keys.sorted() }, environment: environment)
        branches[name]?.server = server
    }

    private func export(
        _ name: Name, _ message: TargetV1.Branch, _ disks: [OverlayDisk], _ keeper: Keeper
    ) -> [String: any BlockExport] {
        let lane = environment.lanes.lane("branch \(name.pin)")
        let tasks = environment.tasks
        let failed: @Sendable (String) -> Void = { cause in
            tasks.spawn("end branch") { await self.end(name, cause) }
        }
        let admit: @Sendable (Int) throws -> Void = { [self] bytes in
            guard bytes > 0, try room() < Int64(bytes) else { return }
            failed(starved)
            throw NBDError.noSpace
        }
        var exports: [String: any BlockExport] = [:]
        for (disk, overlay) in zip(message.disks, disks) {
            exports[disk.id] = BranchExport(disk: overlay, lane: lane, keeper: keeper, admit: admit, failed: failed)
        }
        return exports
    }

    private func close(_ name: Name) async {
        guard let branch = branches[name] else { return }
        branches[name]?.server = nil
        branches[name]?.disks = []
        await branch.server?.close()
        for disk in branch.disks { disk.close() }
    }

    /// Named, and without its space; it stays until it is deleted.
    private func end(_ name: Name, _ cause: String) async {
        guard let branch = branches[name], branch.message.ended.isEmpty else { return }
        branches[name]?.message.ended = cause
        log.warning("BRANCH_ENDED", metadata: ["item": "\(name.item)", "branch": "\(name.pin)", "cause": "\(cause)"])
        await close(name)
        let ended = branch.message.changed { $0.ended = cause }
        do {
            try await lane.run {
                // The space first: the record may need some of it.
                try branch.files.removeContent()
                try branch.files.store(ended)
            }
        } catch {
            log.error("an ended branch is not put away", metadata: ["branch": "\(name.pin)", "error": "\(error)"])
        }
    }

    private func message(_ branch: Branch) -> TargetV1.Branch {
        branch.message.changed { $0.writtenBlocks = UInt64(branch.disks.reduce(0) { $0 + $1.changedBlocks.count }) }
    }

    // MARK: Space

    private nonisolated var starved: String { "less than \(reserve >> 20) MiB were left for replication" }

    /// Bytes that branches may still take. Blocks: on a lane.
    private nonisolated func room() throws -> Int64 {
        var free = Int64.max
        for path in shared { free = min(free, try environment.files.freeBytes(path)) }
        return free - reserve
    }

    private func watchSpace() async {
        while !Task.isCancelled {
            let serving = branches.filter { $0.value.server != nil }.keys.sorted()
            if !serving.isEmpty, let left = try? await lane.run({ [self] in try room() }), left <= 0 {
                for name in serving { await end(name, starved) }
            }
            do { try await environment.clock.sleep(for: Self.look) } catch { return }
        }
    }
}
