/// Why something was not done. Closed: each has one gRPC status in the mapper and one disposition here.
public enum ErrorCode: String, CaseIterable, Hashable, Sendable {
    case invalidArgument = "INVALID_ARGUMENT"
    case notFound = "NOT_FOUND"
    case alreadyExists = "ALREADY_EXISTS"
    /// Gates are listed in the failure.
    case gatesFailed = "GATES_FAILED"
    case conflictingJob = "CONFLICTING_JOB"
    case operationNotAllowed = "OPERATION_NOT_ALLOWED"
    case etagMismatch = "ETAG_MISMATCH"
    case requestIDReused = "REQUEST_ID_REUSED"
    case planChanged = "PLAN_CHANGED"
    case quarantined = "QUARANTINED"
    case notSynced = "NOT_SYNCED"

    case staleGeneration = "STALE_GENERATION"
    case generationConflict = "GENERATION_CONFLICT"
    case unknownGeneration = "UNKNOWN_GENERATION"
    case staleEpoch = "STALE_EPOCH"
    case grantMissing = "GRANT_MISSING"

    case operationKeyReused = "OPERATION_KEY_REUSED"
    case operationCancelled = "OPERATION_CANCELLED"
    case operationInProgress = "OPERATION_IN_PROGRESS"
    case outcomeUnknown = "OUTCOME_UNKNOWN"

    case lineageUnrelated = "LINEAGE_UNRELATED"
    case lineageDiverged = "LINEAGE_DIVERGED"
    case lineageRefused = "LINEAGE_REFUSED"
    case dataCorrupt = "DATA_CORRUPT"

    case unavailable = "UNAVAILABLE"
    case timedOut = "TIMED_OUT"
    case busy = "BUSY"
    case noSpace = "NO_SPACE"
    case limitReached = "LIMIT_REACHED"
    case inputOutput = "INPUT_OUTPUT"

    case storeCorrupt = "STORE_CORRUPT"
    case storeFailed = "STORE_FAILED"
    case storeTooNew = "STORE_TOO_NEW"
    case journalUnreadable = "JOURNAL_UNREADABLE"
    case stepMissing = "STEP_MISSING"

    case permissionDenied = "PERMISSION_DENIED"
    case unauthenticated = "UNAUTHENTICATED"
    case cancelled = "CANCELLED"
    case compacted = "COMPACTED"
    case unsupported = "UNSUPPORTED"
    /// A bug of ours that was noticed and survived.
    case internalError = "INTERNAL_ERROR"

    /// What a caller that wants the effect should do next.
    public enum Disposition: Hashable, Sendable {
        /// Nothing was done: try again later.
        case transient
        /// The effect may have happened: ask `GetOperation` (rule K6).
        case unknownOutcome
        /// Trying again gives the same answer.
        case permanent
    }

    public var disposition: Disposition {
        switch self {
        case .unavailable, .busy, .noSpace, .limitReached, .notSynced, .operationInProgress: .transient
        case .outcomeUnknown, .timedOut, .cancelled: .unknownOutcome
        default: .permanent
        }
    }
}

/// What a failure is about, in order of importance.
public struct Subject: Hashable, Sendable, CustomStringConvertible {
    /// "item", "disk", as in `IdentifierTag.kind`.
    public let kind: String
    public let id: String

    public init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }

    public init<Tag>(_ id: ID<Tag>) { self.init(kind: Tag.kind, id: id.text) }

    public static func item(_ id: ItemID) -> Self { .init(id) }
    public static func job(_ id: JobID) -> Self { .init(id) }
    public static func step(_ id: StepID) -> Self { .init(id) }
    public static func disk(_ id: DiskID) -> Self { .init(id) }

    public var description: String { "\(kind) \(id)" }
}

/// The one error of the domain. Never holds a secret: it is logged, journaled and shown.
public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    public var code: ErrorCode
    /// What was attempted, on which id, and what to do about it.
    public var message: String
    public var subjects: [Subject]
    /// Every failing gate at once, when the code is `gatesFailed`.
    public var gates: [Gate]
    /// When asking again makes sense, where whoever refused knows it.
    public var retryAfter: Duration?

    public init(
        _ code: ErrorCode, _ message: String, on subjects: [Subject] = [], gates: [Gate] = [],
        retryAfter: Duration? = nil
    ) {
        self.retryAfter = retryAfter
        self.code = code
        self.message = message
        self.subjects = subjects
        self.gates = gates
    }

    public var disposition: ErrorCode.Disposition { code.disposition }

    public var description: String {
        let about = subjects.map(\.description).joined(separator: ", ")
        let failing = gates.map(\.code.rawValue).joined(separator: ", ")
        return "\(code.rawValue): \(message)" + (about.isEmpty ? "" : " [\(about)]")
            + (failing.isEmpty ? "" : " {\(failing)}")
    }
}
