import Authority
import Environment
import NIOCore
import RPC
import Synchronization
import Testing

@testable import RPCTransport

@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSHandshakeTests {
    @Test func `calls pass over mutual TLS, and a handler sees who calls`() async throws {
        let world = try TLSWorld()
        let seen = Said()
        let who = BoundService(
            name: "who.v1.Who",
            methods: [
                BoundMethod(MethodName(service: "who.v1.Who", method: "AmI")) { call in
                    _ = try await call.next()
                    let identity = call.context.identity
                    seen.add(
                        "\(identity?.description ?? "nobody") \(identity?.component?.site ?? "") "
                            + "\(identity?.component?.id ?? "") \(identity?.dnsNames ?? []) \(identity?.serial ?? "")")
                    try await call.send([1])
                }
            ])
        let server = try await world.server(try world.credentials("mt-home"), services: [echoService, who])
        let caller = try world.issue("ps-home")
        let client = world.client("mt-home", at: server.address, world.credentials(try world.place(caller, "ps-home")))
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        same(try await unary(client, "Unary", large, timeout: .seconds(20)), large)
        let call = try await client.start(MethodName(service: "who.v1.Who", method: "AmI"), CallOptions())
        try await call.send([])
        try await call.finishSending()
        same(try await call.next(), [1])
        #expect(seen.all == ["homeward://home/ps-home home ps-home [\"ps-home\"] \(caller.serial)"])
        client.close()
        await server.drain(grace: .seconds(1))
        #expect(world.said.all == [])
    }

    @Test func `plaintext has no identity`() async throws {
        let seen = Said()
        let method = MethodName(service: "who.v1.Who", method: "AmI")
        let who = BoundService(
            name: "who.v1.Who",
            methods: [
                BoundMethod(method) { call in
                    seen.add(call.context.identity?.description ?? "nobody")
                    try await call.send([])
                }
            ])
        let server = try await RPCServer.start(
            address: .ip("127.0.0.1", port: 0), services: [who], group: tlsGroup, runtime: testRuntime)
        let client = RPCClient(address: server.address, group: tlsGroup, runtime: testRuntime)
        let call = try await client.start(method, CallOptions())
        try await call.finishSending()
        _ = try await call.next()
        #expect(seen.all == ["nobody"])
        client.close()
        await server.drain(grace: .seconds(1))
    }

    // MARK: - What a server refuses

    enum Stranger: String, CaseIterable, Sendable {
        case withoutCertificate, ofAnotherAuthority, expired, notYetValid, revoked, nameless, serverOnly, oldTLS, noALPN
        case otherALPN
    }

    private static let refusals: [Stranger: String] = [
        .withoutCertificate: "TLS: the peer has no certificate",
        .ofAnotherAuthority: "is not signed by an authority known here",
        .expired: "expired at ",
        .notYetValid: "is valid from ",
        .revoked: "is revoked",
        .nameless: "names nobody",
        .serverOnly: "it is not meant for a client",
        .oldTLS: "TLS: the peer does not offer TLS 1.3",
        .noALPN: "TLS: the peer does not offer HTTP/2 (no \"h2\" by ALPN)",
        .otherALPN: "TLS: the peer does not offer HTTP/2 (no \"h2\" by ALPN)",
    ]

    private func peer(_ stranger: Stranger, _ world: TLSWorld) throws -> RawPeer {
        var peer = RawPeer(certificate: try world.issue("ps-home"))
        switch stranger {
        case .withoutCertificate: peer.certificate = nil
        case .ofAnotherAuthority:
            let other = try Authority(name: "test authority", now: tlsEnvironment.clock.wallNow())
            peer.certificate = try world.issue("ps-home", by: other)
        case .expired: peer.certificate = try world.issue("ps-home") { $0.validUntil = -60 }
        case .notYetValid: peer.certificate = try world.issue("ps-home") { $0.validFrom = 3_600 }
        case .revoked:
            try world.write("\(world.directory)/mt-home/revoked.txt", peer.certificate?.serial ?? "")
        case .nameless:
            peer.certificate = try world.issue("ps-home") {
                $0.uris = []
                $0.dnsNames = []
            }
        case .serverOnly: peer.certificate = try world.issue("ps-home") { $0.isClient = false }
        case .oldTLS: peer.version = .tlsv12
        case .noALPN: peer.protocols = []
        case .otherALPN: peer.protocols = ["http/1.1"]
        }
        return peer
    }

    @Test(arguments: Stranger.allCases)
    func `a server refuses a stranger with one clear line`(_ stranger: Stranger) async throws {
        let world = try TLSWorld()
        let files = try world.place(try world.issue("mt-home"), "mt-home")
        let peer = try peer(stranger, world)
        let server = try await world.server(world.credentials(files))
        try? await peer.connectUntilClosed(server.address)
        let line = try #require(Self.refusals[stranger])
        try await world.said.wait(for: line)
        #expect(world.said.all.count == 1, "\(world.said.all)")
        await server.drain(grace: .seconds(1))
    }

    @Test func `a server refuses a peer that speaks plaintext`() async throws {
        let world = try TLSWorld()
        let server = try await world.server(try world.credentials("mt-home"))
        try await plainUntilClosed(server.address, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(world.said.all == ["TLS: the peer does not speak TLS"])
        await server.drain(grace: .seconds(1))
    }

    @Test func `a peer that says nothing is dropped`() async throws {
        let world = try TLSWorld()
        let server = try await world.server(try world.credentials("mt-home"), handshakeTimeout: .milliseconds(200))
        try await plainUntilClosed(server.address, "")
        #expect(world.said.all == ["TLS: no handshake within 200 ms"])
        // A beginning is not enough.
        try await plainUntilClosed(server.address, "\u{16}\u{03}\u{01}")
        #expect(world.said.all.count == 2)
        await server.drain(grace: .seconds(1))
    }

    // MARK: - What a client refuses, and is told

    /// The error of a call to a server of this kind.
    private func refusal(
        _ world: TLSWorld, calling id: String = "mt-home", server: RPCServer, as caller: TLSCredentials
    ) async throws -> String {
        let client = world.client(id, at: server.address, caller)
        let error = await failure { _ = try await unary(client, "Unary", [1], timeout: .seconds(10)) }
        client.close()
        await server.drain(grace: .seconds(1))
        #expect(error?.code == .unavailable)
        return error?.message ?? "no error"
    }

    @Test func `a client refuses a server of another authority`() async throws {
        let world = try TLSWorld()
        let other = try Authority(name: "another", now: tlsEnvironment.clock.wallNow())
        let files = try world.place(try world.issue("mt-home", by: other), "mt-home")
        let server = try await world.server(world.credentials(files))
        let message = try await refusal(world, server: server, as: try world.credentials("ps-home"))
        #expect(message.contains("TLS: the certificate of homeward://home/mt-home (serial "))
        #expect(message.contains("is not signed by an authority known here"))
        // The server hears of it by an alert.
        try await world.said.wait(for: "TLS: the peer refused our certificate")
    }

    @Test func `a client refuses a server that is another component`() async throws {
        let world = try TLSWorld()
        let server = try await world.server(try world.credentials("mt-home"))
        let caller = try world.credentials("ps-home")
        let message = try await refusal(world, calling: "mt-cloud", server: server, as: caller)
        #expect(
            message.contains(
                "TLS: mt-cloud was expected there, and the certificate is that of homeward://home/mt-home"))
    }

    @Test func `a client that knows no name to expect says so`() async throws {
        let world = try TLSWorld()
        let server = try await world.server(try world.credentials("mt-home"))
        let client = RPCClient(
            address: server.address, group: tlsGroup, runtime: testRuntime,
            security: .mutualTLS(try world.credentials("ps-home")))
        let error = await failure { _ = try await unary(client, "Unary", [1]) }
        #expect(error?.message.contains("is not said: write name@\(server.address)") == true, "\(error as Any)")
        client.close()
        await server.drain(grace: .seconds(1))
    }

    @Test func `a host's name is what is expected there`() async throws {
        let world = try TLSWorld()
        let issued = try world.issue("mt-home") { $0.dnsNames = ["mt-home", "localhost"] }
        let server = try await world.server(world.credentials(try world.place(issued, "mt-home")))
        guard case .ip(_, let port) = server.address else { throw TLSError("no port") }
        let client = RPCClient(
            address: .ip("localhost", port: port), group: tlsGroup, runtime: testRuntime,
            security: .mutualTLS(try world.credentials("ps-home")))
        same(try await unary(client, "Unary", [4]), [4])
        client.close()
        await server.drain(grace: .seconds(1))
    }

    @Test func `a client refuses a revoked server`() async throws {
        let world = try TLSWorld()
        let issued = try world.issue("mt-home")
        let server = try await world.server(world.credentials(try world.place(issued, "mt-home")))
        let files = try world.place(try world.issue("ps-home"), "ps-home")
        try world.write(files.revoked ?? "", "serial=\(issued.serial.uppercased())  # lost\n")
        let message = try await refusal(world, server: server, as: world.credentials(files))
        #expect(message.contains("is revoked"))
    }

    @Test func `a client that is refused is told when it connects, not in the middle of a call`() async throws {
        let world = try TLSWorld()
        let other = try Authority(name: "another", now: tlsEnvironment.clock.wallNow())
        let server = try await world.server(try world.credentials("mt-home"))
        let files = try world.place(try world.issue("ps-home", by: other), "ps-home")
        let message = try await refusal(world, server: server, as: world.credentials(files))
        #expect(message.contains("cannot connect to mt-home@127.0.0.1"))
        #expect(message.contains("TLS: the peer refused our certificate"))
    }

    @Test func `a call that waits for a connection to its deadline says why TLS made none`() async throws {
        let world = try TLSWorld()
        let server = try await world.server(try world.credentials("mt-home"))
        let other = try Authority(name: "another", now: tlsEnvironment.clock.wallNow())
        let files = try world.place(try world.issue("ps-home", by: other), "ps-home")
        let client = world.client("mt-home", at: server.address, world.credentials(files))
        let error = await failure {
            _ = try await client.start(name("Unary"), CallOptions(timeout: .milliseconds(800), waitForReady: true))
        }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.message.contains("last error: cannot connect to mt-home@127.0.0.1") == true)
        #expect(error?.message.contains("TLS: the peer refused our certificate") == true)
        client.close()
        await server.drain(grace: .seconds(1))
    }

    @Test func `a client refuses a server without TLS 1_3, and one without HTTP2`() async throws {
        let world = try TLSWorld()
        let caller = try world.credentials("ps-home")
        for (peer, line) in [
            (RawPeer(certificate: try world.issue("mt-home"), version: .tlsv12), "does not take TLS 1.3"),
            (RawPeer(certificate: try world.issue("mt-home"), protocols: []), "does not offer HTTP/2"),
        ] {
            let listener = try await peer.listen()
            let port = try #require(listener.localAddress?.port)
            let client = world.client("mt-home", at: .ip("127.0.0.1", port: port), caller)
            let error = await failure { _ = try await unary(client, "Unary", [1], timeout: .seconds(10)) }
            #expect(error?.code == .unavailable && error?.message.contains(line) == true, "\(error as Any)")
            client.close()
            try await listener.close().get()
        }
    }

    @Test func `a client with TLS tells a server without it, and a server with TLS a client without`() async throws {
        let world = try TLSWorld()
        let plain = try await RPCServer.start(
            address: .ip("127.0.0.1", port: 0), services: [echoService], group: tlsGroup, runtime: testRuntime,
            observer: world.observer)
        let message = try await refusal(world, server: plain, as: try world.credentials("ps-home"))
        #expect(message.contains("TLS: the peer does not speak TLS"))
        try await world.said.wait(for: "TLS: the peer speaks TLS, and this side was told to speak plaintext")

        let secured = try await world.server(try world.credentials("mt-home"))
        let client = RPCClient(address: secured.address, group: tlsGroup, runtime: testRuntime)
        let error = await failure { _ = try await unary(client, "Unary", [1], timeout: .seconds(10)) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("the peer speaks TLS") == true, "\(error as Any)")
        client.close()
        await secured.drain(grace: .seconds(1))
    }

    // MARK: - Plaintext

    @Test func `plaintext is neither served nor dialled beyond loopback`() async throws {
        await #expect(throws: NetworkError.self) {
            try await RPCServer.start(
                address: .ip("0.0.0.0", port: 0), services: [echoService], group: tlsGroup, runtime: testRuntime)
        }
        let client = RPCClient(address: .ip("192.0.2.1", port: 7_100), group: tlsGroup, runtime: testRuntime)
        let error = await failure { _ = try await unary(client, "Unary", [1]) }
        #expect(error?.message.contains("plaintext is for loopback addresses only") == true, "\(error as Any)")
        client.close()
    }
}
