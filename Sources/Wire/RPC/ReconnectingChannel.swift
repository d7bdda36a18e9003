internal import Environment
internal import Synchronization

/// A channel over connections that are made when calls need them and made again when they were lost.
///
/// ```
/// idle ──call──▶ connecting ──ok──▶ one more is ready; idle
///                  │    ▲
///                fails  └── time passed ── backoff: calls fail with UNAVAILABLE, or wait if `waitForReady`
///                  └────────────────────────▶
/// ```
///
/// Usually one connection is ready. When every one of them has as many calls open as its server allows
/// (SETTINGS_MAX_CONCURRENT_STREAMS), one more is made, up to `maxConnections`; beyond, calls wait in the least busy.
/// A connection that drains or ended leaves the set, and the next call uses another; one that is idle closes itself.
public final class ReconnectingChannel: Channel, Sendable {
    /// Makes a connection, driven by its transport.
    public typealias Connector = @Sendable () async throws -> ClientConnection

    private enum Phase {
        case idle
        case connecting
        case backoff
        case closed
    }

    private typealias Answer = UnsafeContinuation<RPCError?, Never>

    private struct Waiter {
        let number: Int
        let waitForReady: Bool
        let deadline: MonotonicInstant?
        let continuation: Answer
    }

    private struct State {
        var phase = Phase.idle
        /// In the order in which they were made: the first ones are used first, so that the others become idle.
        var ready: [ClientConnection] = []
        var waiters: [Waiter] = []
        var nextWaiter = 0
        var failures = 0
        var retryAt: MonotonicInstant?
        var lastError = RPCError(.unavailable, "not connected yet")
        var attempt: SpawnedTask?
    }

    /// Calls that may wait for a connection.
    private static let maxWaiters = 4_096
    /// Connections may begin to drain, or fill, between being chosen and being used; a call tries this often.
    private static let maxChoices = 4

    public let retries: Retries?
    private let target: String
    private let runtime: RPCRuntime
    private let backoff: Backoff
    private let maxConnections: Int
    private let connect: Connector
    private let state = Mutex(State())

    /// `target` is named in errors.
    public init(
        target: String, runtime: RPCRuntime, backoff: Backoff = Backoff(), maxConnections: Int = 4,
        retryPolicy: RetryPolicy? = RetryPolicy(), connect: @escaping Connector
    ) {
        self.target = target
        self.runtime = runtime
        self.backoff = backoff
        self.maxConnections = max(maxConnections, 1)
        self.connect = connect
        retries = retryPolicy.map { Retries($0, runtime) }
    }

    /// Whatever this throws, the call was never sent.
    public func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        do { return try await open(method, options) } catch let error as RPCError { throw error.neverSent }
    }

    private func open(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        let deadline = options.deadline(runtime.clock)
        for choice in 1...Self.maxChoices {
            if let call = try startOnReady(method, options, deadline, mayQueue: choice == Self.maxChoices) {
                return call
            }
            try await wait(options.waitForReady, deadline)
        }
        if let call = try startOnReady(method, options, deadline, mayQueue: true) { return call }
        throw state.withLock { $0.lastError }
    }

    /// Fails waiting calls; calls under way are ended.
    public func close() {
        let (waiters, connections, attempt) = state.withLock { state in
            state.phase = .closed
            let all = (state.waiters, state.ready, state.attempt)
            state.waiters = []
            state.ready = []
            return all
        }
        attempt?.cancel()
        for connection in connections { connection.shutdown("the channel was closed") }
        for waiter in waiters { waiter.continuation.resume(returning: Self.closedError(target)) }
    }

    private static func closedError(_ target: String) -> RPCError {
        RPCError(.unavailable, "the channel to \(target) was closed")
    }

    /// Connections that take calls, as far as is known.
    public var connectionCount: Int { state.withLock { $0.ready.count } }

    /// What its connections hold now.
    public var load: ConnectionLoad { state.withLock { $0.ready }.reduce(into: ConnectionLoad()) { $0.add($1) } }

    // MARK: - Choosing

    /// nil when no connection has room.
    private func startOnReady(
        _ method: MethodName, _ options: CallOptions, _ deadline: MonotonicInstant?, mayQueue: Bool
    ) throws -> (any ClientCall)? {
        let ready = state.withLock { $0.ready }
        for connection in ready {
            switch try connection.open(method, options, deadline: deadline, evenIfFull: false) {
            case .started(let call): return call
            case .full: break
            case .ended: forget(connection)
            }
        }
        guard mayQueue || !mayConnect() else { return nil }
        let least = state.withLock { $0.ready }.min { $0.openCalls < $1.openCalls }
        guard let least else { return nil }
        guard case .started(let call) = try least.open(method, options, deadline: deadline, evenIfFull: true) else {
            return nil
        }
        return call
    }

    private func forget(_ connection: ClientConnection) {
        let error = connection.endError
        state.withLock { state in
            state.ready.removeAll { $0 === connection }
            state.lastError = error
        }
    }

    /// One connection more can be had, or is on its way.
    private func mayConnect() -> Bool {
        state.withLock { state in
            if state.ready.isEmpty { return true }
            guard state.ready.count < maxConnections else { return false }
            switch state.phase {
            case .closed, .backoff: return false
            case .connecting: return true
            case .idle: return state.retryAt.map { runtime.clock.now() >= $0 } ?? true
            }
        }
    }

    // MARK: - Waiting

    /// Waits for the attempt under way, or begins one.
    private func wait(_ waitForReady: Bool, _ deadline: MonotonicInstant?) async throws {
        let (number, failure) = state.withLock { state -> (Int, RPCError?) in
            state.nextWaiter += 1
            return (state.nextWaiter, beginAttempt(&state, waitForReady))
        }
        if let failure { throw failure }
        let timer = deadline.map { deadline in
            let clock = runtime.clock
            return runtime.tasks.spawn("rpc connect deadline") { [weak self] in
                do { try await clock.sleep(until: deadline) } catch { return }
                self?.giveUpByDeadline(number)
            }
        }
        defer { timer?.cancel() }
        let error = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Answer) in
                let waiter = Waiter(
                    number: number, waitForReady: waitForReady, deadline: deadline, continuation: continuation)
                if case .some(let now) = state.withLock({ enter(waiter, &$0) }) { continuation.resume(returning: now) }
            }
        } onCancel: {
            giveUp(number, Self.cancelledError)
        }
        if let error { throw error }
    }

    /// The error of a call that cannot wait.
    private func beginAttempt(_ state: inout State, _ waitForReady: Bool) -> RPCError? {
        switch state.phase {
        case .closed: return Self.closedError(target)
        case .backoff where !waitForReady: return state.lastError
        case .idle, .connecting, .backoff: break
        }
        guard state.waiters.count < Self.maxWaiters else {
            return RPCError(.resourceExhausted, "\(state.waiters.count) calls wait for \(target) already")
        }
        if case .idle = state.phase {
            let isTooEarly = state.retryAt.map { runtime.clock.now() < $0 } ?? false
            if isTooEarly && !waitForReady { return state.lastError }
            state.phase = .connecting
            state.attempt = runtime.tasks.spawn("rpc connect") { [self] in await attempt() }
        }
        return nil
    }

    /// The waiter is entered after the attempt was begun, so the phase is looked at again: the answer that is there
    /// already, or nil when it has to wait.
    private func enter(_ waiter: Waiter, _ state: inout State) -> RPCError?? {
        if Task.isCancelled { return .some(Self.cancelledError) }
        // Its timer may have looked for it already, and does not come again.
        if let deadline = waiter.deadline, runtime.clock.now() >= deadline { return .some(Self.deadlineError(state)) }
        switch state.phase {
        case .closed: return .some(Self.closedError(target))
        case .idle: return .some(state.ready.isEmpty ? state.lastError : nil)
        case .backoff where !waiter.waitForReady: return .some(state.lastError)
        case .connecting, .backoff:
            state.waiters.append(waiter)
            return nil
        }
    }

    private static let cancelledError = RPCError(.cancelled, "cancelled while waiting for a connection")

    /// Why there is no connection yet is what a person has to know: nobody is there, or a certificate is refused.
    private func giveUpByDeadline(_ number: Int) {
        giveUp(number, state.withLock { Self.deadlineError($0) })
    }

    private static func deadlineError(_ state: State) -> RPCError {
        let cause = state.failures > 0 ? "; last error: \(state.lastError.message)" : ""
        return RPCError(.deadlineExceeded, "the deadline passed before a connection was made\(cause)")
    }

    private func giveUp(_ number: Int, _ error: RPCError) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: error)
    }

    // MARK: - Connecting

    /// Tries until there is a connection or nobody waits for one.
    private func attempt() async {
        while true {
            if let retryAt = state.withLock({ $0.retryAt }), runtime.clock.now() < retryAt {
                guard enter(.backoff) else { return }
                do { try await runtime.clock.sleep(until: retryAt) } catch { return }
            }
            guard enter(.connecting) else { return }
            do {
                let connection = try await connect()
                return succeeded(connection)
            } catch {
                guard failed(error) else { return }
            }
        }
    }

    private func enter(_ phase: Phase) -> Bool {
        state.withLock { state in
            if case .closed = state.phase { return false }
            state.phase = phase
            return true
        }
    }

    private func succeeded(_ connection: ClientConnection) {
        let waiters: [Waiter]? = state.withLock { state in
            if case .closed = state.phase { return nil }
            state.phase = .idle
            state.ready.append(connection)
            state.failures = 0
            state.retryAt = nil
            state.attempt = nil
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        guard let waiters else { return connection.shutdown("the channel was closed") }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    /// True if some call waits for the next attempt.
    private func failed(_ error: any Error) -> Bool {
        let failure = RPCError(.unavailable, "cannot connect to \(target): \(error)")
        let (done, hasOthers, goOn) = state.withLock { state -> ([Waiter], Bool, Bool) in
            if case .closed = state.phase { return ([], false, false) }
            state.failures += 1
            state.retryAt = runtime.clock.now() + backoff.wait(afterFailures: state.failures, runtime.random)
            state.lastError = failure
            // Where there are other connections, all may go to those.
            let hasOthers = !state.ready.isEmpty
            let done = state.waiters.filter { hasOthers || !$0.waitForReady }
            state.waiters.removeAll { hasOthers || !$0.waitForReady }
            state.phase = state.waiters.isEmpty ? .idle : .backoff
            if state.waiters.isEmpty { state.attempt = nil }
            return (done, hasOthers, !state.waiters.isEmpty)
        }
        for waiter in done { waiter.continuation.resume(returning: hasOthers ? nil : failure) }
        return goOn
    }
}
