import Environment
import RPC
import Simulation
import Synchronization
import Testing

private struct Tag: Interceptor {
    let name: String
    let notes: Notes

    func serve(_ call: any ServerCall, _ handle: @Sendable (any ServerCall) async throws -> Void) async throws {
        notes.add("\(name) in")
        try await handle(call)
        notes.add("\(name) out")
    }
}

private struct Domain: RPCErrorConvertible {
    let rpcError = RPCError(.dataLoss, "known")
}

private func interceptedName(_ method: String) -> MethodName {
    MethodName(service: "intercepted.v1.Intercepted", method: method)
}

/// Fails as its method says.
private let failing = BoundService(
    name: "intercepted.v1.Intercepted",
    methods: [
        BoundMethod(interceptedName("Fine")) { call in
            while let message = try await call.next() { try await call.send(message) }
        },
        BoundMethod(interceptedName("Status")) { _ in throw RPCError(.notFound, "no such thing") },
        BoundMethod(interceptedName("Domain")) { _ in throw Domain() },
        BoundMethod(interceptedName("Inside")) { _ in throw Unexpected() },
        BoundMethod(interceptedName("Hidden")) { _ in
            throw Concealed(Unexpected(), shown: RPCError(.internal, "a file cannot be read"))
        },
    ])

private func end(_ channel: any Channel, _ method: String) async -> RPCError? {
    do {
        let call = try await channel.start(interceptedName(method), CallOptions())
        try await call.finishSending()
        while try await call.next() != nil {}
        return nil
    } catch { return error as? RPCError }
}

struct InterceptorTests {
    @Test func `interceptors nest in their order, and one may refuse`() throws {
        let (notes, refused) = try SimulatedWorld(seed: 51).perform { environment in
            let notes = Notes()
            let transport = StreamTransport(environment)
            let refusal = Authorization { context throws(RPCError) in
                if context.method.method == "Status" { throw RPCError(.permissionDenied, "not you") }
            }
            let service = failing.intercepted(by: [Tag(name: "a", notes: notes), refusal, Tag(name: "b", notes: notes)])
            let server = try await transport.serve(.ip("0.0.0.0", port: 71), [service])
            let channel = transport.channel(to: server.address)
            _ = await end(channel, "Fine")
            return (notes.all, await end(channel, "Status"))
        }
        #expect(notes == ["a in", "b in", "b out", "a out"])
        #expect(refused == RPCError(.permissionDenied, "not you"))
    }

    @Test func `the caller hears the status, the log hears the cause, both sides count`() throws {
        let (seen, records, counts) = try SimulatedWorld(seed: 52).perform { environment in
            let records = Notes()
            let counters = CallCounters()
            let log = CallLog(environment.clock) { record in
                records.add("\(record.side) \(record.method.method) \(record.code) \(record.concealed ?? "-")")
            }
            let transport = InterceptedTransport(StreamTransport(environment), by: [log, counters])
            let server = try await transport.serve(.ip("0.0.0.0", port: 72), [failing])
            let channel = transport.channel(to: server.address)
            var seen: [RPCError?] = []
            for method in ["Fine", "Status", "Domain", "Inside", "Hidden"] { seen.append(await end(channel, method)) }
            try await channel.start(interceptedName("Fine"), CallOptions()).cancel()
            try await environment.clock.sleep(for: .seconds(1))
            return (seen, records.all, counters.snapshot)
        }
        #expect(
            seen == [
                nil, RPCError(.notFound, "no such thing"), RPCError(.dataLoss, "known"), .concealed,
                RPCError(.internal, "a file cannot be read"),
            ])
        #expect(records.filter { $0.hasPrefix("server") }.prefix(5) == [
            "server Fine ok -", "server Status notFound -", "server Domain dataLoss -",
            "server Inside internal Unexpected()", "server Hidden internal Unexpected()",
        ])
        #expect(records.contains("client Fine ok -") && records.contains("client Inside internal -"))
        #expect(records.contains("client Fine cancelled -"))
        let fine = try #require(counts.first { $0.key.method.method == "Fine" && $0.key.side == .client }?.counts)
        #expect(fine.started == 2 && fine.ended == [.ok: 1, .cancelled: 1] && fine.underWay == 0 && fine.failed == 1)
    }
}
