import Blocks
import Environment
import Intervals
import Testing

@Suite struct SpoolTests {
    static let geometry = DiskGeometry(size: 64 << 20)
    static let generation = Generation(number: 1, token: [UInt8](repeating: 1, count: 16))
    static let limits = Spool.Limits(segmentBytes: 2 << 20, mostSegments: 4, reserveBytes: 0)

    static func header(_ number: UInt64, incarnation: UInt64 = 1, pass: UInt32 = 0) -> IntervalHeader {
        IntervalHeader(
            item: "a", id: IntervalID(generation: generation, incarnation: incarnation, number: number),
            base: number - 1, pass: pass)
    }

    /// Incompressible content.
    static func chunk(_ header: IntervalHeader, _ sequence: UInt64, blocks: Int = 64) -> Chunk {
        var dice = Dice(header.id.number &* 100 &+ sequence &+ 1)
        var packer = ChunkPacker(interval: header.id, pass: header.pass, disk: 0)
        for block in 0..<blocks {
            let words = (0..<512).map { _ in UInt64(dice.roll(.max)) &* 0x9E37_79B9_7F4A_7C15 }
            words.withUnsafeBytes { packer.add(block, Array($0)) }
        }
        guard let chunk = packer.take(sequence: sequence) else { preconditionFailure("blocks were added") }
        return chunk
    }

    static func trailer(_ chunks: UInt64) -> IntervalTrailer {
        IntervalTrailer(chunks: chunks, cutMonotonic: 1, cutWall: WallInstant(microseconds: 1), disks: [])
    }

    static func put(_ spool: Spool, _ number: UInt64, chunks: UInt64 = 2, pass: UInt32 = 0) throws -> Bool {
        let header = header(number, pass: pass)
        try spool.begin(header)
        for sequence in 0..<chunks { try spool.append(chunk(header, sequence, blocks: 8), on: geometry) }
        return try spool.end(trailer(chunks))
    }

    static func open(_ files: CrashingFiles) throws -> (spool: Spool, recovery: SpoolRecovery) {
        try Spool.open("/spool", item: "a", files: files, limits: limits)
    }

    static func check(_ spool: Spool, whole number: UInt64) throws {
        let header = header(number)
        var chunks: UInt64 = 0
        for index in 0..<100 {
            guard let item = try spool.item(of: header, index) else { break }
            guard case .chunk(let chunk) = item else { continue }
            #expect(chunk == Self.chunk(header, chunks, blocks: 8))
            chunks += 1
        }
        #expect(chunks == 2)
    }

    @Test func `intervals come back in order, cached ones after any power loss`() throws {
        for crash in 1...40 {
            let files = CrashingFiles()
            let (spool, _) = try Self.open(files)
            files.crashAt = files.operations + crash
            var cached: [UInt64] = []
            do {
                for number in 1...6 as ClosedRange<UInt64> { if try Self.put(spool, number) { cached.append(number) } }
            } catch {
                #expect(files.isDown, "\(error)")
            }
            var dice = Dice(UInt64(crash))
            files.powerOn { dice.roll($0) }
            let (again, recovery) = try Self.open(files)
            #expect(Set(again.contents.map(\.header.id.number)).isSuperset(of: cached))
            #expect(Set(recovery.lost).isDisjoint(with: cached))
            for number in cached { try Self.check(again, whole: number) }
            #expect(again.contents.map(\.header.id.number) == again.contents.map(\.header.id.number).sorted())
            again.close()
        }
    }

    @Test func `what a kill left is as durable as it is said to be once the spool is open again`() throws {
        for crash in 1...30 {
            let files = CrashingFiles()
            let (spool, _) = try Self.open(files)
            files.crashAt = files.operations + crash
            do {
                for number in 1...3 as ClosedRange<UInt64> { _ = try Self.put(spool, number) }
            } catch { #expect(files.isDown, "\(error)") }
            files.restart()
            let (again, _) = try Self.open(files)
            let whole = again.contents.filter(\.isWhole).map(\.header.id.number)
            files.die()
            // Nothing that was not synced is left.
            files.powerOn { $0 - 1 }
            let (last, recovery) = try Self.open(files)
            #expect(last.contents.map(\.header.id.number) == whole, "operation \(crash)")
            #expect(recovery.lost.allSatisfy { !whole.contains($0) }, "operation \(crash)")
            for number in whole { try Self.check(last, whole: number) }
        }
    }

    @Test func `a spool file cut off anywhere behind a record is a torn tail`() throws {
        let files = CrashingFiles()
        let (spool, _) = try Self.open(files)
        _ = try Self.put(spool, 1)
        spool.close()
        let inode = try #require(files.names["/spool/segment-0"])
        let end = try #require(inode.current.lastIndex { $0 != 0 })
        for length in stride(from: end + 20, to: end - 6, by: -1) {
            inode.current.removeLast(inode.current.count - length)
            let (again, recovery) = try Self.open(files)
            #expect(recovery.damage.isEmpty)
            again.close()
        }
        inode.current += [UInt8](repeating: 0, count: 100)
        #expect(try Self.open(files).recovery.lost == [1])
    }

    @Test func `a new segment takes no name that is in use`() throws {
        let files = CrashingFiles()
        let (spool, _) = try Self.open(files)
        var number: UInt64 = 0
        while files.names["/spool/segment-1"] == nil {
            number += 1
            _ = try Self.put(spool, number, chunks: 20)
        }
        _ = try Self.put(spool, number + 1)
        spool.close()
        files.names["/spool/segment-0"] = nil
        let (again, _) = try Self.open(files)
        for next in 2...40 as ClosedRange<UInt64> where files.names["/spool/segment-0"] == nil {
            _ = try Self.put(again, number + next, chunks: 20)
        }
        #expect(files.names["/spool/segment-0"] != nil)
        try Self.check(again, whole: number + 1)
    }

    @Test func `passes are not synced and can be freed one by one`() throws {
        let files = CrashingFiles()
        let (spool, _) = try Self.open(files)
        #expect(try !Self.put(spool, 1, pass: 1))
        #expect(try Self.put(spool, 1))
        spool.free(number: 1, pass: 1)
        #expect(spool.contents.map(\.header.pass) == [0])
    }

    @Test func `a full spool drops the interval, and freed segments are used again`() throws {
        let files = CrashingFiles()
        let (spool, _) = try Self.open(files)
        var number: UInt64 = 0
        while true {
            number += 1
            let header = Self.header(number)
            do {
                try spool.begin(header)
                for sequence in 0..<4 as Range<UInt64> {
                    try spool.append(Self.chunk(header, sequence), on: Self.geometry)
                }
                _ = try spool.end(Self.trailer(4))
            } catch let error as SpoolError {
                #expect(error.code == .full)
                #expect("\(error)".contains("segments hold what is not sealed yet"))
                break
            }
        }
        #expect(number > 4)
        #expect(spool.contents.map(\.header.id.number) == Array(1..<number))
        spool.free(through: number - 1)
        #expect(try spool.room().bytes > 2 << 20)
        #expect(try Self.put(spool, number + 1))
        spool.close()
        let (again, recovery) = try Self.open(files)
        #expect(recovery.lost.allSatisfy { $0 == number }, "\(recovery)")
        #expect(again.contents.map(\.header.id.number).contains(number + 1))
    }

    @Test func `a void, a newer incarnation and a newer generation clear the queue`() throws {
        let files = CrashingFiles()
        let (spool, _) = try Self.open(files)
        for number in 1...4 as ClosedRange<UInt64> { _ = try Self.put(spool, number) }
        try spool.void(from: 3)
        #expect(spool.contents.map(\.header.id.number) == [1, 2])
        spool.close()
        let (again, recovery) = try Self.open(files)
        #expect(again.contents.map(\.header.id.number) == [1, 2])
        #expect(recovery.lost.isEmpty)
        try again.obey(generation: 1, incarnation: 2)
        #expect(again.contents.isEmpty)
        try again.begin(Self.header(7, incarnation: 2))
        #expect(throws: SpoolError.self) { try again.begin(Self.header(8, incarnation: 1)) }
    }

    @Test func `a flipped bit loses just its interval, by name`() throws {
        let files = CrashingFiles()
        let (spool, _) = try Self.open(files)
        for number in 1...3 as ClosedRange<UInt64> { _ = try Self.put(spool, number) }
        let place = try #require(Self.find(Self.chunk(Self.header(2), 0, blocks: 8).payload.prefix(64), in: files))
        files.names["/spool/segment-0"]?.current[place] ^= 1
        do {
            try Self.check(spool, whole: 2)
            Issue.record("read")
        } catch let error as SpoolError {
            #expect(error.code == .lost && error.number == 2)
        }
        #expect(spool.contents.map(\.header.id.number) == [1, 3])
        spool.close()
        let (again, recovery) = try Self.open(files)
        #expect(recovery.lost == [2])
        #expect(again.contents.map(\.header.id.number) == [1, 3])
    }

    static func find(_ bytes: ArraySlice<UInt8>, in files: CrashingFiles) -> Int? {
        guard let all = files.names["/spool/segment-0"]?.current else { return nil }
        return all.withUnsafeBytes { all in
            bytes.withUnsafeBytes { bytes in
                let first = bytes.loadUnaligned(as: UInt64.self)
                return (0..<(all.count - 8)).first { all.loadUnaligned(fromByteOffset: $0, as: UInt64.self) == first }
            }
        }
    }

    @Test func `a chunk that does not verify voids its interval`() throws {
        let files = CrashingFiles()
        let (spool, _) = try Self.open(files)
        let header = Self.header(1)
        try spool.begin(header)
        let good = Self.chunk(header, 0, blocks: 2)
        let bad = Chunk(
            interval: good.interval, pass: 0, disk: 1, sequence: 0, runs: good.runs, compression: good.compression,
            payload: good.payload, checksum: good.checksum)
        #expect(throws: SpoolError.self) { try spool.append(bad, on: Self.geometry) }
        #expect(spool.contents.isEmpty)
    }
}
