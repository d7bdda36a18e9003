// Generated from homeward/vault/v1/audit.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension VaultV1 {
    /// One value of an audit record, by its name.
    public struct AuditFact: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.AuditFact" }

        /// Which, `generation` say.
        public var name: String = ""
        /// For people and for programs.
        public var value: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One record of the audit log. A record is stored in the same transaction as what it tells of; it is never changed and
    /// never removed. Generation tokens, keys and passphrases are in none.
    ///
    /// `hash` is the SHA-256 (FIPS 180-4) of the following bytes, one after the other; integers are big-endian:
    ///
    ///   1. the 17 ASCII bytes `homeward.audit.v1`, then a zero byte
    ///   2. `previous_hash`, 32 bytes
    ///   3. `sequence`, `at_unix_us` (two's complement), `vault_epoch`: 8 bytes each
    ///   4. `store`, `kind`, `item`, `group`, `job`, `step`, `operation`, `person`, `peer`, `request_id`, `text`: of each
    ///      the number of its UTF-8 bytes in 4 bytes, then these bytes
    ///   5. the number of facts in 4 bytes, then of each its name and its value as in 4.
    ///
    /// `previous_hash` is the hash of the record with the sequence before, and 32 zero bytes in record 1. So every record
    /// fixes all before it: whoever keeps the sequence and hash of one (`homeward audit head`) finds out a log that was
    /// rewritten, shortened, or continued from an older copy of the vault's store.
    public struct AuditRecord: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.AuditRecord" }

        /// Place in the log: 1, 2, 3 and so on, without gaps.
        public var sequence: UInt64 = 0
        /// The vault's clock. It may go backwards when the clock was set; `sequence` does not.
        public var atUnixUs: Int64 = 0
        /// Epoch of the vault that wrote it: grows with each start.
        public var vaultEpoch: UInt64 = 0
        /// Incarnation of the store that it was written to: another one after the store was restored from a backup.
        public var store: String = ""
        /// What it tells: `requested`, `refused`, `step-done`, `generation-minted` and so on.
        public var kind: String = ""
        /// `items/{id}`; empty when it is about no single item.
        public var item: String = ""
        /// `groups/{id}`; empty when it is about no replication group.
        public var group: String = ""
        /// `jobs/{id}`; empty when no job did it.
        public var job: String = ""
        /// Step of the job; empty when it is about none.
        public var step: String = ""
        /// The operation, `failover` say.
        public var operation: String = ""
        /// Who asked or decided, as they say; empty when nobody did.
        public var person: String = ""
        /// Who called: the identity that the peer proved, and its address; empty when no call caused it.
        public var peer: String = ""
        /// Id of the request that asked for it; empty when none did.
        public var requestID: String = ""
        /// For people.
        public var text: String = ""
        /// Arguments, gates, evidence, in the order in which they are hashed.
        public var facts: [VaultV1.AuditFact] = []
        /// Hash of the record before.
        public var previousHash: [UInt8] = []
        /// Hash of this record.
        public var hash: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for records of the audit log.
    public struct ListAuditRecordsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListAuditRecordsRequest" }

        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""
        /// Only of this item (`items/{id}`, or the display name) or replication group (`groups/{id}`), with its jobs; empty for
        /// all.
        public var item: String = ""
        /// Only of this job (`jobs/{id}`); empty for all.
        public var job: String = ""
        /// Only at this time or later; 0 for all.
        public var sinceUnixUs: Int64 = 0
        /// Only before this time; 0 for all.
        public var untilUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of the audit log.
    public struct ListAuditRecordsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListAuditRecordsResponse" }

        /// In order of sequence.
        public var records: [VaultV1.AuditRecord] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the end of the audit log.
    public struct GetAuditHeadRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetAuditHeadRequest" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The end of the audit log, to be kept where an intruder of the vault cannot change it.
    public struct AuditHead: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.AuditHead" }

        /// Of the last record; 0 while there is none.
        public var sequence: UInt64 = 0
        /// Hash of the last record.
        public var hash: [UInt8] = []
        /// When it was written.
        public var atUnixUs: Int64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension VaultV1.AuditFact: StructBacked {
    typealias CStruct = Homeward__Vault__V1__AuditFact

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__audit_fact__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.value = arena.string(self.value)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.AuditFact.name")
        self.value = try decodedString(c.pointee.value, "homeward.vault.v1.AuditFact.value")
    }
}

extension VaultV1.AuditRecord: StructBacked {
    typealias CStruct = Homeward__Vault__V1__AuditRecord

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__audit_record__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.sequence = self.sequence
        c.pointee.at_unix_us = self.atUnixUs
        c.pointee.vault_epoch = self.vaultEpoch
        c.pointee.store = arena.string(self.store)
        c.pointee.kind = arena.string(self.kind)
        c.pointee.item = arena.string(self.item)
        c.pointee.group = arena.string(self.group)
        c.pointee.job = arena.string(self.job)
        c.pointee.step = arena.string(self.step)
        c.pointee.operation = arena.string(self.operation)
        c.pointee.person = arena.string(self.person)
        c.pointee.peer = arena.string(self.peer)
        c.pointee.request_id = arena.string(self.requestID)
        c.pointee.text = arena.string(self.text)
        c.pointee.n_facts = self.facts.count
        c.pointee.facts = arena.messages(self.facts)
        c.pointee.previous_hash = arena.bytes(self.previousHash)
        c.pointee.hash = arena.bytes(self.hash)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.sequence = c.pointee.sequence
        self.atUnixUs = c.pointee.at_unix_us
        self.vaultEpoch = c.pointee.vault_epoch
        self.store = try decodedString(c.pointee.store, "homeward.vault.v1.AuditRecord.store")
        self.kind = try decodedString(c.pointee.kind, "homeward.vault.v1.AuditRecord.kind")
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.AuditRecord.item")
        self.group = try decodedString(c.pointee.group, "homeward.vault.v1.AuditRecord.group")
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.AuditRecord.job")
        self.step = try decodedString(c.pointee.step, "homeward.vault.v1.AuditRecord.step")
        self.operation = try decodedString(c.pointee.operation, "homeward.vault.v1.AuditRecord.operation")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.AuditRecord.person")
        self.peer = try decodedString(c.pointee.peer, "homeward.vault.v1.AuditRecord.peer")
        self.requestID = try decodedString(c.pointee.request_id, "homeward.vault.v1.AuditRecord.request_id")
        self.text = try decodedString(c.pointee.text, "homeward.vault.v1.AuditRecord.text")
        self.facts = try decodedMessages(c.pointee.facts, c.pointee.n_facts)
        self.previousHash = decodedBytes(c.pointee.previous_hash)
        self.hash = decodedBytes(c.pointee.hash)
    }
}

extension VaultV1.ListAuditRecordsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListAuditRecordsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_audit_records_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
        c.pointee.item = arena.string(self.item)
        c.pointee.job = arena.string(self.job)
        c.pointee.since_unix_us = self.sinceUnixUs
        c.pointee.until_unix_us = self.untilUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListAuditRecordsRequest.page_token")
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.ListAuditRecordsRequest.item")
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.ListAuditRecordsRequest.job")
        self.sinceUnixUs = c.pointee.since_unix_us
        self.untilUnixUs = c.pointee.until_unix_us
    }
}

extension VaultV1.ListAuditRecordsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListAuditRecordsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_audit_records_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_records = self.records.count
        c.pointee.records = arena.messages(self.records)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.records = try decodedMessages(c.pointee.records, c.pointee.n_records)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListAuditRecordsResponse.next_page_token")
    }
}

extension VaultV1.GetAuditHeadRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetAuditHeadRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_audit_head_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension VaultV1.AuditHead: StructBacked {
    typealias CStruct = Homeward__Vault__V1__AuditHead

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__audit_head__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.sequence = self.sequence
        c.pointee.hash = arena.bytes(self.hash)
        c.pointee.at_unix_us = self.atUnixUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.sequence = c.pointee.sequence
        self.hash = decodedBytes(c.pointee.hash)
        self.atUnixUs = c.pointee.at_unix_us
    }
}
