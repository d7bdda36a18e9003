import Foundation
import Model
import Testing

@testable import VaultOrchestrator

/// The page of the item's states is made from the code that decides: `make pages` writes it, this test reads it.
@Suite struct StateMachinePageTests {
    private static let path = "Sources/Services/Hosting/Hosting.docc/StateMachine.md"

    @Test func `the page of the state machine is what the code does`() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let file = root.appendingPathComponent(Self.path)
        let text = StateMachinePage().text
        if ProcessInfo.processInfo.environment["HOMEWARD_WRITE_PAGES"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let page = try String(contentsOf: file, encoding: .utf8)
        let isTheSame = page == text
        #expect(isTheSame, "\(Self.path) is not what the code does: `make pages` writes it anew")
    }

    @Test func `of every gate is known where it is judged, or that it is not`() {
        let page = StateMachinePage()
        let known = Set(page.atRequest.keys).union(page.deferred.keys).union(page.elsewhere.keys)
        let missing = Set(StateMachinePage.missing.keys)
        #expect(known.intersection(missing) == [], "judged, and said not to be")
        #expect(Set(GateCode.allCases).subtracting(known.union(missing)) == [], "nothing is said of where it is judged")
    }
}

/// Deterministic: tables and gates in their own order.
struct StateMachinePage {
    /// Judged neither by a request's gates nor by a step that they name.
    let elsewhere: [GateCode: String] = [
        .certificateComplete: "with the commit of a failback",
        .capacityReserved: "again in the transaction that claims the items",
        .nameFreeAtTarget: "with a reprotect to an alternate location",
        .hasPointOfKind: "when the failover is put together; again by the step `choose`",
        .generationCurrent: "for a quarantined item, with every request and every step",
        .noConflictingJob: "by the phase's table; again when the item is claimed",
        .noDrillLeft: "by the phase's table; again when the item is claimed",
        .groupComplete: "of a group, with every request; when a member joins",
        .groupSameProcessServer: "of a group, with every request; when a member joins",
        .groupSameTarget: "of a group, with every request; when a member joins",
        .groupSameOSFamily: "of a group, with every request; when a member joins",
        .sourceConfirmedOff: "with the request when the source was stated dead or is silent",
    ]

    /// Codes of the catalogue that nothing evaluates yet, and why.
    static let missing: [GateCode: String] = [:]

    private static let phases: [Phase?] = [nil] + Phase.all
    private static let operations = Model.Operation.all

    let atRequest: [GateCode: [Model.Operation]]
    let deferred: [GateCode: [(operation: Model.Operation, step: String)]]
    /// Where a gate that blocks others only warns.
    let warned: [GateCode: [Model.Operation]]

    init() {
        var atRequest: [GateCode: [Model.Operation]] = [:]
        var deferred: [GateCode: [(operation: Model.Operation, step: String)]] = [:]
        var warned: [GateCode: [Model.Operation]] = [:]
        for operation in Self.operations {
            for gate in evaluateGates(sound(operation)) {
                if case .deferred(let step) = gate.status {
                    deferred[gate.code, default: []].append((operation, "\(step)"))
                } else {
                    atRequest[gate.code, default: []].append(operation)
                }
                if gate.severity == .warning, gate.code.definition.severity == .blocking {
                    warned[gate.code, default: []].append(operation)
                }
            }
        }
        self.atRequest = atRequest
        self.deferred = deferred
        self.warned = warned
    }

    var text: String {
        ([
            "# The item's states, operations and gates", "",
            "Made from the code by `make pages`; a test compares. `homeward items allowed ITEM` answers for an item.",
            "",
        ] + transitions + product + gates).joined(separator: "\n") + "\n"
    }

    // MARK: Transitions

    private var transitions: [String] {
        [
            "## Transitions", "",
            "A phase changes along these alone. An operation that fails or is cancelled before its point of no return "
                + "leaves the",
            "phase where it was.", "", "| # | From | By | To |", "|---|---|---|---|",
        ]
            + Transition.table.sorted { $0.row < $1.row }.map { line in
                let trigger: String =
                    switch line.trigger {
                    case .operation(let operation): operation.name
                    case .event(let event): "event \(event.rawValue)"
                    }
                return "| \(line.row) | \(name(line.from)) | \(trigger) | \(line.to) |"
            } + ["", "Events come from the vault's own looks, and only while no job holds the item:", ""]
            + ItemEvent.allCases.map { "- `\($0.rawValue)`: \(Self.meaning(of: $0))" } + [""]
    }

    private static func meaning(of event: ItemEvent) -> String {
        switch event {
        case .inSync: "every disk is in sync, and a first point of the generation is sealed and applied."
        case .targetCopyLost:
            "its master target says that the target's copy is lost, or its records damaged; a new one is begun."
        case .cloudMachineGone:
            "the platform says that the cloud machine does not exist, or is in another resource group: a blocker."
        }
    }

    private func name(_ phase: Phase?) -> String { phase?.name ?? "no item" }

    // MARK: Phase, operation, claim, drill

    private var product: [String] {
        [
            "## Every operation in every phase", "",
            "What the durable facts say; gates that look at components come on top. *Held*: a job holds the item. "
                + "*Drill*: one",
            "stands or waits for its cleanup. In bold the phase that an allowed operation leads to.", "",
        ] + Self.phases.flatMap(section)
    }

    private func section(_ phase: Phase?) -> [String] {
        var rows: [(cells: [String], names: [String])] = []
        for operation in Self.operations {
            for (name, conditions) in conditions(operation, phase) {
                let cells = [(nil, false), (nil, true), (Self.claim, false), (Self.claim, true)].map { claim, drill in
                    var item = conditions
                    item.claim = claim
                    item.drill = drill
                    return answer(operation, item)
                }
                if let same = rows.firstIndex(where: { $0.cells == cells }) {
                    rows[same].names.append(name)
                } else {
                    rows.append((cells, [name]))
                }
            }
        }
        return [
            "### \(phase.map { "In \($0.name)" } ?? "Without an item")", "",
            "| Operations | free | drill | held | held, drill |", "|---|---|---|---|---|",
        ] + rows.map { "| \(([$0.names.joined(separator: ", ")] + $0.cells).joined(separator: " | ")) |" } + [""]
    }

    private static let claim: Claim? = Claim(job: "job-1", operation: .switchProcessServer)

    /// With what else the operation depends on in this phase.
    private func conditions(_ operation: Model.Operation, _ phase: Phase?) -> [(String, ItemConditions)] {
        switch (operation, phase) {
        case (.cancelReprotect, .synchronizing?):
            SynchronizingOrigin.allCases.map {
                ("\(operation) (\($0.rawValue))", ItemConditions(phase: phase, origin: $0))
            }
        case (.cancelFailover, .commitPending?):
            OldSource.allCases.map {
                ("\(operation) (old source \($0.rawValue))", ItemConditions(phase: phase, oldSource: $0))
            }
        default: [(operation.name, ItemConditions(phase: phase, origin: .reprotect, oldSource: .fenced))]
        }
    }

    private func answer(_ operation: Model.Operation, _ item: ItemConditions) -> String {
        switch permission(for: operation, given: item) {
        case .allowed(let transition): "**\(transition.to)**"
        case .refused(let codes): codes.map(\.rawValue).joined(separator: ", ")
        }
    }

    // MARK: Gates

    private var gates: [String] {
        [
            "## Gates", "",
            "Origin: S a statement of <doc:SourceStatements>, A Azure Site Recovery's wider documentation, B ours.",
            "A warning never blocks. A gate that blocks and that nobody who should know answers counts as failed.", "",
            "| Gate | Holds when | Origin | Waivable by | Judged |", "|---|---|---|---|---|",
        ] + GateCode.allCases.map(line) + [""]
    }

    private func line(_ code: GateCode) -> String {
        let definition = code.definition
        let waivable: String = if case .by(let role) = definition.waivable { role } else { "nobody" }
        var judged: [String] = []
        if let operations = atRequest[code] {
            let isAll = operations.count == Self.operations.count
            judged.append("at request: " + (isAll ? "all" : operations.map(\.name).joined(separator: ", ")))
        }
        if let warned = warned[code] {
            let others = (atRequest[code] ?? []).filter { !warned.contains($0) }
            judged.append("a warning but for " + others.map(\.name).joined(separator: ", "))
        }
        judged += (deferred[code] ?? []).map { "\($0.operation) at `\($0.step)`" }
        if let place = elsewhere[code] { judged.append(place) }
        if let why = Self.missing[code] { judged.append("**not yet**: \(why)") }
        let severity = definition.severity == .warning ? " (warning)" : ""
        return "| `\(code.rawValue)`\(severity) | \(definition.meaning) | \(definition.origin) | \(waivable) | "
            + judged.joined(separator: "; ") + " |"
    }
}
