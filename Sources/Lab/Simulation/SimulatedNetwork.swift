public import Environment

/// What a link between two hosts does to bytes, one way.
public struct LinkConditions: Sendable {
    /// Each segment's, drawn anew; order is kept.
    public var latency: ClosedRange<Duration> = .microseconds(100)...(.microseconds(500))
    /// nil: no limit.
    public var bytesPerSecond: Int64?
    /// Bytes written and not yet read, per direction of a stream; a writer waits above.
    public var capacity = 256 * 1024
    /// One segment in so many is delivered in two parts, split anywhere; 0: none.
    public var splitsOneIn = 4
    /// One segment in so many resets its stream instead; 0: none.
    public var resetsOneIn = 0

    public init() {}
}

/// All links, listeners and streams of a world.
///
/// A partition holds segments back, as TCP's retransmission does, until it heals. Acknowledgements take no
/// time: space that a reader frees is known to the writer at once, also through a partition.
///
/// `@unchecked Sendable`: mutable state is guarded by the world's mutex, as the death of a process or a host changes
/// listeners and streams together with it: a mutex of its own would let somebody see half of it.
public final class SimulatedNetwork: @unchecked Sendable {
    struct Link: Hashable {
        let from: String
        let to: String
    }

    struct Endpoint: Hashable {
        /// Empty for IP addresses, which are the same for all.
        let host: String
        let address: StreamAddress
    }

    /// One process asked another host for a connection, over IP.
    public struct Dial: Hashable, Sendable {
        public let host: String
        public let process: String
        public let to: StreamAddress
    }

    /// SYNs of one connect: at once, then after these delays, then it has timed out.
    static let connectRetries: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

    let core: WorldCore
    private var hosts: [String: SimulatedHost] = [:]
    private var listeners: [Endpoint: SimulatedListener] = [:]
    private var conditions: [Link: LinkConditions] = [:]
    private var blocked: Set<Link> = []
    /// In order of creation.
    private var streams: [SimulatedStream] = []
    private var nextPort = 49_152
    private var asked: Set<Dial> = []

    init(core: WorldCore) { self.core = core }

    // MARK: Conditions and faults

    /// Both ways.
    public func setConditions(_ new: LinkConditions, between a: SimulatedHost, and b: SimulatedHost) {
        core.locked {
            conditions[Link(from: a.name, to: b.name)] = new
            conditions[Link(from: b.name, to: a.name)] = new
        }
    }

    /// Nothing passes either way until `heal`.
    public func partition(_ a: SimulatedHost, _ b: SimulatedHost) {
        block(from: a, to: b)
        block(from: b, to: a)
    }

    /// Nothing passes this way.
    public func block(from: SimulatedHost, to: SimulatedHost) {
        core.locked {
            core.record(.fault, nil, 0, "block \(from.name) \(to.name)")
            blocked.insert(Link(from: from.name, to: to.name))
        }
    }

    /// Cuts every host of one group off from every host of the other.
    public func partition(_ one: [SimulatedHost], from other: [SimulatedHost]) {
        for a in one { for b in other where a !== b { partition(a, b) } }
    }

    public func heal(_ a: SimulatedHost, _ b: SimulatedHost) {
        core.locked {
            core.record(.fault, nil, 0, "heal \(a.name) \(b.name)")
            blocked.remove(Link(from: a.name, to: b.name))
            blocked.remove(Link(from: b.name, to: a.name))
            for stream in streams { stream.sendHeld() }
        }
    }

    public func healAll() {
        core.locked {
            core.record(.fault, nil, 0, "heal all")
            blocked = []
            for stream in streams { stream.sendHeld() }
        }
    }

    /// Resets every stream between two hosts; what was in flight is lost.
    public func resetConnections(between a: SimulatedHost, and b: SimulatedHost) {
        core.locked {
            core.record(.fault, nil, 0, "reset \(a.name) \(b.name)")
            for stream in streams where stream.connects(a, b) { stream.wasReset() }
            forgetClosed()
        }
    }

    /// Streams that are not closed, counting both ends.
    public var openStreamEnds: Int { core.locked { streams.count } }

    /// Who asked whom so far, whether it came to a connection or not.
    public var dials: Set<Dial> { core.locked { asked } }

    // MARK: For hosts

    func claim(_ address: String, for host: SimulatedHost) {
        core.locked {
            precondition(hosts[address] == nil, "two hosts at \(address)")
            hosts[address] = host
        }
    }

    func processDied(_ incarnation: Incarnation) {
        for stream in streams where stream.owner === incarnation { stream.processDied() }
        closeListeners { $0.owner === incarnation }
        forgetClosed()
    }

    func hostVanished(_ host: SimulatedHost) {
        for stream in streams where stream.owner.host === host { stream.vanish() }
        closeListeners { $0.owner.host === host }
    }

    func hostCameBack(_ host: SimulatedHost) {
        for stream in streams where stream.owner.host === host && stream.isVanished { stream.processDied() }
        forgetClosed()
    }

    private func closeListeners(where isClosed: (SimulatedListener) -> Bool) {
        let closed = listeners.values.filter(isClosed).sorted { $0.address.description < $1.address.description }
        for listener in closed { listener.close() }
    }

    func end() {
        core.locked {
            hosts = [:]
            listeners = [:]
            for stream in streams { stream.sever() }
            streams = []
        }
    }

    // MARK: For streams

    func linkConditions(from: SimulatedHost, to: SimulatedHost) -> LinkConditions {
        if let own = conditions[Link(from: from.name, to: to.name)] { return own }
        var usual = LinkConditions()
        if from === to { usual.latency = .microseconds(10)...(.microseconds(50)) }
        return usual
    }

    func isBlocked(from: SimulatedHost, to: SimulatedHost) -> Bool {
        !blocked.isEmpty && blocked.contains(Link(from: from.name, to: to.name))
    }

    func forgetClosed() { streams.removeAll { $0.isOver } }

    func forget(_ listener: SimulatedListener) { listeners[listener.endpoint] = nil }

    // MARK: For incarnations

    func listen(_ address: StreamAddress, _ owner: Incarnation) throws(NetworkError) -> SimulatedListener {
        try core.locked { () throws(NetworkError) -> SimulatedListener in
            guard owner.state != .dead else { throw NetworkError(.closed, address.description, "process is dead") }
            let endpoint = try localEndpoint(address, owner.host)
            guard listeners[endpoint] == nil else { throw NetworkError(.addressInUse, address.description) }
            core.record(.listen, owner, 0, endpoint.address.description)
            let listener = SimulatedListener(endpoint: endpoint, owner: owner, fabric: self)
            listeners[endpoint] = listener
            return listener
        }
    }

    private func localEndpoint(_ address: StreamAddress, _ host: SimulatedHost) throws(NetworkError) -> Endpoint {
        guard case .ip(let ip, let port) = address else { return Endpoint(host: host.name, address: address) }
        let own = Self.meansThisHost(ip) ? host.addresses[0] : ip
        guard hosts[own] === host else {
            throw NetworkError(.other, address.description, "not an address of \(host.name)")
        }
        return Endpoint(host: "", address: .ip(own, port: port == 0 ? freePort() : port))
    }

    private static func meansThisHost(_ ip: String) -> Bool {
        ["127.0.0.1", "localhost", "0.0.0.0", "::", "::1"].contains(ip)
    }

    private func freePort() -> Int {
        defer { nextPort += 1 }
        return nextPort
    }

    private func target(_ address: StreamAddress, from host: SimulatedHost) -> (SimulatedHost, Endpoint)? {
        guard case .ip(let ip, let port) = address else { return (host, Endpoint(host: host.name, address: address)) }
        let known = hosts[ip] == nil && Self.meansThisHost(ip) ? host.addresses[0] : ip
        guard let target = hosts[known] else { return nil }
        return (target, Endpoint(host: "", address: .ip(known, port: port)))
    }

    func connect(_ address: StreamAddress, _ owner: Incarnation) async throws(NetworkError) -> SimulatedStream {
        let found = core.locked { () -> (SimulatedHost, Endpoint)? in
            if case .ip = address {
                asked.insert(Dial(host: owner.host.name, process: owner.name, to: address))
            }
            return target(address, from: owner.host)
        }
        guard let (host, endpoint) = found else {
            throw NetworkError(.unreachable, address.description, "no host there")
        }
        for retry in Self.connectRetries {
            let delay = core.locked { () -> Int64? in
                let isCut = isBlocked(from: owner.host, to: host) || isBlocked(from: host, to: owner.host)
                guard !isCut && host.isPowered else { return nil }
                return core.network.duration(in: linkConditions(from: owner.host, to: host).latency)
            }
            if let delay {
                try await pause(delay, owner, address)
                let stream = try core.locked { () throws(NetworkError) in try open(endpoint, owner, host) }
                try await pause(delay, owner, address)
                return stream
            }
            try await pause(retry.inNanoseconds, owner, address)
        }
        throw NetworkError(.timedOut, address.description)
    }

    private func pause(_ delay: Int64, _ owner: Incarnation, _ address: StreamAddress) async throws(NetworkError) {
        let waiter = core.locked {
            let waiter = Waiter(owner, "connect to \(address)")
            core.schedule(at: core.now + delay, owner: owner) { waiter.wake() }
            return waiter
        }
        if await waiter.wait() == .cancelled { throw NetworkError(.closed, address.description, "cancelled") }
    }

    private func open(
        _ endpoint: Endpoint, _ owner: Incarnation, _ host: SimulatedHost
    ) throws(NetworkError) -> SimulatedStream {
        let name = endpoint.address.description
        guard owner.state != .dead else { throw NetworkError(.closed, name, "process is dead") }
        core.record(.connect, owner, 0, name)
        guard let listener = listeners[endpoint], listener.hasRoom else { throw NetworkError(.refused, name) }
        let local: StreamAddress
        if case .unix = endpoint.address {
            local = .unix(path: "")
        } else {
            local = .ip(owner.host.addresses[0], port: freePort())
        }
        let client = SimulatedStream(owner: owner, peer: endpoint.address, fabric: self)
        let server = SimulatedStream(owner: listener.owner, peer: local, fabric: self)
        client.join(server)
        server.join(client)
        streams += [client, server]
        listener.arrived(server)
        return client
    }
}

/// `Environment.network` of one incarnation.
struct IncarnationNetwork: Network {
    let owner: Incarnation

    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        try owner.host.fabric.listen(address.location, owner)
    }

    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        try await owner.host.fabric.connect(address.location, owner)
    }
}
