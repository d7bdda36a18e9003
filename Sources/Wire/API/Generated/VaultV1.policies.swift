// Generated from homeward/vault/v1/policies.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.vault.v1.Policies` as they are named on the wire, with their properties.
public enum PoliciesMethods {
    public static let service = "homeward.vault.v1.Policies"
    public static let createPolicy = MethodDescriptor(MethodName(service: service, method: "CreatePolicy"), .unary, .unknown)
    public static let updatePolicy = MethodDescriptor(MethodName(service: service, method: "UpdatePolicy"), .unary, .unknown)
    public static let getPolicy = MethodDescriptor(MethodName(service: service, method: "GetPolicy"), .unary, .noSideEffects)
    public static let listPolicies = MethodDescriptor(MethodName(service: service, method: "ListPolicies"), .unary, .noSideEffects)
    public static let deletePolicy = MethodDescriptor(MethodName(service: service, method: "DeletePolicy"), .unary, .unknown)
    public static let assignPolicy = MethodDescriptor(MethodName(service: service, method: "AssignPolicy"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [createPolicy, updatePolicy, getPolicy, listPolicies, deletePolicy, assignPolicy]
}

/// Replication policies.
public protocol PoliciesService: Sendable {
    /// Makes a policy.
    func createPolicy(_ request: VaultV1.CreatePolicyRequest, _ context: CallContext) async throws -> VaultV1.PolicyChange
    /// Replaces what a policy says.
    func updatePolicy(_ request: VaultV1.UpdatePolicyRequest, _ context: CallContext) async throws -> VaultV1.PolicyChange
    /// One policy.
    func getPolicy(_ request: VaultV1.GetPolicyRequest, _ context: CallContext) async throws -> VaultV1.ReplicationPolicy
    /// Policies, page by page.
    func listPolicies(_ request: VaultV1.ListPoliciesRequest, _ context: CallContext) async throws -> VaultV1.ListPoliciesResponse
    /// Removes a policy; FAILED_PRECONDITION names who follows it.
    func deletePolicy(_ request: VaultV1.DeletePolicyRequest, _ context: CallContext) async throws -> VaultV1.DeletePolicyResponse
    /// Lets an item or a replication group follow a policy; asking again is harmless.
    func assignPolicy(_ request: VaultV1.AssignPolicyRequest, _ context: CallContext) async throws -> VaultV1.PolicyChange
}

extension PoliciesService {
    /// What a server routes calls of `homeward.vault.v1.Policies` by.
    public func bound() -> BoundService {
        BoundService(name: PoliciesMethods.service, methods: [
            .unary(PoliciesMethods.createPolicy.name) { try await self.createPolicy($0, $1) },
            .unary(PoliciesMethods.updatePolicy.name) { try await self.updatePolicy($0, $1) },
            .unary(PoliciesMethods.getPolicy.name) { try await self.getPolicy($0, $1) },
            .unary(PoliciesMethods.listPolicies.name) { try await self.listPolicies($0, $1) },
            .unary(PoliciesMethods.deletePolicy.name) { try await self.deletePolicy($0, $1) },
            .unary(PoliciesMethods.assignPolicy.name) { try await self.assignPolicy($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Policies`; a call that fails throws `RPCError`.
public struct PoliciesClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Makes a policy.
    public func createPolicy(_ request: VaultV1.CreatePolicyRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PolicyChange {
        try await channel.unary(PoliciesMethods.createPolicy, request, options)
    }

    /// Replaces what a policy says.
    public func updatePolicy(_ request: VaultV1.UpdatePolicyRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PolicyChange {
        try await channel.unary(PoliciesMethods.updatePolicy, request, options)
    }

    /// One policy.
    public func getPolicy(_ request: VaultV1.GetPolicyRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ReplicationPolicy {
        try await channel.unary(PoliciesMethods.getPolicy, request, options)
    }

    /// Policies, page by page.
    public func listPolicies(_ request: VaultV1.ListPoliciesRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListPoliciesResponse {
        try await channel.unary(PoliciesMethods.listPolicies, request, options)
    }

    /// Removes a policy; FAILED_PRECONDITION names who follows it.
    public func deletePolicy(_ request: VaultV1.DeletePolicyRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.DeletePolicyResponse {
        try await channel.unary(PoliciesMethods.deletePolicy, request, options)
    }

    /// Lets an item or a replication group follow a policy; asking again is harmless.
    public func assignPolicy(_ request: VaultV1.AssignPolicyRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.PolicyChange {
        try await channel.unary(PoliciesMethods.assignPolicy, request, options)
    }
}

/// The methods of `homeward.vault.v1.Alerts` as they are named on the wire, with their properties.
public enum AlertsMethods {
    public static let service = "homeward.vault.v1.Alerts"
    public static let listAlerts = MethodDescriptor(MethodName(service: service, method: "ListAlerts"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [listAlerts]
}

/// Alerts.
public protocol AlertsService: Sendable {
    /// Alerts, page by page.
    func listAlerts(_ request: VaultV1.ListAlertsRequest, _ context: CallContext) async throws -> VaultV1.ListAlertsResponse
}

extension AlertsService {
    /// What a server routes calls of `homeward.vault.v1.Alerts` by.
    public func bound() -> BoundService {
        BoundService(name: AlertsMethods.service, methods: [
            .unary(AlertsMethods.listAlerts.name) { try await self.listAlerts($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Alerts`; a call that fails throws `RPCError`.
public struct AlertsClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Alerts, page by page.
    public func listAlerts(_ request: VaultV1.ListAlertsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListAlertsResponse {
        try await channel.unary(AlertsMethods.listAlerts, request, options)
    }
}
