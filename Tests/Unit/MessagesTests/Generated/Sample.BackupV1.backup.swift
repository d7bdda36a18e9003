// Generated from homeward/backup/v1/backup.proto by protoc-gen-homeward. Do not edit.
import Messages

extension BackupV1.Backup: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.store = source.text() }
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.createdUnixUs = source.number() as Int64 }
        if source.fills() { message.ageUs = source.number() as UInt64 }
        if source.fills() { message.sizeBytes = source.number() as UInt64 }
        if source.fills() { message.sha256 = source.bytes() }
        if source.fills() { message.incarnation = source.text() }
        if source.fills() { message.rows = source.number() as UInt64 }
        if source.fills() { message.address = source.text() }
        return message
    }
}

extension BackupV1.StoreBackups: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.store = source.text() }
        if source.fills() { message.keptAt = source.text() }
        message.backups = source.messages { BackupV1.Backup.sample(&$0) }
        if source.fills() { message.everyUs = source.number() as UInt64 }
        if source.fills() { message.keep = source.number() as UInt32 }
        message.damaged = source.array { $0.text() }
        if source.fills() { message.alert = source.text() }
        if source.fills() { message.unknown = source.flag() }
        return message
    }
}

extension BackupV1.BackUpRequest: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.store = source.text() }
        return message
    }
}

extension BackupV1.BackUpResponse: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.backup = BackupV1.Backup.sample(&source)
            source.leave()
        }
        if source.fills() { message.pushedTo = source.text() }
        if source.fills() { message.notPushed = source.text() }
        return message
    }
}

extension BackupV1.GetBackupsRequest: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension BackupV1.BackupReport: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.stores = source.messages { BackupV1.StoreBackups.sample(&$0) }
        return message
    }
}

extension BackupV1.VerifyBackupRequest: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.store = source.text() }
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension BackupV1.ReadBackupRequest: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.store = source.text() }
        if source.fills() { message.name = source.text() }
        if source.fills() { message.offset = source.number() as UInt64 }
        if source.fills() { message.length = source.number() as UInt32 }
        return message
    }
}

extension BackupV1.BackupContent: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.backup = BackupV1.Backup.sample(&source)
            source.leave()
        }
        if source.fills() { message.offset = source.number() as UInt64 }
        if source.fills() { message.content = source.bytes() }
        return message
    }
}

extension BackupV1.KeepBackupRequest: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.source = CommonV1.Endpoint.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.backup = BackupV1.Backup.sample(&source)
            source.leave()
        }
        if source.fills() { message.offset = source.number() as UInt64 }
        if source.fills() { message.content = source.bytes() }
        if source.fills() { message.keep = source.number() as UInt32 }
        if source.fills() { message.vaultEpoch = source.number() as UInt64 }
        return message
    }
}

extension BackupV1.KeepBackupResponse: Sampled {
    static var protoFile: String { "homeward/backup/v1/backup.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.received = source.number() as UInt64 }
        if source.fills() { message.kept = source.flag() }
        return message
    }
}
