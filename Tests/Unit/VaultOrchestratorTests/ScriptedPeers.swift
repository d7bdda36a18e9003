import API
import Blocks
import Contract
import Environment
import MessageCoding
import Messages
import Model
import RPC
import Synchronization

/// All components of both sites behind one table of methods. They keep generations and operation keys as receivers do
/// (rules G2, K1), so that a workflow that calls in a wrong order is refused, and a repeated call is no second effect.
final class ScriptedPeers: Sendable {
    enum Trouble: Sendable {
        /// The effect happens, its answer does not come.
        case loseAnswer
        /// The effect is begun, and the answer says that it is not over.
        case answerUnavailable
        /// Refused for good; what takes an effect back is not.
        case refuse
        /// Refused as of an old generation, whatever is held.
        case stale
        /// Refused for good: its disks are half applied, or half moved.
        case notAtRest
        /// Refused for now: there is no room.
        case noRoom
    }

    struct State {
        /// Generation by holder and item.
        var assigned: [String: Model.Generation] = [:]
        /// The home machine of each item, once it is registered.
        var machines: [String: String] = [:]
        var results: [String: [UInt8]] = [:]
        var log: [String] = []
        /// Calls of `Assign`, repeated ones too.
        var assignCalls = 0
        /// By call, or by call and machine: `Fence@db`.
        var trouble: [String: Trouble] = [:]
        var power: [String: PlatformV1.Power] = ["web": .on, "app": .on, "db": .on]
        var exists: Set<String> = ["web", "app", "db"]
        /// Of machines that were moved to another one than `rg`.
        var resourceGroups: [String: String] = [:]
        /// Calls of `GetMachine`, by machine.
        var machineLooks: [String: Int] = [:]
        /// Of an item's disks.
        var owner: [String: String] = [:]
        /// Of an item, newest first.
        var points: [String: [TargetV1.RecoveryPoint]] = [:]
        var groupPoints: [TargetV1.GroupPoint] = []
        /// Of the group's newest common point, as its process server tells; nil of one that cuts no groups.
        var commonAgeUs: UInt64?
        /// Why no guest can be frozen; empty when all can.
        var freezeFailure = ""
        /// As relays and sessions were last told, by `relay ITEM` and `session ITEM`.
        var applicationIntervals: [String: UInt64] = [:]
        var systems: [String: String] = [:]
        /// The group's members as an item's relay was last told.
        var relays: [String: [String]] = [:]
        /// The group of a machine's newest session.
        var sessions: [String: String] = [:]
        /// Who was given blank disks.
        var adoptedBlank: Set<String> = []
        /// Whether a session that is opened has its first point at once.
        var pointsAreMade = true
        /// A machine's newest session.
        var opened: [String: AgentV1.OpenSessionCommand] = [:]
        /// Process servers that no agent reaches.
        var unmet: Set<String> = []
        /// The item of each home machine whose disks were made in the cloud.
        var replicas: [String: String] = [:]
        var away: Set<String> = []
        /// Who is away, and how long a caller waits for it before that shows.
        var patience: [String: @Sendable () async throws -> Void] = [:]
        var vcenterConnected = true
        var replication = ""
        var forgotten: [String] = []
        /// As every agent's status has them.
        var dirtyBlocks: UInt64 = 0
        var suspectBlocks: UInt64 = 0
        /// Blocks in doubt of every disk that a master target adopts.
        var adoptedSuspects: UInt64 = 0
        /// Machines whose agents did not end in order.
        var unclean: Set<String> = []
        /// Of all agents: the comparison that was asked for last, and of 100 blocks those that are left and differ.
        var comparison: AgentV1.Comparison?
        var leftToCompare: UInt64 = 0
        var sourceScrub: AgentV1.SourceScrub?
        var replicaScrub: TargetV1.Scrub?
        var comparedDiffering: UInt64 = 0
        /// What each asking adds to what was read back, of 100 blocks.
        var readsBack: UInt64 = 0
        /// As home's agent tells it, once it was asked.
        var readBack: AgentV1.ReadBack?
        /// What the disk's end shows.
        var readBackDiffers: [AgentV1.BlockRun] = []
        var agentIsAttached = true
        /// Disks of every machine that has no entry in `disks`, and what their replicas have by now.
        var machineDisks: [CommonV1.Disk] = [ScriptedPeers.disk()]
        var replicaDisks: [CommonV1.Disk] = []
        var agentSilentUs: UInt64 = 300_000
        /// Calls of `GetAgent`.
        var agentLooks = 0
        var tracking = AgentV1.AgentStatus.Tracking.streaming
        /// Guest writes are refused: of another boot of the host, or fenced. A boot under a grant ends it.
        var isClosed = false
        var hostBoot = "host-boot-1"
        var freeBytes: UInt64 = 1 << 40
        /// By machine: generation, and the boot of the host that it is bound to.
        var grants: [String: (generation: UInt64, hostBoot: String)] = [:]
        /// Machines whose newest grant says that they write to an overlay.
        var overlayGrants: Set<String> = []
        /// By item: the generation in which its overlay was made, and those of the overlays that were set aside.
        var overlays: [String: UInt64] = [:]
        var setAside: [String: [UInt64]] = [:]
        /// Replicas that are gone, by master target and item: with what is left of their disks, or without.
        var lostReplicas: [String: Leftovers] = [:]
        /// Of an item: the master target of the cloud that released its disks last, and the points that it has still
        /// when another one took them.
        var releasedBy: [String: String] = [:]
        var leftPoints: [String: [TargetV1.RecoveryPoint]] = [:]
        /// Of adopted disks, when their point was cut.
        var adoptedCuts: [String: Int64] = [:]
        /// Items whose disks a master target takes for no seed: nothing beside them proves whose they are.
        var foreignSeeds: Set<String> = []
        /// Items of which the cloud's platform has no disks any more.
        var goneDisks: Set<String> = []
        /// Machines whose drains never end.
        var drainHangs: Set<String> = []
        /// Replicas whose disks a master target has locked, by it and the item.
        var lockedReplicas: Set<String> = []
        /// Machines that may run in every boot of their host, by the generation of that grant.
        var released: [String: UInt64] = [:]
        /// The grant that each key asked for.
        var asked: [String: [UInt8]] = [:]
        /// Machines whose agents no relay reaches, though they run.
        var silentAgents: Set<String> = []
        /// Components that take no assignment now.
        var refusingAssign: Set<String> = []
        /// How often each machine was powered on here.
        var boots: [String: Int] = [:]
        /// Machines whose guests were refused their writes, and gave up: they have power until they are turned off.
        var gaveUp: Set<String> = []
        /// Machines that have power, and whose guests never answer.
        var unbootable: Set<String> = []
        /// Machines that a person or their host started past every check.
        var unchecked: Set<String> = []
        /// Of one step's calls, and how many of them met it.
        var fault: Fault?
        var faultsMade = 0
        var calls = StepCalls()
        /// Machines that keep their power whoever turns them off.
        var unstoppable: Set<String> = []
        /// Of every replica.
        var replicaState = TargetV1.Replica.State.atPoint
        /// What happens to a machine right after this call for it, once.
        var happensAfter: (call: String, happening: Happening)?
        /// What a holder keeps of an item, as a census tells it: by holder and item.
        var assignments: [String: CommonV1.Assignment] = [:]
        /// The highest epoch that a component has seen.
        var epochs: [String: UInt64] = [:]
        /// Generation of the grant that a machine ran under last.
        var ranUnder: [String: CommonV1.Generation] = [:]
        /// Items whose row at home is gone.
        var unregistered: Set<String> = []
        /// By master target and pin.
        var branches: [String: TargetV1.Branch] = [:]
        /// Test machines, with their branches' sockets.
        var tests: [String: String] = [:]
        var testsBoot = true
        var isolates = true
        var platformKind = "vmware"
        /// What an administrator knows of home.
        var inventory = PlatformV1.SiteInventory()
        var targetSnapshots: [String] = []
        var backupAlert = ""
        var isSynced = true
        /// How long the configuration server has not heard an agent.
        var linkSilentUs: UInt64 = 0
        /// What is left out, as an agent (`agent-web`) and the newest grant of a machine (`grant web`) have it.
        var leftOut: [String: [String]] = [:]
        /// Attaches, in order: the machine, the owner and the disks that were named.
        var attached: [(machine: String, owner: String, disks: [String])] = []
        /// Of a machine, as its platform and its agent tell them.
        var disks: [String: [CommonV1.Disk]] = [:]
        /// Of a machine's disks, against what the attaches have made of them.
        var diskOwners: [String: String] = [:]
        /// Whether home's disks are of another machine than the cloud's.
        var isForeign = false
        /// Why no branch can be made.
        var branchRefusal: ErrorCode?
        /// Where the disks of a machine lie, if not where they were attached.
        var diskPath: [String: String] = [:]
        /// Who is away once this call was made; also an agent, as `agent-web`.
        var awayAfter: (call: String, peers: Set<String>)?
        /// As every agent's status has it, and how long that was on its way.
        var rpoUs: UInt64 = 0
        var transitUs: UInt64 = 0
        /// By agent; without one it is of a version that cannot be told.
        var paces: [String: Pace] = [:]
        /// By master target and item.
        var retentions: [String: TargetV1.SetRetentionRequest] = [:]
        /// Aim between common cuts as an item's relay was last told.
        var groupIntervals: [String: UInt64] = [:]
        /// Of a machine, as its guest reports it; and what its newest grant says.
        var networks: [String: CommonV1.Network] = [:]
        var granted: [String: PlatformV1.PowerOnGrant] = [:]
        /// Of home; empty: it does not tell them apart.
        var datastores: [PlatformV1.Datastore] = []
        var hosts: [PlatformV1.Host] = []
        /// Of a machine, if not the first host or datastore.
        var hostOf: [String: String] = [:]
        var datastoreOf: [String: String] = [:]
        /// Guests that carry no boot actions out.
        var deafGuests: Set<String> = []
    }

    let state = Mutex(State())

    static let addresses = [
        "cs": "10.0.1.2:7100", "ps-home": "10.0.1.3:7100", "mt-home": "10.0.1.4:7100", "platform": "10.0.2.1:7100",
        "ps-cloud": "10.0.2.3:7100", "mt-cloud": "10.0.2.4:7100", "ps-home-2": "10.0.1.5:7100",
        "mt-cloud-2": "10.0.2.5:7100",
    ]

    var log: [String] { state.withLock { $0.log } }

    /// What a holder has of the item of a home machine.
    func assigned(_ name: String, of machine: String = "web") -> UInt64 {
        state.withLock { state in
            let item = state.machines.filter { $0.value == machine }.keys.max() ?? ""
            return state.assigned["\(name)/\(item)"]?.number ?? 0
        }
    }

    /// Of the item's disks, which the cloud's master target makes.
    func owner(of machine: String = "web") -> String {
        state.withLock { state in
            let item = state.machines.filter { $0.value == machine }.keys.max() ?? ""
            return state.owner[item] ?? "master-target/mt-cloud"
        }
    }

    func trouble(_ call: String, _ trouble: Trouble?) { state.withLock { $0.trouble[call] = trouble } }

    /// One call at one component.
    func answer(_ name: String, _ method: String, _ request: [UInt8]) throws -> [UInt8] {
        try state.withLock { state in
            guard !state.away.contains(name) else { throw RPCError(.unavailable, "\(name) is away").neverSent }
            do {
                try state.strikeQuestion("\(method) at \(name)")
                let answer = try answer(&state, name, method, request)
                try state.loseAnswerOfQuestion()
                return answer
            } catch let failure as Failure { throw failure.rpcError }
        }
    }

    /// An effect under its key: refused as scripted, made once, its answer lost as scripted.
    func once(
        _ state: inout State, _ name: String, _ call: String, _ key: CommonV1.OperationKey?,
        _ generation: CommonV1.Generation?, holder: String? = nil, _ body: (inout State) throws -> any WireMessage
    ) throws -> [UInt8] {
        try admit(&state, name, key)
        let key = try OperationKey(key)
        try state.strike("\(call) at \(name)", key)
        if let done = state.results[name + key.canonical] { return done }
        let machine = state.machines[key.item.text] ?? "web"
        let named = state.trouble["\(call)@\(machine)"] == nil ? call : "\(call)@\(machine)"
        switch state.trouble[named] {
        case .refuse where key.course == .forward: throw Failure(.dataCorrupt, "scripted refusal of \(call)")
        case .notAtRest where key.course == .forward: throw Failure(.operationNotAllowed, "\(call): not at rest")
        case .stale: throw Failure(.staleGeneration, "scripted refusal of \(call)")
        case .noRoom: throw Failure(.limitReached, "\(call): the host is full")
        default: break
        }
        if let generation {
            let verdict = judge(
                stored: state.assigned["\(holder ?? name)/\(key.item)"], incoming: try Generation(generation),
                isAssign: false)
            if let code = verdict.errorCode { throw Failure(code, "\(call) at \(name) under \(generation.number)") }
        }
        let bytes = try body(&state).wireBytes()
        state.results[name + key.canonical] = bytes
        let whose = machine == "web" || name.hasPrefix("agent-") ? "" : "@\(machine)"
        state.log.append("\(name).\(call)\(whose)" + (key.course == .undo ? ".undo" : ""))
        if let trip = state.awayAfter, trip.call == call {
            state.away = trip.peers
            state.awayAfter = nil
        }
        try state.loseAnswer(key)
        switch state.trouble[named] {
        case .loseAnswer:
            state.trouble[named] = nil
            throw RPCError(.unavailable, "the connection was lost")
        case .answerUnavailable:
            state.trouble[named] = nil
            state.results[name + key.canonical] = nil
            throw Failure(.unavailable, "\(call): killed, and not gone yet")
        case .refuse, .stale, .notAtRest, .noRoom, nil: break
        }
        return bytes
    }

    private func answer(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> [UInt8] {
        switch method {
        case "Assign":
            let message = try CommonV1.AssignRequest(wire: request)
            guard !state.refusingAssign.contains(name) else { throw Failure(.unavailable, "\(name) is not reached") }
            state.assignCalls += 1
            let assignment = try Assignment(message.assignment)
            try admit(&state, name, message.key)
            let key = try message.key.map { try OperationKey($0) }
            if let key { try state.strike("Assign at \(name)", key) }
            try assign(&state, name, assignment)
            if name == "cs" { try assign(&state, "platform-home", assignment) }
            if let key { try state.loseAnswer(key) }
            return CommonV1.AssignResponse.with { $0.assignment = message.assignment }.wireBytes()
        case "GetOperation":
            let key = try OperationKey(try CommonV1.GetOperationRequest(wire: request).key)
            let done = state.results[name + key.canonical]
            return CommonV1.Operation.with {
                $0.state = done == nil ? .notSeen : .done
                $0.result = done ?? []
            }.wireBytes()
        case "Census":
            return census(state, name, try CommonV1.CensusRequest(wire: request).item).wireBytes()
        case "Probe":
            let message = try CommonV1.ProbeRequest(wire: request)
            return try once(&state, name, method, message.key, nil) { _ in CommonV1.ProbeResponse() }
        case "ForgetJob":
            state.forgotten.append("\(name).\(try CommonV1.ForgetJobRequest(wire: request).job)")
            return CommonV1.ForgetJobResponse().wireBytes()
        case "CommandAgent": return try agent(&state, name, AgentV1.CommandAgentRequest(wire: request))
        case "GetAgent":
            return agent(&state, try AgentV1.GetAgentRequest(wire: request).machine).wireBytes()
        case "GetConfigurationStatus":
            return ConfigurationV1.ConfigurationStatus.with {
                $0.synced = state.isSynced
                $0.backupAlert = state.backupAlert
                $0.backupAgeUs = 60_000_000
            }.wireBytes()
        case "GetProtectedMachine":
            let item = try ConfigurationV1.GetProtectedMachineRequest(wire: request).item
            guard !state.unregistered.contains(item) else { throw Failure(.notFound, "the row of \(item)") }
            return ConfigurationV1.ProtectedMachine.with {
                $0.item = item
                $0.agentMachine = (state.machines[item] ?? "") + "-cloud"
                $0.agentSilentUs = state.linkSilentUs
            }.wireBytes()
        case "RegisterMachine":
            return try register(&state, name, ConfigurationV1.RegisterMachineRequest(wire: request))
        case "UnregisterMachine":
            let message = try ConfigurationV1.UnregisterMachineRequest(wire: request)
            state.unregistered.insert(message.item)
            return try once(&state, name, method, message.key, nil) { _ in ConfigurationV1.UnregisterMachineResponse() }
        default:
            if let answer = try relay(&state, name, method, request) { return answer }
            if name.hasPrefix("mt-") { return try target(&state, name, method, request) }
            return try platformAndHappenings(&state, name, method, request)
        }
    }

    private func platformAndHappenings(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> [UInt8] {
        let result = try platform(&state, name, method, request)
        // Machine and generation have one place in all requests about power, and other fields have others.
        let machine =
            method == "PlaceGrant"
            ? try? PlatformV1.PlaceGrantRequest(wire: request).grant?.machine
            : try? PlatformV1.WithdrawGrantRequest(wire: request).machine
        happen(&state, after: method, machine ?? "")
        return result
    }

    private func assign(_ state: inout State, _ name: String, _ assignment: Contract.Assignment) throws {
        let generation = assignment.generation
        let place = "\(name)/\(assignment.item)"
        if let code = judge(stored: state.assigned[place], incoming: generation, isAssign: true).errorCode {
            throw Failure(code, "assign \(generation) at \(name)")
        }
        state.assignments[place] = assignment.message
        guard state.assigned[place] != generation else { return }
        state.assigned[place] = generation
        state.log.append("\(name).Assign.\(generation.number)")
    }

    // MARK: Agents

    private func isReached(_ state: State, _ machine: String) -> Bool {
        let runs = state.power[machine] == .on || state.power[machine] == .draining
        return runs && !state.silentAgents.contains(machine) && !state.away.contains("agent-\(machine)")
    }

    private func agent(
        _ state: inout State, _ name: String, _ request: AgentV1.CommandAgentRequest
    ) throws -> [UInt8] {
        let machine = "agent-\(request.machine)"
        guard isReached(state, request.machine) else { throw Failure(.unavailable, "\(machine) is not attached here") }
        guard let command = request.command else { throw Failure(.invalidArgument, "no command") }
        var result = AgentV1.AgentCommandResult()
        let item = command.key?.item ?? ""
        let record = lineage.encoded()
        switch command.command {
        case .fence(let fence):
            return try once(&state, machine, "Fence", command.key, nil) { state in
                let closed = state.assigned["\(machine)/\(item)"]
                if state.power[request.machine] == .on { state.gaveUp.insert(request.machine) }
                state.assigned["\(machine)/\(item)"] = try Generation(fence.generation)
                result.result = .fence(.with { $0.closed = closed?.message })
                return result
            }
        case .assign(let assign):
            let assignment = try Assignment(assign.assignment)
            try self.assign(&state, machine, assignment)
            state.leftOut[machine] = assign.leftOut
            result.result = .assigned(assign.assignment ?? .init())
        case .openSession(let open):
            return try once(&state, machine, "OpenSession", command.key, open.generation) { state in
                state.sessions[machine] = open.group
                state.opened[machine] = open
                state.applicationIntervals["session \(item)"] = open.applicationIntervalUs
                result.result = .session(.with { $0.open = true })
                state.paces[machine] = Pace(
                    intervalUs: open.intervalUs, applicationIntervalUs: open.applicationIntervalUs)
                // Replication begins, and its first point is there at once.
                guard state.pointsAreMade else { return result }
                let number = (state.points[item]?.first?.number ?? 0) + 1
                state.points[item, default: []].insert(
                    .with {
                        $0.number = number
                        $0.generation = open.generation
                        $0.applied = true
                    }, at: 0)
                return result
            }
        case .drain: return try drain(&state, machine, command.key, item)
        case .closeSession:
            return try once(&state, machine, "CloseSession", command.key, nil) { state in
                state.sessions[machine] = nil
                return result
            }
        case .report:
            result.result = .report(
                .with {
                    $0.status = .with { $0.service = state.isClosed ? .closed : .serving }
                    $0.disks = [.with { $0.disk = "d1"; $0.record = record }]
                })
        case .mergeOverlay:
            (state.overlays[item], state.setAside[item]) = (nil, nil)
            result.result = .mergeOverlay(.with { $0.complete = true })
        case .setPace(let pace): return try setPace(&state, machine, command.key, pace)
        case .readBack(let asked):
            guard state.trouble["ReadBack"] == nil else { throw Failure(.operationNotAllowed, "scripted refusal") }
            result.result = .readBack(readBack(&state, asked))
        case .compare(let asked): return try compare(&state, machine, command.key, asked)
        case .cut(let cut):
            return try self.cut(&state, machine, command.key, cut)
        default: result.result = .session(.init())
        }
        return result.wireBytes()
    }

    private func drain(
        _ state: inout State, _ machine: String, _ key: CommonV1.OperationKey?, _ item: String
    ) throws -> [UInt8] {
        guard !state.drainHangs.contains(where: { "agent-\($0)" == machine }) else {
            throw RPCError(.deadlineExceeded, "no answer in time")
        }
        return try once(&state, machine, "Drain", key, nil) { state in
            let number = (state.points[item]?.first?.number ?? 0) + 1
            state.points[item, default: []].insert(
                .with {
                    $0.number = number
                    $0.applied = true
                    $0.final = true
                }, at: 0)
            return AgentV1.AgentCommandResult.with { $0.result = .drain(.with { $0.finalNumber = number }) }
        }
    }

    // MARK: Platforms

    private func platform(
        _ state: inout State, _ name: String, _ method: String, _ request: [UInt8]
    ) throws -> [UInt8] {
        let holder = name == "cs" ? "platform-home" : name
        switch method {
        case "GetPlatform":
            return PlatformV1.PlatformStatus.with {
                $0.kind = state.platformKind
                $0.inventory = state.inventory
                $0.masterTargetSnapshots = state.targetSnapshots
                $0.connected = state.vcenterConnected
                $0.hostBootID = state.hostBoot
                $0.datastoreFreeBytes = state.freeBytes
                $0.isolates = state.isolates
                $0.memoryFreeMib = 65_536
                if name == "cs" { ($0.datastores, $0.hosts) = (state.datastores, state.hosts) }
            }.wireBytes()
        case "GetMachine": return try look(&state, PlatformV1.GetMachineRequest(wire: request).machine).wireBytes()
        case "CreateMachine":
            let message = try PlatformV1.CreateMachineRequest(wire: request)
            let id = message.machine?.id ?? ""
            return try once(&state, name, method, message.key, nil) { state in
                state.exists.insert(id)
                state.power[id] = .off
                (state.networks[id], state.hostOf[id]) = (message.machine?.attributes?.network, message.machine?.host)
                if !message.branchSocket.isEmpty { state.tests[id] = message.branchSocket }
                return try machine(state, id)
            }
        case "DeleteMachine":
            let message = try PlatformV1.DeleteMachineRequest(wire: request)
            return try once(&state, name, method, message.key, message.generation, holder: holder) { state in
                guard state.power[message.machine] != .on else { throw Failure(.operationNotAllowed, "it has power") }
                state.exists.remove(message.machine)
                return PlatformV1.DeleteMachineResponse()
            }
        case "PowerOn":
            let message = try PlatformV1.PowerOnRequest(wire: request)
            if message.generation == nil { return try powerOnTest(&state, name, message) }
            return try once(&state, name, method, message.key, message.generation, holder: holder) { state in
                try refuseHost(state, message)
                guard let grant = state.grants[message.machine], grant.generation == message.generation?.number,
                    grant.hostBoot == state.hostBoot || state.released[message.machine] == grant.generation
                else { throw Failure(.grantMissing, "start machine \(message.machine)") }
                guard !state.unchecked.contains(message.machine) else {
                    throw Failure(.operationNotAllowed, "it has power")
                }
                boot(&state, message)
                if state.power[message.machine] != .on {
                    state.boots[message.machine, default: 0] += 1
                    state.gaveUp.remove(message.machine)
                }
                (state.power[message.machine], state.isClosed) = (.on, false)
                let agent = "agent-\(message.machine)/\(message.key?.item ?? "")"
                state.assigned[agent] = try Generation(message.generation)
                state.ranUnder[message.machine] = message.generation
                beginOverlay(&state, message, grant.generation)
                return try machine(state, message.machine)
            }
        case "PowerOff":
            let message = try PlatformV1.PowerOffRequest(wire: request)
            return try once(&state, name, method, message.key, message.generation, holder: holder) { state in
                guard !state.unstoppable.contains(message.machine) else { return try machine(state, message.machine) }
                let isOff = (state.power[message.machine] ?? .off) == .off
                state.power[message.machine] = message.keepAgent && !isOff ? .draining : .off
                state.unchecked.remove(message.machine)
                return try machine(state, message.machine)
            }
        default: return try disksAndGrants(&state, name, method, request)
        }
    }
}

/// Calls the scripted peers by address.
struct ScriptedTransport: Transport {
    let peers: ScriptedPeers

    func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        throw RPCError(.unimplemented, "the scripted peers are called, never served")
    }

    func channel(to address: StreamAddress) -> any Channel {
        let name = ScriptedPeers.addresses.first { $0.value == "\(address)" }?.key ?? "unknown"
        return ScriptedChannel(peers: peers, name: name)
    }
}

private struct ScriptedChannel: Channel {
    let peers: ScriptedPeers
    let name: String

    func start(_ method: MethodName, _ options: CallOptions) async throws -> any ClientCall {
        ScriptedCall(peers: peers, name: name, method: method.method)
    }
}

private final class ScriptedCall: ClientCall {
    private let peers: ScriptedPeers
    private let name: String
    private let method: String
    private let state = Mutex<(request: [UInt8], answered: Bool)>(([], false))

    init(peers: ScriptedPeers, name: String, method: String) {
        self.peers = peers
        self.name = name
        self.method = method
    }

    func send(_ message: [UInt8]) async throws { state.withLock { $0.request = message } }
    func finishSending() async throws {}
    func cancel() {}

    func next() async throws -> [UInt8]? {
        let request = state.withLock { state -> [UInt8]? in
            defer { state.answered = true }
            return state.answered ? nil : state.request
        }
        guard let request else { return nil }
        if let wait = peers.state.withLock({ $0.patience[name] }) {
            try await wait()
            throw RPCError(.unavailable, "\(name) does not answer").neverSent
        }
        return try peers.answer(name, method, request)
    }
}
