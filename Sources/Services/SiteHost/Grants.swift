import Contract
import Environment
import MachineFiles
import Messages
import Model

/// The power-on grants in the run directories (rule G5). Blocking: on a lane.
struct Grants: Sendable {
    let processes: MachineProcesses
    let files: any FileSystem
    let failpoints: any Failpoints

    func stored(_ machine: MachineID) throws(Failure) -> GrantFile? {
        try GrantFile.read(processes.directory(machine).grant, files)
    }

    /// Durably on return.
    func place(_ grant: GrantFile, _ machine: MachineID) throws {
        let directory = processes.directory(machine)
        try files.createDurably(directory.path)
        try failpoints.pass("site-host.grant.place")
        try grant.replace(directory.grant, files)
        try failpoints.pass("site-host.grant.placed")
    }

    /// Takes the grant away unless it is of a higher generation; what then lies there.
    func withdraw(_ generation: Generation, _ machine: MachineID) throws -> GrantFile? {
        let directory = processes.directory(machine)
        guard let grant = try stored(machine) else { return nil }
        let number = grant.generation.number
        if number > generation.number { return grant }
        let isSame = try grant.generation.value() == generation
        guard number < generation.number || isSame else {
            throw Failure(
                .generationConflict, "withdraw the grant of machine \(machine) under generation \(generation): the one "
                    + "that lies there has the same number and another token", on: [Subject(machine)])
        }
        try files.remove(directory.grant)
        try failpoints.pass("site-host.grant.removed")
        try files.syncDirectory(directory.path)
        return nil
    }

    /// Why the machine may not be started under this generation; nil when it may.
    func refusal(
        _ machine: MachineID, item: ItemID, _ generation: Generation, hostBoot: HostBootID
    ) throws(Failure) -> Failure? {
        func missing(_ why: String) -> Failure {
            Failure(
                .grantMissing, "start machine \(machine) under generation \(generation): \(why). Place a fresh grant",
                on: [Subject(machine), .item(item)])
        }
        guard let grant = try stored(machine) else { return missing("there is no grant beside it") }
        guard grant.machine == machine.text, grant.item == item.text else {
            return missing("the grant is for machine \(grant.machine) of item \(grant.item)")
        }
        guard try grant.generation.value() == generation else {
            return missing("the grant is of generation \(try grant.generation.value())")
        }
        guard grant.isValid(in: hostBoot.text) else {
            return missing("the grant is bound to \(grant.hostBootID), the host booted since as \(hostBoot)")
        }
        return nil
    }
}

extension GrantFile {
    /// A test machine's, which the platform writes itself: of no item, and of a generation that nobody else ever held.
    static func test(_ machine: MachineID, hostBoot: HostBootID, token: [UInt8]) throws(Failure) -> GrantFile {
        guard let token = GenerationToken(token) else {
            throw Failure(.internalError, "grant test machine \(machine): the token has a wrong size")
        }
        return GrantFile(
            item: "", machine: machine.text, generation: GenerationRecord(Generation(number: 1, token: token)),
            kind: .drill, hostBootID: hostBoot.text)
    }

    init(_ message: PlatformV1.PowerOnGrant?, hostBoot: HostBootID) throws(Failure) {
        guard let message else { throw Failure(.invalidArgument, "place a grant: it is missing") }
        let kind: Kind
        switch message.kind {
        case .active: kind = .active
        case .drain: kind = .drain
        case .released: kind = .released
        default:
            throw Failure(
                .invalidArgument, "place a grant: its kind is not active, drain or released; a test machine takes none")
        }
        let actions = message.bootActions
        let known = ["disable-tools", "enable-tools", configureNetwork]
        guard actions.allSatisfy(known.contains) else {
            throw Failure(.invalidArgument, "place a grant: of its boot actions \(actions) one is unknown here")
        }
        var leftOut: [String] = []
        for disk in message.leftOut { leftOut.append(try DiskID(disk).text) }
        let network = try NetworkSettings(message.network)
        guard actions.contains(configureNetwork) == (network != nil) else {
            throw Failure(.invalidArgument, "place a grant: \(configureNetwork) and a network come together")
        }
        self.init(
            item: try ItemID(message.item).text, machine: try MachineID(message.machine).text,
            generation: GenerationRecord(try Generation(message.generation)), kind: kind, hostBootID: hostBoot.text,
            processServers: message.processServers.map { EndpointRecord(id: $0.id, address: $0.address) },
            configurationServer: message.configurationServer.map { EndpointRecord(id: $0.id, address: $0.address) },
            bootActions: actions, network: network, overlay: message.overlay,
            leftOut: leftOut.isEmpty ? nil : leftOut)
    }

    func message() throws(Failure) -> PlatformV1.PowerOnGrant {
        let generation = try generation.value().message
        return .with {
            $0.item = item
            $0.machine = machine
            $0.generation = generation
            switch kind {
            case .active: $0.kind = .active
            case .drill: $0.kind = .drill
            case .drain: $0.kind = .drain
            case .released: $0.kind = .released
            }
            $0.hostBootID = hostBootID
            $0.processServers = processServers.map { peer in .with { $0.id = peer.id; $0.address = peer.address } }
            $0.configurationServer = configurationServer.map { peer in
                .with { $0.id = peer.id; $0.address = peer.address }
            }
            $0.bootActions = bootActions
            $0.network = network?.message
            $0.overlay = overlay
            $0.leftOut = leftOut ?? []
        }
    }
}

private let configureNetwork = "configure-network"
