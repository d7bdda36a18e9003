import API
import Environment
import Hosting
import Logging
import Messages
import Model
import RPC
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

@Suite struct LifeTests {
    @Test func `a machine goes out, comes home and goes out again`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            #expect(try await rig.item().phase == "COMMIT_PENDING_OUT")
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            #expect(try await rig.item().phase == "COMMITTED_OUT")
            try await rig.reprotect(until: "PROTECTED_HOME")
            try await rig.failOver(.home)
            #expect(try await rig.item().phase == "COMMIT_PENDING_HOME")
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            let home = try await rig.item()
            #expect(home.phase == "COMMITTED_HOME")
            #expect(home.seedAtCloud)
            #expect(rig.peers.state.withLock { !$0.exists.contains("web-cloud") })
            try await rig.reprotect(until: "PROTECTED_OUT")
        }
    }

    @Test func `a failover fences before it grants and grants before it powers on`() throws {
        try withVault { rig in
            try await rig.protect()
            let before = rig.peers.log.count
            try await rig.failOver(.out)
            let log = rig.peers.log.dropFirst(before).map { $0 }
            let order = [
                "mt-cloud.PinPoint", "cs.PowerOff", "agent-web.Fence", "mt-cloud.Assign.2", "platform.Assign.2",
                "agent-web.Drain", "mt-cloud.SealFinal", "mt-cloud.ReleaseReplica", "platform.CreateMachine",
                "platform.AttachDisks", "platform.PlaceGrant", "platform.PowerOn",
            ]
            let places = order.map { log.firstIndex(of: $0) }
            #expect(!places.contains(nil), "\(log)")
            #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted(), "\(log)")
        }
    }

    @Test(arguments: ["ReleaseReplica", "CreateMachine", "AttachDisks", "PlaceGrant", "SealFinal", "Fence"])
    func `a refusal before the pivot goes back to the old source under a higher generation`(_ call: String) throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble(call, .refuse)
            let unwinding = try await rig.core.failOver(rig.failover(.out))
            let job = try await rig.ended(unwinding)
            rig.peers.trouble(call, nil)
            #expect(job.state == .failedUnwound, "\(job)")
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT")
            #expect(item.claimJob == nil)
            #expect(item.generation?.number == 3)
            #expect(item.generation?.activeSite == "home")
            #expect(rig.peers.assigned("agent-web") == 3)
            #expect(rig.peers.assigned("mt-cloud") == 3)
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
            #expect(rig.peers.owner() == "master-target/mt-cloud")
            rig.retry += 1
            try await rig.failOver(.out)
        }
    }

    @Test(arguments: [
        "PowerOff", "Fence", "Drain", "SealFinal", "ReleaseReplica", "CreateMachine", "AttachDisks", "PowerOn",
    ])
    func `a lost answer is looked up or asked for again, never done twice`(_ call: String) throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble(call, .loseAnswer)
            let before = rig.peers.log.count
            try await rig.failOver(.out)
            let made = rig.peers.log.dropFirst(before).filter { $0.hasSuffix("." + call) }
            #expect(made.count == 1, "\(made)")
        }
    }

    @Test func `home's death needs a statement, and is paid for at first contact`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock {
                $0.away = ["cs", "ps-home"]
                $0.power["web"] = .off
            }
            var request = rig.failover(.out)
            request.choice = .latestProcessed
            request.sourceDeadStatement = .with {
                $0.person = "ana"
                $0.reason = "the building is gone"
            }
            try await rig.succeed(rig.core.failOver(request))
            let dead = try await rig.item()
            #expect(dead.phase == "COMMIT_PENDING_OUT")
            #expect(dead.owed == ["stop-source", "fence-source"])
            rig.peers.state.withLock {
                $0.away = []
                $0.power["web"] = .on
            }
            await rig.service.reconcilers.pass()
            let paid = try await rig.item()
            #expect(paid.owed == [])
            #expect(rig.peers.log.contains("agent-web.Fence"))
        }
    }

    @Test func `a cancelled failover gives the machine back to home`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            let request = rig.request("cancel")
            try await rig.succeed(rig.core.operate(request) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_OUT")
            #expect(item.generation?.activeSite == "home")
            #expect(rig.peers.owner() == "master-target/mt-cloud")
        }
    }

    @Test func `the wrong direction is refused and changes nothing`() throws {
        try withVault { rig in
            try await rig.protect()
            let before = try await rig.item()
            await #expect(throws: Failure.self) { _ = try await rig.core.failOver(rig.failover(.home)) }
            #expect(try await rig.item() == before)
        }
    }

    @Test func `keys of what no job does are closed once a day, so that they go like those of jobs`() throws {
        try SimulatedWorld(seed: 7).perform(limit: .seconds(100_000)) { environment in
            let rig = try await Rig(environment, ScriptedPeers(), try MemoryMedium())
            await rig.service.stop()
            let closed = ClosedJobs(rig.core.vault)
            for _ in 0..<2 { await closed.pass() }
            let all = ["cs", "mt-cloud", "mt-home", "platform", "ps-cloud", "ps-home"]
            for job: JobID in ["reconciler", "stale"] {
                #expect(rig.forgotten(job).sorted() == all.map { "\($0).\(job)" })
            }
            // The others were not heard for a day.
            try await rig.pause(.seconds(86_400))
            await closed.pass()
            #expect(rig.forgotten("reconciler").dropFirst(all.count) == ["platform.reconciler"])
        }
    }

    @Test func `an item is protected only when its agent streams: the next operation finds it healthy`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            rig.peers.state.withLock { $0.tracking = .only }
            let job = try await rig.core.reprotect(rig.request("reprotect"))
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().phase == "SYNCHRONIZING_HOME")
            rig.peers.state.withLock { $0.tracking = .streaming }
            try await rig.succeed(job)
            let item = try await rig.item()
            #expect(item.phase == "PROTECTED_HOME")
            #expect(item.health == healthy)
        }
    }

    @Test func `everybody is told once that a job is closed, and one that was away when it is back`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.away = ["mt-home"] }
            try await rig.protect()
            let job = try #require(try await rig.core.vault.store.jobRows(of: nil, before: nil, limit: 1).first).job
            try await rig.pause(.seconds(21))
            let others = ["cs", "mt-cloud", "platform", "ps-cloud", "ps-home"]
            #expect(rig.forgotten(job).sorted() == others.map { "\($0).\(job)" })
            rig.peers.state.withLock { $0.away = [] }
            try await rig.pause(.seconds(21))
            #expect(rig.forgotten(job).last == "mt-home.\(job)")
            #expect(rig.forgotten(job).count == 6)
        }
    }

    @Test func `a failback waits for vCenter when it is away before home's disks are touched`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            let job = try await rig.core.failOver(rig.failover(.home))
            rig.peers.state.withLock { $0.vcenterConnected = false }
            try await rig.pause(.seconds(10))
            #expect(!rig.peers.log.contains("mt-home.ReleaseReplica"))
            rig.peers.state.withLock { $0.vcenterConnected = true }
            try await rig.succeed(job)
            #expect(try await rig.item().phase == "COMMIT_PENDING_HOME")
        }
    }

    @Test func `a cancelled failover ends when the old source streams again`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            rig.peers.state.withLock { $0.tracking = .only }
            let job = try await rig.core.operate(rig.request("cancel")) { _ in
                (.cancelFailover, cancelFailoverWorkflow(.out))
            }
            try await rig.pause(.seconds(5))
            #expect(try await rig.item().health != healthy)
            rig.peers.state.withLock { $0.tracking = .streaming }
            try await rig.succeed(job)
            #expect(try await rig.item().health == healthy)
        }
    }

    @Test func `a disable that is refused leaves the replication going on`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.trouble("CloseRelay", .refuse)
            let job = try await rig.ended(
                try await rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            #expect(job.state == .failedUnwound)
            #expect(try await rig.item().phase == "PROTECTED_OUT")
            #expect(rig.peers.log.contains("agent-web.CloseSession"))
            #expect(rig.peers.state.withLock { $0.sessions["agent-web"] } == "")
        }
    }

    @Test func `a machine that is disabled after its failback leaves no seed, and can be protected again`() throws {
        try withVault { rig in
            try await rig.failBack()
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            try await rig.succeed(rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            let former = try #require(try await rig.item().generation?.number)
            #expect(rig.peers.log.contains("mt-cloud.ForgetReplica"))
            #expect(rig.peers.log.contains("platform.DeleteReplicaDisks"))
            rig.retry += 1
            try await rig.protect()
            // Its agent and its platform hold what they held.
            #expect(try await rig.item().generation?.number == former + 1)
        }
    }

    @Test func `disable leaves a tombstone and the machine running`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.succeed(rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            #expect(try await rig.item().phase == "DISABLED")
            #expect(rig.peers.state.withLock { $0.power["web"] } == .on)
        }
    }
}

/// A vault in a simulated process, with scripted peers around it.
final class Rig: @unchecked Sendable {
    // `@unchecked Sendable`: used by the one task of the test, on the simulation's one thread.
    let peers: ScriptedPeers
    let service: VaultOrchestrator
    let environment: Environment
    var retry = 0

    var core: VaultCore { service.core }

    init(
        _ environment: Environment, _ peers: ScriptedPeers, _ medium: MemoryMedium,
        permissions: [String: [String]]? = nil
    ) async throws {
        self.environment = environment
        self.peers = peers
        try environment.files.replace("/passphrase", with: Array("secret".utf8))
        let settings = VaultSettings(
            service: .init(id: "vault", site: "cloud", listen: "10.0.2.2:7100", stateDirectory: "/state"),
            platform: "10.0.2.1:7100", passphraseFile: "/passphrase", heartbeatLimitUs: 600_000_000,
            scriptsDirectory: "/scripts", permissions: permissions)
        let log = Logger(label: "vault") { _ in SwiftLogNoOpLogHandler() }
        let context = ServiceContext(
            environment: environment, transport: ScriptedTransport(peers: peers), store: { _ in .memory(medium) },
            log: log)
        service = try await VaultOrchestrator.start(settings, context)
        try await service.serving(at: .ip("10.0.2.2", port: 7100))
        try await meet()
    }

    /// Everybody is heard once.
    private func meet() async throws {
        func component(
            _ id: String, _ kind: ConfigurationV1.ComponentKind, _ site: CommonV1.Site
        ) -> ConfigurationV1.Component {
            .with {
                $0.endpoint = .with {
                    $0.id = id
                    $0.address = ScriptedPeers.addresses[id] ?? ""
                }
                $0.kind = kind
                $0.site = site
                $0.osFamily = "linux"
            }
        }
        _ = try await core.linked(
            .with {
                $0.component = component("cs", .configurationServer, .home)
                $0.components = [
                    component("ps-home", .processServer, .home), component("mt-home", .masterTarget, .home),
                ]
            })
        try await core.heard(component("ps-cloud", .processServer, .cloud), source: "vault")
        try await core.heard(component("mt-cloud", .masterTarget, .cloud), source: "vault")
    }

    func item(_ name: String = "web") async throws -> ItemRecord { try await core.vault.store.item(named: name) }
    /// Who was told that the keys of a job may go.
    func forgotten(_ job: JobID) -> [String] {
        peers.state.withLock { $0.forgotten.filter { $0.hasSuffix(".\(job)") } }
    }

    func pause(_ duration: Duration) async throws { try await environment.clock.sleep(for: duration) }

    func options(_ id: String) -> VaultV1.MutationOptions {
        .with {
            $0.requestID = "\(id)-\(retry)"
            $0.person = "ana"
        }
    }

    func request(_ id: String, _ name: String = "web") -> VaultV1.ItemOperationRequest {
        .with {
            $0.name = name
            $0.confirmLoss = true
            $0.options = options(id)
        }
    }

    func failover(_ direction: Model.Direction, _ name: String = "web") -> VaultV1.FailoverRequest {
        .with {
            $0.name = name
            $0.expectedDirection = direction == .out ? .out : .home
            $0.choice = .latest
            $0.options = options("failover-\(direction.rawValue)-\(name)")
        }
    }

    func ended(_ job: VaultV1.Job) async throws -> VaultV1.Job {
        for _ in 0..<3_000 {
            let now = try await core.vault.store.view(JobID(String(job.name.dropFirst("jobs/".count)))).message
            if [.succeeded, .partial, .failedUnwound, .cancelled, .stuck].contains(now.state) { return now }
            try await pause(.milliseconds(100))
        }
        let last = try await core.vault.store.view(JobID(String(job.name.dropFirst("jobs/".count)))).message
        throw Failure(
            .timedOut,
            "\(last.operation) does not end: \(last.steps.map { "\($0.plan?.id ?? "") \($0.state) \($0.detail)" })")
    }

    func succeed(_ job: VaultV1.Job) async throws {
        let job = try await ended(job)
        guard job.state == .succeeded else {
            throw Failure(
                .internalError,
                "\(job.operation): \(job.message) \(job.steps.map { "\($0.plan?.id ?? "") \($0.state)" })")
        }
    }

    func protect(
        _ machine: String = "web", group: String = "", applicationIntervalUs: UInt64 = 0, server: String = ""
    ) async throws {
        try await succeed(
            core.enableMachine(
                .with {
                    $0.machine = machine
                    $0.group = group
                    $0.processServer = server
                    $0.applicationIntervalUs = applicationIntervalUs
                    $0.options = options("enable-\(machine)")
                }))
        let item = try await item(machine)
        guard item.phase == "PROTECTED_OUT" else { throw Failure(.internalError, "enable ended in \(item.phase)") }
        peers.state.withLock { $0.assigned["agent-\(machine)/\(item.id)"] = try? item.assignment().generation }
    }

    /// The group `shop` of two machines.
    func protectShop() async throws {
        try await protect("app", group: "shop")
        try await protect("db", group: "shop")
    }

    func failOver(_ direction: Model.Direction, _ name: String = "web") async throws {
        try await succeed(core.failOver(failover(direction, name)))
    }

    func reprotect(until phase: String, _ name: String = "web") async throws {
        try await succeed(core.reprotect(request("reprotect-\(phase.lowercased())", name)))
        for item in try await core.vault.store.scope(named: name).items { #expect(item.phase == phase) }
    }

    /// Protected, out and back: home runs, and its failback waits for a commit.
    func failBack() async throws {
        try await protect()
        try await failOver(.out)
        try await succeed(core.operate(request("commit")) { _ in (.commit, commitWorkflow(.out)) })
        try await reprotect(until: "PROTECTED_HOME")
        try await failOver(.home)
    }
}

func withVault(
    permissions: [String: [String]]? = nil, _ body: @escaping @Sendable (Rig) async throws -> Void
) throws {
    let world = SimulatedWorld(seed: 7)
    try world.perform(limit: .seconds(3_600)) { environment in
        let rig = try await Rig(environment, ScriptedPeers(), try MemoryMedium(), permissions: permissions)
        try await body(rig)
        await rig.service.stop()
    }
}
