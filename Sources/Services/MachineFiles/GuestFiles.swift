public import Model

/// What a lab guest does.
public struct GuestDescription: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Hashable, Sendable {
        /// Nothing but boot: one write to prove that it can, then it waits.
        case idle
        /// Writes a checkable ledger over all disks.
        case ledger
        /// Creates, rewrites and removes files of the ext4 file system that fills the first disk.
        case files
        /// Executes a script of writes, then ends.
        case script
        /// A virtual machine that boots from the first disk.
        case virtualMachine = "virtual-machine"
    }

    public var kind: Kind
    /// Of the workload's content.
    public var seed: UInt64
    /// Mutations per second aimed at; 0 lets the workload choose.
    public var rate: UInt32
    /// Path of the script, for a script guest; else empty.
    public var script: String
    /// Machines whose ledgers depend on one another; empty for none.
    public var ledgerGroup: String

    public init(kind: Kind, seed: UInt64 = 0, rate: UInt32 = 0, script: String = "", ledgerGroup: String = "") {
        self.kind = kind
        self.seed = seed
        self.rate = rate
        self.script = script
        self.ledgerGroup = ledgerGroup
    }
}

/// `guest.json`: what the site host starts a guest with, `site-host guest --config <path>`. Replaced while the guest
/// runs when an administrator changes the workload: the guest gets SIGHUP and reads it again.
public struct GuestConfiguration: MachineFile {
    public static var kind: String { "guest's configuration" }

    public struct Disk: Codable, Hashable, Sendable {
        /// Also the name of its NBD export.
        public var id: String
        public var index: Int
        public var bytes: Int64

        public init(id: String, index: Int, bytes: Int64) {
            self.id = id
            self.index = index
            self.bytes = bytes
        }
    }

    public var machine: String
    public var site: String
    public var bootID: String
    public var guest: GuestDescription
    /// Unix socket of the agent's NBD server.
    public var nbdSocket: String
    /// By index.
    public var disks: [Disk]
    /// Where the guest reports, `guest.status.json`.
    public var statusFile: String
    /// The acknowledgement log of this machine at this site, outside the machine; the guest appends.
    public var acknowledgements: String
    /// Directory of the acknowledgement logs of all machines, for a ledger group.
    public var acknowledgementsDirectory: String
    /// What to do at the first boot under the grant: `disable-tools`, `enable-tools`, `configure-network`.
    public var bootActions: [String]
    /// What `configure-network` sets.
    public var bootNetwork: NetworkSettings?
    /// `windows` or `linux`.
    public var osFamily: String
    /// Whether VMware Tools run before the boot actions.
    public var toolsEnabled: Bool
    /// How the guest's network is configured before the boot actions; nil where nobody knows.
    public var network: NetworkSettings?
    /// The generation of the grant, 0 without one: written into the ledger's records.
    public var generation: UInt64
    /// True for an isolated drill copy: it must not write the machine's acknowledgement log of record.
    public var drill: Bool
    /// Unix socket at which the guest takes freeze and thaw; nil: it takes none.
    public var controlSocket: String?
    /// The program that runs a virtual machine's guest; nil for the others.
    public var emulator: String?
    /// Memory of a virtual machine.
    public var memoryMiB: UInt32?

    public init(
        machine: String, site: String, bootID: String, guest: GuestDescription, nbdSocket: String, disks: [Disk],
        statusFile: String, acknowledgements: String, acknowledgementsDirectory: String, bootActions: [String] = [],
        bootNetwork: NetworkSettings? = nil, osFamily: String = "linux", toolsEnabled: Bool = false,
        network: NetworkSettings? = nil, generation: UInt64 = 0, drill: Bool = false,
        controlSocket: String? = nil, emulator: String? = nil, memoryMiB: UInt32? = nil
    ) {
        self.machine = machine
        self.site = site
        self.bootID = bootID
        self.guest = guest
        self.nbdSocket = nbdSocket
        self.disks = disks
        self.statusFile = statusFile
        self.acknowledgements = acknowledgements
        self.acknowledgementsDirectory = acknowledgementsDirectory
        self.bootActions = bootActions
        self.bootNetwork = bootNetwork
        self.osFamily = osFamily
        self.toolsEnabled = toolsEnabled
        self.network = network
        self.generation = generation
        self.drill = drill
        self.controlSocket = controlSocket
        self.emulator = emulator
        self.memoryMiB = memoryMiB
    }
}

/// `guest.status.json`: published by the guest at its first acknowledged write, at each change, and at its end.
/// It counts only while its `bootID` is the machine's current one.
public struct GuestStatusFile: MachineFile {
    public static var kind: String { "guest's status" }

    public enum State: String, Codable, Hashable, Sendable {
        /// Connecting to its disks.
        case starting
        case running
        /// Ended by itself with its work done; it is not started again within this boot.
        case finished
        /// Ended by itself with its work not done; `message` says why. It is not started again within this boot.
        case failed
    }

    public var machine: String
    public var bootID: String
    public var processID: Int32
    public var state: State
    /// True once a write of this boot was acknowledged (for a guest that never writes: once a read was answered).
    public var firstAcknowledged: Bool
    public var acknowledgedWrites: UInt64
    /// The boot actions that were carried out.
    public var bootActionsDone: [String]
    /// Whether VMware Tools run now.
    public var toolsEnabled: Bool
    /// How its network is configured now; nil of a guest that does not say.
    public var network: NetworkSettings?
    public var message: String
    public var updatedUnixUs: Int64

    public init(
        machine: String, bootID: String, processID: Int32, state: State, firstAcknowledged: Bool = false,
        acknowledgedWrites: UInt64 = 0, bootActionsDone: [String] = [], toolsEnabled: Bool = false,
        network: NetworkSettings? = nil, message: String = "", updatedUnixUs: Int64
    ) {
        self.machine = machine
        self.bootID = bootID
        self.processID = processID
        self.state = state
        self.firstAcknowledged = firstAcknowledged
        self.acknowledgedWrites = acknowledgedWrites
        self.bootActionsDone = bootActionsDone
        self.toolsEnabled = toolsEnabled
        self.network = network
        self.message = message
        self.updatedUnixUs = updatedUnixUs
    }
}
