import Contract
import Environment
import IntervalFrames
import Logging
import Messages
import Model
import RPC

/// Cuts the members of one replication group at the same time.
///
/// ```
/// HOLD to all ─► all CUT ─► RELEASE to all ─► all HELD(true) ─► recorded at the master target
///      └ BUSY, late or gone ─► RELEASE, given up: the members' cuts stay ordinary points of each
/// ```
/// For an application-consistent point the guests are frozen before and thawed after it (`GroupFreeze.swift`).
///
/// Nothing here is durable, and nothing has to be undone: a member that is not released unparks by its lease, and a
/// cut that was not recorded is no common point.
actor GroupCoordinator {
    private let id: GroupID
    let limits: GroupLimits
    let environment: Environment
    private let recorder: GroupRecorder
    let log: Logger
    let bell = Bell()
    private(set) var routes: [ItemID: Route] = [:]
    private var seats: [ItemID: Seat] = [:]
    private var nextSeat: UInt64 = 1
    var attempt: Attempt?
    private var runner: SpawnedTask?
    private(set) var isStopped = false

    // Figures.
    let began: MonotonicInstant
    private var cause = "it has just begun"
    private var attempts: UInt64 = 0
    private var givenUp: UInt64 = 0
    private var lastFailure = ""
    private var holds = HoldFigures()

    // Application-consistent points.
    var freezes = GroupFreezes()
    /// Those who wait for a cut of their own.
    var waiters: [CutWaiter] = []

    /// A member's agent that attends.
    struct Seat {
        let number: UInt64
        let generation: Model.Generation
        let outbox: Outbox<ReplicationV1.GroupCoordinatorFrame>
    }

    /// The cut that is being tried.
    struct Attempt {
        let token: ReplicationV1.GroupToken
        let seats: [ItemID: Seat]
        var cuts: [ItemID: (number: UInt64, incarnation: UInt64)] = [:]
        var held: Set<ItemID> = []
        var failure: String?
        var isReleased = false
        /// What members answered to FREEZE and THAW: why not, empty if they did.
        var frozen: [ItemID: String] = [:]
        var thawed: [ItemID: String] = [:]

        var isWhole: Bool { cuts.count == seats.count }
        var isHeld: Bool { held.count == seats.count }
    }

    init(_ id: GroupID, limits: GroupLimits, environment: Environment, recorder: GroupRecorder, log: Logger) {
        self.id = id
        self.limits = limits
        self.environment = environment
        self.recorder = recorder
        var log = log
        log[metadataKey: "group"] = "\(id)"
        self.log = log
        began = environment.clock.now()
    }

    func begin() async {
        guard runner == nil, !isStopped else { return }
        runner = environment.tasks.spawn("group \(id)") { await self.run() }
        await recorder.begin()
    }

    func stop() async {
        isStopped = true
        for (_, seat) in seats.sorted(by: { $0.key < $1.key }) {
            seat.outbox.end(Failure(.unavailable, "attend group \(id): it is not cut here any more"))
        }
        bell.ring()
        runner?.cancel()
        await runner?.finished()
        refuseWaiters("it is not cut here any more")
        await recorder.stop()
    }

    // MARK: - Members

    func follow(_ route: Route?, of item: ItemID) {
        routes[item] = route
        if let seat = seats[item], seat.generation != route?.generation {
            seat.outbox.end(stale(item, seat.generation))
        }
        bell.ring()
    }

    func attends(_ item: ItemID) -> Bool { seats[item] != nil }

    /// Serves a member's agent until its stream ends.
    func serve(
        _ hello: ReplicationV1.GroupHello, _ frames: RequestStream<ReplicationV1.GroupMemberFrame>,
        _ writer: MessageWriter<ReplicationV1.GroupCoordinatorFrame>
    ) async throws {
        let item = try ItemID(hello.item)
        let seat = try take(item, try Model.Generation(hello.generation))
        defer { leave(item, seat.number) }
        try await withThrowingTaskGroup { group in
            group.addTask { try await seat.outbox.drain(into: writer) }
            group.addTask { while let frame = try await frames.next() { await self.came(frame, item, seat.number) } }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func take(_ item: ItemID, _ generation: Model.Generation) throws(Failure) -> Seat {
        guard let route = routes[item], !isStopped else {
            throw Failure(.notFound, "attend group \(id): no relay of \(item) names it here", on: [.item(item)])
        }
        guard route.generation == generation else { throw stale(item, generation) }
        seats[item]?.outbox.end(
            Failure(.cancelled, "attend group \(id): a newer stream of \(item) took this one's place"))
        lost(item)
        let seat = Seat(number: nextSeat, generation: generation, outbox: Outbox())
        nextSeat += 1
        seats[item] = seat
        let interval = interval
        seat.outbox.send(.with { $0.frame = .welcome(.with { $0.intervalUs = UInt64(interval.inMicroseconds) }) })
        bell.ring()
        return seat
    }

    private func stale(_ item: ItemID, _ generation: Model.Generation) -> Failure {
        Failure(
            .staleGeneration, "attend group \(id): the relay of \(item) is not of generation \(generation)",
            on: [.item(item)])
    }

    private func leave(_ item: ItemID, _ number: UInt64) {
        guard seats[item]?.number == number else { return }
        seats[item] = nil
        lost(item)
        bell.ring()
    }

    /// Whoever was asked by a stream that is gone has unparked by itself.
    private func lost(_ item: ItemID) {
        guard attempt?.seats[item] != nil, attempt?.failure == nil else { return }
        attempt?.failure = "member \(item) left"
        bell.ring()
    }

    private func came(_ frame: ReplicationV1.GroupMemberFrame, _ item: ItemID, _ number: UInt64) {
        if case .held(let held)? = frame.frame, held.heldUs > 0 { holds.add(held.heldUs) }
        guard let current = attempt, current.seats[item]?.number == number else { return }
        switch frame.frame {
        case .cut(let cut) where cut.token == current.token:
            attempt?.cuts[item] = (cut.number, cut.incarnation)
        case .busy(let busy) where busy.token == current.token:
            attempt?.failure = "member \(item) is busy: \(busy.cause)"
        case .frozen(let frozen) where frozen.token == current.token:
            attempt?.frozen[item] = frozen.cause
        case .thawed(let thawed) where thawed.token == current.token:
            attempt?.thawed[item] = thawed.cause
            freezes.longest = max(freezes.longest, thawed.heldUs)
        case .held(let held) where held.token == current.token && current.isReleased:
            if held.held, held.incarnation == current.cuts[item]?.incarnation {
                attempt?.held.insert(item)
            } else {
                attempt?.failure = "member \(item) unparked before it was released"
            }
        default: return
        }
        bell.ring()
    }

    // MARK: - Cutting

    private var interval: Duration {
        let asked = routes.values.compactMap { $0.group?.interval }.filter { $0 > .zero }
        return asked.min() ?? limits.interval
    }

    /// Why there can be no common cut now; nil when there can.
    private var obstacle: String? {
        guard let first = routes.min(by: { $0.key < $1.key })?.value, let members = first.group?.members else {
            return "no relay names it"
        }
        for item in members {
            guard let route = routes[item] else { return "no relay of member \(item) is open here" }
            guard route.group?.members == members else { return "the relays name different members" }
            guard route.address == first.address else { return "the members have different master targets" }
            guard seats[item] != nil else { return "the agent of member \(item) does not attend" }
        }
        return nil
    }

    private func run() async {
        var failures = 0
        var due = environment.clock.now()
        var notBefore = due
        while !isStopped, !Task.isCancelled {
            let seen = bell.rings
            if let obstacle {
                cause = obstacle
                refuseWaiters(obstacle)
                await bell.wait(after: seen)
                continue
            }
            let started = environment.clock.now()
            let freeze = freezes.due(every: applicationInterval, since: began) ?? due
            let next = waiters.isEmpty ? min(due, freeze) : started
            if started < max(next, notBefore) {
                await bell.wait(after: seen, until: max(next, notBefore), environment.clock)
                continue
            }
            let cut = await cutOnce(frozen: isFreezeDue(started))
            answerWaiters(cut)
            if let failure = cut.failure {
                givenUp += 1
                lastFailure = failure
                failures += 1
                cause = failures > Self.patience ? failure : ""
                log.debug("no common cut", metadata: ["cause": "\(failure)"])
                due = environment.clock.now() + min(limits.retry * (1 << min(failures - 1, 10)), interval)
                notBefore = environment.clock.now() + limits.retry
            } else {
                failures = 0
                cause = ""
                due = started + interval
            }
        }
    }

    /// Cuts given up one after the other before they are called a state of the group.
    private static let patience = 5

    /// Tries once, with all guests frozen if that is asked for and they can be.
    private func cutOnce(frozen: Bool) async -> CommonCut {
        let generation = seats.values.map(\.generation.number).max() ?? 0
        guard let address = routes.min(by: { $0.key < $1.key })?.value.address else { return CommonCut(obstacle ?? "") }
        let sequence: UInt64
        do {
            sequence = try await recorder.nextSequence(generation, at: address)
        } catch {
            return CommonCut("the master target does not take group points: \(error)")
        }
        // A member may have gone while the master target was asked.
        if let obstacle { return CommonCut(obstacle) }
        attempts += 1
        let token = ReplicationV1.GroupToken.with {
            $0.group = id.text
            $0.generation = generation
            $0.sequence = sequence
        }
        attempt = Attempt(token: token, seats: seats)
        defer { attempt = nil }
        var cut = CommonCut(name: GroupRecorder.name(token), isFrozen: frozen)
        if frozen {
            cut.cause = await freezeAll(token)
            // Somebody runs: nobody needs to stand still for what is an ordinary cut.
            if !cut.cause.isEmpty { await thawAll(token, waiting: true) }
        }
        cut.failure = await holdAll(token, isFrozen: frozen && cut.cause.isEmpty, address)
        if frozen {
            if cut.cause.isEmpty { cut.cause = await thawed(after: cut.failure) }
            freezes.ended(cut, at: environment.clock.now())
            if !cut.cause.isEmpty {
                log.notice("common cut is crash-consistent only", metadata: ["cause": "\(cut.cause)"])
            }
        }
        return cut
    }

    /// The cut itself: why it was given up, nil when every member held.
    private func holdAll(
        _ token: ReplicationV1.GroupToken, isFrozen: Bool, _ address: String
    ) async -> String? {
        let (cutAt, cutWall) = (environment.clock.now(), environment.clock.wallNow())
        if let failure = attempt?.failure {
            if isFrozen { await thawAll(token, waiting: false) }
            return failure
        }
        environment.failpoints.reach("process-server.group.before-hold")
        tell { $0.frame = .hold(.with { $0.token = token; $0.leaseUs = UInt64(limits.lease.inMicroseconds) }) }
        await answers(until: cutAt + limits.lease) { $0.isWhole }
        let isWhole = attempt?.isWhole ?? false
        environment.failpoints.reach("process-server.group.cut")
        // Also what is given up is released at once: the guests wait.
        attempt?.isReleased = true
        tell { $0.frame = .release(.with { $0.token = token }) }
        if isFrozen { await thawAll(token, waiting: false) }
        if let failure = attempt?.failure { return failure }
        guard isWhole else { return late("cut", attempt.map { Set($0.cuts.keys) } ?? []) }
        await answers(until: environment.clock.now() + limits.answers) { $0.isHeld }
        environment.failpoints.reach("process-server.group.held")
        if let failure = attempt?.failure { return failure }
        guard let done = attempt, done.isHeld else { return late("held", attempt?.held ?? []) }
        let members = done.seats.sorted { $0.key < $1.key }.map { item, seat in
            ReplicationV1.GroupMember.with {
                $0.item = item.text
                $0.generation = seat.generation.message
                $0.number = done.cuts[item]?.number ?? 0
            }
        }
        await recorder.add(
            GroupCutRecord(token: token, members: members, cutAt: cutAt, cutWall: cutWall, address: address))
        return nil
    }

    func late(_ what: String, _ answered: Set<ItemID>) -> String {
        let late = (attempt?.seats.keys.sorted() ?? []).filter { !answered.contains($0) }
        return "not \(what) in time: \(late.map(\.text).joined(separator: ", "))"
    }

    func tell(_ frame: (inout ReplicationV1.GroupCoordinatorFrame) -> Void) {
        let frame = ReplicationV1.GroupCoordinatorFrame.with(frame)
        for (_, seat) in attempt?.seats.sorted(by: { $0.key < $1.key }) ?? [] { seat.outbox.send(frame) }
    }

    /// Until all have answered, one refused, or it is too late.
    func answers(until deadline: MonotonicInstant, _ isDone: (Attempt) -> Bool) async {
        while !isStopped {
            let seen = bell.rings
            guard let attempt, attempt.failure == nil, !isDone(attempt) else { return }
            guard environment.clock.now() < deadline else { return }
            await bell.wait(after: seen, until: deadline, environment.clock)
        }
    }

    // MARK: - Figures

    func message() async -> ProcessV1.Group {
        let standing = await recorder.standing()
        let now = environment.clock.now()
        return .with {
            $0.id = id.text
            $0.members = routes.keys.sorted().first.flatMap { routes[$0]?.group?.members.map(\.text) } ?? []
            $0.attending = seats.keys.sorted().map(\.text)
            $0.cause = obstacle ?? cause
            $0.intervalUs = UInt64(interval.inMicroseconds)
            $0.attempts = attempts
            $0.recorded = standing.recorded
            $0.givenUp = givenUp
            $0.lastFailure = standing.refusal.isEmpty ? lastFailure : standing.refusal
            $0.longestHoldUs = holds.longest
            $0.p99HoldUs = holds.percentile(perMille: 990)
            $0.p999HoldUs = holds.percentile(perMille: 999)
            $0.newestCommon = standing.newest?.name ?? ""
            $0.applicationIntervalUs = UInt64(applicationInterval.inMicroseconds)
            $0.applicationAttempts = freezes.attempts
            $0.applicationFailures = freezes.failures
            $0.applicationFailure = freezes.failure
            $0.longestFreezeUs = freezes.longest
            $0.newestCommonAgeUs = UInt64((now - (standing.newest?.cutAt ?? began)).inMicroseconds)
        }
    }
}
