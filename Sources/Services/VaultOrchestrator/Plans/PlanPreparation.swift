import Contract
import Cryptography
import Environment
import Messages
import Model
import Store
import Workflow

/// A run that is ready to be previewed or begun.
struct PreparedRun: Sendable {
    /// A unit with the draft of its job.
    struct Part: Sendable {
        /// Index in the record's units.
        var unit: Int
        var draft: VaultCore.Draft
        var gates: [Gate]
    }

    var record: PlanRunRecord
    var parts: [Part]
    /// That are not of one member: a run that has it already.
    var gates: [Gate]
    var waivers: [Model.Waiver]

    /// By code, status and cause: what several members fail by is told once, with all of them.
    var failing: [PlanFinding] { findings.filter { !blocking([$0.gate], waived: waivers).isEmpty } }

    /// All that do not pass.
    var findings: [PlanFinding] {
        var found: [PlanFinding] = []
        func add(_ gate: Gate, _ item: String?) {
            switch gate.status {
            case .fail, .unknown: break
            case .pass, .deferred, .notApplicable: return
            }
            let same = found.firstIndex {
                $0.gate.code == gate.code && $0.gate.status == gate.status && $0.gate.causedBy == gate.causedBy
            }
            guard let same else { return found.append(PlanFinding(gate: gate, items: [item].compactMap(\.self))) }
            if let item { found[same].items.append(item) }
            found[same].gate.evidence += gate.evidence
            if found[same].gate.remedy != gate.remedy { found[same].gate.remedy = nil }
        }
        for gate in gates { add(gate, nil) }
        for part in parts {
            let unit = record.units[part.unit]
            for gate in part.gates { add(unit.group == nil ? gate.naming(unit.displayName) : gate, unit.displayName) }
        }
        return found.map(\.bounded)
    }

    /// Of what would be run, without ids and times that each asking makes anew.
    func digest() throws(Failure) -> String {
        var record = record
        record.wish.statement?.atUs = 0
        var bytes = try Stored.bytes(record)
        for part in parts {
            var draft = part.draft
            draft.parameters.statement?.atUs = 0
            bytes += try draft.plan().record
        }
        return hexadecimal(SHA256.hash(bytes))
    }
}

/// A gate that does not pass, and whom it speaks against.
struct PlanFinding: Sendable {
    var gate: Gate
    var items: [String]

    /// The error of a call has room for some kilobytes: a hundred members with one reason are told by the first few.
    fileprivate var bounded: PlanFinding {
        var short = self
        let more = gate.evidence.count - PlanFinding.evidence
        if more > 0 {
            short.gate.evidence = gate.evidence.prefix(PlanFinding.evidence)
                + [Evidence("and \(more) more", source: "", at: gate.evidence[0].at)]
        }
        return short
    }

    private static let evidence = 10
}

extension Gate {
    fileprivate func naming(_ item: String) -> Gate {
        var named = self
        named.evidence = evidence.isEmpty
            ? [Evidence(item, source: "vault", at: UnixMicroseconds(0))]
            : evidence.map { Evidence("\(item): \($0.observed)", source: $0.source, at: $0.at) }
        return named
    }
}

/// What a run begins from: a plan as it is now, or what an earlier run has left.
struct PlanOrigin: Sendable {
    var plan: PlanID
    var version: UInt64
    var digest: String
    var spec: PlanSpec
    /// Units that are taken as done, by name.
    var finished: [String: PlanRunRecord.Unit] = [:]
    var actionsDone: [String] = []
    var rerunOf: String?
    var root = ""

    init(_ row: PlanRow) {
        plan = row.id
        version = row.version
        digest = row.digest
        spec = row.spec
    }

    init(_ record: PlanRunRecord) throws(Failure) {
        plan = try PlanID(record.plan)
        version = record.version
        digest = record.digest
        spec = record.spec
    }
}

extension VaultCore {
    /// Looks at everything and changes nothing.
    func prepare(
        _ origin: PlanOrigin, _ wish: PlanWish, _ options: VaultV1.MutationOptions
    ) async throws -> PreparedRun {
        var units = try await units(of: origin.spec, finished: origin.finished, splittingGroups: wish.isOfDrills)
        if wish.operation == .drillCleanup { units = try await withoutDrills(units, origin.plan) }
        try await requireScripts(origin, wish)
        let waivers = try waivers(options)
        let record = PlanRunRecord(
            plan: origin.plan.text, version: origin.version, digest: origin.digest, spec: origin.spec, wish: wish,
            person: options.person,
            waivers: waivers.map { StoredWaiver(code: $0.code.rawValue, reason: $0.statement.reason) }, units: units,
            rerunOf: origin.rerunOf, root: origin.root, actionsDone: origin.actionsDone)
        let judged = try await parts(record, options, waivers)
        let (store, now) = (vault.store, vault.now)
        let (parts, conflicts) = try await store.database.read { transaction in
            var parts = judged
            try judgeTogether(&parts, store, at: now, in: transaction)
            return (parts, try planConflicts(record, store, now, transaction))
        }
        return PreparedRun(record: record, parts: parts, gates: conflicts, waivers: waivers)
    }

    /// The members of a plan as they are now, in its order. Each item once; replication groups are whole.
    ///
    /// - splittingGroups: each member of a group is a unit of its own.
    func units(
        of spec: PlanSpec, finished: [String: PlanRunRecord.Unit] = [:], splittingGroups: Bool = false
    ) async throws -> [PlanRunRecord.Unit] {
        var units: [PlanRunRecord.Unit] = []
        var problems: [String] = []
        for (index, group) in spec.bootGroups.enumerated() {
            for name in group.members {
                if var unit = finished[name] {
                    unit.isDoneBefore = true
                    units.append(unit)
                    continue
                }
                do {
                    let unit = try await unit(name, in: index)
                    guard splittingGroups, unit.group != nil else {
                        units.append(unit)
                        continue
                    }
                    units += unit.split.map { one in
                        finished[one.name].map { $0.changed { $0.isDoneBefore = true } } ?? one
                    }
                } catch let failure as Failure {
                    problems.append("\(group.name): \(failure.message)")
                }
            }
        }
        let items = units.flatMap(\.members)
        if let twice = firstTwice(items.map(\.item)) {
            problems.append("\(items.first { $0.item == twice }?.displayName ?? twice) is in it twice")
        }
        if items.count > PlanLimits.items {
            problems.append("it has \(items.count) items; at most \(PlanLimits.items) can be run together")
        }
        guard problems.isEmpty else {
            throw Failure(.invalidArgument, "take the members of the plan: \(problems.joined(separator: "; "))")
        }
        return units
    }

    private func unit(_ name: String, in bootGroup: Int) async throws -> PlanRunRecord.Unit {
        let scope = try await vault.store.scope(named: name)
        if scope.group == nil, !scope.first.group.isEmpty {
            throw Failure(
                .invalidArgument, "\(scope.name) is of replication group \(scope.first.group), which goes as a whole: "
                    + "name groups/\(scope.first.group)")
        }
        if scope.first.phase == Phase.disabled.name {
            throw Failure(.invalidArgument, "\(scope.name) is not protected any more")
        }
        return PlanRunRecord.Unit(
            bootGroup: bootGroup, name: scope.group.map { "groups/\($0)" } ?? "items/\(scope.first.id)",
            members: scope.items.map { .init(item: $0.id, displayName: $0.displayName) })
    }

    /// Found out before any machine is stopped.
    private func requireScripts(_ origin: PlanOrigin, _ wish: PlanWish) async throws {
        let names = origin.spec.actions.filter { wish.does($0) && !origin.actionsDone.contains($0.id) }
            .compactMap(\.script?.program)
        guard !names.isEmpty else { return }
        guard let directory = vault.settings.scriptsDirectory else {
            throw Failure(
                .operationNotAllowed, "run plan \(origin.plan): it has scripts, and this vault's configuration names "
                    + "no \"scriptsDirectory\"")
        }
        let files = vault.environment.files
        let missing = try await vault.environment.lanes.lane("scripts").run {
            names.filter { !files.exists("\(directory)/\($0)") }
        }
        guard missing.isEmpty else {
            throw Failure(
                .operationNotAllowed,
                "run plan \(origin.plan): \(missing.joined(separator: ", ")) is not in \(directory)")
        }
    }

    private func parts(
        _ record: PlanRunRecord, _ options: VaultV1.MutationOptions, _ waivers: [Model.Waiver]
    ) async throws -> [PreparedRun.Part] {
        let indices = record.units.indices.filter { !record.units[$0].isDoneBefore }
        return try await withThrowingTaskGroup(of: PreparedRun.Part.self) { group in
            var waiting = indices[...]
            var found: [PreparedRun.Part] = []
            func next() {
                guard let index = waiting.popFirst() else { return }
                group.addTask {
                    let draft = try await draft(record.units[index], record.wish)
                    let judged = try await judged(draft, options, waivers)
                    return PreparedRun.Part(unit: index, draft: judged.draft, gates: judged.gates)
                }
            }
            // Each asks several components; more at once would queue there.
            for _ in 0..<16 { next() }
            while let part = try await group.next() {
                found.append(part)
                next()
            }
            return found.sorted { $0.unit < $1.unit }
        }
    }

    /// What the job of one unit would be.
    private func draft(_ unit: PlanRunRecord.Unit, _ wish: PlanWish) async throws -> Draft {
        var draft: Draft
        let plain = VaultV1.ItemOperationRequest.with {
            $0.name = unit.name
            $0.confirmLoss = wish.confirmLoss
            $0.waitForAgent = wish.waitForAgent
        }
        switch wish.operation {
        case .failover:
            draft = try await failoverDraft(
                .with {
                    $0.name = unit.name
                    $0.expectedDirection = wish.directionValue?.message ?? .unspecified
                    $0.choice = unit.choice(wish.pointChoice)
                    $0.sourceDeadStatement = wish.statement.map { statement in
                        .with {
                            $0.person = statement.person
                            $0.reason = statement.reason
                            $0.statedUnixUs = statement.atUs
                        }
                    }
                })
        case .commit:
            draft = try await commitDraft(plain)
        case .cancel:
            draft = try await operationDraft(plain) { item throws(Failure) in
                (.cancelFailover, cancelFailoverWorkflow(try item.phaseValue()?.direction ?? .out))
            }
        case .reprotect: draft = try await reprotectDraft(plain)
        case .drill: draft = try await drillDraft(unit, wish)
        case .drillCleanup: draft = try await drillCleanupDraft(unit.name, remark: wish.remark ?? "")
        }
        draft.workflow = draft.workflow.inPlan(wish.operation)
        return draft
    }
}

extension VaultCore {
    /// A member of a replication group is tested by itself, but at the group's common point where that was asked for.
    private func drillDraft(_ unit: PlanRunRecord.Unit, _ wish: PlanWish) async throws -> Draft {
        var message = VaultV1.BeginDrillRequest.with {
            $0.name = unit.name
            $0.expectedDirection = wish.directionValue?.message ?? .unspecified
            $0.choice = wish.pointChoice
        }
        let item = try await vault.store.item(named: unit.name)
        let isTogether = [.latestCommon, .latestApplicationConsistent].contains(wish.pointChoice)
        guard isTogether, !item.group.isEmpty else {
            if message.choice == .latestCommon { message.choice = .latestProcessed }
            return try await drillDraft(message)
        }
        let group = try GroupID(item.group)
        let (point, gate) = try await commonPoint(vault.store.scope(of: group), group, wish.pointChoice, named: "")
        if let number = point?.members.first(where: { $0.item == item.id })?.number {
            message.choice = .chosen
            message.point = number
            return try await drillDraft(message)
        }
        message.choice = .latestProcessed
        var draft = try await drillDraft(message)
        draft.gates.append(gate)
        return draft
    }

    /// Members without a drill have nothing to clean up.
    private func withoutDrills(_ units: [PlanRunRecord.Unit], _ plan: PlanID) async throws -> [PlanRunRecord.Unit] {
        var left: [PlanRunRecord.Unit] = []
        for var unit in units {
            unit.isDoneBefore = try await vault.store.item(named: unit.name).drill == nil
            left.append(unit)
        }
        guard left.contains(where: { !$0.isDoneBefore }) else {
            throw Failure(.operationNotAllowed, "clean up the drills of plan \(plan): none stands")
        }
        return left
    }
}

extension PlanWish {
    /// A drill is of one machine, also where that is a member of a replication group.
    fileprivate var isOfDrills: Bool { operation == .drill || operation == .drillCleanup }
}

extension PlanRunRecord.Unit {
    /// A group's members, each by itself.
    fileprivate var split: [PlanRunRecord.Unit] {
        members.map { PlanRunRecord.Unit(bootGroup: bootGroup, name: "items/\($0.item)", members: [$0]) }
    }

    fileprivate func changed(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    /// A common point is of a replication group; who is in none goes to its own newest one.
    func choice(_ asked: VaultV1.PointChoice) -> VaultV1.PointChoice {
        asked == .latestCommon && group == nil ? .latestProcessed : asked
    }
}

/// Gates for items that a run which has not ended has already. One that runs another again acts for those that it takes
/// as done, too.
func planConflicts(
    _ record: PlanRunRecord, _ store: VaultStore, _ now: UnixMicroseconds, _ transaction: Transaction
) throws -> [Gate] {
    var evidence: [Evidence] = []
    let units = record.rerunOf == nil ? record.working : record.units
    for member in units.flatMap(\.members) {
        guard let running = try store.running(with: member.item, in: transaction) else { continue }
        evidence.append(
            Evidence(
                "\(member.displayName) is in jobs/\(running.run), a run of plan \(running.plan)", source: "vault",
                at: now))
    }
    guard !evidence.isEmpty else { return [] }
    return [Gate(.noConflictingJob, .fail, evidence: evidence, remedy: Remedy("Wait until that run has ended"))]
}
