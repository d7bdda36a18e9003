import API
import Environment
import Messages
import Model
import RPC
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

/// Application-consistent points of one machine: when they are, why they are not, and that no guest stays frozen.
@Suite struct FreezeTests {
    private func world(_ seed: UInt64, hooks: ScriptedHooks?) throws -> AgentWorld {
        let world = try AgentWorld(seed: seed)
        world.hooks = hooks
        try world.protect()
        try world.waitForEqualDisks()
        return world
    }

    private func take(_ world: AgentWorld, _ job: String = "job-2") throws -> AgentV1.CutResult {
        let result = try world.command("take", job: job, .cut(.with { $0.applicationConsistent = true }))
        guard case .cut(let cut)? = result.result, result.code == 0 else {
            throw Failure(.internalError, "\(result.message)\n\(world.complaints)")
        }
        return cut
    }

    private func points(_ world: AgentWorld) throws -> [TargetV1.RecoveryPoint] {
        try world.bench.perform { environment in
            let target = TargetControlClient(StreamTransport(environment).channel(to: DataPathWorld.targetAddress))
            let request = TargetV1.ListPointsRequest.with {
                $0.item = DataPathWorld.item.text
                $0.pageSize = 500
            }
            return try await target.listPoints(request, ScriptedVault.options).points
        }
    }

    private func isConsistent(_ number: UInt64, _ world: AgentWorld) throws -> Bool? {
        try points(world).first { $0.number == number }?.applicationConsistent
    }

    /// What the agent said after its first attempt.
    private func consistency(_ world: AgentWorld) throws -> AgentV1.ApplicationConsistency {
        var seen: AgentV1.ApplicationConsistency?
        try world.waitUntil("the agent says what came of it") {
            seen = try world.status().applicationConsistency
            return seen?.attempts == 1
        }
        return try #require(seen)
    }

    @Test func `A guest that stood still for the cut makes the point application-consistent, and no other`() throws {
        let hooks = ScriptedHooks()
        let world = try world(51, hooks: hooks)
        try world.scribble(5)
        let cut = try take(world)
        #expect(cut.applicationConsistent)
        #expect(cut.cause == "")
        #expect(cut.heldUs >= 40_000)
        #expect(hooks.asked == ["freeze", "thaw"])
        #expect(try isConsistent(cut.number, world) == true)
        try world.scribble(5)
        try world.bench.world.run(for: .seconds(3))
        #expect(try points(world).filter(\.applicationConsistent).map(\.number) == [cut.number])
        let status = try consistency(world)
        #expect(status.newestNumber == cut.number)
        #expect(status.attempts == 1)
        #expect(status.failures == 0)
        #expect(status.longestHeldUs >= 40_000)
    }

    enum Trouble: String, CaseIterable, Sendable { case noHooks, refused, thawedBefore, thawFails }

    @Test(arguments: Trouble.allCases)
    func `A guest that did not stand still leaves a crash-consistent point, with the reason`(trouble: Trouble) throws {
        let hooks = ScriptedHooks()
        let world = try world(52, hooks: trouble == .noHooks ? nil : hooks)
        switch trouble {
        case .noHooks: break
        case .refused: hooks.script { $0.refusal = "the freeze hook ended with status 1" }
        case .thawedBefore: hooks.script { $0.thawFailure = ("the guest was thawed before the point was cut", 1) }
        case .thawFails: hooks.script { $0.thawFailure = ("the thaw hook ended with status 3", 3) }
        }
        let cut = try take(world)
        #expect(!cut.applicationConsistent)
        let reasons: [Trouble: String] = [
            .noHooks: "no hooks", .refused: "status 1", .thawedBefore: "thawed before", .thawFails: "status 3",
        ]
        #expect(cut.cause.contains(reasons[trouble] ?? "?"), "\(cut.cause)")
        #expect(try isConsistent(cut.number, world) == false)
        let status = try consistency(world)
        #expect(status.failure == cut.cause)
        #expect(status.failures == 1)
        #expect(status.hasHooks == (trouble != .noHooks))
        // A thaw that failed is tried until it does not.
        try world.waitUntil("the guest runs") { !hooks.isFrozen }
        // And the next one is as it should be.
        if trouble != .noHooks {
            hooks.script { $0.refusal = nil }
            #expect(try take(world, "job-3").applicationConsistent)
        }
    }

    @Test(arguments: [
        "agent.freeze.noted", "agent.freeze.frozen", "agent.session.cut", "agent.freeze.thawing", "agent.freeze.thawed",
        "agent.session.shipped",
    ])
    func `An agent killed around a freeze thaws its guest first when it starts again`(failpoint: String) throws {
        let hooks = ScriptedHooks()
        let world = try world(53, hooks: hooks)
        world.home.arm(failpoint, count: 1)
        let key = world.key("take", job: "job-2")
        try world.bench.perform { environment in
            let relay = AgentRelayClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
            let request = AgentV1.CommandAgentRequest.with {
                $0.machine = AgentWorld.machine
                $0.command = .with {
                    $0.key = key
                    $0.command = .cut(.with { $0.applicationConsistent = true })
                }
            }
            _ = try? await relay.commandAgent(request, CallOptions(timeout: .seconds(5)))
        }
        try #require(!world.agentLives)
        let wasFrozen = hooks.isFrozen
        let before = hooks.asked.count
        world.kill()
        world.boot()
        // As soon as its disks answer: its guest may need them to thaw.
        try world.waitUntil("the guest runs", limit: 4) { !hooks.isFrozen }
        if wasFrozen { #expect(hooks.asked.dropFirst(before).first == "thaw") }
        try world.scribble(5)
        #expect(try take(world, "job-3").applicationConsistent)
        try world.waitForEqualDisks()
        #expect(!hooks.isFrozen)
        // What was noted is settled: nothing is thawed at the next start.
        let settled = hooks.asked.count
        world.kill()
        world.boot()
        try world.scribble(1)
        #expect(hooks.asked.count == settled)
    }

    @Test func `By its plan a machine is frozen every so often, busy or idle, and no more often`() throws {
        let hooks = ScriptedHooks()
        let world = try world(54, hooks: hooks)
        #expect(try world.openSession(1, step: "again", application: .seconds(20)).code == 0)
        try world.scribble(10)
        try world.bench.world.run(for: .seconds(100))
        #expect((4...6).contains(hooks.asked.count { $0 == "freeze" }))
        let consistent = try points(world).filter(\.applicationConsistent)
        #expect(consistent.count == hooks.asked.count { $0 == "freeze" })
        #expect(try points(world).count > consistent.count)
        #expect(try world.status().applicationConsistency?.intervalUs == 20_000_000)
        // It is on record: also after a restart.
        world.kill()
        world.boot()
        try world.bench.world.run(for: .seconds(30))
        #expect(try points(world).filter(\.applicationConsistent).count > consistent.count)
    }

    /// Content that the guest overwrote before it was read out must be put aside first. Where it cannot be, there is no
    /// point of that cut.
    @Test func `A cut whose content could not be put aside is answered by the number of the point that came of it`()
        throws
    {
        let hooks = ScriptedHooks()
        let world = try world(55, hooks: hooks)
        hooks.script { $0.thawing = .milliseconds(100) }
        let (home, offset) = (world.home, Int64(40 * 4_096))
        home.boot("guest") { environment in
            guard let client = try? await AgentWorld.connect(environment, export: DataPathWorld.disks[0].id.text)
            else { return }
            for (verb, byte) in [("freeze", UInt8(1)), ("thaw", 2)] {
                while !hooks.asked.contains(verb) { try? await environment.clock.sleep(for: .milliseconds(1)) }
                if verb == "thaw" {
                    home.rootVolume.inject(DiskFault(.read, .fail(.input), pathSuffix: "/disk.raw"))
                }
                try? await client.write([UInt8](repeating: byte, count: 4_096), at: offset)
            }
        }
        let cut = try take(world)
        #expect(world.allComplaints.contains("copy aside failed"))
        #expect(try isConsistent(cut.number, world) == cut.applicationConsistent)
        #expect(hooks.asked == ["freeze", "thaw", "freeze", "thaw"])
        #expect(cut.applicationConsistent)
        try world.waitForEqualDisks()
    }

    @Test func `A point is told as the newest application-consistent one when it is sealed, not before`() throws {
        let hooks = ScriptedHooks()
        let world = try world(56, hooks: hooks)
        world.bench.killMasterTarget()
        #expect(try world.openSession(1, step: "again", application: .seconds(5)).code == 0)
        try world.waitUntil("the guest was frozen") { try (world.status().applicationConsistency?.attempts ?? 0) > 1 }
        #expect(try world.status().applicationConsistency?.newestNumber == 0)
        world.bench.bootMasterTarget()
        try world.waitUntil("a point is told") { try world.status().applicationConsistency?.newestNumber != 0 }
        let newest = try #require(try world.status().applicationConsistency?.newestNumber)
        #expect(try isConsistent(newest, world) == true)
    }
}
