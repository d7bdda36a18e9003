internal import Environment
internal import Synchronization

/// The open connections of a server, so that it can drain them.
public final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [Int: RPCConnection] = [:]
        var next = 0
        var isClosing = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    private let maxConnections: Int
    private let state = Mutex(State())

    public init(maxConnections: Int) { self.maxConnections = maxConnections }

    /// A number to `remove` it by; nil when the server is closing or has too many connections: close it at once.
    public func add(_ connection: RPCConnection) -> Int? {
        state.withLock { state in
            guard !state.isClosing && state.connections.count < maxConnections else { return nil }
            state.next += 1
            state.connections[state.next] = connection
            return state.next
        }
    }

    public func remove(_ number: Int) {
        let waiting = state.withLock { state -> [UnsafeContinuation<Void, Never>] in
            state.connections[number] = nil
            guard state.isClosing && state.connections.isEmpty else { return [] }
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Takes no more connections, lets calls under way end within `grace`, ends the others, and returns when every
    /// connection is closed.
    public func drain(grace: Duration, _ runtime: RPCRuntime) async {
        let open = close()
        for connection in open { connection.drain() }
        let clock = runtime.clock
        let timer = runtime.tasks.spawn("rpc drain") {
            do { try await clock.sleep(for: grace) } catch { return }
            for connection in self.close() { connection.shutdown("the server is closing") }
        }
        await withUnsafeContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.connections.isEmpty { state.waiting.append(continuation) }
                return state.connections.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
        timer.cancel()
    }

    private func close() -> [RPCConnection] {
        state.withLock { state in
            state.isClosing = true
            return state.connections.sorted { $0.key < $1.key }.map(\.value)
        }
    }
}
