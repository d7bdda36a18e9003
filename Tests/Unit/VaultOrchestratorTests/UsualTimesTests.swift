import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator
@testable import Workflow

/// A preview says how long a thing usually takes, from what jobs of its kind took.
@Suite struct UsualTimesTests {
    @Test func `without a history nothing is foretold, after a job its own times are`() throws {
        try withVault { rig in
            try await rig.protect()
            let request = rig.failover(.out).changed { $0.options?.validateOnly = true }
            let unknown = try #require(try await rig.core.failOver(request).preview)
            #expect(unknown.history == 0 && unknown.usualUs == 0)
            #expect(unknown.steps.allSatisfy { $0.usualUs == 0 })

            let first = try await rig.ended(rig.core.failOver(rig.failover(.out)))
            #expect(first.state == .succeeded)
            let times = try await rig.core.vault.store.usualTimes(of: "failover")
            #expect(times.jobs == 1)
            // From its first record, which comes after the job is there.
            #expect(times.whole > .zero && times.whole <= .microseconds(first.endedUnixUs - first.createdUnixUs))
            let slowest = try #require(first.steps.max { $0.span < $1.span })
            let id = try StepID(slowest.plan?.id ?? "")
            #expect(times.steps[id] == .microseconds(slowest.span) && slowest.span > 0)
        }
    }

    @Test func `the newest five count, and of those the one in the middle`() {
        func journal(_ seconds: Int64) -> [JobStore.Entry] {
            [
                .init(sequence: 1, at: .init(0), event: .started("stop")),
                .init(sequence: 2, at: .init(seconds * 1_000_000), event: .started("stop")),
            ]
        }
        let times = UsualTimes([3, 900, 2, 4, 1].map(journal))
        #expect(times.whole == .seconds(3) && times.steps["stop"] == .seconds(3) && times.jobs == 5)
        #expect(UsualTimes([]).whole == .zero)
    }
}

extension VaultV1.JobStep {
    fileprivate var span: Int64 { endedUnixUs - startedUnixUs }
}
