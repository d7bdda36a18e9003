// Generated from homeward/vault/v1/audit.proto by protoc-gen-homeward. Do not edit.
import Messages

extension VaultV1.AuditFact: Sampled {
    static var protoFile: String { "homeward/vault/v1/audit.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.value = source.text() }
        return message
    }
}

extension VaultV1.AuditRecord: Sampled {
    static var protoFile: String { "homeward/vault/v1/audit.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.sequence = source.number() as UInt64 }
        if source.fills() { message.atUnixUs = source.number() as Int64 }
        if source.fills() { message.vaultEpoch = source.number() as UInt64 }
        if source.fills() { message.store = source.text() }
        if source.fills() { message.kind = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.job = source.text() }
        if source.fills() { message.step = source.text() }
        if source.fills() { message.operation = source.text() }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.peer = source.text() }
        if source.fills() { message.requestID = source.text() }
        if source.fills() { message.text = source.text() }
        message.facts = source.messages { VaultV1.AuditFact.sample(&$0) }
        if source.fills() { message.previousHash = source.bytes() }
        if source.fills() { message.hash = source.bytes() }
        return message
    }
}

extension VaultV1.ListAuditRecordsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/audit.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.job = source.text() }
        if source.fills() { message.sinceUnixUs = source.number() as Int64 }
        if source.fills() { message.untilUnixUs = source.number() as Int64 }
        return message
    }
}

extension VaultV1.ListAuditRecordsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/audit.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.records = source.messages { VaultV1.AuditRecord.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.GetAuditHeadRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/audit.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension VaultV1.AuditHead: Sampled {
    static var protoFile: String { "homeward/vault/v1/audit.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.sequence = source.number() as UInt64 }
        if source.fills() { message.hash = source.bytes() }
        if source.fills() { message.atUnixUs = source.number() as Int64 }
        return message
    }
}
