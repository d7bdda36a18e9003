public import Environment
import Glibc
import Synchronization

/// Failpoints of a real process, armed by configuration: `store.commit.after=3,file.sync.before=1:stop`
/// kills the process (SIGKILL) the third time the first point is reached and stops it (SIGSTOP) the first
/// time the second one is.
///
/// Holds are armed while the process runs, by a file of the point's name in a directory: `rest` then writes
/// `<name>.held` beside it and waits until the file is gone.
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
    private let holds: String?

    /// The environment variable that names the directory of holds.
    public static let holdsVariable = "HOMEWARD_HOLDS"
    /// Who armed a hold may be gone: then the process goes on. Below the patience of any caller.
    static let longestHold = Duration.seconds(45)
    /// Between two looks at the file.
    static let look = Duration.milliseconds(5)

    /// - holds: an absolute path; nil holds nowhere.
    public init(configuration: String, holds: String? = nil) throws(ConfigurationError) {
        self.holds = holds
        var armed: [Arming] = []
        for entry in configuration.split(separator: ",") {
            armed.append(try Self.parse(entry))
        }
        self.armed = armed
    }

    /// Reads the configuration from an environment variable, and the directory of holds from its own; unset ones arm
    /// nothing.
    public convenience init(environmentVariable name: String) throws(ConfigurationError) {
        try self.init(
            configuration: getenv(name).map { String(cString: $0) } ?? "",
            holds: getenv(Self.holdsVariable).map { String(cString: $0) })
    }

    public func rest(_ name: String) async {
        guard let holds else { return }
        let armed = "\(holds)/\(name)"
        guard access(armed, F_OK) == 0 else { return }
        let held = "\(armed).held"
        let descriptor = open(held, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        close(descriptor)
        let end = ContinuousClock.now + Self.longestHold
        while access(armed, F_OK) == 0, ContinuousClock.now < end {
            do { try await Task.sleep(for: Self.look) } catch { break }
        }
        unlink(held)
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
