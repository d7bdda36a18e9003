public import Model

/// How often disks are read in the background against their digests, as it is set.
public enum ScrubInterval {
    /// A day, microseconds.
    public static let usual: UInt64 = 86_400_000_000
    /// A second to a year: disks that are read all the time are worn, and those that never are prove nothing.
    private static let range: ClosedRange<UInt64> = 1_000_000...31_536_000_000_000

    /// - setting: microseconds; nil for the usual interval.
    public static func value(_ setting: UInt64?, of name: String = "scrubIntervalUs") throws(Failure) -> UInt64 {
        guard let setting else { return usual }
        guard range.contains(setting) else {
            throw Failure(.invalidArgument, "setting \"\(name)\" is \(setting), not from a second to a year")
        }
        return setting
    }

    /// How long after its disks came, or its program started, the first reading begins: an hour to four where a day is
    /// the interval, of many each at its own time. A first copy, and what a restart has to catch up with, go before.
    ///
    /// - drawn: by chance.
    public static func first(_ interval: Duration, drawn: UInt64) -> Duration {
        let least = interval / 24
        return least + (interval / 8) * (Double(drawn >> 11) / Double(1 << 53))
    }

    public static func duration(_ setting: UInt64?) throws(Failure) -> Duration {
        .microseconds(Int64(try value(setting)))
    }
}
