// Generated from homeward/vault/v1/vault.proto by protoc-gen-homeward. Do not edit.
import Messages

extension VaultV1.Copy: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.site = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.machine = source.text() }
        if source.fills() { message.state = source.element(of: VaultV1.CopyState.allCases, VaultV1.CopyState.init(rawValue:)) }
        return message
    }
}

extension VaultV1.Item: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 40, 41, 50, 60, 61, 70, 71, 80, 81, 90, 91] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.phase = source.element(of: VaultV1.Phase.allCases, VaultV1.Phase.init(rawValue:)) }
        if source.fills() { message.direction = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.activeSite = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.claimJob = source.text() }
        if source.fills() { message.claimOperation = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        message.copies = source.messages { VaultV1.Copy.sample(&$0) }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.processServer = source.text() }
        if source.fills() { message.masterTarget = source.text() }
        message.health = source.array { $0.text() }
        if source.fills() { message.rpoUs = source.number() as UInt64 }
        if source.fills() { message.unprotectedSinceUnixUs = source.number() as Int64 }
        message.blockers = source.array { $0.text() }
        if source.fills() { message.etag = source.text() }
        if source.fills() { message.remainingBlocks = source.number() as UInt64 }
        message.owed = source.array { $0.text() }
        if source.fills() { message.failoverPoint = source.number() as UInt64 }
        if source.fillsMessage() {
            message.replication = VaultV1.Replication.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.quarantine = VaultV1.Quarantine.sample(&source)
            source.leave()
        }
        if source.fills() { message.applicationIntervalUs = source.number() as UInt64 }
        if source.fills() { message.forwardPolicy = source.text() }
        if source.fills() { message.failbackPolicy = source.text() }
        if source.fills() { message.rpoErrorUs = source.number() as UInt64 }
        if source.fills() { message.rpoThresholdUs = source.number() as UInt64 }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        message.alerts = source.array { $0.text() }
        if source.fillsMessage() {
            message.drill = VaultV1.Drill.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.processServerSwitch = VaultV1.ProcessServerSwitch.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.certificate = VaultV1.FailbackCertificate.sample(&source)
            source.leave()
        }
        message.diskDifferences = source.messages { VaultV1.DiskDifference.sample(&$0) }
        message.leftOut = source.messages { VaultV1.LeftOutDisk.sample(&$0) }
        if source.fillsMessage() {
            message.resync = VaultV1.Resync.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.scrubs = VaultV1.Scrubs.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.homeNetwork = CommonV1.Network.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.cloudNetwork = CommonV1.Network.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.targetLoss = VaultV1.TargetLoss.sample(&source)
            source.leave()
        }
        if source.fills() { message.setAsideBytes = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.TargetLoss: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.masterTarget = source.text() }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.sinceUnixUs = source.number() as Int64 }
        if source.fills() { message.lostPoints = source.number() as UInt32 }
        if source.fills() { message.oldestPoint = source.number() as UInt64 }
        if source.fills() { message.newestPoint = source.number() as UInt64 }
        if source.fills() { message.newestCutUnixUs = source.number() as Int64 }
        if source.fills() { message.job = source.text() }
        if source.fills() { message.blocks = source.number() as UInt64 }
        if source.fills() { message.compared = source.flag() }
        if source.fills() { message.blocker = source.text() }
        return message
    }
}

extension VaultV1.LeftOutDisk: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.index = source.number() as UInt32 }
        if source.fills() { message.bytes = source.number() as UInt64 }
        if source.fills() { message.machine = source.text() }
        if source.fills() { message.site = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.reason = source.text() }
        if source.fills() { message.sinceUnixUs = source.number() as Int64 }
        return message
    }
}

extension VaultV1.DiskExclusion: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.reason = source.text() }
        return message
    }
}

extension VaultV1.Resync: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.job = source.text() }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.askedUnixUs = source.number() as Int64 }
        if source.fills() { message.totalBlocks = source.number() as UInt64 }
        if source.fills() { message.comparedBlocks = source.number() as UInt64 }
        if source.fills() { message.differingBlocks = source.number() as UInt64 }
        if source.fills() { message.digestBytes = source.number() as UInt64 }
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension VaultV1.Scrubs: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.targetEndedUnixUs = source.number() as Int64 }
        if source.fills() { message.targetDifferingBlocks = source.number() as UInt64 }
        if source.fills() { message.targetIntervalUs = source.number() as UInt64 }
        if source.fills() { message.sourceEndedUnixUs = source.number() as Int64 }
        if source.fills() { message.sourceDifferingBlocks = source.number() as UInt64 }
        if source.fills() { message.sourceIntervalUs = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.DiskDifference: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.kind = source.element(of: VaultV1.DiskDifference.Kind.allCases, VaultV1.DiskDifference.Kind.init(rawValue:)) }
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.machineBytes = source.number() as UInt64 }
        if source.fills() { message.replicatedBytes = source.number() as UInt64 }
        if source.fills() { message.site = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.sinceUnixUs = source.number() as Int64 }
        return message
    }
}

extension VaultV1.Drill: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.direction = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.state = source.element(of: VaultV1.Drill.State.allCases, VaultV1.Drill.State.init(rawValue:)) }
        if source.fills() { message.machine = source.text() }
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fills() { message.pointCutUnixUs = source.number() as Int64 }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.startedUnixUs = source.number() as Int64 }
        if source.fills() { message.bootUs = source.number() as UInt64 }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        if source.fills() { message.outcome = source.element(of: VaultV1.Drill.Outcome.allCases, VaultV1.Drill.Outcome.init(rawValue:)) }
        if source.fills() { message.endedBy = source.text() }
        if source.fills() { message.remark = source.text() }
        if source.fills() { message.cleanupJob = source.text() }
        return message
    }
}

extension VaultV1.ProcessServerSwitch: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.from = source.text() }
        if source.fills() { message.to = source.text() }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.automatic = source.flag() }
        if source.fills() { message.atUnixUs = source.number() as Int64 }
        if source.fills() { message.job = source.text() }
        return message
    }
}

extension VaultV1.FailbackCertificate: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.job = source.text() }
        if source.fills() { message.fullWanted = source.flag() }
        if source.fills() { message.mode = source.text() }
        if source.fills() { message.readBlocks = source.number() as UInt64 }
        if source.fills() { message.totalBlocks = source.number() as UInt64 }
        if source.fills() { message.objection = source.text() }
        return message
    }
}

extension VaultV1.Quarantine: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.sinceUnixUs = source.number() as Int64 }
        message.found = source.array { $0.text() }
        message.missing = source.array { $0.text() }
        if source.fills() { message.needsPerson = source.flag() }
        return message
    }
}

extension VaultV1.Replication: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.state = source.element(of: VaultV1.Replication.State.allCases, VaultV1.Replication.State.init(rawValue:)) }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.sinceUs = source.number() as UInt64 }
        if source.fills() { message.suspectBlocks = source.number() as UInt64 }
        if source.fills() { message.comparedBlocks = source.number() as UInt64 }
        if source.fills() { message.differingBlocks = source.number() as UInt64 }
        if source.fillsMessage() {
            message.applicationConsistency = AgentV1.ApplicationConsistency.sample(&source)
            source.leave()
        }
        if source.fills() { message.digestBytes = source.number() as UInt64 }
        if source.fills() { message.compareBytesPerSecond = source.number() as UInt64 }
        if source.fills() { message.unchangedBlocks = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.GetItemRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension VaultV1.ListItemsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension VaultV1.ListItemsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.items = source.messages { VaultV1.Item.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.MutationOptions: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.requestID = source.text() }
        if source.fills() { message.etag = source.text() }
        if source.fills() { message.validateOnly = source.flag() }
        message.waivers = source.messages { CommonV1.Waiver.sample(&$0) }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.planDigest = source.text() }
        return message
    }
}

extension VaultV1.EnableRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.processServer = source.text() }
        if source.fills() { message.masterTarget = source.text() }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        if source.fills() { message.group = source.text() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        if source.fills() { message.applicationIntervalUs = source.number() as UInt64 }
        if source.fills() { message.forwardPolicy = source.text() }
        if source.fills() { message.failbackPolicy = source.text() }
        message.excludeDisks = source.messages { VaultV1.DiskExclusion.sample(&$0) }
        return message
    }
}

extension VaultV1.TakePointRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.applicationConsistent = source.flag() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.FailoverRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 20, 50] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.expectedDirection = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.choice = source.element(of: VaultV1.PointChoice.allCases, VaultV1.PointChoice.init(rawValue:)) }
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fillsMessage() {
            message.sourceDeadStatement = CommonV1.Statement.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        if source.fills() { message.groupPoint = source.text() }
        if source.fills() { message.discardDrill = source.flag() }
        if source.fills() { message.fullCertificate = source.flag() }
        return message
    }
}

extension VaultV1.ItemOperationRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 20, 50, 60, 70, 71] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.confirmLoss = source.flag() }
        if source.fills() { message.processServer = source.text() }
        if source.fills() { message.masterTarget = source.text() }
        if source.fills() { message.waitForAgent = source.flag() }
        if source.fills() { message.force = source.flag() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        if source.fills() { message.alternate = source.flag() }
        if source.fills() { message.waitForCertificate = source.flag() }
        if source.fillsMessage() {
            message.excludeDisk = VaultV1.DiskExclusion.sample(&source)
            source.leave()
        }
        if source.fills() { message.datastore = source.text() }
        if source.fills() { message.host = source.text() }
        return message
    }
}

extension VaultV1.SetCloudNetworkRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fillsMessage() {
            message.network = CommonV1.Network.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.ChangePointRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fills() { message.confirmLoss = source.flag() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        if source.fills() { message.choice = source.element(of: VaultV1.PointChoice.allCases, VaultV1.PointChoice.init(rawValue:)) }
        if source.fills() { message.groupPoint = source.text() }
        return message
    }
}

extension VaultV1.Preview: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 20, 30, 70, 71, 72] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.gates = source.messages { CommonV1.Gate.sample(&$0) }
        message.steps = source.messages { VaultV1.PlannedStep.sample(&$0) }
        if source.fills() { message.planDigest = source.text() }
        if source.fills() { message.boundBlocks = source.number() as UInt64 }
        message.warnings = source.array { $0.text() }
        message.bounds = source.messages { VaultV1.SynchronizationBound.sample(&$0) }
        message.locations = source.messages { VaultV1.PlannedLocation.sample(&$0) }
        message.points = source.messages { VaultV1.PlannedPoint.sample(&$0) }
        if source.fills() { message.usualUs = source.number() as UInt64 }
        if source.fills() { message.history = source.number() as UInt32 }
        message.networks = source.messages { VaultV1.PlannedNetwork.sample(&$0) }
        return message
    }
}

extension VaultV1.PlannedNetwork: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.change = source.text() }
        return message
    }
}

extension VaultV1.PlannedLocation: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.alternate = source.flag() }
        if source.fills() { message.reason = source.text() }
        if source.fills() { message.machine = source.text() }
        if source.fills() { message.datastore = source.text() }
        if source.fills() { message.host = source.text() }
        return message
    }
}

extension VaultV1.PlannedPoint: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.point = source.text() }
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.applicationConsistent = source.flag() }
        if source.fills() { message.ageUs = source.number() as UInt64 }
        if source.fills() { message.ageUnknown = source.flag() }
        if source.fills() { message.loss = source.text() }
        if source.fills() { message.lossUs = source.number() as UInt64 }
        if source.fills() { message.lossUnknown = source.flag() }
        return message
    }
}

extension VaultV1.SynchronizationBound: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.changedBlocks = source.number() as UInt64 }
        if source.fills() { message.suspectBlocks = source.number() as UInt64 }
        if source.fills() { message.crashBlocks = source.number() as UInt64 }
        if source.fills() { message.basis = source.text() }
        if source.fills() { message.displayName = source.text() }
        return message
    }
}

extension VaultV1.PlannedStep: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 60] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.title = source.text() }
        if source.fills() { message.actor = source.text() }
        if source.fills() { message.pivot = source.flag() }
        if source.fills() { message.cancel = source.text() }
        if source.fills() { message.usualUs = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.JobStepMember: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.state = source.element(of: VaultV1.StepState.allCases, VaultV1.StepState.init(rawValue:)) }
        if source.fills() { message.detail = source.text() }
        return message
    }
}

extension VaultV1.JobMember: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        for (key, value) in source.array({ ($0.text(), $0.text()) }) {
            message.facts[key] = value
        }
        return message
    }
}

extension VaultV1.JobStep: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.plan = VaultV1.PlannedStep.sample(&source)
            source.leave()
        }
        if source.fills() { message.state = source.element(of: VaultV1.StepState.allCases, VaultV1.StepState.init(rawValue:)) }
        if source.fills() { message.attempts = source.number() as UInt32 }
        if source.fills() { message.startedUnixUs = source.number() as Int64 }
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        if source.fills() { message.detail = source.text() }
        message.members = source.messages { VaultV1.JobStepMember.sample(&$0) }
        return message
    }
}

extension VaultV1.Job: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 70] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.operation = source.text() }
        if source.fills() { message.state = source.element(of: VaultV1.JobState.allCases, VaultV1.JobState.init(rawValue:)) }
        message.steps = source.messages { VaultV1.JobStep.sample(&$0) }
        message.gates = source.messages { CommonV1.Gate.sample(&$0) }
        if source.fills() { message.message = source.text() }
        if source.fills() { message.progressBytes = source.number() as UInt64 }
        if source.fills() { message.totalBytes = source.number() as UInt64 }
        if source.fills() { message.createdUnixUs = source.number() as Int64 }
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        if source.fills() { message.revision = source.number() as UInt64 }
        if source.fillsMessage() {
            message.preview = VaultV1.Preview.sample(&source)
            source.leave()
        }
        for (key, value) in source.array({ ($0.text(), $0.text()) }) {
            message.facts[key] = value
        }
        if source.fills() { message.group = source.text() }
        message.members = source.messages { VaultV1.JobMember.sample(&$0) }
        message.answers = source.array { $0.text() }
        return message
    }
}

extension VaultV1.Group: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        message.members = source.messages { VaultV1.Item.sample(&$0) }
        if source.fills() { message.processServer = source.text() }
        if source.fills() { message.masterTarget = source.text() }
        if source.fills() { message.phase = source.element(of: VaultV1.Phase.allCases, VaultV1.Phase.init(rawValue:)) }
        if source.fills() { message.direction = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.claimJob = source.text() }
        if source.fills() { message.newestCommon = source.text() }
        if source.fills() { message.newestCommonAgeUs = source.number() as UInt64 }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.applicationIntervalUs = source.number() as UInt64 }
        if source.fills() { message.applicationFailure = source.text() }
        if source.fills() { message.longestFreezeUs = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.GetGroupRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension VaultV1.ListGroupsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension VaultV1.ListGroupsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.groups = source.messages { VaultV1.Group.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.ListGroupPointsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension VaultV1.ListGroupPointsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.points = source.messages { TargetV1.GroupPoint.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.GetJobRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.waitUs = source.number() as UInt64 }
        if source.fills() { message.afterRevision = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.ListJobsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension VaultV1.ListJobsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.jobs = source.messages { VaultV1.Job.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.CancelJobRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.reason = source.text() }
        return message
    }
}

extension VaultV1.AnswerJobRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.answer = source.text() }
        if source.fills() { message.reason = source.text() }
        if source.fills() { message.person = source.text() }
        return message
    }
}

extension VaultV1.ResolveStuckRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.resolution = source.text() }
        if source.fills() { message.reason = source.text() }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.host = source.text() }
        return message
    }
}

extension VaultV1.WatchItemsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.afterRevision = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.ItemEvent: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.revision = source.number() as UInt64 }
        if source.fills() { message.bookmark = source.flag() }
        if source.fillsMessage() {
            message.item = VaultV1.Item.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.ListRecoveryPointsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension VaultV1.ListRecoveryPointsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 70] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.points = source.messages { TargetV1.RecoveryPoint.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        if source.fills() { message.cachedAgeUs = source.number() as UInt64 }
        message.handPins = source.messages { VaultV1.HandPin.sample(&$0) }
        return message
    }
}

extension VaultV1.HandPin: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.reason = source.text() }
        if source.fills() { message.sinceUnixUs = source.number() as Int64 }
        return message
    }
}

extension VaultV1.PinRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fills() { message.groupPoint = source.text() }
        if source.fills() { message.reason = source.text() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.SetAside: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.generation = source.number() as UInt64 }
        if source.fills() { message.job = source.text() }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.sinceUnixUs = source.number() as Int64 }
        if source.fills() { message.site = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.masterTarget = source.text() }
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fills() { message.pinned = source.flag() }
        if source.fills() { message.blocks = source.number() as UInt64 }
        if source.fills() { message.storedBytes = source.number() as UInt64 }
        message.disks = source.messages { TargetV1.SetAsideDisk.sample(&$0) }
        if source.fills() { message.away = source.text() }
        return message
    }
}

extension VaultV1.GetSetAsideRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension VaultV1.GetSetAsideResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.setAside = source.messages { VaultV1.SetAside.sample(&$0) }
        return message
    }
}

extension VaultV1.ReadSetAsideRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.generation = source.number() as UInt64 }
        if source.fills() { message.disk = source.number() as UInt32 }
        if source.fills() { message.changesOnly = source.flag() }
        return message
    }
}

extension VaultV1.ReleaseSetAsideRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.generation = source.number() as UInt64 }
        if source.fills() { message.reason = source.text() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.ReadRecoveryPointRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.name = source.text() }
        if source.fills() { message.disk = source.number() as UInt32 }
        if source.fills() { message.offset = source.number() as UInt64 }
        if source.fills() { message.length = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.GetAllowedOperationsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension VaultV1.AllowedOperations: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.operations = source.messages { VaultV1.OperationAnswer.sample(&$0) }
        if source.fills() { message.etag = source.text() }
        return message
    }
}

extension VaultV1.OperationAnswer: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.operation = source.text() }
        if source.fills() { message.allowed = source.flag() }
        message.gates = source.messages { CommonV1.Gate.sample(&$0) }
        message.deferred = source.array { $0.text() }
        if source.fills() { message.command = source.text() }
        if source.fills() { message.leadsTo = source.text() }
        return message
    }
}

extension VaultV1.GetCertificateRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension VaultV1.SignedCertificate: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.envelope = source.text() }
        return message
    }
}

extension VaultV1.GetCertificateKeyRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension VaultV1.CertificateKey: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pem = source.text() }
        if source.fills() { message.id = source.text() }
        return message
    }
}

extension VaultV1.LinkConfigurationServerRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.component = ConfigurationV1.Component.sample(&source)
            source.leave()
        }
        if source.fills() { message.databaseIncarnation = source.text() }
        message.components = source.messages { ConfigurationV1.Component.sample(&$0) }
        if source.fills() { message.wantsAssignments = source.flag() }
        message.higher = source.messages { CommonV1.Assignment.sample(&$0) }
        return message
    }
}

extension VaultV1.LinkConfigurationServerResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.assignments = source.messages { CommonV1.Assignment.sample(&$0) }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.CheckInfrastructureRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.GetCensusRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension VaultV1.CensusComponent: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.missing = source.text() }
        if source.fills() { message.vaultEpoch = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.CensusHolding: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.component = source.text() }
        if source.fillsMessage() {
            message.assignment = CommonV1.Assignment.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.CensusItem: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fillsMessage() {
            message.recorded = CommonV1.Generation.sample(&source)
            source.leave()
        }
        message.holdings = source.messages { VaultV1.CensusHolding.sample(&$0) }
        message.found = source.array { $0.text() }
        message.missing = source.array { $0.text() }
        if source.fills() { message.quarantined = source.flag() }
        return message
    }
}

extension VaultV1.CensusReport: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.components = source.messages { VaultV1.CensusComponent.sample(&$0) }
        message.items = source.messages { VaultV1.CensusItem.sample(&$0) }
        if source.fills() { message.vaultEpoch = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.ReconcileRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.reason = source.text() }
        if source.fillsMessage() {
            message.missingStatement = CommonV1.Statement.sample(&source)
            source.leave()
        }
        if source.fills() { message.validateOnly = source.flag() }
        return message
    }
}

extension VaultV1.ReconciledItem: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.activeSite = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.phase = source.element(of: VaultV1.Phase.allCases, VaultV1.Phase.init(rawValue:)) }
        if source.fills() { message.direction = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        message.because = source.array { $0.text() }
        message.endedJobs = source.array { $0.text() }
        if source.fills() { message.refused = source.text() }
        return message
    }
}

extension VaultV1.ReconcileResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/vault.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.items = source.messages { VaultV1.ReconciledItem.sample(&$0) }
        return message
    }
}
