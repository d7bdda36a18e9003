import Blocks
import Environment
import Intervals
import Replicas
import Testing

/// What naive designs fail at, by the names that the table in Tests/PlantedBugs knows.
@Suite struct ScenarioTests {
    @Test func `older point chosen, run, reprotect, whole-disk compare`() throws {
        let (_, away, old) = try ReplicaTests.replica(points: 4)
        // The other copy was drained: it stands at the newest point.
        let (files, home, _) = try ReplicaTests.replica(points: 4)
        _ = try away.fence(Writer.generation(2))
        _ = try away.pin(.number(2), owner: "job-1")
        _ = try away.move(to: 2)
        let records = try away.release(under: Writer.generation(2))
        var writer = old
        writer.disks = old.cuts[2] ?? []
        // Its agent knows what it wrote since it started, and the seed of its change map.
        writer.cuts[4] = old.cuts[2]
        writer.generation = Writer.generation(2)
        writer.scribble(8)
        _ = try home.fence(Writer.generation(2))
        _ = try home.hello(generation: writer.generation, incarnation: 1)
        #expect(try home.take(writer.cut(base: 4, extra: records.map(\.changes))) == [.sealed(5)])
        try home.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
        #expect(try home.status.withdrawn.isEmpty)
    }

    @Test(arguments: [false, true])
    func `staging deleted after the seal`(restarted: Bool) throws {
        let (files, first, old) = try ReplicaTests.replica(points: 2)
        var writer = old
        writer.scribble()
        #expect(try first.take(writer.cut(base: 2)) == [.sealed(3)])
        var replica = first
        let path = try Bench.newestStaging(files)
        try files.remove(path)
        if restarted {
            first.close()
            replica = try Bench.reopen(files)
        }
        guard case .needed(3, 2, _)? = try replica.applyNext() else {
            Issue.record("applied")
            return
        }
        #expect(try replica.status.withdrawn.map(\.point.number) == [3])
        #expect(try Bench.rawDisks(files) == writer.cuts[2])
        // What it held comes again under another number.
        if restarted { _ = try replica.hello(generation: writer.generation, incarnation: 1) }
        #expect(try replica.take(writer.cut(base: 2)) == [.sealed(4)])
        try replica.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
    }

    /// Cut off while it arrives: what comes behind lies beyond a hole. With and without what is remembered of it.
    @Test(arguments: [0, 1, 50, 99], [false, true])
    func `staging cut off before the seal is withdrawn by its number, and comes again`(
        percent: Int, restarted: Bool
    ) throws {
        let (files, first, old) = try ReplicaTests.replica(points: 2)
        var (replica, writer) = (first, old)
        for disk in 0...1 { for block in 0..<2 { writer.disks[disk][block * blockSize] ^= 1 } }
        let interval = writer.cut(base: 2)
        #expect(interval.chunks.count == 2)
        try replica.begin(interval.header)
        #expect(try replica.append(interval.chunks[0]) == nil)
        let path = try Bench.newestStaging(files)
        let arrived = files.names[path]?.current ?? []
        files.names[path]?.current = Array(arrived.prefix(arrived.count * percent / 100))
        #expect(try replica.append(interval.chunks[1]) == nil)
        #expect(try replica.end(interval.trailer) == [.sealed(3)])
        if restarted {
            replica.close()
            replica = try Bench.reopen(files)
        }
        guard case .needed(3, 2, let cause)? = try replica.applyNext() else {
            Issue.record("applied")
            return
        }
        #expect(cause.contains("staging"))
        #expect(try replica.status.withdrawn.map(\.point.number) == [3])
        #expect(try Bench.rawDisks(files) == writer.cuts[2])
        if restarted { _ = try replica.hello(generation: writer.generation, incarnation: 1) }
        #expect(try replica.take(writer.cut(base: 2)) == [.sealed(4)])
        try replica.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
    }

    @Test(arguments: [false, true])
    func `an entry of the digest table that decayed is made anew, and no block is blamed`(scrubbed: Bool) throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 3)
        var writer = old
        // Of a block that the next interval does not hold: entries of 16 bytes behind the header and one page digest.
        let path = Bench.directory + "/digests-0"
        files.names[path]?.current[8_192 + 16 * 30] ^= 4
        if scrubbed { #expect(try replica.scrub(disk: 0, region: 0)?.differing.isEmpty == true) }
        writer.disks[0][0] ^= 1
        #expect(try replica.take(writer.cut(base: 3)) == [.sealed(4)])
        #expect(try replica.applyNext() == .applied(4))
        #expect(try replica.points.allSatisfy { $0.damage.isEmpty })
        #expect(try replica.status.decayed.contains { $0.contains(path) })
        for disk in 0...1 { #expect(try replica.verifyDisk(disk).differing.isEmpty) }
    }

    @Test func `an entry that decayed is made anew under a pass that wrote its neighbours`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 3)
        var writer = old
        let all = BlockSet(writer.geometry(0).blocks)
        let path = Bench.directory + "/digests-0"
        // The last block comes with the last batch.
        files.names[path]?.current[8_192 + 16 * (all.count - 1)] ^= 4
        for block in all.runs.joined() { writer.disks[0][block * blockSize] ^= 1 }
        let pass = writer.cut(base: 3, pass: 1, extra: [all, BlockSet()])
        #expect(try replica.take(pass) == [.stored(number: 4, pass: 1)])
        #expect(try replica.points.allSatisfy { $0.damage.isEmpty })
        #expect(try replica.status.decayed.contains { $0.contains(path) })
        #expect(try replica.verifyDisk(0).differing.isEmpty)
        #expect(try replica.take(writer.cut(base: 3)) == [.sealed(4)])
        #expect(try replica.applyNext() == .applied(4))
    }

    @Test func `a move whose undo decayed is refused before anything of it is done, and names the file`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 4)
        var writer = old
        let undo = try #require(files.names.keys.filter { $0.contains("/blocks-") }.sorted().first)
        files.names[undo]?.current[60] ^= 1
        let failure = #expect(throws: ReplicaError.self) { _ = try replica.move(to: 1) }
        #expect(failure?.code == .damaged && failure?.detail.contains(undo) == true)
        // Down to where it can be gone, and up again.
        let at = try replica.status.position.number
        #expect(try Bench.rawDisks(files) == writer.cuts[at])
        #expect(try replica.points.filter { !$0.damage.isEmpty }.map(\.number) == [1])
        #expect(try replica.move(to: 4).allSatisfy { $0.isEmpty })
        #expect(try Bench.rawDisks(files) == writer.disks)
        for number in 2...4 as ClosedRange<UInt64> { #expect(try replica.content(at: number) == writer.cuts[number]) }
        writer.scribble()
        #expect(try replica.take(writer.cut(base: 4)) == [.sealed(5)])
    }

    @Test func `a bit flipped in any of a replica's own files is never content of a point`() throws {
        var struck = 0
        var noticed = 0
        var place = 0
        while true {
            let (files, replica, writer) = try ReplicaTests.replica(points: 4)
            // There is undo, and redo of what lies above.
            _ = try replica.move(to: 3)
            replica.close()
            let names = files.names.keys.filter { $0.hasPrefix(Bench.directory) }.sorted()
            let spots = names.flatMap { name in
                let size = files.names[name]?.current.count ?? 0
                return [20, size / 3, size / 2, size - 9].filter { (0..<size).contains($0) }.map { (name, $0) }
            }
            guard place < spots.count else { break }
            let (name, offset) = spots[place]
            place += 1
            files.names[name]?.current[offset] ^= 16
            struck += 1
            do {
                let again = try Bench.reopen(files)
                defer { again.close() }
                for point in try again.points where point.isApplied {
                    let isDamaged = !point.damage.isEmpty
                    let content = try again.content(at: point.number)
                    #expect(content == writer.cuts[point.number] || isDamaged, "\(name) at \(offset)")
                }
            } catch { noticed += 1 }
        }
        // What holds content notices; a slot of the metadata has another one, digests are of no content.
        #expect(struck > 20 && noticed > 4, "\(noticed) of \(struck)")
    }

    @Test func `one disk's stream stalled`() throws {
        let (files, replica, old) = try ReplicaTests.replica(points: 2)
        var writer = old
        for disk in 0...1 { writer.disks[disk][0] ^= 1 }
        let interval = writer.cut(base: 2)
        try replica.begin(interval.header)
        for chunk in interval.chunks where chunk.disk == 0 { #expect(try replica.append(chunk) == nil) }
        // The other disk's chunks hang; what is there is no point, also not for who only looks at the trailer.
        #expect(try replica.status.sealed.number == 2)
        guard case .needed(3, 2, _)? = try replica.end(interval.trailer).first else {
            Issue.record("a point of one disk of two")
            return
        }
        #expect(try replica.take(interval) == [.sealed(3)])
        try replica.applyAll()
        #expect(try Bench.rawDisks(files) == writer.disks)
        #expect(try replica.content(at: 2) == writer.cuts[2])
    }

    @Test(arguments: [UInt64(4), 2])
    func `cancel after ten minutes of home writes`(point: UInt64) throws {
        let (files, replica, writer) = try ReplicaTests.replica(points: 4)
        _ = try replica.fence(Writer.generation(2))
        _ = try replica.pin(.number(point), owner: "job-1")
        _ = try replica.move(to: point)
        _ = try replica.release(under: Writer.generation(2))
        // The machine ran on an overlay, which lies aside.
        #expect(try Bench.rawDisks(files) == writer.cuts[point])
        _ = try replica.fence(Writer.generation(3))
        try replica.reclaim(under: Writer.generation(3))
        #expect(try replica.move(to: 4).allSatisfy { $0.isEmpty })
        #expect(try Bench.rawDisks(files) == writer.disks)
        for number in 1...4 as ClosedRange<UInt64> { #expect(try replica.content(at: number) == writer.cuts[number]) }
    }
}
