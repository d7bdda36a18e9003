// Generated from homeward/vault/v1/plans.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.vault.v1.Plans` as they are named on the wire, with their properties.
public enum PlansMethods {
    public static let service = "homeward.vault.v1.Plans"
    public static let createPlan = MethodDescriptor(MethodName(service: service, method: "CreatePlan"), .unary, .unknown)
    public static let updatePlan = MethodDescriptor(MethodName(service: service, method: "UpdatePlan"), .unary, .unknown)
    public static let getPlan = MethodDescriptor(MethodName(service: service, method: "GetPlan"), .unary, .noSideEffects)
    public static let listPlans = MethodDescriptor(MethodName(service: service, method: "ListPlans"), .unary, .noSideEffects)
    public static let deletePlan = MethodDescriptor(MethodName(service: service, method: "DeletePlan"), .unary, .unknown)
    public static let previewPlan = MethodDescriptor(MethodName(service: service, method: "PreviewPlan"), .unary, .noSideEffects)
    public static let runPlan = MethodDescriptor(MethodName(service: service, method: "RunPlan"), .unary, .unknown)
    public static let previewRerun = MethodDescriptor(MethodName(service: service, method: "PreviewRerun"), .unary, .noSideEffects)
    public static let rerunPlan = MethodDescriptor(MethodName(service: service, method: "RerunPlan"), .unary, .unknown)
    public static let getPlanRun = MethodDescriptor(MethodName(service: service, method: "GetPlanRun"), .unary, .noSideEffects)
    public static let listPlanRuns = MethodDescriptor(MethodName(service: service, method: "ListPlanRuns"), .unary, .noSideEffects)
    public static let completePlanAction = MethodDescriptor(MethodName(service: service, method: "CompletePlanAction"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [createPlan, updatePlan, getPlan, listPlans, deletePlan, previewPlan, runPlan, previewRerun, rerunPlan, getPlanRun, listPlanRuns, completePlanAction]
}

/// Recovery plans and their runs.
public protocol PlansService: Sendable {
    /// Makes a plan.
    func createPlan(_ request: VaultV1.CreatePlanRequest, _ context: CallContext) async throws -> VaultV1.RecoveryPlan
    /// Replaces a plan's content.
    func updatePlan(_ request: VaultV1.UpdatePlanRequest, _ context: CallContext) async throws -> VaultV1.RecoveryPlan
    /// One plan.
    func getPlan(_ request: VaultV1.GetPlanRequest, _ context: CallContext) async throws -> VaultV1.RecoveryPlan
    /// Plans, page by page.
    func listPlans(_ request: VaultV1.ListPlansRequest, _ context: CallContext) async throws -> VaultV1.ListPlansResponse
    /// Removes a plan.
    func deletePlan(_ request: VaultV1.DeletePlanRequest, _ context: CallContext) async throws -> VaultV1.DeletePlanResponse
    /// What a run would do: every gate of every member at once. Nothing is changed.
    func previewPlan(_ request: VaultV1.RunPlanRequest, _ context: CallContext) async throws -> VaultV1.PlanPreview
    /// Starts a run.
    func runPlan(_ request: VaultV1.RunPlanRequest, _ context: CallContext) async throws -> VaultV1.PlanRun
    /// What running a run again would do, as PreviewPlan.
    func previewRerun(_ request: VaultV1.RerunPlanRequest, _ context: CallContext) async throws -> VaultV1.PlanPreview
    /// Runs what a run has left.
    func rerunPlan(_ request: VaultV1.RerunPlanRequest, _ context: CallContext) async throws -> VaultV1.PlanRun
    /// One run.
    func getPlanRun(_ request: VaultV1.GetPlanRunRequest, _ context: CallContext) async throws -> VaultV1.PlanRun
    /// Runs, page by page.
    func listPlanRuns(_ request: VaultV1.ListPlanRunsRequest, _ context: CallContext) async throws -> VaultV1.ListPlanRunsResponse
    /// Completes an action of a run that waits for a person.
    func completePlanAction(_ request: VaultV1.CompletePlanActionRequest, _ context: CallContext) async throws -> VaultV1.PlanRun
}

extension PlansService {
    /// What a server routes calls of `homeward.vault.v1.Plans` by.
    public func bound() -> BoundService {
        BoundService(name: PlansMethods.service, methods: [
            .unary(PlansMethods.createPlan.name) { try await self.createPlan($0, $1) },
            .unary(PlansMethods.updatePlan.name) { try await self.updatePlan($0, $1) },
            .unary(PlansMethods.getPlan.name) { try await self.getPlan($0, $1) },
            .unary(PlansMethods.listPlans.name) { try await self.listPlans($0, $1) },
            .unary(PlansMethods.deletePlan.name) { try await self.deletePlan($0, $1) },
            .unary(PlansMethods.previewPlan.name) { try await self.previewPlan($0, $1) },
            .unary(PlansMethods.runPlan.name) { try await self.runPlan($0, $1) },
            .unary(PlansMethods.previewRerun.name) { try await self.previewRerun($0, $1) },
            .unary(PlansMethods.rerunPlan.name) { try await self.rerunPlan($0, $1) },
            .unary(PlansMethods.getPlanRun.name) { try await self.getPlanRun($0, $1) },
            .unary(PlansMethods.listPlanRuns.name) { try await self.listPlanRuns($0, $1) },
            .unary(PlansMethods.completePlanAction.name) { try await self.completePlanAction($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Plans`; a call that fails throws `RPCError`.
public struct PlansClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Makes a plan.
    public func createPlan(_ request: VaultV1.CreatePlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.RecoveryPlan {
        try await channel.unary(PlansMethods.createPlan, request, options)
    }

    /// Replaces a plan's content.
    public func updatePlan(_ request: VaultV1.UpdatePlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.RecoveryPlan {
        try await channel.unary(PlansMethods.updatePlan, request, options)
    }

    /// One plan.
    public func getPlan(_ request: VaultV1.GetPlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.RecoveryPlan {
        try await channel.unary(PlansMethods.getPlan, request, options)
    }

    /// Plans, page by page.
    public func listPlans(_ request: VaultV1.ListPlansRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListPlansResponse {
        try await channel.unary(PlansMethods.listPlans, request, options)
    }

    /// Removes a plan.
    public func deletePlan(_ request: VaultV1.DeletePlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.DeletePlanResponse {
        try await channel.unary(PlansMethods.deletePlan, request, options)
    }

    /// What a run would do: every gate of every member at once. Nothing is changed.
    public func previewPlan(_ request: VaultV1.RunPlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PlanPreview {
        try await channel.unary(PlansMethods.previewPlan, request, options)
    }

    /// Starts a run.
    public func runPlan(_ request: VaultV1.RunPlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PlanRun {
        try await channel.unary(PlansMethods.runPlan, request, options)
    }

    /// What running a run again would do, as PreviewPlan.
    public func previewRerun(_ request: VaultV1.RerunPlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PlanPreview {
        try await channel.unary(PlansMethods.previewRerun, request, options)
    }

    /// Runs what a run has left.
    public func rerunPlan(_ request: VaultV1.RerunPlanRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PlanRun {
        try await channel.unary(PlansMethods.rerunPlan, request, options)
    }

    /// One run.
    public func getPlanRun(_ request: VaultV1.GetPlanRunRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PlanRun {
        try await channel.unary(PlansMethods.getPlanRun, request, options)
    }

    /// Runs, page by page.
    public func listPlanRuns(_ request: VaultV1.ListPlanRunsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListPlanRunsResponse {
        try await channel.unary(PlansMethods.listPlanRuns, request, options)
    }

    /// Completes an action of a run that waits for a person.
    public func completePlanAction(_ request: VaultV1.CompletePlanActionRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PlanRun {
        try await channel.unary(PlansMethods.completePlanAction, request, options)
    }
}
