// Generated from homeward/target/v1/target.proto by protoc-gen-homeward. Do not edit.
import Messages

extension TargetV1.RecoveryPoint: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 60] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.base = source.number() as UInt64 }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.cutUnixUs = source.number() as Int64 }
        if source.fills() { message.applicationConsistent = source.flag() }
        if source.fills() { message.groupPoint = source.text() }
        message.pins = source.array { $0.text() }
        if source.fills() { message.blocks = source.number() as UInt64 }
        if source.fills() { message.applied = source.flag() }
        if source.fills() { message.name = source.text() }
        message.roots = source.messages { TargetV1.PointRoot.sample(&$0) }
        if source.fills() { message.final = source.flag() }
        if source.fills() { message.damage = source.text() }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        return message
    }
}

extension TargetV1.PointRoot: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.root = source.bytes() }
        return message
    }
}

extension TargetV1.Replica: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 20, 21, 22, 23, 70] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.state = source.element(of: TargetV1.Replica.State.allCases, TargetV1.Replica.State.init(rawValue:)) }
        if source.fills() { message.position = source.number() as UInt64 }
        if source.fills() { message.sealed = source.number() as UInt64 }
        if source.fillsMessage() {
            message.fence = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.drains = CommonV1.Generation.sample(&source)
            source.leave()
        }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.aheadBlocks = source.number() as UInt64 }
        if source.fills() { message.appliedBlocks = source.number() as UInt64 }
        if source.fills() { message.receivedBytes = source.number() as UInt64 }
        if source.fills() { message.retentionBytes = source.number() as UInt64 }
        if source.fills() { message.sourceConnected = source.flag() }
        if source.fills() { message.copiedBlocks = source.number() as UInt64 }
        if source.fills() { message.expectedBlocks = source.number() as UInt64 }
        if source.fillsMessage() {
            message.catchUp = TargetV1.CatchUp.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.scrub = TargetV1.Scrub.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.retention = TargetV1.Retention.sample(&source)
            source.leave()
        }
        if source.fills() { message.retentionRevision = source.number() as UInt64 }
        if source.fills() { message.scrubIntervalUs = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.Retention: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.points = source.number() as UInt32 }
        if source.fills() { message.ageUs = source.number() as UInt64 }
        message.thinning = source.messages { TargetV1.RetentionStep.sample(&$0) }
        return message
    }
}

extension TargetV1.RetentionStep: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.olderThanUs = source.number() as UInt64 }
        if source.fills() { message.keepEveryUs = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.SetRetentionRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.retention = TargetV1.Retention.sample(&source)
            source.leave()
        }
        if source.fills() { message.revision = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.PreviewRetentionRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.retention = TargetV1.Retention.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.RetiredPoint: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.point = TargetV1.RecoveryPoint.sample(&source)
            source.leave()
        }
        if source.fills() { message.because = source.text() }
        return message
    }
}

extension TargetV1.PreviewRetentionResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.removed = source.messages { TargetV1.RetiredPoint.sample(&$0) }
        if source.fills() { message.removedPoints = source.number() as UInt32 }
        if source.fills() { message.keptPoints = source.number() as UInt32 }
        return message
    }
}

extension TargetV1.Scrub: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        if source.fills() { message.differingBlocks = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.CatchUp: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.generation = source.number() as UInt64 }
        if source.fills() { message.point = source.number() as UInt64 }
        message.disks = source.messages { TargetV1.DiskCatchUp.sample(&$0) }
        return message
    }
}

extension TargetV1.DiskCatchUp: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.movedBlocks = source.number() as UInt64 }
        if source.fills() { message.droppedBlocks = source.number() as UInt64 }
        if source.fills() { message.ownBlocks = source.number() as UInt64 }
        if source.fills() { message.writtenBlocks = source.number() as UInt64 }
        if source.fills() { message.aheadBlocks = source.number() as UInt64 }
        if source.fills() { message.foreignBlocks = source.number() as UInt64 }
        if source.fills() { message.suspectBlocks = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.AdoptReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.blank = source.flag() }
        if source.fills() { message.anew = source.flag() }
        if source.fills() { message.cutUnixUs = source.number() as Int64 }
        return message
    }
}

extension TargetV1.AdoptReplicaResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.replica = TargetV1.Replica.sample(&source)
            source.leave()
        }
        message.disks = source.messages { TargetV1.AdoptedDisk.sample(&$0) }
        return message
    }
}

extension TargetV1.AdoptedDisk: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.record = source.bytes() }
        if source.fills() { message.changedBlocks = source.number() as UInt64 }
        if source.fills() { message.suspectBlocks = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.BeginOverwriteRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.pointName = source.text() }
        return message
    }
}

extension TargetV1.ForgetReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.ForgetReplicaResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension TargetV1.GetReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.waitUs = source.number() as UInt64 }
        if source.fills() { message.untilPosition = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.ListPointsRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
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

extension TargetV1.ListPointsResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.points = source.messages { TargetV1.RecoveryPoint.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension TargetV1.ReadPointRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
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

extension TargetV1.PointContent: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.offset = source.number() as UInt64 }
        if source.fills() { message.data = source.bytes() }
        if source.fills() { message.zeroes = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.PinPointRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.pin = source.text() }
        return message
    }
}

extension TargetV1.UnpinPointRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.pin = source.text() }
        return message
    }
}

extension TargetV1.SealFinalRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.closing = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.MoveReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.number = source.number() as UInt64 }
        return message
    }
}

extension TargetV1.ReleaseReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.ReclaimReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.CommitReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.VerifyReplicaRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.changedOnly = source.flag() }
        return message
    }
}

extension TargetV1.VerifyReplicaResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.position = source.number() as UInt64 }
        message.roots = source.messages { TargetV1.PointRoot.sample(&$0) }
        message.verifiedBlocks = source.array { $0.number() as UInt64 }
        if source.fills() { message.since = source.text() }
        if source.fillsMessage() {
            message.scrub = TargetV1.Scrub.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.GroupPointMember: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.sealed = source.flag() }
        return message
    }
}

extension TargetV1.GroupPoint: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.group = source.text() }
        message.members = source.messages { TargetV1.GroupPointMember.sample(&$0) }
        if source.fills() { message.cutUnixUs = source.number() as Int64 }
        if source.fills() { message.exists = source.flag() }
        if source.fills() { message.final = source.flag() }
        if source.fills() { message.ageUs = source.number() as UInt64 }
        if source.fills() { message.applicationConsistent = source.flag() }
        return message
    }
}

extension TargetV1.ListGroupPointsRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.group = source.text() }
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        if source.fills() { message.existingOnly = source.flag() }
        return message
    }
}

extension TargetV1.ListGroupPointsResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.points = source.messages { TargetV1.GroupPoint.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension TargetV1.PinGroupPointRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.name = source.text() }
        if source.fills() { message.pin = source.text() }
        return message
    }
}

extension TargetV1.GroupFinalMember: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.closing = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TargetV1.SealGroupFinalRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.group = source.text() }
        message.members = source.messages { TargetV1.GroupFinalMember.sample(&$0) }
        return message
    }
}

extension TargetV1.Branch: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.point = source.number() as UInt64 }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.socket = source.text() }
        if source.fills() { message.writtenBlocks = source.number() as UInt64 }
        if source.fills() { message.ended = source.text() }
        return message
    }
}

extension TargetV1.CreateBranchRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fills() { message.pin = source.text() }
        return message
    }
}

extension TargetV1.GetBranchRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.branch = source.text() }
        return message
    }
}

extension TargetV1.DeleteBranchRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.branch = source.text() }
        return message
    }
}

extension TargetV1.DeleteBranchResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension TargetV1.SetAside: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.generation = source.number() as UInt64 }
        if source.fills() { message.point = source.number() as UInt64 }
        message.disks = source.messages { TargetV1.SetAsideDisk.sample(&$0) }
        return message
    }
}

extension TargetV1.SetAsideDisk: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.index = source.number() as UInt32 }
        if source.fills() { message.bytes = source.number() as UInt64 }
        if source.fills() { message.blocks = source.number() as UInt64 }
        if source.fills() { message.storedBytes = source.number() as UInt64 }
        if source.fills() { message.damage = source.text() }
        return message
    }
}

extension TargetV1.GetSetAsideRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension TargetV1.GetSetAsideResponse: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.setAside = source.messages { TargetV1.SetAside.sample(&$0) }
        return message
    }
}

extension TargetV1.ReadSetAsideRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
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

extension TargetV1.ReleaseSetAsideRequest: Sampled {
    static var protoFile: String { "homeward/target/v1/target.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.setAside = source.number() as UInt64 }
        return message
    }
}
