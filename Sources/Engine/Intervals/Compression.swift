internal import CZstd

/// How a payload is coded.
public enum Compression: UInt8, Hashable, Sendable, CaseIterable {
    case none = 1
    case zstd = 2
}

/// Zstandard at level 1: on one core it compresses about as fast as a disk writes, and more would cost more
/// time than it saves on the links that we serve.
enum Zstandard {
    static let level: Int32 = 1

    /// The compressed bytes, or nil when they would not be at least an eighth smaller.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        let limit = bytes.count - bytes.count / 8
        guard limit > 0 else { return nil }
        var failed = false
        let out = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
            let size = bytes.withUnsafeBytes {
                ZSTD_compress(buffer.baseAddress, limit, $0.baseAddress, $0.count, level)
            }
            failed = ZSTD_isError(size) != 0
            used = failed ? 0 : size
        }
        return failed ? nil : out
    }

    /// nil if the bytes are no frame of exactly `count` bytes of content.
    static func decompress(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        var good = false
        let out = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            let size = bytes.withUnsafeBytes {
                ZSTD_decompress(buffer.baseAddress, count, $0.baseAddress, $0.count)
            }
            good = ZSTD_isError(size) == 0 && size == count
            used = good ? count : 0
        }
        return good ? out : nil
    }
}
