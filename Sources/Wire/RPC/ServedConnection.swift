/// An open connection of a server and what it has done so far, for people who look for trouble.
public struct ServedConnection: Hashable, Sendable {
    /// Unique in its server, from 1; a later connection has a higher one.
    public let number: Int
    /// The peer's address as the transport names it.
    public let peer: String
    /// Who the peer proved to be; nil on a transport without certificates.
    public let identity: PeerIdentity?
    public let streams: StreamCounts
}

/// Streams that the peers of a server began.
public struct StreamCounts: Hashable, Sendable {
    public internal(set) var started = 0
    /// Those on which the server has said its last word.
    public internal(set) var succeeded = 0
    /// Those that ended without it.
    public internal(set) var failed = 0

    public init() {}
}

extension ConnectionRegistry {
    /// Open connections in order, from this number on; at most so many, and whether there are more.
    public func served(from first: Int, most: Int) -> (connections: [ServedConnection], isAll: Bool) {
        let (found, isAll) = numbered(from: first, most: most)
        return (found.compactMap { number, connection in
            guard let connection = connection as? ServerConnection else { return nil }
            return ServedConnection(
                number: number, peer: connection.peer, identity: connection.identity,
                streams: connection.streamCounts)
        }, isAll)
    }
}
