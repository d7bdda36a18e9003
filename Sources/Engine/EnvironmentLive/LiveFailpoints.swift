public import Environment
import Glibc
import Synchronization

/// Failpoints of a real process, armed by configuration: `store.commit.after=3,file.sync.before=1:stop`
/// kills the process (SIGKILL) the third time the first point is reached and stops it (SIGSTOP) the first
/// time the second one is.
public final class LiveFailpoints: Failpoints {
    public struct Arming: Hashable, Sendable {
        public enum Action: Hashable, Sendable { case kill, stop }

        public let name: String
        /// 1 means the first time the point is reached.
        public let count: Int
        public let action: Action
    }

    public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
        public let entry: String
        public var description: String { "failpoint '\(entry)': expected name=count or name=count:stop" }
    }

    /// In configuration order.
    public let armed: [Arming]
    private let reached = Mutex<[String: Int]>([:])

    public init(configuration: String) throws(ConfigurationError) {
        var armed: [Arming] = []
        for entry in configuration.split(separator: ",") {
            armed.append(try Self.parse(entry))
        }
        self.armed = armed
    }

    /// Reads the configuration from an environment variable; an unset variable arms nothing.
    public convenience init(environmentVariable name: String) throws(ConfigurationError) {
        try self.init(configuration: getenv(name).map { String(cString: $0) } ?? "")
    }

    public func reach(_ name: String) {
        guard !armed.isEmpty else { return }
        let count = reached.withLock { counts in
            counts[name, default: 0] += 1
            return counts[name, default: 0]
        }
        for arming in armed where arming.name == name && arming.count == count {
            switch arming.action {
            case .kill: kill(getpid(), SIGKILL)
            case .stop: kill(getpid(), SIGSTOP)
            }
        }
    }

    private static func parse(_ entry: Substring) throws(ConfigurationError) -> Arming {
        let sides = entry.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2, !sides[0].isEmpty else { throw ConfigurationError(entry: String(entry)) }
        let value = sides[1].split(separator: ":", omittingEmptySubsequences: false)
        guard let count = Int(value[0]), count > 0, value.count <= 2 else {
            throw ConfigurationError(entry: String(entry))
        }
        let action: Arming.Action
        switch value.count == 2 ? value[1] : "kill" {
        case "kill": action = .kill
        case "stop": action = .stop
        default: throw ConfigurationError(entry: String(entry))
        }
        return Arming(name: String(sides[0]), count: count, action: action)
    }
}
