import Blocks
import Environment
import Intervals
import Replicas
import Testing

@Suite struct CrashTests {
    /// Passes, intervals, retention and a move down and up, driven by a seed.
    static func run(_ replica: Replica, _ writer: inout Writer, sealed: inout UInt64) throws {
        _ = try replica.hello(generation: writer.generation, incarnation: writer.incarnation)
        writer.scribble(20)
        try replica.take(writer.cut(base: 0, pass: 1))
        for round in 0..<5 {
            writer.scribble()
            let base = try replica.status.sealed.number
            if round == 3 { try replica.take(writer.cut(base: base, pass: 1)) }
            writer.scribble(2)
            let extra = writer.passed(base: base, in: round == 0 || round == 3)
            let interval = writer.cut(base: base, extra: extra)
            let answers = try replica.take(interval)
            #expect(answers == [.sealed(interval.header.id.number)])
            sealed = interval.header.id.number
            if round != 2 { try replica.applyAll() }
        }
        _ = try replica.prune(RetentionPolicy(count: 4, age: nil), now: WallInstant(microseconds: 0))
        let points = try replica.points.map(\.number)
        _ = try replica.move(to: points[0])
        _ = try replica.move(to: points[points.count - 1])
    }

    /// Every point that the replica names can be read and is what was cut.
    static func check(_ replica: Replica, _ writer: Writer, sealed: UInt64, at operation: Int) throws {
        let status = try replica.status
        #expect(status.sealed.number >= sealed, "sealed \(sealed) lost at operation \(operation)")
        try replica.applyAll()
        #expect(try replica.status.withdrawn.isEmpty, "withdrawn at operation \(operation)")
        for point in try replica.points {
            #expect(point.isApplied)
            #expect(point.damage.isEmpty, "\(point.damage) at operation \(operation)")
            #expect(
                try replica.content(at: point.number) == writer.cuts[point.number],
                "point \(point.number) at operation \(operation)")
        }
        for disk in Writer.sizes.indices {
            #expect(try replica.verifyDisk(disk).differing.isEmpty, "digests at operation \(operation)")
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func `a power loss at any operation leaves all sealed points reachable`(seed: UInt64) throws {
        // Each seed takes its own share of the operations, so that the suite stays fast.
        var crash = Int(seed) * 7
        var step = 0
        while true {
            crash += 16 + step % 5
            step += 1
            let files = try Bench.files()
            // None, for some intervals, or for all.
            let room = ContentRoom(bytes: [0, 12 * blockSize, .max][step % 3])
            let replica = try Bench.replica(files, room: room)
            files.crashAt = files.operations + crash
            var writer = Writer(seed: seed)
            var sealed: UInt64 = 0
            do {
                try Self.run(replica, &writer, sealed: &sealed)
            } catch {
                #expect(files.isDown, "\(error) at operation \(crash)")
            }
            let wasDown = files.isDown
            var dice = Dice(seed &+ UInt64(crash) &* 77)
            files.crashAt = nil
            if wasDown { files.powerOn { dice.roll($0) } } else { replica.close() }
            let again = try Bench.reopen(files)
            try Self.check(again, writer, sealed: sealed, at: crash)
            try Self.goOn(again, &writer)
            again.close()
            guard wasDown else { break }
        }
        #expect(crash > 200)
    }

    /// Two points and a move.
    private static func few(_ replica: Replica, _ writer: inout Writer, sealed: inout UInt64) throws {
        _ = try replica.hello(generation: writer.generation, incarnation: writer.incarnation)
        for base in 0...1 as ClosedRange<UInt64> {
            writer.scribble()
            try replica.take(writer.cut(base: base))
            sealed = base + 1
            try replica.applyAll()
        }
        _ = try replica.move(to: 1)
    }

    /// `kill -9` before the metadata is synced, and the power goes while or after the next process opened the replica.
    @Test(arguments: [false, true])
    func `what a kill left in memory alone is not built upon`(isTorn: Bool) throws {
        var commits = 0
        var wasKilled = true
        while wasKilled {
            commits += 1
            for later in [2, 4] {
                let files = try Bench.files()
                let replica = try Bench.replica(files)
                files.crashBefore = ("sync", "/metadata-", commits)
                var writer = Writer(seed: 3)
                var sealed: UInt64 = 0
                do { try Self.few(replica, &writer, sealed: &sealed) } catch { #expect(files.isDown, "\(error)") }
                wasKilled = files.isDown
                guard wasKilled else { break }
                files.restart()
                files.crashAt = files.operations + later
                do { try Self.check(try Bench.reopen(files), writer, sealed: sealed, at: later) } catch {
                    #expect(files.isDown, "\(error)")
                }
                var dice = Dice(UInt64(commits * 10 + later))
                // All that was not synced is lost, and all that was removed is gone; or any of it.
                files.powerOn { isTorn ? dice.roll($0) : $0 - 1 }
                let again = try Bench.reopen(files)
                try Self.check(again, writer, sealed: sealed, at: commits * 10 + later)
                again.close()
            }
        }
        #expect(commits > 8)
    }

    /// So many points, all applied.
    static func applied(_ count: UInt64, _ files: CrashingFiles, _ writer: inout Writer) throws -> Replica {
        let replica = try Bench.replica(files)
        _ = try replica.hello(generation: writer.generation, incarnation: writer.incarnation)
        for base in 0..<count {
            writer.scribble()
            try replica.take(writer.cut(base: base))
            try replica.applyAll()
        }
        #expect(try replica.status.position.number == count)
        return replica
    }

    /// Four points that are applied, and of which the disks know nothing for sure; then power is lost.
    static func unsynced(_ files: CrashingFiles, _ writer: inout Writer, lost: Bool) throws {
        _ = try applied(4, files, &writer)
        files.die()
        files.powerOn { lost ? $0 - 1 : 0 }
    }

    @Test func `what was applied but not synced is on the disks again after a power loss`() throws {
        let files = try Bench.files()
        var writer = Writer(seed: 5)
        try Self.unsynced(files, &writer, lost: true)
        #expect(try Bench.rawDisks(files) == writer.cuts[1], "the first copy alone was synced")
        let again = try Bench.reopen(files)
        #expect(try again.status.position.number == 4)
        #expect(try Bench.rawDisks(files) == writer.disks)
        try Self.check(again, writer, sealed: 4, at: 0)
        // Durably: nothing is left to be written again.
        #expect(try files.list(Bench.directory).allSatisfy { !$0.hasPrefix("staging-") })
        files.die()
        files.powerOn { $0 - 1 }
        #expect(try Bench.rawDisks(files) == writer.disks)
        try Self.goOn(try Bench.reopen(files), &writer)
    }

    @Test func `the disks of a replica that is forgotten hold all that was applied`() throws {
        let files = try Bench.files()
        var writer = Writer(seed: 12)
        try Self.applied(3, files, &writer).forget()
        files.die()
        files.powerOn { $0 - 1 }
        #expect(try Bench.rawDisks(files) == writer.disks)
        for disk in Bench.disks {
            let record = try HandoverRecord(from: try files.readAll(disk.bundle + "/lineage"))
            #expect(record.lineage.state == .settled && record.lineage.position.number == 3)
        }
    }

    /// The disks have none of it, or all of it.
    @Test(arguments: [2, 3, 4] as [UInt64], [false, true])
    func `where staging of what was not synced decays, the points from there are withdrawn by name`(
        number: UInt64, lost: Bool
    ) throws {
        let files = try Bench.files()
        var writer = Writer(seed: 6)
        try Self.unsynced(files, &writer, lost: lost)
        let staged = files.names.keys.filter { $0.contains("/staging-") }.sorted()
        #expect(staged.count == 3)
        let torn = staged[Int(number) - 2]
        files.names[torn]?.current[60] ^= 1
        let again = try Bench.reopen(files)
        #expect(try again.status.position.number == number - 1)
        #expect(try again.status.withdrawn.map(\.point.number) == Array(number...4))
        #expect(try again.status.withdrawn[0].cause.contains("staging"))
        #expect(try Bench.rawDisks(files) == writer.cuts[number - 1])
        try Self.checkPoints(again, writer, newest: number - 1)
        #expect(try files.list(Bench.directory).allSatisfy { !$0.hasPrefix("staging-") })
        again.close()
        let withdrawn = try Bench.reopen(files)
        #expect(try withdrawn.status.position.number == number - 1)
        let standing = try withdrawn.hello(generation: writer.generation, incarnation: 2)
        #expect(standing.sealed.number == number - 1)
    }

    static func checkPoints(_ replica: Replica, _ writer: Writer, newest: UInt64) throws {
        let points = try replica.points.map(\.number)
        #expect(points.last == newest)
        for point in points { #expect(try replica.content(at: point) == writer.cuts[point], "point \(point)") }
        for disk in Writer.sizes.indices { #expect(try replica.verifyDisk(disk).differing.isEmpty) }
    }

    @Test func `disks are synced once for some intervals, and before a point that may be needed goes`() throws {
        let files = try Bench.files()
        var writer = Writer(seed: 7)
        let replica = try Bench.replica(files)
        _ = try replica.hello(generation: writer.generation, incarnation: writer.incarnation)
        func stagings() throws -> Int { try files.list(Bench.directory).count { $0.hasPrefix("staging-") } }
        var kept: [Int] = []
        for base in 0...10 as ClosedRange<UInt64> {
            writer.scribble()
            try replica.take(writer.cut(base: base))
            try replica.applyAll()
            kept.append(try stagings())
        }
        #expect(kept == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2])
        // Points 9 and 10 and 11: the disks were synced at 9.
        _ = try replica.prune(RetentionPolicy(count: 4, age: nil), now: WallInstant(microseconds: 0))
        #expect(try stagings() == 2)
        _ = try replica.prune(RetentionPolicy(count: 2, age: nil), now: WallInstant(microseconds: 0))
        #expect(try stagings() == 0)
        files.die()
        files.powerOn { $0 - 1 }
        #expect(try Bench.rawDisks(files) == writer.disks)
    }

    /// The source comes back in a new incarnation and sends what it has since the newest sealed point.
    static func goOn(_ replica: Replica, _ writer: inout Writer, withdrawn: Int = 0) throws {
        let newest = try replica.points.last?.number
        if let newest, try replica.status.isMoved { _ = try replica.move(to: newest) }
        writer.incarnation += 1
        let standing = try replica.hello(generation: writer.generation, incarnation: writer.incarnation)
        writer.scribble(3)
        writer.nextNumber += 10
        let all = Writer.sizes.indices.map { BlockSet(Writer.geometry($0).blocks) }
        let interval = writer.cut(base: standing.sealed.number, extra: all)
        #expect(try replica.take(interval) == [.sealed(interval.header.id.number)])
        try replica.applyAll()
        #expect(try replica.status.withdrawn.count == withdrawn)
        #expect(try replica.content(at: interval.header.id.number) == writer.disks)
    }
}

extension Writer {
    /// After a pass its blocks belong to the interval's own set as well: simply everything.
    func passed(base: UInt64, in round: Bool) -> [BlockSet]? {
        round ? Self.sizes.indices.map { BlockSet(Self.geometry($0).blocks) } : nil
    }
}
