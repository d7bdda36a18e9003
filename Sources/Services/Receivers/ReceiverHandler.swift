public import API
public import Contract
public import Environment
public import Messages
import Model
public import RPC
import Store

/// `homeward.common.v1.Receiver`, the same at every component that acts under generations.
public struct ReceiverHandler: ReceiverService {
    private let effects: Effects
    private let clock: any Clock
    private let behind: Behind?
    private let quiesce: @Sendable (Assignment) async throws -> Void

    /// The receiver that a component forwards calls to, and how long one of its answers may take.
    public struct Behind: Sendable {
        let receiver: ReceiverClient
        let patience: Duration

        public init(_ receiver: ReceiverClient, patience: Duration) {
            self.receiver = receiver
            self.patience = patience
        }
    }

    /// - behind: asked about operations that were never seen here, and told of closed jobs.
    /// - quiesce: ends what runs here under lower generations of the item besides effects (streams, appliers), and
    ///   returns when none of it can act any more. Called at every `Assign`, so it must bear repetition.
    public init(
        _ effects: Effects, clock: any Clock,
        behind: Behind? = nil,
        quiesce: @escaping @Sendable (Assignment) async throws -> Void
    ) {
        self.effects = effects
        self.clock = clock
        self.behind = behind
        self.quiesce = quiesce
    }

    public func probe(_ request: CommonV1.ProbeRequest, _ context: CallContext) async throws -> CommonV1.ProbeResponse {
        try await answering("record a probe") {
            let key = try OperationKey(request.key)
            let call = EffectCall(
                key: key, epoch: request.key?.vaultEpoch ?? 0, generation: nil, request: CommonV1.ProbeRequest())
            return try await effects.transact(call) { transaction in
                try transaction.run("INSERT OR IGNORE INTO probes (key) VALUES (?)", .text(key.canonical))
                let count = try transaction.row("SELECT count(*) AS n FROM probes")?.bits("n") ?? 0
                return .with { $0.recorded = count }
            }
        }
    }

    public func assign(
        _ request: CommonV1.AssignRequest, _ context: CallContext
    ) async throws -> CommonV1.AssignResponse {
        try await answering("take an assignment") {
            let assignment = try Assignment(request.assignment)
            try await effects.assign(assignment, epoch: request.key?.vaultEpoch ?? 0, quiesce: quiesce)
            return .with { $0.assignment = assignment.message }
        }
    }

    public func getAssignment(
        _ request: CommonV1.GetAssignmentRequest, _ context: CallContext
    ) async throws -> CommonV1.Assignment {
        try await answering("read the assignment of \(request.item)") {
            let item = try ItemID(request.item)
            guard let assignment = try await effects.store.assignment(of: item) else {
                throw Failure(.notFound, "read the assignment of \(item): there is none here", on: [.item(item)])
            }
            return assignment.message
        }
    }

    public func getOperation(
        _ request: CommonV1.GetOperationRequest, _ context: CallContext
    ) async throws -> CommonV1.Operation {
        try await answering("look up an operation") {
            let key = try OperationKey(request.key)
            let standing = try await effects.store.database.read { [store = effects.store] transaction in
                try store.operations.lookup(key, in: transaction)
            }
            if case .new = standing, let behind {
                return try await calling("look up an operation behind this component") {
                    try await behind.receiver.getOperation(request, CallOptions(timeout: behind.patience))
                }
            }
            return .with {
                switch standing {
                case .new: $0.state = .notSeen
                case .intent: $0.state = .inProgress
                case .done(let result):
                    $0.state = .done
                    $0.result = result
                case .refused(let failure):
                    $0.state = .refused
                    $0.refusal = failure.description
                case .cancelled: $0.state = .cancelled
                }
            }
        }
    }

    public func forgetJob(
        _ request: CommonV1.ForgetJobRequest, _ context: CallContext
    ) async throws -> CommonV1.ForgetJobResponse {
        try await answering("forget job \(request.job)") {
            let job = try JobID(request.job)
            let now = UnixMicroseconds(clock.wallNow().microseconds)
            try await effects.store.database.write("job.forget") { [store = effects.store] transaction in
                try store.operations.close(job, at: now, in: transaction)
                _ = try store.operations.purge(now: now, in: transaction)
            }
            if let behind {
                _ = try await calling("forget job \(job) behind this component") {
                    try await behind.receiver.forgetJob(request, CallOptions(timeout: behind.patience))
                }
            }
            return CommonV1.ForgetJobResponse()
        }
    }

    public func census(
        _ request: CommonV1.CensusRequest, _ context: CallContext
    ) async throws -> CommonV1.CensusResponse {
        try await answering("take the census") {
            let item = request.item.isEmpty ? nil : try ItemID(request.item)
            var census = try await effects.store.database.read { [store = effects.store] transaction in
                let held = try item.map { try [store.assignments.stored($0, in: transaction)].compactMap(\.self) }
                let jobs = try store.operations.jobs(of: item, in: transaction)
                let assignments = try held ?? store.assignments.all(in: transaction)
                let epoch = try store.highestEpoch(in: transaction)
                return CommonV1.CensusResponse.with {
                    $0.assignments = assignments.map {
                        Assignment(item: $0.item, generation: $0.generation, roles: $0.roles).message
                    }
                    $0.vaultEpoch = epoch
                    $0.jobs = jobs.map { known in
                        .with {
                            $0.item = known.item.text
                            $0.job = known.job.text
                        }
                    }
                }
            }
            if let behind { census.behind = await further(request, behind) }
            return census
        }
    }

    /// Shorter than the caller's, who is to hear of us even if the one behind us is away.
    private static let censusPatience = Duration.seconds(3)

    /// That it does not answer is part of the census, no failure of it.
    private func further(_ request: CommonV1.CensusRequest, _ behind: Behind) async -> CommonV1.FurtherCensus {
        do {
            let patience = min(behind.patience, Self.censusPatience)
            let census = try await behind.receiver.census(request, CallOptions(timeout: patience))
            return .with {
                $0.assignments = census.assignments
                $0.vaultEpoch = census.vaultEpoch
                $0.jobs = census.jobs
            }
        } catch {
            return .with { $0.missing = "\(Failure(any: error, attempting: "take the census behind this component"))" }
        }
    }
}
