// Generated from homeward/vault/v1/audit.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.vault.v1.Audit` as they are named on the wire, with their properties.
public enum AuditMethods {
    public static let service = "homeward.vault.v1.Audit"
    public static let listAuditRecords = MethodDescriptor(MethodName(service: service, method: "ListAuditRecords"), .unary, .noSideEffects)
    public static let getAuditHead = MethodDescriptor(MethodName(service: service, method: "GetAuditHead"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [listAuditRecords, getAuditHead]
}

/// The vault's audit log. Whoever reads all of it can check it without the vault's help: see AuditRecord.
public protocol AuditService: Sendable {
    /// Records, page by page.
    func listAuditRecords(_ request: VaultV1.ListAuditRecordsRequest, _ context: CallContext) async throws -> VaultV1.ListAuditRecordsResponse
    /// Where the log ends.
    func getAuditHead(_ request: VaultV1.GetAuditHeadRequest, _ context: CallContext) async throws -> VaultV1.AuditHead
}

extension AuditService {
    /// What a server routes calls of `homeward.vault.v1.Audit` by.
    public func bound() -> BoundService {
        BoundService(name: AuditMethods.service, methods: [
            .unary(AuditMethods.listAuditRecords.name) { try await self.listAuditRecords($0, $1) },
            .unary(AuditMethods.getAuditHead.name) { try await self.getAuditHead($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Audit`; a call that fails throws `RPCError`.
public struct AuditClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Records, page by page.
    public func listAuditRecords(_ request: VaultV1.ListAuditRecordsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListAuditRecordsResponse {
        try await channel.unary(AuditMethods.listAuditRecords, request, options)
    }

    /// Where the log ends.
    public func getAuditHead(_ request: VaultV1.GetAuditHeadRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.AuditHead {
        try await channel.unary(AuditMethods.getAuditHead, request, options)
    }
}
