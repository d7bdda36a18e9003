import API
import FailbackCertificates
public import Environment
public import Hosting
import Logging
import Model
public import RPC
import Store
import Workflow

/// The vault: the record of items, jobs and assignments at the recovery site; it starts everything and carries no data.
public struct VaultOrchestrator: Service {
    public typealias Settings = VaultSettings

    let core: VaultCore
    let reconcilers: Reconcilers
    let census: CensusRounds
    private let closedJobs: ClosedJobs
    private let backups: VaultBackups
    private let planTimers: PlanTimers
    private let alerts: AlertRounds
    private let passphrase: [UInt8]

    public static func start(_ settings: VaultSettings, _ context: ServiceContext) async throws -> VaultOrchestrator {
        let environment = context.environment
        let lane = environment.lanes.lane("vault files")
        let secret = try await lane.run { [files = environment.files] in try files.readAll(settings.passphraseFile) }
        let passphrase = secret.last == UInt8(ascii: "\n") ? Array(secret.dropLast()) : secret
        guard !passphrase.isEmpty else {
            throw Failure(.invalidArgument, "read the passphrase file \(settings.passphraseFile): it is empty")
        }
        let store = VaultStore(
            database: try await context.openStore(VaultStore.schema), clock: environment.clock)
        let directory = SiteDirectory(settings, transport: context.transport, clock: environment.clock)
        directory.restore(try await store.components())
        let bell = ChangeBell()
        let log = context.log
        let reign = try await store.beginReign(at: UnixMicroseconds(environment.clock.wallNow().microseconds))
        // Kept by whoever keeps the vault's log, it fixes every audit record so far.
        let head = try await store.audit.head().head
        log.notice("the audit log ends here", metadata: ["head": "\(head)"])
        if reign.isRestored { log.warning("this vault's store was restored: see `homeward vault census`") }
        let vault = VaultContext(
            store: store, directory: directory, environment: environment, settings: settings, bell: bell,
            reign: reign, log: log)
        try await vault.policies.read(store)
        vault.alerts.replace(try await store.standingAlerts())
        let runner = JobRunner(
            store.jobs, VaultCore.workflows, context: vault, environment: environment, changed: { bell.ring($0) },
            abandoned: { job, failure in
                log.critical("a job cannot be journaled", metadata: ["job": "\(job)", "failure": "\(failure)"])
            },
            judge: { vault, run, failure in await vault.judge(failure, of: run.item, in: run.job) },
            around: { job, workflow, step, attempt in
                try await vault.measured(job, workflow, step, attempt)
            })
        vault.runs.attach(runner)
        let keyPath = settings.service.stateDirectory + "/certificate-key.pem"
        let key = try await lane.run { [files = environment.files, random = environment.random] in
            Result<SigningKey, any Error> { try SigningKey(keptIn: keyPath, files, random: random) }
        }.mapError { error in
            log.error("certificates cannot be signed", metadata: ["failure": "\(error)"])
            return error as? Failure ?? Failure(.internalError, "read or make the signing key \(keyPath): \(error)")
        }
        let core = VaultCore(vault: vault, runner: runner, signingKey: key)
        let backups = VaultBackups(vault)
        return VaultOrchestrator(
            core: core, reconcilers: Reconcilers(core: core), census: CensusRounds(core: core),
            closedJobs: ClosedJobs(vault), backups: backups, planTimers: PlanTimers(core: core),
            alerts: AlertRounds(
                core: core, backups: { await backups.report() },
                verify: { store in _ = try await backups.verify(.with { $0.store = store }) }), passphrase: passphrase)
    }

    public var services: [BoundService] {
        [
            ItemsHandler(core: core).bound(), InfrastructureHandler(core: core).bound(),
            JobsHandler(core: core).bound(), AuthorityHandler(core: core).bound(), AuditHandler(core: core).bound(),
            PlansHandler(core: core).bound(), PoliciesHandler(core: core).bound(), AlertsHandler(core: core).bound(),
            DrillsHandler(core: core).bound(),
            VaultRegistryHandler(core: core, passphrase: passphrase).bound(),
            VaultBackupsHandler(backups: backups).bound(),
        ]
    }

    public func serving(at address: StreamAddress) async throws {
        try await core.resumeJobs()
        census.start()
        reconcilers.start()
        closedJobs.start()
        await backups.own.start()
        planTimers.start()
        await alerts.start()
    }

    public func stop() async {
        await alerts.stop()
        await census.stop()
        await reconcilers.stop()
        await closedJobs.stop()
        await backups.own.stop()
        await planTimers.stop()
    }
}
