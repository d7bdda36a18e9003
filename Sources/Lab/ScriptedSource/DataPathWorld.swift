import API
import Contract
public import Environment
import Hosting
import IntervalFrames
import Logging
public import MasterTarget
import Messages
public import Model
public import ProcessServer
import RPC
public import Simulation
import Store
import Synchronization

/// A process server and a master target in a simulated world, with the disks of one item attached.
public final class DataPathWorld {
    public let world: SimulatedWorld
    public let processServer: SimulatedHost
    public let masterTarget: SimulatedHost
    private let stores: [MemoryMedium]
    public var processSettings: ProcessServerSettings
    public var targetSettings: MasterTargetSettings
    private let trouble = Trouble()

    public static let item: ItemID = "item-1"
    public static let disks: [(id: DiskID, bytes: Int)] = [
        ("d1f3c1d0-0000-4000-8000-000000000001", 96 * 4_096), ("system", 17 * 4_096 + 512),
    ]
    public static let processAddress = StreamAddress.ip("127.0.1.3", port: 7_100)
    public static let targetAddress = StreamAddress.ip("127.0.2.4", port: 7_100)
    public static let ownerDirectory = "/data/master-target-mt"

    public init(seed: UInt64, spoolBytes: Int64 = 16 << 20) throws {
        world = SimulatedWorld(seed: seed)
        processServer = world.host("ps", address: "127.0.1.3")
        masterTarget = world.host("mt", address: "127.0.2.4")
        stores = [try MemoryMedium(), try MemoryMedium()]
        processSettings = ProcessServerSettings(
            service: .init(id: "ps", site: "home", listen: "127.0.1.3:7100", stateDirectory: "/state"), registries: [],
            passphraseFile: "/passphrase", spoolDirectory: "/spool", spoolBytes: spoolBytes, spoolReserveBytes: 0,
            memoryBytes: 2 << 20)
        targetSettings = MasterTargetSettings(
            service: .init(id: "mt", site: "cloud", listen: "127.0.2.4:7100", stateDirectory: "/state"), registries: [],
            passphraseFile: "/passphrase", ownerDirectory: Self.ownerDirectory)
    }

    public static func generation(_ number: UInt64) -> Model.Generation {
        let token = GenerationToken([UInt8](repeating: UInt8(number), count: GenerationToken.byteCount))
        guard let token else { preconditionFailure("the token has the bytes it needs") }
        return Model.Generation(number: number, token: token)
    }

    public func machine(seed: UInt64) -> ScriptedMachine {
        ScriptedMachine(item: Self.item, disks: Self.disks, generation: Self.generation(1), seed: seed)
    }

    // MARK: - Processes

    public func bootProcessServer() {
        let (settings, medium, trouble) = (processSettings, stores[0], trouble)
        processServer.boot("process-server") { environment in
            await Self.run(ProcessServer.self, settings, medium, environment, trouble)
        }
    }

    public func bootMasterTarget() {
        let (settings, medium, trouble) = (targetSettings, stores[1], trouble)
        masterTarget.boot("master-target") { environment in
            await Self.run(MasterTarget.self, settings, medium, environment, trouble)
        }
    }

    private static func run<S: Service>(
        _ type: S.Type, _ settings: S.Settings, _ medium: MemoryMedium, _ environment: Environment, _ trouble: Trouble
    ) async {
        let context = ServiceContext(
            environment: environment, transport: StreamTransport(environment), store: { _ in .memory(medium) },
            log: Logger(label: settings.service.id, factory: { TroubleLog(trouble, $0) }))
        do {
            let hosted = try await HostedService<S>.start(settings, context)
            // Served until the process is killed.
            while true { try await environment.clock.sleep(for: .seconds(3_600)) }
            await hosted.stop()
        } catch { trouble.add("\(settings.service.id): \(error)") }
    }

    public func killProcessServer() {
        processServer.kill()
        stores[0].kill()
    }

    public func killMasterTarget() {
        masterTarget.kill()
        stores[1].kill()
    }

    /// What the services complained of, for a test that failed.
    public var complaints: [String] { trouble.all }

    // MARK: - Work

    /// Does something as a process of a host, until it is done.
    @discardableResult
    public func on<T: Sendable>(
        _ host: SimulatedHost, _ body: @escaping @Sendable (Environment) async throws -> T
    ) throws -> T {
        let box = Box<T>()
        let visitor = host.boot("visitor") { environment in
            do {
                let value = try await body(environment)
                box.set(.success(value))
            } catch { box.set(.failure(error)) }
        }
        try world.run(limit: .seconds(600)) { box.isSet }
        visitor.kill()
        return try box.get()
    }

    @discardableResult
    public func perform<T: Sendable>(_ body: @escaping @Sendable (Environment) async throws -> T) throws -> T {
        try world.perform(limit: .seconds(900), body)
    }

    /// Makes the bundles of the item's disks, as the site host attaches them.
    /// - Parameter allocated: all of their space is taken, as of thick-provisioned disks.
    public func attachBlankDisks(allocated: Bool = false) throws {
        try on(masterTarget) { environment in
            for disk in Self.disks {
                let bundle = Self.ownerDirectory + "/" + disk.id.text
                try environment.files.createDurably(bundle)
                let file = try environment.files.open(bundle + "/disk.raw", .createNew)
                try file.truncate(to: Int64(disk.bytes))
                // Zeros that are written over a hole leave a hole.
                for byte: UInt8 in allocated ? [1, 0] : [] {
                    try file.write([UInt8](repeating: byte, count: Int(disk.bytes)), at: 0)
                }
                try file.sync()
                file.close()
                try environment.files.syncDirectory(bundle)
                try environment.files.syncDirectory(Self.ownerDirectory)
            }
        }
    }

    /// The raw content of the attached disks.
    public func attachedContent() throws -> [[UInt8]] {
        try on(masterTarget) { environment in
            try Self.disks.map { try environment.files.readAll("\(Self.ownerDirectory)/\($0.id.text)/disk.raw") }
        }
    }
}

/// The result of a visit; set by the one process that visits.
private final class Box<T: Sendable>: Sendable {
    private let outcome = Mutex<Result<T, any Error>?>(nil)

    var isSet: Bool { outcome.withLock { $0 != nil } }
    func set(_ result: Result<T, any Error>) { outcome.withLock { $0 = result } }
    func get() throws -> T {
        guard let result = outcome.withLock({ $0 }) else { throw Failure(.internalError, "visit: no result") }
        return try result.get()
    }
}

final class Trouble: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
