import Environment
import Ledger
import MachineFiles
import Messages
import Model

/// The cycle of one ledger machine, out and home again and protected once more, on whatever world it is given: real
/// processes or simulated ones. A person's part: operations are asked for through the vault, again when one was
/// refused or taken back because a process was away, and the outcome is judged from files.
public actor OneMachineCycle {
    public struct Settings: Sendable {
        public var seed: UInt64
        public var diskBytes: [Int64]
        /// Writes of the guest, a second.
        public var rate: UInt32
        /// The guest writes for so long before each operation that moves the machine.
        public var writing: Duration
        /// Times out and home.
        public var rounds = 1
        /// Of a further disk, which is left out of the replication; nil: there is none.
        public var leftOutBytes: Int64?

        public init(seed: UInt64, diskBytes: [Int64], rate: UInt32, writing: Duration) {
            self.seed = seed
            self.diskBytes = diskBytes
            self.rate = rate
            self.writing = writing
        }

        /// A disk that a few writes a second fill in one stay: cheap where everything is simulated.
        public static func small(_ seed: UInt64) -> Settings {
            Settings(seed: seed, diskBytes: [1 << 20], rate: 30, writing: .milliseconds(600))
        }
    }

    /// One replication of one disk.
    public struct Leg: Hashable, Sendable {
        public let name: String
        public let moved: Int64
        public let bound: Int64
    }

    /// With processes killed all the time a synchronization or an operation takes longer, but not for ever.
    private static let limit = Duration.seconds(600)
    private static let look = Duration.milliseconds(300)
    /// A person asks again at most so often, and this long after an attempt.
    private static let attempts = 40
    private static let pause = Duration.seconds(2)

    private let layout: LabLayout
    private let world: LabWorld
    private let settings: Settings
    private let vault: LoopVault
    private let machine: LoopMachine
    private let lane: any Lane
    /// What is replicated of it.
    private var judged: LoopReport.Machine
    private var leftOut: LoopMachine.Disk? { settings.leftOutBytes == nil ? nil : machine.disks.last }
    private var seen = VaultV1.Job()
    /// Blocks that each replication moved, and those that could differ at most.
    public private(set) var legs: [Leg] = []
    private var excesses: [String] = []

    public init(_ layout: LabLayout, _ world: LabWorld, _ settings: Settings) {
        self.layout = layout
        self.world = world
        self.settings = settings
        vault = LoopVault(world)
        machine = .ledger("vm-01", settings.diskBytes + [settings.leftOutBytes].compactMap(\.self))
        lane = world.environment.lanes.lane("cycle")
        judged = LoopReport.Machine(
            name: machine.name, guest: "ledger", image: nil,
            acknowledgements: [
                (.home, layout.acknowledgements(machine.name, .home)),
                (.cloud, layout.acknowledgements(machine.cloudName, .cloud)),
            ],
            disks: machine.disks.prefix(settings.diskBytes.count).map {
                LoopReport.Disk(id: $0.id, bytes: $0.bytes, homePath: Self.homePath(of: $0, layout))
            })
    }

    private static func homePath(of disk: LoopMachine.Disk, _ layout: LabLayout) -> String {
        "\(layout.datastore(.home))/machine-vm-01/\(disk.id)/disk.raw"
    }

    /// - Parameter quiet: called when the last operation is done and only the judgement is left.
    /// - Returns: reasons against; empty when all is as it must be.
    public func run(quiet: @Sendable () -> Void) async throws -> [String] {
        try await create()
        let without = leftOut.map { [$0.id] } ?? []
        try await operate("protect") { try await self.vault.enable(self.machine, without: without) }
        try await protected(.out)
        for round in 1...settings.rounds { try await outAndHome(isLast: round == settings.rounds) }
        quiet()
        try await stopGuest()
        return try await judge() + judgeLeftOut() + excesses
    }

    /// The hand-over of the last round is what the disks are judged by.
    private func outAndHome(isLast: Bool) async throws {
        try await write()
        try await operate("failover") { try await self.vault.failover(self.machine.name, .out) }
        try await write()
        try await operate("commit") { try await self.vault.commit(self.machine.name) }
        let left = try await leftOutDigest()
        try await operate("reprotect") { try await self.vault.reprotect(self.machine.name) }
        try await protected(.home)
        try await write()
        if try await leftOutDigest() != left { excesses.append("what is left out changed while its machine was away") }
        try await operate("failback") { try await self.vault.failover(self.machine.name, .home) }
        if isLast { try await keepHandover() }
        try await write()
        try await operate("commit failback") { try await self.vault.commit(self.machine.name) }
        try await operate("re-protect") { try await self.vault.reprotect(self.machine.name) }
        try await protected(.out)
        try await write()
    }

    // MARK: The machine

    /// At home, and booted; no vault knows of it.
    public func create() async throws {
        world.say("create")
        let (seed, rate) = (settings.seed, settings.rate)
        try await vault.create(
            machine,
            guest: .with {
                $0.kind = .ledger
                $0.seed = seed
                $0.rate = rate
            }, images: [])
        try await vault.start(machine)
        try await until("boot of the machine") {
            try await self.vault.machine(self.machine.name, .home).booted ? "" : "guest or agent does not answer"
        }
    }

    private func write() async throws { try await world.environment.clock.sleep(for: settings.writing) }

    private func stopGuest() async throws {
        world.say("stop the guest")
        try await vault.setGuest(machine.name, .home, .with { $0.kind = .idle })
        let path = RunDirectory("\(layout.machines(.home))/\(machine.name)").guestStatus
        try await until("end of the guest's writes") {
            let status = try await self.lane.run { [files = self.world.environment.files] in
                try GuestStatusFile.read(path, files)
            }
            let isIdle = status?.state == .running && status?.message == "idle"
            return isIdle ? "" : "it says \(status?.message ?? "nothing")"
        }
    }

    // MARK: Operations

    private func operate(_ name: String, _ start: () async throws -> VaultV1.Job) async throws {
        for attempt in 1...Self.attempts {
            world.say("\(name), attempt \(attempt)")
            seen = VaultV1.Job()
            do {
                _ = try await vault.follow(try await start()) { self.seen = $0 }
                if name.hasPrefix("re") { measure(name) }
                return world.say("\(name): done")
            } catch let failure as Failure {
                // Refused before it began, or taken back: the machine is where it was.
                let isBack = seen.name.isEmpty || seen.state == .failedUnwound
                guard isBack, attempt < Self.attempts else {
                    throw Failure(failure.code, "\(name): \(failure.message) \(failure.gates.filter(\.blocks))")
                }
                world.say("\(name): \(failure.message)")
            }
            try await world.environment.clock.sleep(for: Self.pause)
        }
    }

    /// A replication that begins again moves what differs, in each round.
    private func measure(_ name: String) {
        for disk in judged.disks {
            func number(_ fact: String) -> Int64 { seen.facts["\(fact).\(disk.id)"].flatMap { Int64($0) } ?? 0 }
            let bound = number("changed") + number("ahead") + number("suspect")
            legs.append(Leg(name: name, moved: number("moved"), bound: bound))
            guard number("moved") * 10 > bound * 11 else { continue }
            excesses.append("\(name) of \(disk.id): \(number("moved")) blocks were moved, \(bound) differed at most")
        }
    }

    private func protected(_ direction: Direction) async throws {
        let wanted = direction == .out ? CommonV1.Direction.out : .home
        try await until("protection \(direction)") {
            let item = try await self.vault.item(self.machine.name)
            if item.phase == .protected, item.direction == wanted, item.claimJob.isEmpty { return "" }
            return "\(item.phase) \(item.direction), \(item.remainingBlocks) blocks left, "
                + item.health.joined(separator: "; ")
        }
        world.say("protected \(direction)")
    }

    /// `check` says what is missing; empty when nothing is.
    private func until(_ what: String, _ check: () async throws -> String) async throws {
        let clock = world.environment.clock
        let deadline = clock.now() + Self.limit
        while true {
            let missing = try await check()
            if missing.isEmpty { return }
            guard clock.now() < deadline else {
                throw Failure(.timedOut, "wait for the \(what): not within \(Self.limit): \(missing)")
            }
            try await clock.sleep(for: Self.look)
        }
    }

    // MARK: Judgement

    /// Home's disks lie untouched below their overlays until the commit; the fenced cloud machine's disks hold the cut.
    private func keepHandover() async throws {
        for index in judged.disks.indices {
            let disk = judged.disks[index]
            let images = layout.images
            let kept = "\(images)/\(disk.id).handover.raw"
            let cut = "\(layout.datastore(.cloud))/machine-\(machine.cloudName)/\(disk.id)/disk.raw"
            let digests = try await lane.run { [files = world.environment.files] in
                try files.createDirectory(images)
                return (try Images.copy(disk.homePath, to: kept, files), try Images.digest(cut, files))
            }
            judged.disks[index].homeImageAtHandover = kept
            (judged.disks[index].sha256Handover, judged.disks[index].sha256CloudAtCut) = digests
        }
    }

    /// What its guest did with it at home is one history: it went on with its own content whenever it was there.
    private func judgeLeftOut() async throws -> [String] {
        guard let leftOut else { return [] }
        let (layout, name) = (layout, machine.name)
        return try await lane.run { [files = world.environment.files] in
            let path = Self.homePath(of: leftOut, layout)
            let beside = try files.list(String(path.dropLast("/disk.raw".count))).filter {
                !["disk.raw", "owner"].contains($0)
            }
            let log = try LogLine.parse(files.readAll(layout.acknowledgements(name, .home))).filter { line in
                line.event == .start || line.disk == leftOut.index && ![.resume, .found].contains(line.event)
            }
            let file = try files.open(path, .read)
            defer { file.close() }
            let image = LedgerChecker.Image(machine: name, disk: leftOut.index, file)
            let findings = try LedgerChecker.judge([image], logs: [log], mode: .live)
            let writes = log.count { $0.event == .ack && $0.kind == .write }
            return findings.prefix(5).map { "left out: \($0)" } + beside.map { "beside what is left out lies \($0)" }
                + (writes == 0 ? ["nothing was written to what is left out"] : [])
        }
    }

    /// Empty when nothing is left out.
    private func leftOutDigest() async throws -> String {
        guard let leftOut else { return "" }
        let path = Self.homePath(of: leftOut, layout)
        return try await lane.run { [files = world.environment.files] in try Images.digest(path, files) }
    }

    private func judge() async throws -> [String] {
        let judge = LoopJudge(layout: layout, files: world.environment.files, kills: [])
        let machine = judged
        // Which line of which site's log came first after several rounds the judge cannot tell; the last hand-over it
        // can, and roots stand between the others.
        guard settings.rounds == 1 else { return machine.disks.flatMap { judge.cut($0) } }
        return try await lane.run {
            var machine = machine
            return try judge.judge(&machine)
        }
    }
}
