import Environment
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import RPCTransport

struct IdlePollingTests {
    private func at(_ microseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .microseconds(microseconds) }

    /// Pauses of that length, one after the other; whether the next one is worth polling.
    private func pauses(_ policy: inout PollingPolicy, _ lengths: [Int64], from begin: Int64 = 0) -> Bool {
        var time = begin
        for length in lengths {
            _ = policy.pause(at: at(time))
            time += length
            policy.resume(at: at(time))
        }
        return policy.pause(at: at(time))
    }

    @Test func `a loop that is seldom needed does not poll`() {
        var policy = PollingPolicy()
        #expect(!pauses(&policy, Array(repeating: 1_000, count: 50)))
    }

    @Test func `short pauses make the next one be polled, a long one ends it`() {
        var policy = PollingPolicy()
        #expect(!pauses(&policy, [50, 50, 50]))
        policy = PollingPolicy()
        #expect(pauses(&policy, [50, 50, 50, 50]))
        #expect(!pauses(&policy, [300], from: 1_000))
    }

    @Test func `a loop that is hardly idle does not poll, for it finds work without`() {
        var policy = PollingPolicy()
        #expect(!pauses(&policy, [50, 50, 50, 50, 4]))
        #expect(pauses(&policy, [6], from: 1_000))
    }

    @Test func `a poll in vain ends polling until pauses were short again`() {
        var policy = PollingPolicy()
        #expect(pauses(&policy, [50, 50, 50, 50]))
        policy.polled(.nothing, at: at(400))
        #expect(!pauses(&policy, [50, 50], from: 500))
        #expect(pauses(&policy, [50, 50, 50, 50], from: 1_000))
    }

    @Test func `a processor that others want is left to them for a while`() {
        var policy = PollingPolicy()
        #expect(pauses(&policy, [50, 50, 50, 50]))
        policy.polled(.crowded, at: at(300))
        #expect(!pauses(&policy, [50, 50, 50, 50], from: 400))
        #expect(pauses(&policy, [50, 50, 50, 50], from: 10_400))
    }

    @Test func `sockets are looked at until one has something, the loop is wanted or time is over`() throws {
        var ends: [CInt] = [0, 0]
        try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { ends.forEach { close($0) } }
        var sockets = PolledSockets()
        #expect(!sockets.isPollable)
        sockets.add(ends[0])
        #expect(sockets.isPollable)

        // A round takes ten microseconds; in one of them another thread had the processor.
        var (time, lost): (Int64, Int64) = (0, .max)
        func clock() -> NIODeadline {
            time += time >= lost ? 60 : 10
            return at(time)
        }
        let (idle, end) = sockets.poll(from: at(0), clock: clock) { false }
        #expect(idle == .nothing && end == at(200))
        (time, lost) = (0, 50)
        let (crowded, since) = sockets.poll(from: at(0), clock: clock) { false }
        #expect(crowded == .crowded && since == at(110))
        (time, lost) = (0, .max)
        var looks = 0
        let (wanted, _) = sockets.poll(from: at(0), clock: clock) {
            looks += 1
            return looks == 3
        }
        #expect(wanted == .found && looks == 3)
        #expect(write(ends[1], "x", 1) == 1)
        #expect(sockets.poll(from: at(0), clock: clock) { false }.0 == .found)

        sockets.remove(ends[0])
        #expect(!sockets.isPollable)
        (0..<33).forEach { sockets.add($0) }
        #expect(!sockets.isPollable)
    }

    @Test func `a loop with a guest's socket does not poll: its requests would wait`() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let executor = EventLoopExecutor.shared(loop)
        let isPollable = { try await loop.submit { executor.isPollable }.get() }
        try await loop.submit { executor.add(0) }.get()
        var polls = try await isPollable()
        #expect(polls)
        let network = NIONetwork(group: group)
        let listener = try await network.listen(.ip("127.0.0.1", port: 0))
        let client = try await network.connect(listener.address)
        let server = try #require(try await listener.accept())
        try await client.write([1])
        var read = try await server.read()
        #expect(read == [1])
        polls = try await isPollable()
        #expect(!polls)
        client.close()
        read = try await server.read()
        #expect(read == nil)
        read = try await client.read()
        #expect(read == nil)
        polls = try await isPollable()
        #expect(polls)
        listener.close()
        try await group.shutdownGracefully()
    }
}
