import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// What copies wrote that were left before a commit, as the vault tells it and gives it up.
@Suite struct SetAsideTests {
    @Test func `what a cancel sets aside is told with its job, and released by a person's word`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            #expect(try await rig.listed() == [])
            let cancel = try await rig.core.operate(rig.request("cancel")) { _ in
                (.cancelFailover, cancelFailoverWorkflow(.out))
            }
            try await rig.succeed(cancel)
            let kept = try #require(try await rig.listed().first)
            #expect(kept.generation == 2 && kept.job == cancel.name && kept.person == "ana" && kept.sinceUnixUs > 0)
            #expect(kept.site == .cloud && kept.masterTarget == "mt-cloud" && kept.blocks == 3 && kept.pinned)
            #expect(kept.storedBytes == 3 * 4_096 && kept.away.isEmpty)
            #expect(rig.core.show(try await rig.item()).setAsideBytes == 3 * 4_096)
            // Away, it is told from the row.
            rig.peers.state.withLock { _ = $0.away.insert("mt-cloud") }
            let away = try #require(try await rig.listed().first)
            #expect(away.generation == 2 && away.blocks == 3 && away.away.contains("mt-cloud"))
            rig.peers.state.withLock { _ = $0.away.remove("mt-cloud") }
            let unsaid = await #expect(throws: Failure.self) {
                _ = try await rig.core.releaseSetAside(rig.release("release").changed { $0.reason = "" })
            }
            #expect(unsaid?.code == .invalidArgument)
            let other = await #expect(throws: Failure.self) {
                _ = try await rig.core.releaseSetAside(rig.release("other").changed { $0.generation = 7 })
            }
            #expect(other?.message.contains("generation 2") == true)
            try await rig.succeed(rig.core.releaseSetAside(rig.release("release")))
            #expect(try await rig.listed() == [])
            #expect(rig.core.show(try await rig.item()).setAsideBytes == 0)
            let record = try #require(try await rig.whole().last { $0.kind == "job-created" })
            #expect(record.operation == "release-set-aside" && record["set-aside"] == "generation 2")
            #expect(record.person == "ana" && record["cause"] == "exported")
            let none = await #expect(throws: Failure.self) {
                _ = try await rig.core.releaseSetAside(rig.release("again"))
            }
            #expect(none?.code == .notFound && none?.message.contains("nothing is set aside") == true)
        }
    }

    @Test func `with the disks at their machine it is told where it lies, and neither read nor released`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            rig.retry += 1
            try await rig.failOver(.out)
            let there = try #require(try await rig.listed().first)
            #expect(there.generation == 2 && there.away.contains("web-cloud"))
            let read = await #expect(throws: Failure.self) {
                try await rig.core.read(VaultV1.ReadSetAsideRequest.with { $0.item = "web" }) { _ in }
            }
            #expect(read?.message.contains("web-cloud") == true)
            let refused = await #expect(throws: Failure.self) {
                _ = try await rig.core.releaseSetAside(rig.release("release"))
            }
            #expect(refused?.gates.map(\.code).contains(.operationAllowed) == true)
            let preview = try await rig.core.commit(
                rig.request("preview").changed { $0.options?.validateOnly = true }).preview
            #expect(preview?.warnings.contains { $0.contains("generation 2 wrote") && $0.contains("goes") } == true)
            try await rig.succeed(rig.core.commit(rig.request("commit")))
            #expect(try await rig.item().setAside == nil)
            #expect(try await rig.listed() == [])
        }
    }
}

extension Rig {
    fileprivate func listed() async throws -> [VaultV1.SetAside] {
        try await core.setAside(.with { $0.item = "web" }).setAside
    }

    fileprivate func release(_ id: String) -> VaultV1.ReleaseSetAsideRequest {
        .with {
            $0.name = "web"
            $0.reason = "exported"
            $0.options = options(id)
        }
    }
}
