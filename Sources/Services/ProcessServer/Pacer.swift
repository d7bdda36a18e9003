import Environment
import IntervalFrames

/// Bytes that may go now, filled at the rate of a schedule up to a burst: over any time no more goes than the rate
/// gives in it, and one burst.
struct TokenBucket {
    private let schedule: BandwidthSchedule
    private var tokens: Double
    private var filled: MonotonicInstant

    /// A quarter of a second's bytes, but at least the largest chunk.
    static func burst(_ bytesPerSecond: Int64) -> Double { max(Double(bytesPerSecond) / 4, Double(1 << 20)) }

    init(_ schedule: BandwidthSchedule, now: MonotonicInstant) {
        self.schedule = schedule
        tokens = .infinity
        filled = now
    }

    /// nil if so many bytes may go now, and then they are taken; else how long to wait before asking again.
    mutating func take(_ bytes: Int, now: MonotonicInstant, wall: WallInstant) -> Duration? {
        fill(to: now, wall)
        guard let rate = schedule.cap(at: wall).bytesPerSecond else { return nil }
        let burst = Self.burst(rate)
        tokens = min(tokens, burst)
        let needed = min(Double(bytes), burst)
        guard tokens < needed else {
            tokens -= Double(bytes)
            return nil
        }
        let wait = Duration.nanoseconds(Int64(((needed - tokens) / Double(rate) * 1e9).rounded(.up)) + 1)
        guard let edge = schedule.boundary(after: wall) else { return wait }
        return min(wait, .microseconds(edge.microseconds - wall.microseconds))
    }

    /// Each window's time at its own rate.
    private mutating func fill(to now: MonotonicInstant, _ wall: WallInstant) {
        var left = max(.zero, now - filled)
        filled = max(filled, now)
        var at = WallInstant(microseconds: wall.microseconds - left.inMicroseconds)
        while left > .zero {
            let edge = schedule.boundary(after: at)
            let span = min(left, edge.map { .microseconds($0.microseconds - at.microseconds) } ?? left)
            if let rate = schedule.cap(at: at).bytesPerSecond {
                let more = Double(span.inNanoseconds) / 1e9 * Double(rate)
                tokens = min(min(tokens, Self.burst(rate)) + more, Self.burst(rate))
            } else {
                tokens = .infinity
            }
            left -= span
            guard let edge else { return }
            at = edge
        }
    }
}

/// Holds one direction of all transfers of a process server to its schedule, in the order in which they ask.
actor Pacer {
    nonisolated let schedule: BandwidthSchedule
    private let clock: any Clock
    private var bucket: TokenBucket
    private var line: [UInt64] = []
    private var next: UInt64 = 0
    private let bell = Bell()

    /// Clocks are looked at this often while somebody waits: the wall clock may be set.
    private static let longestPause: Duration = .seconds(1)

    init(_ schedule: BandwidthSchedule, _ clock: any Clock) {
        self.schedule = schedule
        self.clock = clock
        bucket = TokenBucket(schedule, now: clock.now())
    }

    /// Returns when so many bytes may go.
    nonisolated func admit(_ bytes: Int) async throws {
        guard bytes > 0, schedule.mayCap else { return }
        try await wait(bytes)
    }

    private func wait(_ bytes: Int) async throws {
        let place = next
        next += 1
        line.append(place)
        defer {
            line.removeAll { $0 == place }
            bell.ring()
        }
        while true {
            try Task.checkCancellation()
            let seen = bell.rings
            guard line.first == place else {
                await bell.wait(after: seen)
                continue
            }
            guard let pause = bucket.take(bytes, now: clock.now(), wall: clock.wallNow()) else { return }
            try await clock.sleep(for: min(pause, Self.longestPause))
        }
    }
}
