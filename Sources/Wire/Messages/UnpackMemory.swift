internal import CMessages

/// Where libprotobuf-c puts a message that it unpacks: small pieces into an arena that is dropped as a whole, large
/// ones into arrays that the Swift message then takes over, so that large byte fields are copied once and not twice.
///
/// What links the two sides: libprotobuf-c asks for exactly the length of a byte field, and its
/// `ProtobufCBinaryData` points to what it was given. So each field of at least `largeSize` bytes lies in an array,
/// and a pointer back to this memory lies behind its last byte.
struct UnpackMemory: ~Copyable {
    /// Copying less than this is cheaper than an array to find again.
    static let largeSize = 8 << 10

    private struct Large {
        let start: UnsafeMutablePointer<UInt8>
        let bytes: [UInt8]
    }

    private var arena: Arena
    private var large: [Large] = []

    fileprivate init(_ stack: UnsafeMutableRawBufferPointer) { arena = Arena(stack) }

    /// `owner` points to this memory.
    fileprivate mutating func allocate(_ size: Int, _ owner: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        guard size >= Self.largeSize else { return arena.allocate(size) }
        let (ownerOffset, overflow) = Self.ownerOffset(size)
        guard !overflow else { return nil }
        var start: UnsafeMutablePointer<UInt8>?
        // The storage is filled by libprotobuf-c before anyone reads the array. Its address stays valid: an `Array` of
        // a trivial type on Linux is always one native, unmoving allocation.
        let bytes = [UInt8](unsafeUninitializedCapacity: ownerOffset + MemoryLayout.size(ofValue: owner)) {
            buffer, count in
            start = buffer.baseAddress
            count = size
        }
        guard let start else { return nil }
        UnsafeMutableRawPointer(start + ownerOffset).storeBytes(of: owner, as: UnsafeMutableRawPointer.self)
        large.append(Large(start: start, bytes: bytes))
        return UnsafeMutableRawPointer(start)
    }

    private static func ownerOffset(_ size: Int) -> (Int, overflow: Bool) {
        let (padded, overflow) = size.addingReportingOverflow(Arena.alignment - 1)
        return (padded & ~(Arena.alignment - 1), overflow || padded > Int.max - Arena.alignment)
    }

    private mutating func take(_ start: UnsafeMutablePointer<UInt8>) -> [UInt8]? {
        // Fields are read about in the order in which they were unpacked.
        guard let index = large.firstIndex(where: { $0.start == start }) else { return nil }
        return large.remove(at: index).bytes
    }

    /// The content of a byte field that was unpacked into such a memory.
    static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        guard data.len >= largeSize, let start = data.data else {
            return [UInt8](UnsafeBufferPointer(start: data.data, count: data.len))
        }
        let owner = UnsafeRawPointer(start + ownerOffset(data.len).0).load(as: UnsafeMutableRawPointer.self)
        // Not found if it was taken before.
        return owner.assumingMemoryBound(to: UnpackMemory.self).pointee.take(start)
            ?? [UInt8](UnsafeBufferPointer(start: start, count: data.len))
    }
}

/// Lends `body` an allocator for one unpacking. What was unpacked is gone when this returns: nothing is to be freed.
func withUnpackMemory<R>(_ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> R) -> R {
    withUnsafeTemporaryAllocation(byteCount: Arena.stackSize, alignment: Arena.alignment) { stack in
        var memory = UnpackMemory(stack)
        return withUnsafeMutablePointer(to: &memory) { memory in
            var allocator = ProtobufCAllocator(
                alloc: { owner, size in
                    owner.flatMap { $0.assumingMemoryBound(to: UnpackMemory.self).pointee.allocate(size, $0) }
                }, free: { _, _ in }, allocator_data: memory)
            return withUnsafeMutablePointer(to: &allocator, body)
        }
    }
}
