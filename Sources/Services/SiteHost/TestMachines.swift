import Contract
import MachineFiles
import Messages
import Model
import Receivers

/// Test machines: those of drills. One has no disks of its own but uses a branch, which a master target serves on the
/// datastore; its agent and guest run in a network that leads nowhere, and under no item's generation.
extension SiteHost {
    /// Starts it, with a grant of its own: the agent serves nothing without one of this boot of the host.
    func powerOnTest(_ call: EffectCall, _ machine: MachineID) async throws -> PlatformV1.Machine {
        try await turns.holding([machine]) { [self] in
            guard try await power.record(machine).branch != nil else {
                throw Failure(
                    .invalidArgument, "start machine \(machine): name the generation of its grant; only a test machine "
                        + "has none", on: [Subject(machine)])
            }
            return try await effects.perform(
                call,
                look: {
                    let record = try await power.record(machine)
                    guard record.wanted == .on, record.hostBootID == hostBoot.text else { return nil }
                    try await power.tend(record)
                    return try await self.machine(machine)
                },
                act: { _ in
                    let grant = try GrantFile.test(
                        machine, hostBoot: hostBoot, token: environment.random.bytes(GenerationToken.byteCount))
                    try await lane.run { [grants] in try grants.place(grant, machine) }
                    return try await start(machine, grant: grant, unchecked: false)
                })
        }
    }

    /// The machine's disks, wherever they are served.
    func descriptions(_ record: MachineRecord) async throws -> [DiskDescription] {
        if let branch = record.branch { return branch.disks }
        let disks = try await store.disks(of: record.id)
        return try await lane.run { [datastores] in
            try disks.map { disk in
                guard let holder = try datastores.holder(of: disk.id) else { return disk.description }
                return try datastores.description(of: disk, at: holder)
            }
        }
    }

    func refuse(_ branch: BranchSource, of machine: MachineID) throws(Failure) {
        guard isolates else {
            throw Failure(
                .unsupported, "create test machine \(machine): this host cannot give it a network of its own. Permit "
                    + "user namespaces (unshare --user --net)", on: [Subject(machine)])
        }
        let parts = branch.socket.split(separator: "/")
        guard branch.socket.hasPrefix(configuration.datastore + "/"), !parts.contains(".."), !parts.contains(".") else {
            throw Failure(
                .invalidArgument, "create test machine \(machine): \(branch.socket) is not in the datastore "
                    + configuration.datastore, on: [Subject(machine)])
        }
    }
}

extension BranchSource {
    init(_ request: PlatformV1.CreateMachineRequest) throws(Failure) {
        var disks: [DiskDescription] = []
        for disk in request.machine?.disks ?? [] {
            guard let description = disk.disk else {
                throw Failure(.invalidArgument, "read a test machine: one of its disks has no description")
            }
            disks.append(try DiskDescription(description))
        }
        guard !disks.isEmpty, disks.count <= mostDisks else {
            throw Failure(.invalidArgument, "read a test machine: it has 1 to \(mostDisks) disks")
        }
        self.init(socket: request.branchSocket, disks: disks)
    }

    var message: PlatformV1.CreateMachineRequest {
        .with {
            $0.branchSocket = socket
            $0.machine = .with { machine in
                machine.disks = disks.map { disk in .with { $0.disk = disk.message } }
            }
        }
    }
}
