import Blocks
import Environment
import IntervalFrames
import MachineFiles
import Model
import Tracking

/// All disks of the machine, opened together; what they stand under.
struct MachineDisks: Sendable {
    let disks: [OpenDisk]
    /// Those of them that are served to the guest, and neither tracked nor sent.
    var leftOut: Set<String> = []
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
        let leftOut = leftOut(configuration.machine, grant: grant, stored: stored)
        let all = try await lock(configuration, environment, lane)
        let disks = all.tracked(besides: leftOut)
        guard !disks.isEmpty || all.isEmpty else {
            for disk in all { disk.close() }
            throw Failure(
                .operationNotAllowed, "open the disks of machine \(configuration.machine): none is replicated, "
                    + "\(leftOut.sorted().joined(separator: ", ")) are left out")
        }
        let found = try await lane.run { try disks.map { try $0.find() } }
        let highest = found.compactMap(\.generation).max { $0.number < $1.number }
        let isClosed = found.contains { $0.isClosed && $0.generation == highest }
        var authority = Authority.judge(
            machine: configuration.machine, hostBoot: configuration.hostBootID, grant: grant, stored: stored,
            highest: highest, isClosed: isClosed)
        if authority.mode.mayWrite {
            let (generation, overlay) = (authority.generation, grant?.overlay ?? false)
            try await lane.run {
                try all.leave(leftOut)
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
                    disks: all, leftOut: leftOut,
                    authority: Authority(mode: .refusing(cause), generation: authority.generation), tracker: nil)
            }
        }
        let tracker = try await track(disks, configuration, environment, lane)
        return MachineDisks(disks: all, leftOut: leftOut, authority: authority, tracker: tracker)
    }

    /// As the newest generation has it that a grant or an assignment in place told of.
    private static func leftOut(
        _ machine: String, grant: GrantFile?, stored: AgentStore.Authority
    ) -> Set<String> {
        guard let grant, grant.machine == machine, grant.generation.number > stored.generation.number else {
            return stored.leftOut
        }
        return Set(grant.leftOut ?? [])
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

extension [OpenDisk] {
    /// Those that are replicated, in the order of the machine: the places of the tracker.
    func tracked(besides leftOut: Set<String>) -> [OpenDisk] { filter { !leftOut.contains($0.configuration.id) } }

    /// Places in the machine.
    func places(of leftOut: Set<String>) -> Set<Int> {
        Set(indices.filter { leftOut.contains(self[$0].configuration.id) })
    }

    func leave(_ leftOut: Set<String>) throws {
        for disk in self where leftOut.contains(disk.configuration.id) { try disk.leave() }
    }
}
