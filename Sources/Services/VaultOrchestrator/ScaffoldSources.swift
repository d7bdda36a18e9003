import API
import Messages
import RPC

extension ItemsHandler {
    func completeMigration(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        throw RPCError(.unimplemented, "not yet")
    }
    func getAllowedOperations(_ request: VaultV1.GetAllowedOperationsRequest, _ context: CallContext) async throws -> VaultV1.AllowedOperations {
        throw RPCError(.unimplemented, "not yet")
    }
}
