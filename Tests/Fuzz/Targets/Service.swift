import Environment

@testable import RPC

/// The limits of the default are high for inputs of some kilobytes; the small ones are reached.
func fuzzConfiguration(isSmall: Bool) -> RPCConfiguration {
    var configuration = RPCConfiguration()
    // The budget of the targets, so that a connection's share is what stops it.
    configuration.maxBufferedBytes = 256 << 10
    guard isSmall else { return configuration }
    // Far below the window, so that it shows when a window is given back for messages that wait.
    configuration.maxReceiveMessageBytes = 512
    configuration.sendBufferBytes = 2 << 10
    configuration.connectionSendBufferBytes = 4 << 10
    configuration.maxOutstandingCalls = 6
    configuration.resets = FrameAllowance(burst: 10, perSecond: 10)
    configuration.cheapFrames = FrameAllowance(burst: 20, perSecond: 10)
    configuration.http2.maxConcurrentStreams = 3
    configuration.http2.streamWindow = 4 << 10
    configuration.http2.maxHeaderListBytes = 1 << 10
    configuration.responseEncodings = [.zstd, .gzip]
    configuration.maxAge = .seconds(600)
    configuration.maxAgeGrace = .seconds(60)
    return configuration
}

let fuzzMethods = ["Echo", "Chat", "Collect", "Flood", "Stall", "Slow", "Notes", "Break", "Refuse", "Unknown"]

func fuzzName(_ method: String) -> MethodName { MethodName(service: "fuzz.v1.Fuzz", method: method) }

private struct Unexpected: Error {}

/// Handlers of every temper. Each ends when its call does.
func fuzzService(_ clock: any Clock) -> BoundService {
    let methods: [BoundMethod] = [
        BoundMethod(fuzzName("Echo")) { call in
            guard let message = try await call.nextReceived() else { return }
            try await call.send(message.bytes)
        },
        BoundMethod(fuzzName("Chat")) { call in
            while let message = try await call.next() { try await call.send(message) }
        },
        BoundMethod(fuzzName("Collect")) { call in
            var all: [UInt8] = []
            while let message = try await call.next() { all += message.prefix(1_000) }
            try await call.send(all)
        },
        BoundMethod(fuzzName("Flood")) { call in
            let message = [UInt8](repeating: 1, count: 1_000)
            for _ in 0..<100 { try await call.send(message) }
        },
        // Reads nothing: what comes is held.
        BoundMethod(fuzzName("Stall")) { _ in try await clock.sleep(for: .seconds(3_600)) },
        BoundMethod(fuzzName("Slow")) { call in
            while let message = try await call.next() {
                try await clock.sleep(for: .seconds(5))
                try await call.send(message)
            }
        },
        BoundMethod(fuzzName("Notes")) { call in
            let metadata = call.context.metadata
            try call.context.setResponseMetadata(metadata)
            call.context.compressResponses()
            try call.context.setTrailingMetadata(metadata)
            try call.context.sendResponseHeaders()
            let message = try await call.next() ?? []
            try await call.send(message, compressing: message.count % 2 == 0)
        },
        BoundMethod(fuzzName("Break")) { _ in throw Unexpected() },
        BoundMethod(fuzzName("Refuse")) { call in
            let message = try await call.next() ?? []
            throw RPCError(
                .failedPrecondition, String(decoding: message, as: UTF8.self), details: message,
                metadata: call.context.metadata)
        },
    ]
    return BoundService(name: "fuzz.v1.Fuzz", methods: methods)
}
