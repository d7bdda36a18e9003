import Environment
import Messages

/// Counters of a process server at one instant.
struct FigureSample: Hashable, Sendable {
    let at: MonotonicInstant
    let received: UInt64
    let forwarded: UInt64
    let processorTime: Duration?
}

/// Paces over the last minute, from samples taken about once a second.
struct RecentFigures: Sendable {
    static let window: Duration = .seconds(60)
    /// Samples kept, should they come faster.
    static let mostSamples = 128

    private var samples: [FigureSample] = []

    init() {}

    mutating func add(_ sample: FigureSample) {
        samples.append(sample)
        // The newest of those outside the window is where it begins.
        while samples.count > 2, sample.at - samples[1].at >= Self.window || samples.count > Self.mostSamples {
            samples.removeFirst()
        }
    }

    private func overTime<T>(_ body: (_ first: FigureSample, _ last: FigureSample, _ seconds: Double) -> T) -> T? {
        guard let first = samples.first, let last = samples.last, last.at > first.at else { return nil }
        return body(first, last, Double((last.at - first.at).inNanoseconds) / 1e9)
    }

    var receivedPerSecond: UInt64 {
        overTime { UInt64(Double($1.received &- min($0.received, $1.received)) / $2) } ?? 0
    }

    var forwardedPerSecond: UInt64 {
        overTime { UInt64(Double($1.forwarded &- min($0.forwarded, $1.forwarded)) / $2) } ?? 0
    }

    /// Of all processors of the machine; nil where it is not known.
    func processorPercent(of processors: Int) -> Int? {
        overTime { first, last, seconds in
            guard let before = first.processorTime, let after = last.processorTime else { return nil as Int? }
            let share = Double((after - before).inNanoseconds) / 1e9 / seconds / Double(max(1, processors))
            return min(100, max(0, Int((share * 100).rounded())))
        } ?? nil
    }
}

/// What a process server measures of itself, and the states that follow from it.
struct ProcessServerHealth: Sendable {
    /// Percent at and above which processors, or the memory of the machine, are called so: those of Azure Site
    /// Recovery.
    static let usage = (warning: 80, critical: 95)
    /// Age of the oldest unsealed content from which on it is called so: data that far behind is lost in a failover.
    static let backlogAge: (warning: Duration, critical: Duration) = (.seconds(300), .seconds(900))
    /// Named in a cause; the others are counted.
    private static let mostNames = 3

    /// A spool that failed.
    struct BrokenSpool: Hashable, Sendable {
        let item: String
        let error: String
    }

    var cache: CacheBudget.Standing
    var cacheLimit: Int64
    var backlog: (bytes: Int64, age: Duration) = (0, .zero)
    var brokenSpools: [BrokenSpool] = []
    var usage: ProcessUsage?
    var processorPercent: Int?
    var receivedPerSecond: UInt64 = 0
    var forwardedPerSecond: UInt64 = 0

    var memoryPercent: Int? {
        guard let usage, usage.machineBytes > 0 else { return nil }
        return Int(max(0, usage.machineBytes - usage.availableBytes) * 100 / usage.machineBytes)
    }

    /// Time to send on what waits, at the present pace.
    var backlogMicroseconds: UInt64 {
        guard backlog.bytes > 0 else { return 0 }
        guard forwardedPerSecond > 0 else { return .max }
        return UInt64(Double(backlog.bytes) / Double(forwardedPerSecond) * 1e6)
    }

    /// One for each thing that is measured.
    var findings: [CommonV1.HealthFinding] {
        [cacheFinding, spoolFinding, backlogFinding, processorFinding, memoryFinding]
    }

    private var cacheFinding: CommonV1.HealthFinding {
        let state: CommonV1.HealthState =
            switch cache.level {
            case .healthy: .healthy
            case .warning: .warning
            case .critical, .throttled: .critical
            }
        return finding("cache", state, cache.cause)
    }

    private var spoolFinding: CommonV1.HealthFinding {
        let named = brokenSpools.prefix(Self.mostNames).map { "the spool of \($0.item) failed: \($0.error)" }
        let more = brokenSpools.count - named.count
        let causes = named + (more > 0 ? ["and \(more) more"] : [])
        return finding("spool", causes.isEmpty ? .healthy : .critical, causes.joined(separator: "; "))
    }

    private var backlogFinding: CommonV1.HealthFinding {
        let limits = Self.backlogAge
        let state: CommonV1.HealthState =
            backlog.age >= limits.critical ? .critical : backlog.age >= limits.warning ? .warning : .healthy
        let minutes = backlog.age.inMicroseconds / 60_000_000
        return finding("backlog", state, "\(backlog.bytes) bytes wait, the oldest for \(minutes) minutes")
    }

    private var processorFinding: CommonV1.HealthFinding {
        finding("cpu", Self.state(processorPercent), "it takes \(processorPercent ?? 0) % of the machine's processors")
    }

    private var memoryFinding: CommonV1.HealthFinding {
        finding("memory", Self.state(memoryPercent), "\(memoryPercent ?? 0) % of the machine's memory is in use")
    }

    private static func state(_ percent: Int?) -> CommonV1.HealthState {
        guard let percent else { return .healthy }
        return percent >= usage.critical ? .critical : percent >= usage.warning ? .warning : .healthy
    }

    private func finding(
        _ subject: String, _ state: CommonV1.HealthState, _ cause: String
    ) -> CommonV1.HealthFinding {
        .with {
            $0.subject = subject
            $0.state = state
            $0.cause = state == .healthy ? "" : cause
        }
    }
}

extension [CommonV1.HealthFinding] {
    /// Of all.
    var worst: CommonV1.HealthState {
        self.max { $0.state.rawValue < $1.state.rawValue }?.state ?? .healthy
    }

    /// What a person is to look at, worst first.
    var complaints: [CommonV1.HealthFinding] {
        filter { $0.state.rawValue > CommonV1.HealthState.healthy.rawValue }
            .sorted { ($1.state.rawValue, $0.subject) < ($0.state.rawValue, $1.subject) }
    }
}
