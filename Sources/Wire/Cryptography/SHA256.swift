internal import COpenSSL

/// SHA-256 (FIPS 180-4), by libcrypto.
public struct SHA256: ~Copyable {
    public static let byteCount = 32

    /// Looking it up by name costs more than a small hash.
    // Immutable once fetched, never freed, and documented as usable from any thread.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    private let context: OpaquePointer?

    public init() {
        context = EVP_MD_CTX_new()
        precondition(EVP_DigestInit_ex(context, Self.algorithm, nil) == 1, "libcrypto has no memory or no SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if done == nil { update(Array(bytes)) }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        _ = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    /// Of everything so far; ends it.
    public consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { out, count in
            write(to: UnsafeMutableRawBufferPointer(out))
            count = Self.byteCount
        }
    }

    private func write(to out: UnsafeMutableRawBufferPointer) {
        precondition(out.count == Self.byteCount)
        _ = EVP_DigestFinal_ex(context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
    }

    /// `out` has `byteCount` bytes.
    public static func hash(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) {
        var hash = SHA256()
        hash.update(bytes)
        hash.write(to: out)
    }

    public static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}
