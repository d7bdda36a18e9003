import HTTP2

@testable import RPC

/// gRPC message framing: a limit, whether an encoding was announced, the sizes of the pieces, then the body.
let framingTarget = FuzzTarget(
    name: "framing",
    seeds: {
        let messages = [[], [1], Array(0..<100), [UInt8](repeating: 7, count: 300)].map { prefixed($0) }
        let lies: [[UInt8]] = [
            [0, 255, 255, 255, 255, 1, 2, 3], [0, 0, 64, 0, 1, 9], [1, 0, 0, 0, 1, 5], [2, 0, 0, 0, 0], [0, 0, 0],
        ]
        return [
            [0, 0, 0], [1, 1, 1, 1] + messages.joined(), [2, 1, 3, 5, 1, 200] + messages.joined(),
            [3, 0, 2, 0, 7] + messages.joined() + messages.joined(),
        ] + lies.flatMap { lie in [[1, 1, 1, 2] + lie, [3, 0, 1, 4] + messages[2] + lie] }
    },
    run: { input in
        var script = Script(input)
        let limit = [16, 1_000, 4 << 20, Int(UInt32.max)][script.choice(4)]
        let mayBeCompressed = script.byte() & 1 == 1
        let sizes = script.counted().map { Int($0) + 1 }
        let body = script.rest()

        let whole = read([body], limit, mayBeCompressed)
        let split = read(cut(body, sizes), limit, mayBeCompressed)
        try require(whole == split, "split at \(sizes): \(split), whole: \(whole)")
        let expected = expectedMessages(body, limit, mayBeCompressed)
        try require(whole == expected, "\(whole) for \(expected)")
        let written = whole.messages.flatMap { prefixed($0.bytes, flag: $0.isCompressed ? 1 : 0) }
        try require(body.starts(with: written), "messages are not what the body holds")
        let longest = whole.messages.map(\.bytes.count).max() ?? 0
        try account(cut(body, sizes), limit, mayBeCompressed, longest + MessageReader.prefixCount)
    })

/// What came of a body.
private struct Framed: Equatable {
    var messages: [ReceivedMessage] = []
    var code: StatusCode?
    var isBetweenMessages = true
}

private func cut(_ body: [UInt8], _ sizes: [Int]) -> [[UInt8]] {
    guard !sizes.isEmpty else { return body.map { [$0] } }
    var pieces: [[UInt8]] = []
    var place = 0
    while place < body.count {
        let end = min(body.count, place + sizes[pieces.count % sizes.count])
        pieces.append(Array(body[place..<end]))
        place = end
    }
    return pieces
}

private func read(_ pieces: [[UInt8]], _ limit: Int, _ mayBeCompressed: Bool) -> Framed {
    var reader = MessageReader(maxMessageBytes: limit)
    reader.mayBeCompressed = mayBeCompressed
    var framed = Framed()
    for piece in pieces {
        piece.withUnsafeBytes { bytes in
            do throws(RPCError) { try reader.push(bytes) { framed.messages.append($0) } } catch {
                framed.code = error.code
            }
        }
        if framed.code != nil {
            // What a reader says of its place after a refusal is nobody's concern.
            framed.isBetweenMessages = false
            return framed
        }
    }
    framed.isBetweenMessages = reader.isBetweenMessages
    return framed
}

/// The same by the specification, from all the octets at once.
private func expectedMessages(_ body: [UInt8], _ limit: Int, _ mayBeCompressed: Bool) -> Framed {
    var framed = Framed()
    var rest = body[...]
    while rest.count >= 5 {
        let flag = rest[rest.startIndex]
        let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
        if flag > 1 || flag == 1 && !mayBeCompressed { framed.code = .internal }
        if framed.code == nil && length > limit { framed.code = .resourceExhausted }
        if framed.code != nil { break }
        guard rest.count - 5 >= length else { break }
        framed.messages.append(ReceivedMessage(bytes: Array(rest.dropFirst(5).prefix(length)), isCompressed: flag == 1))
        rest = rest.dropFirst(5 + length)
    }
    framed.isBetweenMessages = rest.isEmpty
    return framed
}

/// A call gives back to its peer's window exactly what it took, none of it for messages that wait (but `longest`, for
/// one that came in parts), and counts no memory when it holds none.
private func account(_ pieces: [[UInt8]], _ limit: Int, _ mayBeCompressed: Bool, _ longest: Int) throws {
    let call = CallState(id: StreamID(1), deadline: nil, maxMessageBytes: limit)
    if mayBeCompressed { call.incoming = .gzip }
    var (taken, given) = (0, 0)
    for (number, piece) in pieces.enumerated() {
        taken += piece.count
        do { given += try piece.withUnsafeBytes { try call.receive($0) } } catch { break }
        if number % 4 == 1, let message = call.takeMessage() { given += message.release }
        let waiting = call.waitingOctets
        try require(waiting <= taken - given + longest, "\(waiting) octets wait, \(given) of \(taken) are given back")
        if number % 7 == 6 {
            while let message = call.takeMessage() { given += message.release }
            try require(call.holds == call.reader.partOctets, "holds \(call.holds) without messages")
        }
        try require(given <= taken, "\(given) octets given back of \(taken)")
        try require(call.holds >= 0, "holds \(call.holds)")
    }
    given += call.dropMessages()
    try require(given == taken, "\(given) octets given back of \(taken)")
    try require(call.holds == 0, "holds \(call.holds) after all was dropped")
}
