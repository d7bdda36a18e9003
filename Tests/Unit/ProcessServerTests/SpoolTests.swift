import Contract
import Environment
import Messages
import Model
import RPC
import ScriptedSource
import Testing

enum SpoolDamage: String, CaseIterable {
    case flipped, cutOff, deleted

    func strike(_ path: String, _ files: any FileSystem) throws {
        if self == .deleted { return try files.remove(path) }
        let file = try files.open(path, .readWrite)
        defer { file.close() }
        // Inside the first chunk that is not applied yet, whatever lies before it.
        if self == .cutOff { return try file.truncate(to: 48 << 10) }
        let bytes = try file.read(64 << 10, at: 32 << 10)
        try file.write(bytes.map { $0 ^ 0x5A }, at: 32 << 10)
    }
}

struct SpoolTests {
    @Test(arguments: SpoolDamage.allCases)
    func `damage in the spool is LOST to the agent, and merging forward heals it`(damage: SpoolDamage) throws {
        let bench = try relayWorld(seed: 51)
        let machine = try bench.perform { [machine = bench.machine(seed: 51)] environment in
            var machine = machine
            let stream = try await open(machine, environment)
            machine.scribble(10)
            try await stream.send(machine.cut(base: 0))
            try await stream.await(1, .applied)
            await stream.close()
            return machine
        }
        bench.killMasterTarget()
        let pending = try bench.perform { environment in
            var machine = machine
            let stream = try await open(machine, environment)
            for number in 2...3 as ClosedRange<UInt64> {
                machine.scribble(20, incompressible: true)
                try await stream.send(machine.cut(base: number - 1))
                try await stream.await(number, .cached)
            }
            return machine
        }
        bench.killProcessServer()
        try bench.on(bench.processServer) { environment in
            let directory = "/spool/item-1"
            for name in try environment.files.list(directory) {
                try damage.strike("\(directory)/\(name)", environment.files)
            }
        }
        bench.bootProcessServer()
        bench.bootMasterTarget()
        let content = try bench.perform { environment in
            var machine = pending
            let stream = try await reopen(machine, environment)
            let lost = await stream.progress.filter { $0.stage == .lost }.map(\.number)
            // Of a spool that is gone nobody knows what was in it: the welcome tells what the target has.
            #expect(!lost.isEmpty || damage == .deleted)
            let first = lost.min() ?? 2
            try await stream.send([.with { $0.frame = .void(.with { $0.fromNumber = first }) }])
            try await stream.send(machine.cut(base: first - 1))
            try await stream.await(4, .applied)
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `without room the agent gets no credit, and with a target everything goes through`() throws {
        let bench = try relayWorld(seed: 52, spoolBytes: 8 << 20)
        let content = try bench.perform { [machine = bench.machine(seed: 52)] environment in
            var machine = machine
            let stream = try await open(machine, environment)
            // Many times the spool, in intervals and in passes.
            for number in 1...12 as ClosedRange<UInt64> {
                machine.scribble(96, incompressible: true)
                try await stream.send(machine.cut(base: number - 1, pass: 1))
                machine.scribble(96, incompressible: true)
                try await stream.send(machine.cut(base: number - 1))
            }
            try await stream.await(12, .applied)
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `credit stops when the spool is full and the target is away`() throws {
        let bench = try relayWorld(seed: 53, spoolBytes: 8 << 20)
        let machine = try bench.perform { [machine = bench.machine(seed: 53)] environment in
            var machine = machine
            let stream = try await open(machine, environment)
            machine.scribble(10)
            try await stream.send(machine.cut(base: 0))
            try await stream.await(1, .applied)
            await stream.close()
            return machine
        }
        bench.killMasterTarget()
        let (stalled, sent) = try bench.perform { environment in
            var machine = machine
            let stream = try await open(machine, environment)
            var sent = 0
            for number in 2...100 as ClosedRange<UInt64> {
                machine.scribble(96, incompressible: true)
                let interval = machine.cut(base: number - 1)
                let bytes = UInt64(interval.chunks.reduce(0) { $0 + $1.payload.count })
                // Between cuts the agent looks whether there is credit.
                guard await stream.credit > UInt64(sent) + bytes else { break }
                try await stream.send(interval)
                sent += Int(bytes)
                try await stream.await(number, .cached)
            }
            return (machine, sent)
        }
        #expect(sent > 2 << 20)
        #expect(sent < 8 << 20)
        bench.bootMasterTarget()
        try bench.perform { environment in
            let newest = stalled.nextNumber - 2
            try await ScriptedVault(environment).replica(at: newest)
        }
    }

    @Test func `a closed relay leaves nothing behind, and a route survives a restart`() throws {
        let bench = try relayWorld(seed: 54)
        bench.killProcessServer()
        bench.bootProcessServer()
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            let relay = try await vault.process.getRelay(.with { $0.item = "item-1" }, ScriptedVault.options)
            #expect(relay.masterTarget?.address == "\(DataPathWorld.targetAddress)")
            let request = ProcessV1.CloseRelayRequest.with {
                $0.key = vault.key("close-relay")
                $0.item = "item-1"
                $0.generation = DataPathWorld.generation(1).message
            }
            _ = try await vault.process.closeRelay(request)
            _ = try await vault.process.closeRelay(request)
            let failure = await #expect(throws: RPCError.self) { _ = try await vault.relay() }
            #expect(failure?.code == .notFound)
        }
        let left = try bench.on(bench.processServer) { environment in try environment.files.list("/spool") }
        #expect(left.isEmpty)
    }
}
