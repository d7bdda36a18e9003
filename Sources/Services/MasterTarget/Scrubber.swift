import Blocks
import Contract
import Environment
import Hosting
import Logging
import Messages
import Model
import Replicas

/// Reads what nobody else reads: all disks of all replicas, block by block against their digests, one replica after
/// the other, the one that was not read for longest first.
///
/// A failback reads back what it moved; that the rest of a disk is still what was written there is known from this
/// alone. What differs is named in every recovery point that holds it, and the source is asked to send it again: the
/// next interval makes the newest point whole.
actor Scrubber {
    /// After each region of 1 MiB: at most 32 MiB/s for the whole master target, little beside what it applies.
    private static let pace: Duration = .milliseconds(31)
    /// A replica is read again so long after it was read.
    private let interval: Duration
    /// One in which blocks differed is read again so long after, if there is a source to ask for what still differs;
    /// four times as long after each further time that some did, so that what no source repairs is not read for ever.
    private static let repairInterval: Duration = .seconds(60)
    /// With nothing to read, it looks again so much later.
    private static let pause: Duration = .seconds(5)

    private let keepers: Keepers
    private let environment: Environment
    private let log: Logger
    private var runner: SpawnedTask?
    /// When each was last begun, whatever became of it: one that cannot be read does not keep the others from it.
    private var begun: [ItemID: MonotonicInstant] = [:]
    /// When those that were not read back since they came are to be.
    private var firsts: [ItemID: (adoption: Int, due: MonotonicInstant)] = [:]

    init(_ keepers: Keepers, every interval: Duration, _ context: ServiceContext) {
        self.keepers = keepers
        self.interval = interval
        environment = context.environment
        log = context.log
    }

    func begin() {
        guard runner == nil else { return }
        runner = environment.tasks.spawn("scrub") { await self.run() }
    }

    func stop() async {
        runner?.cancel()
        await runner?.finished()
    }

    private func run() async {
        while !Task.isCancelled {
            do {
                guard let keeper = await due(), try await keeper.scrub(pace: Self.pace) else {
                    try await environment.clock.sleep(for: Self.pause)
                    continue
                }
            } catch is CancellationError {
                return
            } catch {
                log.warning("a replica is not read back", metadata: ["error": "\(error)"])
                do { try await environment.clock.sleep(for: Self.pause) } catch { return }
            }
        }
    }

    private func interval(after failures: Int, hasSource: Bool) -> Duration {
        guard failures > 0, hasSource else { return interval }
        // From the seventh on it is the usual interval, where that is a day.
        return min(Self.repairInterval * (1 << (2 * min(failures - 1, 6))), interval)
    }

    /// One that is known to be damaged is read at once: its source is asked for what differs.
    private func isFirstDue(_ keeper: Keeper, at now: MonotonicInstant) async -> Bool {
        if await keeper.damage != nil { return true }
        let adoption = await keeper.adoptions
        if let first = firsts[keeper.item], first.adoption == adoption { return now >= first.due }
        let wait = ScrubInterval.first(interval, drawn: environment.random.nextUInt64())
        firsts[keeper.item] = (adoption, now + wait)
        return false
    }

    /// Of the replicas that can be read now and were not for long enough, the one that had its turn first.
    private func due() async -> Keeper? {
        let now = environment.clock.now()
        let items = await keepers.items
        begun = begun.filter { items.contains($0.key) }
        firsts = firsts.filter { items.contains($0.key) }
        var found: Keeper?
        for item in items {
            guard let keeper = try? await keepers.keeper(item), await keeper.isScrubbable else { continue }
            if let scrubbed = await keeper.scrubbed {
                let hasSource = await keeper.hasSource
                if now - scrubbed.at < interval(after: scrubbed.failures, hasSource: hasSource) { continue }
            } else if await !isFirstDue(keeper, at: now) {
                continue
            }
            guard let before = found?.item else {
                found = keeper
                continue
            }
            let never = MonotonicInstant(nanoseconds: .min)
            if begun[item] ?? never < begun[before] ?? never { found = keeper }
        }
        if let found { begun[found.item] = now }
        return found
    }
}

/// All disks of a replica were read back.
struct Scrubbed: Sendable {
    let at: MonotonicInstant
    let ended: WallInstant
    let differing: Int
    /// How many times in a row blocks differed, this one counted.
    let failures: Int

    var message: TargetV1.Scrub {
        .with {
            $0.endedUnixUs = ended.microseconds
            $0.differingBlocks = UInt64(differing)
        }
    }
}

extension Keeper {
    /// Reads all disks back. False when they ceased to be at a point, or here, before the end.
    func scrub(pace: Duration) async throws -> Bool {
        let adoption = adoptions
        var differing = 0
        for disk in try await status().disks.indices {
            var region: Int? = 0
            while let place = region {
                guard adoption == adoptions,
                    let step = try await take({ try $0.scrub(disk: disk, region: place) })
                else { return false }
                if let first = step.differing.first() {
                    differing += step.differing.count
                    askAgain(for: step.differing, disk: disk)
                    log.error(
                        "blocks differ from their digests",
                        metadata: ["disk": "\(disk)", "first": "\(first)", "count": "\(step.differing.count)"])
                    // Its points say so from now on.
                    _ = try await status()
                }
                region = step.next
                try await environment.clock.sleep(for: pace)
            }
        }
        guard adoption == adoptions else { return false }
        scrubbed = Scrubbed(
            at: environment.clock.now(), ended: environment.clock.wallNow(), differing: differing,
            failures: differing > 0 ? (scrubbed?.failures ?? 0) + 1 : 0)
        log.info("all disks were read back", metadata: ["differing": "\(differing)"])
        _ = try await status()
        return true
    }

    var hasSource: Bool { stream != nil }

    /// Of a source that replicates to here. One that does not now is asked when it is read again.
    private func askAgain(for blocks: BlockSet, disk: Int) {
        stream?.outbox.send(
            .with {
                $0.frame = .damaged(
                    .with {
                        $0.disk = UInt32(disk)
                        $0.runs = blocks.messages
                    })
            })
    }

    /// Disks that come from elsewhere were not read here.
    func forgetScrub() {
        adoptions += 1
        scrubbed = nil
    }
}
