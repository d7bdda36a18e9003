import API
import Messages
import RPC

extension ItemsHandler {
    func completeCertificate(_ request: VaultV1.ItemOperationRequest, _ context: CallContext) async throws -> VaultV1.Job {
        throw RPCError(.unimplemented, "not yet")
    }
}
