/// A precondition as a value: what was looked at, what was seen, what it means and what to do.
public struct Gate: Hashable, Sendable {
    public enum Status: Hashable, Sendable {
        case pass, fail
        /// Nobody who should know could be asked; a blocking gate counts as failed.
        case unknown
        /// Evaluated by this step of the operation.
        case deferred(StepID)
        case notApplicable
    }

    public enum Severity: String, CaseIterable, Hashable, Sendable {
        case blocking
        /// Never blocks, also when unknown.
        case warning
    }

    public enum Moment: Hashable, Sendable {
        case atRequest
        case atStep(StepID)
    }

    public enum Waivable: Hashable, Sendable {
        case never
        /// By the role named, with a reason.
        case by(String)
    }

    /// What explains a failure, so that one server down is shown as one cause.
    public enum Cause: Hashable, Sendable {
        case gate(GateCode)
        case component(Subject)
    }

    public var code: GateCode
    public var status: Status
    public var severity: Severity
    public var when: Moment
    public var evidence: [Evidence]
    public var meaning: String
    public var remedy: Remedy?
    public var waivable: Waivable
    public var causedBy: Cause?

    /// Severity, meaning and who may waive come from the catalogue unless given.
    public init(
        _ code: GateCode, _ status: Status, severity: Severity? = nil, when: Moment = .atRequest,
        evidence: [Evidence] = [], meaning: String? = nil, remedy: Remedy? = nil, waivable: Waivable? = nil,
        causedBy: Cause? = nil
    ) {
        let entry = code.definition
        self.code = code
        self.status = status
        self.severity = severity ?? entry.severity
        self.when = when
        self.evidence = evidence
        self.meaning = meaning ?? entry.meaning
        self.remedy = remedy
        self.waivable = waivable ?? entry.waivable
        self.causedBy = causedBy
    }

    /// Whether the operation must be refused, unless waived.
    public var blocks: Bool {
        guard severity == .blocking else { return false }
        switch status {
        case .fail, .unknown: return true
        case .pass, .deferred, .notApplicable: return false
        }
    }
}

/// One observation behind a gate's status.
public struct Evidence: Hashable, Sendable {
    public var observed: String
    /// The component that saw it; empty when the text says so itself.
    public var source: String
    public var at: UnixMicroseconds

    public init(_ observed: String, source: String, at: UnixMicroseconds) {
        self.observed = observed
        self.source = source
        self.at = at
    }
}

public struct Remedy: Hashable, Sendable {
    public var text: String
    /// To be typed as it stands, where there is one.
    public var command: String?

    public init(_ text: String, command: String? = nil) {
        self.text = text
        self.command = command
    }
}

/// The gates that still block after the waivers: a waiver counts only for a gate that can be waived.
public func blocking(_ gates: [Gate], waived: [Waiver]) -> [Gate] {
    gates.filter { gate in
        guard gate.blocks else { return false }
        guard gate.waivable != .never else { return true }
        return !waived.contains { $0.code == gate.code }
    }
}
