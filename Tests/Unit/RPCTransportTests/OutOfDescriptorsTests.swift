import Environment
import Glibc
import NIOPosix
import RPC
import RPCTransport
import Testing

/// Each in a process of its own, which has no descriptor left when its peers connect: `accept` fails as it does then.
@Suite(.serialized, .timeLimit(.minutes(1))) struct OutOfDescriptorsTests {
    @Test func `a server that is out of descriptors rests, says so once, and goes on when there are some`() async {
        await #expect(processExitsWith: .success) {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let said = Said()
            var observer = RPCObserver()
            observer.connectionFailed = { said.add("\($0): \($1)") }
            let server = try await RPCServer.start(
                address: .ip("127.0.0.1", port: 0), services: [echoService], group: group, runtime: testRuntime,
                observer: observer)
            let kept = RPCClient(address: server.address, group: group, runtime: testRuntime)
            same(try await unary(kept, "Unary", [1]), [1])

            let crowd = Crowd()
            crowd.connect(to: server.address)
            let busy = crowd.busyShare(ofMilliseconds: 600)
            #expect(busy < 0.2, "\(busy) of a processor while nothing could be accepted")
            // Whoever is connected is served meanwhile.
            same(try await unary(kept, "Unary", [2]), [2])
            let words = said.all.filter { $0.contains("connections wait to be accepted") }
            #expect(words.count == 1 && words.allSatisfy { $0.contains("errno: \(EMFILE)") }, "\(said.all)")

            crowd.leave()
            let fresh = RPCClient(address: server.address, group: group, runtime: testRuntime)
            same(try await unary(fresh, "Unary", [3]), [3])
            fresh.close()
            kept.close()
            await server.drain(grace: .seconds(1))
        }
    }

    @Test func `a listener of byte streams rests as well`() async {
        await #expect(processExitsWith: .success) {
            let network = NIONetwork(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            let listener = try await network.listen(.ip("127.0.0.1", port: 0))
            let crowd = Crowd()
            crowd.connect(to: listener.address)
            let busy = crowd.busyShare(ofMilliseconds: 600)
            #expect(busy < 0.2, "\(busy) of a processor while nothing could be accepted")
            crowd.leave()
            #expect(try await listener.accept() != nil)
            listener.close()
        }
    }
}

/// Sockets that wait to be accepted by a process that has no descriptor left.
private final class Crowd {
    /// More than this process has open, and soon taken.
    private static let limit: rlim_t = 256

    private var sockets: [Int32] = []
    private var others: [Int32] = []

    /// The sockets are there before the last descriptor is gone; connecting takes none.
    func connect(to address: StreamAddress) {
        guard case .ip(_, let port) = address.location else { return }
        sockets = (0..<8).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
        var limits = rlimit(rlim_cur: Self.limit, rlim_max: Self.limit)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0)
        while true {
            let copy = dup(sockets[0])
            if copy < 0 { break }
            others.append(copy)
        }
        #expect(errno == EMFILE)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(port).bigEndian
        place.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        for socket in sockets {
            let code = withUnsafePointer(to: &place) { place in
                place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(code == 0, "errno \(errno)")
        }
    }

    /// How much of a processor this process took in that time. The thread sleeps: the timers of tasks, and what watches
    /// over their threads, open descriptors, and end a process that has none.
    func busyShare(ofMilliseconds time: UInt32) -> Double {
        let (start, before) = (ContinuousClock.now, Self.processorTime())
        usleep(time * 1_000)
        let used = Self.processorTime() - before
        return used / ((ContinuousClock.now - start) / .seconds(1))
    }

    private static func processorTime() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    func leave() {
        for descriptor in sockets + others { close(descriptor) }
        sockets = []
        others = []
    }
}
