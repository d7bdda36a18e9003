/// What some connections hold: for those who watch a program, and for tests that look for leaks.
public struct ConnectionLoad: Hashable, Sendable {
    public internal(set) var connections = 0
    /// Streams that are open, or wait for their turn.
    public internal(set) var calls = 0
    /// Handlers that run, those of calls that have ended included.
    public internal(set) var handlers = 0
    /// Octets of messages and headers that wait to be read or sent.
    public internal(set) var octets = 0

    public init() {}

    mutating func add(_ connection: RPCConnection) {
        let (calls, octets) = connection.held
        connections += 1
        self.calls += calls
        self.octets += octets
        handlers += (connection as? ServerConnection)?.handlerCount ?? 0
    }
}
