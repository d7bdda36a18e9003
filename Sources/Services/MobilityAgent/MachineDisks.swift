import Blocks
import Environment
import IntervalFrames
import MachineFiles
import Model
import Tracking

/// All disks of the machine, opened together; what they stand under.
struct MachineDisks: Sendable {
    let disks: [OpenDisk]
    let authority: Authority
    /// nil where nothing can be tracked: then only reads are served.
    let tracker: MachineTracker?

    /// Of a test machine: it has none.
    static let none = MachineDisks(
        disks: [], authority: Authority(mode: .serving, generation: .unassigned), tracker: nil)

    /// A site host holds a disk's lock for an instant before it hands it over; a dying predecessor until it is gone.
    private static let lockPatience = Duration.seconds(10)
    private static let lockPause = Duration.milliseconds(100)

    static func open(
        _ configuration: AgentConfiguration, grant: GrantFile?, stored: AgentStore.Authority,
        environment: Environment, lane: any Lane
    ) async throws -> MachineDisks {
        var stored = stored
        stored.fence = max(stored.fence, configuration.fencedBelow ?? 0)
        let disks = try await lock(configuration, environment, lane)
        let found = try await lane.run { try disks.map { try $0.find() } }
        let highest = found.compactMap(\.generation).max { $0.number < $1.number }
        let isClosed = found.contains { $0.isClosed && $0.generation == highest }
        var authority = Authority.judge(
            machine: configuration.machine, hostBoot: configuration.hostBootID, grant: grant, stored: stored,
            highest: highest, isClosed: isClosed)
        if authority.mode.mayWrite {
            let (generation, overlay) = (authority.generation, grant?.overlay ?? false)
            try await lane.run {
                for (disk, found) in zip(disks, found) { try disk.settle(found, under: generation, overlay: overlay) }
            }
            environment.failpoints.reach("agent.open.settled")
        } else {
            for found in found { found.sidecar?.close() }
            authority.generation = highest ?? .unassigned
            let isTheirs = zip(disks, found).allSatisfy { disk, found in
                found.sidecar?.header.generation == highest && found.sidecar?.header.disk.size == disk.geometry.size
            }
            if !isTheirs {
                let cause = "\(authority.mode.cause); the disks' sidecars are not of generation "
                    + "\(authority.generation) and of their sizes"
                return MachineDisks(
                    disks: disks, authority: Authority(mode: .refusing(cause), generation: authority.generation),
                    tracker: nil)
            }
        }
        let tracker = try await track(disks, configuration, environment, lane)
        return MachineDisks(disks: disks, authority: authority, tracker: tracker)
    }

    /// Opens sidecars that are in order, and starts the tracker over them.
    static func track(
        _ disks: [OpenDisk], _ configuration: AgentConfiguration, _ environment: Environment, _ lane: any Lane
    ) async throws -> MachineTracker {
        let state = configuration.service.stateDirectory
        let opened = try await lane.run {
            try disks.map { try $0.track(spill: "\(state)/spill-\($0.configuration.index)") }
        }
        let tracker = try await MachineTracker.start(
            environment: environment, disks: opened, limits: limits)
        environment.tasks.spawn("tracking") { await tracker.run() }
        return tracker
    }

    /// Chunks half as large as a message may carry, with at most as many runs as a chunk may have (4,096).
    private static var limits: TrackingLimits {
        var limits = TrackingLimits()
        limits.chunkBytes = 512 << 10
        limits.chunkScanBlocks = 3_584
        return limits
    }

    private static func lock(
        _ configuration: AgentConfiguration, _ environment: Environment, _ lane: any Lane
    ) async throws -> [OpenDisk] {
        let deadline = environment.clock.now() + lockPatience
        var out: [OpenDisk] = []
        for disk in configuration.disks {
            while true {
                if let open = try await lane.run({ try OpenDisk.open(disk, environment.files) }) {
                    out.append(open)
                    break
                }
                guard environment.clock.now() < deadline else {
                    for open in out { open.close() }
                    throw Failure(.busy, "open \(disk.bundle): another owner has its disk open")
                }
                try await environment.clock.sleep(for: lockPause)
            }
        }
        return out
    }
}
