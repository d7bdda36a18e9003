import Testing

@testable import NBD

struct TransmissionTests {
    private func request(
        _ type: UInt16, flags: UInt16 = 0, offset: UInt64, length: UInt32, payload: [UInt8] = [], cookie: UInt64 = 7
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.put(Wire.requestMagic)
        out.put(flags)
        out.put(type)
        out.put(cookie)
        out.put(offset)
        out.put(length)
        return out + payload
    }

    private func work(_ bytes: [UInt8], readOnly: Bool = false) -> ServerRequest.Work? {
        var machine = ServerTransmission(size: 1 << 20, readOnly: readOnly, structuredReplies: false)
        machine.receive(bytes)
        guard case .request(let request) = machine.next() else { return nil }
        return request.work
    }

    @Test func `requests are checked against size, alignment, flags and permission`() {
        #expect(work(request(0, offset: 512, length: 512)) == .read(offset: 512, count: 512))
        #expect(work(request(0, offset: 1, length: 512)) == .refuse(.invalid))
        #expect(work(request(0, offset: 1 << 20, length: 512)) == .refuse(.invalid))
        #expect(work(request(0, offset: UInt64.max - 511, length: 512)) == .refuse(.invalid))
        #expect(work(request(0, offset: 0, length: 33 << 20)) == .refuse(.overflow))
        let sector = [UInt8](repeating: 1, count: 512)
        #expect(
            work(request(1, flags: 1, offset: 0, length: 512, payload: sector))
                == .write(sector, offset: 0, fua: true))
        #expect(work(request(1, offset: 1 << 20, length: 512, payload: sector)) == .refuse(.noSpace))
        #expect(work(request(1, offset: 0, length: 512, payload: sector), readOnly: true) == .refuse(.notPermitted))
        #expect(
            work(request(6, flags: 2, offset: 0, length: 512))
                == .writeZeroes(offset: 0, count: 512, fua: false, mayTrim: false))
        #expect(work(request(6, flags: 16, offset: 0, length: 512)) == .refuse(.invalid), "fast zero is not offered")
        #expect(work(request(4, offset: 0, length: 1024)) == .trim(offset: 0, count: 1024, fua: false))
        #expect(work(request(3, offset: 0, length: 0)) == .flush)
        #expect(work(request(3, offset: 0, length: 1)) == .refuse(.invalid))
        #expect(work(request(7, offset: 0, length: 512)) == .refuse(.invalid), "block status was not agreed")
    }

    @Test func `a refused write is followed by the next request, not by its own payload`() {
        var machine = ServerTransmission(size: 4096, readOnly: true, structuredReplies: false)
        machine.receive(request(1, offset: 0, length: 512, payload: [UInt8](repeating: 0xff, count: 512)))
        machine.receive(request(3, offset: 0, length: 0))
        guard case .request(let first) = machine.next(), case .request(let second) = machine.next() else {
            Issue.record("two requests expected")
            return
        }
        #expect(first.work == .refuse(.notPermitted))
        #expect(second.work == .flush)
    }

    @Test func `bad magic and oversized writes end the connection`() {
        var machine = ServerTransmission(size: 4096, readOnly: false, structuredReplies: false)
        machine.receive([UInt8](repeating: 9, count: 28))
        #expect(machine.next() == .violation("bad request magic"))
        machine = ServerTransmission(size: 1 << 30, readOnly: false, structuredReplies: false)
        machine.receive(request(1, offset: 0, length: 64 << 20))
        #expect(machine.next() == .violation("write of \(64 << 20) bytes"))
    }

    @Test func `structured replies carry the read or its error in one final chunk`() {
        var machine = ServerTransmission(size: 4096, readOnly: false, structuredReplies: true)
        machine.receive(request(0, flags: 4, offset: 512, length: 512))
        guard case .request(let read) = machine.next() else {
            Issue.record("no request")
            return
        }
        let data = read.reply(.success(.content([UInt8](repeating: 3, count: 512))))
        #expect(data.count == 20 + 8 + 512)
        #expect(Array(data[0..<8]) == [0x66, 0x8e, 0x33, 0xef, 0, 1, 0, 1])
        let error = read.reply(.failure(.io))
        #expect(Array(error[4..<8]) == [0, 1, 0x80, 1])
        #expect(error.count == 26)
    }

    @Test func `the client takes replies in any order and refuses unknown cookies`() {
        var machine = ClientTransmission()
        let first = machine.begin(ClientRequest(.read(offset: 0, count: 512)))
        let second = machine.begin(ClientRequest(.flush))
        var replies: [UInt8] = []
        replies.put(Wire.simpleReplyMagic)
        replies.put(UInt32(0))
        replies.put(second.cookie)
        replies.put(Wire.simpleReplyMagic)
        replies.put(UInt32(5))
        replies.put(first.cookie)
        replies.put(Wire.simpleReplyMagic)
        replies.put(UInt32(0))
        replies.put(first.cookie)
        machine.receive(replies)
        #expect(machine.next() == .answer(cookie: second.cookie, .success([])))
        #expect(machine.next() == .answer(cookie: first.cookie, .failure(.io)))
        #expect(machine.next() == .violation("reply to a request that is not in flight"))
    }
}
