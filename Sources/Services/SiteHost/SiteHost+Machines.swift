import Contract
import Environment
import MachineFiles
import Messages
import Model
import Receivers

/// A machine to be created.
struct MachineDefinition: Sendable {
    struct Disk: Sendable {
        let id: DiskID
        let index: Int
        /// nil takes the size of the image, rounded up to whole sectors.
        let size: ByteCount?
        /// Relative to the datastore; nil for a blank disk.
        let image: String?
    }

    let id: MachineID
    let name: String
    let attributes: PlatformV1.Attributes
    let guest: PlatformV1.Guest
    let snapshots: [String]
    /// Empty for the first one of the site.
    let host: String
    let disks: [Disk]
    /// Of a test machine; then it has no disks here.
    let branch: BranchSource?
}

/// Machines: creation, deletion, an administrator's changes.
extension SiteHost {
    func create(_ call: EffectCall, _ definition: MachineDefinition) async throws -> PlatformV1.Machine {
        try drivers.validate(GuestDescription(definition.guest))
        return try await turns.holding([definition.id]) { [self] in
            try await effects.perform(
                call,
                look: {
                    guard let known = await power.known(definition.id) else { return nil }
                    guard known.createdBy == call.key.forward.canonical else {
                        throw Failure(
                            .alreadyExists, "create machine \(definition.id): there is one of this id",
                            on: [Subject(definition.id)])
                    }
                    return try await describe(known)
                },
                act: { _ in try await make(definition, createdBy: call.key.canonical) })
        }
    }

    private func make(_ definition: MachineDefinition, createdBy key: String) async throws -> PlatformV1.Machine {
        if let branch = definition.branch { try refuse(branch, of: definition.id) }
        let host = try host(definition.host, "create machine \(definition.id)")
        var disks: [DiskRecord] = []
        for disk in definition.disks {
            if let known = try await store.disk(disk.id), known.machine != definition.id {
                throw Failure(
                    .alreadyExists, "create machine \(definition.id): disk \(disk.id) exists already",
                    on: [.disk(disk.id)])
            }
            let made = try await importLane.run { [datastores] in
                let image = try disk.image.map { try datastores.image($0) }
                let description = DiskDescription(
                    id: disk.id, index: disk.index, size: try disk.size ?? wholeSectors(image, datastores))
                try datastores.create(description, for: .machine(definition.id), image: image)
                return description
            }
            disks.append(DiskRecord(description: made, machine: definition.id))
        }
        var record = MachineRecord(
            id: definition.id, name: definition.name, attributes: definition.attributes, guest: definition.guest,
            snapshots: definition.snapshots, createdBy: key, address: 0)
        record.branch = definition.branch
        record.host = host.id
        let placed = try await store.insert(record, disks: disks)
        await power.add(placed)
        try await lane.run { [environment, processes] in
            try environment.files.createDurably(processes.directory(placed.id).path)
        }
        log.info("machine created", metadata: ["machine": "\(placed.id)", "disks": "\(disks.count)"])
        return try await describe(placed)
    }

    /// The machine goes, its disks stay where they are and stay known as its own, so that they can be attached.
    func delete(_ call: EffectCall, _ machine: MachineID) async throws -> PlatformV1.DeleteMachineResponse {
        try await turns.holding([machine]) { [self] in
            if call.generation == nil { try await refuseIfProtected(machine, call.key.item) }
            return try await effects.perform(
                call,
                look: { await power.known(machine) == nil ? PlatformV1.DeleteMachineResponse() : nil },
                act: { _ in
                    let record = try await power.record(machine)
                    let seen = try await power.observe(record)
                    guard record.wanted == .off, !seen.agentRuns, !seen.guestRuns else {
                        throw Failure(
                            .operationNotAllowed, "delete machine \(machine): it has power. Turn it off first",
                            on: [Subject(machine)])
                    }
                    let directory = processes.directory(machine)
                    try await lane.run { [files = environment.files, failpoints = environment.failpoints] in
                        // Authority first.
                        if files.exists(directory.grant) {
                            try files.remove(directory.grant)
                            try files.syncDirectory(directory.path)
                        }
                        try failpoints.pass("site-host.machine.ungranted")
                        try files.removeTree(directory.path)
                    }
                    try await power.remove(machine)
                    log.info("machine deleted", metadata: ["machine": "\(machine)"])
                    return PlatformV1.DeleteMachineResponse()
                })
        }
    }

    func removeSnapshots(_ call: EffectCall, _ machine: MachineID) async throws -> PlatformV1.Machine {
        try await turns.holding([machine]) { [self] in
            try await effects.perform(
                call,
                look: {
                    let record = try await power.record(machine)
                    return record.snapshots.isEmpty ? try await describe(record) : nil
                },
                act: { _ in try await describe(power.change(machine) { $0.snapshots = [] }) })
        }
    }

    func setInventory(
        _ machine: MachineID, snapshots: [String], attributes: PlatformV1.Attributes?, guest: PlatformV1.Guest?
    ) async throws -> PlatformV1.Machine {
        if let guest { try drivers.validate(GuestDescription(guest)) }
        return try await turns.holding([machine]) { [self] in
            if let guest { try await refuseOtherDriver(machine, guest) }
            let record = try await power.change(machine) { record in
                record.snapshots = snapshots
                if let attributes {
                    record.attributes = attributes
                    record.attributesSetIn = record.bootID
                }
                if let guest { record.guest = guest }
            }
            if guest != nil, record.wanted == .on {
                let disks = try await descriptions(record)
                try await lane.run { [processes, grants] in
                    try processes.writeGuest(record, disks: disks, grant: try grants.stored(machine))
                    try processes.signal(.guest, machine, .reload)
                }
            }
            return try await describe(record)
        }
    }
}

extension SiteHost {
    /// A workload is changed while it runs; another kind of program is not.
    private func refuseOtherDriver(_ machine: MachineID, _ guest: PlatformV1.Guest) async throws {
        let record = try await power.record(machine)
        guard record.wanted != .off else { return }
        let (now, wanted) = (GuestDescription(record.guest).kind, GuestDescription(guest).kind)
        guard try drivers.of(now).kinds == drivers.of(wanted).kinds else {
            throw Failure(
                .operationNotAllowed, "set the guest of machine \(machine) to \(wanted.rawValue): it runs as "
                    + "\(now.rawValue). Turn it off first", on: [Subject(machine)])
        }
    }
}

private func wholeSectors(_ image: String?, _ datastores: Datastores) throws -> ByteCount {
    guard let image else { throw Failure(.invalidArgument, "create a disk: it has neither a size nor an image") }
    let bytes = try datastores.size(of: image).bytes
    guard bytes > 0 else { throw Failure(.invalidArgument, "import \(image): it is empty") }
    return ByteCount((bytes + 511) / 512 * 512)
}
