internal import Environment
internal import HTTP2

/// What a connection does as time passes: keepalive, idle and maximum age, limits on the peer's slowness and on its
/// pings. A machine without clock and tasks: it is asked with the time and what is open, and answers with one step.
///
/// ```
/// born ──preface within handshakeTimeout──▶ open ──idle, too old──▶ draining ──ack or drainPatience──▶ GOAWAY ──▶ end
///   └──────────── end ◀──────────────────────┘ no answer to a ping · header section unfinished · age grace over
/// ```
struct Upkeep {
    enum Step: Hashable {
        /// Nothing to do before then; nil: nothing to watch.
        case wait(MonotonicInstant?)
        case ping
        case drain
        /// The second GOAWAY of a drain whose ping the peer does not answer.
        case finishDrain
        case end(String)
    }

    /// How long the second GOAWAY waits for the answer that says that the first one has arrived, and how long it may
    /// take to leave when no call is left.
    static let drainPatience = Duration.seconds(5)
    /// A8 of grpc/proposal: with no call open a ping is welcome this seldom, unless the policy permits more.
    static let pingIntervalWithoutCalls = Duration.seconds(7_200)

    private let configuration: RPCConfiguration
    private let born: MonotonicInstant
    private let agesAt: MonotonicInstant?
    private var lastHeard: MonotonicInstant
    private var lastUse: MonotonicInstant
    private var pingSent: MonotonicInstant?
    private var headersSince: MonotonicInstant?
    private var drainSince: MonotonicInstant?
    private var hasFinishedDrain = false
    /// Since when it was seen to have no call after its drain was finished: it should be closed by now.
    private var leftSince: MonotonicInstant?
    private var lastPing: MonotonicInstant?
    private var strikes = 0

    init(_ configuration: RPCConfiguration, now: MonotonicInstant, random: any RandomSource) {
        self.configuration = configuration
        born = now
        lastHeard = now
        lastUse = now
        // A9: "we will add a random jitter of +/-10% … to spread out connection storms".
        agesAt = configuration.maxAge.map { age in
            let unit = Double(random.nextUInt64() >> 11) / Double(1 << 53)
            return now + .nanoseconds(Int64(Double(age.inNanoseconds) * (0.9 + 0.2 * unit)))
        }
    }

    // MARK: - What happened

    mutating func heard(_ now: MonotonicInstant) {
        lastHeard = now
        pingSent = nil
    }

    /// After octets came. True when a header section has begun: that is to be watched.
    mutating func isWithinHeaders(_ isWithin: Bool) -> Bool {
        guard isWithin else {
            headersSince = nil
            return false
        }
        if headersSince != nil { return false }
        headersSince = lastHeard
        return true
    }

    /// A request or response began: the connection is of use.
    mutating func used() { lastUse = lastHeard }

    mutating func drainBegan(_ now: MonotonicInstant) { drainSince = now }
    mutating func drainFinished() { hasFinishedDrain = true }
    /// The first of two GOAWAYs was sent, and the second not.
    var awaitsDrain: Bool { drainSince != nil && !hasFinishedDrain }

    /// Body octets or an end were sent: a peer that measures its bandwidth pings after them (A8).
    mutating func sent() {
        strikes = 0
        lastPing = nil
    }

    /// The peer pinged. False when it did so too often: GOAWAY ENHANCE_YOUR_CALM "too_many_pings".
    mutating func pinged(_ now: MonotonicInstant, hasCalls: Bool) -> Bool {
        guard let policy = configuration.pingPolicy else { return true }
        let interval = hasCalls || policy.withoutCalls ? policy.minInterval : Self.pingIntervalWithoutCalls
        defer { lastPing = now }
        guard let lastPing, now - lastPing < interval else { return true }
        strikes += 1
        return strikes <= policy.maxStrikes
    }

    // MARK: - What to do

    mutating func next(_ now: MonotonicInstant, hasCalls: Bool, isEstablished: Bool) -> Step {
        if hasCalls { lastUse = now }
        var wake: MonotonicInstant?
        /// True when that time has come; otherwise it is a time to look again.
        func isDue(_ at: MonotonicInstant) -> Bool {
            if at <= now { return true }
            wake = wake.map { min($0, at) } ?? at
            return false
        }

        if !isEstablished, isDue(born + configuration.handshakeTimeout) {
            return .end("no HTTP/2 preface within \(configuration.handshakeTimeout)")
        }
        if let headersSince, isDue(headersSince + configuration.handshakeTimeout) {
            return .end("a header section did not end within \(configuration.handshakeTimeout)")
        }
        if let agesAt {
            if let grace = configuration.maxAgeGrace, isDue(agesAt + grace) { return .end("its maximum age is over") }
            if drainSince == nil, isDue(agesAt) { return .drain }
        }
        if let drainSince {
            if !hasFinishedDrain, isDue(drainSince + Self.drainPatience) { return .finishDrain }
            leftSince = hasFinishedDrain && !hasCalls ? leftSince ?? now : nil
            if let leftSince, isDue(leftSince + Self.drainPatience) {
                return .end("its last GOAWAY did not leave within \(Self.drainPatience)")
            }
        } else if !hasCalls, let idle = configuration.maxIdle, isDue(lastUse + idle) {
            return .drain
        }
        if let keepalive = configuration.keepalive {
            if let pingSent {
                if isDue(pingSent + keepalive.timeout) {
                    return .end("no answer to a keepalive ping within \(keepalive.timeout)")
                }
            } else {
                let isWatched = hasCalls || keepalive.withoutCalls
                if isWatched && isDue(lastHeard + keepalive.interval) {
                    pingSent = now
                    return .ping
                }
                // A call may come at any time; it is not told to us.
                if !isWatched { _ = isDue(max(lastHeard, now) + keepalive.interval) }
            }
        }
        return .wait(wake)
    }

    /// Since when there may have been no call, if there is none now.
    var idleSince: MonotonicInstant { lastUse }
}
