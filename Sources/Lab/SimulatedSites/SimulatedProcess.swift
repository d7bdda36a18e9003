import Environment
import Hosting
import Logging
import Model
import RPC
import Simulation
import Synchronization

/// What a process is told from outside: to end by itself.
final class EndSignal: Sendable {
    private struct State {
        var isSet = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// SIGTERM.
    func set() {
        let waiting = state.withLock { state in
            state.isSet = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Unsafe because a killed process's wait is abandoned, never resumed.
    func wait() async {
        await withUnsafeContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiting.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }
}

/// Starts programs of ours as incarnations of a world.
final class ProcessStarter: Sendable {
    let media = StoreMedia()
    let journal: Journal

    init(_ journal: Journal) { self.journal = journal }

    /// A process that ends, as a process does, when `body` returns or throws.
    func boot(
        _ name: String, on host: SimulatedHost,
        _ body: @escaping @Sendable (Environment, Openings) async throws -> Void
    ) -> Incarnation {
        let openings = Openings()
        let life = Life()
        let journal = journal
        let incarnation = host.boot(name) { environment in
            do { try await body(environment, openings) } catch { journal.add("\(name) ended: \(error)") }
            life.end()
        }
        life.set(incarnation)
        incarnation.atDeath { openings.kill() }
        return incarnation
    }

    /// What every service is given here.
    func context(_ settings: ServiceSettings, _ environment: Environment, _ openings: Openings) -> ServiceContext {
        ServiceContext(
            environment: environment, transport: StreamTransport(environment),
            store: { [media] name in
                try media.open("\(settings.stateDirectory)/\(name).sqlite", environment.files, openings)
            },
            log: Logger(label: settings.id, factory: { [journal] in JournalLog(journal, $0) }))
    }
}

/// Of a process, told to it by `boot` before its body runs.
private final class Life: Sendable {
    private let incarnation = Mutex<Incarnation?>(nil)

    func set(_ incarnation: Incarnation) { self.incarnation.withLock { $0 = incarnation } }
    func end() { incarnation.withLock { $0 }?.kill() }
}

/// What processes said and what was done to them, each at the world's time, for a run that failed. Bounded: the last
/// lines count.
public final class Journal: Sendable {
    private static let kept = 4_000
    private let state = Mutex<[String]>([])
    private let echo: (@Sendable (String) -> Void)?
    private weak let world: SimulatedWorld?

    /// - Parameter echo: gets each line as it comes.
    init(_ world: SimulatedWorld, echo: (@Sendable (String) -> Void)?) {
        self.world = world
        self.echo = echo
    }

    public var lines: [String] { state.withLock { $0 } }

    func add(_ said: String) {
        let line = "\((world?.now.inMicroseconds ?? 0) / 1_000) ms \(said)"
        echo?(line)
        state.withLock { lines in
            lines.append(line)
            if lines.count > 2 * Self.kept { lines.removeFirst(Self.kept) }
        }
    }
}

struct JournalLog: LogHandler {
    private let journal: Journal
    private let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(_ journal: Journal, _ label: String) {
        self.journal = journal
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        journal.add("\(label) \(event.level): \(event.message) \(details.joined(separator: " "))")
    }
}
