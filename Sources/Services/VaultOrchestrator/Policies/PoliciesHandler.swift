import API
import Contract
import Messages
import Model
import RPC

/// `homeward.vault.v1.Policies`: decodes and checks; `VaultCore` decides.
struct PoliciesHandler: PoliciesService {
    let core: VaultCore

    func createPolicy(
        _ request: VaultV1.CreatePolicyRequest, _ context: CallContext
    ) async throws -> VaultV1.PolicyChange {
        var asked = Asked("create-policy", subject(request.policy?.name ?? ""))
        (asked.requestID, asked.validateOnly) = (request.requestID, request.validateOnly)
        return try await core.asked(asked, context, "create a policy") { try await core.createPolicy(request) }
    }

    func updatePolicy(
        _ request: VaultV1.UpdatePolicyRequest, _ context: CallContext
    ) async throws -> VaultV1.PolicyChange {
        var asked = Asked("update-policy", subject(request.policy?.name ?? ""))
        asked.validateOnly = request.validateOnly
        return try await core.asked(asked, context, "change a policy") { try await core.updatePolicy(request) }
    }

    func getPolicy(
        _ request: VaultV1.GetPolicyRequest, _ context: CallContext
    ) async throws -> VaultV1.ReplicationPolicy {
        try await answering("read \(request.name)") {
            let id = try core.policyID(request.name)
            return try await core.show(try await core.vault.store.policy(id, "read policy \(id)"))
        }
    }

    func listPolicies(
        _ request: VaultV1.ListPoliciesRequest, _ context: CallContext
    ) async throws -> VaultV1.ListPoliciesResponse {
        try await answering("list policies") { try await core.listPolicies(request) }
    }

    func deletePolicy(
        _ request: VaultV1.DeletePolicyRequest, _ context: CallContext
    ) async throws -> VaultV1.DeletePolicyResponse {
        try await core.asked(Asked("delete-policy", subject(request.name)), context, "delete \(request.name)") {
            try await core.deletePolicy(request)
            return VaultV1.DeletePolicyResponse()
        }
    }

    func assignPolicy(
        _ request: VaultV1.AssignPolicyRequest, _ context: CallContext
    ) async throws -> VaultV1.PolicyChange {
        var asked = Asked("assign-policy", request.follower)
        asked.validateOnly = request.validateOnly
        return try await core.asked(asked, context, "assign \(request.policy) to \(request.follower)") {
            try await core.assignPolicy(request)
        }
    }

    /// A policy by its whole name, which is no item's.
    private func subject(_ name: String) -> String { name.hasPrefix("policies/") ? name : "policies/\(name)" }
}
