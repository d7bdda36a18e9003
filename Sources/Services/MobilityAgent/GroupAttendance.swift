import API
import Environment
import Hosting
import Logging
import Messages
import Model
import RPC

/// A member's side of its replication group's cuts: one stream to the group's process server, held open.
///
/// It answers HOLD by CUT or BUSY and RELEASE by HELD. What the coordinator does not release is released by the lease,
/// or at once when the stream ends: a hold without a coordinator is of no use to anybody. Likewise a freeze.
actor GroupAttendance {
    private static let firstPause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(3)
    /// A coordinator that asks for more is refused: guests wait for it.
    private static let longestLease = Duration.seconds(1)
    /// Likewise for a guest that is to stand still.
    private static let longestFreeze = Duration.seconds(60)
    /// An interval that the coordinator aims at, a day at most.
    private static let longestInterval: UInt64 = 86_400_000_000

    private let hello: ReplicationV1.GroupHello
    private let server: String
    private let member: any GroupCutting
    private let environment: Environment
    private let transport: any Transport
    private let log: Logger
    private var runner: SpawnedTask?
    private var call: StreamingCall<ReplicationV1.GroupMemberFrame, ReplicationV1.GroupCoordinatorFrame>?
    private var isStopped = false
    private var interval = Duration.zero
    /// The hold that is on. Numbers of our own name it to the tracker, for tokens of two streams may be alike.
    private var hold: Hold?
    private var nextHold: UInt64 = 1
    /// The guest is frozen for this cut.
    private var frozen: (token: ReplicationV1.GroupToken, number: UInt64)?

    private struct Hold {
        let token: ReplicationV1.GroupToken
        let number: UInt64
        let cutAt: MonotonicInstant
        let lease: Duration
        let incarnation: UInt64
    }

    init(
        group: String, item: String, server: String, generation: CommonV1.Generation, member: any GroupCutting,
        environment: Environment, transport: any Transport, log: Logger
    ) {
        hello = .with {
            $0.group = group
            $0.item = item
            $0.generation = generation
            $0.incarnation = member.incarnation
        }
        self.server = server
        self.member = member
        self.environment = environment
        self.transport = transport
        self.log = log
    }

    func start() {
        guard runner == nil, !isStopped else { return }
        runner = environment.tasks.spawn("group attendance") { await self.run() }
    }

    func stop() async {
        isStopped = true
        call?.cancel()
        runner?.cancel()
        await runner?.finished()
    }

    private func run() async {
        guard let address = try? parseAddress(server) else {
            return log.error("the group's process server cannot be dialled", metadata: ["address": "\(server)"])
        }
        let client = GroupCutClient(transport.channel(to: address))
        var pause = Self.firstPause
        while !isStopped {
            do {
                let call = try await client.attend()
                self.call = call
                defer { call.cancel() }
                try await call.send(.with { $0.frame = .hello(hello) })
                while let frame = try await call.next() {
                    pause = Self.firstPause
                    if let answer = await answer(frame) { try await call.send(answer) }
                }
            } catch {
                log.debug("group stream ended", metadata: ["group": "\(hello.group)", "cause": "\(error)"])
            }
            call = nil
            if let hold { _ = await member.release(token: hold.number) }
            hold = nil
            if let frozen { _ = await member.thaw(token: frozen.number) }
            frozen = nil
            if isStopped { return }
            do { try await environment.clock.sleep(for: pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func answer(_ frame: ReplicationV1.GroupCoordinatorFrame) async -> ReplicationV1.GroupMemberFrame? {
        switch frame.frame {
        case .welcome(let welcome):
            interval = .microseconds(Int64(min(welcome.intervalUs, Self.longestInterval)))
            return nil
        case .hold(let request):
            let answer = await begin(request)
            return .with { $0.frame = answer }
        case .release(let request):
            let answer = await end(request.token)
            return .with { $0.frame = .held(answer) }
        case .freeze(let request):
            let answer = await freeze(request)
            return .with { $0.frame = .frozen(answer) }
        case .thaw(let request):
            let answer = await thaw(request.token)
            return .with { $0.frame = .thawed(answer) }
        case nil: return nil
        }
    }

    private func begin(_ request: ReplicationV1.GroupHold) async -> ReplicationV1.GroupMemberFrame.Frame {
        let lease = Duration.microseconds(Int64(clamping: request.leaseUs))
        let number = nextHold
        nextHold += 1
        let answer =
            lease > .zero && lease <= Self.longestLease
            ? await member.hold(token: number, lease: lease) : .busy("a lease of \(lease) is not held")
        guard case .cut(let cut, let instant) = answer, let token = request.token else {
            return .busy(
                .with {
                    $0.token = request.token
                    if case .busy(let cause) = answer { $0.cause = cause }
                })
        }
        let incarnation = member.incarnation
        hold = Hold(token: token, number: number, cutAt: instant, lease: lease, incarnation: incarnation)
        if interval > .zero { await member.expectGroupCuts(every: interval) }
        environment.failpoints.reach("agent.group.cut")
        return .cut(
            .with {
                $0.token = token
                $0.number = cut
                $0.incarnation = incarnation
            })
    }

    private func freeze(_ request: ReplicationV1.GroupFreeze) async -> ReplicationV1.GroupFrozen {
        let hold = Duration.microseconds(Int64(clamping: request.holdUs))
        guard let token = request.token, hold > .zero, hold <= Self.longestFreeze else {
            return .with { $0.token = request.token; $0.cause = "a guest is not frozen for \(hold)" }
        }
        let number = nextHold
        nextHold += 1
        let point = "\(token.group)/\(token.generation)/\(token.sequence)"
        let cause = await member.freeze(token: number, hold: hold, point: point)
        if cause == nil { frozen = (token, number) }
        environment.failpoints.reach("agent.group.frozen")
        return .with { $0.token = token; $0.cause = cause ?? "" }
    }

    private func thaw(_ token: ReplicationV1.GroupToken?) async -> ReplicationV1.GroupThawed {
        guard let frozen, frozen.token == token else {
            return .with { $0.token = token; $0.cause = "the guest is not frozen for this cut" }
        }
        self.frozen = nil
        let (cause, held) = await member.thaw(token: frozen.number)
        return .with {
            $0.token = token
            $0.cause = cause ?? ""
            $0.heldUs = UInt64(max(0, held.inMicroseconds))
        }
    }

    private func end(_ token: ReplicationV1.GroupToken?) async -> ReplicationV1.GroupHeld {
        environment.failpoints.reach("agent.group.release")
        guard let hold, hold.token == token else { return .with { $0.token = token } }
        self.hold = nil
        let isHeld = await member.release(token: hold.number)
        let parked = isHeld ? environment.clock.now() - hold.cutAt : hold.lease
        let incarnation = member.incarnation
        return .with {
            $0.token = token
            $0.held = isHeld && incarnation == hold.incarnation
            $0.incarnation = incarnation
            $0.heldUs = UInt64(parked.inMicroseconds)
        }
    }
}
