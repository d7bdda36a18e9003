import API
import Contract
public import Environment
public import Hosting
import Logging
import MachineFiles
import Messages
import Model
public import RPC
import Receivers
import Store

/// The compute of a lab site: vCenter and ESXi at home, the cloud's compute at the recovery site.
///
/// ```
/// PlatformHandler ── decodes ──► SiteHost ── decides, one turn per machine, one effect per key ──► act
///                                              machines   PowerControl ── MachineProcesses ── MachineRuntime
///                                              disks      Datastore
///                                              grants     Grants
/// ```
public final class SiteHost: Service {
    public typealias Settings = SiteHostConfiguration

    /// How long an attach waits for the last owner to close the disk: it was told to, and syncs first.
    public static let usualLockWait = Duration.seconds(10)

    let configuration: SiteHostConfiguration
    let environment: Environment
    let log: Logger
    let store: SiteHostStore
    let effects: Effects
    let datastores: Datastores
    let processes: MachineProcesses
    let drivers: GuestDrivers
    let grants: Grants
    let turns: Turns
    let power: PowerControl
    /// Small files, directories, programs.
    let lane: any Lane
    /// Copies of images, which take long.
    let importLane: any Lane
    let hostBoot: HostBootID
    let lockWait: Duration
    /// Whether test machines can be started in a network of their own.
    let isolates: Bool

    /// A live site host: machines are processes.
    public static func start(_ settings: SiteHostConfiguration, _ context: ServiceContext) async throws -> SiteHost {
        try await start(
            settings, context, runtime: ProcessRuntime(),
            drivers: [
                WorkloadDriver(executable: settings.guestExecutable),
                VirtualMachineDriver(
                    executable: settings.guestExecutable, emulator: settings.emulator,
                    files: context.environment.files),
            ])
    }

    /// With machines as `runtime` runs them.
    public static func start(
        _ settings: SiteHostConfiguration, _ context: ServiceContext, runtime: any MachineRuntime,
        drivers: [any GuestDriver], lockWait: Duration = usualLockWait
    ) async throws -> SiteHost {
        let environment = context.environment
        let lane = environment.lanes.lane("site-host")
        let hostBoot = try await lane.run {
            let files = environment.files
            let folders = [
                settings.service.stateDirectory, settings.machinesDirectory, settings.acknowledgementsDirectory,
            ] + settings.siteDatastores.map(\.directory)
            for path in folders { try files.createDurably(path) }
            return try HostBoot.load(
                settings.service.stateDirectory, kernelBootID: runtime.kernelBootID, files, environment.random)
        }
        let store = SiteHostStore(database: try await context.openStore(SiteHostStore.schema))
        let host = SiteHost(
            settings, context, store, runtime, GuestDrivers(drivers), hostBoot, lane, lockWait,
            isolates: await runtime.canIsolate())
        try await host.markDatastores()
        try await host.recover()
        return host
    }

    private init(
        _ settings: SiteHostConfiguration, _ context: ServiceContext, _ store: SiteHostStore,
        _ runtime: any MachineRuntime, _ drivers: GuestDrivers, _ hostBoot: HostBootID, _ lane: any Lane,
        _ lockWait: Duration, isolates: Bool
    ) {
        let environment = context.environment
        configuration = settings
        self.environment = environment
        log = context.log
        self.store = store
        self.drivers = drivers
        self.hostBoot = hostBoot
        self.lockWait = lockWait
        self.isolates = isolates
        self.lane = lane
        importLane = environment.lanes.lane("site-host import")
        effects = Effects(
            ReceiverStore(store.database), component: "site-host", failpoints: environment.failpoints)
        datastores = Datastores(
            all: settings.siteDatastores, files: environment.files, failpoints: environment.failpoints)
        processes = MachineProcesses(
            configuration: settings, files: environment.files, runtime: runtime, drivers: drivers)
        grants = Grants(processes: processes, files: environment.files, failpoints: environment.failpoints)
        turns = Turns()
        power = PowerControl(hostBoot, store, processes, turns, environment, lane: lane, log: context.log)
    }

    private func markDatastores() async throws {
        let known = configuration.service.stateDirectory + "/datastores"
        for away in try await lane.run({ [datastores] in try datastores.mark(known: known) }) {
            log.error("a datastore is not there", metadata: ["datastore": "\(away.id)", "at": "\(away.directory)"])
        }
    }

    private func recover() async throws {
        for machine in try await power.recover() {
            do { _ = try await startUnchecked(machine) } catch {
                log.warning("automatic start failed", metadata: ["machine": "\(machine)", "error": "\(error)"])
            }
        }
        await power.supervise()
        log.info("recovered", metadata: ["host-boot": "\(hostBoot)"])
    }

    public var services: [BoundService] {
        // What runs here below a generation besides effects is a machine, and machines are fenced at their agents.
        let receiver = ReceiverHandler(effects, clock: environment.clock) { _ in }
        return [PlatformHandler(self).bound(), receiver.bound()]
    }

    public func serving(at address: StreamAddress) async throws {}

    /// Machines run on.
    public func stop() async { await power.stop() }

    // MARK: Views

    /// - isListed: one among others, which are listed whatever its disks are.
    func describe(_ record: MachineRecord, isListed: Bool = false) async throws -> PlatformV1.Machine {
        let seen = try await power.observe(record)
        let mayRun = processes.mayRun(record, seen.grant, hostBoot: hostBoot)
        let known = try await store.disks(of: record.id)
        let disks = isListed ? try await listed(known) : try await held(known)
        return PlatformV1.Machine(record, seen, mayRun: mayRun, disks: disks)
    }

    func machine(_ id: MachineID) async throws -> PlatformV1.Machine { try await describe(power.record(id)) }

    /// At most `size` machines after `token`, in order of id; with names or disks, those that have one of them.
    func machines(
        after token: MachineID?, size: Int, names: [String] = [], disks: [DiskID] = []
    ) async throws -> (page: [PlatformV1.Machine], more: Bool) {
        var rest = await power.all().filter { record in token.map { record.id > $0 } ?? true }
        if !names.isEmpty || !disks.isEmpty {
            let names = Set(names)
            let owners = try await store.owners(of: disks)
            rest = rest.filter { names.contains($0.id.text) || names.contains($0.name) || owners.contains($0.id) }
        }
        var page: [PlatformV1.Machine] = []
        for record in rest.prefix(size) { page.append(try await describe(record, isListed: true)) }
        return (page, rest.count > size)
    }

    func status() async throws -> PlatformV1.PlatformStatus {
        let snapshots = try await store.masterTargetSnapshots()
        let inventory = try await store.siteInventory()
        let datastores = try await datastoreStatus(inventory)
        let hosts = await hostStatus(inventory)
        let site = try configuration.service.siteValue()
        return .with {
            $0.site = site.message
            $0.kind = configuration.platform
            $0.hostBootID = hostBoot.text
            $0.datastoreFreeBytes = datastores.first?.freeBytes ?? 0
            $0.memoryFreeMib = hosts.first?.memoryFreeMib ?? 0
            $0.datastores = datastores
            $0.hosts = hosts
            $0.connected = true
            $0.masterTargetSnapshots = snapshots
            $0.isolates = isolates
            $0.inventory = inventory
        }
    }

    /// The disks with their holders; one that is nowhere is reported, never left out.
    func held(_ disks: [DiskRecord]) async throws -> [PlatformV1.PlatformDisk] {
        try await lane.run { [datastores] in try disks.map { try datastores.held($0) } }
    }

    /// The same, where one that is nowhere says so itself.
    private func listed(_ disks: [DiskRecord]) async throws -> [PlatformV1.PlatformDisk] {
        try await lane.run { [datastores] in
            disks.map { disk in
                do { return try datastores.found(disk) } catch {
                    return .with {
                        $0.disk = disk.description.message
                        $0.missing = (error as? Failure)?.message ?? "find disk \(disk.id): \(error)"
                    }
                }
            }
        }
    }
}
