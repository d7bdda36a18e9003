import API
import Contract
import Messages
import Model
import Workflow

/// A recovery point now, of an item: its agent cuts, with the guest frozen if that is asked for.
///
/// Nothing is claimed and nothing is undone: a point more is a point more. A guest that cannot be frozen leaves a
/// crash-consistent point; the job succeeds, and says so with the reason (facts `point.kind` and `point.cause`).
let takePointWorkflow = VaultWorkflow(
    "take-point", version: 1,
    steps: [
        calls("cut", "Cut a recovery point and see it sealed", by: "agent") { scene in
            let phase = try scene.item.phaseValue()
            guard case .protected(let direction)? = phase else {
                throw Failure(
                    .operationNotAllowed,
                    "take a point of \(scene.item.displayName): it is in \(phase?.name ?? "none")")
            }
            let isWanted = scene.parameters.applicationConsistent ?? false
            let answer = try await scene.command(
                direction.source, "cut", .cut(.with { $0.applicationConsistent = isWanted }))
            guard case .cut(let cut)? = answer.result else {
                throw Failure(.internalError, "take a point of \(scene.item.displayName): the agent gave no point")
            }
            return try .done(
                .init(
                    point: "\(cut.number)", isConsistent: cut.applicationConsistent, cause: cut.cause,
                    facts: ["point.number": "\(cut.number)", "point.heldUs": "\(cut.heldUs)"]))
        }
    ])

/// The same of a replication group: its process server cuts all members at once, with all guests frozen.
let takeGroupPointWorkflow = VaultWorkflow(
    "take-group-point", version: 1,
    steps: [
        VaultStep(
            "cut", "Cut all members at one moment", by: "process server", look: { _, _ in .notDone }
        ) { vault, run in
            let (parameters, group) = try group(run)
            let server = parameters.processServer
            let client = ProcessControlClient(try vault.directory.channel(of: server))
            let key = try run.key("group/\(group)").message(epoch: vault.epoch)
            let cut = try await asking("cut group \(group) at \(server)") {
                try await client.cutGroup(
                    .with {
                        $0.key = key
                        $0.group = group.text
                        $0.applicationConsistent = parameters.applicationConsistent ?? false
                    }, $0)
            }
            return try .done(
                .init(
                    point: cut.name, isConsistent: cut.applicationConsistent, cause: cut.cause,
                    facts: ["point.name": cut.name]))
        },
        VaultStep("sealed", .wait, "See every member sealed", by: "master target") { vault, run in
            let (parameters, group) = try group(run)
            let name = run.outputs["cut"].flatMap { StepOutput($0) }?.facts["point.name"] ?? ""
            let seen = try await looking(vault, for: Patience.pollWindow) {
                let points = try await vault.groupPoints(group, at: parameters.masterTarget)
                guard let point = points.first(where: { $0.name == name }) else {
                    return .missing("the master target has no record of \(name) yet")
                }
                guard point.exists else { return .missing("not every member is sealed") }
                return .ends(try .done(StepOutput("\(name) exists")))
            }
            switch seen {
            case .ends(let result): return result
            case .missing(let missing): throw Failure(.busy, "see group point \(name) sealed: \(missing)")
            }
        },
    ])

private func group(_ run: StepRun) throws -> (JobParameters, GroupID) {
    let parameters = try Stored.value(JobParameters.self, run.parameters)
    guard let group = parameters.group else {
        throw Failure(.internalError, "step \(run.step): no group was named", on: [.job(run.job)])
    }
    return (parameters, try GroupID(group))
}

extension StepOutput {
    fileprivate init(point: String, isConsistent: Bool, cause: String, facts more: [String: String]) {
        let kind = isConsistent ? "application-consistent" : "crash-consistent"
        var facts = more
        facts["point.kind"] = kind
        if !cause.isEmpty { facts["point.cause"] = cause }
        self.init("point \(point) is \(kind)\(cause.isEmpty ? "" : ": \(cause)")", facts: facts)
    }
}

extension VaultCore {
    func takePoint(_ message: VaultV1.TakePointRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let scope = try await vault.store.scope(named: message.name)
        if scope.group == nil, !scope.first.group.isEmpty {
            throw Failure(
                .operationNotAllowed, "take a point of \(scope.name): it is a member of group \(scope.first.group), "
                    + "which is cut as a whole")
        }
        var parameters = JobParameters(
            operation: "take-point", person: request.options.person, processServer: scope.first.processServer,
            masterTarget: scope.first.masterTarget, group: scope.group?.text)
        parameters.applicationConsistent = message.applicationConsistent
        let workflow = scope.group == nil ? takePointWorkflow : takeGroupPointWorkflow
        let plan = workflow.plan(item: try scope.subject(), parameters: try Stored.bytes(parameters))
        try VaultCore.refuseChangedPlan(plan, request.options)
        let gates = takePointGates(scope)
        if request.options.validateOnly { return try await preview(workflow, plan, gates: gates) }
        let failing = gates.filter(\.blocks)
        guard failing.isEmpty else { throw Failure(.gatesFailed, "take a point of \(scope.name)", gates: failing) }
        return try await start(request, plan) { _, _ in }
    }

    /// Something replicates that can be cut.
    private func takePointGates(_ scope: Scope) -> [Gate] {
        let now = vault.now
        let other = scope.items.filter { item in
            if case .protected? = try? item.phaseValue() { false } else { true }
        }
        let evidence = other.map { Evidence("\($0.displayName) is in \($0.phase)", source: "vault", at: now) }
        let permission =
            other.isEmpty
            ? Gate(.operationAllowed, .pass)
            : Gate(
                .operationAllowed, .fail, evidence: evidence,
                remedy: Remedy("Points are taken of what is protected: wait until it is in sync"), waivable: .never)
        return [permission] + scope.items.compactMap { $0.quarantineGate(at: now) }
    }
}
