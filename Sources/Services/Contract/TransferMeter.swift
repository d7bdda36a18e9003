public import Environment
public import Model

/// Rate and time left of a transfer, from how far it was seen to be at different instants.
public struct TransferMeter: Sendable {
    /// The rate is that of the last so many seconds: long enough for polls every second or two to be smooth.
    private static let window = Duration.seconds(10)
    /// Samples kept; a poll more often than this many times in a window replaces the newest.
    private static let limit = 64

    private var samples: [(done: Int64, at: MonotonicInstant)] = []
    public private(set) var done = ByteCount.zero
    public private(set) var total = ByteCount.zero

    public init() {}

    public mutating func note(done: ByteCount, total: ByteCount, at now: MonotonicInstant) {
        // A transfer that begins again, such as after a lost session, has no rate yet.
        if done < self.done { samples = [] }
        self.done = done
        self.total = total
        if samples.count == Self.limit { samples.removeLast() }
        samples.append((done.bytes, now))
        while samples.count > 2, now - samples[0].at > Self.window { samples.removeFirst() }
    }

    /// Bytes a second; nil while nothing can be said.
    public var rate: ByteCount? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let microseconds = (last.at - first.at).inMicroseconds
        guard microseconds > 0, last.done > first.done else { return nil }
        return ByteCount(Int64(Double(last.done - first.done) * 1_000_000 / Double(microseconds)))
    }

    /// Whole seconds, at least 1 while something is left; nil while there is no rate.
    public var secondsLeft: Int64? {
        guard let rate, rate.bytes > 0, total > done else { return nil }
        return max(1, (total - done).bytes / rate.bytes)
    }

    /// `12.0 MiB of 48.0 MiB (25 %), 6.0 MiB/s, 6 s left`; empty while the total is unknown.
    public var text: String {
        guard total.bytes > 0 else { return "" }
        let percent = min(100, Int64(Double(done.bytes) * 100 / Double(total.bytes)))
        var parts = ["\(done) of \(total) (\(percent) %)"]
        if let rate { parts.append("\(rate)/s") }
        if let secondsLeft { parts.append("\(secondsText(secondsLeft)) left") }
        return parts.joined(separator: ", ")
    }

    private func secondsText(_ seconds: Int64) -> String {
        seconds < 60 ? "\(seconds) s" : seconds < 3_600
            ? "\(seconds / 60) min \(seconds % 60) s" : "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }
}
