import Blocks
import IntervalFrames
import Messages
import Model
import Tracking

/// Suspects that the target is asked about, at one level.
struct LevelledQuestion: Sendable {
    let suspects: SuspectBlocks
    /// Blocks of a range that one digest stands for; nil: one digest for each block.
    let span: Int?
}

/// Comparing with the target by digest: large ranges first, and what differs more and more finely, down to blocks.
extension ReplicationSession {
    /// Asks as much as may be under way; answers how long nothing else is to be done for it.
    func compare() async throws -> Duration? {
        while queries.count < limits.queriesInFlight {
            guard let question = try await nextQuestion() else {
                // Again from the start, for what an answer did not settle.
                if queries.isEmpty { cursor = nil }
                break
            }
            let id = nextQuery
            nextQuery += 1
            queries[id] = question
            let suspects = question.suspects
            let digests = question.span.map { suspects.digests(ofRanges: $0) } ?? suspects.digests
            digestBytes += UInt64(digests.count * BlockDigest.byteCount)
            let message = DigestQuestion(
                id: id, disk: suspects.disk, blocks: suspects.blocks, span: question.span, digests: digests
            ).message
            try await send(.digests(message))
        }
        return queries.isEmpty ? nil : limits.look
    }

    private func nextQuestion() async throws -> LevelledQuestion? {
        if let finer = finer.popLast() { return finer }
        let span = comparesRanges ? limits.comparedRanges.first : nil
        let found = if let span {
            try await tracker.suspectsToCompare(after: cursor, most: span, longestHole: limits.comparedHole)
        } else {
            try await tracker.suspectsToCompare(after: cursor)
        }
        guard let suspects = found else { return nil }
        cursor = (suspects.disk, suspects.blocks.upperBound)
        return LevelledQuestion(suspects: suspects, span: span)
    }

    func compared(_ answer: ReplicationV1.DigestAnswer) async throws {
        guard let asked = queries.removeValue(forKey: answer.id) else { return }
        let differing = try blocks(answer.differing, disk: asked.suspects.disk)
        guard let span = asked.span else { return await tracker.settleSuspects(asked.suspects, differing: differing) }
        let next = limits.comparedRanges.first { $0 < span }
        for run in differing.runs {
            let part = run.clamped(to: asked.suspects.blocks)
            guard !part.isEmpty else { continue }
            // One that stands for so many leaves at most, as a question about blocks does.
            for piece in part.cut(every: next == nil ? blocksPerRegion : span) {
                finer.append(LevelledQuestion(suspects: SuspectBlocks(piece, of: asked.suspects), span: next))
            }
        }
        await tracker.settleEqual(asked.suspects, except: differing)
    }

    // MARK: asked for

    /// Begun by the driving task, between two things that it does.
    func compare(as id: String) {
        guard plan.comparison?.id != id else { return }
        plan.comparison = AskedComparison(id: id)
        ring()
    }

    /// Of this name, or whichever is under way.
    func stopComparing(_ id: String? = nil) async throws {
        guard let asked = plan.comparison, id == nil || asked.id == id else { return }
        plan.comparison = nil
        try await tracker.stopComparing()
        forgetQuestions()
        ring()
    }

    /// True if it began one just now.
    func beginComparison() async throws -> Bool {
        guard let asked = plan.comparison, asked.stage == .asked else { return false }
        digestBytesBefore = digestBytes
        mendedBy = nil
        forgetQuestions()
        try await tracker.compareAll()
        environment.failpoints.reach("agent.session.comparison")
        guard plan.comparison?.id == asked.id else {
            try await tracker.stopComparing()
            return true
        }
        plan.comparison?.stage = .begun
        await begun(plan)
        return true
    }

    /// Nothing is left to compare: what differed is in the open interval, or was cut already.
    func endComparison(_ status: ReplicationStatus) async {
        guard let asked = plan.comparison, asked.stage == .begun || asked.stage == .compared else { return }
        if asked.stage == .begun {
            plan.comparison?.stage = .compared
            plan.comparison?.differing = status.differingOfAll
        }
        let last: UInt64
        if let mendedBy { last = mendedBy } else { last = await tracker.position().number }
        mendedBy = last
        let isMended = plan.comparison?.differing == 0 || newestSealed.map { $0.number >= last } ?? false
        if isMended { plan.comparison?.stage = .complete }
        if plan.comparison != asked { await begun(plan) }
    }

    /// nil when none was asked for.
    func comparison() async -> AgentV1.Comparison? {
        guard let asked = plan.comparison else { return nil }
        let status = await tracker.status()
        let total = geometries.reduce(0) { $0 + $1.blockCount }
        return .with {
            $0.id = asked.id
            $0.totalBlocks = UInt64(total)
            $0.complete = asked.stage == .complete
            switch asked.stage {
            case .asked: $0.remainingBlocks = UInt64(total)
            case .begun:
                $0.remainingBlocks = UInt64(status.suspectBlocks)
                $0.differingBlocks = UInt64(status.differingOfAll)
            case .compared, .complete: $0.differingBlocks = UInt64(asked.differing)
            }
            $0.digestBytes = digestBytes - digestBytesBefore
        }
    }

    func forgetQuestions() {
        queries = [:]
        finer = []
        cursor = nil
    }
}
