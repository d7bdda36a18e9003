// Generated from homeward/replication/v1/group.proto by protoc-gen-homeward. Do not edit.
import Messages

extension ReplicationV1.GroupToken: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.group = source.text() }
        if source.fills() { message.generation = source.number() as UInt64 }
        if source.fills() { message.sequence = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupHello: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.group = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.incarnation = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupCutDone: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.incarnation = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupBusy: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension ReplicationV1.GroupHeld: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.held = source.flag() }
        if source.fills() { message.incarnation = source.number() as UInt64 }
        if source.fills() { message.heldUs = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupFrozen: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension ReplicationV1.GroupThawed: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.heldUs = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupMemberFrame: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 6 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        switch source.choice(6) {
            case 0:
                if source.fillsMessage() {
                    message.frame = .hello(ReplicationV1.GroupHello.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.frame = .cut(ReplicationV1.GroupCutDone.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.frame = .busy(ReplicationV1.GroupBusy.sample(&source))
                    source.leave()
                }

            case 3:
                if source.fillsMessage() {
                    message.frame = .held(ReplicationV1.GroupHeld.sample(&source))
                    source.leave()
                }

            case 4:
                if source.fillsMessage() {
                    message.frame = .frozen(ReplicationV1.GroupFrozen.sample(&source))
                    source.leave()
                }

            case 5:
                if source.fillsMessage() {
                    message.frame = .thawed(ReplicationV1.GroupThawed.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}

extension ReplicationV1.GroupWelcome: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupHold: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.leaseUs = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupRelease: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        return message
    }
}

extension ReplicationV1.GroupFreeze: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.holdUs = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.GroupThaw: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        return message
    }
}

extension ReplicationV1.GroupCoordinatorFrame: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 5 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        switch source.choice(5) {
            case 0:
                if source.fillsMessage() {
                    message.frame = .welcome(ReplicationV1.GroupWelcome.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.frame = .hold(ReplicationV1.GroupHold.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.frame = .release(ReplicationV1.GroupRelease.sample(&source))
                    source.leave()
                }

            case 3:
                if source.fillsMessage() {
                    message.frame = .freeze(ReplicationV1.GroupFreeze.sample(&source))
                    source.leave()
                }

            case 4:
                if source.fillsMessage() {
                    message.frame = .thaw(ReplicationV1.GroupThaw.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}

extension ReplicationV1.GroupMember: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.number = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.RecordGroupPointRequest: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.token = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        message.members = source.messages { ReplicationV1.GroupMember.sample(&$0) }
        if source.fills() { message.cutUnixUs = source.number() as Int64 }
        return message
    }
}

extension ReplicationV1.RecordGroupPointResponse: Sampled {
    static var protoFile: String { "homeward/replication/v1/group.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.newestCommon = ReplicationV1.GroupToken.sample(&source)
            source.leave()
        }
        if source.fills() { message.highestSequence = source.number() as UInt64 }
        return message
    }
}
