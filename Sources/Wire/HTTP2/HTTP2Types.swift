internal import CNGHTTP2

/// A stream's number within its connection (RFC 9113 §5.1.1).
public struct StreamID: Hashable, Comparable, Sendable {
    public let number: Int32

    public init(_ number: Int32) { self.number = number }

    public static func < (a: Self, b: Self) -> Bool { a.number < b.number }
}

/// A field of a header or trailer section; the name is lower case. Octets that are not UTF-8 are repaired.
public struct HeaderField: Hashable, Sendable {
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// The size of a header section as RFC 9113 §6.5.2 counts it: name, value and 32 for each field.
public func headerListBytes(_ fields: some Sequence<HeaderField>) -> Int {
    fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
}

/// The code carried by RST_STREAM and GOAWAY (RFC 9113 §7).
public struct HTTP2ErrorCode: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let noError = Self(rawValue: 0x0)
    public static let protocolError = Self(rawValue: 0x1)
    public static let internalError = Self(rawValue: 0x2)
    public static let flowControlError = Self(rawValue: 0x3)
    public static let settingsTimeout = Self(rawValue: 0x4)
    public static let streamClosed = Self(rawValue: 0x5)
    public static let frameSizeError = Self(rawValue: 0x6)
    public static let refusedStream = Self(rawValue: 0x7)
    public static let cancel = Self(rawValue: 0x8)
    public static let compressionError = Self(rawValue: 0x9)
    public static let connectError = Self(rawValue: 0xa)
    public static let enhanceYourCalm = Self(rawValue: 0xb)
    public static let inadequateSecurity = Self(rawValue: 0xc)
    public static let http11Required = Self(rawValue: 0xd)

    public var description: String { String(cString: nghttp2_http2_strerror(rawValue)) }
}

/// What the peer did, in the order in which it did it.
public enum HTTP2Event {
    /// A whole header section: a request, a response (also an interim one) or trailers.
    case headers(StreamID, [HeaderField], endsStream: Bool)
    /// A header section above `HTTP2Configuration.maxHeaderListBytes`; its fields were not kept.
    case headersTooLarge(StreamID, endsStream: Bool)
    /// Body octets, valid only while the event is handled. Counted against the stream's receive window until
    /// `HTTP2Session.consume`; the connection's window is given back at once, so that a stream whose reader
    /// is slow does not stop its neighbours.
    case data(StreamID, UnsafeRawBufferPointer)
    /// The peer's half of the stream ended after the body.
    case end(StreamID)
    /// The stream is gone, by a clean end of both halves (`noError`) or a reset from either side.
    case closed(StreamID, HTTP2ErrorCode)
    /// The peer will serve no stream above `last`; `text` is the beginning of what it says for the log (Additional
    /// Debug Data), of which gRPC gives one word a meaning.
    case goAway(last: StreamID, HTTP2ErrorCode, text: String)
    case pong(UInt64)
    /// A frame that costs its sender nothing and us some work: to be counted by a flood guard.
    case cheapFrame(CheapFrame)
    /// This side's half of the stream was sent to its end.
    case sentEnd(StreamID)
    /// Octets of the body left the stream's queue; so many remain.
    case sentBody(StreamID, queued: Int)
}

public enum CheapFrame: Hashable, Sendable {
    case reset, ping, settings, priority, emptyData
    /// A frame that is an error of its stream, which was reset for it.
    case invalid
}

/// Limits announced to the peer and enforced here.
public struct HTTP2Configuration: Hashable, Sendable {
    /// Streams that the peer may have open at once.
    public var maxConcurrentStreams: UInt32 = 256
    /// Octets of one stream that may be unconsumed. The protocol's 64 KiB limits a stream to 64 KiB a round trip.
    public var streamWindow: Int32 = 2 << 20
    /// To which `HTTP2Session.growWindows` may raise it: 16 MiB are 1.3 Gbit/s at 100 ms, and what a stream that is not
    /// read can hold.
    public var maxStreamWindow: Int32 = 16 << 20
    /// Octets of all streams that may be on their way at once.
    public var connectionWindow: Int32 = 16 << 20
    /// Large enough that frame headers cost nothing, small enough that streams interleave.
    public var maxFrameSize: UInt32 = 64 << 10
    /// RFC 9113 §6.5.2 counting: name + value + 32 for each field.
    public var maxHeaderListBytes: Int = 64 << 10

    public init() {}
}

/// The session cannot go on; its connection is to be closed after the remaining output was sent.
public struct HTTP2Failure: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// What GOAWAY should say, where the library has not said it.
    public let goAway: HTTP2ErrorCode

    public init(_ description: String, goAway: HTTP2ErrorCode = .protocolError) {
        self.description = description
        self.goAway = goAway
    }

    init(code: some BinaryInteger) {
        // More answers wait to be sent than an honest peer lets gather.
        let isFlood = Int32(code) == NGHTTP2_ERR_FLOODED.rawValue
        self.init(
            String(cString: nghttp2_strerror(Int32(code))), goAway: isFlood ? .enhanceYourCalm : .protocolError)
    }
}
