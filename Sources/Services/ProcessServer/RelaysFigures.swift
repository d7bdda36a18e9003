import Environment
import Logging
import Messages
import Model

/// What a process server looks at once a second, and what it tells of itself.
extension Relays {
    /// Space and figures are looked at this often.
    private static let look: Duration = .seconds(1)

    /// Looks at the volume and at itself; what changed there is known to no relay.
    func watch() async {
        while !Task.isCancelled {
            await lookAround()
            do { try await context.environment.clock.sleep(for: Self.look) } catch { return }
        }
    }

    func lookAround() async {
        let before = budget.standing.level
        let (files, meter) = (context.environment.files, context.environment.usage)
        let (directory, reserve) = (settings.spoolDirectory, settings.spoolReserveBytes)
        let seen = try? await watching.run { (try files.freeBytes(directory), meter.usage()) }
        if let seen {
            budget.measured(volumeFree: seen.0 - reserve)
            usage = seen.1
        }
        let standing = budget.standing
        if standing.level != before {
            context.log.log(
                level: standing.level > before ? .warning : .notice, "the cache is \(standing.level)",
                metadata: ["free": "\(standing.freePercent) %", "bytes": "\(standing.freeBytes)"])
        }
        for relay in sorted { await relay.tend() }
        let now = await counted()
        recent.add(
            FigureSample(
                at: context.environment.clock.now(), received: now.received, forwarded: now.forwarded,
                processorTime: usage?.processorTime))
    }

    private func counted() async -> (received: UInt64, forwarded: UInt64) {
        var sum = past
        for relay in sorted {
            let standing = await relay.standing()
            sum = (sum.received &+ standing.received, sum.forwarded &+ standing.forwarded)
        }
        return sum
    }

    private func health() async -> ProcessServerHealth {
        var health = ProcessServerHealth(cache: budget.standing, cacheLimit: budget.limit)
        for relay in sorted {
            let standing = await relay.standing()
            health.backlog.bytes += standing.backlog
            health.backlog.age = max(health.backlog.age, standing.age)
            if let error = standing.spoolError {
                health.brokenSpools.append(.init(item: relay.item.text, error: error))
            }
        }
        health.usage = usage
        health.processorPercent = usage.flatMap { recent.processorPercent(of: $0.processors) }
        health.receivedPerSecond = recent.receivedPerSecond
        health.forwardedPerSecond = recent.forwardedPerSecond
        return health
    }

    func health(_ id: String) async -> ProcessV1.ProcessServerStatus {
        let health = await health()
        let findings = health.findings
        return .with {
            $0.id = id
            $0.cacheFreePercent = UInt32(health.cache.freePercent)
            $0.backlogBytes = UInt64(health.backlog.bytes)
            $0.relays = UInt32(relays.count)
            $0.health = findings.worst
            $0.findings = findings
            $0.cpuPercent = UInt32(health.processorPercent ?? 0)
            $0.residentBytes = UInt64(max(0, health.usage?.residentBytes ?? 0))
            $0.memoryUsedPercent = UInt32(health.memoryPercent ?? 0)
            $0.cacheBytes = UInt64(health.cacheLimit)
            $0.cacheFreeBytes = UInt64(health.cache.freeBytes)
            $0.backlogUs = health.backlogMicroseconds
            $0.backlogAgeUs = UInt64(max(0, health.backlog.age.inMicroseconds))
            $0.receivedBytesPerSecond = health.receivedPerSecond
            $0.forwardedBytesPerSecond = health.forwardedPerSecond
            $0.throttleCause = health.cache.throttleCause ?? ""
            let wall = context.environment.clock.wallNow()
            $0.receiveCap = pacers.receiving.schedule.message(at: wall)
            $0.forwardCap = pacers.forwarding.schedule.message(at: wall)
        }
    }
}

extension BandwidthSchedule {
    func message(at wall: WallInstant) -> ProcessV1.BandwidthCap {
        let cap = cap(at: wall)
        return .with {
            $0.bytesPerSecond = UInt64(cap.bytesPerSecond ?? 0)
            $0.window = cap.window
            $0.remainingUs = UInt64(max(0, remaining(at: wall)?.inMicroseconds ?? 0))
        }
    }
}

extension ProcessV1.ProcessServerStatus {
    /// As the component's registration carries them.
    var figures: [String: UInt64] {
        [
            "cache_free_percent": UInt64(cacheFreePercent), "cache_free_bytes": cacheFreeBytes,
            "backlog_bytes": backlogBytes, "backlog_us": backlogUs, "backlog_age_us": backlogAgeUs,
            "relays": UInt64(relays), "cpu_percent": UInt64(cpuPercent), "resident_bytes": residentBytes,
            "memory_used_percent": UInt64(memoryUsedPercent), "received_bytes_per_second": receivedBytesPerSecond,
            "forwarded_bytes_per_second": forwardedBytesPerSecond,
            "receive_cap_bytes_per_second": receiveCap?.bytesPerSecond ?? 0,
            "forward_cap_bytes_per_second": forwardCap?.bytesPerSecond ?? 0,
        ]
    }
}
