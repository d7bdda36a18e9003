import Authority
import Environment
import RPC
import Synchronization
import Testing

@testable import RPCTransport

@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSRotationTests {
    /// The serial that a fresh connection meets at the server, told by its handler's side of things: the caller's.
    private static func whoService(_ seen: Said) -> BoundService {
        BoundService(
            name: "echo.v1.Echo",
            methods: [
                BoundMethod(name("Unary")) { call in
                    seen.add(call.context.identity?.serial ?? "nobody")
                    if let message = try await call.next() { try await call.send(message) }
                },
                BoundMethod(name("Stall")) { _ in try await Task.sleep(for: .seconds(30)) },
            ])
    }

    @Test func `a replaced certificate is used by the next connection, while calls go on`() async throws {
        let world = try TLSWorld()
        let seen = Said()
        let server = try await world.server(
            try world.credentials("mt-home"), services: [Self.whoService(seen)])
        let first = try world.issue("ps-home")
        let files = try world.place(first, "ps-home")
        let credentials = world.credentials(files)
        let before = world.client("mt-home", at: server.address, credentials)
        same(try await unary(before, "Unary", [1]), [1])

        let second = try world.issue("ps-home")
        // A certificate whose key is still the old one: reported once, changes nothing.
        try world.write(files.certificate, second.certificatePEM)
        try await world.said.wait(for: "the files of before are kept: the key in \(files.key) does not belong to")
        let between = world.client("mt-home", at: server.address, credentials)
        same(try await unary(between, "Unary", [2]), [2])
        #expect(Set(seen.all) == [first.serial])

        try world.write(files.key, second.keyPEM)
        try await world.said.wait(for: "serial \(second.serial), 0 revoked")
        let after = world.client("mt-home", at: server.address, credentials)
        same(try await unary(after, "Unary", [3]), [3])
        #expect(seen.all.last == second.serial)
        // Those that are open stay.
        same(try await unary(before, "Unary", [4]), [4])
        #expect(seen.all.last == first.serial)
        let kept = world.said.all.filter { $0.contains("files of before") }
        #expect(kept.count == 1, "\(kept)")
        for client in [before, between, after] { client.close() }
        await server.drain(grace: .seconds(1))
    }

    @Test func `no call fails while both sides change certificates and authority`() async throws {
        let world = try TLSWorld()
        let serving = try world.place(try world.issue("mt-home"), "mt-home")
        let calling = try world.place(try world.issue("ps-home"), "ps-home")
        let server = try await world.server(world.credentials(serving))
        let credentials = world.credentials(calling)
        try await credentials.load()
        let stop = Mutex(false)
        let count = Mutex(0)
        let calls = Task {
            defer { count.withLock { $0 = .max } }
            // Each call over a connection of its own: handshakes all the time.
            while !stop.withLock({ $0 }) {
                let client = world.client("mt-home", at: server.address, credentials)
                same(try await unary(client, "Unary", [7], timeout: .seconds(10)), [7])
                client.close()
                count.withLock { $0 += 1 }
            }
        }
        // The orderly way: trust both authorities, then bear certificates of the new one, then trust it alone.
        let other = try Authority(name: "the next", now: tlsEnvironment.clock.wallNow())
        let both = world.authority.certificatePEM + other.certificatePEM
        for files in [serving, calling] { try world.write(files.authority, both) }
        func settle(_ text: String, times: Int) async throws {
            while world.said.all.filter({ $0.contains(text) }).count < times {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        try await settle("read anew", times: 2)
        let (newServer, newClient) = (try world.issue("mt-home", by: other), try world.issue("ps-home", by: other))
        for (files, issued) in [(serving, newServer), (calling, newClient)] {
            try world.write(files.certificate, issued.certificatePEM)
            try world.write(files.key, issued.keyPEM)
            try await settle("serial \(issued.serial)", times: 1)
        }
        // A handshake under way bears a certificate of before: it is over when the second call from now is.
        let before = count.withLock { $0 }
        while count.withLock({ $0 }) < min(before, .max - 2) + 2 { try await Task.sleep(for: .milliseconds(5)) }
        for files in [serving, calling] { try world.write(files.authority, other.certificatePEM) }
        try await settle("serial \(newServer.serial)", times: 2)
        try await settle("serial \(newClient.serial)", times: 2)
        let client = world.client("mt-home", at: server.address, credentials)
        same(try await unary(client, "Unary", [8]), [8])
        client.close()
        stop.withLock { $0 = true }
        try await calls.value
        await server.drain(grace: .seconds(1))
    }

    @Test func `a revoked peer's open connection is closed, and it gets no other`() async throws {
        let world = try TLSWorld()
        let seen = Said()
        let serving = try world.place(try world.issue("mt-home"), "mt-home")
        let server = try await world.server(
            world.credentials(serving), services: [Self.whoService(seen)])
        let (lost, kept) = (try world.issue("ps-home"), try world.issue("ps-cloud"))
        let revoked = world.client("mt-home", at: server.address, world.credentials(try world.place(lost, "ps-home")))
        let other = world.client("mt-home", at: server.address, world.credentials(try world.place(kept, "ps-cloud")))
        same(try await unary(revoked, "Unary", [1]), [1])
        same(try await unary(other, "Unary", [1]), [1])
        let stalled = try await revoked.start(name("Stall"), CallOptions())
        try await stalled.finishSending()
        let began = ContinuousClock.now
        try world.write(serving.revoked ?? "", "\(lost.serial)\n")
        let error = await failure { _ = try await stalled.next() }
        #expect(error?.code == .unavailable)
        #expect(ContinuousClock.now - began < .seconds(5))
        try await world.said.wait(for: "1 revoked")
        let again = await failure { _ = try await unary(revoked, "Unary", [2]) }
        #expect(again?.message.contains("the peer refused our certificate") == true, "\(again as Any)")
        try await world.said.wait(for: "(serial \(lost.serial)) is revoked")
        same(try await unary(other, "Unary", [2]), [2])
        for client in [revoked, other] { client.close() }
        await server.drain(grace: .seconds(1))
    }

    @Test func `a list of revoked serials that cannot be read changes nothing`() async throws {
        let world = try TLSWorld()
        let serving = try world.place(try world.issue("mt-home"), "mt-home")
        let server = try await world.server(world.credentials(serving))
        try world.write(serving.revoked ?? "", "0a:1B\nnot a serial\n")
        try await world.said.wait(for: "revoked.txt, line 2: not a serial number in hexadecimal")
        try tlsEnvironment.files.remove(serving.revoked ?? "")
        try await world.said.wait(for: "cannot read \(serving.revoked ?? "")")
        let client = world.client("mt-home", at: server.address, try world.credentials("ps-home"))
        same(try await unary(client, "Unary", [1]), [1])
        client.close()
        await server.drain(grace: .seconds(1))
    }

    @Test func `a certificate that ends soon is warned of once, and no more when it was replaced`() async throws {
        let world = try TLSWorld()
        let files = try world.place(try world.issue("ps-home") { $0.validUntil = 3 * 86_400 + 60 }, "ps-home")
        let credentials = world.credentials(files)
        try await credentials.load()
        try await world.said.wait(for: "\(files.certificate) expires at ")
        let fresh = try world.issue("ps-home") { $0.validUntil = 20 * 86_400 }
        try world.write(files.certificate, fresh.certificatePEM)
        try world.write(files.key, fresh.keyPEM)
        try await world.said.wait(for: "serial \(fresh.serial), 0 revoked")
        let short = try world.issue("ps-home") { $0.validUntil = 2 * 3_600 + 60 }
        try world.write(files.certificate, short.certificatePEM)
        try world.write(files.key, short.keyPEM)
        try await world.said.wait(for: "in 2 hours: replace it; no restart is needed")
        let warned = world.said.all.filter { $0.contains("expires at") }
        #expect(warned.count == 2 && warned[0].contains("in 3 days"), "\(warned)")
    }

    @Test func `serial numbers are read as tools print them`() throws {
        let text = "# revoked\n\n  serial=00AB12\n0c:0d:0e # lost\nFF\n0\n"
        #expect(try Revocations.parse(Array(text.utf8), "f") == ["ab12", "c0d0e", "ff", "0"])
        #expect(throws: TLSError.self) { try Revocations.parse(Array(String(repeating: "a", count: 65).utf8), "f") }
    }

    @Test func `unusable files are refused at start, each with its reason and without the key`() async throws {
        let world = try TLSWorld()
        let issued = try world.issue("mt-home")
        let expired = try world.issue("mt-home") { $0.validUntil = -60 }
        let cases: [(String, (TLSFiles) throws -> Void)] = [
            ("holds no certificate in PEM", { try world.write($0.certificate, "nothing") }),
            ("holds no private key", { try world.write($0.key, issued.keyPEM.replacing("BEGIN", with: "BEGUN")) }),
            ("does not belong to the certificate", { try world.write($0.certificate, expired.certificatePEM) }),
            ("holds no certificate in PEM", { try world.write($0.authority, issued.keyPEM) }),
            ("cannot read", { try tlsEnvironment.files.remove($0.key) }),
            (
                "expired at",
                {
                    try world.write($0.certificate, expired.certificatePEM)
                    try world.write($0.key, expired.keyPEM)
                }
            ),
        ]
        let secrets = issued.keyPEM.split(separator: "\n").dropFirst().dropLast()
        for (number, (reason, spoil)) in cases.enumerated() {
            let files = try world.place(issued, "case-\(number)")
            try spoil(files)
            // The certificate of another key must still be in its time.
            if number == 2 { try world.write(files.certificate, try world.issue("mt-home").certificatePEM) }
            do {
                try await world.credentials(files).load()
                Issue.record("case \(number) was accepted")
            } catch {
                let text = "\(error) \(String(reflecting: error))"
                #expect(text.contains(reason), "case \(number): \(text)")
                for secret in secrets { #expect(!text.contains(secret)) }
            }
        }
    }
}
