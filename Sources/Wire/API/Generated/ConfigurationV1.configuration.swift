// Generated from homeward/configuration/v1/configuration.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.configuration.v1.Registry` as they are named on the wire, with their properties.
public enum RegistryMethods {
    public static let service = "homeward.configuration.v1.Registry"
    public static let registerComponent = MethodDescriptor(MethodName(service: service, method: "RegisterComponent"), .unary, .unknown)
    public static let heartbeat = MethodDescriptor(MethodName(service: service, method: "Heartbeat"), .unary, .unknown)
    public static let listComponents = MethodDescriptor(MethodName(service: service, method: "ListComponents"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [registerComponent, heartbeat, listComponents]
}

/// Registry of components, served by the configuration server for both sites and by the vault for cloud-side ones.
public protocol RegistryService: Sendable {
    /// Registers.
    func registerComponent(_ request: ConfigurationV1.RegisterComponentRequest, _ context: CallContext) async throws -> ConfigurationV1.RegistryAnswer
    /// Heartbeat.
    func heartbeat(_ request: ConfigurationV1.HeartbeatRequest, _ context: CallContext) async throws -> ConfigurationV1.RegistryAnswer
    /// All components, for the vault and for people.
    func listComponents(_ request: ConfigurationV1.ListComponentsRequest, _ context: CallContext) async throws -> ConfigurationV1.ListComponentsResponse
}

extension RegistryService {
    /// What a server routes calls of `homeward.configuration.v1.Registry` by.
    public func bound() -> BoundService {
        BoundService(name: RegistryMethods.service, methods: [
            .unary(RegistryMethods.registerComponent.name) { try await self.registerComponent($0, $1) },
            .unary(RegistryMethods.heartbeat.name) { try await self.heartbeat($0, $1) },
            .unary(RegistryMethods.listComponents.name) { try await self.listComponents($0, $1) },
        ])
    }
}

/// Calls `homeward.configuration.v1.Registry`; a call that fails throws `RPCError`.
public struct RegistryClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Registers.
    public func registerComponent(_ request: ConfigurationV1.RegisterComponentRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.RegistryAnswer {
        try await channel.unary(RegistryMethods.registerComponent, request, options)
    }

    /// Heartbeat.
    public func heartbeat(_ request: ConfigurationV1.HeartbeatRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.RegistryAnswer {
        try await channel.unary(RegistryMethods.heartbeat, request, options)
    }

    /// All components, for the vault and for people.
    public func listComponents(_ request: ConfigurationV1.ListComponentsRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.ListComponentsResponse {
        try await channel.unary(RegistryMethods.listComponents, request, options)
    }
}

/// The methods of `homeward.configuration.v1.Configuration` as they are named on the wire, with their properties.
public enum ConfigurationMethods {
    public static let service = "homeward.configuration.v1.Configuration"
    public static let getConfigurationStatus = MethodDescriptor(MethodName(service: service, method: "GetConfigurationStatus"), .unary, .noSideEffects)
    public static let registerMachine = MethodDescriptor(MethodName(service: service, method: "RegisterMachine"), .unary, .idempotent)
    public static let unregisterMachine = MethodDescriptor(MethodName(service: service, method: "UnregisterMachine"), .unary, .idempotent)
    public static let getProtectedMachine = MethodDescriptor(MethodName(service: service, method: "GetProtectedMachine"), .unary, .noSideEffects)
    public static let syncAssignments = MethodDescriptor(MethodName(service: service, method: "SyncAssignments"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [getConfigurationStatus, registerMachine, unregisterMachine, getProtectedMachine, syncAssignments]
}

/// Called by the vault.
public protocol ConfigurationService: Sendable {
    /// Its own state.
    func getConfigurationStatus(_ request: ConfigurationV1.GetConfigurationStatusRequest, _ context: CallContext) async throws -> ConfigurationV1.ConfigurationStatus
    /// Registers an item's machine.
    func registerMachine(_ request: ConfigurationV1.RegisterMachineRequest, _ context: CallContext) async throws -> ConfigurationV1.ProtectedMachine
    /// Removes it.
    func unregisterMachine(_ request: ConfigurationV1.UnregisterMachineRequest, _ context: CallContext) async throws -> ConfigurationV1.UnregisterMachineResponse
    /// One row; NOT_FOUND when there is none.
    func getProtectedMachine(_ request: ConfigurationV1.GetProtectedMachineRequest, _ context: CallContext) async throws -> ConfigurationV1.ProtectedMachine
    /// Assignments from the vault.
    func syncAssignments(_ request: ConfigurationV1.SyncAssignmentsRequest, _ context: CallContext) async throws -> ConfigurationV1.SyncAssignmentsResponse
}

extension ConfigurationService {
    /// What a server routes calls of `homeward.configuration.v1.Configuration` by.
    public func bound() -> BoundService {
        BoundService(name: ConfigurationMethods.service, methods: [
            .unary(ConfigurationMethods.getConfigurationStatus.name) { try await self.getConfigurationStatus($0, $1) },
            .unary(ConfigurationMethods.registerMachine.name) { try await self.registerMachine($0, $1) },
            .unary(ConfigurationMethods.unregisterMachine.name) { try await self.unregisterMachine($0, $1) },
            .unary(ConfigurationMethods.getProtectedMachine.name) { try await self.getProtectedMachine($0, $1) },
            .unary(ConfigurationMethods.syncAssignments.name) { try await self.syncAssignments($0, $1) },
        ])
    }
}

/// Calls `homeward.configuration.v1.Configuration`; a call that fails throws `RPCError`.
public struct ConfigurationClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Its own state.
    public func getConfigurationStatus(_ request: ConfigurationV1.GetConfigurationStatusRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.ConfigurationStatus {
        try await channel.unary(ConfigurationMethods.getConfigurationStatus, request, options)
    }

    /// Registers an item's machine.
    public func registerMachine(_ request: ConfigurationV1.RegisterMachineRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.ProtectedMachine {
        try await channel.unary(ConfigurationMethods.registerMachine, request, options)
    }

    /// Removes it.
    public func unregisterMachine(_ request: ConfigurationV1.UnregisterMachineRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.UnregisterMachineResponse {
        try await channel.unary(ConfigurationMethods.unregisterMachine, request, options)
    }

    /// One row; NOT_FOUND when there is none.
    public func getProtectedMachine(_ request: ConfigurationV1.GetProtectedMachineRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.ProtectedMachine {
        try await channel.unary(ConfigurationMethods.getProtectedMachine, request, options)
    }

    /// Assignments from the vault.
    public func syncAssignments(_ request: ConfigurationV1.SyncAssignmentsRequest, _ options: CallOptions = CallOptions()) async throws -> ConfigurationV1.SyncAssignmentsResponse {
        try await channel.unary(ConfigurationMethods.syncAssignments, request, options)
    }
}
