public import Environment
import MessageCoding
import Messages
public import Model
public import RPC

/// The one mapper between the domain's error and gRPC status.
///
/// What a caller hears of the inside (bugs, a store that failed) is that it happened; the cause is for the log. Of
/// files that fail it hears what was attempted and why it failed, as an operator has to make room or replace a disk,
/// and not where they lie.
///
/// The code travels as `google.rpc.ErrorInfo.reason`, failing gates as `homeward.common.v1.Gate` and, for clients that
/// know only the standard details, as `google.rpc.PreconditionFailure`.
extension Failure: RPCErrorConvertible {
    public var rpcError: RPCError {
        var status = GoogleRPC.Status()
        status.code = Int32(statusCode.rawValue)
        status.message = shownMessage
        var reason = GoogleRPC.ErrorInfo()
        reason.reason = code.rawValue
        reason.domain = errorDomain
        for subject in subjects { reason.metadata[subject.kind] = subject.id }
        status.details.append(packed(reason))
        if !gates.isEmpty {
            var preconditions = GoogleRPC.PreconditionFailure()
            preconditions.violations = gates.filter(\.blocks).map { gate in
                var violation = GoogleRPC.PreconditionFailure.Violation()
                violation.type = gate.code.rawValue
                violation.description = gate.meaning
                return violation
            }
            status.details.append(packed(preconditions))
            status.details += gates.map { packed($0.message) }
        }
        if let retryAfter {
            let (seconds, attoseconds) = retryAfter.components
            status.details.append(
                packed(
                    GoogleRPC.RetryInfo.with {
                        $0.retryDelay = .with {
                            $0.seconds = seconds
                            $0.nanos = Int32(attoseconds / 1_000_000_000)
                        }
                    }))
        }
        return RPCError(statusCode, shownMessage, details: status.wireBytes())
    }

    /// Messages of these may quote a library: SQL, paths, values.
    private var isInternal: Bool {
        switch code {
        case .internalError, .storeFailed, .storeCorrupt, .journalUnreadable: true
        default: false
        }
    }

    /// Messages of these may name files.
    private var namesFiles: Bool {
        switch code {
        case .inputOutput, .noSpace, .dataCorrupt: true
        default: false
        }
    }

    fileprivate var shownMessage: String {
        if namesFiles { return withoutPaths(message) }
        guard isInternal else { return message }
        return code == .internalError
            ? "internal error; the component's log has its cause"
            : "the component's store failed; its log has the cause"
    }

    var statusCode: StatusCode {
        switch code {
        case .invalidArgument: .invalidArgument
        case .notFound: .notFound
        case .alreadyExists, .requestIDReused, .operationKeyReused: .alreadyExists
        case .gatesFailed, .conflictingJob, .operationNotAllowed, .quarantined, .notSynced, .staleGeneration,
            .generationConflict, .unknownGeneration, .staleEpoch, .grantMissing, .operationCancelled,
            .lineageUnrelated, .lineageDiverged, .lineageRefused, .stepMissing: .failedPrecondition
        case .etagMismatch, .planChanged, .operationInProgress: .aborted
        case .outcomeUnknown, .timedOut: .deadlineExceeded
        case .unavailable, .busy: .unavailable
        case .noSpace, .limitReached: .resourceExhausted
        case .dataCorrupt, .storeCorrupt, .journalUnreadable: .dataLoss
        case .permissionDenied: .permissionDenied
        case .unauthenticated: .unauthenticated
        case .cancelled: .cancelled
        case .compacted: .outOfRange
        case .unsupported: .unimplemented
        case .inputOutput, .storeFailed, .storeTooNew, .internalError: .internal
        }
    }

    /// Reads what a peer answered. An answer without our detail is judged by its status alone; one that may have
    /// been sent after the effect is an unknown outcome, never a failure (rule K6).
    public init(_ error: RPCError, attempting what: String) {
        let status = try? GoogleRPC.Status(wire: error.details)
        let details = status?.details ?? []
        let reasons = details.compactMap { unpacked(GoogleRPC.ErrorInfo.self, $0) }
        let reason = reasons.first { $0.domain == errorDomain }
        let gates = details.compactMap { unpacked(CommonV1.Gate.self, $0) }.compactMap { Gate($0) }
        let subjects = (reason?.metadata ?? [:]).sorted { $0.key < $1.key }.map { Subject(kind: $0.key, id: $0.value) }
        self.init(
            reason.flatMap { ErrorCode(rawValue: $0.reason) } ?? Failure.code(of: error.code),
            "\(what): \(error.message)", on: subjects, gates: gates)
        if let delay = details.compactMap({ unpacked(GoogleRPC.RetryInfo.self, $0)?.retryDelay }).first,
            (0...longestDelay).contains(delay.seconds), (0..<1_000_000_000).contains(delay.nanos)
        {
            retryAfter = .seconds(delay.seconds) + .nanoseconds(Int64(delay.nanos))
        }
    }

    private static func code(of status: StatusCode) -> ErrorCode {
        switch status {
        case .ok, .unknown, .internal: .internalError
        case .cancelled, .deadlineExceeded, .aborted: .outcomeUnknown
        case .invalidArgument: .invalidArgument
        case .notFound: .notFound
        case .alreadyExists: .alreadyExists
        case .permissionDenied: .permissionDenied
        case .resourceExhausted: .limitReached
        case .failedPrecondition: .operationNotAllowed
        case .outOfRange: .compacted
        case .unimplemented: .unsupported
        // The transport may have lost the answer as well as the request.
        case .unavailable: .outcomeUnknown
        case .dataLoss: .dataCorrupt
        case .unauthenticated: .unauthenticated
        }
    }
}

/// Runs a call and turns whatever it throws into a `Failure` that says what was attempted.
public func calling<T>(
    _ what: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
) async throws(Failure) -> T {
    do { return try await body() } catch let failure as Failure { throw failure } catch let error as RPCError {
        throw Failure(error, attempting: what)
    } catch is CancellationError {
        throw Failure(.cancelled, "\(what): cancelled before an answer came")
    } catch let error as FileError {
        throw Failure(error, attempting: what)
    } catch { throw Failure(.internalError, "\(what): \(error)") }
}

/// Runs a handler's body and answers its failures with their status.
public func answering<T>(
    _ what: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
) async throws -> T {
    do { return try await body() } catch var error as RPCError {
        // A call that was made in turn: its metadata, and when to make it again, were said to this component alone.
        error.metadata = Metadata()
        error.pushback = nil
        throw error
    } catch let error as CancellationError {
        throw error
    } catch let failure as Failure {
        if failure.shownMessage != failure.message { throw Concealed(failure, shown: failure.rpcError) }
        throw failure.rpcError
    } catch let error as FileError {
        let code = Failure(error, attempting: what).code
        let shown = code == .noSpace ? "no space is left" : "a file cannot be read or written"
        throw Concealed(error, shown: Failure(code, "\(what): \(shown)").rpcError)
    } catch { throw Concealed(error, shown: Failure(.internalError, what).rpcError) }
}

extension Failure {
    public init(_ error: FileError, attempting what: String) {
        let code: ErrorCode = error.code == .noSpace ? .noSpace : .inputOutput
        self.init(code, "\(what): \(error)")
    }
}

/// Every word with a slash becomes “…”: a path with spaces in it is several words.
private func withoutPaths(_ text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
        guard word.contains("/") else { return String(word) }
        let mark = word.last.map { [":", ",", ";"].contains($0) } == true ? String(word.suffix(1)) : ""
        return "…" + mark
    }.joined(separator: " ")
}

private let errorDomain = "homeward"
/// A day, in seconds, as for `grpc-retry-pushback-ms`. A peer that names a longer delay, a negative one or one whose
/// parts are not a duration's is not told from one that names none; arithmetic with such a delay would trap.
private let longestDelay: Int64 = 86_400
private let typePrefix = "type.googleapis.com/"

private func packed<M: WireMessage>(_ message: M) -> GoogleProtobuf.AnyMessage {
    var any = GoogleProtobuf.AnyMessage()
    any.typeURL = typePrefix + M.protobufName
    any.value = message.wireBytes()
    return any
}

private func unpacked<M: WireMessage>(_ type: M.Type, _ any: GoogleProtobuf.AnyMessage) -> M? {
    guard any.typeURL == typePrefix + M.protobufName else { return nil }
    return try? M(wire: any.value)
}
