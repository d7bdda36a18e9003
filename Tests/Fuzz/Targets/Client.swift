import Compression
import Environment

@testable import RPC

/// Octets into a client's connection with calls under way: the first says which limits and how it ends, then come
/// steps (`Step`).
let clientTarget = FuzzTarget(
    name: "client", seeds: { ClientRun.seeds },
    run: { input in
        let run = try ClientRun(input)
        try run.perform()
    })

/// `@unchecked Sendable`: `FuzzWorld` runs all on one thread.
private final class ClientRun: @unchecked Sendable {
    /// HEADERS of a response: stream, and what they have besides.
    private static let response = Step.own
    /// HEADERS that end one: stream, status, and what they have besides.
    private static let trailers = Step.own + 1
    /// The caller begins a call.
    private static let call = Step.own + 2
    /// The caller cancels one, by the call or by its task.
    private static let cancel = Step.own + 3

    private static let callLimit = 64

    private let world = FuzzWorld()
    private let client: ClientConnection
    private let run: ConnectionRun
    private let ending: Int
    private var calls: [(task: SpawnedTask, call: Held)] = []
    /// Calls that have an outcome.
    private var ended = 0

    /// A call while its caller holds it.
    private final class Held: @unchecked Sendable { // like the run
        var call: (any ClientCall)?
    }

    init(_ input: [UInt8]) throws {
        var script = Script(input)
        let first = script.byte()
        ending = Int(first >> 1) % 4
        client = try ClientConnection(
            authority: "x", runtime: world.runtime, configuration: fuzzConfiguration(isSmall: first & 1 == 1),
            peer: "fuzz", wake: {})
        run = ConnectionRun(world, script, client, isServer: false)
    }

    func perform() throws {
        while !run.script.isEmpty {
            let kind = run.script.byte()
            switch kind {
            case Self.response: try respond()
            case Self.trailers: try endResponse()
            case Self.call: try call()
            case Self.cancel: try cancel()
            default: try run.step(kind)
            }
        }
        try run.finish(ending)
        try require(ended == calls.count, "\(calls.count - ended) of \(calls.count) calls have no outcome")
        try require(client.openCalls == 0, "\(client.openCalls) calls are open after the end")
        try require(!client.acceptsCalls, "calls are accepted after the end")
    }

    // MARK: - The server's steps

    private func respond() throws {
        let stream = UInt32(run.script.byte())
        let extras = run.script.byte()
        var fields: [(String, [UInt8])] = [
            (":status", extras & 1 != 0 ? run.script.counted() : Array("200".utf8)),
            ("content-type", Array("application/grpc".utf8)),
        ]
        if extras & 2 != 0 { fields.append(("grpc-encoding", run.script.counted())) }
        if extras & 4 != 0 { fields.append(("note-bin", run.script.counted())) }
        if extras & 8 != 0 { fields.append(("note", run.script.counted())) }
        let flags = FrameFlag.endHeaders | (extras & 32 != 0 ? FrameFlag.endStream : 0)
        try run.deliver(frame(FrameType.headers, flags: flags, stream: stream, literals(fields)))
    }

    private func endResponse() throws {
        let stream = UInt32(run.script.byte())
        let code = run.script.byte()
        let extras = run.script.byte()
        var fields: [(String, [UInt8])] = [("grpc-status", Array("\(code)".utf8))]
        if extras & 1 != 0 { fields.append(("grpc-message", run.script.counted())) }
        if extras & 2 != 0 { fields.append(("grpc-status-details-bin", run.script.counted())) }
        if extras & 4 != 0 { fields.append(("grpc-retry-pushback-ms", run.script.counted())) }
        if extras & 8 != 0 { fields.append(("note-bin", run.script.counted())) }
        let flags = FrameFlag.endHeaders | FrameFlag.endStream
        try run.deliver(frame(FrameType.headers, flags: flags, stream: stream, literals(fields)))
    }

    // MARK: - The caller's

    private func call() throws {
        let extras = run.script.byte()
        let count = Int(extras >> 6)
        let message = run.script.counted()
        guard calls.count < Self.callLimit else { return }
        let metadata = metadata(extras, message)
        let deadline = extras & 4 != 0 ? world.time + .seconds(5) : nil
        let encoding = extras & 8 != 0 ? MessageEncoding.gzip : .identity
        let held = Held()
        let task = world.spawn("caller") { [self] in
            defer {
                held.call = nil
                ended += 1
            }
            do {
                let call = try client.start(
                    fuzzName("Echo"), metadata: metadata, deadline: deadline, encoding: encoding)
                held.call = call
                for _ in 0..<count { try await call.send(message) }
                if extras & 16 != 0 { try await call.finishSending() }
                if extras & 32 != 0 { _ = try await call.responseMetadata() }
                while try await call.nextReceived() != nil {}
                _ = call.trailingMetadata
            } catch is RPCError {} catch { record(error) }
        }
        calls.append((task, held))
        try run.proceed()
        if let strange { throw strange }
    }

    private func metadata(_ extras: UInt8, _ octets: [UInt8]) -> Metadata {
        var metadata = Metadata()
        if extras & 1 != 0 { metadata.append("note", "x") }
        if extras & 2 != 0 { metadata.append("note-bin", bytes: octets) }
        return metadata
    }

    private var strange: Broken?

    /// Callers are told of every failure by a status.
    private func record(_ error: any Error) { strange = Broken(description: "a call ended with \(error)") }

    private func cancel() throws {
        let number = Int(run.script.byte())
        guard !calls.isEmpty else { return }
        let (task, held) = calls[(number >> 1) % calls.count]
        if number & 1 == 0 { task.cancel() } else { held.call?.cancel() }
        try run.proceed()
    }

    // MARK: - Seeds

    private static func call(_ extras: UInt8 = 0b0101_0000, _ octets: [UInt8] = [1, 2]) -> [UInt8] {
        [Self.call, extras] + octets.counted
    }

    static var seeds: [[UInt8]] {
        let begin = call() + [Step.preface]
        let ok: [UInt8] = [Self.trailers, 1, 0, 0]
        let response: [UInt8] = [Self.response, 1, 0]
        let answer = response + message(1, [1, 2], end: false)
        let pings: [UInt8] = [Step.frame + 6, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, Step.again, 60]
        let goAway: [UInt8] = [Step.frame + 7, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0]
        let oneStream: [UInt8] = [Step.frame + 4, 0, 0, 6, 0, 3, 0, 0, 0, 1]
        let noWindow: [UInt8] = [Step.frame + 4, 0, 0, 6, 0, 4, 0, 0, 0, 0]
        let window: [UInt8] = [Step.frame + 8, 0, 3, 4, 0, 0, 0, 200]
        let push: [UInt8] = [Step.frame + 5, 4, 1, 7, 0, 0, 0, 2, 0x83, 0x86, 0x84]
        let refused: [UInt8] = [Step.frame + 3, 0, 1, 4, 0, 0, 0, 7]
        let lie: [UInt8] = [Step.lie, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 3, 1, 2, 3]
        let details: [UInt8] = joined(
            [Self.trailers, 1, 9, 15], counted("%25"), counted("AQ="), counted("100"), counted("AQ"))
        let compressed = joined([Self.response, 1, 14], counted("gzip"), [2, 65, 81, 1, 120])
        let seeds: [[UInt8]] = [
            joined(begin, answer, ok),
            joined(begin, [Step.pieces, 1], answer, answer, ok),
            joined(begin, response, details),
            joined(begin, details),
            joined(
                call(0b1111_1111, Array(0..<100)), [Step.preface], compressed,
                message(1, [31, 139, 8, 0], end: false, flag: 1), ok),
            joined(begin, [Self.response, 1, 33], counted("503")),
            joined(begin, [Self.response, 1, 1], counted("100"), answer, ok),
            joined(begin, response, lie),
            joined(begin, answer, [Self.cancel, 0]),
            joined(begin, answer, [Self.cancel, 1]),
            joined(begin, refused),
            joined(begin, call(), goAway, answer, ok, call()),
            joined(call(0b0101_0100), [Step.preface, Step.time, 0x67]),
            joined(begin, [Step.time, 0x37, Step.time, 0x37], pings),
            joined(begin, oneStream, call(), call(), answer, ok),
            joined(begin, noWindow, call(0xd0, Array(0..<200)), window),
            joined(begin, push),
            joined(begin, [Step.ending, 0], call(), answer, ok),
            joined(begin, rawSteps(frame(FrameType.headers, flags: 4, stream: 1, [0x88]) + frame(0, stream: 1, [0]))),
            joined([Step.read, 0], begin, pings, [Step.read, 255]),
        ]
        return seeds.enumerated().map { [UInt8($0.offset % 8)] + $0.element }
    }
}
