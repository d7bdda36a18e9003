import API
import Contract
import Environment
import Hosting
import Logging
import Messages
import Model
import RPC
import ScriptedSource
import Simulation
import Synchronization

/// How a scripted member answers one hold.
enum Behaviour: Hashable, Sendable {
    case good, busy
    /// CUT comes so much later.
    case lateCut(Duration)
    /// HELD(false).
    case notHeld
    /// HELD(true) of another incarnation.
    case otherIncarnation
    /// No HELD at all.
    case silent
    /// The stream breaks instead of CUT, instead of HELD.
    case goneBeforeCut, goneBeforeHeld
}

/// How a scripted member answers every freeze and thaw.
enum Freezing: Hashable, Sendable {
    case good
    /// FROZEN says why not.
    case refused
    /// No FROZEN at all.
    case silent
    /// THAWED says that the guest did not stand still.
    case thawedBefore
    /// The stream breaks instead of FROZEN.
    case gone
}

/// What a scripted member was asked, in order.
final class Asked: Sendable {
    private let state = Mutex((holds: [UInt64](), releases: [UInt64](), freezes: [String]()))

    var holds: [UInt64] { state.withLock { $0.holds } }
    var releases: [UInt64] { state.withLock { $0.releases } }
    func hold(_ sequence: UInt64) -> Int {
        state.withLock { state in
            state.holds.append(sequence)
            return state.holds.count
        }
    }
    /// `freeze`, `hold` and `thaw` with their sequence.
    var freezes: [String] { state.withLock { $0.freezes } }
    func freeze(_ what: String, _ sequence: UInt64?) {
        state.withLock { $0.freezes.append("\(what) \(sequence ?? 0)") }
    }
    func release(_ sequence: UInt64) { state.withLock { $0.releases.append(sequence) } }
}

/// A member of a group without a machine behind it.
struct ScriptedMember: Sendable {
    let group: String
    let item: ItemID
    let generation: Model.Generation
    /// By the number of the hold, from 1; the others are answered well.
    var behaviours: [Int: Behaviour] = [:]
    var freezing = Freezing.good
    let asked = Asked()

    /// Attends until the process is killed; a broken stream is opened again.
    func attend(_ environment: Environment) async {
        let client = GroupCutClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
        while true {
            do {
                let call = try await client.attend()
                defer { call.cancel() }
                try await serve(call, environment)
            } catch {}
            try? await environment.clock.sleep(for: .milliseconds(50))
        }
    }

    /// False when the stream breaks instead.
    private func answer(
        _ frame: ReplicationV1.GroupCoordinatorFrame,
        _ call: StreamingCall<ReplicationV1.GroupMemberFrame, ReplicationV1.GroupCoordinatorFrame>
    ) async throws -> Bool {
        switch frame.frame {
        case .freeze(let freeze):
            asked.freeze("freeze", freeze.token?.sequence)
            if freezing == .gone { return false }
            if freezing == .silent { return true }
            let cause = freezing == .refused ? "asked to" : ""
            try await call.send(.with { $0.frame = .frozen(.with { $0.token = freeze.token; $0.cause = cause }) })
        case .thaw(let thaw):
            asked.freeze("thaw", thaw.token?.sequence)
            let cause = freezing == .thawedBefore ? "it ran" : ""
            try await call.send(
                .with { $0.frame = .thawed(.with { $0.token = thaw.token; $0.cause = cause; $0.heldUs = 5_000 }) })
        default: break
        }
        return true
    }

    private func serve(
        _ call: StreamingCall<ReplicationV1.GroupMemberFrame, ReplicationV1.GroupCoordinatorFrame>,
        _ environment: Environment
    ) async throws {
        try await call.send(
            .with {
                $0.frame = .hello(
                    .with {
                        $0.group = group
                        $0.item = item.text
                        $0.generation = generation.message
                        $0.incarnation = 1
                    })
            })
        var behaviour = Behaviour.good
        while let frame = try await call.next() {
            switch frame.frame {
            case .hold(let hold):
                asked.freeze("hold", hold.token?.sequence)
                let count = asked.hold(hold.token?.sequence ?? 0)
                behaviour = behaviours[count] ?? .good
                if behaviour == .goneBeforeCut { return }
                if behaviour == .busy {
                    try await call.send(
                        .with {
                            $0.frame = .busy(
                                .with {
                                    $0.token = hold.token
                                    $0.cause = "asked to"
                                })
                        })
                    continue
                }
                if case .lateCut(let delay) = behaviour { try await environment.clock.sleep(for: delay) }
                try await call.send(
                    .with {
                        $0.frame = .cut(
                            .with {
                                $0.token = hold.token
                                $0.number = UInt64(100 + count)
                                $0.incarnation = 1
                            })
                    })
            case .release(let release):
                asked.release(release.token?.sequence ?? 0)
                if behaviour == .goneBeforeHeld { return }
                if behaviour == .silent { continue }
                try await call.send(
                    .with {
                        $0.frame = .held(
                            .with {
                                $0.token = release.token
                                $0.held = behaviour != .notHeld
                                $0.incarnation = behaviour == .otherIncarnation ? 2 : 1
                                $0.heldUs = 1_000
                            })
                    })
            case .freeze, .thaw:
                guard try await answer(frame, call) else { return }
            case .welcome, nil: break
            }
        }
    }
}

/// A master target that only takes group points.
final class ScriptedGroupTarget: GroupRecordService {
    private let requests = Mutex<[ReplicationV1.RecordGroupPointRequest]>([])
    /// What it says was recorded before.
    let highest: UInt64

    init(highest: UInt64 = 0) { self.highest = highest }

    var recorded: [ReplicationV1.RecordGroupPointRequest] { requests.withLock { $0 } }
    var sequences: [UInt64] { recorded.map { $0.token?.sequence ?? 0 } }

    func recordGroupPoint(
        _ request: ReplicationV1.RecordGroupPointRequest, _ context: CallContext
    ) async throws -> ReplicationV1.RecordGroupPointResponse {
        requests.withLock { requests in
            if !request.members.isEmpty, !requests.contains(request) { requests.append(request) }
        }
        return .with {
            $0.highestSequence = max(highest, sequences.max() ?? 0)
            $0.newestCommon = recorded.last?.token
        }
    }

    func serve(_ environment: Environment) async {
        guard
            let server = try? await StreamTransport(environment).serve(DataPathWorld.targetAddress, [bound()])
        else { return }
        while true { try? await environment.clock.sleep(for: .seconds(3_600)) }
        await server.drain(grace: .zero)
    }
}
