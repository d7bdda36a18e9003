import API
import Blocks
import Environment
import IntervalFrames
import MachineFiles
import Messages
import Model
import NBD
import RPC
import Replicas
import ScriptedSource
import Testing
import Tracking

@testable import MobilityAgent

@Suite struct StandingTests {
    @Test func `A fenced agent acknowledges nothing, drains to its end, and leaves a record`() throws {
        let world = try AgentWorld(seed: 51)
        try world.protect()
        try world.scribble(20)
        let fenced = try world.fence(2)
        #expect(fenced.code == 0)
        guard case .fence(let closed) = fenced.result else { return #expect(Bool(false)) }
        #expect(closed.closed?.number == 1)
        let before = try world.content()
        try expectRefusal(world)
        let drained = try world.drain(1)
        guard case .drain(let result) = drained.result else {
            Issue.record("\(drained.message)\n\(world.complaints)")
            return
        }
        let replica = try world.bench.perform { try await ScriptedVault($0).replica(at: result.finalNumber) }
        #expect(replica.position == result.finalNumber)
        #expect(result.roots.count == 2)
        #expect(try world.content() == before)
        #expect(try world.bench.attachedContent() == before)
        try world.stop()
        let record = try world.bench.on(world.home) {
            try HandoverRecord(from: try $0.files.readAll(AgentWorld.bundle(0).lineage))
        }
        #expect(record.changes.isEmpty)
        #expect(record.lineage.position.number == result.finalNumber)
        #expect(record.lineage.mapQuality == .exact)
        #expect(record.lineage.diskID == diskIdentity(DataPathWorld.disks[0].id))
        world.boot()
        try expectRefusal(world)
        // The same key, the same answer, also from the next process.
        #expect(try world.fence(2).result == fenced.result)
        #expect(try world.drain(1).result == drained.result)
    }

    @Test(arguments: [true, false])
    func `A copy or comparison that has not met the target is owed under the next generation`(_ isFull: Bool) throws {
        let world = try AgentWorld(seed: 58)
        try world.protect()
        try world.waitForEqualDisks()
        // Until the map says so, too: what it holds is sent, not compared.
        try world.bench.world.run(for: .seconds(40))
        let nowhere = StreamAddress.ip("127.0.1.99", port: 7_100)
        #expect(try world.openSession(1, step: "again", full: isFull, compare: !isFull, at: nowhere).code == 0)
        try world.bench.world.run(for: .seconds(2))
        #expect(try world.assign(2).code == 0)
        let blocks = UInt64(96 + 18)
        try world.waitUntil("everything is owed") {
            let status = try world.status()
            return status.dirtyBlocks + status.suspectBlocks == blocks && (isFull == (status.dirtyBlocks == blocks))
        }
        try world.bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(2)
            try await vault.assignProcess(2)
            try await vault.openRelay(2)
        }
        #expect(try world.openSession(2).code == 0)
        try world.waitUntil("nothing is owed") { try world.status().remainingBlocks == 0 }
        try world.scribble(5)
        try world.waitForEqualDisks()
    }

    @Test func `A closed generation stays closed after kill -9, and a higher one lifts it in place`() throws {
        let world = try AgentWorld(seed: 52)
        try world.protect()
        try world.scribble(5)
        #expect(try world.fence(2).code == 0)
        world.kill()
        world.boot()
        try expectRefusal(world)
        #expect(try world.assign(1).code == 0)
        try expectRefusal(world)
        #expect(try world.assign(2).code == 0)
        try world.scribble(5)
        world.kill()
        world.boot()
        // Taken in place in this boot of the host, it holds like a grant.
        try world.scribble(5)
        let late = try world.fence(2)
        // The old fence is answered again and has no second effect.
        #expect(late.code == 0)
        try world.scribble(5)
    }

    @Test func `What was taken in place ends with the platform's grants`() throws {
        let world = try AgentWorld(seed: 58)
        try world.protect()
        try world.scribble(5)
        world.kill()
        world.boot(fencedBelow: 2)
        try expectRefusal(world)
        #expect(try world.assign(2).code == 0)
        try world.scribble(5)
    }

    @Test func `Started to drain, it ships what a machine that halted had left`() throws {
        let world = try AgentWorld(seed: 57)
        try world.protect()
        try world.waitForEqualDisks()
        try world.scribble(20)
        world.kill()
        try world.place(AgentWorld.grant(1, kind: .drain))
        world.boot()
        try expectRefusal(world)
        let drained = try world.drain(1)
        guard case .drain(let result) = drained.result else {
            Issue.record("\(drained.message)\n\(world.complaints)")
            return
        }
        #expect(result.finalNumber > 0)
        #expect(try world.content() == world.bench.attachedContent())
    }

    @Test(
        arguments: [
            (UInt64(0), nil, false, Authority.Mode.unprotected), (1, UInt64(1), false, .serving),
            (2, 1, false, .serving),
        ] as [(UInt64, UInt64?, Bool, Authority.Mode)])
    func `A grant not below what is beside the disks lets the guest write`(
        granted: UInt64, held: UInt64?, isClosed: Bool, expected: Authority.Mode
    ) {
        #expect(judged(granted, held, isClosed) == expected)
    }

    @Test(arguments: [(UInt64(0), UInt64(1), false), (1, 2, false), (1, 1, true)] as [(UInt64, UInt64, Bool)])
    func `An older, a missing or a closed one does not`(granted: UInt64, held: UInt64, isClosed: Bool) {
        #expect(!judged(granted, held, isClosed).mayWrite)
    }

    private func judged(_ granted: UInt64, _ held: UInt64?, _ isClosed: Bool) -> Authority.Mode {
        Authority.judge(
            machine: AgentWorld.machine, hostBoot: AgentWorld.hostBoot,
            grant: granted == 0 ? nil : AgentWorld.grant(granted), stored: AgentStore.Authority(),
            highest: held.map { Blocks.Generation(DataPathWorld.generation($0)) }, isClosed: isClosed
        ).mode
    }

    @Test func `An assignment that makes the other site active closes this one`() throws {
        let world = try AgentWorld(seed: 53)
        try world.protect()
        #expect(try world.assign(2, site: .cloud).code == 0)
        try expectRefusal(world)
        // It says how it is once a second.
        try world.waitUntil("it says that it is closed", limit: 4) { try world.status().service == .closed }
    }

    @Test func `Commands of generations past and unknown are refused`() throws {
        let world = try AgentWorld(seed: 54)
        try world.protect()
        #expect(try world.openSession(3).code != 0)
        #expect(try world.assign(2).code == 0)
        let stale = try world.openSession(1, step: "open-late")
        #expect(stale.code != 0)
        #expect(stale.message.contains("is held"))
        #expect(try world.drain(2).code != 0)
    }

    @Test func `Without a valid grant reads are served and writes refused`() throws {
        let world = try AgentWorld(seed: 55)
        try world.place(AgentWorld.grant(1))
        world.boot()
        try world.scribble(5)
        try world.stop()
        try world.place(AgentWorld.grant(1, hostBoot: "hostboot-0"))
        world.boot()
        try expectRefusal(world)
        try world.stop()
        try world.place(nil)
        world.boot()
        try expectRefusal(world)
        let file = try published(world)
        #expect(file?.state == .refusing)
        #expect(file?.answers == true)
    }

    // MARK: Machines whose item ended

    @Test func `A released machine serves in every boot of its host, and what it writes is tracked`() throws {
        let world = try AgentWorld(seed: 61)
        try world.protect()
        try world.waitForEqualDisks()
        #expect(try world.fence(2).code == 0)
        world.kill()
        // Fenced, and whatever grant it had is of another boot.
        try world.place(AgentWorld.grant(2, hostBoot: "hostboot-0"))
        world.boot()
        try expectRefusal(world)
        try world.stop()
        try world.place(AgentWorld.grant(3, kind: .released, hostBoot: "hostboot-0"))
        for _ in 0..<2 {
            world.boot()
            try world.scribble(10)
            world.kill()
        }
        world.boot()
        let reported = try world.command("report", .report(.init()))
        guard case .report(let report) = reported.result else {
            Issue.record("\(reported.message)\n\(world.complaints)")
            return
        }
        // Compared, or sent: never forgotten.
        #expect(report.disks.contains { $0.changedBlocks + $0.suspectBlocks > 0 })
        #expect(report.status?.generation == DataPathWorld.generation(3).message)
    }

    @Test func `A release ends with the next generation, though its grant still lies there`() throws {
        let world = try AgentWorld(seed: 62)
        try world.protect()
        try world.place(AgentWorld.grant(2, kind: .released, hostBoot: "hostboot-0"))
        #expect(try world.assign(3).code == 0)
        #expect(try world.fence(4).code == 0)
        world.kill()
        world.boot()
        try expectRefusal(world)
        // Nor does it help that nothing is left beside the disks: the agent has taken a later one.
        let over = Authority.judge(
            machine: AgentWorld.machine, hostBoot: AgentWorld.hostBoot,
            grant: AgentWorld.grant(2, kind: .released, hostBoot: "hostboot-0"),
            stored: AgentStore.Authority(
                generation: Blocks.Generation(DataPathWorld.generation(3)), hostBoot: "hostboot-0", fence: 0),
            highest: nil, isClosed: false)
        #expect(!over.mode.mayWrite)
    }

    @Test func `A stale agent is not released by a grant below its fence`() throws {
        let world = try AgentWorld(seed: 63)
        try world.protect()
        #expect(try world.assign(3, site: .cloud).code == 0)
        world.kill()
        try world.place(AgentWorld.grant(2, kind: .released, hostBoot: "hostboot-0"))
        world.boot()
        try expectRefusal(world)
    }

    @Test func `An agent that was stopped says that it ended in order, one that was killed does not`() throws {
        let world = try AgentWorld(seed: 57)
        try world.protect()
        try world.scribble(5)
        world.kill()
        #expect(try published(world)?.state == .serving)
        world.boot()
        try world.scribble(5)
        try world.stop()
        let file = try published(world)
        #expect(file?.state == .ended)
        #expect(file?.answers == false)
    }

    private func published(_ world: AgentWorld) throws -> AgentStatusFile? {
        try world.bench.on(world.home) {
            try AgentStatusFile.read(RunDirectory(AgentWorld.runDirectory).agentStatus, $0.files)
        }
    }

    @Test func `A machine that was handed over runs on an overlay until commit`() throws {
        let world = try AgentWorld(seed: 56)
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true))
        let below = try world.content()
        world.boot()
        try world.scribble(20)
        try world.bench.world.run(for: .seconds(3))
        #expect(try world.content() == below)
        world.kill()
        world.boot()
        try world.scribble(10)
        #expect(try world.content() == below)
        // What a copy wrote that was left before this one.
        try world.bench.on(world.home) { environment in
            for name in ["overlay.map", "overlay.data"] {
                let path = AgentWorld.bundle(0).path + "/" + ReplicaDisk.setAside(name, of: 1)
                try environment.files.open(path, .create).close()
            }
        }
        let seen = try world.guest { clients, _ in
            try await clients[0].read(offset: 0, count: DataPathWorld.disks[0].bytes)
        }
        var isComplete = false
        for round in 0..<100 where !isComplete {
            let answer = try world.command(
                "merge", .mergeOverlay(.with { $0.generation = DataPathWorld.generation(2).message }))
            guard case .mergeOverlay(let merged) = answer.result else {
                Issue.record("\(answer.message)\n\(world.complaints)")
                return
            }
            isComplete = merged.complete
            if round == 0 { #expect(!isComplete) }
            try world.bench.world.run(for: .milliseconds(100))
        }
        #expect(isComplete)
        #expect(try world.content()[0] == seen)
        try world.scribble(5)
        try world.stop()
        let names = try world.bench.on(world.home) { try $0.files.list(AgentWorld.bundle(0).path) }
        #expect(!names.contains { $0.hasPrefix("overlay") || ReplicaDisk.isSetAside($0) })
        let record = try world.bench.on(world.home) {
            try HandoverRecord(from: try $0.files.readAll(AgentWorld.bundle(0).lineage))
        }
        // The seed of the move, and what the guest wrote, are what the other copy lacks.
        #expect(record.changes.contains(3))
        #expect(record.lineage.state == .settled)
        #expect(record.lineage.history.map(\.generation.number) == [1, 2])
    }

    @Test func `An overlay goes on under a higher generation, when the machine was stopped and given back`() throws {
        let world = try AgentWorld(seed: 58)
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true))
        let below = try world.content()
        world.boot()
        try world.scribble(20)
        func read() throws -> [[UInt8]] {
            try world.guest { clients, _ in
                var disks: [[UInt8]] = []
                for (client, disk) in zip(clients, DataPathWorld.disks) {
                    disks.append(try await client.read(offset: 0, count: disk.bytes))
                }
                return disks
            }
        }
        let written = try read()
        try world.stop()
        try world.place(AgentWorld.grant(3, overlay: true))
        world.boot()
        #expect(try read() == written)
        #expect(try world.content() == below)
        #expect(written != below)
    }

    private func expectRefusal(_ world: AgentWorld) throws {
        let (refused, read) = try world.guest { clients, _ in
            var refused: NBDError?
            do { try await clients[0].write([UInt8](repeating: 1, count: 512), at: 0) } catch let error as NBDError {
                refused = error
            }
            return (refused, try await clients[0].read(offset: 0, count: 4096).count)
        }
        #expect(refused == .notPermitted)
        #expect(read == 4096)
    }
}
