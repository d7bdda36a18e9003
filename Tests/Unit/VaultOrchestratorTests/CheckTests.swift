import API
import Environment
import Hosting
import Logging
import Messages
import Model
import RPC
import Receivers
import Simulation
import Store
import Synchronization
import Testing

@testable import VaultOrchestrator

@Suite struct CheckTests {
    @Test func `the check ends with one probe per component wherever the vault is killed`() throws {
        let whole = try CheckRun(seed: 1)
        try whole.untilDone()
        #expect(try whole.probes() == [1, 1])
        let reaches = whole.vaultHost.failpointReaches.filter {
            $0.name.hasPrefix("vault.") || $0.name.hasPrefix("workflow.")
        }
        #expect(reaches.count > 10)
        var kills = 0
        for reach in reaches {
            for count in 1...min(reach.count, 3) {
                let run = try CheckRun(seed: 1)
                run.vaultHost.arm(reach.name, count: count, .kill)
                try run.untilDone()
                kills += run.boots - 1
                #expect(try run.probes() == [1, 1], "killed at \(reach.name) #\(count)")
            }
        }
        #expect(kills >= 20)
    }

    @Test func `one request id starts one job, and never another request's`() throws {
        let run = try CheckRun(seed: 3)
        try run.untilDone()
        let names = run.answers.withLock { $0 }
        #expect(Set(names).count == 1)
    }
}

/// A vault, a configuration server and a master target that only record probes, and a client that asks until it is told
/// that the check has succeeded.
private final class CheckRun {
    let world: SimulatedWorld
    let vaultHost: SimulatedHost
    let answers = Mutex<[String]>([])
    private let clientHost: SimulatedHost
    private let medium: MemoryMedium
    private let peers: [MemoryMedium]
    private(set) var boots = 0

    init(seed: UInt64) throws {
        world = SimulatedWorld(seed: seed)
        vaultHost = world.host("vault", address: "10.0.2.2")
        clientHost = world.host("client", address: "10.0.2.9")
        medium = try MemoryMedium()
        peers = [try MemoryMedium(), try MemoryMedium()]
        for (index, address) in ["10.0.1.2", "10.0.2.4"].enumerated() {
            let medium = peers[index]
            world.host("peer\(index)", address: address).boot { environment in
                await servePeer(environment, medium, address)
            }
        }
    }

    func untilDone() throws {
        let flag = DoneFlag()
        clientHost.boot { [answers = Answers(self)] environment in
            await askUntilDone(environment, answers.add)
            flag.set()
        }
        while !flag.isSet {
            boots += 1
            guard boots < 20 else { throw Failure(.internalError, "the vault was started twenty times") }
            let medium = medium
            let vault = vaultHost.boot { environment in await serveVault(environment, medium) }
            try world.run(limit: .seconds(600)) { flag.isSet || !vault.isAlive }
        }
    }

    /// How many probes each component recorded.
    func probes() throws -> [UInt64] {
        try peers.map { medium in
            try world.perform { environment in
                let database = try await StoreDatabase.open(
                    .memory(medium), schema: peerSchema, lane: environment.lanes.lane("look"),
                    random: environment.random)
                return try await database.read { try $0.row("SELECT count(*) AS n FROM probes")?.bits("n") ?? 0 }
            }
        }
    }
}

/// `@unchecked Sendable`: the world runs everything on one thread.
private final class DoneFlag: @unchecked Sendable {
    private(set) var isSet = false
    func set() { isSet = true }
}

/// `@unchecked Sendable`: the world runs everything on one thread.
private struct Answers: @unchecked Sendable {
    let run: CheckRun
    init(_ run: CheckRun) { self.run = run }
    func add(_ name: String) { run.answers.withLock { $0.append(name) } }
}

private let peerSchema = Schema(store: "peer", migrations: ReceiverStore.schema)

private func servePeer(_ environment: Environment, _ medium: MemoryMedium, _ address: String) async {
    do {
        let database = try await StoreDatabase.open(
            .memory(medium), schema: peerSchema, lane: environment.lanes.lane("store"), random: environment.random)
        let effects = Effects(ReceiverStore(database), component: "peer", failpoints: environment.failpoints)
        let handler = ReceiverHandler(effects, clock: environment.clock) { _ in }
        _ = try await StreamTransport(environment).serve(.ip(address, port: 7100), [handler.bound()])
        try await environment.clock.sleep(for: .seconds(100_000))
    } catch {}
}

/// What a killed process leaves unfinished must not be committed by the code that is still on the stack.
struct KillingFailpoints: Failpoints {
    let base: any Failpoints
    let medium: MemoryMedium
    /// Waited for at each place where the process can be held.
    var resting: (@Sendable (String) async -> Void)?
    var isAlive: Bool { base.isAlive }

    func reach(_ name: String) {
        let was = base.isAlive
        base.reach(name)
        if was, !base.isAlive { medium.kill() }
    }

    func rest(_ name: String) async { await resting?(name) }
}

private func serveVault(_ base: Environment, _ medium: MemoryMedium) async {
    let environment = Environment(
        clock: base.clock, random: base.random, tasks: base.tasks, files: base.files, lanes: base.lanes,
        network: base.network, failpoints: KillingFailpoints(base: base.failpoints, medium: medium))
    do {
        try environment.files.replace("/passphrase", with: Array("secret\n".utf8))
        let settings = VaultSettings(
            service: .init(id: "vault", site: "cloud", listen: "10.0.2.2:7100", stateDirectory: "/state"),
            platform: "10.0.2.1:7100", passphraseFile: "/passphrase")
        let log = Logger(label: "vault") { _ in SwiftLogNoOpLogHandler() }
        let context = ServiceContext(
            environment: environment, transport: StreamTransport(environment), store: { _ in .memory(medium) }, log: log
        )
        _ = try await HostedService<VaultOrchestrator>.start(settings, context)
        try await environment.clock.sleep(for: .seconds(100_000))
    } catch {}
}

private func askUntilDone(_ environment: Environment, _ add: (String) -> Void) async {
    let channel = StreamTransport(environment).channel(to: .ip("10.0.2.2", port: 7100))
    let options = CallOptions(timeout: .seconds(5))
    while true {
        do {
            _ = try await RegistryClient(channel).registerComponent(
                .with {
                    $0.passphrase = "secret"
                    $0.component = .with {
                        $0.endpoint = .with {
                            $0.id = "mt-cloud"
                            $0.address = "10.0.2.4:7100"
                        }
                        $0.kind = .masterTarget
                        $0.site = .cloud
                    }
                }, options)
            _ = try await InfrastructureClient(channel).linkConfigurationServer(
                .with {
                    $0.component = .with {
                        $0.endpoint = .with {
                            $0.id = "cs"
                            $0.address = "10.0.1.2:7100"
                        }
                        $0.kind = .configurationServer
                        $0.site = .home
                    }
                }, options)
            var job = try await InfrastructureClient(channel).checkInfrastructure(
                .with { $0.options = .with { $0.requestID = "check-1" } }, options)
            add(job.name)
            while job.state != .succeeded {
                let known = job
                job = try await JobsClient(channel).getJob(
                    .with {
                        $0.name = known.name
                        $0.waitUs = 1_000_000
                        $0.afterRevision = known.revision
                    }, options)
            }
            return
        } catch { try? await environment.clock.sleep(for: .milliseconds(200)) }
    }
}
