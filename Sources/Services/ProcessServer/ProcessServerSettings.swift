public import Hosting
public import Model
import Registration

/// `process-server --config FILE`.
public struct ProcessServerSettings: ConfigurationFile {
    public var service: ServiceSettings
    /// Where it registers, `host:port` each: the configuration server and, in the cloud, the vault.
    public var registries: [String]
    /// File with the passphrase of the site.
    public var passphraseFile: String
    /// Where intervals are cached; a directory of its own for each item.
    public var spoolDirectory: String
    /// Bound on all that is cached, bytes. Nothing beyond it is taken from agents: they go on tracking.
    public var spoolBytes: Int64
    /// Left free on the spool's file system for others, bytes.
    public var spoolReserveBytes: Int64
    /// Content that may be held in memory for one item, bytes.
    public var memoryBytes: Int
    /// Whether content that came uncompressed is compressed before it is sent on.
    public var compress: Bool
    /// Aim between common cuts of a replication group, milliseconds, where its relays name none; 5000 when unset.
    public var groupIntervalMilliseconds: Int?
    /// Longest that a common cut may park a member's writes, milliseconds; 50 when unset.
    public var groupLeaseMilliseconds: Int?
    /// Caps on what is taken from agents, by time.
    public var receiveBandwidth: BandwidthSettings?
    /// Caps on what is sent to master targets, by time.
    public var forwardBandwidth: BandwidthSettings?

    public init(
        service: ServiceSettings, registries: [String], passphraseFile: String, spoolDirectory: String,
        spoolBytes: Int64, spoolReserveBytes: Int64 = 64 << 20, memoryBytes: Int = 8 << 20, compress: Bool = true,
        groupIntervalMilliseconds: Int? = nil, groupLeaseMilliseconds: Int? = nil,
        receiveBandwidth: BandwidthSettings? = nil, forwardBandwidth: BandwidthSettings? = nil
    ) {
        self.service = service
        self.registries = registries
        self.passphraseFile = passphraseFile
        self.spoolDirectory = spoolDirectory
        self.spoolBytes = spoolBytes
        self.spoolReserveBytes = spoolReserveBytes
        self.memoryBytes = memoryBytes
        self.compress = compress
        self.groupIntervalMilliseconds = groupIntervalMilliseconds
        self.groupLeaseMilliseconds = groupLeaseMilliseconds
        self.receiveBandwidth = receiveBandwidth
        self.forwardBandwidth = forwardBandwidth
    }

    /// Two of the smallest segments for a single item.
    static let smallestSpool: Int64 = 8 << 20
    /// The largest chunk, twice.
    static let smallestMemory = 2 << 20

    var registration: RegistrationSettings {
        RegistrationSettings(registries: registries, passphraseFile: passphraseFile)
    }

    var groupLimits: GroupLimits {
        var limits = GroupLimits()
        if let groupIntervalMilliseconds { limits.interval = .milliseconds(groupIntervalMilliseconds) }
        if let groupLeaseMilliseconds { limits.lease = .milliseconds(groupLeaseMilliseconds) }
        return limits
    }

    var receiveSchedule: BandwidthSchedule {
        get throws(Failure) { try BandwidthSchedule(receiveBandwidth, named: "receiveBandwidth") }
    }

    var forwardSchedule: BandwidthSchedule {
        get throws(Failure) { try BandwidthSchedule(forwardBandwidth, named: "forwardBandwidth") }
    }

    public func validate() throws(Failure) {
        _ = try (receiveSchedule, forwardSchedule)
        try registration.validate()
        guard spoolBytes >= Self.smallestSpool, spoolReserveBytes >= 0 else {
            throw Failure(.invalidArgument, "setting \"spoolBytes\" must be at least \(Self.smallestSpool)")
        }
        guard memoryBytes >= Self.smallestMemory else {
            throw Failure(.invalidArgument, "setting \"memoryBytes\" must be at least \(Self.smallestMemory)")
        }
        guard (100...86_400_000).contains(groupIntervalMilliseconds ?? 100) else {
            throw Failure(.invalidArgument, "setting \"groupIntervalMilliseconds\" (100 to 86400000)")
        }
        guard (1...1_000).contains(groupLeaseMilliseconds ?? 1) else {
            throw Failure(.invalidArgument, "setting \"groupLeaseMilliseconds\" (1 to 1000)")
        }
    }
}
