public import Environment

/// What belongs to the call that a task serves and goes on to the calls it makes.
///
/// It is a task-local value: child tasks and awaited actors see it, tasks of `TaskSpawner` do not. So a workflow that a
/// call started outlives that call's deadline.
public struct CallScope: Sendable {
    /// Nested calls end by then as well ("deadline propagation", gRPC's guide on deadlines).
    public var deadline: MonotonicInstant?
    public var trace: TraceContext?
    /// Names one effect, however often it is asked for; a call that carries it may be repeated.
    public var operationKey: String?
    /// The generation of the item that the work is done under.
    public var generation: UInt64?

    public init(
        deadline: MonotonicInstant? = nil, trace: TraceContext? = nil, operationKey: String? = nil,
        generation: UInt64? = nil
    ) {
        self.deadline = deadline
        self.trace = trace
        self.operationKey = operationKey
        self.generation = generation
    }

    @TaskLocal public static var current: CallScope?

    /// Runs `body` with this scope's values changed for it and the calls that it makes.
    public static func with<T>(
        _ change: (inout CallScope) -> Void, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> T
    ) async rethrows -> T {
        var scope = current ?? CallScope()
        change(&scope)
        return try await $current.withValue(scope, operation: body, isolation: isolation)
    }
}

extension CallOptions {
    /// A repeat has one effect: the method says so, or the operation key that goes along.
    var mayRepeat: Bool { isIdempotent || CallScope.current?.operationKey != nil }

    /// The earlier of the call's own deadline and that of the call which is being served.
    func deadline(_ clock: any Clock) -> MonotonicInstant? {
        let own = timeout.map { clock.now() + $0 }
        guard inheritsDeadline, let inherited = CallScope.current?.deadline else { return own }
        return own.map { min($0, inherited) } ?? inherited
    }
}

/// A place in a distributed trace (W3C Trace Context, level 1).
public struct TraceContext: Hashable, Sendable {
    /// 128 bits, not all zero.
    public let trace: (high: UInt64, low: UInt64)
    /// The span that this side of a call is: `parent-id` of what it sends. Not zero.
    public let span: UInt64
    /// `trace-flags`; bit 0 says that the trace is recorded.
    public let flags: UInt8
    /// Vendors' values, passed on as they came.
    public let state: String

    /// §3.3.1.5: "Vendors SHOULD propagate at least 512 characters"; more is dropped, as it may be.
    static let maxStateBytes = 512

    public static let headerName = "traceparent"
    public static let stateHeaderName = "tracestate"

    public init(trace: (high: UInt64, low: UInt64), span: UInt64, flags: UInt8, state: String = "") {
        self.trace = trace
        self.span = span
        self.flags = flags
        self.state = state.utf8.count <= Self.maxStateBytes ? state : ""
    }

    /// A trace that begins here.
    public static func begin(_ random: any RandomSource) -> TraceContext {
        TraceContext(trace: (number(random), number(random)), span: number(random), flags: 1)
    }

    /// A span of the same trace.
    public func child(_ random: any RandomSource) -> TraceContext {
        TraceContext(trace: trace, span: Self.number(random), flags: flags, state: state)
    }

    private static func number(_ random: any RandomSource) -> UInt64 {
        while true {
            let number = random.nextUInt64()
            if number != 0 { return number }
        }
    }

    /// §3.2: `version "-" trace-id "-" parent-id "-" trace-flags`, lower-case hexadecimal. nil for what is not one: a
    /// new trace begins then (§4.2). Later versions may have more fields behind (§3.2.4).
    public init?(traceparent text: String, state: String = "") {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, let version = Self.hex(parts[0], 2), version != 0xff,
            version > 0 || parts.count == 4,
            parts[1].utf8.count == 32, let high = Self.hex(parts[1].prefix(16), 16),
            let low = Self.hex(parts[1].suffix(16), 16), high | low != 0,
            let span = Self.hex(parts[2], 16), span != 0, let flags = Self.hex(parts[3], 2)
        else { return nil }
        // §3.2.2.5: only the first bit is defined; others must not be passed on.
        self.init(trace: (high, low), span: span, flags: UInt8(flags & 1), state: state)
    }

    private static func hex(_ text: Substring, _ digits: Int) -> UInt64? {
        let isLowerHex = text.utf8.allSatisfy { octet in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(octet)
        }
        guard text.utf8.count == digits, isLowerHex else { return nil }
        return UInt64(text, radix: 16)
    }

    public var traceparent: String {
        "00-\(traceID)-\(Self.text(span, 16))-\(Self.text(UInt64(flags), 2))"
    }

    /// 32 hexadecimal digits, for logs.
    public var traceID: String { Self.text(trace.high, 16) + Self.text(trace.low, 16) }

    private static func text(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.trace == b.trace && a.span == b.span && a.flags == b.flags && a.state == b.state
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(trace.high)
        hasher.combine(trace.low)
        hasher.combine(span)
    }
}
