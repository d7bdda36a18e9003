internal import Environment
internal import HTTP2
internal import Synchronization

/// What servers' and clients' connections share: octets in, octets out, calls, back-pressure, deadlines, keepalive.
/// The protocol is "gRPC over HTTP2" (grpc/doc/PROTOCOL-HTTP2.md); sections are cited where a rule is applied.
///
/// A driver owns the transport: it gives what arrives to `receive`, sends what `produce` yields, and tells
/// `transportClosed`. `wake` asks it to call `produce`; it comes from any thread and must not call back at once.
///
/// `@unchecked Sendable`: every variable is guarded by `lock`. A lock and not an executor, so that a client's task may
/// call from any executor without a hop; where handlers run on the connection's event loop it is never contended.
/// Tasks are spawned and continuations resumed under it: both only enqueue. Foreign code that runs at once
/// (cancellation handlers, observers, the driver) waits in `effects` until it is open.
public class RPCConnection: @unchecked Sendable {
    let runtime: RPCRuntime
    let configuration: RPCConfiguration
    let observer: RPCObserver
    public let peer: String
    private let wake: @Sendable () -> Void
    private let lock = Mutex<Void>(())

    // Guarded by `lock`.
    let session: HTTP2Session
    var calls: [Int32: CallState] = [:]
    var effects = Effects()
    let awakened = Awakened()
    private(set) var isEnded = false
    /// Why it ended; empty before.
    private(set) var endReason = ""
    private(set) var isDraining = false
    private var outputRequested = false
    /// The session cannot even say goodbye.
    private var isBroken = false
    private var resets: FrameBudget
    private var cheapFrames: FrameBudget
    /// At the earliest deadline of when it was set. Calls that end leave it alone.
    private var deadlineTimer: ConnectionTimer?
    var timerCount = 0
    var upkeep: Upkeep
    /// The timer of `upkeep`.
    var upkeepTimer: ConnectionTimer?
    private var bandwidth: BandwidthDelay
    private var share: BufferShare
    /// Octets of messages received and not let go by their readers, and of requests' metadata.
    private var unread = 0
    /// What the driver does when the connection has ended.
    private var onEnd: (@Sendable () -> Void)?
    /// Calls whose senders wait until the connection holds less.
    private var crowded: [CallState] = []

    static let keepalivePing: UInt64 = 0x6b65_6570
    static let bandwidthPing: UInt64 = 0x6264_7020
    static let drainPing: UInt64 = 0x6472_6169

    init(
        _ role: HTTP2Session.Role, runtime: RPCRuntime, configuration: RPCConfiguration, observer: RPCObserver,
        peer: String, budget: BufferBudget? = nil, wake: @escaping @Sendable () -> Void
    ) throws(RPCError) {
        self.runtime = runtime
        self.configuration = configuration
        self.observer = observer
        self.peer = peer
        self.wake = wake
        var http2 = configuration.http2
        if role == .server {
            http2.maxHeaderListBytes = min(http2.maxHeaderListBytes, configuration.maxRequestHeaderBytes)
        }
        do { session = try HTTP2Session(role, http2) } catch {
            throw RPCError(.internal, "cannot begin an HTTP/2 session with \(peer): \(error)")
        }
        let now = runtime.clock.now()
        resets = FrameBudget(configuration.resets, now: now)
        cheapFrames = FrameBudget(configuration.cheapFrames, now: now)
        upkeep = Upkeep(configuration, now: now, random: runtime.random)
        bandwidth = BandwidthDelay(
            window: Int(configuration.http2.streamWindow), maximum: Int(configuration.http2.maxStreamWindow))
        share = BufferShare(budget, limit: configuration.maxBufferedBytes)
        // The connection is not shared yet, so the lock is not needed.
        lookAfter()
    }

    deinit {
        // A connection that its driver let go of without a word.
        deadlineTimer?.task.cancel()
        upkeepTimer?.task.cancel()
        share.shrink(to: 0)
    }

    /// Runs `body` alone; then performs what it left in `effects`. `asking`: let the driver send what `body` submitted.
    func locked<R: Sendable>(asking: Bool = true, _ body: () -> R) -> R {
        var effects = Effects()
        let result = lock.withLock { _ in
            let result = body()
            if asking && !outputRequested && !isEnded && session.wantsWrite {
                outputRequested = true
                self.effects.wake = wake
            }
            self.effects.resumed = awakened.take()
            swap(&effects, &self.effects)
            return result
        }
        effects.perform()
        return result
    }

    // MARK: - The driver's side

    /// Takes what the peer sent. The driver calls `produce` afterwards.
    public func receive(_ bytes: UnsafeRawBufferPointer) {
        locked(asking: false) {
            guard !isEnded else { return }
            let now = runtime.clock.now()
            upkeep.heard(now)
            do throws(HTTP2Failure) {
                try session.receive(bytes) { handle($0) }
                if bandwidth.begin(now) && !isEnded { session.ping(Self.bandwidthPing) }
                if upkeep.isWithinHeaders(session.isWithinHeaders) { lookAfter() }
            } catch {
                session.terminate(error.goAway)
                end("HTTP/2: \(error)", isFailure: true)
            }
        }
    }

    /// Gives about `limit` octets that are to be sent to `sink`. True if more is waiting.
    public func produce(limit: Int, _ sink: (UnsafeRawBufferPointer) -> Void) -> Bool {
        locked(asking: false) {
            outputRequested = false
            var produced = 0
            do throws(HTTP2Failure) {
                let more = try session.produce(
                    limit: limit,
                    {
                        produced += $0.count
                        sink($0)
                    }, { handle($0) })
                outputRequested = more && produced > 0
                return outputRequested
            } catch {
                isBroken = true
                end("HTTP/2: \(error)", isFailure: true)
                return false
            }
        }
    }

    /// What the driver has to do.
    public enum Stage: Hashable, Sendable {
        case open
        /// The connection has ended; a last output waits, and the driver gives it so much time and not more.
        case ending
        /// Nothing more will be sent or received: the driver closes the transport.
        case finished
    }

    public var stage: Stage {
        locked(asking: false) {
            if isBroken || session.isFinished { return .finished }
            guard isEnded else { return .open }
            return session.wantsWrite ? .ending : .finished
        }
    }

    public var isFinished: Bool { stage == .finished }

    /// Calls `body` once when the connection has ended, at once if it has: a driver limits what still leaves.
    func whenEnded(_ body: @escaping @Sendable () -> Void) {
        locked(asking: false) {
            if isEnded { effects.reports.append(body) } else { onEnd = body }
        }
    }

    /// The transport is gone; open calls end.
    public func transportClosed(_ reason: String) {
        locked(asking: false) { end(reason, isFailure: false) }
    }

    /// Lets calls under way end and refuses new ones (RFC 9113 §6.8): a server announces it, asks for an answer so
    /// that no request crosses it, then says which stream was the last.
    public func drain() {
        locked {
            guard !isDraining && !isEnded else { return }
            beginDrain()
        }
    }

    func beginDrain() {
        isDraining = true
        upkeep.drainBegan(runtime.clock.now())
        switch session.role {
        case .server:
            session.submitShutdownNotice()
            session.ping(Self.drainPing)
            lookAfter()
        case .client: finishDrain()
        }
    }

    func finishDrain() {
        session.submitGoAway()
        upkeep.drainFinished()
    }

    /// Ends the connection and its calls now, after a last GOAWAY.
    public func shutdown(_ reason: String) {
        locked {
            session.terminate(.noError)
            end(reason, isFailure: false)
        }
    }

    // MARK: - Events, under the lock

    private func handle(_ event: HTTP2Event) {
        guard !isEnded else { return }
        switch event {
        case .headers(let id, let fields, let ends):
            upkeep.used()
            receivedHeaders(id, fields, endsStream: ends)
        case .headersTooLarge(let id, let ends): receivedOversizedHeaders(id, endsStream: ends)
        case .data(let id, let bytes): receivedData(id, bytes)
        case .end(let id): if let call = calls[id.number] { receivedEnd(call) }
        case .closed(let id, let code):
            guard let call = calls.removeValue(forKey: id.number) else { return }
            if !crowded.isEmpty {
                crowded.removeAll { $0 === call }
                wakeCrowded()
            }
            streamClosed(call, code)
        case .goAway(_, let code, let text):
            isDraining = true
            receivedGoAway(code, text)
        // Anyone can send an answer to a ping that was never sent.
        case .pong(Self.drainPing): if upkeep.awaitsDrain { finishDrain() }
        case .pong(Self.bandwidthPing):
            if let window = bandwidth.answered(runtime.clock.now()) { session.growWindows(stream: Int32(window)) }
        case .pong: break
        case .cheapFrame(let kind): count(kind)
        case .sentEnd(let id):
            upkeep.sent()
            if let call = calls[id.number] { sentEnd(call) }
        case .sentBody(let id, let queued):
            upkeep.sent()
            if queued < configuration.sendBufferBytes { calls[id.number]?.wakeWriters() }
            if !crowded.isEmpty { wakeCrowded() }
        }
    }

    private func count(_ kind: CheapFrame) {
        let now = runtime.clock.now()
        let isReset = kind == .reset || kind == .invalid
        let allowed = isReset ? resets.spend(now: now) : cheapFrames.spend(now: now)
        guard allowed else {
            session.terminate(.enhanceYourCalm)
            return end("the peer sent too many \(kind) frames", isFailure: true)
        }
        if kind == .ping && session.role == .server && !upkeep.pinged(now, hasCalls: !calls.isEmpty) {
            session.terminate(.enhanceYourCalm, saying: KeepalivePace.complaint)
            end("the peer sent too many pings", isFailure: true)
        }
    }

    private func receivedData(_ id: StreamID, _ bytes: UnsafeRawBufferPointer) {
        bandwidth.received(bytes.count)
        guard let call = calls[id.number] else { return session.consume(id, bytes.count) }
        guard call.ending == nil else { return call.isRefused ? () : session.consume(id, bytes.count) }
        do throws(RPCError) {
            session.consume(id, try call.receive(bytes))
            guard hold(call) else {
                throw RPCError(.resourceExhausted, "\(unread) bytes of requests are received and not dealt with yet")
            }
            if call.hasMessage { call.wakeReader() }
        } catch { receiveFailed(call, error) }
    }

    // MARK: - What is held

    /// Counts what the call holds now.
    func settle(_ call: CallState) {
        let holds = call.holds
        unread += holds - call.counted
        call.counted = holds
    }

    /// Counts what the call holds now. False when that is more than this connection may hold.
    func hold(_ call: CallState) -> Bool {
        settle(call)
        return share.fits(unread + session.queuedOctets)
    }

    /// Drops messages that nobody will read, and gives their window back.
    func discard(_ call: CallState) {
        session.consume(call.id, call.dropMessages())
        settle(call)
    }

    /// True when a message may be queued although `count` octets of its stream's wait already.
    func hasSpace(_ call: CallState) -> Bool {
        session.queued(call.id) < configuration.sendBufferBytes && !isCrowded
    }

    /// Peers that do not read must not make their handlers fill the memory: their streams share this.
    var isCrowded: Bool { session.queuedOctets >= configuration.connectionSendBufferBytes }

    /// `call` is woken when the connection is not crowded any more.
    func waitInCrowd(_ call: CallState) {
        if isCrowded && !crowded.contains(where: { $0 === call }) { crowded.append(call) }
    }

    private func wakeCrowded() {
        guard !isCrowded else { return }
        let waiting = crowded
        crowded = []
        for call in waiting { call.wakeWriters() }
    }

    /// Open calls, and octets that they hold.
    var held: (calls: Int, octets: Int) { locked(asking: false) { (calls.count, unread + session.queuedOctets) } }

    /// What the peer takes of one header section, and this side sends.
    var headerListLimit: Int { min(session.peerMaxHeaderListBytes, HTTP2Session.maxSentHeaderListBytes) }

    /// Room for one message more to send.
    func mayQueue(_ count: Int) -> Bool { share.fits(unread + session.queuedOctets + count) }

    func shrinkShare() { share.shrink(to: unread + session.queuedOctets) }

    func receivedHeaders(_ id: StreamID, _ fields: [HeaderField], endsStream: Bool) {}
    func receivedOversizedHeaders(_ id: StreamID, endsStream: Bool) {}
    func receivedEnd(_ call: CallState) {}
    func receiveFailed(_ call: CallState, _ error: RPCError) {}
    func streamClosed(_ call: CallState, _ code: HTTP2ErrorCode) {}
    func sentEnd(_ call: CallState) {}
    func deadlinePassed(_ call: CallState) {}
    func receivedGoAway(_ code: HTTP2ErrorCode, _ text: String) {}
    /// Before a message is queued: a server's response headers go first.
    func beginSending(_ call: CallState) -> RPCError? { nil }
    /// The connection is gone, and the call with it.
    func connectionEnded(_ call: CallState, _ reason: String) {}

    func end(_ reason: String, isFailure: Bool) {
        guard !isEnded else { return }
        isEnded = true
        endReason = reason
        isDraining = true
        let open = calls.sorted { $0.key < $1.key }
        calls = [:]
        for (_, call) in open { connectionEnded(call, reason) }
        effects.cancels += [deadlineTimer, upkeepTimer].compactMap { $0?.task }
        deadlineTimer = nil
        upkeepTimer = nil
        crowded = []
        share.shrink(to: 0)
        // The driver sends the GOAWAY, if there is one, and closes the transport.
        effects.wake = wake
        if let onEnd { effects.reports.append(onEnd) }
        onEnd = nil
        let (observer, peer) = (observer, peer)
        if isFailure { effects.reports.append { observer.connectionFailed(peer, reason) } }
    }

    // MARK: - Deadlines

    func watchDeadline(_ deadline: MonotonicInstant) {
        if let deadlineTimer, deadline >= deadlineTimer.at { return }
        restart(&deadlineTimer, at: deadline, "rpc deadline") { $0.deadlineTimerFired($1) }
    }

    private func deadlineTimerFired(_ number: Int) {
        guard deadlineTimer?.number == number else { return }
        deadlineTimer = nil
        let now = runtime.clock.now()
        let open = calls.values.filter(isUnanswered)
        let due = open.filter { $0.deadline.map { $0 <= now } == true }
        for call in due.sorted(by: { $0.id < $1.id }) { deadlinePassed(call) }
        let next = open.lazy.compactMap(\.deadline).filter { $0 > now }.min()
        if let next { watchDeadline(next) }
    }

    /// Its status is not known yet. Of most calls the request ends long before the server says one.
    private func isUnanswered(_ call: CallState) -> Bool {
        switch session.role {
        case .client: call.ending == nil
        case .server: !call.finishedSending
        }
    }
}
