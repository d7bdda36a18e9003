import API
import Messages
import RPC

extension TargetControlHandler {
    func setRetention(_ request: TargetV1.SetRetentionRequest, _ context: CallContext) async throws -> TargetV1.Replica {
        throw RPCError(.unimplemented, "not yet")
    }
    func previewRetention(_ request: TargetV1.PreviewRetentionRequest, _ context: CallContext) async throws -> TargetV1.PreviewRetentionResponse {
        throw RPCError(.unimplemented, "not yet")
    }
}
