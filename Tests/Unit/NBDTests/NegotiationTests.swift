import Testing

@testable import NBD

struct NegotiationTests {
    /// Client flags and the options, as bytes.
    private func client(_ flags: UInt32 = 3, _ options: (UInt32, [UInt8])...) -> [UInt8] {
        var out: [UInt8] = []
        out.put(flags)
        for (number, data) in options {
            out.put(Wire.optionMagic)
            out.put(number)
            out.put(UInt32(data.count))
            out += data
        }
        return out
    }

    private func goData(_ name: String) -> [UInt8] {
        var out: [UInt8] = []
        out.put(UInt32(name.utf8.count))
        out += Array(name.utf8)
        out.put(UInt16(0))
        return out
    }

    /// Types of the option replies in a server's answer.
    private func replyTypes(_ bytes: [UInt8]) -> [UInt32] {
        var input = ReceivedBytes()
        input.append(bytes)
        var types: [UInt32] = []
        while input.count >= 20 {
            #expect(input.take(UInt64.self) == Wire.optionReplyMagic)
            input.drop(4)
            types.append(input.take(UInt32.self))
            input.drop(Int(input.take(UInt32.self)))
        }
        return types
    }

    @Test func `the greeting is fixed newstyle with NO_ZEROES`() {
        #expect(ServerNegotiation.greeting == Array("NBDMAGICIHAVEOPT".utf8) + [0, 3])
    }

    @Test func `GO enters with size, flags and block sizes, byte by byte`() {
        var machine = ServerNegotiation()
        var entered: [UInt8]?
        for byte in client(3, (Option.go, goData("disk0"))) {
            machine.receive([byte])
            switch machine.next() {
            case .needMore: continue
            case .lookUp(let name):
                #expect(name == "disk0")
                guard case .enter(let bytes) = machine.found(MemoryExport(size: 8192)) else {
                    Issue.record("did not enter")
                    return
                }
                entered = bytes
            default: Issue.record("unexpected answer")
            }
        }
        #expect(entered.map(replyTypes) == [OptionReply.info, OptionReply.info, OptionReply.ack])
    }

    @Test func `an unknown export is refused by GO and the client may go on`() {
        var machine = ServerNegotiation()
        machine.receive(client(3, (Option.go, goData("none")), (Option.list, [])))
        #expect(machine.next() == .lookUp("none"))
        guard case .send(let refusal) = machine.found(nil) else {
            Issue.record("not refused")
            return
        }
        #expect(replyTypes(refusal) == [OptionReply.unknown])
        #expect(machine.next() == .list)
        #expect(replyTypes(machine.listed(["a", "b"])) == [OptionReply.server, OptionReply.server, OptionReply.ack])
    }

    @Test(arguments: [true, false]) func `EXPORT_NAME pads unless NO_ZEROES was agreed`(noZeroes: Bool) {
        var machine = ServerNegotiation()
        machine.receive(client(noZeroes ? 3 : 1, (Option.exportName, Array("x".utf8))))
        #expect(machine.next() == .lookUp("x"))
        guard case .enter(let bytes) = machine.found(MemoryExport()) else {
            Issue.record("did not enter")
            return
        }
        #expect(bytes.count == (noZeroes ? 10 : 134))
    }

    @Test func `extended headers and TLS are refused as unsupported`() {
        var machine = ServerNegotiation()
        machine.receive(client(3, (11, []), (5, [])))
        for _ in 0..<2 {
            guard case .send(let bytes) = machine.next() else {
                Issue.record("no reply")
                return
            }
            #expect(replyTypes(bytes) == [OptionReply.unsupported])
        }
    }

    @Test func `an export of a size that is no multiple of 512 is refused`() {
        var machine = ServerNegotiation()
        machine.receive(client(3, (Option.info, goData("odd"))))
        #expect(machine.next() == .lookUp("odd"))
        guard case .send(let bytes) = machine.found(MemoryExport(size: 1000)) else {
            Issue.record("no reply")
            return
        }
        #expect(replyTypes(bytes) == [OptionReply.platform])
    }

    @Test func `malformed options, unknown flags and huge options end or are refused`() {
        var flags = ServerNegotiation()
        flags.receive(client(0xff))
        guard case .close = flags.next() else {
            Issue.record("unknown flags accepted")
            return
        }
        var huge = ServerNegotiation()
        var bytes = client()
        bytes.put(Wire.optionMagic)
        bytes.put(Option.go)
        bytes.put(UInt32.max)
        huge.receive(bytes)
        guard case .close(let reply, _) = huge.next() else {
            Issue.record("huge option accepted")
            return
        }
        #expect(replyTypes(reply) == [OptionReply.tooBig])
        var malformed = ServerNegotiation()
        malformed.receive(client(3, (Option.go, [0, 0, 0, 9, 65])))
        guard case .send(let refusal) = malformed.next() else {
            Issue.record("malformed option accepted")
            return
        }
        #expect(replyTypes(refusal) == [OptionReply.invalid])
    }

    @Test func `the client falls back to EXPORT_NAME when GO is unknown`() {
        var machine = ClientNegotiation(export: "d")
        machine.receive(ServerNegotiation.greeting)
        guard case .send = machine.next() else {
            Issue.record("no GO")
            return
        }
        var reply: [UInt8] = []
        reply.put(Wire.optionReplyMagic)
        reply.put(Option.go)
        reply.put(OptionReply.unsupported)
        reply.put(UInt32(0))
        machine.receive(reply)
        guard case .send(let option) = machine.next() else {
            Issue.record("no EXPORT_NAME")
            return
        }
        #expect(option.suffix(1) == Array("d".utf8))
        var size: [UInt8] = []
        size.put(Int64(4096))
        size.put(UInt16(1))
        machine.receive(size)
        guard case .entered(let geometry) = machine.next() else {
            Issue.record("did not enter")
            return
        }
        #expect(geometry.size == 4096)
    }
}
