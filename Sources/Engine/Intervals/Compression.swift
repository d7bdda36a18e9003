internal import CZstd

/// How a payload is coded.
public enum Compression: UInt8, Hashable, Sendable, CaseIterable {
    case none = 1
    case zstd = 2
}

/// How hard content is compressed. Both are read by the same decoder.
public enum CompressionLevel: Int32, Hashable, Sendable, CaseIterable {
    /// On one core about as fast as a disk writes; harder would cost more time than it saves on the links we serve.
    case usual = 1
    /// For links that take more than `usual` gives: about what LZ4 does, without a second decoder (Decisions).
    case fast = -5
}

enum Zstandard {
    /// The compressed bytes, or nil when they would not be at least an eighth smaller.
    static func compress(_ bytes: [UInt8], _ level: CompressionLevel = .usual) -> [UInt8]? {
        let limit = bytes.count - bytes.count / 8
        guard limit > 0 else { return nil }
        var failed = false
        let out = [UInt8](unsafeUninitializedCapacity: limit) { buffer, used in
            let size = bytes.withUnsafeBytes {
                ZSTD_compress(buffer.baseAddress, limit, $0.baseAddress, $0.count, level.rawValue)
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
