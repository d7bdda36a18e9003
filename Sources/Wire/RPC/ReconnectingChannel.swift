internal import Environment
internal import Synchronization

/// A channel over one connection at a time, made when a call needs it and made again when it was lost.
///
/// ```
/// idle ──call──▶ connecting ──ok──▶ ready ──lost, draining──▶ idle
///                  │    ▲
///                fails  └── time passed ── backoff: calls fail with UNAVAILABLE, or wait if `waitForReady`
///                  └────────────────────────▶
/// ```
public final class ReconnectingChannel: Channel, Sendable {
    /// Makes a connection, driven by its transport.
    public typealias Connector = @Sendable () async throws -> ClientConnection

    private enum Phase {
        case idle
        case connecting
        case backoff
        case ready(ClientConnection)
        case closed
    }

    private typealias Answer = UnsafeContinuation<Result<ClientConnection, RPCError>, Never>

    private struct Waiter {
        let number: Int
        let waitForReady: Bool
        let continuation: Answer
    }

    private struct State {
        var phase = Phase.idle
        var waiters: [Waiter] = []
        var nextWaiter = 0
        var failures = 0
        var retryAt: MonotonicInstant?
        var lastError = RPCError(.unavailable, "not connected yet")
        var attempt: SpawnedTask?
    }

    /// Calls that may wait for a connection.
    private static let maxWaiters = 4_096
    /// A connection may begin to drain between being chosen and being used; another is chosen this often.
    private static let maxChoices = 3

    private let target: String
    private let runtime: RPCRuntime
    private let backoff: Backoff
    private let connect: Connector
    private let state = Mutex(State())

    /// `target` is named in errors.
    public init(target: String, runtime: RPCRuntime, backoff: Backoff = Backoff(), connect: @escaping Connector) {
        self.target = target
        self.runtime = runtime
        self.backoff = backoff
        self.connect = connect
    }

    /// Whatever this throws, the call was never sent.
    public func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        do { return try await open(method, options) } catch let error as RPCError { throw error.neverSent }
    }

    private func open(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        let deadline = options.deadline(runtime.clock)
        for _ in 1..<Self.maxChoices {
            let connection = try await connection(options.waitForReady, deadline)
            if let call = try connection.startIfAccepting(
                method, metadata: options.metadata, deadline: deadline, encoding: options.encoding)
            {
                return call
            }
        }
        let connection = try await connection(options.waitForReady, deadline)
        return try connection.start(
            method, metadata: options.metadata, deadline: deadline, encoding: options.encoding)
    }

    /// Fails waiting calls; calls under way are ended.
    public func close() {
        let (waiters, connection, attempt) = state.withLock { state in
            var connection: ClientConnection?
            if case .ready(let ready) = state.phase { connection = ready }
            state.phase = .closed
            let waiters = state.waiters
            state.waiters = []
            return (waiters, connection, state.attempt)
        }
        attempt?.cancel()
        connection?.shutdown("the channel was closed")
        for waiter in waiters { waiter.continuation.resume(returning: .failure(Self.closedError(target))) }
    }

    private static func closedError(_ target: String) -> RPCError {
        RPCError(.unavailable, "the channel to \(target) was closed")
    }

    // MARK: - Choosing

    private enum Choice {
        case use(ClientConnection)
        case fail(RPCError)
        case wait(Int)
    }

    private func connection(_ waitForReady: Bool, _ deadline: MonotonicInstant?) async throws -> ClientConnection {
        switch state.withLock({ choose(&$0, waitForReady) }) {
        case .use(let connection): return connection
        case .fail(let error): throw error
        case .wait(let number): return try await wait(number, waitForReady, deadline)
        }
    }

    private func choose(_ state: inout State, _ waitForReady: Bool) -> Choice {
        switch state.phase {
        case .closed: return .fail(Self.closedError(target))
        case .ready(let connection):
            if connection.acceptsCalls { return .use(connection) }
            state.phase = .idle
        case .backoff where !waitForReady: return .fail(state.lastError)
        case .idle, .connecting, .backoff: break
        }
        guard state.waiters.count < Self.maxWaiters else {
            return .fail(RPCError(.resourceExhausted, "\(state.waiters.count) calls wait for \(target) already"))
        }
        if case .idle = state.phase {
            let isTooEarly = state.retryAt.map { runtime.clock.now() < $0 } ?? false
            if isTooEarly && !waitForReady { return .fail(state.lastError) }
            state.phase = .connecting
            state.attempt = runtime.tasks.spawn("rpc connect") { [self] in await attempt() }
        }
        state.nextWaiter += 1
        return .wait(state.nextWaiter)
    }

    /// Waits for the attempt under way. The waiter is entered after it was chosen, so the phase is looked at again.
    private func wait(
        _ number: Int, _ waitForReady: Bool, _ deadline: MonotonicInstant?
    ) async throws -> ClientConnection {
        let timer = deadline.map { deadline in
            let clock = runtime.clock
            return runtime.tasks.spawn("rpc connect deadline") { [weak self] in
                do { try await clock.sleep(until: deadline) } catch { return }
                self?.giveUp(number, RPCError(.deadlineExceeded, "the deadline passed before a connection was made"))
            }
        }
        defer { timer?.cancel() }
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Answer) in
                let now: Result<ClientConnection, RPCError>? = state.withLock { state in
                    if Task.isCancelled { return .failure(Self.cancelledError) }
                    switch state.phase {
                    case .ready(let connection): return .success(connection)
                    case .closed: return .failure(Self.closedError(target))
                    case .idle: return .failure(state.lastError)
                    case .backoff where !waitForReady: return .failure(state.lastError)
                    case .connecting, .backoff:
                        state.waiters.append(
                            Waiter(number: number, waitForReady: waitForReady, continuation: continuation))
                        return nil
                    }
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            giveUp(number, Self.cancelledError)
        }
        return try result.get()
    }

    private static let cancelledError = RPCError(.cancelled, "cancelled while waiting for a connection")

    private func giveUp(_ number: Int, _ error: RPCError) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(returning: .failure(error))
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
            state.phase = .ready(connection)
            state.failures = 0
            state.retryAt = nil
            state.attempt = nil
            let waiters = state.waiters
            state.waiters = []
            return waiters
        }
        guard let waiters else { return connection.shutdown("the channel was closed") }
        for waiter in waiters { waiter.continuation.resume(returning: .success(connection)) }
    }

    /// True if some call waits for the next attempt.
    private func failed(_ error: any Error) -> Bool {
        let failure = RPCError(.unavailable, "cannot connect to \(target): \(error)")
        let (done, goOn) = state.withLock { state -> ([Waiter], Bool) in
            if case .closed = state.phase { return ([], false) }
            state.failures += 1
            state.retryAt = runtime.clock.now() + backoff.wait(afterFailures: state.failures, runtime.random)
            state.lastError = failure
            let done = state.waiters.filter { !$0.waitForReady }
            state.waiters.removeAll { !$0.waitForReady }
            state.phase = state.waiters.isEmpty ? .idle : .backoff
            if state.waiters.isEmpty { state.attempt = nil }
            return (done, !state.waiters.isEmpty)
        }
        for waiter in done { waiter.continuation.resume(returning: .failure(failure)) }
        return goOn
    }
}
