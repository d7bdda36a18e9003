import Authority
import Cryptography
import Environment
import Foundation
import Testing

/// Signed by the lab's authority, judged as by RPCTransport; what peers present there is tried in its own tests.
@Suite struct CertificateTests {
    private let now = WallInstant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    private let authority: Authority
    private let root: Certificate

    init() throws {
        authority = try Authority(name: "an authority", now: now)
        root = try Self.read(authority.certificatePEM)
    }

    private static func read(_ pem: String) throws -> Certificate {
        let lines = pem.split(separator: "\n").dropFirst().dropLast().joined()
        return try Certificate(der: Array(try #require(Data(base64Encoded: lines))))
    }

    private func issue(_ change: (inout CertificateSubject) -> Void = { _ in }) throws -> IssuedCertificate {
        var subject = CertificateSubject(component: "mt-home", site: "home")
        change(&subject)
        return try authority.issue(subject, now: now)
    }

    private func refusal(_ presented: [Certificate], _ authorities: [Certificate]) -> Certificate.Refusal.Kind? {
        do throws(Certificate.Refusal) {
            _ = try Certificate.chain(presented, to: authorities)
            return nil
        } catch { return error.kind }
    }

    @Test func `names, serial and purpose are read`() throws {
        let issued = try issue {
            $0.dnsNames = ["mt-home", "localhost"]
            $0.isClient = false
        }
        let read = try Self.read(issued.certificatePEM)
        #expect(read.uris == ["homeward://home/mt-home"])
        #expect(read.dnsNames == ["mt-home", "localhost"])
        #expect(read.serial.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == issued.serial)
        #expect(read.isMeant(for: .server))
        #expect(!read.isMeant(for: .client))
        #expect(try Certificate.chain([read], to: [root]).map(\.der) == [read.der, root.der])
    }

    @Test func `an authority is found among others of the same name`() throws {
        let others = try (0..<3).map { _ in try Self.read(Authority(name: "an authority", now: now).certificatePEM) }
        let leaf = try Self.read(issue().certificatePEM)
        #expect(refusal([leaf], others) == .unknownAuthority)
        #expect(refusal([leaf], others + [root]) == nil)
        #expect(refusal([leaf], [root] + others) == nil)
        #expect(refusal([leaf], []) == .unknownAuthority)
        #expect(refusal([], [root]) == .unreadable)
    }

    @Test func `a component signs nobody`() throws {
        let component = try issue()
        let impostor = try Authority(certificatePEM: component.certificatePEM, keyPEM: component.keyPEM)
        let forged = try impostor.issue(CertificateSubject(component: "vault", site: "home"), now: now)
        let chain = [try Self.read(forged.certificatePEM), try Self.read(component.certificatePEM)]
        #expect(refusal(chain, [root]) != nil)
        // Trusting the component itself, as who mistakes one file for another would, makes it no authority.
        #expect(refusal(chain, [root, chain[1]]) != nil)
    }

    @Test func `a certificate out of its time is refused`() throws {
        let expired = try Self.read(issue { $0.validUntil = -60 }.certificatePEM)
        let early = try Self.read(issue { $0.validFrom = 3_600 }.certificatePEM)
        #expect(refusal([expired], [root]) == .refused)
        #expect(refusal([early], [root]) == .refused)
    }

    @Test func `a changed byte is never another certificate of ours`() throws {
        let good = try Self.read(issue().certificatePEM)
        for index in good.der.indices {
            var der = good.der
            der[index] ^= 0x10
            guard let changed = try? Certificate(der: der) else { continue }
            #expect(refusal([changed], [root]) != nil, "byte \(index)")
        }
        #expect(throws: Certificate.Refusal.self) { try Certificate(der: good.der + [0]) }
        #expect(throws: Certificate.Refusal.self) { try Certificate(der: Array(good.der.dropLast())) }
    }
}
