import Contract
import Environment
import Messages
import Model
import RPC
import Receivers
import Store
import Testing

/// What a receiver tells a vault that does not know how old its own record is.
@Suite struct CensusTests {
    @Test func `a census tells assignments, the vault's highest epoch and the jobs that worked here`() async throws {
        let effects = try await openReceiver(try MemoryMedium())
        try await effects.assign(try assignment(3), epoch: 5) { _ in }
        let told = try await turn(effects, call("attach", epoch: 7, under: 3), Switch())
        #expect(told.recorded == 1)
        let census = try await handler(effects).census(.init(), context)
        #expect(census.assignments == [try assignment(3).message])
        #expect(census.vaultEpoch == 7)
        #expect(census.jobs.map { "\($0.item) \($0.job)" } == ["web job-1"])
        #expect(census.behind == nil)
        let other = try await handler(effects).census(.with { $0.item = "db" }, context)
        #expect(other.assignments.isEmpty && other.jobs.isEmpty && other.vaultEpoch == 7)
    }

    private func handler(_ effects: Effects) -> ReceiverHandler {
        ReceiverHandler(effects, clock: StillClock()) { _ in }
    }

    private let context = CallContext(
        method: MethodName(service: "homeward.common.v1.Receiver", method: "Census"), metadata: Metadata(),
        deadline: nil, peer: "test")
}

private struct StillClock: Clock {
    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) }
    func wallNow() -> WallInstant { WallInstant(microseconds: 0) }
    func sleep(until deadline: MonotonicInstant) async throws {}
}
