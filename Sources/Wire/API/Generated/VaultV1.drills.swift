// Generated from homeward/vault/v1/drills.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.vault.v1.Drills` as they are named on the wire, with their properties.
public enum DrillsMethods {
    public static let service = "homeward.vault.v1.Drills"
    public static let beginDrill = MethodDescriptor(MethodName(service: service, method: "BeginDrill"), .unary, .unknown)
    public static let cleanUpDrill = MethodDescriptor(MethodName(service: service, method: "CleanUpDrill"), .unary, .unknown)
    public static let listDrills = MethodDescriptor(MethodName(service: service, method: "ListDrills"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [beginDrill, cleanUpDrill, listDrills]
}

/// Drills of items.
public protocol DrillsService: Sendable {
    /// Begins one.
    func beginDrill(_ request: VaultV1.BeginDrillRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Ends one.
    func cleanUpDrill(_ request: VaultV1.CleanUpDrillRequest, _ context: CallContext) async throws -> VaultV1.Job
    /// Drills, those that stand and those of the past, page by page.
    func listDrills(_ request: VaultV1.ListDrillsRequest, _ context: CallContext) async throws -> VaultV1.ListDrillsResponse
}

extension DrillsService {
    /// What a server routes calls of `homeward.vault.v1.Drills` by.
    public func bound() -> BoundService {
        BoundService(name: DrillsMethods.service, methods: [
            .unary(DrillsMethods.beginDrill.name) { try await self.beginDrill($0, $1) },
            .unary(DrillsMethods.cleanUpDrill.name) { try await self.cleanUpDrill($0, $1) },
            .unary(DrillsMethods.listDrills.name) { try await self.listDrills($0, $1) },
        ])
    }
}

/// Calls `homeward.vault.v1.Drills`; a call that fails throws `RPCError`.
public struct DrillsClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Begins one.
    public func beginDrill(_ request: VaultV1.BeginDrillRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(DrillsMethods.beginDrill, request, options)
    }

    /// Ends one.
    public func cleanUpDrill(_ request: VaultV1.CleanUpDrillRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.Job {
        try await channel.unary(DrillsMethods.cleanUpDrill, request, options)
    }

    /// Drills, those that stand and those of the past, page by page.
    public func listDrills(_ request: VaultV1.ListDrillsRequest, _ options: CallOptions = CallOptions()) async throws -> VaultV1.ListDrillsResponse {
        try await channel.unary(DrillsMethods.listDrills, request, options)
    }
}
