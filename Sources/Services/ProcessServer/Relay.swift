import Blocks
import Contract
import Environment
import IntervalFrames
import Intervals
import Logging
import Messages
import Model
import RPC

/// One item on its way through this process server: the agent's stream in, the spool, the master target's stream out.
///
/// ```
/// agent ─► receive ─► queue (memory) ─► forwarder ─► master target
///                       └─► spool ──────┘ (what memory no longer holds, what a new stream needs again)
/// ```
/// An interval is forwarded while it is written to the spool. CACHED is answered when all of it is there and synced;
/// SEALED and APPLIED come from the master target. Credit is what spool or memory can still take. A first copy goes
/// past the spool while the target takes it: the target keeps what came, whatever breaks.
actor Relay {
    let item: ItemID
    let environment: Environment
    let store: RelayStore
    let log: Logger
    let lane: any Lane
    let compression: Compressor
    let budget: CacheBudget
    let receiving: Pacer
    let forwarding: Pacer
    let directory: String
    let limits: Spool.Limits
    /// Rung at everything that somebody of this relay may wait for.
    let bell = Bell()

    var route: Route
    var permitted: Permitted
    var spool: Spool
    /// The spool answered an error whose effect is unknown: opened again at the next hello, and now and then.
    var isSpoolBroken: Bool { spoolFailure != nil }
    var spoolFailure: (error: FileError, since: MonotonicInstant)?
    var queue: RelayQueue
    var source: Source?
    var nextSource: UInt64 = 1
    /// Of the newest writer heard.
    var hello: ReplicationV1.StreamHello?
    var geometries: [DiskGeometry] = []
    /// What arrives now is not kept: the number and pass, and the answer at its end.
    var ignoring: Ignored?
    /// Lost while no source was there to be told.
    var lost: [UInt64: String] = [:]
    /// The target's welcome to the present writer, kept up to date by its progress.
    var welcome: ReplicationV1.StreamWelcome?
    /// The blocks that it named were passed on to the source, and not kept: the next stream needs a welcome of its own.
    var isWelcomeTold = false
    var link: Link?
    var nextLink: UInt64 = 1
    /// The target refused this writer for good.
    var fenced: Failure?
    var questions: [ReplicationV1.DigestQuery] = []
    var spoolRoom: Int64 = 0
    var received: UInt64 = 0
    var forwarded: UInt64 = 0
    var tasks: [SpawnedTask] = []
    var isClosed = false
    let transport: any Transport

    /// Queries that may wait for the target.
    static let mostQuestions = 64
    /// Numbers remembered as lost until the source comes.
    static let mostLost = 1_024

    /// The agent's stream.
    struct Source {
        let number: UInt64
        let outbox: Outbox<ReplicationV1.TargetFrame>
        /// Intervals that it relies on: it was told that they are cached here.
        let pending: [UInt64]
        /// Payload bytes since its hello.
        var received: UInt64 = 0
        var granted: UInt64 = 0
        /// Why it has less leave than it could use, as it was told.
        var creditCause = ""
        /// The header that its chunks belong to.
        var header: IntervalHeader?
        var isReading = false
    }

    /// The stream to the master target.
    struct Link {
        let number: UInt64
        var isWelcome = false
        var control: [ReplicationV1.SourceFrame] = []
        var credit: UInt64 = 0
        var sent: UInt64 = 0
        let cancel: @Sendable () -> Void
    }

    struct Ignored {
        let header: IntervalHeader
        let answer: ReplicationV1.TargetFrame?
    }

    /// Generations whose intervals are taken: the assigned one and the one that it drains.
    struct Permitted: Hashable {
        var current: Model.Generation?
        var drains: Model.Generation?

        func contains(_ generation: Model.Generation) -> Bool { generation == current || generation == drains }
    }

    init(
        _ stored: (route: Route, hello: ReplicationV1.StreamHello?), permitted: Permitted, store: RelayStore,
        settings: ProcessServerSettings, budget: CacheBudget, pacers: (receiving: Pacer, forwarding: Pacer),
        environment: Environment, transport: any Transport, log: Logger
    ) async throws {
        item = stored.route.item
        route = stored.route
        hello = stored.hello
        self.permitted = permitted
        self.store = store
        self.environment = environment
        self.transport = transport
        self.budget = budget
        (receiving, forwarding) = pacers
        var log = log
        log[metadataKey: "item"] = "\(stored.route.item)"
        self.log = log
        lane = environment.lanes.lane("spool \(item)")
        compression = Compressor(
            isOn: settings.compress, lane: environment.lanes.lane("compress \(item)"), clock: environment.clock)
        directory = settings.spoolDirectory + "/" + item.text
        let segment = min(max(settings.spoolBytes / 8, Spool.Limits.smallestSegment), 64 << 20)
        limits = Spool.Limits(
            segmentBytes: segment, mostSegments: Int(settings.spoolBytes / segment),
            reserveBytes: settings.spoolReserveBytes)
        let opened = try await lane.run { [directory, item, limits, files = environment.files] in
            try files.createDurably(directory)
            return try Spool.open(directory, item: item.text, files: files, limits: limits)
        }
        spool = opened.spool
        queue = RelayQueue(memoryLimit: settings.memoryBytes, recovered: spool.contents, at: environment.clock.now())
        geometries = (try? stored.hello.map(Self.geometries)) ?? []
        note(opened.recovery)
        budget.set(item, queue.spooledBytes)
    }

    func note(_ recovery: SpoolRecovery) {
        for damage in recovery.damage { log.error("the spool is damaged", metadata: ["at": "\(damage)"]) }
        for number in recovery.lost.suffix(Self.mostLost) { lost[number] = "not whole in the spool" }
    }

    static func geometries(_ hello: ReplicationV1.StreamHello) throws -> [DiskGeometry] {
        guard hello.disks.count <= IntervalTrailer.mostDisks else {
            throw Failure(.invalidArgument, "take a stream: \(hello.disks.count) disks")
        }
        return try hello.disks.enumerated().map { index, disk in
            let description = try DiskDescription(disk)
            guard description.index == index else {
                throw Failure(.invalidArgument, "take a stream: the disks are not in the order of their index")
            }
            return DiskGeometry(size: description.size.bytes)
        }
    }

    // MARK: - Control

    func begin() {
        guard tasks.isEmpty else { return }
        tasks.append(environment.tasks.spawn("relay \(item)") { await self.linkForever() })
    }

    /// Ends both streams; what is spooled stays.
    func stop(_ why: Failure? = nil) async {
        isClosed = true
        source?.outbox.end(why ?? Failure(.unavailable, "relay item \(item): this process server stops"))
        cutLink()
        bell.ring()
        for task in tasks { task.cancel() }
        for task in tasks { await task.finished() }
        tasks = []
        let spool = self.spool
        try? await lane.run { spool.close() }
    }

    /// Ends for good: what is spooled of it is dropped.
    func drop() async throws {
        await stop(Failure(.unavailable, "relay item \(item): the relay was closed"))
        try await lane.run { [directory, files = environment.files] in
            guard files.exists(directory) else { return }
            for name in try files.list(directory) { try files.remove(directory + "/" + name) }
            try files.remove(directory)
        }
        budget.forget(item)
    }

    func take(_ route: Route) {
        guard route != self.route else { return }
        self.route = route
        fenced = nil
        cutLink()
        bell.ring()
    }

    /// The barrier of `Assign`: when it returns, nothing of other generations than the permitted ones is taken or sent.
    func obey(_ assignment: Assignment) async throws {
        permitted = Permitted(current: assignment.generation, drains: assignment.roles.drains)
        fenced = nil
        let lowest = assignment.roles.drains ?? assignment.generation
        if let hello, let writer = try? Model.Generation(hello.generation), !permitted.contains(writer) {
            let stale = Failure(
                .staleGeneration, "relay item \(item): generation \(writer) ended; assigned is "
                    + "\(assignment.generation)", on: [.item(item)])
            source?.outbox.end(stale)
            self.hello = nil
            welcome = nil
            questions = []
            cutLink()
        }
        bell.ring()
        let floor = lowest.number
        queue.drop { $0.header.id.generation.number < floor }
        let spool = self.spool
        // Refused only if something newer is queued, and then the older was dropped when that came.
        try await lane.run { try? spool.obey(generation: floor, incarnation: 0) }
        budget.set(item, queue.spooledBytes)
        // The frame under way ends without effect; the barrier waits for it.
        while source?.isReading == true, self.hello == nil {
            let seen = bell.rings
            guard source?.isReading == true else { break }
            await bell.wait(after: seen)
        }
    }

    func status() -> ProcessV1.Relay {
        .with {
            $0.item = item.text
            $0.generation = route.generation.message
            $0.masterTarget = route.endpoint
            $0.sourceConnected = source != nil
            $0.targetConnected = link?.isWelcome ?? false
            $0.spooledBytes = UInt64(queue.spooledBytes)
            $0.receivedBytes = received
            $0.forwardedBytes = forwarded
            $0.sealedNumber = welcome?.sealed ?? 0
            $0.appliedNumber = welcome?.position ?? 0
            $0.group = route.group?.id.text ?? ""
            $0.creditCause = source?.creditCause ?? ""
            let backlog = queue.backlog
            $0.backlogBytes = UInt64(backlog.bytes)
            $0.backlogAgeUs = age(of: backlog.since)
        }
    }

    func age(of began: MonotonicInstant?) -> UInt64 {
        began.map { UInt64(max(0, (environment.clock.now() - $0).inMicroseconds)) } ?? 0
    }

    /// What the process server's figures need of it.
    struct Standing: Sendable {
        let received: UInt64
        let forwarded: UInt64
        let backlog: Int64
        let age: Duration
        let spoolError: String?
    }

    func standing() -> Standing {
        let backlog = queue.backlog
        return Standing(
            received: received, forwarded: forwarded, backlog: backlog.bytes,
            age: backlog.since.map { environment.clock.now() - $0 } ?? .zero,
            spoolError: spoolFailure.map { "\($0.error)" })
    }

    // MARK: - Losses

    /// From this number on everything is given up here; the source merges it forward.
    func lose(_ number: UInt64, _ cause: String) async {
        log.warning("an interval is lost", metadata: ["number": "\(number)", "cause": "\(cause)"])
        await giveUp(from: number, cause)
        if let source {
            source.outbox.send(.progress(number, .lost, cause: cause))
        } else if lost.count < Self.mostLost {
            lost[number] = cause
        }
    }

    /// Drops intervals here, in the spool and at the target (what it has not sealed).
    func giveUp(from number: UInt64, _ cause: String) async {
        queue.drop { $0.header.id.number >= number }
        if let header = source?.header, header.id.number >= number { source?.header = nil }
        if link != nil {
            link?.control.append(
                .with {
                    $0.frame = .void(
                        .with {
                            $0.fromNumber = number
                            $0.cause = cause
                        })
                })
        }
        bell.ring()
        budget.set(item, queue.spooledBytes)
        guard !isSpoolBroken else { return }
        await inSpool { try $0.void(from: number) }
    }

    /// Runs on the spool's lane. A failure of the file system makes the spool useless until it is opened again: what
    /// only it holds is lost.
    func inSpool(_ body: @escaping @Sendable (Spool) throws -> Void) async {
        let spool = self.spool
        do { try await lane.run { try body(spool) } } catch let error as FileError {
            await broke(error)
        } catch {
            log.debug("the spool refuses", metadata: ["error": "\(error)"])
        }
    }

    func broke(_ error: FileError) async {
        guard !isSpoolBroken else { return }
        spoolFailure = (error, environment.clock.now())
        log.error("the spool failed", metadata: ["error": "\(error)"])
        let first = queue.entries.first { !$0.isSealed && !$0.isAtHand }
        for entry in queue.entries { queue.leaveSpool(entry.header) }
        if let first { await lose(first.header.id.number, "\(error)") }
    }

    func reopenSpool() async throws {
        let opened = try await lane.run {
            [spool, directory, item, limits, files = environment.files] in
            spool.close()
            return try Spool.open(directory, item: item.text, files: files, limits: limits)
        }
        // What is still on its way through memory goes on; the file holds nothing that is needed besides.
        spool = opened.spool
        spoolFailure = nil
    }
}
