public import Model

/// `grant.json`: what the machine may do (rule G5). Written and synced by the site host before the answer to
/// PlaceGrant; read by the site host at power-on and by the agent at start. Absent: the machine may do nothing that
/// needs authority, and an agent that has ever held a generation refuses guest writes.
public struct GrantFile: MachineFile {
    public static var kind: String { "grant" }

    public enum Kind: String, Codable, Hashable, Sendable {
        /// Serves guest writes.
        case active
        /// Runs isolated: never registers, never replicates.
        case drill
        /// Serves the drain only; no guest.
        case drain
        /// Serves guest writes in every boot of the host: the item ended, and the machine is an ordinary one again.
        case released
    }

    public var item: String
    public var machine: String
    public var generation: GenerationRecord
    public var kind: Kind
    /// The boot of the host it is bound to; under another one it counts for nothing. That of a released machine says
    /// only when it was placed.
    public var hostBootID: String
    /// Process servers the agent may dial, in order.
    public var processServers: [EndpointRecord]
    /// Where the agent registers; nil for none.
    public var configurationServer: EndpointRecord?
    /// `disable-tools`, `enable-tools`, `configure-network`.
    public var bootActions: [String]
    /// With `configure-network`, and only then.
    public var network: NetworkSettings?
    /// The machine runs on an overlay over its disks until commit.
    public var overlay: Bool
    /// Disks that are left out of the replication: not tracked, and never on an overlay. nil: none.
    public var leftOut: [String]?

    /// Whether it counts in this boot of the host.
    public func isValid(in hostBoot: String) -> Bool { kind == .released || hostBootID == hostBoot }

    public init(
        item: String, machine: String, generation: GenerationRecord, kind: Kind, hostBootID: String,
        processServers: [EndpointRecord] = [], configurationServer: EndpointRecord? = nil,
        bootActions: [String] = [], network: NetworkSettings? = nil, overlay: Bool = false,
        leftOut: [String]? = nil
    ) {
        self.item = item
        self.machine = machine
        self.generation = generation
        self.kind = kind
        self.hostBootID = hostBootID
        self.processServers = processServers
        self.configurationServer = configurationServer
        self.bootActions = bootActions
        self.network = network
        self.overlay = overlay
        self.leftOut = leftOut
    }
}
