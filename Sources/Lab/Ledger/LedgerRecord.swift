import Blocks
import Cryptography

/// What every 4 KiB block written by a ledger guest holds. All numbers are big-endian.
///
///     offset  size  field
///          0     8  "HWLEDGR1"
///          8     4  kind: 1 record, 2 superblock (block 0, written at each start of the guest), 3 begin and 4 end of a
///                   transaction (block 1 of disk 0)
///         12     4  disk
///         16    32  machine, UTF-8, zero padded
///         48     8  block: the offset on the disk divided by 4096
///         56     8  sequence: 1, 2, 3 … over all disks of the machine, in the order of issue
///         64     8  generation
///         72    32  SHA-256 of the machine's record issued before this one; zero for the first
///        104    32  machine of the write that this one depends on, zero padded; all zero: none
///        136     8  generation of that write
///        144     8  sequence of that write
///        152     8  seed of the filler
///        160  3904  filler: the splitmix64 stream of the seed
///       4064    32  SHA-256 of bytes 0 ..< 4064
public struct LedgerRecord: Hashable, Sendable {
    public static let size = 4096
    static let magic = Array("HWLEDGR1".utf8)
    static let checksumOffset = 4064
    static let nameLength = 32

    public enum Kind: UInt32, Sendable {
        case record = 1
        case superblock = 2
        /// A transaction begins; until its end stands in the same place, it is in flight.
        case begin = 3
        case end = 4
    }

    /// Where the marks of transactions stand, on the first disk of a machine.
    public static let markBlock: Int64 = 1

    /// A write acknowledged before this one was issued.
    public struct Dependency: Hashable, Sendable {
        public let machine: String
        public let generation: UInt64
        public let sequence: UInt64

        public init(machine: String, generation: UInt64, sequence: UInt64) {
            self.machine = machine
            self.generation = generation
            self.sequence = sequence
        }
    }

    public var kind: Kind
    public var machine: String
    public var disk: Int
    public var block: Int64
    public var sequence: UInt64
    public var generation: UInt64
    /// 32 bytes.
    public var previous: [UInt8]
    public var dependency: Dependency?
    public var seed: UInt64

    public enum Decoded: Hashable, Sendable {
        /// Every byte is zero.
        case zero
        case record(LedgerRecord)
        /// It begins like a record, but its checksum is another: torn or corrupt.
        case damaged
        /// Not of a ledger.
        case unrelated
    }

    public func encode() -> [UInt8] {
        precondition(machine.utf8.count <= Self.nameLength && previous.count == 32, "record fields out of bounds")
        var out = Self.magic
        out.reserveCapacity(Self.size)
        out.put(kind.rawValue)
        out.put(UInt32(disk))
        out.put(name: machine)
        out.put(block)
        out.put(sequence)
        out.put(generation)
        out.append(contentsOf: previous)
        out.put(name: dependency?.machine ?? "")
        out.put(dependency?.generation ?? 0)
        out.put(dependency?.sequence ?? 0)
        out.put(seed)
        var filler = SplitMix64(seed: seed)
        while out.count < Self.checksumOffset { out.put(filler.next()) }
        out.append(contentsOf: SHA256.hash(out))
        return out
    }

    public static func decode(_ bytes: ArraySlice<UInt8>) -> Decoded {
        precondition(bytes.count == size, "a ledger block has 4096 bytes")
        if bytes.withUnsafeBytes({ isZero($0) }) { return .zero }
        let start = bytes.startIndex
        guard bytes.starts(with: magic) else { return .unrelated }
        guard SHA256.hash(bytes[start..<start + checksumOffset]) == Array(bytes.suffix(32)) else {
            return .damaged
        }
        var fields = FieldReader(bytes, at: start + magic.count)
        guard let kind = Kind(rawValue: fields.take(UInt32.self)) else { return .damaged }
        let disk = Int(fields.take(UInt32.self))
        let machine = fields.takeName()
        let block = fields.take(Int64.self)
        let sequence = fields.take(UInt64.self)
        let generation = fields.take(UInt64.self)
        let previous = fields.takeBytes(32)
        let dependencyMachine = fields.takeName()
        let dependency = Dependency(
            machine: dependencyMachine, generation: fields.take(UInt64.self), sequence: fields.take(UInt64.self))
        return .record(
            LedgerRecord(
                kind: kind, machine: machine, disk: disk, block: block, sequence: sequence, generation: generation,
                previous: previous, dependency: dependencyMachine.isEmpty ? nil : dependency,
                seed: fields.take(UInt64.self)))
    }
}

/// Sebastiano Vigna's splitmix64: a stream of a 64-bit seed, the same in every language.
struct SplitMix64: Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Below `bound`, which is small against 2^64: the bias does not matter to a workload.
    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

private struct FieldReader {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>, at index: Int) {
        self.bytes = bytes
        self.index = index
    }

    mutating func take<T: FixedWidthInteger>(_ type: T.Type) -> T {
        var value: T = 0
        for byte in takeBytes(MemoryLayout<T>.size) { value = value << 8 | T(truncatingIfNeeded: byte) }
        return value
    }

    mutating func takeBytes(_ count: Int) -> [UInt8] {
        defer { index += count }
        return Array(bytes[index..<index + count])
    }

    mutating func takeName() -> String {
        String(decoding: takeBytes(LedgerRecord.nameLength).prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension [UInt8] {
    mutating func put<T: FixedWidthInteger>(_ value: T) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    mutating func put(name: String) {
        append(contentsOf: name.utf8)
        append(contentsOf: repeatElement(0, count: LedgerRecord.nameLength - name.utf8.count))
    }
}

/// SHA-256 in hexadecimal.
func sha256Hex(_ bytes: some Sequence<UInt8>) -> String { hexadecimal(SHA256.hash(bytes)) }

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    for byte in bytes {
        out.append(digits[Int(byte >> 4)])
        out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
}

func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var out: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
        let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
        guard let byte = UInt8(pair, radix: 16) else { return nil }
        out.append(byte)
    }
    return out
}
