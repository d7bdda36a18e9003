public import Blocks
public import Environment

/// The bytes below the tracking: a plain disk file, or a disk under an overlay. Calls block; they are made
/// on lanes, several at a time, never two at once for overlapping ranges of which one is a change.
public protocol BackingDisk: Sendable {
    var geometry: DiskGeometry { get }
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError)
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError)
    /// The range reads as zero afterwards and gives its space back where it can.
    func punch(at offset: Int64, count: Int64) throws(FileError)
    /// Tells the data and the holes of a range within the disk. A hole reads as zero; what is called data may be zero
    /// all the same.
    ///
    /// - Returns: false when the list came to its limit first.
    func list(at offset: Int64, count: Int64, in extents: inout ExtentList) throws(FileError) -> Bool
    /// Everything written before is durable afterwards; after a failure no later success covers it.
    func sync() throws(FileError)
}

extension BackingDisk {
    /// The data and the holes of a range that is not empty, from its beginning, side by side: all of it, or as much as
    /// `limit` extents tell.
    public func extents(at offset: Int64, count: Int64, limit: Int) throws(FileError) -> [FileExtent] {
        var list = ExtentList(limit: limit)
        _ = try self.list(at: offset, count: count, in: &list)
        return list.extents
    }

    /// The digests of what these blocks hold; what lies in a hole is not read.
    func digests(of blocks: BlockRange) throws(FileError) -> [BlockDigest] {
        let (offset, count) = (geometry.offset(of: blocks.lowerBound), geometry.byteCount(of: blocks))
        let first = try extents(at: offset, count: Int64(count), limit: 1).first
        if let first, first.isHole, first.count >= count {
            return [BlockDigest](repeating: .zeroContent, count: blocks.count)
        }
        return BlockDigest.each(of: try read(count, at: offset), from: blocks.lowerBound)
    }

    public func read(_ count: Int, at offset: Int64) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            do throws(FileError) {
                try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
                used = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    public func write(_ bytes: [UInt8], at offset: Int64) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Writes zeros in pieces of 1 MiB, keeping the space allocated.
    public func writeZeros(at offset: Int64, count: Int64) throws(FileError) {
        let zeros = [UInt8](repeating: 0, count: Int(min(count, Int64(regionSize))))
        var done: Int64 = 0
        while done < count {
            let piece = Int(min(Int64(zeros.count), count - done))
            try write(piece == zeros.count ? zeros : Array(zeros[..<piece]), at: offset + done)
            done += Int64(piece)
        }
    }
}

/// A disk that is a file.
public final class FileDisk: BackingDisk {
    public let geometry: DiskGeometry
    public let file: any File

    /// Takes the size from the file; fails with `busy` if another descriptor holds the disk.
    public init(locking file: any File) throws(FileError) {
        guard try file.tryLockExclusive() else { throw FileError(.busy, "lock", "disk") }
        self.file = file
        geometry = DiskGeometry(size: try file.size())
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileError) {
        try file.read(into: buffer, at: offset)
    }

    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(FileError) {
        try file.write(bytes, at: offset)
    }

    public func punch(at offset: Int64, count: Int64) throws(FileError) {
        try file.punchHole(at: offset, count: count)
    }

    public func list(at offset: Int64, count: Int64, in extents: inout ExtentList) throws(FileError) -> Bool {
        try extents.append(file, at: offset, count: count)
    }

    public func sync() throws(FileError) { try file.sync() }
}
