public import Model

/// The stored forms of the domain values that stores keep as one column.
extension Failure {
    public var record: [UInt8] {
        var out = RecordWriter(version: 1)
        out.text(code.rawValue)
        out.text(message)
        out.list(subjects) { $0.text($1.kind); $0.text($1.id) }
        out.list(gates) { $1.write(to: &$0) }
        return out.bytes
    }

    public init(record: [UInt8]) throws(Failure) {
        var input = try RecordReader(record, version: 1, "failure")
        guard let code = ErrorCode(rawValue: try input.text()) else { throw input.unreadable() }
        let message = try input.text()
        let subjects = try input.list { (one) throws(Failure) in Subject(kind: try one.text(), id: try one.text()) }
        let gates = try input.list { (one) throws(Failure) in try Gate(from: &one) }
        try input.end()
        self.init(code, message, on: subjects, gates: gates)
    }
}

extension Gate {
    fileprivate func write(to out: inout RecordWriter) {
        out.text(code.rawValue)
        switch status {
        case .pass: out.text("pass")
        case .fail: out.text("fail")
        case .unknown: out.text("unknown")
        case .notApplicable: out.text("n/a")
        case .deferred(let step): out.text("@" + step.text)
        }
        out.text(severity.rawValue)
        if case .atStep(let step) = when { out.optional(step.text) } else { out.optional(nil) }
        out.list(evidence) { $0.text($1.observed); $0.text($1.source); $0.integer($1.at.value) }
        out.text(meaning)
        out.optional(remedy?.text)
        out.optional(remedy?.command)
        if case .by(let role) = waivable { out.optional(role) } else { out.optional(nil) }
        switch causedBy {
        case nil: out.integer(0)
        case .gate(let code):
            out.integer(1)
            out.text(code.rawValue)
        case .component(let subject):
            out.integer(2)
            out.text(subject.kind)
            out.text(subject.id)
        }
    }

    fileprivate init(from input: inout RecordReader) throws(Failure) {
        guard let code = GateCode(rawValue: try input.text()) else { throw input.unreadable() }
        let status: Status
        switch try input.text() {
        case "pass": status = .pass
        case "fail": status = .fail
        case "unknown": status = .unknown
        case "n/a": status = .notApplicable
        case let text where text.hasPrefix("@"): status = .deferred(try StepID(String(text.dropFirst())))
        default: throw input.unreadable()
        }
        guard let severity = Severity(rawValue: try input.text()) else { throw input.unreadable() }
        var when = Moment.atRequest
        if let step = try input.optional() { when = .atStep(try StepID(step)) }
        let evidence = try input.list { (one) throws(Failure) in
            Evidence(try one.text(), source: try one.text(), at: .init(try one.integer()))
        }
        let meaning = try input.text()
        let remedyText = try input.optional()
        let command = try input.optional()
        let role = try input.optional()
        var cause: Cause?
        switch try input.integer() {
        case 0: break
        case 1:
            guard let code = GateCode(rawValue: try input.text()) else { throw input.unreadable() }
            cause = .gate(code)
        case 2: cause = .component(Subject(kind: try input.text(), id: try input.text()))
        default: throw input.unreadable()
        }
        self.init(
            code, status, severity: severity, when: when, evidence: evidence, meaning: meaning,
            remedy: remedyText.map { Remedy($0, command: command) },
            waivable: role.map { .by($0) } ?? .never, causedBy: cause)
    }
}

extension GenerationRoles {
    public var record: [UInt8] {
        var out = RecordWriter(version: 1)
        out.text(activeSite.rawValue)
        out.optional(replication?.rawValue)
        out.optional(processServer?.text)
        out.optional(masterTarget?.text)
        out.integer(Int64(bitPattern: drains?.number ?? 0))
        out.blob(drains?.token.bytes ?? [])
        return out.bytes
    }

    public init(record: [UInt8]) throws(Failure) {
        var input = try RecordReader(record, version: 1, "assignment of roles")
        guard let site = Site(rawValue: try input.text()) else { throw input.unreadable() }
        var direction: Direction?
        if let text = try input.optional() {
            guard let known = Direction(rawValue: text) else { throw input.unreadable() }
            direction = known
        }
        var processServer: ProcessServerID?
        if let text = try input.optional() { processServer = try ProcessServerID(text) }
        var masterTarget: MasterTargetID?
        if let text = try input.optional() { masterTarget = try MasterTargetID(text) }
        let number = UInt64(bitPattern: try input.integer())
        let token = try input.blob()
        var drains: Generation?
        if !token.isEmpty {
            guard let token = GenerationToken(token) else { throw input.unreadable() }
            drains = Generation(number: number, token: token)
        }
        try input.end()
        self.init(
            activeSite: site, replication: direction, processServer: processServer, masterTarget: masterTarget,
            drains: drains)
    }
}
