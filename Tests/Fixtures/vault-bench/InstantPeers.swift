import API
import Blocks
import Contract
import MessageCoding
import Messages
import Model
import RPC
import Synchronization

/// The components of both sites as far as a vault's operations ask for them, answering at once and from memory. Every
/// item is one home machine of one disk; both copies always agree, so that nothing has to be moved.
///
/// They keep what the vault looks at afterwards (power, owners of disks, points) and check nothing: what a wrong order
/// of calls comes to is the tests' business.
final class InstantPeers: Sendable {
    static let addresses = [
        "cs-home": "127.0.1.2", "ps-home": "127.0.1.3", "mt-home": "127.0.1.4", "platform": "127.0.2.1",
        "ps-cloud": "127.0.2.3", "mt-cloud": "127.0.2.4",
    ]
    static let port = 7100

    private struct Machine {
        var power = PlatformV1.Power.on
        var boots = 0
        var owner = ""
        var grant: CommonV1.Generation?
        /// Its agent refuses guest writes.
        var isClosed = false
    }

    private struct State {
        var machines: [String: Machine] = [:]
        /// Newest first; a few of each item.
        var points: [String: [TargetV1.RecoveryPoint]] = [:]
    }

    private let state = Mutex(State())
    private static let keptPoints = 4

    /// `name` is the component that is asked.
    func answer(_ name: String, _ method: String, _ request: [UInt8]) throws -> [UInt8] {
        try state.withLock { state in
            switch method {
            case "Assign":
                let assignment = try CommonV1.AssignRequest(wire: request).assignment
                return CommonV1.AssignResponse.with { $0.assignment = assignment }.wireBytes()
            case "GetOperation": return CommonV1.Operation.with { $0.state = .notSeen }.wireBytes()
            case "Census":
                return CommonV1.CensusResponse.with { if name == "cs-home" { $0.behind = .init() } }.wireBytes()
            case "ForgetJob": return CommonV1.ForgetJobResponse().wireBytes()
            case "GetAgent": return try agent(state, AgentV1.GetAgentRequest(wire: request).machine).wireBytes()
            case "CommandAgent":
                return try command(&state, AgentV1.CommandAgentRequest(wire: request)).wireBytes()
            case "GetConfigurationStatus":
                return ConfigurationV1.ConfigurationStatus.with { $0.synced = true }.wireBytes()
            case "GetProtectedMachine":
                return ConfigurationV1.ProtectedMachine.with { $0.item = "x" }.wireBytes()
            case "RegisterMachine":
                return ConfigurationV1.ProtectedMachine.with { $0.disks = [disk] }.wireBytes()
            case "UnregisterMachine": return ConfigurationV1.UnregisterMachineResponse().wireBytes()
            case "OpenRelay", "CloseRelay": return ProcessV1.Relay().wireBytes()
            default:
                return name.hasPrefix("mt-")
                    ? try target(&state, method, request) : try platform(&state, method, request)
            }
        }
    }

    // MARK: Agents

    private func agent(_ state: State, _ machine: String) throws -> AgentV1.Agent {
        guard let known = state.machines[machine], known.power != .off else {
            throw RPCError(.notFound, "the agent of \(machine) is not attached")
        }
        return .with {
            $0.attached = true
            $0.silentUs = 100_000
            $0.status = .with {
                $0.tracking = .streaming
                $0.service = known.isClosed ? .closed : .serving
                $0.rpoUs = 1_000_000
            }
            $0.hello = .with {
                $0.bootID = "boot-\(known.boots)"
                $0.machine = machine
            }
        }
    }

    private func command(
        _ state: inout State, _ request: AgentV1.CommandAgentRequest
    ) throws -> AgentV1.AgentCommandResult {
        let item = request.command?.key?.item ?? ""
        var result = AgentV1.AgentCommandResult()
        switch request.command?.command {
        case .fence:
            state.machines[request.machine]?.isClosed = true
            result.result = .fence(.init())
        case .assign(let assign): result.result = .assigned(assign.assignment ?? .init())
        case .openSession(let open):
            add(&state, item) { $0.generation = open.generation }
            result.result = .session(.with { $0.open = true })
        case .drain:
            let number = add(&state, item) { $0.final = true }
            result.result = .drain(.with { $0.finalNumber = number })
        case .cut:
            let number = add(&state, item) { _ in }
            result.result = .cut(.with { $0.number = number })
        case .report:
            let isClosed = state.machines[request.machine]?.isClosed ?? false
            result.result = .report(
                .with {
                    $0.status = .with { $0.service = isClosed ? .closed : .serving }
                    $0.disks = [.with { $0.disk = disk.id; $0.record = lineage }]
                })
        case .mergeOverlay: result.result = .mergeOverlay(.with { $0.complete = true })
        default: result.result = .session(.init())
        }
        return result
    }

    /// One more point; its number.
    @discardableResult
    private func add(
        _ state: inout State, _ item: String, _ change: (inout TargetV1.RecoveryPoint) -> Void
    ) -> UInt64 {
        var point = TargetV1.RecoveryPoint()
        point.number = (state.points[item]?.first?.number ?? 0) + 1
        point.applied = true
        change(&point)
        state.points[item] = [point] + (state.points[item] ?? []).prefix(Self.keptPoints - 1)
        return point.number
    }

    // MARK: Master targets

    private func target(_ state: inout State, _ method: String, _ request: [UInt8]) throws -> [UInt8] {
        switch method {
        case "ListPoints":
            let item = try TargetV1.ListPointsRequest(wire: request).item
            return TargetV1.ListPointsResponse.with { $0.points = state.points[item] ?? [] }.wireBytes()
        case "PinPoint":
            let message = try TargetV1.PinPointRequest(wire: request)
            let points = state.points[message.item] ?? []
            let pinned = message.number == 0 ? points.first : points.first { $0.number == message.number }
            guard let pinned else { throw RPCError(.notFound, "point \(message.number) of \(message.item)") }
            return pinned.wireBytes()
        case "UnpinPoint":
            return replica(state, try TargetV1.UnpinPointRequest(wire: request).item).wireBytes()
        case "VerifyReplica":
            return TargetV1.VerifyReplicaResponse.with {
                $0.verifiedBlocks = [1]
                $0.roots = [.with { $0.disk = disk.id; $0.root = [1] }]
                $0.since = "home-before-reprotect"
            }.wireBytes()
        case "AdoptReplica":
            return TargetV1.AdoptReplicaResponse.with {
                $0.disks = [.with { $0.disk = disk.id; $0.record = lineage }]
            }.wireBytes()
        case "GetReplica":
            return replica(state, try TargetV1.GetReplicaRequest(wire: request).item).wireBytes()
        default:
            // The rest begin with key, item and generation in the same fields, and answer with the replica.
            return replica(state, try TargetV1.ReleaseReplicaRequest(wire: request).item).wireBytes()
        }
    }

    private func replica(_ state: State, _ item: String) -> TargetV1.Replica {
        let newest = state.points[item]?.first?.number ?? 0
        return .with {
            $0.state = .atPoint
            $0.position = newest
            $0.sealed = newest
        }
    }

    // MARK: Platforms

    private func platform(_ state: inout State, _ method: String, _ request: [UInt8]) throws -> [UInt8] {
        switch method {
        case "GetPlatform":
            return PlatformV1.PlatformStatus.with {
                $0.kind = "vmware"
                $0.connected = true
                $0.hostBootID = "host-boot"
                $0.datastoreFreeBytes = 1 << 50
                $0.memoryFreeMib = 1 << 20
            }.wireBytes()
        case "GetMachine": return try machine(&state, PlatformV1.GetMachineRequest(wire: request).machine).wireBytes()
        case "ListMachines": return try machines(&state, PlatformV1.ListMachinesRequest(wire: request)).wireBytes()
        case "CreateMachine":
            let id = try PlatformV1.CreateMachineRequest(wire: request).machine?.id ?? ""
            state.machines[id] = Machine(power: .off)
            return try machine(&state, id).wireBytes()
        case "DeleteMachine":
            state.machines[try PlatformV1.DeleteMachineRequest(wire: request).machine] = nil
            return PlatformV1.DeleteMachineResponse().wireBytes()
        case "PowerOn":
            let message = try PlatformV1.PowerOnRequest(wire: request)
            state.machines[message.machine]?.power = .on
            state.machines[message.machine]?.boots += 1
            state.machines[message.machine]?.isClosed = false
            state.machines[message.machine]?.grant = message.generation
            return try machine(&state, message.machine).wireBytes()
        case "PowerOff":
            let message = try PlatformV1.PowerOffRequest(wire: request)
            let isOff = state.machines[message.machine]?.power == .off
            state.machines[message.machine]?.power = message.keepAgent && !isOff ? .draining : .off
            return try machine(&state, message.machine).wireBytes()
        case "PlaceGrant":
            let grant = try PlatformV1.PlaceGrantRequest(wire: request).grant
            return PlatformV1.GrantResponse.with { $0.grant = grant }.wireBytes()
        case "WithdrawGrant": return PlatformV1.GrantResponse().wireBytes()
        case "AttachDisks":
            let message = try PlatformV1.AttachDisksRequest(wire: request)
            state.machines[message.machine]?.owner = message.owner
            return PlatformV1.AttachDisksResponse().wireBytes()
        case "CreateReplicaDisks": return PlatformV1.AttachDisksResponse().wireBytes()
        case "DeleteReplicaDisks": return PlatformV1.DeleteReplicaDisksResponse().wireBytes()
        case "RemoveSnapshots":
            return try machine(&state, PlatformV1.RemoveSnapshotsRequest(wire: request).machine).wireBytes()
        default: throw RPCError(.unimplemented, "\(method): the instant peers have no answer to it")
        }
    }

    /// In a list each machine's disk has an id of its own, so that no two clash, and none is found by another's.
    private func machines(
        _ state: inout State, _ request: PlatformV1.ListMachinesRequest
    ) throws -> PlatformV1.ListMachinesResponse {
        let isFiltered = !request.names.isEmpty || !request.disks.isEmpty
        let known = isFiltered ? request.names.filter { state.machines[$0] != nil } : Array(state.machines.keys)
        let ids = known.filter { $0 > request.pageToken }.sorted().prefix(Int(request.pageSize))
        var answer = PlatformV1.ListMachinesResponse()
        for id in ids {
            var machine = try machine(&state, id)
            for index in machine.disks.indices { machine.disks[index].disk?.id += " of \(id)" }
            answer.machines.append(machine)
        }
        if ids.count == Int(request.pageSize), let last = ids.last { answer.nextPageToken = last }
        return answer
    }

    /// A home machine is there as soon as somebody asks for it; a cloud machine once it was created.
    private func machine(_ state: inout State, _ id: String) throws -> PlatformV1.Machine {
        if state.machines[id] == nil, !id.hasSuffix("-cloud") { state.machines[id] = Machine(owner: "machine/\(id)") }
        guard let known = state.machines[id] else { throw RPCError(.notFound, "machine \(id)") }
        return .with {
            $0.id = id
            $0.name = id
            $0.power = known.power
            $0.booted = known.power == .on
            $0.bootID = known.power == .off ? "" : "boot-\(known.boots)"
            $0.grant = known.grant
            $0.disks = [.with { $0.disk = disk; $0.owner = known.owner }]
            $0.attributes = .with {
                $0.osFamily = "linux"
                $0.resourceGroup = "rg"
            }
        }
    }
}

private let disk = CommonV1.Disk.with {
    $0.id = "disk-0"
    $0.bytes = 1 << 20
}

private let lineage: [UInt8] = {
    let generation = Blocks.Generation(number: 1, token: [UInt8](repeating: 7, count: 16))
    return LineageRecord(
        diskID: [UInt8](repeating: 1, count: 16), size: 1 << 20,
        history: [HistoryEntry(generation: generation, startingPoint: .origin)], state: .settled
    ).encoded()
}()
