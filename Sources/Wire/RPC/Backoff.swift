internal import Environment

/// How long to wait between attempts to connect (grpc/doc/connection-backoff.md): growing, with jitter so that the
/// clients of a server that comes back do not all come at once.
public struct Backoff: Hashable, Sendable {
    public var initial: Duration
    public var multiplier: Double
    public var maximum: Duration
    /// A fraction of the wait, up or down.
    public var jitter: Double

    /// Shorter than the document's (1 s to 120 s): a recovery waits for these connections.
    public init(
        initial: Duration = .milliseconds(100), multiplier: Double = 1.6, maximum: Duration = .seconds(5),
        jitter: Double = 0.2
    ) {
        self.initial = initial
        self.multiplier = multiplier
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The wait after so many failures in a row, at least one.
    func wait(afterFailures failures: Int, _ random: any RandomSource) -> Duration {
        var nanoseconds = Double(initial.inNanoseconds)
        let limit = Double(maximum.inNanoseconds)
        for _ in 1..<max(failures, 1) where nanoseconds < limit { nanoseconds *= multiplier }
        let unit = Double(random.nextUInt64() >> 11) / Double(1 << 53)
        return .nanoseconds(Int64(min(nanoseconds, limit) * (1 + jitter * (2 * unit - 1))))
    }
}
