import Testing

@testable import Blocks

@Suite struct LineageDecisionTests {
    static let disk = [UInt8](repeating: 7, count: 16)
    static func generation(_ n: UInt64, token: UInt8 = 1) -> Generation {
        Generation(number: n, token: [UInt8](repeating: token, count: 16))
    }

    /// A copy whose history is 1 from the origin, then the given generations with their starting points.
    static func record(
        _ later: [(UInt64, PointID)] = [], position: PointID, reaches: PointID = .origin
    ) -> LineageRecord {
        var record = LineageRecord(diskID: disk, size: 1 << 20)
        record.begin(generation(1), at: .origin)
        for (number, point) in later { record.begin(generation(number), at: point) }
        record.position = position
        record.mapReachesBack = reaches
        record.state = .settled
        return record
    }

    static func copy(_ record: LineageRecord?, inode: UInt64, changed: Int = 0) -> CopyObservation {
        CopyObservation(record: record, size: 1 << 20, device: 1, inode: inode, changedBlocks: changed)
    }

    static func point(_ generation: UInt64, _ number: UInt64) -> PointID {
        PointID(generation: generation, number: number)
    }

    /// A source at g1 that was told of point 10, with changes since; a replica at 10.
    var source = copy(record(position: point(1, 10), reaches: point(1, 10)), inode: 1, changed: 5)
    var target = copy(record(position: point(1, 10), reaches: point(1, 10)), inode: 2)
    var command = LineageCommand(generation: 1)

    /// Generation 2 took over at point 10 and wrote; the old home disk has `changed` unshipped blocks.
    static func afterFailover(changed: Int) -> (CopyObservation, CopyObservation, LineageCommand) {
        (
            copy(record([(2, point(1, 10))], position: point(1, 10), reaches: point(1, 10)), inode: 1, changed: 5),
            copy(record(position: point(1, 10), reaches: point(1, 10)), inode: 2, changed: changed),
            LineageCommand(
                generation: 3, roleChanges: [RoleChange(from: 1, to: 2, oldWriter: .confirmedDead)])
        )
    }

    @Test mutating func `row 1: a generation above the command's is refused`() {
        source.record?.begin(Self.generation(4), at: Self.point(1, 10))
        #expect(decide(source: source, target: target, command: command).action == .refuse(.staleGeneration))
        #expect(decide(source: source, target: target, command: command).row == 1)
    }

    @Test mutating func `row 2: a disk is never copied onto itself`() {
        target.inode = source.inode
        #expect(decide(source: source, target: target, command: command).row == 2)
    }

    @Test(arguments: [CopyState.applying, .moving, .overlay])
    func `row 3: what the target is in the middle of is finished first`(state: CopyState) {
        var target = target
        target.record?.state = state
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 3 && outcome.action == .finishFirst(state))
    }

    @Test func `row 4: a blank disk made by the operation gets a full copy`() {
        var blank = Self.copy(nil, inode: 9)
        blank.blankMadeByThisOperation = true
        let outcome = decide(source: source, target: blank, command: command)
        #expect(outcome.row == 4 && outcome.action == .fullCopy(keepContent: false))
    }

    @Test mutating func `row 5: an unrelated disk is overwritten only on a person's word`() {
        target.record?.diskID = [UInt8](repeating: 8, count: 16)
        #expect(decide(source: source, target: target, command: command).action == .refuse(.unrelated))
        target.record = nil
        #expect(decide(source: source, target: target, command: command).action == .refuse(.unrelated))
        command.mayOverwriteUnrelated = true
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 5 && outcome.action == .fullCopy(keepContent: true))
    }

    @Test mutating func `row 6: a smaller target grows or is refused, a shrunk source is refused`() {
        target.size = 1 << 19
        #expect(decide(source: source, target: target, command: command).action == .refuse(.targetTooSmall))
        target.growable = true
        #expect(decide(source: source, target: target, command: command).action == .growTarget(to: 1 << 20))
        target.size = 1 << 20
        source.size = 1 << 19
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 6 && outcome.action == .refuse(.sourceShrunk))
    }

    @Test mutating func `row 7: an unknown map, a map too young and a restored replica are compared`() {
        source.record?.mapQuality = .unknown
        #expect(decide(source: source, target: target, command: command).action == .compare(.sourceMapUnknown))
        source.record?.mapQuality = .exact
        target.record?.mapQuality = .unknown
        #expect(decide(source: source, target: target, command: command).action == .compare(.targetMapUnknown))
        target.record?.mapQuality = .exact
        target.record?.position = Self.point(1, 9)
        let young = decide(source: source, target: target, command: command)
        #expect(young.row == 7 && young.action == .compare(.mapStartsAfterJoin))
        source.record?.mapReachesBack = Self.point(1, 3)
        source.knownApplied = Self.point(1, 10)
        #expect(decide(source: source, target: target, command: command).action == .compare(.replicaRestored))
    }

    @Test mutating func `row 8: a source restored from a backup compares and keeps the target's points`() {
        source.nextInterval = 10
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 8 && outcome.action == .compare(.sourceRestored))
        source.nextInterval = 50
        target.incarnation = 3
        #expect(decide(source: source, target: target, command: command).row == 8)
    }

    @Test func `row 9: equal positions and empty maps need nothing, also after an unmodified role swap`() {
        var (source, target, command) = Self.afterFailover(changed: 0)
        source.changedBlocks = 0
        #expect(decide(source: source, target: target, command: command).row == 9)
        swap(&source, &target)
        #expect(decide(source: source, target: target, command: command).action == .nothing)
    }

    @Test mutating func `row 10: a replica resumes by the source's map, also when an answer was lost`() {
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome == LineageOutcome(
            row: 10, action: .delta(.sourceMap, compareSuspects: false, keepBefore: false),
            join: Self.point(1, 10)))
        target.record?.position = Self.point(1, 12)
        target.record?.mapReachesBack = Self.point(1, 12)
        #expect(decide(source: source, target: target, command: command).row == 10)
    }

    @Test func `row 11: a planned role change sends the new writer's map`() {
        let (source, target, command) = Self.afterFailover(changed: 0)
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 11)
        #expect(outcome.action == .delta(.sourceMap, compareSuspects: false, keepBefore: false))
    }

    @Test func `row 12: what a dead writer wrote after the join is overwritten and kept`() {
        let (source, target, command) = Self.afterFailover(changed: 3)
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 12 && outcome.action == .delta(.union, compareSuspects: false, keepBefore: true))
    }

    @Test func `row 12: roles that changed again since, without the target, are followed by the journal`() {
        // A failover (1 to 2), then a change of point (2 to 3): the source's disk never was under generation 2.
        var (source, target, command) = Self.afterFailover(changed: 3)
        source.record = Self.record([(3, Self.point(1, 10))], position: Self.point(1, 10), reaches: Self.point(1, 10))
        command.generation = 4
        command.roleChanges.append(RoleChange(from: 2, to: 3, oldWriter: .confirmedDead))
        #expect(decide(source: source, target: target, command: command).row == 12)
        command.roleChanges[1] = RoleChange(from: 4, to: 3, oldWriter: .confirmedDead)
        #expect(decide(source: source, target: target, command: command).row == 13)
        command.roleChanges = [
            RoleChange(from: 1, to: 2, oldWriter: .notProven), RoleChange(from: 2, to: 3, oldWriter: .confirmedDead),
        ]
        #expect(decide(source: source, target: target, command: command).row == 13)
    }

    @Test func `row 13: a newer target, an unrecorded change and a living old writer are refused`() {
        var (source, target, command) = Self.afterFailover(changed: 3)
        #expect(decide(source: target, target: source, command: command).row == 13)
        command.roleChanges = [RoleChange(from: 1, to: 2, oldWriter: .notProven)]
        #expect(decide(source: source, target: target, command: command).row == 13)
        command.roleChanges = []
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 13 && outcome.action == .refuse(.diverged))
        command.sourceWins = true
        #expect(decide(source: source, target: target, command: command).row == 12)
        (source, target) = (target, source)
        #expect(decide(source: source, target: target, command: command).row == 12)
    }

    @Test func `row 13: an unknown map does not let a comparison overwrite a newer generation`() {
        var (source, target, command) = Self.afterFailover(changed: 3)
        target.record?.mapQuality = .unknown
        #expect(decide(source: target, target: source, command: command).row == 13)
        command.roleChanges = []
        #expect(decide(source: source, target: target, command: command).row == 13)
        source.changedBlocks = 0
        target.changedBlocks = 0
        #expect(decide(source: source, target: target, command: command).row == 13)
    }

    @Test mutating func `row 14: suspects are compared by digest`() {
        source.suspectRegions = 2
        let resume = decide(source: source, target: target, command: command)
        #expect(resume.row == 14)
        #expect(resume.action == .delta(.sourceMap, compareSuspects: true, keepBefore: false))
        var (source, target, command) = Self.afterFailover(changed: 3)
        target.suspectRegions = 1
        let crashed = decide(source: source, target: target, command: command)
        #expect(crashed.row == 14)
        #expect(crashed.action == .delta(.union, compareSuspects: true, keepBefore: true))
        source.suspectRegions = 1
        target = Self.afterFailover(changed: 0).1
        #expect(decide(source: source, target: target, command: command).row == 14)
    }

    @Test func `a writer that missed the last acknowledgement before a cancel is no stranger to its replica`() {
        // Generation 3 is home's again after a cancelled failover: home knew of point 36, the replica had sealed 37.
        var source = Self.copy(
            Self.record(
                [(3, Self.point(1, 37)), (4, Self.point(3, 65))], position: Self.point(3, 65),
                reaches: Self.point(3, 65)), inode: 1, changed: 40)
        source.record?.mapCoversAhead = Self.point(3, 67)
        let target = Self.copy(
            Self.record([(3, Self.point(1, 36))], position: Self.point(3, 66), reaches: Self.point(3, 66)), inode: 2,
            changed: 7)
        let command = LineageCommand(
            generation: 5, roleChanges: [RoleChange(from: 3, to: 4, oldWriter: .confirmedDead)])
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 15 && outcome.join == Self.point(3, 65))
        #expect(outcome.action == .delta(.union, compareSuspects: false, keepBefore: true))
    }

    @Test func `row 15: a source moved to an older point holds in its map what it undid`() {
        var source = Self.copy(
            Self.record([(2, Self.point(1, 8))], position: Self.point(1, 8), reaches: Self.point(1, 8)), inode: 1,
            changed: 40)
        source.record?.mapCoversAhead = Self.point(1, 10)
        var (_, target, command) = Self.afterFailover(changed: 0)
        let outcome = decide(source: source, target: target, command: command)
        #expect(outcome.row == 15 && outcome.join == Self.point(1, 8))
        #expect(outcome.action == .delta(.sourceMap, compareSuspects: false, keepBefore: false))
        target.changedBlocks = 2
        #expect(
            decide(source: source, target: target, command: command).action
                == .delta(.union, compareSuspects: false, keepBefore: true))
        source.record?.mapCoversAhead = .origin
        #expect(decide(source: source, target: target, command: command).action == .compare(.mapStartsAfterJoin))
    }
}
