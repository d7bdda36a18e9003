import Contract
import Environment
import EnvironmentLive
import Glibc
import Hosting
import Logging
import MachineFiles
import Messages
import Model
import RPC
import Store
import Synchronization
import Testing

@testable import SiteHost

/// Kills the incarnation when a failpoint is reached for the given time.
final class KillAt: Failpoints {
    private let name: String
    private let medium: MemoryMedium
    private let left: Mutex<Int>
    private let dead = Mutex(false)

    init(_ name: String, time: Int, _ medium: MemoryMedium) {
        self.name = name
        self.medium = medium
        left = Mutex(time)
    }

    func reach(_ name: String) {
        guard name == self.name, left.withLock({ $0 -= 1; return $0 == 0 }) else { return }
        dead.withLock { $0 = true }
        medium.kill()
    }

    var isAlive: Bool { dead.withLock { !$0 } }
}

struct NoTransport: Transport {
    func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        throw NetworkError(.other, "\(address)")
    }
    func channel(to address: StreamAddress) -> any Channel { NoChannel() }
}

struct NoChannel: Channel {
    func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        throw RPCError(.unavailable, "no network")
    }
}

struct NoNetwork: Network {
    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        throw NetworkError(.other, "\(address)")
    }
    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        throw NetworkError(.other, "\(address)")
    }
}

/// One site in a folder of its own; what survives the site host is here.
final class TestSite: Sendable {
    let folder: String
    let medium: MemoryMedium
    let runtime: any MachineRuntime
    let files = LiveFileSystem()
    let autostart: Bool
    let emulator: String?
    /// A second datastore and a second host.
    let isDivided: Bool

    init(
        _ folder: String, _ runtime: any MachineRuntime = MemoryRuntime(), autostart: Bool = false,
        emulator: String? = nil, isDivided: Bool = false
    ) throws {
        self.isDivided = isDivided
        self.folder = folder
        self.runtime = runtime
        self.autostart = autostart
        self.emulator = emulator
        medium = try MemoryMedium()
    }

    var configuration: SiteHostConfiguration {
        var configuration = SiteHostConfiguration(
            service: ServiceSettings(
                id: "site-host-home", site: "home", listen: "127.0.0.1:0", stateDirectory: folder + "/state"),
            datastore: folder + "/datastore", machinesDirectory: folder + "/machines",
            agentExecutable: folder + "/agent", guestExecutable: folder + "/guest", platform: "vmware",
            memoryMiB: 8_192, acknowledgementsDirectory: folder + "/acks", agentAddressBase: "127.0.1.10",
            autostart: autostart, emulator: emulator)
        guard isDivided else { return configuration }
        configuration.datastores = [SiteDatastore(id: "datastore-2", directory: folder + "/datastore-2")]
        configuration.hosts = [SiteMachineHost(id: "host-2", memoryMiB: 2_048)]
        return configuration
    }

    func start(_ failpoints: any Failpoints = NoFailpoints()) async throws -> SiteHost {
        let medium = medium
        let context = ServiceContext(
            environment: liveEnvironment(network: NoNetwork(), failpoints: failpoints), transport: NoTransport(),
            store: { _ in .memory(medium) }, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await SiteHost.start(
            configuration, context, runtime: runtime, drivers: [
                WorkloadDriver(executable: folder + "/guest"),
                VirtualMachineDriver(executable: folder + "/guest", emulator: emulator, files: files),
            ],
            lockWait: .milliseconds(200))
    }

    func running(_ body: (SiteHost, Calls) async throws -> Void) async throws {
        let host = try await start()
        do { try await body(host, Calls(host)) } catch {
            await host.stop()
            throw error
        }
        await host.stop()
    }

    /// What is left of a datastore whose volume is not there: its mount point.
    func unmount(_ datastore: String) throws {
        try files.rename("\(folder)/\(datastore)", to: "\(folder)/\(datastore)-away")
        try files.createDirectory("\(folder)/\(datastore)")
    }

    func mount(_ datastore: String) throws {
        try files.removeTree("\(folder)/\(datastore)")
        try files.rename("\(folder)/\(datastore)-away", to: "\(folder)/\(datastore)")
    }

    func text(_ path: String) throws -> String { String(decoding: try files.readAll(path), as: UTF8.self) }
}

func withFolder(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/homeward-sitehost-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { try? LiveFileSystem().removeTree(folder) }
    try await body(folder)
}

func generation(_ number: UInt64, _ token: UInt8 = 1) -> Generation {
    guard let token = GenerationToken([UInt8](repeating: token, count: 16)) else { preconditionFailure("16 bytes") }
    return Generation(number: number, token: token)
}

/// Calls as a vault makes them.
struct Calls {
    let handler: PlatformHandler
    let host: SiteHost

    init(_ host: SiteHost) {
        self.host = host
        handler = PlatformHandler(host)
    }

    var context: CallContext {
        CallContext(
            method: MethodName(service: "s", method: "m"), metadata: Metadata(), deadline: nil, peer: "test")
    }

    func key(_ step: String, _ target: String = "t", undo: Bool = false) -> CommonV1.OperationKey {
        .with {
            $0.job = "job-1"
            $0.item = "item-1"
            $0.step = step
            $0.target = target
            $0.undo = undo
            $0.vaultEpoch = 1
        }
    }

    func assign(
        _ number: UInt64, _ token: UInt8 = 1, at site: Site = .home, replicating direction: Direction? = nil
    ) async throws {
        let assignment = Assignment(
            item: ItemID("item-1"), generation: generation(number, token),
            roles: GenerationRoles(activeSite: site, replication: direction))
        try await host.effects.assign(assignment, epoch: 1) { _ in }
    }

    func disk(_ id: String, _ index: UInt32 = 0, bytes: UInt64 = 1 << 20) -> PlatformV1.PlatformDisk {
        .with { $0.disk = .with { $0.id = id; $0.index = index; $0.bytes = bytes } }
    }

    @discardableResult
    func create(
        _ step: String = "create", disks: [PlatformV1.PlatformDisk], images: [String] = [],
        guest: PlatformV1.GuestKind = .ledger, id: String = "m1"
    ) async throws -> PlatformV1.Machine {
        try await handler.createMachine(
            .with {
                $0.key = key(step)
                $0.machine = .with {
                    $0.id = id
                    $0.name = "Machine 1"
                    $0.disks = disks
                    $0.guest = .with { $0.kind = guest }
                    $0.attributes = .with { $0.memoryMib = 1_024; $0.toolsEnabled = true }
                }
                $0.importImages = images
            }, context)
    }

    @discardableResult
    func attach(
        _ owner: String, _ step: String = "attach", generation number: UInt64 = 1, item: String = "",
        disks: [String] = [], of machine: String = "m1"
    ) async throws -> PlatformV1.AttachDisksResponse {
        try await handler.attachDisks(
            .with {
                $0.key = key(step)
                $0.machine = machine
                $0.owner = owner
                $0.disks = disks
                $0.generation = generation(number).message
                $0.replicaOfItem = item
            }, context)
    }

    @discardableResult
    func place(
        _ number: UInt64, _ step: String = "grant", kind: PlatformV1.PowerOnGrant.Kind = .active,
        actions: [String] = [], network: CommonV1.Network? = nil
    ) async throws -> PlatformV1.GrantResponse {
        try await handler.placeGrant(
            .with {
                $0.key = key(step)
                $0.grant = .with {
                    $0.item = "item-1"
                    $0.machine = "m1"
                    $0.generation = generation(number).message
                    $0.kind = kind
                    $0.bootActions = actions
                    $0.network = network
                }
            }, context)
    }

    @discardableResult
    func withdraw(_ number: UInt64, _ step: String = "grant", undo: Bool = true) async throws
        -> PlatformV1.GrantResponse
    {
        try await handler.withdrawGrant(
            .with {
                $0.key = key(step, undo: undo)
                $0.machine = "m1"
                $0.generation = generation(number).message
            }, context)
    }

    @discardableResult
    func on(_ number: UInt64, _ step: String = "on", host: String = "") async throws -> PlatformV1.Machine {
        try await handler.powerOn(
            .with {
                $0.key = key(step)
                $0.machine = "m1"
                $0.generation = generation(number).message
                $0.host = host
            }, context)
    }

    @discardableResult
    func off(
        _ number: UInt64, _ step: String = "off", keepAgent: Bool = false
    ) async throws -> PlatformV1.Machine {
        try await handler.powerOff(
            .with {
                $0.key = key(step)
                $0.machine = "m1"
                $0.generation = generation(number).message
                $0.gracefulUs = 1_000_000
                $0.keepAgent = keepAgent
            }, context)
    }

    /// As for a machine that never was an item's.
    func unnamedOff(_ step: String = "off-unnamed") async throws -> PlatformV1.Machine {
        try await handler.powerOff(
            .with {
                $0.key = key(step)
                $0.machine = "m1"
            }, context)
    }

    func setGuest(_ kind: PlatformV1.GuestKind) async throws -> PlatformV1.Machine {
        try await handler.setInventory(.with { $0.machine = "m1"; $0.guest = .with { $0.kind = kind } }, context)
    }

    func outOfBand() async throws -> PlatformV1.Machine {
        try await handler.outOfBandPowerOn(.with { $0.machine = "m1" }, context)
    }

    func machine() async throws -> PlatformV1.Machine {
        try await handler.getMachine(.with { $0.machine = "m1" }, context)
    }

    /// Machine m1 with one disk under generation 1, granted.
    func ready() async throws {
        try await create(disks: [disk("d1")])
        try await assign(1)
        try await place(1)
    }
}

/// The code that the call was refused with.
func refusal(_ body: () async throws -> some Any) async -> ErrorCode? {
    do { _ = try await body() } catch let error as RPCError { return Failure(error, attempting: "call").code } catch {
        return (error as? Concealed).map { Failure($0.shown, attempting: "call").code }
    }
    return nil
}

/// Waits until it holds; false when it does not within two seconds.
func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
    let clock = LiveClock()
    let deadline = clock.now() + .seconds(2)
    while clock.now() < deadline {
        if try await condition() { return true }
        try await clock.sleep(for: .milliseconds(10))
    }
    return try await condition()
}
