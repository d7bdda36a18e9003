import MessageCoding
import Messages
import Model

/// Branches and test machines.
extension ScriptedPeers {
    /// nil for a call that is about none.
    func branch(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> (any WireMessage)? {
        switch method {
        case "CreateBranch":
            let message = try TargetV1.CreateBranchRequest(wire: request)
            if let refusal = state.branchRefusal { throw Failure(refusal, "scripted refusal of a branch") }
            let bytes = try once(&state, name, method, message.key, nil) { state in
                let branch = TargetV1.Branch.with {
                    $0.id = message.pin
                    $0.item = message.item
                    $0.point = message.point
                    $0.socket = "/datastore/\(name)/nbd.sock"
                }
                state.branches["\(name)/\(message.pin)"] = branch
                return branch
            }
            return try TargetV1.Branch(wire: bytes)
        case "GetBranch":
            let message = try TargetV1.GetBranchRequest(wire: request)
            guard let branch = state.branches["\(name)/\(message.branch)"] else {
                throw Failure(.notFound, "branch \(message.branch)")
            }
            return branch
        case "DeleteBranch":
            let message = try TargetV1.DeleteBranchRequest(wire: request)
            let bytes = try once(&state, name, method, message.key, nil) { state in
                state.branches["\(name)/\(message.branch)"] = nil
                return TargetV1.DeleteBranchResponse()
            }
            return try TargetV1.DeleteBranchResponse(wire: bytes)
        default: return nil
        }
    }

    /// A test machine takes no grant, and is started without a generation.
    func powerOnTest(_ state: inout State, _ name: String, _ message: PlatformV1.PowerOnRequest) throws -> [UInt8] {
        try once(&state, name, "PowerOn", message.key, nil) { state in
            guard let socket = state.tests[message.machine] else {
                throw Failure(.invalidArgument, "start machine \(message.machine) without a generation")
            }
            guard state.branches.values.contains(where: { $0.socket == socket && $0.ended.isEmpty }) else {
                throw Failure(.operationNotAllowed, "nobody serves \(socket)")
            }
            state.power[message.machine] = .on
            if state.testsBoot { state.boots[message.machine, default: 0] += 1 } else {
                state.unchecked.insert(message.machine)
            }
            return try machine(state, message.machine)
        }
    }
}
