public import Environment

/// A simulated machine: addresses, a root volume, mounted volumes, clocks, and the processes on it.
///
/// `@unchecked Sendable`: mutable state is guarded by the world's mutex, as a power loss changes a host together with
/// its processes, their streams and its volumes: a mutex of its own would let somebody see half of it.
public final class SimulatedHost: @unchecked Sendable {
    public enum FailpointAction: Hashable, Sendable { case kill, stop, powerLoss }

    private struct Armed {
        let name: String
        var left: Int
        let action: FailpointAction
    }

    public let name: String
    public let rootVolume: SimulatedVolume
    let core: WorldCore
    let fabric: SimulatedNetwork
    let programs: HostPrograms
    private(set) var addresses: [String]
    private(set) var isPowered = true
    private(set) var mounts: [(prefix: [Substring], volume: SimulatedVolume)] = []
    private(set) var monotonicOffset: Int64
    private var incarnations: [Incarnation] = []
    private var armed: [Armed] = []
    private var reaches: [String: Int] = [:]
    private var skew: Int64 = 0
    private var generator: SeededGenerator
    private var pauses: (probability: Int, longest: Duration) = (2, .milliseconds(2))

    init(name: String, address: String, core: WorldCore, fabric: SimulatedNetwork, volume: SimulatedVolume) {
        self.name = name
        self.core = core
        self.fabric = fabric
        programs = HostPrograms(core)
        addresses = [address]
        rootVolume = volume
        generator = SeededGenerator(seed: core.seed, stream: "host \(name)")
        monotonicOffset = generator.duration(in: .seconds(1)...(.seconds(1_000_000)))
    }

    // MARK: Processes

    /// Starts a process. Several may live at once; each has its own environment and ends by its own kill.
    @discardableResult
    public func boot(
        _ process: String = "main", _ body: @escaping @Sendable (Environment) async -> Void
    ) -> Incarnation {
        core.locked {
            let incarnation = Incarnation(host: self, name: process, number: core.incarnations.count + 1)
            core.incarnations.append(incarnation)
            incarnations.append(incarnation)
            core.record(.boot, incarnation, 0, incarnation.label)
            if !isPowered {
                isPowered = true
                fabric.hostCameBack(self)
            }
            incarnation.start(body)
            return incarnation
        }
    }

    /// Living processes, in order of boot.
    public var processes: [Incarnation] { core.locked { incarnations.filter { $0.isAlive } } }

    /// SIGKILL for every process. Unsynced data survive, as they do in a kernel's page cache.
    public func kill() {
        for incarnation in processes { incarnation.kill() }
    }

    /// Every process dies, a seeded part of what this host wrote and did not sync is lost, its peers hear
    /// nothing until it boots again, and its monotonic clock starts anew.
    public func powerLoss() {
        core.locked {
            core.record(.powerLoss, nil, 0, name)
            for incarnation in incarnations where incarnation.state != .dead { incarnation.die() }
            isPowered = false
            fabric.hostVanished(self)
            rootVolume.losePower(writtenBy: self)
            for mount in mounts { mount.volume.losePower(writtenBy: self) }
            monotonicOffset = generator.duration(in: .seconds(1)...(.seconds(1_000_000))) - core.now
        }
    }

    /// At the end of the world.
    func end() { incarnations = [] }

    // MARK: Machine

    /// Makes the volume's root appear at `path`; several hosts may mount one volume.
    public func mount(_ volume: SimulatedVolume, at path: String) {
        core.locked {
            let prefix = path.split(separator: "/")
            precondition(!prefix.isEmpty, "mount below the root")
            rootVolume.makeDurableDirectory(prefix.map(String.init))
            mounts.append((prefix, volume))
            mounts.sort { $0.prefix.count > $1.prefix.count }
        }
    }

    public func addAddress(_ address: String) {
        core.locked {
            fabric.claim(address, for: self)
            addresses.append(address)
        }
    }

    /// How far this host's wall clock is ahead of the world's; may jump at any time.
    public var wallSkew: Duration {
        get { core.locked { .nanoseconds(skew) } }
        set { core.locked { skew = newValue.inNanoseconds } }
    }

    /// Before a lane's body: a pause once in `oneIn` bodies (0: never), up to `longest`.
    public func setLanePauses(oneIn count: Int, upTo longest: Duration) {
        core.locked { pauses = (count, longest) }
    }

    func lanePause(_ generator: inout SeededGenerator) -> Int64 {
        generator.oneIn(pauses.probability) ? generator.duration(in: .zero...pauses.longest) : 0
    }

    func wallNow() -> WallInstant {
        core.locked { WallInstant(microseconds: SimulatedWorld.wallStart + (core.now + skew) / 1_000) }
    }

    /// What a wall clock without skew shows.
    public var trueWallNow: WallInstant {
        core.locked { WallInstant(microseconds: SimulatedWorld.wallStart + core.now / 1_000) }
    }

    // MARK: Failpoints

    /// At the `count`-th reach of `failpoint` from now on, by any process of this host, does `action`, once.
    public func arm(_ failpoint: String, count: Int = 1, _ action: FailpointAction = .kill) {
        precondition(count > 0)
        core.locked { armed.append(Armed(name: failpoint, left: count, action: action)) }
    }

    /// How often each failpoint was reached so far, sorted by name: the coverage of an exhaustive test.
    public var failpointReaches: [(name: String, count: Int)] {
        core.locked { reaches.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    func reached(_ name: String, by incarnation: Incarnation) {
        core.locked {
            guard incarnation.state != .dead else { return }
            core.record(.failpoint, incarnation, 0, name)
            reaches[name, default: 0] += 1
            var due: [FailpointAction] = []
            for index in armed.indices where armed[index].name == name {
                armed[index].left -= 1
                if armed[index].left == 0 { due.append(armed[index].action) }
            }
            armed.removeAll { $0.left == 0 }
            for action in due {
                switch action {
                case .kill: incarnation.kill()
                case .stop: incarnation.stop()
                case .powerLoss: powerLoss()
                }
            }
        }
    }

    /// The volume that holds `path`, and the names within it.
    func resolve(_ path: [Substring]) -> (SimulatedVolume, [String]) {
        for mount in mounts where path.starts(with: mount.prefix) {
            return (mount.volume, path.dropFirst(mount.prefix.count).map(String.init))
        }
        return (rootVolume, path.map(String.init))
    }
}
