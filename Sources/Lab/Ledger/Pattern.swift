import Cryptography

/// The content of a WRITES line: SHA-256(seed ‖ counter) for counter 0, 1, 2 …, both as 8 bytes big-endian, cut to
/// the length.
public enum Pattern {
    public static func content(seed: UInt64, count: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count + SHA256.byteCount)
        var counter: UInt64 = 0
        while out.count < count {
            var input: [UInt8] = []
            input.put(seed)
            input.put(counter)
            out.append(contentsOf: SHA256.hash(input))
            counter += 1
        }
        out.removeLast(out.count - count)
        return out
    }
}

/// A WRITES file: writes that a judge prescribes, one JSON object per line:
/// `{"phase":"home","disk":0,"offset":0,"length":4096,"seed":7}`.
public enum WritesFile {
    public enum Phase: String, Hashable, Sendable { case home, cloud, home2 }

    public struct Write: Hashable, Sendable {
        /// From 1.
        public let line: Int
        public let phase: Phase
        public let disk: Int
        public let offset: Int64
        public let length: Int64
        public let seed: UInt64
    }

    /// What NBD can write; a line must be whole sectors.
    static let sector: Int64 = 512
    /// Lines of one file; each is held in memory.
    static let maximumLines = 1_000_000
    /// Bytes of one line's write; its content is built in memory before it is sent.
    static let maximumLength: Int64 = 1 << 30

    /// All writes in the order of the file; the first line that is wrong is the error. Empty lines are skipped.
    /// - Parameter diskSizes: bytes of each disk, by its number.
    public static func parse(_ text: [UInt8], diskSizes: [Int64]) throws(LedgerFileError) -> [Write] {
        var writes: [Write] = []
        var number = 0
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard number <= maximumLines else {
                throw LedgerFileError(line: number, what: "more than \(maximumLines) lines")
            }
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }) { continue }
            do throws(FlatJSON.Malformed) {
                writes.append(try parse(line, number, diskSizes))
            } catch {
                throw LedgerFileError(line: number, what: error.what)
            }
        }
        return writes
    }

    private static func parse(
        _ line: ArraySlice<UInt8>, _ number: Int, _ diskSizes: [Int64]
    ) throws(FlatJSON.Malformed) -> Write {
        let json = try FlatJSON(parsing: line)
        let known: Set = ["phase", "disk", "offset", "length", "seed"]
        if let key = json.fields.keys.filter({ !known.contains($0) }).min() {
            throw FlatJSON.Malformed(what: "unknown field \"\(key)\"")
        }
        let phaseName = try json.string("phase")
        guard let phase = Phase(rawValue: phaseName) else {
            throw FlatJSON.Malformed(what: "phase \"\(phaseName)\" is not home, cloud or home2")
        }
        let disk = try json.number("disk")
        guard disk < diskSizes.count else {
            throw FlatJSON.Malformed(what: "disk \(disk) does not exist: the machine has \(diskSizes.count)")
        }
        let size = diskSizes[Int(disk)]
        let offset = try json.number("offset")
        let length = try json.number("length")
        guard length > 0 else { throw FlatJSON.Malformed(what: "length is 0") }
        guard length <= maximumLength else {
            throw FlatJSON.Malformed(what: "length \(length) exceeds \(maximumLength)")
        }
        guard offset % sector == 0 else { throw FlatJSON.Malformed(what: "offset \(offset) is not a multiple of 512") }
        guard length % sector == 0 else { throw FlatJSON.Malformed(what: "length \(length) is not a multiple of 512") }
        guard offset <= size, length <= size - offset else {
            throw FlatJSON.Malformed(what: "offset \(offset) + length \(length) exceeds disk \(disk) of \(size) bytes")
        }
        return Write(
            line: number, phase: phase, disk: Int(disk), offset: offset, length: length,
            seed: try json.unsigned("seed"))
    }
}
