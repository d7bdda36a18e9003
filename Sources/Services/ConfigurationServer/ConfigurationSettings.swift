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
    /// Longest time a started stale machine may stay powered once it was noticed, seconds (rule G6: 30).
    public var staleMachineSeconds: Int

    public func validate() throws(Failure) {
        _ = try parseAddress(platform)
        _ = try parseAddress(vault)
        guard (1...30).contains(staleMachineSeconds) else {
            throw Failure(.invalidArgument, "setting \"staleMachineSeconds\" must be from 1 to 30")
        }
    }
}
