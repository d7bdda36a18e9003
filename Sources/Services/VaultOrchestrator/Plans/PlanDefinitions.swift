import Contract
import Cryptography
import Messages
import Model
import Store

/// Plans as they are kept: made, changed, listed, removed.
extension VaultCore {
    func createPlan(_ message: VaultV1.CreatePlanRequest) async throws -> VaultV1.RecoveryPlan {
        let id = try chosenID(message.plan)
        guard !message.requestID.isEmpty, message.requestID.utf8.count <= 128 else {
            throw Failure(.invalidArgument, "create plan \(id): request_id is required, up to 128 bytes")
        }
        let digest = SHA256.hash(message.wireBytes())
        if let known = try await vault.store.database.read({ try vault.store.plan(id, in: $0) }) {
            return try await show(sameRequest(known, message.requestID, digest))
        }
        let spec = try await checked(message.plan ?? .init(), id)
        let now = vault.now.value
        let row = PlanRow(
            id: id, version: 1, spec: spec, digest: try spec.digest(), createdUs: now, updatedUs: now,
            request: message.requestID, requestDigest: digest)
        if message.validateOnly { return try await show(row) }
        let store = vault.store
        let stored = try await store.database.write("plan") { transaction -> PlanRow in
            // The same request may have come twice at once.
            if let known = try store.plan(id, in: transaction) {
                return try sameRequest(known, message.requestID, digest)
            }
            let count = try transaction.row("SELECT COUNT(*) AS plans FROM plans")?.integer("plans") ?? 0
            guard count < mostPlans else { throw Failure(.limitReached, "create plan \(id): there are \(count) plans") }
            try store.save(row, in: transaction)
            return row
        }
        return try await show(stored)
    }

    func updatePlan(_ message: VaultV1.UpdatePlanRequest) async throws -> VaultV1.RecoveryPlan {
        let id = try chosenID(message.plan)
        let spec = try await checked(message.plan ?? .init(), id)
        let (store, now, digest) = (vault.store, vault.now.value, try spec.digest())
        let before = try await store.plan(id)
        try requireEtag(message.etag, before)
        var shown = before
        (shown.spec, shown.digest) = (spec, digest)
        if message.validateOnly { return try await show(shown) }
        let stored = try await store.database.write("plan") { transaction -> PlanRow in
            guard var row = try store.plan(id, in: transaction) else {
                throw Failure(.notFound, "change plan \(id): it is gone")
            }
            try requireEtag(message.etag, row)
            guard row.spec != spec else { return row }
            row.version += 1
            (row.spec, row.digest, row.updatedUs) = (spec, digest, now)
            try store.save(row, in: transaction)
            return row
        }
        return try await show(stored)
    }

    func deletePlan(_ message: VaultV1.DeletePlanRequest) async throws {
        let id = try planID(message.name)
        let store = vault.store
        try await store.database.write("plan") { transaction in
            guard let row = try store.plan(id, in: transaction) else {
                throw Failure(.notFound, "delete plan \(id): there is none of that id")
            }
            try requireEtag(message.etag, row)
            let running = try transaction.row(
                "SELECT plan_runs.job AS run FROM plan_runs JOIN jobs ON jobs.id = plan_runs.job "
                    + "WHERE plan_runs.plan = ? AND finished = 0 LIMIT 1", .id(id))
            if let running {
                let run = try running.text("run")
                throw Failure(
                    .operationNotAllowed, "delete plan \(id): jobs/\(run), a run of it, has not ended")
            }
            try store.removePlan(row, in: transaction)
        }
    }

    func plans(_ message: VaultV1.ListPlansRequest) async throws -> VaultV1.ListPlansResponse {
        let page = try Page(message.pageSize)
        let found = try await vault.store.plans(after: message.pageToken, limit: page.size + 1)
        var answer = VaultV1.ListPlansResponse()
        for row in found.prefix(page.size) { answer.plans.append(try await show(row)) }
        if found.count > page.size { answer.nextPageToken = found[page.size - 1].id.text }
        return answer
    }

    func show(_ row: PlanRow) async throws -> VaultV1.RecoveryPlan {
        let runs = try await vault.store.runs(of: row.id.text, before: nil, onlyRunning: true, limit: Page.usual)
        var problems: [String] = []
        do { _ = try await units(of: row.spec) } catch let failure as Failure { problems.append(failure.message) }
        return .with {
            $0.name = "plans/\(row.id)"
            $0.displayName = row.spec.displayName
            $0.description = row.spec.description
            $0.bootGroups = row.spec.bootGroups.map(\.message)
            $0.policy = row.spec.policy.message
            $0.version = row.version
            $0.digest = row.digest
            $0.etag = row.etag
            $0.createdUnixUs = row.createdUs
            $0.updatedUnixUs = row.updatedUs
            $0.running = runs.map { "jobs/\($0.job)" }
            $0.problems = problems
        }
    }

    private func chosenID(_ plan: VaultV1.RecoveryPlan?) throws(Failure) -> PlanID {
        let id = try planID(plan?.name ?? "")
        guard id.text.utf8.count <= PlanLimits.idBytes else {
            throw Failure(.invalidArgument, "name plan \(id): an id has at most \(PlanLimits.idBytes) bytes")
        }
        return id
    }

    /// With the names of its members as they are stored: a display name may change.
    private func checked(_ message: VaultV1.RecoveryPlan, _ id: PlanID) async throws -> PlanSpec {
        var spec = try PlanSpec(message, id: id)
        let units = try await units(of: spec)
        for index in spec.bootGroups.indices {
            spec.bootGroups[index].members = units.filter { $0.bootGroup == index }.map(\.name)
        }
        return spec
    }
}

/// Listed and shown by people; a thousand is more than a site has services.
private let mostPlans: Int64 = 1_000

private func sameRequest(_ row: PlanRow, _ request: String, _ digest: [UInt8]) throws(Failure) -> PlanRow {
    guard row.request == request, row.requestDigest == digest else {
        throw Failure(
            .alreadyExists, "create plan \(row.id): there is one of that id; change it with `homeward plans edit`")
    }
    return row
}

private func requireEtag(_ etag: String, _ row: PlanRow) throws(Failure) {
    guard etag.isEmpty || etag == row.etag else {
        throw Failure(.etagMismatch, "change plan \(row.id): it is at \(row.etag), not \(etag)")
    }
}
