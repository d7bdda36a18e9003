import Model
import Workflow

@testable import VaultOrchestrator

/// Workflow × step × fault: what was tried, and why the rest cannot be.
struct FaultTable: Sendable {
    enum Cell: Hashable, Sendable {
        case ran
        case notApplicable(Reason)
        case failed([String])
    }

    /// Why a fault cannot come at a step; the mark in the table.
    enum Reason: String, CaseIterable, Sendable {
        case callsNobody = "n"
        case waits = "w"
        case noMemberActs = "m"
        case script = "s"
        case noSuchStep = "-"

        var words: String {
            switch self {
            case .callsNobody: "the step calls nobody: it is a record of the vault's own"
            case .waits: "the step waits, and reads what reconcilers and other jobs store"
            case .noMemberActs: "no member of the plan has an effect while the run stands at the step"
            case .script: "a script runs on the vault's own host, where there is nobody to reach"
            case .noSuchStep: "a plan of two boot groups, an action on each side, has no such step; like the first ones"
            }
        }
    }

    struct Row: Sendable {
        let kind: String
        let step: String
        let cells: [Cell]
    }

    var rows: [Row] = []

    var failures: [String] {
        rows.flatMap { row in
            zip(StepFault.Kind.allCases, row.cells).compactMap { fault, cell in
                guard case .failed(let problems) = cell else { return nil }
                return "\(row.kind)/\(row.step), \(fault.rawValue): \(problems.joined(separator: "; "))"
            }
        }
    }

    /// The table, its coverage, and the cells that failed last.
    var text: String {
        let heads = StepFault.Kind.allCases.map { $0.rawValue.split(separator: " ").map(String.init) }
        var lines = [["workflow", "step"] + heads.map { $0[0] }, ["", ""] + heads.map { $0[1] }]
        var last: Row?
        for row in rows {
            // What no plan here has: one line.
            let isAbsent = row.cells.allSatisfy { $0 == .notApplicable(.noSuchStep) }
            if isAbsent, let last, last.kind == row.kind, last.cells == row.cells {
                lines[lines.count - 1][1] = lines[lines.count - 1][1].split(separator: " ")[0] + " … \(row.step)"
            } else {
                lines.append([last?.kind == row.kind ? "" : row.kind, row.step] + row.cells.map(mark))
            }
            last = row
        }
        return ([aligned(lines)] + coverage + failures.map { "FAILED \($0)" }).joined(separator: "\n")
    }

    private func mark(_ cell: Cell) -> String {
        switch cell {
        case .ran: "ok"
        case .notApplicable(let reason): reason.rawValue
        case .failed: "FAILED"
        }
    }

    private var coverage: [String] {
        let cells = rows.flatMap(\.cells)
        var lines: [String] = []
        for reason in Reason.allCases {
            let count = cells.count { $0 == .notApplicable(reason) }
            if count > 0 { lines.append("\(reason.rawValue)  \(count) not applicable: \(reason.words)") }
        }
        for (index, fault) in StepFault.Kind.allCases.enumerated() {
            let column = rows.filter { $0.cells.count > index }.map { $0.cells[index] }
            lines.append("\(fault.rawValue): \(column.count { $0.wasTried }) of \(column.count) steps")
        }
        return lines + ["\(Set(rows.map(\.kind)).count) workflows, \(rows.count) steps: \(total)"]
    }

    var total: String {
        let cells = rows.flatMap(\.cells)
        let tried = cells.count { $0.wasTried }
        return "\(tried) of \(cells.count) cells were tried, \(cells.count - tried) are not applicable, "
            + "\(failures.count) failed"
    }

    private func aligned(_ lines: [[String]]) -> String {
        let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

extension FaultTable.Cell {
    fileprivate var wasTried: Bool {
        if case .notApplicable = self { return false }
        return true
    }
}

/// One cell, and what it asserts of its run. The rules are those of the workflows:
///
/// - Every job ends; a fault that passes by itself (a kill, a call that was not reached or not answered once) ends
///   nothing, and each effect is made once.
/// - Before the point of no return a cancel, a refusal or a silence takes the job back to where it began, or it goes on
///   to its end; behind it the job goes on to its end, and only a refusal makes it ask a person, who is told what is
///   proven, what is safe and what can be typed.
/// - A plan's run has results per member: what is refused to one takes its own replication group back, or holds it
///   until a person has mended that, and the others go on. So the run may be partial; each unit ends whole, where it
///   began or where it was to come to, and a run that says that it succeeded has brought all there.
struct FaultCell {
    let kind: WorkflowKind
    let fault: StepFault

    func problems(of run: KindRun, beside whole: KindRun) -> [String] {
        var problems = run.jobs.filter { $0.state == nil }.map { "\($0.workflow) has not ended" }
        if fault.kind.isKill, run.lives != 2 { problems.append("the vault lived \(run.lives) times") }
        for question in run.questions {
            let place = "\(question.workflow) is stuck at \(question.stuck.step)"
            if fault.kind != .refused { problems.append("\(place), though nothing was refused for good") }
            if !question.isBehindPivot { problems.append("\(place), before its point of no return") }
            if [question.stuck.lastProven, question.stuck.safe].contains("") || question.stuck.commands.isEmpty {
                problems.append("\(place), and asks nothing that a person can answer")
            }
        }
        return problems + (kind.isRun && fault.reach != .ownEffects ? ofUnits(run, whole) : ofJob(run, whole))
    }

    private func ofJob(_ run: KindRun, _ whole: KindRun) -> [String] {
        let states = run.jobs.filter { $0.workflow == kind.name }.compactMap(\.state)
        if !states.isEmpty, states.allSatisfy({ $0 == .succeeded }) { return ofEnd(run, whole) }
        guard !states.isEmpty, states.allSatisfy({ [.failedUnwound, .cancelled].contains($0) }) else {
            return ["it ended as \(states.map(\.rawValue))"]
        }
        guard fault.kind.mayEndIt else { return ["a fault that passes ended it"] }
        guard !isBehindPivot else { return ["it went back from behind its point of no return"] }
        return same(run.end, run.start) ? [] : ["it went back, but \(run.end) is not \(run.start)"]
    }

    private var isBehindPivot: Bool {
        let steps = VaultCore.workflows.first { $0.name == kind.name }?.steps ?? []
        guard let pivot = steps.firstIndex(where: \.isPivot) else { return false }
        return steps[(pivot + 1)...].contains { $0.id.text == fault.step }
    }

    private func ofEnd(_ run: KindRun, _ whole: KindRun) -> [String] {
        // A source at home that is not reached is not stopped, but fenced: it keeps its power, and writes nothing.
        if fault.step == "stop-source", [.unreached, .away].contains(fault.kind) {
            return items(run.end) == items(whole.end) ? [] : ["it ended at \(run.end), not at \(whole.end)"]
        }
        var problems = same(run.end, whole.end) ? [] : ["it ended at \(run.end), not at \(whole.end)"]
        if !fault.kind.mayEndIt, run.effects != whole.effects {
            problems.append("its effects were \(run.effects), not \(whole.effects)")
        }
        return problems
    }

    private func ofUnits(_ run: KindRun, _ whole: KindRun) -> [String] {
        guard let state = run.jobs.first(where: { $0.workflow == kind.name })?.state else { return [] }
        let (start, end, now) = (items(run.start), items(whole.end), items(run.end))
        guard start.count == now.count, end.count == now.count else { return ["items are missing: \(run.end)"] }
        // `app` and `db` are the replication group, `web` the other unit.
        let units = [Array(now.indices.prefix(2)), Array(now.indices.dropFirst(2))]
        let problems = units.compactMap { unit -> String? in
            if unit.allSatisfy({ now[$0] == end[$0] }) || unit.allSatisfy({ now[$0] == start[$0] }) { return nil }
            return "neither at its start nor at its end: \(unit.map { now[$0] })"
        }
        if state == .succeeded, now != end { return problems + ["it says that it succeeded: \(run.end)"] }
        if fault.reach == .script, now != end { return problems + ["a script's failure took back: \(run.end)"] }
        let expected: [JobState] = fault.kind.mayEndIt ? [.succeeded, .partial, .failedUnwound] : [.succeeded]
        return expected.contains(state) ? problems : problems + ["it ended as \(state.rawValue)"]
    }

    /// Nobody reports by himself in these worlds: a process server that was not heard for so long is left for another.
    private func same(_ one: String, _ other: String) -> Bool {
        guard fault.kind == .away else { return one == other }
        let (left, home) = ("by ps-home-2 ", "by ps-home ")
        return one.replacing(left, with: home) == other.replacing(left, with: home)
    }

    /// Without what runs.
    private func items(_ standing: String) -> [Substring] { standing.split(separator: "\n").dropLast() }
}
