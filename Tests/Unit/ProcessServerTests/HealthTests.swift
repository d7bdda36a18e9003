import Environment
import Messages
import Testing

@testable import ProcessServer

struct HealthTests {
    private static func standing(_ level: CacheLevel, _ percent: Int) -> CacheBudget.Standing {
        CacheBudget.Standing(level: level, freePercent: percent, freeBytes: 10, isVolumeShort: false)
    }

    private func health(_ change: (inout ProcessServerHealth) -> Void = { _ in }) -> ProcessServerHealth {
        var health = ProcessServerHealth(cache: Self.standing(.healthy, 100), cacheLimit: 1_000)
        change(&health)
        return health
    }

    @Test func `all is well until something is not`() {
        #expect(health().findings.worst == .healthy)
        #expect(health().findings.complaints.isEmpty)
        #expect(health().findings.allSatisfy { $0.cause.isEmpty })
        #expect(health().backlogMicroseconds == 0)
    }

    @Test func `each state has its cause, and the worst comes first`() {
        let sick = health {
            $0.cache = Self.standing(.throttled, 12)
            $0.processorPercent = 81
            $0.backlog = (9_000, .seconds(20 * 60))
            $0.forwardedPerSecond = 3_000
            $0.usage = ProcessUsage(
                processorTime: .zero, processors: 4, residentBytes: 7, machineBytes: 1_000, availableBytes: 150)
            $0.brokenSpools = (1...5).map { .init(item: "item-\($0)", error: "write: noSpace") }
        }
        let complaints = sick.findings.complaints
        #expect(complaints.map(\.subject) == ["backlog", "cache", "spool", "cpu", "memory"])
        #expect(complaints.map(\.state) == [.critical, .critical, .critical, .warning, .warning])
        #expect(complaints[0].cause.contains("20 minutes"))
        #expect(complaints[1].cause.contains("12 %"))
        #expect(complaints[2].cause.contains("and 2 more"))
        #expect(sick.findings.worst == .critical)
        #expect(sick.backlogMicroseconds == 3_000_000)
    }

    @Test func `what nobody sends on has no end`() {
        #expect(health { $0.backlog = (1, .seconds(1)) }.backlogMicroseconds == .max)
    }

    @Test func `paces are those of the last minute`() {
        var recent = RecentFigures()
        #expect(recent.receivedPerSecond == 0)
        for second in 0...300 {
            let busy = max(0, second - 240)
            recent.add(
                FigureSample(
                    at: MonotonicInstant(nanoseconds: Int64(second) * 1_000_000_000), received: UInt64(second) * 100,
                    forwarded: UInt64(busy) * 60, processorTime: .milliseconds(500 * busy)))
        }
        #expect(recent.receivedPerSecond == 100)
        #expect(recent.forwardedPerSecond == 60)
        // Half a processor of two.
        #expect(recent.processorPercent(of: 2) == 25)
    }
}
