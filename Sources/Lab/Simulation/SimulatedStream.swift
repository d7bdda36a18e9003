import Environment

/// Takes the connections that other hosts open to one endpoint.
///
/// `@unchecked Sendable`: mutable state is guarded by the world's mutex, which it shares with the network that finds it
/// and with the process whose death closes it: the backlog and its waiters change at the same instant.
final class SimulatedListener: StreamListener, @unchecked Sendable {
    /// Connections not yet accepted; more are refused.
    static let backlogLimit = 128

    let endpoint: SimulatedNetwork.Endpoint
    let owner: Incarnation
    private let fabric: SimulatedNetwork
    private var backlog: [SimulatedStream] = []
    private var waiting = WaitList()
    private var isClosed = false

    init(endpoint: SimulatedNetwork.Endpoint, owner: Incarnation, fabric: SimulatedNetwork) {
        self.endpoint = endpoint
        self.owner = owner
        self.fabric = fabric
    }

    var address: StreamAddress { endpoint.address }
    var hasRoom: Bool { backlog.count < Self.backlogLimit }

    func arrived(_ stream: SimulatedStream) {
        backlog.append(stream)
        waiting.wakeAll()
    }

    func accept() async throws(NetworkError) -> (any ByteStream)? {
        while true {
            let waiter = Waiter(owner, "accept at \(address)")
            let (stream, isOver) = fabric.core.locked { () -> (SimulatedStream?, Bool) in
                if !backlog.isEmpty { return (backlog.removeFirst(), false) }
                if !isClosed { waiting.append(waiter) }
                return (nil, isClosed)
            }
            if let stream { return stream }
            if isOver { return nil }
            if await waiter.wait() == .cancelled { throw NetworkError(.closed, address.description, "cancelled") }
        }
    }

    func close() {
        fabric.core.locked {
            guard !isClosed else { return }
            isClosed = true
            fabric.forget(self)
            for stream in backlog { stream.close() }
            backlog = []
            waiting.wakeAll()
        }
    }
}

/// One end of a stream; owns the direction that it writes.
///
/// `@unchecked Sendable`: mutable state is guarded by the world's mutex, which it shares with its other end: what one
/// writes, reads or resets changes both, and a mutex each would have to be taken in two orders.
final class SimulatedStream: ByteStream, @unchecked Sendable {
    enum Segment {
        case data(ArraySlice<UInt8>)
        case end
        case reset
    }

    /// One read returns at most this, as `ByteStream` says.
    static let readLimit = 256 * 1024
    static let segmentLimit = 64 * 1024

    let owner: Incarnation
    let peer: StreamAddress
    private let peerText: String
    private let fabric: SimulatedNetwork
    /// Broken when both ends are over.
    private var other: SimulatedStream?

    private var received: [UInt8] = []
    private var hasEnded = false
    private var isReset = false
    private var isClosed = false
    private(set) var isVanished = false
    private var unread = 0
    private var lastArrival: Int64 = 0
    private var held: [Segment] = []
    /// Raised to make what is in flight void.
    private var epoch = 0
    private var readers = WaitList()
    private var writers = WaitList()

    init(owner: Incarnation, peer: StreamAddress, fabric: SimulatedNetwork) {
        self.owner = owner
        self.peer = peer
        peerText = peer.description
        self.fabric = fabric
    }

    private var core: WorldCore { fabric.core }
    var isOver: Bool { held.isEmpty && (isReset || (isClosed && hasEnded && unread == 0)) }

    func join(_ other: SimulatedStream) { self.other = other }

    func connects(_ a: SimulatedHost, _ b: SimulatedHost) -> Bool {
        guard let other else { return false }
        return (owner.host === a && other.owner.host === b) || (owner.host === b && other.owner.host === a)
    }

    // MARK: For the owner

    func read() async throws(NetworkError) -> [UInt8]? {
        while true {
            let waiter = Waiter(owner, "read from \(peerText)")
            let ready = try core.locked { () throws(NetworkError) -> (bytes: [UInt8]?, isOver: Bool) in
                guard owner.state != .dead else { throw error(.closed, "process is dead") }
                if isClosed { return (nil, true) }
                if !received.isEmpty { return (take(), false) }
                if isReset { throw error(.reset) }
                if hasEnded { return (nil, true) }
                readers.append(waiter)
                return (nil, false)
            }
            if let bytes = ready.bytes { return bytes }
            if ready.isOver { return nil }
            if await waiter.wait() == .cancelled { throw error(.closed, "cancelled") }
        }
    }

    func write(_ bytes: [UInt8]) async throws(NetworkError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let waiter = Waiter(owner, "write to \(peerText)")
            let sent = try core.locked { () throws(NetworkError) -> Int in
                guard owner.state != .dead else { throw error(.closed, "process is dead") }
                if isClosed { throw error(.closed) }
                guard !isReset, let other else { throw error(.reset) }
                let link = fabric.linkConditions(from: owner.host, to: other.owner.host)
                let count = min(link.capacity - unread, rest.count, Self.segmentLimit)
                guard count > 0 else {
                    writers.append(waiter)
                    return 0
                }
                send(rest.prefix(count), link)
                return count
            }
            rest = rest.dropFirst(sent)
            if sent == 0, await waiter.wait() == .cancelled { throw error(.closed, "cancelled") }
        }
    }

    func close() {
        core.locked {
            guard !isClosed, owner.state != .dead else { return }
            isClosed = true
            // As Linux does: an end that leaves data unread resets its peer.
            if !isReset { send(received.isEmpty ? .end : .reset) }
            wakeAll()
        }
    }

    private func take() -> [UInt8] {
        let count = min(received.count, Self.readLimit)
        let bytes = Array(received.prefix(count))
        received.removeFirst(count)
        other?.wasRead(count)
        return bytes
    }

    private func wasRead(_ count: Int) {
        unread -= count
        writers.wakeAll()
    }

    private func error(_ code: NetworkError.Code, _ detail: String = "") -> NetworkError {
        NetworkError(code, peer.description, detail)
    }

    // MARK: On the wire

    private func send(_ bytes: ArraySlice<UInt8>, _ link: LinkConditions) {
        unread += bytes.count
        if core.network.oneIn(link.resetsOneIn) {
            core.record(.fault, owner, 0, "reset")
            other?.send(.reset)
            return send(.reset)
        }
        guard bytes.count > 1, core.network.oneIn(link.splitsOneIn) else { return send(.data(bytes)) }
        let cut = Int.random(in: 1..<bytes.count, using: &core.network)
        send(.data(bytes.prefix(cut)))
        send(.data(bytes.dropFirst(cut)))
    }

    private func send(_ segment: Segment) {
        guard let other else { return }
        if !held.isEmpty || fabric.isBlocked(from: owner.host, to: other.owner.host) {
            held.append(segment)
            return
        }
        let link = fabric.linkConditions(from: owner.host, to: other.owner.host)
        var start = max(core.now, 0)
        if case .data(let bytes) = segment, let rate = link.bytesPerSecond {
            start = max(start, lastArrival) + Int64(bytes.count) * 1_000_000_000 / max(rate, 1)
        }
        lastArrival = max(lastArrival, start + core.network.duration(in: link.latency))
        let epoch = epoch
        core.schedule(at: lastArrival, owner: nil) { [self] in arrive(segment, epoch) }
    }

    private func arrive(_ segment: Segment, _ sentIn: Int) {
        core.locked {
            guard sentIn == epoch, let other else { return }
            // Lost on the way, and sent again once the link heals.
            if !held.isEmpty || fabric.isBlocked(from: owner.host, to: other.owner.host) {
                held.append(segment)
                return
            }
            other.receive(segment)
        }
    }

    func sendHeld() {
        let segments = held
        held = []
        for segment in segments { send(segment) }
    }

    private func receive(_ segment: Segment) {
        if isVanished || isReset { return }
        switch segment {
        case .data(let bytes):
            core.record(.segment, owner, bytes.withUnsafeBytes { TraceHash.digest($0) }, peerText)
            if isClosed || owner.state == .dead { return send(.reset) }
            received += bytes
        case .end:
            core.record(.segment, owner, 0, "end \(peerText)")
            hasEnded = true
        case .reset:
            core.record(.segment, owner, 0, "reset \(peerText)")
            return wasReset()
        }
        wakeAll()
    }

    // MARK: Ends

    /// This end learns that the stream is gone.
    func wasReset() {
        isReset = true
        // A reset of its own on the way to the peer still arrives; data is not worth sending any more.
        held.removeAll { if case .reset = $0 { false } else { true } }
        wakeAll()
    }

    /// The kernel closes a dead process's sockets: with an end of stream after what is in flight, or, as when
    /// data was left unread, with a reset.
    func processDied() {
        isVanished = false
        isClosed = true
        if !isReset {
            let isReset = !received.isEmpty || core.network.oneIn(2)
            if isReset {
                epoch += 1
                held = []
            }
            send(isReset ? .reset : .end)
        }
        wakeAll()
    }

    /// The machine is gone: what was in flight is lost and nobody answers.
    func vanish() {
        isVanished = true
        epoch += 1
        held = []
        received = []
    }

    private func wakeAll() {
        readers.wakeAll()
        writers.wakeAll()
        if isOver, let other, other.isOver {
            other.sever()
            sever()
            fabric.forgetClosed()
        }
    }

    /// Breaks the cycle between the two ends once neither has anything more to say.
    func sever() { other = nil }
}
