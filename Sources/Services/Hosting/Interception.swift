public import Environment
public import Logging
public import RPC

/// What every call of a Homeward program passes through, on both sides.
///
/// From the outside in: trace, operation key and generation; the log; counters; whom the configuration lets call. What
/// one of these may do is decided by handlers.
public func standardInterceptors(
    _ environment: Environment, _ log: Logger, _ counters: CallCounters, callers: [String]?
) -> [any Interceptor] {
    let all: [any Interceptor] = [
        ScopePropagation(environment.random),
        CallLog(environment.clock) {
            CallMeter.note($0)
            tell($0, log)
        },
        counters,
    ]
    return all + (callers.map { [authorization($0)] } ?? [])
}

/// Refuses whom `service.callers` does not name. Health is everybody's whom the authority signed: probes ask for it.
func authorization(_ callers: [String]) -> Authorization {
    let allowed = Set(callers)
    return Authorization { context throws(RPCError) in
        guard context.method.service != HealthHandler.serviceName else { return }
        guard let identity = context.identity else {
            throw RPCError(.unauthenticated, "\(context.method): its caller has shown no certificate")
        }
        guard identity.uris.contains(where: allowed.contains) else {
            throw RPCError(.permissionDenied, "\(context.method): \(identity) is not among those who may call here")
        }
    }
}

/// Calls that end as they should are told at debug level, refusals too: the caller hears of them. A bug is an error.
private func tell(_ call: CallRecord, _ log: Logger) {
    let level: Logger.Level = call.concealed != nil ? .error : .debug
    guard level >= log.logLevel else { return }
    var metadata: Logger.Metadata = [
        "side": "\(call.side.rawValue)", "method": "\(call.method)", "code": "\(call.code)",
        "microseconds": "\(call.duration.inMicroseconds)",
    ]
    if !call.peer.isEmpty { metadata["peer"] = "\(call.identity ?? call.peer)" }
    if !call.message.isEmpty { metadata["message"] = "\(call.message)" }
    if let concealed = call.concealed { metadata["cause"] = "\(concealed)" }
    if let traceID = call.traceID { metadata["trace"] = "\(traceID)" }
    log.log(level: level, call.concealed == nil ? "call ended" : "call failed inside", metadata: metadata)
}
