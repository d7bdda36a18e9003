import Environment
import Processes
import Simulation

/// Which program connects to which: the table of the page "How the programs fit together" for the two sites of a lab.
public enum PortMatrix {
    public struct Dial: Hashable, Sendable, Comparable, CustomStringConvertible {
        /// A component's id, `agent` or `guest` with its site, or `person`.
        public let from: String
        /// A component's id.
        public let to: String
        public let port: Int

        init(_ from: String, _ to: String, port: Int = LabLayout.port) {
            self.from = from
            self.to = to
            self.port = port
        }

        public var description: String { "\(from) to \(to):\(port)" }
        public static func < (one: Dial, other: Dial) -> Bool { one.description < other.description }
    }

    /// Nobody else connects to anybody.
    public static let table = Set(
        rows.flatMap { from, targets in targets.map { Dial(from, $0) } })

    private static let rows: [(String, [String])] = [
        // What a person does, and an administrator of the platform besides.
        ("person", ["vault", "host-home"]),
        ("vault", ["cs-home", "ps-home", "ps-cloud", "mt-home", "mt-cloud", "host-cloud"]),
        ("cs-home", ["host-home", "vault"]),
        ("ps-home", ["cs-home", "mt-cloud"]),
        ("ps-cloud", ["cs-home", "vault", "mt-home"]),
        ("mt-home", ["cs-home"]),
        ("mt-cloud", ["cs-home", "vault"]),
        ("agent-home", ["cs-home", "ps-home"]),
        ("agent-cloud", ["cs-home", "ps-cloud"]),
    ]

    /// What was asked for in a world so far, answered or not.
    public static func dials(in sites: SimulatedSites) -> Set<Dial> {
        Set(sites.world.network.dials.map { dial in
            // Agents and guests bear their machine's name, too, and run on their site's computer for machines.
            let words = dial.process.split(separator: " ")
            let from = words.count == 1 ? dial.process : "\(words[0])-\(dial.host.split(separator: "-").last ?? "")"
            guard case .ip(let address, let port) = dial.to else { return Dial(from, dial.to.description, port: 0) }
            let component = LabLayout.components.first { $0.host == address }
            return Dial(from, component?.id ?? address, port: port)
        })
    }
}
