import Foundation
import Model
import Testing
import Workflow

@testable import VaultOrchestrator

/// Every kind of workflow, every step of it, every kind of fault, before the step's effect and after it: one fault in
/// each run, and a table of what was tried. `make exhaustive`, `make exhaustive KINDS='failback*,commit'`; a few cells
/// are tried always. `FaultCell` has the rules that each cell asserts.
@Suite struct ExhaustiveTests {
    /// Names of kinds, apart by commas; a star ends a beginning of names. nil: not asked for.
    static let asked = ProcessInfo.processInfo.environment["HOMEWARD_EXHAUSTIVE"]

    @Test(.enabled(if: asked != nil))
    func `each step of each workflow ends well whichever fault comes before its effect or after it`() async throws {
        let kinds = try chosen(Self.asked ?? "*")
        let rows = try await withThrowingTaskGroup(of: (String, [FaultTable.Row]).self) { group in
            for kind in kinds {
                group.addTask {
                    let table = try FaultTable(of: kind)
                    print("\(kind.name): \(table.total)")
                    return (kind.name, table.rows)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        let table = FaultTable(rows: kinds.map(\.name).sorted().flatMap { rows[$0] ?? [] })
        print(table.text)
        #expect(table.failures == [], "cells failed; they are named above, behind the table")
    }

    @Test func `a workflow's table has each step with each fault, tried or with the reason why not`() throws {
        let kind = try #require(WorkflowKind.all.first { $0.name == "pin-point" })
        let table = try FaultTable(of: kind)
        #expect(table.failures == [], "\(table.text)")
        // Calls of nobody cannot be lost: `claim` and `finish` are records of the vault's own.
        #expect(table.rows.map(\.step) == ["claim", "pin", "finish"])
        #expect(table.rows.map { $0.cells.count { $0 == .ran } } == [4, 8, 4])
        #expect(table.text.contains("16 of 24 cells were tried, 8 are not applicable, 0 failed"), "\(table.text)")
    }

    @Test func `a run that ends elsewhere, with other effects, fails its cell`() throws {
        let kind = try #require(WorkflowKind.all.first { $0.name == "pin-point" })
        let other = try #require(WorkflowKind.all.first { $0.name == "take-point" })
        let cell = FaultCell(kind: kind, fault: StepFault(step: "pin", kind: .answerLost, reach: .ownEffects))
        let run = try KindRun(kind, fault: cell.fault)
        #expect(cell.problems(of: run, beside: try KindRun(kind)) == [])
        let problems = cell.problems(of: run, beside: try KindRun(other))
        #expect(problems.count == 2, "\(problems)")
        let table = FaultTable(rows: [.init(kind: "k", step: "s", cells: [.failed(problems), .ran])])
        #expect(table.failures == ["k/s, kill before: \(problems.joined(separator: "; "))"])
    }

    /// The item was let go by then, so the way back found no claim, and its job was stuck for good.
    @Test(arguments: [("exclude-disk", "healthy"), ("switch-process-server", "measured")])
    func `a cancel while a job only looks on, after its change has ended, leaves it whole`(
        name: String, step: String
    ) throws {
        let kind = try #require(WorkflowKind.all.first { $0.name == name })
        let fault = StepFault(step: step, kind: .cancelBefore, reach: .ownEffects)
        let run = try KindRun(kind, fault: fault)
        #expect(fault.hasStruck && !run.wasStuck)
        let problems = try FaultCell(kind: kind, fault: fault).problems(of: run, beside: KindRun(kind))
        #expect(problems == [])
    }

    @Test func `kinds are chosen by name or by a beginning, and a name of none is told`() throws {
        #expect(try chosen("commit").map(\.name) == ["commit"])
        #expect(try chosen("pin-point,drill*").map(\.name) == ["drill-cleanup", "drill-cleanup-in-plan", "pin-point"])
        #expect(Set(try chosen("*").map(\.name)) == Set(VaultCore.workflows.map(\.name)))
        let refusal = #expect(throws: Failure.self) { try chosen("failbak") }
        #expect(refusal?.message.contains("failbak") == true)
    }

    private func chosen(_ words: String) throws -> [WorkflowKind] {
        let all = WorkflowKind.all.map { kind in WorkflowKind.ofTwoGroups.first { $0.name == kind.name } ?? kind }
        var names: Set<String> = []
        for word in words.split(separator: ",") {
            let found = all.map(\.name).filter { word.last == "*" ? $0.hasPrefix(word.dropLast()) : $0 == word }
            guard !found.isEmpty else {
                let known = all.map(\.name).joined(separator: ", ")
                throw Failure(.invalidArgument, "try the kind \(word): there is none of that name, but \(known)")
            }
            names.formUnion(found)
        }
        return all.filter { names.contains($0.name) }
    }
}

extension FaultTable {
    /// All cells of a kind.
    init(of kind: WorkflowKind) throws {
        let whole = try KindRun(kind)
        let workflow = try #require(VaultCore.workflows.first { $0.name == kind.name })
        let own = whole.jobs.filter { $0.workflow == kind.name }.flatMap(\.steps).map(\.id)
        self.init()
        for step in workflow.steps {
            let cells = StepFault.Kind.allCases.map { fault -> Cell in
                guard own.contains(step.id) else { return .notApplicable(.noSuchStep) }
                guard whole.rests.contains("workflow.\(kind.name).\(step.id).begin") else {
                    return .failed(["the job never came to it"])
                }
                return tried(kind, step, fault, whole)
            }
            rows.append(Row(kind: kind.name, step: step.id.text, cells: cells))
        }
    }

    private func tried(_ kind: WorkflowKind, _ step: VaultStep, _ fault: StepFault.Kind, _ whole: KindRun) -> Cell {
        let reach: StepFault.Reach
        if fault.ofCalls == nil {
            reach = .ownEffects
        } else if ActionPlace.isStep(step.id) {
            guard fault == .refused else { return .notApplicable(.script) }
            reach = .script
        } else if kind.isRun {
            reach = .members
        } else if whole.stepCalls.effective.contains(step.id.text) {
            reach = .ownEffects
        } else if step.kind == .wait {
            return .notApplicable(.waits)
        } else if whole.stepCalls.asking.contains(step.id.text) {
            reach = .ownQuestions
        } else {
            return .notApplicable(.callsNobody)
        }
        let cell = FaultCell(kind: kind, fault: StepFault(step: step.id.text, kind: fault, reach: reach))
        do {
            let run = try KindRun(kind, fault: cell.fault)
            guard cell.fault.hasStruck else {
                return reach == .members ? .notApplicable(.noMemberActs) : .failed(["the fault struck nothing"])
            }
            let problems = cell.problems(of: run, beside: whole)
            return problems.isEmpty ? .ran : .failed(problems)
        } catch { return .failed(["\(error)"]) }
    }
}
