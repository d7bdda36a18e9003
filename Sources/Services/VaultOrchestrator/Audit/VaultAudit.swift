import Contract
import Messages
import Model
import RPC
import Store

/// What the audit log tells of the vault itself: its reigns, what it was made to conclude, and who takes part.
extension AuditLog {
    /// Each start of a vault. The first record after a restore names the epoch and what was restored; everything before
    /// it in the log came out of the backup.
    func began(
        isRestored: Bool, _ original: IncarnationID?, at now: UnixMicroseconds, in transaction: Transaction
    ) throws {
        var record = VaultV1.AuditRecord()
        record.kind = isRestored ? "reign-began-restored" : "reign-began"
        record.text =
            !isRestored
            ? "the vault started"
            : "the store is one that was restored" + (original.map { ", from a backup of \($0)" } ?? "")
        record.facts = [.init("epoch", "\(try epoch(in: transaction))"), .init("store", database.incarnation.text)]
        if let original { record.facts.append(.init("backup-of", original.text)) }
        try append(record, at: now, in: transaction)
    }

    /// With the generation and phase, which the item's own records tell, a person's decision about an item that was
    /// quarantined.
    func reconciled(
        _ item: ItemRecord, _ because: [String], _ ended: [JobID], by statement: Model.Statement,
        in transaction: Transaction
    ) throws {
        var record = reconciliation("reconciled", item)
        record.tell(statement)
        record.facts += [
            .init("generation", "\(item.generation?.number ?? 0)"), .init("phase", item.phase),
            .init("active-site", item.generation?.activeSite ?? ""),
        ]
        record.facts += because.map { .init("because", $0) }
        record.facts += ended.map { .init("ended-job", "jobs/\($0)") }
        try append(record, in: transaction)
    }

    func unreconciled(_ item: ItemRecord, _ statement: Model.Statement, _ failure: Failure) async throws {
        var record = reconciliation("refused", item)
        record.tell(failure)
        record.person = statement.name
        record.facts.append(.init("reason", statement.reason))
        try await refused(record, by: "")
    }

    private func reconciliation(_ kind: String, _ item: ItemRecord) -> VaultV1.AuditRecord {
        .with {
            $0.kind = kind
            $0.operation = "reconcile"
            $0.item = "items/\(item.id)"
            $0.group = item.group.isEmpty ? "" : "groups/\(item.group)"
        }
    }

    /// A recovery plan that is new or was changed. What its runs do their jobs tell.
    func saved(_ plan: PlanRow, in transaction: Transaction) throws {
        try append(about(plan, "plan-saved"), in: transaction)
    }

    func removed(_ plan: PlanRow, in transaction: Transaction) throws {
        try append(about(plan, "plan-removed"), in: transaction)
    }

    private func about(_ plan: PlanRow, _ kind: String) -> VaultV1.AuditRecord {
        .with {
            $0.kind = kind
            $0.text = "plans/\(plan.id)"
            $0.facts = [.init("version", "\(plan.version)"), .init("digest", plan.digest)]
        }
    }

    /// A replication policy that is new or was changed. Who follows it the items' records tell.
    func saved(_ policy: PolicyRow, in transaction: Transaction) throws {
        try append(try about(policy, "policy-saved"), in: transaction)
    }

    func removed(_ policy: PolicyRow, in transaction: Transaction) throws {
        try append(try about(policy, "policy-removed"), in: transaction)
    }

    private func about(_ policy: PolicyRow, _ kind: String) throws(Failure) -> VaultV1.AuditRecord {
        let digest = try policy.spec.digest()
        return .with {
            $0.kind = kind
            $0.text = "policies/\(policy.id)"
            $0.facts = [.init("version", "\(policy.version)"), .init("digest", digest)]
        }
    }

    func raised(_ alert: AlertRow, in transaction: Transaction) throws {
        try append(about(alert, "alert-raised", alert.detail), in: transaction)
    }

    func cleared(_ alert: AlertRow, _ why: String, in transaction: Transaction) throws {
        try append(about(alert, "alert-cleared", why), in: transaction)
    }

    private func about(_ alert: AlertRow, _ kind: String, _ detail: String) -> VaultV1.AuditRecord {
        .with {
            $0.kind = kind
            $0.item = alert.subject.hasPrefix("items/") ? alert.subject : ""
            $0.text = "alerts/\(alert.id)"
            $0.facts = [.init("code", alert.code.rawValue), .init("detail", detail)]
        }
    }

    /// A component that is new, or that moved.
    func saved(_ component: ConfigurationV1.Component, source: String, in transaction: Transaction) throws {
        try append(
            .with {
                $0.kind = "component-registered"
                $0.text = component.endpoint?.id ?? ""
                $0.facts = [
                    .init("kind", "\(component.kind)"), .init("site", "\(component.site)"),
                    .init("address", component.endpoint?.address ?? ""), .init("heard-by", source),
                ]
            }, in: transaction)
    }
}

/// Serves a call of a component: what is stored meanwhile is told of this caller.
func heard<T: Sendable>(_ context: CallContext, _ what: String, _ body: () async throws -> T) async throws -> T {
    try await Caller.$current.withValue(Caller(peer: context.caller)) { try await answering(what, body) }
}
