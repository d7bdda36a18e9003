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

/// Every gate of the catalogue, for every operation that it applies to: what the components show trips it, and a caller
/// hears of it over a connection.
@Suite struct GatesOverRPCTests {
    @Test(arguments: Stage.allCases)
    func `a gate that is tripped tells its code, what was seen and what to do`(_ stage: Stage) throws {
        try withPlans { plan in
            let caller = try await GateCaller(plan.rig)
            try await stage.reach(caller)
            for trip in RPCTrip.all where trip.stage == stage {
                let before = try await caller.standing()
                try await trip.spoil(caller)
                let told = try await caller.gates(trip)
                let gate = try #require(told.first { $0.code == trip.code }, "\(trip): \(told)")
                #expect(gate.status == .fail, "\(trip): \(gate)")
                #expect(gate.severity == (trip.isWarning ? .warning : .blocking), "\(trip): \(gate)")
                #expect(gate.evidence.contains { !$0.observed.isEmpty }, "\(trip): \(gate)")
                #expect(!gate.meaning.isEmpty && gate.meaning == trip.code.definition.meaning)
                // What follows from another gate is mended with that.
                #expect(gate.remedy?.text.isEmpty == false || gate.causedBy != nil, "\(trip): \(gate)")
                try await caller.restore(before)
            }
        }
    }

    @Test func `every gate is tripped for every operation that it applies to`() {
        let page = StateMachinePage()
        var applies = Set<String>()
        for code in GateCode.allCases {
            let operations = (page.atRequest[code] ?? []) + (page.deferred[code] ?? []).map(\.operation)
                + (Self.elsewhere[code] ?? [])
            let asked = operations.filter(Model.Operation.asked.contains)
            #expect(!operations.isEmpty, "nothing says what \(code.rawValue) applies to")
            applies.formUnion(asked.map { "\(code.rawValue) of \($0)" })
        }
        let tripped = Set(RPCTrip.all.map { "\($0.code.rawValue) of \($0.operation)" })
        #expect(applies.subtracting(tripped).subtracting(Self.neverHeard).sorted() == [], "nothing trips these")
        #expect(tripped.subtracting(applies).sorted() == [], "tripped, and applies to none: say so in `elsewhere`")
        #expect(Self.neverHeard.isDisjoint(with: tripped))
    }

    /// A machine that has an item is refused by its name, before anything is judged.
    private static let neverHeard: Set<String> = ["OPERATION_ALLOWED of ENABLE", "NO_CONFLICTING_JOB of ENABLE"]

    /// Beside what a sound item's request evaluates.
    private static let elsewhere: [GateCode: [Model.Operation]] = [
        .certificateComplete: [.commit],
        .committed: [.reprotect(.out), .reprotect(.home)],
        .directionConfirmed: [.failover(.out), .failover(.home), .drill],
        .generationCurrent: Model.Operation.all,
        .groupComplete: ofGroups.filter { ![.switchProcessServer, .moveMasterTarget].contains($0) } + [.enable],
        .groupSameOSFamily: ofGroups + [.enable],
        .groupSameProcessServer: ofGroups + [.enable],
        .groupSameTarget: ofGroups + [.enable],
        .hasPointOfKind: [.failover(.out), .failover(.home), .changePoint, .drill],
        .nameFreeAtTarget: [.reprotect(.home)],
        .noConflictingJob: Model.Operation.all,
        .noDrillLeft: [.failover(.out), .failover(.home), .drill, .disable],
        .operationAllowed: Model.Operation.all,
        .sourceConfirmedOff: [.failover(.out), .failover(.home), .cancelFailover],
    ]

    private static let ofGroups = Model.Operation.all.filter(\.isOfWholeGroup)
}

/// Where the item stands when the gate is tripped.
enum Stage: String, CaseIterable, Sendable {
    case protectedOut, drilled, commitPendingOut, committedOut, synchronizingHome, protectedHome, commitPendingHome
    case committedHome, group

    /// Any of them may be first: a stage is reached from nothing.
    func reach(_ caller: GateCaller) async throws {
        let rig = caller.rig
        guard self != .group else { return try await rig.protectShop() }
        try await rig.protect()
        // Another item, whose claims and disks come in the way.
        if self == .committedOut { try await rig.protect("app") }
        if self == .protectedOut {
            try await rig.hear("mt-cloud-2", .masterTarget, .cloud)
            return try await rig.hear("ps-home-2")
        }
        if self == .drilled { return try await rig.drill() }
        try await rig.failOver(.out)
        if self == .commitPendingOut { return }
        try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
        if self == .committedOut { return }
        if self == .synchronizingHome {
            caller.peers { $0.tracking = .only }
            _ = try await rig.core.reprotect(rig.request("reprotect"))
            while try await rig.item().phase != "SYNCHRONIZING_HOME" { try await rig.pause(.milliseconds(100)) }
            return
        }
        try await rig.reprotect(until: "PROTECTED_HOME")
        if self == .protectedHome { return try await rig.protect("app") }
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
                #expect(ended.state == .failedUnwound, "\(trip): \(ended)")
                return try await jobs.getJob(.with { $0.name = job.name }, call).gates.compactMap { Gate($0) }
            }
            #expect(trip.isWarning, "\(trip): not refused")
            return job.preview?.gates.compactMap { Gate($0) } ?? []
        } catch let error as RPCError {
            let failure = Failure(error, attempting: "ask")
            #expect(!failure.gates.isEmpty, "\(trip): \(failure)")
            return failure.gates
        }
    }

    private func ask(_ trip: RPCTrip) async throws -> VaultV1.Job {
        var options = rig.options("trip-\(trip.code.rawValue)")
        options.validateOnly = trip.isWarning
        var request = rig.request("", trip.name)
        request.options = options
        trip.detail(&request)
        switch trip.operation {
        case .enable:
            return try await items.enable(
                .with { ($0.machine, $0.group, $0.options) = (trip.name, "shop", options) }, call)
        case .failover(let direction):
            var message = rig.failover(direction, trip.name)
            (message.options, message.choice) = (options, trip.choice)
            return try await items.failover(message, call)
        case .changePoint:
            return try await items.changePoint(
                .with {
                    ($0.name, $0.choice, $0.options, $0.confirmLoss) = (trip.name, trip.choice, options, true)
                    $0.point = trip.point
                }, call)
        case .drill:
            let isHome = (trip.stage == .protectedHome) != trip.isTurned
            var message = rig.drillRequest(isHome ? .home : .out, trip.name)
            message.options = options
            if trip.choice == .latestApplicationConsistent { message.choice = trip.choice }
            return try await drills.beginDrill(message, call)
        case .drillCleanup:
            return try await drills.cleanUpDrill(.with { ($0.name, $0.options) = (trip.name, options) }, call)
        case .cancelFailover: return try await items.cancelFailover(request, call)
        case .cancelReprotect: return try await items.cancelReprotect(request, call)
        case .completeCertificate: return try await items.completeCertificate(request, call)
        case .commit: return try await items.commit(request, call)
        case .completeMigration: return try await items.completeMigration(request, call)
        case .reprotect:
            request.confirmLoss = false
            return try await items.reprotect(request, call)
        case .switchProcessServer:
            if request.processServer.isEmpty { request.processServer = "ps-home-2" }
            return try await items.switchProcessServer(request, call)
        case .moveMasterTarget:
            if request.masterTarget.isEmpty { request.masterTarget = "mt-cloud-2" }
            return try await items.moveMasterTarget(request, call)
        case .renewReplica: throw RPCError(.unimplemented, "nobody asks for it")
        case .pin, .unpin: return try await keep(trip, options)
        case .releaseSetAside:
            let item = try await rig.item().id
            peers { $0.setAside[item] = [7] }
            return try await items.releaseSetAside(
                .with { ($0.name, $0.generation, $0.reason, $0.options) = (trip.name, 7, "seen", options) }, call)
        case .resync: return try await items.resync(request, call)
        case .excludeDisk:
            peers { $0.disks["web"] = [ScriptedPeers.disk(), ScriptedPeers.disk("d2", index: 1)] }
            request.excludeDisk = .with { $0.disk = "d2" }
            return try await items.excludeDisk(request, call)
        case .disable, .disableForced:
            request.force = trip.operation == .disableForced
            return try await items.disable(request, call)
        }
    }

    private func keep(_ trip: RPCTrip, _ options: VaultV1.MutationOptions) async throws -> VaultV1.Job {
        let request = VaultV1.PinRequest.with {
            ($0.name, $0.point, $0.reason, $0.options) = (trip.name, 1, "seen", options)
        }
        guard trip.operation == .unpin else { return try await items.pinPoint(request, call) }
        let item = try await rig.item().id
        peers { $0.points[item]?[0].pins = [StoredHandPin.owner(of: 1)] }
        return try await items.unpinPoint(request, call)
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
        for id in ["mt-home", "mt-cloud", "mt-cloud-2", "ps-home", "ps-cloud"] { try await hear(id) { _ in } }
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
        try await rig.core.heard(component, source: id.contains("cloud") ? "vault" : "configuration")
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
