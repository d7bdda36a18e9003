public import Contract
public import Environment
public import MessageCoding
public import Model
public import Store

/// Carries out calls with effects, each at most once (rules K1–K5), and holds the barrier of `Assign` (rule G3).
///
/// ```
/// begin ── new ──────────► intent ─► look ─ found ─► done
///   │                                   └─ not ─► act ─► done | refused for good | (transient: stays an intent)
///   ├─ intent (a crash or a lost answer) ─► look …
///   ├─ done, refused ─► the same answer again
///   └─ cancelled ─► OPERATION_CANCELLED
/// ```
public actor Effects {
    public let store: ReceiverStore
    private let failpoints: any Failpoints
    private let component: String
    private var running: [OperationKey: Generation?] = [:]
    private var waiting: [Barrier] = []

    /// An `Assign` that waits for the effects that were running when it came.
    private struct Barrier {
        var effects: Set<OperationKey>
        let passed: CheckedContinuation<Void, Never>
    }

    /// Bound on effects running at once; a caller above it retries.
    public static let limit = 1_024

    public init(_ store: ReceiverStore, component: String, failpoints: any Failpoints) {
        self.store = store
        self.component = component
        self.failpoints = failpoints
    }

    /// One effect outside the database.
    ///
    /// - look: whether the effect is there already; called before acting, and after a crash instead of acting.
    /// - act: makes the effect; told what was known of the forward call, when it undoes one.
    public func perform<Result: WireMessage>(
        _ call: EffectCall,
        look: @Sendable () async throws -> Result?,
        act: @Sendable (_ forward: OperationLedger.Standing?) async throws -> Result
    ) async throws -> Result {
        try start(call)
        defer { finish(call.key) }
        let begun = try await begin(call)
        switch begun.standing {
        case .done(let bytes): return try answer(bytes, call)
        case .refused(let failure): throw failure
        case .cancelled: throw cancelled(call.key)
        case .new, .intent: break
        }
        failpoints.reach("\(component).effect.before")
        await failpoints.rest("effect.\(call.key.step).acting")
        let result: Result
        do {
            if let found = try await look() { result = found } else { result = try await act(begun.forward) }
        } catch {
            let failure = Failure(any: error, attempting: "\(call.key.step) on \(call.key.target)")
            if failure.disposition == .permanent, failure.code.isStored { try await refuse(call, failure) }
            throw failure
        }
        failpoints.reach("\(component).effect.after")
        await failpoints.rest("effect.\(call.key.step).acted")
        let bytes = result.wireBytes()
        let standing = try await store.database.write("operation.done") { [store] transaction in
            try store.operations.recordDone(call.key, digest: call.digest, result: bytes, in: transaction)
        }
        failpoints.reach("\(component).effect.reply")
        // An undo came while we acted: it saw the intent, and takes the effect back.
        if case .cancelled = standing { throw cancelled(call.key) }
        return result
    }

    /// One effect inside the database: key and result in one transaction (rule K2).
    public func transact<Result: WireMessage>(
        _ call: EffectCall, _ body: @escaping @Sendable (Transaction) throws -> Result
    ) async throws -> Result {
        try start(call)
        defer { finish(call.key) }
        await failpoints.rest("effect.\(call.key.step).acting")
        let result = try await store.database.write("operation.transact") { [store] transaction -> [UInt8] in
            let begun = try store.begin(call, intent: false, in: transaction)
            switch begun.standing {
            case .done(let bytes): return bytes
            case .refused(let failure): throw failure
            case .cancelled: throw cancelled(call.key)
            case .new, .intent: break
            }
            let bytes = try body(transaction).wireBytes()
            _ = try store.operations.recordDone(call.key, digest: call.digest, result: bytes, in: transaction)
            return bytes
        }
        await failpoints.rest("effect.\(call.key.step).acted")
        failpoints.reach("\(component).effect.reply")
        return try answer(result, call)
    }

    /// Stores an assignment and returns when no effect of a lower generation runs any more. What else must end
    /// (streams, appliers) is ended by `quiesce`, which runs after that, also for a repeated call.
    public func assign(
        _ assignment: Assignment, epoch: UInt64, quiesce: @Sendable (Assignment) async throws -> Void
    ) async throws {
        failpoints.reach("\(component).assign.before")
        await failpoints.rest("assign.acting")
        _ = try await store.database.write("assign") { [store] transaction in
            try store.admit(epoch: epoch, in: transaction)
            return try store.assignments.assign(
                assignment.item, assignment.generation, assignment.roles, in: transaction)
        }
        failpoints.reach("\(component).assign.stored")
        await drained(assignment)
        try await quiesce(assignment)
        await failpoints.rest("assign.acted")
        failpoints.reach("\(component).assign.reply")
    }

    private func drained(_ assignment: Assignment) async {
        let older = running.filter { entry in
            guard entry.key.item == assignment.item, let generation = entry.value else { return false }
            return generation.number < assignment.generation.number
        }
        guard !older.isEmpty else { return }
        await withCheckedContinuation { waiting.append(Barrier(effects: Set(older.keys), passed: $0)) }
    }

    private func start(_ call: EffectCall) throws(Failure) {
        guard running[call.key] == nil else {
            throw Failure(.operationInProgress, "\(call.key): still running here; ask again", on: [.job(call.key.job)])
        }
        guard running.count < Effects.limit else {
            throw Failure(.limitReached, "\(call.key): \(Effects.limit) effects run here already; ask again later")
        }
        running[call.key] = call.generation
    }

    private func finish(_ key: OperationKey) {
        running.removeValue(forKey: key)
        for index in waiting.indices { waiting[index].effects.remove(key) }
        for barrier in waiting where barrier.effects.isEmpty { barrier.passed.resume() }
        waiting.removeAll { $0.effects.isEmpty }
    }

    private func begin(_ call: EffectCall) async throws -> ReceiverStore.Begun {
        try await store.database.write("operation.begin") { [store] transaction in
            try store.begin(call, intent: true, in: transaction)
        }
    }

    private func refuse(_ call: EffectCall, _ failure: Failure) async throws {
        _ = try await store.database.write("operation.refused") { [store] transaction in
            try store.operations.recordRefused(call.key, digest: call.digest, failure, in: transaction)
        }
    }

    private func answer<Result: WireMessage>(_ bytes: [UInt8], _ call: EffectCall) throws(Failure) -> Result {
        do { return try Result(wire: bytes) } catch {
            throw Failure(.storeCorrupt, "\(call.key): the stored result is not a \(Result.protobufName)")
        }
    }
}

extension ReceiverStore {
    struct Begun: Sendable {
        let standing: OperationLedger.Standing
        /// For an undo: what was known of the forward call when the tombstone was written.
        let forward: OperationLedger.Standing?
    }

    /// Epoch, generation, tombstone and standing, in the caller's transaction. A known answer is given again even
    /// under a generation that has passed, because the caller may only have lost it.
    func begin(_ call: EffectCall, intent: Bool, in transaction: Transaction) throws -> Begun {
        try admit(epoch: call.epoch, in: transaction)
        let forward =
            call.key.course == .undo ? try operations.tombstone(forwardOf: call.key, in: transaction) : nil
        let standing = try operations.begin(call.key, digest: call.digest, in: transaction)
        switch standing {
        case .done, .refused, .cancelled: return Begun(standing: standing, forward: forward)
        case .new, .intent: break
        }
        if let generation = call.generation {
            try assignments.check(call.key.item, generation, in: transaction)
        }
        if intent { try operations.recordIntent(call.key, digest: call.digest, [], in: transaction) }
        return Begun(standing: standing, forward: forward)
    }
}

extension ErrorCode {
    /// Refusals that depend on the moment are not stored, though asking again at once is useless (rule K3). Damage is
    /// one of them: a person mends it and has the step tried again.
    var isStored: Bool {
        switch self {
        case .gatesFailed, .conflictingJob, .operationNotAllowed, .quarantined, .staleGeneration, .generationConflict,
            .unknownGeneration, .staleEpoch, .storeFailed, .storeCorrupt, .dataCorrupt, .inputOutput, .internalError,
            .notFound:
            false
        default: true
        }
    }
}

extension Failure {
    /// Whatever a body threw, as a failure that says what was attempted.
    public init(any error: any Error, attempting what: String) {
        switch error {
        case let failure as Failure: self = failure
        case let error as FileError: self.init(error, attempting: what)
        case is CancellationError: self.init(.cancelled, "\(what): cancelled")
        default: self.init(.internalError, "\(what): \(error)")
        }
    }
}

private func cancelled(_ key: OperationKey) -> Failure {
    Failure(.operationCancelled, "\(key): it was undone before", on: [.job(key.job), .item(key.item)])
}
