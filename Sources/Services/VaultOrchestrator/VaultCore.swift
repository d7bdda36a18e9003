import FailbackCertificates
import Contract
import Cryptography
import Environment
import MessageCoding
import Messages
import Model
import Store
import Workflow

/// What the handlers decide with: jobs are made here, in one transaction with the claim they need.
struct VaultCore: Sendable {
    let vault: VaultContext
    let runner: JobRunner<VaultContext>
    /// Without it no certificate is signed, and everything else goes on.
    let signingKey: Result<SigningKey, Failure>

    /// Every workflow a job can run, by what it is called in the journal.
    static let workflows: [VaultWorkflow] =
        [
            checkInfrastructure, enableWorkflow, reprotectHomeWorkflow, reprotectHomeAlternateWorkflow,
            reprotectOutWorkflow, disableWorkflow, migrationWorkflow,
            takePointWorkflow, takeGroupPointWorkflow, switchProcessServerWorkflow, moveMasterTargetWorkflow,
            renewReplicaWorkflow, renewReplicaElsewhereWorkflow, drillCleanupWorkflow, certifyWorkflow,
            excludeDiskWorkflow, resyncWorkflow, pinWorkflow, unpinWorkflow, releaseSetAsideWorkflow,
            commitWorkflow(.home, keepingSeed: false),
        ]
        + Direction.allCases.flatMap { direction in
            [
                failoverWorkflow(direction), failoverWorkflow(direction, ofGroup: true),
                failoverWorkflow(direction, discardingDrills: true),
                failoverWorkflow(direction, ofGroup: true, discardingDrills: true), commitWorkflow(direction),
                cancelFailoverWorkflow(direction), changePointWorkflow(direction), cancelReprotectWorkflow(direction),
                drillWorkflow(direction),
            ]
        }
        + planWorkflows

    // MARK: Jobs

    /// What a mutation asked for, checked as far as it needs no observation.
    struct Request: Sendable {
        let id: String
        let digest: [UInt8]
        let options: VaultV1.MutationOptions

        init(_ message: some WireMessage, _ options: VaultV1.MutationOptions?) throws(Failure) {
            self.options = options ?? VaultV1.MutationOptions()
            id = self.options.requestID
            guard (1...Request.longestID).contains(id.utf8.count) else {
                throw Failure(
                    .invalidArgument, "start an operation: request_id is required, up to \(Request.longestID) bytes")
            }
            digest = SHA256.hash(message.wireBytes())
        }

        /// Fits an index page many times.
        private static let longestID = 128
    }

    /// The job that this request started before, if it did.
    func known(_ request: Request) async throws -> VaultV1.Job? {
        let job = try await vault.store.database.read { transaction in
            try vault.store.job(forRequest: request.id, digest: request.digest, in: transaction)
        }
        guard let job else { return nil }
        return try await vault.store.view(job).message
    }

    /// Creates the job, and whatever else `claim` stores, in one transaction; starts it.
    func start(
        _ request: Request, _ plan: Plan, claim: @escaping @Sendable (JobID, Transaction) throws -> Void
    ) async throws -> VaultV1.Job {
        let fresh = JobID(prefix: "job", entropy: vault.environment.random.bytes(8))
        let now = vault.now
        let store = vault.store
        let job = try await store.database.write("job-create") { transaction -> JobID in
            // The same request may have come twice at once.
            if let known = try store.job(forRequest: request.id, digest: request.digest, in: transaction) {
                return known
            }
            try claim(fresh, transaction)
            try store.jobs.create(fresh, plan, at: now, in: transaction)
            try store.remember(request: request.id, digest: request.digest, job: fresh, at: now, in: transaction)
            return fresh
        }
        vault.bell.ring()
        runner.start(job)
        return try await store.view(job).message
    }

    func preview(
        _ workflow: VaultWorkflow, _ plan: Plan, gates: [Gate], warnings: [String] = [],
        bounds: [VaultV1.SynchronizationBound] = [], locations: [VaultV1.PlannedLocation] = [],
        points: [VaultV1.PlannedPoint] = [], networks: [VaultV1.PlannedNetwork] = []
    ) async throws -> VaultV1.Job {
        let usual = try await vault.store.usualTimes(of: workflow.name)
        return .with {
            $0.operation = workflow.name
            $0.preview = .with {
                $0.gates = gates.map(\.message)
                $0.steps = workflow.preview.map { step in
                    step.message.changed { $0.usualUs = UInt64((usual.steps[step.id] ?? .zero).inMicroseconds) }
                }
                $0.usualUs = UInt64(usual.whole.inMicroseconds)
                $0.history = UInt32(usual.jobs)
                $0.planDigest = VaultCore.digest(plan)
                $0.warnings = warnings
                $0.bounds = bounds
                $0.locations = locations
                $0.points = points
                $0.networks = networks
                $0.boundBlocks = bounds.reduce(0) { $0 + $1.changedBlocks + $1.suspectBlocks }
            }
        }
    }

    /// Of what would be run, so that a run can be refused when the plan has changed since the preview.
    static func digest(_ plan: Plan) -> String { hexadecimal(SHA256.hash(plan.record)) }

    /// Throws when the caller previewed another plan.
    static func refuseChangedPlan(_ plan: Plan, _ options: VaultV1.MutationOptions) throws(Failure) {
        guard options.planDigest.isEmpty || options.planDigest == digest(plan) else {
            throw Failure(.planChanged, "run the previewed plan: it has changed since. Preview it again")
        }
    }

    // MARK: Infrastructure

    func checkComponents(_ message: VaultV1.CheckInfrastructureRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        guard let server = vault.directory.configurationServer?.component.endpoint?.id else {
            let gate = Gate(
                .configurationServerConnected, .fail,
                evidence: [Evidence("no configuration server has linked itself", source: "vault", at: vault.now)],
                remedy: Remedy("Start the configuration server with this vault's address in its configuration"))
            throw Failure(.gatesFailed, "check the infrastructure", gates: [gate])
        }
        guard let target = vault.directory.components(.masterTarget, at: .cloud).first?.component.endpoint?.id else {
            throw Failure(
                .operationNotAllowed, "check the infrastructure: no master target of the cloud has registered")
        }
        let parameters = JobParameters(
            operation: "check-infrastructure", person: request.options.person, components: [server, target])
        let plan = checkInfrastructure.plan(item: infrastructureItem, parameters: try Stored.bytes(parameters))
        try VaultCore.refuseChangedPlan(plan, request.options)
        if request.options.validateOnly { return try await preview(checkInfrastructure, plan, gates: []) }
        return try await start(request, plan) { _, _ in }
    }

    /// Stores a component's registration when it is new or moved.
    func heard(_ component: ConfigurationV1.Component, source: String) async throws {
        guard try vault.directory.heard(component, source: source) else { return }
        let store = vault.store
        try await store.database.write("component") { transaction in
            try store.saveComponent(component.stored, source: source, in: transaction)
        }
    }

    func linked(_ request: VaultV1.LinkConfigurationServerRequest) async throws -> [CommonV1.Assignment] {
        guard let component = request.component else {
            throw Failure(.invalidArgument, "link a configuration server: it does not say who it is")
        }
        if try vault.directory.linked(component), let id = component.endpoint?.id,
            let entry = vault.directory.entry(id)
        {
            let store = vault.store
            try await store.database.write("component") { transaction in
                try store.saveComponent(entry.component.stored, source: "vault", in: transaction)
            }
        }
        guard request.components.count <= SiteDirectory.limit else {
            throw Failure(.limitReached, "take \(request.components.count) components of home at once")
        }
        for component in request.components {
            // One that the registry should not have taken keeps none of the others unheard.
            do { try await heard(component, source: "configuration") } catch let failure as Failure
                where failure.code == .invalidArgument
            {
                vault.log.error("a component of home cannot be used", metadata: ["failure": "\(failure)"])
            }
        }
        try await heard(higher: request.higher, from: request.component?.endpoint?.id ?? "")
        // Of all items, and asked for after a start alone.
        return request.wantsAssignments ? try await assignments() : []
    }

    /// Of every item that was ever given a generation, by item.
    func assignments() async throws -> [CommonV1.Assignment] {
        var all: [CommonV1.Assignment] = []
        var after = ""
        while true {
            let page = try await vault.store.items(after: after, limit: Page.usual)
            guard let last = page.last else { return all }
            // What may be old is told to nobody.
            let current = page.filter { $0.generation != nil && $0.quarantine == nil }
            all += try current.map { try $0.assignment().message }
            after = last.id
        }
    }
}
