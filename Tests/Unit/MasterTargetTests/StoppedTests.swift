import Environment
import Messages
import Model
import ScriptedSource
import Testing

/// A process that was stopped and goes on knows nothing of the time between.
@Suite struct StoppedTests {
    @Test(arguments: ["replica.apply.captured", "replica.apply.written"])
    func `master target stopped between check and write, disk handed over, continued`(failpoint: String) throws {
        let bench = try targetWorld(seed: 91)
        let machine = try bench.perform { [machine = bench.machine(seed: 91)] environment in
            var machine = machine
            machine.scribble(10)
            let first = machine.cut(base: 0)
            try await replicate(machine, [first], environment)
            return machine
        }
        bench.masterTarget.arm(failpoint, .stop)
        let (last, stream) = try bench.perform { [machine] environment in
            var machine = machine
            machine.scribble(20)
            let second = machine.cut(base: 1)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            try await stream.send(second)
            return (machine, stream)
        }
        try bench.world.run(for: .seconds(5))
        // It has checked the generation, and has not written or not synced: nobody is given the disks meanwhile.
        let content = try bench.attachedContent()
        #expect(try !areFree(bench))
        try bench.world.run(for: .seconds(60))
        #expect(try bench.attachedContent() == content)
        for process in bench.masterTarget.processes { process.resume() }
        try bench.perform { environment in
            _ = stream
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(2)
            let released = try await vault.target.releaseReplica(
                .with {
                    $0.key = vault.key("release")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(2).message
                }, ScriptedVault.options)
            #expect(released.state == .released)
            #expect(released.position == 1 || released.position == 2)
            return
        }
        // Now they are the next owner's, and stay as they were given to it.
        let given = try bench.attachedContent()
        #expect([1, 2].contains { last.cuts[$0] == given })
        #expect(try areFree(bench))
        try bench.world.run(for: .seconds(60))
        #expect(try bench.attachedContent() == given)
    }

    /// As the next owner finds out.
    private func areFree(_ bench: DataPathWorld) throws -> Bool {
        try bench.on(bench.masterTarget) { environment in
            try DataPathWorld.disks.allSatisfy { disk in
                let path = "\(DataPathWorld.ownerDirectory)/\(disk.id.text)/disk.raw"
                let file = try environment.files.open(path, .readWrite)
                defer { file.close() }
                return try file.tryLockExclusive()
            }
        }
    }
}
