import Glibc

/// Comparisons of whole blocks by the C library: a loop over bytes of an unoptimized build takes seconds for a disk.
enum RawBytes {
    static func areEqual(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        return a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
                guard let a = a.baseAddress, let other = b.baseAddress else { return true }
                return memcmp(a, other, b.count) == 0
            }
        }
    }
}
