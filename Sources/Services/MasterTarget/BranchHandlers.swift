import Contract
import Messages
import Model
import RPC

/// Branches, of `homeward.target.v1.TargetControl`.
extension TargetControlHandler {
    func createBranch(
        _ request: TargetV1.CreateBranchRequest, _ context: CallContext
    ) async throws -> TargetV1.Branch {
        try await answering("branch item \(request.item)") {
            let name = try branchName(request.item, request.pin)
            let call = try call(request.key, nil, request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await branches.create(name, point: request.point)
            }
        }
    }

    func getBranch(_ request: TargetV1.GetBranchRequest, _ context: CallContext) async throws -> TargetV1.Branch {
        try await answering("find a branch of item \(request.item)") {
            try await branches.branch(try branchName(request.item, request.branch))
        }
    }

    func deleteBranch(
        _ request: TargetV1.DeleteBranchRequest, _ context: CallContext
    ) async throws -> TargetV1.DeleteBranchResponse {
        try await answering("remove a branch of item \(request.item)") {
            let name = try branchName(request.item, request.branch)
            let call = try call(request.key, nil, request.changed { $0.key = nil })
            return try await effects.perform(call, look: { nil }) { _ in
                try await branches.delete(name)
                return TargetV1.DeleteBranchResponse()
            }
        }
    }

    private func branchName(_ item: String, _ pin: String) throws(Failure) -> Branches.Name {
        let item = try ItemID(item)
        guard !pin.isEmpty, pin.utf8.count <= Self.longestPin else {
            throw Failure(
                .invalidArgument, "name a branch of item \(item): say who pinned its point, in up to "
                    + "\(Self.longestPin) bytes")
        }
        return Branches.Name(item: item, pin: pin)
    }
}
