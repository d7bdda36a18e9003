// Generated from homeward/configuration/v1/configuration.proto by protoc-gen-homeward. Do not edit.
import Messages

extension ConfigurationV1.Component: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.endpoint = CommonV1.Endpoint.sample(&source)
            source.leave()
        }
        if source.fills() { message.kind = source.element(of: ConfigurationV1.ComponentKind.allCases, ConfigurationV1.ComponentKind.init(rawValue:)) }
        if source.fills() { message.site = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fills() { message.version = source.text() }
        if source.fills() { message.osFamily = source.text() }
        if source.fills() { message.silentUs = source.number() as UInt64 }
        for (key, value) in source.array({ ($0.text(), $0.number() as UInt64) }) {
            message.figures[key] = value
        }
        if source.fills() { message.instance = source.text() }
        if source.fills() { message.health = source.element(of: CommonV1.HealthState.allCases, CommonV1.HealthState.init(rawValue:)) }
        message.findings = source.messages { CommonV1.HealthFinding.sample(&$0) }
        return message
    }
}

extension ConfigurationV1.RegisterComponentRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.component = ConfigurationV1.Component.sample(&source)
            source.leave()
        }
        if source.fills() { message.passphrase = source.text() }
        return message
    }
}

extension ConfigurationV1.HeartbeatRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.component = ConfigurationV1.Component.sample(&source)
            source.leave()
        }
        return message
    }
}

extension ConfigurationV1.RegistryAnswer: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.registered = source.flag() }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        return message
    }
}

extension ConfigurationV1.ListComponentsRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension ConfigurationV1.ListComponentsResponse: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.components = source.messages { ConfigurationV1.Component.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension ConfigurationV1.ProtectedMachine: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.machine = source.text() }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.agentMachine = source.text() }
        if source.fills() { message.agentBootID = source.text() }
        if source.fills() { message.agentSilentUs = source.number() as UInt64 }
        return message
    }
}

extension ConfigurationV1.RegisterMachineRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.machine = source.text() }
        return message
    }
}

extension ConfigurationV1.UnregisterMachineRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension ConfigurationV1.UnregisterMachineResponse: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension ConfigurationV1.GetProtectedMachineRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        return message
    }
}

extension ConfigurationV1.ConfigurationStatus: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.databaseIncarnation = source.text() }
        if source.fills() { message.synced = source.flag() }
        if source.fills() { message.registeredAddress = source.text() }
        if source.fills() { message.backupAgeUs = source.number() as UInt64 }
        if source.fills() { message.vcenterConnected = source.flag() }
        if source.fills() { message.backupAlert = source.text() }
        return message
    }
}

extension ConfigurationV1.GetConfigurationStatusRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension ConfigurationV1.SyncAssignmentsRequest: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.assignments = source.messages { CommonV1.Assignment.sample(&$0) }
        return message
    }
}

extension ConfigurationV1.SyncAssignmentsResponse: Sampled {
    static var protoFile: String { "homeward/configuration/v1/configuration.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.higher = source.messages { CommonV1.Assignment.sample(&$0) }
        return message
    }
}
