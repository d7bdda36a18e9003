import Blocks
import Environment
import IntervalFrames
import Messages
import Model
import Tracking

/// What the target says, and what follows from it at once.
extension ReplicationSession {
    func received(_ frame: ReplicationV1.TargetFrame) async throws {
        switch frame.frame {
        case .welcome(let part):
            if coming == nil { coming = part } else { try coming?.add(part) }
            if !part.more { (welcome, coming) = (coming, nil) }
        case .credit(let credit):
            self.credit = max(self.credit, credit.totalBytes)
            creditCause = credit.cause
        case .progress(let progress):
            await progressed(progress)
        case .digests(let answer):
            try await compared(answer)
        case .damaged(let damage):
            try await repair(damage)
        case nil:
            break
        }
        ring()
    }

    private func progressed(_ progress: ReplicationV1.IntervalProgress) async {
        let number = progress.number
        switch progress.stage {
        case .cached where progress.pass == 0:
            outstanding[number]?.isCached = true
        case .sealed:
            await sealed(through: number)
        case .applied:
            await sealed(through: number)
            await applied(through: number)
        case .lost:
            guard isOurs(number) else { return }
            let cause = "lost on the way: \(progress.cause)"
            slowDown(cause)
            await giveUp(from: number, cause: cause)
            askAgainIfBlank()
        case .needed:
            guard isOurs(number) else { return }
            let cause = "needed again: \(progress.cause)"
            slowDown(cause)
            await needed(from: progress.position, cause: cause)
            if progress.cause.contains("digest root") {
                do { try await tracker.doubtDigests(cause: cause) } catch { linkFailure = error }
            }
            askAgainIfBlank()
        default:
            break
        }
    }

    /// A first copy that broke off goes on where it stands, and only a welcome tells where that is.
    private func askAgainIfBlank() {
        guard welcome?.blank == true, needsFirstPoint else { return }
        linkFailure = Failure(.unavailable, "the first copy broke off: asked again what the target holds of it")
        call?.cancel()
    }

    /// A target that loses what it is sent is not sent more at once.
    func slowDown(_ cause: String) {
        notBefore = environment.clock.now() + retryPause
        pauseCause = cause
        retryPause = min(retryPause * 2, limits.longestRetryPause)
    }

    /// An answer about a number that was given up already says nothing new.
    private func isOurs(_ number: UInt64) -> Bool { outstanding[number] != nil || reading == number }

    func sealed(through number: UInt64) async {
        let consistent = outcomes.filter { $0.key <= number && $0.value.isApplicationConsistent }.keys.max()
        if let consistent, let cut = outstanding[consistent] {
            await freezer.succeeded(consistent, cutAt: cut.cutAt)
        }
        let isFirst = newestSealed == nil
        for (cut, entry) in outstanding where cut <= number {
            outstanding[cut]?.isSealed = true
            if cut > newestSealed?.number ?? 0 { newestSealed = (cut, entry.cutAt) }
        }
        if number > 0 { needsFirstPoint = false }
        retryPause = limits.retryPause
        for (cut, waiting) in awaitedCuts.sorted(by: { $0.key < $1.key }) where cut <= number {
            awaitedCuts[cut] = nil
            let outcome = outcomes[cut] ?? CutOutcome(number: cut)
            for waiter in waiting { waiter.continuation.resume(returning: outcome) }
        }
        outcomes = outcomes.filter { $0.key > number }
        if isFirst, newestSealed != nil { await firstSealed() }
    }

    func applied(through number: UInt64) async {
        outstanding = outstanding.filter { $0.key > number }
        appliedNumber = max(appliedNumber, number)
        await tracker.acknowledgeApplied(number)
        environment.failpoints.reach("agent.session.applied")
        guard let final, number >= final.number, !drained.isEmpty else { return }
        // What the final interval settles is on record before anybody relies on it.
        await tracker.settleApplied()
        let waiting = drained
        drained = []
        for waiter in waiting { waiter.resume(returning: final.result) }
    }

    /// The target holds `position` and asks for everything since. If we took more than that for applied, only a
    /// comparison tells what it has.
    private func needed(from position: UInt64, cause: String) async {
        let standing = await tracker.position()
        guard position < standing.lastApplied.number else {
            return await giveUp(from: position + 1, cause: cause)
        }
        await giveUp(from: position + 1, cause: cause)
        await tracker.rebase(on: await point(position), cause: cause)
        do { try await tracker.distrust(cause: "the target went back to \(position)") } catch { linkFailure = error }
    }

    /// Everything from this number on goes back to the open set; the target is told before the next interval.
    func giveUp(from asked: UInt64, cause: String) async {
        // What is being read stands on what is given up.
        let number = min(asked, reading ?? asked)
        for cut in outstanding.keys.sorted() where cut >= number { outstanding[cut] = nil }
        outcomes = outcomes.filter { $0.key < number }
        if let final, final.number >= number { self.final = nil }
        for cut in awaitedCuts.keys.sorted() where cut >= number {
            // The next cut holds what this one held.
            cutWaiters += awaitedCuts.removeValue(forKey: cut) ?? []
        }
        voidFrom = (min(number, voidFrom?.number ?? number), cause)
        reading = nil
        heldCut = nil
        restAfterPass = nil
        let skipped = await tracker.void(from: number, cause: cause)
        log.info("intervals given up", metadata: ["numbers": "\(skipped)", "cause": "\(cause)"])
        ring()
    }

    /// The point of this number in our own history: its generation is the last that began before it.
    func point(_ number: UInt64) async -> Blocks.PointID {
        guard number > 0 else { return .origin }
        let standing = await tracker.position()
        if standing.lastApplied.number == number { return standing.lastApplied }
        let history = await tracker.standing(of: 0).header.lineage.history
        let entry = history.last { $0.startingPoint.number < number } ?? history.first
        return Blocks.PointID(generation: entry?.generation.number ?? tracker.generation.number, number: number)
    }

    // MARK: welcome

    /// Agrees with where the target stands. After it the open set holds everything that the target lacks, or it is
    /// among the suspects.
    func meet(_ welcome: ReplicationV1.StreamWelcome) async throws {
        let isFirst = !hasMet
        hasMet = true
        comparesRanges = welcome.comparesRanges
        let sealed = welcome.blank ? 0 : max(welcome.sealed, welcome.position)
        needsFirstPoint = welcome.blank || needsFirstPoint
        let limit = await tracker.unreservedNumber
        let before = await tracker.position()
        if isFirst, !outstanding.isEmpty { await giveUp(from: sealed + 1, cause: "another process server") }
        if sealed >= limit {
            try await start(over: sealed, "the target is at \(sealed), beyond all numbers used here", compare: true)
        } else if sealed < before.lastApplied.number {
            try await start(over: sealed, "the target is back at \(sealed)", compare: !welcome.blank)
        } else {
            await self.sealed(through: sealed)
            await applied(through: min(welcome.position, sealed))
        }
        try await tracker.skipNumbers(below: sealed + 1)
        for change in welcome.changes {
            guard geometries.indices.contains(Int(change.disk)) else {
                throw Failure(.invalidArgument, "read the target's changes: there is no disk \(change.disk)")
            }
            await tracker.include(try blocks(change.runs, disk: Int(change.disk)), disk: Int(change.disk))
            await tracker.suspect(try blocks(change.suspects, disk: Int(change.disk)), disk: Int(change.disk))
        }
        if plan.fullCopy || (welcome.blank && isFirst) { await tracker.includeAll() }
        if plan.compare {
            await tracker.void(from: 0, cause: "everything is to be compared")
            outstanding = [:]
            try await tracker.distrust(cause: "comparison asked for")
        }
        if plan.fullCopy || plan.compare {
            await tracker.maintain()
            plan.fullCopy = false
            plan.compare = false
            await begun(plan)
        }
        if isFirst {
            // Intervals of the earlier incarnation that were not sealed are gone since the hello.
            let isOfThisWriter = await point(sealed).generation == tracker.generation.number
            await tracker.compareInherited(most: isOfThisWriter && !welcome.blank ? limits.passThreshold : 0)
        }
        if welcome.blank { try await resumeFirstCopy(welcome.held) }
    }

    /// What an earlier part of the first copy left at the target is compared instead of sent. Passes that are still on
    /// the way are called off before the first question, so that none of them comes after its answer.
    private func resumeFirstCopy(_ held: [ReplicationV1.HeldContent]) async throws {
        // An interval that is still on its way would overwrite what was found equal.
        guard !held.isEmpty, outstanding.isEmpty else { return }
        for content in held {
            guard geometries.indices.contains(Int(content.disk)) else {
                throw Failure(.invalidArgument, "go on with the first copy: there is no disk \(content.disk)")
            }
            await tracker.compareFirst(try blocks(content.runs, disk: Int(content.disk)), disk: Int(content.disk))
        }
        let number = await tracker.position().number
        voidFrom = (min(number, voidFrom?.number ?? number), "the first copy goes on where it stands")
        // Given up with the link, as a pass is.
        reading = number
    }

    private func start(over position: UInt64, _ cause: String, compare: Bool) async throws {
        outstanding = [:]
        final = nil
        await tracker.rebase(on: await point(position), cause: cause)
        if compare { try await tracker.distrust(cause: cause) }
        log.warning("the target is elsewhere", metadata: ["cause": "\(cause)"])
    }

    func blocks(_ runs: [ReplicationV1.BlockRun], disk: Int) throws -> BlockSet {
        let count = UInt64(geometries[disk].blockCount)
        var set = BlockSet()
        for run in runs {
            guard run.first <= count, UInt64(run.count) <= count - run.first else {
                throw Failure(.invalidArgument, "read blocks of disk \(disk): \(run.count) from \(run.first)")
            }
            set.insert(Int(run.first)..<(Int(run.first) + Int(run.count)))
        }
        return set
    }

    // MARK: damage

    /// What the target's disk no longer holds as it was sent goes into the next interval.
    private func repair(_ damage: ReplicationV1.TargetChanges) async throws {
        guard geometries.indices.contains(Int(damage.disk)) else {
            throw Failure(.invalidArgument, "send damaged blocks again: there is no disk \(damage.disk)")
        }
        let again = try blocks(damage.runs, disk: Int(damage.disk))
        log.warning(
            "blocks are damaged at the target, sent again",
            metadata: ["disk": "\(damage.disk)", "blocks": "\(again.count)"])
        await tracker.include(again, disk: Int(damage.disk))
    }
}
