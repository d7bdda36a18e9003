public import Environment
internal import Synchronization

/// The open connections of a server: their number is bounded, and they can be drained.
public final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [Int: RPCConnection] = [:]
        var next = 0
        /// Where the search for an idle connection goes on.
        var cursor = 1
        var isClosing = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    /// Places in the registry looked at for an idle connection before a new one is refused: what a flood of connections
    /// costs is bounded.
    private static let searched = 64
    /// A connection that was idle for less may be about to begin its first call.
    private static let shortestIdle = Duration.seconds(1)
    /// Connections told to close that have not closed yet.
    private static let maxClosing = 64

    private let maxConnections: Int
    private let clock: any Clock
    private let state = Mutex(State())

    public init(maxConnections: Int, clock: any Clock) {
        self.maxConnections = maxConnections
        self.clock = clock
    }

    /// A number to `remove` it by; nil when the server is closing or has too many connections: close it at once. A full
    /// server closes a connection that has long had no call instead, if it finds one.
    public func add(_ connection: RPCConnection) -> Int? {
        let (number, idle) = state.withLock { state -> (Int?, RPCConnection?) in
            guard !state.isClosing else { return (nil, nil) }
            var idle: RPCConnection?
            if state.connections.count >= maxConnections {
                guard state.connections.count < maxConnections + Self.maxClosing else { return (nil, nil) }
                idle = longestIdle(&state)
                if idle == nil { return (nil, nil) }
            }
            state.next += 1
            state.connections[state.next] = connection
            return (state.next, idle)
        }
        idle?.shutdown("the server has too many connections, and this one is idle")
        return number
    }

    private func longestIdle(_ state: inout State) -> RPCConnection? {
        var found: (connection: RPCConnection, since: MonotonicInstant)?
        let latest = clock.now() + (.zero - Self.shortestIdle)
        for _ in 0..<Self.searched {
            if state.cursor > state.next { state.cursor = 1 }
            if let connection = state.connections[state.cursor], let since = connection.idleSince,
                since <= latest, since < found?.since ?? since + .nanoseconds(1)
            {
                found = (connection, since)
            }
            state.cursor += 1
        }
        return found?.connection
    }

    public var count: Int { state.withLock { $0.connections.count } }

    /// What the open connections hold now.
    public var load: ConnectionLoad {
        let connections = state.withLock { state in state.connections.sorted { $0.key < $1.key }.map(\.value) }
        return connections.reduce(into: ConnectionLoad()) { $0.add($1) }
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
