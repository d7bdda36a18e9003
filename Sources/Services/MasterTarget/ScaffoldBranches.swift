import API
import Messages
import RPC

extension TargetControlHandler {
    func createBranch(_ request: TargetV1.CreateBranchRequest, _ context: CallContext) async throws -> TargetV1.Branch {
        throw RPCError(.unimplemented, "not yet")
    }
    func getBranch(_ request: TargetV1.GetBranchRequest, _ context: CallContext) async throws -> TargetV1.Branch {
        throw RPCError(.unimplemented, "not yet")
    }
    func deleteBranch(_ request: TargetV1.DeleteBranchRequest, _ context: CallContext) async throws -> TargetV1.DeleteBranchResponse {
        throw RPCError(.unimplemented, "not yet")
    }
}
