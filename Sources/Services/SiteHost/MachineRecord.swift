import Contract
import Messages
public import Model

/// Who holds a disk. The directory is the truth: an owner looks nowhere else.
public enum DiskOwner: Hashable, Sendable, CustomStringConvertible {
    case machine(MachineID)
    case masterTarget(MasterTargetID)

    /// From `machine/{id}` or `master-target/{id}`, as it travels and as the `owner` file says.
    public init(_ text: String) throws(Failure) {
        if text.hasPrefix("machine/") {
            self = .machine(try MachineID(String(text.dropFirst("machine/".count))))
        } else if text.hasPrefix("master-target/") {
            self = .masterTarget(try MasterTargetID(String(text.dropFirst("master-target/".count))))
        } else {
            throw Failure(
                .invalidArgument, "read the owner \"\(text.prefix(80))\": write machine/{id} or master-target/{id}")
        }
    }

    /// From the name of a directory of the datastore; nil for other names.
    init?(directory name: String) {
        if name.hasPrefix("machine-"), let id = try? MachineID(String(name.dropFirst("machine-".count))) {
            self = .machine(id)
        } else if name.hasPrefix("master-target-"),
            let id = try? MasterTargetID(String(name.dropFirst("master-target-".count))) {
            self = .masterTarget(id)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .machine(let id): "machine/\(id)"
        case .masterTarget(let id): "master-target/\(id)"
        }
    }

    var directory: String {
        switch self {
        case .machine(let id): "machine-\(id)"
        case .masterTarget(let id): "master-target-\(id)"
        }
    }

    var machine: MachineID? {
        if case .machine(let id) = self { id } else { nil }
    }
}

/// What a machine should be: durable before anything is started or stopped, so that a restarted site host goes on
/// where it was.
enum WantedPower: String, Sendable {
    case off
    /// Agent only.
    case draining
    case on
}

/// A machine as the site host keeps it.
struct MachineRecord: Hashable, Sendable {
    let id: MachineID
    var name: String
    var attributes: PlatformV1.Attributes
    var guest: PlatformV1.Guest
    var snapshots: [String] = []
    /// The key of the call that created it: the same call again finds its own machine, another one a stranger.
    let createdBy: String
    /// Place in the order of addresses.
    let address: Int
    var wanted = WantedPower.off
    /// Started past every check, by a person or by the host's automatic start.
    var unchecked = false
    /// Of the current or last power-on; empty before the first.
    var bootID = ""
    /// The boot of the host that `wanted` belongs to.
    var hostBootID = ""
    /// Of the grant it runs or last ran under.
    var grant: Generation?
    var powerChanged = UnixMicroseconds(0)
    /// The boot whose guest reported older attributes than an administrator set since.
    var attributesSetIn = ""
    /// The host that runs it, or would; empty for the first one of the site.
    var host = ""
    /// Of a test machine, which has no disks here.
    var branch: BranchSource?
}

/// Where the disks of a test machine are served.
struct BranchSource: Hashable, Sendable {
    /// Unix socket of an NBD server, within the datastore.
    let socket: String
    let disks: [DiskDescription]
}

/// A disk that the site host knows. Who holds it is not kept: the datastore says so.
struct DiskRecord: Hashable, Sendable {
    let description: DiskDescription
    /// The machine it belongs to, wherever it is attached.
    var machine: MachineID?
    /// The item it replicates or replicated.
    var item: ItemID?

    var id: DiskID { description.id }
}
