import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// One kind of workflow that a job can run: how an item comes to where it begins, and what asks for it. Asked again
/// after a restart the same requests are the same jobs.
struct WorkflowKind: Sendable, CustomTestStringConvertible {
    typealias Doing = @Sendable (Kinds) async throws -> Void

    /// As the journal has it.
    let name: String
    let before: [Doing]
    /// Asks for the job, or for the run of a plan that has it.
    let ask: @Sendable (Kinds) async throws -> VaultV1.Job

    var testDescription: String { name }

    init(_ name: String, after before: [Doing] = [], _ ask: @escaping @Sendable (Kinds) async throws -> VaultV1.Job) {
        self.name = name
        self.before = before
        self.ask = ask
    }

    /// All, by name.
    static let all: [WorkflowKind] = (single + ofGroups + ofPlans).sorted { $0.name < $1.name }

    /// Runs of a plan over two boot groups, the replication group first, with an action on each side of each.
    static let ofTwoGroups = [
        WorkflowKind("plan-failover", after: protected + shop + [wholePlan]) { try await $0.run("failover") },
        WorkflowKind(
            "plan-members",
            after: out + shop + [done { try await $0.failover(.out, "shop") }, wholePlan]
        ) { try await $0.run("commit") },
    ]

    /// Whether its job runs those of a plan's members.
    var isRun: Bool { ["plan-failover", "plan-members"].contains(name) }
}

/// What the kinds ask for.
struct Kinds: Sendable {
    let plan: PlanRig
    var rig: Rig { plan.rig }
    var items: ItemsHandler { ItemsHandler(core: rig.core) }

    func enable(_ machine: String, group: String = "") async throws -> VaultV1.Job {
        try await rig.core.enableMachine(
            .with {
                $0.machine = machine
                $0.group = group
                $0.processServer = "ps-home"
                $0.options = rig.options("enable-\(machine)")
            })
    }

    func failover(
        _ direction: Model.Direction, _ name: String, discarding: Bool = false
    ) async throws -> VaultV1.Job {
        var request = rig.failover(direction, name)
        request.discardDrill = discarding
        return try await rig.core.failOver(request)
    }

    func commit(_ name: String, _ id: String) async throws -> VaultV1.Job {
        try await items.commit(rig.request(id, name), context)
    }

    func reprotect(_ name: String, _ id: String, alternate: Bool = false) async throws -> VaultV1.Job {
        let request = rig.request(id, name).changed { $0.alternate = alternate }
        return try await rig.core.reprotect(request)
    }

    func drill(_ direction: Model.Direction, _ name: String = "web") async throws -> VaultV1.Job {
        var request = rig.drillRequest(direction, name)
        request.options = rig.options("drill-\(name)")
        return try await rig.core.beginDrill(request)
    }

    /// A run as its job.
    func run(_ verb: String) async throws -> VaultV1.Job {
        let run = try await plan.run(verb)
        return try await rig.core.vault.store.view(JobID(String(run.name.dropFirst("jobs/".count)))).message
    }
}

// MARK: On the way

private typealias Doing = WorkflowKind.Doing

private func done(_ ask: @escaping @Sendable (Kinds) async throws -> VaultV1.Job) -> Doing {
    { kinds in try await kinds.rig.succeed(ask(kinds)) }
}

private let web = "web"
private let protected: [Doing] = [
    { try await $0.rig.hear("ps-home-2") }, done { try await $0.enable(web) },
]
private let out = protected + [done { try await $0.failover(.out, web) }]
private let away = out + [done { try await $0.commit(web, "commit") }]
private let homeward = away + [done { try await $0.reprotect(web, "reprotect") }]
private let back = homeward + [done { try await $0.failover(.home, web) }]
private let home = back + [done { try await $0.commit(web, "commit-home") }]
private let drilled = protected + [done { try await $0.drill(.out) }]
private let drilledHome = homeward + [done { try await $0.drill(.home) }]
/// Its machine has a disk that is not replicated.
private let added: Doing = { kinds in
    kinds.rig.peers.state.withLock {
        $0.disks["web"] = [ScriptedPeers.disk(), ScriptedPeers.disk("d2", index: 1, bytes: 4_096)]
    }
}
/// The policy keeps no seed.
private let seedless: Doing = { try await $0.rig.keepSeed(false) }
/// Nothing is ever in sync from then on.
private let stalled: Doing = { kinds in kinds.rig.peers.state.withLock { $0.tracking = .only } }

private func synchronizing(_ before: [Doing], _ id: String) -> [Doing] {
    before + [
        stalled,
        { kinds in
            _ = try await kinds.reprotect(web, id)
            for _ in 0..<600 where !(try await kinds.rig.item().phase.hasPrefix("SYNCHRONIZING")) {
                try await kinds.rig.pause(.milliseconds(100))
            }
        },
    ]
}

private func cancelFailover(_ kinds: Kinds) async throws -> VaultV1.Job {
    try await kinds.items.cancelFailover(kinds.rig.request("cancel"), context)
}

private func changePoint(_ kinds: Kinds) async throws -> VaultV1.Job {
    try await kinds.rig.core.change(
        .with {
            $0.name = web
            $0.point = 1
            $0.confirmLoss = true
            $0.options = kinds.rig.options("change")
        })
}

/// A second master target in the cloud.
private let second: Doing = { kinds in try await kinds.rig.hear("mt-cloud-2", .masterTarget, .cloud) }

/// The master target that has the replica is away.
private let silent: Doing = { kinds in
    kinds.rig.peers.state.withLock { _ = $0.away.insert("mt-cloud") }
    try await kinds.rig.hear("mt-cloud", .masterTarget, .cloud, isSilent: true)
}

/// The replica is gone, with its disks, and the item knows.
private let lost: Doing = { kinds in
    let item = try await kinds.rig.item()
    guard item.phase == "PROTECTED_OUT", item.generation?.number == 1 else { return }
    kinds.rig.lose(item)
    try await kinds.rig.core.vault.store.update(item.itemID(), "test") { record in
        try record.lose(StoredTargetLoss("mt-cloud", "gone", [], at: UnixMicroseconds(1)))
        return true
    }
}

private func pin(_ kinds: Kinds, _ id: String) -> VaultV1.PinRequest {
    .with {
        $0.name = web
        $0.point = 1
        $0.reason = "before the upgrade"
        $0.options = kinds.rig.options(id)
    }
}

private func cancelReprotect(_ kinds: Kinds) async throws -> VaultV1.Job {
    try await kinds.items.cancelReprotect(kinds.rig.request("cancel-reprotect"), context)
}

private func cleanUp(_ kinds: Kinds) async throws -> VaultV1.Job {
    try await kinds.rig.core.cleanUpDrill(
        .with {
            $0.name = web
            $0.options = kinds.rig.options("clean-up")
        })
}

private func takePoint(_ name: String) -> @Sendable (Kinds) async throws -> VaultV1.Job {
    { kinds in
        try await kinds.rig.core.takePoint(
            .with {
                $0.name = name
                $0.options = kinds.rig.options("take")
            })
    }
}

// MARK: Kinds

private let single: [WorkflowKind] = [
    WorkflowKind("check-infrastructure") { kinds in
        try await kinds.rig.core.checkComponents(.with { $0.options = kinds.rig.options("check") })
    },
    WorkflowKind("enable") { try await $0.enable(web) },
    WorkflowKind("disable", after: protected) { kinds in
        try await kinds.items.disable(kinds.rig.request("disable"), context)
    },
    WorkflowKind("complete-migration", after: away) { kinds in
        try await kinds.rig.core.completeMigration(kinds.rig.request("migrate"))
    },
    WorkflowKind("take-point", after: protected, takePoint(web)),
    WorkflowKind("switch-process-server", after: protected) { kinds in
        try await kinds.rig.core.switchProcessServer(
            kinds.rig.request("switch").changed { $0.processServer = "ps-home-2" })
    },
    WorkflowKind("move-master-target", after: protected + [second]) { kinds in
        try await kinds.items.moveMasterTarget(
            kinds.rig.request("move").changed { $0.masterTarget = "mt-cloud-2" }, context)
    },
    WorkflowKind("renew-replica", after: protected + [lost]) { kinds in
        try await kinds.rig.core.renewReplica(kinds.rig.request("renew"))
    },
    WorkflowKind("renew-replica-elsewhere", after: protected + [second, silent]) { kinds in
        try await kinds.items.moveMasterTarget(
            kinds.rig.request("move").changed { ($0.masterTarget, $0.confirmLoss) = ("mt-cloud-2", true) }, context)
    },
    WorkflowKind("exclude-disk", after: protected + [added]) { kinds in
        try await kinds.items.excludeDisk(
            kinds.rig.request("exclude").changed { $0.excludeDisk = .with { $0.disk = "d2" } }, context)
    },
    WorkflowKind("pin-point", after: protected) { try await $0.rig.core.pinByHand(pin($0, "pin")) },
    WorkflowKind("unpin-point", after: protected + [done { try await $0.rig.core.pinByHand(pin($0, "pin")) }]) {
        try await $0.rig.core.unpinByHand(pin($0, "unpin"))
    },
    WorkflowKind("release-set-aside", after: out + [done(cancelFailover)]) { kinds in
        try await kinds.rig.core.releaseSetAside(
            .with {
                $0.name = web
                $0.reason = "exported"
                $0.options = kinds.rig.options("release")
            })
    },
    WorkflowKind("resync", after: protected) { try await $0.rig.core.resync($0.rig.request("resync")) },
    WorkflowKind("failover", after: protected) { try await $0.failover(.out, web) },
    WorkflowKind("failover-discarding-drills", after: drilled) { try await $0.failover(.out, web, discarding: true) },
    WorkflowKind("failback", after: homeward) { try await $0.failover(.home, web) },
    WorkflowKind("failback-discarding-drills", after: drilledHome) {
        try await $0.failover(.home, web, discarding: true)
    },
    WorkflowKind("commit", after: out) { try await $0.commit(web, "commit") },
    WorkflowKind("commit-failback", after: back) { try await $0.commit(web, "commit-home") },
    WorkflowKind("commit-failback-without-seed", after: back + [seedless]) { try await $0.commit(web, "commit-home") },
    WorkflowKind("certify", after: back) { kinds in
        kinds.rig.peers.state.withLock { $0.readsBack = 100 }
        return try await kinds.items.completeCertificate(kinds.rig.request("certify"), context)
    },
    WorkflowKind("cancel-failover-out", after: out, cancelFailover),
    WorkflowKind("cancel-failover-home", after: back, cancelFailover),
    WorkflowKind("change-point-out", after: out, changePoint),
    WorkflowKind("change-point-home", after: back, changePoint),
    WorkflowKind("reprotect-home", after: away) { try await $0.reprotect(web, "reprotect") },
    WorkflowKind("reprotect-home-alternate", after: away) {
        try await $0.reprotect(web, "reprotect", alternate: true)
    },
    WorkflowKind("reprotect-out", after: home) { try await $0.reprotect(web, "reprotect-out") },
    WorkflowKind("cancel-reprotect-home", after: synchronizing(away, "reprotect"), cancelReprotect),
    WorkflowKind("cancel-reprotect-out", after: synchronizing(home, "reprotect-out"), cancelReprotect),
    WorkflowKind("test-failover", after: protected) { try await $0.drill(.out) },
    WorkflowKind("test-failback", after: homeward) { try await $0.drill(.home) },
    WorkflowKind("drill-cleanup", after: drilled, cleanUp),
]

private let shop: [Doing] = [
    done { try await $0.enable("app", group: "shop") }, done { try await $0.enable("db", group: "shop") },
]
private let shopHomeward = shop + [
    done { try await $0.failover(.out, "shop") }, done { try await $0.commit("shop", "commit") },
    done { try await $0.reprotect("shop", "reprotect") },
]
private let shopDrilled = shop + [done { try await $0.drill(.out, "app") }]

private let ofGroups: [WorkflowKind] = [
    WorkflowKind("take-group-point", after: shop, takePoint("shop")),
    WorkflowKind("failover-group", after: shop) { try await $0.failover(.out, "shop") },
    WorkflowKind("failover-group-discarding-drills", after: shopDrilled) {
        try await $0.failover(.out, "shop", discarding: true)
    },
    WorkflowKind("failback-group", after: shopHomeward) { try await $0.failover(.home, "shop") },
    WorkflowKind(
        "failback-group-discarding-drills", after: shopHomeward + [done { try await $0.drill(.home, "app") }]
    ) { try await $0.failover(.home, "shop", discarding: true) },
]

/// The plan `sales` over one item, or over the group.
private func planned(_ members: String, after before: [Doing]) -> [Doing] {
    before + [
        { kinds in
            var plan = VaultV1.RecoveryPlan()
            plan.name = "plans/sales"
            plan.bootGroups = [.with { $0.members = [members] }]
            try await kinds.plan.create(plan)
        }
    ]
}

private let wholePlan: Doing = { kinds in
    let plan = kinds.plan
    try await plan.create(
        plan.shop { changed in
            changed.bootGroups[0].before = [plan.script("announce", "two.sh")]
            changed.bootGroups[1].before = [plan.script("check", "one.sh")]
            changed.bootGroups[1].after = [plan.script("tell", "two.sh")]
        })
}

private func inPlan(_ name: String, _ verb: String, _ member: String = web, after before: [Doing]) -> WorkflowKind {
    WorkflowKind(name + "-in-plan", after: planned(member, after: before)) { try await $0.run(verb) }
}

private let ofPlans: [WorkflowKind] = [
    WorkflowKind("plan-failover", after: planned(web, after: protected)) { try await $0.run("failover") },
    WorkflowKind("plan-members", after: planned(web, after: out)) { try await $0.run("commit") },
    inPlan("failover", "failover", after: protected),
    inPlan("failover-group", "failover", "groups/shop", after: shop),
    inPlan("failback", "failback", after: homeward),
    inPlan("failback-group", "failback", "groups/shop", after: shopHomeward),
    inPlan("commit", "commit", after: out), inPlan("commit-failback", "commit", after: back),
    inPlan("commit-failback-without-seed", "commit", after: back + [seedless]),
    inPlan("cancel-failover-out", "cancel", after: out), inPlan("cancel-failover-home", "cancel", after: back),
    inPlan("reprotect-home", "reprotect", after: away), inPlan("reprotect-out", "reprotect", after: home),
    inPlan("reprotect-home-alternate", "reprotect", after: away + [{ kinds in
        // The original is gone, so that home makes another one.
        kinds.rig.peers.state.withLock { _ = $0.exists.remove("web") }
    }]),
    inPlan("test-failover", "test-failover", after: protected),
    inPlan("test-failback", "test-failback", after: homeward),
    inPlan("drill-cleanup", "drill-cleanup", after: drilled),
]
