import Contract
import Environment
import Messages
import Model
import RPC
import Testing

/// The one mapper from the domain's error to gRPC and back.
struct FailureMappingTests {
    private func thrown(_ error: any Error) async -> RPCError? {
        do {
            try await answering("read the item") { throw error }
            return nil
        } catch { return RPCError(answering: error) }
    }

    @Test(arguments: ErrorCode.allCases) func `a failure's code, subjects and delay survive`(_ code: ErrorCode) {
        var failure = Failure(code, "what was attempted", on: [Subject(kind: "disk", id: "d-1")])
        failure.retryAfter = .milliseconds(1_250)
        let back = Failure(failure.rpcError, attempting: "call")
        #expect(back.code == code && back.subjects == failure.subjects)
        #expect(back.retryAfter == .milliseconds(1_250))
    }

    @Test(arguments: [(Int64.max, Int32.max), (Int64.min, Int32.min), (315_576_000_000, 0), (-1, 0), (0, -1)])
    func `a delay that no server means is nothing to wait for, and can be passed on`(_ seconds: Int64, _ nanos: Int32) {
        let retry = GoogleRPC.RetryInfo.with { $0.retryDelay = .with { ($0.seconds, $0.nanos) = (seconds, nanos) } }
        let status = GoogleRPC.Status.with {
            $0.details = [
                .with { any in
                    any.typeURL = "type.googleapis.com/google.rpc.RetryInfo"
                    any.value = retry.wireBytes()
                }
            ]
        }
        let failure = Failure(RPCError(.unavailable, "busy", details: status.wireBytes()), attempting: "call")
        #expect(failure.retryAfter == nil)
        #expect(Failure(failure.rpcError, attempting: "call").retryAfter == nil)
    }

    @Test func `gates travel as preconditions for clients that know only the standard details`() throws {
        let failure = Failure(
            .gatesFailed, "reprotect", gates: [Gate(.protectionEnabled, .fail), Gate(.replicationHealthy, .pass)])
        let error = failure.rpcError
        let status = try GoogleRPC.Status(wire: error.details)
        #expect(status.code == Int32(error.code.rawValue) && status.message == error.message)
        let packed = try #require(status.details.first { $0.typeURL.hasSuffix("/google.rpc.PreconditionFailure") })
        let preconditions = try GoogleRPC.PreconditionFailure(wire: packed.value)
        #expect(preconditions.violations.map(\.type) == ["PROTECTION_ENABLED"])
        #expect(Failure(error, attempting: "call").gates.map(\.code) == [.protectionEnabled, .replicationHealthy])
    }

    @Test func `nothing of the inside reaches a caller`() async throws {
        struct Unforeseen: Error { let secret = "SELECT secret FROM keys" }
        let insides: [any Error] = [
            Unforeseen(), Failure(.internalError, "secret"), Failure(.storeFailed, "open /secret: SQL"),
            Failure(.storeCorrupt, "secret page 7"), Failure(.journalUnreadable, "secret"),
            FileError(.notFound, "open", "/var/secret"),
            Failure(FileError(.noSpace, "write", "/var/secret/state", errno: 28), attempting: "write the state"),
            Failure(.inputOutput, "sync folder /var/secret: errno 5"),
            Failure(.dataCorrupt, "read the session “/var/my secret/a”: 7 bytes"),
        ]
        for error in insides {
            let shown = try #require(await thrown(error))
            #expect(!shown.message.contains("secret") && !shown.message.contains("SQL"))
            #expect(!String(decoding: shown.details, as: UTF8.self).contains("secret"))
            // Also where a handler lets it through unmapped.
            let bare = RPCError(answering: error)
            #expect(!"\(bare)".contains("secret"))
        }
    }

    @Test func `a full disk names what could not be written, and its log the path`() async throws {
        let failure = Failure(
            FileError(.noSpace, "write", "/var/lib/x/state.json", errno: 28), attempting: "write the agent's state")
        let shown = try #require(await thrown(failure))
        #expect(shown.code == .resourceExhausted)
        #expect(shown.message == "write the agent's state: write …: noSpace (errno 28)")
        #expect(Failure(shown, attempting: "call").code == .noSpace)
        let logged = await #expect(throws: Concealed.self) { try await answering("call") { throw failure } }
        #expect(logged.map { "\($0.cause)" }?.contains("/var/lib/x/state.json") == true)
    }

    @Test func `what another server answered goes on without what it said to this one alone`() async throws {
        var nested = Failure(.busy, "start the machine: it is being stopped").rpcError
        nested.metadata.append("trace", "7")
        nested.pushback = .after(.seconds(1))
        let shown = try #require(await thrown(nested))
        #expect(shown.code == nested.code && shown.message == nested.message && shown.details == nested.details)
        #expect(shown.metadata == Metadata() && shown.pushback == nil)
    }

    @Test func `a known failure says what was attempted`() async throws {
        let shown = try #require(await thrown(Failure(.notFound, "read item i-1: no such item")))
        #expect(shown.code == .notFound && shown.message == "read item i-1: no such item")
    }
}
