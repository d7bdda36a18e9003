import Environment
import Glibc
import HTTP2

/// A blocking socket of a client that says, and hears, only what the test lets it.
///
/// `@unchecked Sendable`: a descriptor, closed once by `deinit` or `reset`, which tests do not mix.
final class RawSocket: @unchecked Sendable {
    private var descriptor: Int32

    init(_ address: StreamAddress) throws {
        guard case .ip(_, let port) = address.location else { throw NetworkError(.other, "\(address)") }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(port).bigEndian
        place.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let code = withUnsafePointer(to: &place) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw NetworkError(.other, "\(address)", "errno \(errno)") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the connection by an RST: what the other side has not read by then is lost to it.
    func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
        descriptor = -1
    }

    /// Begins HTTP/2 with windows in which all that comes has room, and calls a method with an empty message, as many
    /// times as named.
    func call(_ method: String, times: Int = 1) throws {
        var windows = HTTP2Configuration()
        windows.streamWindow = 1 << 30
        windows.connectionWindow = 1 << 30
        let session = try HTTP2Session(.client, windows)
        for _ in 0..<times {
            let id = try session.submitRequest([
                HeaderField(":method", "POST"), HeaderField(":scheme", "http"), HeaderField(":authority", "x"),
                HeaderField(":path", "/echo.v1.Echo/\(method)"), HeaderField("te", "trailers"),
                HeaderField("content-type", "application/grpc"),
            ])
            session.write(id, head: InlineHead(flag: 0, length: 0), [])
            session.end(id)
        }
        var bytes: [UInt8] = []
        while try session.produce(limit: 1 << 20, { bytes += $0 }, { _ in }) {}
        send(bytes)
    }
}
