import Environment
import Tracking

/// What a member of a replication group can be asked: to cut and park, and to go on.
protocol GroupCutting: Sendable {
    /// Generation number, and incarnation of the disks.
    var incarnation: UInt64 { get }
    /// Cuts on all disks and parks every mutation that arrives later, at most for `lease`.
    func hold(token: UInt64, lease: Duration) async -> GroupHoldAnswer
    /// Unparks; true if mutations were parked without a break since the hold of this token.
    func release(token: UInt64) async -> Bool
    /// Freezes the guest, at most for `hold`; why it is not frozen, nil when it is.
    func freeze(token: UInt64, hold: Duration, point: String) async -> String?
    /// Thaws it; why it was not frozen at the cut, nil when it was.
    func thaw(token: UInt64) async -> (cause: String?, held: Duration)
    /// What the coordinator aims at: while its cuts come, they stand in for our own.
    func expectGroupCuts(every interval: Duration) async
}

enum GroupHoldAnswer: Hashable, Sendable {
    case cut(number: UInt64, at: MonotonicInstant)
    case busy(String)
}

extension ReplicationSession: GroupCutting {
    nonisolated var incarnation: UInt64 { tracker.incarnation }

    /// Cuts only where the driving task would have cut as well, had it been time: with the link up, nothing to void or
    /// compare, no pass begun, the last interval read out, and credit to send the next one.
    func hold(token: UInt64, lease: Duration) async -> GroupHoldAnswer {
        guard isReadyToCut, !isHolding, heldCut == nil, reading == nil, voidFrom == nil, !hasEnded, !isDraining else {
            return .busy(linkState.isEmpty ? "another interval is on its way" : linkState)
        }
        guard credit > sent else { return .busy("no credit from the process server") }
        isReadyToCut = false
        isHolding = true
        defer {
            isHolding = false
            ring()
        }
        do {
            let interval = try await tracker.hold(token: token, lease: lease)
            environment.failpoints.reach("agent.group.held")
            let wall = environment.clock.wallNow().microseconds
            if hasEnded {
                // The link broke while it was cut: nobody would ship it.
                await giveUp(from: interval.number, cause: "the link to the process server broke")
            } else {
                note(interval, isFrozen: groupFreeze?.stands ?? false)
                groupFreeze?.cut(interval)
                heldCut = (interval, wall)
            }
            return .cut(number: interval.number, at: interval.cutAt)
        } catch {
            return .busy("\(error)")
        }
    }

    func release(token: UInt64) async -> Bool { await tracker.release(token: token) }

    /// A group's cut replaces our own: two and a half intervals without one, and we cut by ourselves again.
    func expectGroupCuts(every interval: Duration) {
        groupCutsUntil = environment.clock.now() + interval * 5 / 2
    }

    func attend() {
        guard !plan.group.isEmpty, !isStopped else { return }
        let attendance = GroupAttendance(
            group: plan.group, item: plan.item, server: plan.server.address, generation: tracker.generation.wire,
            member: limits.groupMember(self), environment: environment, transport: transport, log: log)
        self.attendance = attendance
        environment.tasks.spawn("attend group") { await attendance.start() }
    }
}
