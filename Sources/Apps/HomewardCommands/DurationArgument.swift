import ArgumentParser

/// A duration as a person writes it: a number and `ms`, `s`, `m`, `h` or `d`.
struct DurationArgument: ExpressibleByArgument {
    let microseconds: UInt64

    private static let units: [(name: String, microseconds: UInt64)] = [
        ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
    ]

    init?(argument: String) {
        guard let unit = Self.units.first(where: { argument.hasSuffix($0.name) }),
            let count = UInt64(argument.dropLast(unit.name.count))
        else { return nil }
        let (product, isOver) = count.multipliedReportingOverflow(by: unit.microseconds)
        guard !isOver else { return nil }
        microseconds = product
    }

    /// The shortest that says the same.
    static func text(_ microseconds: UInt64) -> String {
        let unit = units.last { microseconds >= $0.microseconds && microseconds.isMultiple(of: $0.microseconds) }
        return unit.map { "\(microseconds / $0.microseconds)\($0.name)" } ?? "\(microseconds)us"
    }
}

/// A duration, or a word that stands for another choice.
enum ChoiceArgument: ExpressibleByArgument {
    case duration(UInt64)
    case none
    /// What was given when the item was protected.
    case asProtected

    init?(argument: String) {
        switch argument {
        case "none": self = .none
        case "as-protected": self = .asProtected
        default:
            guard let duration = DurationArgument(argument: argument) else { return nil }
            self = .duration(duration.microseconds)
        }
    }
}

/// A step of thinning: `1h:10m` keeps one point for each 10 minutes of those older than an hour.
struct ThinningArgument: ExpressibleByArgument {
    let olderThan: DurationArgument
    let keepEvery: DurationArgument

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let age = DurationArgument(argument: String(parts[0])),
            let span = DurationArgument(argument: String(parts[1]))
        else { return nil }
        (olderThan, keepEvery) = (age, span)
    }
}
