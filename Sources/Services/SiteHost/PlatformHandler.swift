import API
import Contract
import MachineFiles
import MessageCoding
import Messages
import Model
import RPC
import Receivers

/// `homeward.platform.v1.Platform`: decodes and checks requests.
struct PlatformHandler: PlatformService {
    private let host: SiteHost

    init(_ host: SiteHost) { self.host = host }

    func getPlatform(
        _ request: PlatformV1.GetPlatformRequest, _ context: CallContext
    ) async throws -> PlatformV1.PlatformStatus {
        try await answering("read the platform's state") { try await host.status() }
    }

    func getMachine(
        _ request: PlatformV1.GetMachineRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await answering("read a machine") { try await host.machine(MachineID(request.machine)) }
    }

    func listMachines(
        _ request: PlatformV1.ListMachinesRequest, _ context: CallContext
    ) async throws -> PlatformV1.ListMachinesResponse {
        try await answering("list machines") {
            guard request.pageSize <= largestPage else {
                throw Failure(.invalidArgument, "list machines: a page has at most \(largestPage)")
            }
            let size = request.pageSize == 0 ? usualPage : Int(request.pageSize)
            let token = request.pageToken.isEmpty ? nil : try MachineID(request.pageToken)
            let (page, more) = try await host.machines(
                after: token, size: size, names: request.names, disks: request.disks.map { try DiskID($0) })
            return .with {
                $0.machines = page
                $0.nextPageToken = more ? page.last?.id ?? "" : ""
            }
        }
    }

    func createMachine(
        _ request: PlatformV1.CreateMachineRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await answering("create a machine") {
            try await host.create(call(request, request.key, nil) { $0.key = nil }, definition(request))
        }
    }

    func deleteMachine(
        _ request: PlatformV1.DeleteMachineRequest, _ context: CallContext
    ) async throws -> PlatformV1.DeleteMachineResponse {
        try await answering("delete machine \(request.machine)") {
            let generation = request.generation == nil ? nil : try Generation(request.generation)
            return try await host.delete(
                call(request, request.key, generation) { $0.key = nil }, MachineID(request.machine))
        }
    }

    func placeGrant(
        _ request: PlatformV1.PlaceGrantRequest, _ context: CallContext
    ) async throws -> PlatformV1.GrantResponse {
        try await answering("place a grant") {
            let grant = try GrantFile(request.grant, hostBoot: host.hostBoot)
            let generation = try grant.generation.value()
            return try await host.placeGrant(call(request, request.key, generation) { $0.key = nil }, grant)
        }
    }

    func withdrawGrant(
        _ request: PlatformV1.WithdrawGrantRequest, _ context: CallContext
    ) async throws -> PlatformV1.GrantResponse {
        try await answering("withdraw the grant of machine \(request.machine)") {
            try await host.withdrawGrant(
                call(request, request.key, nil) { $0.key = nil }, MachineID(request.machine),
                Generation(request.generation))
        }
    }

    func powerOn(_ request: PlatformV1.PowerOnRequest, _ context: CallContext) async throws -> PlatformV1.Machine {
        try await answering("start machine \(request.machine)") {
            let machine = try MachineID(request.machine)
            guard request.generation != nil else {
                return try await host.powerOnTest(call(request, request.key, nil) { $0.key = nil }, machine)
            }
            let generation = try Generation(request.generation)
            return try await host.powerOn(
                call(request, request.key, generation) { $0.key = nil }, machine, generation, on: request.host)
        }
    }

    func powerOff(_ request: PlatformV1.PowerOffRequest, _ context: CallContext) async throws -> PlatformV1.Machine {
        try await answering("stop machine \(request.machine)") {
            guard request.gracefulUs <= longestGrace else {
                throw Failure(.invalidArgument, "stop machine \(request.machine): graceful_us is above ten minutes")
            }
            let generation = request.generation == nil ? nil : try Generation(request.generation)
            return try await host.powerOff(
                call(request, request.key, generation) { $0.key = nil }, MachineID(request.machine),
                graceful: .microseconds(Int64(request.gracefulUs)), keepAgent: request.keepAgent)
        }
    }

    func attachDisks(
        _ request: PlatformV1.AttachDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.AttachDisksResponse {
        try await answering("attach disks of machine \(request.machine)") {
            let attachment = Attachment(
                machine: try MachineID(request.machine), owner: try DiskOwner(request.owner),
                disks: try request.disks.map { try DiskID($0) },
                item: request.replicaOfItem.isEmpty ? nil : try ItemID(request.replicaOfItem))
            guard Set(attachment.disks).count == attachment.disks.count else {
                throw Failure(.invalidArgument, "attach disks: one is named twice")
            }
            return try await host.attach(
                call(request, request.key, Generation(request.generation)) { $0.key = nil }, attachment)
        }
    }

    func createReplicaDisks(
        _ request: PlatformV1.CreateReplicaDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.AttachDisksResponse {
        try await answering("create the replica disks of item \(request.item)") {
            let disks = try request.disks.map { try DiskDescription($0) }
            guard !disks.isEmpty, disks.count <= mostDisks, Set(disks.map(\.id)).count == disks.count else {
                throw Failure(.invalidArgument, "create replica disks: name 1 to \(mostDisks) different disks")
            }
            let making = request.keep ? host.keepReplica : host.createReplica
            return try await making(
                call(request, request.key, nil) { $0.key = nil }, ItemID(request.item),
                MasterTargetID(request.masterTarget), disks, request.datastore)
        }
    }

    func deleteReplicaDisks(
        _ request: PlatformV1.DeleteReplicaDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.DeleteReplicaDisksResponse {
        try await answering("delete the replica disks of item \(request.item)") {
            try await host.deleteReplica(
                call(request, request.key, nil) { $0.key = nil }, ItemID(request.item),
                MasterTargetID(request.masterTarget))
        }
    }

    func removeSnapshots(
        _ request: PlatformV1.RemoveSnapshotsRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await answering("remove the snapshots of machine \(request.machine)") {
            try await host.removeSnapshots(
                call(request, request.key, nil) { $0.key = nil }, MachineID(request.machine))
        }
    }

    /// Without a machine the change is the site's: its snapshots are those of the master target there.
    func setInventory(
        _ request: PlatformV1.SetInventoryRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await answering("change the inventory") {
            guard request.snapshots.count <= mostSnapshots else {
                throw Failure(.invalidArgument, "change the inventory: more than \(mostSnapshots) snapshots")
            }
            if request.machine.isEmpty {
                guard request.attributes == nil, request.guest == nil else {
                    throw Failure(
                        .invalidArgument, "change the site's inventory: attributes and guest are of a machine")
                }
                try host.refuseUnknown(request.site)
                try await host.store.setSite(masterTargetSnapshots: request.snapshots, request.site)
                return PlatformV1.Machine()
            }
            _ = try NetworkSettings(request.attributes?.network)
            guard request.site == nil else {
                throw Failure(.invalidArgument, "change machine \(request.machine): it has no inventory of the site")
            }
            return try await host.setInventory(
                MachineID(request.machine), snapshots: request.snapshots, attributes: request.attributes,
                guest: request.guest)
        }
    }

    func changeDisks(
        _ request: PlatformV1.ChangeDisksRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await answering("change the disks of machine \(request.machine)") {
            let disks = try request.disks.map { try DiskDescription($0) }
            guard !disks.isEmpty, disks.count <= mostDisks, Set(disks.map(\.id)).count == disks.count else {
                throw Failure(
                    .invalidArgument, "change the disks of machine \(request.machine): name 1 to \(mostDisks) "
                        + "different disks")
            }
            return try await host.changeDisks(MachineID(request.machine), disks)
        }
    }

    func outOfBandPowerOn(
        _ request: PlatformV1.OutOfBandPowerOnRequest, _ context: CallContext
    ) async throws -> PlatformV1.Machine {
        try await answering("start machine \(request.machine) out of band") {
            try await host.startUnchecked(MachineID(request.machine))
        }
    }

    // MARK: Decoding

    private func call<Q: WireMessage>(
        _ request: Q, _ key: CommonV1.OperationKey?, _ generation: Generation?, without clear: (inout Q) -> Void
    ) throws -> EffectCall {
        var body = request
        clear(&body)
        return EffectCall(
            key: try OperationKey(key), epoch: key?.vaultEpoch ?? 0, generation: generation, request: body)
    }

    private func definition(_ request: PlatformV1.CreateMachineRequest) throws -> MachineDefinition {
        guard let machine = request.machine else {
            throw Failure(.invalidArgument, "create a machine: it is missing")
        }
        let branch = request.branchSocket.isEmpty ? nil : try BranchSource(request)
        let disks = request.withoutDisks || branch != nil ? [] : machine.disks
        guard disks.count <= mostDisks, request.importImages.count <= disks.count else {
            throw Failure(
                .invalidArgument, "create machine \(machine.id): it may have \(mostDisks) disks, and no more images "
                    + "than disks")
        }
        let definitions = try disks.enumerated().map { place, disk in
            guard let disk = disk.disk else {
                throw Failure(.invalidArgument, "create machine \(machine.id): disk \(place) has no description")
            }
            let image = place < request.importImages.count ? request.importImages[place] : ""
            let size = disk.bytes == 0 && !image.isEmpty ? nil : try DiskDescription(disk).size
            return MachineDefinition.Disk(
                id: try DiskID(disk.id), index: Int(disk.index), size: size, image: image.isEmpty ? nil : image)
        }
        guard Set(definitions.map(\.id)).count == disks.count, Set(definitions.map(\.index)).count == disks.count else {
            throw Failure(.invalidArgument, "create machine \(machine.id): two disks have the same id or place")
        }
        _ = try NetworkSettings(machine.attributes?.network)
        return MachineDefinition(
            id: try MachineID(machine.id), name: machine.name.isEmpty ? machine.id : machine.name,
            attributes: machine.attributes ?? PlatformV1.Attributes(), guest: machine.guest ?? PlatformV1.Guest(),
            snapshots: machine.snapshots, host: machine.host, disks: definitions, branch: branch)
    }
}

private let usualPage = 100
private let largestPage: UInt32 = 500
/// As many as a virtual machine of vSphere has (four controllers with 15 each, rounded up).
let mostDisks = 64
/// As many as a virtual machine of vSphere has in a chain.
private let mostSnapshots = 32
/// Longer than any guest that stops by itself.
private let longestGrace: UInt64 = 600_000_000
