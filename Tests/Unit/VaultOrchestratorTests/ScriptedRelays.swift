import Messages
import Model

/// What is asked of process servers.
extension ScriptedPeers {
    /// nil of a method that is not theirs.
    func relay(_ state: inout State, _ name: String, _ method: String, _ request: [UInt8]) throws -> [UInt8]? {
        switch method {
        case "OpenRelay":
            let message = try ProcessV1.OpenRelayRequest(wire: request)
            state.relays[message.item] = message.members
            state.applicationIntervals["relay \(message.item)"] = message.groupApplicationIntervalUs
            state.groupIntervals[message.item] = message.groupIntervalUs
            return try once(&state, name, method, message.key, message.generation) { _ in ProcessV1.Relay() }
        case "CloseRelay":
            let message = try ProcessV1.CloseRelayRequest(wire: request)
            return try once(&state, name, method, message.key, message.generation) { _ in ProcessV1.Relay() }
        case "GetRelay":
            let item = try ProcessV1.GetRelayRequest(wire: request).item
            guard let generation = state.assigned["\(name)/\(item)"] else { throw Failure(.notFound, "relay \(item)") }
            let isSource = state.opened.values.contains {
                $0.processServer?.id == name && $0.generation == generation.message
            }
            return ProcessV1.Relay.with {
                $0.item = item
                $0.sourceConnected = isSource && !state.unmet.contains(name)
                $0.targetConnected = $0.sourceConnected
            }.wireBytes()
        case "GetGroup":
            guard let age = state.commonAgeUs else { throw Failure(.unsupported, "this one cuts no groups") }
            return ProcessV1.Group.with {
                $0.newestCommon = "shop/1/7"
                $0.newestCommonAgeUs = age
            }.wireBytes()
        case "CutGroup": return try cutGroup(&state, name, ProcessV1.CutGroupRequest(wire: request))
        default: return nil
        }
    }
}
