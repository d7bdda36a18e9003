import Blocks
import Contract
import Environment
import IntervalFrames
import Hosting
import Logging
import MachineFiles
import Messages
import Model
import NBD
import Receivers
import RPC
import Store
import Tracking

/// The one owner of a machine's standing: under which generation its disks are tracked, whether its guest may write,
/// and where it replicates to. Control operations that change the standing take turns.
actor AgentCore {
    let configuration: AgentConfiguration
    let grant: GrantFile?
    let environment: Environment
    let transport: any Transport
    let store: AgentStore
    let effects: Effects
    let log: Logger
    let lane: any Lane
    let disks: [OpenDisk]
    /// Ids of those that are left out of the replication.
    var leftOut: Set<String>
    let guest: GuestDisks
    let site: Site
    let freezer: GuestFreezer
    let limits: SessionLimits

    var tracker: MachineTracker?
    var authority: Authority
    /// Why it cannot go on; empty if it can.
    var broken = ""
    var session: ReplicationSession?
    var plan: SessionPlan?
    var links: RelayLinks?
    var merge: OverlayMerge?
    var readBack: DiskReadBack?
    /// The last background reading of all disks since this agent started.
    var scrubbed: (endedUnixUs: Int64, differing: UInt64)?
    private var scrubber: SpawnedTask?
    private var nbd: [NBDServer] = []
    /// Of a test machine.
    private let branch: BranchDisks?
    private(set) var isStopping = false
    private var hasEnded = false
    private var publisher: SpawnedTask?
    let turns = Turns()

    /// Twice a second and a little more: the site host reads it to know that the machine has booted.
    private static let publishEvery = Duration.milliseconds(400)

    init(
        _ configuration: AgentConfiguration, grant: GrantFile?, opened: MachineDisks, store: AgentStore,
        effects: Effects, context: ServiceContext, lane: any Lane, freezer: GuestFreezer, limits: SessionLimits,
        branch: BranchDisks? = nil
    ) throws {
        self.branch = branch
        self.freezer = freezer
        self.limits = limits
        self.configuration = configuration
        self.grant = grant
        environment = context.environment
        transport = context.transport
        self.store = store
        self.effects = effects
        log = context.log
        self.lane = lane
        site = try configuration.service.siteValue()
        disks = opened.disks
        leftOut = opened.leftOut
        tracker = opened.tracker
        authority = opened.authority
        guest = GuestDisks(
            opened.tracker, disks: opened.disks.map(\.disk), leftOut: opened.disks.places(of: opened.leftOut),
            mayWrite: opened.authority.mode.mayWrite, lanes: environment.lanes, clock: environment.clock)
    }

    var isDrill: Bool { branch != nil }
    /// In the order of the tracker.
    var tracked: [OpenDisk] { disks.tracked(besides: leftOut) }
    var item: String { plan?.item ?? grant?.item ?? "" }

    // MARK: start

    func serve() async throws {
        let directory = RunDirectory(configuration.runDirectory)
        let files = environment.files
        try await lane.run { if files.exists(directory.nbdSocket) { try files.remove(directory.nbdSocket) } }
        try await serveDisks(.unix(path: directory.nbdSocket), clients: nil)
        if let tcp = configuration.nbd {
            try await serveDisks(.ip(configuration.address, port: tcp.port), clients: tcp.clients.map { Set($0) })
        }
        publisher = environment.tasks.spawn("agent status") { await self.publishAlways() }
        // Its disks answer, so it can: a guest that we left frozen runs before anything else is done.
        await freezer.recover()
        guard !isDrill else { return }
        await goOnReadingBack()
        plan = try await store.session()
        if let plan, let tracker, plan.generation == tracker.generation.number { await open(plan, tracker) }
        let answers = RelayLinks.Answers(
            hello: { await self.hello() }, status: { await self.status() }, execute: { await self.execute($0) })
        links = RelayLinks(environment: environment, transport: transport, log: log, answers: answers)
        await holdLinks()
        scrubber = environment.tasks.spawn("scrub") { await self.scrubAlways() }
    }

    /// If somebody asked for it before this start.
    private func goOnReadingBack() async {
        guard let tracker else { return }
        let before = DiskReadBack(tracked, guest, tracker.generation, environment, log)
        readBack = before
        do { try await before.start(asked: false) } catch {
            log.error("disks are not read back", metadata: ["cause": "\(error)"])
        }
    }

    private func serveDisks(_ address: StreamAddress, clients: Set<String>?) async throws {
        let listener = try await environment.network.listen(address)
        let exports = branch?.exports ?? configuration.disks.enumerated().map { place, disk in
            (id: disk.id, export: GuestExport(guest: guest, index: place, size: disk.bytes))
        }
        nbd.append(
            await NBDServer.serve(
                listener: listener,
                exports: { name in
                    exports.first { $0.id == name }?.export
                        ?? exports.enumerated().first { "disk-\($0.offset)" == name }?.element.export
                },
                list: { exports.map(\.id) }, clients: clients, environment: environment))
        log.info("disks are served", metadata: ["address": "\(listener.address)"])
    }

    /// The configuration server and every process server that the grant or the session names.
    func holdLinks() async {
        let fixed = [grant?.configurationServer ?? configuration.configurationServer].compactMap { $0 }
        await links?.hold(fixed + (plan.map { [$0.server] } ?? []) + (grant?.processServers ?? []))
    }

    func open(_ plan: SessionPlan, _ tracker: MachineTracker) async {
        let made = ReplicationSession(
            tracker, disks: trackedMessages, plan: plan, freezer: freezer, environment: environment,
            transport: transport, log: log, limits: limits, begun: { await self.keep($0) },
            firstSealed: { await self.announce() })
        session = made
        await made.start()
    }

    /// The session's one-time demands are on record in the change map now, or its comparison came on.
    func keep(_ plan: SessionPlan) async {
        self.plan?.fullCopy = plan.fullCopy
        self.plan?.compare = plan.compare
        self.plan?.comparison = plan.comparison
        do { try await store.set(self.plan) } catch {
            // They will be done once more after a restart: slow, not wrong.
            log.warning("session cannot be stored", metadata: ["cause": "\(error)"])
        }
    }

    // MARK: stop

    /// Ends in order: no more guest, no more commands, everything synced and on record for the next owner.
    func stop() async {
        isStopping = true
        await branch?.close()
        for server in nbd { await server.close() }
        await links?.stop()
        await merge?.stop()
        await readBack?.stop()
        scrubber?.cancel()
        await scrubber?.finished()
        await session?.stop()
        await turns.take()
        do {
            if let tracker {
                // What the target applied is settled first: the next owner need not send it again.
                await tracker.settleApplied()
                try await tracker.shutDown()
                environment.failpoints.reach("agent.stop.synced")
                try await lane.run { [tracked] in for disk in tracked { try disk.writeRecord() } }
            }
            hasEnded = true
        } catch {
            log.error("clean close failed", metadata: ["cause": "\(error)"])
        }
        await turns.end()
        publisher?.cancel()
        await publisher?.finished()
        await publish()
        for disk in disks { disk.close() }
    }

    // MARK: status file

    private func publishAlways() async {
        while !isStopping {
            await publish()
            for event in await tracker?.takeEvents() ?? [] { tell(event) }
            do { try await environment.clock.sleep(for: Self.publishEvery) } catch { return }
        }
    }

    func publish() async {
        let space = await guest.cause
        let status = AgentStatusFile(
            machine: configuration.machine, bootID: configuration.bootID, processID: processID(), state: fileState,
            answers: !nbd.isEmpty && !isStopping,
            generation: authority.generation.model.map { GenerationRecord($0) },
            message: [broken.isEmpty ? authority.mode.cause : broken, space].filter { !$0.isEmpty }
                .joined(separator: "; "),
            updatedUnixUs: environment.clock.wallNow().microseconds)
        let (path, files) = (RunDirectory(configuration.runDirectory).agentStatus, environment.files)
        do { try await lane.run { try status.publish(path, files) } } catch {
            log.warning("status cannot be published", metadata: ["cause": "\(error)"])
        }
    }

    private func tell(_ event: TrackingEvent) {
        switch event {
        case .voided(let numbers, let cause):
            log.info("points skipped", metadata: ["numbers": "\(numbers)", "cause": "\(cause)"])
        case .syncFailed(let disk, let detail):
            log.error("sync failed", metadata: ["disk": "\(disk)", "detail": "\(detail)"])
        case .trackingLost(let disk, let detail):
            log.error("tracking lost", metadata: ["disk": "\(disk)", "detail": "\(detail)"])
        case .untrackedChange(let disk, let block):
            log.critical("block changed untracked", metadata: ["disk": "\(disk)", "block": "\(block)"])
        case .decayed(let disk, let detail):
            log.error("a file beside a disk decayed", metadata: ["disk": "\(disk)", "detail": "\(detail)"])
        }
    }

    private var fileState: AgentStatusFile.State {
        if hasEnded { return .ended }
        guard broken.isEmpty else { return .failed }
        return switch authority.mode {
        case .unprotected, .serving: .serving
        case .closed: .closed
        case .refusing: .refusing
        }
    }
}

/// Lets one change of the standing happen at a time, in the order of arrival.
actor Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if !isTaken {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Hands the turn over.
    func end() {
        guard !waiting.isEmpty else {
            isTaken = false
            return
        }
        waiting.removeFirst().resume()
    }
}
