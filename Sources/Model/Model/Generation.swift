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

/// What a machine copy is allowed to do when it is powered on (rule G5), placed beside its sidecar by the platform.
public struct PowerOnGrant: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Serves its guest; replicates when assigned.
        case active
        /// An isolated copy: never registers, never replicates, reaches no site service.
        case drill
        /// Serves only the drain of a copy that halted undrained: no network, no workload, no guest write.
        case drain
    }

    public var item: ItemID
    public var copy: CopyID
    public var generation: Generation
    /// The platform may restart a crashed guest under the grant during this boot of the host only.
    public var hostBoot: HostBootID
    public var kind: Kind
    /// `host:port`, tried in order.
    public var processServers: [String]
    public var configurationServers: [String]
    public var bootActions: [BootAction]

    public init(
        item: ItemID, copy: CopyID, generation: Generation, hostBoot: HostBootID, kind: Kind,
        processServers: [String] = [], configurationServers: [String] = [], bootActions: [BootAction] = []
    ) {
        self.item = item
        self.copy = copy
        self.generation = generation
        self.hostBoot = hostBoot
        self.kind = kind
        self.processServers = processServers
        self.configurationServers = configurationServers
        self.bootActions = bootActions
    }
}

/// Executed by the guest driver at first boot under a grant and reported back by the guest.
public enum BootAction: Hashable, Sendable {
    /// Windows at failover (seed statement S29).
    case disableVMwareTools
    /// Windows at failback (seed statement S29).
    case enableVMwareTools
    /// Text understood by the guest driver, such as `eth0=192.0.2.7/24 via 192.0.2.1`.
    case staticNetwork(String)
}
