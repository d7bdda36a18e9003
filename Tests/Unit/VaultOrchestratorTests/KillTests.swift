import Contract
import Environment
import Model
import Simulation
import Store
import Synchronization
import Testing

@testable import VaultOrchestrator

@Suite struct KillTests {
    @Test func `a failover ends the same wherever the vault is killed, and each effect is made once`() throws {
        let whole = try KilledRun(failpoint: nil) { try await failOver("web", $0) }
        let effects = whole.effects
        #expect(effects.count > 12)
        var kills = 0
        for reach in whole.reaches {
            // A job journals each step, so the journal's own failpoints are tried at several of them.
            for count in Swift.stride(from: 1, through: reach.count, by: reach.count > 8 ? 23 : 5) {
                let run = try KilledRun(failpoint: (reach.name, count)) { try await failOver("web", $0) }
                kills += run.boots - 1
                #expect(run.phase == "COMMIT_PENDING_OUT", "killed at \(reach.name) #\(count)")
                #expect(run.effects == effects, "killed at \(reach.name) #\(count)")
            }
        }
        #expect(kills > 30)
    }

    @Test func `a group's failover ends the same wherever the vault is killed, with both members on one side`() throws {
        let whole = try KilledRun(failpoint: nil) { try await failOver("shop", $0) }
        let effects = whole.effects.sorted()
        #expect(effects.count > 24)
        var kills = 0
        for reach in whole.reaches {
            // Each item passes the failpoints of a step, so the second time is between the two.
            let pace = reach.count > 8 ? 61 : 6
            for count in Swift.stride(from: min(2, reach.count), through: reach.count, by: pace) {
                let run = try KilledRun(failpoint: (reach.name, count)) { try await failOver("shop", $0) }
                kills += run.boots - 1
                #expect(run.phase == "COMMIT_PENDING_OUT COMMIT_PENDING_OUT", "killed at \(reach.name) #\(count)")
                #expect(run.effects.sorted() == effects, "killed at \(reach.name) #\(count)")
                let fenced = run.effects.lastIndex { $0.hasSuffix(".Fence") } ?? .max
                let drained = run.effects.firstIndex { $0.hasSuffix(".Drain") } ?? -1
                let granted = run.effects.lastIndex { $0.contains(".PlaceGrant") } ?? .max
                let power = run.effects.firstIndex { $0.hasPrefix("platform.PowerOn") } ?? -1
                #expect(fenced < drained && granted < power, "killed at \(reach.name) #\(count): \(run.effects)")
            }
        }
        #expect(kills > 30)
    }

    @Test func `a drill and its cleanup end the same wherever the vault is killed, each effect made once`() throws {
        let whole = try KilledRun(failpoint: nil, drillAndCleanUp)
        let effects = whole.effects
        #expect(effects.suffix(8) == [
            "mt-cloud.PinPoint", "mt-cloud.CreateBranch", "platform.CreateMachine", "platform.PowerOn",
            "platform.PowerOff", "platform.DeleteMachine", "mt-cloud.DeleteBranch", "mt-cloud.UnpinPoint",
        ])
        var kills = 0
        // What comes before the drill is tried by the failover, and so is every one of these instants.
        for reach in whole.reaches.enumerated().filter({ $0.offset % 3 == 0 }).map(\.element) {
            for count in Swift.stride(from: reach.count * 2 / 3, through: reach.count, by: reach.count > 8 ? 37 : 7) {
                let run = try KilledRun(failpoint: (reach.name, max(1, count)), drillAndCleanUp)
                kills += run.boots - 1
                #expect(run.phase == "PROTECTED_OUT", "killed at \(reach.name) #\(count)")
                #expect(run.effects == effects, "killed at \(reach.name) #\(count)")
                let state = run.peers.state.withLock { $0 }
                #expect(state.branches.isEmpty && state.exists.intersection(state.tests.keys).isEmpty)
            }
        }
        #expect(kills > 3)
    }

    @Test func `a migration is completed wherever the vault is killed, and each effect is made once`() throws {
        let before = try KilledRun(failpoint: nil) { try await failOver("web", $0) }.reaches
        let whole = try KilledRun(failpoint: nil, migrate)
        let effects = whole.effects
        #expect(effects.contains("mt-cloud.ForgetReplica") && effects.contains("cs.UnregisterMachine"), "\(effects)")
        var kills = 0
        for reach in whole.reaches {
            let first = (before.first { $0.name == reach.name }?.count ?? 0) + 1
            guard first <= reach.count else { continue }
            for count in Swift.stride(from: first, through: reach.count, by: reach.count - first > 8 ? 29 : 7) {
                let run = try KilledRun(failpoint: (reach.name, count), migrate)
                kills += run.boots - 1
                #expect(run.phase == "MIGRATED", "killed at \(reach.name) #\(count)")
                #expect(run.effects == effects, "killed at \(reach.name) #\(count)")
            }
        }
        #expect(kills > 3)
    }
}

extension KillTests {
    @Test func `a switch of the process server ends the same wherever the vault is killed`() throws {
        let whole = try KilledRun(failpoint: nil, switchServer)
        let effects = whole.effects
        #expect(effects.contains("ps-home-2.OpenRelay") && effects.last == "agent-web.OpenSession")
        var kills = 0
        for reach in whole.reaches {
            for count in Swift.stride(from: 1, through: reach.count, by: reach.count > 8 ? 71 : 8) {
                let run = try KilledRun(failpoint: (reach.name, count), switchServer)
                kills += run.boots - 1
                #expect(run.phase == "PROTECTED_OUT ps-home-2", "killed at \(reach.name) #\(count)")
                #expect(run.effects == effects, "killed at \(reach.name) #\(count)")
            }
        }
        #expect(kills > 10)
    }
}

/// What one vault does that may be killed once, and its successors.
private final class KilledRun {
    let peers = ScriptedPeers()
    private(set) var reaches: [(name: String, count: Int)] = []
    private(set) var boots = 0
    private(set) var phase = ""

    /// What was done at the components, without the assignments, which may be repeated.
    /// Relays are told of their group's members by a reconciler, too; whose name one call for all bears is a matter of
    /// their ids.
    var effects: [String] {
        peers.log.filter { !$0.contains(".Assign.") && !$0.contains(".OpenRelay@") }.map { line in
            line.contains(".SealGroupFinal@") ? "mt-cloud.SealGroupFinal" : line
        }
    }

    init(
        failpoint: (name: String, count: Int)?, _ body: @escaping @Sendable (Rig) async throws -> String
    ) throws {
        let world = SimulatedWorld(seed: 11)
        let host = world.host("vault", address: "10.0.2.2")
        let medium = try MemoryMedium()
        if let failpoint { host.arm(failpoint.name, count: failpoint.count, .kill) }
        let outcome = Outcome()
        while outcome.phase == nil {
            boots += 1
            guard boots < 5 else { throw Failure(.internalError, "the vault was started five times") }
            let vault = host.boot { [peers] base in
                do {
                    let environment = Environment(
                        clock: base.clock, random: base.random, tasks: base.tasks, files: base.files,
                        lanes: base.lanes, network: base.network,
                        failpoints: KillingFailpoints(base: base.failpoints, medium: medium))
                    let rig = try await Rig(environment, peers, medium)
                    let phase = try await body(rig)
                    // A kill around a commit could leave an effect without its record, or a record without its effect.
                    if failpoint?.name.hasPrefix("vault.") ?? true { try await rig.audited() }
                    outcome.phase = phase
                } catch {
                    outcome.trouble = "\(error)"
                }
            }
            try world.run(limit: .seconds(3_600)) { outcome.phase != nil || outcome.trouble != nil || !vault.isAlive }
            if let trouble = outcome.trouble, vault.isAlive { throw Failure(.internalError, trouble) }
            outcome.trouble = nil
        }
        phase = outcome.phase ?? ""
        reaches = host.failpointReaches.filter { $0.name.hasPrefix("vault.") || $0.name.hasPrefix("workflow.") }
    }
}

/// `@unchecked Sendable`: the world runs everything on one thread.
private final class Outcome: @unchecked Sendable {
    var phase: String?
    var trouble: String?
}

/// Enable and failover of a machine, or of the group `shop`.
private func failOver(_ name: String, _ rig: Rig) async throws -> String {
    let isGroup = name == "shop"
    for machine in isGroup ? ["app", "db"] : [name] { try await enable(machine, rig, group: isGroup ? name : "") }
    try await rig.failOver(.out, name)
    return try await rig.core.vault.store.scope(named: name).items.map(\.phase).joined(separator: " ")
}

private func drillAndCleanUp(_ rig: Rig) async throws -> String {
    try await enable("web", rig, group: "")
    try await rig.drill()
    try await rig.succeed(rig.cleanUp())
    return try await rig.item().phase
}

private func migrate(_ rig: Rig) async throws -> String {
    _ = try await failOver("web", rig)
    try await rig.succeed(rig.core.completeMigration(rig.request("migrate")))
    return try await rig.core.vault.store.scope(named: "web").items.map(\.phase).joined(separator: " ")
}

private func switchServer(_ rig: Rig) async throws -> String {
    try await rig.hear("ps-home-2")
    try await enable("web", rig, group: "", processServer: "ps-home")
    let request = rig.request("switch").changed { $0.processServer = "ps-home-2" }
    try await rig.succeed(rig.core.switchProcessServer(request))
    return try await "\(rig.item().phase) \(rig.item().processServer)"
}

/// The same requests after a restart are the same jobs.
private func enable(
    _ machine: String, _ rig: Rig, group: String, processServer: String = ""
) async throws {
    try await rig.succeed(
        rig.core.enableMachine(
            .with {
                $0.machine = machine
                $0.group = group
                $0.processServer = processServer
                $0.options = rig.options("enable-\(machine)")
            }))
}
