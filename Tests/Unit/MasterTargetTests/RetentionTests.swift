import Contract
import Environment
import Messages
import Model
import RPC
import ScriptedSource
import Testing

/// Which points of an item are kept, as the vault sets it.
@Suite struct RetentionTests {
    private func set(
        _ vault: ScriptedVault, _ step: String, _ retention: TargetV1.Retention?, revision: UInt64
    ) async throws -> TargetV1.Replica {
        try await vault.target.setRetention(
            .with {
                $0.key = vault.key(step)
                $0.item = DataPathWorld.item.text
                $0.generation = DataPathWorld.generation(1).message
                $0.retention = retention
                $0.revision = revision
            }, ScriptedVault.options)
    }

    private func numbers(_ vault: ScriptedVault) async throws -> [UInt64] {
        try await vault.target.listPoints(.with { $0.item = DataPathWorld.item.text }).points.map(\.number)
    }

    @Test func `A retention is shown, carried out at once, kept over a kill, and never undone by a late one`() throws {
        let bench = try targetWorld(seed: 61)
        let few = TargetV1.Retention.with { $0.points = 3 }
        try bench.perform { [machine = bench.machine(seed: 61)] environment in
            var machine = machine
            let vault = ScriptedVault(environment)
            for number in UInt64(1)...6 {
                machine.scribble()
                try await replicate(machine, [machine.cut(base: number - 1)], environment)
            }
            let before = try await vault.replica()
            #expect(before.retention?.points == 72 && before.retentionRevision == 0)
            let preview = try await vault.target.previewRetention(
                .with { $0.item = DataPathWorld.item.text; $0.retention = few })
            #expect(preview.removed.map { $0.point?.number ?? 0 } == [1, 2, 3] && preview.keptPoints == 3)
            #expect(preview.removed.first?.because.contains("count of 3") == true)
            #expect(try await numbers(vault).count == 6)
            _ = try await vault.target.pinPoint(
                .with { $0.key = vault.key("pin"); $0.item = DataPathWorld.item.text; $0.number = 1; $0.pin = "job-9" })
            #expect(try await set(vault, "few", few, revision: 8).retentionRevision == 8)
            try await environment.clock.sleep(for: .seconds(1))
            #expect(try await numbers(vault) == [6, 5, 1])
            _ = try await vault.target.unpinPoint(
                .with { $0.key = vault.key("unpin"); $0.item = DataPathWorld.item.text; $0.pin = "job-9" })
            machine.scribble()
            try await replicate(machine, [machine.cut(base: 6)], environment)
            try await environment.clock.sleep(for: .seconds(1))
            #expect(try await numbers(vault) == [7, 6, 5])
            let late = await #expect(throws: RPCError.self) {
                _ = try await set(vault, "late", .with { $0.points = 2 }, revision: 7)
            }
            #expect(late?.message.contains("revision 8 was set already") == true)
            for wrong in [TargetV1.Retention(), .with { $0.points = 5; $0.ageUs = 3 }] {
                let refused = await #expect(throws: RPCError.self) {
                    _ = try await set(vault, "wrong", wrong, revision: 9)
                }
                #expect(refused?.code == .invalidArgument)
            }
        }
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            let replica = try await vault.replica()
            #expect(replica.retention == few && replica.retentionRevision == 8)
            // None: what it was set up with.
            let again = try await set(vault, "none", nil, revision: 9)
            #expect(again.retention?.points == 72 && again.retentionRevision == 9)
        }
    }

    @Test func `Points over a retention stay where there is no space to merge in, which is told once`() throws {
        let bench = try targetWorld(seed: 62)
        let volume = bench.masterTarget.rootVolume
        try bench.perform { [machine = bench.machine(seed: 62)] environment in
            var machine = machine
            let vault = ScriptedVault(environment)
            for number in UInt64(1)...4 {
                machine.scribble()
                try await replicate(machine, [machine.cut(base: number - 1)], environment)
            }
            _ = try await vault.target.pinPoint(
                .with { $0.key = vault.key("pin"); $0.item = DataPathWorld.item.text; $0.number = 1; $0.pin = "job-9" })
            volume.capacity = volume.usedBytes + (2 << 20)
            _ = try await set(vault, "few", .with { $0.points = 2 }, revision: 1)
            try await environment.clock.sleep(for: .seconds(10))
            #expect(try await numbers(vault) == [4, 3, 2, 1])
            volume.capacity = .max
            machine.scribble()
            try await replicate(machine, [machine.cut(base: 4)], environment)
            try await environment.clock.sleep(for: .seconds(1))
            #expect(try await numbers(vault) == [5, 1])
        }
        #expect(bench.complaints.filter { $0.contains("points over the retention stay") }.count == 1)
        #expect(!bench.complaints.contains { $0.contains("the replica failed") })
    }
}
