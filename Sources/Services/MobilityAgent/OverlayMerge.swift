import Blocks
import Environment
import Logging
import Model
import Tracking

/// Moves the overlay of every disk into the disk (commit), while the guest goes on. A restart begins again where the
/// overlay's map stands.
actor OverlayMerge {
    /// After so many sweeps over what the guest keeps writing it is held for the rest.
    private static let sweeps = 64
    private static let retryPause = Duration.seconds(1)

    private let step: Int
    private let rest: Int
    private let disks: [OpenDisk]
    private let guest: GuestDisks
    private let environment: Environment
    private let lane: any Lane
    private let log: Logger
    /// The last, short part takes its turn with other changes of the standing.
    private let turns: Turns
    /// Puts on record that a disk stands without an overlay.
    private let settled: @Sendable (Int) async throws -> Void
    private var runner: SpawnedTask?
    private var isStopped = false
    private(set) var mergedBlocks = 0
    private(set) var isComplete = false

    init(
        _ disks: [OpenDisk], _ guest: GuestDisks, _ turns: Turns, _ environment: Environment, _ log: Logger,
        limits: SessionLimits,
        settled: @escaping @Sendable (Int) async throws -> Void
    ) {
        (step, rest) = (limits.mergeStep, limits.mergeRest)
        self.settled = settled
        self.turns = turns
        self.disks = disks
        self.guest = guest
        self.environment = environment
        self.log = log
        lane = environment.lanes.lane("overlay merge")
    }

    func start() {
        guard runner == nil else { return }
        runner = environment.tasks.spawn("overlay merge") { await self.run() }
    }

    func stop() async {
        isStopped = true
        runner?.cancel()
        await runner?.finished()
    }

    private func run() async {
        while !isStopped, !isComplete {
            do {
                for disk in disks { try await shrink(disk) }
                if isStopped { return }
                try await finish()
                isComplete = true
            } catch {
                log.error("overlay merge failed", metadata: ["cause": "\(error)"])
                do { try await environment.clock.sleep(for: Self.retryPause) } catch { return }
            }
        }
    }

    private func shrink(_ disk: OpenDisk) async throws {
        guard let overlay = disk.disk.currentOverlay else { return }
        for _ in 0..<Self.sweeps {
            var left = overlay.changedBlocks.count
            let atStart = left
            while left > rest, !isStopped {
                let now = try await lane.run { [step] in try overlay.mergeStep(limit: step) }
                environment.failpoints.reach("agent.merge.step")
                mergedBlocks += max(0, left - now)
                if now >= left { break }
                left = now
            }
            if left <= rest || left >= atStart { return }
        }
    }

    private func finish() async throws {
        await turns.take()
        await guest.pause()
        do {
            for (place, disk) in disks.enumerated() {
                guard let overlay = disk.disk.currentOverlay else { continue }
                mergedBlocks += overlay.changedBlocks.count
                try await lane.run { [step] in while try overlay.mergeStep(limit: step) > 0 {} }
                environment.failpoints.reach("agent.merge.empty")
                try await settled(place)
                environment.failpoints.reach("agent.merge.settled")
                try await lane.run { try disk.dropOverlay() }
            }
            await guest.resume()
            await turns.end()
        } catch {
            await guest.resume()
            await turns.end()
            throw error
        }
    }
}
