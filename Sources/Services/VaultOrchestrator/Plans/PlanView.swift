import Contract
import Messages
import Model
import Workflow

/// A run as clients see it, from its own journal and those of its members' jobs.
extension VaultCore {
    func showRun(_ job: JobID, withMessages: Bool = true) async throws -> VaultV1.PlanRun {
        let view = try await vault.store.view(job)
        let record = try Stored.value(PlanRunRecord.self, view.progress.parameters)
        let automatic = try await vault.store.automatic(of: job)
        let standings = try await vault.store.standings(of: job)
        let job = view.message
        var run = VaultV1.PlanRun()
        run.name = job.name
        run.plan = "plans/\(record.plan)"
        run.version = record.version
        run.digest = record.digest
        run.operation = record.wish.operation.message
        run.direction = record.wish.directionValue?.message ?? .unspecified
        run.state = job.state
        run.message = [job.message, view.standing, view.settled].first { !$0.isEmpty } ?? ""
        run.rerunOf = record.rerunOf.map { "jobs/\($0)" } ?? ""
        run.person = record.person
        run.createdUnixUs = job.createdUnixUs
        run.endedUnixUs = job.endedUnixUs
        run.revision = job.revision
        run.automaticEnd = record.spec.policy.automatic.message
        run.automaticUnixUs = automatic.atUs ?? 0
        run.automatic = automatic.told
        for (index, group) in record.spec.bootGroups.enumerated() {
            var result = VaultV1.BootGroupResult()
            result.name = group.name
            result.before = try await actions(.before, group.before, index, record, view)
            result.after = try await actions(.after, group.after, index, record, view)
            for unit in record.units where unit.bootGroup == index {
                result.members += try await members(unit, standings[unit.job], withMessages)
            }
            run.bootGroups.append(result)
        }
        return run
    }

    private func members(
        _ unit: PlanRunRecord.Unit, _ standing: UnitStanding?, _ withMessages: Bool
    ) async throws -> [VaultV1.MemberResult] {
        var text = ""
        if withMessages, let standing, standing.state != .succeeded {
            let view = try await vault.store.view(standing.job)
            text = view.message.message.isEmpty ? view.standing : view.message.message
        }
        return unit.members.map { member in
            .with {
                $0.item = "items/\(member.item)"
                $0.displayName = member.displayName
                $0.group = unit.group.map { "groups/\($0)" } ?? ""
                $0.job = unit.job.isEmpty ? "" : "jobs/\(unit.job)"
                $0.state = unit.isDoneBefore ? .doneBefore : standing?.memberState ?? .pending
                $0.message = text
            }
        }
    }

    // MARK: Actions

    private func actions(
        _ side: ActionPlace.Side, _ actions: [StoredAction], _ group: Int, _ record: PlanRunRecord, _ view: JobView
    ) async throws -> [VaultV1.ActionResult] {
        var results: [VaultV1.ActionResult] = []
        for (index, action) in actions.enumerated() {
            let place = ActionPlace(bootGroup: group, side: side, index: index)
            let row = try await vault.store.action(action.id, of: view.row.job)
            var result = VaultV1.ActionResult()
            result.action = action.message
            result.starts = UInt32(clamping: row.starts)
            if record.actionsDone.contains(action.id) {
                result.state = .doneBefore
            } else if let step = view.progress.step(place.step) {
                result.set(step, action, row, view.progress)
            } else {
                result.state = .skipped
                let isOfDirection = record.wish.directionValue.map(action.isDone(in:)) ?? false
                result.message = isOfDirection ? "left out of drills" : "not in this direction"
            }
            results.append(result)
        }
        return results
    }
}

extension VaultV1.ActionResult {
    fileprivate mutating func set(
        _ step: Progress.Step, _ action: StoredAction, _ row: ActionRow, _ progress: Progress
    ) {
        switch step.condition {
        case .pending:
            state = progress.finished == nil && !progress.isUnwinding ? .pending : .skipped
        case .open:
            if let waiting = progress.waiting, waiting.wait.signal == ActionWord.signal(action.id) {
                state = row.isOpen ? .unknown : .waitingPerson
                message = waiting.wait.condition
            } else {
                state = .running
                message = step.lastFailure?.description ?? ""
            }
        case .done(let bytes):
            let output = PlanStepOutput(bytes)
            state = output?.failed == true ? .failed : .done
            message = output?.detail ?? ""
            status = output?.exit
            self.output = output?.output ?? ""
            droppedOutput = UInt64(clamping: output?.dropped ?? 0)
            person = output?.person ?? ""
        case .skipped(let reason):
            state = .skipped
            message = reason
        case .failed(let failure):
            state = .failed
            message = failure.description
        case .notDone:
            state = row.isOpen ? .unknown : .skipped
            message = "the run was cancelled"
        }
    }
}

extension UnitStanding {
    /// What scripts are told.
    var word: String { "\(memberState)".uppercased() }

    fileprivate var memberState: VaultV1.MemberState {
        switch state {
        case .queued: .pending
        case .running, .waitingAgent, .waitingPerson, .cancelling: .running
        case .stuck: .stuck
        case .succeeded, .partial: .done
        case .failedUnwound: .failed
        case .cancelled: .cancelled
        }
    }
}

extension JobView {
    /// Of a run: what it counted at its end.
    fileprivate var settled: String {
        guard case .done(let bytes)? = progress.step("settle")?.condition else { return "" }
        return PlanStepOutput(bytes)?.detail ?? ""
    }

    /// The step that it is at, with what it last said.
    var standing: String {
        guard progress.finished == nil, let open = progress.openStep else { return "" }
        let title = progress.plan.steps.first { $0.id == open.id }?.title ?? open.id.text
        return title + (open.lastFailure.map { ": \($0.message)" } ?? "")
    }
}
