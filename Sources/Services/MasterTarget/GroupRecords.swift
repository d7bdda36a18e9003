import Blocks
import Contract
import Environment
import Hosting
import IntervalFrames
import Logging
import Messages
import Model
import Replicas

/// The group points of this master target: which are recorded, which exist, and how long their members are kept.
///
/// A record is durable before it is answered. What else there is to do follows from records and replicas alone, and is
/// done again after a crash: the members of a record are marked as soon as they are sealed, so that retention leaves
/// them; a record with a member that can no longer be sealed is dropped, and so are those beyond retention.
actor GroupRecords {
    private let keepers: Keepers
    private let points: GroupPoints
    private let environment: Environment
    private let lane: any Lane
    private let log: Logger
    private var runner: SpawnedTask?
    private var isStopped = false
    /// Of records that are gone already, too.
    private var highest: [String: UInt64] = [:]

    /// What can be said of a member of a record.
    private enum Standing {
        case sealed(RecoveryPoint)
        case awaited
        /// It will never be sealed under this number, or is no longer a point.
        case lost
        /// Its replica cannot be read now.
        case unknown
    }

    static func open(
        _ settings: MasterTargetSettings, _ keepers: Keepers, _ context: ServiceContext
    ) async throws -> GroupRecords {
        let lane = context.environment.lanes.lane("group points")
        let directory = settings.service.stateDirectory + "/group-points"
        let points = try await lane.run { [files = context.environment.files] in
            try files.createDurably(directory)
            return try GroupPoints.open(directory, files: files)
        }
        if let damage = points.damage { context.log.error("group points decayed", metadata: ["what": "\(damage)"]) }
        return GroupRecords(keepers, points, lane, context)
    }

    private init(
        _ keepers: Keepers, _ points: GroupPoints, _ lane: any Lane, _ context: ServiceContext
    ) {
        self.keepers = keepers
        self.points = points
        self.lane = lane
        environment = context.environment
        log = context.log
    }

    func begin() {
        guard runner == nil else { return }
        runner = environment.tasks.spawn("group points") { await self.run() }
    }

    func stop() async {
        isStopped = true
        keepers.sealed.ring()
        runner?.cancel()
        await runner?.finished()
    }

    private func run() async {
        while !isStopped, !Task.isCancelled {
            let seen = keepers.sealed.rings
            do { try await settle() } catch {
                log.error("group points cannot be settled", metadata: ["error": "\(error)"])
            }
            await keepers.sealed.wait(after: seen)
        }
    }

    // MARK: - Records

    /// Durable on return. The token is the key; without members nothing is recorded.
    func record(
        _ request: ReplicationV1.RecordGroupPointRequest
    ) async throws -> ReplicationV1.RecordGroupPointResponse {
        guard let token = request.token else { throw Failure(.invalidArgument, "record a group point: no token") }
        let group = try GroupID(token.group)
        if !request.members.isEmpty {
            guard token.sequence > 0, request.members.count <= GroupPoints.mostMembers else {
                throw Failure(.invalidArgument, "record a point of group \(group): sequence or members out of bounds")
            }
            var members: [String: GroupPoint.Member] = [:]
            for message in request.members {
                let item = try ItemID(message.item)
                let member = GroupPoint.Member(
                    generation: Blocks.Generation(try Model.Generation(message.generation)), number: message.number)
                try await admit(item, member, to: group)
                guard members.updateValue(member, forKey: item.text) == nil else {
                    throw Failure(.invalidArgument, "record a point of group \(group): \(item) is named twice")
                }
            }
            try await store(
                GroupPoint(
                    group: group.text, generation: token.generation, sequence: token.sequence, members: members,
                    cut: WallInstant(microseconds: request.cutUnixUs)))
        }
        let newest = await list(group, existingOnly: true).first { $0.point.sequence != nil }?.point
        let known = points.all.filter { $0.group == group.text && $0.generation == token.generation }
        let highest = max(known.compactMap(\.sequence).max() ?? 0, self.highest["\(group)/\(token.generation)"] ?? 0)
        return .with {
            $0.highestSequence = highest
            $0.newestCommon = newest.map { newest in
                .with {
                    $0.group = newest.group
                    $0.generation = newest.generation
                    $0.sequence = newest.sequence ?? 0
                }
            }
        }
    }

    private func store(_ point: GroupPoint) async throws {
        environment.failpoints.reach("master-target.group.before")
        do { try await lane.run { [points] in try points.record(point) } } catch let error as ReplicaError {
            let code: ErrorCode = error.code == .invalid ? .alreadyExists : .unavailable
            throw Failure(code, "record group point \(point.token): \(error.detail)")
        }
        environment.failpoints.reach("master-target.group.after")
        if let sequence = point.sequence {
            let key = "\(point.group)/\(point.generation)"
            highest[key] = max(highest[key] ?? 0, sequence)
        }
        keepers.sealed.ring()
    }

    /// A member that was fenced, or whose number passed without it, cannot make a group point any more.
    private func admit(_ item: ItemID, _ member: GroupPoint.Member, to group: GroupID) async throws {
        let status = try await keepers.keeper(item).status()
        switch standing(of: item, member, status) {
        case .sealed, .awaited: return
        case .lost, .unknown:
            throw Failure(
                .operationNotAllowed, "record a point of group \(group): interval \(member.number) of \(item) under "
                    + "\(member.generation) cannot be sealed here any more", on: [.item(item)])
        }
    }

    private func standing(of item: ItemID, _ member: GroupPoint.Member, _ status: ReplicaStatus) -> Standing {
        if let point = status.points.first(where: { $0.number == member.number }) {
            return point.id.generation == member.generation ? .sealed(point) : .lost
        }
        let isOpen = status.fence == member.generation || status.drains == member.generation
        return isOpen && status.sealed.number < member.number ? .awaited : .lost
    }

    private func standing(of name: String, _ member: GroupPoint.Member) async -> Standing {
        guard let item = try? ItemID(name) else { return .lost }
        do {
            let status = try await keepers.keeper(item).status()
            return standing(of: item, member, status)
        } catch { return error.code == .notFound ? .lost : .unknown }
    }

    // MARK: - Settling

    private func settle() async throws {
        var gone: Set<String> = []
        var existing: [String: [Existing]] = [:]
        for record in points.all.sorted(by: { $0.order < $1.order }) {
            var sealed: [RecoveryPoint] = []
            for (name, member) in record.members.sorted(by: { $0.key < $1.key }) {
                switch await standing(of: name, member) {
                case .sealed(let point):
                    sealed.append(point)
                    if point.group != record.token { try await mark(name, point.number, record.token) }
                case .lost: gone.insert(record.token)
                case .awaited, .unknown: break
                }
            }
            guard sealed.count == record.members.count else { continue }
            let candidate = RetentionPolicy.Candidate(
                cut: record.cut, isApplicationConsistent: sealed.allSatisfy { $0.kind == .applicationConsistent },
                isHeld: sealed.contains { !$0.pins.isEmpty })
            existing[record.group, default: []].append((record, candidate))
        }
        for (_, kept) in existing.sorted(by: { $0.key < $1.key }) { gone.formUnion(await outdated(kept)) }
        if !gone.isEmpty {
            log.info("group points dropped", metadata: ["names": "\(gone.sorted())"])
            try await lane.run { [points, gone] in try points.remove(gone) }
        }
        try await letGo()
    }

    private func mark(_ name: String, _ number: UInt64, _ token: String?) async throws {
        do { try await keepers.keeper(try ItemID(name)).keep(number, asMemberOf: token) } catch let failure as Failure {
            // The point or its replica went meanwhile; the next look sees it.
            guard failure.code == .notFound else { throw failure }
        }
    }

    private typealias Existing = (point: GroupPoint, candidate: RetentionPolicy.Candidate)

    /// Those that the retention of their members removes, which all members of a group have in common; never the newest
    /// or a pinned one.
    private func outdated(_ kept: [Existing]) async -> [String] {
        guard let newest = kept.last?.point, let first = newest.members.keys.min(), let item = try? ItemID(first),
            let retention = try? await keepers.keeper(item).retention
        else { return [] }
        var candidates = kept.map(\.candidate)
        candidates[candidates.count - 1].isHeld = true
        let verdicts = retention.verdicts(candidates, now: environment.clock.wallNow())
        return zip(kept, verdicts).compactMap { $1 == nil ? nil : $0.point.token }
    }

    /// Points whose group point is no longer recorded may go as others do.
    private func letGo() async throws {
        let recorded = Set(points.all.map(\.token))
        for item in await keepers.items {
            guard let status = try? await keepers.keeper(item).status() else { continue }
            for point in status.points where !point.group.isEmpty && !recorded.contains(point.group) {
                try await mark(item.text, point.number, nil)
            }
        }
    }

    // MARK: - What the vault asks

    /// A group point as it stands; `key` sorts newest first.
    struct Entry: Sendable {
        let point: GroupPoint
        let exists: Bool
        let message: TargetV1.GroupPoint

        var key: String { sortable(.max - point.order.0) + sortable(.max - point.order.1) }
    }

    func list(_ group: GroupID, existingOnly: Bool) async -> [Entry] {
        var out: [Entry] = []
        for point in points.all.filter({ $0.group == group.text }).sorted(by: { $0.order > $1.order }) {
            let entry = await entry(point)
            if entry.exists || !existingOnly { out.append(entry) }
        }
        return out
    }

    private func entry(_ point: GroupPoint) async -> Entry {
        var members: [TargetV1.GroupPointMember] = []
        var consistent = 0
        for (name, member) in point.members.sorted(by: { $0.key < $1.key }) {
            var isSealed = false
            if case .sealed(let point) = await standing(of: name, member) {
                isSealed = true
                if point.kind == .applicationConsistent { consistent += 1 }
            }
            members.append(
                .with {
                    $0.item = name
                    $0.number = member.number
                    $0.generation = member.generation.message
                    $0.sealed = isSealed
                })
        }
        let exists = members.allSatisfy(\.sealed)
        let isConsistent = exists && consistent == members.count
        let age = max(0, environment.clock.wallNow().microseconds - point.cut.microseconds)
        let message = TargetV1.GroupPoint.with {
            $0.name = point.token
            $0.group = point.group
            $0.members = members
            $0.cutUnixUs = point.cut.microseconds
            $0.exists = exists
            $0.applicationConsistent = isConsistent
            $0.final = point.sequence == nil
            $0.ageUs = UInt64(age)
        }
        return Entry(point: point, exists: exists, message: message)
    }

    /// Pins all members or none.
    func pin(_ group: GroupID, name: String, pin: String) async throws -> TargetV1.GroupPoint {
        let existing = await list(group, existingOnly: true)
        guard let chosen = name.isEmpty ? existing.first : existing.first(where: { $0.point.token == name }) else {
            throw Failure(
                .notFound, "pin a point of group \(group): "
                    + (name.isEmpty ? "it has no common point" : "\(name) is not one that exists"))
        }
        var pinned: [Keeper] = []
        do {
            for (item, member) in chosen.point.members.sorted(by: { $0.key < $1.key }) {
                let keeper = try await keepers.keeper(try ItemID(item))
                let point = try await keeper.pin(.number(member.number), pin)
                guard point.number == member.number else {
                    throw Failure(
                        .alreadyExists, "pin a point of group \(group): \(pin) pins point \(point.number) of \(item)")
                }
                pinned.append(keeper)
            }
        } catch {
            for keeper in pinned { try await keeper.unpin(pin) }
            throw error
        }
        return await entry(chosen.point).message
    }

    /// Each member's newest point is the last of its closed generation: together they are what the group was when all
    /// of it had stopped.
    func sealFinal(_ group: GroupID, closing: [ItemID: Model.Generation]) async throws -> TargetV1.GroupPoint {
        var members: [String: GroupPoint.Member] = [:]
        var cut = WallInstant(microseconds: 0)
        for (item, generation) in closing.sorted(by: { $0.key < $1.key }) {
            let status = try await keepers.keeper(item).status()
            let closed = Blocks.Generation(generation)
            guard let point = status.points.last, point.isFinal, point.id.generation == closed else {
                throw Failure(
                    .operationNotAllowed, "seal the final point of group \(group): the newest point of \(item) is not "
                        + "the final one of \(generation)", on: [.item(item)])
            }
            members[item.text] = GroupPoint.Member(generation: closed, number: point.number)
            cut = max(cut, point.cutWall)
        }
        let point = GroupPoint(
            group: group.text, generation: closing.values.map(\.number).max() ?? 0, sequence: nil, members: members,
            cut: cut)
        try await store(point)
        return await entry(point).message
    }
}
