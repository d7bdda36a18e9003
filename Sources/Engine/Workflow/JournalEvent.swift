public import Model
import Store

/// One record of a job's journal: something that is known from now on. Never changed, never removed.
public enum JournalEvent: Hashable, Sendable {
    /// The first attempt begins: from now on the step may have had an effect.
    case started(StepID)
    /// A transient failure, or an outcome not known yet; the step stays open.
    case attemptFailed(StepID, attempt: Int, Failure)
    /// In a job over several items: some have passed the open step, others have not.
    case partly(StepID, Parts)
    /// In a job over several items the output holds those of all of them.
    case done(StepID, output: [UInt8])
    case skipped(StepID, reason: String)
    /// Refused for good.
    case failed(StepID, Failure)
    /// Looked at before unwinding, and not done.
    case notDone(StepID)
    case waiting(StepID, Wait)
    /// Somebody rang; kept for the wait of that name even if it comes later.
    case signalled(String, [UInt8])
    case woken(StepID, Wake)
    case cancelRequested(Statement)
    /// Going back from here; nil when a cancel is the reason.
    case unwinding(Failure?)
    case undoStarted(StepID)
    case undone(StepID, output: [UInt8])
    case undoFailed(StepID, Failure)
    case stuck(Stuck)
    case resolved(Resolution, by: Statement)
    case finished(JobState)

    /// Stable name, also in failpoints: `vault.journal-done.before-commit`.
    public var name: String {
        switch self {
        case .started: "started"
        case .attemptFailed: "attempt-failed"
        case .partly: "partly"
        case .done: "done"
        case .skipped: "skipped"
        case .failed: "failed"
        case .notDone: "not-done"
        case .waiting: "waiting"
        case .signalled: "signalled"
        case .woken: "woken"
        case .cancelRequested: "cancel-requested"
        case .unwinding: "unwinding"
        case .undoStarted: "undo-started"
        case .undone: "undone"
        case .undoFailed: "undo-failed"
        case .stuck: "stuck"
        case .resolved: "resolved"
        case .finished: "finished"
        }
    }

    public var step: StepID? {
        switch self {
        case .started(let step), .attemptFailed(let step, _, _), .partly(let step, _), .done(let step, _),
            .skipped(let step, _), .failed(let step, _), .notDone(let step), .waiting(let step, _),
            .woken(let step, _), .undoStarted(let step), .undone(let step, _), .undoFailed(let step, _):
            step
        case .stuck(let stuck): stuck.step
        case .signalled, .cancelRequested, .unwinding, .resolved, .finished: nil
        }
    }
}

/// A job that needs a person: it holds its claim, and says what it knows.
public struct Stuck: Hashable, Sendable {
    public var step: StepID
    public var failure: Failure
    public var lastProven: String
    public var safe: String
    /// To be typed as they stand.
    public var commands: [String]

    public init(step: StepID, failure: Failure, lastProven: String, safe: String, commands: [String]) {
        self.step = step
        self.failure = failure
        self.lastProven = lastProven
        self.safe = safe
        self.commands = commands
    }
}

/// What a person decides about a stuck job.
public enum Resolution: Hashable, Sendable {
    case retry
    /// Again with other parameters: another host, another process server.
    case retryElsewhere(parameters: [UInt8])
    /// Only before the pivot.
    case cancel
    /// The person states that the step (or its undo) is done, with this output.
    case accept(output: [UInt8])
}

extension JournalEvent {
    var record: [UInt8] {
        var out = RecordWriter(version: 1)
        out.optional(step?.text)
        switch self {
        case .started, .notDone, .undoStarted: break
        case .attemptFailed(_, let attempt, let failure):
            out.integer(Int64(attempt))
            out.blob(failure.record)
        case .partly(_, let parts): out.blob(parts.record)
        case .done(_, let output), .undone(_, let output): out.blob(output)
        case .skipped(_, let reason): out.text(reason)
        case .failed(_, let failure), .undoFailed(_, let failure): out.blob(failure.record)
        case .waiting(_, let wait):
            out.text(wait.condition)
            out.text(wait.signal)
            out.text(wait.party.rawValue)
            out.optional(wait.deadline.map { String($0.value) })
        case .signalled(let name, let payload):
            out.text(name)
            out.blob(payload)
        case .woken(_, let wake):
            if case .signal(let payload) = wake { out.integer(1); out.blob(payload) } else { out.integer(0) }
        case .cancelRequested(let statement): out.statement(statement)
        case .unwinding(let failure): out.blob(failure?.record ?? [])
        case .stuck(let stuck):
            out.blob(stuck.failure.record)
            out.text(stuck.lastProven)
            out.text(stuck.safe)
            out.list(stuck.commands) { $0.text($1) }
        case .resolved(let resolution, let statement):
            switch resolution {
            case .retry: out.integer(0); out.blob([])
            case .retryElsewhere(let parameters): out.integer(1); out.blob(parameters)
            case .cancel: out.integer(2); out.blob([])
            case .accept(let output): out.integer(3); out.blob(output)
            }
            out.statement(statement)
        case .finished(let state): out.text(state.rawValue)
        }
        return out.bytes
    }

    init(name: String, record: [UInt8]) throws(Failure) {
        var input = try RecordReader(record, version: 1, "journal record \(name)")
        let stepText = try input.optional()
        let unreadable = input.unreadable()
        func step() throws(Failure) -> StepID {
            guard let stepText else { throw unreadable }
            return try StepID(stepText)
        }
        switch name {
        case "started": self = .started(try step())
        case "not-done": self = .notDone(try step())
        case "undo-started": self = .undoStarted(try step())
        case "attempt-failed":
            self = .attemptFailed(
                try step(), attempt: Int(try input.integer()), try Failure(record: try input.blob()))
        case "partly": self = .partly(try step(), try Parts(record: try input.blob()))
        case "done": self = .done(try step(), output: try input.blob())
        case "undone": self = .undone(try step(), output: try input.blob())
        case "skipped": self = .skipped(try step(), reason: try input.text())
        case "failed": self = .failed(try step(), try Failure(record: try input.blob()))
        case "undo-failed": self = .undoFailed(try step(), try Failure(record: try input.blob()))
        case "waiting": self = .waiting(try step(), try Wait(from: &input))
        case "signalled": self = .signalled(try input.text(), try input.blob())
        case "woken": self = .woken(try step(), try input.integer() == 1 ? .signal(try input.blob()) : .deadline)
        case "cancel-requested": self = .cancelRequested(try input.statement())
        case "unwinding":
            let failure = try input.blob()
            self = .unwinding(failure.isEmpty ? nil : try Failure(record: failure))
        case "stuck":
            self = .stuck(
                Stuck(
                    step: try step(), failure: try Failure(record: try input.blob()), lastProven: try input.text(),
                    safe: try input.text(), commands: try input.list { (one) throws(Failure) in try one.text() }))
        case "resolved": self = .resolved(try Resolution(from: &input), by: try input.statement())
        case "finished":
            guard let state = JobState(rawValue: try input.text()) else { throw unreadable }
            self = .finished(state)
        default: throw unreadable
        }
        try input.end()
    }
}

extension Resolution {
    fileprivate init(from input: inout RecordReader) throws(Failure) {
        let kind = try input.integer()
        let bytes = try input.blob()
        switch kind {
        case 0: self = .retry
        case 1: self = .retryElsewhere(parameters: bytes)
        case 2: self = .cancel
        case 3: self = .accept(output: bytes)
        default: throw input.unreadable()
        }
    }
}

extension Wait {
    fileprivate init(from input: inout RecordReader) throws(Failure) {
        let condition = try input.text()
        let signal = try input.text()
        guard let party = Party(rawValue: try input.text()) else { throw input.unreadable() }
        var deadline: UnixMicroseconds?
        if let text = try input.optional() {
            guard let value = Int64(text) else { throw input.unreadable() }
            deadline = UnixMicroseconds(value)
        }
        self.init(condition, signal: signal, party: party, deadline: deadline)
    }
}

extension RecordWriter {
    fileprivate mutating func statement(_ statement: Statement) {
        text(statement.name)
        text(statement.reason)
        integer(statement.at.value)
        text(statement.checked)
    }
}

extension RecordReader {
    fileprivate mutating func statement() throws(Failure) -> Statement {
        Statement(name: try text(), reason: try text(), at: .init(try integer()), checked: try text())
    }
}
