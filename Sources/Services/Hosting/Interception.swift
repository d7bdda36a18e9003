public import Environment
public import Logging
public import RPC

/// What every call of a Homeward program passes through, on both sides.
///
/// From the outside in: trace, operation key and generation; the log; counters. Whoever may call what is decided by
/// handlers and by certificates (`Authorization` is there for a table of callers).
public func standardInterceptors(
    _ environment: Environment, _ log: Logger, _ counters: CallCounters
) -> [any Interceptor] {
    [
        ScopePropagation(environment.random),
        CallLog(environment.clock) { tell($0, log) },
        counters,
    ]
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
