import Contract
import Messages
import Model

@testable import HTTP2
@testable import RPC

/// Values of header fields: which one, then its octets.
let headersTarget = FuzzTarget(
    name: "headers",
    seeds: {
        let texts: [[String]] = [
            ["", "100%25 %c3%bc%0a", "100% %zz %4", "%", "%f0%9f%8f"],
            ["1S", "99999999H", "00000000n", "0n", "123456789S", "-1S", "15m", "1"],
            ["", "AQ", "Ag==", "AQ,Ag==", "A", "AA=A", "+/+/", "A==="],
            ["-bin\0AQ,Ag", "x\0plain", "Upper\0x", "grpc-x\0y", "a-bin\0AQID\na-bin\0!\nb\0c"],
            [
                "0\0", "13\0grpc-message\0no%20\nx-bin\0AQ", "5\0grpc-retry-pushback-ms\0100", "-0\0",
                "9999999999999999\0",
            ],
            ["zstd, gzip;q=1 ,deflate", "identity", " , ,", "gzip"],
            ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\0a=b", "ff-0-0-0\0", "00---\0"],
        ]
        let statuses = [statusSample(seconds: 5, nanos: 7), statusSample(seconds: .max, nanos: .max)]
        let block: [UInt8] = [2, 1, 1, 97, 1, 98, 1, 99, 1, 100, 255, 1, 97, 1, 98]
        return texts.enumerated().flatMap { kind, texts in texts.map { [UInt8(kind)] + Array($0.utf8) } }
            + statuses.map { [7] + $0 } + [[8] + block + [255] + block]
    },
    run: { input in
        var script = Script(input)
        let kind = script.choice(9)
        let octets = script.rest()
        // As the session hands it out: octets that are not UTF-8 are repaired.
        let text = String(decoding: octets, as: UTF8.self)
        switch kind {
        case 0: try percentEncoding(text)
        case 1: try timeout(text)
        case 2: try base64(octets)
        case 3: try metadata(text)
        case 4: try status(text)
        case 5: try negotiation(text)
        case 6: try traceContext(text)
        case 7: try details(octets)
        default: try headerBlocks(octets)
        }
    })

private func percentEncoding(_ text: String) throws {
    // "Implementations MUST NOT error or throw away the message."
    let decoded = StatusCoding.percentDecode(text)
    try require(!decoded.isEmpty || text.isEmpty, "the message is lost")
    let encoded = StatusCoding.percentEncode(decoded)
    try require(encoded.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "not printable: \(encoded)")
    let again = StatusCoding.percentDecode(encoded)
    if decoded.utf8.count <= StatusCoding.maxMessageBytes {
        try require(again == decoded, "\(again.debugDescription) for \(decoded.debugDescription)")
    } else {
        try require(decoded.utf8.starts(with: again.utf8), "what was cut is not a beginning")
    }
}

private func timeout(_ text: String) throws {
    guard let timeout = Timeout.parse(text) else { return }
    try require(timeout >= .zero, "\(timeout)")
    // What a deadline is made of, on a machine that has been up for ten years.
    let uptime = 315_360_000 * 1_000_000_000
    let (_, overflow) = uptime.addingReportingOverflow(Int(timeout.inNanoseconds))
    try require(!overflow, "a deadline beyond the clock: \(timeout)")
    guard timeout > .zero else { return }
    let written = Timeout.format(timeout)
    try require((2...9).contains(written.utf8.count), written)
    guard let again = Timeout.parse(written) else { throw Broken(description: "\(written) is not a timeout") }
    try require(again >= timeout, "\(written) is less than \(timeout)")
    try require(Timeout.format(again) == written, "\(written) and \(Timeout.format(again))")
}

private func base64(_ octets: [UInt8]) throws {
    try require(Base64.decode(Base64.encode(octets).utf8) == octets, "base64 of \(octets)")
    guard let decoded = Base64.decode(octets) else { return }
    try require(Base64.decode(Base64.encode(decoded).utf8) == decoded, "base64 of \(decoded)")
    try require(decoded.count <= octets.count, "\(decoded.count) octets out of \(octets.count)")
}

/// Fields as lines, name and value apart by a NUL.
private func fields(_ text: String) -> [HeaderField] {
    text.utf8.split(separator: 10, omittingEmptySubsequences: false).map { line in
        let parts = line.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        return HeaderField(
            String(decoding: parts[0], as: UTF8.self), parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : "")
    }
}

private func metadata(_ text: String) throws {
    var received = Metadata()
    for field in fields(text) { _ = MetadataCoding.decode(field, into: &received) }
    // "What was received can be sent again."
    var sent: [HeaderField] = []
    do { try MetadataCoding.encode(received, into: &sent) } catch {
        throw Broken(description: "received but not to be sent: \(received): \(error)")
    }
    var again = Metadata()
    for field in sent {
        try require(MetadataCoding.decode(field, into: &again), "not readable again: \(field)")
    }
    try require(again == received, "\(again) for \(received)")
}

private func status(_ text: String) throws {
    let received = fields(text)
    guard let error = StatusCoding.error(code: received[0].name, Array(received.dropFirst())) else {
        let isZero = !received[0].name.isEmpty && received[0].name.utf8.allSatisfy { $0 == UInt8(ascii: "0") }
        return try require(isZero, "\(received[0].name.debugDescription) is no OK")
    }
    try require(error.code != .ok, "an error that is none")
    let sent = StatusCoding.fields(error)
    guard let again = StatusCoding.error(code: "\(error.code.rawValue)", sent) else {
        throw Broken(description: "lost: \(error)")
    }
    if error.message.utf8.count <= StatusCoding.maxMessageBytes && error.details.count <= StatusCoding.maxDetailsBytes {
        try require(again == error, "\(again) for \(error)")
    }
    for limit in [0, 300, 4_096, Int(UInt32.max)] {
        try require(StatusCoding.fields(error, peerLimit: limit).first?.name == "grpc-status", "no status for \(limit)")
    }
    _ = Failure(error, attempting: "a call").rpcError
}

private func negotiation(_ text: String) throws {
    let chosen = Negotiation.choose([.zstd, .gzip, .deflate], accepted: text)
    try require(chosen == .identity || text.contains(chosen.rawValue), "\(chosen) for \(text)")
    _ = isGRPCContentType(text)
    _ = isGRPCContentType("application/grpc" + text)
}

private func traceContext(_ text: String) throws {
    let parts = fields(text)[0]
    guard let context = TraceContext(traceparent: parts.name, state: parts.value) else { return }
    try require(context.traceparent.utf8.count == 55, context.traceparent)
    try require(
        TraceContext(traceparent: context.traceparent, state: context.state) == context, context.traceparent)
}

private func statusSample(seconds: Int64, nanos: Int32) -> [UInt8] {
    func packed(_ name: String, _ bytes: [UInt8]) -> GoogleProtobuf.AnyMessage {
        .with { ($0.typeURL, $0.value) = ("type.googleapis.com/\(name)", bytes) }
    }
    let info = GoogleRPC.ErrorInfo.with {
        ($0.reason, $0.domain, $0.metadata) = ("gates_failed", "homeward", ["machine": "app-01"])
    }
    let retry = GoogleRPC.RetryInfo.with { $0.retryDelay = .with { ($0.seconds, $0.nanos) = (seconds, nanos) } }
    return GoogleRPC.Status.with {
        ($0.code, $0.message) = (9, "m")
        $0.details = [
            packed(GoogleRPC.ErrorInfo.protobufName, info.wireBytes()),
            packed(GoogleRPC.RetryInfo.protobufName, retry.wireBytes()),
            packed(CommonV1.Gate.protobufName, CommonV1.Gate.with { _ in }.wireBytes()),
        ]
    }.wireBytes()
}

/// `grpc-status-details-bin`: what a service makes of it is answered to its own caller in turn.
private func details(_ octets: [UInt8]) throws {
    let failure = Failure(RPCError(.failedPrecondition, "m", details: octets), attempting: "a call")
    let error = failure.rpcError
    let again = Failure(error, attempting: "a call")
    try require(again.code == failure.code, "\(again.code) for \(failure.code)")
    try require(again.rpcError.details.count <= error.details.count + 1_024, "details grow by being passed on")
    if let wait = failure.retryAfter { try require(wait >= .zero && wait <= .seconds(1 << 33), "wait for \(wait)") }
    _ = StatusCoding.fields(error)
}

/// Sections one after another: lengths and octets of names and values, 255 between sections.
private func headerBlocks(_ octets: [UInt8]) throws {
    var block = HeaderBlock()
    for section in octets.split(separator: 255, maxSplits: 64, omittingEmptySubsequences: false) {
        var script = Script(Array(section))
        var fields: [(name: [UInt8], value: [UInt8])] = []
        while !script.isEmpty { fields.append((script.counted(), script.counted())) }
        block.begin()
        for field in fields {
            field.name.withUnsafeBytes { name in
                field.value.withUnsafeBytes { block.add(name, $0, limit: 4 << 10) }
            }
        }
        let size = fields.reduce(0) { $0 + $1.name.count + $1.value.count + 32 }
        try require(block.size == size, "a section of \(size) counted as \(block.size)")
        guard size <= 4 << 10 else {
            _ = block.finish()
            continue
        }
        let expected = fields.map {
            HeaderField(String(decoding: $0.name, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
        }
        let finished = block.finish()
        try require(finished == expected, "\(finished) for \(expected)")
    }
}
