import Environment
import HTTP2
import RPC
import Simulation
import Synchronization
import Testing

/// A server's connection with an HTTP/2 session for its client that says what the test wants it to say.
///
/// `@unchecked Sendable`: used by one simulated process, on one thread.
final class Peer: @unchecked Sendable {
    let client: HTTP2Session
    let server: ServerConnection
    let notes = Notes()
    var responses: [StreamID: [HeaderField]] = [:]
    var resets: [StreamID: HTTP2ErrorCode] = [:]

    /// Octets that the server has sent.
    var answered = 0
    /// The server's last GOAWAY.
    var goAway: HTTP2ErrorCode?

    init(
        _ environment: Environment, _ configuration: RPCConfiguration = RPCConfiguration(),
        _ budget: BufferBudget? = nil, window: Int32 = 1 << 20,
        aside: (@Sendable (_ work: @escaping @Sendable () -> Void) -> Void)? = nil
    ) throws {
        var own = HTTP2Configuration()
        own.streamWindow = window
        client = try HTTP2Session(.client, own)
        let notes = notes
        var observer = RPCObserver()
        observer.connectionFailed = { _, reason in notes.add(reason) }
        var runtime = RPCRuntime(environment)
        runtime.aside = aside
        server = try ServerConnection(
            router: Router([echoService(environment.clock, notes)]), runtime: runtime,
            configuration: configuration, observer: observer, peer: "test", budget: budget, wake: {})
    }

    /// Sends octets that no session has made.
    func raw(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { server.receive($0) }
        _ = server.produce(limit: 1 << 20) { answered += $0.count }
    }

    /// The client's preface with an empty SETTINGS frame, and what the server answers.
    func rawPreface() {
        raw(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, []))
    }

    /// Lets everything that is to be sent arrive, both ways.
    func exchange() throws {
        for _ in 0..<100 {
            var bytes: [UInt8] = []
            _ = try client.produce(limit: 1 << 20, { bytes += $0 }, { _ in })
            bytes.withUnsafeBytes { server.receive($0) }
            var answer: [UInt8] = []
            _ = server.produce(limit: 1 << 20) { answer += $0 }
            answered += answer.count
            if bytes.isEmpty && answer.isEmpty { return }
            try answer.withUnsafeBytes { try client.receive($0) { note($0) } }
        }
    }

    private func note(_ event: HTTP2Event) {
        switch event {
        case .headers(let id, let fields, _): responses[id, default: []] += fields
        case .closed(let id, let code): resets[id] = code
        case .goAway(_, let code, _): goAway = code
        default: break
        }
    }

    func request(_ fields: [(String, String)] = [], path: String = "/echo.v1.Echo/Stall") throws -> StreamID {
        var all = callFields(path: path)
        for (name, value) in fields {
            all.removeAll { $0.name == name }
            all.insert(HeaderField(name, value), at: name.hasPrefix(":") ? 0 : all.count)
        }
        return try client.submitRequest(all)
    }

    func callFields(path: String) -> [HeaderField] {
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"), ("te", "trailers"),
            ("content-type", "application/grpc"),
        ].map { HeaderField($0.0, $0.1) }
    }

    func field(_ id: StreamID, _ name: String) -> String? { responses[id]?.last { $0.name == name }?.value }
}

/// An HTTP/2 frame (RFC 9113 §4.1).
func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8]) -> [UInt8] {
    let count = payload.count
    return [UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags]
        + (0..<4).map { UInt8(stream >> (24 - 8 * $0) & 255) } + payload
}

/// A header block of literal fields without indexing (RFC 7541 §6.2.2), each name and value below 127 octets.
func literals(_ fields: [(String, [UInt8])]) -> [UInt8] {
    fields.flatMap { [0, UInt8($0.0.utf8.count)] + Array($0.0.utf8) + [UInt8($0.1.count)] + $0.1 }
}

let callFields: [(String, [UInt8])] = [
    (":method", Array("POST".utf8)), (":scheme", Array("http".utf8)), (":path", Array("/echo.v1.Echo/Collect".utf8)),
    (":authority", Array("x".utf8)), ("te", Array("trailers".utf8)),
    ("content-type", Array("application/grpc".utf8)),
]
