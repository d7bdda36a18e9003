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
    private(set) var isEnded = false
    private(set) var isDraining = false
    private var outputRequested = false
    /// The session cannot even say goodbye.
    private var isBroken = false
    private var resets: FrameBudget
    private var cheapFrames: FrameBudget
    private var timer: (task: SpawnedTask, at: MonotonicInstant, number: Int)?
    private var timerCount = 0
    private var keepaliveTask: SpawnedTask?
    private var lastHeard: MonotonicInstant
    private var pingSent: MonotonicInstant?

    private static let keepalivePing: UInt64 = 0x6b65_6570
    private static let drainPing: UInt64 = 0x6472_6169

    init(
        _ role: HTTP2Session.Role, runtime: RPCRuntime, configuration: RPCConfiguration, observer: RPCObserver,
        peer: String, wake: @escaping @Sendable () -> Void
    ) throws(RPCError) {
        self.runtime = runtime
        self.configuration = configuration
        self.observer = observer
        self.peer = peer
        self.wake = wake
        do { session = try HTTP2Session(role, configuration.http2) } catch {
            throw RPCError(.internal, "cannot begin an HTTP/2 session with \(peer): \(error)")
        }
        let now = runtime.clock.now()
        resets = FrameBudget(configuration.resets, now: now)
        cheapFrames = FrameBudget(configuration.cheapFrames, now: now)
        lastHeard = now
        // The connection is not shared yet, so the lock is not needed.
        keepaliveTask = configuration.keepalive.map(spawnKeepalive)
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
            lastHeard = runtime.clock.now()
            pingSent = nil
            do throws(HTTP2Failure) {
                try session.receive(bytes) { handle($0) }
            } catch {
                session.terminate(.protocolError)
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

    /// Nothing more will be sent or received: the driver closes the transport.
    public var isFinished: Bool {
        locked(asking: false) { isBroken || (isEnded && !session.wantsWrite) || session.isFinished }
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
            isDraining = true
            switch session.role {
            case .server:
                session.submitShutdownNotice()
                session.ping(Self.drainPing)
            case .client: session.submitGoAway()
            }
        }
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
        case .headers(let id, let fields, let ends): receivedHeaders(id, fields, endsStream: ends)
        case .headersTooLarge(let id, let ends): receivedOversizedHeaders(id, endsStream: ends)
        case .data(let id, let bytes): receivedData(id, bytes)
        case .end(let id): if let call = calls[id.number] { receivedEnd(call) }
        case .closed(let id, let code):
            if let call = calls.removeValue(forKey: id.number) { streamClosed(call, code) }
        case .goAway: isDraining = true
        case .pong(let payload): if payload == Self.drainPing { session.submitGoAway() }
        case .cheapFrame(let kind): count(kind)
        case .sentEnd(let id): if let call = calls[id.number] { sentEnd(call) }
        case .sentBody(let id, let queued):
            if queued < configuration.sendBufferBytes { calls[id.number]?.wakeWriters() }
        }
    }

    private func count(_ kind: CheapFrame) {
        let now = runtime.clock.now()
        let isReset = kind == .reset || kind == .invalid
        let allowed = isReset ? resets.spend(now: now) : cheapFrames.spend(now: now)
        guard !allowed else { return }
        session.terminate(.enhanceYourCalm)
        end("the peer sent too many \(kind) frames", isFailure: true)
    }

    private func receivedData(_ id: StreamID, _ bytes: UnsafeRawBufferPointer) {
        guard let call = calls[id.number] else { return session.consume(id, bytes.count) }
        guard call.ending == nil else { return call.isRefused ? () : session.consume(id, bytes.count) }
        do throws(RPCError) {
            session.consume(id, try call.receive(bytes))
            if call.hasMessage { call.wakeReader() }
        } catch { receiveFailed(call, error) }
    }

    func receivedHeaders(_ id: StreamID, _ fields: [HeaderField], endsStream: Bool) {}
    func receivedOversizedHeaders(_ id: StreamID, endsStream: Bool) {}
    func receivedEnd(_ call: CallState) {}
    func receiveFailed(_ call: CallState, _ error: RPCError) {}
    func streamClosed(_ call: CallState, _ code: HTTP2ErrorCode) {}
    func sentEnd(_ call: CallState) {}
    func deadlinePassed(_ call: CallState) {}
    /// Before a message is queued: a server's response headers go first.
    func beginSending(_ call: CallState) -> RPCError? { nil }
    /// The connection is gone, and the call with it.
    func connectionEnded(_ call: CallState, _ reason: String) {}

    func end(_ reason: String, isFailure: Bool) {
        guard !isEnded else { return }
        isEnded = true
        isDraining = true
        let open = calls.sorted { $0.key < $1.key }
        calls = [:]
        for (_, call) in open { connectionEnded(call, reason) }
        if let timer { effects.cancels.append(timer.task) }
        if let keepaliveTask { effects.cancels.append(keepaliveTask) }
        timer = nil
        keepaliveTask = nil
        // The driver sends the GOAWAY, if there is one, and closes the transport.
        effects.wake = wake
        let (observer, peer) = (observer, peer)
        if isFailure { effects.reports.append { observer.connectionFailed(peer, reason) } }
    }

    // MARK: - Deadlines

    /// One timer for the connection, at the earliest deadline of when it was set. Calls that end leave it alone.
    func watchDeadline(_ deadline: MonotonicInstant) {
        if let timer {
            guard deadline < timer.at else { return }
            effects.cancels.append(timer.task)
        }
        timerCount += 1
        let (number, clock) = (timerCount, runtime.clock)
        let task = runtime.tasks.spawn("rpc deadline") { [weak self] in
            do { try await clock.sleep(until: deadline) } catch { return }
            self?.timerFired(number)
        }
        timer = (task, deadline, number)
    }

    private func timerFired(_ number: Int) {
        locked {
            guard timer?.number == number else { return }
            timer = nil
            let now = runtime.clock.now()
            let due = calls.values.filter { $0.ending == nil && $0.deadline.map { $0 <= now } == true }
            for call in due.sorted(by: { $0.id < $1.id }) { deadlinePassed(call) }
            let next = calls.values.lazy.filter { $0.ending == nil }.compactMap(\.deadline).filter { $0 > now }.min()
            if let next { watchDeadline(next) }
        }
    }

    // MARK: - Keepalive

    private func spawnKeepalive(_ keepalive: Keepalive) -> SpawnedTask {
        let clock = runtime.clock
        return runtime.tasks.spawn("rpc keepalive") { [weak self] in
            while true {
                guard let next = self?.keepaliveTick(keepalive) else { return }
                do { try await clock.sleep(until: next) } catch { return }
            }
        }
    }

    /// When to look again; nil when there is nothing more to watch.
    private func keepaliveTick(_ keepalive: Keepalive) -> MonotonicInstant? {
        locked {
            guard !isEnded else { return nil }
            let now = runtime.clock.now()
            if let pingSent, now - pingSent >= keepalive.timeout {
                end("no answer to a keepalive ping within \(keepalive.timeout)", isFailure: true)
                session.terminate(.noError)
                return nil
            }
            if let pingSent { return pingSent + keepalive.timeout }
            guard now - lastHeard >= keepalive.interval && !calls.isEmpty else {
                return max(lastHeard + keepalive.interval, now + keepalive.timeout)
            }
            session.ping(Self.keepalivePing)
            pingSent = now
            return now + keepalive.timeout
        }
    }
}
