import API
import Environment
import Foundation
import Messages
import Model
import RPC
import Simulation
import Store
import Synchronization
import Testing
import Workflow

@testable import VaultOrchestrator

/// A host with scripts on it, on which vaults live and die over one store.
final class PlanWorld: @unchecked Sendable {
    // `@unchecked Sendable`: the world runs everything on one thread.
    let world: SimulatedWorld
    let host: SimulatedHost
    let medium: MemoryMedium
    let peers = ScriptedPeers()
    let scripts = Scripts()
    /// Where a vault can be held.
    let rests = Rests()

    init(seed: UInt64 = 7) throws {
        world = SimulatedWorld(seed: seed)
        host = world.host("vault", address: "10.0.2.2")
        medium = try MemoryMedium()
        for name in Scripts.names {
            let scripts = scripts
            host.install(SimulatedProgram { scripts.run(name, $0) }, at: "/scripts/\(name)")
        }
    }

    /// One life of a vault: until the body has ended, or a failpoint has killed it. False: killed.
    @discardableResult
    func life(_ body: @escaping @Sendable (PlanRig) async throws -> Void) throws -> Bool {
        let shared = Outcome()
        let vault = host.boot { [self] base in
            do {
                let failpoints = KillingFailpoints(base: base.failpoints, medium: medium, resting: rests.reached)
                let environment = Environment(
                    clock: base.clock, random: base.random, tasks: base.tasks, files: base.files, lanes: base.lanes,
                    network: base.network, failpoints: failpoints, programs: base.programs)
                try environment.files.createDirectory("/scripts")
                for name in Scripts.names { try environment.files.replace("/scripts/\(name)", with: [1]) }
                let rig = try await Rig(environment, peers, medium)
                try await body(try await PlanRig(rig, scripts))
                shared.result = .success(())
            } catch { shared.result = .failure(error) }
        }
        try world.run(limit: .seconds(36_000)) { shared.result != nil || !vault.isAlive }
        let survived = vault.isAlive
        vault.kill()
        medium.kill()
        if survived { try shared.result?.get() }
        return survived
    }

    /// `@unchecked Sendable`: the world runs everything on one thread.
    private final class Outcome: @unchecked Sendable {
        var result: Result<Void, any Error>?
    }
}

/// Places where a process can be held, as it came by them, and what is done there.
final class Rests: Sendable {
    let places = Mutex<Set<String>>([])
    let act = Mutex<(@Sendable (String) async -> Void)?>(nil)

    @Sendable func reached(_ place: String) async {
        places.withLock { _ = $0.insert(place) }
        await act.withLock { $0 }?(place)
    }
}

/// What the scripts of a test are to do, and how they were started.
final class Scripts: Sendable {
    static let names = ["one.sh", "two.sh"]

    struct State {
        var runs: [ProgramRun] = []
        /// How the next starts end, first one first; then they succeed.
        var ends: [String: [ProgramEnd]] = [:]
        var lasts: [String: Duration] = [:]
    }

    let state = Mutex(State())

    var runs: [ProgramRun] { state.withLock { $0.runs } }
    var names: [String] { runs.map { String($0.executable.dropFirst("/scripts/".count)) } }

    func run(_ name: String, _ program: ProgramRun) -> (lasts: Duration, ProgramEnd) {
        state.withLock { state in
            state.runs.append(program)
            let end = state.ends[name]?.isEmpty == false ? state.ends[name]?.removeFirst() : nil
            return (state.lasts[name] ?? .seconds(1), end ?? ProgramEnd(.exited(0), output: Array("fine\n".utf8)))
        }
    }
}

/// A vault with machines that are protected, and its plans behind a real connection.
final class PlanRig: @unchecked Sendable {
    // `@unchecked Sendable`: used by the one task of the test, on the simulation's one thread.
    let rig: Rig
    let scripts: Scripts
    let plans: PlansClient
    let options = CallOptions(timeout: .seconds(60))

    init(_ rig: Rig, _ scripts: Scripts) async throws {
        self.rig = rig
        self.scripts = scripts
        let address = StreamAddress.ip("10.0.2.2", port: 7300)
        let transport = StreamTransport(rig.environment)
        _ = try await transport.serve(address, [PlansHandler(core: rig.core).bound()])
        plans = PlansClient(transport.channel(to: address))
    }

    /// The group `shop` in the first boot group and `web` in the second, with a script between the two.
    func makeShop(_ change: (inout VaultV1.RecoveryPlan) -> Void = { _ in }) async throws {
        try await rig.protectShop()
        try await rig.protect()
        _ = try await create(shop(change))
    }

    func shop(_ change: (inout VaultV1.RecoveryPlan) -> Void = { _ in }) -> VaultV1.RecoveryPlan {
        var plan = VaultV1.RecoveryPlan()
        plan.name = "plans/sales"
        plan.bootGroups = [
            .with {
                $0.name = "data"
                $0.members = ["groups/shop"]
                $0.after = [script("migrate", "one.sh")]
            },
            .with {
                $0.name = "front"
                $0.members = ["web"]
            },
        ]
        change(&plan)
        return plan
    }

    func script(_ id: String, _ program: String, idempotent: Bool = true) -> VaultV1.PlanAction {
        .with {
            $0.id = id
            $0.action = .script(
                .with {
                    $0.program = program
                    $0.timeoutUs = 30_000_000
                    $0.idempotent = idempotent
                })
        }
    }

    func manual(_ id: String) -> VaultV1.PlanAction {
        .with {
            $0.id = id
            $0.action = .manual(.with { $0.instructions = "look at it" })
        }
    }

    @discardableResult
    func create(_ plan: VaultV1.RecoveryPlan) async throws -> VaultV1.RecoveryPlan {
        try await plans.createPlan(
            .with {
                $0.plan = plan
                $0.requestID = "create-\(plan.name)"
            }, options)
    }

    func request(_ verb: String, plan: String = "sales", id: String = "run") -> VaultV1.RunPlanRequest {
        .with {
            $0.name = plan
            $0.options = rig.options("\(id)-\(verb)")
            switch verb {
            case "commit": $0.operation = .commit
            case "reprotect": $0.operation = .reprotect
            case "cancel":
                $0.operation = .cancel
                $0.confirmLoss = true
            case "test-failover", "test-failback":
                $0.operation = .drill
                $0.expectedDirection = verb == "test-failback" ? .home : .out
                $0.choice = .latestProcessed
            case "drill-cleanup":
                $0.operation = .drillCleanup
                $0.remark = "all well"
            default:
                $0.operation = .failover
                $0.expectedDirection = verb == "failback" ? .home : .out
                $0.choice = .latest
            }
        }
    }

    func run(_ verb: String, id: String = "run") async throws -> VaultV1.PlanRun {
        try await plans.runPlan(request(verb, id: id), options)
    }

    func read(_ run: VaultV1.PlanRun) async throws -> VaultV1.PlanRun {
        try await plans.getPlanRun(.with { $0.name = run.name }, options)
    }

    /// Until it has ended, or stands at what a person has to do.
    func halted(_ run: VaultV1.PlanRun) async throws -> VaultV1.PlanRun {
        for _ in 0..<300 {
            let now = try await read(run)
            switch now.state {
            case .succeeded, .partial, .failedUnwound, .cancelled, .stuck, .waitingPerson: return now
            default: try await rig.pause(.seconds(1))
            }
        }
        throw Failure(.timedOut, "\(try await read(run)) does not end")
    }

    func complete(
        _ run: VaultV1.PlanRun, _ action: String, _ outcome: VaultV1.CompletePlanActionRequest.Outcome
    ) async throws {
        _ = try await plans.completePlanAction(
            .with {
                $0.run = run.name
                $0.action = action
                $0.outcome = outcome
                $0.person = "ana"
                $0.note = "seen"
            }, options)
    }

    func rerun(_ run: VaultV1.PlanRun, id: String = "again") async throws -> VaultV1.PlanRun {
        try await plans.rerunPlan(
            .with {
                $0.run = run.name
                $0.options = rig.options(id)
            }, options)
    }

    /// A failover of all members on a person's word, to the newest points that are there.
    func statedDead() -> VaultV1.RunPlanRequest {
        var request = request("failover")
        request.choice = .latestProcessed
        request.sourceDeadStatement = .with {
            $0.person = "ana"
            $0.reason = "the building is gone"
        }
        return request
    }

    /// Calls a run off while its first script runs, which does not live on for five seconds.
    func cancelWithItsScript(_ run: VaultV1.PlanRun) async throws {
        let (clock, programs) = (rig.environment.clock, rig.environment.programs)
        let before = clock.now()
        let job = try JobID(String(run.name.dropFirst("jobs/".count)))
        let word = Statement(name: "ana", reason: "stop", at: rig.core.vault.now, checked: "")
        try await rig.core.runner.cancel(job, by: word)
        while await programs.isRunning(tag: scripts.runs[0].tag) { try await rig.pause(.milliseconds(100)) }
        #expect(clock.now() - before < .seconds(5))
        for _ in 0..<300 where try await read(run).state != .cancelled { try await rig.pause(.seconds(1)) }
        #expect(try await read(run).state == .cancelled)
    }

    func phases() async throws -> [String] {
        var phases: [String] = []
        for name in ["app", "db", "web"] { phases.append(try await rig.item(name).phase) }
        return phases
    }
}

extension VaultV1.PlanRun {
    func action(_ id: String) throws -> VaultV1.ActionResult {
        try #require(bootGroups.flatMap { $0.before + $0.after }.first { $0.action?.id == id })
    }

    var members: [VaultV1.MemberResult] { bootGroups.flatMap(\.members) }
}

func withPlans(_ body: @escaping @Sendable (PlanRig) async throws -> Void) throws {
    try PlanWorld().life { plan in
        try await body(plan)
        await plan.rig.service.stop()
    }
}
