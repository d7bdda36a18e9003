// Generated from homeward/vault/v1/drills.proto by protoc-gen-homeward. Do not edit.
import Messages

extension VaultV1.BeginDrillRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/drills.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.expectedDirection = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.choice = source.element(of: VaultV1.PointChoice.allCases, VaultV1.PointChoice.init(rawValue:)) }
        if source.fills() { message.point = source.number() as UInt64 }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.CleanUpDrillRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/drills.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.remark = source.text() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.ListDrillsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/drills.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.standingOnly = source.flag() }
        return message
    }
}

extension VaultV1.ListDrillsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/drills.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.drills = source.messages { VaultV1.Drill.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}
