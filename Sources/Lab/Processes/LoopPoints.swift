import Messages
import Model

/// Older points both ways.
extension LabLoop {
    /// Points that must be there before an older one is chosen.
    private static let enoughPoints = 4

    func olderPoints(_ machine: LoopMachine) async throws {
        try await begin(machine)
        for place in [3, 2, 1] {
            let point = try await older(machine, place)
            let job = try await operate("failover", machine) {
                try await self.vault.failover(machine.name, .out, point: UInt64(point.number))
            }
            let images = try await keep(machine, .cloud, point, "point \(point.number) in the cloud")
            try await breath()
            if place > 1 {
                try await cancelFailover(machine, .out)
            } else {
                try await keep(machine, .home, nil, "home after the cancelled failovers")
                beganInCloud(machine, images, job)
            }
        }
        try await operate("commit", machine) { try await self.vault.commit(machine.name) }
        try await operate("reprotect", machine) { try await self.vault.reprotect(machine.name) }
        let point = try await older(machine, 1)
        try await operate("failback", machine) {
            try await self.vault.failover(machine.name, .home, point: UInt64(point.number))
        }
        try await keep(machine, .home, point, "point \(point.number) at home")
        try await breath()
        try await cancelFailover(machine, .home)
        try await home(machine)
    }

    // MARK: Parts of scenarios

    func begin(_ machine: LoopMachine) async throws {
        try await create(machine)
        try await operate("protect", machine) { try await self.vault.enable(machine) }
        try await protected(machine, .out, "synchronize out")
        try await breath()
    }

    /// Failback to the newest point, commit, out again.
    func home(_ machine: LoopMachine) async throws {
        let job = try await operate("failback", machine) { try await self.vault.failover(machine.name, .home) }
        try await keepHandover(machine, job)
        try await breath()
        try await operate("commit-failback", machine) { try await self.vault.commit(machine.name) }
        try await operate("re-protect", machine) { try await self.vault.reprotect(machine.name) }
        try await breath()
        try await rest(machine, .home)
    }

    /// The guest writes no more.
    func rest(_ machine: LoopMachine, _ site: Site) async throws {
        let name = site == .home ? machine.name : machine.cloudName
        try await timed("stop guest", machine.name) {
            try await vault.setGuest(name, site, idleGuest)
            try await guestSays("idle", name, site)
        }
    }

    func cancelFailover(_ machine: LoopMachine, _ direction: Direction) async throws {
        let name = direction == .out ? "cancel-failover" : "cancel-failback"
        try await operate(name, machine) { try await self.vault.cancelFailover(machine.name) }
        try await protected(machine, direction, "resume")
        try await breath()
    }

    /// Guests write for a moment.
    func breath() async throws { try await world.environment.clock.sleep(for: .seconds(1)) }

    /// The point that is so far from the newest.
    private func older(_ machine: LoopMachine, _ place: Int) async throws -> LoopReport.Point {
        var found: [TargetV1.RecoveryPoint] = []
        try await until(.seconds(60), "recovery points of \(machine.name)") {
            found = try await self.vault.points(machine.name)
            return found.count < Self.enoughPoints ? "there are \(found.count)" : ""
        }
        return LoopReport.Point(
            number: Int64(found[place].number), cut: found[place].cutUnixUs, next: found[place - 1].cutUnixUs)
    }

    /// The point that a failover without choice went to.
    func newest(_ job: VaultV1.Job) -> LoopReport.Point {
        func number(_ fact: String) -> Int64 { job.facts[fact].flatMap { Int64($0) } ?? 0 }
        return LoopReport.Point(number: number("point.number"), cut: number("point.cutUnixUs"), next: nil)
    }

    func beganInCloud(_ machine: LoopMachine, _ images: [String], _ job: VaultV1.Job) {
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return }
        report.machines[place].cloudBegan = images
        report.machines[place].cloudSince = job.facts["generation"].flatMap { Int64($0) }
    }

    /// Copies a copy's disks: of a machine that was just handed over, the disks below its overlay, which are the point;
    /// of one that was stopped, its live disks.
    @discardableResult
    func keep(
        _ machine: LoopMachine, _ site: Site, _ point: LoopReport.Point?, _ what: String
    ) async throws -> [String] {
        guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { return [] }
        let owner = site == .home ? machine.name : machine.cloudName
        // A point was written by the guest of the other site; live disks by their own.
        let writer = point == nil ? site : site.other
        let log = layout.acknowledgements(writer == .home ? machine.name : machine.cloudName, writer)
        let number = report.machines[place].kept.count
        let (layout, files) = (layout, world.environment.files)
        let pairs = machine.disks.map { disk in
            (
                "\(layout.datastore(site))/machine-\(owner)/\(disk.id)/disk.raw",
                "\(layout.images)/\(disk.id).kept-\(number).raw"
            )
        }
        let bytes = try await lane.run {
            try files.createDirectory(layout.images)
            for (from, to) in pairs { try Images.copy(from, to: to, files) }
            return Int64(try files.readAll(log).count)
        }
        report.machines[place].kept.append(
            LoopReport.Kept(log: log, logBytes: bytes, images: pairs.map(\.1), point: point, what: what))
        return pairs.map(\.1)
    }
}
