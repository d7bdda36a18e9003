public import Backups
public import Hosting
public import Model

/// `configuration-server --config FILE`.
public struct ConfigurationSettings: ConfigurationFile {
    public var service: ServiceSettings
    /// The home platform (vCenter; in a lab the home site host), `host:port`.
    public var platform: String
    /// The vault, `host:port`.
    public var vault: String
    /// File with the passphrase that components register with.
    public var passphraseFile: String
    /// Longest time a started stale machine may stay powered once it was noticed, seconds (rule G6: 30). While the
    /// platform is away for longer it is tried on, less often.
    public var staleMachineSeconds: Int
    /// When backups of its database are made; one an hour without it, of which a day's are kept.
    public var backups: BackupSettings?

    public func validate() throws(Failure) {
        _ = try parseAddress(platform)
        _ = try parseAddress(vault)
        try backups?.validate()
        guard (1...30).contains(staleMachineSeconds) else {
            throw Failure(.invalidArgument, "setting \"staleMachineSeconds\" must be from 1 to 30")
        }
    }
}
