import Blocks
import Messages
import Model

/// What the scripted components tell of machines and their disks.
extension ScriptedPeers {
    func look(_ state: inout State, _ id: String) throws -> PlatformV1.Machine {
        state.machineLooks[id, default: 0] += 1
        return try machine(state, id)
    }

    func machine(_ state: State, _ id: String) throws -> PlatformV1.Machine {
        guard state.exists.contains(id) else { throw Failure(.notFound, "machine \(id)") }
        return .with {
            $0.id = id
            $0.name = id
            $0.power = state.power[id] ?? .off
            let boots = !state.unchecked.contains(id) && !state.unbootable.contains(id)
            $0.booted = state.power[id] == .on && boots
            $0.bootID = $0.power == .off ? "" : "boot-\(state.boots[id] ?? 0)"
            $0.uncleanStop = $0.power == .off && state.unclean.contains(id)
            $0.grant = state.ranUnder[id]
            $0.host = state.hostOf[id] ?? (id.hasSuffix("-cloud") ? "" : state.hosts.first?.id ?? "")
            // The scripted disks are of one side at a time; a machine that never gave them away has its own.
            $0.disks = disks(state, id, owner(state, id))
            $0.attributes = .with {
                $0.osFamily = state.systems[id] ?? "linux"
                $0.resourceGroup = state.resourceGroups[id] ?? "rg"
                $0.network = state.networks[id]
            }
        }
    }

    /// On the host that was named, if it is off; its guest carries its boot actions out.
    func boot(_ state: inout State, _ message: PlatformV1.PowerOnRequest) {
        let machine = message.machine
        if !message.host.isEmpty, state.power[machine] != .on { state.hostOf[machine] = message.host }
        guard let network = state.granted[machine]?.network, !state.deafGuests.contains(machine) else { return }
        state.networks[machine] = network
    }

    func refuseHost(_ state: State, _ message: PlatformV1.PowerOnRequest) throws(Failure) {
        guard state.exists.contains(message.machine), !message.machine.hasSuffix("-cloud"), !state.hosts.isEmpty,
            state.power[message.machine] != .on
        else { return }
        let id = message.host.isEmpty ? state.hostOf[message.machine] ?? state.hosts[0].id : message.host
        guard state.hosts.first(where: { $0.id == id })?.maintenance == false else {
            throw Failure(.operationNotAllowed, "start machine \(message.machine): host \(id) is in maintenance")
        }
    }

    func beginOverlay(_ state: inout State, _ message: PlatformV1.PowerOnRequest, _ generation: UInt64) {
        let item = message.key?.item ?? ""
        guard state.overlayGrants.contains(message.machine), state.overlays[item] == nil else { return }
        state.overlays[item] = generation
    }

    func disks(_ state: State, _ id: String, _ owner: String) -> [PlatformV1.PlatformDisk] {
        (state.disks[id] ?? state.machineDisks).map { disk in
            .with {
                $0.disk = disk
                $0.owner = state.diskOwners[id] ?? owner
                $0.datastore = state.datastoreOf[id] ?? state.datastores.first?.id ?? ""
                $0.path = state.diskPath[id] ?? "/datastore/\(owner)/\(disk.id)"
            }
        }
    }

    /// With nothing in common.
    var foreign: LineageRecord {
        let generation = Blocks.Generation(number: 9, token: [UInt8](repeating: 9, count: 16))
        return LineageRecord(
            diskID: [UInt8](repeating: 9, count: 16), size: 1 << 20,
            history: [HistoryEntry(generation: generation, startingPoint: .origin)], state: .settled)
    }

    /// Equal at both ends: nothing differs, so nothing has to be moved.
    var lineage: LineageRecord {
        let generation = Blocks.Generation(number: 1, token: [UInt8](repeating: 7, count: 16))
        return LineageRecord(
            diskID: [UInt8](repeating: 1, count: 16), size: 1 << 20,
            history: [HistoryEntry(generation: generation, startingPoint: .origin)], state: .settled)
    }
}
