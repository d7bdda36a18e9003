// Generated from homeward/vault/v1/policies.proto by protoc-gen-homeward. Do not edit.
import Messages

extension VaultV1.ReplicationPolicy: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 70, 7, 8, 9, 10, 11, 12, 13, 14] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.direction = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.rpoThresholdUs = source.number() as UInt64 }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        if source.fills() {
            message.applicationIntervalUs = source.number() as UInt64
        }
        if source.fills() {
            message.keepSeed = source.flag()
        }
        if source.fillsMessage() {
            message.retention = TargetV1.Retention.sample(&source)
            source.leave()
        }
        if source.fills() { message.version = source.number() as UInt64 }
        if source.fills() { message.digest = source.text() }
        if source.fills() { message.etag = source.text() }
        if source.fills() { message.createdUnixUs = source.number() as Int64 }
        if source.fills() { message.updatedUnixUs = source.number() as Int64 }
        message.followers = source.array { $0.text() }
        if source.fills() { message.followerItems = source.number() as UInt32 }
        return message
    }
}

extension VaultV1.RetentionEffect: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fillsMessage() {
            message.preview = TargetV1.PreviewRetentionResponse.sample(&source)
            source.leave()
        }
        if source.fills() { message.unknown = source.text() }
        return message
    }
}

extension VaultV1.PolicyChange: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.policy = VaultV1.ReplicationPolicy.sample(&source)
            source.leave()
        }
        message.effects = source.messages { VaultV1.RetentionEffect.sample(&$0) }
        return message
    }
}

extension VaultV1.CreatePolicyRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.policy = VaultV1.ReplicationPolicy.sample(&source)
            source.leave()
        }
        if source.fills() { message.requestID = source.text() }
        if source.fills() { message.validateOnly = source.flag() }
        return message
    }
}

extension VaultV1.UpdatePolicyRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.policy = VaultV1.ReplicationPolicy.sample(&source)
            source.leave()
        }
        if source.fills() { message.etag = source.text() }
        if source.fills() { message.validateOnly = source.flag() }
        return message
    }
}

extension VaultV1.GetPolicyRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension VaultV1.ListPoliciesRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension VaultV1.ListPoliciesResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.policies = source.messages { VaultV1.ReplicationPolicy.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.DeletePolicyRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.etag = source.text() }
        return message
    }
}

extension VaultV1.DeletePolicyResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension VaultV1.AssignPolicyRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.policy = source.text() }
        if source.fills() { message.follower = source.text() }
        if source.fills() { message.validateOnly = source.flag() }
        return message
    }
}

extension VaultV1.Alert: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.code = source.text() }
        if source.fills() { message.subject = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.severity = source.element(of: CommonV1.HealthState.allCases, CommonV1.HealthState.init(rawValue:)) }
        if source.fills() { message.detail = source.text() }
        if source.fills() { message.remedy = source.text() }
        if source.fills() { message.raisedUnixUs = source.number() as Int64 }
        if source.fills() { message.clearedUnixUs = source.number() as Int64 }
        if source.fills() { message.times = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.ListAlertsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        if source.fills() { message.withCleared = source.flag() }
        if source.fills() { message.subject = source.text() }
        return message
    }
}

extension VaultV1.ListAlertsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/policies.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.alerts = source.messages { VaultV1.Alert.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}
