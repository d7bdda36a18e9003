internal import Synchronization

/// How often the connections of one channel ping: half as often after each one that its server ended for pings.
///
/// grpc/proposal A8: a client that receives GOAWAY with ENHANCE_YOUR_CALM and "too_many_pings" says so in its log and
/// doubles the keepalive time of new connections on that channel.
public final class KeepalivePace: Sendable {
    /// GOAWAY's text.
    static let complaint = "too_many_pings"
    /// So seldom a ping is welcome without calls, too.
    static let longest = Upkeep.pingIntervalWithoutCalls

    private let slowest = Mutex(Duration.zero)

    public init() {}

    /// What a new connection is to use.
    func paced(_ keepalive: Keepalive) -> Keepalive {
        var keepalive = keepalive
        keepalive.interval = max(keepalive.interval, slowest.withLock { $0 })
        return keepalive
    }

    /// A server found pings of this interval too many. Of several connections that hear it, each doubles its own.
    func slowDown(from interval: Duration) -> Duration {
        slowest.withLock { slowest in
            slowest = max(slowest, min(interval * 2, Self.longest))
            return max(slowest, interval)
        }
    }
}
