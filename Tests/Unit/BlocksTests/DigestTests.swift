internal import Environment
import Testing

@testable import Blocks

@Suite struct DigestTests {
    static let disk = DiskGeometry(size: 300 * Int64(regionSize) + 5000)

    @Test func `a digest is bound to its address, except that of zeros`() {
        let content = [UInt8](repeating: 5, count: blockSize)
        #expect(BlockDigest(content, at: 1) != BlockDigest(content, at: 2))
        #expect(BlockDigest([UInt8](repeating: 0, count: blockSize), at: 9) == .zeroContent)
        #expect(BlockDigest([UInt8](repeating: 0, count: 904), at: 9) == .zeroContent)
        let two = content + [UInt8](repeating: 0, count: 100)
        #expect(BlockDigest.each(of: two, from: 4) == [BlockDigest(content, at: 4), .zeroContent])
    }

    @Test func `a node is hashed from which digests are not zeros, and from those`() throws {
        let (one, other) = (BlockDigest(high: 1, low: 2), BlockDigest(high: 0, low: 3 << 56))
        func page(_ leaves: [Int: BlockDigest], count: Int = 256) -> TreeDigest {
            DigestTree.page(encodedLeaves: (0..<count).flatMap { (leaves[$0] ?? .zeroContent).bytes })
        }
        var hashed = [UInt8](repeating: 0, count: 32)
        (hashed[1], hashed[31]) = (0b10, 0b1000_0000)
        #expect(page([9: one, 255: other]) == TreeDigest(hashing: hashed + one.bytes + other.bytes))
        #expect(page([9: one, 255: other]) != page([9: other, 255: one]))
        #expect(page([9: one, 254: other]) != page([9: one, 255: other]))
        #expect(page([9: one], count: 10) == page([9: one]))
        #expect(page([:]) == .blank && page([:], count: 3) == .blank)
        let full = Dictionary(uniqueKeysWithValues: (0..<256).map { ($0, one) })
        let set = [UInt8](repeating: 255, count: 32)
        #expect(page(full) == TreeDigest(hashing: set + (0..<256).flatMap { _ in one.bytes }))
        #expect(DigestTree.group([TreeDigest](repeating: .blank, count: 256)[...]) == .blank)
        hashed = [UInt8](repeating: 0, count: 32)
        hashed[0] = 0b100
        #expect(DigestTree.group([.blank, .blank, page(full)]) == TreeDigest(hashing: hashed + page(full).bytes))
    }

    @Test func `a fresh table is that of a blank disk and survives reopening`() throws {
        let file = MemoryFile()
        let table = try DigestTable.create(file, geometry: Self.disk)
        let blank = [BlockDigest](repeating: .zeroContent, count: Self.disk.blockCount)
        #expect(table.root == DigestTree.root(geometry: Self.disk, leaves: blank))
        #expect(try DigestTable.open(file, geometry: Self.disk, rehashing: BlockSet()).root == table.root)
        #expect(throws: ByteCodingError.self) {
            try DigestTable.open(file, geometry: DiskGeometry(size: 4096), rehashing: BlockSet())
        }
    }

    @Test(arguments: 0..<10) func `incremental updates give the root of all leaves`(seed: Int) throws {
        var random = Seeded(UInt64(seed))
        let file = MemoryFile()
        let table = try DigestTable.create(file, geometry: Self.disk)
        var leaves = [BlockDigest](repeating: .zeroContent, count: Self.disk.blockCount)
        for _ in 0..<5 {
            var updates = DigestUpdates()
            let zeros = Int.random(in: 0..<Self.disk.blockCount, using: &random)..<Self.disk.blockCount
            updates.setZero(zeros)
            for block in zeros { leaves[block] = .zeroContent }
            for _ in 0..<30 {
                let block = Int.random(in: 0..<Self.disk.blockCount, using: &random)
                let digest = BlockDigest(high: random.next(), low: random.next())
                updates[block] = digest
                leaves[block] = digest
            }
            let expected = DigestTree.root(geometry: Self.disk, leaves: leaves)
            let before = table.root
            #expect(try table.root(with: updates) == expected)
            #expect(table.root == before)
            let prepared = try table.prepare(updates, keeping: seed * 5)
            #expect(table.root(with: prepared) == expected)
            if seed.isMultiple(of: 2) { try table.update(prepared) } else { try table.update(updates) }
            #expect(table.root == expected)
            if let some = updates.sorted.first {
                #expect(try table.digests(of: some.block..<some.block + 1) == [some.digest])
            }
        }
        #expect(try DigestTable.open(file, geometry: Self.disk, rehashing: BlockSet()).root == table.root)
        #expect(try table.leaves(ofPage: 300) == Array(leaves[(300 * 256)...]))
    }

    @Test func `what was prepared before another change of its page is hashed again`() throws {
        let table = try DigestTable.create(MemoryFile(), geometry: Self.disk)
        var leaves = [BlockDigest](repeating: .zeroContent, count: Self.disk.blockCount)
        (leaves[5], leaves[6]) = (BlockDigest(high: 1, low: 2), BlockDigest(high: 3, low: 4))
        var (first, other) = (DigestUpdates(), DigestUpdates())
        first[5] = leaves[5]
        other[6] = leaves[6]
        let prepared = try table.prepare(first, keeping: 8)
        try table.update(other)
        let root = DigestTree.root(geometry: Self.disk, leaves: leaves)
        #expect(try table.root(with: table.renewed(prepared)) == root)
        try table.update(prepared)
        #expect(table.root == root)
        #expect(try table.verify(page: 0))
    }

    @Test(arguments: 0..<20) func `updates behave like a dictionary of blocks`(seed: Int) {
        var random = Seeded(UInt64(seed))
        var (updates, model) = (DigestUpdates(), [Int: BlockDigest]())
        func digests(_ count: Int) -> [BlockDigest] { (0..<count).map { _ in .init(high: random.next(), low: 0) } }
        for _ in 0..<100 {
            let first = Int.random(in: 0..<2_000, using: &random)
            let values = digests(Int.random(in: 0..<400, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                updates[first] = values.first
                model[first] = values.first
            case 1:
                var later = DigestUpdates()
                later.set(values, from: first)
                updates.merge(later)
                for (index, value) in values.enumerated() { model[first + index] = value }
            case 2:
                let zeros = first..<(first + values.count * 3)
                updates.setZero(zeros)
                for block in zeros { model[block] = .zeroContent }
            case 3:
                var later = DigestUpdates()
                later.setZero(first..<(first + 700))
                updates.merge(later)
                for block in first..<(first + 700) { model[block] = .zeroContent }
            default:
                updates.set(values, from: first)
                for (index, value) in values.enumerated() { model[first + index] = value }
            }
            #expect(updates[first] == model[first])
        }
        #expect(updates.count == model.count)
        #expect(updates.isEmpty == model.isEmpty)
        #expect(updates.sorted.map(\.block) == model.keys.sorted())
        #expect(updates.sorted.allSatisfy { model[$0.block] == $0.digest })
    }

    /// A page of zeros is not written where the table says zeros, unless a write of it has failed.
    @Test func `zeros are written over leaves that a failed update has left`() throws {
        let file = MemoryFile()
        let table = try DigestTable.create(file, geometry: Self.disk)
        let blank = table.root
        var updates = DigestUpdates()
        updates[300] = BlockDigest(high: 1, low: 2)
        // The leaves are written, their page's digest is not.
        file.failing.withLock { $0 = 1 }
        #expect(throws: FileError.self) { try table.update(updates) }
        updates = DigestUpdates()
        updates.setZero(0..<1_024)
        try table.update(updates)
        #expect(try table.digests(of: 300..<301) == [.zeroContent])
        #expect(table.root == blank)
    }

    @Test func `a torn leaf is found by its page and settled by rehashing`() throws {
        let file = MemoryFile()
        let table = try DigestTable.create(file, geometry: Self.disk)
        var updates = DigestUpdates()
        updates[700] = BlockDigest(high: 1, low: 2)
        try table.update(updates)
        let leaf = try file.size() - Int64(Self.disk.regionCount * 4096) + 701 * 16
        try file.write([9], at: leaf)
        #expect(try !table.verify(page: 2))
        #expect(try table.verify(page: 1))
        let healed = try DigestTable.open(file, geometry: Self.disk, rehashing: BlockSet([701]))
        #expect(try healed.verify(page: 2))
        #expect(healed.root != table.root)
    }
}

@Suite struct CodingTests {
    @Test func `a lineage record survives encoding and any changed byte is noticed`() throws {
        var record = LineageRecord(diskID: Array(0..<16), size: 12_345_678)
        record.begin(Generation(number: 1, token: Array(16..<32)), at: .origin)
        record.begin(Generation(number: 2, token: Array(32..<48)), at: PointID(generation: 1, number: 9))
        record.mapQuality = .suspects
        record.mapCoversAhead = PointID(generation: 1, number: 11)
        record.state = .released
        let bytes = record.encoded()
        #expect(try LineageRecord(from: bytes) == record)
        for index in bytes.indices {
            var broken = bytes
            broken[index] ^= 0x10
            #expect(throws: ByteCodingError.self) { try LineageRecord(from: broken) }
            #expect(throws: ByteCodingError.self) { try LineageRecord(from: Array(bytes[..<index])) }
        }
    }

    @Test func `starting from an older point forgets what came after it`() {
        var record = LineageRecord(diskID: Array(0..<16), size: 4096)
        let token = [UInt8](repeating: 0, count: 16)
        record.begin(Generation(number: 1, token: token), at: .origin)
        record.begin(Generation(number: 2, token: token), at: PointID(generation: 1, number: 9))
        record.begin(Generation(number: 3, token: token), at: PointID(generation: 1, number: 8))
        #expect(record.history.map(\.generation.number) == [1, 3])
    }

    @Test func `a join is the newest point in both histories`() {
        let token = [UInt8](repeating: 0, count: 16)
        var home = LineageRecord(diskID: Array(0..<16), size: 4096)
        home.begin(Generation(number: 1, token: token), at: .origin)
        home.position = PointID(generation: 1, number: 12)
        var cloud = home
        cloud.begin(Generation(number: 2, token: token), at: PointID(generation: 1, number: 10))
        cloud.position = PointID(generation: 2, number: 40)
        #expect(home.join(with: cloud) == PointID(generation: 1, number: 10))
        #expect(cloud.join(with: home) == PointID(generation: 1, number: 10))
        var other = LineageRecord(diskID: Array(0..<16), size: 4096)
        other.begin(Generation(number: 1, token: [UInt8](repeating: 9, count: 16)), at: .origin)
        #expect(home.join(with: other) == nil)
    }

    @Test func `a reader never reads past the end`() throws {
        var writer = ByteWriter()
        writer.write("naïve")
        writer.write(Int32(-5))
        writer.write(true)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readString(limit: 10) == "naïve")
        #expect(try reader.read(Int32.self) == -5)
        #expect(try reader.readBool())
        #expect(reader.remaining == 0)
        #expect(throws: ByteCodingError.self) { try reader.read(UInt8.self) }
        var hostile = ByteReader([255, 255, 255, 255])
        #expect(throws: ByteCodingError.self) { try hostile.readCounted(limit: 100) }
    }
}
