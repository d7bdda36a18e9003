import API
import Contract
import Environment
import Messages
import Model
import RPC
import Workflow

/// A test of a failover or a failback: the machine as it would come up, from a branch of a recovery point, in a network
/// that leads nowhere. The item keeps its phase, its generation and its replication; nothing is minted and no component
/// is assigned anything, so there is no point of no return.
///
///     pin the point → branch → machine → power on → booted
///
/// The claim is held only while steps act. What stands then is in the item's row until a cleanup (`drillCleanup`), or
/// a real failover that discards it.
func drillWorkflow(_ direction: Direction) -> VaultWorkflow {
    let site = direction.target
    return VaultWorkflow(
        drillName(direction), version: 1,
        steps: [
            claimStep(), recordDrill(direction), pinStep(), makeBranch(), createTestMachine(site), powerOnTest(site),
            drillBooted(site),
            finishStep("The drill runs until its cleanup") { item, scene in
                let now = scene.vault.now
                try item.changeDrill { drill in
                    drill.notePoint(scene)
                    drill.state = .running
                    drill.bootUs = UInt64(max(1, now.value - drill.startedUs))
                }
                return StepOutput("booted \(seconds(item.drill?.bootUs ?? 0)) after the drill began")
            },
        ])
}

func drillName(_ direction: Direction) -> String { direction == .out ? "test-failover" : "test-failback" }

/// Removes what a drill left. Asked for is decided: there is nothing to go back to.
let drillCleanupWorkflow = VaultWorkflow(
    "drill-cleanup", version: 1,
    steps: [
        claimStep(),
        change("end", .decide, "End the drill") { item, scene in
            try item.changeDrill { drill in
                drill.state = .cleaning
                drill.endedBy = scene.parameters.person
                drill.remark = scene.parameters.remark ?? ""
                drill.cleanupJob = scene.run.job.text
            }
            return StepOutput("drill \(item.drill?.job ?? "") ends")
        }.with { $0.isPivot = true },
        calls("stop", "Turn the test machine off", by: "platform") { scene in
            try await scene.testMachine().stop()
            return try .done(StepOutput("off"))
        },
        calls("delete-machine", "Delete the test machine", by: "platform") { scene in
            try await scene.testMachine().delete()
            return try .done(StepOutput("deleted"))
        },
        calls("delete-branch", "Delete the branch, and unpin its point", by: "master target") { scene in
            try await scene.deleteBranch()
            return try .done(StepOutput("deleted"))
        },
        finishStep("Nothing is left of the drill but its record") { item, scene in
            let now = scene.vault.now
            try item.changeDrill { $0.close($0.reached, at: now) }
            return StepOutput(item.drill?.outcome?.rawValue ?? "")
        },
    ])

/// In a real failover: a drill that stands in the way goes first, if that was said. It does not come back.
func discardDrill() -> VaultStep {
    VaultStep(
        "discard-drill", "End a drill that stands in the way", by: "platform, master target",
        look: { _, _ in .notDone }
    ) { vault, run in
        let scene = try await Scene(vault, run)
        guard scene.item.drill != nil else { return .skipped("no drill stands") }
        let machine = try scene.testMachine()
        try await machine.stop()
        try await machine.delete()
        try await scene.deleteBranch()
        return try await changing(vault, run) { item, scene in
            let now = scene.vault.now
            try item.changeDrill { drill in
                drill.endedBy = scene.parameters.person
                drill.cleanupJob = scene.run.job.text
                drill.close(.discarded, at: now)
            }
            return StepOutput("drill \(item.drill?.job ?? "") was discarded")
        }
    }
}

private func recordDrill(_ direction: Direction) -> VaultStep {
    let undo = undoingChange("record that the machine did not boot") { item, scene in
        // Cancelled before it was recorded.
        guard item.drill?.job == scene.run.job.text else { return }
        let now = scene.vault.now
        try item.changeDrill { drill in
            drill.notePoint(scene)
            drill.close(.notBooted, at: now)
        }
    }
    return change("begin", .decide, "Record the drill", undo: undo) { item, scene in
        item.drill = StoredDrill(
            of: item, direction: direction, job: scene.run.job, by: scene.parameters.person, at: scene.vault.now)
        return StepOutput("machine \(item.drill?.machine ?? "")")
    }
}

extension Failure {
    /// With the gate that its master target refuses a branch for; nil when it is for another reason.
    fileprivate func ofBranch(at now: UnixMicroseconds) -> Failure? {
        let found: (code: GateCode, remedy: String)? =
            switch code {
            case .noSpace: (.overlaySpace, "Make room on the master target's datastore, or end other drills there")
            case .busy: (.diskNotApplying, "Wait until the master target has applied the point, then begin again")
            default: nil
            }
        guard let found else { return nil }
        let gate = Gate(
            found.code, .fail, when: .atStep("branch"),
            evidence: [Evidence(message, source: "master target", at: now)], remedy: Remedy(found.remedy))
        var told = self
        told.gates = [gate]
        return told
    }
}

private func makeBranch() -> VaultStep {
    let undo = undoing("delete the branch") { scene in
        let client = try scene.target(scene.item.masterTarget)
        let key = try scene.key("branch")
        _ = try await asking("delete the branch") { options in
            try await client.deleteBranch(
                .with {
                    $0.key = key
                    $0.item = scene.item.id
                    $0.branch = scene.run.job.text
                }, options)
        }
    }
    return effect(
        "branch", "Make a branch of the point; replication goes on beside it", by: "master target",
        target: { _ in "branch" }, at: { try $0.vault.directory.channel(of: $0.item.masterTarget) }, undo: undo,
        output: { (_, branch: TargetV1.Branch) in
            StepOutput(
                "point \(branch.point), \(branch.disks.count) disks",
                facts: ["branch.socket": branch.socket, "point.number": "\(branch.point)"],
                numbers: Dictionary(branch.disks.map { ("bytes.\($0.id)", $0.bytes) }) { first, _ in first })
        }
    ) { scene, key, options in
        let request = TargetV1.CreateBranchRequest.with {
            $0.key = key
            $0.item = scene.item.id
            $0.point = scene.output("pin")?.numbers["point"] ?? 0
            $0.pin = scene.run.job.text
        }
        do { return try await scene.target(scene.item.masterTarget).createBranch(request, options) } catch {
            guard let told = (error as? RPCError).flatMap({
                Failure($0, attempting: "make a branch").ofBranch(at: scene.vault.now)
            }) else { throw error }
            throw told
        }
    }
}

private func createTestMachine(_ site: Site) -> VaultStep {
    let undo = undoing("delete the test machine") { scene in try await scene.testMachine().delete() }
    return effect(
        "machine", "Create a test machine on the branch, in a network that leads nowhere",
        by: "\(site.rawValue) platform", target: { "machine/\(try $0.drill().machine)" },
        at: { try $0.vault.directory.platform(site) }, undo: undo,
        output: { (_, machine: PlatformV1.Machine) in
            StepOutput("machine \(machine.id)", facts: ["test.machine": machine.id])
        }
    ) { scene, key, options in
        let item = scene.item
        let machine = try scene.drill().machine
        return try await scene.platform(site).createMachine(
            .with {
                $0.key = key
                $0.branchSocket = scene.output("branch")?.facts["branch.socket"] ?? ""
                $0.machine = .with {
                    $0.id = machine
                    $0.name = "\(item.displayName) (drill)"
                    // As the point has them: one may have been enlarged since.
                    $0.disks = item.disks.map { disk in
                        let bytes = scene.output("branch")?.numbers["bytes.\(disk.id)"] ?? disk.bytes
                        return .with { $0.disk = disk.message.changed { $0.bytes = bytes } }
                    }
                    $0.attributes = .with {
                        $0.osFamily = item.osFamily
                        $0.osName = item.osName
                        $0.toolsEnabled = item.toolsEnabled
                        $0.memoryMib = item.memoryMib
                    }
                    // Machines that its work depends on are not there.
                    $0.guest = (try? PlatformV1.Guest(wire: item.guest))?.changed { $0.ledgerGroup = "" }
                }
            }, options)
    }
}

private func powerOnTest(_ site: Site) -> VaultStep {
    let undo = undoing("turn the test machine off") { scene in try await scene.testMachine().stop() }
    return effect(
        "power-on", "Power the test machine on", by: "\(site.rawValue) platform",
        target: { "power/\(try $0.drill().machine)" }, at: { try $0.vault.directory.platform(site) }, undo: undo,
        output: { (_, machine: PlatformV1.Machine) in StepOutput("power \(machine.power.word)") }
    ) { scene, key, options in
        let machine = try scene.drill().machine
        return try await scene.platform(site).powerOn(
            .with {
                $0.key = key
                $0.machine = machine
            }, options)
    }
}

private func drillBooted(_ site: Site) -> VaultStep {
    calls("booted", "See the test machine boot", by: "\(site.rawValue) platform") { scene in
        let drill = try scene.drill()
        if let cause = try await scene.vault.endOf(drill) {
            throw Failure(.operationNotAllowed, "see machine \(drill.machine) boot: \(cause)")
        }
        return try await polling(scene, "see machine \(drill.machine) boot") {
            let machine = try await scene.platform(site).look(at: drill.machine)
            guard machine.booted, machine.power == .on else { return nil }
            return StepOutput("boot \(machine.bootID) answers")
        }
    }.with { $0.retry = patientRetry }
}

extension Scene {
    func drill() throws(Failure) -> StoredDrill {
        guard let drill = item.drill else {
            throw Failure(.internalError, "step \(run.step): item \(item.id) has no drill", on: [.item(run.item)])
        }
        return drill
    }

    fileprivate func testMachine() throws -> TestMachineRemoval {
        let drill = try drill()
        return TestMachineRemoval(vault: vault, site: try drill.site(), machine: drill.machine) { try key($0) }
    }

    fileprivate func deleteBranch() async throws {
        let drill = try drill()
        let client = try target(drill.masterTarget)
        let (branch, pin) = (try key("branch"), try key("pin"))
        try await ifThere("delete the branch of drill \(drill.job)") { options in
            _ = try await client.deleteBranch(
                .with {
                    $0.key = branch
                    $0.item = drill.item
                    $0.branch = drill.job
                }, options)
        }
        try await ifThere("unpin the point of drill \(drill.job)") { options in
            _ = try await client.unpinPoint(
                .with {
                    $0.key = pin
                    $0.item = drill.item
                    $0.pin = drill.job
                }, options)
        }
    }
}

extension StoredDrill {
    fileprivate mutating func notePoint(_ scene: Scene) {
        let pinned = scene.output("pin")?.numbers ?? [:]
        point = pinned["point"] ?? 0
        pointCutUs = Int64(clamping: pinned["cut"] ?? 0)
    }
}

extension ItemRecord {
    mutating func changeDrill(_ change: (inout StoredDrill) -> Void) throws(Failure) {
        guard drill != nil else { throw Failure(.internalError, "change the drill of item \(id): there is none") }
        change(&drill!)
    }
}

/// Takes the machine of a drill away; each part may be asked for again, and one that is gone is what was asked for.
struct TestMachineRemoval: Sendable {
    let vault: VaultContext
    let site: Site
    let machine: String
    let key: @Sendable (_ target: String) throws -> CommonV1.OperationKey

    func stop() async throws {
        let client = PlatformClient(try vault.directory.platform(site))
        let key = try key("power/\(machine)")
        try await ifThere("stop test machine \(machine)") { options in
            _ = try await client.powerOff(
                .with {
                    $0.key = key
                    $0.machine = machine
                }, options)
        }
    }

    func delete() async throws {
        let client = PlatformClient(try vault.directory.platform(site))
        let key = try key("machine/\(machine)")
        try await ifThere("delete test machine \(machine)") { options in
            _ = try await client.deleteMachine(
                .with {
                    $0.key = key
                    $0.machine = machine
                }, options)
        }
    }
}

private func ifThere(
    _ what: String, _ call: @Sendable (CallOptions) async throws -> Void
) async throws(Failure) {
    do { try await asking(what, Patience.effect + Patience.gracefulStop, call) } catch {
        guard error.code == .notFound else { throw error }
    }
}
