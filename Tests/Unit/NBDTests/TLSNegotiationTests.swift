import Environment
import Testing

@testable import NBD

/// The mode FORCEDTLS of the protocol document.
struct TLSNegotiationTests {
    private func option(_ number: UInt32, _ data: [UInt8] = []) -> [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.optionMagic)
        out.put(number)
        out.put(UInt32(data.count))
        return out + data
    }

    private func negotiation(_ security: ServerNegotiation.Security) -> ServerNegotiation {
        var machine = ServerNegotiation(security: security)
        machine.receive([0, 0, 0, 3])
        #expect(machine.next() == .needMore)
        return machine
    }

    private func type(_ answer: ServerNegotiation.OnNext) -> UInt32? {
        guard case .send(let bytes) = answer, bytes.count >= 20 else { return nil }
        var input = ReceivedBytes()
        input.append(bytes)
        return input.peek(UInt32.self, at: 12)
    }

    private static let others: [UInt32] = [3, 6, 7, 8, 9, 10, 11, 77]

    @Test(arguments: others) func `nothing is answered before TLS`(number: UInt32) {
        var machine = negotiation(.required)
        machine.receive(option(number, [0, 0, 0, 0, 0, 0]))
        #expect(type(machine.next()) == OptionReply.tlsRequired)
    }

    @Test func `EXPORT_NAME in the clear ends the session, ABORT is answered`() {
        for number in [Option.exportName, Option.abort] {
            var machine = negotiation(.required)
            machine.receive(option(number))
            guard case .close(let bytes, _) = machine.next() else {
                Issue.record("not closed")
                continue
            }
            #expect(bytes.isEmpty == (number == Option.exportName))
        }
    }

    @Test func `TLS is begun once, and takes away what was agreed before`() {
        var machine = negotiation(.required)
        machine.receive(option(Option.startTLS, [1]))
        #expect(type(machine.next()) == OptionReply.invalid)
        machine.receive(option(Option.startTLS))
        guard case .startTLS(let bytes) = machine.next() else {
            Issue.record("no TLS")
            return
        }
        #expect(type(.send(bytes)) == OptionReply.ack)
        machine.secured()
        machine.receive(option(Option.startTLS))
        #expect(type(machine.next()) == OptionReply.invalid)
        machine.receive(option(Option.setMetaContext))
        #expect(type(machine.next()) == OptionReply.invalid, "structured replies are not agreed")
        machine.receive(option(Option.list))
        #expect(machine.next() == .list)
    }

    @Test func `bytes in the clear after STARTTLS do not count as said under TLS`() {
        var machine = negotiation(.required)
        machine.receive(option(Option.startTLS) + option(Option.list))
        guard case .close = machine.next() else {
            Issue.record("not closed")
            return
        }
    }

    @Test(arguments: others) func `a client that is not let in is told so`(number: UInt32) {
        var machine = negotiation(.required)
        machine.receive(option(Option.startTLS))
        guard case .startTLS = machine.next() else {
            Issue.record("no TLS")
            return
        }
        machine.secured(refusal: "homeward://home/x may not use these disks")
        machine.receive(option(number))
        #expect(type(machine.next()) == OptionReply.policy)
        machine.receive(option(Option.startTLS))
        #expect(type(machine.next()) == OptionReply.policy)
    }

    @Test func `a server without TLS says so`() {
        var machine = negotiation(.none)
        machine.receive(option(Option.startTLS))
        #expect(type(machine.next()) == OptionReply.unsupported)
    }

    @Test(.timeLimit(.minutes(1))) func `a stranger who says nothing is dropped`() async throws {
        let quiet = testEnvironment()
        let environment = Environment(
            clock: HastyClock(), random: quiet.random, tasks: quiet.tasks, files: quiet.files, lanes: quiet.lanes,
            network: quiet.network, failpoints: quiet.failpoints)
        let address = StreamAddress.ip("10.0.0.1", port: 10_809)
        let server = await NBDServer.serve(
            listener: try await environment.network.listen(address), exports: { _ in nil }, list: { [] },
            clients: ["homeward://home/backup-1"], environment: environment)
        let stream = try await environment.network.connect(address)
        // The greeting may come first.
        while try await stream.read() != nil {}
        await server.close()
    }
}

/// Whoever sleeps has slept enough.
private struct HastyClock: Clock {
    func now() -> MonotonicInstant { MonotonicInstant(nanoseconds: 0) }
    func wallNow() -> WallInstant { WallInstant(microseconds: 0) }
    func sleep(until instant: MonotonicInstant) async throws { await Task.yield() }
}
