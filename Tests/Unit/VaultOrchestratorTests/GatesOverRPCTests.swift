import API
import Contract
import Environment
import MessageCoding
import Messages
import Model
import RPC
import Simulation
import Testing

@testable import VaultOrchestrator

/// Every gate of the catalogue: what the components show trips it, and a caller hears of it over a connection.
@Suite struct GatesOverRPCTests {
    @Test(arguments: Stage.allCases)
    func `a gate that is tripped tells its code, what was seen and what to do`(_ stage: Stage) throws {
        try withPlans { plan in
            let caller = try await GateCaller(plan.rig)
            try await stage.reach(caller)
            for trip in trips where trip.stage == stage {
                let before = try await caller.standing()
                try await trip.spoil(caller)
                let told = try await caller.gates(trip)
                let gate = try #require(told.first { $0.code == trip.code }, "\(trip.code.rawValue): \(told)")
                #expect(gate.status == .fail, "\(gate)")
                #expect(gate.evidence.contains { !$0.observed.isEmpty }, "\(gate)")
                #expect(!gate.meaning.isEmpty && gate.meaning == trip.code.definition.meaning)
                // What follows from another gate is mended with that.
                #expect(gate.remedy?.text.isEmpty == false || gate.causedBy != nil, "\(gate)")
                try await caller.restore(before)
            }
        }
    }

    @Test func `every gate of the catalogue is tripped by one of these`() {
        let tripped = trips.map(\.code)
        let judged = Set(GateCode.allCases).subtracting(StateMachinePage.missing.keys)
        #expect(judged.subtracting(tripped) == [], "nothing trips these over a connection")
        let asked = Set(trips.map { "\($0.code) \($0.stage) \($0.ask)" })
        #expect(asked.count == trips.count)
    }
}

/// Where the item stands when the gate is tripped.
enum Stage: String, CaseIterable, Sendable {
    case protectedOut, commitPendingOut, committedOut, protectedHome, commitPendingHome, committedHome, group

    /// Any of them may be first: a stage is reached from nothing.
    func reach(_ caller: GateCaller) async throws {
        let rig = caller.rig
        guard self != .group else { return try await rig.protectShop() }
        try await rig.protect()
        // Another item, whose claims and disks come in the way.
        if self == .committedOut { try await rig.protect("app") }
        if self == .protectedOut { return }
        try await rig.failOver(.out)
        if self == .commitPendingOut { return }
        try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
        if self == .committedOut { return }
        try await rig.reprotect(until: "PROTECTED_HOME")
        if self == .protectedHome { return }
        try await rig.failOver(.home)
        if self == .commitPendingHome { return }
        try await rig.succeed(rig.core.operate(rig.request("home")) { _ in (.commit, commitWorkflow(.home)) })
    }
}

/// A caller of the vault's services.
final class GateCaller: @unchecked Sendable {
    // `@unchecked Sendable`: used by the one task of the test, on the simulation's one thread.
    let rig: Rig
    let items: ItemsClient
    let drills: DrillsClient
    let jobs: JobsClient
    private let call = CallOptions(timeout: .seconds(600))

    init(_ rig: Rig) async throws {
        self.rig = rig
        let address = StreamAddress.ip("10.0.2.2", port: 7400)
        let transport = StreamTransport(rig.environment)
        _ = try await transport.serve(
            address,
            [ItemsHandler(core: rig.core).bound(), DrillsHandler(core: rig.core).bound(),
                JobsHandler(core: rig.core).bound()])
        let channel = transport.channel(to: address)
        (items, drills, jobs) = (ItemsClient(channel), DrillsClient(channel), JobsClient(channel))
    }

    // MARK: Asking

    /// What comes of the request: a refusal's gates, a preview's warnings, or the gates that a job failed by.
    func gates(_ trip: RPCTrip) async throws -> [Gate] {
        rig.retry += 1
        do {
            let job = try await ask(trip)
            if trip.isAtStep {
                let ended = try await rig.ended(job)
                #expect(ended.state == .failedUnwound, "\(trip.code.rawValue): \(ended)")
                return try await jobs.getJob(.with { $0.name = job.name }, call).gates.compactMap { Gate($0) }
            }
            #expect(trip.code.definition.severity == .warning, "\(trip.code.rawValue): not refused")
            return job.preview?.gates.compactMap { Gate($0) } ?? []
        } catch let error as RPCError {
            return Failure(error, attempting: "ask").gates
        }
    }

    private func ask(_ trip: RPCTrip) async throws -> VaultV1.Job {
        var options = rig.options("trip-\(trip.code.rawValue)")
        options.validateOnly = trip.code.definition.severity == .warning
        var request = rig.request("", trip.name)
        request.options = options
        switch trip.ask {
        case .failover(let direction, let choice):
            var message = rig.failover(direction, trip.name)
            message.options = options
            message.choice = choice
            return try await items.failover(message, call)
        case .commit: return try await items.commit(request, call)
        case .move(let target):
            request.masterTarget = target
            return try await items.moveMasterTarget(request, call)
        case .reprotect(let change):
            request.confirmLoss = false
            change(&request)
            return try await items.reprotect(request, call)
        case .drill:
            var message = rig.drillRequest(.out, trip.name)
            message.options = options
            return try await drills.beginDrill(message, call)
        }
    }

    // MARK: Standing

    struct Standing {
        var peers: ScriptedPeers.State
        var items: [ItemRecord]
    }

    func standing() async throws -> Standing {
        let items = try await rig.core.vault.store.items(after: "", limit: 9)
        return Standing(peers: rig.peers.state.withLock { $0 }, items: items)
    }

    /// As before the trip; what the components know of generations and keys they keep.
    func restore(_ before: Standing) async throws {
        rig.peers.state.withLock { state in
            var old = before.peers
            (old.assigned, old.results, old.assignments, old.epochs) =
                (state.assigned, state.results, state.assignments, state.epochs)
            state = old
        }
        for item in before.items {
            try await change(item.displayName) { record in
                let revision = record.revision
                record = item
                record.revision = revision
            }
        }
        for id in ["mt-home", "mt-cloud", "ps-home", "ps-cloud"] { try await hear(id) { _ in } }
        try await link(ScriptedPeers.addresses["cs"] ?? "")
    }

    func change(_ name: String = "web", _ body: @escaping @Sendable (inout ItemRecord) -> Void) async throws {
        try await rig.core.vault.store.update(try await rig.item(name).itemID(), "test") { record in
            body(&record)
            return true
        }
    }

    func peers(_ body: (inout ScriptedPeers.State) -> Void) { rig.peers.state.withLock { body(&$0) } }

    /// A heartbeat.
    func hear(_ id: String, _ body: (inout ConfigurationV1.Component) -> Void) async throws {
        guard var component = rig.core.vault.directory.entry(id)?.component else { return }
        component.figures = [:]
        component.version = ""
        body(&component)
        try await rig.core.heard(component, source: id.hasSuffix("cloud") ? "vault" : "configuration")
    }

    func link(_ address: String) async throws {
        _ = try await rig.core.linked(
            .with {
                $0.component = .with {
                    $0.kind = .configurationServer
                    $0.endpoint = .with {
                        $0.id = "cs"
                        $0.address = address
                    }
                }
            })
    }
}

struct RPCTrip: Sendable {
    enum Ask: Sendable {
        case failover(Model.Direction, VaultV1.PointChoice)
        case commit, drill
        case move(to: String)
        case reprotect(@Sendable (inout VaultV1.ItemOperationRequest) -> Void)
    }

    let code: GateCode
    let stage: Stage
    let ask: Ask
    /// The item or the group that it is asked of.
    var name = "web"
    /// Only a step of the job finds it.
    var isAtStep = false
    let spoil: @Sendable (GateCaller) async throws -> Void

    init(
        _ code: GateCode, _ stage: Stage, _ ask: Ask, _ name: String = "web", atStep: Bool = false,
        _ spoil: @escaping @Sendable (GateCaller) async throws -> Void = { _ in }
    ) {
        self.code = code
        self.stage = stage
        self.ask = ask
        self.name = name
        isAtStep = atStep
        self.spoil = spoil
    }
}

private let reprotect = RPCTrip.Ask.reprotect { _ in }
private let failback = RPCTrip.Ask.failover(.home, .latest)
private let failover = RPCTrip.Ask.failover(.out, .latest)

private let trips: [RPCTrip] = ofThePhase + ofHome + ofTheMasterTarget + ofDisks + ofPoints + ofOthers + ofGroups

private let ofThePhase = [
    RPCTrip(.migrationNotCompleted, .protectedHome, failback) { try await $0.change { $0.phase = "MIGRATED" } },
    RPCTrip(.protectionEnabled, .protectedHome, failback) { try await $0.change { $0.phase = "DISABLED" } },
    RPCTrip(.reprotectComplete, .committedOut, failback),
    RPCTrip(.committed, .commitPendingOut, reprotect),
    RPCTrip(.operationAllowed, .protectedOut, .commit),
    RPCTrip(.directionConfirmed, .protectedOut, failback),
    RPCTrip(.noConflictingJob, .protectedOut, failover) {
        try await $0.change { ($0.claimJob, $0.claimOperation) = ("job-other", "SWITCH_PROCESS_SERVER") }
    },
    RPCTrip(.noDrillLeft, .protectedOut, failover) { try await $0.rig.drill() },
    RPCTrip(.generationCurrent, .protectedOut, failover) {
        try await $0.change { $0.quarantine = StoredQuarantine(cause: "restored", sinceUs: 1, needsPerson: true) }
    },
    RPCTrip(.replicationHealthy, .protectedHome, failback) { caller in
        caller.peers { $0.tracking = .only }
        try await caller.rig.pause(.seconds(3))
    },
]

private let ofHome = [
    RPCTrip(.cloudMachineExists, .committedOut, reprotect) { $0.peers { $0.exists.remove("web-cloud") } },
    RPCTrip(.cloudMachineNotMoved, .committedOut, reprotect) { try await $0.change { $0.resourceGroup = "other" } },
    RPCTrip(.cloudMachineRunning, .committedOut, reprotect) { $0.peers { $0.power["web-cloud"] = .off } },
    RPCTrip(.physicalOSSupported, .committedOut, reprotect) {
        try await $0.change { ($0.physical, $0.osName) = (true, "Windows Server 2008 R2 SP1") }
    },
    RPCTrip(.targetPlatformMatches, .committedOut, reprotect) { $0.peers { $0.platformKind = "hyper-v" } },
    RPCTrip(.vcenterConnected, .committedOut, reprotect) { $0.peers { $0.vcenterConnected = false } },
    RPCTrip(.configurationServerConnected, .committedOut, reprotect) { $0.peers { $0.away = ["cs"] } },
    RPCTrip(.inConfigurationDatabase, .committedOut, reprotect) { caller in
        let item = try await caller.rig.item().id
        caller.peers { $0.unregistered = [item] }
    },
    RPCTrip(.configurationServerAddress, .committedOut, reprotect) { try await $0.link("10.9.9.9:7100") },
    RPCTrip(.configurationBackupFresh, .committedOut, reprotect) { $0.peers { $0.backupAlert = "overdue by 2 h" } },
    RPCTrip(.assignmentsSynced, .committedOut, reprotect) { $0.peers { $0.isSynced = false } },
    RPCTrip(.agentReachesConfigurationServer, .committedOut, reprotect) {
        $0.peers { $0.linkSilentUs = 60_000_000 }
    },
    RPCTrip(.agentRegistered, .committedOut, reprotect) { $0.peers { $0.agentIsAttached = false } },
    RPCTrip(.homeMachineOff, .protectedHome, failback) { $0.peers { $0.power["web"] = .on } },
    RPCTrip(.hostCapacity, .protectedHome, failback) { try await $0.change { $0.memoryMib = 1 << 20 } },
    RPCTrip(.platformPrivileges, .committedOut, reprotect) {
        $0.peers { $0.inventory.missingPrivileges = ["VirtualMachine.Config.AddExistingDisk"] }
    },
    RPCTrip(.datastoreWritable, .committedOut, reprotect) { $0.peers { $0.inventory.datastoreReadOnly = true } },
    RPCTrip(.overlaySpace, .protectedHome, failback) { $0.peers { $0.freeBytes = (2 << 20) - 1 } },
    RPCTrip(.nameFreeAtTarget, .committedOut, .reprotect { $0.alternate = true }) {
        $0.peers { $0.exists.insert("web-alt3") }
    },
]

private let ofTheMasterTarget = [
    RPCTrip(.masterTargetNoSnapshots, .committedOut, reprotect) { $0.peers { $0.targetSnapshots = ["before"] } },
    RPCTrip(.masterTargetOSFamily, .committedOut, reprotect) { try await $0.change { $0.osFamily = "windows" } },
    RPCTrip(.masterTargetController, .committedOut, reprotect) {
        $0.peers { $0.inventory.masterTargetController = "lsilogic" }
    },
    RPCTrip(.masterTargetDiskUUID, .committedOut, reprotect) {
        $0.peers { $0.inventory.masterTargetDiskIDsOff = true }
    },
    RPCTrip(.masterTargetTools, .committedOut, reprotect) { $0.peers { $0.inventory.masterTargetToolsMissing = true } },
    RPCTrip(.masterTargetRetentionVolume, .committedOut, reprotect) {
        $0.peers { $0.inventory.masterTargetRetentionVolumeMissing = true }
    },
    RPCTrip(.masterTargetVersion, .committedOut, reprotect) { caller in
        try await caller.hear("mt-home") { $0.version = "2.0" }
        try await caller.hear("ps-cloud") { $0.version = "1.0" }
    },
    RPCTrip(.masterTargetDiskSlots, .committedOut, reprotect) { caller in
        try await caller.hear("mt-home") { $0.figures = ["attached_disks": .max] }
    },
    RPCTrip(.processServerAvailable, .committedOut, .reprotect { $0.processServer = "nobody" }),
    RPCTrip(.masterTargetAvailable, .protectedOut, .move(to: "mt-home")),
    RPCTrip(.capacityReserved, .committedOut, reprotect) { caller in
        try await caller.change("app") { app in
            (app.claimJob, app.claimOperation) = ("job-other", "SWITCH_PROCESS_SERVER")
            app.reserved = StoredReservation(
                job: "job-other", item: "app", site: "home", masterTarget: "mt-home",
                quantities: Quantities(slots: masterTargetSlots))
        }
    },
    RPCTrip(.clockSkew, .committedOut, reprotect) { caller in
        let now = UInt64(caller.rig.core.vault.now.value)
        try await caller.hear("ps-cloud") { $0.figures = [clockFigure: now + 90_000_000] }
    },
]

private let ofDisks = [
    RPCTrip(.diskSetMatches, .committedOut, reprotect) { tripped in
        tripped.peers { $0.disks["web-cloud"] = [ScriptedPeers.disk(), ScriptedPeers.disk("d2", index: 1)] }
    },
    RPCTrip(.diskIdentityUnique, .committedOut, reprotect) {
        $0.peers { $0.diskOwners["db"] = "master-target/mt-home" }
    },
    RPCTrip(.diskPathsUnchanged, .protectedHome, failback) { $0.peers { $0.diskPath["web"] = "/elsewhere/d1" } },
    RPCTrip(.retentionSpace, .committedOut, reprotect) { $0.peers { ($0.freeBytes, $0.dirtyBlocks) = (0, 9) } },
    RPCTrip(.lineageProvesDirection, .committedOut, reprotect, atStep: true) { $0.peers { $0.isForeign = true } },
    RPCTrip(.overlaySpace, .protectedOut, .drill, atStep: true) { $0.peers { $0.branchRefusal = .noSpace } },
    RPCTrip(.diskNotApplying, .protectedOut, .drill, atStep: true) { $0.peers { $0.branchRefusal = .busy } },
    RPCTrip(.diskNotApplying, .protectedOut, failover, atStep: true) {
        $0.rig.peers.trouble("ReleaseReplica", .notAtRest)
    },
    RPCTrip(.diskNotApplying, .protectedHome, failback, atStep: true) {
        $0.rig.peers.trouble("ReleaseReplica", .notAtRest)
    },
    RPCTrip(.replicaSeedPresent, .committedHome, reprotect) { try await $0.change { $0.seedAtCloud = false } },
    RPCTrip(.noBranchPins, .commitPendingOut, .commit) { caller in
        let item = try await caller.rig.item().id
        caller.peers { state in
            state.points[item]?[0].pins = ["job-drill"]
            state.branches["mt-cloud/job-drill"] = .with { $0.id = "job-drill" }
        }
    },
    RPCTrip(.certificateComplete, .commitPendingHome, .commit) {
        try await $0.change { $0.certificate?.isFullWanted = true }
    },
]

private let ofPoints = [
    RPCTrip(.hasRecoveryPoint, .protectedHome, failback) { $0.peers { $0.points = [:] } },
    RPCTrip(.hasPointOfKind, .protectedOut, .failover(.out, .latestApplicationConsistent)),
]

private let ofOthers = [
    RPCTrip(.drillIsolated, .protectedOut, .drill) { $0.peers { $0.isolates = false } },
    RPCTrip(.sourceConfirmedOff, .protectedHome, failback) { caller in
        caller.peers {
            $0.away = ["platform"]
            $0.agentIsAttached = false
        }
    },
]

private let ofGroups = [
    RPCTrip(.notInGroup, .group, failover, "app"),
    RPCTrip(.groupComplete, .group, failover, "shop") { try await $0.change("app") { $0.phase = "COMMITTED_OUT" } },
    RPCTrip(.groupSameTarget, .group, failover, "shop") { try await $0.change("app") { $0.masterTarget = "mt-9" } },
    RPCTrip(.groupSameOSFamily, .group, failover, "shop") { try await $0.change("app") { $0.osFamily = "windows" } },
    RPCTrip(.groupSameProcessServer, .group, failover, "shop") {
        try await $0.change("app") { $0.processServer = "ps-9" }
    },
]
