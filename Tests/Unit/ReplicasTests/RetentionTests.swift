import Environment
import Replicas
import Testing

/// What is kept is what the policy says.
@Suite struct RetentionTests {
    private typealias Candidate = RetentionPolicy.Candidate

    private static let hour: Int64 = 3_600_000_000

    /// One point every few minutes, every fifth application-consistent, some held.
    private static func history(_ dice: inout Dice, count: Int) -> [RetentionPolicy.Candidate] {
        var at: Int64 = 1_700_000_000_000_000
        return (0..<count).map { index in
            at += Int64(1 + dice.roll(20)) * 60_000_000
            return RetentionPolicy.Candidate(
                cut: WallInstant(microseconds: at), isApplicationConsistent: dice.roll(5) == 0,
                isHeld: index == count - 1 || dice.roll(12) == 0)
        }
    }

    private static func policy(_ dice: inout Dice) -> RetentionPolicy {
        let steps: [RetentionPolicy.Step] = [
            .init(olderThan: .seconds(2 * 3_600), keepEvery: .seconds(1_800)),
            .init(olderThan: .seconds(8 * 3_600), keepEvery: .seconds(4 * 3_600)),
        ]
        return RetentionPolicy(
            count: 20 + dice.roll(200), age: dice.roll(2) == 0 ? nil : .seconds(3_600 * (4 + dice.roll(40))),
            thinning: Array(steps.prefix(dice.roll(3))))
    }

    private static func old(_ point: RetentionPolicy.Candidate, _ now: WallInstant) -> Duration {
        .microseconds(now.microseconds - point.cut.microseconds)
    }

    /// Of points that are not held, by the step and the span of the wall clock that they lie in.
    private static func spans(
        _ points: [RetentionPolicy.Candidate], _ policy: RetentionPolicy, _ now: WallInstant
    ) -> [String: [RetentionPolicy.Candidate]] {
        Dictionary(grouping: points.filter { !$0.isHeld }) { point in
            guard let index = policy.thinning.lastIndex(where: { old(point, now) > $0.olderThan }) else { return "" }
            return "\(index) \(point.cut.microseconds / policy.thinning[index].keepEvery.inMicroseconds)"
        }
    }

    @Test(arguments: 1...40)
    func `held points stay; the others go by age, by span and by count, and for no other reason`(seed: Int) {
        var dice = Dice(UInt64(seed))
        let points = Self.history(&dice, count: 150)
        let policy = Self.policy(&dice)
        let now = WallInstant(microseconds: (points.last?.cut.microseconds ?? 0) + Int64(dice.roll(7_200)) * 1_000_000)
        let verdicts = policy.verdicts(points, now: now)
        let kept = zip(points, verdicts).filter { $0.1 == nil }.map(\.0)
        #expect(zip(points, verdicts).allSatisfy { !$0.isHeld || $1 == nil })
        if let age = policy.age { #expect(kept.allSatisfy { $0.isHeld || Self.old($0, now) <= age }) }
        #expect(kept.count <= policy.count || kept.allSatisfy(\.isHeld))
        let inAge = points.filter { point in policy.age.map { Self.old(point, now) <= $0 } ?? true }
        let all = Self.spans(inAge, policy, now)
        let stays = Self.spans(kept, policy, now)
        for (span, members) in all where !span.isEmpty {
            #expect(stays[span]?.count ?? 0 <= 1, "one for each span")
            guard let one = stays[span]?.first else { continue }
            let consistent = members.first(where: \.isApplicationConsistent)
            #expect(one == consistent ?? members.first, "an application-consistent one if there is any, the oldest")
        }
        // Over the count the oldest went: nothing that did is younger than anything that could have.
        let counted = zip(points, verdicts).filter { if case .count? = $0.1 { true } else { false } }.map(\.0)
        if let youngest = counted.last {
            #expect(kept.allSatisfy { $0.isHeld || $0.cut > youngest.cut })
            #expect(kept.count == policy.count || kept.allSatisfy(\.isHeld))
        } else {
            #expect(all.filter { !$0.key.isEmpty }.allSatisfy { stays[$0.key] != nil }, "no span lost its point")
        }
    }

    @Test(arguments: 1...10)
    func `pruned now and then or once at the end, the same points are left`(seed: Int) {
        var dice = Dice(UInt64(seed))
        // Held points change hands in between, so there are none here.
        let points = Self.history(&dice, count: 120).map { point in
            RetentionPolicy.Candidate(
                cut: point.cut, isApplicationConsistent: point.isApplicationConsistent, isHeld: false)
        }
        let policy = RetentionPolicy(
            count: 1_000, age: nil,
            thinning: [
                .init(olderThan: .seconds(3_600), keepEvery: .seconds(1_800)),
                .init(olderThan: .seconds(4 * 3_600), keepEvery: .seconds(2 * 3_600)),
            ])
        func pruned(_ points: [RetentionPolicy.Candidate], _ now: WallInstant) -> [RetentionPolicy.Candidate] {
            zip(points, policy.verdicts(points, now: now)).filter { $0.1 == nil }.map(\.0)
        }
        var left: [RetentionPolicy.Candidate] = []
        for point in points {
            left.append(point)
            if dice.roll(3) == 0 { left = pruned(left, point.cut) }
        }
        // In the end everything is in the last step.
        let end = WallInstant(microseconds: (points.last?.cut.microseconds ?? 0) + 10 * Self.hour)
        #expect(pruned(left, end) == pruned(points, end))
    }

    /// None by what the file system says, or only as the file is written.
    @Test(arguments: [true, false])
    func `no space to merge in: the points stay, the replica goes on, and nothing is left over`(isTold: Bool) throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 4)
        var writer = old
        _ = try replica.pin(.number(1), owner: "job-1")
        let policy = RetentionPolicy(count: 2, age: nil)
        let now = WallInstant(microseconds: 0)
        if isTold { files.capacity = 0 } else { files.fullPath = "/blocks-" }
        let before = ReplicaTests.blockFiles(files)
        let failure = #expect(throws: ReplicaError.self) { try replica.pruneOne(policy, now: now) }
        #expect(failure?.code == .noSpace)
        #expect(failure?.detail.contains("merging point 2") == true)
        #expect(ReplicaTests.blockFiles(files) == before)
        #expect(try replica.points.count == 4)
        for number in 1...4 as ClosedRange<UInt64> { #expect(try replica.content(at: number) == writer.cuts[number]) }
        files.capacity = 1 << 40
        files.fullPath = nil
        writer.scribble()
        try replica.take(writer.cut(base: 4))
        try replica.applyAll()
        #expect(try replica.prune(policy, now: now) == [2, 3, 4])
        #expect(try replica.content(at: 1) == writer.cuts[1])
        #expect(try replica.status.droppedEarly.isEmpty)
    }

    @Test func `what something set aside stands on goes before replication lacks room, a person's pin never`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 4)
        var writer = old
        _ = try replica.pin(.number(1), owner: Replica.setAsidePin(7))
        #expect(try replica.prune(RetentionPolicy(count: 2, age: nil), now: WallInstant(microseconds: 0)) == [2, 3])
        _ = try replica.pin(.number(4), owner: "by-hand/4")
        writer.scribble()
        try replica.take(writer.cut(base: 4))
        files.capacity = 0
        let failure = #expect(throws: ReplicaError.self) { try replica.applyNext() }
        #expect(failure?.code == .noSpace)
        #expect(try replica.status.droppedEarly == [1])
        #expect(try replica.points.map(\.pins) == [["by-hand/4"], []])
        files.capacity = 1 << 40
        try replica.applyAll()
        #expect(try replica.content(at: 4) == writer.cuts[4])
        // One that a person pins as well stays.
        _ = try replica.pin(.number(4), owner: Replica.setAsidePin(9))
        writer.scribble()
        try replica.take(writer.cut(base: 5))
        files.capacity = 0
        #expect(throws: ReplicaError.self) { try replica.applyNext() }
        #expect(try replica.points[0].pins == ["by-hand/4", "set-aside-9"])
    }

    @Test func `points that went early for want of space are told`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 4)
        var writer = old
        writer.scribble()
        try replica.take(writer.cut(base: 4))
        files.capacity = 0
        #expect(throws: ReplicaError.self) { try replica.applyNext() }
        #expect(try replica.status.droppedEarly == [1, 2, 3])
        files.capacity = 1 << 40
        try replica.applyAll()
        #expect(try replica.points.map(\.number) == [4, 5])
        #expect(try replica.content(at: 4) == writer.cuts[4])
    }

    @Test func `a replica keeps what the verdicts say, its content too, and shows it before`() throws {
        let (_, replica, writer) = try ReplicaTests.replica(points: 12)
        _ = try replica.pin(.number(3), owner: "job-1")
        try replica.keep(5, asMemberOf: "group/1/1")
        // Cut at seconds 1 to 12: of those older than 2 s one for each 4 s, which are 1–3, 4–7 and 8–9.
        let policy = RetentionPolicy(
            count: 100, age: nil, thinning: [.init(olderThan: .seconds(2), keepEvery: .seconds(4))])
        let now = WallInstant(microseconds: 12_000_000)
        let shown = try replica.outdated(policy, now: now)
        #expect(shown.map(\.point.number) == [2, 6, 7, 9])
        #expect(try replica.points.count == 12)
        #expect(try replica.prune(policy, now: now) == [2, 6, 7, 9])
        let kept: [UInt64] = [1, 3, 4, 5, 8, 10, 11, 12]
        #expect(try replica.points.map(\.number) == kept)
        for number in kept { #expect(try replica.content(at: number) == writer.cuts[number]) }
        #expect(try replica.prune(policy, now: now).isEmpty)
        // The pin gone, its point is over the span that point 1 stands for.
        try replica.unpin(owner: "job-1")
        #expect(try replica.prune(policy, now: now) == [3])
    }
}
