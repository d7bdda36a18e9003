import API
import Contract
import Environment
import Messages
import Model
import RPC
import ScriptedSource
import Simulation
import Testing

/// The process server's side of group cuts, with members and a master target that do as they are told.
@Suite struct CoordinatorTests {
    static let items: [ItemID] = ["app-01", "db-01"]

    struct Bench {
        let world: DataPathWorld
        let members: [ScriptedMember]
        let target: ScriptedGroupTarget
    }

    func bench(
        seed: UInt64, _ behaviours: [Int: Behaviour], highest: UInt64 = 0, named: [[String]]? = nil,
        freezing: Freezing = .good, application: Duration = .zero
    ) throws -> Bench {
        let world = try DataPathWorld(seed: seed)
        world.processSettings.groupIntervalMilliseconds = 500
        let target = ScriptedGroupTarget(highest: highest)
        world.masterTarget.boot("scripted target") { await target.serve($0) }
        world.bootProcessServer()
        let generation = DataPathWorld.generation(1)
        let both = Self.items.map(\.text)
        for (index, item) in Self.items.enumerated() {
            try world.perform { environment in
                try await Self.openRelay(item, generation, named?[index] ?? both, application, environment)
            }
        }
        let members = Self.items.map {
            ScriptedMember(
                group: "shop", item: $0, generation: generation, behaviours: $0 == Self.items[1] ? behaviours : [:],
                freezing: $0 == Self.items[1] ? freezing : .good)
        }
        for (index, member) in members.enumerated() {
            world.world.host("home-\(index)", address: "127.0.1.\(10 + index)").boot("member") {
                await member.attend($0)
            }
        }
        return Bench(world: world, members: members, target: target)
    }

    private static func openRelay(
        _ item: ItemID, _ generation: Model.Generation, _ members: [String], _ application: Duration,
        _ environment: Environment
    ) async throws {
        let transport = StreamTransport(environment)
        let channel = transport.channel(to: DataPathWorld.processAddress)
        func key(_ step: String) -> CommonV1.OperationKey {
            .with {
                $0.job = "job-1"
                $0.item = item.text
                $0.step = step
                $0.target = "ps"
                $0.vaultEpoch = 1
            }
        }
        _ = try await ReceiverClient(channel).assign(
            .with {
                $0.key = key("assign")
                $0.assignment = .with {
                    $0.item = item.text
                    $0.generation = generation.message
                    $0.activeSite = .home
                    $0.replication = .out
                }
            }, ScriptedVault.options)
        _ = try await ProcessControlClient(channel).openRelay(
            .with {
                $0.key = key("open-relay")
                $0.item = item.text
                $0.generation = generation.message
                $0.masterTarget = .with {
                    $0.id = "mt"
                    $0.address = "\(DataPathWorld.targetAddress)"
                }
                $0.group = "shop"
                $0.members = members
                $0.groupApplicationIntervalUs = UInt64(application / .microseconds(1))
            }, ScriptedVault.options)
    }

    func group(_ world: DataPathWorld) throws -> ProcessV1.Group {
        try world.perform { environment in
            try await ProcessControlClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
                .getGroup(.with { $0.group = "shop" }, ScriptedVault.options)
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `Only a cut that every member held is recorded, and every hold is released`(seed: UInt64) throws {
        let faults: [Int: Behaviour] = [
            2: .busy, 4: .lateCut(.milliseconds(80)), 6: .notHeld, 8: .otherIncarnation, 10: .silent,
            12: .goneBeforeCut, 14: .goneBeforeHeld,
        ]
        let bench = try bench(seed: seed, faults)
        try bench.world.world.run(limit: .seconds(120)) { bench.target.recorded.count >= 10 }
        let asked = bench.members.map(\.asked)
        let given = faults.keys.sorted().map { asked[1].holds[$0 - 1] }
        #expect(given == [2, 4, 6, 8, 10, 12, 14])
        #expect(bench.target.sequences.filter { $0 <= 14 } == [1, 3, 5, 7, 9, 11, 13])
        // Whoever holds is released, also when the cut is given up.
        try bench.world.world.run(for: .seconds(2))
        #expect(Set(asked[0].releases).isSuperset(of: asked[0].holds.dropLast()))
        for request in bench.target.recorded {
            #expect(request.members.map(\.item) == Self.items.map(\.text))
            #expect(request.members.allSatisfy { $0.number > 100 })
        }
        let group = try group(bench.world)
        #expect(group.givenUp == 7)
        #expect(group.attempts - group.givenUp >= 10)
        #expect(group.recorded >= 10)
        #expect(group.cause.isEmpty)
        #expect(group.longestHoldUs == 1_000 && group.p99HoldUs == 1_000 && group.p999HoldUs == 1_000)
        #expect(group.newestCommon.hasPrefix("shop/1/"))
        #expect(group.newestCommonAgeUs < 3_000_000)
    }

    @Test func `A process server that starts again goes on above what the master target recorded`() throws {
        let bench = try bench(seed: 7, [:], highest: 40)
        try bench.world.world.run(limit: .seconds(30)) { bench.target.recorded.count >= 2 }
        bench.world.killProcessServer()
        bench.world.bootProcessServer()
        let before = bench.target.recorded.count
        try bench.world.world.run(limit: .seconds(60)) { bench.target.recorded.count >= before + 3 }
        #expect(bench.target.sequences.first == 41)
        #expect(Set(bench.target.sequences).count == bench.target.sequences.count)
        #expect(bench.target.sequences == bench.target.sequences.sorted())
    }

    @Test func `While the master target is away cuts go on, and are recorded when it is back`() throws {
        let bench = try bench(seed: 8, [:])
        try bench.world.world.run(limit: .seconds(30)) { bench.target.recorded.count >= 1 }
        bench.world.masterTarget.kill()
        let before = bench.members[0].asked.holds.count
        try bench.world.world.run(for: .seconds(5))
        #expect(bench.members[0].asked.holds.count > before + 5)
        let target = bench.target
        bench.world.masterTarget.boot("scripted target") { await target.serve($0) }
        try bench.world.world.run(limit: .seconds(60)) { target.recorded.count > before + 8 }
        #expect(target.sequences == Array(1...UInt64(target.recorded.count)))
    }

    @Test func `Relays that name different members are not cut, and the group says why`() throws {
        let bench = try bench(seed: 9, [:], named: [["app-01", "db-01"], ["db-01"]])
        try bench.world.world.run(for: .seconds(3))
        #expect(bench.members.allSatisfy { $0.asked.holds.isEmpty })
        #expect(try group(bench.world).cause.contains("different members"))
    }

    @Test func `A relay's group must name its own item`() throws {
        let world = try DataPathWorld(seed: 10)
        world.bootProcessServer()
        #expect(throws: RPCError.self) {
            try world.perform { environment in
                try await Self.openRelay("app-01", DataPathWorld.generation(1), ["db-01"], .zero, environment)
            }
        }
    }
}
