import API
import Contract
import Environment
import Logging
import Messages
import Model
import RPC
import Store
import Workflow

/// What the steps of workflows and the reconcilers act through.
struct VaultContext: Sendable {
    let store: VaultStore
    let directory: SiteDirectory
    let environment: Environment
    let settings: VaultSettings
    let bell: ChangeBell
    let reign: Reign
    let figures = ItemFigures()
    let policies = PolicyBook()
    let alerts = AlertBoard()
    let runs = JobSignals()
    let awaited = AwaitedItems()
    let log: Logger

    var now: UnixMicroseconds { UnixMicroseconds(environment.clock.wallNow().microseconds) }

    /// Carried by every call with an effect, so that receivers refuse a vault that another one succeeded (rule G10).
    var epoch: UInt64 { reign.epoch(of: store.database) }

    func pause(_ duration: Duration) async throws { try await environment.clock.sleep(for: duration) }
}

extension VaultContext {
    /// Gives a component an assignment: a barrier there (rule G3). Repeating it under the same key is harmless.
    @discardableResult
    func give(
        _ assignment: Assignment, to target: String, _ channel: any Channel, _ key: CommonV1.OperationKey
    ) async throws -> CommonV1.AssignResponse {
        let receiver = ReceiverClient(channel)
        return try await asking("assign generation \(assignment.generation) (\(target))") {
            try await receiver.assign(
                .with {
                    $0.key = key
                    $0.assignment = assignment.message
                }, $0)
        }
    }

    /// For what no job does: each is done once for a target under a generation.
    func reconcilerKey(
        _ step: StepID, _ target: String, _ assignment: Assignment
    ) throws(Failure) -> CommonV1.OperationKey {
        try OperationKey(
            job: "reconciler", item: assignment.item, step: step, course: .forward,
            target: "\(target)/\(assignment.generation.number)"
        ).message(epoch: epoch)
    }
}

/// One attempt of a step with what it needs to know: the item as it is now, and what was asked.
struct Scene: Sendable {
    let vault: VaultContext
    let run: StepRun
    let item: ItemRecord
    let parameters: JobParameters

    init(_ vault: VaultContext, _ run: StepRun) async throws {
        self.vault = vault
        self.run = run
        item = try await vault.store.item(run.item)
        try item.refuseQuarantined("step \(run.step) of job \(run.job)", at: vault.now)
        parameters = try vault.store.decodedJobs.parameters.value(run.parameters).of(run.item)
    }

    /// Rule K1, as it travels. The attempt is not part of it.
    func key(_ target: String) throws(Failure) -> CommonV1.OperationKey {
        try run.key(target).message(epoch: vault.epoch)
    }

    /// Runs calls that go out under this step's operation key and the item's generation, in their metadata too, where
    /// logs and traces see them.
    func named<T: Sendable>(_ target: String, _ calls: @Sendable () async throws -> T) async throws -> T {
        let (key, generation) = (try run.key(target), try? item.assignment().generation.number)
        return try await CallScope.with({ scope in
            scope.operationKey = "\(key)"
            scope.generation = generation
        }) { try await calls() }
    }

    func assignment() throws(Failure) -> Assignment { try item.assignment() }

    func generation() throws(Failure) -> CommonV1.Generation { try assignment().generation.message }

    /// The generation before the operation minted its own.
    func oldGeneration() throws(Failure) -> Generation {
        guard let before = parameters.before else {
            throw Failure(.internalError, "step \(run.step): the generation before the job is not in its parameters")
        }
        return try before.generation
    }

    func output(_ step: StepID) -> StepOutput? { run.outputs[step].flatMap { vault.store.decodedJobs.output($0) } }

    func platform(_ site: Site) throws(Failure) -> PlatformClient { PlatformClient(try vault.directory.platform(site)) }

    func target(_ id: String) throws(Failure) -> TargetControlClient {
        TargetControlClient(try vault.directory.channel(of: id))
    }

    func processServer(_ id: String) throws(Failure) -> ProcessControlClient {
        ProcessControlClient(try vault.directory.channel(of: id))
    }
}

/// Whether a peer that did not answer cannot have seen the call: none of it was sent.
func wasNeverSent(_ error: any Error) -> Bool {
    guard let error = error as? RPCError, !error.wasSent else { return false }
    return error.code == .unavailable || error.code == .deadlineExceeded
}

/// A call to a component: bounded, and with failures that say whether the effect may have happened.
func asking<T: Sendable>(
    _ what: String, _ patience: Duration = Patience.effect,
    _ call: @Sendable (CallOptions) async throws -> T
) async throws(Failure) -> T {
    try await calling(what) {
        do { return try await call(CallOptions(timeout: patience)) } catch where wasNeverSent(error) {
            throw Failure(.unavailable, "\(what): \(error)")
        }
    }
}

extension PlatformClient {
    /// As its platform sees it now.
    func look(at machine: String) async throws(Failure) -> PlatformV1.Machine {
        try await asking("look at machine \(machine)", Patience.read) {
            try await self.getMachine(.with { $0.machine = machine }, $0)
        }
    }
}
