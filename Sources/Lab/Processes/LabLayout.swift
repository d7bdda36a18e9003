public import Environment
public import Model

/// Where everything of a lab lies and listens.
///
/// Two sites on loopback, home at 127.0.1.x and the cloud at 127.0.2.x, each service at an address of its own and
/// port 7100, each site under a root directory of its own that the other site's processes never open.
public struct LabLayout: Sendable {
    /// A process that the lab starts and keeps running.
    public struct Component: Sendable {
        public let id: String
        public let site: Site
        /// Name of the executable, which lies beside the one that runs the lab.
        public let program: String
        public let host: String
        public var address: StreamAddress { .ip(host, port: LabLayout.port) }
        public var addressText: String { "\(host):\(LabLayout.port)" }
    }

    public static let port = 7100
    /// Where agents serve their disks in a lab with TLS, to the operator.
    static let nbdPort: Int64 = 10_809

    /// In the order of starting.
    public static let components = [
        Component(id: "vault", site: .cloud, program: "vault-orchestrator", host: "127.0.2.2"),
        Component(id: "cs-home", site: .home, program: "configuration-server", host: "127.0.1.2"),
        Component(id: "host-home", site: .home, program: "site-host", host: "127.0.1.1"),
        Component(id: "host-cloud", site: .cloud, program: "site-host", host: "127.0.2.1"),
        Component(id: "ps-home", site: .home, program: "process-server", host: "127.0.1.3"),
        Component(id: "ps-cloud", site: .cloud, program: "process-server", host: "127.0.2.3"),
        Component(id: "mt-home", site: .home, program: "master-target", host: "127.0.1.4"),
        Component(id: "mt-cloud", site: .cloud, program: "master-target", host: "127.0.2.4"),
    ]
    /// Started by the site hosts, one for each machine with power.
    static let agentProgram = "mobility-agent"

    /// A unix socket's path has at most 107 bytes; the longest below the lab's directory,
    /// `/cloud/machines/<machine>-cloud/nbd.sock`, takes 38 with the names of the lab's machines.
    static let longestDirectory = 68

    /// How components find each other.
    public enum Reach: Sendable {
        /// Each at an address of its own on this computer.
        case loopback
        /// By their ids, which the network they share knows as names: each listens on all networks that it is in.
        case names
    }

    /// Absolute.
    public let directory: String
    /// Directory of the executables.
    public let programs: String
    public let reach: Reach
    /// Whether components know each other by certificates of the lab's own authority; always where others could listen
    /// in.
    public let hasTLS: Bool

    public init(
        directory: String, programs: String, reach: Reach = .loopback, hasTLS: Bool = false
    ) throws(Failure) {
        guard directory.hasPrefix("/"), directory.utf8.count <= Self.longestDirectory else {
            throw Failure(
                .invalidArgument, "use \(directory) for a lab: sockets lie below it, so its path may have at most "
                    + "\(Self.longestDirectory) bytes; name a shorter directory")
        }
        self.directory = directory
        self.programs = programs
        self.reach = reach
        self.hasTLS = hasTLS || reach == .names
    }

    public static func component(_ id: String) -> Component? { components.first { $0.id == id } }

    public func root(_ site: Site) -> String { "\(directory)/\(site.rawValue)" }
    public func machines(_ site: Site) -> String { "\(root(site))/machines" }
    public func datastore(_ site: Site) -> String { "\(root(site))/datastore" }
    /// Home's second datastore, `datastore-2`. Containers share volumes that are named one by one, and have none.
    public func secondDatastore(_ site: Site) -> String? {
        site == .home && reach == .loopback ? "\(root(site))/datastore-2" : nil
    }
    public func configuration(_ component: Component) -> String {
        "\(root(component.site))/config/\(component.id).json"
    }
    public func log(_ component: Component) -> String { "\(root(component.site))/log/\(component.id).log" }
    public func state(_ component: Component) -> String { "\(root(component.site))/state/\(component.id)" }
    public func passphrase(_ site: Site) -> String { "\(root(site))/config/passphrase" }
    /// Acknowledgement logs of guests, outside the machines.
    public var acknowledgements: String { "\(directory)/acks" }
    public func acknowledgements(_ machine: String, _ site: Site) -> String {
        "\(acknowledgements)/\(machine)@\(site.rawValue).jsonl"
    }
    public var record: String { "\(directory)/lab.json" }
    public var lock: String { "\(directory)/lab.lock" }
    public var log: String { "\(directory)/lab.log" }
    public var report: String { "\(directory)/report.json" }
    /// Where processes are held while another one is killed, a directory for each component.
    public var holds: String { "\(directory)/holds" }
    func holds(_ component: Component) -> String { "\(holds)/\(component.id)" }
    public var images: String { "\(directory)/images" }
    /// What guests are given to read, outside the machines.
    public var scripts: String { "\(directory)/scripts" }
    public var script: String { "\(scripts)/writes.jsonl" }
    func executable(_ program: String) -> String { "\(programs)/\(program)" }
}
