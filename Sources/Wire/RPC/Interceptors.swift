public import Environment
internal import MessageCoding
internal import Synchronization

/// W3C trace context, the operation key and the generation of the work go with every call: a server takes them into the
/// `CallScope` of its handler, a client sends what its scope holds.
public struct ScopePropagation: Interceptor {
    public static let operationKeyHeader = "homeward-operation-key"
    public static let generationHeader = "homeward-generation"

    private let random: any RandomSource

    /// `random` names spans.
    public init(_ random: any RandomSource) { self.random = random }

    public func serve(
        _ call: any ServerCall, _ handle: @Sendable (any ServerCall) async throws -> Void
    ) async throws {
        let metadata = call.context.metadata
        let caller = metadata[TraceContext.headerName].flatMap {
            TraceContext(traceparent: $0, state: metadata[TraceContext.stateHeaderName] ?? "")
        }
        let trace = caller?.child(random) ?? TraceContext.begin(random)
        try await CallScope.with({ scope in
            scope.trace = trace
            scope.operationKey = metadata[Self.operationKeyHeader]
            scope.generation = metadata[Self.generationHeader].flatMap { UInt64($0) }
        }) { try await handle(call) }
    }

    public func start(
        _ method: MethodName, _ options: CallOptions,
        _ open: @Sendable (CallOptions) async throws -> any ClientCall
    ) async throws -> any ClientCall {
        let scope = CallScope.current
        var options = options
        func add(_ key: String, _ value: String?) {
            guard let value, !value.isEmpty, options.metadata[key] == nil else { return }
            options.metadata.append(key, value)
        }
        let trace = scope?.trace ?? TraceContext.begin(random)
        add(TraceContext.headerName, trace.traceparent)
        add(TraceContext.stateHeaderName, trace.state)
        add(Self.operationKeyHeader, scope?.operationKey)
        add(Self.generationHeader, scope?.generation.map { String($0) })
        return try await open(options)
    }
}

/// Asks before every call of a server whether its caller may make it.
public struct Authorization: Interceptor {
    private let check: @Sendable (CallContext) async throws(RPCError) -> Void

    /// `check` throws UNAUTHENTICATED for a caller who is nobody and PERMISSION_DENIED for one who may not.
    public init(_ check: @escaping @Sendable (CallContext) async throws(RPCError) -> Void) { self.check = check }

    public func serve(
        _ call: any ServerCall, _ handle: @Sendable (any ServerCall) async throws -> Void
    ) async throws {
        try await check(call.context)
        try await handle(call)
    }
}

/// How a call ended, for logs.
public struct CallRecord: Sendable {
    public enum Side: String, Sendable { case server, client }

    public let side: Side
    public let method: MethodName
    /// The caller's address; empty on a client.
    public let peer: String
    /// The caller's certificate name.
    public let identity: String?
    public let code: StatusCode
    /// What the caller saw; empty for OK.
    public let message: String
    /// What the handler threw where that was not a status: the caller saw INTERNAL and none of it.
    public let concealed: String?
    public let duration: Duration
    public let traceID: String?
}

/// Tells of each call when it ended.
public struct CallLog: Interceptor {
    private let clock: any Clock
    private let report: @Sendable (CallRecord) -> Void

    /// `report` is called on the task that made or served the call: it must not block.
    public init(_ clock: any Clock, _ report: @escaping @Sendable (CallRecord) -> Void) {
        self.clock = clock
        self.report = report
    }

    public func serve(
        _ call: any ServerCall, _ handle: @Sendable (any ServerCall) async throws -> Void
    ) async throws {
        let start = clock.now()
        var outcome: (any Error)?
        defer {
            let status = outcome.map { RPCError(answering: $0) }
            report(
                CallRecord(
                    side: .server, method: call.context.method, peer: call.context.peer,
                    identity: call.context.identity?.description, code: status?.code ?? .ok,
                    message: status?.message ?? "", concealed: outcome.flatMap { concealed($0) },
                    duration: clock.now() - start, traceID: CallScope.current?.trace?.traceID))
        }
        do { try await handle(call) } catch {
            outcome = error
            throw error
        }
    }

    private func concealed(_ error: any Error) -> String? {
        switch error {
        case let error as Concealed: "\(error.cause)"
        case is RPCError, is CancellationError: nil
        case let error as any RPCErrorConvertible: error.rpcError.code == .internal ? "\(error)" : nil
        default: "\(error)"
        }
    }

    public func start(
        _ method: MethodName, _ options: CallOptions,
        _ open: @Sendable (CallOptions) async throws -> any ClientCall
    ) async throws -> any ClientCall {
        let (start, clock, report) = (clock.now(), clock, report)
        // What goes out, which may be a trace that begins with this call.
        let traceID = options.metadata[TraceContext.headerName].flatMap { TraceContext(traceparent: $0) }?.traceID
        let ended: @Sendable (RPCError?) -> Void = { error in
            report(
                CallRecord(
                    side: .client, method: method, peer: "", identity: nil, code: error?.code ?? .ok,
                    message: error?.message ?? "", concealed: nil, duration: clock.now() - start, traceID: traceID))
        }
        do { return ObservedCall(try await open(options), ended) } catch {
            ended(RPCError(answering: error))
            throw error
        }
    }
}

/// Adds up the calls that a task makes, and the tasks below it, while it is `current`.
public final class CallMeter: Sendable {
    @TaskLocal public static var current: CallMeter?

    private let sum = Mutex<(calls: Int, duration: Duration)>((0, .zero))

    public init() {}

    /// How many have ended, and how long they took together.
    public var total: (calls: Int, duration: Duration) { sum.withLock { $0 } }

    /// Of a call that was made, for a `CallLog`.
    public static func note(_ call: CallRecord) {
        guard call.side == .client else { return }
        current?.sum.withLock { sum in
            sum.calls += 1
            sum.duration += call.duration
        }
    }
}

/// Counts calls by method and status. Bounded: only methods that a program serves or calls are counted.
public final class CallCounters: Interceptor {
    public struct Key: Hashable, Comparable, Sendable {
        public let side: CallRecord.Side
        public let method: MethodName

        public static func < (a: Self, b: Self) -> Bool {
            (a.side.rawValue, a.method.path) < (b.side.rawValue, b.method.path)
        }
    }

    public struct Counts: Hashable, Sendable {
        public fileprivate(set) var started = 0
        /// By code; those of calls under way are not here yet.
        public fileprivate(set) var ended: [StatusCode: Int] = [:]

        public var underWay: Int { started - ended.values.reduce(0, +) }
        public var failed: Int { ended.filter { $0.key != .ok }.values.reduce(0, +) }
    }

    private let counts = Mutex<[Key: Counts]>([:])

    public init() {}

    /// In order of side and method.
    public var snapshot: [(key: Key, counts: Counts)] {
        counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func began(_ key: Key) { counts.withLock { $0[key, default: Counts()].started += 1 } }

    private func ended(_ key: Key, _ code: StatusCode) {
        counts.withLock { $0[key, default: Counts()].ended[code, default: 0] += 1 }
    }

    public func serve(
        _ call: any ServerCall, _ handle: @Sendable (any ServerCall) async throws -> Void
    ) async throws {
        let key = Key(side: .server, method: call.context.method)
        began(key)
        var code = StatusCode.ok
        defer { ended(key, code) }
        do { try await handle(call) } catch {
            code = RPCError(answering: error).code
            throw error
        }
    }

    public func start(
        _ method: MethodName, _ options: CallOptions,
        _ open: @Sendable (CallOptions) async throws -> any ClientCall
    ) async throws -> any ClientCall {
        let key = Key(side: .client, method: method)
        began(key)
        do { return ObservedCall(try await open(options)) { self.ended(key, $0?.code ?? .ok) } } catch {
            ended(key, RPCError(answering: error).code)
            throw error
        }
    }
}

/// A client's call that tells once how it ended; let go of before its end, it was cancelled.
final class ObservedCall: ClientCall {
    private let inner: any ClientCall
    private let report: Mutex<(@Sendable (RPCError?) -> Void)?>

    init(_ inner: any ClientCall, _ ended: @escaping @Sendable (RPCError?) -> Void) {
        self.inner = inner
        report = Mutex(ended)
    }

    deinit { ended(RPCError(.cancelled, "the caller let go of the call")) }

    private func ended(_ error: RPCError?) {
        let report = report.withLock { report in
            let now = report
            report = nil
            return now
        }
        report?(error)
    }

    private func watching<T>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch {
            ended(RPCError(answering: error))
            throw error
        }
    }

    func next() async throws -> [UInt8]? {
        let message = try await watching { try await inner.next() }
        if message == nil { ended(nil) }
        return message
    }

    func nextReceived() async throws -> ReceivedMessage? {
        let message = try await watching { try await inner.nextReceived() }
        if message == nil { ended(nil) }
        return message
    }

    // A failure to send is not yet the call's end: its status comes with the next message.
    func send(_ message: [UInt8]) async throws { try await inner.send(message) }
    func send(_ message: [UInt8], compressing: Bool) async throws {
        try await inner.send(message, compressing: compressing)
    }
    func send(_ message: EncodedMessage, compressing: Bool) async throws {
        try await inner.send(message, compressing: compressing)
    }
    func finishSending() async throws { try await inner.finishSending() }

    func cancel() {
        inner.cancel()
        ended(RPCError(.cancelled, "the caller cancelled the call"))
    }

    func responseMetadata() async throws -> Metadata { try await inner.responseMetadata() }
    var trailingMetadata: Metadata { inner.trailingMetadata }
}
