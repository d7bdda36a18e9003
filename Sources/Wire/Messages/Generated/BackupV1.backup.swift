// Generated from homeward/backup/v1/backup.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension BackupV1 {
    /// One backup that is whole.
    public struct Backup: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.Backup" }

        /// Name of its file without the ending, `vault-00000012-20261122T001203Z`: store, number and time. Names of one store
        /// sort by age.
        public var name: String = ""
        /// The store that it is of: `vault` or `configuration-server`.
        public var store: String = ""
        /// Grows with every backup of a store.
        public var number: UInt64 = 0
        /// When its copy was made, on the clock of who made it.
        public var createdUnixUs: Int64 = 0
        /// Time since then.
        public var ageUs: UInt64 = 0
        /// Size of the file.
        public var sizeBytes: UInt64 = 0
        /// Of the whole file.
        public var sha256: [UInt8] = []
        /// The life of the database that it is a copy of. Set by `VerifyBackup` and by who made it.
        public var incarnation: String = ""
        /// Rows in all tables. Set by `VerifyBackup` and by who made it.
        public var rows: UInt64 = 0
        /// The address that the configuration server had; a restore is refused at another one. Set by `VerifyBackup`, empty of
        /// the vault's.
        public var address: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Backups of one store at one place, and whether its schedule is kept.
    public struct StoreBackups: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.StoreBackups" }

        /// The store: `vault` or `configuration-server`.
        public var store: String = ""
        /// The component that keeps these files: its id.
        public var keptAt: String = ""
        /// Newest first.
        public var backups: [BackupV1.Backup] = []
        /// Time between two backups; 0 when there is no schedule.
        public var everyUs: UInt64 = 0
        /// Newest ones that are kept.
        public var keep: UInt32 = 0
        /// Files that lie there and are no whole backup: what is wrong with each. They are left where they are.
        public var damaged: [String] = []
        /// What needs a person: a backup that is overdue or failed, and why. Empty while all is well.
        public var alert: String = ""
        /// True when this place could not be asked; `alert` says why, and nothing else is known.
        public var unknown: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a backup now.
    public struct BackUpRequest: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.BackUpRequest" }

        /// The store: `vault` or `configuration-server`. Empty for the store of who is asked.
        public var store: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Made and verified.
    public struct BackUpResponse: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.BackUpResponse" }

        /// The backup.
        public var backup: BackupV1.Backup?
        /// The component that keeps a second copy; empty when there is none.
        public var pushedTo: String = ""
        /// Why there is no second copy, where one is wanted. The backup itself is whole.
        public var notPushed: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks which backups there are.
    public struct GetBackupsRequest: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.GetBackupsRequest" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// All places that the answering component knows of.
    public struct BackupReport: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.BackupReport" }

        /// The vault tells of its own, of its copies at the configuration server, and of the configuration server's own; the
        /// configuration server of what it keeps.
        public var stores: [BackupV1.StoreBackups] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks to restore a backup aside once more.
    public struct VerifyBackupRequest: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.VerifyBackupRequest" }

        /// The store.
        public var store: String = ""
        /// Its name; empty for the newest.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a part of a backup's file.
    public struct ReadBackupRequest: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.ReadBackupRequest" }

        /// The store.
        public var store: String = ""
        /// Its name; empty for the newest.
        public var name: String = ""
        /// First byte.
        public var offset: UInt64 = 0
        /// At most this many bytes; 0, and more than 1 MiB, mean 1 MiB.
        public var length: UInt32 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A part of a backup's file.
    public struct BackupContent: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.BackupContent" }

        /// The backup. Asking on by its name gives parts of the same file, or NOT_FOUND once it was replaced by newer ones.
        public var backup: BackupV1.Backup?
        /// Where the content begins.
        public var offset: UInt64 = 0
        /// Bytes; empty at the end of the file.
        public var content: [UInt8] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A part of a backup that is pushed.
    public struct KeepBackupRequest: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.KeepBackupRequest" }

        /// Who made it: the id of the vault.
        public var source: CommonV1.Endpoint?
        /// The backup: name, store, size and checksum; the same in every part.
        public var backup: BackupV1.Backup?
        /// Where the content begins.
        public var offset: UInt64 = 0
        /// At most 1 MiB; empty to ask how much is there.
        public var content: [UInt8] = []
        /// Newest ones to keep, at most 100.
        public var keep: UInt32 = 0
        /// The epoch in which the vault acts. One below what was seen before is refused: that vault was succeeded by another.
        public var vaultEpoch: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// How far it came.
    public struct KeepBackupResponse: WireMessage {
        public static var protobufName: String { "homeward.backup.v1.KeepBackupResponse" }

        /// Bytes that are there; the next part begins here, whatever the last one was.
        public var received: UInt64 = 0
        /// True once it is whole: checksum compared, restored aside, durable, and older ones beyond `keep` removed.
        public var kept: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension BackupV1.Backup: StructBacked {
    typealias CStruct = Homeward__Backup__V1__Backup

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__backup__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.store = arena.string(self.store)
        c.pointee.number = self.number
        c.pointee.created_unix_us = self.createdUnixUs
        c.pointee.age_us = self.ageUs
        c.pointee.size_bytes = self.sizeBytes
        c.pointee.sha256 = arena.bytes(self.sha256)
        c.pointee.incarnation = arena.string(self.incarnation)
        c.pointee.rows = self.rows
        c.pointee.address = arena.string(self.address)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.backup.v1.Backup.name")
        self.store = try decodedString(c.pointee.store, "homeward.backup.v1.Backup.store")
        self.number = c.pointee.number
        self.createdUnixUs = c.pointee.created_unix_us
        self.ageUs = c.pointee.age_us
        self.sizeBytes = c.pointee.size_bytes
        self.sha256 = decodedBytes(c.pointee.sha256)
        self.incarnation = try decodedString(c.pointee.incarnation, "homeward.backup.v1.Backup.incarnation")
        self.rows = c.pointee.rows
        self.address = try decodedString(c.pointee.address, "homeward.backup.v1.Backup.address")
    }
}

extension BackupV1.StoreBackups: StructBacked {
    typealias CStruct = Homeward__Backup__V1__StoreBackups

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__store_backups__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.store = arena.string(self.store)
        c.pointee.kept_at = arena.string(self.keptAt)
        c.pointee.n_backups = self.backups.count
        c.pointee.backups = arena.messages(self.backups)
        c.pointee.every_us = self.everyUs
        c.pointee.keep = self.keep
        c.pointee.n_damaged = self.damaged.count
        c.pointee.damaged = arena.strings(self.damaged)
        c.pointee.alert = arena.string(self.alert)
        c.pointee.unknown = self.unknown ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.store = try decodedString(c.pointee.store, "homeward.backup.v1.StoreBackups.store")
        self.keptAt = try decodedString(c.pointee.kept_at, "homeward.backup.v1.StoreBackups.kept_at")
        self.backups = try decodedMessages(c.pointee.backups, c.pointee.n_backups)
        self.everyUs = c.pointee.every_us
        self.keep = c.pointee.keep
        self.damaged = try decodedStrings(c.pointee.damaged, c.pointee.n_damaged, "homeward.backup.v1.StoreBackups.damaged")
        self.alert = try decodedString(c.pointee.alert, "homeward.backup.v1.StoreBackups.alert")
        self.unknown = c.pointee.unknown != 0
    }
}

extension BackupV1.BackUpRequest: StructBacked {
    typealias CStruct = Homeward__Backup__V1__BackUpRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__back_up_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.store = arena.string(self.store)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.store = try decodedString(c.pointee.store, "homeward.backup.v1.BackUpRequest.store")
    }
}

extension BackupV1.BackUpResponse: StructBacked {
    typealias CStruct = Homeward__Backup__V1__BackUpResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__back_up_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.backup {
            c.pointee.backup = arena.message(value)
        }
        c.pointee.pushed_to = arena.string(self.pushedTo)
        c.pointee.not_pushed = arena.string(self.notPushed)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.backup {
            self.backup = try BackupV1.Backup(value)
        }
        self.pushedTo = try decodedString(c.pointee.pushed_to, "homeward.backup.v1.BackUpResponse.pushed_to")
        self.notPushed = try decodedString(c.pointee.not_pushed, "homeward.backup.v1.BackUpResponse.not_pushed")
    }
}

extension BackupV1.GetBackupsRequest: StructBacked {
    typealias CStruct = Homeward__Backup__V1__GetBackupsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__get_backups_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension BackupV1.BackupReport: StructBacked {
    typealias CStruct = Homeward__Backup__V1__BackupReport

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__backup_report__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_stores = self.stores.count
        c.pointee.stores = arena.messages(self.stores)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.stores = try decodedMessages(c.pointee.stores, c.pointee.n_stores)
    }
}

extension BackupV1.VerifyBackupRequest: StructBacked {
    typealias CStruct = Homeward__Backup__V1__VerifyBackupRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__verify_backup_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.store = arena.string(self.store)
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.store = try decodedString(c.pointee.store, "homeward.backup.v1.VerifyBackupRequest.store")
        self.name = try decodedString(c.pointee.name, "homeward.backup.v1.VerifyBackupRequest.name")
    }
}

extension BackupV1.ReadBackupRequest: StructBacked {
    typealias CStruct = Homeward__Backup__V1__ReadBackupRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__read_backup_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.store = arena.string(self.store)
        c.pointee.name = arena.string(self.name)
        c.pointee.offset = self.offset
        c.pointee.length = self.length
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.store = try decodedString(c.pointee.store, "homeward.backup.v1.ReadBackupRequest.store")
        self.name = try decodedString(c.pointee.name, "homeward.backup.v1.ReadBackupRequest.name")
        self.offset = c.pointee.offset
        self.length = c.pointee.length
    }
}

extension BackupV1.BackupContent: StructBacked {
    typealias CStruct = Homeward__Backup__V1__BackupContent

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__backup_content__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.backup {
            c.pointee.backup = arena.message(value)
        }
        c.pointee.offset = self.offset
        c.pointee.content = arena.bytes(self.content)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.backup {
            self.backup = try BackupV1.Backup(value)
        }
        self.offset = c.pointee.offset
        self.content = decodedBytes(c.pointee.content)
    }
}

extension BackupV1.KeepBackupRequest: StructBacked {
    typealias CStruct = Homeward__Backup__V1__KeepBackupRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__keep_backup_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.source {
            c.pointee.source = arena.message(value)
        }
        if let value = self.backup {
            c.pointee.backup = arena.message(value)
        }
        c.pointee.offset = self.offset
        c.pointee.content = arena.bytes(self.content)
        c.pointee.keep = self.keep
        c.pointee.vault_epoch = self.vaultEpoch
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.source {
            self.source = try CommonV1.Endpoint(value)
        }
        if let value = c.pointee.backup {
            self.backup = try BackupV1.Backup(value)
        }
        self.offset = c.pointee.offset
        self.content = decodedBytes(c.pointee.content)
        self.keep = c.pointee.keep
        self.vaultEpoch = c.pointee.vault_epoch
    }
}

extension BackupV1.KeepBackupResponse: StructBacked {
    typealias CStruct = Homeward__Backup__V1__KeepBackupResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__backup__v1__keep_backup_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.received = self.received
        c.pointee.kept = self.kept ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.received = c.pointee.received
        self.kept = c.pointee.kept != 0
    }
}
