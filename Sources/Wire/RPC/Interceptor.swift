public import Environment

/// Sees every call of one side, or of both: it may look, change, refuse, or wrap the call it passes on.
///
/// Interceptors are bound when a service or a channel is made; with none there is nothing to pass through.
public protocol Interceptor: Sendable {
    /// A server's side. `handle` runs what is behind this interceptor; what it throws has not been turned into a status
    /// yet. Throwing without calling it refuses the call.
    func serve(_ call: any ServerCall, _ handle: @Sendable (any ServerCall) async throws -> Void) async throws
    /// A client's side. `open` starts the call.
    func start(
        _ method: MethodName, _ options: CallOptions,
        _ open: @Sendable (CallOptions) async throws -> any ClientCall
    ) async throws -> any ClientCall
}

extension Interceptor {
    public func serve(
        _ call: any ServerCall, _ handle: @Sendable (any ServerCall) async throws -> Void
    ) async throws { try await handle(call) }

    public func start(
        _ method: MethodName, _ options: CallOptions,
        _ open: @Sendable (CallOptions) async throws -> any ClientCall
    ) async throws -> any ClientCall { try await open(options) }
}

extension BoundService {
    /// The first interceptor is the outermost.
    public func intercepted(by interceptors: [any Interceptor]) -> BoundService {
        guard !interceptors.isEmpty else { return self }
        return BoundService(
            name: name,
            methods: methods.map { method in
                let run = interceptors.reversed().reduce(method.run) { inner, interceptor in
                    { call in try await interceptor.serve(call, inner) }
                }
                return BoundMethod(method.name, run)
            })
    }
}

extension Channel {
    /// The first interceptor is the outermost.
    public func intercepted(by interceptors: [any Interceptor]) -> any Channel {
        interceptors.reversed().reduce(self as any Channel) { InterceptedChannel($0, $1) }
    }
}

private struct InterceptedChannel: Channel {
    private let inner: any Channel
    private let interceptor: any Interceptor

    var retries: Retries? { inner.retries }

    init(_ inner: any Channel, _ interceptor: any Interceptor) {
        self.inner = inner
        self.interceptor = interceptor
    }

    func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        try await interceptor.start(method, options) { [inner] in try await inner.start(method, $0) }
    }
}

/// A transport whose services and channels all have the same interceptors.
public struct InterceptedTransport: Transport {
    private let inner: any Transport
    private let interceptors: [any Interceptor]

    public init(_ inner: any Transport, by interceptors: [any Interceptor]) {
        self.inner = inner
        self.interceptors = interceptors
    }

    public func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        try await inner.serve(address, services.map { $0.intercepted(by: interceptors) })
    }

    public func channel(to address: StreamAddress) -> any Channel {
        inner.channel(to: address).intercepted(by: interceptors)
    }
}
