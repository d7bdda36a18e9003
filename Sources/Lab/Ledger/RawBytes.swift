import Glibc

/// Comparisons of whole blocks by the C library: a loop over bytes of an unoptimized build takes seconds for a disk.
enum RawBytes {
    static func isZero(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, buffer.count > 0 else { return true }
            // The first byte is zero, and the whole equals itself shifted by one byte.
            return buffer[0] == 0 && memcmp(start, start + 1, buffer.count - 1) == 0
        }
    }

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
