internal import Environment

/// Estimates how much one round trip carries, so that receive windows are as large as the path needs and no larger
/// (gRPC's "BDP estimation"): octets that come between a ping and its answer are what was on its way. When they fill
/// a third of the window, and the bandwidth has grown with it, the window was the limit, and doubles.
struct BandwidthDelay {
    /// Body octets that make a sample worth a ping: unary calls of small messages are never measured.
    static let worthwhile = 64 << 10
    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(10)

    private(set) var window: Int
    private let maximum: Int
    private var sample = 0
    private var pinged: MonotonicInstant?
    private var bestBandwidth = 0.0
    private var pause = shortestPause
    private var notBefore: MonotonicInstant?

    /// Windows grow from `window` to `maximum` octets and never shrink: a window is a promise already given.
    init(window: Int, maximum: Int) {
        self.window = window
        self.maximum = maximum
    }

    mutating func received(_ octets: Int) { sample += octets }

    /// True when a ping is to be sent now.
    mutating func begin(_ now: MonotonicInstant) -> Bool {
        guard sample >= Self.worthwhile, pinged == nil, window < maximum else { return false }
        if let notBefore, now < notBefore { return false }
        pinged = now
        sample = 0
        return true
    }

    /// The ping was answered. The new window, if it grows.
    mutating func answered(_ now: MonotonicInstant) -> Int? {
        guard let pinged else { return nil }
        self.pinged = nil
        let seconds = max(Double((now - pinged).inNanoseconds) / 1e9, 1e-6)
        let bandwidth = Double(sample) / seconds
        // A peer learns of room only when half a window was taken: one that the window holds back sends about half of
        // it in a round trip, in a burst of which a ping may miss the first part.
        let fills = sample * 3 >= window
        sample = 0
        guard fills && bandwidth > bestBandwidth else {
            pause = min(pause * 2, Self.longestPause)
            notBefore = now + pause
            return nil
        }
        bestBandwidth = bandwidth
        pause = Self.shortestPause
        notBefore = nil
        window = min(window * 2, maximum)
        return window
    }
}
