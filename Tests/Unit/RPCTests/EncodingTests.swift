import Compression
import Environment
import MessageCoding
import RPC
import Simulation
import Testing

/// A server whose methods say how messages came and how they go.
private struct EncodingPair: Sendable {
    let channel: StreamChannel

    init(
        _ environment: Environment, _ configuration: RPCConfiguration = RPCConfiguration(), port: Int = 51
    ) async throws {
        let service = BoundService(
            name: "encoding.v1.Encoding",
            methods: [
                BoundMethod(encodingName("Echo")) { call in
                    while let message = try await call.nextReceived() {
                        try await call.send(message.bytes + [message.isCompressed ? 1 : 0])
                    }
                },
                BoundMethod(encodingName("Packed")) { call in
                    while let message = try await call.next() {
                        call.context.compressResponses([.gzip])
                        try await call.send(message, compressing: message.first != 0)
                    }
                },
                BoundMethod(encodingName("Marked")) { call in
                    var headers = Metadata()
                    headers.append("first", "one")
                    headers.append("first-bin", bytes: [0, 255])
                    try call.context.setResponseMetadata(headers)
                    var trailers = Metadata()
                    trailers.append("last", call.context.metadata["fail"] ?? "two")
                    try call.context.setTrailingMetadata(trailers)
                    try call.context.sendResponseHeaders()
                    while let message = try await call.next() { try await call.send(message) }
                    if call.context.metadata["fail"] != nil { throw RPCError(.aborted, "as asked") }
                },
            ])
        let listener = try await environment.network.listen(.ip("0.0.0.0", port: port))
        let server = StreamServer(
            listener: listener, router: Router([service]), runtime: RPCRuntime(environment),
            configuration: configuration)
        channel = StreamChannel(
            network: environment.network, address: server.address, runtime: RPCRuntime(environment),
            configuration: configuration)
    }
}

private func encodingName(_ method: String) -> MethodName {
    MethodName(service: "encoding.v1.Encoding", method: method)
}

private let zeros = [UInt8](repeating: 0, count: 100_000)

struct EncodingTests {
    @Test(arguments: MessageEncoding.allCases) func `a call's encoding compresses what shrinks`(
        _ encoding: MessageEncoding
    ) throws {
        let answers = try SimulatedWorld(seed: 31).perform { environment in
            let pair = try await EncodingPair(environment)
            let call = try await pair.channel.start(encodingName("Echo"), CallOptions(encoding: encoding))
            var answers: [[UInt8]?] = []
            for (message, compressing) in [(zeros, true), (zeros, false), ([], true), ([1], true)] {
                try await call.send(message, compressing: compressing)
                answers.append(try await call.next())
            }
            try await call.finishSending()
            answers.append(try await call.next())
            return answers
        }
        let flag: UInt8 = encoding == .identity ? 0 : 1
        #expect(answers == [zeros + [flag], zeros + [0], [0], [1, 0], nil])
    }

    @Test(arguments: [MessageEncoding.identity, .zstd]) func `a message in pieces arrives as one`(
        _ encoding: MessageEncoding
    ) throws {
        let message = EncodedMessage(first: [1, 2], rest: [zeros, [], [3], zeros])
        let answer = try SimulatedWorld(seed: 35).perform { environment in
            let pair = try await EncodingPair(environment)
            let channel = pair.channel.intercepted(by: [CallLog(environment.clock) { _ in }])
            let call = try await channel.start(encodingName("Echo"), CallOptions(encoding: encoding))
            try await call.send(message, compressing: true)
            return try await call.next()
        }
        #expect(answer == [1, 2] + zeros + [3] + zeros + [encoding == .identity ? 0 : 1])
    }

    @Test func `a handler compresses responses one by one, by what the caller accepts`() throws {
        let (ours, configured) = try SimulatedWorld(seed: 32).perform { environment in
            let pair = try await EncodingPair(environment)
            let call = try await pair.channel.start(encodingName("Packed"), CallOptions())
            var flags: [Bool?] = []
            for first in UInt8(0)...1 {
                try await call.send([first] + zeros)
                flags.append(try await call.nextReceived()?.isCompressed)
            }
            var configuration = RPCConfiguration()
            configuration.responseEncodings = [.zstd]
            let other = try await EncodingPair(environment, configuration, port: 52)
            let echo = try await other.channel.start(encodingName("Echo"), CallOptions())
            try await echo.send(zeros)
            return (flags, try await echo.nextReceived()?.isCompressed)
        }
        #expect(ours == [false, true])
        #expect(configured == true)
    }

    @Test func `a bomb ends its call and the limit is on what comes out`() throws {
        let (codes, after) = try SimulatedWorld(seed: 33).perform { environment in
            var configuration = RPCConfiguration()
            configuration.maxReceiveMessageBytes = 150_000
            let pair = try await EncodingPair(environment, configuration)
            var codes: [StatusCode] = []
            for encoding in [MessageEncoding.gzip, .deflate, .zstd] {
                for count in [150_001, 32 << 20] {
                    codes.append(
                        await status {
                            let call = try await pair.channel.start(
                                encodingName("Echo"), CallOptions(encoding: encoding))
                            try await call.send([UInt8](repeating: 0, count: count))
                            _ = try await call.next()
                        })
                }
            }
            let call = try await pair.channel.start(encodingName("Echo"), CallOptions(encoding: .zstd))
            try await call.send(zeros)
            return (codes, try await call.next())
        }
        #expect(codes == Array(repeating: .resourceExhausted, count: 6))
        #expect(after == zeros + [1])
    }

    @Test func `metadata comes before and after the messages, whatever the status`() throws {
        let seen = try SimulatedWorld(seed: 34).perform { environment in
            let pair = try await EncodingPair(environment)
            let call = try await pair.channel.start(encodingName("Marked"), CallOptions())
            // Before any message was sent or received.
            let headers = try await call.responseMetadata()
            try await call.finishSending()
            let end = try await call.next()
            var options = CallOptions()
            options.metadata.append("fail", "three")
            let failing = try await pair.channel.start(encodingName("Marked"), options)
            try await failing.finishSending()
            var error: RPCError?
            do { _ = try await failing.next() } catch let thrown as RPCError { error = thrown }
            return (headers, end, call.trailingMetadata, error)
        }
        #expect(seen.0["first"] == "one" && seen.0.entries.contains { $0.key == "first-bin" && $0.value == [0, 255] })
        #expect(seen.1 == nil && seen.2["last"] == "two")
        #expect(seen.3?.code == .aborted && seen.3?.metadata["last"] == "three")
    }

    @Test func `a call that fails at once has no response metadata`() throws {
        let (metadata, code) = try SimulatedWorld(seed: 35).perform { environment in
            let pair = try await EncodingPair(environment)
            let call = try await pair.channel.start(encodingName("Nowhere"), CallOptions())
            try await call.finishSending()
            let metadata = try await call.responseMetadata()
            return (metadata, await status { _ = try await call.next() })
        }
        #expect(metadata == Metadata() && code == .unimplemented)
    }

    @Test func `metadata above what the server takes is refused before it is sent`() throws {
        let codes = try SimulatedWorld(seed: 36).perform { environment in
            let pair = try await EncodingPair(environment)
            var codes: [StatusCode] = []
            for count in [10_000, 20_000] {
                var options = CallOptions()
                options.metadata.append("large-bin", bytes: [UInt8](repeating: 1, count: count))
                codes.append(
                    await status {
                        // The server's settings have arrived by the second call.
                        let first = try await pair.channel.start(encodingName("Echo"), CallOptions())
                        try await first.send([1])
                        _ = try await first.next()
                        let call = try await pair.channel.start(encodingName("Echo"), options)
                        try await call.send([1])
                        _ = try await call.next()
                    })
            }
            return codes
        }
        #expect(codes == [.ok, .resourceExhausted])
    }
}
