// Generated from homeward/replication/v1/replication.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension ReplicationV1 {
    /// Coding of a payload.
    public enum Compression: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// As it is.
        case none
        /// Zstandard.
        case zstd
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .none
                case 2: self = .zstd
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .none: 1
                case .zstd: 2
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .none, .zstd]
        }
    }

    /// Opens a machine's stream. A newer incarnation first drops every unsealed interval of older ones at each hop.
    public struct StreamHello: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.StreamHello" }

        /// The item.
        public var item: String = ""
        /// Generation of the writer.
        public var generation: CommonV1.Generation?
        /// Counts unclean opens of the source disks.
        public var incarnation: UInt64 = 0
        /// The disks, by index.
        public var disks: [CommonV1.Disk] = []
        /// The next interval number that the source has not reserved.
        public var nextInterval: UInt64 = 0
        /// True while the source holds the target's content for unknown: a first copy.
        public var fullCopy: Bool = false
        /// Intervals that the source was told are CACHED and that are not SEALED as far as it knows: it goes on without their
        /// content. The process server answers LOST for the first of them that it holds no more.
        public var pending: [UInt64] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Begins an interval or a pass of it.
    public struct IntervalBegin: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.IntervalBegin" }

        /// Its number.
        public var number: UInt64 = 0
        /// Everything changed since this point is contained.
        public var base: UInt64 = 0
        /// 0 for the interval proper; passes before the cut count from 1.
        public var pass: UInt32 = 0
        /// Incarnation it was cut in.
        public var incarnation: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Consecutive blocks of a disk.
    public struct BlockRun: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.BlockRun" }

        /// First block, 4 KiB each.
        public var first: UInt64 = 0
        /// Number of blocks.
        public var count: UInt32 = 0
        /// True when all of them are zero: no payload is carried for the run.
        public var zero: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A piece of an interval: 256 KiB to 1 MiB of payload, fewer at the end.
    public struct Chunk: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.Chunk" }

        /// Interval number.
        public var number: UInt64 = 0
        /// Pass, 0 for the interval proper.
        public var pass: UInt32 = 0
        /// Index of the disk.
        public var disk: UInt32 = 0
        /// Counts from 0 in each (number, pass).
        public var sequence: UInt64 = 0
        /// The blocks, ascending.
        public var runs: [ReplicationV1.BlockRun] = []
        /// How the payload is coded.
        public var compression: ReplicationV1.Compression = ReplicationV1.Compression(rawValue: 0)
        /// Content of the runs that are not zero, in order.
        public var payload: [UInt8] = []
        /// XXH3-128 of addresses and uncompressed content.
        public var checksum: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Ends an interval or pass.
    public struct IntervalEnd: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.IntervalEnd" }

        /// Interval number.
        public var number: UInt64 = 0
        /// Pass, 0 for the interval proper.
        public var pass: UInt32 = 0
        /// Chunks sent in it.
        public var chunks: UInt64 = 0
        /// Cut time on the source's monotonic clock; relays add their own elapsed time to ages derived from it.
        public var cutMonotonicUs: Int64 = 0
        /// Cut time for people.
        public var cutUnixUs: Int64 = 0
        /// True when hooks froze the guest around the cut.
        public var applicationConsistent: Bool = false
        /// True for the last interval of a closed generation.
        public var final: Bool = false
        /// Per disk: sizes, counts, digests.
        public var disks: [ReplicationV1.DiskTrailer] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What one disk of an interval holds.
    public struct DiskTrailer: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.DiskTrailer" }

        /// Index of the disk.
        public var disk: UInt32 = 0
        /// Size of the disk in bytes.
        public var bytes: UInt64 = 0
        /// Blocks in the interval.
        public var blocks: UInt64 = 0
        /// XXH3-128 over the checksums of the disk's chunks, in the order of their sequence numbers.
        public var digest: [UInt8] = []
        /// Root of the digest tree at the cut, 32 bytes; empty when the source does not know every block's digest.
        public var root: [UInt8] = []
        /// Why the blocks of this interval and of the passes before it had to be sent, as the source knows it at the cut.
        public var counts: ReplicationV1.ChangeCounts?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Why blocks of a disk are to be sent, in blocks, counted since the source opened its change map (at the start of its
    /// generation, or again after its agent was restarted).
    public struct ChangeCounts: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.ChangeCounts" }

        /// Written by the guest: in the change map when it was opened, or written since. A block that was sent in a pass and
        /// written again counts again.
        public var written: UInt64 = 0
        /// In the change map because this copy was moved to an older point before it was handed over.
        public var ahead: UInt64 = 0
        /// Changed by the target itself, and not counted above.
        public var foreign: UInt64 = 0
        /// Compared with the target by digest after an unclean end of either copy; only those that differ are sent.
        public var suspects: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The source gives up every pending interval from this number on.
    public struct IntervalVoid: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.IntervalVoid" }

        /// First void number.
        public var fromNumber: UInt64 = 0
        /// Why.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks which blocks differ (suspects after a crash, compare by checksums).
    public struct DigestQuery: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.DigestQuery" }

        /// Answered with the same id.
        public var id: UInt64 = 0
        /// Index of the disk.
        public var disk: UInt32 = 0
        /// First block.
        public var first: UInt64 = 0
        /// 16 bytes per block, or per range where there is `range_blocks`.
        public var digests: [UInt8] = []
        /// Above 0: each digest is of a range of blocks, those with numbers from one multiple of this to before the next; the
        /// first and the last may be shorter. The digest of a range is XXH3-128 over the digests of its blocks, seeded with its
        /// first block's number; zero when all of them are. Asked only after a welcome that says `compares_ranges`.
        public var rangeBlocks: UInt32 = 0
        /// With `range_blocks`: how many blocks are asked about.
        public var blocks: UInt32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// From the source's side of a stream.
    public struct SourceFrame: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.SourceFrame" }

        /// One of.
        public enum Frame: Hashable, Sendable {
            /// First.
            case hello(ReplicationV1.StreamHello)
            /// Begins an interval or pass.
            case begin(ReplicationV1.IntervalBegin)
            /// A piece of it.
            case chunk(ReplicationV1.Chunk)
            /// Ends it.
            case end(ReplicationV1.IntervalEnd)
            /// Gives pending ones up.
            case void(ReplicationV1.IntervalVoid)
            /// Asks for differences.
            case digests(ReplicationV1.DigestQuery)
        }

        /// One of.
        public var frame: Frame?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Answer to a hello. One with many runs of blocks comes in parts, one frame each; the numbers are the same in all.
    public struct StreamWelcome: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.StreamWelcome" }

        /// The point the target's disks equal, by number; 0 when there is none.
        public var position: UInt64 = 0
        /// Newest sealed interval.
        public var sealed: UInt64 = 0
        /// True when the disks hold no point yet.
        public var blank: Bool = false
        /// Blocks the target changed itself since the join; the source must send them too.
        public var changes: [ReplicationV1.TargetChanges] = []
        /// With `blank`: where an earlier part of this first copy has left content. The source compares these blocks by digest
        /// and sends what differs, instead of sending all of them.
        public var held: [ReplicationV1.HeldContent] = []
        /// True when another part follows. Only after the last one the welcome is complete.
        public var more: Bool = false
        /// True when the target answers digest queries about ranges.
        public var comparesRanges: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Blocks of a disk that hold content of an unfinished first copy.
    public struct HeldContent: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.HeldContent" }

        /// Index of the disk.
        public var disk: UInt32 = 0
        /// The blocks, ascending; those between them may hold content too.
        public var runs: [ReplicationV1.BlockRun] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Blocks that the target's copy changed since the last common point.
    public struct TargetChanges: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.TargetChanges" }

        /// Index of the disk.
        public var disk: UInt32 = 0
        /// The blocks.
        public var runs: [ReplicationV1.BlockRun] = []
        /// Blocks that may have changed (an unclean end): to be compared by digest, not sent.
        public var suspects: [ReplicationV1.BlockRun] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// How far an interval came.
    public struct IntervalProgress: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.IntervalProgress" }

        /// Stage of an interval.
        public enum Stage: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// Whole in the process server's durable spool.
            case cached
            /// A recovery point.
            case sealed
            /// On the target's disks.
            case applied
            /// Lost on the way: merge it forward.
            case lost
            /// The target needs everything since `position`.
            case needed
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .cached
                    case 2: self = .sealed
                    case 3: self = .applied
                    case 4: self = .lost
                    case 5: self = .needed
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .cached: 1
                    case .sealed: 2
                    case .applied: 3
                    case .lost: 4
                    case .needed: 5
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .cached, .sealed, .applied, .lost, .needed]
            }
        }

        /// Interval number.
        public var number: UInt64 = 0
        /// How far.
        public var stage: ReplicationV1.IntervalProgress.Stage = ReplicationV1.IntervalProgress.Stage(rawValue: 0)
        /// With NEEDED: the target's newest sealed number.
        public var position: UInt64 = 0
        /// Why, with LOST and NEEDED.
        public var cause: String = ""
        /// Pass that was stored, with CACHED; 0 for the interval proper.
        public var pass: UInt32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Leave to send.
    public struct Credit: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.Credit" }

        /// Payload bytes that may be sent in all since the hello.
        public var totalBytes: UInt64 = 0
        /// Why there is less of it than there could be; empty while there is not. Said again when it changes.
        public var cause: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Answer to a digest query.
    public struct DigestAnswer: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.DigestAnswer" }

        /// The query's id.
        public var id: UInt64 = 0
        /// Blocks that differ, relative to nothing: absolute addresses. Asked about ranges: all blocks of those that differ.
        public var differing: [ReplicationV1.BlockRun] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// From the target's side of a stream.
    public struct TargetFrame: WireMessage {
        public static var protobufName: String { "homeward.replication.v1.TargetFrame" }

        /// One of.
        public enum Frame: Hashable, Sendable {
            /// Answer to the hello.
            case welcome(ReplicationV1.StreamWelcome)
            /// Progress.
            case progress(ReplicationV1.IntervalProgress)
            /// Leave to send.
            case credit(ReplicationV1.Credit)
            /// Differences.
            case digests(ReplicationV1.DigestAnswer)
            /// Blocks whose content at the target is no longer what was sent; the source sends them again.
            case damaged(ReplicationV1.TargetChanges)
        }

        /// One of.
        public var frame: Frame?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension ReplicationV1.StreamHello: StructBacked {
    typealias CStruct = Homeward__Replication__V1__StreamHello

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__stream_hello__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.incarnation = self.incarnation
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.next_interval = self.nextInterval
        c.pointee.full_copy = self.fullCopy ? 1 : 0
        c.pointee.n_pending = self.pending.count
        c.pointee.pending = arena.numbers(self.pending)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.replication.v1.StreamHello.item")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.incarnation = c.pointee.incarnation
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.nextInterval = c.pointee.next_interval
        self.fullCopy = c.pointee.full_copy != 0
        self.pending = decodedNumbers(c.pointee.pending, c.pointee.n_pending)
    }
}

extension ReplicationV1.IntervalBegin: StructBacked {
    typealias CStruct = Homeward__Replication__V1__IntervalBegin

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__interval_begin__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.base_ = self.base
        c.pointee.pass = self.pass
        c.pointee.incarnation = self.incarnation
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.base = c.pointee.base_
        self.pass = c.pointee.pass
        self.incarnation = c.pointee.incarnation
    }
}

extension ReplicationV1.BlockRun: StructBacked {
    typealias CStruct = Homeward__Replication__V1__BlockRun

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__block_run__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.first = self.first
        c.pointee.count = self.count
        c.pointee.zero = self.zero ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.first = c.pointee.first
        self.count = c.pointee.count
        self.zero = c.pointee.zero != 0
    }
}

extension ReplicationV1.Chunk: StructBacked {
    typealias CStruct = Homeward__Replication__V1__Chunk

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__chunk__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.pass = self.pass
        c.pointee.disk = self.disk
        c.pointee.sequence = self.sequence
        c.pointee.n_runs = self.runs.count
        c.pointee.runs = arena.messages(self.runs)
        c.pointee.compression = .init(rawValue: .init(truncatingIfNeeded: self.compression.rawValue))
        c.pointee.payload = arena.bytes(self.payload)
        c.pointee.checksum = arena.bytes(self.checksum)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.pass = c.pointee.pass
        self.disk = c.pointee.disk
        self.sequence = c.pointee.sequence
        self.runs = try decodedMessages(c.pointee.runs, c.pointee.n_runs)
        self.compression = ReplicationV1.Compression(rawValue: Int32(truncatingIfNeeded: c.pointee.compression.rawValue))
        self.payload = decodedBytes(c.pointee.payload)
        self.checksum = decodedBytes(c.pointee.checksum)
    }
}

extension ReplicationV1.IntervalEnd: StructBacked {
    typealias CStruct = Homeward__Replication__V1__IntervalEnd

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__interval_end__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.pass = self.pass
        c.pointee.chunks = self.chunks
        c.pointee.cut_monotonic_us = self.cutMonotonicUs
        c.pointee.cut_unix_us = self.cutUnixUs
        c.pointee.application_consistent = self.applicationConsistent ? 1 : 0
        c.pointee.final = self.final ? 1 : 0
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.pass = c.pointee.pass
        self.chunks = c.pointee.chunks
        self.cutMonotonicUs = c.pointee.cut_monotonic_us
        self.cutUnixUs = c.pointee.cut_unix_us
        self.applicationConsistent = c.pointee.application_consistent != 0
        self.final = c.pointee.final != 0
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension ReplicationV1.DiskTrailer: StructBacked {
    typealias CStruct = Homeward__Replication__V1__DiskTrailer

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__disk_trailer__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = self.disk
        c.pointee.bytes = self.bytes
        c.pointee.blocks = self.blocks
        c.pointee.digest = arena.bytes(self.digest)
        c.pointee.root = arena.bytes(self.root)
        if let value = self.counts {
            c.pointee.counts = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = c.pointee.disk
        self.bytes = c.pointee.bytes
        self.blocks = c.pointee.blocks
        self.digest = decodedBytes(c.pointee.digest)
        self.root = decodedBytes(c.pointee.root)
        if let value = c.pointee.counts {
            self.counts = try ReplicationV1.ChangeCounts(value)
        }
    }
}

extension ReplicationV1.ChangeCounts: StructBacked {
    typealias CStruct = Homeward__Replication__V1__ChangeCounts

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__change_counts__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.written = self.written
        c.pointee.ahead = self.ahead
        c.pointee.foreign = self.foreign
        c.pointee.suspects = self.suspects
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.written = c.pointee.written
        self.ahead = c.pointee.ahead
        self.foreign = c.pointee.foreign
        self.suspects = c.pointee.suspects
    }
}

extension ReplicationV1.IntervalVoid: StructBacked {
    typealias CStruct = Homeward__Replication__V1__IntervalVoid

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__interval_void__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.from_number = self.fromNumber
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.fromNumber = c.pointee.from_number
        self.cause = try decodedString(c.pointee.cause, "homeward.replication.v1.IntervalVoid.cause")
    }
}

extension ReplicationV1.DigestQuery: StructBacked {
    typealias CStruct = Homeward__Replication__V1__DigestQuery

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__digest_query__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = self.id
        c.pointee.disk = self.disk
        c.pointee.first = self.first
        c.pointee.digests = arena.bytes(self.digests)
        c.pointee.range_blocks = self.rangeBlocks
        c.pointee.blocks = self.blocks
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = c.pointee.id
        self.disk = c.pointee.disk
        self.first = c.pointee.first
        self.digests = decodedBytes(c.pointee.digests)
        self.rangeBlocks = c.pointee.range_blocks
        self.blocks = c.pointee.blocks
    }
}

extension ReplicationV1.SourceFrame: StructBacked {
    typealias CStruct = Homeward__Replication__V1__SourceFrame

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__source_frame__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        switch self.frame {
            case .hello(let value):
                c.pointee.hello = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 1)

            case .begin(let value):
                c.pointee.begin = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 2)

            case .chunk(let value):
                c.pointee.chunk = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 3)

            case .end(let value):
                c.pointee.end = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 4)

            case .void(let value):
                c.pointee.void_ = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 5)

            case .digests(let value):
                c.pointee.digests = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 6)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if c.pointee.frame_case.rawValue == 1, let value = c.pointee.hello {
            self.frame = .hello(try ReplicationV1.StreamHello(value))
        }
        if c.pointee.frame_case.rawValue == 2, let value = c.pointee.begin {
            self.frame = .begin(try ReplicationV1.IntervalBegin(value))
        }
        if c.pointee.frame_case.rawValue == 3, let value = c.pointee.chunk {
            self.frame = .chunk(try ReplicationV1.Chunk(value))
        }
        if c.pointee.frame_case.rawValue == 4, let value = c.pointee.end {
            self.frame = .end(try ReplicationV1.IntervalEnd(value))
        }
        if c.pointee.frame_case.rawValue == 5, let value = c.pointee.void_ {
            self.frame = .void(try ReplicationV1.IntervalVoid(value))
        }
        if c.pointee.frame_case.rawValue == 6, let value = c.pointee.digests {
            self.frame = .digests(try ReplicationV1.DigestQuery(value))
        }
    }
}

extension ReplicationV1.StreamWelcome: StructBacked {
    typealias CStruct = Homeward__Replication__V1__StreamWelcome

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__stream_welcome__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.position = self.position
        c.pointee.sealed = self.sealed
        c.pointee.blank = self.blank ? 1 : 0
        c.pointee.n_changes = self.changes.count
        c.pointee.changes = arena.messages(self.changes)
        c.pointee.n_held = self.held.count
        c.pointee.held = arena.messages(self.held)
        c.pointee.more = self.more ? 1 : 0
        c.pointee.compares_ranges = self.comparesRanges ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.position = c.pointee.position
        self.sealed = c.pointee.sealed
        self.blank = c.pointee.blank != 0
        self.changes = try decodedMessages(c.pointee.changes, c.pointee.n_changes)
        self.held = try decodedMessages(c.pointee.held, c.pointee.n_held)
        self.more = c.pointee.more != 0
        self.comparesRanges = c.pointee.compares_ranges != 0
    }
}

extension ReplicationV1.HeldContent: StructBacked {
    typealias CStruct = Homeward__Replication__V1__HeldContent

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__held_content__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = self.disk
        c.pointee.n_runs = self.runs.count
        c.pointee.runs = arena.messages(self.runs)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = c.pointee.disk
        self.runs = try decodedMessages(c.pointee.runs, c.pointee.n_runs)
    }
}

extension ReplicationV1.TargetChanges: StructBacked {
    typealias CStruct = Homeward__Replication__V1__TargetChanges

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__target_changes__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.disk = self.disk
        c.pointee.n_runs = self.runs.count
        c.pointee.runs = arena.messages(self.runs)
        c.pointee.n_suspects = self.suspects.count
        c.pointee.suspects = arena.messages(self.suspects)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disk = c.pointee.disk
        self.runs = try decodedMessages(c.pointee.runs, c.pointee.n_runs)
        self.suspects = try decodedMessages(c.pointee.suspects, c.pointee.n_suspects)
    }
}

extension ReplicationV1.IntervalProgress: StructBacked {
    typealias CStruct = Homeward__Replication__V1__IntervalProgress

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__interval_progress__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.number = self.number
        c.pointee.stage = .init(rawValue: .init(truncatingIfNeeded: self.stage.rawValue))
        c.pointee.position = self.position
        c.pointee.cause = arena.string(self.cause)
        c.pointee.pass = self.pass
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.number = c.pointee.number
        self.stage = ReplicationV1.IntervalProgress.Stage(rawValue: Int32(truncatingIfNeeded: c.pointee.stage.rawValue))
        self.position = c.pointee.position
        self.cause = try decodedString(c.pointee.cause, "homeward.replication.v1.IntervalProgress.cause")
        self.pass = c.pointee.pass
    }
}

extension ReplicationV1.Credit: StructBacked {
    typealias CStruct = Homeward__Replication__V1__Credit

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__credit__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.total_bytes = self.totalBytes
        c.pointee.cause = arena.string(self.cause)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.totalBytes = c.pointee.total_bytes
        self.cause = try decodedString(c.pointee.cause, "homeward.replication.v1.Credit.cause")
    }
}

extension ReplicationV1.DigestAnswer: StructBacked {
    typealias CStruct = Homeward__Replication__V1__DigestAnswer

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__digest_answer__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = self.id
        c.pointee.n_differing = self.differing.count
        c.pointee.differing = arena.messages(self.differing)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = c.pointee.id
        self.differing = try decodedMessages(c.pointee.differing, c.pointee.n_differing)
    }
}

extension ReplicationV1.TargetFrame: StructBacked {
    typealias CStruct = Homeward__Replication__V1__TargetFrame

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__replication__v1__target_frame__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        switch self.frame {
            case .welcome(let value):
                c.pointee.welcome = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 1)

            case .progress(let value):
                c.pointee.progress = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 2)

            case .credit(let value):
                c.pointee.credit = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 3)

            case .digests(let value):
                c.pointee.digests = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 4)

            case .damaged(let value):
                c.pointee.damaged = arena.message(value)
                c.pointee.frame_case = .init(rawValue: 5)

            case nil: break
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if c.pointee.frame_case.rawValue == 1, let value = c.pointee.welcome {
            self.frame = .welcome(try ReplicationV1.StreamWelcome(value))
        }
        if c.pointee.frame_case.rawValue == 2, let value = c.pointee.progress {
            self.frame = .progress(try ReplicationV1.IntervalProgress(value))
        }
        if c.pointee.frame_case.rawValue == 3, let value = c.pointee.credit {
            self.frame = .credit(try ReplicationV1.Credit(value))
        }
        if c.pointee.frame_case.rawValue == 4, let value = c.pointee.digests {
            self.frame = .digests(try ReplicationV1.DigestAnswer(value))
        }
        if c.pointee.frame_case.rawValue == 5, let value = c.pointee.damaged {
            self.frame = .damaged(try ReplicationV1.TargetChanges(value))
        }
    }
}
