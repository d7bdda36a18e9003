/// Small records with a checksum of their own that are kept in two slots: one that a power loss tore may be passed over
/// for the older one, one that decayed may not. Where one bit turned, these tell it as it was.
///
/// A torn record that is one bit away from being whole is taken as whole: whoever wrote it allowed for that, because a
/// write that is under way may as well be complete.
public enum BitRepair {
    /// A bit of the part that the checksum `sum` is over.
    public static func body(_ bytes: [UInt8], _ range: Range<Int>, sum: UInt64, seed: UInt64) -> [UInt8]? {
        var bytes = bytes
        let isFound = bytes.withUnsafeMutableBytes { all in
            let body = UnsafeMutableRawBufferPointer(rebasing: all[range])
            for index in body.indices {
                for bit in 0..<8 as Range<UInt8> {
                    body[index] ^= 1 << bit
                    if checksum64(UnsafeRawBufferPointer(body), seed: seed) == sum { return true }
                    body[index] ^= 1 << bit
                }
            }
            return false
        }
        return isFound ? bytes : nil
    }

    /// A bit of a record whose checksum, over all before it, are its last eight bytes.
    public static func record(_ bytes: [UInt8], seed: UInt64) -> [UInt8]? {
        let end = bytes.count - MemoryLayout<UInt64>.size
        guard end > 0 else { return nil }
        let actual = checksum64(bytes[..<end], seed: seed)
        let sum = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[end + $1]) << UInt64(8 * $1) }
        guard (actual ^ sum).nonzeroBitCount == 1 else { return body(bytes, 0..<end, sum: sum, seed: seed) }
        var writer = ByteWriter()
        writer.write(raw: bytes[..<end])
        writer.write(actual)
        return writer.bytes
    }

    /// A bit of the fields before the part under the checksum, by trying each.
    public static func fields(_ bytes: [UInt8], count: Int, _ isGood: ([UInt8]) -> Bool) -> [UInt8]? {
        var bytes = bytes
        for index in 0..<min(count, bytes.count) {
            for bit in 0..<8 as Range<UInt8> {
                bytes[index] ^= 1 << bit
                if isGood(bytes) { return bytes }
                bytes[index] ^= 1 << bit
            }
        }
        return nil
    }
}
