// Generated from homeward/platform/v1/platform.proto by protoc-gen-homeward. Do not edit.
import Messages

extension PlatformV1.Guest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.kind = source.element(of: PlatformV1.GuestKind.allCases, PlatformV1.GuestKind.init(rawValue:)) }
        if source.fills() { message.seed = source.number() as UInt64 }
        if source.fills() { message.rate = source.number() as UInt32 }
        if source.fills() { message.script = source.text() }
        if source.fills() { message.ledgerGroup = source.text() }
        return message
    }
}

extension PlatformV1.Attributes: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.osFamily = source.text() }
        if source.fills() { message.osName = source.text() }
        if source.fills() { message.physical = source.flag() }
        if source.fills() { message.resourceGroup = source.text() }
        if source.fills() { message.toolsEnabled = source.flag() }
        if source.fills() { message.memoryMib = source.number() as UInt32 }
        if source.fillsMessage() {
            message.network = CommonV1.Network.sample(&source)
            source.leave()
        }
        return message
    }
}

extension PlatformV1.PlatformDisk: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.disk = CommonV1.Disk.sample(&source)
            source.leave()
        }
        if source.fills() { message.owner = source.text() }
        if source.fills() { message.path = source.text() }
        if source.fills() { message.datastore = source.text() }
        if source.fills() { message.missing = source.text() }
        return message
    }
}

extension PlatformV1.Machine: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.name = source.text() }
        if source.fills() { message.power = source.element(of: PlatformV1.Power.allCases, PlatformV1.Power.init(rawValue:)) }
        message.disks = source.messages { PlatformV1.PlatformDisk.sample(&$0) }
        message.snapshots = source.array { $0.text() }
        if source.fillsMessage() {
            message.attributes = PlatformV1.Attributes.sample(&source)
            source.leave()
        }
        if source.fills() { message.bootID = source.text() }
        if source.fills() { message.booted = source.flag() }
        if source.fillsMessage() {
            message.grant = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.guest = PlatformV1.Guest.sample(&source)
            source.leave()
        }
        if source.fills() { message.powerChangedUnixUs = source.number() as Int64 }
        if source.fills() { message.uncleanStop = source.flag() }
        if source.fills() { message.test = source.flag() }
        if source.fills() { message.host = source.text() }
        return message
    }
}

extension PlatformV1.PowerOnGrant: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.machine = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.kind = source.element(of: PlatformV1.PowerOnGrant.Kind.allCases, PlatformV1.PowerOnGrant.Kind.init(rawValue:)) }
        if source.fills() { message.hostBootID = source.text() }
        message.processServers = source.messages { CommonV1.Endpoint.sample(&$0) }
        if source.fillsMessage() {
            message.configurationServer = CommonV1.Endpoint.sample(&source)
            source.leave()
        }
        message.bootActions = source.array { $0.text() }
        if source.fills() { message.overlay = source.flag() }
        message.leftOut = source.array { $0.text() }
        if source.fillsMessage() {
            message.network = CommonV1.Network.sample(&source)
            source.leave()
        }
        return message
    }
}

extension PlatformV1.GetMachineRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        return message
    }
}

extension PlatformV1.ListMachinesRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        message.names = source.array { $0.text() }
        message.disks = source.array { $0.text() }
        return message
    }
}

extension PlatformV1.ListMachinesResponse: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.machines = source.messages { PlatformV1.Machine.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension PlatformV1.CreateMachineRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.machine = PlatformV1.Machine.sample(&source)
            source.leave()
        }
        if source.fills() { message.withoutDisks = source.flag() }
        message.importImages = source.array { $0.text() }
        if source.fills() { message.branchSocket = source.text() }
        return message
    }
}

extension PlatformV1.DeleteMachineRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.machine = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension PlatformV1.DeleteMachineResponse: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension PlatformV1.PlaceGrantRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.grant = PlatformV1.PowerOnGrant.sample(&source)
            source.leave()
        }
        return message
    }
}

extension PlatformV1.WithdrawGrantRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.machine = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension PlatformV1.GrantResponse: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.grant = PlatformV1.PowerOnGrant.sample(&source)
            source.leave()
        }
        return message
    }
}

extension PlatformV1.PowerOnRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.machine = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.host = source.text() }
        return message
    }
}

extension PlatformV1.PowerOffRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.machine = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.gracefulUs = source.number() as UInt64 }
        if source.fills() { message.keepAgent = source.flag() }
        return message
    }
}

extension PlatformV1.AttachDisksRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.machine = source.text() }
        if source.fills() { message.owner = source.text() }
        message.disks = source.array { $0.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.replicaOfItem = source.text() }
        return message
    }
}

extension PlatformV1.AttachDisksResponse: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.disks = source.messages { PlatformV1.PlatformDisk.sample(&$0) }
        return message
    }
}

extension PlatformV1.RemoveSnapshotsRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.machine = source.text() }
        return message
    }
}

extension PlatformV1.SetInventoryRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 30] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        message.snapshots = source.array { $0.text() }
        if source.fillsMessage() {
            message.attributes = PlatformV1.Attributes.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.guest = PlatformV1.Guest.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.site = PlatformV1.SiteInventory.sample(&source)
            source.leave()
        }
        return message
    }
}

extension PlatformV1.ChangeDisksRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        return message
    }
}

extension PlatformV1.SiteInventory: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.missingPrivileges = source.array { $0.text() }
        if source.fills() { message.datastoreReadOnly = source.flag() }
        if source.fills() { message.masterTargetController = source.text() }
        if source.fills() { message.masterTargetDiskIDsOff = source.flag() }
        if source.fills() { message.masterTargetToolsMissing = source.flag() }
        if source.fills() { message.masterTargetRetentionVolumeMissing = source.flag() }
        message.datastores = source.messages { PlatformV1.DatastoreInventory.sample(&$0) }
        message.hosts = source.messages { PlatformV1.HostInventory.sample(&$0) }
        if source.fills() { message.masterTargetHost = source.text() }
        return message
    }
}

extension PlatformV1.DatastoreInventory: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.readOnly = source.flag() }
        if source.fills() { message.limitBytes = source.number() as UInt64 }
        return message
    }
}

extension PlatformV1.HostInventory: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.maintenance = source.flag() }
        message.hiddenDatastores = source.array { $0.text() }
        return message
    }
}

extension PlatformV1.Datastore: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.freeBytes = source.number() as UInt64 }
        if source.fills() { message.readOnly = source.flag() }
        return message
    }
}

extension PlatformV1.Host: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.memoryMib = source.number() as UInt64 }
        if source.fills() { message.memoryFreeMib = source.number() as UInt64 }
        if source.fills() { message.maintenance = source.flag() }
        message.datastores = source.array { $0.text() }
        if source.fills() { message.runsMasterTarget = source.flag() }
        return message
    }
}

extension PlatformV1.OutOfBandPowerOnRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        return message
    }
}

extension PlatformV1.GetPlatformRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension PlatformV1.PlatformStatus: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 30, 31, 32] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.site = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.kind = source.text() }
        if source.fills() { message.hostBootID = source.text() }
        if source.fills() { message.datastoreFreeBytes = source.number() as UInt64 }
        if source.fills() { message.memoryFreeMib = source.number() as UInt64 }
        if source.fills() { message.connected = source.flag() }
        message.masterTargetSnapshots = source.array { $0.text() }
        if source.fills() { message.isolates = source.flag() }
        if source.fillsMessage() {
            message.inventory = PlatformV1.SiteInventory.sample(&source)
            source.leave()
        }
        message.datastores = source.messages { PlatformV1.Datastore.sample(&$0) }
        message.hosts = source.messages { PlatformV1.Host.sample(&$0) }
        return message
    }
}

extension PlatformV1.CreateReplicaDisksRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.masterTarget = source.text() }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.datastore = source.text() }
        if source.fills() { message.keep = source.flag() }
        return message
    }
}

extension PlatformV1.DeleteReplicaDisksRequest: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.masterTarget = source.text() }
        return message
    }
}

extension PlatformV1.DeleteReplicaDisksResponse: Sampled {
    static var protoFile: String { "homeward/platform/v1/platform.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}
