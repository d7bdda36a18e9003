public import Environment
import Synchronization

/// Hosts, networks and disks in one process, under virtual time, on one thread: a seed replays a run.
///
/// All that happens is decided by the seed: which ready job runs next, latencies, what a power loss keeps.
/// Two runs of one seed have the same `traceHash`, in one process and in two, as long as the code under
/// test never lets the order of a `Dictionary` or `Set` decide what it does: that order differs from process
/// to process unless the environment variable `SWIFT_DETERMINISTIC_HASHING` is 1.
public final class SimulatedWorld: Sendable {
    public enum Order: Hashable, Sendable {
        /// Jobs run in the order in which they became ready.
        case arrival
        /// The seed picks among all that could happen at this instant.
        case random
    }

    /// 2026-01-01T00:00:00Z, in microseconds since the Unix epoch: the wall clock at virtual time zero.
    public static let wallStart: Int64 = 1_767_225_600_000_000
    /// Steps within one virtual instant; a sound program needs far fewer, a busy loop would never end.
    static let stepsPerInstant = 1_000_000

    public let network: SimulatedNetwork
    private let core: WorldCore

    public init(seed: UInt64, order: Order = .random) {
        core = WorldCore(seed: seed, order: order)
        network = SimulatedNetwork(core: core)
    }

    deinit {
        network.end()
        core.end()
    }

    public var seed: UInt64 { core.seed }
    /// Virtual time since the world began.
    public var now: Duration { core.locked { .nanoseconds(core.now) } }
    /// Folds every event so far: jobs picked, time steps, deliveries, file operations, notes.
    public var traceHash: UInt64 { core.locked { core.trace.hash.value } }
    public var eventCount: Int { core.locked { core.trace.count } }
    /// The last events, oldest first.
    public var history: [String] { core.locked { core.trace.lines() } }

    /// Keeps the whole trace from now on, for `firstDifference`: some hundred bytes an event.
    public func keepTrace() { core.locked { core.trace.keepsAll = true } }

    /// The first event that two worlds of one seed do not share, with what led to it; nil when there is none. Both must
    /// keep their traces.
    public static func firstDifference(_ one: SimulatedWorld, _ two: SimulatedWorld) -> String? {
        let (a, b) = (one.core.locked { one.core.trace.all }, two.core.locked { two.core.trace.all })
        let place = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(a.count, b.count)
        guard place < max(a.count, b.count) else { return nil }
        let context = a[max(0, place - 20)..<place].map { "    \($0.line)" }
        let ends = [a, b].map { place < $0.count ? $0[place].line : "the end" }
        return (context + ["  1 \(ends[0])", "  2 \(ends[1])"]).joined(separator: "\n")
    }

    /// A new host with an empty root volume without a space limit.
    public func host(_ name: String, address: String) -> SimulatedHost {
        let volume = volume("\(name):/")
        return core.locked {
            precondition(core.hosts.allSatisfy { $0.name != name }, "two hosts named \(name)")
            let host = SimulatedHost(name: name, address: address, core: core, fabric: network, volume: volume)
            network.claim(address, for: host)
            core.hosts.append(host)
            return host
        }
    }

    /// A new empty volume, to be mounted by one host or several.
    public func volume(_ name: String, capacity: Int64 = .max) -> SimulatedVolume {
        core.locked {
            let number = UInt64(core.volumes.count + 1)
            let volume = SimulatedVolume(name: name, number: number, capacity: capacity, core: core)
            core.volumes.append(volume)
            return volume
        }
    }

    /// Adds something to the trace and its hash, from the test or from inside.
    public func note(_ text: String) { core.record(.note, nil, 0, text) }

    /// Does `action` after `delay` of virtual time: a schedule of faults.
    public func after(_ delay: Duration, _ action: @escaping () -> Void) {
        core.locked { core.schedule(at: core.now + delay.inNanoseconds, owner: nil, action) }
    }

    /// Random choices of a test that shall follow from the seed.
    public func choose<T>(_ body: (inout SeededGenerator) -> T) -> T { core.locked { body(&core.faults) } }

    /// Runs until `condition` holds, looking after every step.
    ///
    /// - Parameter limit: virtual time from now.
    /// - Throws: `SimulationFailure` with a dump.
    public func run(limit: Duration = .seconds(3_600), until condition: () -> Bool) throws {
        try core.running {
            let end = core.locked { core.now } + limit.inNanoseconds
            var instant: Int64 = -1
            var steps = 0
            while !condition() {
                if let failure = core.escaped() { throw failure }
                switch core.next(limit: end) {
                case .job(let job, let owner): job.runSynchronously(on: owner.asUnownedTaskExecutor())
                case .action(let action): action()
                case .nothing: throw core.failure(.deadlock)
                case .beyondLimit: throw core.failure(.timeLimit)
                }
                let now = core.locked { core.now }
                steps = now == instant ? steps + 1 : 0
                instant = now
                if steps > Self.stepsPerInstant { throw core.failure(.livelock) }
            }
            if let failure = core.escaped() { throw failure }
        }
    }

    /// Lets `duration` of virtual time pass; it is no failure if nothing is left to do.
    public func run(for duration: Duration) throws {
        var isOver = false
        after(duration) { isOver = true }
        try run(limit: duration) { isOver }
    }

    /// Runs `body` as a process of a host named `driver` until it returns, and everything else meanwhile.
    public func perform<T: Sendable>(
        limit: Duration = .seconds(3_600), _ body: @escaping @Sendable (Environment) async throws -> T
    ) throws -> T {
        let host = core.locked {
            let host = core.driver ?? self.host("driver", address: "127.255.255.254")
            core.driver = host
            return host
        }
        let outcome = Outcome<T>()
        let incarnation = host.boot { environment in
            do { outcome.set(.success(try await body(environment))) } catch { outcome.set(.failure(error)) }
        }
        try run(limit: limit) { outcome.result != nil || !incarnation.isAlive }
        guard let result = outcome.result else { throw core.failure(.deadlock) }
        return try result.get()
    }
}

private final class Outcome<T: Sendable>: Sendable {
    private let state = Mutex<Result<T, any Error>?>(nil)

    var result: Result<T, any Error>? { state.withLock { $0 } }
    func set(_ result: Result<T, any Error>) { state.withLock { $0 = result } }
}
