import Messages
import Model

/// What every scenario is made of.
extension LabLoop {
    func begin(_ unit: LoopUnit) async throws {
        for machine in unit.machines { try await create(machine) }
        try await protect(unit)
        try await breath()
    }

    /// A group's members join one after the other.
    func protect(_ unit: LoopUnit) async throws {
        for machine in unit.machines {
            try await operate("protect", LoopUnit(machine)) {
                try await self.vault.enable(machine, group: unit.group)
            }
            try await protected(machine, .out, "synchronize out")
        }
    }

    func protected(_ unit: LoopUnit, _ direction: Direction, _ name: String) async throws {
        for machine in unit.machines { try await protected(machine, direction, name) }
    }

    /// Failback to the newest point, commit, out again.
    func home(_ unit: LoopUnit) async throws {
        let returned = try await operate("failback", unit) { try await self.vault.failover(unit.name, .home) }
        try await keepHandover(unit, returned)
        try await breath()
        try await commitFailback(unit, returned)
        try await reprotect(unit, as: "re-protect")
        try await breath()
        try await rest(unit, .home)
    }

    /// The guests write no more.
    func rest(_ unit: LoopUnit, _ site: Site) async throws {
        for machine in unit.machines {
            let name = site == .home ? machine.name : machine.cloudName
            try await timed("stop guest", machine.name) {
                try await vault.setGuest(name, site, idleGuest)
                try await guestSays("idle", name, site)
            }
        }
    }

    func cancelFailover(_ unit: LoopUnit, _ direction: Direction) async throws {
        let name = direction == .out ? "cancel-failover" : "cancel-failback"
        try await operate(name, unit) { try await self.vault.cancelFailover(unit.name) }
        try await protected(unit, direction, "resume")
        try await breath()
    }

    /// Guests write for a moment.
    func breath() async throws { try await world.environment.clock.sleep(for: .seconds(1)) }

    /// The point that a failover without choice went to.
    func newest(_ unit: LoopUnit, _ job: VaultV1.Job) -> ChosenPoint {
        var chosen = ChosenPoint(name: unit.group.isEmpty ? "" : "newest of \(job.name)", points: [:])
        for machine in unit.machines {
            let facts = unit.facts(job, of: machine)
            func number(_ fact: String) -> Int64 { facts[fact].flatMap { Int64($0) } ?? 0 }
            chosen.points[machine.name] = LoopReport.Point(
                number: number("point.number"), cut: number("point.cutUnixUs"), next: nil)
        }
        return chosen
    }

    func beganInCloud(_ unit: LoopUnit, _ images: [String: [String]], _ job: VaultV1.Job) {
        for machine in unit.machines {
            guard let place = report.machines.firstIndex(where: { $0.name == machine.name }) else { continue }
            report.machines[place].cloudBegan = images[machine.name]
            report.machines[place].cloudSince = unit.facts(job, of: machine)["generation"].flatMap { Int64($0) }
        }
    }

    /// Copies the disks of a unit's machines: of those that were just handed over, the disks below their overlays,
    /// which are the point; of those that were stopped, their live disks.
    @discardableResult
    func keep(
        _ unit: LoopUnit, _ site: Site, _ point: ChosenPoint?, _ what: String
    ) async throws -> [String: [String]] {
        var kept: [String: [String]] = [:]
        for machine in unit.machines {
            kept[machine.name] = try await keep(
                machine, site, point?.points[machine.name], what, common: unit.group.isEmpty ? nil : point?.name)
        }
        return kept
    }

    private func keep(
        _ machine: LoopMachine, _ site: Site, _ point: LoopReport.Point?, _ what: String, common: String?
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
            LoopReport.Kept(
                log: log, logBytes: bytes, images: pairs.map(\.1), point: point, what: what, common: common))
        return pairs.map(\.1)
    }
}
