import Contract
import Messages
import Model
import Workflow

extension VaultCore {
    func preview(_ prepared: PreparedRun) async throws -> VaultV1.PlanPreview {
        let record = prepared.record
        var members: [Int: [VaultV1.PlannedMember]] = [:]
        for (index, unit) in record.units.enumerated() {
            let part = prepared.parts.first { $0.unit == index }
            members[unit.bootGroup, default: []] += try await planned(unit, part, record.wish, prepared.waivers)
        }
        let steps = try record.jobPlan().steps
        var answer = VaultV1.PlanPreview()
        answer.plan = record.digest
        answer.bootGroups = record.spec.bootGroups.enumerated().map { index, group in
            .with {
                $0.name = group.name
                $0.before = record.actions(.before, of: index).map(\.action.message)
                $0.members = members[index] ?? []
                $0.after = record.actions(.after, of: index).map(\.action.message)
            }
        }
        answer.causes = causes(prepared.findings)
        answer.wouldRun = prepared.failing.isEmpty
        let known = Dictionary(uniqueKeysWithValues: record.workflow.preview.map { ($0.id, $0) })
        answer.steps = steps.map { step in
            var message = known[step.id]?.message ?? step.message
            message.title = step.title
            return message
        }
        answer.warnings = warnings(prepared)
        answer.planDigest = try prepared.digest()
        return answer
    }

    private func causes(_ findings: [PlanFinding]) -> [VaultV1.PlanCause] {
        var names: [String] = []
        for finding in findings where !names.contains(finding.cause) { names.append(finding.cause) }
        return names.map { name in
            .with {
                $0.cause = name
                $0.gates = findings.filter { $0.cause == name }.map { finding in
                    .with {
                        $0.gate = finding.gate.message
                        $0.items = finding.items
                    }
                }
            }
        }
    }

    /// What is the same for several members is said once.
    private func warnings(_ prepared: PreparedRun) -> [String] {
        var said: [(text: String, of: [String])] = []
        for part in prepared.parts {
            for text in part.draft.warnings {
                let name = prepared.record.units[part.unit].displayName
                if let same = said.firstIndex(where: { $0.text == text }) {
                    said[same].of.append(name)
                } else {
                    said.append((text, [name]))
                }
            }
        }
        var warnings = said.map { "\($0.of.joined(separator: ", ")): \($0.text)" }
        let wish = prepared.record.wish
        if wish.operation == .drill {
            warnings.append(
                "A test drains nothing, and each machine is tested in a network of its own: none reaches another")
        } else if wish.operation == .failover, wish.pointChoice == .latestCommon,
            prepared.record.working.contains(where: { $0.group == nil })
        {
            warnings.append("Items outside replication groups have no common point: each goes to its own newest one")
        }
        let policy = prepared.record.spec.policy
        if wish.operation == .failover, policy.automatic != .none {
            let end = policy.automatic == .commit ? "committed" : "cancelled"
            warnings.append(
                "\(policy.automaticAfterUs / 1_000_000) s after it has succeeded the run is \(end) by itself")
        }
        return warnings
    }

    private func planned(
        _ unit: PlanRunRecord.Unit, _ part: PreparedRun.Part?, _ wish: PlanWish, _ waivers: [Model.Waiver]
    ) async throws -> [VaultV1.PlannedMember] {
        var planned: [VaultV1.PlannedMember] = []
        for member in unit.members {
            var message = VaultV1.PlannedMember()
            message.item = "items/\(member.item)"
            message.displayName = member.displayName
            message.group = unit.group.map { "groups/\($0)" } ?? ""
            message.finished = unit.isDoneBefore
            if let part {
                message.refused = blocking(part.gates, waived: waivers).map(\.code.rawValue)
                if wish.operation.startsMachines {
                    await foresee(member.item, part.draft, &message)
                }
            }
            planned.append(message)
        }
        return planned
    }

    private func foresee(_ item: String, _ draft: Draft, _ message: inout VaultV1.PlannedMember) async {
        guard let record = draft.scope.items.first(where: { $0.id == item }) else { return }
        let foreseen = await foresee(record, draft.parameters)
        message.point = foreseen.point
        message.loss = foreseen.loss
        message.lossUs = foreseen.lossUs
        message.lossUnknown = foreseen.lossUnknown
    }
}

extension PlanFinding {
    /// The gate or component that explains it; by default the gate itself.
    var cause: String {
        switch gate.causedBy {
        case .gate(let code): code.rawValue
        case .component(let subject): "\(subject)"
        case nil: gate.code.rawValue
        }
    }
}
