import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// Room for what a machine writes between its failover and its commit.
@Suite struct OverlaySpaceTests {
    /// Points each five seconds, of 256 blocks each: 1 MiB.
    private static func points(_ count: UInt64, from first: UInt64 = 1) -> [TargetV1.RecoveryPoint] {
        (first..<first + count).reversed().map { number in
            .with {
                $0.number = number
                $0.base = number - 1
                $0.cutUnixUs = Int64(number) * 5_000_000
                $0.generation = .with { $0.number = 3 }
                $0.blocks = 256
            }
        }
    }

    private static func item(_ mebibytes: UInt64) -> ItemRecord {
        var item = ItemRecord(id: "item-1", displayName: "web")
        item.disks = [StoredDisk(id: "d1", index: 0, bytes: mebibytes << 20)]
        return item
    }

    @Test func `it is the rate of change for the time until commit, and at most the disks`() {
        // 1 MiB in 5 s, for an hour: 720 MiB.
        let hour = OverlayEstimate(Self.item(4_096), Self.points(13), untilCommitUs: 3_600_000_000)
        #expect(hour.bytes == 720 << 20 && hour.withMerge == 1_440 << 20)
        #expect(hour.basis.hasPrefix("720.0 MiB: 12.0 MiB changed in 60 s by 12 recovery points, 204.7 KiB a second"))
        #expect(hour.basis.contains("for 1 h until commit"))
        #expect(OverlayEstimate(Self.item(100), Self.points(13), untilCommitUs: 3_600_000_000).bytes == 100 << 20)
        let endless = OverlayEstimate(Self.item(100), Self.points(13), untilCommitUs: .max)
        #expect(endless.bytes == 100 << 20)
    }

    @Test func `only intervals count of which both ends are known, and of one writer`() {
        // Every other one was thinned out: nothing follows what it was based on.
        let thinned = Self.points(20).filter { $0.number.isMultiple(of: 2) }
        #expect(OverlayEstimate(Self.item(100_000), thinned, untilCommitUs: 3_600_000_000).bytes == 1 << 30)
        // One pair is left besides.
        let pair = thinned + Self.points(2, from: 40)
        #expect(OverlayEstimate(Self.item(100_000), pair, untilCommitUs: 3_600_000_000).bytes == 720 << 20)
        var first = Self.points(2)
        first[0].generation = .with { $0.number = 4 }
        first[0].blocks = 1 << 40
        #expect(OverlayEstimate(Self.item(100_000), first, untilCommitUs: 3_600_000_000).bytes == 1 << 30)
        var named = Self.points(2)
        named[1].name = "home-before-reprotect"
        #expect(OverlayEstimate(Self.item(100_000), named, untilCommitUs: 3_600_000_000).bytes == 1 << 30)
    }

    @Test func `without a rate it is the stated least, and an idle machine takes nothing`() {
        let unknown = OverlayEstimate(Self.item(100_000), [], untilCommitUs: 3_600_000_000)
        #expect(unknown.bytes == 1 << 30 && unknown.basis.contains("no two recovery points in a row"))
        #expect(OverlayEstimate(Self.item(8), [], untilCommitUs: 3_600_000_000).bytes == 8 << 20)
        let idle = Self.points(5).map { point in point.changed { $0.blocks = 0 } }
        #expect(OverlayEstimate(Self.item(100), idle, untilCommitUs: 3_600_000_000).bytes == 0)
    }

    @Test(arguments: [Direction.out, .home])
    func `without room it is refused with how the figure was made, unless a person says so`(
        _ direction: Direction
    ) throws {
        try withVault { rig in
            try await rig.protect()
            if direction == .home {
                try await rig.failOver(.out)
                try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
                try await rig.reprotect(until: "PROTECTED_HOME")
            }
            // A disk of 1 MiB, no rate: overlay and merge may take 2 MiB.
            rig.peers.state.withLock { $0.freeBytes = (2 << 20) - 1 }
            let before = try await rig.item()
            rig.retry += 1
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.failOver(rig.failover(direction))
            }
            let gate = try #require(failure?.gates.first)
            #expect(failure?.gates.map(\.code) == [.overlaySpace] && gate.severity == .blocking)
            #expect(gate.evidence.first?.observed.contains("no two recovery points in a row") == true)
            #expect(gate.remedy?.command?.contains("--waive OVERLAY_SPACE=") == true)
            #expect(try await rig.item() == before)
            let waived = rig.failover(direction).changed {
                $0.options = rig.options("waived")
                $0.options?.waivers = [.with { $0.code = "OVERLAY_SPACE"; $0.reason = "an hour at most" }]
            }
            try await rig.succeed(rig.core.failOver(waived))
        }
    }

    @Test func `the members of a group need room together`() throws {
        try withVault { rig in
            try await rig.protectShop()
            rig.peers.state.withLock { $0.freeBytes = 3 << 20 }
            let failure = await #expect(throws: Failure.self) {
                _ = try await rig.core.failOver(rig.failover(.out, "shop"))
            }
            #expect(failure?.gates.map(\.code) == [.overlaySpace])
            let said = failure?.gates.flatMap(\.evidence).map(\.observed) ?? []
            let whole = "the overlays of all members and the merge take 4.0 MiB, 3.0 MiB are free"
            #expect(said.contains("db: \(whole)"), "\(said)")
            rig.peers.state.withLock { $0.freeBytes = 4 << 20 }
            rig.retry += 1
            try await rig.failOver(.out, "shop")
        }
    }

    @Test func `what a failback may write is promised to no other one`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.diskOwners = ["web": "machine/web", "app": "machine/app"] }
            for name in ["web", "app"] {
                try await rig.protect(name)
                try await rig.failOver(.out, name)
                try await rig.succeed(
                    rig.core.operate(rig.request("commit-\(name)", name)) { _ in (.commit, commitWorkflow(.out)) })
                rig.retry += 1
                try await rig.reprotect(until: "PROTECTED_HOME", name)
            }
            rig.peers.state.withLock {
                $0.freeBytes = 3 << 20
                $0.awayAfter = ("Fence", ["mt-home"])
            }
            let first = try await rig.core.failOver(rig.failover(.home, "web"))
            try await rig.pause(.seconds(1))
            let refusal = await #expect(throws: Failure.self) {
                try await rig.core.failOver(rig.failover(.home, "app"))
            }
            let gate = try #require(refusal?.gates.first { $0.code == .capacityReserved })
            #expect(gate.evidence.first?.observed.contains("bytes of home's datastore") == true)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.succeed(first)
        }
    }
}
