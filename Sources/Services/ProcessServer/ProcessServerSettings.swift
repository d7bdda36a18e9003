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

    public init(
        service: ServiceSettings, registries: [String], passphraseFile: String, spoolDirectory: String,
        spoolBytes: Int64, spoolReserveBytes: Int64 = 64 << 20, memoryBytes: Int = 8 << 20, compress: Bool = true
    ) {
        self.service = service
        self.registries = registries
        self.passphraseFile = passphraseFile
        self.spoolDirectory = spoolDirectory
        self.spoolBytes = spoolBytes
        self.spoolReserveBytes = spoolReserveBytes
        self.memoryBytes = memoryBytes
        self.compress = compress
    }

    /// Two of the smallest segments for a single item.
    static let smallestSpool: Int64 = 8 << 20
    /// The largest chunk, twice.
    static let smallestMemory = 2 << 20

    var registration: RegistrationSettings {
        RegistrationSettings(registries: registries, passphraseFile: passphraseFile)
    }

    public func validate() throws(Failure) {
        try registration.validate()
        guard spoolBytes >= Self.smallestSpool, spoolReserveBytes >= 0 else {
            throw Failure(.invalidArgument, "setting \"spoolBytes\" must be at least \(Self.smallestSpool)")
        }
        guard memoryBytes >= Self.smallestMemory else {
            throw Failure(.invalidArgument, "setting \"memoryBytes\" must be at least \(Self.smallestMemory)")
        }
    }
}
