// Generated from homeward/platform/v1/platform.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.platform.v1.Platform` as they are named on the wire, with their properties.
public enum PlatformMethods {
    public static let service = "homeward.platform.v1.Platform"
    public static let getPlatform = MethodDescriptor(MethodName(service: service, method: "GetPlatform"), .unary, .noSideEffects)
    public static let getMachine = MethodDescriptor(MethodName(service: service, method: "GetMachine"), .unary, .noSideEffects)
    public static let listMachines = MethodDescriptor(MethodName(service: service, method: "ListMachines"), .unary, .noSideEffects)
    public static let createMachine = MethodDescriptor(MethodName(service: service, method: "CreateMachine"), .unary, .idempotent)
    public static let deleteMachine = MethodDescriptor(MethodName(service: service, method: "DeleteMachine"), .unary, .idempotent)
    public static let placeGrant = MethodDescriptor(MethodName(service: service, method: "PlaceGrant"), .unary, .idempotent)
    public static let withdrawGrant = MethodDescriptor(MethodName(service: service, method: "WithdrawGrant"), .unary, .idempotent)
    public static let powerOn = MethodDescriptor(MethodName(service: service, method: "PowerOn"), .unary, .idempotent)
    public static let powerOff = MethodDescriptor(MethodName(service: service, method: "PowerOff"), .unary, .idempotent)
    public static let attachDisks = MethodDescriptor(MethodName(service: service, method: "AttachDisks"), .unary, .idempotent)
    public static let createReplicaDisks = MethodDescriptor(MethodName(service: service, method: "CreateReplicaDisks"), .unary, .idempotent)
    public static let deleteReplicaDisks = MethodDescriptor(MethodName(service: service, method: "DeleteReplicaDisks"), .unary, .idempotent)
    public static let removeSnapshots = MethodDescriptor(MethodName(service: service, method: "RemoveSnapshots"), .unary, .idempotent)
    public static let setInventory = MethodDescriptor(MethodName(service: service, method: "SetInventory"), .unary, .unknown)
    public static let changeDisks = MethodDescriptor(MethodName(service: service, method: "ChangeDisks"), .unary, .unknown)
    public static let outOfBandPowerOn = MethodDescriptor(MethodName(service: service, method: "OutOfBandPowerOn"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [getPlatform, getMachine, listMachines, createMachine, deleteMachine, placeGrant, withdrawGrant, powerOn, powerOff, attachDisks, createReplicaDisks, deleteReplicaDisks, removeSnapshots, setInventory, changeDisks, outOfBandPowerOn]
}

/// The platform of a site.
public protocol PlatformService: Sendable {
    /// The platform's own state.
    func getPlatform(_ request: PlatformV1.GetPlatformRequest, _ context: CallContext) async throws -> PlatformV1.PlatformStatus
    /// One machine; NOT_FOUND when there is none.
    func getMachine(_ request: PlatformV1.GetMachineRequest, _ context: CallContext) async throws -> PlatformV1.Machine
    /// Machines, page by page.
    func listMachines(_ request: PlatformV1.ListMachinesRequest, _ context: CallContext) async throws -> PlatformV1.ListMachinesResponse
    /// Creates a machine.
    func createMachine(_ request: PlatformV1.CreateMachineRequest, _ context: CallContext) async throws -> PlatformV1.Machine
    /// Deletes a machine that has no power.
    func deleteMachine(_ request: PlatformV1.DeleteMachineRequest, _ context: CallContext) async throws -> PlatformV1.DeleteMachineResponse
    /// Places a power-on grant.
    func placeGrant(_ request: PlatformV1.PlaceGrantRequest, _ context: CallContext) async throws -> PlatformV1.GrantResponse
    /// Withdraws a power-on grant.
    func withdrawGrant(_ request: PlatformV1.WithdrawGrantRequest, _ context: CallContext) async throws -> PlatformV1.GrantResponse
    /// Starts a machine under its grant.
    func powerOn(_ request: PlatformV1.PowerOnRequest, _ context: CallContext) async throws -> PlatformV1.Machine
    /// Stops a machine; the answer means that it was seen to be stopped.
    func powerOff(_ request: PlatformV1.PowerOffRequest, _ context: CallContext) async throws -> PlatformV1.Machine
    /// Moves disks between owners.
    func attachDisks(_ request: PlatformV1.AttachDisksRequest, _ context: CallContext) async throws -> PlatformV1.AttachDisksResponse
    /// Creates blank disks for a replica.
    func createReplicaDisks(_ request: PlatformV1.CreateReplicaDisksRequest, _ context: CallContext) async throws -> PlatformV1.AttachDisksResponse
    /// Deletes the disks of a replica.
    func deleteReplicaDisks(_ request: PlatformV1.DeleteReplicaDisksRequest, _ context: CallContext) async throws -> PlatformV1.DeleteReplicaDisksResponse
    /// Merges and removes a machine's snapshots.
    func removeSnapshots(_ request: PlatformV1.RemoveSnapshotsRequest, _ context: CallContext) async throws -> PlatformV1.Machine
    /// An administrator's change (lab).
    func setInventory(_ request: PlatformV1.SetInventoryRequest, _ context: CallContext) async throws -> PlatformV1.Machine
    /// An administrator's change to a machine's disks (lab).
    func changeDisks(_ request: PlatformV1.ChangeDisksRequest, _ context: CallContext) async throws -> PlatformV1.Machine
    /// Starts a machine past every check (lab).
    func outOfBandPowerOn(_ request: PlatformV1.OutOfBandPowerOnRequest, _ context: CallContext) async throws -> PlatformV1.Machine
}

extension PlatformService {
    /// What a server routes calls of `homeward.platform.v1.Platform` by.
    public func bound() -> BoundService {
        BoundService(name: PlatformMethods.service, methods: [
            .unary(PlatformMethods.getPlatform.name) { try await self.getPlatform($0, $1) },
            .unary(PlatformMethods.getMachine.name) { try await self.getMachine($0, $1) },
            .unary(PlatformMethods.listMachines.name) { try await self.listMachines($0, $1) },
            .unary(PlatformMethods.createMachine.name) { try await self.createMachine($0, $1) },
            .unary(PlatformMethods.deleteMachine.name) { try await self.deleteMachine($0, $1) },
            .unary(PlatformMethods.placeGrant.name) { try await self.placeGrant($0, $1) },
            .unary(PlatformMethods.withdrawGrant.name) { try await self.withdrawGrant($0, $1) },
            .unary(PlatformMethods.powerOn.name) { try await self.powerOn($0, $1) },
            .unary(PlatformMethods.powerOff.name) { try await self.powerOff($0, $1) },
            .unary(PlatformMethods.attachDisks.name) { try await self.attachDisks($0, $1) },
            .unary(PlatformMethods.createReplicaDisks.name) { try await self.createReplicaDisks($0, $1) },
            .unary(PlatformMethods.deleteReplicaDisks.name) { try await self.deleteReplicaDisks($0, $1) },
            .unary(PlatformMethods.removeSnapshots.name) { try await self.removeSnapshots($0, $1) },
            .unary(PlatformMethods.setInventory.name) { try await self.setInventory($0, $1) },
            .unary(PlatformMethods.changeDisks.name) { try await self.changeDisks($0, $1) },
            .unary(PlatformMethods.outOfBandPowerOn.name) { try await self.outOfBandPowerOn($0, $1) },
        ])
    }
}

/// Calls `homeward.platform.v1.Platform`; a call that fails throws `RPCError`.
public struct PlatformClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// The platform's own state.
    public func getPlatform(_ request: PlatformV1.GetPlatformRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.PlatformStatus {
        try await channel.unary(PlatformMethods.getPlatform, request, options)
    }

    /// One machine; NOT_FOUND when there is none.
    public func getMachine(_ request: PlatformV1.GetMachineRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.getMachine, request, options)
    }

    /// Machines, page by page.
    public func listMachines(_ request: PlatformV1.ListMachinesRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.ListMachinesResponse {
        try await channel.unary(PlatformMethods.listMachines, request, options)
    }

    /// Creates a machine.
    public func createMachine(_ request: PlatformV1.CreateMachineRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.createMachine, request, options)
    }

    /// Deletes a machine that has no power.
    public func deleteMachine(_ request: PlatformV1.DeleteMachineRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.DeleteMachineResponse {
        try await channel.unary(PlatformMethods.deleteMachine, request, options)
    }

    /// Places a power-on grant.
    public func placeGrant(_ request: PlatformV1.PlaceGrantRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.GrantResponse {
        try await channel.unary(PlatformMethods.placeGrant, request, options)
    }

    /// Withdraws a power-on grant.
    public func withdrawGrant(_ request: PlatformV1.WithdrawGrantRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.GrantResponse {
        try await channel.unary(PlatformMethods.withdrawGrant, request, options)
    }

    /// Starts a machine under its grant.
    public func powerOn(_ request: PlatformV1.PowerOnRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.powerOn, request, options)
    }

    /// Stops a machine; the answer means that it was seen to be stopped.
    public func powerOff(_ request: PlatformV1.PowerOffRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.powerOff, request, options)
    }

    /// Moves disks between owners.
    public func attachDisks(_ request: PlatformV1.AttachDisksRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.AttachDisksResponse {
        try await channel.unary(PlatformMethods.attachDisks, request, options)
    }

    /// Creates blank disks for a replica.
    public func createReplicaDisks(_ request: PlatformV1.CreateReplicaDisksRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.AttachDisksResponse {
        try await channel.unary(PlatformMethods.createReplicaDisks, request, options)
    }

    /// Deletes the disks of a replica.
    public func deleteReplicaDisks(_ request: PlatformV1.DeleteReplicaDisksRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.DeleteReplicaDisksResponse {
        try await channel.unary(PlatformMethods.deleteReplicaDisks, request, options)
    }

    /// Merges and removes a machine's snapshots.
    public func removeSnapshots(_ request: PlatformV1.RemoveSnapshotsRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.removeSnapshots, request, options)
    }

    /// An administrator's change (lab).
    public func setInventory(_ request: PlatformV1.SetInventoryRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.setInventory, request, options)
    }

    /// An administrator's change to a machine's disks (lab).
    public func changeDisks(_ request: PlatformV1.ChangeDisksRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.changeDisks, request, options)
    }

    /// Starts a machine past every check (lab).
    public func outOfBandPowerOn(_ request: PlatformV1.OutOfBandPowerOnRequest, _ options: CallOptions = CallOptions()) async throws -> PlatformV1.Machine {
        try await channel.unary(PlatformMethods.outOfBandPowerOn, request, options)
    }
}
