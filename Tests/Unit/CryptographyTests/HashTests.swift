import Cryptography
import Testing

@Suite struct HashTests {
    /// FIPS 180-4's examples, as NIST's "SHA_All" of its example values lists them.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `the published examples`(_ message: String, _ digest: String) {
        #expect(text(SHA256.hash(message.utf8)) == digest)
    }

    @Test func `pieces make what the whole makes, of any sequence`() {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: 777) { hash.update(bytes[start...].prefix(777)) }
        #expect(hash.finish() == SHA256.hash(bytes))
        #expect(SHA256.hash(sequence(first: UInt8(0)) { $0 < 99 ? $0 + 1 : nil }) == SHA256.hash(Array(0..<100)))
    }

    private func text(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

@Suite struct SignatureTests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    /// RFC 8032 §7.1, test 2.
    private let key = Self.bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    private let publicKey = Self.bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    private let signature = Self.bytes(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")

    @Test func `the example of RFC 8032`() {
        #expect(Ed25519.publicKey(ofPrivate: key) == publicKey)
        #expect(Ed25519.sign([0x72], privateKey: key) == signature)
        #expect(Ed25519.isSignature(signature, of: [0x72], publicKey: publicKey))
    }

    @Test func `one bit more or less is no signature`() {
        var other = signature
        other[40] ^= 1
        #expect(!Ed25519.isSignature(other, of: [0x72], publicKey: publicKey))
        #expect(!Ed25519.isSignature(signature, of: [0x73], publicKey: publicKey))
        #expect(!Ed25519.isSignature(Array(signature.dropLast()), of: [0x72], publicKey: publicKey))
        #expect(!Ed25519.isSignature([], of: [], publicKey: publicKey))
    }

    @Test func `a key of another length is none`() {
        #expect(Ed25519.publicKey(ofPrivate: Array(key.dropLast())) == nil)
        #expect(Ed25519.sign([], privateKey: key + [0]) == nil)
        #expect(!Ed25519.isSignature(signature, of: [0x72], publicKey: publicKey + [0]))
    }
}
