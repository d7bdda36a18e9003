/// Inodes, bitmaps and the counts of what is free.
extension Ext4Volume {
    // Offsets in a group's descriptor.
    private static let blockBitmap = 0
    private static let inodeBitmap = 4
    private static let inodeTable = 8
    private static let freeBlockCount = 12
    private static let freeInodeCount = 14

    private func descriptor(_ group: UInt32) -> (block: UInt32, offset: Int) {
        let perBlock = UInt32(Ext4Geometry.descriptorsPerBlock)
        return (1 + group / perBlock, Int(group % perBlock) * Ext4Geometry.descriptorSize)
    }

    private func field(_ group: UInt32, _ offset: Int) async throws -> UInt32 {
        let place = descriptor(group)
        return try await read(place.block).little(UInt32.self, at: place.offset + offset)
    }

    /// Adds to a group's 16-bit count and to the superblock's sum of them.
    private func count(_ group: UInt32, _ field: Int, _ sum: Int, _ difference: Int) async throws {
        let place = descriptor(group)
        var block = try await read(place.block)
        let old = Int(block.little(UInt16.self, at: place.offset + field))
        guard let new = UInt16(exactly: old + difference) else {
            throw Ext4Error.corrupt("the free count of group \(group)")
        }
        block.set(little: new, at: place.offset + field)
        stage(place.block, block)
        var zero = try await read(0)
        let total = Int(zero.little(UInt32.self, at: Ext4Geometry.superblock + sum)) + difference
        guard let total = UInt32(exactly: total) else { throw Ext4Error.corrupt("the superblock's free count") }
        zero.set(little: total, at: Ext4Geometry.superblock + sum)
        stage(0, zero)
    }

    // MARK: Inodes

    private func place(ofInode number: UInt32) async throws -> (block: UInt32, offset: Int) {
        guard number > 0, number <= geometry.inodes else { throw Ext4Error.corrupt("inode \(number) does not exist") }
        let index = Int((number - 1) % geometry.inodesPerGroup) * geometry.inodeSize
        let table = try await field((number - 1) / geometry.inodesPerGroup, Self.inodeTable)
        return (table + UInt32(index / Ext4Geometry.blockSize), index % Ext4Geometry.blockSize)
    }

    func inode(_ number: UInt32) async throws -> Ext4Inode {
        let place = try await place(ofInode: number)
        let block = try await read(place.block)
        return Ext4Inode(Array(block[place.offset..<place.offset + geometry.inodeSize]))
    }

    func stage(_ inode: Ext4Inode, _ number: UInt32) async throws {
        let place = try await place(ofInode: number)
        var block = try await read(place.block)
        block.replaceSubrange(place.offset..<place.offset + geometry.inodeSize, with: inode.bytes)
        stage(place.block, block)
    }

    func allocateInode() async throws -> UInt32 {
        for group in 0..<geometry.groups {
            let place = try await field(group, Self.inodeBitmap)
            var bitmap = try await read(place)
            let from = group == 0 ? geometry.firstInode : 0
            guard let bit = firstClear(bitmap, from, geometry.inodesPerGroup) else { continue }
            bitmap[Int(bit / 8)] |= 1 << UInt8(bit % 8)
            stage(place, bitmap)
            try await count(group, Self.freeInodeCount, Ext4Geometry.freeInodes, -1)
            return group * geometry.inodesPerGroup + bit + 1
        }
        throw Ext4Error.noSpace("one more file")
    }

    func freeInode(_ number: UInt32) async throws {
        let group = (number - 1) / geometry.inodesPerGroup
        try await clear(
            try await field(group, Self.inodeBitmap), (number - 1) % geometry.inodesPerGroup, 1, "inode \(number)")
        try await count(group, Self.freeInodeCount, Ext4Geometry.freeInodes, 1)
    }

    // MARK: Blocks of files

    /// All extents of a file, and the blocks that hold its tree of them.
    func extents(_ inode: Ext4Inode) async throws -> (extents: [Ext4Extent], tree: [UInt32]) {
        guard inode.usesExtents else { throw Ext4Error.unsupported("a file without extents") }
        var (extents, waiting) = try Ext4Inode.node(inode.root)
        var tree: [UInt32] = []
        while let block = waiting.popLast() {
            guard tree.count < 10_000 else { throw Ext4Error.corrupt("a tree of extents has no end") }
            tree.append(block)
            let node = try Ext4Inode.node(try await read(block))
            extents += node.extents
            waiting += node.below
        }
        return (extents, tree)
    }

    /// At most as many runs as lie in an inode.
    func allocate(_ blocks: UInt32) async throws -> [Ext4Extent] {
        var extents: [Ext4Extent] = []
        var rest = blocks
        while rest > 0 {
            guard extents.count < Ext4Inode.inlineExtents else { throw Ext4Error.noSpace("\(blocks) blocks") }
            var length = min(rest, geometry.blocksPerGroup)
            var run = try await takeRun(length)
            while run == nil, length > 1 {
                length /= 2
                run = try await takeRun(length)
            }
            guard let run else { throw Ext4Error.noSpace("\(blocks) blocks") }
            extents.append(Ext4Extent(logical: blocks - rest, count: length, physical: run))
            rest -= length
        }
        return extents
    }

    /// The first free run from where the last one ended, and then from the beginning.
    private func takeRun(_ length: UInt32) async throws -> UInt32? {
        let size = geometry.blocksPerGroup
        let begin = nextFree / size
        for turn in 0...geometry.groups {
            let group = (begin + turn) % geometry.groups
            let place = try await field(group, Self.blockBitmap)
            var bitmap = try await read(place)
            let limit = min(size, geometry.blocks - group * size)
            guard let bit = firstRun(bitmap, turn == 0 ? nextFree % size : 0, limit, length) else { continue }
            for one in bit..<bit + length { bitmap[Int(one / 8)] |= 1 << UInt8(one % 8) }
            stage(place, bitmap)
            try await count(group, Self.freeBlockCount, Ext4Geometry.freeBlocks, -Int(length))
            nextFree = group * size + bit + length
            return group * size + bit
        }
        return nil
    }

    func free(_ first: UInt32, _ length: UInt32) async throws {
        let group = first / geometry.blocksPerGroup
        let bit = first % geometry.blocksPerGroup
        guard first < geometry.blocks, bit + length <= geometry.blocksPerGroup else {
            throw Ext4Error.corrupt("an extent leaves its group")
        }
        try await clear(try await field(group, Self.blockBitmap), bit, length, "block \(first)")
        try await count(group, Self.freeBlockCount, Ext4Geometry.freeBlocks, Int(length))
    }

    private func clear(_ place: UInt32, _ bit: UInt32, _ length: UInt32, _ what: String) async throws {
        var bitmap = try await read(place)
        for one in bit..<bit + length {
            guard bitmap[Int(one / 8)] & 1 << UInt8(one % 8) != 0 else {
                throw Ext4Error.corrupt("\(what) is in use and marked as free")
            }
            bitmap[Int(one / 8)] &= ~(1 << UInt8(one % 8))
        }
        stage(place, bitmap)
    }
}

private func firstClear(_ bitmap: [UInt8], _ from: UInt32, _ limit: UInt32) -> UInt32? {
    firstRun(bitmap, from, limit, 1)
}

/// The first of `length` clear bits that follow one another.
private func firstRun(_ bitmap: [UInt8], _ from: UInt32, _ limit: UInt32, _ length: UInt32) -> UInt32? {
    var bit = from
    var run: UInt32 = 0
    while bit < limit {
        let byte = bitmap[Int(bit / 8)]
        if byte == 0xFF, bit % 8 == 0 {
            bit += 8
            run = 0
            continue
        }
        run = byte & 1 << UInt8(bit % 8) == 0 ? run + 1 : 0
        bit += 1
        if run == length { return bit - length }
    }
    return nil
}
