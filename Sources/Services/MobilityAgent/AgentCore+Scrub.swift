import Blocks
import Contract
import Environment
import Messages
import Tracking

/// Reads what nobody else reads: all disks, block by block against their digests, but for the blocks that are to be
/// sent or compared anyway. What differs was changed by a write that was not tracked: it is sent again, and said aloud.
/// The roots in a certificate prove what was moved; the age of this proves that nothing was forgotten.
extension AgentCore {
    /// After each region of 1 MiB: at most 32 MiB/s beside the guest.
    private static let scrubPace = Duration.milliseconds(31)
    /// With nothing to read, it looks again so much later.
    private static let scrubPause = Duration.seconds(5)

    func scrubAlways() async {
        let interval = Duration.microseconds(Int64(configuration.scrubIntervalUs ?? ScrubInterval.usual))
        // Not right behind the first copy, nor beside what a restart has to catch up with.
        var wait: Duration? = ScrubInterval.first(interval, drawn: environment.random.nextUInt64())
        while !isStopping {
            do {
                if let first = wait, await hasPoint {
                    try await environment.clock.sleep(for: first)
                    wait = nil
                }
                if let differing = try await scrubAll() {
                    scrubbed = (environment.clock.wallNow().microseconds, UInt64(differing))
                    log.info("all disks were read", metadata: ["differing": "\(differing)"])
                    try await environment.clock.sleep(for: interval)
                } else {
                    try await environment.clock.sleep(for: Self.scrubPause)
                }
            } catch is CancellationError {
                return
            } catch {
                log.warning("disks are not read", metadata: ["cause": "\(error)"])
                do { try await environment.clock.sleep(for: Self.scrubPause) } catch { return }
            }
        }
    }

    /// Before the first one all is to be sent anyway: a reading would find nothing, and prove nothing.
    private var hasPoint: Bool {
        get async {
            guard let tracker, tracker.generation.number > 0 else { return false }
            return await tracker.position().lastApplied.number > 0
        }
    }

    /// Blocks that differed; nil where there are no digests to hold the disks against, or not to the end of the disks.
    private func scrubAll() async throws -> Int? {
        guard let tracker, await hasPoint else { return nil }
        var differing = 0
        for (place, disk) in tracked.enumerated() {
            for region in 0..<DiskGeometry(size: disk.configuration.bytes).regionCount {
                guard self.tracker === tracker, !isStopping else { return nil }
                guard let found = try await tracker.scrub(disk: place, region: region) else { return nil }
                differing += found.count
                try await environment.clock.sleep(for: Self.scrubPace)
            }
        }
        return differing
    }

    var scrubMessage: AgentV1.SourceScrub {
        .with {
            $0.endedUnixUs = scrubbed?.endedUnixUs ?? 0
            $0.differingBlocks = scrubbed?.differing ?? 0
            $0.intervalUs = configuration.scrubIntervalUs ?? ScrubInterval.usual
        }
    }
}
