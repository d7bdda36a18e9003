import API
import Contract
import Messages
import Model
import RPC

/// `homeward.vault.v1.Plans`: decodes and checks; `VaultCore` decides.
struct PlansHandler: PlansService {
    let core: VaultCore

    func createPlan(
        _ request: VaultV1.CreatePlanRequest, _ context: CallContext
    ) async throws -> VaultV1.RecoveryPlan {
        var asked = Asked("create-plan", subject(request.plan?.name ?? ""))
        (asked.requestID, asked.validateOnly) = (request.requestID, request.validateOnly)
        return try await core.asked(asked, context, "create a plan") { try await core.createPlan(request) }
    }

    func updatePlan(
        _ request: VaultV1.UpdatePlanRequest, _ context: CallContext
    ) async throws -> VaultV1.RecoveryPlan {
        var asked = Asked("update-plan", subject(request.plan?.name ?? ""))
        asked.validateOnly = request.validateOnly
        return try await core.asked(asked, context, "change a plan") { try await core.updatePlan(request) }
    }

    func getPlan(_ request: VaultV1.GetPlanRequest, _ context: CallContext) async throws -> VaultV1.RecoveryPlan {
        try await answering("read \(request.name)") {
            try await core.show(try await core.vault.store.plan(planID(request.name)))
        }
    }

    func listPlans(
        _ request: VaultV1.ListPlansRequest, _ context: CallContext
    ) async throws -> VaultV1.ListPlansResponse {
        try await answering("list plans") { try await core.plans(request) }
    }

    func deletePlan(
        _ request: VaultV1.DeletePlanRequest, _ context: CallContext
    ) async throws -> VaultV1.DeletePlanResponse {
        try await core.asked(Asked("delete-plan", subject(request.name)), context, "delete \(request.name)") {
            try await core.deletePlan(request)
            return VaultV1.DeletePlanResponse()
        }
    }

    func previewPlan(
        _ request: VaultV1.RunPlanRequest, _ context: CallContext
    ) async throws -> VaultV1.PlanPreview {
        try await answering("preview \(request.name)") { try await core.previewRun(request) }
    }

    func runPlan(_ request: VaultV1.RunPlanRequest, _ context: CallContext) async throws -> VaultV1.PlanRun {
        let asked = Asked("run-plan", subject(request.name), request.options)
        return try await core.asked(asked, context, "run \(request.name)") { try await core.runPlan(request) }
    }

    func previewRerun(
        _ request: VaultV1.RerunPlanRequest, _ context: CallContext
    ) async throws -> VaultV1.PlanPreview {
        try await answering("preview running \(request.run) again") { try await core.previewRerun(request) }
    }

    func rerunPlan(_ request: VaultV1.RerunPlanRequest, _ context: CallContext) async throws -> VaultV1.PlanRun {
        let asked = Asked("rerun-plan", request.run, request.options)
        return try await core.asked(asked, context, "run \(request.run) again") { try await core.rerun(request) }
    }

    func getPlanRun(_ request: VaultV1.GetPlanRunRequest, _ context: CallContext) async throws -> VaultV1.PlanRun {
        try await answering("read \(request.name)") {
            try await core.showRun(try await core.run(named: request.name).0)
        }
    }

    func listPlanRuns(
        _ request: VaultV1.ListPlanRunsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListPlanRunsResponse {
        try await answering("list runs of plans") {
            let page = try Page(request.pageSize)
            let plan = request.plan.isEmpty ? nil : try planID(request.plan).text
            let found = try await core.vault.store.runs(
                of: plan, before: jobPlace(request.pageToken), limit: page.size + 1)
            var answer = VaultV1.ListPlanRunsResponse()
            for run in found.prefix(page.size) {
                answer.runs.append(try await core.showRun(run.job, withMessages: false))
            }
            if found.count > page.size {
                let last = found[page.size - 1]
                answer.nextPageToken = "\(last.createdUs):\(last.job)"
            }
            return answer
        }
    }

    func completePlanAction(
        _ request: VaultV1.CompletePlanActionRequest, _ context: CallContext
    ) async throws -> VaultV1.PlanRun {
        let asked = Asked("complete-plan-action", request.run, person: request.person)
        return try await core.asked(asked, context, "complete action \(request.action) of \(request.run)") {
            try await core.complete(request)
        }
    }

    /// A plan by its whole name, which is no item's.
    private func subject(_ name: String) -> String { name.hasPrefix("plans/") ? name : "plans/\(name)" }
}
