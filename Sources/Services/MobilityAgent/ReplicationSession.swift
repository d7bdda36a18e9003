import API
import Blocks
import Contract
import Environment
import IntervalFrames
import Hosting
import Logging
import MachineFiles
import Messages
import Model
import RPC
import Tracking

/// Replication of one machine to its process server: dials, agrees with the target on where it stands, and then cuts
/// and ships intervals until it is stopped. A broken link costs what was on the way; everything else is in the
/// tracker, whose sets this actor never forgets to give back.
///
/// ```
/// run: connect ─► hello, welcome ─► meet ─► drive ───────► link ends ─► void what is not cached ─► connect …
///                                           │ give up what was lost
///                                           │ suspects: compare by digest
///                                           │ many open blocks: a pass
///                                           └ time to cut: cut, ship
/// ```
/// One task drives and sends; another reads what the target says.
actor ReplicationSession {
    /// An interval that was cut and is neither applied nor void.
    struct Outstanding {
        let cutAt: MonotonicInstant
        var isCached = false
        var isSealed = false
    }

    /// A point that somebody waits for.
    struct CutOutcome: Sendable {
        let number: UInt64
        var isApplicationConsistent = false
        /// Why it is not, though it was asked for.
        var cause = ""
        /// How long the guest stood still for it.
        var held = Duration.zero
    }

    struct CutWaiter {
        let applicationConsistent: Bool
        let continuation: CheckedContinuation<CutOutcome, any Error>
    }

    struct Final {
        let number: UInt64
        let result: AgentV1.DrainResult
    }

    typealias Call = StreamingCall<ReplicationV1.SourceFrame, ReplicationV1.TargetFrame>

    let tracker: MachineTracker
    let disks: [CommonV1.Disk]
    let geometries: [DiskGeometry]
    let environment: Environment
    let freezer: GuestFreezer
    let limits: SessionLimits
    let log: Logger
    let transport: any Transport
    /// Told when the first copy or the comparison that the plan asks for is on durable record in the change map, and
    /// when a comparison that was asked for comes on.
    let begun: @Sendable (SessionPlan) async -> Void
    /// Told when the first point of the session is known to be sealed: its age is known from then on.
    let firstSealed: @Sendable () async -> Void

    var plan: SessionPlan
    var isStopped = false
    private var runner: SpawnedTask?

    // The link.
    var call: Call?
    var linkFailure: (any Error)?
    var welcome: ReplicationV1.StreamWelcome?
    /// Parts of it, until the last one came.
    var coming: ReplicationV1.StreamWelcome?
    var hasMet = false
    var credit: UInt64 = 0
    var sent: UInt64 = 0
    /// Why the process server gives no more, in its words.
    var creditCause = ""
    var linkState = "not connected yet"
    /// Why the target did not take the machine when it was last asked; empty if it did.
    private var refusal = ""

    // Intervals.
    var outstanding: [UInt64: Outstanding] = [:]
    /// The number that chunks are being read for.
    var reading: UInt64?
    /// To be told to the target: everything from this number on is void.
    var voidFrom: (number: UInt64, cause: String)?
    var lastCut: MonotonicInstant?
    var needsFirstPoint = false
    var restAfterPass: Int?
    var notBefore: MonotonicInstant?
    /// Why nothing is cut before then.
    var pauseCause = ""
    var retryPause: Duration
    var newestSealed: (number: UInt64, cutAt: MonotonicInstant)?
    var appliedNumber: UInt64 = 0

    // Group cuts.
    var attendance: GroupAttendance?
    /// Nothing but the next cut is due, so that a group may make it.
    var isReadyToCut = false
    var isHolding = false
    /// What the group cut, to be shipped next.
    var heldCut: (interval: Interval, wall: Int64)?
    /// The group cuts for us until then.
    var groupCutsUntil: MonotonicInstant?

    // Comparison.
    var queries: [UInt64: LevelledQuestion] = [:]
    /// What an answer found to differ, to be asked about more finely before anything else.
    var finer: [LevelledQuestion] = []
    var nextQuery: UInt64 = 1
    var cursor: (disk: Int, block: BlockIndex)?
    /// The target answers questions about ranges.
    var comparesRanges = false
    var digestBytes: UInt64 = 0
    var meter = TransferMeter()
    /// When the comparison that was asked for began.
    var digestBytesBefore: UInt64 = 0
    /// What differed in it is in this interval at the latest.
    var mendedBy: UInt64?

    // Drain and cuts on demand.
    var isDraining = false
    var final: Final?
    var drained: [CheckedContinuation<AgentV1.DrainResult, any Error>] = []
    var cutWaiters: [CutWaiter] = []
    var awaitedCuts: [UInt64: [CutWaiter]] = [:]

    // Application-consistent points.
    /// What came of the freeze for the cuts that somebody waits for, and that a guest was frozen for.
    var outcomes: [UInt64: CutOutcome] = [:]
    /// When the guest was last to be frozen for the interval of the plan.
    var lastApplicationCut: MonotonicInstant
    /// The group has the guest frozen, or is about to.
    var groupFreeze: GroupFreezing?

    // Figures.
    var shippedBytes: UInt64 = 0
    var shippedBlocks: UInt64 = 0

    private var isRung = false
    private var sleeper: CheckedContinuation<Void, Never>?

    init(
        _ tracker: MachineTracker, disks: [CommonV1.Disk], plan: SessionPlan, freezer: GuestFreezer,
        environment: Environment, transport: any Transport, log: Logger, limits: SessionLimits = SessionLimits(),
        begun: @escaping @Sendable (SessionPlan) async -> Void,
        firstSealed: @escaping @Sendable () async -> Void
    ) {
        self.freezer = freezer
        lastApplicationCut = environment.clock.now()
        self.tracker = tracker
        self.disks = disks
        geometries = disks.map { DiskGeometry(size: Int64($0.bytes)) }
        self.plan = plan
        self.environment = environment
        self.transport = transport
        self.log = log
        self.limits = limits
        self.begun = begun
        self.firstSealed = firstSealed
        retryPause = limits.retryPause
    }

    func start() {
        guard runner == nil else { return }
        runner = environment.tasks.spawn("replication") { await self.run() }
        attend()
    }

    /// Tracking goes on; what was cut and not applied returns to the open set.
    func stop() async {
        isStopped = true
        call?.cancel()
        ring()
        await attendance?.stop()
        await runner?.finished()
        await tracker.void(from: 0, cause: "the session was closed")
        await tracker.setCredit("no session is open")
        fail(Failure(.cancelled, "the replication session was closed"))
    }

    /// The same session towards another process server or at another pace.
    func redirect(_ plan: SessionPlan) async {
        let before = self.plan
        self.plan = plan
        if before.server != plan.server || plan.fullCopy || plan.compare {
            hasMet = false
            call?.cancel()
        }
        ring()
        guard before.server != plan.server || before.group != plan.group else { return }
        let left = attendance
        attendance = nil
        await left?.stop()
        attend()
    }

    /// What is to be copied or compared is the session's to clear.
    func setPace(_ demanded: SessionPlan) {
        (plan.interval, plan.applicationInterval) = (demanded.interval, demanded.applicationInterval)
        plan.paceRevision = demanded.paceRevision
        ring()
    }

    private func run() async {
        var pause = limits.reconnectPause
        while !isStopped {
            do {
                let address = try parseAddress(plan.server.address)
                let call = try await IntervalIntakeClient(transport.channel(to: address)).replicate()
                try await replicate(call)
            } catch {
                linkState = "process server \(plan.server.id): \(describe(error))"
                if let code = (error as? RPCError)?.code, Self.refusals.contains(code) { refusal = linkState }
                log.info("replication link ended", metadata: ["cause": "\(linkState)"])
            }
            if welcome != nil { pause = limits.reconnectPause }
            await unlink()
            if isStopped { return }
            await tracker.setCredit(linkState)
            await rest(pause)
            pause = min(pause * 2, limits.longestReconnectPause)
        }
    }

    /// Of a target that answers: it stands until it is asked again.
    private static let refusals: Set<StatusCode> = [.failedPrecondition, .resourceExhausted]

    /// Between two attempts; shorter only if there is to be none, or one to somebody else: whoever ends a generation
    /// waits for this session to stop.
    private func rest(_ pause: Duration) async {
        let (deadline, server) = (environment.clock.now() + pause, plan.server)
        while !isStopped, plan.server == server {
            let left = deadline - environment.clock.now()
            guard left > .zero else { return }
            await wait(left)
        }
    }

    private func replicate(_ call: Call) async throws {
        self.call = call
        defer { call.cancel() }
        linkFailure = nil
        (welcome, coming) = (nil, nil)
        (credit, sent, creditCause) = (0, 0, "")
        linkState = refusal.isEmpty ? "waiting for the target's welcome" : refusal
        await tracker.setCredit(linkState)
        let hello = await hello()
        try await call.send(.with { $0.frame = .hello(hello) })
        let reader = environment.tasks.spawn("replication answers") { await self.read(call) }
        do {
            while welcome == nil, !hasEnded { await wait(limits.look) }
            if let welcome, !hasEnded {
                refusal = ""
                try await meet(welcome)
                linkState = ""
                await tracker.setCredit(nil)
                try await drive()
            }
        } catch {
            call.cancel()
            await reader.finished()
            throw linkFailure ?? error
        }
        call.cancel()
        await reader.finished()
        if let linkFailure { throw linkFailure }
    }

    /// What the target has not durably: its blocks go back to the open set. What the process server keeps in its
    /// spool stays pending; if it is lost there, we are told.
    private func unlink() async {
        call = nil
        forgetQuestions()
        restAfterPass = nil
        let lost = outstanding.filter { !$0.value.isCached && !$0.value.isSealed }.keys.min()
        let from = [lost, reading].compactMap { $0 }.min()
        if let from { await giveUp(from: from, cause: "the link to the process server broke") }
    }

    private func hello() async -> ReplicationV1.StreamHello {
        let next = await tracker.unreservedNumber
        return .with {
            $0.item = plan.item
            $0.generation = tracker.generation.wire
            $0.incarnation = tracker.incarnation
            $0.disks = disks
            $0.nextInterval = next
            $0.fullCopy = plan.fullCopy
            // Another process server than before holds nothing of ours, and the welcome says so.
            $0.pending = hasMet ? outstanding.filter { $0.value.isCached && !$0.value.isSealed }.keys.sorted() : []
        }
    }

    var hasEnded: Bool { linkFailure != nil || isStopped || call == nil }

    private func read(_ call: Call) async {
        do {
            while let frame = try await call.next() { try await received(frame) }
            linkFailure = Failure(.unavailable, "the process server ended the stream")
        } catch {
            linkFailure = error
        }
        ring()
    }

    func send(_ frame: ReplicationV1.SourceFrame.Frame) async throws {
        guard let call, !hasEnded else { throw linkFailure ?? CancellationError() }
        try await call.send(.with { $0.frame = frame })
    }

    // MARK: waiting

    /// Returns when something happened, or after `duration`.
    func wait(_ duration: Duration) async {
        if isRung {
            isRung = false
            return
        }
        let timer = environment.tasks.spawn("replication timer") { [clock = environment.clock] in
            // A timer that was called off must not wake the next wait.
            do { try await clock.sleep(for: duration) } catch { return }
            await self.ring()
        }
        await withCheckedContinuation { sleeper = $0 }
        timer.cancel()
    }

    func ring() {
        guard let waiting = sleeper else {
            isRung = true
            return
        }
        sleeper = nil
        waiting.resume()
    }

    // MARK: demands

    /// Cuts a last interval of a closed generation and returns when the target has applied it.
    func drain() async throws -> AgentV1.DrainResult {
        if let final, appliedNumber >= final.number { return final.result }
        isDraining = true
        ring()
        return try await withCheckedThrowingContinuation { drained.append($0) }
    }

    /// Cuts now and returns the number when the point is sealed.
    func cutNow(applicationConsistent: Bool = false) async throws -> CutOutcome {
        guard cutWaiters.count + awaitedCuts.count < limits.cutWaiters else {
            throw Failure(.limitReached, "cut a point: \(limits.cutWaiters) cuts are waited for already")
        }
        return try await withCheckedThrowingContinuation { continuation in
            cutWaiters.append(CutWaiter(applicationConsistent: applicationConsistent, continuation: continuation))
            ring()
        }
    }

    private func fail(_ failure: Failure) {
        for waiting in drained { waiting.resume(throwing: failure) }
        drained = []
        for waiting in cutWaiters + awaitedCuts.sorted(by: { $0.key < $1.key }).flatMap(\.value) {
            waiting.continuation.resume(throwing: failure)
        }
        cutWaiters = []
        awaitedCuts = [:]
    }

    private func describe(_ error: any Error) -> String {
        switch error {
        case let error as RPCError: error.message
        case let error as Failure: error.message
        default: "\(error)"
        }
    }
}

extension Blocks.Generation {
    /// Number 0 included: no generation.
    var wire: CommonV1.Generation {
        .with {
            $0.number = number
            $0.token = token
        }
    }
}
