public import API
import Environment
public import Messages
public import RPC
import Synchronization

/// `grpc.channelz.v1.Channelz` of a program, which has one server: its calls, its open connections and their streams.
public final class ChannelzHandler: ChannelzService {
    /// The one server's.
    private static let number: Int64 = 1
    /// Of connections; a page of them without a size has as many.
    private static let mostResults: Int64 = 500

    private let name: String
    private let counters: CallCounters
    private let server = Mutex(Served())

    /// Not the server itself, which has this handler.
    private struct Served {
        weak var registry: ConnectionRegistry?
        var address = ""
    }

    /// - name: the program's, for people.
    public init(_ name: String, _ counters: CallCounters) {
        self.name = name
        self.counters = counters
    }

    /// Tells of this server from now on: it was bound with this handler.
    public func tell(of server: any TransportServer) {
        let (registry, address) = (server.registry, "\(server.address)")
        self.server.withLock { $0 = Served(registry: registry, address: address) }
    }

    public func getServers(
        _ request: ChannelzV1.GetServersRequest, _ context: CallContext
    ) async throws -> ChannelzV1.GetServersResponse {
        try check(request.maxResults)
        return .with {
            $0.server = request.startServerID <= Self.number ? [described] : []
            $0.end = true
        }
    }

    public func getServer(
        _ request: ChannelzV1.GetServerRequest, _ context: CallContext
    ) async throws -> ChannelzV1.GetServerResponse {
        try check(server: request.serverID)
        return .with { $0.server = described }
    }

    public func getServerSockets(
        _ request: ChannelzV1.GetServerSocketsRequest, _ context: CallContext
    ) async throws -> ChannelzV1.GetServerSocketsResponse {
        try check(server: request.serverID)
        try check(request.maxResults)
        let most = request.maxResults == 0 ? Self.mostResults : min(request.maxResults, Self.mostResults)
        let (connections, isAll) = served(from: request.startSocketID, most: Int(most))
        return .with {
            $0.socketRef = connections.map(reference)
            $0.end = isAll
        }
    }

    public func getSocket(
        _ request: ChannelzV1.GetSocketRequest, _ context: CallContext
    ) async throws -> ChannelzV1.GetSocketResponse {
        let found = served(from: request.socketID, most: 1).connections.first
        guard let found, Int64(found.number) == request.socketID else {
            throw RPCError(.notFound, "channelz: connection \(request.socketID) is closed, or never was")
        }
        let local = server.withLock { $0.address }
        return .with {
            $0.socket = .with {
                $0.ref = reference(found)
                $0.data = .with {
                    $0.streamsStarted = Int64(found.streams.started)
                    $0.streamsSucceeded = Int64(found.streams.succeeded)
                    $0.streamsFailed = Int64(found.streams.failed)
                }
                $0.local = address(local)
                $0.remote = address(found.peer)
                $0.remoteName = found.identity?.description ?? ""
            }
        }
    }

    private func served(from first: Int64, most: Int) -> (connections: [ServedConnection], isAll: Bool) {
        server.withLock { $0.registry }?.served(from: Int(first), most: most) ?? ([], true)
    }

    private var described: ChannelzV1.Server {
        let served = counters.snapshot.filter { $0.key.side == .server }.map(\.counts)
        func sum(_ count: (CallCounters.Counts) -> Int) -> Int64 { Int64(served.reduce(0) { $0 + count($1) }) }
        return .with {
            $0.ref = .with {
                $0.serverID = Self.number
                $0.name = name
            }
            $0.data = .with {
                $0.callsStarted = sum(\.started)
                $0.callsSucceeded = sum { $0.ended[.ok] ?? 0 }
                $0.callsFailed = sum(\.failed)
            }
        }
    }

    private func reference(_ connection: ServedConnection) -> ChannelzV1.SocketRef {
        .with {
            $0.socketID = Int64(connection.number)
            $0.name = connection.peer
        }
    }

    private func address(_ text: String) -> ChannelzV1.Address {
        .with { $0.otherAddress = .with { $0.name = text } }
    }

    private func check(server number: Int64) throws(RPCError) {
        guard number == Self.number else { throw RPCError(.notFound, "channelz: no server \(number) here") }
    }

    /// channelz.proto: "Must never be negative."
    private func check(_ results: Int64) throws(RPCError) {
        guard results >= 0 else { throw RPCError(.invalidArgument, "channelz: \(results) results") }
    }
}
