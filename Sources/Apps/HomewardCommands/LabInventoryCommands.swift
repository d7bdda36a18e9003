import ArgumentParser
import Model
import Processes

/// What an administrator of a platform changes there.
extension LabCommand {
    struct Inventory: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what a platform knows of its machines and site, as an administrator would.",
            subcommands: [Machine.self, Disks.self, SiteInventory.self, Host.self, Datastore.self])

        struct Machine: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Change a machine's attributes; prints what the platform says of it then.",
                discussion: "What an item needs of them is read when its machine is protected.")
            @OptionGroup var lab: LabOptions
            @Argument(help: ArgumentHelp("Such as app-01@home.", valueName: "machine@site")) var place: String
            @Option(help: "windows or linux.") var osFamily: String?
            @Option(help: "The system's name as its vendor writes it.") var osName: String?
            @Flag(inversion: .prefixedNo, help: "Whether it is a physical server.") var physical: Bool?
            @Option(help: "Resource group (cloud).") var resourceGroup: String?
            @Flag(inversion: .prefixedNo, help: "Whether VMware Tools run in it.") var tools: Bool?
            @Option(help: "Memory in MiB.") var memory: UInt32?
            @OptionGroup var network: NetworkOptions
            @Option(help: "How to print: table or json.") var output: OutputForm = .table

            func run() async throws {
                var changes = Lab.MachineInventory()
                changes.osFamily = osFamily
                changes.osName = osName
                changes.physical = physical
                changes.resourceGroup = resourceGroup
                changes.tools = tools
                changes.memoryMiB = memory
                changes.network = try network.settings()
                try await lab.within { [changes] layout, world in
                    guard osFamily.map({ ["windows", "linux"].contains($0) }) ?? true else {
                        throw Failure(.invalidArgument, "change \(place): --os-family is windows or linux")
                    }
                    let seen = try await Lab.change(place, changes, layout, world)
                    show(seen.map { ($0.0, Printed.text($0.1)) }, output)
                }
            }
        }

        struct Disks: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Resize disks of a machine, or add blank ones; prints its disks then.",
                discussion: "A machine that has power is turned off for it, and on again.")
            @OptionGroup var lab: LabOptions
            @Argument(help: ArgumentHelp("Such as app-01@home.", valueName: "machine@site")) var place: String
            @Option(help: ArgumentHelp("A disk and its size; repeatable.", valueName: "id=MiB")) var disk: [String] = []
            @Option(help: "How to print: table or json.") var output: OutputForm = .table

            func run() async throws {
                try await lab.within { layout, world in
                    let wanted = try disk.map { text in
                        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
                        guard parts.count == 2, let size = UInt64(parts[1]), size > 0, size <= 64 << 20 else {
                            throw Failure(
                                .invalidArgument, "change the disks of \(place): \"\(text)\" is not a disk's id and "
                                    + "its size in MiB, such as d1=64")
                        }
                        return (id: String(parts[0]), bytes: size << 20)
                    }
                    let disks = try await Lab.changeDisks(place, wanted, layout, world)
                    let rows = disks.map { [("disk", Printed.text($0.0)), ("bytes", .number(Int64(clamping: $0.1)))] }
                    show(rows, columns: ["disk", "bytes"], output)
                }
            }
        }

        struct SiteInventory: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "site", abstract: "Change facts of a site and of its master target.")
            @OptionGroup var lab: LabOptions
            @Argument(help: "The site.") var site: Site
            @Option(help: "A snapshot of the master target; repeatable. The others go.") var snapshot: [String] = []
            @Flag(help: "The master target has no snapshots.") var noSnapshots = false
            @Option(help: "A privilege that the account lacks; repeatable. The others are there.")
            var missingPrivilege: [String] = []
            @Flag(help: "The account has every privilege.") var allPrivileges = false
            @Flag(inversion: .prefixedNo, help: "Whether the datastore takes writes.") var writable: Bool?
            @Option(help: "Disk controller of the master target, if one that takes no disks at work; else empty.")
            var controller: String?
            @Flag(inversion: .prefixedNo, help: "Whether the master target is told its disks' identities.")
            var diskIds: Bool?
            @Flag(inversion: .prefixedNo, help: "Whether VMware Tools run in the master target.") var tools: Bool?
            @Flag(inversion: .prefixedNo, help: "Whether the master target has its retention volume.")
            var retentionVolume: Bool?

            func run() async throws {
                var changes = Lab.SiteFacts()
                if noSnapshots || !snapshot.isEmpty { changes.masterTargetSnapshots = snapshot }
                if allPrivileges || !missingPrivilege.isEmpty { changes.missingPrivileges = missingPrivilege }
                changes.datastoreReadOnly = writable.map { !$0 }
                changes.masterTargetController = controller
                changes.masterTargetDiskIDs = diskIds
                changes.masterTargetTools = tools
                changes.masterTargetRetentionVolume = retentionVolume
                try await lab.within { [changes] layout, world in
                    try await Lab.change(site, changes, layout, world)
                    say("the inventory of \(site) is changed")
                }
            }
        }
    }
}

extension LabCommand.Inventory {
    struct Host: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change facts of a host: host-1, in a lab on this computer also home's host-2.")
        @OptionGroup var lab: LabOptions
        @Argument(help: ArgumentHelp("Such as host-2@home.", valueName: "host@site")) var place: String
        @Flag(inversion: .prefixedNo, help: "Whether it is in maintenance: it starts no machine then.")
        var maintenance: Bool?
        @Option(help: "A datastore that it does not see; repeatable. It sees the others.") var hides: [String] = []
        @Flag(help: "It sees every datastore.") var seesAll = false
        @Flag(help: "The master target runs on it.") var masterTarget = false

        func run() async throws {
            let command = self
            try await lab.within { layout, world in
                let (id, site) = try placed(command.place, "change host")
                var changes = Lab.SiteFacts()
                changes.maintenance[id] = command.maintenance
                if command.seesAll || !command.hides.isEmpty { changes.hidden[id] = command.hides }
                if command.masterTarget { changes.masterTargetHost = id }
                try await Lab.change(site, changes, layout, world)
                say("the inventory of host \(command.place) is changed")
            }
        }
    }

    struct Datastore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change facts of a datastore: datastore-1, in a lab on this computer also home's datastore-2.")
        @OptionGroup var lab: LabOptions
        @Argument(help: ArgumentHelp("Such as datastore-2@home.", valueName: "datastore@site")) var place: String
        @Flag(inversion: .prefixedNo, help: "Whether it takes writes.") var writable: Bool?
        @Option(help: "MiB that disks may take of it together; 0 for all that its file system has.")
        var limit: UInt64?

        func run() async throws {
            let command = self
            try await lab.within { layout, world in
                let (id, site) = try placed(command.place, "change datastore")
                var changes = Lab.SiteFacts()
                changes.writableDatastores[id] = command.writable
                changes.datastoreLimits[id] = command.limit.map { $0 > UInt64.max >> 20 ? .max : $0 << 20 }
                try await Lab.change(site, changes, layout, world)
                say("the inventory of datastore \(command.place) is changed")
            }
        }
    }
}

/// `host-2@home`.
private func placed(_ place: String, _ what: String) throws(Failure) -> (id: String, Site) {
    let parts = place.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, let site = Site(rawValue: parts[1]) else {
        throw Failure(.invalidArgument, "\(what) \(place): write its id and its site, such as host-2@home")
    }
    return (parts[0], site)
}
