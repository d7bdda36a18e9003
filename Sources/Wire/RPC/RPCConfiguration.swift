public import Compression
public import Environment
public import HTTP2

/// Limits of a connection and its calls.
public struct RPCConfiguration: Sendable {
    public var http2 = HTTP2Configuration()
    /// Larger messages end their call with RESOURCE_EXHAUSTED.
    public var maxReceiveMessageBytes = 4 << 20
    /// A server refuses requests with larger header sections (431), counted as in RFC 9113 §6.5.2. "Servers may limit
    /// the size of Request-Headers, with a default of 8 KiB suggested" (gRPC over HTTP2, section Requests).
    public var maxRequestHeaderBytes = 16 << 10
    /// `send` waits while this many bytes of its stream are queued; one message more may then be queued.
    public var sendBufferBytes = 256 << 10
    /// The same for all streams of a connection together: a peer that reads none of them.
    public var connectionSendBufferBytes = 8 << 20
    /// Calls of a client that may be open or queued for the peer's stream limit.
    public var maxOutstandingCalls = 4_096
    /// RST_STREAM frames accepted from the peer ("rapid reset", CVE-2023-44487): a burst, then so many per second.
    public var resets = FrameAllowance(burst: 1_000, perSecond: 100)
    /// PING, SETTINGS, PRIORITY and empty DATA frames accepted likewise (CVE-2019-9512, -9513, -9515, -9518).
    public var cheapFrames = FrameAllowance(burst: 2_000, perSecond: 500)
    /// Octets that one connection may hold in both directions: messages received and not dealt with, metadata of
    /// requests, messages sent and not taken by the peer. A call that would hold more ends with RESOURCE_EXHAUSTED; a
    /// sender waits first.
    public var maxBufferedBytes = 128 << 20
    /// The same, of all connections of a server together, beyond 64 KiB for each (`BufferBudget`).
    public var maxServerBufferedBytes = 256 << 20
    /// Connections of a server. When there are so many, a new one takes the place of one that is idle, or is refused.
    public var maxConnections = 4_096
    /// How a server compresses responses where the handler does not say: the first of these that the caller accepts.
    /// Empty: not at all, because compression costs more than a fast network.
    public var responseEncodings: [MessageEncoding] = []
    /// nil: no keepalive pings.
    public var keepalive: Keepalive? = Keepalive()
    /// What pings a server accepts; nil: any. Clients accept any.
    public var pingPolicy: PingPolicy? = PingPolicy()
    /// For the peer's preface and SETTINGS (RFC 9113 §3.4), and for a header section from its first frame to its last:
    /// a peer that never completes them holds a place for nothing.
    public var handshakeTimeout: Duration = .seconds(10)
    /// A connection without calls for so long is closed; nil: never.
    public var maxIdle: Duration? = .seconds(600)
    /// A connection takes no more calls from this age, ±10 % (grpc/proposal A9), so that load spreads again over
    /// servers that came back and new certificates come to be used; nil: any age.
    public var maxAge: Duration?
    /// How long after that calls under way may go on; nil: until they end.
    public var maxAgeGrace: Duration?

    public init() {}
}

public struct FrameAllowance: Hashable, Sendable {
    public var burst: Int
    public var perSecond: Int

    public init(burst: Int, perSecond: Int) {
        self.burst = burst
        self.perSecond = perSecond
    }
}

/// A peer that is silent for `interval` while calls are open is pinged; if it stays silent for `timeout` more, the
/// connection is given up and its calls end with UNAVAILABLE.
public struct Keepalive: Hashable, Sendable {
    public var interval: Duration
    public var timeout: Duration
    /// Also while no call is open. A server may not like it (`PingPolicy.withoutCalls`).
    public var withoutCalls: Bool

    public init(interval: Duration = .seconds(15), timeout: Duration = .seconds(10), withoutCalls: Bool = false) {
        self.interval = interval
        self.timeout = timeout
        self.withoutCalls = withoutCalls
    }
}

/// How often a client may ping (grpc/doc/keepalive.md, "Server Enforcement"; grpc/proposal A8). More often than
/// `maxStrikes` times too early, and the connection ends with GOAWAY ENHANCE_YOUR_CALM and "too_many_pings". Sending
/// it a message begins anew, since clients measure their bandwidth by pings.
public struct PingPolicy: Hashable, Sendable {
    /// gRPC says 5 min; ours must let our own clients notice a dead site within half a minute (`Keepalive`).
    public var minInterval: Duration
    /// Without open calls one ping in two hours is accepted, unless this is set.
    public var withoutCalls: Bool
    public var maxStrikes: Int

    public init(minInterval: Duration = .seconds(10), withoutCalls: Bool = false, maxStrikes: Int = 2) {
        self.minInterval = minInterval
        self.withoutCalls = withoutCalls
        self.maxStrikes = maxStrikes
    }
}

/// The part of an environment that connections need. `tasks` decides where handlers run: in a live server on the
/// connection's event loop, in simulation on the seeded executor.
public struct RPCRuntime: Sendable {
    public var clock: any Clock
    public var random: any RandomSource
    public var tasks: any TaskSpawner
    /// Runs work of milliseconds beside what serves connections, in the order in which it is given. nil: it is done
    /// where it is needed, at once.
    public var aside: (@Sendable (_ work: @escaping @Sendable () -> Void) -> Void)?

    public init(clock: any Clock, random: any RandomSource, tasks: any TaskSpawner) {
        self.clock = clock
        self.random = random
        self.tasks = tasks
    }

    public init(_ environment: Environment) {
        self.init(clock: environment.clock, random: environment.random, tasks: environment.tasks)
    }
}

/// Where connections tell what no caller hears. Called outside of locks, from any thread.
public struct RPCObserver: Sendable {
    /// A handler threw something that is neither an `RPCError` nor a cancellation; its caller saw only INTERNAL.
    public var handlerFailed: @Sendable (MethodName, any Error) -> Void = { _, _ in }
    /// A connection ended for another reason than a clean close: peer and reason.
    public var connectionFailed: @Sendable (String, String) -> Void = { _, _ in }

    public init() {}
}

/// A token bucket on the connection's clock.
struct FrameBudget {
    private let allowance: FrameAllowance
    private var tokens: Double
    private var filled: MonotonicInstant

    init(_ allowance: FrameAllowance, now: MonotonicInstant) {
        self.allowance = allowance
        tokens = Double(allowance.burst)
        filled = now
    }

    /// False when the peer sent more than allowed.
    mutating func spend(now: MonotonicInstant) -> Bool {
        let elapsed = Double((now - filled).inNanoseconds) / 1e9
        tokens = min(Double(allowance.burst), tokens + elapsed * Double(allowance.perSecond))
        filled = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
