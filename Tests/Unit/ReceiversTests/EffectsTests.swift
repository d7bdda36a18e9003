import Contract
import Environment
import Messages
import Model
import Receivers
import Store
import Synchronization
import Testing

struct InlineLane: Lane {
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T { try body() }
}

final class Counting: RandomSource {
    private let state = Mutex<UInt64>(1)
    func nextUInt64() -> UInt64 { state.withLock { $0 &+= 0x9E37_79B9_7F4A_7C15; return $0 } }
}

/// Ends the incarnation when a failpoint is reached: what follows in it cannot commit.
final class KillAt: Failpoints {
    private let name: String
    private let medium: MemoryMedium

    init(_ name: String, _ medium: MemoryMedium) {
        self.name = name
        self.medium = medium
    }

    func reach(_ name: String) { if name == self.name { medium.kill() } }
}

final class Order: Sendable {
    private let entries = Mutex<[String]>([])
    func note(_ entry: String) { entries.withLock { $0.append(entry) } }
    var all: [String] { entries.withLock { $0 } }
}

/// A world with one thing that can be done to it.
final class Switch: Sendable {
    let turned = Mutex(0)
    var isOn: Bool { turned.withLock { $0 > 0 } }
}

func openReceiver(_ medium: MemoryMedium, failpoints: any Failpoints = NoFailpoints()) async throws -> Effects {
    let schema = Schema(store: "receiver", migrations: ReceiverStore.schema)
    let database = try await StoreDatabase.open(
        .memory(medium), schema: schema, lane: InlineLane(), random: Counting(), failpoints: failpoints)
    return Effects(ReceiverStore(database), component: "test", failpoints: failpoints)
}

func generation(_ number: UInt64, token: UInt8 = 7) throws -> Generation {
    Generation(number: number, token: try #require(GenerationToken([UInt8](repeating: token, count: 16))))
}

func assignment(_ number: UInt64) throws -> Assignment {
    Assignment(
        item: "web", generation: try generation(number),
        roles: GenerationRoles(activeSite: .home, replication: .out))
}

func call(_ step: StepID, course: OperationKey.Course = .forward, epoch: UInt64 = 1, under number: UInt64? = nil)
    throws -> EffectCall
{
    let key = try OperationKey(job: "job-1", item: "web", step: step, course: course, target: "disks/d1")
    return EffectCall(
        key: key, epoch: epoch, generation: try number.map { try generation($0) }, request: CommonV1.ProbeRequest())
}

func turn(_ effects: Effects, _ call: EffectCall, _ thing: Switch) async throws -> CommonV1.ProbeResponse {
    try await effects.perform(
        call,
        look: { thing.isOn ? .with { $0.recorded = 1 } : nil },
        act: { _ in
            thing.turned.withLock { $0 += 1 }
            return .with { $0.recorded = 1 }
        })
}

@Suite struct EffectsTests {
    @Test func `the same key acts once and answers the same again`() async throws {
        let effects = try await openReceiver(MemoryMedium())
        let thing = Switch()
        for _ in 0..<3 { #expect(try await turn(effects, call("attach"), thing).recorded == 1) }
        #expect(thing.turned.withLock { $0 } == 1)
    }

    @Test(arguments: [
        "test.effect.before", "test.effect.after", "store.operation.done.before-commit", "test.effect.reply",
    ])
    func `killed anywhere, the effect is there once after it is asked for again`(failpoint: String) async throws {
        let medium = try MemoryMedium()
        let thing = Switch()
        let first = try await openReceiver(medium, failpoints: KillAt(failpoint, medium))
        _ = try? await turn(first, call("attach"), thing)
        let second = try await openReceiver(medium)
        #expect(try await turn(second, call("attach"), thing).recorded == 1)
        #expect(thing.turned.withLock { $0 } == 1)
    }

    @Test func `a forward call that comes after its undo is refused for ever`() async throws {
        let effects = try await openReceiver(MemoryMedium())
        let thing = Switch()
        _ = try await turn(effects, call("attach", course: .undo), Switch())
        for _ in 0..<2 {
            let failure = await #expect(throws: Failure.self) { _ = try await turn(effects, call("attach"), thing) }
            #expect(failure?.code == .operationCancelled)
        }
        #expect(!thing.isOn)
    }

    @Test func `an undo is told what became of the forward call`() async throws {
        let effects = try await openReceiver(MemoryMedium())
        _ = try await turn(effects, call("attach"), Switch())
        let told = Mutex<OperationLedger.Standing?>(nil)
        let _: CommonV1.ProbeResponse = try await effects.perform(
            call("attach", course: .undo), look: { nil },
            act: { forward in
                told.withLock { $0 = forward }
                return CommonV1.ProbeResponse()
            })
        guard case .done? = told.withLock({ $0 }) else { Issue.record("the undo was told nothing"); return }
    }

    @Test func `a transient failure is not an answer, a refusal for good is`() async throws {
        let effects = try await openReceiver(MemoryMedium())
        let thing = Switch()
        func failing(_ code: ErrorCode) async -> Failure? {
            await #expect(throws: Failure.self) {
                let _: CommonV1.ProbeResponse = try await effects.perform(
                    call("attach"), look: { nil }, act: { _ in throw Failure(code, "no") })
            }
        }
        #expect(await failing(.busy)?.code == .busy)
        #expect(await failing(.lineageRefused)?.code == .lineageRefused)
        let failure = await #expect(throws: Failure.self) { _ = try await turn(effects, call("attach"), thing) }
        #expect(failure?.code == .lineageRefused)
        #expect(!thing.isOn)
    }

    @Test func `calls are judged by generation, and a known answer is given also later`() async throws {
        let effects = try await openReceiver(MemoryMedium())
        let thing = Switch()
        let unknown = await #expect(throws: Failure.self) { _ = try await turn(effects, call("a", under: 1), thing) }
        #expect(unknown?.code == .unknownGeneration)
        try await effects.assign(assignment(1), epoch: 1) { _ in }
        _ = try await turn(effects, call("a", under: 1), thing)
        try await effects.assign(assignment(2), epoch: 1) { _ in }
        #expect(try await turn(effects, call("a", under: 1), thing).recorded == 1)
        let stale = await #expect(throws: Failure.self) { _ = try await turn(effects, call("b", under: 1), thing) }
        #expect(stale?.code == .staleGeneration)
        let lower = await #expect(throws: Failure.self) { try await effects.assign(assignment(1), epoch: 1) { _ in } }
        #expect(lower?.code == .staleGeneration)
    }

    @Test func `a vault that was succeeded is refused`() async throws {
        let effects = try await openReceiver(MemoryMedium())
        _ = try await turn(effects, call("a", epoch: 5), Switch())
        let failure = await #expect(throws: Failure.self) { _ = try await turn(effects, call("b", epoch: 4), Switch()) }
        #expect(failure?.code == .staleEpoch)
    }

    @Test func `assign waits for running effects of lower generations and ends what else runs`() async throws {
        let effects = try await openReceiver(MemoryMedium())
        try await effects.assign(assignment(1), epoch: 1) { _ in }
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let order = Order()
        let slow = try call("slow", under: 1)
        let next = try assignment(2)
        try await withThrowingTaskGroup { group in
            group.addTask {
                let _: CommonV1.ProbeResponse = try await effects.perform(
                    slow, look: { nil },
                    act: { _ in
                        enter.finish()
                        for await _ in gate {}
                        order.note("effect ended")
                        return CommonV1.ProbeResponse()
                    })
            }
            for await _ in entered {}
            group.addTask {
                try await effects.assign(next, epoch: 1) { _ in order.note("quiesced") }
                order.note("assigned")
            }
            open.finish()
            try await group.waitForAll()
        }
        #expect(order.all == ["effect ended", "quiesced", "assigned"])
    }
}
