// Generated from homeward/backup/v1/backup.proto by protoc-gen-homeward. Do not edit.
public import Messages
public import RPC

/// The methods of `homeward.backup.v1.Backups` as they are named on the wire, with their properties.
public enum BackupsMethods {
    public static let service = "homeward.backup.v1.Backups"
    public static let backUp = MethodDescriptor(MethodName(service: service, method: "BackUp"), .unary, .unknown)
    public static let getBackups = MethodDescriptor(MethodName(service: service, method: "GetBackups"), .unary, .noSideEffects)
    public static let verifyBackup = MethodDescriptor(MethodName(service: service, method: "VerifyBackup"), .unary, .noSideEffects)
    public static let readBackup = MethodDescriptor(MethodName(service: service, method: "ReadBackup"), .unary, .noSideEffects)
    public static let all: [MethodDescriptor] = [backUp, getBackups, verifyBackup, readBackup]
}

/// Makes backups of the store of who serves it, and tells of them. Served by the vault and by the configuration server.
/// The files hold everything that the store holds: who may call this may read all of it.
public protocol BackupsService: Sendable {
    /// Makes one now, verifies it and, of the vault's, pushes a copy to the configuration server. Nothing of the former
    /// ones is touched until it is whole.
    func backUp(_ request: BackupV1.BackUpRequest, _ context: CallContext) async throws -> BackupV1.BackUpResponse
    /// Which there are, how old, and whether the schedule is kept.
    func getBackups(_ request: BackupV1.GetBackupsRequest, _ context: CallContext) async throws -> BackupV1.BackupReport
    /// Restores one aside and compares: checksum, integrity, content. DATA_LOSS when it is not what was written.
    func verifyBackup(_ request: BackupV1.VerifyBackupRequest, _ context: CallContext) async throws -> BackupV1.Backup
    /// A part of one, to take it somewhere else.
    func readBackup(_ request: BackupV1.ReadBackupRequest, _ context: CallContext) async throws -> BackupV1.BackupContent
}

extension BackupsService {
    /// What a server routes calls of `homeward.backup.v1.Backups` by.
    public func bound() -> BoundService {
        BoundService(name: BackupsMethods.service, methods: [
            .unary(BackupsMethods.backUp.name) { try await self.backUp($0, $1) },
            .unary(BackupsMethods.getBackups.name) { try await self.getBackups($0, $1) },
            .unary(BackupsMethods.verifyBackup.name) { try await self.verifyBackup($0, $1) },
            .unary(BackupsMethods.readBackup.name) { try await self.readBackup($0, $1) },
        ])
    }
}

/// Calls `homeward.backup.v1.Backups`; a call that fails throws `RPCError`.
public struct BackupsClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Makes one now, verifies it and, of the vault's, pushes a copy to the configuration server. Nothing of the former
    /// ones is touched until it is whole.
    public func backUp(_ request: BackupV1.BackUpRequest, _ options: CallOptions = CallOptions()) async throws -> BackupV1.BackUpResponse {
        try await channel.unary(BackupsMethods.backUp, request, options)
    }

    /// Which there are, how old, and whether the schedule is kept.
    public func getBackups(_ request: BackupV1.GetBackupsRequest, _ options: CallOptions = CallOptions()) async throws -> BackupV1.BackupReport {
        try await channel.unary(BackupsMethods.getBackups, request, options)
    }

    /// Restores one aside and compares: checksum, integrity, content. DATA_LOSS when it is not what was written.
    public func verifyBackup(_ request: BackupV1.VerifyBackupRequest, _ options: CallOptions = CallOptions()) async throws -> BackupV1.Backup {
        try await channel.unary(BackupsMethods.verifyBackup, request, options)
    }

    /// A part of one, to take it somewhere else.
    public func readBackup(_ request: BackupV1.ReadBackupRequest, _ options: CallOptions = CallOptions()) async throws -> BackupV1.BackupContent {
        try await channel.unary(BackupsMethods.readBackup, request, options)
    }
}

/// The methods of `homeward.backup.v1.BackupKeeping` as they are named on the wire, with their properties.
public enum BackupKeepingMethods {
    public static let service = "homeward.backup.v1.BackupKeeping"
    public static let keepBackup = MethodDescriptor(MethodName(service: service, method: "KeepBackup"), .unary, .unknown)
    public static let all: [MethodDescriptor] = [keepBackup]
}

/// Keeps copies of another component's backups. Served by the configuration server, for the vault.
public protocol BackupKeepingService: Sendable {
    /// Takes one part. Repeating a part is harmless; the former copies stay until the new one is whole.
    func keepBackup(_ request: BackupV1.KeepBackupRequest, _ context: CallContext) async throws -> BackupV1.KeepBackupResponse
}

extension BackupKeepingService {
    /// What a server routes calls of `homeward.backup.v1.BackupKeeping` by.
    public func bound() -> BoundService {
        BoundService(name: BackupKeepingMethods.service, methods: [
            .unary(BackupKeepingMethods.keepBackup.name) { try await self.keepBackup($0, $1) },
        ])
    }
}

/// Calls `homeward.backup.v1.BackupKeeping`; a call that fails throws `RPCError`.
public struct BackupKeepingClient: Sendable {
    private let channel: any Channel

    public init(_ channel: any Channel) { self.channel = channel }

    /// Takes one part. Repeating a part is harmless; the former copies stay until the new one is whole.
    public func keepBackup(_ request: BackupV1.KeepBackupRequest, _ options: CallOptions = CallOptions()) async throws -> BackupV1.KeepBackupResponse {
        try await channel.unary(BackupKeepingMethods.keepBackup, request, options)
    }
}
