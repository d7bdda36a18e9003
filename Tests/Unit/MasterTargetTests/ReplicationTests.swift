import Blocks
import Contract
import Environment
import IntervalFrames
import Messages
import Model
import RPC
import ScriptedSource
import Testing

struct ReplicationTests {
    @Test(arguments: [1, 2, 3] as [UInt64]) func `a replica follows its source`(seed: UInt64) throws {
        let bench = try targetWorld(seed: seed)
        let content = try bench.perform { [machine = bench.machine(seed: seed)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...4 as ClosedRange<UInt64> {
                machine.scribble()
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            let vault = ScriptedVault(environment)
            let replica = try await vault.replica()
            #expect(replica.position == 4)
            #expect(replica.sealed == 4)
            #expect(replica.state == .atPoint)
            #expect(replica.disks == machine.descriptions)
            let points = try await vault.target.listPoints(.with { $0.item = "item-1" }).points
            #expect(points.map(\.number) == [4, 3, 2, 1])
            #expect(!points.contains { !$0.applied })
            let verified = try await vault.target.verifyReplica(.with { $0.item = "item-1" })
            #expect(verified.roots == points[0].roots)
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `list points pages newest first`() throws {
        let bench = try targetWorld(seed: 4)
        try bench.perform { [machine = bench.machine(seed: 4)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...12 as ClosedRange<UInt64> {
                machine.scribble(2)
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            let vault = ScriptedVault(environment)
            var token = ""
            var seen: [UInt64] = []
            repeat {
                let page = try await vault.target.listPoints(
                    .with {
                        $0.item = "item-1"
                        $0.pageSize = 5
                        $0.pageToken = token
                    })
                seen += page.points.map(\.number)
                token = page.nextPageToken
            } while !token.isEmpty
            #expect(seen == Array((1...12).reversed()))
        }
    }

    @Test(
        arguments: [
            "replica.staged", "replica.seal.before", "replica.seal.after", "master-target.ended",
            "replica.apply.captured", "replica.apply.written", "replica.apply.before", "replica.apply.after",
            "replica.hello.after",
        ])
    func `a killed master target resumes where it was`(failpoint: String) throws {
        let bench = try targetWorld(seed: 5)
        bench.masterTarget.arm(failpoint, count: failpoint == "replica.hello.after" ? 1 : 2)
        var isDown = false
        func watch() {
            // A supervisor starts it again.
            bench.world.after(.milliseconds(200)) {
                if bench.masterTarget.processes.isEmpty, !isDown {
                    isDown = true
                    bench.killMasterTarget()
                    bench.bootMasterTarget()
                }
                if !isDown { watch() }
            }
        }
        watch()
        let content = try bench.perform { [machine = bench.machine(seed: 5)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...3 as ClosedRange<UInt64> {
                machine.scribble(20)
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            let points = try await ScriptedVault(environment).target.listPoints(.with { $0.item = "item-1" }).points
            #expect(points.map(\.number) == [3, 2, 1])
            return machine.disks
        }
        #expect(isDown)
        #expect(try bench.attachedContent() == content)
    }

    @Test func `after a power loss sealed points are there and are applied without a source`() throws {
        let bench = try targetWorld(seed: 6)
        let content = try bench.perform { [machine = bench.machine(seed: 6)] environment in
            var machine = machine
            machine.scribble(20)
            let first = machine.cut(base: 0)
            machine.scribble(20)
            let second = machine.cut(base: 1)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            try await stream.send(first)
            try await stream.send(second)
            try await stream.await(2, .sealed)
            return machine.disks
        }
        bench.masterTarget.powerLoss()
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in try await ScriptedVault(environment).replica(at: 2) }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `a digest query is answered from what is on the disk`() throws {
        let bench = try targetWorld(seed: 7)
        try bench.perform { [machine = bench.machine(seed: 7)] environment in
            var machine = machine
            machine.scribble(30)
            let first = machine.cut(base: 0)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            try await stream.send(first)
            try await stream.await(1, .applied)
            var other = machine.disks[0]
            other[5 * blockSize] ^= 0xFF
            other[6 * blockSize] ^= 0xFF
            other[40 * blockSize] ^= 0xFF
            let question = DigestQuestion(
                id: 9, disk: 0, blocks: 0..<(other.count / blockSize), digests: BlockDigest.each(of: other, from: 0))
            try await stream.send([.with { $0.frame = .digests(question.message) }])
            let answer = try await stream.awaitAnswer(9)
            #expect(answer.differing.map(\.first) == [5, 40])
            #expect(answer.differing.map(\.count) == [2, 1])
        }
    }

    @Test func `a source with other disks is refused`() throws {
        let bench = try targetWorld(seed: 8)
        try bench.perform { [machine = bench.machine(seed: 8)] environment in
            let others: [(String, @Sendable (inout ReplicationV1.StreamHello) -> Void)] = [
                ("no whole blocks", { $0.disks[1].bytes += 512 }),
                ("became smaller is not carried on", { $0.disks[0].bytes -= 4_096 }),
                ("the source has disk system no more", { $0.disks.removeLast() }),
                ("in another order", { $0.disks.swapAt(0, 1) }),
                (
                    "disk added of the source is not replicated",
                    { $0.disks.append(.with { ($0.id, $0.index, $0.bytes) = ("added", 2, 4_096) }) }
                ),
            ]
            for (said, change) in others {
                let failure = await #expect(throws: Failure.self) {
                    _ = try await ScriptedStream.open(
                        machine.hello.changed(change), at: DataPathWorld.targetAddress, environment)
                }
                #expect(failure?.code == .lineageUnrelated, "\(said)")
                #expect(failure?.message.contains(said) == true, "\(failure?.message ?? "")")
            }
        }
    }

    @Test func `damage on the wire makes the interval needed again, and the stream goes on`() throws {
        let bench = try targetWorld(seed: 9)
        let content = try bench.perform { [machine = bench.machine(seed: 9)] environment in
            var machine = machine
            machine.scribble(30)
            let first = machine.cut(base: 0)
            machine.scribble(30)
            let second = machine.cut(base: 1)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            try await stream.send(first)
            var frames = second.frames
            for index in frames.indices {
                guard case .chunk(let chunk) = frames[index].frame else { continue }
                frames[index] = .with { $0.frame = .chunk(chunk.changed { $0.checksum[0] ^= 1 }) }
                break
            }
            try await stream.send(frames)
            try await stream.await(2, .needed)
            let again = machine.cut(base: 1)
            try await stream.send(again)
            try await stream.await(3, .applied)
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `an interval whose base does not come is needed again, with all that stands on it`() throws {
        let bench = try targetWorld(seed: 19)
        let content = try bench.perform { [machine = bench.machine(seed: 19)] environment in
            var machine = machine
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            machine.scribble()
            try await stream.send(machine.cut(base: 0))
            try await stream.await(1, .applied)
            for number in 2...4 as ClosedRange<UInt64> {
                machine.scribble()
                let interval = machine.cut(base: number - 1)
                if number > 2 { try await stream.send(interval) }
            }
            try await stream.await(3, .needed, limit: .seconds(10))
            #expect(await stream.progress.last { $0.number == 3 }?.position == 1)
            try await stream.send([.with { $0.frame = .void(.with { $0.fromNumber = 2 }) }])
            machine.scribble()
            try await stream.send(machine.cut(base: 1))
            try await stream.await(5, .applied)
            #expect(await !stream.has(4, .sealed))
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }
}
