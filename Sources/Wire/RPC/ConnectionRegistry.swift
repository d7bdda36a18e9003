public import Environment
internal import Synchronization

/// The open connections of a server: their number is bounded, and they can be drained.
public final class ConnectionRegistry: Sendable {
    /// A place in the order in which idle connections make room.
    private struct Entry {
        let connection: RPCConnection
        var before: Int?
        var after: Int?
    }

    private struct State {
        /// Those that were told to close and have not yet are among them, but not in the order.
        var entries: [Int: Entry] = [:]
        /// The order's ends: at the first are connections that came long ago, or were found in use long ago.
        var first: Int?
        var last: Int?
        var next = 0
        var isClosing = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    /// Connections looked at for an idle one before a new one is refused: what a flood of connections costs is bounded.
    private static let searched = 64
    /// A connection that was idle for less may be about to begin its first call. Short, so that others get in although
    /// a flood fills the server within a second: refused, they would wait longer.
    private static let shortestIdle = Duration.milliseconds(100)
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
            if state.entries.count >= maxConnections {
                guard state.entries.count < maxConnections + Self.maxClosing else { return (nil, nil) }
                idle = takeIdle(&state)
                if idle == nil { return (nil, nil) }
            }
            state.next += 1
            state.entries[state.next] = Entry(connection: connection)
            Self.append(state.next, &state)
            return (state.next, idle)
        }
        idle?.shutdown("the server has too many connections, and this one is idle")
        return number
    }

    /// The longest idle of the first in the order, out of it. Those in use go to its end: the next search begins with
    /// others, however many of them there are.
    private func takeIdle(_ state: inout State) -> RPCConnection? {
        var found: (number: Int, connection: RPCConnection, since: MonotonicInstant)?
        let latest = clock.now() + (.zero - Self.shortestIdle)
        var place = state.first
        for _ in 0..<Self.searched {
            guard let number = place, let entry = state.entries[number] else { break }
            place = entry.after
            if let since = entry.connection.idleSince, since <= latest {
                if found.map({ since < $0.since }) ?? true { found = (number, entry.connection, since) }
            } else {
                Self.unlink(number, &state)
                Self.append(number, &state)
            }
        }
        if let found { Self.unlink(found.number, &state) }
        return found?.connection
    }

    private static func append(_ number: Int, _ state: inout State) {
        state.entries[number]?.before = state.last
        state.entries[number]?.after = nil
        if let last = state.last { state.entries[last]?.after = number } else { state.first = number }
        state.last = number
    }

    /// Nothing happens to one that is not in the order.
    private static func unlink(_ number: Int, _ state: inout State) {
        guard let entry = state.entries[number], entry.before != nil || state.first == number else { return }
        if let before = entry.before { state.entries[before]?.after = entry.after } else { state.first = entry.after }
        if let after = entry.after { state.entries[after]?.before = entry.before } else { state.last = entry.before }
        state.entries[number]?.before = nil
        state.entries[number]?.after = nil
    }

    public var count: Int { state.withLock { $0.entries.count } }

    /// What the open connections hold now.
    public var load: ConnectionLoad {
        let connections = state.withLock { open($0) }
        return connections.reduce(into: ConnectionLoad()) { $0.add($1) }
    }

    private func open(_ state: State) -> [RPCConnection] {
        state.entries.sorted { $0.key < $1.key }.map(\.value.connection)
    }

    /// The first of those whose number is not below this one, and whether they are all.
    func numbered(from first: Int, most: Int) -> (found: [(Int, RPCConnection)], isAll: Bool) {
        let all = state.withLock { state in
            state.entries.filter { $0.key >= first }.map { ($0.key, $0.value.connection) }
        }
        return (Array(all.sorted { $0.0 < $1.0 }.prefix(most)), all.count <= most)
    }

    public func remove(_ number: Int) {
        let waiting = state.withLock { state -> [UnsafeContinuation<Void, Never>] in
            Self.unlink(number, &state)
            state.entries[number] = nil
            guard state.isClosing && state.entries.isEmpty else { return [] }
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
                if !state.entries.isEmpty { state.waiting.append(continuation) }
                return state.entries.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
        timer.cancel()
    }

    private func close() -> [RPCConnection] {
        state.withLock { state in
            state.isClosing = true
            return open(state)
        }
    }
}
