import Contract
import Messages
import Model

/// Points on demand, of an agent and of a process server that cuts a group.
extension ScriptedPeers {
    func cutGroup(
        _ state: inout State, _ name: String, _ message: ProcessV1.CutGroupRequest
    ) throws -> [UInt8] {
        try once(&state, name, "CutGroup", message.key, nil) { state in
            let isConsistent = message.applicationConsistent && state.freezeFailure.isEmpty
            let cause = message.applicationConsistent ? state.freezeFailure : ""
            let point = "\(message.group)/1/\(state.groupPoints.count + 1)"
            state.groupPoints.insert(
                .with { $0.name = point; $0.exists = true; $0.applicationConsistent = isConsistent }, at: 0)
            return ProcessV1.CutGroupResponse.with {
                $0.name = point
                $0.applicationConsistent = isConsistent
                $0.cause = cause
            }
        }
    }

    func cut(
        _ state: inout State, _ machine: String, _ key: CommonV1.OperationKey?, _ cut: AgentV1.CutCommand
    ) throws -> [UInt8] {
        let item = key?.item ?? ""
        return try once(&state, machine, "Cut", key, nil) { state in
            let number = (state.points[item]?.first?.number ?? 0) + 1
            let isConsistent = cut.applicationConsistent && state.freezeFailure.isEmpty
            let cause = cut.applicationConsistent ? state.freezeFailure : ""
            state.points[item, default: []].insert(
                .with { $0.number = number; $0.applied = true; $0.applicationConsistent = isConsistent }, at: 0)
            return AgentV1.AgentCommandResult.with {
                $0.result = .cut(
                    .with { $0.number = number; $0.applicationConsistent = isConsistent; $0.cause = cause })
            }
        }
    }
}
