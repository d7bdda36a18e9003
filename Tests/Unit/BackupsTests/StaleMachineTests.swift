import API
import Contract
import Environment
import Hosting
import Logging
import MessageCoding
import Messages
import Model
import RPC
import Simulation
import Store
import Synchronization
import Testing

@testable import ConfigurationServer

/// Home machines that run while their item is active in the cloud (rule G6).
@Suite struct StaleMachineTests {
    @Test func `a stale machine is stopped however long its platform was away`() throws {
        try withServer { server, platform, environment in
            platform.state.withLock { $0.isAway = true }
            try await server.core.sync([elsewhere(2)])
            await server.core.stopIfStale(hello)
            try await environment.clock.sleep(for: .seconds(3_600))
            #expect(platform.state.withLock { $0.stops } == 0)
            platform.state.withLock { $0.isAway = false }
            try await environment.clock.sleep(for: .seconds(31))
            #expect(platform.state.withLock { $0.stops == 1 && $0.power == .draining })
            // Over: nobody looks at it any more.
            let looks = platform.state.withLock { $0.looks }
            try await environment.clock.sleep(for: .seconds(120))
            #expect(platform.state.withLock { $0.looks } == looks)
        }
    }

    @Test func `an item of a restored database is looked after once a restored vault tells of it`() throws {
        try withServer { server, platform, environment in
            try await server.core.sync([elsewhere(2)])
            try await server.core.store.receiver.database.write("restored") { transaction in
                _ = try transaction.run("INSERT INTO unconfirmed (item) SELECT item FROM assignments")
            }
            let vault = StreamAddress.ip("10.0.2.2", port: 7100)
            try await server.core.begin(at: vault, vault: InfrastructureClient(platform.channel(to: vault)))
            try await environment.clock.sleep(for: .seconds(60))
            await server.core.stopIfStale(hello)
            try await environment.clock.sleep(for: .seconds(60))
            #expect(platform.state.withLock { $0.stops } == 0)
            // Its census has freed the item; nobody mints a generation.
            platform.state.withLock { $0.told = [elsewhere(2)] }
            try await environment.clock.sleep(for: .seconds(11))
            await server.core.stopIfStale(hello)
            try await environment.clock.sleep(for: .seconds(10))
            #expect(platform.state.withLock { $0.stops } == 1)
            // Then nobody asks for all items any more.
            let asked = platform.state.withLock { $0.asked }
            try await environment.clock.sleep(for: .seconds(120))
            #expect(platform.state.withLock { $0.asked } == asked)
        }
    }

    @Test func `what is above the vault's record is confirmed by nobody`() throws {
        try withServer { server, platform, environment in
            try await server.core.sync([elsewhere(3)])
            try await server.core.store.receiver.database.write("restored") { transaction in
                _ = try transaction.run("INSERT INTO unconfirmed (item) SELECT item FROM assignments")
            }
            #expect(try await server.core.sync([elsewhere(2)]).map(\.item) == ["item-web"])
            await server.core.stopIfStale(hello)
            try await environment.clock.sleep(for: .seconds(60))
            #expect(platform.state.withLock { $0.stops } == 0)
        }
    }

    @Test func `a machine that is given back meanwhile is stale no more`() throws {
        try withServer { server, platform, environment in
            platform.state.withLock { $0.isAway = true }
            try await server.core.sync([elsewhere(2)])
            await server.core.stopIfStale(hello)
            try await environment.clock.sleep(for: .seconds(120))
            try await server.core.sync([elsewhere(3).changed { $0.activeSite = .home }])
            platform.state.withLock { $0.isAway = false }
            try await environment.clock.sleep(for: .seconds(120))
            #expect(platform.state.withLock { $0.stops == 0 && $0.power == .on })
        }
    }
}

private let hello = AgentV1.AgentHello.with {
    $0.machine = "web"
    $0.item = "item-web"
    $0.site = .home
    $0.bootID = "boot-1"
}

/// The item is active in the cloud.
private func elsewhere(_ number: UInt64) -> CommonV1.Assignment {
    .with {
        $0.item = "item-web"
        $0.generation = .with {
            $0.number = number
            $0.token = [UInt8](repeating: UInt8(number), count: 16)
        }
        $0.activeSite = .cloud
    }
}

/// Home's platform, with one machine.
private final class LonePlatform: Transport {
    struct State {
        var isAway = false
        var power = PlatformV1.Power.on
        var stops = 0
        var looks = 0
        /// What the vault tells of, and how often it was asked for all.
        var told: [CommonV1.Assignment] = []
        var asked = 0
    }

    let state = Mutex(State())

    func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        throw RPCError(.unimplemented, "nobody calls")
    }

    func channel(to address: StreamAddress) -> any Channel { LoneChannel(platform: self) }

    func answer(_ method: String, _ request: [UInt8]) throws -> [UInt8] {
        try state.withLock { state in
            guard !state.isAway else { throw RPCError(.unavailable, "away") }
            switch method {
            case "GetMachine": state.looks += 1
            case "PowerOff":
                state.stops += 1
                state.power = try PlatformV1.PowerOffRequest(wire: request).keepAgent ? .draining : .off
            case "Assign": return CommonV1.AssignResponse().wireBytes()
            case "LinkConfigurationServer":
                let wants = try VaultV1.LinkConfigurationServerRequest(wire: request).wantsAssignments
                if wants { state.asked += 1 }
                let told = wants ? state.told : []
                return VaultV1.LinkConfigurationServerResponse.with { $0.assignments = told }.wireBytes()
            default: throw RPCError(.unimplemented, method)
            }
            return PlatformV1.Machine.with { $0.power = state.power }.wireBytes()
        }
    }
}

private struct LoneChannel: Channel {
    let platform: LonePlatform

    func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        LoneCall(platform, method.method)
    }
}

private final class LoneCall: ClientCall {
    private let platform: LonePlatform
    private let method: String
    private let request = Mutex<[UInt8]?>(nil)

    init(_ platform: LonePlatform, _ method: String) {
        self.platform = platform
        self.method = method
    }

    func send(_ message: [UInt8]) async throws { request.withLock { $0 = message } }
    func finishSending() async throws {}
    func cancel() {}
    func next() async throws -> [UInt8]? {
        try request.withLock { $0.take() }.map { try platform.answer(method, $0) }
    }
}

private func withServer(
    _ body: @escaping @Sendable (ConfigurationServer, LonePlatform, Environment) async throws -> Void
) throws {
    let world = SimulatedWorld(seed: 3)
    try world.perform(limit: .seconds(36_000)) { environment in
        try environment.files.replace("/passphrase", with: Array("secret".utf8))
        let platform = LonePlatform()
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let medium = try MemoryMedium()
        let context = ServiceContext(
            environment: environment, transport: platform, store: { _ in .memory(medium) }, log: log)
        let settings = ConfigurationSettings(
            service: .init(id: "cs", site: "home", listen: "10.0.1.2:7100", stateDirectory: "/state"),
            platform: "10.0.1.1:7100", vault: "10.0.2.2:7100", passphraseFile: "/passphrase", staleMachineSeconds: 30)
        let server = try await ConfigurationServer.start(settings, context)
        try await body(server, platform, environment)
        await server.core.stop()
    }
}
