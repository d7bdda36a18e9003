import Messages
import Model

/// Older points both ways, and the change from one to another.
extension LabLoop {
    /// Points that must be there before an older one is chosen.
    private static let enoughPoints = 4

    /// A recovery point of a machine, or a common one of a group's machines.
    struct ChosenPoint {
        /// Of a group's point; empty for a machine's.
        var name = ""
        /// By machine.
        var points: [String: LoopReport.Point]

        var text: String { name.isEmpty ? "point \(points.values.first?.number ?? 0)" : "point \(name)" }
    }

    func olderPoints(_ unit: LoopUnit) async throws {
        try await begin(unit)
        for place in [3, 2, 1] {
            let point = try await older(unit, place)
            let job = try await operate("failover", unit) {
                try await self.vault.failover(unit.name, .out, point: point)
            }
            let images = try await keep(unit, .cloud, point, "\(point.text) in the cloud")
            try await breath()
            if place > 1 {
                try await cancelFailover(unit, .out)
            } else {
                try await keep(unit, .home, nil, "home after the cancelled failovers")
                beganInCloud(unit, images, job)
            }
        }
        try await operate("commit", unit) { try await self.vault.commit(unit.name) }
        try await reprotect(unit, as: "reprotect")
        let point = try await older(unit, 1)
        try await operate("failback", unit) { try await self.vault.failover(unit.name, .home, point: point) }
        try await keep(unit, .home, point, "\(point.text) at home")
        try await breath()
        // By the newest, this could be the same: the final interval became a point since.
        let other = try await older(unit, 1, than: point)
        try await operate("change-point", unit) { try await self.vault.changePoint(unit.name, other) }
        try await keep(unit, .home, other, "\(other.text) at home, changed to")
        try await breath()
        try await cancelFailover(unit, .home)
        try await home(unit)
    }

    /// The point that is so far from another, or from the newest.
    private func older(_ unit: LoopUnit, _ place: Int, than other: ChosenPoint? = nil) async throws -> ChosenPoint {
        guard unit.group.isEmpty else { return try await olderCommon(unit, place, than: other) }
        var found: [TargetV1.RecoveryPoint] = []
        var chosen = 0
        try await until(.seconds(60), "recovery points of \(unit.name)") {
            found = try await self.vault.points(unit.name)
            chosen = place + (found.firstIndex { Int64($0.number) == other?.points[unit.name]?.number } ?? 0)
            return found.count < max(Self.enoughPoints, chosen + 1) ? "there are \(found.count)" : ""
        }
        return ChosenPoint(points: [unit.name: point(found[chosen].number, found)])
    }

    private func olderCommon(_ unit: LoopUnit, _ place: Int, than other: ChosenPoint?) async throws -> ChosenPoint {
        var common: [TargetV1.GroupPoint] = []
        var chosen = 0
        try await until(.seconds(60), "common points of \(unit.name)") {
            // Until the last member had joined there were points of some.
            common = try await self.vault.groupPoints(unit.group).filter { $0.members.count == unit.machines.count }
            chosen = place + (common.firstIndex { $0.name == other?.name } ?? 0)
            return common.count < max(Self.enoughPoints, chosen + 1) ? "there are \(common.count)" : ""
        }
        var point = ChosenPoint(name: common[chosen].name, points: [:])
        for machine in unit.machines {
            let item = try await vault.item(machine.name).name
            let member = common[chosen].members.first { "items/\($0.item)" == item }
            point.points[machine.name] = self.point(member?.number ?? 0, try await vault.points(machine.name))
        }
        return point
    }

    /// - Parameter found: newest first.
    private func point(_ number: UInt64, _ found: [TargetV1.RecoveryPoint]) -> LoopReport.Point {
        LoopReport.Point(
            number: Int64(number), cut: found.first { $0.number == number }?.cutUnixUs ?? 0,
            next: found.last { $0.number > number }?.cutUnixUs)
    }
}
