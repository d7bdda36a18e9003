public import Backups
public import Hosting
public import Model

/// `vault-orchestrator --config FILE`.
public struct VaultSettings: ConfigurationFile {
    public var service: ServiceSettings
    /// The cloud's compute platform (in a lab the cloud site host), `host:port`.
    public var platform: String
    /// File with the passphrase that cloud-side components register with.
    public var passphraseFile: String
    /// The configuration server, `host:port`; normally learned from its own link, so it may be left out.
    public var configurationServer: String?
    /// A component that was not heard for longer counts as away, microseconds.
    public var heartbeatLimitUs: UInt64
    /// What replicates over a process server that was not heard for so long is moved to another one of its site,
    /// microseconds; two minutes without it, 0 for never.
    public var switchProcessServerAfterUs: UInt64?
    /// Aim between recovery points of an item that names none, microseconds.
    public var defaultIntervalUs: UInt64
    /// How long a machine that was failed over is expected to run until its commit, microseconds: what it writes until
    /// then must fit beside its disks (gate `OVERLAY_SPACE`). A day without it.
    public var timeUntilCommitUs: UInt64?
    /// How long a failover to the latest state waits for the source's last interval before it asks a person,
    /// microseconds; five minutes without it.
    public var drainLimitUs: UInt64?
    /// When backups of its store are made; one an hour without it, of which a day's are kept.
    public var backups: BackupSettings?
    /// Absolute path of the directory with the scripts of recovery plans; without it none is run. Whoever may write
    /// there runs programs as the vault's user.
    public var scriptsDirectory: String?
    /// What callers may do beyond operating items, by the `homeward://<site>/<component>` of their certificates:
    /// `state-death`, `waive`, `resolve`, `reconcile`. Absent: every caller may do all of it. Whoever is not named may
    /// do none.
    public var permissions: [String: [String]]?

    public init(
        service: ServiceSettings, platform: String, passphraseFile: String, configurationServer: String? = nil,
        heartbeatLimitUs: UInt64 = 10_000_000, switchProcessServerAfterUs: UInt64? = nil,
        defaultIntervalUs: UInt64 = 5_000_000, timeUntilCommitUs: UInt64? = nil, drainLimitUs: UInt64? = nil,
        backups: BackupSettings? = nil, scriptsDirectory: String? = nil, permissions: [String: [String]]? = nil
    ) {
        self.service = service
        self.platform = platform
        self.passphraseFile = passphraseFile
        self.configurationServer = configurationServer
        self.heartbeatLimitUs = heartbeatLimitUs
        self.switchProcessServerAfterUs = switchProcessServerAfterUs
        self.defaultIntervalUs = defaultIntervalUs
        self.timeUntilCommitUs = timeUntilCommitUs
        self.drainLimitUs = drainLimitUs
        self.backups = backups
        self.scriptsDirectory = scriptsDirectory
        self.permissions = permissions
    }

    public func validate() throws(Failure) {
        guard try service.siteValue() == .cloud else {
            throw Failure(.invalidArgument, "the vault orchestrator stands at the recovery site: set \"site\" to cloud")
        }
        try backups?.validate()
        try checkPermissions()
        _ = try parseAddress(platform)
        if let configurationServer { _ = try parseAddress(configurationServer) }
        if let scriptsDirectory, !scriptsDirectory.hasPrefix("/") {
            throw Failure(.invalidArgument, "setting \"scriptsDirectory\" must be an absolute path")
        }
        guard (1_000_000...600_000_000).contains(heartbeatLimitUs) else {
            throw Failure(.invalidArgument, "setting \"heartbeatLimitUs\" must be from 1 s to 10 min")
        }
        let patience = switchProcessServerAfterUs ?? 0
        guard patience == 0 || (2_000_000...86_400_000_000).contains(patience) else {
            throw Failure(
                .invalidArgument, "setting \"switchProcessServerAfterUs\" must be 0 for never, or from 2 s to 1 day")
        }
        guard (60_000_000...7_776_000_000_000).contains(timeUntilCommitUs ?? usualTimeUntilCommitUs) else {
            throw Failure(.invalidArgument, "setting \"timeUntilCommitUs\" must be from 1 min to 90 days")
        }
        guard (1_000_000...86_400_000_000).contains(drainLimitUs ?? 1_000_000) else {
            throw Failure(.invalidArgument, "setting \"drainLimitUs\" must be from 1 s to 1 day")
        }
        guard (100_000...3_600_000_000).contains(defaultIntervalUs) else {
            throw Failure(.invalidArgument, "setting \"defaultIntervalUs\" must be from 100 ms to 1 h")
        }
    }
}

extension VaultSettings {
    /// How long a process server may be silent before what it relays is moved; nil for ever.
    var processServerPatience: Duration? {
        guard let set = switchProcessServerAfterUs else { return .seconds(120) }
        return set == 0 ? nil : .microseconds(Int64(set))
    }

    var drainLimit: Duration { drainLimitUs.map { .microseconds(Int64($0)) } ?? .seconds(300) }
}

/// How long the vault waits for one answer. A call that is not answered in this time is an unknown outcome, which the
/// step looks up or asks for again with the same key.
enum Patience {
    /// Reads for a gate or a listing: a person waits for them.
    static let read: Duration = .seconds(5)
    /// An effect at a component: files moved and synced, a machine started.
    static let effect: Duration = .seconds(60)
    /// A guest may take this long to stop by itself before it is stopped by force.
    static let gracefulStop: Duration = .seconds(20)
    /// Moves and merges answer within this, or are asked for again.
    static let long: Duration = .seconds(300)
    /// One attempt of a step that polls; the next attempt goes on.
    static let pollWindow: Duration = .seconds(30)
}

/// Pauses between looks at something that takes its time: short at first, since most is over soon, and long enough
/// later to cost a component nothing.
struct PollPauses {
    private static let longest: Duration = .milliseconds(500)
    private var following: Duration = .milliseconds(20)

    mutating func next() -> Duration {
        defer { following = min(following * 2, Self.longest) }
        return following
    }
}
