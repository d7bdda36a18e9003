import Environment
import RPC
import Simulation
import Synchronization
import Testing

private func scopeName(_ method: String) -> MethodName { MethodName(service: "scope.v1.Scope", method: method) }

/// A front server that calls a back server, which says what reached it.
private struct Chain: Sendable {
    let notes = Notes()
    let front: any Channel

    init(_ environment: Environment, _ interceptors: [any Interceptor] = []) async throws {
        let notes = notes
        let clock = environment.clock
        let transport = InterceptedTransport(StreamTransport(environment), by: interceptors)
        let back = try await transport.serve(
            .ip("0.0.0.0", port: 61),
            [
                BoundService(
                    name: "scope.v1.Scope",
                    methods: [
                        BoundMethod(scopeName("Stall")) { call in
                            let left = call.context.deadline.map { ($0 - clock.now()).inMicroseconds / 1_000_000 }
                            notes.add("back: \(left.map { "\($0) s" } ?? "no deadline")")
                            do { try await clock.sleep(for: .seconds(3_600)) } catch {
                                notes.add("back cancelled")
                                throw error
                            }
                        },
                        BoundMethod(scopeName("Show")) { call in
                            let metadata = call.context.metadata
                            let key = metadata[ScopePropagation.operationKeyHeader] ?? "none"
                            notes.add("back: \(metadata[TraceContext.headerName] ?? "none") \(key)")
                            try await call.send([])
                        },
                    ])
            ])
        let channel = transport.channel(to: back.address)
        let front = try await transport.serve(
            .ip("0.0.0.0", port: 62),
            [
                BoundService(
                    name: "scope.v1.Scope",
                    methods: [
                        BoundMethod(scopeName("Stall")) { call in
                            var options = CallOptions()
                            if let text = call.context.metadata["timeout"], let seconds = Int64(text) {
                                options.timeout = .seconds(seconds)
                            }
                            options.inheritsDeadline = call.context.metadata["alone"] == nil
                            let nested = try await channel.start(scopeName("Stall"), options)
                            try await nested.finishSending()
                            _ = try await nested.next()
                        },
                        BoundMethod(scopeName("Show")) { call in
                            notes.add("front: \(CallScope.current?.trace?.traceparent ?? "none")")
                            try await CallScope.with({ $0.operationKey = "job-1/step-2" }) {
                                let nested = try await channel.start(scopeName("Show"), CallOptions())
                                try await nested.finishSending()
                                while let message = try await nested.next() { try await call.send(message) }
                            }
                        },
                    ])
            ])
        self.front = transport.channel(to: front.address)
    }
}

struct ScopeTests {
    @Test(arguments: [
        ([:], "9 s"), (["timeout": "3"], "2 s"), (["timeout": "60"], "9 s"), (["alone": "1"], "no deadline"),
    ])
    func `a nested call ends by the deadline of the call being served`(
        _ metadata: [String: String], _ expected: String
    ) throws {
        let (code, notes) = try SimulatedWorld(seed: 41).perform { environment in
            let chain = try await Chain(environment)
            var options = CallOptions(timeout: .seconds(10))
            for (key, value) in metadata { options.metadata.append(key, value) }
            let code = await status {
                let call = try await chain.front.start(scopeName("Stall"), options)
                try await call.finishSending()
                _ = try await call.next()
            }
            try await environment.clock.sleep(for: .seconds(1))
            return (code, chain.notes.all)
        }
        #expect(code == .deadlineExceeded)
        #expect(notes == ["back: \(expected)", "back cancelled"])
    }

    @Test func `a cancelled call cancels the calls that it made`() throws {
        let notes = try SimulatedWorld(seed: 42).perform { environment in
            let chain = try await Chain(environment)
            let call = try await chain.front.start(scopeName("Stall"), CallOptions())
            try await call.finishSending()
            try await environment.clock.sleep(for: .seconds(1))
            call.cancel()
            try await environment.clock.sleep(for: .seconds(1))
            return chain.notes.all
        }
        #expect(notes == ["back: no deadline", "back cancelled"])
    }

    @Test func `trace, operation key and generation go with nested calls`() throws {
        let notes = try SimulatedWorld(seed: 43).perform { environment in
            let chain = try await Chain(environment, [ScopePropagation(environment.random)])
            var options = CallOptions()
            let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            options.metadata.append(TraceContext.headerName, caller)
            let call = try await chain.front.start(scopeName("Show"), options)
            try await call.finishSending()
            while try await call.next() != nil {}
            return chain.notes.all
        }
        let trace = "00-0af7651916cd43dd8448eb211c80319c-"
        #expect(notes.count == 2)
        let front = try #require(notes.first?.split(separator: " ").last)
        #expect(front.hasPrefix(trace) && !front.contains("b7ad6b7169203331"))
        // The front's span is the parent that the back is told.
        #expect(notes.last == "back: \(front) job-1/step-2")
    }

    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-else",
    ]) func `a traceparent is read`(_ text: String) throws {
        let context = try #require(TraceContext(traceparent: text))
        #expect(context.traceparent == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ]) func `what is no traceparent begins a new trace`(_ text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }
}
