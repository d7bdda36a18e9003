import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// A failback that nothing speaks against; each test spoils one thing.
func sound(_ operation: Model.Operation = .failover(.home)) -> Observation {
    var item = ItemRecord(id: "item-1", displayName: "web")
    item.phase = soundPhase(operation)
    item.home = StoredCopy(machine: "web", state: "at-target")
    item.cloud = StoredCopy(machine: "web-cloud", state: "running")
    item.masterTarget = "mt-home"
    item.processServer = "ps-cloud"
    item.osFamily = "linux"
    item.platformKind = "vmware"
    item.resourceGroup = "rg"
    var seen = Observation(item, operation, at: .init(1))
    seen.configurationSilence = .milliseconds(300)
    seen.configurationIsFresh = true
    seen.configuration = .value(.with { $0.synced = true })
    seen.row = .value(
        .with {
            $0.item = "item-1"
            $0.agentMachine = "web-cloud"
        })
    seen.branches = .value([])
    seen.homeMachines = .value([])
    seen.homePlatform = .value(
        .with {
            $0.kind = "vmware"
            $0.connected = true
            $0.datastoreFreeBytes = 1 << 40
        })
    seen.cloudMachine = .value(
        .with {
            $0.id = "web-cloud"
            $0.power = .on
            $0.attributes = .with { $0.resourceGroup = "rg" }
        })
    seen.homeMachine = .value(
        .with {
            $0.id = "web"
            $0.power = .off
        })
    seen.masterTarget = .value(
        operation == .moveMasterTarget
            ? otherTarget()
            : .with {
                $0.endpoint = .with { $0.id = "mt-home" }
                $0.osFamily = "linux"
            })
    seen.masterTargetIsFresh = true
    seen.processServer = .value(
        operation == .switchProcessServer ? other() : .with { $0.endpoint = .with { $0.id = "ps-cloud" } })
    seen.processServerIsFresh = true
    seen.agent = .value(
        .with {
            $0.attached = true
            $0.hello = .with { $0.bootID = "boot-1" }
            $0.status = .init()
        })
    seen.points = .value([.with { $0.number = 4 }])
    seen.targetPlatform = .value(.with { $0.isolates = true })
    seen.replica = .value(
        .with {
            $0.state = .atPoint
            $0.fence = seen.item.generation.flatMap { try? $0.generation.message }
        })
    return seen
}

private func soundPhase(_ operation: Model.Operation) -> String {
    switch operation {
    case .reprotect(.home): "COMMITTED_OUT"
    case .moveMasterTarget: "PROTECTED_OUT"
    case .renewReplica: "SYNCHRONIZING_HOME"
    default: "PROTECTED_HOME"
    }
}

/// A process server that can take the item over.
private func other(
    _ change: (inout ConfigurationV1.Component) -> Void = { _ in }
) -> ConfigurationV1.Component {
    .with {
        $0.endpoint = .with { $0.id = "ps-cloud-2" }
        $0.kind = .processServer
        $0.site = .cloud
        $0.version = "1.10"
        $0.figures = ["cache_free_percent": 80]
        change(&$0)
    }
}

func failing(_ seen: Observation) -> Set<GateCode> { Set(evaluateGates(seen).filter(\.blocks).map(\.code)) }

@Suite struct GateTests {
    @Test func `a sound failback and a sound reprotect pass every gate`() {
        #expect(failing(sound()) == [])
        #expect(failing(sound(.reprotect(.home))) == [])
        #expect(failing(sound(.switchProcessServer)) == [])
        #expect(failing(sound(.moveMasterTarget)) == [])
        #expect(failing(sound(.renewReplica)) == [])
        #expect(failing(sound(.resync)) == [])
    }

    @Test func `a reprotect says which gates its steps look at`() {
        let deferred = evaluateGates(sound(.reprotect(.home))).compactMap { gate -> String? in
            guard case .deferred(let step) = gate.status else { return nil }
            return "\(gate.code.rawValue) at \(step)"
        }
        #expect(deferred == ["HOME_MACHINE_OFF at home-off", "LINEAGE_PROVES_DIRECTION at lineage"])
    }

    @Test(arguments: tripped + handedOver)
    func `each gate is tripped by what it is about, and says so alone`(_ trip: Trip) {
        var seen = sound(trip.operation)
        trip.spoil(&seen)
        #expect(failing(seen) == trip.codes, "\(trip.name)")
    }

    @Test(arguments: tripped + handedOver)
    func `what fails says what was seen and what to do, also over the wire`(_ trip: Trip) {
        var seen = sound(trip.operation)
        trip.spoil(&seen)
        let told = Failure(.gatesFailed, "operate", gates: evaluateGates(seen).filter(\.blocks))
        let heard = Failure(told.rpcError, attempting: "ask").gates
        #expect(heard.map(\.code) == told.gates.map(\.code))
        let roots = heard.filter { $0.causedBy == nil && $0.blocks }
        #expect(!roots.isEmpty)
        for gate in roots {
            #expect(gate.evidence.contains { !$0.observed.isEmpty }, "\(gate.code)")
            #expect(gate.remedy?.text.isEmpty == false, "\(gate.code)")
            #expect(!gate.meaning.isEmpty)
        }
    }

    @Test func `every gate that a request evaluates is tripped by a test`() {
        let operations = Model.Operation.all
        let evaluated = Set(operations.flatMap { evaluateGates(sound($0)) }.filter { gate in
            if case .deferred = gate.status { return false }
            return gate.severity == .blocking
        }.map(\.code))
        #expect(evaluated.subtracting((tripped + handedOver).flatMap(\.codes)) == [])
    }

    @Test func `a disk that became larger stands in nobody's way, and is named`() throws {
        for operation in [Model.Operation.failover(.home), .reprotect(.home)] {
            var seen = sound(operation)
            seen.item.disks = replicated
            seen.sourceMachine = machine([("d1", 2 << 20)])
            seen.cloudMachine = machine([("d1", 2 << 20)])
            #expect(failing(seen) == [])
            let gate = try #require(evaluateGates(seen).first { $0.code == .diskSetMatches })
            #expect(gate.evidence.map(\.observed).joined().contains("has 2097152 bytes, its replica 1048576"))
        }
    }

    @Test func `only a failover may leave a disk behind by a person's word`() throws {
        for (operation, may) in [(Model.Operation.failover(.home), true), (.reprotect(.home), false)] {
            var seen = sound(operation)
            seen.item.disks = replicated
            seen.sourceMachine = machine([("d1", 1 << 20), ("d2", 4096)])
            seen.cloudMachine = seen.sourceMachine
            let gate = try #require(evaluateGates(seen).first { $0.code == .diskSetMatches })
            #expect(gate.blocks)
            #expect((gate.waivable != .never) == may)
            #expect(gate.evidence.map(\.observed) == ["disk d2 (4096 bytes) of machine web-cloud is not replicated"])
        }
    }

    @Test func `versions are compared by their numbers`() {
        #expect(isOlder("1.9.0", than: "1.10.0"))
        #expect(!isOlder("1.10.0", than: "1.10.0"))
        #expect(!isOlder("2", than: "1.10"))
        #expect(!isOlder("dev", than: "1.0") && !isOlder("1.0", than: ""))
    }

    @Test func `all failing gates are told at once`() {
        var seen = sound()
        seen.homePlatform = .value(
            .with {
                $0.kind = "vmware"
                $0.masterTargetSnapshots = ["before-update"]
            })
        seen.points = .value([])
        seen.item.health = ["the agent is not connected"]
        #expect(
            failing(seen) == [
                .vcenterConnected, .hostCapacity, .overlaySpace, .retentionSpace, .masterTargetNoSnapshots,
                .hasRecoveryPoint, .replicationHealthy,
            ])
    }

    @Test func `one server down is one cause`() {
        var seen = sound()
        seen.configuration = .unreachable("no answer")
        seen.row = .unreachable("no answer")
        seen.homePlatform = .unreachable("no answer")
        let blocking = evaluateGates(seen).filter(\.blocks)
        let roots = blocking.filter { $0.causedBy == nil }
        #expect(roots.map(\.code) == [.configurationServerConnected])
        #expect(blocking.count > 3)
    }

    @Test func `an operation that does not fit the phase is one cause, with what to type instead`() {
        var seen = sound()
        seen.item.phase = "PROTECTED_OUT"
        seen.cloudMachine = .absent
        seen.homeMachine = .value(.with { $0.power = .on })
        let roots = evaluateGates(seen).filter(\.blocks).filter { $0.causedBy == nil }
        #expect(roots.map(\.code) == [.directionConfirmed])
        #expect(roots.first?.remedy?.command == "homeward failover web")
        #expect(evaluateGates(seen).filter { $0.remedy != nil }.count == 1)
        seen.item.phase = "COMMITTED_OUT"
        let early = evaluateGates(seen).filter(\.blocks).filter { $0.causedBy == nil }
        #expect(early.map(\.code) == [.reprotectComplete])
        #expect(early.first?.remedy?.command == "homeward reprotect web")
    }

    @Test func `a record that may be an old one is a cause of its own in every phase`() {
        var seen = sound()
        seen.item.phase = "PROTECTED_OUT"
        seen.item.quarantine = StoredQuarantine(cause: "restored", sinceUs: 1)
        let roots = evaluateGates(seen).filter(\.blocks).filter { $0.causedBy == nil }
        #expect(roots.map(\.code) == [.generationCurrent, .directionConfirmed])
        #expect(roots.first?.remedy?.command?.contains("vault reconcile") == true)
    }

    @Test func `a dead cloud with points at home is passed over by a statement only`() {
        var seen = sound()
        seen.cloudMachine = .absent
        #expect(failing(seen).contains(.cloudMachineExists))
        seen.statement = StoredStatement(person: "ana", reason: "the region burnt down", atUs: 1)
        #expect(failing(seen) == [.sourceConfirmedOff], "its agent was heard just now")
        seen.agent = .value(.with { $0.attached = true; $0.silentUs = 60_000_000 })
        #expect(failing(seen) == [])
        seen.sourceMachine = .value(.with { $0.power = .on })
        #expect(failing(seen) == [.sourceConfirmedOff], "its platform says that it runs")
        seen.sourceMachine = .value(.with { $0.power = .off })
        #expect(failing(seen) == [])
        seen.points = .value([])
        #expect(failing(seen).contains(.cloudMachineExists))
    }

    @Test func `replication health can be waived with a reason, vCenter cannot`() {
        var seen = sound()
        seen.item.health = ["late"]
        seen.homePlatform = .value(.with { $0.kind = "vmware" })
        let statement = Model.Statement(name: "ana", reason: "known", at: .init(1), checked: "")
        let waivers = [GateCode.replicationHealthy, .vcenterConnected].map { Waiver(code: $0, statement: statement) }
        let left = blocking(evaluateGates(seen), waived: waivers).map(\.code)
        #expect(left == [.vcenterConnected, .hostCapacity, .retentionSpace, .overlaySpace])
    }
}

private func vmware(_ spoil: (inout PlatformV1.SiteInventory) -> Void) -> PlatformV1.PlatformStatus {
    .with {
        $0.kind = "vmware"
        $0.connected = true
        var inventory = PlatformV1.SiteInventory()
        spoil(&inventory)
        $0.inventory = inventory
    }
}

/// The source of a failover with a disk of 1 MiB that replicates, and what is wrong with its disks.
private func machine(_ disks: [(id: String, bytes: UInt64)]) -> Seen<PlatformV1.Machine> {
    .value(
        .with {
            $0.id = "web-cloud"
            $0.power = .on
            $0.attributes = .with { $0.resourceGroup = "rg" }
            $0.disks = disks.map { disk in
                .with { $0.disk = .with { ($0.id, $0.bytes) = (disk.id, disk.bytes) } }
            }
        })
}

private let replicated = [StoredDisk(id: "d1", index: 0, bytes: 1 << 20)]

private func attached(_ disk: String, _ owner: String) -> PlatformV1.PlatformDisk {
    .with {
        $0.disk = .with { ($0.id, $0.bytes) = (disk, 1 << 20) }
        $0.owner = owner
    }
}

private let tripped: [Trip] = [
    Trip("a disk was added", [.diskSetMatches]) {
        $0.item.disks = replicated
        $0.sourceMachine = machine([("d1", 1 << 20), ("d2", 4096)])
    },
    Trip("a disk was taken away", [.diskSetMatches]) {
        $0.item.disks = replicated + [StoredDisk(id: "d2", index: 1, bytes: 4096)]
        $0.sourceMachine = machine([("d1", 1 << 20)])
    },
    Trip("a disk became smaller, before the reprotect", [.diskSetMatches], .reprotect(.home)) {
        $0.item.disks = replicated
        $0.cloudMachine = machine([("d1", 1 << 19)])
    },
    Trip("home's disk was enlarged while it was left, before the reprotect", [.diskSetMatches], .reprotect(.home)) {
        $0.item.disks = replicated
        $0.cloudMachine = machine([("d1", 1 << 20)])
        $0.homeMachine = machine([("d1", 2 << 20)])
    },
    Trip("a disk had been added when the site died", [.diskSetMatches]) {
        $0.item.disks = replicated
        $0.item.diskDifferences = [
            DiskDifference(
                kind: .notReplicated, disk: "d2", machine: "web-cloud", site: "cloud", machineBytes: 4096,
                replicatedBytes: 0)
        ]
        $0.sourceMachine = .unreachable("no answer")
    },
    Trip("migrated", [.migrationNotCompleted, .reprotectComplete, .directionConfirmed]) { $0.item.phase = "MIGRATED" },
    Trip("disabled", [.protectionEnabled, .reprotectComplete, .directionConfirmed]) { $0.item.phase = "DISABLED" },
    Trip("cloud machine deleted", [.cloudMachineExists, .cloudMachineNotMoved]) { $0.cloudMachine = .absent },
    Trip("deleted before the reprotect",
        [.cloudMachineExists, .cloudMachineNotMoved, .cloudMachineRunning, .agentRegistered], .reprotect(.home)
    ) {
        $0.cloudMachine = .absent
        $0.agent = .absent
    },
    Trip("home machine started", [.homeMachineOff]) { $0.homeMachine = .value(.with { $0.power = .on }) },
    Trip("home machine deleted", [.homeMachineOff]) { $0.homeMachine = .absent },
    Trip("cloud machine off", [.cloudMachineRunning], .reprotect(.home)) {
        $0.cloudMachine = .value(.with { $0.id = "web-cloud"; $0.attributes = .with { $0.resourceGroup = "rg" } })
    },
    Trip("cloud machine moved", [.cloudMachineNotMoved]) {
        $0.cloudMachine = .value(.with { $0.attributes = .with { $0.resourceGroup = "other" } })
    },
    Trip("physical 2008 R2 SP1", [.physicalOSSupported]) {
        $0.item.physical = true
        $0.item.osName = "Windows Server 2008 R2 SP1"
    },
    Trip("Hyper-V at home", [.targetPlatformMatches]) {
        $0.homePlatform = .value(
            .with {
                $0.kind = "hyper-v"
                $0.connected = true
            })
    },
    Trip("not reprotected", [.reprotectComplete]) { $0.item.phase = "SYNCHRONIZING_HOME" },
    Trip("unhealthy", [.replicationHealthy]) { $0.item.health = ["late"] },
    Trip("vCenter away", [.vcenterConnected, .hostCapacity, .overlaySpace, .retentionSpace]) {
        $0.homePlatform = .value(.with { $0.kind = "vmware" })
    },
    Trip("no room for the overlay", [.overlaySpace]) {
        $0.item.disks = [StoredDisk(id: "disk-1", index: 0, bytes: 1 << 40)]
        $0.homePlatform = .value(.with { $0.kind = "vmware"; $0.connected = true; $0.datastoreFreeBytes = 2 << 30 - 1 })
    },
    Trip("heartbeat stale", [.configurationServerConnected]) { $0.configurationIsFresh = false },
    Trip("not synced", [.assignmentsSynced]) { $0.configuration = .value(.init()) },
    Trip("home's host full", [.hostCapacity]) { $0.item.memoryMib = 512 },
    Trip("the drill's host full", [.hostCapacity], .drill) { $0.item.memoryMib = 512 },
    Trip("no network of its own", [.drillIsolated], .drill) { $0.targetPlatform = .value(.init()) },
    Trip("datastore read-only", [.datastoreWritable], .reprotect(.home)) {
        $0.homePlatform = .value(vmware { $0.datastoreReadOnly = true })
    },
    Trip("no room for the undo", [.retentionSpace], .reprotect(.home)) {
        $0.item.disks = [StoredDisk(id: "disk-1", index: 0, bytes: 1 << 20)]
        $0.agent = .value(.with { $0.attached = true; $0.status = .with { $0.dirtyBlocks = 3 } })
        $0.homePlatform = .value(vmware { _ in })
    },
    Trip("no room for the undo of a failback", [.retentionSpace, .overlaySpace]) {
        $0.item.disks = [StoredDisk(id: "disk-1", index: 0, bytes: 1 << 20)]
        $0.agent = .value(.with { $0.attached = true; $0.status = .with { $0.dirtyBlocks = 3 } })
        $0.homePlatform = .value(.with { $0.kind = "vmware"; $0.connected = true; $0.datastoreFreeBytes = 12_287 })
    },
    Trip("no room for a move to an older point", [.retentionSpace, .overlaySpace]) {
        $0.chosenPoint = 4
        $0.points = .value([.with { $0.number = 4 }, .with { ($0.number, $0.blocks) = (5, 3) }])
        $0.homePlatform = .value(.with { $0.kind = "vmware"; $0.connected = true; $0.datastoreFreeBytes = 12_287 })
    },
    Trip("nothing to leave out", [.operationAllowed, .agentRegistered], .excludeDisk) {
        $0.item.disks = replicated
        $0.homeMachine = machine([("d1", 1 << 20)])
        $0.cloudMachine = .absent
        $0.agent = .absent
    },
    Trip("privileges missing", [.platformPrivileges], .reprotect(.home)) {
        $0.homePlatform = .value(vmware { $0.missingPrivileges = ["VirtualMachine.Config.RemoveDisk"] })
    },
    Trip("master target's controller", [.masterTargetController], .reprotect(.home)) {
        $0.homePlatform = .value(vmware { $0.masterTargetController = "lsilogic" })
    },
    Trip("master target's disk identities", [.masterTargetDiskUUID], .reprotect(.home)) {
        $0.homePlatform = .value(vmware { $0.masterTargetDiskIDsOff = true })
    },
    Trip("master target's tools", [.masterTargetTools], .reprotect(.home)) {
        $0.homePlatform = .value(vmware { $0.masterTargetToolsMissing = true })
    },
    Trip("master target full", [.masterTargetDiskSlots], .reprotect(.home)) {
        $0.item.home.state = "fenced"
        $0.item.disks = [StoredDisk(id: "disk-1", index: 0, bytes: 4_096)]
        $0.masterTarget = .value(.with { $0.osFamily = "linux"; $0.figures = ["attached_disks": 60] })
    },
    Trip("master target too new", [.masterTargetVersion], .reprotect(.home)) {
        $0.masterTarget = .value(.with { $0.osFamily = "linux"; $0.version = "2.1" })
        $0.configurationServer = .with { $0.version = "2.0" }
    },
    Trip("no row", [.inConfigurationDatabase]) { $0.row = .absent },
    Trip("other address", [.configurationServerAddress]) { $0.strayAddress = "10.0.0.9:7100" },
    Trip("master target has snapshots", [.masterTargetNoSnapshots]) {
        $0.homePlatform = .value(
            .with {
                $0.kind = "vmware"
                $0.connected = true
                $0.masterTargetSnapshots = ["s1"]
            })
    },
    Trip("Windows machine", [.masterTargetOSFamily]) { $0.item.osFamily = "windows" },
    Trip("no point", [.hasRecoveryPoint]) { $0.points = .value([.with { $0.name = "home-before-reprotect" }]) },
    Trip("every point damaged", [.hasRecoveryPoint]) {
        $0.points = .value([.with { $0.number = 7; $0.damage = "disk 0 block 5 differs" }])
    },
    Trip("wrong direction", [.directionConfirmed], .failover(.out)) { _ in },
    Trip("retention volume missing", [.masterTargetRetentionVolume], .reprotect(.home)) {
        $0.homePlatform = .value(vmware { $0.masterTargetRetentionVolumeMissing = true })
    },
    Trip("a clone at the master target", [.diskIdentityUnique], .reprotect(.home)) {
        $0.item.disks = replicated
        $0.homeMachine = .value(.with { $0.id = "web"; $0.power = .off; $0.disks = [attached("d1", "machine/web")] })
        $0.homeMachines = .value([.with { $0.id = "clone"; $0.disks = [attached("d1", "master-target/mt-home")] }])
    },
    Trip("storage moved", [.diskPathsUnchanged]) {
        $0.item.attachedAt = ["d1": "/vol/1/d1"]
        $0.homeMachine = .value(
            .with {
                $0.id = "web"
                $0.power = .off
                $0.disks = [.with { $0.disk = .with { $0.id = "d1" }; $0.path = "/vol/2/d1" }]
            })
    },
    Trip("memory promised to others", [.capacityReserved]) {
        $0.item.memoryMib = 512
        $0.homePlatform = .value(
            .with {
                $0.kind = "vmware"
                $0.connected = true
                $0.memoryFreeMib = 1_000
            })
        $0.promised = [
            StoredReservation(
                job: "job-2", item: "app", site: "home", masterTarget: "", quantities: Quantities(memoryMib: 600))
        ]
        $0.wanted = WantedCapacity([$0], waived: [])
    },
    Trip("a branch serves", [.noBranchPins], .commit) {
        $0.item.phase = "COMMIT_PENDING_OUT"
        $0.branches = .value([.with { $0.id = "job-9"; $0.point = 3 }])
    },
    Trip("a cache at the limit", [.processServerAvailable], .reprotect(.home)) {
        $0.processServer = .value(.with { $0.figures = ["cache_free_percent": 24] })
    },
    Trip("claimed", [.noConflictingJob]) {
        $0.item.claimJob = "job-1"
        $0.item.claimOperation = "COMMIT"
    },
    Trip("another phase", [.operationAllowed], .completeMigration) { _ in },
    Trip("in a group", [.notInGroup]) { $0.item.group = "shop" },
    Trip("process server away", [.processServerAvailable], .reprotect(.home)) { $0.processServerIsFresh = false },
    Trip("process server critical", [.processServerAvailable], .reprotect(.home)) {
        $0.processServer = .value(.with { $0.figures = ["cache_free_percent": 3] })
    },
    Trip("moved to nobody", [.processServerAvailable], .switchProcessServer) { $0.processServer = .absent },
    Trip("moved to one that is silent", [.processServerAvailable], .switchProcessServer) {
        $0.processServerIsFresh = false
    },
    Trip("moved to where it is", [.processServerAvailable], .switchProcessServer) {
        $0.processServer = .value(other { $0.endpoint?.id = "ps-cloud" })
    },
    Trip("moved to a master target", [.processServerAvailable], .switchProcessServer) {
        $0.processServer = .value(other { $0.kind = .masterTarget })
    },
    Trip("moved to the other site", [.processServerAvailable], .switchProcessServer) {
        $0.processServer = .value(other { $0.site = .home })
    },
    Trip("moved to an older version", [.processServerAvailable], .switchProcessServer) {
        $0.processServer = .value(other { $0.version = "1.9" })
        $0.agent = .value(.with { $0.attached = true; $0.hello = .with { $0.version = "1.10" } })
    },
    Trip("moved to a full cache", [.processServerAvailable], .switchProcessServer) {
        $0.processServer = .value(other { $0.figures = ["cache_free_percent": 24] })
    },
    Trip("moved to one that is critical", [.processServerAvailable], .switchProcessServer) {
        $0.processServer = .value(other { $0.health = .critical })
    },
    Trip("moved while its agent is away", [.agentRegistered], .switchProcessServer) { $0.agent = .absent },
    Trip("moved while nothing replicates", [.operationAllowed], .switchProcessServer) {
        $0.item.phase = "COMMITTED_HOME"
    },
    Trip("compared while its agent is away", [.agentRegistered], .resync) { $0.agent = .absent },
    Trip("compared twice at once", [.noConflictingJob], .resync) {
        $0.item.resync = StoredResync(job: "job-other", person: "ana", askedUs: 1)
    },
    Trip("compared with a replica of a later writer", [.lineageProvesDirection], .resync) {
        $0.replica = .value(.with { $0.state = .atPoint; $0.fence = .with { $0.number = 99 } })
    },
    Trip("compared with a replica that is handed over", [.lineageProvesDirection], .resync) {
        $0.replica = .value(.with { $0.state = .released })
    },
    Trip("compared with a replica that nobody can look at", [.lineageProvesDirection], .resync) {
        $0.replica = .unreachable("mt is silent")
    },
    Trip("compared while nothing replicates", [.operationAllowed], .resync) {
        $0.item.phase = "COMMITTED_OUT"
    },
    Trip("a member moved alone", [.notInGroup], .switchProcessServer) { $0.item.group = "shop" },
    Trip("agent not registered", [.agentRegistered], .reprotect(.home)) { $0.agent = .absent },
    Trip("not committed", [.committed], .reprotect(.home)) { $0.item.phase = "COMMIT_PENDING_OUT" },
]
