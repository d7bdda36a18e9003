public import Model

/// One process to kill once, while a step runs.
public struct PlannedKill: Hashable, Sendable {
    /// When within the step.
    public enum Moment: String, CaseIterable, Hashable, Sendable {
        /// Journaled as running, and nothing else.
        case begin
        /// The process has taken the call and made nothing of it yet; at the end of the step when it takes no part.
        case acting
        /// The process has made the effect and not answered; at the end of the step when it takes no part.
        case acted
        /// At a chance instant while the step's calls go on.
        case within
        /// Everything is answered, and the step is not journaled as done.
        case end
    }

    /// A component as `lab status` lists it, or a program of the loop's first machine.
    public let process: String
    /// As given: `reprotect/attach`, an operation (`reprotect`) or a step's id (`drain`).
    public let step: String
    /// nil leaves it to the seed.
    public let moment: Moment?
    /// Where the vault rests when the step begins; the first that is reached counts.
    let begins: [String]

    static let programs = ["agent-home", "agent-cloud", "guest-home", "guest-cloud"]

    /// Operations as the loop calls them, and their workflows: some have one of their own over a group.
    private static let workflows = [
        ("protect", "enable"), ("failover", "failover"), ("failover", "failover-group"), ("commit", "commit"),
        ("reprotect", "reprotect-home"), ("failback", "failback"), ("failback", "failback-group"),
        ("commit-failback", "commit-failback"), ("re-protect", "reprotect-out"),
    ]

    static func operation(of workflow: String) -> String {
        workflows.first { $0.1 == workflow }?.0 ?? workflow
    }

    private static func workflows(of operation: String) -> [String] {
        let found = workflows.filter { $0.0 == operation }.map(\.1)
        return found.isEmpty ? [operation] : found
    }

    /// `process@step` or `process@step:moment`.
    public init(_ text: String) throws(Failure) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        let processes = LabLayout.components.map(\.id) + Self.programs
        guard parts.count == 2, processes.contains(parts[0]) else {
            throw Failure(
                .invalidArgument, "read --kill \(text): write PROCESS@STEP, where PROCESS is one of "
                    + processes.joined(separator: ", "))
        }
        let when = parts[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let moment = when.count == 2 ? Moment(rawValue: when[1]) : nil
        guard when.count == 1 || moment != nil else {
            throw Failure(
                .invalidArgument, "read --kill \(text): after the colon comes the moment, one of "
                    + Moment.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let place = when[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(place.count), place.allSatisfy(Self.isName) else {
            throw Failure(
                .invalidArgument, "read --kill \(text): STEP is OPERATION/STEP (reprotect/attach), an operation "
                    + "(reprotect) or a step's id (drain)")
        }
        process = parts[0]
        step = when[0]
        self.moment = moment
        let points: [(String, String)] =
            if place.count == 2 {
                Self.workflows(of: place[0]).map { ($0, place[1]) }
            } else if Self.workflows.contains(where: { $0.0 == place[0] }) {
                Self.workflows(of: place[0]).map { ($0, "claim") }
            } else {
                Self.workflows.map { ($0.1, place[0]) }
            }
        begins = points.map { "workflow.\($0.0).\($0.1).begin" }
    }

    /// All kills of a run; a value may hold several, separated by commas.
    static func list(_ values: [String]) throws(Failure) -> [PlannedKill] {
        var kills: [PlannedKill] = []
        for text in values.flatMap({ $0.split(separator: ",") }) {
            let kill = try PlannedKill(String(text))
            if let other = kills.first(where: { !Set($0.begins).isDisjoint(with: kill.begins) }) {
                throw Failure(
                    .invalidArgument, "read --kill \(text): \(other.process) is killed in that step already; a step "
                        + "takes one kill in a run")
            }
            kills.append(kill)
        }
        return kills
    }

    /// Ids of steps and workflows: never a path.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "-")
        }
    }
}
