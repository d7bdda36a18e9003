import API
import Contract
import Environment
import Messages
public import Model
import RPC

/// What an administrator changes at a platform past all our programs: attributes of machines and facts of a site.
extension Lab {
    /// Changes of a machine's inventory; what is nil stays as it is.
    public struct MachineInventory: Sendable {
        public var snapshots: [String]?
        public var osFamily: String?
        public var osName: String?
        public var physical: Bool?
        public var resourceGroup: String?
        public var tools: Bool?
        public var memoryMiB: UInt32?
        public var network: NetworkSettings?

        public init() {}
    }

    /// Changes of a site's; what is nil stays as it is.
    public struct SiteFacts: Sendable {
        public var masterTargetSnapshots: [String]?
        public var missingPrivileges: [String]?
        public var datastoreReadOnly: Bool?
        public var masterTargetController: String?
        public var masterTargetDiskIDs: Bool?
        public var masterTargetTools: Bool?
        public var masterTargetRetentionVolume: Bool?
        public var masterTargetHost: String?
        /// By id: whether it takes writes.
        public var writableDatastores: [String: Bool] = [:]
        /// By id: bytes that disks may take of it together; 0 for all that its file system has.
        public var datastoreLimits: [String: UInt64] = [:]
        /// By id: whether it starts no machine.
        public var maintenance: [String: Bool] = [:]
        /// By host: the datastores that it does not see.
        public var hidden: [String: [String]] = [:]

        public init() {}
    }

    /// - Parameter place: `machine@site`.
    /// - Returns: what the platform says of the machine now.
    public static func change(
        _ place: String, _ changes: MachineInventory, _ layout: LabLayout, _ world: LabWorld
    ) async throws -> [(String, String)] {
        let (id, platform) = try platform(of: place, "change", layout, world)
        let seen = try await look(at: id, platform)
        var attributes = seen.attributes ?? PlatformV1.Attributes()
        attributes.osFamily = changes.osFamily ?? attributes.osFamily
        attributes.osName = changes.osName ?? attributes.osName
        attributes.physical = changes.physical ?? attributes.physical
        attributes.resourceGroup = changes.resourceGroup ?? attributes.resourceGroup
        attributes.toolsEnabled = changes.tools ?? attributes.toolsEnabled
        attributes.memoryMib = changes.memoryMiB ?? attributes.memoryMib
        attributes.network = changes.network?.message ?? attributes.network
        let isSame = attributes == seen.attributes && changes.snapshots == nil
        if !isSame {
            _ = try await calling("change machine \(place)") { [attributes] in
                try await platform.setInventory(
                    .with {
                        $0.machine = id
                        $0.snapshots = changes.snapshots ?? seen.snapshots
                        $0.attributes = attributes
                    }, CallOptions(timeout: .seconds(20)))
            }
        }
        return try await described(look(at: id, platform))
    }

    public static func change(
        _ site: Site, _ changes: SiteFacts, _ layout: LabLayout, _ world: LabWorld
    ) async throws {
        let platform = try platform(of: site, "change the inventory of \(site.rawValue)", layout, world)
        let seen = try await calling("look at \(site.rawValue)'s platform") {
            try await platform.getPlatform(.init(), CallOptions(timeout: .seconds(20)))
        }
        var facts = seen.inventory ?? PlatformV1.SiteInventory()
        facts.missingPrivileges = changes.missingPrivileges ?? facts.missingPrivileges
        facts.datastoreReadOnly = changes.datastoreReadOnly ?? facts.datastoreReadOnly
        facts.masterTargetController = changes.masterTargetController ?? facts.masterTargetController
        facts.masterTargetDiskIDsOff = changes.masterTargetDiskIDs.map(!) ?? facts.masterTargetDiskIDsOff
        facts.masterTargetToolsMissing = changes.masterTargetTools.map(!) ?? facts.masterTargetToolsMissing
        facts.masterTargetRetentionVolumeMissing =
            changes.masterTargetRetentionVolume.map(!) ?? facts.masterTargetRetentionVolumeMissing
        facts.masterTargetHost = changes.masterTargetHost ?? facts.masterTargetHost
        facts.place(changes)
        _ = try await calling("change the inventory of \(site.rawValue)") { [facts] in
            try await platform.setInventory(
                .with {
                    $0.snapshots = changes.masterTargetSnapshots ?? seen.masterTargetSnapshots
                    $0.site = facts
                }, CallOptions(timeout: .seconds(20)))
        }
    }

    /// Turns a machine off, gives its disks other sizes or adds blank ones, and turns it on again if it was on.
    /// - Parameters:
    ///   - place: `machine@site`.
    ///   - disks: ids and sizes; what is not there yet goes behind the last one.
    /// - Returns: the machine's disks now.
    public static func changeDisks(
        _ place: String, _ disks: [(id: String, bytes: UInt64)], _ layout: LabLayout, _ world: LabWorld
    ) async throws -> [(String, UInt64)] {
        guard !disks.isEmpty, disks.allSatisfy({ DiskID.isValid($0.id) }) else {
            throw Failure(.invalidArgument, "change the disks of \(place): name disks by their ids, and their sizes")
        }
        let (id, platform) = try platform(of: place, "change the disks of", layout, world)
        let seen = try await look(at: id, platform)
        let present = seen.disks.compactMap(\.disk)
        var next = (present.map(\.index).max() ?? 0) + 1
        let wanted = disks.map { disk in
            let index = present.first { $0.id == disk.id }?.index ?? next
            next = max(next, index + 1)
            return CommonV1.Disk.with {
                $0.id = disk.id
                $0.index = index
                $0.bytes = disk.bytes
            }
        }
        if seen.power != .off { _ = try await turnOff(id, platform, world) }
        var refused: (any Error)?
        do {
            _ = try await calling("change the disks of \(place)") {
                try await platform.changeDisks(
                    .with {
                        $0.machine = id
                        $0.disks = wanted
                    }, CallOptions(timeout: .seconds(20)))
            }
        } catch { refused = error }
        if seen.power != .off { try await powerOnOutOfBand(place, layout, world) }
        if let refused { throw refused }
        return try await look(at: id, platform).disks.compactMap(\.disk).map { ($0.id, $0.bytes) }
    }

    /// Turns a machine off at its platform and deletes it there; its disks stay on the datastore.
    /// - Parameter place: `machine@site`.
    public static func deleteOutOfBand(_ place: String, _ layout: LabLayout, _ world: LabWorld) async throws {
        let (id, platform) = try platform(of: place, "delete", layout, world)
        let word = try await turnOff(id, platform, world)
        _ = try await calling("delete machine \(place)") {
            try await platform.deleteMachine(
                .with {
                    $0.key = word.key("delete")
                    $0.machine = id
                    $0.generation = word.generation
                }, CallOptions(timeout: .seconds(60)))
        }
    }

    /// By a person. A protected machine is stopped and deleted by its item's newest generation only.
    private struct Word: Sendable {
        let run: String
        let machine: String
        let item: VaultV1.Item?

        var generation: CommonV1.Generation? { item?.generation }

        func key(_ step: String) -> CommonV1.OperationKey {
            .with {
                $0.job = run
                $0.item = item.map { String($0.name.dropFirst("items/".count)) } ?? run
                $0.step = step
                $0.target = "machine/\(machine)"
            }
        }
    }

    private static func turnOff(
        _ machine: String, _ platform: PlatformClient, _ world: LabWorld
    ) async throws -> Word {
        let run = "lab-" + hexadecimal(world.environment.random.bytes(8))
        let word = Word(run: run, machine: machine, item: try await item(of: machine, world))
        _ = try await calling("turn machine \(machine) off") {
            try await platform.powerOff(
                .with {
                    $0.key = word.key("off")
                    $0.machine = machine
                    $0.generation = word.generation
                }, CallOptions(timeout: .seconds(60)))
        }
        return word
    }

    /// The item that a machine is a copy of; nil when it is none.
    private static func item(of machine: String, _ world: LabWorld) async throws -> VaultV1.Item? {
        guard let vault = LabLayout.component("vault") else { return nil }
        let items = ItemsClient(world.dial(vault.address))
        let page = try await calling("look for the item of machine \(machine)") {
            try await items.listItems(.with { $0.pageSize = 500 }, CallOptions(timeout: .seconds(20)))
        }
        return page.items.first { $0.copies.contains { $0.machine == machine } && $0.phase != .disabled }
    }

    private static func look(at machine: String, _ platform: PlatformClient) async throws -> PlatformV1.Machine {
        try await calling("look at machine \(machine)") {
            try await platform.getMachine(.with { $0.machine = machine }, CallOptions(timeout: .seconds(20)))
        }
    }

    private static func described(_ machine: PlatformV1.Machine) -> [(String, String)] {
        let attributes = machine.attributes ?? PlatformV1.Attributes()
        return [
            ("machine", machine.id), ("power", "\(machine.power)"), ("osFamily", attributes.osFamily),
            ("osName", attributes.osName), ("physical", attributes.physical ? "yes" : "no"),
            ("resourceGroup", attributes.resourceGroup), ("tools", attributes.toolsEnabled ? "on" : "off"),
            ("memoryMiB", "\(attributes.memoryMib)"),
            ("network", (try? NetworkSettings(attributes.network))?.description ?? "unknown"),
            ("snapshots", machine.snapshots.joined(separator: ", ")),
        ]
    }
}

extension PlatformV1.SiteInventory {
    fileprivate mutating func place(_ changes: Lab.SiteFacts) {
        for (id, isWritable) in changes.writableDatastores { changeDatastore(id) { $0.readOnly = !isWritable } }
        for (id, bytes) in changes.datastoreLimits { changeDatastore(id) { $0.limitBytes = bytes } }
        for (id, maintenance) in changes.maintenance { changeHost(id) { $0.maintenance = maintenance } }
        for (id, datastores) in changes.hidden { changeHost(id) { $0.hiddenDatastores = datastores } }
    }

    private mutating func changeDatastore(_ id: String, _ change: (inout PlatformV1.DatastoreInventory) -> Void) {
        var known = datastores.first { $0.id == id } ?? .with { $0.id = id }
        change(&known)
        datastores = datastores.filter { $0.id != id } + [known]
    }

    private mutating func changeHost(_ id: String, _ change: (inout PlatformV1.HostInventory) -> Void) {
        var known = hosts.first { $0.id == id } ?? .with { $0.id = id }
        change(&known)
        hosts = hosts.filter { $0.id != id } + [known]
    }
}
