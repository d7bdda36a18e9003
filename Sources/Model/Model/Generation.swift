/// 16 random bytes that tell two generations of the same number apart, when a vault was restored from
/// an older backup and minted a number again.
public struct GenerationToken: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// nil unless exactly 16 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == GenerationToken.byteCount else { return nil }
        self.bytes = bytes
    }

    public var description: String { hexadecimal(bytes) }
}

/// One period of one assignment of roles to an item's copies (rule G1).
///
/// Minted by the vault in the transaction that journals the role change; never reused, never lowered:
/// undo mints a higher one with the old roles. Deliberately not `Comparable`: equal numbers with unlike
/// tokens have no order. Use `judge`.
public struct Generation: Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    public let number: UInt64
    public let token: GenerationToken

    public init(number: UInt64, token: GenerationToken) {
        self.number = number
        self.token = token
    }

    public var description: String { "\(number)/\(token.description.prefix(8))" }
}

/// What a generation says about the copies.
public struct GenerationRoles: Hashable, Sendable {
    /// Where guest writes may be acknowledged, once granted.
    public var activeSite: Site
    /// nil: nothing replicates (COMMITTED, COMMIT_PENDING, DISABLED).
    public var replication: Direction?
    public var processServer: ProcessServerID?
    public var masterTarget: MasterTargetID?
    /// The one older generation whose intervals the master target still takes, until its final seal (G4).
    public var drains: Generation?

    public init(
        activeSite: Site, replication: Direction?, processServer: ProcessServerID? = nil,
        masterTarget: MasterTargetID? = nil, drains: Generation? = nil
    ) {
        self.activeSite = activeSite
        self.replication = replication
        self.processServer = processServer
        self.masterTarget = masterTarget
        self.drains = drains
    }
}

/// A receiver's verdict on the generation of a call.
public enum GenerationVerdict: Hashable, Sendable, CaseIterable {
    /// Act. For an `Assign` that is higher than the stored one: store and sync it first.
    case accept
    /// Lower than the stored one: refuse.
    case stale
    /// Equal number, other token: two vaults minted it. Refuse, stop, raise the alarm.
    case conflict
    /// Higher than the stored one (or none is stored) outside `Assign`: refuse and store nothing.
    case unknown

    public var errorCode: ErrorCode? {
        switch self {
        case .accept: nil
        case .stale: .staleGeneration
        case .conflict: .generationConflict
        case .unknown: .unknownGeneration
        }
    }
}

/// Rule G2, the same at agent, process server, master target, configuration server and site host.
public func judge(stored: Generation?, incoming: Generation, isAssign: Bool) -> GenerationVerdict {
    guard let stored else { return isAssign ? .accept : .unknown }
    if incoming.number == stored.number { return incoming.token == stored.token ? .accept : .conflict }
    if incoming.number < stored.number { return .stale }
    return isAssign ? .accept : .unknown
}
