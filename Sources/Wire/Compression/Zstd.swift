internal import CZstd

/// zstd frames by libzstd.
enum Zstd {
    /// The fastest of the regular levels.
    private static let level: Int32 = 1
    /// RFC 8878 §3.1.1.1.2: "it's recommended for decoders to support … at least 8 MB"; a frame that asks for a larger
    /// window asks us for more memory than a message is worth.
    private static let largestWindowLog: Int32 = 23
    /// §3.1.1: "0xFD2FB528", little-endian. The library may also read the formats from before the RFC, whose decoders
    /// know no such limit: 13 octets made one take 128 MiB.
    private static let magic: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd]

    static func compress(_ bytes: [UInt8]) throws(CompressionFailure) -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        var failed = false
        let out = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            bytes.withUnsafeBytes { input in
                let written = ZSTD_compress(buffer.baseAddress, bound, input.baseAddress, input.count, level)
                failed = ZSTD_isError(written) != 0
                count = failed ? 0 : written
            }
        }
        guard !failed else { throw .outOfMemory }
        return out
    }

    static func decompress(_ bytes: [UInt8], limit: Int) throws(CompressionFailure) -> [UInt8] {
        guard bytes.starts(with: magic) else { throw .corrupt("no zstd frame of RFC 8878") }
        guard let context = ZSTD_createDCtx() else { throw .outOfMemory }
        defer { ZSTD_freeDCtx(context) }
        _ = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, largestWindowLog)
        var output = BoundedOutput(limit: limit)
        var offset = 0
        while true {
            let before = (offset, output.bytes.count)
            let left = try output.piece { buffer in
                bytes.withUnsafeBytes { octets in
                    var source = ZSTD_inBuffer(src: octets.baseAddress, size: octets.count, pos: offset)
                    var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
                    let left = ZSTD_decompressStream(context, &target, &source)
                    offset = source.pos
                    return (target.pos, left)
                }
            }
            if ZSTD_isError(left) != 0 { throw .corrupt(String(cString: ZSTD_getErrorName(left))) }
            if left == 0 {
                guard offset == bytes.count else { throw .corrupt("octets after the end of the frame") }
                return output.bytes
            }
            guard (offset, output.bytes.count) != before else { throw .corrupt("the frame is cut off") }
        }
    }
}
