public import Hosting
public import Model
import Store

/// When backups of a component's store are made, and where they lie.
public struct BackupSettings: Codable, Hashable, Sendable {
    /// Between two backups, seconds. After twice this without one an alert is raised.
    public var everySeconds: Int
    /// Newest ones that are kept.
    public var keep: Int
    /// Absolute path of their directory; `backups` in the state directory without it. One on another disk survives the
    /// loss of this one.
    public var directory: String?

    public init(everySeconds: Int = 3_600, keep: Int = 24, directory: String? = nil) {
        self.everySeconds = everySeconds
        self.keep = keep
        self.directory = directory
    }

    public func validate() throws(Failure) {
        guard (1...604_800).contains(everySeconds) else {
            throw Failure(.invalidArgument, "setting \"backups.everySeconds\" must be from 1 s to a week")
        }
        guard (1...BackupFolder.mostKept).contains(keep) else {
            throw Failure(.invalidArgument, "setting \"backups.keep\" must be from 1 to \(BackupFolder.mostKept)")
        }
        if let directory, !directory.hasPrefix("/") {
            throw Failure(.invalidArgument, "setting \"backups.directory\" has \"\(directory)\", not an absolute path")
        }
    }

    public func directory(of service: ServiceSettings) -> String { directory ?? service.stateDirectory + "/backups" }
}
