import Model
import Store
import Synchronization
import Workflow

/// The other components, as far as a workflow can tell: effects by key, tombstones, and seeded trouble.
final class Receivers: Sendable {
    /// The part of an operation key that one job varies.
    struct Key: Hashable, Sendable, CustomStringConvertible {
        let item: ItemID
        let step: StepID

        init(_ item: ItemID, _ step: StepID) {
            self.item = item
            self.step = step
        }

        init(_ run: StepRun) { self.init(run.item, run.step) }

        /// "attach" in the tests over one item, which is `web`; else "attach app".
        var description: String { item == "web" ? step.text : "\(step) \(item)" }
    }

    struct State {
        var effects: Set<Key> = []
        var tombstones: Set<Key> = []
        /// Every effect in order: "attach", "undo attach".
        var log: [String] = []
    }

    private let state = Mutex(State())
    private let random: SeededRandom
    /// Of 100 calls, this many are lost before the effect, and as many after it.
    private let trouble: UInt64
    let refused = Mutex<Set<Key>>([])
    let undoRefused = Mutex<Set<StepID>>([])
    let unneeded = Mutex<Set<Key>>([])

    init(seed: UInt64 = 0, trouble: UInt64 = 0, refused: Set<StepID> = [], for item: ItemID = "web") {
        random = SeededRandom(seed)
        self.trouble = trouble
        self.refused.withLock { $0 = Set(refused.map { Key(item, $0) }) }
    }

    var effects: Set<Key> { state.withLock { $0.effects } }
    var log: [String] { state.withLock { $0.log } }

    func act(_ run: StepRun) throws -> StepResult {
        if unneeded.withLock({ $0.contains(Key(run)) }) { return .skipped("it is there") }
        if refused.withLock({ $0.contains(Key(run)) }) { throw Failure(.dataCorrupt, "refused for good") }
        return try called {
            if $0.tombstones.contains(Key(run)) { throw Failure(.operationCancelled, "late call") }
            if $0.effects.insert(Key(run)).inserted { $0.log.append("\(Key(run))") }
        }
    }

    func undo(_ run: StepRun) throws -> StepResult {
        if undoRefused.withLock({ $0.contains(run.step) }) { throw Failure(.dataCorrupt, "refused for good") }
        return try called {
            let fresh = $0.tombstones.insert(Key(run)).inserted
            $0.effects.remove(Key(run))
            if fresh { $0.log.append("undo \(Key(run))") }
        }
    }

    func look(_ run: StepRun) throws -> Observation {
        if random.nextUInt64() % 100 < trouble { throw Failure(.unavailable, "unreachable") }
        return state.withLock { $0.effects.contains(Key(run)) ? .done([9]) : .notDone }
    }

    private func called(_ effect: (inout State) throws -> Void) throws -> StepResult {
        let fate = random.nextUInt64() % 100
        if fate < trouble {
            throw fate % 2 == 0 ? Failure(.unavailable, "unreachable") : Failure(.outcomeUnknown, "request lost")
        }
        try state.withLock { try effect(&$0) }
        if fate < 2 * trouble { throw Failure(.outcomeUnknown, "answer lost") }
        return .done([9])
    }
}

/// Patient enough that trouble never looks like a refusal.
private let patient = RetryPolicy(attempts: 1_000)

func remote(_ id: StepID, pivot: Bool = false, undo: Bool = true) -> Step<Receivers> {
    let back: (title: String, Step<Receivers>.Act) = ("give \(id) back", { try $0.undo($1) })
    return Step(id, "do \(id)", by: "receiver", look: { try $0.look($1) }, undo: pivot || !undo ? nil : back) {
        try $0.act($1)
    }.with {
        $0.isPivot = pivot
        $0.retry = patient
    }
}

/// Its effect is a row in the transaction that journals it.
func local(_ id: StepID, pivot: Bool = false, undoesFirst: Bool = false) -> Step<Receivers> {
    @Sendable func insert(_ course: String, _ run: StepRun) -> StepResult {
        let key = "\(Receivers.Key(run))"
        return .commit { transaction in
            try transaction.run(
                "INSERT INTO effects (step, course) VALUES (?, ?)", .text(key), .text(course))
            return [7]
        }
    }
    return Step(id, .mint, "mint \(id)", undo: pivot ? nil : ("mint \(id) again", { insert("undo", $1) })) {
        insert("forward", $1)
    }.with {
        $0.isPivot = pivot
        $0.undoesFirst = undoesFirst
        $0.retry = patient
    }
}

/// One to eight steps of all sorts, often with a pivot.
func randomWorkflow(_ seed: UInt64) -> Workflow<Receivers> {
    var random = SeededRandom(seed)
    let count = Int.random(in: 1...8, using: &random)
    let pivot = Bool.random(using: &random) ? Int.random(in: 0..<count, using: &random) : -1
    let steps = (0..<count).map { index -> Step<Receivers> in
        let id = StepID(prefix: "s", entropy: [UInt8(index)])
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return local(id, pivot: index == pivot, undoesFirst: Bool.random(using: &random))
        case 1: return remote(id, pivot: index == pivot, undo: false)
        default: return remote(id, pivot: index == pivot)
        }
    }
    return Workflow("random", version: 1, steps: steps)
}
