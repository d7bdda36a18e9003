import Contract
import Messages
import Model
import Workflow

/// What may be done with an item or a group now, and why the rest may not.
extension VaultCore {
    /// Only what its phase lists looks at components: everything else that such an operation misses follows from the
    /// phase.
    func allowedOperations(_ name: String) async throws -> VaultV1.AllowedOperations {
        let scope = try await vault.store.scope(named: name)
        var answers: [VaultV1.OperationAnswer] = []
        for operation in Operation.all { answers.append(try await answer(operation, scope)) }
        return .with {
            $0.operations = answers
            $0.etag = scope.first.etag
        }
    }

    private func answer(_ operation: Operation, _ scope: Scope) async throws -> VaultV1.OperationAnswer {
        let phase = try scope.first.phaseValue()
        let listed = Transition.table.first { $0.from == phase && $0.trigger == .operation(operation) }
        let gates =
            listed == nil
            ? durableGates(scope, operation)
            : try await judged(draft(operation, scope), VaultV1.MutationOptions(), []).gates
        let refusing = gates.filter(\.blocks)
        let warning = gates.filter { $0.severity == .warning && $0.status == .fail }
        let isAllowed = refusing.isEmpty
        return .with {
            $0.operation = operation.name
            $0.allowed = isAllowed
            $0.gates = (refusing.filter { $0.causedBy == nil } + refusing.filter { $0.causedBy != nil } + warning)
                .map(\.message)
            $0.deferred = gates.compactMap { if case .deferred = $0.status { $0.code.rawValue } else { nil } }
            $0.command = operation.command(scope.name) ?? ""
            $0.leadsTo = listed?.to.name ?? ""
        }
    }

    /// As the operation's own request would be put together, with nothing chosen.
    private func draft(_ operation: Operation, _ scope: Scope) async throws -> Draft {
        let direction = try scope.first.phaseValue()?.direction ?? .out
        func draft(_ workflow: VaultWorkflow) -> Draft {
            Draft(
                scope: scope, operation: operation, workflow: workflow,
                parameters: JobParameters(operation: workflow.name))
        }
        switch operation {
        case .failover(let direction):
            return try await failoverDraft(
                .with {
                    $0.name = scope.name
                    $0.expectedDirection = direction.message
                    $0.choice = .latest
                })
        case .reprotect: return try await reprotectDraft(.with { $0.name = scope.name })
        case .enable: return draft(enableWorkflow)
        case .cancelReprotect: return draft(cancelReprotectWorkflow(direction))
        case .changePoint: return draft(changePointWorkflow(direction))
        case .cancelFailover: return draft(cancelFailoverWorkflow(direction))
        case .completeCertificate: return draft(certifyWorkflow)
        case .commit: return try await commitDraft(.with { $0.name = scope.name })
        case .completeMigration: return draft(migrationWorkflow)
        case .switchProcessServer: return draft(switchProcessServerWorkflow)
        case .moveMasterTarget: return draft(moveMasterTargetWorkflow)
        case .renewReplica: return draft(renewReplicaWorkflow)
        case .resync: return draft(resyncWorkflow)
        case .drill: return draft(drillWorkflow(direction))
        case .excludeDisk: return draft(excludeDiskWorkflow)
        case .pin: return draft(pinWorkflow)
        case .unpin: return draft(unpinWorkflow)
        case .releaseSetAside: return draft(releaseSetAsideWorkflow)
        case .drillCleanup: return draft(drillCleanupWorkflow)
        case .disable, .disableForced: return draft(disableWorkflow)
        }
    }

    /// What the durable facts alone say.
    private func durableGates(_ scope: Scope, _ operation: Operation) -> [Gate] {
        let seen = scope.items.map { item in
            var seen = Observation(item, operation, at: vault.now)
            if scope.group != nil { seen.members = scope.items }
            return seen
        }
        let codes = Set(seen.flatMap(permissionGates).map(\.code))
        return evaluateGates(seen).filter { codes.contains($0.code) }
    }

    func completeMigration(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        var draft = try await operationDraft(message) { _ throws(Failure) in (.completeMigration, migrationWorkflow) }
        draft.warnings.append(
            "The machine stays in the cloud for good: it is not protected any more, and cannot be brought home")
        return try await run(request, draft)
    }
}
