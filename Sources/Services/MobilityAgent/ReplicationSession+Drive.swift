import Blocks
import Environment
import Messages
import Model
import Tracking

/// Cutting and shipping: what the driving task does while the link is up.
extension ReplicationSession {
    func drive() async throws {
        while !hasEnded {
            do {
                let pause = try await step()
                if let pause { await wait(pause) }
                isReadyToCut = false
            } catch let error as TrackingError {
                switch error {
                case .voided, .nothingFrozen:
                    // Given up by the tracker while it was read: who waits for this cut waits for the next one.
                    guard let reading else { break }
                    slowDown(Self.notKept)
                    await giveUp(from: reading, cause: Self.notKept)
                case .notReadOut:
                    await wait(.milliseconds(20))
                case .tooManyPending:
                    await wait(limits.look)
                case .numbersExhausted:
                    try await tracker.prepareCut()
                case .closed, .outOfRange, .trackingFailed:
                    throw error
                }
            }
        }
    }

    private static let notKept = "what the guest overwrote before it was read out could not be kept"

    /// One thing at a time, the most urgent first; answers how long nothing else is due.
    private func step() async throws -> Duration? {
        // The group is cutting: what it cuts is ours to ship.
        if isHolding { return limits.look }
        if let void = voidFrom {
            voidFrom = nil
            try await send(.void(.with { $0.fromNumber = void.number; $0.cause = void.cause }))
            return nil
        }
        if let cut = heldCut {
            heldCut = nil
            try await ship(cut.interval, cutAt: cut.wall, isFinal: false)
            return nil
        }
        if groupFreeze != nil, !isDraining {
            // The guest stands still for the group's cut, which is due next: nothing may come between.
            isReadyToCut = true
            return limits.look
        }
        let now = environment.clock.now()
        if let notBefore, now < notBefore {
            await tracker.setCredit(pauseCause)
            return min(notBefore - now, limits.look)
        }
        if try await beginComparison() { return nil }
        let status = await tracker.status()
        if status.suspectBlocks > 0 {
            let pause = try await compare()
            // Where nothing is in doubt, points go on beside it.
            guard status.isByRequest, pause != nil else { return pause }
        } else {
            await endComparison(status)
        }
        if credit <= sent, status.openBlocks > 0 {
            await tracker.setCredit(noCredit)
            return limits.look
        }
        await tracker.setCredit(nil)
        if status.openBlocks > limits.passThreshold, shrinks(status.openBlocks) {
            try await ship(pass: status.openBlocks)
            return nil
        }
        return try await cutIfDue(openBlocks: status.openBlocks, now)
    }

    private func shrinks(_ open: Int) -> Bool {
        guard let before = restAfterPass else { return true }
        return Double(open) < Double(before) * (1 - limits.passShrink)
    }

    private func cutIfDue(openBlocks: Int, _ now: MonotonicInstant) async throws -> Duration? {
        let isDue: Bool
        if isDraining {
            isDue = final == nil
        } else if !cutWaiters.isEmpty || needsFirstPoint && outstanding.isEmpty || restAfterPass != nil
            || isApplicationCutDue(now)
        {
            isDue = true
        } else if let lastCut {
            let age = now - lastCut
            let isGroups = groupCutsUntil.map { now < $0 } ?? false
            isDue = !isGroups && age >= (openBlocks > 0 ? plan.interval : max(plan.interval, limits.idleInterval))
        } else {
            isDue = true
        }
        if isDue {
            try await cutAndShip()
            return nil
        }
        guard let lastCut, !isDraining else { return limits.look }
        isReadyToCut = true
        return max(.milliseconds(1), min(lastCut + plan.interval - now, limits.look))
    }

    // MARK: passes and intervals

    private func ship(pass open: Int) async throws {
        let begun = try await tracker.beginPass(limit: limits.passBlocks)
        let standing = await tracker.position()
        reading = standing.number
        log.info("sweep", metadata: ["number": "\(standing.number)", "blocks": "\(begun.blocks)"])
        var next = try await tracker.nextChunk()
        repeat {
            let pass = await tracker.nextPass()
            let (frames, rest) = try await ship(standing.number, base: standing.base.number, pass: pass, from: next)
            let end = frames.end(
                cutMonotonic: environment.clock.now().nanoseconds / 1_000,
                cutWall: environment.clock.wallNow().microseconds, final: false, roots: [], counts: [])
            try await send(.end(end))
            environment.failpoints.reach("agent.session.pass")
            next = rest
        } while next != nil
        restAfterPass = open
    }

    private func cutAndShip() async throws {
        if !isDraining, isApplicationCutDue(environment.clock.now()) { return try await cutFrozenAndShip() }
        let isFinal = isDraining
        // Before the cut: what was acknowledged before this instant is in the point.
        let wall = environment.clock.wallNow().microseconds
        let interval = try await tracker.cut()
        environment.failpoints.reach("agent.session.cut")
        note(interval)
        try await ship(interval, cutAt: wall, isFinal: isFinal)
    }

    /// The interval was cut and is to be shipped next.
    /// - Parameter isFrozen: the guest was to be frozen for it: it is what those wait for who asked for that.
    func note(_ interval: Interval, isFrozen: Bool = false) {
        let waiters = cutWaiters.filter { isFrozen || !$0.applicationConsistent }
        cutWaiters.removeAll { isFrozen || !$0.applicationConsistent }
        if !waiters.isEmpty { awaitedCuts[interval.number, default: []] += waiters }
        lastCut = interval.cutAt
        restAfterPass = nil
        reading = interval.number
        outstanding[interval.number] = Outstanding(cutAt: interval.cutAt)
    }

    func ship(_ interval: Interval, cutAt wall: Int64, isFinal: Bool) async throws {
        let first = try await tracker.nextChunk()
        let (frames, _) = try await ship(interval.number, base: interval.base.number, pass: 0, from: first)
        let trailer = try await tracker.trailer()
        // Given up while the roots were computed: then it is not pending, and must not be sent as a whole.
        guard reading == interval.number else { throw TrackingError.voided }
        // The group thaws the guest now; whether it stood still until then is part of the point.
        while groupFreeze?.number == interval.number, !hasEnded { await wait(limits.look) }
        guard reading == interval.number else { throw TrackingError.voided }
        let isConsistent = outcomes[interval.number]?.isApplicationConsistent ?? false
        reading = nil
        let roots = trailer.disks.map(\.root)
        if isFinal {
            final = Final(number: interval.number, result: drainResult(interval.number, trailer, roots))
        }
        try await send(
            .end(
                frames.end(
                    cutMonotonic: interval.cutAt.nanoseconds / 1_000, cutWall: wall,
                    applicationConsistent: isConsistent, final: isFinal, roots: roots,
                    counts: trailer.disks.map(\.counts))))
        environment.failpoints.reach("agent.session.shipped")
        await tracker.setCredit(nil)
        try await tracker.prepareCut()
    }

    private func drainResult(
        _ number: UInt64, _ trailer: Tracking.IntervalTrailer, _ roots: [TreeDigest?]
    ) -> AgentV1.DrainResult {
        .with {
            $0.finalNumber = number
            $0.blocks = UInt64(trailer.disks.reduce(0) { $0 + $1.blocks })
            $0.roots = zip(disks, roots).compactMap { disk, root in
                root.map { root in .with { $0.disk = disk.id; $0.root = root.bytes } }
            }
        }
    }

    /// Everything the tracker has to read for this interval, or of this sweep as much as one pass has, without its end.
    ///
    /// - Parameter first: read already.
    /// - Returns: with the first chunk that is left.
    private func ship(
        _ number: UInt64, base: UInt64, pass: UInt32, from first: Tracking.ChunkContent?
    ) async throws -> (ChunkFrames, rest: Tracking.ChunkContent?) {
        var frames = ChunkFrames(
            generation: tracker.generation, incarnation: tracker.incarnation, number: number, pass: pass,
            geometries: geometries)
        try await send(
            .begin(
                .with {
                    $0.number = number
                    $0.base = base
                    $0.pass = pass
                    $0.incarnation = tracker.incarnation
                }))
        var (next, bytes) = (first, 0)
        while let content = next, pass == 0 || bytes < limits.passBytes {
            guard reading == number else { throw TrackingError.voided }
            // Read while this one is sent.
            async let coming = tracker.nextChunk()
            let chunk = frames.frame(content)
            try await waitForCredit(UInt64(chunk.payload.count), number, pass: pass)
            sent += UInt64(chunk.payload.count)
            try await send(.chunk(chunk))
            shippedBytes += UInt64(chunk.payload.count)
            bytes += chunk.payload.count
            next = try await coming
        }
        guard reading == number else { throw TrackingError.voided }
        shippedBlocks += UInt64(frames.blocks)
        return (frames, next)
    }

    /// The named state that an operator sees while there is nothing to send by.
    private var noCredit: String {
        let cause = "no credit from the process server"
        return creditCause.isEmpty ? cause : "\(cause): \(creditCause)"
    }

    /// Waits for leave to send so much. An interval that the process server says it has no room for does not wait long:
    /// what the guest changes meanwhile must be copied aside first. It is given up, and the next one holds its blocks
    /// too. A pass copies nothing aside, and would be sent anew as a whole: it waits.
    private func waitForCredit(_ bytes: UInt64, _ number: UInt64, pass: UInt32) async throws {
        guard sent + bytes > credit else { return }
        var (known, until) = (credit, environment.clock.now() + limits.creditPatience)
        while sent + bytes > credit {
            guard !hasEnded else { throw linkFailure ?? CancellationError() }
            guard reading == number else { throw TrackingError.voided }
            await tracker.setCredit(noCredit)
            let now = environment.clock.now()
            if credit > known || creditCause.isEmpty { (known, until) = (credit, now + limits.creditPatience) }
            if pass == 0, now >= until {
                slowDown(noCredit)
                await giveUp(from: number, cause: noCredit)
                throw TrackingError.voided
            }
            await wait(limits.look)
        }
        await tracker.setCredit(nil)
    }
}
