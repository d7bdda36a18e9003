import Environment
import HTTP2
import RPC
import Simulation
import Synchronization
import Testing

/// A client and a server that allows fewer pings than it sends.
struct KeepaliveTests {
    /// Accepts connections, answers pings, and ends each connection at its second one.
    private static func strict(_ listener: any StreamListener, _ clock: any Clock, _ seen: Seen) async {
        while let stream = try? await listener.accept() {
            guard let session = try? HTTP2Session(.server) else { return }
            var pings: [MonotonicInstant] = []
            while pings.count < 2, let bytes = try? await stream.read() {
                try? bytes.withUnsafeBytes {
                    try session.receive($0) { if case .cheapFrame(.ping) = $0 { pings.append(clock.now()) } }
                }
                if pings.count == 2 { session.terminate(.enhanceYourCalm, saying: "too_many_pings") }
                var output: [UInt8] = []
                _ = try? session.produce(limit: 1 << 20, { output += $0 }, { _ in })
                if !output.isEmpty { try? await stream.write(output) }
            }
            stream.close()
            if pings.count == 2 { seen.add(pings[1] - pings[0]) }
        }
    }

    private final class Seen: Sendable {
        private let intervals = Mutex<[Duration]>([])
        func add(_ interval: Duration) { intervals.withLock { $0.append(interval) } }
        var seconds: [Int64] { intervals.withLock { $0.map { ($0 + .milliseconds(500)).components.seconds } } }
    }

    private func intervals(_ keepalive: Keepalive, _ connections: Int) throws -> (seconds: [Int64], notes: [String]) {
        try SimulatedWorld(seed: 1).perform(limit: .seconds(100_000)) { environment in
            let (seen, notes) = (Seen(), Notes())
            let listener = try await environment.network.listen(.ip("0.0.0.0", port: 50))
            environment.tasks.spawn("server") { await Self.strict(listener, environment.clock, seen) }
            var configuration = RPCConfiguration()
            configuration.keepalive = keepalive
            var observer = RPCObserver()
            observer.connectionFailed = { _, reason in notes.add(reason) }
            let channel = StreamChannel(
                network: environment.network, address: listener.address, runtime: RPCRuntime(environment),
                configuration: configuration, observer: observer)
            for _ in 0..<connections {
                let call = try await channel.start(name("Stall"), CallOptions(waitForReady: true))
                try await call.finishSending()
                _ = await status { _ = try await call.next() }
            }
            return (seen.seconds, notes.all)
        }
    }

    @Test func `a channel pings half as often after each server that finds it too often`() throws {
        let (seconds, notes) = try intervals(Keepalive(), 4)
        #expect(seconds == [15, 30, 60, 120])
        #expect(notes.count == 4 && notes.allSatisfy { $0.contains("too_many_pings") }, "\(notes)")
    }

    @Test func `it never pings less often than a server allows that has no calls`() throws {
        #expect(try intervals(Keepalive(interval: .seconds(5_000)), 3).seconds == [5_000, 7_200, 7_200])
    }
}
