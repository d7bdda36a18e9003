import Blocks
import Contract
import Environment
import IntervalFrames
import Hosting
import MachineFiles
import Messages
import MessageCoding
import Model
import Receivers
import RPC
import Tracking

/// Commands as they come over a link: decode, carry out once per key, answer.
extension AgentCore {
    func execute(_ command: AgentV1.AgentCommand) async -> AgentV1.AgentCommandResult {
        var answer = AgentV1.AgentCommandResult()
        answer.sequence = command.sequence
        do {
            answer.result = try await answering("command the agent of \(configuration.machine)") {
                try await self.outcome(command)
            }
        } catch {
            if let concealed = error as? Concealed {
                log.error("command failed", metadata: ["cause": "\(concealed.cause)"])
            }
            let error = RPCError(answering: error)
            answer.code = UInt32(error.code.rawValue)
            answer.message = error.message
            answer.details = error.details
        }
        return answer
    }

    private func outcome(_ command: AgentV1.AgentCommand) async throws -> AgentV1.AgentCommandResult.Result {
        switch command.command {
        case .fence(let request):
            let generation = Blocks.Generation(try Model.Generation(request.generation))
            return .fence(
                try await once(command, request) {
                    let closed = try await self.inTurn { try await self.fence(below: generation) }
                    return .with { $0.closed = closed.wire }
                })
        case .assign(let request):
            return .assigned(try await assign(request, command.key))
        case .openSession(let request):
            return .session(
                try await once(command, request) {
                    try await self.inTurn { try await self.open(request, command.key) }
                })
        case .closeSession(let request):
            return .session(
                try await once(command, request) { try await self.inTurn { try await self.close(request) } })
        case .drain(let request):
            return .drain(try await once(command, request) { try await self.drain(request) })
        case .report:
            return .report(try await report())
        case .mergeOverlay(let request):
            return .mergeOverlay(try await mergeOverlay(request, command))
        case .readBack(let request):
            return .readBack(try await readDisksBack(request))
        case .compare(let request):
            return .comparison(try await inTurn { try await self.compare(request) })
        case .cut(let request):
            return .cut(try await once(command, request) { try await self.cut(request) })
        case .setPace(let request):
            return .session(
                try await once(command, request) { try await self.inTurn { try await self.setPace(request) } })
        // The link answers ticks by itself.
        case .tick:
            throw Failure(.invalidArgument, "carry out a command: a tick is none")
        case nil:
            throw Failure(.unsupported, "carry out a command: it is none that this version knows")
        }
    }

    /// The generation is judged against the sidecars, which are the record; the ledger only keeps answers.
    private func once<Request: WireMessage, Result: WireMessage>(
        _ command: AgentV1.AgentCommand, _ request: Request, _ act: @Sendable () async throws -> Result
    ) async throws -> Result {
        let call = EffectCall(
            key: try OperationKey(command.key), epoch: command.key?.vaultEpoch ?? 0, generation: nil, request: request)
        return try await effects.perform(call, look: { nil }, act: { _ in try await act() })
    }

    private func assign(
        _ request: AgentV1.AssignCommand, _ key: CommonV1.OperationKey?
    ) async throws -> CommonV1.Assignment {
        let assignment = try Contract.Assignment(request.assignment)
        let leftOut = Set(try request.leftOut.map { try DiskID($0).text })
        guard !isDrill else {
            throw Failure(.permissionDenied, "assign \(assignment.generation) to a drill copy of \(assignment.item)")
        }
        try await effects.assign(assignment, epoch: key?.vaultEpoch ?? 0) { assignment in
            try await self.inTurn { try await self.take(assignment, leftOut: leftOut) }
        }
        return assignment.message
    }

    // MARK: sessions

    private func open(
        _ request: AgentV1.OpenSessionCommand, _ key: CommonV1.OperationKey?
    ) async throws -> AgentV1.SessionResult {
        let tracker = try admitted(try Model.Generation(request.generation), to: "open a session")
        guard let server = request.processServer, (try? parseAddress(server.address)) != nil else {
            throw Failure(.invalidArgument, "open a session: the process server has no address")
        }
        var demanded = SessionPlan(
            item: try ItemID(key?.item ?? "").text, generation: tracker.generation.number,
            server: EndpointRecord(id: server.id, address: server.address), interval: .zero,
            fullCopy: request.fullCopy, compare: request.compare,
            group: request.group.isEmpty ? "" : try GroupID(request.group).text)
        try demanded.take(
            "open a session", intervalUs: request.intervalUs, applicationIntervalUs: request.applicationIntervalUs)
        demanded.paceRevision = request.paceRevision
        if let plan, plan.generation == demanded.generation, plan.paceRevision > demanded.paceRevision {
            (demanded.interval, demanded.applicationInterval) = (plan.interval, plan.applicationInterval)
            demanded.paceRevision = plan.paceRevision
        }
        if let plan, plan.generation == demanded.generation { demanded.comparison = plan.comparison }
        try await store.set(demanded)
        plan = demanded
        if let session { await session.redirect(demanded) } else { await open(demanded, tracker) }
        await holdLinks()
        await announce()
        return .with { $0.open = true }
    }

    /// Other intervals for the session that is open; nothing else of it changes.
    private func setPace(_ request: AgentV1.SetPaceCommand) async throws -> AgentV1.SessionResult {
        let tracker = try admitted(try Model.Generation(request.generation), to: "set a pace")
        guard var paced = plan, let session, paced.generation == tracker.generation.number else {
            throw Failure(.unavailable, "set a pace under \(tracker.generation): no session is open")
        }
        guard request.revision >= paced.paceRevision else {
            throw Failure(
                .operationNotAllowed, "set a pace of revision \(request.revision): revision \(paced.paceRevision) was "
                    + "set already")
        }
        try paced.take(
            "set a pace", intervalUs: request.intervalUs, applicationIntervalUs: request.applicationIntervalUs)
        paced.paceRevision = request.revision
        plan = paced
        try await store.set(paced)
        await session.setPace(paced)
        await announce()
        return .with { $0.open = true }
    }

    /// Begins it, stops it, or tells how far it is: what was asked for before is asked for again at no cost.
    private func compare(_ request: AgentV1.CompareCommand) async throws -> AgentV1.Comparison {
        let tracker = try admitted(try Model.Generation(request.generation), to: "compare with the target")
        guard let plan, let session, plan.generation == tracker.generation.number else {
            throw Failure(.unavailable, "compare with the target under \(tracker.generation): no session is open")
        }
        guard !request.id.isEmpty else {
            throw Failure(.invalidArgument, "compare with the target: the comparison needs an id")
        }
        if request.stop {
            try await session.stopComparing(request.id)
        } else {
            await session.compare(as: request.id)
        }
        await keep(await session.plan)
        await announce()
        return await session.comparison() ?? .with { $0.id = request.id }
    }

    private func close(_ request: AgentV1.CloseSessionCommand) async throws -> AgentV1.SessionResult {
        let generation = try Model.Generation(request.generation)
        guard generation.number >= authority.generation.number else {
            throw Failure(.staleGeneration, "close a session under \(generation): \(authority.generation) is held")
        }
        try await store.set(nil)
        plan = nil
        let ended = session
        session = nil
        await ended?.stop()
        await holdLinks()
        return .with { $0.open = false }
    }

    /// The tracker, if the generation is the one it runs under. A closed one is shipped to its end under the
    /// generation that drains it, too.
    private func admitted(_ generation: Model.Generation, to what: String) throws -> MachineTracker {
        guard let tracker, broken.isEmpty else {
            throw Failure(.operationNotAllowed, "\(what): \(broken.isEmpty ? authority.mode.cause : broken)")
        }
        let incoming = Blocks.Generation(generation)
        let held = tracker.generation
        if incoming == held { return tracker }
        if incoming.number == held.number { throw Failure(.generationConflict, "\(what) under \(generation)") }
        guard incoming.number > held.number else {
            throw Failure(.staleGeneration, "\(what) under \(generation): \(held) is held")
        }
        guard case .closed = authority.mode else {
            throw Failure(.unknownGeneration, "\(what) under \(generation): \(held) is held, and nothing was assigned")
        }
        return tracker
    }

    // MARK: drain, merge, cut

    private func drain(_ request: AgentV1.DrainCommand) async throws -> AgentV1.DrainResult {
        let tracker = try admitted(try Model.Generation(request.generation), to: "drain")
        guard case .closed = authority.mode else {
            throw Failure(.operationNotAllowed, "drain \(tracker.generation): it is not closed. Fence it first")
        }
        guard let session else {
            throw Failure(.operationNotAllowed, "drain \(tracker.generation): no session is open")
        }
        // Started to drain, the sidecars may not say so yet.
        try await tracker.close()
        return try await session.drain()
    }

    /// Answered with how far it is, which is not stored; done is stored, and then true for ever.
    private func mergeOverlay(
        _ request: AgentV1.MergeOverlayCommand, _ command: AgentV1.AgentCommand
    ) async throws -> AgentV1.MergeOverlayResult {
        _ = try admitted(try Model.Generation(request.generation), to: "merge the overlay")
        let isThere = tracked.contains { $0.disk.currentOverlay != nil }
        if isThere {
            if merge == nil {
                try await readBack?.giveUp(because: "the overlays were merged before all was read")
                merge = OverlayMerge(tracked, guest, turns, environment, log, limits: limits) {
                    try await self.overlayMerged($0)
                }
            }
            await merge?.start()
            let moved = await merge?.mergedBlocks ?? 0
            return .with { $0.mergedBlocks = UInt64(moved) }
        }
        let moved = await merge?.mergedBlocks ?? 0
        return try await once(command, request) {
            .with {
                $0.mergedBlocks = UInt64(moved)
                $0.complete = true
            }
        }
    }

    /// Begins it, or tells how far it is; the record beside the disks is what makes that safe to repeat.
    private func readDisksBack(_ request: AgentV1.ReadBackCommand) async throws -> AgentV1.ReadBack {
        let generation = try admitted(try Model.Generation(request.generation), to: "read the disks back").generation
        let known = await readBack?.message
        if merge != nil, known == nil {
            throw Failure(.operationNotAllowed, "read the disks back: their overlays are being merged")
        }
        if readBack == nil || known?.generation != generation.wire {
            await readBack?.stop()
            readBack = DiskReadBack(tracked, guest, generation, environment, log)
        }
        try await readBack?.start(asked: true)
        guard let message = await readBack?.message else {
            throw Failure(.unavailable, "read the disks back: the agent is stopping")
        }
        return message
    }

    /// On record with the tracker of now, which need not be the one that the merge began under.
    private func overlayMerged(_ index: Int) async throws {
        guard let tracker else { throw Failure(.unavailable, "end the overlay of disk \(index): nothing is tracked") }
        try await tracker.setState(.settled, disk: index)
    }

    private func cut(_ request: AgentV1.CutCommand) async throws -> AgentV1.CutResult {
        guard let session else { throw Failure(.operationNotAllowed, "cut a point: no session is open") }
        let outcome = try await session.cutNow(applicationConsistent: request.applicationConsistent)
        return .with {
            $0.number = outcome.number
            $0.applicationConsistent = outcome.isApplicationConsistent
            $0.cause = outcome.cause
            $0.heldUs = UInt64(max(0, outcome.held.inMicroseconds))
        }
    }
}

extension SessionPlan {
    fileprivate mutating func take(
        _ what: String, intervalUs: UInt64, applicationIntervalUs: UInt64
    ) throws(Failure) {
        interval = .microseconds(Int64(min(intervalUs, longestInterval)))
        applicationInterval = .microseconds(Int64(min(applicationIntervalUs, longestInterval)))
        guard interval >= shortestInterval else {
            throw Failure(.invalidArgument, "\(what): an interval of \(intervalUs) us is too short")
        }
        guard applicationInterval == .zero || applicationInterval >= shortestApplicationInterval else {
            throw Failure(
                .invalidArgument, "\(what): application-consistent points every \(applicationIntervalUs) us: the "
                    + "guest would stand still too often")
        }
    }
}

/// Below this, cuts would do nothing but cut.
private let shortestInterval = Duration.milliseconds(50)
/// Below this, a guest would do nothing but stand still.
private let shortestApplicationInterval = Duration.seconds(1)
/// A day, microseconds: longer is a mistake, and no point would ever be made.
private let longestInterval: UInt64 = 86_400_000_000
