import HTTP2

@testable import RPC

/// Steps of an input that both ends of a connection know; the others begin at `own`.
enum Step {
    // 0x00…0x7F: one more than so many octets, as they are.
    /// 0x80…0x8F: a frame of that type with flags, stream, length and payload.
    static let frame: UInt8 = 0x80
    /// A gRPC message in a DATA frame.
    static let message: UInt8 = 0x90
    /// A message whose prefix says what the input says.
    static let lie: UInt8 = 0x91
    /// Time passes: a digit, and how many zeros it has behind it, in microseconds.
    static let time: UInt8 = 0x92
    /// How much the peer reads from now on; 255 is all, at once.
    static let read: UInt8 = 0x93
    /// Drain, shutdown, or the transport is lost.
    static let ending: UInt8 = 0x94
    /// In pieces of which size octets arrive from now on; 0: each step at once.
    static let pieces: UInt8 = 0x95
    /// What was delivered last, so many times.
    static let again: UInt8 = 0x96
    /// Tasks do not run, or run again.
    static let hold: UInt8 = 0x97
    /// What a peer begins with.
    static let preface: UInt8 = 0x98
    static let own: UInt8 = 0xa0
}

/// One connection and what an input does to it.
final class ConnectionRun {
    /// Pieces that an input may cut and repeat itself into: enough for the small limits, and soon over.
    private static let pieceLimit = 500

    let world: FuzzWorld
    var script: Script
    private let connection: RPCConnection
    private let preface: [UInt8]
    private var output: OutputChecker
    private var input: FrameCutter
    /// Octets of DATA that came on each stream.
    private var delivered: [UInt32: Int] = [:]
    private let messageLimit: Int
    private var pieces = 0
    private var pieceSize = Int.max
    /// nil: everything is read at once.
    private var appetite: Int?
    private var holds = false
    private var last: [UInt8] = []

    init(_ world: FuzzWorld, _ script: Script, _ connection: RPCConnection, isServer: Bool) {
        self.world = world
        self.script = script
        self.connection = connection
        messageLimit = connection.configuration.maxReceiveMessageBytes + MessageReader.prefixCount
        input = FrameCutter(startsWithPreface: isServer)
        output = OutputChecker(isServer: isServer)
        // With the word that our settings are known: their windows hold from then on (RFC 9113 §6.5.3).
        preface = (isServer ? clientPreface : []) + frame(FrameType.settings, [])
            + frame(FrameType.settings, flags: FrameFlag.ack, [])
    }

    /// Does a step that is not one end's own.
    func step(_ kind: UInt8) throws {
        switch kind {
        case 0..<Step.frame: try deliver(script.bytes(Int(kind) + 1))
        case Step.frame..<Step.message:
            let (flags, stream) = (script.byte(), UInt32(script.byte()))
            try deliver(frame(kind - Step.frame, flags: flags, stream: stream, script.counted()))
        case Step.message:
            let (flags, stream, flag) = (script.byte(), UInt32(script.byte()), script.byte())
            try deliver(frame(FrameType.data, flags: flags, stream: stream, prefixed(script.counted(), flag: flag)))
        case Step.lie:
            let (flags, stream, flag) = (script.byte(), UInt32(script.byte()), script.byte())
            let lie = [flag] + bigEndian(script.number()) + script.counted()
            try deliver(frame(FrameType.data, flags: flags, stream: stream, lie))
        case Step.time: try pass(script.byte())
        case Step.read:
            let octets = script.byte()
            appetite = octets == 0xff ? nil : Int(octets) * 64
            try read(appetite ?? .max)
        case Step.ending: end(script.choice(3))
        case Step.pieces:
            let size = Int(script.byte())
            pieceSize = size == 0 ? .max : size
        case Step.again:
            let octets = last
            for _ in 0..<script.byte() where pieces < Self.pieceLimit { try deliver(octets) }
            last = octets
        case Step.hold: holds.toggle()
        case Step.preface: try deliver(preface)
        default: break
        }
    }

    func deliver(_ octets: [UInt8]) throws {
        last = octets
        var rest = octets[...]
        repeat {
            pieces += 1
            let piece = Array(rest.prefix(pieces < Self.pieceLimit ? pieceSize : .max))
            rest = rest.dropFirst(piece.count)
            note(piece)
            piece.withUnsafeBytes { connection.receive($0) }
            try proceed()
        } while !rest.isEmpty
    }

    /// Lets happen what the last step made possible.
    func proceed() throws {
        if !holds { try world.settle() }
        if appetite == nil { try read(.max) }
        try account()
    }

    private func note(_ octets: [UInt8]) {
        // Octets that are no frames end the connection.
        try? input.take(octets) { type, _, stream, payload in
            if type == FrameType.data { delivered[stream, default: 0] += payload.count }
        }
    }

    /// Window that was given back is that of messages which do not wait any more. A message that came in parts is the
    /// exception: its parts were given back as they came, so that it could come whole.
    private func account() throws {
        let waiting = connection.locked(asking: false) { connection.calls.mapValues(\.waitingOctets) }
        for (id, octets) in waiting where octets > messageLimit {
            let taken = delivered[UInt32(id)] ?? 0
            let open = taken - (output.credited[UInt32(id)] ?? 0)
            try require(
                octets <= open + messageLimit,
                "\(octets) octets wait on stream \(id), and \(open) of \(taken) are not given back")
        }
    }

    private func pass(_ byte: UInt8) throws {
        // From a microsecond to some hours.
        let scale = (0..<(byte >> 4) % 10).reduce(Int64(1)) { scale, _ in scale * 10 }
        try world.advance(.microseconds(Int64(byte & 15) * scale))
        try proceed()
    }

    private func read(_ limit: Int) throws {
        var octets: [UInt8] = []
        var more = true
        while more && octets.count < limit {
            more = connection.produce(limit: min(limit - octets.count, 1 << 16)) { octets += $0 }
        }
        try output.take(octets)
        if !holds { try world.settle() }
    }

    private func end(_ kind: Int) {
        switch kind {
        case 0: connection.drain()
        case 1: connection.shutdown("shut down")
        default: connection.transportClosed("closed by fuzz")
        }
    }

    /// Ends the connection in one of four ways. Nothing of it is left then, and it says nothing more.
    func finish(_ ending: Int) throws {
        holds = false
        switch ending {
        case 0: break
        case 1: connection.shutdown("shut down")
        case 2:
            connection.drain()
            // Longer than everything that a handler waits for.
            try world.advance(.seconds(7_200))
        default: try world.advance(.seconds(60))
        }
        try drainOutput()
        connection.transportClosed("closed by fuzz")
        try world.settle()
        // At once, not when what they wait for comes.
        try require(world.running.isEmpty, "tasks outlive their connection: \(world.running)")
        try drainOutput()
        let before = output.octets
        preface.withUnsafeBytes { connection.receive($0) }
        try world.advance(.seconds(7_200))
        try drainOutput()
        try require(output.octets == before, "\(output.octets - before) octets sent after the end")
        try require(connection.isFinished, "not finished after the end")
        try require(world.running.isEmpty, "tasks outlive their connection: \(world.running)")
    }

    private func drainOutput() throws {
        // Handlers that were woken by room may write again.
        for _ in 0..<8 { try read(.max) }
    }
}
