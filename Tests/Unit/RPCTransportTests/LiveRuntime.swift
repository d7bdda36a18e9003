import Environment
import RPC
import Testing

/// Real time and the global pool, for tests over real sockets.
struct TestClock: Clock {
    private let start = ContinuousClock.now

    func now() -> MonotonicInstant {
        MonotonicInstant(nanoseconds: (ContinuousClock.now - start).inNanoseconds)
    }

    func wallNow() -> WallInstant { WallInstant(microseconds: 0) }

    func sleep(until instant: MonotonicInstant) async throws {
        try await Task.sleep(until: start + .nanoseconds(instant.nanoseconds))
    }
}

struct TestRandom: RandomSource {
    func nextUInt64() -> UInt64 { UInt64.random(in: 0 ... .max) }
}

struct TestTasks: TaskSpawner {
    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        SpawnedTask(Task { await body() })
    }
}

let testRuntime = RPCRuntime(clock: TestClock(), random: TestRandom(), tasks: TestTasks())

func name(_ method: String) -> MethodName { MethodName(service: "echo.v1.Echo", method: method) }

/// Byte-level methods: no generated messages are needed to exercise the transport.
let echoService = BoundService(
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
        BoundMethod(name("Fail")) { call in
            var error = RPCError(.failedPrecondition, "größer: 100 %", details: [1, 2, 255])
            error.metadata.append("reason", "because")
            error.metadata.append("proof-bin", bytes: [0, 1, 2, 3])
            throw error
        },
        BoundMethod(name("Stall")) { call in
            try await Task.sleep(for: .seconds(30))
        },
        BoundMethod(name("Flood")) { call in
            let message = [UInt8](repeating: 1, count: 256 << 10)
            while true { try await call.send(message) }
        },
        // Says that it has begun, and answers a while after.
        BoundMethod(name("Nap")) { call in
            let message = try await call.next() ?? []
            try await call.send([])
            try await Task.sleep(for: .milliseconds(300))
            try await call.send(message)
        },
    ])

func unary(_ channel: some RPC.Channel, _ method: String, _ message: [UInt8], timeout: Duration? = .seconds(20))
    async throws -> [UInt8]?
{
    let call = try await channel.start(name(method), CallOptions(timeout: timeout))
    try await call.send(message)
    try await call.finishSending()
    let response = try await call.next()
    if response != nil, try await call.next() != nil { throw RPCError(.internal, "more than one response") }
    return response
}

/// The RPC error that `body` throws; nil if it throws none.
func failure(_ body: () async throws -> Void) async -> RPCError? {
    do {
        try await body()
        return nil
    } catch { return error as? RPCError }
}

/// `#expect` for a value that comes by `try await`.
func same<T: Equatable>(_ got: T, _ wanted: T, at location: SourceLocation = #_sourceLocation) {
    #expect(got == wanted, sourceLocation: location)
}
