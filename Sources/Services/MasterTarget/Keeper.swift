import Blocks
import Contract
import Environment
import IntervalFrames
import Logging
import Messages
import Model
import Replicas

/// One item's replica: its lane, its stream, its applier.
///
/// Everything that touches disks or metadata runs on the item's lane, one thing after another; between items nothing
/// waits. A sealed interval is answered at once and applied behind it.
actor Keeper {
    let item: ItemID
    let environment: Environment
    let log: Logger
    let lane: any Lane
    /// Chunks are opened on it.
    let openLane: any Lane
    let holder: Holder
    /// Which points are kept where the vault says nothing else.
    let setup: TargetV1.Retention
    /// Its disks are read back again so long after they were.
    let scrubIntervalUs: UInt64
    var retentionSet: SetRetention?
    let ownerDirectories: [String]
    /// Rung when something changes that a caller may wait for.
    let bell = Bell()
    /// Rung when an interval of any replica is sealed.
    let sealed: Bell

    var stream: Stream?
    var nextStream: UInt64 = 1
    private(set) var last: ReplicaStatus?
    private var isMoving = false
    private var changes: UInt64 = 0
    private var answeredChanges: UInt64 = 0
    var receivedBytes: UInt64 = 0
    var appliedBlocks: UInt64 = 0
    /// nil until all disks were read back since this replica was opened or adopted.
    var scrubbed: Scrubbed?
    var adoptions = 0
    /// Beside the disks, as was last seen; 0 while they are handed over.
    var setAsideBytes: UInt64 = 0
    private var applier: SpawnedTask?
    private var applyAgain = false
    private var syncer: SpawnedTask?
    /// Why intervals are not taken, and why sealed ones are not applied; nil while they are.
    var takeTrouble: String?
    private var applyTrouble: String?
    /// Why points that are over the retention stay.
    var pruneTrouble: String?

    var trouble: String? {
        let all = [takeTrouble, applyTrouble, pruneTrouble, damage].compactMap { $0 }
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    /// What is lost of the newest point: until the source has sent it again, in an interval of its own.
    var damage: String? {
        guard let newest = last?.points.last(where: { $0.isApplied && $0.name.isEmpty }), !newest.damage.isEmpty else {
            return nil
        }
        return "point \(newest.id.number) is damaged: \(newest.damage)"
    }
    private(set) var isStopping = false

    /// After an apply that failed (no space, a file system's error) it is tried again so much later.
    private static let applyPause: Duration = .seconds(2)
    /// The disks are synced at the latest so long after an interval was applied to them.
    private static let syncDelay: Duration = .seconds(3)

    /// The stream that is served now.
    struct Stream {
        let number: UInt64
        let generation: Model.Generation
        let incarnation: UInt64
        let geometries: [DiskGeometry]
        let outbox: Outbox<ReplicationV1.TargetFrame>
    }

    init(
        _ item: ItemID, directory: String, settings: MasterTargetSettings, assignment: Assignment?,
        retention: SetRetention?, sealed: Bell, room: ContentRoom, environment: Environment, log: Logger
    ) {
        self.item = item
        retentionSet = retention
        self.sealed = sealed
        self.environment = environment
        var log = log
        log[metadataKey: "item"] = "\(item)"
        self.log = log
        lane = environment.lanes.lane("replica \(item)")
        openLane = environment.lanes.lane("open \(item)")
        holder = Holder(
            directory: directory,
            context: ReplicaContext(
                files: environment.files, failpoints: environment.failpoints,
                worker: environment.lanes.worker("write \(item)"),
                packer: environment.lanes.worker("pack \(item)"), room: room),
            assignment: assignment)
        setup = settings.retention
        scrubIntervalUs = settings.scrubIntervalUs ?? ScrubInterval.usual
        ownerDirectories = [settings.ownerDirectory] + (settings.otherOwnerDirectories ?? [])
    }

    // MARK: - The replica

    /// Runs on the item's lane. What it throws is a `Failure` that says what was attempted.
    func act<T: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Replica) throws -> T
    ) async throws(Failure) -> T {
        do {
            let result = try await lane.run { [holder] in
                try holder.use { replica in (try body(replica), try replica.status) }
            }
            note(result.1)
            return result.0
        } catch {
            if Holder.breaks(error) {
                log.error("the replica failed", metadata: ["attempted": "\(what)", "error": "\(error)"])
                stream?.outbox.end(Failure(.unavailable, "\(what) of item \(item): \(error); say hello again"))
            }
            throw Failure(replica: error, what, item)
        }
    }

    /// Chunks come often and change nothing that anybody asks for: no status is taken.
    func take<T: Sendable>(_ body: @escaping @Sendable (Replica) throws -> T) async throws -> T {
        try await lane.run { [holder] in try holder.use(body) }
    }

    private func note(_ status: ReplicaStatus) {
        guard last != status else { return }
        for what in status.decayed where last?.decayed.contains(what) != true {
            log.error("a file of the replica decayed", metadata: ["what": "\(what)"])
        }
        let dropped = status.droppedEarly.filter { last?.droppedEarly.contains($0) != true }
        if !dropped.isEmpty {
            log.warning("points dropped early: no space for new undo", metadata: ["points": "\(dropped)"])
        }
        last = status
        changed()
    }

    func changed() {
        changes += 1
        bell.ring()
    }

    func status() async throws(Failure) -> ReplicaStatus {
        if isMoving, let last { return last }
        return try await act("read the replica") { try $0.status }
    }

    func message() async throws(Failure) -> TargetV1.Replica {
        let status =
            isMoving
            ? try await status()
            : try await act("read the replica") { replica in
                try replica.requirePlace()
                return try replica.status
            }
        return status.message.changed {
            if isMoving { $0.state = .moving }
            $0.sourceConnected = stream != nil
            $0.receivedBytes = receivedBytes
            $0.appliedBlocks = appliedBlocks
            $0.scrub = scrubbed?.message
            $0.scrubIntervalUs = scrubIntervalUs
            $0.retention = retentionSet?.retention ?? setup
            $0.retentionRevision = retentionSet?.revision ?? 0
        }
    }

    /// The replica, at the latest after `wait`; before if something changed since it was last told or asked.
    func message(wait: Duration, untilPosition: UInt64) async throws -> TargetV1.Replica {
        let deadline = environment.clock.now() + wait
        while true {
            let seen = bell.rings
            let message = try await message()
            let isReached = untilPosition > 0 && message.position >= untilPosition
            if isReached || changes != answeredChanges || environment.clock.now() >= deadline {
                answeredChanges = changes
                return message
            }
            await bell.wait(after: seen, until: deadline, environment.clock)
            try Task.checkCancellation()
        }
    }

    /// Disks that this master target holds open now.
    var attachedDisks: Int {
        guard let last, last.condition == .settled || last.condition == .initializing else { return 0 }
        return last.disks.count
    }

    /// The disks are at a point, as far as was last seen.
    var isScrubbable: Bool { !isMoving && last?.condition == .settled && last?.underway == nil }

    // MARK: - Life

    /// Opens what a stop, a kill or a power loss left, and goes on applying.
    func begin() async throws(Failure) {
        _ = try await status()
        await lookAtSetAside()
        apply()
    }

    func stop() async {
        isStopping = true
        stream?.outbox.end(Failure(.unavailable, "serve item \(item): this master target stops"))
        applier?.cancel()
        syncer?.cancel()
        await applier?.finished()
        await syncer?.finished()
        try? await lane.run { [holder] in
            // What this fails to do is done when the replica is opened.
            try? holder.look { try $0.syncDisks() }
            holder.close()
        }
        bell.ring()
    }

    /// The barrier of `Assign`: when it returns, nothing of a lower generation than the assigned one is taken, but of
    /// the one that it drains.
    func obey(_ assignment: Assignment) async throws {
        do {
            try await lane.run { [holder] in try holder.obey(assignment) }
        } catch {
            throw Failure(replica: error, "fence the replica", item)
        }
        endStream(unless: [assignment.generation, assignment.roles.drains])
        _ = try? await status()
    }

    func endStream(unless permitted: [Model.Generation?]) {
        guard let stream, !permitted.contains(stream.generation) else { return }
        stream.outbox.end(
            Failure(
                .staleGeneration, "take intervals of item \(item): generation \(stream.generation) ended",
                on: [.item(item)]))
    }

    // MARK: - Applying

    /// Starts applying what is sealed, behind whatever is on the lane.
    func apply() {
        applyAgain = true
        guard applier == nil, !isStopping else { return }
        applier = environment.tasks.spawn("apply \(item)") { await self.applyAll() }
    }

    private func applyAll() async {
        defer { applier = nil }
        while applyAgain, !isStopping, !Task.isCancelled {
            applyAgain = false
            do {
                while try await applyOne() { syncSoon() }
                applyTrouble = nil
                try await prune()
            } catch {
                applyTrouble = "sealed points wait to be applied: \(error.code.rawValue): \(error.message)"
                guard error.disposition == .transient || error.code == .inputOutput else {
                    return log.warning("sealed intervals wait", metadata: ["error": "\(error)"])
                }
                log.error("sealed intervals are not applied", metadata: ["error": "\(error)"])
                applyAgain = true
                do { try await environment.clock.sleep(for: Self.applyPause) } catch { return }
            }
        }
    }

    /// False if nothing waits.
    func applyOne() async throws(Failure) -> Bool {
        let done = try await act("apply an interval") { replica -> (IntakeAnswer, UInt64)? in
            guard let answer = try replica.applyNext() else { return nil }
            guard case .applied(let number) = answer else { return (answer, 0) }
            return (answer, UInt64(try replica.points.first { $0.number == number }?.blocks ?? 0))
        }
        guard let (answer, blocks) = done else { return false }
        appliedBlocks += blocks
        send(answer)
        return true
    }

    /// What is sealed here is applied and synced, so that what stands beside the disks is true of them. Where it cannot
    /// be, or nothing is here, whoever looks at them says so.
    func settle() async {
        do {
            let status = try await take { try $0.status }
            if status.condition == .settled, !status.isMoved { while try await applyOne() {} }
            try await take { try $0.syncDisks() }
        } catch { log.info("not settled before the disks are looked at", metadata: ["error": "\(error)"]) }
    }

    private func syncSoon() {
        guard syncer == nil, !isStopping else { return }
        syncer = environment.tasks.spawn("sync \(item)") { await self.syncDisks() }
    }

    private func syncDisks() async {
        do { try await environment.clock.sleep(for: Self.syncDelay) } catch { return }
        // What is applied from here on has a delay of its own.
        syncer = nil
        do { try await act("sync the disks") { try $0.syncDisks() } } catch {
            log.error("applied intervals are not synced", metadata: ["error": "\(error)"])
        }
    }

    // MARK: - Long work

    /// Applies what waits, then moves the disks to a point. Asked meanwhile, the replica is MOVING.
    func move(to number: UInt64) async throws(Failure) {
        isMoving = true
        changed()
        defer {
            isMoving = false
            changed()
        }
        _ = try await act("move the replica") { replica in
            while !(try replica.status.isMoved), try replica.applyNext() != nil {}
            _ = try replica.move(to: number)
        }
    }
}
