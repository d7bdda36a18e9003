import Blocks
import Environment
import Model
import Simulation
import Testing

@testable import FailbackCertificates

/// A certificate is believed as it was signed, by the key that was kept, for the disk that was handed over; else not.
@Suite struct CertificateTests {
    @Test func `what was signed is read back`() throws {
        try withWorld { world in
            let read = try SignedCertificate.verify(world.text, key: world.key.publicKey)
            #expect(read == world.certificate)
            #expect(world.certificate.objections.isEmpty)
        }
    }

    @Test func `a change of any character is found, or changes nothing`() throws {
        try withWorld { world in
            for place in world.text.indices {
                var changed = world.text
                changed[place] = changed[place] == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")
                // White space, and the hint which key it was, are no part of what is said.
                guard let read = try? SignedCertificate.verify(changed, key: world.key.publicKey) else { continue }
                #expect(read == world.certificate, "byte \(place)")
            }
        }
    }

    @Test func `another vault's key does not verify it`() throws {
        try withWorld { world in
            let other = try SigningKey(keptIn: "\(world.directory)/other.pem", world.files, random: world.random)
            #expect(throws: Failure.self) { try SignedCertificate.verify(world.text, key: other.publicKey) }
        }
    }

    @Test func `a key is kept, and read back as the same`() throws {
        try withWorld { world in
            let again = try SigningKey(keptIn: world.keyPath, world.files, random: world.random)
            #expect(again.publicKey.pem == world.key.publicKey.pem)
            let read = try SigningKey.Public(pem: Array(again.publicKey.pem.utf8))
            #expect(read.id == world.key.publicKey.id)
        }
    }

    @Test func `a damaged key is refused and left as it is`() throws {
        try withWorld { world in
            var bytes = try world.files.readAll(world.keyPath)
            bytes[40] = UInt8(ascii: "!")
            try world.files.replace(world.keyPath, with: bytes)
            #expect(throws: Failure.self) {
                try SigningKey(keptIn: world.keyPath, world.files, random: world.random)
            }
            #expect(try world.files.readAll(world.keyPath) == bytes)
        }
    }

    @Test func `the disk that was handed over fits, and one with a bit turned does not`() throws {
        try withWorld { world in
            try world.certificate.verify(disk: "d", in: world.disk, world.files)
            let file = try world.files.open(world.disk, .readWrite)
            defer { file.close() }
            var sector = try file.read(1, at: world.size - 1)
            sector[0] ^= 1
            try file.write(sector, at: world.size - 1)
            #expect(throws: Failure.self) { try world.certificate.verify(disk: "d", in: world.disk, world.files) }
        }
    }

    @Test func `a shorter disk and an unknown disk are refused`() throws {
        try withWorld { world in
            #expect(throws: Failure.self) { try world.certificate.verify(disk: "e", in: world.disk, world.files) }
            let file = try world.files.open(world.disk, .readWrite)
            try file.truncate(to: world.size - 512)
            file.close()
            #expect(throws: Failure.self) { try world.certificate.verify(disk: "d", in: world.disk, world.files) }
        }
    }

    @Test func `roots that differ, or are missing, are objections`() throws {
        try withWorld { world in
            var certificate = world.certificate
            certificate.disks[0].sourceRoot = nil
            #expect(certificate.objections == ["disk d: the source stated no root"])
            certificate.disks[0].sourceRoot = "00"
            #expect(certificate.objections.count == 1)
        }
    }

    @Test func `anything else is no certificate`() throws {
        try withWorld { world in
            let key = world.key.publicKey
            for text in ["", "{}", "null", "[]", String(repeating: "x", count: SignedCertificate.largest + 1)] {
                #expect(throws: Failure.self) { try SignedCertificate.verify(Array(text.utf8), key: key) }
            }
        }
    }
}

/// A disk of an odd size with content and a hole, its certificate, and the key that signed it.
private struct World: Sendable {
    let files: any FileSystem
    let random: any RandomSource
    let directory = "/certificates"
    let keyPath: String
    let disk: String
    let size: Int64 = 3 << 20 | 512
    let key: SigningKey
    let certificate: FailbackCertificate
    let text: [UInt8]

    init(_ environment: Environment) throws {
        files = environment.files
        random = environment.random
        keyPath = "\(directory)/key.pem"
        disk = "\(directory)/disk.raw"
        key = try SigningKey(keptIn: keyPath, files, random: random)
        let file = try files.open(disk, .create)
        defer { file.close() }
        try file.truncate(to: size)
        let content = random.bytes(1 << 16)
        try file.write(content, at: 1 << 20)
        let geometry = DiskGeometry(size: size)
        let whole = try file.read(Int(size), at: 0)
        let root = hexadecimal(DigestTree.root(geometry: geometry, leaves: BlockDigest.each(of: whole, from: 0)).bytes)
        certificate = FailbackCertificate(
            item: "item-1", displayName: "web", machine: "web", source: "web-cloud", job: "job-1", jobEndedUnixUs: 7,
            generation: 4, point: .init(9, cutUnixUs: 5, kind: "crash-consistent", final: true), mode: "delta",
            verifiedBlocks: 3, disks: [.init(id: "d", bytes: UInt64(size), sourceRoot: root, targetRoot: root)])
        text = Array(try SignedCertificate(certificate, by: key).text.utf8)
    }
}

private func withWorld(_ body: @escaping @Sendable (World) throws -> Void) throws {
    try SimulatedWorld(seed: 5).perform { try body(try World($0)) }
}
