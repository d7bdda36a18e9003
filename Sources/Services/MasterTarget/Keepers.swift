import Contract
import Environment
import Hosting
import IntervalFrames
import Messages
import Model
import Receivers
import Replicas
import RPC

/// The replicas of a master target, by item.
actor Keepers {
    private let settings: MasterTargetSettings
    private let receiver: ReceiverStore
    private let context: ServiceContext
    private var keepers: [ItemID: Keeper] = [:]
    private let lane: any Lane
    private var adopting: Set<ItemID> = []
    /// Rung when an interval of any replica is sealed.
    nonisolated let sealed = Bell()

    /// Replicas held at once.
    static let most = 256
    /// Told with a heartbeat.
    static let mostFindings = 16
    /// About what the largest interval has that a source sends without sweeps.
    private let room = ContentRoom(bytes: 64 << 20)

    private var retentions: RetentionTable { RetentionTable(database: receiver.database) }

    private var root: String { settings.service.stateDirectory + "/replicas" }

    private var lost: LostRecords {
        LostRecords(root: settings.service.stateDirectory + "/lost-replicas", files: context.environment.files)
    }

    static func open(
        _ settings: MasterTargetSettings, _ receiver: ReceiverStore, _ context: ServiceContext
    ) async throws -> Keepers {
        let keepers = Keepers(settings, receiver, context)
        try await keepers.recover()
        return keepers
    }

    private init(_ settings: MasterTargetSettings, _ receiver: ReceiverStore, _ context: ServiceContext) {
        self.settings = settings
        self.receiver = receiver
        self.context = context
        lane = context.environment.lanes.lane("replicas")
    }

    /// A replica that cannot be opened keeps its place and says why; the others are served.
    private func recover() async throws {
        let names = try await lane.run { [root, files = context.environment.files] in
            try files.createDurably(root)
            return try files.list(root)
        }
        for name in names {
            guard let item = try? ItemID(name) else { continue }
            let keeper = try await make(item)
            do {
                try await keeper.begin()
            } catch {
                // An adoption that did not come about is asked for again.
                if error.code == .notFound, try await !hasMetadata(item) { continue }
                context.log.error("a replica cannot be opened", metadata: ["item": "\(item)", "error": "\(error)"])
            }
            keepers[item] = keeper
        }
        await tidyLost()
    }

    /// Whatever of it cannot be done stands in nobody's way.
    private func tidyLost() async {
        do {
            for item in try await lane.run({ [lost] in try lost.items() }) {
                let hasBegun = if let keeper = keepers[item] { (try? await keeper.status()) != nil } else { false }
                let now = context.environment.clock.wallNow()
                try await lane.run { [lost] in
                    if hasBegun { try lost.reduce(item) }
                    try lost.expire(item, at: now)
                }
            }
        } catch { context.log.warning("lost replicas are not tidied up", metadata: ["error": "\(error)"]) }
    }

    private func hasMetadata(_ item: ItemID) async throws -> Bool {
        try await lane.run { [path = root + "/" + item.text, files = context.environment.files] in
            try files.list(path).contains { $0.hasPrefix("metadata-") }
        }
    }

    private func make(_ item: ItemID) async throws -> Keeper {
        Keeper(
            item, directory: root + "/" + item.text, settings: settings,
            assignment: try await receiver.assignment(of: item), retention: try await retentions.retention(of: item),
            sealed: sealed, room: room, environment: context.environment, log: context.log)
    }

    func stop() async {
        for keeper in keepers.sorted(by: { $0.key < $1.key }).map(\.value) { await keeper.stop() }
    }

    // MARK: - By item

    func keeper(_ item: ItemID) throws(Failure) -> Keeper {
        guard let keeper = keepers[item] else {
            let code: ErrorCode = adopting.contains(item) ? .busy : .notFound
            throw Failure(code, "find the replica of item \(item): there is none here", on: [.item(item)])
        }
        return keeper
    }

    var items: [ItemID] { keepers.keys.sorted() }

    func adopt(
        _ item: ItemID, _ disks: [DiskDescription], under generation: Generation?, blank: Bool, anew: Bool,
        cut: WallInstant
    ) async throws -> TargetV1.AdoptReplicaResponse {
        guard adopting.insert(item).inserted else {
            throw Failure(.busy, "adopt the disks of item \(item): that is under way; ask again", on: [.item(item)])
        }
        defer { adopting.remove(item) }
        guard keepers[item] != nil || keepers.count < Self.most else {
            throw Failure(.limitReached, "adopt the disks of item \(item): \(Self.most) replicas are here already")
        }
        let fence = try await fence(of: item, generation)
        let (keeper, found) =
            anew
            ? try await adoptAnew(item, disks, under: fence)
            : try await adopt(item, disks, under: fence, blank: blank, cut: cut)
        await keeper.forgetScrub()
        keepers[item] = keeper
        try await keeper.begin()
        let replica = try await keeper.message()
        return .with {
            $0.replica = replica
            $0.disks = found.map(\.message)
        }
    }

    private func adopt(
        _ item: ItemID, _ disks: [DiskDescription], under fence: Generation?, blank: Bool, cut: WallInstant
    ) async throws -> (Keeper, [FoundDisk]) {
        let keeper = if let known = keepers[item] { known } else { try await make(item) }
        await keeper.settle()
        return (keeper, try await keeper.adopt(disks, under: fence, blank: blank, cut: cut))
    }

    /// What is on record of the item's replica is set aside, and its disks are taken as they are. All of them are
    /// looked at before anything is moved; when they cannot be taken after all, everything is as it was.
    private func adoptAnew(
        _ item: ItemID, _ disks: [DiskDescription], under fence: Generation?
    ) async throws -> (Keeper, [FoundDisk]) {
        let (known, records) = (keepers[item], root + "/" + item.text)
        let looker = if let known { known } else { try await make(item) }
        let left = try await looker.left(of: disks)
        let number = fence?.number ?? 0
        if let known, try await lane.run({ [lost] in try lost.holds(item, under: number) }),
            (try? await known.message()) != nil
        {
            // It came about, and the answer was lost.
            return (known, left.found ?? [])
        }
        await known?.abandon()
        keepers[item] = nil
        let now = context.environment.clock.wallNow()
        let place = try await lane.run { [lost] in try lost.take(records, of: item, under: number, at: now) }
        let keeper = try await make(item)
        do { try await keeper.adopt(left, under: fence) } catch {
            await keeper.stop()
            try await lane.run { [lost] in try lost.putBack(place, to: records) }
            guard known != nil else { throw error }
            let former = try await make(item)
            keepers[item] = former
            // What it lacks it says to whoever asks.
            try? await former.begin()
            throw error
        }
        try await lane.run { [lost] in try lost.reduce(item) }
        if let place {
            context.log.warning(
                "a lost replica's records are set aside", metadata: ["item": "\(item)", "to": "\(place)"])
        }
        return (keeper, left.found ?? [])
    }

    /// Disks are adopted before the first assignment of an item here, and again under one that others know already: a
    /// generation may be missing or new, but never behind the one assigned.
    private func fence(of item: ItemID, _ generation: Generation?) async throws -> Generation? {
        guard let assigned = try await receiver.assignment(of: item)?.generation else { return generation }
        guard let generation, generation.number > assigned.number else {
            switch generation.map({ judge(stored: assigned, incoming: $0, isAssign: false) }) ?? .accept {
            case .accept, .unknown: return assigned
            case .stale, .conflict:
                throw Failure(
                    generation?.number == assigned.number ? .generationConflict : .staleGeneration,
                    "adopt the disks of item \(item): assigned here is \(assigned)", on: [.item(item)])
            }
        }
        return generation
    }

    func forget(_ item: ItemID) async throws {
        guard let keeper = keepers[item] else { return }
        do { try await keeper.forget() } catch let failure as Failure where failure.code == .notFound {
            // Its disks are somebody else's by now, or gone.
            await keeper.abandon()
        }
        keepers[item] = nil
        try await retentions.forget(item)
        let directory = root + "/" + item.text
        try await lane.run { [files = context.environment.files] in
            guard files.exists(directory) else { return }
            for name in try files.list(directory) { try files.remove(directory + "/" + name) }
            try files.remove(directory)
        }
    }

    /// Durable before anything goes by it.
    func setRetention(_ new: SetRetention, of item: ItemID) async throws {
        let keeper = try keeper(item)
        await keeper.keepPoints(by: try await retentions.set(new, of: item))
    }

    func obey(_ assignment: Assignment) async throws {
        guard !adopting.contains(assignment.item) else {
            throw Failure(
                .busy, "assign item \(assignment.item): its disks are being adopted; ask again",
                on: [.item(assignment.item)])
        }
        try await keepers[assignment.item]?.obey(assignment)
    }

    /// Of replicas that cannot go on.
    func findings() async -> [CommonV1.HealthFinding] {
        var found: [CommonV1.HealthFinding] = []
        for keeper in keepers.sorted(by: { $0.key < $1.key }).map(\.value) {
            guard let trouble = await keeper.trouble else { continue }
            found.append(
                .with {
                    $0.subject = "replica \(keeper.item)"
                    $0.state = .critical
                    $0.cause = trouble
                })
        }
        return found
    }

    func figures() async -> [String: UInt64] {
        var disks = 0
        for keeper in keepers.sorted(by: { $0.key < $1.key }).map(\.value) { disks += await keeper.attachedDisks }
        let free = try? await lane.run { [settings, files = context.environment.files] in
            try files.freeBytes(settings.service.stateDirectory)
        }
        var figures = [
            "replicas": UInt64(keepers.count), "attached_disks": UInt64(disks), "free_bytes": UInt64(max(0, free ?? 0)),
        ]
        let now = context.environment.clock.now()
        if let lost = try? await lane.run({ [lost] in try lost.items() }), !lost.isEmpty {
            figures["lost_replicas_kept"] = UInt64(lost.count)
        }
        for keeper in keepers.values { figures["set_aside_bytes", default: 0] += await keeper.setAsideBytes }
        for (item, keeper) in keepers {
            let age = await keeper.scrubbed.map { now - $0.at }
            figures["replica_\(item)_scrubbed_us"] = age.map { UInt64(max(0, $0.inMicroseconds)) } ?? .max
        }
        return figures
    }
}
