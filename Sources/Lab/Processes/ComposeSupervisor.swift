import API
import Environment
import Glibc
import Messages
public import Model
import RPC

/// Where a lab of containers comes from.
public struct ComposeOptions: Sendable {
    public let engine: ContainerEngine
    /// The project file (`deploy/compose.yaml`), absolute.
    public let file: String
    /// The image with all programs.
    public let image: String

    public init(engine: ContainerEngine, file: String, image: String) {
        self.engine = engine
        self.file = file
        self.image = image
    }
}

/// Runs the components of a lab as containers: one each, two site networks and a WAN, the lab's directories mounted,
/// the addresses of `LabLayout` published on this computer. Killed containers are started again by their restart
/// policy.
public actor ComposeSupervisor: ComponentSupervisor {
    /// The project; its name is on all that belongs to it. The published addresses allow one on a computer.
    static let project = "homeward-lab"
    /// Where `compose.yaml` mounts what a component may see of the lab's directory.
    static let insideDirectory = "/lab"
    /// As which the image runs when the lab is started by root, who then gives the directories to it.
    static let imageUser: uid_t = 10_001
    private static let look = Duration.milliseconds(250)
    /// The slowest start: eight containers on two cores, debug build.
    private static let startLimit = Duration.seconds(120)
    /// Before a component served once: more is a program that cannot start, not one that was unlucky.
    private static let mostRestarts = 5

    private let layout: LabLayout
    public nonisolated let inside: LabLayout
    private let world: LabWorld
    private let options: ComposeOptions
    private let lane: any Lane
    private var lock: (any File)?

    public init(_ layout: LabLayout, _ world: LabWorld, _ options: ComposeOptions) throws(Failure) {
        self.layout = layout
        self.world = world
        self.options = options
        inside = try LabLayout(directory: Self.insideDirectory, programs: "/usr/bin", reach: .names)
        lane = world.environment.lanes.lane("containers")
    }

    static func container(_ id: String) -> String { "\(project)-\(id)" }

    public nonisolated func check() async throws {
        try await Lab.check(layout, world)
        let (lane, options) = (lane, options)
        try await lane.run {
            guard access(options.file, R_OK) == 0 else {
                throw Failure(.notFound, "start containers: there is no \(options.file)")
            }
            for component in LabLayout.components
            where options.engine.container(Self.container(component.id)) != nil {
                throw Failure(
                    .alreadyExists, "start containers: \(Self.container(component.id)) is there already; remove it "
                        + "with `\(options.engine.rawValue) rm -f \(Self.container(component.id))`")
            }
        }
    }

    // MARK: Start

    public func start() async throws {
        let (layout, inside, environment) = (layout, inside, world.environment)
        lock = try layout.takeLock(environment.files)
        do {
            try await lane.run {
                try layout.prepare(inside: inside, environment)
                // Mounted, so they must be there; made by the engine they would be root's.
                let owned = LabLayout.components.filter { $0.program == "master-target" }
                    .map { "\(layout.datastore($0.site))/master-target-\($0.id)" }
                for path in owned + [layout.scripts] { try environment.files.createDirectory(path) }
                let shared = [layout.acknowledgements, layout.scripts, layout.holds]
                for path in [layout.root(.home), layout.root(.cloud)] + shared {
                    try Self.give(path, environment.files)
                }
            }
            try await compose(["up", "-d", "--no-build"])
            for component in LabLayout.components { try await waitForHealth(component) }
            for component in LabLayout.components { try await waitForEngine(component) }
            try await world.waitForRegistrations(within: Self.startLimit)
        } catch {
            await stop()
            throw error
        }
    }

    private func compose(_ words: [String]) async throws {
        let user = geteuid() == 0 ? "\(Self.imageUser):\(Self.imageUser)" : "\(geteuid()):\(getegid())"
        let environment = [
            ("LAB_DIR", layout.directory), ("HOMEWARD_IMAGE", options.image), ("HOMEWARD_USER", user),
        ]
        let (options, log) = (options, layout.engineLog)
        try await lane.run {
            _ = try options.engine.run(
                options.engine.compose + ["-p", Self.project, "-f", options.file] + words, environment: environment,
                into: log)
        }
    }

    private func waitForHealth(_ component: LabLayout.Component) async throws {
        let clock = world.environment.clock
        let deadline = clock.now() + Self.startLimit
        let health = HealthClient(world.dial(component.address))
        let (engine, name) = (options.engine, Self.container(component.id))
        while clock.now() < deadline {
            let answer = try? await health.check(.init(), CallOptions(timeout: .seconds(2)))
            if answer?.status == .serving { return }
            guard let seen = try await lane.run({ engine.container(name) }) else {
                throw Failure(.unavailable, "start \(component.id): no container was made; see \(layout.engineLog)")
            }
            guard seen.restarts < Self.mostRestarts else {
                throw Failure(
                    .unavailable, "start \(component.id): it ends each time; see \(layout.log(component))")
            }
            try await clock.sleep(for: Self.look)
        }
        throw Failure(
            .timedOut, "start \(component.id): not serving within \(Self.startLimit); see \(layout.log(component))")
    }

    /// That it runs without rights, and that the engine's own check of it passes, which restart policies go by.
    private func waitForEngine(_ component: LabLayout.Component) async throws {
        let (engine, name) = (options.engine, Self.container(component.id))
        try await lane.run {
            // A process's directory belongs to the user that it runs as.
            var about = stat()
            let isThere = stat("/proc/\(engine.container(name)?.process ?? 0)", &about) == 0
            guard isThere, about.st_uid != 0 else {
                throw Failure(.internalError, "start \(component.id): its container is gone, or runs as root")
            }
        }
        let clock = world.environment.clock
        let deadline = clock.now() + Self.startLimit
        while try await lane.run({ !engine.isHealthy(name) }) {
            guard clock.now() < deadline else {
                throw Failure(.timedOut, "start \(component.id): \(engine.rawValue) calls it unhealthy")
            }
            try await clock.sleep(for: Self.look)
        }
    }

    // MARK: Keeping

    /// Their restart policy keeps them.
    public func keep() async {}

    public func starts(_ id: String) async -> Int {
        let engine = options.engine
        let seen = try? await lane.run { engine.container(Self.container(id)) }
        return seen.map { $0.restarts + 1 } ?? 0
    }

    /// The first process of the container, from outside: the engines take their own `kill` for a wish that it stays
    /// down.
    public func kill(_ id: String) async -> Bool { await signal(id, SIGKILL) }
    public func freeze(_ id: String) async -> Bool { await signal(id, SIGSTOP) }
    public func thaw(_ id: String) async -> Bool { await signal(id, SIGCONT) }

    private func signal(_ id: String, _ number: Int32) async -> Bool {
        let engine = options.engine
        let seen = try? await lane.run { engine.container(Self.container(id)) }
        guard let seen, seen.isRunning, seen.process > 1 else { return false }
        if Glibc.kill(seen.process, number) == 0 { return true }
        if errno == EPERM { world.say("lab: signal \(id): only root may do that to its process \(seen.process)") }
        return false
    }

    /// Root's containers run as a user of the image.
    public nonisolated func handOver(_ path: String) throws { try Self.give(path, world.environment.files) }

    private static func give(_ path: String, _ files: any FileSystem) throws {
        guard geteuid() == 0 else { return }
        guard lchown(path, imageUser, imageUser) == 0 else {
            throw Failure(.permissionDenied, "give \(path) to the containers' user: errno \(errno)")
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
        for name in try files.list(path) { try give("\(path)/\(name)", files) }
    }

    // MARK: Stop

    public func stop() async {
        let (engine, layout) = (options.engine, layout)
        _ = try? await lane.run {
            for component in LabLayout.components {
                let name = Self.container(component.id)
                _ = try? engine.run([engine.rawValue, "logs", name], into: layout.log(component))
            }
        }
        do { try await compose(["down", "-t", "5"]) } catch { world.say("lab: \(error)") }
        // podman-compose leaves the networks of its project.
        _ = try? await lane.run {
            let label = "label=com.docker.compose.project=\(Self.project)"
            let left = try engine.run([engine.rawValue, "network", "ls", "-q", "--filter", label])
            for network in left.split(separator: "\n") {
                try engine.run([engine.rawValue, "network", "rm", String(network)], into: layout.engineLog)
            }
        }
        lock?.close()
        lock = nil
    }
}

extension LabLayout {
    /// What the engine said.
    var engineLog: String { "\(directory)/compose.log" }
}
