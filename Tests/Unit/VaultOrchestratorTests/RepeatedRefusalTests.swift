import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// What is refused again and again.
@Suite struct RepeatedRefusalTests {
    @Test func `a loop of one refusal makes the log grow by its logarithm, and the count is told`() throws {
        try withMedium { environment, peers, medium in
            let rig = try await Rig(environment, peers, medium)
            try await rig.protect()
            for _ in 0..<100 { await rig.refusedCommit() }
            let refused = try await rig.whole().filter { $0.kind == "refused" }
            #expect(refused.map { $0["times"]?.prefix { $0 != "," } } == [nil, "2", "4", "8", "16", "32", "64"])
            let first = try #require(refused.first)
            #expect(refused.last?["times"] == "64, the first one is record \(first.sequence)")
            #expect(refused.allSatisfy { $0.operation == "commit" && $0["gate OPERATION_ALLOWED"] != nil })
            // After a while it is told anew, with what was counted and not told.
            try await rig.pause(.seconds(3_700))
            await rig.refusedCommit()
            let last = try #require(try await rig.whole().last { $0.kind == "refused" })
            #expect(last["times"] == nil)
            let before = try #require(last["times-before"])
            #expect(before.hasPrefix("100, the first one is record \(first.sequence), the last at"))
            await rig.stop(medium)
        }
    }

    @Test func `another operation, person or gate is another refusal`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.protect("app")
            await rig.refusedCommit()
            await rig.refusedCommit(by: "bob")
            await rig.refusedCommit("app")
            try await rig.core.vault.store.update(rig.item().itemID(), "test") { item in
                (item.claimJob, item.claimOperation) = ("job-other", "SWITCH_PROCESS_SERVER")
                return true
            }
            await rig.refusedCommit()
            let refused = try await rig.whole().filter { $0.kind == "refused" }
            #expect(refused.count == 4 && refused.allSatisfy { $0["times"] == nil })
        }
    }

    @Test func `of very many different ones the log tells what was counted of those that make room`() throws {
        try withVault { rig in
            try await rig.protect()
            for _ in 0..<3 { await rig.refusedCommit(by: "ana") }
            for number in 0..<1_000 { await rig.refusedCommit(by: "person \(number)") }
            let records = try await rig.whole().filter { $0.kind == "refused" }
            #expect(records.filter { $0["times-before"]?.hasPrefix("3, the first one") == true }.count == 1)
        }
    }
}

extension Rig {
    fileprivate func refusedCommit(_ name: String = "web", by person: String = "ana") async {
        retry += 1
        let request = request("commit", name).changed { $0.options?.person = person }
        let handler = ItemsHandler(core: core)
        do {
            _ = try await handler.commit(request, context)
            Issue.record("the commit was not refused")
        } catch {}
    }
}
