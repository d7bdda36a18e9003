import Messages
import Model
import Store

/// What changes of an item's row, as audit records. They are made of the row before and after, where every row of an
/// item is stored, so that no change can be forgotten to be told.
extension AuditLog {
    func saved(_ item: ItemRecord, was before: ItemRecord?, in transaction: Transaction) throws {
        for record in changes(of: item, since: before) { try append(record, in: transaction) }
    }

    func removed(_ item: ItemRecord, in transaction: Transaction) throws {
        try append(about(item, item, "item-removed"), in: transaction)
    }

    private func changes(of item: ItemRecord, since before: ItemRecord?) -> [VaultV1.AuditRecord] {
        let was = before ?? ItemRecord(id: item.id, displayName: "")
        var records: [VaultV1.AuditRecord] = []
        func tell(_ kind: String, _ change: (inout VaultV1.AuditRecord) -> Void) {
            var record = about(item, was, kind)
            change(&record)
            records.append(record)
        }
        if before == nil {
            tell("item-created") {
                $0.text = item.displayName
                $0.facts = was.differences(item)
            }
        }
        if item.claimJob != was.claimJob {
            tell(item.claimJob == nil ? "item-released" : "item-claimed") {
                $0.text = item.claimOperation ?? was.claimOperation ?? ""
            }
        }
        if let generation = item.generation, generation != was.generation {
            tell("generation-minted") { record in
                record.text = "generation \(generation.number)"
                record.facts = generation.auditFacts(after: was.generation)
                if let change = item.roleChanges.last, change.to == generation.number {
                    record.facts.append(.init("old-writer", change.oldWriter))
                }
            }
        }
        if item.phase != was.phase {
            tell("phase-changed") {
                $0.text = item.phase
                $0.facts = [.init("from", was.phase), .init("to", item.phase)]
            }
        }
        if item.quarantine != was.quarantine {
            tell(item.quarantine == nil ? "quarantine-left" : was.quarantine == nil ? "quarantined" : "census-found") {
                $0.text = (item.quarantine ?? was.quarantine)?.cause ?? ""
                $0.facts = item.quarantine?.auditFacts ?? []
            }
        }
        if let drill = item.drill, drill.state != was.drill?.state {
            tell("drill-\(drill.state.rawValue)") {
                $0.text = drill.cause.isEmpty ? drill.remark : drill.cause
                $0.facts = drill.auditFacts
            }
        }
        let facts = was.differences(item)
        if before != nil, !facts.isEmpty { tell("item-changed") { $0.facts = facts } }
        return records
    }

    /// The job is the one that holds the item, or by which it synchronizes.
    private func about(_ item: ItemRecord, _ was: ItemRecord, _ kind: String) -> VaultV1.AuditRecord {
        let job = item.claimJob ?? was.claimJob ?? item.synchronizingJob ?? was.synchronizingJob
        return .with {
            $0.kind = kind
            $0.item = "items/\(item.id)"
            $0.group = item.group.isEmpty ? "" : "groups/\(item.group)"
            $0.job = job.map { "jobs/\($0)" } ?? ""
            $0.operation = item.claimOperation ?? was.claimOperation ?? ""
        }
    }
}

extension StoredGeneration {
    /// Without the token.
    fileprivate func auditFacts(after old: StoredGeneration?) -> [VaultV1.AuditFact] {
        var facts: [VaultV1.AuditFact] = [
            .init("generation", "\(number)"), .init("before", old.map { "\($0.number)" } ?? "none"),
            .init("active-site", activeSite), .init("replication", replication ?? "none"),
        ]
        if let processServer { facts.append(.init("process-server", processServer)) }
        if let masterTarget { facts.append(.init("master-target", masterTarget)) }
        if let drainsNumber { facts.append(.init("drains", "\(drainsNumber)")) }
        return facts
    }
}

extension StoredDrill {
    fileprivate var auditFacts: [VaultV1.AuditFact] {
        [
            .init("drill", job), .init("direction", direction), .init("machine", machine),
            .init("person", endedBy.isEmpty ? person : endedBy), .init("outcome", outcome?.rawValue ?? ""),
        ].filter { !$0.value.isEmpty }
    }
}

extension StoredQuarantine {
    fileprivate var auditFacts: [VaultV1.AuditFact] {
        var facts: [VaultV1.AuditFact] = found.map { .init("found", $0) }
        facts += missing.map { .init("missing", $0) }
        if needsPerson { facts.append(.init("needs-person", "yes")) }
        return facts
    }
}

extension ItemRecord {
    /// Of what is told with its value before and after: who holds the copies, what is owed, what blocks.
    fileprivate func differences(_ now: ItemRecord) -> [VaultV1.AuditFact] {
        func told(_ name: String, _ value: (ItemRecord) -> String) -> VaultV1.AuditFact? {
            let (old, new) = (value(self), value(now))
            return old == new ? nil : .init(name, old.isEmpty ? new : "\(old) -> \(new)")
        }
        return [
            told("display-name", \.displayName), told("group", \.group), told("home", { $0.home.told }),
            told("cloud", { $0.cloud.told }), told("process-server", \.processServer),
            told("relayed-anew", { $0.relayedAnew.map { "\($0.from) to \($0.to): \($0.cause)" } ?? "" }),
            told("master-target", \.masterTarget), told("forward-policy", { $0.policy(.out) }),
            told("failback-policy", { $0.policy(.home) }), told("owed", { $0.owed.joined(separator: ", ") }),
            told("target-loss", { $0.targetLoss?.text ?? "" }),
            told("blockers", { $0.blockers.joined(separator: "; ") }),
            told("hand-pins", { ($0.handPins ?? []).map(\.text).joined(separator: "; ") }),
            told("set-aside", { $0.setAside?.text ?? "" }),
            told("left-out", { ($0.leftOut ?? []).map(\.text).joined(separator: "; ") }),
            told("failover-point", { $0.failoverPoint == 0 ? "" : "\($0.failoverPoint)" }),
        ].compactMap { $0 }
    }
}

extension StoredCopy {
    fileprivate var told: String {
        machine.isEmpty && state == CopyState.absent.rawValue
            ? "" : "\(machine) \(state)\(statedDead ? ", stated dead" : "")"
    }
}
