import Environment
import Messages
import Model
import NBD
import RPC
import ScriptedSource
import Simulation
import Testing

@testable import MasterTarget

@Suite struct BranchTests {
    @Test func `a branch reads as its point and keeps its own writes, while replication goes on`() throws {
        let bench = try targetWorld(seed: 61)
        let (machine, contents) = try replicated(bench, points: 3)
        let branch = try bench.perform { try await ScriptedVault($0).branch(of: 2) }
        #expect(branch.ended.isEmpty)
        try bench.on(bench.masterTarget) { environment in
            let disk = try await BranchDisk(environment, branch, 0)
            #expect(try await disk.all() == contents[2]?[0])
            try await disk.client.write([UInt8](repeating: 0xB7, count: 1024), at: 3_584)
            try await disk.client.writeZeroes(offset: 8_192, count: 8_192)
            try await disk.client.flush()
            await disk.client.close()
        }
        // Two more points above it, over blocks that the branch never wrote and over some that it did.
        let newer = try replicate(bench, machine, points: 4...5)
        try bench.on(bench.masterTarget) { environment in
            var expected = contents[2]?[0] ?? []
            expected.replaceSubrange(3_584..<4_608, with: [UInt8](repeating: 0xB7, count: 1024))
            expected.replaceSubrange(8_192..<16_384, with: [UInt8](repeating: 0, count: 8_192))
            let first = try await BranchDisk(environment, branch, 0).all()
            let second = try await BranchDisk(environment, branch, 1).all()
            #expect(first == expected)
            #expect(second == contents[2]?[1])
        }
        // The replica never saw a write of the branch.
        #expect(try bench.attachedContent() == newer[5])
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            let (replica, seen) = (try await vault.replica(), try await vault.lookedAt())
            #expect(replica.position == 5)
            #expect(seen.writtenBlocks == 4)
        }
    }

    @Test func `a branch keeps what was flushed over a kill of its master target`() throws {
        let bench = try targetWorld(seed: 62)
        let (_, contents) = try replicated(bench, points: 2)
        let branch = try bench.perform { try await ScriptedVault($0).branch(of: 1) }
        try bench.on(bench.masterTarget) { environment in
            let disk = try await BranchDisk(environment, branch, 0)
            try await disk.client.write([UInt8](repeating: 0x5A, count: 512), at: 0, fua: true)
        }
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in
            let seen = try await ScriptedVault(environment).lookedAt()
            #expect(seen.ended.isEmpty)
        }
        try bench.on(bench.masterTarget) { environment in
            var expected = contents[1]?[0] ?? []
            expected.replaceSubrange(0..<512, with: [UInt8](repeating: 0x5A, count: 512))
            let seen = try await BranchDisk(environment, branch, 0).all()
            #expect(seen == expected)
        }
    }

    @Test func `a deleted branch leaves nothing, and only then its point can be unpinned`() throws {
        let bench = try targetWorld(seed: 63)
        _ = try replicated(bench, points: 1)
        let branch = try bench.perform { environment in
            let vault = ScriptedVault(environment)
            let branch = try await vault.branch(of: 1)
            await #expect(throws: RPCError.self) { try await vault.unpin("unpin-early") }
            try await vault.deleteBranch()
            // Asked for again by another job: there is nothing to do.
            try await vault.deleteBranch(step: "delete-again")
            try await vault.unpin("unpin")
            await #expect(throws: RPCError.self) { _ = try await vault.lookedAt() }
            return branch
        }
        try bench.on(bench.masterTarget) { environment in
            let left = try environment.files.list("\(DataPathWorld.ownerDirectory)/branches")
            #expect(left == [])
            #expect(!environment.files.exists(branch.socket))
        }
    }

    @Test func `a point that is not pinned by the one who asks has no branch`() throws {
        let bench = try targetWorld(seed: 64)
        _ = try replicated(bench, points: 2)
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.pin(1)
            await #expect(throws: RPCError.self) { _ = try await vault.createBranch(of: 2) }
            await #expect(throws: RPCError.self) { _ = try await vault.createBranch(of: 9, step: "branch-9") }
        }
    }

    /// The reserve is of replication's: the branch goes before it is touched.
    @Test func `a branch that takes the space ends, by name, and replication goes on`() throws {
        let bench = try DataPathWorld(seed: 65)
        let volume = bench.world.volume("data")
        bench.masterTarget.mount(volume, at: "/data")
        bench.targetSettings.branchReserveMiB = 1
        try bench.attachBlankDisks()
        bench.bootMasterTarget()
        let source = bench.machine(seed: 65)
        try bench.perform { try await ScriptedVault($0).enable(source, relay: false) }
        let (machine, _) = try replicated(bench, points: 2)
        let branch = try bench.perform { try await ScriptedVault($0).branch(of: 2) }
        volume.capacity = volume.usedBytes + (1 << 20) + 40 * 4_096
        try bench.on(bench.masterTarget) { environment in
            let disk = try await BranchDisk(environment, branch, 0)
            await #expect(throws: NBDError.noSpace) {
                for block in 0..<96 {
                    try await disk.client.write([UInt8](repeating: 1, count: 4_096), at: Int64(block) * 4_096)
                }
            }
        }
        try bench.perform { environment in
            try await environment.clock.sleep(for: .seconds(1))
            let seen = try await ScriptedVault(environment).lookedAt()
            #expect(seen.ended == "less than 1 MiB were left for replication")
        }
        try bench.on(bench.masterTarget) { environment in
            let directory = environment.files.parent(of: branch.socket)
            let left = try environment.files.list(directory)
            #expect(left == ["branch"])
        }
        let newer = try replicate(bench, machine, points: 3...4)
        #expect(try bench.attachedContent() == newer[4])
        // It stays ended, also for the next process.
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in
            #expect(try await !ScriptedVault(environment).lookedAt().ended.isEmpty)
            try await ScriptedVault(environment).deleteBranch()
        }
    }

    @Test func `replication that takes the space ends the branch, which wrote nothing`() throws {
        let bench = try DataPathWorld(seed: 66)
        let volume = bench.world.volume("data")
        bench.masterTarget.mount(volume, at: "/data")
        try bench.attachBlankDisks()
        bench.bootMasterTarget()
        let source = bench.machine(seed: 66)
        try bench.perform { try await ScriptedVault($0).enable(source, relay: false) }
        _ = try replicated(bench, points: 1)
        _ = try bench.perform { try await ScriptedVault($0).branch(of: 1) }
        volume.capacity = volume.usedBytes + (1 << 20)
        try bench.perform { environment in
            try await environment.clock.sleep(for: .seconds(2))
            #expect(try await ScriptedVault(environment).lookedAt().ended.hasPrefix("less than 256 MiB"))
        }
    }

    @Test func `a hand-over of the disks ends the branch, and a forgotten replica takes it along`() throws {
        let bench = try targetWorld(seed: 67)
        _ = try replicated(bench, points: 2)
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            _ = try await vault.branch(of: 1)
            try await vault.assignTarget(2)
            _ = try await vault.target.releaseReplica(
                .with {
                    $0.key = vault.key("release")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(2).message
                })
            #expect(try await vault.lookedAt().ended == "the replica's disks are handed over")
            _ = try await vault.target.forgetReplica(
                .with {
                    $0.key = vault.key("forget")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(2).message
                })
            await #expect(throws: RPCError.self) { _ = try await vault.lookedAt() }
        }
    }

    // MARK: The source

    private func replicated(
        _ bench: DataPathWorld, points: UInt64
    ) throws -> (ScriptedMachine, [UInt64: [[UInt8]]]) {
        let machine = bench.machine(seed: 99)
        return try bench.perform { [machine] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...points {
                machine.scribble(20)
                intervals.append(machine.cut(base: number - 1))
            }
            try await MasterTargetTests.replicate(machine, intervals, environment)
            return (machine, machine.cuts)
        }
    }

    private func replicate(
        _ bench: DataPathWorld, _ machine: ScriptedMachine, points: ClosedRange<UInt64>
    ) throws -> [UInt64: [[UInt8]]] {
        try bench.perform { [machine] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in points {
                machine.scribble(30)
                intervals.append(machine.cut(base: number - 1))
            }
            try await MasterTargetTests.replicate(machine, intervals, environment)
            return machine.cuts
        }
    }
}

/// One disk of a branch as a test machine's agent uses it.
private struct BranchDisk {
    let client: NBDClient
    private let disk: Int

    init(_ environment: Environment, _ branch: TargetV1.Branch, _ disk: Int) async throws {
        self.disk = disk
        client = try await NBDClient.connect(
            environment, .unix(path: branch.socket), export: DataPathWorld.disks[disk].id.text)
    }

    func all() async throws -> [UInt8] {
        try await client.read(offset: 0, count: DataPathWorld.disks[disk].bytes)
    }
}

extension ScriptedVault {
    func pin(_ point: UInt64) async throws {
        _ = try await target.pinPoint(
            .with {
                $0.key = key("pin-\(point)")
                $0.item = "item-1"
                $0.number = point
                $0.pin = "job-drill"
            }, Self.options)
    }

    func createBranch(of point: UInt64, step: String = "branch") async throws -> TargetV1.Branch {
        try await target.createBranch(
            .with {
                $0.key = key(step)
                $0.item = "item-1"
                $0.point = point
                $0.pin = "job-drill"
            }, Self.options)
    }

    fileprivate func branch(of point: UInt64) async throws -> TargetV1.Branch {
        try await pin(point)
        return try await createBranch(of: point)
    }

    fileprivate func lookedAt() async throws -> TargetV1.Branch {
        try await target.getBranch(
            .with {
                $0.item = "item-1"
                $0.branch = "job-drill"
            }, Self.options)
    }

    func deleteBranch(step: String = "delete-branch") async throws {
        _ = try await target.deleteBranch(
            .with {
                $0.key = key(step)
                $0.item = "item-1"
                $0.branch = "job-drill"
            }, Self.options)
    }

    func unpin(_ step: String) async throws {
        _ = try await target.unpinPoint(
            .with {
                $0.key = key(step)
                $0.item = "item-1"
                $0.pin = "job-drill"
            }, Self.options)
    }
}
