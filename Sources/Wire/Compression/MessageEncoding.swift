/// How a message is compressed, by the name it has in `grpc-encoding` (grpc/doc/compression.md).
public enum MessageEncoding: String, CaseIterable, Hashable, Sendable {
    case identity
    /// RFC 1952.
    case gzip
    /// RFC 1950: what HTTP and gRPC call deflate is zlib's format.
    case deflate
    /// RFC 8878.
    case zstd

    /// Favours speed: a call waits for it.
    public func compress(_ bytes: [UInt8]) throws(CompressionFailure) -> [UInt8] {
        switch self {
        case .identity: bytes
        case .gzip: try Zlib.compress(bytes, .gzip)
        case .deflate: try Zlib.compress(bytes, .zlib)
        case .zstd: try Zstd.compress(bytes)
        }
    }

    /// Gives at most `limit` octets and never holds much more, whatever the input claims: what expands further is
    /// `tooLarge`. The input must be one whole stream of the format.
    public func decompress(_ bytes: [UInt8], limit: Int) throws(CompressionFailure) -> [UInt8] {
        switch self {
        case .identity:
            guard bytes.count <= limit else { throw .tooLarge }
            return bytes
        case .gzip: return try Zlib.decompress(bytes, .gzip, limit: limit)
        case .deflate: return try Zlib.decompress(bytes, .zlib, limit: limit)
        case .zstd: return try Zstd.decompress(bytes, limit: limit)
        }
    }
}

public enum CompressionFailure: Error, Hashable, Sendable {
    /// More than the limit would come out.
    case tooLarge
    /// Not a whole stream of the format; what the library said.
    case corrupt(String)
    /// The library has no memory.
    case outOfMemory
}

/// Octets that come out piece by piece, up to a limit.
struct BoundedOutput {
    /// What the libraries are given to write into at a time.
    static let pieceSize = 64 << 10

    private let limit: Int
    private(set) var bytes: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    /// Lets `write` fill a piece; it returns how much it wrote. One octet above the limit is asked for, so that
    /// reaching it is seen.
    mutating func piece<T>(
        _ write: (UnsafeMutableBufferPointer<UInt8>) -> (written: Int, result: T)
    ) throws(CompressionFailure) -> T {
        let size = min(Self.pieceSize, limit - bytes.count + 1)
        let (piece, result): ([UInt8], T?) = {
            var result: T?
            let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let written = write(buffer)
                count = written.written
                result = written.result
            }
            return (piece, result)
        }()
        guard bytes.count + piece.count <= limit else { throw .tooLarge }
        if bytes.isEmpty { bytes = piece } else { bytes += piece }
        guard let result else { throw .outOfMemory }
        return result
    }
}
