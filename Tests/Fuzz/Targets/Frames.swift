import HTTP2

let clientPreface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

enum FrameType {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let pushPromise: UInt8 = 5
    static let goAway: UInt8 = 7
    static let windowUpdate: UInt8 = 8
    static let continuation: UInt8 = 9
}

enum FrameFlag {
    static let endStream: UInt8 = 1
    static let ack: UInt8 = 1
    static let endHeaders: UInt8 = 4
}

/// An HTTP/2 frame (RFC 9113 §4.1).
func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8]) -> [UInt8] {
    bigEndian(UInt32(payload.count)).dropFirst() + [type, flags] + bigEndian(stream) + payload
}

/// A header block of literal fields without indexing (RFC 7541 §6.2.2), each name and value below 127 octets.
func literals(_ fields: [(String, [UInt8])]) -> [UInt8] {
    fields.flatMap { [0, UInt8(min($0.0.utf8.count, 126))] + $0.0.utf8.prefix(126) + [UInt8(min($0.1.count, 126))]
        + $0.1.prefix(126) }
}

/// A gRPC message with its prefix.
func prefixed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] { [flag] + bigEndian(UInt32(message.count)) + message }

/// Cuts what was sent on a connection into frames (RFC 9113 §4.1).
struct FrameCutter {
    private var pending: [UInt8] = []
    private var awaitsPreface: Bool

    /// - startsWithPreface: a client's octets, which begin with it.
    init(startsWithPreface: Bool) { awaitsPreface = startsWithPreface }

    mutating func take(
        _ bytes: [UInt8], _ each: (_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: ArraySlice<UInt8>)
            throws(Broken) -> Void
    ) throws(Broken) {
        pending += bytes
        var place = 0
        if awaitsPreface {
            guard pending.count >= clientPreface.count else { return }
            try require(pending.starts(with: clientPreface), "a client begins with the preface")
            awaitsPreface = false
            place = clientPreface.count
        }
        while pending.count - place >= 9 {
            let end = place + 9 + pending[place..<place + 3].reduce(0) { $0 << 8 | Int($1) }
            guard pending.count >= end else { break }
            let stream = pending[place + 5..<place + 9].reduce(0) { $0 << 8 | UInt32($1) }
            try each(pending[place + 3], pending[place + 4], stream, pending[place + 9..<end])
            place = end
        }
        pending.removeFirst(place)
    }
}

/// Looks at what a connection sends: whole frames of the announced size, on each stream nothing after its end.
struct OutputChecker {
    /// Two of a drain, two of an end with a word, one of the peer's own.
    private static let mostGoAways = 5

    private var cutter: FrameCutter
    private var sawSettings = false
    private var ended: Set<UInt32> = []
    private var reset: Set<UInt32> = []
    private var headersOpen: UInt32?
    private var goAways = 0
    private(set) var octets = 0
    /// Octets of its window that each stream of the peer was given back.
    private(set) var credited: [UInt32: Int] = [:]

    init(isServer: Bool) { cutter = FrameCutter(startsWithPreface: !isServer) }

    mutating func take(_ bytes: [UInt8]) throws(Broken) {
        octets += bytes.count
        var cutter = cutter
        try cutter.take(bytes) { (type, flags, stream, payload) throws(Broken) in
            try frame(type, flags, stream, payload)
        }
        self.cutter = cutter
    }

    private mutating func frame(
        _ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: ArraySlice<UInt8>
    ) throws(Broken) {
        try require(stream >> 31 == 0, "the reserved bit is set")
        if !sawSettings {
            try require(type == FrameType.settings, "the first frame is SETTINGS, not type \(type)")
            sawSettings = true
        }
        if let open = headersOpen {
            try require(type == FrameType.continuation && stream == open, "a frame within a header section")
        }
        switch type {
        case FrameType.data, FrameType.headers:
            try require(stream % 2 == 1, "type \(type) on stream \(stream)")
            try require(!ended.contains(stream), "type \(type) on stream \(stream) after its end")
            try require(!reset.contains(stream), "type \(type) on stream \(stream) after its reset")
            if flags & FrameFlag.endStream != 0 { ended.insert(stream) }
            if type == FrameType.headers && flags & FrameFlag.endHeaders == 0 { headersOpen = stream }
        case FrameType.continuation:
            try require(headersOpen == stream, "CONTINUATION without HEADERS")
            if flags & FrameFlag.endHeaders != 0 { headersOpen = nil }
        case FrameType.reset: reset.insert(stream)
        case FrameType.windowUpdate: credited[stream, default: 0] += payload.reduce(0) { $0 << 8 | Int($1) }
        case FrameType.goAway:
            goAways += 1
            try require(goAways <= Self.mostGoAways, "\(goAways) GOAWAYs")
        case FrameType.pushPromise: throw Broken(description: "a pushed stream")
        default: break
        }
    }
}
