import Cryptography
public import Messages
import Model

extension VaultV1.AuditRecord {
    /// Names the form of what is hashed, so that a record of another form can never have the same hash.
    private static let form = Array("homeward.audit.v1".utf8) + [0]

    /// What `hash` is the SHA-256 of; see the comment of `AuditRecord` in `audit.proto`.
    public var canonicalBytes: [UInt8] {
        var out = Self.form + previousHash
        out.append(bigEndian: sequence)
        out.append(bigEndian: UInt64(bitPattern: atUnixUs))
        out.append(bigEndian: vaultEpoch)
        for text in [store, kind, item, group, job, step, operation, person, peer, requestID, self.text] {
            out.append(counted: text)
        }
        out.append(bigEndian: UInt32(clamping: facts.count))
        for fact in facts {
            out.append(counted: fact.name)
            out.append(counted: fact.value)
        }
        return out
    }

    /// The record as it stands at the end of a log that ends with `head`: numbered, and hashed.
    public func chained(after head: AuditChain.Head) -> VaultV1.AuditRecord {
        var record = self
        record.sequence = head.sequence + 1
        record.previousHash = head.hash
        record.hash = SHA256.hash(record.canonicalBytes)
        return record
    }
}

/// Follows an audit log from its first record, or from one whose hash is known, and finds what does not fit.
public struct AuditChain: Sendable {
    /// A record's place and hash: who keeps it finds out a log in which it is another one, or none.
    public struct Head: Hashable, Sendable, CustomStringConvertible {
        public let sequence: UInt64
        public let hash: [UInt8]

        public init(sequence: UInt64, hash: [UInt8]) {
            self.sequence = sequence
            self.hash = hash
        }

        /// `SEQ:HASH`, the hash in hexadecimal; nil for what is not one.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let sequence = UInt64(parts[0]), let hash = octets(parts[1]),
                hash.count == SHA256.byteCount
            else { return nil }
            self.init(sequence: sequence, hash: hash)
        }

        public var description: String { "\(sequence):\(hexadecimal(hash))" }

        /// Before the first record.
        public static let none = Head(sequence: 0, hash: [UInt8](repeating: 0, count: SHA256.byteCount))
    }

    /// The first record that is not as it was written, or that is missing.
    public struct Break: Error, Hashable, Sendable, CustomStringConvertible {
        public let sequence: UInt64
        public let reason: String

        public var description: String { "record \(sequence): \(reason)" }
    }

    /// The last record that fits.
    public private(set) var head: Head
    private let kept: Head?

    /// - keeping: a head of an earlier time, to be met on the way.
    public init(after head: Head = .none, keeping kept: Head? = nil) {
        self.head = head
        self.kept = kept
    }

    /// Takes the next record.
    public mutating func take(_ record: VaultV1.AuditRecord) throws(Break) {
        let next = head.sequence + 1
        guard record.sequence == next else {
            throw Break(sequence: next, reason: "it is missing; the next one there is \(record.sequence)")
        }
        guard record.previousHash == head.hash else {
            throw Break(
                sequence: next,
                reason: "it follows a record with hash \(hexadecimal(record.previousHash)), not the one before it, "
                    + "\(hexadecimal(head.hash))")
        }
        let hash = SHA256.hash(record.canonicalBytes)
        guard record.hash == hash else {
            throw Break(
                sequence: next, reason: "it is not as it was written: its hash is \(hexadecimal(hash)), and "
                    + "\(hexadecimal(record.hash)) is stored")
        }
        if let kept, kept.sequence == next, kept.hash != hash {
            throw Break(
                sequence: next, reason: "it is another one than the kept head \(kept): the log was rewritten, or "
                    + "continued from an older copy")
        }
        head = Head(sequence: next, hash: hash)
    }

    /// After the last record: the log is at least as long as it was when the head was kept.
    public func end() throws(Break) {
        guard let kept, kept.sequence > head.sequence else { return }
        throw Break(
            sequence: head.sequence + 1,
            reason: "it is missing: the log ends at \(head.sequence), and the kept head is \(kept)")
    }
}

private func octets(_ text: Substring) -> [UInt8]? {
    guard text.utf8.count % 2 == 0, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else {
        return nil
    }
    var found: [UInt8] = []
    var rest = text
    while !rest.isEmpty {
        guard let octet = UInt8(rest.prefix(2), radix: 16) else { return nil }
        found.append(octet)
        rest = rest.dropFirst(2)
    }
    return found
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(counted text: String) {
        append(bigEndian: UInt32(clamping: text.utf8.count))
        append(contentsOf: text.utf8)
    }
}
