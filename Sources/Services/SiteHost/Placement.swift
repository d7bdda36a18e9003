import Contract
import Messages
import Model

/// A directory of disks, apart from the site's others.
public struct SiteDatastore: Codable, Hashable, Sendable {
    public var id: String
    /// Absolute.
    public var directory: String

    public init(id: String, directory: String) {
        self.id = id
        self.directory = directory
    }
}

/// A host of the site, by its memory for machines. All run as processes on this computer; what tells them apart is what
/// they may start.
public struct SiteMachineHost: Codable, Hashable, Sendable {
    public var id: String
    public var memoryMiB: UInt32

    public init(id: String, memoryMiB: UInt32) {
        self.id = id
        self.memoryMiB = memoryMiB
    }
}

extension SiteHostConfiguration {
    var siteDatastores: [SiteDatastore] {
        [SiteDatastore(id: "datastore-1", directory: datastore)] + (datastores ?? [])
    }
    var siteHosts: [SiteMachineHost] { [SiteMachineHost(id: "host-1", memoryMiB: memoryMiB)] + (hosts ?? []) }
}

extension PlatformV1.SiteInventory {
    func of(_ datastore: SiteDatastore) -> PlatformV1.DatastoreInventory {
        datastores.first { $0.id == datastore.id } ?? PlatformV1.DatastoreInventory()
    }

    func of(_ host: SiteMachineHost) -> PlatformV1.HostInventory {
        hosts.first { $0.id == host.id } ?? PlatformV1.HostInventory()
    }
}

/// Which host runs a machine, and which datastore takes a disk.
extension SiteHost {
    func datastoreStatus(_ inventory: PlatformV1.SiteInventory) async throws -> [PlatformV1.Datastore] {
        try await lane.run { [datastores] in
            try datastores.all.map { datastore in
                let known = inventory.of(datastore)
                let free = try datastores.freeBytes(datastore, limit: known.limitBytes)
                let isFirst = datastore.id == datastores.first.id
                return .with {
                    $0.id = datastore.id
                    $0.freeBytes = free
                    $0.readOnly = known.readOnly || (isFirst && inventory.datastoreReadOnly)
                }
            }
        }
    }

    func hostStatus(_ inventory: PlatformV1.SiteInventory) async -> [PlatformV1.Host] {
        let hosts = configuration.siteHosts
        let target = inventory.masterTargetHost.isEmpty ? hosts[0].id : inventory.masterTargetHost
        var found: [PlatformV1.Host] = []
        for host in hosts {
            let known = inventory.of(host)
            let used = await usedMemory(on: host)
            found.append(
                .with {
                    $0.id = host.id
                    $0.memoryMib = UInt64(host.memoryMiB)
                    $0.memoryFreeMib = UInt64(max(0, Int64(host.memoryMiB) - used))
                    $0.maintenance = known.maintenance
                    $0.datastores = configuration.siteDatastores.map(\.id).filter {
                        !known.hiddenDatastores.contains($0)
                    }
                    $0.runsMasterTarget = host.id == target
                })
        }
        return found
    }

    /// MiB of the machines that should have power there.
    private func usedMemory(on host: SiteMachineHost, besides machine: MachineID? = nil) async -> Int64 {
        let first = configuration.siteHosts[0].id
        let others = await power.all().filter { record in
            record.wanted == .on && record.id != machine && (record.host.isEmpty ? first : record.host) == host.id
        }
        return others.reduce(0) { $0 + Int64($1.attributes.memoryMib) }
    }

    /// The host of that name; the first for none.
    func host(_ id: String, _ what: String) throws(Failure) -> SiteMachineHost {
        let hosts = configuration.siteHosts
        guard let found = id.isEmpty ? hosts.first : hosts.first(where: { $0.id == id }) else {
            throw Failure(
                .notFound, "\(what): there is no host \(id), this site has \(hosts.map(\.id).joined(separator: ", "))")
        }
        return found
    }

    /// What no start at that host gets past until a person does something: nobody waits for that.
    func refuseHost(_ id: String, _ machine: MachineID) async throws {
        let host = try host(id, "start machine \(machine)")
        let inventory = try await store.siteInventory().of(host)
        func refusal(_ why: String) -> Failure {
            Failure(.operationNotAllowed, "start machine \(machine): host \(host.id) \(why)", on: [Subject(machine)])
        }
        guard !inventory.maintenance else { throw refusal("is in maintenance and starts none") }
        let used = try await held(store.disks(of: machine)).map(\.datastore)
        let hidden = used.filter(inventory.hiddenDatastores.contains)
        guard hidden.isEmpty else { throw refusal("does not see \(Set(hidden).sorted().joined(separator: ", "))") }
    }

    /// Others may be turned off, so that there is room later.
    func refuseWithoutMemory(_ record: MachineRecord) async throws {
        let host = try host(record.host, "start machine \(record.id)")
        let free = Int64(host.memoryMiB) - (await usedMemory(on: host, besides: record.id))
        guard Int64(record.attributes.memoryMib) <= free else {
            throw Failure(
                .limitReached, "start machine \(record.id): it has \(record.attributes.memoryMib) MiB, the host "
                    + "\(host.id) has \(free) left", on: [Subject(record.id)])
        }
    }

    /// Where a disk that is to be made is put.
    func datastore(_ id: String, for disk: DiskDescription) async throws -> SiteDatastore {
        let datastore = try datastores.named(id)
        // One that is there already is as large as it will be.
        let isThere = try await lane.run { [datastores] in try datastores.place(of: disk.id) } != nil
        try await requireRoom(for: isThere ? nil : disk.size, disk.id, on: datastore)
        return datastore
    }

    /// - size: nil for none.
    func requireRoom(for size: ByteCount?, _ disk: DiskID, on datastore: SiteDatastore) async throws {
        let status = try await datastoreStatus(store.siteInventory()).first { $0.id == datastore.id }
        guard let status, !status.readOnly else {
            throw Failure(.operationNotAllowed, "make disk \(disk) on datastore \(datastore.id): it takes no writes",
                on: [.disk(disk)])
        }
        guard let size, UInt64(size.bytes) > status.freeBytes else { return }
        throw Failure(
            .noSpace, "make disk \(disk) of \(size) on datastore \(datastore.id): it has "
                + "\(ByteCount(Int64(clamping: status.freeBytes))) left")
    }
}

extension SiteHost {
    /// An administrator's change names hosts and datastores that are there.
    func refuseUnknown(_ inventory: PlatformV1.SiteInventory?) throws(Failure) {
        guard let inventory else { return }
        if !inventory.masterTargetHost.isEmpty { _ = try host(inventory.masterTargetHost, "change the inventory") }
        for known in inventory.hosts {
            _ = try host(known.id, "change the inventory")
            for id in known.hiddenDatastores { _ = try datastores.named(id) }
        }
        for known in inventory.datastores { _ = try datastores.named(known.id) }
        guard !inventory.hosts.contains(where: \.id.isEmpty), !inventory.datastores.contains(where: \.id.isEmpty) else {
            throw Failure(.invalidArgument, "change the inventory: a host or a datastore has no id")
        }
    }
}
