import Authority
import Environment
import EnvironmentLive
import NIOCore
import NIOPosix
import NIOSSL
import RPC
import Synchronization
import Testing

@testable import RPCTransport

let tlsGroup = MultiThreadedEventLoopGroup.singleton
let tlsEnvironment = liveEnvironment(network: NIONetwork(group: tlsGroup))

/// An authority, identities it signed, and their files in a directory that goes with this.
final class TLSWorld: Sendable {
    let directory = "/tmp/homeward-tls-\(UInt64.random(in: 0 ... .max))"
    let authority: Authority
    let said = Said()

    init() throws {
        authority = try Authority(name: "test authority", now: tlsEnvironment.clock.wallNow())
        try tlsEnvironment.files.createDirectory(directory)
    }

    deinit { remove(directory) }

    func remove(_ path: String) {
        for name in (try? tlsEnvironment.files.list(path)) ?? [] { remove("\(path)/\(name)") }
        try? tlsEnvironment.files.remove(path)
    }

    func issue(
        _ id: String, by other: Authority? = nil, _ change: (inout CertificateSubject) -> Void = { _ in }
    ) throws -> IssuedCertificate {
        var subject = CertificateSubject(component: id, site: "home")
        change(&subject)
        return try (other ?? authority).issue(subject, now: tlsEnvironment.clock.wallNow())
    }

    func write(_ path: String, _ text: String) throws {
        try tlsEnvironment.files.replace(path, with: Array(text.utf8))
    }

    /// Puts the identity's files into a directory of its own.
    @discardableResult
    func place(_ issued: IssuedCertificate, _ name: String, trusting: Authority? = nil) throws -> TLSFiles {
        let place = "\(directory)/\(name)"
        try tlsEnvironment.files.createDirectory(place)
        let files = TLSFiles(directory: place)
        try write(files.certificate, issued.certificatePEM)
        try write(files.key, issued.keyPEM)
        try write(files.authority, (trusting ?? authority).certificatePEM)
        if !tlsEnvironment.files.exists(files.revoked ?? "") { try write(files.revoked ?? "", "# none\n") }
        return files
    }

    func credentials(_ files: TLSFiles) -> TLSCredentials {
        TLSCredentials(files, tlsEnvironment, every: .milliseconds(20), notice: { self.said.add($0.message) })
    }

    func credentials(_ id: String) throws -> TLSCredentials { credentials(try place(issue(id), id)) }

    var observer: RPCObserver {
        var observer = RPCObserver()
        observer.connectionFailed = { self.said.add($1) }
        return observer
    }

    func server(
        _ credentials: TLSCredentials, handshakeTimeout: Duration = .seconds(10), services: [BoundService]? = nil,
        runtime: RPCRuntime = testRuntime, maxHandshakes: Int? = nil
    ) async throws -> RPCServer {
        try await RPCServer.start(
            address: .ip("127.0.0.1", port: 0), services: services ?? [echoService], group: tlsGroup,
            runtime: runtime, observer: observer, security: .mutualTLS(credentials),
            handshakeTimeout: handshakeTimeout, maxHandshakes: maxHandshakes)
    }

    func client(_ id: String, at server: StreamAddress, _ credentials: TLSCredentials) -> RPCClient {
        RPCClient(
            address: named(id, server), group: tlsGroup, runtime: testRuntime,
            security: .mutualTLS(credentials), handshakeTimeout: .seconds(5))
    }
}

func named(_ id: String, _ address: StreamAddress) -> StreamAddress {
    guard case .ip(let host, let port) = address.location else { return address }
    return .component(id, host: host, port: port)
}

/// What observers and notices were told, in order.
final class Said: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    /// Waits until some line has this text; the suite's time limit ends it.
    func wait(for text: String) async throws {
        while !all.contains(where: { $0.contains(text) }) { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// The subject for which tests make a raw connection of another stack.
struct RawPeer {
    var certificate: IssuedCertificate?
    var protocols = ["h2"]
    var version = TLSVersion.tlsv13

    func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.minimumTLSVersion = version
        configuration.maximumTLSVersion = version
        configuration.applicationProtocols = protocols
        if let certificate {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificatePEM.utf8))
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(certificate.keyPEM.utf8), format: .pem))
        }
        return configuration
    }

    /// Connects, and returns when the server has closed the connection.
    func connectUntilClosed(_ address: StreamAddress) async throws {
        guard case .ip(let host, let port) = address.location else { return }
        let context = try NIOSSLContext(configuration: configuration())
        let channel = try await ClientBootstrap(group: tlsGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                }
            }
            .connect(host: host, port: port).get()
        try await channel.closeFuture.get()
    }

    /// A TLS server that accepts anybody and answers nothing.
    func listen() async throws -> any NIOCore.Channel {
        guard let certificate else { throw TLSError("a server needs a certificate") }
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate.certificatePEM.utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(certificate.keyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = version
        configuration.maximumTLSVersion = version
        configuration.applicationProtocols = protocols
        let context = try NIOSSLContext(configuration: configuration)
        return try await ServerBootstrap(group: tlsGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

/// A plain TCP connection that sends `bytes`; returns when the server has closed it.
func plainUntilClosed(_ address: StreamAddress, _ bytes: String) async throws {
    guard case .ip(let host, let port) = address.location else { return }
    let channel = try await ClientBootstrap(group: tlsGroup).connect(host: host, port: port).get()
    if !bytes.isEmpty { try? await channel.writeAndFlush(ByteBuffer(string: bytes)).get() }
    try await channel.closeFuture.get()
}
