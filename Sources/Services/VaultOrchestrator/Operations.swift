import API
import Contract
import Messages
import Model
import Store
import Workflow

/// What a person asks for an item or a replication group: gates, preview, claim, job.
extension VaultCore {
    /// An operation on items that exist, ready to be previewed or started.
    struct Draft: Sendable {
        var scope: Scope
        var operation: Operation
        var workflow: VaultWorkflow
        var parameters: JobParameters
        var warnings: [String] = []
        /// Evaluated while the operation was put together, besides those of every operation of its kind.
        var gates: [Gate] = []
        /// Of a reprotect home and of a failback.
        var locations: [VaultV1.PlannedLocation] = []
        /// Of a failover and of a failback.
        var networks: [VaultV1.PlannedNetwork] = []
        /// What is promised to its job, and how much of that there was when it was put together.
        var capacity = WantedCapacity()
    }

    func run(_ request: Request, _ draft: Draft) async throws -> VaultV1.Job {
        let options = request.options
        try refuseOtherEtag(draft.scope, options)
        let waivers = try waivers(options)
        let (draft, seen, all) = try await judged(draft, options, waivers)
        let plan = try draft.plan()
        if options.validateOnly {
            return try await preview(
                draft.workflow, plan, gates: all, warnings: draft.warnings, bounds: draft.operation.bounds(seen),
                locations: draft.locations, points: await foreseenPoints(draft), networks: draft.networks)
        }
        let failing = blocking(all, waived: waivers)
        guard failing.isEmpty else {
            throw Failure(
                .gatesFailed, draft.operation.attempt(draft.scope.name), on: subjects(draft), gates: failing)
        }
        try VaultCore.refuseChangedPlan(plan, options)
        let store = vault.store
        return try await start(request, plan) { [draft] job, transaction in
            try claimItems(draft, job, store, transaction)
        }
    }

    /// The draft with what the options add to it, what was observed of its items, and every gate.
    func judged(
        _ draft: Draft, _ options: VaultV1.MutationOptions, _ waivers: [Model.Waiver]
    ) async throws -> (draft: Draft, seen: [Observation], gates: [Gate]) {
        var draft = draft
        draft.parameters.person = options.person
        draft.parameters.waivers = waivers.map { StoredWaiver(code: $0.code.rawValue, reason: $0.statement.reason) }
        draft.keepRoles()
        draft.warnings += draft.scope.items.flatMap { item in
            item.notesOfLeftOut(draft.operation, newHome: draft.homeMachine(of: item))
        }
        if [.cancelFailover, .changePoint].contains(draft.operation) {
            draft.warnings += draft.scope.items.map { "Given up: \($0.writesGivenUp(at: vault.now))" }
        }
        draft.warnings += draft.scope.items.compactMap { $0.noteOfSetAside(draft.operation) }
        var seen = await observations(draft)
        let room = seen.reduce(Quantities()) { $0 + Quantities(bytes: $1.roomUntilCommit) }.bytes
        let undo = seen.reduce(Quantities()) { $0 + Quantities(bytes: $1.undoBytes) }.bytes
        for index in seen.indices { (seen[index].roomTogether, seen[index].undoTogether) = (room, undo) }
        draft.capacity = WantedCapacity(seen, waived: waivers.map(\.code))
        let (store, wanted) = (vault.store, draft.capacity)
        if !wanted.isNothing {
            let promised = try await store.database.read { try store.reservations(beside: wanted, in: $0) }
            for index in seen.indices { (seen[index].wanted, seen[index].promised) = (wanted, promised) }
        }
        return (draft, seen, gates(seen, waiting: draft.parameters.waitForAgent) + draft.gates)
    }

    private func subjects(_ draft: Draft) -> [Subject] {
        draft.scope.items.map { Subject(kind: ItemTag.kind, id: $0.id) }
    }

    private func refuseOtherEtag(_ scope: Scope, _ options: VaultV1.MutationOptions) throws(Failure) {
        guard !options.etag.isEmpty else { return }
        guard scope.group == nil else {
            throw Failure(.invalidArgument, "operate group \(scope.name): an etag is of one item; give a plan digest")
        }
        guard options.etag == scope.first.etag else {
            throw Failure(
                .etagMismatch, "operate item \(scope.first.id): it is at \(scope.first.etag), not \(options.etag)",
                on: [.item(try scope.first.itemID())])
        }
    }

    /// One for each item, in the order of the scope.
    private func observations(_ draft: Draft) async -> [Observation] {
        let observer = Observer(vault)
        let members = draft.scope.group == nil ? [] : draft.scope.items
        return await withTaskGroup(of: (Int, Observation).self) { group in
            for (index, item) in draft.scope.items.enumerated() {
                group.addTask {
                    var seen = await observer.observe(
                        item, draft.operation, masterTarget: draft.masterTarget(of: item),
                        processServer: draft.processServer(of: item), alternate: draft.homeMachine(of: item))
                    seen.statement = draft.parameters.statement
                    seen.datastore = draft.parameters.datastore ?? ""
                    seen.host = draft.parameters.host ?? ""
                    seen.discardDrill = draft.parameters.discardDrill ?? false
                    seen.readBack = vault.figures.readBack(item.id)
                    seen.waitsForCertificate = draft.parameters.waitForCertificate ?? false
                    seen.members = members
                    seen.chosenPoint = draft.point(of: item)
                    return (index, seen)
                }
            }
            var found: [(Int, Observation)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func gates(_ seen: [Observation], waiting: Bool) -> [Gate] {
        let all = evaluateGates(seen)
        guard waiting else { return all }
        // The job waits for the agent by itself.
        return all.map { gate in
            gate.code == .agentRegistered && gate.blocks ? Gate(.agentRegistered, .deferred("agent")) : gate
        }
    }

    func waivers(_ options: VaultV1.MutationOptions) throws(Failure) -> [Model.Waiver] {
        if !options.waivers.isEmpty { try Permission.require(.waive, "waive gates") }
        var waivers: [Model.Waiver] = []
        for message in options.waivers {
            let refused = { (why: String) in Failure(.invalidArgument, "waive gate \"\(message.code)\": \(why)") }
            guard let code = GateCode(rawValue: message.code) else {
                throw refused("there is no such gate; a precheck names those that block")
            }
            guard !message.reason.isEmpty else { throw refused("say why it may be passed (--waive GATE=REASON)") }
            guard !options.person.isEmpty else { throw refused("say who answers for it (--person)") }
            let statement = Model.Statement(name: options.person, reason: message.reason, at: vault.now, checked: "")
            waivers.append(Model.Waiver(code: code, statement: statement))
        }
        return waivers
    }
}

extension Operation {
    /// Of an operation that begins a replication or compares, per item.
    fileprivate func bounds(_ seen: [Observation]) -> [VaultV1.SynchronizationBound] {
        switch self {
        case .reprotect(let direction): seen.map { $0.alternate == nil ? .init($0, direction) : .full($0.item) }
        case .resync: seen.map { .resync($0) }
        default: []
        }
    }
}

extension VaultCore.Draft {
    func plan() throws(Failure) -> Plan {
        workflow.plan(
            item: try scope.subject(), over: try scope.members(), parameters: try Stored.bytes(parameters))
    }

    /// What an undo gives back, and what else differs between the members.
    fileprivate mutating func keepRoles() {
        guard let group = scope.group else {
            parameters.before = scope.first.generation
            return
        }
        parameters.group = group.text
        var members = parameters.members ?? [:]
        for item in scope.items {
            var own = members[item.id] ?? MemberParameters(displayName: item.displayName)
            own.before = item.generation
            members[item.id] = own
        }
        parameters.members = members
    }

    /// nil: the newest.
    fileprivate func point(of item: ItemRecord) -> UInt64? {
        guard parameters.choice == "chosen" else { return nil }
        return parameters.members?[item.id]?.point ?? parameters.point
    }

    fileprivate func masterTarget(of item: ItemRecord) -> String {
        parameters.masterTarget.isEmpty ? item.masterTarget : parameters.masterTarget
    }

    fileprivate func processServer(of item: ItemRecord) -> String {
        parameters.processServer.isEmpty ? item.processServer : parameters.processServer
    }
}

/// In the transaction that creates the job: every item is as it was when its gates were evaluated, the group has no
/// other members, and nobody holds any of them.
func claimItems(
    _ draft: VaultCore.Draft, _ job: JobID, _ store: VaultStore, _ transaction: Transaction
) throws {
    if let group = draft.scope.group {
        let now = try store.members(of: group, in: transaction).map(\.id)
        guard now == draft.scope.items.map(\.id) else {
            throw Failure(.etagMismatch, "claim group \(group): its members have changed meanwhile; ask again")
        }
    }
    try refuseOvercommitted(draft, store, transaction)
    for asked in draft.scope.items {
        let id = try asked.itemID()
        var item = try store.requireItem(id, in: transaction)
        try item.refuseQuarantined("claim item \(item.id)", at: UnixMicroseconds(0))
        let permission = permission(
            for: draft.operation, given: try item.conditions(), discardDrill: draft.parameters.discardDrill ?? false)
        if case .refused(let codes) = permission {
            let held = item.claimJob.map { ", held by job \($0)" } ?? ""
            let evidence = [
                Evidence("\(item.displayName) is in \(item.phase)\(held)", source: "vault", at: UnixMicroseconds(0))
            ]
            throw Failure(
                .gatesFailed, "claim item \(item.id)", on: [.item(id)],
                gates: codes.map { Gate($0, .fail, evidence: evidence) })
        }
        guard item.generation == asked.generation else {
            throw Failure(.etagMismatch, "claim item \(item.id): it has changed meanwhile; ask again", on: [.item(id)])
        }
        item.claimJob = job.text
        item.claimOperation = draft.operation.name
        item.reserved = draft.capacity.reservation(of: item, for: job.text)
        try store.save(item, in: transaction)
    }
}
