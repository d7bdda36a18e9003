public import Environment

/// `agent.json`: what the site host starts an agent with, `<agent> --config <path>`. Written new at each boot of the
/// machine; a restart of a crashed agent within a boot reads the same file.
public struct AgentConfiguration: MachineFile {
    public static var kind: String { "agent's configuration" }

    public struct Disk: Codable, Hashable, Sendable {
        public var id: String
        /// Position in the machine, from 0. The NBD export is named by the disk's id.
        public var index: Int
        public var bytes: Int64
        /// The bundle's directory.
        public var bundle: String

        public init(id: String, index: Int, bytes: Int64, bundle: String) {
            self.id = id
            self.index = index
            self.bytes = bytes
            self.bundle = bundle
        }
    }

    /// The disks over TCP, besides the unix socket.
    public struct NBDListener: Codable, Hashable, Sendable {
        /// At the agent's own address; 10809 is NBD's.
        public var port: Int
        /// URIs of the certificates whose bearers may use the disks, such as `homeward://home/backup-1`. With TLS, and
        /// only then; without it the agent's address must be a loopback one, and whoever reaches it is let in.
        public var clients: [String]?

        public init(port: Int, clients: [String]? = nil) {
            self.port = port
            self.clients = clients
        }
    }

    /// How the guest is frozen and thawed around an application-consistent point.
    public struct Hooks: Codable, Hashable, Sendable {
        /// A program by its absolute path, and arguments. `freeze` or `thaw` is added as the last one, as QEMU's guest
        /// agent calls its fsfreeze hook. What the call is for stands in its environment: `HOMEWARD_MACHINE`,
        /// `HOMEWARD_ITEM`, `HOMEWARD_GENERATION`, `HOMEWARD_POINT` and `HOMEWARD_HOLD_MS`.
        public var command: [String]
        /// nil: 10,000. A freeze that takes longer is ended, and thawed.
        public var freezeTimeoutMilliseconds: Int?
        /// nil: 10,000.
        public var thawTimeoutMilliseconds: Int?
        /// nil: 10,000. After so long the guest is thawed, whatever became of the point, and of the agent.
        public var longestHoldMilliseconds: Int?

        public init(
            command: [String], freezeTimeoutMilliseconds: Int? = nil, thawTimeoutMilliseconds: Int? = nil,
            longestHoldMilliseconds: Int? = nil
        ) {
            self.command = command
            self.freezeTimeoutMilliseconds = freezeTimeoutMilliseconds
            self.thawTimeoutMilliseconds = thawTimeoutMilliseconds
            self.longestHoldMilliseconds = longestHoldMilliseconds
        }
    }

    public var machine: String
    /// `home` or `cloud`.
    public var site: String
    /// Changes at every power-on of the machine.
    public var bootID: String
    /// The current boot of the host. A grant bound to another one is void.
    public var hostBootID: String
    /// All other files of the machine are found from here.
    public var runDirectory: String
    /// Numeric address that is the agent's own: it dials from it.
    public var address: String
    /// The disks attached to the machine at power-on, by index. Disks attached elsewhere are not in it.
    public var disks: [Disk]
    /// Of a test machine, the unix socket at which its disks are served, as NBD exports of their ids; they have no
    /// bundles then. The agent passes on what its guest does with them, and speaks to nobody else.
    public var branch: String?
    /// The site's configuration server, for a machine without a grant (not protected yet); a grant's one goes first.
    public var configurationServer: EndpointRecord?
    /// True when a person or the host started the machine past every check. The agent judges by its sidecars and the
    /// grant alone, as always; this only explains why there may be no valid grant.
    public var startedUnchecked: Bool
    /// Guest writes are refused under every generation below this number, whatever was taken in place in this boot of
    /// the host: the platform gave up its grants of them. nil: it never did.
    public var fencedBelow: UInt64?
    public var logLevel: String
    /// The agent's certificate and whom it trusts; without it the agent speaks plaintext, on loopback only.
    public var tls: TLSFiles?
    /// nil: the unix socket alone.
    public var nbd: NBDListener?
    /// nil: every point is crash-consistent.
    public var hooks: Hooks?
    /// Microseconds from the end of a background reading of all disks to the next one; nil: a day.
    public var scrubIntervalUs: UInt64?

    public init(
        machine: String, site: String, bootID: String, hostBootID: String, runDirectory: String, address: String,
        disks: [Disk], branch: String? = nil, configurationServer: EndpointRecord? = nil,
        startedUnchecked: Bool = false, fencedBelow: UInt64? = nil, logLevel: String = "info", tls: TLSFiles? = nil,
        nbd: NBDListener? = nil, hooks: Hooks? = nil, scrubIntervalUs: UInt64? = nil
    ) {
        self.machine = machine
        self.site = site
        self.bootID = bootID
        self.hostBootID = hostBootID
        self.runDirectory = runDirectory
        self.address = address
        self.disks = disks
        self.branch = branch
        self.configurationServer = configurationServer
        self.startedUnchecked = startedUnchecked
        self.fencedBelow = fencedBelow
        self.logLevel = logLevel
        self.tls = tls
        self.nbd = nbd
        self.hooks = hooks
        self.scrubIntervalUs = scrubIntervalUs
    }
}

/// `agent.status.json`: published by the agent once it serves its NBD socket, at each change of state, and removed
/// or left behind at its end: a status whose `bootID` or `processID` is not the current one counts for nothing.
public struct AgentStatusFile: MachineFile {
    public static var kind: String { "agent's status" }

    public enum State: String, Codable, Hashable, Sendable {
        /// Opening disks, recovering; the NBD socket does not answer yet.
        case starting
        /// Guest writes are acknowledged.
        case serving
        /// Durably fenced; serves the drain.
        case closed
        /// No authority (no grant, an old one, another host boot): reads are served, writes refused.
        case refusing
        /// Cannot serve; `message` says why.
        case failed
        /// Ended in order: what it acknowledged is synced, and on record for the disks' next owner.
        case ended
    }

    public var machine: String
    public var bootID: String
    public var processID: Int32
    public var state: State
    /// True while `nbd.sock` takes connections.
    public var answers: Bool
    public var generation: GenerationRecord?
    public var message: String
    public var updatedUnixUs: Int64

    public init(
        machine: String, bootID: String, processID: Int32, state: State, answers: Bool,
        generation: GenerationRecord? = nil, message: String = "", updatedUnixUs: Int64
    ) {
        self.machine = machine
        self.bootID = bootID
        self.processID = processID
        self.state = state
        self.answers = answers
        self.generation = generation
        self.message = message
        self.updatedUnixUs = updatedUnixUs
    }
}
