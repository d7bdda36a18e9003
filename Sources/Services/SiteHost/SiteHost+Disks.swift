import Contract
import Environment
import MachineFiles
import Messages
import Model
import Receivers

/// What an attach moves and to whom.
struct Attachment: Sendable {
    let machine: MachineID
    let owner: DiskOwner
    /// Empty for all disks of the machine.
    let disks: [DiskID]
    /// For disks of a replica.
    let item: ItemID?
}

/// Disks: attach, replicas.
extension SiteHost {
    func attach(_ call: EffectCall, _ attachment: Attachment) async throws -> PlatformV1.AttachDisksResponse {
        let machines = Set([attachment.machine, attachment.owner.machine].compactMap { $0 })
        return try await turns.holding(machines) { [self] in
            try await effects.perform(
                call,
                look: {
                    let disks = try await disks(of: attachment)
                    guard disks.allSatisfy({ known($0, as: attachment) == $0 }) else { return nil }
                    let settled = try await lane.run { [datastores] in
                        guard try disks.allSatisfy({ try datastores.holder(of: $0.id) == attachment.owner }) else {
                            return false
                        }
                        try datastores.syncOwners()
                        return true
                    }
                    return settled ? try await response(disks) : nil
                },
                act: { _ in
                    let disks = try await disks(of: attachment)
                    try await refusePowered(attachment)
                    for disk in disks { try await move(disk, attachment) }
                    try await store.save(disks.map { known($0, as: attachment) })
                    return try await response(disks)
                })
        }
    }

    /// All disks to move, in order.
    private func disks(of attachment: Attachment) async throws -> [DiskRecord] {
        var disks: [DiskRecord] = []
        if attachment.disks.isEmpty {
            disks = try await store.disks(of: attachment.machine)
            if disks.isEmpty, let item = attachment.item { disks = try await store.disks(of: item) }
        }
        for id in attachment.disks {
            guard let disk = try await store.disk(id) else {
                throw Failure(.notFound, "attach disk \(id): it is not known at this site", on: [.disk(id)])
            }
            let isReplica = attachment.item != nil && disk.item == attachment.item
            guard disk.machine == attachment.machine || (disk.machine == nil && isReplica) || isReplica else {
                throw Failure(
                    .operationNotAllowed, "attach disk \(id) of machine \(attachment.machine): it belongs to "
                        + (disk.machine.map { "machine \($0)" } ?? "item \(disk.item?.text ?? "none")"),
                    on: [.disk(id)])
            }
            disks.append(disk)
        }
        guard !disks.isEmpty else {
            throw Failure(
                .notFound, "attach the disks of machine \(attachment.machine): it has none",
                on: [Subject(attachment.machine)])
        }
        return disks
    }

    /// The row as it is after the attach: a machine's disk once it was in its directory, a replica's once it was named
    /// as one.
    private func known(_ disk: DiskRecord, as attachment: Attachment) -> DiskRecord {
        var disk = disk
        if let machine = attachment.owner.machine { disk.machine = machine }
        if let item = attachment.item { disk.item = item }
        return disk
    }

    /// A hypervisor does not take disks from a machine that has power, nor give it some.
    private func refusePowered(_ attachment: Attachment) async throws {
        let machines = [attachment.machine, attachment.owner.machine].compactMap { $0 }
        for machine in Set(machines).sorted() {
            guard let record = await power.known(machine) else { continue }
            let seen = try await power.observe(record)
            guard record.wanted == .off || record.hostBootID != hostBoot.text, !seen.agentRuns, !seen.guestRuns else {
                throw Failure(
                    .operationNotAllowed, "move disks of machine \(machine): it has power. Turn guest and agent off",
                    on: [Subject(machine)])
            }
        }
        if let machine = attachment.owner.machine, try await power.record(machine).branch != nil {
            throw Failure(
                .operationNotAllowed, "attach disks to machine \(machine): it is a test machine and has none",
                on: [Subject(machine)])
        }
    }

    private func move(_ disk: DiskRecord, _ attachment: Attachment) async throws {
        guard let holder = try await lane.run({ [datastores] in try datastores.holder(of: disk.id) }) else {
            throw try await lane.run { [datastores] in try datastores.lost(disk.id, "attach disk \(disk.id)") }
        }
        guard holder != attachment.owner else {
            return try await lane.run { [datastores] in try datastores.syncOwners() }
        }
        // Only the machine that the command names has a turn here; another one may be starting.
        if let machine = holder.machine, machine != attachment.machine {
            throw Failure(
                .operationNotAllowed, "attach disk \(disk.id) of machine \(attachment.machine): it is attached to "
                    + "machine \(machine)", on: [.disk(disk.id)])
        }
        let lock = try await locked(disk.id, holder)
        defer { lock?.close() }
        try await lane.run { [datastores] in try datastores.handOver(disk.id, from: holder, to: attachment.owner) }
        log.info(
            "disk attached",
            metadata: ["disk": "\(disk.id)", "from": "\(holder)", "to": "\(attachment.owner)"])
    }

    /// The disk's exclusive lock, once its holder closed it; nil of one whose file is gone, which nobody can open.
    private func locked(_ disk: DiskID, _ holder: DiskOwner) async throws -> (any File)? {
        guard try await lane.run({ [datastores] in try datastores.isWhole(disk, of: holder) }) else {
            log.error("a disk's file is gone", metadata: ["disk": "\(disk)", "of": "\(holder)"])
            return nil
        }
        let deadline = environment.clock.now() + lockWait
        while true {
            let file = try await lane.run { [datastores] in try datastores.tryLock(disk, of: holder) }
            if let file { return file }
            guard environment.clock.now() < deadline else {
                throw Failure(
                    .busy, "attach disk \(disk): \(holder) still has it open. Release it there first",
                    on: [.disk(disk)])
            }
            try await environment.clock.sleep(for: .milliseconds(50))
        }
    }

    private func response(_ disks: [DiskRecord]) async throws -> PlatformV1.AttachDisksResponse {
        let held = try await held(disks)
        return .with { $0.disks = held }
    }

    // MARK: Replicas

    func createReplica(
        _ call: EffectCall, _ item: ItemID, _ target: MasterTargetID, _ disks: [DiskDescription], on id: String
    ) async throws -> PlatformV1.AttachDisksResponse {
        let owner = DiskOwner.masterTarget(target)
        return try await effects.perform(
            call,
            look: {
                for disk in disks {
                    guard let known = try await store.disk(disk.id) else { return nil }
                    if try await isOriginal(known, of: item) { return nil }
                    guard known.item == item, known.description == disk else { throw taken(disk.id, known) }
                    guard try await lane.run({ [datastores] in try datastores.holder(of: disk.id) }) != nil else {
                        return nil
                    }
                }
                return try await response(disks.map { DiskRecord(description: $0, item: item) })
            },
            act: { _ in
                let records = disks.map { DiskRecord(description: $0, item: item) }
                for disk in disks {
                    if let known = try await store.disk(disk.id) {
                        if try await isOriginal(known, of: item) {
                            try await putAside(known, by: call.key.job)
                        } else if known.item != item {
                            throw taken(disk.id, known)
                        }
                    }
                    let place = try await datastore(id, for: disk)
                    try await lane.run { [datastores] in
                        try datastores.create(disk, for: owner, image: nil, on: place)
                    }
                }
                try await store.save(records)
                return try await response(records)
            })
    }

    /// What is there of the replica is given to the master target, with its content; what is gone is made, blank. When
    /// that takes another call back, what that one made goes, and nothing is made in its place.
    func keepReplica(
        _ call: EffectCall, _ item: ItemID, _ target: MasterTargetID, _ disks: [DiskDescription], on id: String
    ) async throws -> PlatformV1.AttachDisksResponse {
        let owner = DiskOwner.masterTarget(target)
        let isUndo = call.key.course == .undo
        return try await effects.perform(call, look: { nil }) { _ in
            var records: [DiskRecord] = []
            for disk in disks {
                let known = try await store.disk(disk.id)
                if let known, known.item != item { throw taken(disk.id, known) }
                if isUndo { try await deleteIfMade(disk.id, by: call.key.job) }
                if try await !keep(disk, for: owner, call.key) {
                    if isUndo { continue }
                    let place = try await datastore(id, for: disk)
                    try await lane.run { [datastores] in
                        try datastores.create(disk, for: owner, image: nil, on: place, by: call.key.job)
                    }
                    log.notice("disk of a replica made anew", metadata: ["disk": "\(disk.id)", "for": "\(owner)"])
                }
                records.append(DiskRecord(description: disk, machine: known?.machine, item: item))
            }
            try await store.save(records)
            return try await response(records)
        }
    }

    /// Nobody but who asked for it ever had anything on it.
    private func deleteIfMade(_ disk: DiskID, by job: JobID) async throws {
        guard let holder = try await lane.run({ [datastores] in try datastores.holder(of: disk) }),
            try await lane.run({ [datastores] in try datastores.isMade(disk, of: holder, by: job) })
        else { return }
        let isWhole = try await lane.run { [datastores] in try datastores.isWhole(disk, of: holder) }
        let lock = isWhole ? try await locked(disk, holder) : nil
        defer { lock?.close() }
        try await lane.run { [datastores] in try datastores.unmake(disk, of: holder) }
        log.notice("disk of a replica taken away again", metadata: ["disk": "\(disk)", "of": "\(holder)"])
    }

    /// False when there is nothing of it, any more. Of one that is gone with something left beside it a blank one is
    /// made where that lies; when something is taken back, nothing is.
    private func keep(_ disk: DiskDescription, for owner: DiskOwner, _ key: OperationKey) async throws -> Bool {
        let id = disk.id
        guard let (holder, datastore) = try await lane.run({ [datastores] in try datastores.place(of: id) }) else {
            return false
        }
        if let machine = holder.machine {
            throw Failure(
                .operationNotAllowed, "give disk \(id) to \(owner): it is attached to machine \(machine)",
                on: [.disk(id)])
        }
        if try await !lane.run({ [datastores] in try datastores.isWhole(id, of: holder) }) {
            guard key.course != .undo else {
                if holder != owner {
                    try await lane.run { [datastores] in try datastores.handOver(id, from: holder, to: owner) }
                }
                return false
            }
            try await requireRoom(for: disk.size, id, on: datastore)
            try await lane.run { [datastores] in try datastores.renew(disk, of: holder, by: key.job) }
            log.notice("disk of a replica made anew", metadata: ["disk": "\(id)", "beside": "what was left"])
        }
        guard holder != owner else { return true }
        let lock = try await locked(id, holder)
        defer { lock?.close() }
        try await lane.run { [datastores] in try datastores.handOver(id, from: holder, to: owner) }
        log.info("disk attached", metadata: ["disk": "\(id)", "from": "\(holder)", "to": "\(owner)"])
        return true
    }

    /// A disk of the same id that a machine has, or had: the item's own, or one of a machine that is gone. The new one
    /// takes its id, and it is kept aside under the name of that machine.
    private func isOriginal(_ disk: DiskRecord, of item: ItemID) async throws -> Bool {
        guard let machine = disk.machine else { return false }
        guard disk.item == nil else { return disk.item == item }
        return await power.known(machine) == nil
    }

    /// Harmless to repeat: what was put aside stays, and what lies in its place then is new.
    private func putAside(_ disk: DiskRecord, by job: JobID) async throws {
        guard let machine = disk.machine,
            let holder = try await lane.run({ [datastores] in
                try datastores.asides(of: job).contains { $0.disk == disk.id } ? nil : datastores.holder(of: disk.id)
            })
        else { return }
        let lock = try await locked(disk.id, holder)
        defer { lock?.close() }
        try await lane.run { [datastores] in try datastores.putAside(disk.id, of: machine, from: holder, by: job) }
        log.notice("disk put aside", metadata: ["disk": "\(disk.id)", "machine": "\(machine)"])
    }

    private func taken(_ disk: DiskID, _ known: DiskRecord) -> Failure {
        Failure(
            .alreadyExists, "create disk \(disk): one of this id belongs to "
                + (known.item.map { "item \($0)" } ?? "machine \(known.machine?.text ?? "none")"), on: [.disk(disk)])
    }

    /// Deletes what the master target holds of the item and no machine has. When that takes their making back, what was
    /// put aside for them comes back, and what still is a machine's was never replaced: it stays, as a seed, say.
    func deleteReplica(
        _ call: EffectCall, _ item: ItemID, _ target: MasterTargetID
    ) async throws -> PlatformV1.DeleteReplicaDisksResponse {
        let owner = DiskOwner.masterTarget(target)
        return try await effects.perform(call, look: { nil }) { _ in
            var deleted: [DiskRecord] = []
            let isUndo = call.key.course == .undo
            let asides = isUndo ? try await lane.run { [datastores] in try datastores.asides(of: call.key.job) } : []
            for disk in try await store.disks(of: item) where !asides.contains(where: { $0.disk == disk.id }) {
                if let machine = disk.machine {
                    let isThere = await power.known(machine) != nil
                    if isUndo || isThere { continue }
                }
                if try await delete(disk.id, of: owner) { deleted.append(disk) }
            }
            for (id, machine) in asides { try await restore(id, machine, item, call.key.job, insteadOf: owner) }
            try await store.delete(deleted)
            return PlatformV1.DeleteReplicaDisksResponse()
        }
    }

    /// False when another owner has it.
    private func delete(_ disk: DiskID, of owner: DiskOwner) async throws -> Bool {
        let holder = try await lane.run { [datastores] in
            let holder = try datastores.holder(of: disk)
            if holder == nil { try datastores.requireGone(disk) }
            return holder
        }
        guard holder == nil || holder == owner else { return false }
        let lock = holder == nil ? nil : try await locked(disk, owner)
        defer { lock?.close() }
        try await lane.run { [datastores] in try datastores.delete(disk, of: owner) }
        return true
    }

    private func restore(
        _ disk: DiskID, _ machine: MachineID, _ item: ItemID, _ job: JobID, insteadOf owner: DiskOwner
    ) async throws {
        guard let known = try await store.disk(disk), try await delete(disk, of: owner) else {
            throw Failure(.dataCorrupt, "restore disk \(disk): another owner has one of its id", on: [.disk(disk)])
        }
        // First of all: from the rename on nothing else says whose it is.
        try await store.save([DiskRecord(description: known.description, machine: machine, item: item)])
        try await lane.run { [datastores] in try datastores.restore(disk, of: machine, by: job) }
    }
}
