import Environment
import RPC
import Simulation
import Synchronization
import Testing

func name(_ method: String) -> MethodName { MethodName(service: "echo.v1.Echo", method: method) }

/// What handlers saw, in order.
final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    private let counter = Mutex(0)

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    func count() { counter.withLock { $0 += 1 } }
    var all: [String] { lines.withLock { $0 } }
    var total: Int { counter.withLock { $0 } }
}

struct Unexpected: Error {}

func echoService(_ clock: any Clock, _ notes: Notes) -> BoundService {
    BoundService(
        name: "echo.v1.Echo",
        methods: [
            BoundMethod(name("Unary")) { call in
                if let message = try await call.next() { try await call.send(message) }
            },
            BoundMethod(name("Expand")) { call in
                guard let message = try await call.next() else { return }
                for count in 1...max(message.count, 1) { try await call.send(Array(message.prefix(count))) }
            },
            BoundMethod(name("Collect")) { call in
                var all: [UInt8] = []
                while let message = try await call.next() { all += message }
                try await call.send(all)
            },
            BoundMethod(name("Chat")) { call in
                while let message = try await call.next() { try await call.send(message) }
            },
            BoundMethod(name("Stall")) { call in
                notes.add("stalling")
                do { try await clock.sleep(for: .seconds(3_600)) } catch {
                    notes.add("handler cancelled")
                    throw error
                }
            },
            BoundMethod(name("Slow")) { call in
                try await clock.sleep(for: .seconds(5))
                try await call.send([5])
            },
            BoundMethod(name("Flood")) { call in
                let message = [UInt8](repeating: 1, count: 10_000)
                while true {
                    try await call.send(message)
                    notes.count()
                }
            },
            BoundMethod(name("Break")) { _ in throw Unexpected() },
            BoundMethod(name("Refuse")) { call in
                throw RPCError(.failedPrecondition, call.context.metadata["reason"] ?? "none")
            },
        ])
}

/// A server and a channel to it in one simulated process.
struct Pair: Sendable {
    let environment: Environment
    let notes = Notes()
    let server: StreamServer
    let channel: StreamChannel

    init(_ environment: Environment, _ configuration: RPCConfiguration = RPCConfiguration()) async throws {
        self.environment = environment
        let notes = notes
        var observer = RPCObserver()
        observer.handlerFailed = { method, error in notes.add("\(method.method) threw \(error)") }
        observer.connectionFailed = { _, reason in notes.add("connection failed: \(reason)") }
        let listener = try await environment.network.listen(.ip("0.0.0.0", port: 50))
        let runtime = RPCRuntime(environment)
        server = StreamServer(
            listener: listener, router: Router([echoService(environment.clock, notes)]), runtime: runtime,
            configuration: configuration, observer: observer)
        channel = StreamChannel(
            network: environment.network, address: listener.address, runtime: runtime, configuration: configuration,
            observer: observer)
    }

    func unary(_ method: String, _ message: [UInt8], _ options: CallOptions = CallOptions()) async throws -> [UInt8]? {
        let call = try await channel.start(name(method), options)
        try await call.send(message)
        try await call.finishSending()
        let response = try await call.next()
        if response != nil, try await call.next() != nil { throw RPCError(.internal, "more than one response") }
        return response
    }
}

/// The status that `body` throws; OK if it throws none.
func status(_ body: () async throws -> Void) async -> StatusCode {
    do {
        try await body()
        return .ok
    } catch { return (error as? RPCError)?.code ?? .unknown }
}

/// Counts the tasks that have not ended.
final class CountedTasks: TaskSpawner {
    private let inner: any TaskSpawner
    private let count = Mutex(0)

    init(_ inner: any TaskSpawner) { self.inner = inner }

    var running: Int { count.withLock { $0 } }

    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        count.withLock { $0 += 1 }
        return inner.spawn(name) { [self] in
            await body()
            count.withLock { $0 -= 1 }
        }
    }
}
