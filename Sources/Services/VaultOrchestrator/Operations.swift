import API
import Contract
import Messages
import Model
import Store
import Workflow

/// What a person asks for an item: gates, preview, claim, job.
extension VaultCore {
    /// An operation on an item that exists, ready to be previewed or started.
    struct Draft: Sendable {
        var item: ItemRecord
        var operation: Operation
        var workflow: VaultWorkflow
        var parameters: JobParameters
        var warnings: [String] = []
    }

    func run(_ request: Request, _ draft: Draft) async throws -> VaultV1.Job {
        var draft = draft
        let options = request.options
        guard options.etag.isEmpty || options.etag == draft.item.etag else {
            throw Failure(
                .etagMismatch, "operate item \(draft.item.id): it is at \(draft.item.etag), not \(options.etag)",
                on: [.item(try draft.item.itemID())])
        }
        let waivers = try waivers(options)
        draft.parameters.person = options.person
        draft.parameters.before = draft.item.generation
        draft.parameters.waivers = waivers.map { StoredWaiver(code: $0.code.rawValue, reason: $0.statement.reason) }
        var seen = await Observer(vault).observe(
            draft.item, draft.operation, masterTarget: masterTarget(draft), processServer: processServer(draft))
        seen.statement = draft.parameters.statement
        let all = gates(seen, waiting: draft.parameters.waitForAgent)
        let plan = draft.workflow.plan(
            item: try draft.item.itemID(), parameters: try Stored.bytes(draft.parameters))
        if options.validateOnly { return preview(draft.workflow, plan, gates: all, warnings: draft.warnings) }
        let failing = blocking(all, waived: waivers)
        guard failing.isEmpty else {
            throw Failure(
                .gatesFailed, "\(draft.operation.name) of item \(draft.item.displayName)",
                on: [.item(try draft.item.itemID())], gates: failing)
        }
        try VaultCore.refuseChangedPlan(plan, options)
        let store = vault.store
        return try await start(request, plan) { [draft] job, transaction in
            try claim(draft, job, store, transaction)
        }
    }

    private func gates(_ seen: Observation, waiting: Bool) -> [Gate] {
        let all = evaluateGates(seen)
        guard waiting else { return all }
        // The job waits for the agent by itself.
        return all.map { gate in
            gate.code == .agentRegistered && gate.blocks ? Gate(.agentRegistered, .deferred("agent")) : gate
        }
    }

    private func masterTarget(_ draft: Draft) -> String {
        draft.parameters.masterTarget.isEmpty ? draft.item.masterTarget : draft.parameters.masterTarget
    }

    private func processServer(_ draft: Draft) -> String {
        draft.parameters.processServer.isEmpty ? draft.item.processServer : draft.parameters.processServer
    }

    private func waivers(_ options: VaultV1.MutationOptions) throws(Failure) -> [Model.Waiver] {
        var waivers: [Model.Waiver] = []
        for message in options.waivers {
            guard let code = GateCode(rawValue: message.code), !message.reason.isEmpty, !options.person.isEmpty else {
                throw Failure(
                    .invalidArgument, "waive gate \"\(message.code)\": a known code, a reason and a person are required"
                )
            }
            let statement = Model.Statement(name: options.person, reason: message.reason, at: vault.now, checked: "")
            waivers.append(Model.Waiver(code: code, statement: statement))
        }
        return waivers
    }
}

/// In the transaction that creates the job: the item is as it was when its gates were evaluated, and nobody holds it.
private func claim(
    _ draft: VaultCore.Draft, _ job: JobID, _ store: VaultStore, _ transaction: Transaction
) throws {
    let id = try draft.item.itemID()
    var item = try store.requireItem(id, in: transaction)
    if case .refused(let codes) = permission(for: draft.operation, given: try item.conditions()) {
        throw Failure(
            .gatesFailed, "claim item \(item.id)", on: [.item(id)], gates: codes.map { Gate($0, .fail) })
    }
    guard item.generation == draft.item.generation else {
        throw Failure(.etagMismatch, "claim item \(item.id): it has changed meanwhile; ask again", on: [.item(id)])
    }
    item.claimJob = job.text
    item.claimOperation = draft.operation.name
    try store.save(item, in: transaction)
}
