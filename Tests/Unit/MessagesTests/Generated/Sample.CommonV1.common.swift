// Generated from homeward/common/v1/common.proto by protoc-gen-homeward. Do not edit.
import Messages

extension CommonV1.Generation: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.token = source.bytes() }
        return message
    }
}

extension CommonV1.OperationKey: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.job = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.step = source.text() }
        if source.fills() { message.undo = source.flag() }
        if source.fills() { message.target = source.text() }
        if source.fills() { message.vaultEpoch = source.number() as UInt64 }
        return message
    }
}

extension CommonV1.Assignment: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.activeSite = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.replication = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fillsMessage() {
            message.drains = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.processServer = source.text() }
        if source.fills() { message.masterTarget = source.text() }
        return message
    }
}

extension CommonV1.AssignRequest: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.assignment = CommonV1.Assignment.sample(&source)
            source.leave()
        }
        return message
    }
}

extension CommonV1.AssignResponse: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.assignment = CommonV1.Assignment.sample(&source)
            source.leave()
        }
        return message
    }
}

extension CommonV1.GetAssignmentRequest: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension CommonV1.GetOperationRequest: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        return message
    }
}

extension CommonV1.Operation: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.state = source.element(of: CommonV1.Operation.State.allCases, CommonV1.Operation.State.init(rawValue:)) }
        if source.fills() { message.result = source.bytes() }
        if source.fills() { message.refusal = source.text() }
        return message
    }
}

extension CommonV1.ForgetJobRequest: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.job = source.text() }
        return message
    }
}

extension CommonV1.ForgetJobResponse: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension CommonV1.CensusRequest: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension CommonV1.KnownJob: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.job = source.text() }
        return message
    }
}

extension CommonV1.CensusResponse: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.assignments = source.messages { CommonV1.Assignment.sample(&$0) }
        if source.fills() { message.vaultEpoch = source.number() as UInt64 }
        message.jobs = source.messages { CommonV1.KnownJob.sample(&$0) }
        if source.fillsMessage() {
            message.behind = CommonV1.FurtherCensus.sample(&source)
            source.leave()
        }
        return message
    }
}

extension CommonV1.FurtherCensus: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.missing = source.text() }
        message.assignments = source.messages { CommonV1.Assignment.sample(&$0) }
        if source.fills() { message.vaultEpoch = source.number() as UInt64 }
        message.jobs = source.messages { CommonV1.KnownJob.sample(&$0) }
        return message
    }
}

extension CommonV1.ProbeRequest: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        return message
    }
}

extension CommonV1.ProbeResponse: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.recorded = source.number() as UInt64 }
        return message
    }
}

extension CommonV1.Gate: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.code = source.text() }
        if source.fills() { message.status = source.element(of: CommonV1.Gate.Status.allCases, CommonV1.Gate.Status.init(rawValue:)) }
        if source.fills() { message.blocking = source.flag() }
        if source.fills() { message.evidence = source.text() }
        if source.fills() { message.meaning = source.text() }
        if source.fills() { message.remedy = source.text() }
        if source.fills() { message.waivableBy = source.text() }
        if source.fills() { message.causedBy = source.text() }
        if source.fills() { message.deferredTo = source.text() }
        return message
    }
}

extension CommonV1.Waiver: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.code = source.text() }
        if source.fills() { message.reason = source.text() }
        return message
    }
}

extension CommonV1.Statement: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.person = source.text() }
        if source.fills() { message.reason = source.text() }
        if source.fills() { message.statedUnixUs = source.number() as Int64 }
        return message
    }
}

extension CommonV1.Endpoint: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.address = source.text() }
        return message
    }
}

extension CommonV1.Disk: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.index = source.number() as UInt32 }
        if source.fills() { message.bytes = source.number() as UInt64 }
        return message
    }
}

extension CommonV1.HealthFinding: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.subject = source.text() }
        if source.fills() { message.state = source.element(of: CommonV1.HealthState.allCases, CommonV1.HealthState.init(rawValue:)) }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension CommonV1.Network: Sampled {
    static var protoFile: String { "homeward/common/v1/common.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.address = source.text() }
        if source.fills() { message.gateway = source.text() }
        message.nameServers = source.array { $0.text() }
        return message
    }
}
