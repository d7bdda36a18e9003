import API
import Contract
import Environment
import Messages
import Model
import RPC
import ScriptedSource
import Testing

/// Group points as the master target keeps them. One member is enough for what is asked here.
@Suite struct GroupPointTests {
    private struct Desk: Sendable {
        let vault: ScriptedVault
        let record: GroupRecordClient

        init(_ environment: Environment) {
            vault = ScriptedVault(environment)
            record = GroupRecordClient(StreamTransport(environment).channel(to: DataPathWorld.targetAddress))
        }

        @discardableResult
        func record(
            _ sequence: UInt64, _ number: UInt64, generation: UInt64 = 1
        ) async throws -> ReplicationV1.RecordGroupPointResponse {
            try await record.recordGroupPoint(
                .with {
                    $0.token = .with {
                        $0.group = "shop"
                        $0.generation = generation
                        $0.sequence = sequence
                    }
                    $0.members = [
                        .with {
                            $0.item = DataPathWorld.item.text
                            $0.generation = DataPathWorld.generation(generation).message
                            $0.number = number
                        }
                    ]
                    $0.cutUnixUs = 1_767_225_600_000_000 + Int64(number) * 1_000_000
                }, ScriptedVault.options)
        }

        func list() async throws -> [TargetV1.GroupPoint] {
            try await vault.target.listGroupPoints(.with { $0.group = "shop" }, ScriptedVault.options).points
        }

        func points() async throws -> [TargetV1.RecoveryPoint] {
            try await vault.target.listPoints(.with { $0.item = DataPathWorld.item.text }).points
        }
    }

    @Test func `A record is a group point once its member is sealed, and its token means one cut for ever`() throws {
        let bench = try targetWorld(seed: 41)
        try bench.perform { [machine = bench.machine(seed: 41)] environment in
            var machine = machine
            let desk = Desk(environment)
            machine.scribble()
            let first = machine.cut(base: 0)
            #expect(try await desk.record(1, 1).newestCommon == nil)
            #expect(try await desk.list().map(\.exists) == [false])
            try await replicate(machine, [first], environment)
            #expect(try await desk.record(1, 1).newestCommon?.sequence == 1)
            #expect(try await desk.list().map(\.exists) == [true])
            await #expect(throws: RPCError.self) { try await desk.record(1, 2) }
            #expect(try await desk.record(3, 3).highestSequence == 3)
            #expect(try await desk.list().map(\.name) == ["shop/1/3", "shop/1/1"])
            // A number that was skipped is never sealed: the record goes.
            machine.scribble()
            machine.nextNumber = 4
            try await replicate(machine, [machine.cut(base: 1)], environment)
            try await environment.clock.sleep(for: .seconds(1))
            #expect(try await desk.list().map(\.name) == ["shop/1/1"])
            await #expect(throws: RPCError.self) { try await desk.record(4, 2) }
        }
    }

    @Test func `Group points go by retention, oldest first, and their members with them`() throws {
        let bench = try DataPathWorld(seed: 42)
        bench.targetSettings.retentionPoints = 3
        try bench.attachBlankDisks()
        bench.bootMasterTarget()
        let machine = bench.machine(seed: 42)
        try bench.perform { environment in
            var machine = machine
            let desk = Desk(environment)
            try await desk.vault.enable(machine, relay: false)
            for number in UInt64(1)...8 {
                machine.scribble()
                try await replicate(machine, [machine.cut(base: number - 1)], environment)
                if number != 5 { try await desk.record(number, number) }
            }
            machine.scribble()
            try await replicate(machine, [machine.cut(base: 8)], environment)
            try await environment.clock.sleep(for: .seconds(1))
            #expect(try await desk.list().map(\.name) == ["shop/1/8", "shop/1/7", "shop/1/6"])
            let points = try await desk.points()
            #expect(points.filter { !$0.groupPoint.isEmpty }.map(\.number) == [8, 7, 6])
            // Members that are let go are dropped when the next interval is applied.
            machine.scribble()
            try await replicate(machine, [machine.cut(base: 9)], environment)
            let kept = try await desk.points().map(\.number)
            #expect(Set(kept).isSuperset(of: [6, 7, 8]) && kept.allSatisfy { $0 >= 6 })
        }
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in
            let points = try await Desk(environment).list()
            #expect(points.map(\.exists) == [true, true, true])
        }
    }

    @Test func `The final seals of the members are one group point`() throws {
        let bench = try targetWorld(seed: 43)
        try bench.perform { [machine = bench.machine(seed: 43)] environment in
            var machine = machine
            let desk = Desk(environment)
            @Sendable func seal(_ step: String) async throws -> TargetV1.GroupPoint {
                try await desk.vault.target.sealGroupFinal(
                    .with {
                        $0.key = desk.vault.key(step)
                        $0.group = "shop"
                        $0.members = [
                            .with {
                                $0.item = DataPathWorld.item.text
                                $0.generation = DataPathWorld.generation(2).message
                                $0.closing = DataPathWorld.generation(1).message
                            }
                        ]
                    }, ScriptedVault.options)
            }
            machine.scribble()
            let first = machine.cut(base: 0)
            try await replicate(machine, [first], environment)
            try await desk.record(1, 1)
            await #expect(throws: RPCError.self) { try await seal("too-early") }
            try await desk.vault.assignTarget(2, drains: 1)
            await #expect(throws: RPCError.self) { try await seal("not-drained") }
            machine.scribble()
            try await replicate(machine, [machine.cut(base: 1, isFinal: true)], environment)
            _ = try await desk.vault.target.sealFinal(
                .with {
                    $0.key = desk.vault.key("seal-final")
                    $0.item = DataPathWorld.item.text
                    $0.generation = DataPathWorld.generation(2).message
                    $0.closing = DataPathWorld.generation(1).message
                })
            let final = try await seal("seal-group")
            #expect(final.name == "shop/1/final" && final.final && final.exists)
            #expect(final.members.map(\.number) == [2])
            #expect(try await seal("seal-group").name == final.name)
            #expect(try await desk.list().map(\.name) == ["shop/1/final", "shop/1/1"])
            // A fenced writer makes no more of them.
            await #expect(throws: RPCError.self) { try await desk.record(2, 3) }
        }
    }
}
