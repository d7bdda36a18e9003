import API
import Contract
import Environment
import Messages
import Model
import RPC

/// `homeward.platform.v1.Platform` for home: the vault never reaches vCenter itself.
///
/// Keys and generations pass through; the platform makes the effect once. Item commands wait for the sync with the
/// vault.
struct PlatformForwarder: PlatformService {
    let platform: PlatformClient
    let core: ConfigurationCore
    let failpoints: any Failpoints

    private func forward<Q: Sendable, R: Sendable>(
        _ what: String, _ request: Q, _ context: CallContext,
        _ call: @Sendable (Q, CallOptions) async throws -> R
    ) async throws -> R {
        try await answering("\(what) at the home platform") {
            try await core.requireSynced(what)
            await failpoints.rest("forward.acting")
            let answer = try await calling("\(what) at the home platform") {
                try await call(request, CallOptions(timeout: platformTimeout))
            }
            await failpoints.rest("forward.acted")
            return answer
        }
    }

    func getPlatform(
        _ request: PlatformV1.GetPlatformRequest, _ context: CallContext
    ) async throws -> PlatformV1.PlatformStatus { await core.platformStatus() }

    func getMachine(
        _ request: PlatformV1.GetMachineRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await forward("find machine \(request.machine)", request, context, platform.getMachine)
    }

    func listMachines(
        _ request: PlatformV1.ListMachinesRequest, _ context: CallContext
    ) async throws -> PlatformV1.ListMachinesResponse {
        try await forward("list machines", request, context, platform.listMachines)
    }

    func createMachine(
        _ request: PlatformV1.CreateMachineRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await forward("create a machine", request, context, platform.createMachine)
    }

    func deleteMachine(
        _ request: PlatformV1.DeleteMachineRequest, _ context: CallContext
    ) async throws -> PlatformV1.DeleteMachineResponse {
        try await forward("delete machine \(request.machine)", request, context, platform.deleteMachine)
    }

    func placeGrant(
        _ request: PlatformV1.PlaceGrantRequest, _ context: CallContext
    ) async throws -> PlatformV1.GrantResponse {
        try await forward("place a grant", request, context, platform.placeGrant)
    }

    func withdrawGrant(
        _ request: PlatformV1.WithdrawGrantRequest, _ context: CallContext
    ) async throws -> PlatformV1.GrantResponse {
        try await forward("withdraw a grant", request, context, platform.withdrawGrant)
    }

    func powerOn(_ request: PlatformV1.PowerOnRequest, _ context: CallContext) async throws -> PlatformV1.Machine {
        try await forward("power on \(request.machine)", request, context, platform.powerOn)
    }

    func powerOff(_ request: PlatformV1.PowerOffRequest, _ context: CallContext) async throws -> PlatformV1.Machine {
        try await forward("power off \(request.machine)", request, context, platform.powerOff)
    }

    func attachDisks(
        _ request: PlatformV1.AttachDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.AttachDisksResponse {
        try await forward("attach disks of \(request.machine)", request, context, platform.attachDisks)
    }

    func createReplicaDisks(
        _ request: PlatformV1.CreateReplicaDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.AttachDisksResponse {
        try await forward("create replica disks", request, context, platform.createReplicaDisks)
    }

    func deleteReplicaDisks(
        _ request: PlatformV1.DeleteReplicaDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.DeleteReplicaDisksResponse {
        try await forward("delete replica disks", request, context, platform.deleteReplicaDisks)
    }

    func removeSnapshots(
        _ request: PlatformV1.RemoveSnapshotsRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await forward("remove snapshots of \(request.machine)", request, context, platform.removeSnapshots)
    }

    func setInventory(
        _ request: PlatformV1.SetInventoryRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await forward("change the inventory", request, context, platform.setInventory)
    }

    func changeDisks(
        _ request: PlatformV1.ChangeDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        throw Failure(
            .permissionDenied, "change the disks of \(request.machine): only a person at the platform itself can"
        ).rpcError
    }

    func outOfBandPowerOn(
        _ request: PlatformV1.OutOfBandPowerOnRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        throw Failure(
            .permissionDenied, "power on \(request.machine) past all checks: only a person at the platform itself can"
        ).rpcError
    }
}
