import Contract
import Environment
import MachineFiles
import Messages
import Model

/// A machine's programs and run directory. Blocking: on a lane.
struct MachineProcesses: Sendable {
    let configuration: SiteHostConfiguration
    let files: any FileSystem
    let runtime: any MachineRuntime
    let drivers: GuestDrivers

    /// What was seen of a machine at one instant.
    struct Observation: Sendable {
        var agentRuns: Bool
        var guestRuns: Bool
        /// nil when it is not of the machine's current boot.
        var agent: AgentStatusFile?
        var guest: GuestStatusFile?
        var grant: GrantFile?

        /// Guest and agent of this boot answer.
        var booted: Bool {
            guard agentRuns, agent?.answers == true, let guest else { return false }
            return guest.firstAcknowledged && (guestRuns || guest.state == .finished)
        }

        /// The guest ended by itself and stays so.
        var guestEnded: Bool { guest?.state == .finished || guest?.state == .failed }
    }

    func directory(_ machine: MachineID) -> RunDirectory {
        RunDirectory("\(configuration.machinesDirectory)/\(machine)")
    }

    func observe(_ record: MachineRecord) throws(Failure) -> Observation {
        let directory = directory(record.id)
        let agent = try AgentStatusFile.read(directory.agentStatus, files)
        let guest = try GuestStatusFile.read(directory.guestStatus, files)
        return Observation(
            agentRuns: try running(.agent, record.id) != nil, guestRuns: try running(.guest, record.id) != nil,
            agent: agent?.bootID == record.bootID ? agent : nil, guest: guest?.bootID == record.bootID ? guest : nil,
            grant: try GrantFile.read(directory.grant, files))
    }

    /// Whether the machine may run by what lies in its directory: a grant that counts in this boot of the host, or a
    /// start past every check.
    func mayRun(_ record: MachineRecord, _ grant: GrantFile?, hostBoot: HostBootID) -> Bool {
        guard record.hostBootID == hostBoot.text else { return false }
        if record.unchecked { return true }
        guard let grant else { return false }
        return grant.isValid(in: hostBoot.text) && grant.machine == record.id.text
    }

    // MARK: Start

    /// Writes the configurations of a new boot and takes the status of the last one away.
    ///
    /// - withdrawn: grants up to this generation were taken away; 0: none ever was.
    func prepareBoot(
        _ record: MachineRecord, disks: [DiskDescription], bundle: (DiskID) -> Bundle, grant: GrantFile?,
        withdrawn: UInt64
    ) throws {
        let directory = directory(record.id)
        try files.createDurably(directory.path)
        for path in [directory.agentStatus, directory.guestStatus] where files.exists(path) { try files.remove(path) }
        try AgentConfiguration(
            machine: record.id.text, site: configuration.service.site, bootID: record.bootID,
            hostBootID: record.hostBootID, runDirectory: directory.path,
            // A network that leads nowhere has no other address.
            address: record.branch == nil ? try configuration.agentAddress(record.address) : "127.0.0.1",
            disks: disks.map {
                AgentConfiguration.Disk(
                    id: $0.id.text, index: $0.index, bytes: $0.size.bytes,
                    bundle: record.branch == nil ? bundle($0.id).path : "")
            },
            branch: record.branch?.socket,
            configurationServer: record.branch != nil
                ? nil : configuration.configurationServer.map { EndpointRecord(id: $0.id, address: $0.address) },
            startedUnchecked: record.unchecked, fencedBelow: withdrawn == 0 ? nil : withdrawn + 1,
            logLevel: configuration.service.logLevel,
            tls: record.branch == nil ? configuration.agentTLS : nil,
            nbd: record.branch == nil ? configuration.agentNBD : nil,
            hooks: record.branch == nil ? try hooks(record) : nil,
            scrubIntervalUs: configuration.agentScrubIntervalUs
        ).replace(directory.agentConfiguration, files)
        try writeGuest(record, disks: disks, grant: grant)
    }

    /// The site's own for its guests, else those that come with this kind of guest.
    private func hooks(_ record: MachineRecord) throws(Failure) -> AgentConfiguration.Hooks? {
        if let hooks = configuration.agentHooks { return hooks }
        let guest = GuestDescription(record.guest)
        return try drivers.of(guest.kind).hook(guest, configuration: directory(record.id).guestConfiguration).map {
            AgentConfiguration.Hooks(command: $0)
        }
    }

    func writeGuest(_ record: MachineRecord, disks: [DiskDescription], grant: GrantFile?) throws(Failure) {
        let directory = directory(record.id)
        let folder = configuration.acknowledgementsDirectory
        let drill = grant?.kind == .drill
        let guest = GuestDescription(record.guest)
        let isVirtual = guest.kind == .virtualMachine
        try GuestConfiguration(
            machine: record.id.text, site: configuration.service.site, bootID: record.bootID,
            guest: guest, nbdSocket: directory.nbdSocket,
            disks: disks.map { GuestConfiguration.Disk(id: $0.id.text, index: $0.index, bytes: $0.size.bytes) },
            statusFile: directory.guestStatus,
            acknowledgements: "\(folder)/\(record.id)@\(configuration.service.site)\(drill ? ".drill" : "").jsonl",
            acknowledgementsDirectory: folder, bootActions: grant?.bootActions ?? [],
            bootNetwork: grant?.network,
            osFamily: record.attributes.osFamily.isEmpty ? "linux" : record.attributes.osFamily,
            toolsEnabled: record.attributes.toolsEnabled,
            network: try? NetworkSettings(record.attributes.network), generation: grant?.generation.number ?? 0,
            drill: drill,
            controlSocket: directory.guestSocket, emulator: isVirtual ? configuration.emulator : nil,
            memoryMiB: isVirtual ? record.attributes.memoryMib : nil
        ).replace(directory.guestConfiguration, files)
    }

    /// Starts the program unless it runs. Called by one at a time for each machine.
    func start(_ kind: MachineProgramKind, _ record: MachineRecord) throws(Failure) {
        let machine = record.id
        guard try running(kind, machine) == nil else { return }
        let directory = directory(machine)
        if kind == .agent {
            do { if files.exists(directory.agentStatus) { try files.remove(directory.agentStatus) } } catch {
                throw Failure(.inputOutput, "start the agent of machine \(machine): \(error)")
            }
        }
        let process = try runtime.start(program(kind, record))
        do { try process.replace(path(kind, directory), files) } catch {
            // Without the note nobody would find it but by its tag: better not to have it.
            runtime.signal(process, .kill)
            throw error
        }
    }

    // MARK: Stop

    func signal(_ kind: MachineProgramKind, _ machine: MachineID, _ signal: MachineSignal) throws(Failure) {
        if let process = try running(kind, machine) { runtime.signal(process, signal) }
    }

    /// nil when there is none, or it was seen to be gone.
    func running(_ kind: MachineProgramKind, _ machine: MachineID) throws(Failure) -> ProcessFile? {
        guard let process = try ProcessFile.read(path(kind, directory(machine)), files) else { return nil }
        return runtime.isRunning(process) ? process : nil
    }

    /// Finds programs whose start a site host that died meanwhile did not note.
    func adopt(_ machine: MachineID) throws(Failure) {
        for kind in MachineProgramKind.allCases where try running(kind, machine) == nil {
            guard let process = runtime.find(tag: tag(kind, machine)) else { continue }
            try process.replace(path(kind, directory(machine)), files)
        }
    }

    private func tag(_ kind: MachineProgramKind, _ machine: MachineID) -> String {
        "\(directory(machine).path)#\(kind)"
    }

    private func program(_ kind: MachineProgramKind, _ record: MachineRecord) throws(Failure) -> MachineProgram {
        let machine = record.id
        let directory = directory(machine)
        switch kind {
        case .agent:
            return MachineProgram(
                kind: kind, machine: machine, executable: configuration.agentExecutable,
                arguments: ["--config", directory.agentConfiguration], log: directory.agentLog,
                tag: tag(kind, machine), isIsolated: record.branch != nil)
        case .guest:
            let driver = try drivers.of(GuestDescription(record.guest).kind)
            let launch = driver.launch(configuration: directory.guestConfiguration)
            return MachineProgram(
                kind: kind, machine: machine, executable: launch.executable, arguments: launch.arguments,
                log: directory.guestLog, tag: tag(kind, machine), isIsolated: record.branch != nil)
        }
    }

    private func path(_ kind: MachineProgramKind, _ directory: RunDirectory) -> String {
        kind == .agent ? directory.agentProcess : directory.guestProcess
    }
}

extension GuestDescription {
    /// An unspecified or unknown kind is an idle guest when read from our own record; requests are validated before.
    init(_ message: PlatformV1.Guest) {
        let kind: Kind =
            switch message.kind {
            case .ledger: .ledger
            case .files: .files
            case .script: .script
            case .virtualMachine: .virtualMachine
            default: .idle
            }
        self.init(
            kind: kind, seed: message.seed, rate: message.rate, script: message.script,
            ledgerGroup: message.ledgerGroup)
    }
}
