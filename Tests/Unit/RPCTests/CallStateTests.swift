import HTTP2
import Testing

@testable import RPC

struct CallStateTests {
    @Test func `what a reader has taken is not kept, although it never catches up`() throws {
        let call = CallState(id: StreamID(1), deadline: nil, maxMessageBytes: 1 << 20)
        func arrive(_ octet: UInt8) throws {
            _ = try [0, 0, 0, 0, 1, octet].withUnsafeBytes { try call.receive($0) }
        }
        try arrive(0)
        for number in 1...100_000 {
            try arrive(UInt8(truncatingIfNeeded: number))
            let taken = call.takeMessage()?.message.bytes
            if taken != [UInt8(truncatingIfNeeded: number - 1)] {
                Issue.record("message \(number - 1) is \(taken ?? [])")
                break
            }
        }
        #expect(call.inboxPlaces < 1_000)
        #expect(call.hasMessage && call.waitingOctets == 6)
        #expect(call.takeMessage()?.message.bytes == [UInt8(truncatingIfNeeded: 100_000)])
        #expect(!call.hasMessage && call.takeMessage()?.message == nil && call.holds == 0)
    }

    /// Whoever cancels a task holds its lock while its handlers wait for the connection's; to resume it takes the same.
    @Test func `whoever waits for a call is resumed when the connection's lock is open, not before`() async {
        let awakened = Awakened()
        let call = CallState(id: StreamID(1), deadline: nil, maxMessageBytes: 1 << 20, awakened: awakened)
        await withUnsafeContinuation { reader in
            call.waitingReader = reader
            call.wakeReader()
            let resumed = awakened.take()
            #expect(call.waitingReader == nil && resumed.count == 1)
            for task in resumed { task.resume() }
        }
        await withUnsafeContinuation { writer in
            call.waitingWriters = [writer]
            call.wakeWriters()
            let resumed = awakened.take()
            #expect(call.waitingWriters.isEmpty && resumed.count == 1)
            for task in resumed { task.resume() }
        }
        call.wakeAll()
        #expect(awakened.take().isEmpty)
    }
}
