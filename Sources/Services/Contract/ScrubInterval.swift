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

    public static func duration(_ setting: UInt64?) throws(Failure) -> Duration {
        .microseconds(Int64(try value(setting)))
    }
}
