public enum JobState: String, CaseIterable, Hashable, Sendable {
    case queued = "QUEUED"
    case running = "RUNNING"
    /// A durable wait for an agent or component.
    case waitingAgent = "WAITING_AGENT"
    case waitingPerson = "WAITING_PERSON"
    /// Unwinding, because of a cancel or a permanent failure before the pivot.
    case cancelling = "CANCELLING"
    /// Holds its claim and needs a person's decision; says what is proven and what is safe.
    case stuck = "STUCK"
    case succeeded = "SUCCEEDED"
    /// A plan run in which some members succeeded.
    case partial = "PARTIAL"
    /// Failed before the pivot; back in the starting state.
    case failedUnwound = "FAILED_UNWOUND"
    /// Cancelled before the pivot; back in the starting state.
    case cancelled = "CANCELLED"

    /// No further record will be journaled.
    public var isFinal: Bool {
        switch self {
        case .succeeded, .partial, .failedUnwound, .cancelled: true
        case .queued, .running, .waitingAgent, .waitingPerson, .cancelling, .stuck: false
        }
    }
}

public enum StepState: String, CaseIterable, Hashable, Sendable {
    case pending = "PENDING"
    case running = "RUNNING"
    /// Called, not answered: neither done nor not done until looked at (rule K6).
    case unknown = "UNKNOWN"
    case done = "DONE"
    case undone = "UNDONE"
    case skipped = "SKIPPED"
}

/// A person's word on a fact that the system cannot observe (rule G7).
public struct Statement: Hashable, Sendable {
    public var name: String
    public var reason: String
    public var at: UnixMicroseconds
    /// What the person looked at before saying so.
    public var checked: String

    public init(name: String, reason: String, at: UnixMicroseconds, checked: String) {
        self.name = name
        self.reason = reason
        self.at = at
        self.checked = checked
    }
}

/// A gate passed over by a person, recorded with the job.
public struct Waiver: Hashable, Sendable {
    public var code: GateCode
    public var statement: Statement

    public init(code: GateCode, statement: Statement) {
        self.code = code
        self.statement = statement
    }
}
