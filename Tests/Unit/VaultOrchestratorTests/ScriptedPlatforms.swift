import MessageCoding
import Messages
import Model

/// A platform's disks and grants, and what happens to machines besides what the vault asks for.
extension ScriptedPeers {
    var disk: CommonV1.Disk { Self.disk() }

    static func disk(_ id: String = "d1", index: UInt32 = 0, bytes: UInt64 = 1 << 20) -> CommonV1.Disk {
        .with {
            $0.id = id
            $0.index = index
            $0.bytes = bytes
        }
    }

    enum Happening: Sendable {
        /// Its host boots, and starts it by itself if so configured.
        case hostBoots(autostart: Bool)
        /// A person starts it.
        case isStarted
    }

    /// Of a machine that was just acted on.
    func happen(_ state: inout State, after call: String, _ machine: String) {
        guard let (awaited, happening) = state.happensAfter, awaited == call else { return }
        state.happensAfter = nil
        switch happening {
        case .hostBoots(let autostart):
            state.hostBoot += "-again"
            state.power[machine] = autostart && state.power[machine] == .on ? .on : .off
            guard state.power[machine] == .on else { return }
        case .isStarted: state.power[machine] = .on
        }
        state.unchecked.insert(machine)
        state.boots[machine, default: 0] += 1
    }

    func register(
        _ state: inout State, _ name: String, _ message: ConfigurationV1.RegisterMachineRequest
    ) throws -> [UInt8] {
        let before = state.machines[message.item]
        guard state.exists.contains(message.machine) else { throw Failure(.notFound, "machine \(message.machine)") }
        state.machines[message.item] = message.machine
        do {
            return try once(&state, name, "RegisterMachine", message.key, nil) { _ in
                ConfigurationV1.ProtectedMachine.with { $0.disks = [disk] }
            }
        } catch let failure as Failure where failure.code == .dataCorrupt {
            // Refused: nothing was written.
            state.machines[message.item] = before
            throw failure
        }
    }

    func disksAndGrants(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> [UInt8] {
        let holder = name == "cs" ? "platform-home" : name
        switch method {
        case "AttachDisks":
            let message = try PlatformV1.AttachDisksRequest(wire: request)
            return try once(&state, name, method, message.key, message.generation, holder: holder) { state in
                let item = message.key?.item ?? ""
                guard name != "platform" || !state.goneDisks.contains(item) else {
                    throw Failure(.notFound, "attach the disks of machine \(message.machine): it has none")
                }
                state.owner[message.key?.item ?? ""] = message.owner
                state.attached.append((message.machine, message.owner, message.disks))
                return PlatformV1.AttachDisksResponse.with {
                    $0.disks = disks(state, message.machine, message.owner)
                }
            }
        case "PlaceGrant":
            return try placeGrant(&state, name, PlatformV1.PlaceGrantRequest(wire: request), holder: holder)
        case "WithdrawGrant":
            let message = try PlatformV1.WithdrawGrantRequest(wire: request)
            return try once(&state, name, method, message.key, nil) { state in
                let held = state.grants[message.machine]?.generation ?? 0
                if held <= message.generation?.number ?? 0 { state.grants[message.machine] = nil }
                return PlatformV1.GrantResponse()
            }
        case "ListMachines":
            return PlatformV1.ListMachinesResponse.with {
                $0.machines = state.exists.sorted().compactMap { try? machine(state, $0) }
            }.wireBytes()
        case "RemoveSnapshots":
            let message = try PlatformV1.RemoveSnapshotsRequest(wire: request)
            return try once(&state, name, method, message.key, nil) { try machine($0, message.machine) }
        case "CreateReplicaDisks":
            let message = try PlatformV1.CreateReplicaDisksRequest(wire: request)
            let machine = state.machines[message.item] ?? ""
            return try once(&state, name, method, message.key, nil) { state in
                guard (state.replicas[machine] ?? message.item) == message.item else {
                    throw Failure(.alreadyExists, "disks of \(machine) belong to another item")
                }
                if message.keep {
                    let former = state.owner[message.item] ?? "master-target/mt-cloud"
                    let holder = String(former.dropFirst("master-target/".count))
                    if holder != message.masterTarget { try refuseLocked(state, holder, message.item) }
                    state.owner[message.item] = "master-target/\(message.masterTarget)"
                } else {
                    try refuseLocked(state, message.masterTarget, message.item)
                }
                state.replicas[machine] = message.item
                if name == "platform" { state.goneDisks.remove(message.item) }
                if !message.datastore.isEmpty { state.datastoreOf[machine] = message.datastore }
                return PlatformV1.AttachDisksResponse()
            }
        case "DeleteReplicaDisks":
            let message = try PlatformV1.DeleteReplicaDisksRequest(wire: request)
            let machine = state.machines[message.item] ?? ""
            return try once(&state, name, method, message.key, nil) { state in
                try refuseLocked(state, message.masterTarget, message.item)
                state.replicas[machine] = nil
                if name == "platform" { state.goneDisks.insert(message.item) }
                return PlatformV1.DeleteReplicaDisksResponse()
            }
        default: throw Failure(.unsupported, "\(method) at \(name)")
        }
    }

    private func placeGrant(
        _ state: inout State, _ name: String, _ message: PlatformV1.PlaceGrantRequest, holder: String
    ) throws -> [UInt8] {
        // What another key asked for may differ, what this one asks for may not (rule K1).
        let key = name + (try OperationKey(message.key).canonical)
        if let asked = state.asked[key], asked != message.grant?.wireBytes() {
            throw Failure(.operationKeyReused, "place a grant of machine \(message.grant?.machine ?? "")")
        }
        state.asked[key] = message.grant?.wireBytes()
        return try once(&state, name, "PlaceGrant", message.key, message.grant?.generation, holder: holder) { state in
            if message.grant?.kind == .released {
                state.released[message.grant?.machine ?? ""] = message.grant?.generation?.number
            } else {
                state.released[message.grant?.machine ?? ""] = nil
            }
            let generation = message.grant?.generation?.number ?? 0
            let machine = message.grant?.machine ?? ""
            state.grants[machine] = (generation, state.hostBoot)
            state.leftOut["grant \(machine)"] = message.grant?.leftOut
            state.granted[machine] = message.grant
            if message.grant?.overlay == true {
                state.overlayGrants.insert(machine)
            } else {
                state.overlayGrants.remove(machine)
            }
            // A machine that goes on running does so under its new grant.
            if state.power[machine] == .on { state.ranUnder[machine] = message.grant?.generation }
            return PlatformV1.GrantResponse.with { $0.grant = message.grant }
        }
    }

    /// Disks are moved and deleted only under their lock, which one that is away does not hold.
    private func refuseLocked(_ state: State, _ target: String, _ item: String) throws(Failure) {
        guard state.away.contains(target) || !state.lockedReplicas.contains("\(target)/\(item)") else {
            throw Failure(.busy, "lock the disks of \(item): \(target) has them open")
        }
    }
}
