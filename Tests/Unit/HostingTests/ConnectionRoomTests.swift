import EnvironmentLive
import Hosting
import Logging
import RPC
import Synchronization
import Testing

struct ConnectionRoomTests {
    private final class Lines: Sendable {
        private let text = Mutex("")

        func add(_ line: [UInt8]) { text.withLock { $0 += String(decoding: line, as: UTF8.self) } }
        var all: String { text.withLock { $0 } }
    }

    private func fitted(_ descriptors: Int) -> (connections: Int, log: String) {
        let lines = Lines()
        var configuration = RPCConfiguration()
        let log = Logger(label: "test") { JSONLogHandler(label: $0, clock: LiveClock(), sink: lines.add) }
        configuration.fit(descriptors: descriptors, log)
        return (configuration.maxConnections, lines.all)
    }

    @Test func `where there are descriptors enough nothing is lowered or said`() {
        for descriptors in [5_632, 20_000, 1 << 20] {
            let (connections, log) = fitted(descriptors)
            #expect(connections == 4_096 && log.isEmpty)
        }
    }

    /// 1,024: the customary soft limit, where the hard one is no higher.
    @Test func `connections, their handshakes and all else fit into few descriptors, and one line says so`() {
        for descriptors in [64, 200, 1_024, 4_096, 5_631] {
            let (connections, log) = fitted(descriptors)
            #expect(connections >= descriptors / 2)
            #expect(connections + connections / 4 + min(512, descriptors / 4) <= descriptors)
            #expect(log.split(separator: "\n").count == 1)
            #expect(log.contains(#""level":"warning""#) && log.contains(#""message":"few descriptors""#))
            #expect(log.contains(#""descriptors":"\#(descriptors)""#) && log.contains(#""wanted":"5632""#))
            #expect(log.contains(#""connections":"\#(connections)""#))
        }
    }
}
