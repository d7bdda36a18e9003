import HTTP2
import Testing

@testable import RPC

struct FramingTests {
    private func frame(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        let length = UInt32(message.count)
        return [flag] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + message
    }

    private func read(_ reader: inout MessageReader, _ bytes: [UInt8]) throws(RPCError) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var failure: RPCError?
        bytes.withUnsafeBytes { buffer in
            do throws(RPCError) { try reader.push(buffer) { messages.append($0.bytes) } } catch { failure = error }
        }
        if let failure { throw failure }
        return messages
    }

    @Test(arguments: 1...20) func `messages are cut right however the body is split`(_ piece: Int) throws {
        let wanted: [[UInt8]] = [[], [1], [], Array(0..<17), [9, 9]]
        let body = wanted.flatMap { frame($0) }
        var reader = MessageReader(maxMessageBytes: 100)
        var got: [[UInt8]] = []
        for start in stride(from: 0, to: body.count, by: piece) {
            got += try read(&reader, Array(body[start..<min(start + piece, body.count)]))
        }
        #expect(got == wanted)
        #expect(reader.isBetweenMessages)
    }

    @Test func `as much is set aside for an announced length as has come whole before`() throws {
        var reader = MessageReader(maxMessageBytes: 4 << 20)
        let message = [UInt8](repeating: 7, count: 1 << 20)
        let body = frame(message)
        #expect(reader.trusted == MessageReader.trustedLength)
        for _ in 0..<2 {
            var got: [[UInt8]] = []
            for start in stride(from: 0, to: body.count, by: 60_000) {
                got += try read(&reader, Array(body[start..<min(start + 60_000, body.count)]))
            }
            #expect(got == [message])
            #expect(reader.trusted == message.count)
        }
        // What only was announced earns nothing.
        _ = try read(&reader, Array(frame([UInt8](repeating: 0, count: 2 << 20)).prefix(100)))
        #expect(reader.trusted == message.count)
    }

    @Test func `a length above the limit is refused before anything is set aside`() {
        var reader = MessageReader(maxMessageBytes: 100)
        let error = #expect(throws: RPCError.self) { try read(&reader, [0, 255, 255, 255, 255]) }
        #expect(error?.code == .resourceExhausted)
    }

    @Test func `a compressed flag without an encoding is INTERNAL`() {
        for flag in [UInt8(1), 2] {
            var reader = MessageReader(maxMessageBytes: 100)
            let error = #expect(throws: RPCError.self) { try read(&reader, frame([1], flag: flag)) }
            #expect(error?.code == .internal)
        }
    }

    @Test func `a body that ends within a message is noticed`() throws {
        var reader = MessageReader(maxMessageBytes: 100)
        _ = try read(&reader, [0, 0])
        #expect(!reader.isBetweenMessages)
    }
}

struct TimeoutTests {
    @Test(arguments: [
        (Duration.nanoseconds(5), "5n"), (.milliseconds(100), "100000u"), (.seconds(1), "1000000u"),
        (.seconds(100), "100000m"), (.nanoseconds(100_000_001), "100001u"), (.zero, "0n"),
        (.seconds(100_000_000), "1666667M"), (.seconds(-1), "0n"),
    ])
    func `the finest unit of eight digits is chosen, rounded up`(_ timeout: Duration, _ text: String) {
        #expect(Timeout.format(timeout) == text)
    }

    @Test(arguments: [("1H", 3_600), ("2M", 120), ("3S", 3)]) func `units are read`(_ text: String, _ seconds: Int) {
        #expect(Timeout.parse(text) == .seconds(seconds))
    }

    @Test(arguments: ["", "S", "1", "123456789S", "-1S", "1.5S", "1s", "1 S", "٣S"])
    func `what is not a timeout is refused`(_ text: String) { #expect(Timeout.parse(text) == nil) }

    @Test func `the largest timeout does not overflow`() { #expect(Timeout.parse("99999999H") != nil) }
}

struct StatusCodingTests {
    @Test func `details that the caller would refuse are left out, the status never`() {
        let error = RPCError(.aborted, "why", details: [UInt8](repeating: 7, count: 9_000))
        #expect(StatusCoding.fields(error, peerLimit: 1 << 16).contains { $0.name == "grpc-status-details-bin" })
        let bare = StatusCoding.fields(error, peerLimit: 8 << 10)
        #expect(bare.map(\.name) == ["grpc-status", "grpc-message"])
        #expect(bare.first?.value == "10" && bare.last?.value.hasPrefix("why (details left out") == true)
    }

    @Test(arguments: ["", "plain", "100 %", "größer\n", "日本", "%41"])
    func `messages survive percent encoding`(_ text: String) {
        let encoded = StatusCoding.percentEncode(text)
        #expect(encoded.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        #expect(StatusCoding.percentDecode(encoded) == text)
    }

    @Test func `invalid escapes are kept, never an error`() {
        #expect(StatusCoding.percentDecode("100% %zz %4") == "100% %zz %4")
    }

    @Test func `a status with details and metadata survives its trailers`() {
        var error = RPCError(.aborted, "ü", details: [0, 255])
        error.metadata.append("k", "v")
        error.metadata.append("k-bin", bytes: [1, 2, 3, 4])
        #expect(StatusCoding.error(code: "10", StatusCoding.fields(error)) == error)
    }

    @Test func `an unknown status code is UNKNOWN, and 0 is none`() {
        #expect(StatusCoding.error(code: "99", [])?.code == .unknown)
        #expect(StatusCoding.error(code: "x", [])?.code == .unknown)
        for sign in ["-0", "+0", "", " 0", "0 "] { #expect(StatusCoding.error(code: sign, [])?.code == .unknown) }
        #expect(StatusCoding.error(code: "0", []) == nil)
    }

    @Test func `oversized details are left out and the message says so`() {
        let fields = StatusCoding.fields(RPCError(.aborted, "m", details: [UInt8](repeating: 1, count: 40_000)))
        #expect(!fields.contains { $0.name == "grpc-status-details-bin" })
        #expect(fields.contains { $0.name == "grpc-message" && $0.value.contains("40000") })
    }

    @Test(arguments: [
        ("400", StatusCode.internal), ("401", .unauthenticated), ("403", .permissionDenied), ("404", .unimplemented),
        ("429", .unavailable), ("503", .unavailable), ("500", .unknown), ("302", .unknown),
    ])
    func `HTTP statuses are mapped`(_ status: String, _ code: StatusCode) {
        #expect(StatusCoding.code(httpStatus: status) == code)
    }

    @Test(arguments: [
        (HTTP2ErrorCode.refusedStream, StatusCode.unavailable), (.cancel, .cancelled),
        (.enhanceYourCalm, .resourceExhausted), (.inadequateSecurity, .permissionDenied), (.noError, .internal),
        (.protocolError, .internal),
    ])
    func `resets are mapped`(_ reset: HTTP2ErrorCode, _ code: StatusCode) {
        #expect(StatusCoding.code(reset: reset) == code)
    }
}

struct MetadataCodingTests {
    /// RFC 9113 §8.2.1: a field value "MUST NOT start or end with an ASCII whitespace character".
    @Test func `no field value begins or ends with a space`() throws {
        #expect(StatusCoding.percentEncode(" a b ") == "%20a b%20")
        #expect(StatusCoding.percentEncode(" ") == "%20")
        var metadata = Metadata()
        metadata.append("k", "  v w ")
        var fields: [HeaderField] = []
        try MetadataCoding.encode(metadata, into: &fields)
        #expect(fields == [HeaderField("k", "v w")])
    }

    @Test(arguments: 0...9) func `base64 survives with and without padding`(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 77) }
        let text = Base64.encode(bytes)
        #expect(!text.contains("="))
        #expect(Base64.decode(text.utf8) == bytes)
        let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        #expect(Base64.decode(padded.utf8) == bytes)
    }

    @Test(arguments: ["A", "A===", "!!!!", "AA=A", "AA=====", "AAAAA"])
    func `what is not base64 is refused`(_ text: String) { #expect(Base64.decode(text.utf8) == nil) }

    @Test func `several binary values in one field are split`() {
        var metadata = Metadata()
        #expect(MetadataCoding.decode(HeaderField("a-bin", "AQ,Ag=="), into: &metadata))
        #expect(metadata.entries.map(\.value) == [[1], [2]])
    }

    @Test(arguments: ["Upper", "grpc-x", "", "a b", ":path"]) func `bad keys are not sent`(_ key: String) {
        var metadata = Metadata()
        metadata.append(key, "v")
        var fields: [HeaderField] = []
        #expect(throws: RPCError.self) { try MetadataCoding.encode(metadata, into: &fields) }
    }

    @Test func `a value that is not printable ASCII needs a binary key`() {
        var metadata = Metadata()
        metadata.append("k", "ü")
        var fields: [HeaderField] = []
        #expect(throws: RPCError.self) { try MetadataCoding.encode(metadata, into: &fields) }
    }
}
