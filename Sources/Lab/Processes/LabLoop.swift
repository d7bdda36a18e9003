import Environment
import MachineFiles
import Messages
import Model

/// The whole cycle on real disks: protect, fail over, commit, reprotect, fail back, commit, re-protect, with the guests
/// writing all the time, and the judgement from outside.
public actor LabLoop {
    /// A replication in a lab's sizes is complete well within it, kills included.
    private static let syncLimit = Duration.seconds(300)
    private static let bootLimit = Duration.seconds(60)
    /// One write of a user's script may be as long as 1 GiB.
    private static let stillLimit = Duration.seconds(300)
    /// How long gates may refuse after a kill: a component counts as away 10 s after it was heard last.
    private static let gateLimit = Duration.seconds(30)
    private static let look = Duration.milliseconds(300)

    let layout: LabLayout
    let world: LabWorld
    let options: LoopOptions
    let supervisor: any ComponentSupervisor
    let vault: LoopVault
    let lane: any Lane
    private let began: MonotonicInstant
    var report: LoopReport
    let kills: LoopKills
    let interruption: Interruption

    /// The components run as processes of this computer unless another supervisor is given.
    public init(
        _ layout: LabLayout, _ world: LabWorld, _ options: LoopOptions,
        supervisor: (any ComponentSupervisor)? = nil, interruption: Interruption = Interruption()
    ) {
        self.interruption = interruption
        self.layout = layout
        self.world = world
        self.options = options
        self.supervisor = supervisor ?? LabSupervisor(layout, world, seed: options.seed)
        vault = LoopVault(world)
        lane = world.environment.lanes.lane("lab")
        kills = LoopKills(layout, world, options, self.supervisor, vault)
        began = world.environment.clock.now()
        report = LoopReport(profile: options.profile.rawValue, seed: options.seed)
        report.groups = options.units.filter { !$0.group.isEmpty }.map { ($0.name, $0.machines.map(\.name)) }
        report.machines = options.machines.map { machine in
            LoopReport.Machine(
                name: machine.name, guest: options.scenario == .idle ? "idle" : machine.guest, image: nil,
                acknowledgements: [
                    (.home, layout.acknowledgements(machine.name, .home)),
                    (.cloud, layout.acknowledgements(machine.cloudName, .cloud)),
                ],
                disks: machine.disks.map {
                    LoopReport.Disk(
                        id: $0.id, bytes: $0.bytes,
                        homePath: "\(layout.datastore(.home))/machine-\(machine.name)/\($0.id)/disk.raw")
                })
        }
    }

    /// True when all was as it must be. The report is written in any case once the lab could be started.
    public func run() async throws -> Bool {
        try await supervisor.check()
        guard !world.environment.files.exists(layout.report), !world.environment.files.exists(layout.images) else {
            throw Failure(
                .alreadyExists, "run in the directory \(layout.directory): an earlier run lies there; remove it, give "
                    + "--replace, or name another directory")
        }
        try await timed("start", "") { try await supervisor.start() }
        let keeping = world.environment.tasks.spawn("lab") { [supervisor] in await supervisor.keep() }
        do {
            try await kills.begin()
            try await watchedCycle()
            for place in report.machines.indices {
                try interruption.check()
                try await judge(place)
            }
            for group in report.groups { try await judge(group.name, group.machines) }
        } catch {
            report.reasons.append((error as? Failure)?.message ?? "\(error)")
        }
        let (killed, missed) = await kills.end()
        report.kills = killed
        report.reasons += missed
        await supervisor.stop()
        await keeping.finished()
        let text = report.json().encoded() + "\n"
        let path = layout.report
        do {
            try await lane.run { [files = world.environment.files] in try files.replace(path, with: Array(text.utf8)) }
            world.say("report: \(path)")
        } catch { report.reasons.append("write the report: \(error)") }
        for reason in report.reasons { world.say("  \(reason)") }
        world.say("verdict: \(report.isPass ? "pass" : "fail")")
        return report.isPass
    }

    private func judge(_ place: Int) async throws {
        var machine = report.machines[place]
        let judge = LoopJudge(layout: layout, files: world.environment.files, kills: options.kills)
        let key = report.certificateKey
        try await timed("verify", machine.name) {
            let (judged, reasons) = try await lane.run { [machine] in
                var judged = machine
                let reasons = try judge.judge(&judged) + judge.certificate(of: judged, key: key)
                return (judged, reasons)
            }
            machine = judged
            report.reasons += reasons
        }
        report.machines[place] = machine
    }

    private func judge(_ group: String, _ names: [String]) async throws {
        let machines = report.machines.filter { names.contains($0.name) }
        let judge = LoopJudge(layout: layout, files: world.environment.files, kills: options.kills)
        try await timed("verify together", group) {
            report.reasons += try await lane.run { try judge.judgeTogether(machines, group) }
        }
    }

    // MARK: Machines

    func create(_ machine: LoopMachine) async throws {
        try await timed("create", machine.name) {
            var images: [String] = []
            let files = world.environment.files
            let folder = "\(layout.datastore(.home))/import"
            let kept = "\(layout.images)/\(machine.name).image.raw"
            if let image = machine.image {
                let (layout, images, writes, script) = (layout, layout.images, options.writes, layout.script)
                try await lane.run { [supervisor] in
                    for path in [folder, images, layout.scripts] { try files.createDirectory(path) }
                    try Images.copy(image, to: kept, files)
                    try Images.copy(image, to: "\(folder)/\(machine.name).raw", files)
                    if let writes { try files.replace(script, with: writes) }
                    for path in [folder, layout.scripts] { try supervisor.handOver(path) }
                }
                if let place = report.machines.firstIndex(where: { $0.name == machine.name }) {
                    report.machines[place].image = kept
                    report.machines[place].writes = options.writes == nil ? nil : layout.script
                }
            }
            if machine.hasFiles { try await makeFiles(machine, folder: folder, kept: kept) }
            if machine.image != nil || machine.hasFiles { images = ["import/\(machine.name).raw"] }
            try await vault.create(machine, guest: guest(of: machine), images: images)
            try await vault.start(machine)
            try await booted(machine.name, .home)
        }
    }

    /// What works in the machine: nothing in a user's, whose script comes in phases.
    func guest(of machine: LoopMachine) -> PlatformV1.Guest {
        guard machine.image == nil else { return idleGuest }
        let (seed, group) = (options.seed, options.group(of: machine))
        let rate = machine.hasFiles ? 0 : options.profile.ledgerRate
        return .with {
            $0.kind = machine.hasFiles ? .files : .ledger
            $0.seed = seed
            $0.rate = rate
            $0.ledgerGroup = group
        }
    }

    func booted(_ id: String, _ site: Site) async throws {
        try await until(Self.bootLimit, "boot of machine \(id)") {
            try await self.vault.machine(id, site).booted ? "" : "guest or agent does not answer"
        }
    }

    /// A script may be as long as a user likes: what must not last is that no write of it is acknowledged.
    func guestSays(_ message: String, _ id: String, _ site: Site) async throws {
        let path = RunDirectory("\(layout.machines(site))/\(id)").guestStatus
        let clock = world.environment.clock
        var last: (writes: UInt64, at: MonotonicInstant) = (0, clock.now())
        while true {
            let status = try await lane.run { [files = world.environment.files] in
                try GuestStatusFile.read(path, files)
            }
            if status?.state == .running, status?.message == message { return }
            let writes = status?.acknowledgedWrites ?? 0
            if writes != last.writes { last = (writes, clock.now()) }
            guard clock.now() - last.at < Self.stillLimit, status?.state != .failed else {
                throw Failure(
                    .timedOut, "wait for the guest of machine \(id): it says \(status?.message ?? "nothing"), not "
                        + "\(message), after \(writes) acknowledged writes")
            }
            try await clock.sleep(for: Self.look)
        }
    }

    func protected(_ machine: LoopMachine, _ direction: Direction, _ name: String) async throws {
        let wanted = direction == .out ? "out" : "home"
        let progress = LoopProgress("\(name) \(machine.name)", at: world.environment.clock.now())
        defer { world.tell("") }
        try await timed(name, machine.name) {
            try await until(Self.syncLimit, "replication of \(machine.name)") {
                let item = try await self.vault.item(machine.name)
                let towards = item.direction == .out ? "out" : item.direction == .home ? "home" : "nowhere"
                if item.phase == .protected, towards == wanted, item.claimJob.isEmpty { return "" }
                self.world.tell(progress.line(item, at: self.world.environment.clock.now()))
                return "\(item.phase) (\(towards)), \(item.remainingBlocks) blocks left, "
                    + item.health.joined(separator: "; ")
            }
        }
    }

    /// `check` says what is missing; empty when nothing is.
    func until(_ limit: Duration, _ what: String, _ check: () async throws -> String) async throws {
        let clock = world.environment.clock
        let deadline = clock.now() + limit
        while true {
            let missing = try await check()
            if missing.isEmpty { return }
            guard clock.now() < deadline else {
                throw Failure(.timedOut, "wait for the \(what): not within \(limit): \(missing)")
            }
            try await clock.sleep(for: Self.look)
        }
    }

    // MARK: Steps

    private var elapsed: String {
        let tenths = (world.environment.clock.now() - began).inMicroseconds / 100_000
        return "\(tenths / 10).\(tenths % 10) s"
    }

    func timed(_ name: String, _ machine: String, _ body: () async throws -> Void) async throws {
        let start = world.environment.clock.now()
        try await body()
        let seconds = Double((world.environment.clock.now() - start).inMicroseconds) / 1_000_000
        report.steps.append(LoopReport.Step(name: name, machine: machine, seconds: seconds))
        world.say("[\(elapsed)] \(name) \(machine): \(Double(Int64(seconds * 10)) / 10) s")
    }

    /// Over a machine, or over a group as one job.
    @discardableResult
    func operate(
        _ name: String, _ unit: LoopUnit, _ start: () async throws -> VaultV1.Job
    ) async throws -> VaultV1.Job {
        let from = world.environment.clock.now()
        world.say("[\(elapsed)] \(name) \(unit.name) …")
        var bytes: Int64 = 0
        var told: Set<String> = []
        var progress = LoopProgress("\(name) \(unit.name)", at: from)
        defer { world.tell("") }
        let job: VaultV1.Job
        do {
            job = try await vault.follow(try await started(start)) { state in
                bytes = max(bytes, Int64(clamping: state.progressBytes))
                await self.kills.follow(state)
                for step in state.steps {
                    guard let plan = step.plan else { continue }
                    guard step.state == .done, told.insert(plan.id).inserted else { continue }
                    let took = (step.endedUnixUs - step.startedUnixUs) / 1_000
                    self.world.say("    ✓ \(plan.title) (\(took) ms) \(step.detail)")
                }
                self.world.tell(progress.line(state, at: self.world.environment.clock.now()))
            }
        } catch let failure as Failure {
            let gates = failure.gates.filter(\.blocks).map(\.code.rawValue).joined(separator: ", ")
            throw Failure(
                failure.code, "\(name) of \(unit.name): \(failure.message)" + (gates.isEmpty ? "" : " {\(gates)}"))
        }
        let seconds = Double((world.environment.clock.now() - from).inMicroseconds) / 1_000_000
        report.steps.append(
            LoopReport.Step(
                name: name, machine: unit.name, seconds: seconds, bytes: bytes == 0 ? nil : bytes,
                facts: unit.facts(job)))
        world.say("[\(elapsed)] \(name) \(unit.name): \(Double(Int64(seconds * 10)) / 10) s"
            + (bytes == 0 ? "" : ", \(ByteCount(bytes)) brought in sync"))
        for machine in unit.machines { note(name, machine, unit.facts(job, of: machine)) }
        return job
    }

    /// An operation begins when what was killed before has healed: gates may refuse it until a process that serves
    /// again was also heard by the others. Then it is asked for again, as a person would.
    private func started(_ start: () async throws -> VaultV1.Job) async throws -> VaultV1.Job {
        let clock = world.environment.clock
        let limit = clock.now() + Self.gateLimit
        while true {
            await kills.settle()
            do { return try await start() } catch let failure as Failure {
                let isPassing = failure.code == .gatesFailed && clock.now() < limit
                guard isPassing, await kills.hasKilled else { throw failure }
                let gates = failure.gates.filter(\.blocks).map(\.code.rawValue).joined(separator: ", ")
                world.say("    refused for now: \(gates)")
                try await clock.sleep(for: Self.look)
            }
        }
    }

    /// Home's disks lie untouched below their overlays until the commit; the fenced cloud machine's disks hold the cut.
    /// What the vault certifies of them is kept with them.
    func keepHandover(_ unit: LoopUnit, _ failback: VaultV1.Job) async throws {
        for machine in unit.machines {
            try await keepHandover(machine)
            try await keepCertificate(machine, failback)
        }
    }

    /// By then all of home's disks were read back, which the certificate of the failback says.
    func commitFailback(_ unit: LoopUnit, _ failback: VaultV1.Job) async throws {
        try await operate("commit-failback", unit) { try await self.vault.commit(unit.name) }
        for machine in unit.machines {
            try await keepCertificate(machine, failback)
            let modes = report.machines.first { $0.name == machine.name }?.disks.map { $0.certificateMode ?? "none" }
            guard modes?.contains(where: { $0 != "full" }) ?? true else { continue }
            report.reasons.append("\(machine.name): not read back whole before the commit: \(modes ?? [])")
        }
    }

    private func keepCertificate(_ machine: LoopMachine, _ failback: VaultV1.Job) async throws {
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return }
        let (envelope, key) = try await vault.certificate(failback, machine)
        let path = "\(layout.images)/\(machine.name).certificate.json"
        let keyPath = "\(layout.images)/vault.pem"
        try await lane.run { [files = world.environment.files] in
            try files.replace(path, with: Array(envelope.utf8))
            try files.replace(keyPath, with: Array(key.utf8))
        }
        report.machines[place].certificate = path
        report.certificateKey = keyPath
    }

    private func keepHandover(_ machine: LoopMachine) async throws {
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return }
        try await timed("keep hand-over", machine.name) {
            let files = world.environment.files
            for index in report.machines[place].disks.indices {
                let disk = report.machines[place].disks[index]
                let images = layout.images
                let kept = "\(images)/\(disk.id).handover.raw"
                let cloud = "\(layout.datastore(.cloud))/machine-\(machine.cloudName)/\(disk.id)"
                let (handover, cut) = try await lane.run {
                    try files.createDirectory(images)
                    let handover = try Images.copy(disk.homePath, to: kept, files)
                    // With an overlay, or elsewhere, the plain disk is not what the guest saw: not measured then.
                    let isPlain = files.exists("\(cloud)/disk.raw") && !files.exists("\(cloud)/overlay.data")
                    return (handover, isPlain ? try Images.digest("\(cloud)/disk.raw", files) : nil)
                }
                report.machines[place].disks[index].homeImageAtHandover = kept
                report.machines[place].disks[index].sha256Handover = handover
                report.machines[place].disks[index].sha256CloudAtCut = cut
            }
        }
    }
}
