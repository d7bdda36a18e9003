import Environment
import Synchronization

/// Streams within the process: a network of pipes for tests; it buffers without a bound.
final class MemoryNetwork: Network {
    private let listeners = Mutex<[StreamAddress: MemoryListener]>([:])

    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        let listener = MemoryListener(address)
        listeners.withLock { $0[address] = listener }
        return listener
    }

    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        guard let listener = listeners.withLock({ $0[address] }) else { throw NetworkError(.refused, "\(address)") }
        let (client, server) = MemoryStream.pair(address)
        guard listener.offer(server) else { throw NetworkError(.refused, "\(address)") }
        return client
    }
}

final class MemoryListener: StreamListener {
    let address: StreamAddress
    private let incoming = Mailbox<any ByteStream>()

    init(_ address: StreamAddress) { self.address = address }

    func offer(_ stream: any ByteStream) -> Bool { incoming.put(stream) }
    func accept() async throws(NetworkError) -> (any ByteStream)? { await incoming.take() }
    func close() { incoming.close() }
}

final class MemoryStream: ByteStream {
    let peer: StreamAddress
    private let input: Mailbox<[UInt8]>
    private let output: Mailbox<[UInt8]>
    /// A read hands out at most so many bytes, to show that nothing relies on whole messages.
    private let slice: Int

    static func pair(_ address: StreamAddress, slice: Int = 1 << 18) -> (MemoryStream, MemoryStream) {
        let up = Mailbox<[UInt8]>()
        let down = Mailbox<[UInt8]>()
        return (
            MemoryStream(address, down, up, slice), MemoryStream(address, up, down, slice)
        )
    }

    private init(_ peer: StreamAddress, _ input: Mailbox<[UInt8]>, _ output: Mailbox<[UInt8]>, _ slice: Int) {
        self.peer = peer
        self.input = input
        self.output = output
        self.slice = slice
    }

    func read() async throws(NetworkError) -> [UInt8]? {
        guard let bytes = await input.take() else { return nil }
        guard bytes.count > slice else { return bytes }
        input.putBack(Array(bytes[slice...]))
        return Array(bytes[..<slice])
    }

    func write(_ bytes: [UInt8]) async throws(NetworkError) {
        guard output.put(bytes) else { throw NetworkError(.closed, "\(peer)") }
    }

    func close() {
        input.close()
        output.close()
    }
}

/// A queue with one reader. After `close` what is in it can still be read.
final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var items: [Element] = []
        var reader: CheckedContinuation<Element?, Never>?
        var closed = false
    }

    private let state = Mutex(State())

    func put(_ item: Element) -> Bool {
        let (accepted, reader) = state.withLock { state -> (Bool, CheckedContinuation<Element?, Never>?) in
            guard !state.closed else { return (false, nil) }
            if let reader = state.reader {
                state.reader = nil
                return (true, reader)
            }
            state.items.append(item)
            return (true, nil)
        }
        reader?.resume(returning: item)
        return accepted
    }

    func putBack(_ item: Element) { state.withLock { $0.items.insert(item, at: 0) } }

    func take() async -> Element? {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Element?? in
                if !state.items.isEmpty { return .some(state.items.removeFirst()) }
                if state.closed { return .some(nil) }
                state.reader = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    func close() {
        let reader = state.withLock { state in
            state.closed = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }
}

struct TestClock: Clock {
    func now() -> MonotonicInstant {
        let (seconds, attoseconds) = ContinuousClock().systemEpoch.duration(to: .now).components
        return MonotonicInstant(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
    func wallNow() -> WallInstant { WallInstant(microseconds: now().nanoseconds / 1000) }
    func sleep(until instant: MonotonicInstant) async throws {
        try await Task.sleep(for: max(.zero, instant - now()))
    }
}

struct TestTasks: TaskSpawner {
    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        SpawnedTask(Task(operation: body))
    }
}

struct TestRandom: RandomSource {
    func nextUInt64() -> UInt64 { 4 }
}

struct InlineLane: Lane {
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T { try body() }
}

struct InlineLanes: LaneProvider {
    func lane(_ name: String) -> any Lane { InlineLane() }
}

/// No test of NBD opens a file.
struct NoFiles: FileSystem {
    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> any File {
        throw FileError(.notFound, "open", path)
    }
    func exists(_ path: String) -> Bool { false }
    func list(_ path: String) throws(FileError) -> [String] { [] }
    func createDirectory(_ path: String) throws(FileError) {}
    func rename(_ from: String, to: String) throws(FileError) {}
    func remove(_ path: String) throws(FileError) {}
    func syncDirectory(_ path: String) throws(FileError) {}
    func freeBytes(_ path: String) throws(FileError) -> Int64 { 0 }
}

func testEnvironment(_ network: MemoryNetwork = MemoryNetwork()) -> Environment {
    Environment(
        clock: TestClock(), random: TestRandom(), tasks: TestTasks(), files: NoFiles(), lanes: InlineLanes(),
        network: network, failpoints: NoFailpoints())
}
