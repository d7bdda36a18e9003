// Generated from homeward/process/v1/process.proto by protoc-gen-homeward. Do not edit.
import Messages

extension ProcessV1.OpenRelayRequest: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
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
            message.masterTarget = CommonV1.Endpoint.sample(&source)
            source.leave()
        }
        if source.fills() { message.group = source.text() }
        message.members = source.array { $0.text() }
        if source.fills() { message.groupIntervalUs = source.number() as UInt64 }
        if source.fills() { message.groupApplicationIntervalUs = source.number() as UInt64 }
        return message
    }
}

extension ProcessV1.CloseRelayRequest: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
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

extension ProcessV1.Relay: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.masterTarget = CommonV1.Endpoint.sample(&source)
            source.leave()
        }
        if source.fills() { message.sourceConnected = source.flag() }
        if source.fills() { message.targetConnected = source.flag() }
        if source.fills() { message.spooledBytes = source.number() as UInt64 }
        if source.fills() { message.receivedBytes = source.number() as UInt64 }
        if source.fills() { message.forwardedBytes = source.number() as UInt64 }
        if source.fills() { message.sealedNumber = source.number() as UInt64 }
        if source.fills() { message.appliedNumber = source.number() as UInt64 }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.attendsGroup = source.flag() }
        if source.fills() { message.creditCause = source.text() }
        if source.fills() { message.backlogBytes = source.number() as UInt64 }
        if source.fills() { message.backlogAgeUs = source.number() as UInt64 }
        return message
    }
}

extension ProcessV1.GetGroupRequest: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.group = source.text() }
        return message
    }
}

extension ProcessV1.Group: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        message.members = source.array { $0.text() }
        message.attending = source.array { $0.text() }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        if source.fills() { message.attempts = source.number() as UInt64 }
        if source.fills() { message.recorded = source.number() as UInt64 }
        if source.fills() { message.givenUp = source.number() as UInt64 }
        if source.fills() { message.lastFailure = source.text() }
        if source.fills() { message.longestHoldUs = source.number() as UInt64 }
        if source.fills() { message.p99HoldUs = source.number() as UInt64 }
        if source.fills() { message.newestCommon = source.text() }
        if source.fills() { message.newestCommonAgeUs = source.number() as UInt64 }
        if source.fills() { message.applicationIntervalUs = source.number() as UInt64 }
        if source.fills() { message.applicationAttempts = source.number() as UInt64 }
        if source.fills() { message.applicationFailures = source.number() as UInt64 }
        if source.fills() { message.applicationFailure = source.text() }
        if source.fills() { message.longestFreezeUs = source.number() as UInt64 }
        if source.fills() { message.p999HoldUs = source.number() as UInt64 }
        return message
    }
}

extension ProcessV1.CutGroupRequest: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.applicationConsistent = source.flag() }
        return message
    }
}

extension ProcessV1.CutGroupResponse: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.applicationConsistent = source.flag() }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension ProcessV1.GetRelayRequest: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension ProcessV1.GetProcessServerRequest: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension ProcessV1.BandwidthCap: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.bytesPerSecond = source.number() as UInt64 }
        if source.fills() { message.window = source.text() }
        if source.fills() { message.remainingUs = source.number() as UInt64 }
        return message
    }
}

extension ProcessV1.ProcessServerStatus: Sampled {
    static var protoFile: String { "homeward/process/v1/process.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.cacheFreePercent = source.number() as UInt32 }
        if source.fills() { message.backlogBytes = source.number() as UInt64 }
        if source.fills() { message.relays = source.number() as UInt32 }
        if source.fills() { message.health = source.element(of: CommonV1.HealthState.allCases, CommonV1.HealthState.init(rawValue:)) }
        message.findings = source.messages { CommonV1.HealthFinding.sample(&$0) }
        if source.fills() { message.cpuPercent = source.number() as UInt32 }
        if source.fills() { message.residentBytes = source.number() as UInt64 }
        if source.fills() { message.memoryUsedPercent = source.number() as UInt32 }
        if source.fills() { message.cacheBytes = source.number() as UInt64 }
        if source.fills() { message.cacheFreeBytes = source.number() as UInt64 }
        if source.fills() { message.backlogUs = source.number() as UInt64 }
        if source.fills() { message.backlogAgeUs = source.number() as UInt64 }
        if source.fills() { message.receivedBytesPerSecond = source.number() as UInt64 }
        if source.fills() { message.forwardedBytesPerSecond = source.number() as UInt64 }
        if source.fills() { message.throttleCause = source.text() }
        if source.fillsMessage() {
            message.receiveCap = ProcessV1.BandwidthCap.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.forwardCap = ProcessV1.BandwidthCap.sample(&source)
            source.leave()
        }
        return message
    }
}
