import API
import Contract
import Environment
import Messages
import Model
import Workflow

/// Failover and failback are one definition: the source S gives the machine to the target T of the direction.
///
///     stop S → fence S → everybody else learns g+1 → drain → seal → choose → move → release → attach to T → grant
///     ★ granted → power on T → booted
///
/// Whatever fails before ★ mints g+2 with the old roles and goes back, T first; S answers writes again only after T's
/// grant is withdrawn.
///
/// Over a group each line is a barrier, ★ is one record for all members, and their final points become one group point.
///
/// - discardingDrills: drills of the members go first.
func failoverWorkflow(
    _ direction: Direction, ofGroup: Bool = false, discardingDrills: Bool = false
) -> VaultWorkflow {
    let source = direction.source
    let target = direction.target
    let begin = [claimStep()] + (discardingDrills ? [discardDrill()] : [])
    let before = [
        pinStep(), resumeStep(source, target),
        mintStep("Mint the generation under which the \(target.rawValue) copy is active", oldWriter: oldWriter) {
            item, scene in
            GenerationRoles(
                activeSite: target, replication: nil, processServer: try ProcessServerID(item.processServer),
                masterTarget: try MasterTargetID(item.masterTarget), drains: try scene.oldGeneration())
        },
        stopSource(source), fenceSource(source), confirmOff(source), assignOthers(source, target), drain(source),
        drained(source), seal(),
    ]
    let choice = (ofGroup ? [sealGroup()] : []) + [choosePoint(), moveToPoint()]
    let handOver =
        (direction == .home ? [certify(), homeReady()] : []) + [release()]
        + (direction == .out ? [createMachine()] : []) + [attachToMachine(target), grant(target)]
    let granted = [
        grantedStep(direction),
        powerOn(target), bootConfirmed(target),
    ]
    let after = granted + (direction == .home ? [beginReadBack()] : []) + [finishFailover(direction)]
    let name = (direction == .out ? "failover" : "failback") + (ofGroup ? "-group" : "")
        + (discardingDrills ? "-discarding-drills" : "")
    return VaultWorkflow(name, version: 1, steps: begin + before + choice + handOver + after)
}

/// The pivot. From here on the other copy runs, so from here on the debts of a source that was stated dead are payable,
/// whoever holds the item (rule G7); and up to here a sign of life still refuses. A run may have waited for hours since
/// somebody last looked.
private func grantedStep(_ direction: Direction) -> VaultStep {
    VaultStep("granted", .decide, "Grant the machine to the \(direction.target.rawValue) copy") { vault, run in
        let scene = try await Scene(vault, run)
        let dead = scene.parameters.statement != nil
        if dead { try await scene.refuseIfAlive(direction) }
        return try await changing(vault, run) { item, scene in
            item.failoverPoint = scene.output("choose")?.numbers["point"] ?? 0
            item.failoverPin = scene.run.job.text
            item.sourceWasStatedDead = dead ? true : nil
            item[direction.source].statedDead = dead
            item.owed = dead ? [Debt.stopSource.rawValue, Debt.fenceSource.rawValue] : []
            return StepOutput("granted")
        }
    }.with { $0.isPivot = true }
}

@Sendable private func oldWriter(_ scene: Scene) -> String {
    scene.parameters.statement == nil ? "confirmed" : "stated"
}

/// - owner: of the pin, which it is let go by.
/// - number: of the point; 0 for the newest.
func pinStep(
    _ title: String = "Pin the point, the newest unless another one was chosen",
    owner: @escaping @Sendable (Scene) -> String = { $0.run.job.text },
    number: @escaping @Sendable (Scene) -> UInt64 = { $0.parameters.choice == "chosen" ? $0.parameters.point : 0 }
) -> VaultStep {
    effect(
        "pin", title, by: "master target", target: { _ in "pin" },
        at: { try $0.vault.directory.channel(of: $0.item.masterTarget) },
        undo: undoing("unpin the point") { scene in try await scene.unpin(owner(scene)) },
        output: { (_, point: TargetV1.RecoveryPoint) in
            StepOutput(
                "point \(point.number) is pinned",
                numbers: ["point": point.number, "cut": UInt64(clamping: point.cutUnixUs)])
        }
    ) { scene, key, options in
        try await scene.target(scene.item.masterTarget).pinPoint(
            .with {
                $0.key = key
                $0.item = scene.item.id
                $0.number = number(scene)
                $0.pin = owner(scene)
            }, options)
    }
}

/// The point that the item left, by a cancel or for another one: its pin would keep it, and the undo of every later
/// interval with it, for ever.
func unpinFailover() -> VaultStep {
    calls("unpin", "Let the point of the failover go", by: "master target") { scene in
        guard let pin = scene.item.failoverPin else { return .skipped("it is not pinned") }
        try await scene.unpin(pin)
        return try .done(StepOutput("unpinned"))
    }
}

extension Scene {
    func unpin(_ pin: String) async throws {
        let client = try target(item.masterTarget)
        let key = try key("pin")
        let id = item.id
        _ = try await asking("unpin the point") { options in
            try await client.unpinPoint(
                .with {
                    $0.key = key
                    $0.item = id
                    $0.pin = pin
                }, options)
        }
    }
}

/// Does nothing on the way forward. On the way back, after everything else was given back, all holders get the old
/// roles under the new generation and the sessions go on.
private func resumeStep(_ source: Site, _ target: Site) -> VaultStep {
    let undo = undoing("give the old roles back everywhere and resume replication") { scene in
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        let dead = scene.parameters.statement != nil
        if dead || source == .home {
            _ = try await scene.assignIfReachable([.processServer(scene.item.processServer), .platform(source)])
        } else {
            try await scene.assign([.processServer(scene.item.processServer), .platform(source)])
        }
        if target == .cloud {
            try await scene.assign(.platform(.cloud))
        } else {
            _ = try await scene.assignIfReachable([.platform(.home)])
        }
        try await scene.orOwe(.resumeSource) {
            try await scene.openRelay()
            try await scene.assignAgent(source)
            try await scene.openSession(source)
        }
    }
    return VaultStep("resume", .decide, "Remember whose roles come back when this is given up", undo: undo) { _, _ in
        try .done(StepOutput("generation before is known"))
    }
}

/// Its undo runs whenever the guest may have been stopped: an answer that was lost, or a platform that answers only
/// after it began, is no proof that nothing happened. A source that still runs goes on, under the new generation;
/// unless the job went on to fence it without having seen it stop: its guest was refused its writes then, and gave up,
/// while its platform goes on saying that it has power. That one is turned off and booted.
private func stopSource(_ source: Site) -> VaultStep {
    let undo = undoing("start the source again under the new generation") { scene in
        let stop = scene.output("stop-source")
        let mayHaveGivenUp = stop.map { $0.facts["\(source.rawValue).power"] == nil } ?? false
        try await scene.orOwe(mayHaveGivenUp ? .restartSource : .resumeSource) {
            guard !mayHaveGivenUp else { return try await scene.bootAnew(source, overlay: false) }
            try await scene.assign(.platform(source))
            try await scene.placeGrant(source, overlay: false)
            try await scene.powerOn(source, overlay: false)
        }
    }
    return calls(
        "stop-source", "Stop the guest gracefully, then by force; its agent stays for the drain",
        by: "\(source.rawValue) platform", undo: undo
    ) { scene in
        if scene.parameters.statement != nil { return .skipped("the source was stated dead; its stop is owed") }
        let old = try scene.oldGeneration().message
        do {
            let machine = try await scene.powerOff(source, keepAgent: true, under: old)
            return try .done(
                StepOutput(
                    "seen \(machine.power.word)",
                    facts: [
                        "\(source.rawValue).power": machine.power.word,
                        "\(source.rawValue).powerChangedUnixUs": "\(machine.powerChangedUnixUs)",
                    ]))
        } catch let failure as Failure where source == .home && failure.code == .unavailable {
            // Only the configuration server stops a home machine; without it the agent's fence decides.
            return try .done(
                StepOutput("not seen to stop; the agent's fence decides: home's platform says \(failure.message)"))
        }
    }
}

private func fenceSource(_ source: Site) -> VaultStep {
    let undo = undoing("let the source's agent answer writes again") { scene in
        try await scene.orOwe(.resumeSource) {
            do { try await scene.assignAgent(source) } catch let failure as Failure
                where failure.code == .unavailable
            {
                // An agent that does not run starts under the grant that the next undo places.
                guard try await scene.machine(source).power == .off else { throw failure }
            }
        }
    }
    return calls(
        "fence", "Fence the source: durably no guest write", by: "\(source.rawValue) agent", undo: undo
    ) { scene in
        if scene.parameters.statement != nil { return .skipped("the source was stated dead; its fence is owed") }
        let generation = try scene.generation()
        do {
            let result = try await scene.command(source, "fence", .fence(.with { $0.generation = generation }))
            guard case .fence(let fence) = result.result else {
                throw Failure(.internalError, "fence the source: the agent's answer is not a fence's")
            }
            let closed = fence.closed?.number ?? 0
            return try .done(
                StepOutput(
                    "generation \(closed) is closed", facts: ["fenced": "\(closed)"], numbers: ["fenced": closed]))
        } catch let failure as Failure where failure.code == .unavailable {
            guard let machine = try? await scene.machine(source), machine.power == .off else {
                throw scene.run.attempt < RetryPolicy().attempts
                    ? failure : unconfirmed(scene, source, failure.message)
            }
            return try .done(
                StepOutput("the platform sees neither guest nor agent", facts: ["fenced": "off"], numbers: ["off": 1]))
        }
    }
}

/// The source became silent after the failover began: whether it is dead only a person can say.
private func unconfirmed(
    _ scene: Scene, _ source: Site, _ seen: String, at step: StepID = "fence", by observer: String = "vault"
) -> Failure {
    let (verb, words) = source == .cloud ? ("failback", "fail back") : ("failover", "fail over")
    let gate = Gate(
        .sourceConfirmedOff, .fail, when: .atStep(step),
        evidence: [Evidence(seen, source: observer, at: scene.vault.now)],
        remedy: Remedy(
            "Wait for the source; or, if you have made sure that it is dead, \(words) again and state so",
            command: "homeward \(verb) \(scene.item.displayName) --source-dead --reason 'what you checked'"))
    return Failure(
        .gatesFailed, "see that machine \(scene.item[source].machine) is off or fenced", on: [.item(scene.run.item)],
        gates: [gate])
}

/// No answer is never off: the durable fence, or the platform that saw the process gone and can start it no more, or a
/// person's statement.
private func confirmOff(_ source: Site) -> VaultStep {
    calls("confirm-off", "Confirm that the source is off or fenced", by: "vault") { scene in
        if let statement = scene.parameters.statement {
            return try .done(
                StepOutput(
                    "\(statement.person) states that it is dead: \(statement.reason)",
                    facts: [
                        "source.statedDead": "\(statement.person): \(statement.reason)"
                    ]))
        }
        if scene.output("fence")?.numbers["fenced"] != nil { return try .done(StepOutput("durably fenced")) }
        do {
            let machine = try await scene.withoutGrant(source, upTo: scene.oldGeneration().message)
            if machine.power == .off {
                return try .done(StepOutput("seen off by the platform, which has no grant of it"))
            }
            throw unconfirmed(
                scene, source, "machine is \(machine.power.word)", at: "confirm-off", by: "\(source.rawValue) platform")
        } catch let failure as Failure
            where failure.disposition == .transient && scene.run.attempt >= RetryPolicy().attempts
        {
            // The platform went silent since it saw the source gone: nobody can say what it starts now.
            throw unconfirmed(scene, source, failure.message, at: "confirm-off")
        }
    }
}

extension Scene {
    /// Whoever answers is not dead, whatever was stated before.
    fileprivate func refuseIfAlive(_ direction: Direction) async throws {
        let gate = await Observer(vault).stillDead(item, direction, by: parameters.statement)
        guard gate.blocks else { return }
        let machine = item[direction.source].machine
        throw Failure(
            .gatesFailed,
            "grant the machine to the \(direction.target.rawValue) copy: \(machine) was stated dead, and "
                + gate.evidence.map(\.observed).joined(separator: ", "), on: [.item(run.item)], gates: [gate])
    }
}

private func assignOthers(_ source: Site, _ target: Site) -> VaultStep {
    calls("assign", "Give everybody else the new generation", by: "process server, master target, platforms") { scene in
        try await scene.assign(.masterTarget(scene.item.masterTarget))
        var away: [String] = []
        // What stands at a source that may be gone does not hold a failover up; it is fenced by its generation.
        if scene.parameters.statement != nil || source == .home {
            away += try await scene.assignIfReachable([.processServer(scene.item.processServer), .platform(source)])
        } else {
            try await scene.assign([.processServer(scene.item.processServer), .platform(source)])
        }
        try await scene.assign(.platform(target))
        return try .done(
            StepOutput(away.isEmpty ? "all answered" : "away: \(away.joined(separator: ", "))"))
    }
}

/// One call for all members, made in the first one's name: all are stopped and drained, so their final points are of
/// one moment.
private func sealGroup() -> VaultStep {
    calls("seal-group", "Make the members' final points one group point", by: "master target") { scene in
        guard let group = scene.parameters.group, let members = scene.parameters.members else {
            return .skipped("not a group's failover")
        }
        guard scene.parameters.choice == "latest" else { return .skipped("not asked for: the choice is not latest") }
        let ids = members.keys.sorted()
        guard scene.item.id == ids.first else { return .skipped("one call for all members") }
        let progress = try await scene.vault.store.jobs.progress(scene.run.job)
        for id in ids {
            let outputs = try progress.outputs(of: ItemID(id))
            if isDrainGivenUp({ outputs[$0].flatMap { StepOutput($0) } }) {
                return .skipped("a member's last interval was given up")
            }
        }
        var finals: [TargetV1.GroupFinalMember] = []
        for id in ids {
            let member = try await scene.vault.store.item(try ItemID(id))
            let closing = try members[id]?.before?.generation.message
            let generation = try member.assignment().generation.message
            finals.append(
                .with {
                    $0.item = id
                    $0.generation = generation
                    $0.closing = closing
                })
        }
        let client = try scene.target(scene.item.masterTarget)
        let key = try scene.key("group/\(group)")
        let request = TargetV1.SealGroupFinalRequest.with {
            $0.key = key
            $0.group = group
            $0.members = finals
        }
        do {
            let point = try await asking("seal group \(group)") { try await client.sealGroupFinal(request, $0) }
            return try .done(StepOutput("group point \(point.name)", facts: ["group.point": point.name]))
        } catch let failure as Failure where failure.code == .unsupported {
            // Its members' final points are there all the same.
            return .skipped("this master target keeps no group points")
        }
    }
}

private func seal() -> VaultStep {
    effect(
        "seal", "Close the old generation for ever", by: "master target", target: { _ in "seal" },
        at: { try $0.vault.directory.channel(of: $0.item.masterTarget) },
        output: { (_, replica: TargetV1.Replica) in StepOutput("sealed up to \(replica.sealed)") }
    ) { scene, key, options in
        let generation = try scene.generation()
        let closing = try scene.oldGeneration().message
        return try await scene.target(scene.item.masterTarget).sealFinal(
            .with {
                $0.key = key
                $0.item = scene.item.id
                $0.generation = generation
                $0.closing = closing
            }, options)
    }
}
