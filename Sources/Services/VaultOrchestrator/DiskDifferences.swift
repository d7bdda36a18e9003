import API
import Contract
import Messages
import Model
import RPC

/// A disk that the active machine and the replication do not agree about.
struct DiskDifference: Codable, Hashable, Sendable {
    enum Kind: String, Codable, CaseIterable, Sendable {
        /// The machine has it, and nobody replicates it.
        case notReplicated = "not-replicated"
        /// It is replicated, and the machine does not have it.
        case notAtMachine = "not-at-machine"
        /// Larger than its replica, which the next stream of its agent enlarges.
        case larger
        /// Smaller than its replica: no interval of the machine is taken any more.
        case smaller
    }

    var kind: Kind
    var disk: String
    /// Of the machine that has it, or should.
    var machine: String
    var site: String
    /// 0 where it is not.
    var machineBytes: UInt64
    var replicatedBytes: UInt64
    /// When it was first seen.
    var sinceUs: Int64 = 0

    var text: String {
        switch kind {
        case .notReplicated: "disk \(disk) (\(machineBytes) bytes) of machine \(machine) is not replicated"
        case .notAtMachine: "disk \(disk) (\(replicatedBytes) bytes) is replicated; machine \(machine) has it no more"
        case .larger:
            "disk \(disk) of machine \(machine) has \(machineBytes) bytes, its replica \(replicatedBytes): it will be "
                + "enlarged"
        case .smaller:
            "disk \(disk) of machine \(machine) has \(machineBytes) bytes, its replica \(replicatedBytes): a disk that "
                + "became smaller is not carried on"
        }
    }

    /// What is different between the disks of a machine and those that its item replicates, in the order of their ids.
    ///
    /// - before: what was different when it was last looked at: what is still so is so since then.
    static func between(
        _ machine: [CommonV1.Disk], of name: String, at site: Site, _ replicated: [StoredDisk],
        before: [DiskDifference] = [], now: UnixMicroseconds
    ) -> [DiskDifference] {
        let there = Dictionary(machine.map { ($0.id, $0.bytes) }) { first, _ in first }
        let known = Dictionary(replicated.map { ($0.id, $0.bytes) }) { first, _ in first }
        return Set(there.keys).union(known.keys).sorted().compactMap { disk -> DiskDifference? in
            let kind: Kind
            switch (there[disk], known[disk]) {
            case (let bytes?, let replica?) where bytes > replica: kind = .larger
            case (let bytes?, let replica?) where bytes < replica: kind = .smaller
            case (_?, nil): kind = .notReplicated
            case (nil, _?): kind = .notAtMachine
            default: return nil
            }
            var found = DiskDifference(
                kind: kind, disk: disk, machine: name, site: site.rawValue, machineBytes: there[disk] ?? 0,
                replicatedBytes: known[disk] ?? 0)
            let same = before.first { ($0.kind, $0.disk, $0.machine) == (kind, disk, name) }
            found.sinceUs = same?.sinceUs ?? now.value
            return found
        }
    }

    var message: VaultV1.DiskDifference {
        .with {
            $0.kind =
                switch kind {
                case .notReplicated: .notReplicated
                case .notAtMachine: .notAtMachine
                case .larger: .larger
                case .smaller: .smaller
                }
            $0.disk = disk
            $0.machineBytes = machineBytes
            $0.replicatedBytes = replicatedBytes
            $0.site = Site(rawValue: site)?.message ?? .unspecified
            $0.sinceUnixUs = sinceUs
        }
    }
}

extension ItemRecord {
    /// Those that replicate, with the sizes that they have at the machine where they became larger.
    var machineDisks: [StoredDisk] {
        disks.map { disk in
            var disk = disk
            let larger = diskDifferences?.first { $0.kind == .larger && $0.disk == disk.id }
            disk.bytes = larger?.machineBytes ?? disk.bytes
            return disk
        }
    }

    /// What its health says of it: everything but what mends itself.
    var unmatchedDisks: [String] { (diskDifferences ?? []).filter { $0.kind != .larger }.map(\.text) }
}

extension Reconcilers {
    /// Keeps what is different between the disks that the active machine's agent serves and those that replicate; and
    /// follows a replica that was enlarged. Without an agent that answers, what was seen last stands.
    ///
    /// The item as it is then.
    func lookAtDisks(_ item: ItemRecord, _ agent: AgentV1.Agent?) async throws -> ItemRecord {
        guard let agent, agent.attached, let hello = agent.hello, !hello.drill, !hello.disks.isEmpty,
            let site = (try? item.assignment())?.roles.activeSite, hello.machine == item[site].machine
        else { return item }
        let before = item.diskDifferences ?? []
        var disks = item.disks
        let served = item.besidesLeftOut(hello.disks, of: hello.machine, at: site)
        func found() -> [DiskDifference] {
            DiskDifference.between(served, of: hello.machine, at: site, disks, before: before, now: vault.now)
        }
        var differences = found()
        if differences.contains(where: { $0.kind == .larger }), item.generation?.replication != nil,
            vault.isHeard(.masterTarget(item.masterTarget))
        {
            // While the master target is away it may still be what it was.
            disks = (try? await enlarged(item)) ?? disks
            differences = found()
        }
        guard differences != before || disks != item.disks else { return item }
        let (now, sizes) = (differences, disks)
        let changed = try await vault.store.update(item.itemID(), "disks") { record in
            guard record.generation == item.generation, record.disks == item.disks else { return false }
            record.diskDifferences = now.isEmpty ? nil : now
            record.disks = sizes
            return true
        }
        guard changed else { return item }
        for difference in now where !before.contains(difference) {
            vault.log.warning("disks differ", metadata: ["item": "\(item.id)", "difference": "\(difference.text)"])
        }
        vault.bell.ring()
        return try await vault.store.item(item.itemID())
    }

    /// The item's disks with the sizes that their replicas have by now.
    private func enlarged(_ item: ItemRecord) async throws -> [StoredDisk] {
        let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
        let replica = try await asking("look at the replica of \(item.id)", Patience.read) {
            try await client.getReplica(.with { $0.item = item.id }, $0)
        }
        return item.disks.map { disk in
            var disk = disk
            if let now = replica.disks.first(where: { $0.id == disk.id }) { disk.bytes = max(disk.bytes, now.bytes) }
            return disk
        }
    }
}
