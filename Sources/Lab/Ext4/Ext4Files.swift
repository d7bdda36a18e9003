/// Files by their paths: `/` and names, without links.
extension Ext4Volume {
    private static let rootInode: UInt32 = 2
    /// Of a file or a directory: bounded by what the inode's extents hold, far above what is written here.
    private static let largestRead: Int64 = 1 << 30
    /// Blocks read at once.
    private static let piece: UInt32 = 256
    private static let fileType: UInt8 = 1

    // MARK: Reading

    public struct Entry: Hashable, Sendable {
        public let name: String
        public let isDirectory: Bool
    }

    /// Without `.` and `..`, in the order of names.
    public func list(_ path: String) async throws -> [Entry] {
        let directory = try await inode(try await find(path))
        guard directory.isDirectory else { throw Ext4Error.notFound("\(path)/") }
        var entries: [Entry] = []
        for block in try await blocks(of: directory) {
            for slot in try slots(try await read(block)) where slot.inode != 0 && ![".", ".."].contains(slot.name) {
                entries.append(Entry(name: slot.name, isDirectory: slot.type == 2))
            }
        }
        return entries.sorted { $0.name < $1.name }
    }

    public func read(file path: String) async throws -> [UInt8] {
        let inode = try await inode(try await find(path))
        guard inode.isRegular else { throw Ext4Error.notFound(path) }
        guard inode.size <= Self.largestRead else { throw Ext4Error.unsupported("a file of \(inode.size) bytes") }
        var content = [UInt8](repeating: 0, count: Int(inode.size))
        for extent in try await extents(inode).extents {
            var done: UInt32 = 0
            while done < extent.count {
                let count = min(Self.piece, extent.count - done)
                let at = Int(extent.logical + done) * Ext4Geometry.blockSize
                guard at < content.count else { break }
                let bytes = try await readContent(extent.physical + done, count)
                let end = min(content.count, at + bytes.count)
                content.replaceSubrange(at..<end, with: bytes[0..<end - at])
                done += count
            }
        }
        return content
    }

    private func find(_ path: String) async throws -> UInt32 {
        var number = Self.rootInode
        for name in path.split(separator: "/") {
            guard let slot = try await lookUp(String(name), in: try await inode(number)) else {
                throw Ext4Error.notFound(path)
            }
            number = slot.inode
        }
        return number
    }

    // MARK: Changing

    /// Creates the file, or replaces all of its content. The directory must exist.
    public func write(file path: String, _ content: [UInt8]) async throws {
        let size = Ext4Geometry.blockSize
        let (directory, name) = try await parent(of: path)
        let known = try await lookUp(name, in: try await inode(directory))
        let number: UInt32
        var file: Ext4Inode
        if let known {
            number = known.inode
            file = try await inode(number)
            guard file.isRegular else { throw Ext4Error.notFound(path) }
            try await releaseContent(file)
        } else {
            number = try await allocateInode()
            file = Ext4Inode(file: geometry.inodeSize, seconds: seconds)
            try await insert(name, number, into: directory)
        }
        let extents = try await allocate(UInt32((content.count + size - 1) / size))
        for extent in extents {
            for index in 0..<extent.count {
                let at = Int(extent.logical + index) * size
                var block = Array(content[at..<min(at + size, content.count)])
                block += [UInt8](repeating: 0, count: size - block.count)
                stage(extent.physical + index, block)
            }
        }
        file.setContent(extents, size: Int64(content.count), seconds: seconds)
        try await stage(file, number)
    }

    public func remove(file path: String) async throws {
        let (directory, name) = try await parent(of: path)
        guard let slot = try await lookUp(name, in: try await inode(directory)) else { throw Ext4Error.notFound(path) }
        var file = try await inode(slot.inode)
        guard file.isRegular else { throw Ext4Error.notFound(path) }
        guard file.bytes.little(UInt16.self, at: 26) == 1 else {
            throw Ext4Error.unsupported("\(path) has several names")
        }
        try await releaseContent(file)
        file.setRemoved(seconds: seconds)
        try await stage(file, slot.inode)
        try await freeInode(slot.inode)
        var block = try await read(slot.block)
        if let before = slot.before {
            block.set(little: UInt16(slot.offset + slot.length - before), at: before + 4)
        } else {
            block.set(little: UInt32(0), at: slot.offset)
        }
        stage(slot.block, block)
    }

    private func releaseContent(_ inode: Ext4Inode) async throws {
        let (extents, tree) = try await extents(inode)
        for extent in extents { try await free(extent.physical, extent.count) }
        for block in tree { try await free(block, 1) }
    }

    private func parent(of path: String) async throws -> (directory: UInt32, name: String) {
        var parts = path.split(separator: "/")
        guard let name = parts.popLast(), name.utf8.count <= 255 else { throw Ext4Error.notFound(path) }
        let directory = try await find("/" + parts.joined(separator: "/"))
        guard try await inode(directory).isDirectory else { throw Ext4Error.notFound(path) }
        return (directory, String(name))
    }

    // MARK: Directories

    /// One entry of a directory, used or not. Format: Documentation/filesystems/ext4/directory.rst.
    private struct Slot {
        var block: UInt32 = 0
        let offset: Int
        let length: Int
        let inode: UInt32
        let type: UInt8
        let name: String
        /// Where the entry before it in the same block begins.
        let before: Int?

        static func needed(_ name: String) -> Int { (8 + name.utf8.count + 3) & ~3 }
        var used: Int { inode == 0 ? 0 : Self.needed(name) }
    }

    private func blocks(of directory: Ext4Inode) async throws -> [UInt32] {
        try await extents(directory).extents.sorted { $0.logical < $1.logical }.flatMap {
            Array($0.physical..<$0.physical + $0.count)
        }
    }

    private func slots(_ block: [UInt8]) throws -> [Slot] {
        var slots: [Slot] = []
        var offset = 0
        var before: Int?
        while offset < block.count {
            guard offset + 8 <= block.count else { throw Ext4Error.corrupt("an entry of a directory") }
            let length = Int(block.little(UInt16.self, at: offset + 4))
            let nameLength = Int(block[offset + 6])
            guard length >= 8 + nameLength, length % 4 == 0, offset + length <= block.count else {
                throw Ext4Error.corrupt("an entry of a directory")
            }
            slots.append(
                Slot(
                    offset: offset, length: length, inode: block.little(UInt32.self, at: offset),
                    type: block[offset + 7],
                    name: String(decoding: block[offset + 8..<offset + 8 + nameLength], as: UTF8.self), before: before))
            before = offset
            offset += length
        }
        return slots
    }

    private func lookUp(_ name: String, in directory: Ext4Inode) async throws -> Slot? {
        guard directory.isDirectory else { return nil }
        for block in try await blocks(of: directory) {
            for var slot in try slots(try await read(block)) where slot.inode != 0 && slot.name == name {
                slot.block = block
                return slot
            }
        }
        return nil
    }

    private func insert(_ name: String, _ number: UInt32, into directory: UInt32) async throws {
        var inode = try await inode(directory)
        let needed = Slot.needed(name)
        for place in try await blocks(of: inode) {
            var block = try await read(place)
            guard let slot = try slots(block).first(where: { $0.length - $0.used >= needed }) else { continue }
            let used = slot.used
            if used > 0 { block.set(little: UInt16(used), at: slot.offset + 4) }
            entry(name, number, slot.offset + used, slot.length - used, &block)
            return stage(place, block)
        }
        // One more block; it extends the last extent if it follows it.
        var (extents, tree) = try await extents(inode)
        extents.sort { $0.logical < $1.logical }
        let added = try await allocate(1)[0].physical
        let logical = UInt32(inode.size / Int64(Ext4Geometry.blockSize))
        if let last = extents.last, last.physical + last.count == added {
            extents[extents.count - 1].count += 1
        } else {
            extents.append(Ext4Extent(logical: logical, count: 1, physical: added))
        }
        guard tree.isEmpty, extents.count <= Ext4Inode.inlineExtents else {
            throw Ext4Error.noSpace("more names in one directory")
        }
        var block = [UInt8](repeating: 0, count: Ext4Geometry.blockSize)
        entry(name, number, 0, block.count, &block)
        stage(added, block)
        inode.setContent(extents, size: inode.size + Int64(Ext4Geometry.blockSize), seconds: seconds)
        try await stage(inode, directory)
    }

    private func entry(_ name: String, _ inode: UInt32, _ offset: Int, _ length: Int, _ block: inout [UInt8]) {
        block.set(little: inode, at: offset)
        block.set(little: UInt16(length), at: offset + 4)
        block[offset + 6] = UInt8(name.utf8.count)
        block[offset + 7] = Self.fileType
        block.replaceSubrange(offset + 8..<offset + 8 + name.utf8.count, with: Array(name.utf8))
    }
}
