internal import CZlib

/// gzip and zlib streams by zlib.
enum Zlib {
    enum Format {
        case gzip, zlib

        /// As `windowBits` of zlib's init functions: the largest window, and 16 more for gzip's header and trailer.
        var windowBits: Int32 { self == .gzip ? 15 + 16 : 15 }
    }

    private static let structSize = Int32(MemoryLayout<z_stream>.size)
    /// zlib.h: "The memLevel parameter … default value is 8".
    private static let memoryLevel: Int32 = 8

    static func compress(_ bytes: [UInt8], _ format: Format) throws(CompressionFailure) -> [UInt8] {
        var stream = z_stream()
        guard deflateInit2_(
            &stream, Z_BEST_SPEED, Z_DEFLATED, format.windowBits, memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            structSize) == Z_OK
        else { throw .outOfMemory }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var result = Z_OK
        let out = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib does not write through next_in.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(bound)
                result = deflate(&stream, Z_FINISH)
                count = bound - Int(stream.avail_out)
            }
        }
        guard result == Z_STREAM_END else { throw .outOfMemory }
        return out
    }

    static func decompress(_ bytes: [UInt8], _ format: Format, limit: Int) throws(CompressionFailure) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, format.windowBits, ZLIB_VERSION, structSize) == Z_OK else { throw .outOfMemory }
        defer { inflateEnd(&stream) }
        var output = BoundedOutput(limit: limit)
        var offset = 0
        while true {
            let result = try output.piece { buffer in
                bytes.withUnsafeBufferPointer { input in
                    stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + offset) }
                    stream.avail_in = UInt32(input.count - offset)
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(buffer.count)
                    let result = inflate(&stream, Z_NO_FLUSH)
                    offset = input.count - Int(stream.avail_in)
                    return (buffer.count - Int(stream.avail_out), result)
                }
            }
            switch result {
            case Z_STREAM_END:
                guard offset == bytes.count else { throw .corrupt("octets after the end of the stream") }
                return output.bytes
            case Z_OK: continue
            case Z_BUF_ERROR: throw .corrupt("the stream is cut off")
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .corrupt(stream.msg.map { String(cString: $0) } ?? "zlib error \(result)")
            }
        }
    }
}
