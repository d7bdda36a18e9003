/// Numbers of the NBD protocol document (NetworkBlockDevice/nbd, `doc/proto.md`); everything is big-endian.
enum Wire {
    static let greetingMagic: UInt64 = 0x4e42_444d_4147_4943  // "NBDMAGIC"
    static let optionMagic: UInt64 = 0x4948_4156_454f_5054  // "IHAVEOPT"
    static let optionReplyMagic: UInt64 = 0x0003_e889_0455_65a9
    static let requestMagic: UInt32 = 0x2560_9513
    static let simpleReplyMagic: UInt32 = 0x6744_6698
    static let structuredReplyMagic: UInt32 = 0x668e_33ef

    /// Handshake flags, the same bits for server (16 bits) and client (32 bits).
    static let fixedNewstyle: UInt16 = 1 << 0
    static let noZeroes: UInt16 = 1 << 1

    /// Zero bytes after an EXPORT_NAME answer when NO_ZEROES was not agreed.
    static let exportNamePadding = 124
    static let requestHeaderSize = 28
    static let optionHeaderSize = 16
    static let optionReplyHeaderSize = 20
    static let simpleReplySize = 16
}

enum Option {
    static let exportName: UInt32 = 1
    static let abort: UInt32 = 2
    static let list: UInt32 = 3
    static let startTLS: UInt32 = 5
    static let info: UInt32 = 6
    static let go: UInt32 = 7
    static let structuredReply: UInt32 = 8
    static let listMetaContext: UInt32 = 9
    static let setMetaContext: UInt32 = 10
}

enum OptionReply {
    static let ack: UInt32 = 1
    static let server: UInt32 = 2
    static let info: UInt32 = 3
    static let metaContext: UInt32 = 4
    static let errorBit: UInt32 = 1 << 31
    static let unsupported = errorBit + 1
    static let policy = errorBit + 2
    static let invalid = errorBit + 3
    static let platform = errorBit + 4
    static let tlsRequired = errorBit + 5
    static let unknown = errorBit + 6
    static let shutdown = errorBit + 7
    static let tooBig = errorBit + 9
}

enum ExportInfo {
    static let export: UInt16 = 0
    static let blockSize: UInt16 = 3
}

/// The one metadata context that there is: which parts of an export are allocated, which read as zero.
enum AllocationContext {
    static let namespace = "base:"
    static let name = "base:allocation"
    /// Ours; the client takes it from the negotiation.
    static let id: UInt32 = 1
    /// Status flags.
    static let hole: UInt32 = 1 << 0
    static let zero: UInt32 = 1 << 1
}

/// Transmission flags of an export.
struct ExportFlags: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    static let hasFlags = Self(rawValue: 1 << 0)
    static let readOnly = Self(rawValue: 1 << 1)
    static let sendFlush = Self(rawValue: 1 << 2)
    static let sendFUA = Self(rawValue: 1 << 3)
    static let sendTrim = Self(rawValue: 1 << 5)
    static let sendWriteZeroes = Self(rawValue: 1 << 6)
    static let sendDontFragment = Self(rawValue: 1 << 7)
    static let canMultiConnect = Self(rawValue: 1 << 8)
}

enum Command: UInt16, Sendable {
    case read = 0
    case write = 1
    case disconnect = 2
    case flush = 3
    case trim = 4
    case writeZeroes = 6
    case blockStatus = 7
}

struct CommandFlags: OptionSet, Sendable {
    let rawValue: UInt16

    static let fua = Self(rawValue: 1 << 0)
    static let noHole = Self(rawValue: 1 << 1)
    static let dontFragment = Self(rawValue: 1 << 2)
    static let requestOne = Self(rawValue: 1 << 3)
}

enum ReplyChunk {
    static let done: UInt16 = 1 << 0
    static let none: UInt16 = 0
    static let offsetData: UInt16 = 1
    static let offsetHole: UInt16 = 2
    static let blockStatus: UInt16 = 5
    static let error: UInt16 = 1 << 15 + 1
}

/// Bounds of both sides.
public enum NBDLimits {
    /// Requests are multiples of this many bytes: the sector of every guest we meet.
    public static let minimumBlock = 512
    /// The block of the change map and of the replication engine.
    public static let preferredBlock = 4096
    /// Payload of one request; the value that the protocol document names as the portable maximum.
    public static let maximumPayload = 32 << 20
    /// Requests of one connection that are executed at once.
    public static let requestsInFlight = 64
    /// Payload bytes of one connection held at once, beyond one request: 64 of 32 MiB would be 2 GiB.
    public static let bytesInFlight = 64 << 20
    /// The protocol's limit on strings such as export names.
    public static let nameLength = 4096
    /// Data of one option: a name plus room for information requests or queries of metadata contexts.
    static let optionData = 8192
    /// Longer options, up to this, are read and refused; beyond it the client is cut off.
    static let skippedOptionData = 1 << 20
    /// Extents of one answer to BLOCK_STATUS, 64 KiB of reply; the client asks on where they end. The protocol's
    /// bound is 2^20.
    static let extentsPerReply = 8192
    /// Zeros within a read that go as a hole if they are as many; shorter ones are not worth a chunk of their own.
    static let smallestHole = 32 << 10
    /// From a connection to its first request, with the handshake of TLS, for clients that need TLS.
    static let negotiation = Duration.seconds(30)
    /// Options of one negotiation; real clients send fewer than ten.
    static let optionsPerNegotiation = 256
    /// Connections of one server; a guest opens one to sixteen.
    public static let connections = 256
    /// Names listed to a client.
    static let listedNames = 1024
    /// Option replies that a client reads in answer to one option.
    static let repliesPerOption = 1100
}
