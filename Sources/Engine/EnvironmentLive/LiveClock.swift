public import Environment
import Glibc

/// `CLOCK_MONOTONIC` and `CLOCK_REALTIME`.
public struct LiveClock: Clock {
    public init() {}

    public func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: read(CLOCK_MONOTONIC)) }

    public func wallNow() -> WallInstant { WallInstant(microseconds: read(CLOCK_REALTIME) / 1_000) }

    public func sleep(until instant: MonotonicInstant) async throws {
        // The runtime's clock also counts suspended time, ours does not: it may wake early, so look again.
        while true {
            let left = instant - now()
            guard left > .zero else { return try Task.checkCancellation() }
            try await Task.sleep(for: left)
        }
    }

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        let result = clock_gettime(clock, &time)
        precondition(result == 0, "clock_gettime of a standard clock cannot fail")
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
