import Environment
import Messages
import Model
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

/// A failback's commit ends half way, with the cloud machine removed and its disks on their way to the master target;
/// then the vault's store is lost, and a backup that knows nothing of it is opened in its place.
@Suite struct LeftSeedTests {
    enum Left: CaseIterable {
        case disks, strangers, nothing
    }

    @Test(arguments: Left.allCases)
    func `what a commit that ended half way left of the cloud machine is found by the next reprotect`(
        _ left: Left
    ) throws {
        try withMedium { environment, peers, medium in
            let first = try await Rig(environment, peers, medium)
            try await first.failBack()
            let (backup, id) = (try medium.copy(), try await first.item().id)
            first.retry += 1
            // It is removed; and nobody is there to take its disks.
            peers.state.withLock { $0.awayAfter = ("DeleteMachine", ["platform", "mt-cloud"]) }
            _ = try await ItemsHandler(core: first.core).commit(first.request("commit"), context)
            try await first.pause(.seconds(3))
            #expect(peers.log.last == "platform.DeleteMachine", "\(peers.log.suffix(3))")
            await first.stop(medium)
            peers.state.withLock { state in
                state.away = []
                state.lostReplicas["mt-cloud/\(id)"] = left == .strangers ? .strangers : .disks
                if left == .nothing { state.goneDisks = [id] }
                if left == .strangers { state.foreignSeeds = [id] }
            }

            let second = try await Rig(environment, peers, backup)
            try await second.pause(.seconds(30))
            let done = try #require(try await second.reconcile().first)
            #expect(done.refused == "" && done.because.contains { $0.contains("looks for the disks") }, "\(done)")
            let item = try await second.item()
            #expect(item.phase == "COMMITTED_HOME" && !item.seedAtCloud && item.isSeedSought == true)
            try await second.pause(.seconds(30))
            second.retry = 1_000
            let preview = try await second.core.reprotect(
                second.request("preview").changed { $0.options?.validateOnly = true })
            #expect("\(preview)".contains("unless the disks of the removed machine web-cloud are found"))
            let before = peers.log.count
            try await second.reprotect(until: "PROTECTED_OUT")
            let made = peers.log.dropFirst(before)
            #expect(made.contains("platform.CreateReplicaDisks") == (left != .disks), "\(made)")
            #expect(made.contains("mt-cloud.BeginOverwrite") == (left == .disks), "what it held is kept as a point")
            let again = try await second.item()
            #expect(again.isSeedSought == nil && !again.seedAtCloud)
            await second.stop(backup)
        }
    }
}
