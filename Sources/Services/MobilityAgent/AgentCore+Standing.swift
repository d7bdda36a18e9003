import Blocks
import Contract
import Environment
import IntervalFrames
import MachineFiles
import Messages
import Model
import Tracking

/// How the standing changes: closed by a fence, raised by an assignment.
extension AgentCore {
    /// Changes of the standing happen one after the other.
    func inTurn<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        await turns.take()
        do {
            let result = try await body()
            await turns.end()
            return result
        } catch {
            await turns.end()
            throw error
        }
    }

    /// Durably refuses guest writes under every generation below this one; returns what is closed.
    func fence(below generation: Blocks.Generation) async throws -> Blocks.Generation {
        guard generation.number > authority.generation.number else {
            throw Failure(
                .staleGeneration,
                "fence machine \(configuration.machine) below \(generation): it holds \(authority.generation)")
        }
        try await close(below: generation)
        return authority.generation
    }

    private func close(below generation: Blocks.Generation) async throws {
        await guest.refuse()
        environment.failpoints.reach("agent.fence.refused")
        var stored = try await store.authority()
        stored.fence = max(stored.fence, generation.number)
        try await store.set(stored)
        environment.failpoints.reach("agent.fence.stored")
        // What nobody needs ends here: the final interval does not wait for it, and the next owner trusts the map.
        try await session?.stopComparing()
        try await tracker?.close()
        authority.mode = .closed("fenced below generation \(generation.number)")
        log.info("fenced", metadata: ["below": "\(generation.number)"])
        await announce()
    }

    /// What an assignment means here, after it was stored. Repeatable.
    ///
    /// - leftOut: disks that are not replicated under its generation.
    func take(_ assignment: Contract.Assignment, leftOut: Set<String>) async throws {
        let generation = Blocks.Generation(assignment.generation)
        let held = authority.generation
        guard generation.number >= held.number else {
            throw Failure(.staleGeneration, "assign \(generation) to \(configuration.machine): it holds \(held)")
        }
        guard generation.number > held.number || generation == held else {
            throw Failure(.generationConflict, "assign \(generation) with another token than is held. Stop and report")
        }
        guard assignment.roles.activeSite == site else {
            if generation.number > held.number { try await close(below: generation) }
            return
        }
        if generation == held, authority.mode == .serving { return }
        // Closed under this very generation stays so for ever.
        if generation == held, case .closed = authority.mode { return }
        guard !disks.tracked(besides: leftOut).isEmpty else {
            throw Failure(
                .invalidArgument, "assign \(generation) to \(configuration.machine): all of its disks are left out")
        }
        try await raise(generation, replicating: assignment.roles.replication != nil, leaving: leftOut)
    }

    /// Enters a generation in place: guest operations wait while the sidecars are carried over.
    private func raise(
        _ generation: Blocks.Generation, replicating: Bool, leaving leftOut: Set<String>
    ) async throws {
        var stored = try await store.authority()
        stored.generation = generation
        stored.hostBoot = configuration.hostBootID
        stored.leftOut = leftOut
        await guest.pause()
        do {
            try await session?.stopComparing()
            await session?.stop()
            session = nil
            if replicating { try await keepDemands() }
            plan = nil
            try await store.set(nil)
            await tracker?.settleApplied()
            try await tracker?.shutDown()
            tracker = nil
            // From here on a restart goes on by itself.
            try await store.set(stored)
            environment.failpoints.reach("agent.raise.stored")
            self.leftOut = leftOut
            try await lane.run { [disks, tracked] in
                try disks.leave(leftOut)
                for disk in tracked { try disk.settle(try disk.find(), under: generation, overlay: false) }
            }
            environment.failpoints.reach("agent.raise.settled")
            let fresh = try await MachineDisks.track(tracked, configuration, environment, lane)
            tracker = fresh
            // A generation that was closed before its grant went missing stays so.
            let isClosed = await isClosed(fresh)
            let mode = isClosed ? Authority.Mode.closed("generation \(generation.number) is closed") : .serving
            authority = Authority(mode: mode, generation: generation)
            broken = ""
            await guest.resume(fresh, leftOut: disks.places(of: leftOut), mayWrite: mode.mayWrite)
        } catch {
            broken = "entering generation \(generation.number) failed: \(error)"
            await guest.resume(tracker, leftOut: disks.places(of: self.leftOut), mayWrite: false)
            throw error
        }
        log.info("generation entered", metadata: ["generation": "\(generation.number)"])
        await holdLinks()
        await announce()
    }

    /// A first copy or a comparison that was asked for and has not met the target yet is owed to it by the sessions of
    /// the next generation, too.
    private func keepDemands() async throws {
        guard let plan, let tracker, plan.fullCopy || plan.compare else { return }
        if plan.fullCopy { await tracker.includeAll() }
        if plan.compare { try await tracker.distrust(cause: "comparison asked for") }
        await tracker.maintain()
    }

    private func isClosed(_ tracker: MachineTracker) async -> Bool {
        for place in tracked.indices where await tracker.standing(of: place).header.isClosed { return true }
        return false
    }

    func announce() async {
        await publish()
        // Not awaited: a relay's queue must not keep a fence waiting, nor may it ask for our turn.
        environment.tasks.spawn("announce") { [links] in await links?.announce() }
    }

    // MARK: what others are told

    /// As the machine has them.
    private var diskMessages: [CommonV1.Disk] { configuration.disks.map { $0.message(at: $0.index) } }

    /// Those that are replicated, by their places there: without gaps where others are left out.
    var trackedMessages: [CommonV1.Disk] {
        tracked.enumerated().map { place, disk in disk.configuration.message(at: place) }
    }

    func hello() async -> AgentV1.AgentHello {
        let item = item
        var assignment: CommonV1.Assignment?
        if let id = try? ItemID(item) { assignment = try? await store.receiver.assignment(of: id)?.message }
        let held = assignment
        return .with {
            $0.machine = configuration.machine
            $0.item = item
            $0.bootID = configuration.bootID
            $0.site = site.message
            $0.assignment = held
            $0.disks = diskMessages
            $0.version = agentVersion
            $0.drill = isDrill
            $0.echoes = true
        }
    }

    func status() async -> AgentV1.AgentStatus {
        let tracking = await tracker?.status()
        let figures = await session?.figures()
        let consistency = await freezer.status(interval: plan?.applicationInterval ?? .zero)
        let mode = authority.mode
        let back = await readBack?.message
        let comparison = await session?.comparison()
        let (space, scrub) = (await guest.cause, scrubMessage)
        return .with {
            $0.service = mode.mayWrite && broken.isEmpty ? .serving : .closed
            $0.tracking = figures == nil ? .unprotected : trackingState(tracking)
            $0.cause = [broken, mode.cause, space, tracking?.cause ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
            $0.rpoUs = UInt64(max(0, figures?.age?.inMicroseconds ?? 0))
            $0.appliedNumber = figures?.appliedNumber ?? 0
            $0.generation = authority.generation.wire
            $0.shippedBytes = figures?.shippedBytes ?? 0
            $0.shippedBlocks = figures?.shippedBlocks ?? 0
            $0.applicationConsistency = consistency
            $0.intervalUs = figures == nil ? 0 : UInt64(max(0, plan?.interval.inMicroseconds ?? 0))
            $0.readBack = back
            $0.comparison = comparison
            $0.scrub = scrub
            $0.digestBytes = figures?.digestBytes ?? 0
            $0.compareBytesPerSecond = figures?.compareBytesPerSecond ?? 0
            guard let tracking else { return }
            $0.sinceUs = UInt64(max(0, (environment.clock.now() - tracking.since).inMicroseconds))
            $0.suspectBlocks = UInt64(tracking.suspectBlocks)
            $0.comparedBlocks = UInt64(tracking.comparedBlocks)
            $0.differingBlocks = UInt64(tracking.differingBlocks)
            $0.unchangedBlocks = UInt64(tracking.unchangedBlocks)
            let unsent = tracking.openBlocks + tracking.unreadBlocks
            $0.dirtyBlocks = UInt64(unsent + tracking.pendingBlocks)
            $0.remainingBlocks = UInt64(unsent + tracking.suspectBlocks)
        }
    }

    private func trackingState(_ status: ReplicationStatus?) -> AgentV1.AgentStatus.Tracking {
        switch status?.state {
        case .streaming: .streaming
        case .tracking, nil: .only
        case .catchingUp: .catchingUp
        case .resynchronizing: .resynchronizing
        }
    }

    func report() async throws -> AgentV1.ReportResult {
        guard let tracker else {
            throw Failure(.operationNotAllowed, "report lineage of \(configuration.machine): \(authority.mode.cause)")
        }
        var out = AgentV1.ReportResult()
        out.status = await status()
        for (place, disk) in tracked.map(\.configuration).enumerated() {
            let standing = await tracker.standing(of: place)
            let lineage = standing.header.lineage
            out.disks.append(
                .with {
                    $0.disk = disk.id
                    $0.record = lineage.encoded()
                    $0.changedBlocks = UInt64(standing.changed)
                    $0.suspectBlocks = UInt64(standing.suspects)
                    $0.nextInterval = standing.header.nextInterval
                    $0.aheadBlocks = UInt64(standing.ahead)
                })
        }
        return out
    }
}

extension AgentConfiguration.Disk {
    fileprivate func message(at place: Int) -> CommonV1.Disk {
        .with {
            $0.id = id
            $0.index = UInt32(place)
            $0.bytes = UInt64(bytes)
        }
    }
}

/// Of the agent's protocol; raised when what it says or accepts changes.
private let agentVersion = "1"
