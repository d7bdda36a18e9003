import API
import Contract
import MessageCoding
import Messages
import Model
import RPC
import Store
import Workflow

typealias VaultWorkflow = Workflow<VaultContext>
typealias VaultStep = Step<VaultContext>
/// What undoes a step, with its name for people.
typealias Undo = (title: String, VaultStep.Act)

/// A step whose effect is made by one component under one operation key.
///
/// - target: the resource, part of the key.
/// - at: the channel of the component that keeps the key; its `GetOperation` resolves an unanswered call (rule K6).
/// - output: what the journal keeps of the answer.
///
/// IN_PROGRESS and REFUSED count as *not done* when looked at: the call is made again with the same key, and the
/// component joins the running effect, resolves its intent by looking, or gives the same refusal with its details.
func effect<R: WireMessage>(
    _ id: StepID, _ title: String, by actor: String, patience: Duration = Patience.effect,
    target: @escaping @Sendable (Scene) throws -> String,
    at channel: @escaping @Sendable (Scene) throws -> any Channel, undo: Undo? = nil,
    output: @escaping @Sendable (Scene, R) throws -> StepOutput = { _, _ in StepOutput() },
    unless skip: @escaping @Sendable (Scene) async throws -> String? = { _ in nil },
    call: @escaping @Sendable (Scene, CommonV1.OperationKey, CallOptions) async throws -> R
) -> VaultStep {
    VaultStep(
        id, title, by: actor,
        look: { vault, run in
            let scene = try await Scene(vault, run)
            if let reason = try await skip(scene) { return .skipped(reason) }
            let receiver = ReceiverClient(try channel(scene))
            let key = try scene.key(target(scene))
            let known = try await asking("look up \(title)", Patience.read) {
                try await receiver.getOperation(.with { $0.key = key }, $0)
            }
            guard known.state == .done else { return .notDone }
            // A component that forwards keeps no result of its own: ask again, it is there.
            guard let result = try? R(wire: known.result) else { return .notDone }
            return .done(try output(scene, result).bytes())
        },
        undo: undo
    ) { vault, run in
        let scene = try await Scene(vault, run)
        if let reason = try await skip(scene) { return .skipped(reason) }
        let key = try scene.key(target(scene))
        let result = try await scene.named(target(scene)) {
            try await asking(title, patience) { try await call(scene, key, $0) }
        }
        return .done(try output(scene, result).bytes())
    }
}

/// A step made of several calls, or of one that keeps no key of its own at the component we call (agents). Looking
/// tells nothing here; the calls are made again with the same keys, and each receiver answers with what it did.
func calls(
    _ id: StepID, _ title: String, by actor: String, undo: Undo? = nil,
    _ act: @escaping @Sendable (Scene) async throws -> StepResult
) -> VaultStep {
    VaultStep(id, title, by: actor, look: { _, _ in .notDone }, undo: undo) { vault, run in
        try await act(Scene(vault, run))
    }
}

/// A step whose effect is in the vault's own rows: in the transaction that journals it. So is what undoes it.
func change(
    _ id: StepID, _ kind: StepKind, _ title: String, undo: Undo? = nil,
    _ body: @escaping @Sendable (inout ItemRecord, Scene) throws -> StepOutput
) -> VaultStep {
    VaultStep(id, kind, title, undo: undo) { vault, run in try await changing(vault, run, body) }
        .with { $0.undoIsRecord = true }
}

func changing(
    _ vault: VaultContext, _ run: StepRun,
    _ body: @escaping @Sendable (inout ItemRecord, Scene) throws -> StepOutput
) async throws -> StepResult {
    let scene = try await Scene(vault, run)
    return .commit { transaction in
        var item = try vault.store.requireItem(run.item, in: transaction)
        try item.refuseQuarantined("step \(run.step) of job \(run.job)", at: vault.now)
        let output = try body(&item, scene)
        try vault.store.save(item, in: transaction)
        return try output.bytes()
    }
}

/// What an undo does, as an `Undo`.
func undoing(_ title: String, _ act: @escaping @Sendable (Scene) async throws -> Void) -> Undo {
    (title, { vault, run in
        try await act(Scene(vault, run))
        return .done([])
    })
}

func undoingChange(
    _ title: String, _ body: @escaping @Sendable (inout ItemRecord, Scene) throws -> Void
) -> Undo {
    (title, { vault, run in
        try await changing(vault, run) { item, scene in
            try body(&item, scene)
            return StepOutput()
        }
    })
}

extension StepResult {
    static func done(_ output: StepOutput) throws -> StepResult { .done(try output.bytes()) }
}
