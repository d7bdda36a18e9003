import Contract
import Messages
import Model
import RPC

/// What the server's typed failure must be once it arrived: as the standard details and as the domain's error.
func checkDetails(_ error: RPCError) throws {
    let status = try GoogleRPC.Status(wire: error.details)
    try expect(status.code == Int32(error.code.rawValue) && status.message == error.message, "\(status)")
    func detail(_ name: String) throws -> [UInt8] {
        guard let any = status.details.first(where: { $0.typeURL == "type.googleapis.com/google.rpc.\(name)" }) else {
            throw CaseFailed(description: "no \(name)")
        }
        return any.value
    }
    let reason = try GoogleRPC.ErrorInfo(wire: try detail("ErrorInfo"))
    try expect(reason.reason == "GATES_FAILED" && reason.domain == "homeward", "\(reason)")
    try expect(reason.metadata == ["item": "item-1"], "\(reason)")
    let preconditions = try GoogleRPC.PreconditionFailure(wire: try detail("PreconditionFailure"))
    try expect(preconditions.violations.map(\.type) == [GateCode.protectionEnabled.rawValue], "\(preconditions)")
    let retry = try GoogleRPC.RetryInfo(wire: try detail("RetryInfo"))
    try expect(retry.retryDelay?.seconds == 2 && retry.retryDelay?.nanos == 500_000_000, "\(retry)")

    let failure = Failure(error, attempting: "call")
    try expect(failure.code == .gatesFailed && failure.retryAfter == .milliseconds(2_500), "\(failure)")
    try expect(failure.subjects == [Subject(kind: "item", id: "item-1")], "\(failure)")
}
