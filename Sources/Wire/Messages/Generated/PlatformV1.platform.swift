// Generated from homeward/platform/v1/platform.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension PlatformV1 {
    /// Whether a machine has power.
    public enum Power: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Neither guest nor agent runs.
        case off
        /// The guest runs.
        case on
        /// The guest is stopped, its agent still serves the drain.
        case draining
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .off
                case 2: self = .on
                case 3: self = .draining
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .off: 1
                case .on: 2
                case .draining: 3
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .off, .on, .draining]
        }
    }

    /// What a guest does in a lab site.
    public enum GuestKind: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Nothing.
        case idle
        /// Writes a checkable ledger.
        case ledger
        /// Works on files of an ext4 file system inside the first disk.
        case files
        /// Executes a WRITES script.
        case script
        /// A virtual machine of QEMU's that boots from the machine's first disk.
        case virtualMachine
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .idle
                case 2: self = .ledger
                case 3: self = .files
                case 4: self = .script
                case 5: self = .virtualMachine
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .idle: 1
                case .ledger: 2
                case .files: 3
                case .script: 4
                case .virtualMachine: 5
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .idle, .ledger, .files, .script, .virtualMachine]
        }
    }

    /// The workload of a machine in a lab site.
    public struct Guest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.Guest" }

        /// Kind of workload.
        public var kind: PlatformV1.GuestKind = PlatformV1.GuestKind(rawValue: 0)
        /// Seed of the workload's content.
        public var seed: UInt64 = 0
        /// Mutations per second aimed at; 0 lets the workload choose.
        public var rate: UInt32 = 0
        /// Path of the script for a script guest.
        public var script: String = ""
        /// Group of machines whose ledgers depend on one another; empty for none.
        public var ledgerGroup: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Facts about a machine that an administrator of a real platform would set.
    public struct Attributes: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.Attributes" }

        /// `windows` or `linux`.
        public var osFamily: String = ""
        /// Operating system as named by its vendor.
        public var osName: String = ""
        /// True for a physical server.
        public var physical: Bool = false
        /// Resource group (cloud).
        public var resourceGroup: String = ""
        /// Whether VMware Tools run in the guest.
        public var toolsEnabled: Bool = false
        /// Memory in MiB.
        public var memoryMib: UInt32 = 0
        /// How the guest's network is configured, as it reported last; none where nobody knows.
        public var network: CommonV1.Network?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A disk as the platform holds it.
    public struct PlatformDisk: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.PlatformDisk" }

        /// Identity and size.
        public var disk: CommonV1.Disk?
        /// The owner whose directory holds it: `machine/{id}` or `master-target/{id}`. Empty of one that is not found.
        public var owner: String = ""
        /// Where the owner finds it, on the site's datastore. Empty of one that is not found.
        public var path: String = ""
        /// The datastore that it lies on; empty where the site does not tell them apart.
        public var datastore: String = ""
        /// In a list of machines: why it is not found, and what to do. Its identity and size are as they were made known.
        /// Empty of one that is there.
        public var missing: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A machine at a site.
    public struct Machine: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.Machine" }

        /// Id, unique at the site.
        public var id: String = ""
        /// Display name.
        public var name: String = ""
        /// Power as observed.
        public var power: PlatformV1.Power = PlatformV1.Power(rawValue: 0)
        /// Disks that belong to it, wherever they are attached.
        public var disks: [PlatformV1.PlatformDisk] = []
        /// Snapshots an administrator took, by name.
        public var snapshots: [String] = []
        /// Administrator's facts.
        public var attributes: PlatformV1.Attributes?
        /// Changes at every power-on; empty when off.
        public var bootID: String = ""
        /// True once guest and agent of this boot answer.
        public var booted: Bool = false
        /// Generation of the grant it runs or last ran under.
        public var grant: CommonV1.Generation?
        /// The workload (lab).
        public var guest: PlatformV1.Guest?
        /// When power was last observed to change.
        public var powerChangedUnixUs: Int64 = 0
        /// True of a machine that is off when its agent did not end in order: it crashed, was killed, or its host lost power.
        /// What was being written then is in doubt; the disks' next owner compares it.
        public var uncleanStop: Bool = false
        /// True of a test machine, see `CreateMachineRequest.branch_socket`.
        public var test: Bool = false
        /// The host that runs it, or would; with a creation: that is to. Empty where the site does not tell them apart.
        public var host: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a platform may start a machine under.
    public struct PowerOnGrant: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.PowerOnGrant" }

        /// What the machine may do.
        public enum Kind: Hashable, Sendable {
            /// Never sent.
            case unspecified
            /// Serve guest writes.
            case active
            /// Run isolated; never registers, never replicates. The platform's own for a test machine: nobody can place it.
            case drill
            /// Serve the drain only; no guest.
            case drain
            /// Serve guest writes in every boot of the host: the item ended here, and its machine is an ordinary one again.
            /// Placed only where the item's assignment names this site as the active one and nothing replicates.
            case released
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .active
                    case 2: self = .drill
                    case 3: self = .drain
                    case 4: self = .released
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .active: 1
                    case .drill: 2
                    case .drain: 3
                    case .released: 4
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .active, .drill, .drain, .released]
            }
        }

        /// The item.
        public var item: String = ""
        /// The machine (copy) it is for.
        public var machine: String = ""
        /// Generation it runs under.
        public var generation: CommonV1.Generation?
        /// What it may do.
        public var kind: PlatformV1.PowerOnGrant.Kind = PlatformV1.PowerOnGrant.Kind(rawValue: 0)
        /// The host boot it is bound to; another boot of the host needs a fresh grant. A released machine's is bound to none.
        public var hostBootID: String = ""
        /// Process servers the agent may dial.
        public var processServers: [CommonV1.Endpoint] = []
        /// The configuration server the agent registers with.
        public var configurationServer: CommonV1.Endpoint?
        /// What the guest driver does at boot: `disable-tools`, `enable-tools`, `configure-network`.
        public var bootActions: [String] = []
        /// True when the machine runs on an overlay over its disks until commit.
        public var overlay: Bool = false
        /// Disks of the machine that are left out of its replication: they run on no overlay, and are not tracked.
        public var leftOut: [String] = []
        /// With `configure-network`: what the guest's network is set to.
        public var network: CommonV1.Network?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for one machine.
    public struct GetMachineRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.GetMachineRequest" }

        /// The machine's id.
        public var machine: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the machines of a site.
    public struct ListMachinesRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.ListMachinesRequest" }

        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""
        /// With `disks`, lists only machines that have one of these as their id or display name, or one of those disks. Both
        /// empty: all machines. A platform that does not know the two lists all.
        public var names: [String] = []
        /// Ids of disks that belong to a machine, wherever they are attached.
        public var disks: [String] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of machines.
    public struct ListMachinesResponse: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.ListMachinesResponse" }

        /// In order of id.
        public var machines: [PlatformV1.Machine] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Creates a machine without power.
    public struct CreateMachineRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.CreateMachineRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// Id, name, attributes, guest; disks with a size are created blank for it, unless `without_disks`.
        public var machine: PlatformV1.Machine?
        /// True when its disks will be attached later.
        public var withoutDisks: Bool = false
        /// Datastore-relative paths of raw images to move in as disks, by index (lab import); empty for blank disks.
        public var importImages: [String] = []
        /// Makes a test machine: its disks are not made but served at this unix socket, on the site's datastore, as NBD exports
        /// of their ids. It runs in a network of its own that leads nowhere, never under a generation: it takes no grant, is
        /// started, stopped and deleted without one, and not started again after a boot of its host.
        public var branchSocket: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Deletes a machine. Its disks stay in its directory unless they are attached elsewhere.
    public struct DeleteMachineRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.DeleteMachineRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The machine.
        public var machine: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Done; asking again is harmless.
    public struct DeleteMachineResponse: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.DeleteMachineResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Places the grant beside a machine's disks. Power-on reads it.
    public struct PlaceGrantRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.PlaceGrantRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The grant; its host boot id is filled in by the platform.
        public var grant: PlatformV1.PowerOnGrant?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Withdraws a grant: the machine cannot be started under it any more.
    public struct WithdrawGrantRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.WithdrawGrantRequest" }

        /// The effect's key, with `undo` set when it undoes a placing.
        public var key: CommonV1.OperationKey?
        /// The machine.
        public var machine: String = ""
        /// Generation of the grant to withdraw.
        public var generation: CommonV1.Generation?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The grant as it now stands.
    public struct GrantResponse: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.GrantResponse" }

        /// Empty after a withdrawal.
        public var grant: PlatformV1.PowerOnGrant?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Starts a machine under the grant that lies beside its disks.
    public struct PowerOnRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.PowerOnRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The machine.
        public var machine: String = ""
        /// Must equal the grant's generation; none for a test machine.
        public var generation: CommonV1.Generation?
        /// The host to start it on, which sees all its disks; empty for the one that it is placed on. One that runs already
        /// stays where it runs.
        public var host: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Takes the guest down, and on request the agent below it.
    public struct PowerOffRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.PowerOffRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The machine.
        public var machine: String = ""
        /// Generation of the command.
        public var generation: CommonV1.Generation?
        /// How long the guest may take to stop by itself before it is stopped by force.
        public var gracefulUs: UInt64 = 0
        /// True leaves the agent serving the drain (POWER_DRAINING).
        public var keepAgent: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Moves disks with their sidecars under another owner's directory. Completes only after the previous owner closed
    /// them: the platform itself obtains each disk's exclusive lock first.
    public struct AttachDisksRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.AttachDisksRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The machine the disks belong to.
        public var machine: String = ""
        /// The new owner: `machine/{id}` or `master-target/{id}`.
        public var owner: String = ""
        /// Disks to move; all of the machine when empty.
        public var disks: [String] = []
        /// Generation of the command.
        public var generation: CommonV1.Generation?
        /// When disks come from a replica that the machine never held: the item they replicate. Empty otherwise.
        public var replicaOfItem: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Where the disks are now.
    public struct AttachDisksResponse: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.AttachDisksResponse" }

        /// All disks asked for.
        public var disks: [PlatformV1.PlatformDisk] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Merges and removes a machine's snapshots.
    public struct RemoveSnapshotsRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.RemoveSnapshotsRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The machine.
        public var machine: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// An administrator's change to a machine or to the site (lab): snapshots, attributes, guest.
    public struct SetInventoryRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.SetInventoryRequest" }

        /// The machine.
        public var machine: String = ""
        /// Replaces its snapshots.
        public var snapshots: [String] = []
        /// The new attributes.
        public var attributes: PlatformV1.Attributes?
        /// The new workload.
        public var guest: PlatformV1.Guest?
        /// The new facts.
        public var site: PlatformV1.SiteInventory?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// An administrator's change to the disks of a machine (lab). The machine has no power, no snapshots and no overlay, and
    /// holds the disks itself. Asking again is harmless.
    public struct ChangeDisksRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.ChangeDisksRequest" }

        /// The machine.
        public var machine: String = ""
        /// A disk that the machine has gets this size: what is added reads as zeros, what is cut off is lost. Another one is
        /// made, blank, at its place in the machine. Disks that are not named stay as they are.
        public var disks: [CommonV1.Disk] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What an administrator of a platform knows of a site (lab). Nothing of it set means a site without faults.
    public struct SiteInventory: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.SiteInventory" }

        /// Privileges that the configuration server's account lacks, by name.
        public var missingPrivileges: [String] = []
        /// True when the datastore takes no writes.
        public var datastoreReadOnly: Bool = false
        /// Disk controller of the master target where it is one that disks cannot be attached to while it runs.
        public var masterTargetController: String = ""
        /// True when the master target is not told the identities of its disks.
        public var masterTargetDiskIDsOff: Bool = false
        /// True when the platform's tools do not run in the master target.
        public var masterTargetToolsMissing: Bool = false
        /// True when the volume is not there on which the master target keeps recovery points.
        public var masterTargetRetentionVolumeMissing: Bool = false
        /// Of datastores of which there is something to say.
        public var datastores: [PlatformV1.DatastoreInventory] = []
        /// Of hosts of which there is something to say.
        public var hosts: [PlatformV1.HostInventory] = []
        /// The host that the master target runs on; empty for the first one of the site.
        public var masterTargetHost: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What an administrator of a platform knows of one datastore (lab).
    public struct DatastoreInventory: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.DatastoreInventory" }

        /// Its id.
        public var id: String = ""
        /// True when it takes no writes.
        public var readOnly: Bool = false
        /// Disks may take so many bytes of it together, as large as they were made; 0 for as much as its file system has.
        public var limitBytes: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What an administrator of a platform knows of one host (lab).
    public struct HostInventory: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.HostInventory" }

        /// Its id.
        public var id: String = ""
        /// True while it starts no machine.
        public var maintenance: Bool = false
        /// Datastores of the site that it does not see.
        public var hiddenDatastores: [String] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A datastore of a site.
    public struct Datastore: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.Datastore" }

        /// Its id, unique at the site.
        public var id: String = ""
        /// Bytes that disks can still take.
        public var freeBytes: UInt64 = 0
        /// True when it takes no writes.
        public var readOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A host of a site.
    public struct Host: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.Host" }

        /// Its id, unique at the site.
        public var id: String = ""
        /// Memory for machines, MiB.
        public var memoryMib: UInt64 = 0
        /// What of it no machine that has power takes, MiB.
        public var memoryFreeMib: UInt64 = 0
        /// True while it starts no machine.
        public var maintenance: Bool = false
        /// Datastores that it sees.
        public var datastores: [String] = []
        /// True of the one that the master target runs on.
        public var runsMasterTarget: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Starts a machine past every check, as a person in vCenter would (lab only).
    public struct OutOfBandPowerOnRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.OutOfBandPowerOnRequest" }

        /// The machine.
        public var machine: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for the platform's own state.
    public struct GetPlatformRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.GetPlatformRequest" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// The platform's own state.
    public struct PlatformStatus: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.PlatformStatus" }

        /// The site.
        public var site: CommonV1.Site = CommonV1.Site(rawValue: 0)
        /// `vmware`, `hyper-v` or `cloud`.
        public var kind: String = ""
        /// Changes when the host boots.
        public var hostBootID: String = ""
        /// Free bytes of the datastore.
        public var datastoreFreeBytes: UInt64 = 0
        /// Free memory for machines, MiB.
        public var memoryFreeMib: UInt64 = 0
        /// Whether the configuration server's link to vCenter is up; true for the cloud.
        public var connected: Bool = false
        /// Snapshots of the master target at this site, by name.
        public var masterTargetSnapshots: [String] = []
        /// Whether it can start test machines in a network of their own.
        public var isolates: Bool = false
        /// What its administrator knows of the site.
        public var inventory: PlatformV1.SiteInventory?
        /// Its datastores; `datastore_free_bytes` is of the first one. Empty where the site does not tell them apart.
        public var datastores: [PlatformV1.Datastore] = []
        /// Its hosts; `memory_free_mib` is of the first one. Empty where the site does not tell them apart.
        public var hosts: [PlatformV1.Host] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a new directory entry in which a master target makes the disks of a replica.
    public struct CreateReplicaDisksRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.CreateReplicaDisksRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item the disks replicate.
        public var item: String = ""
        /// The owning master target's id.
        public var masterTarget: String = ""
        /// Disks to create, blank.
        public var disks: [CommonV1.Disk] = []
        /// The datastore to make them on; empty for the first one of the site.
        public var datastore: String = ""
        /// Disks of the item that are there stay as they are, and are attached to the master target, wherever another one had
        /// them; only what is gone is made, blank.
        public var keep: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Deletes disks of a replica that no machine owns.
    public struct DeleteReplicaDisksRequest: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.DeleteReplicaDisksRequest" }

        /// The effect's key.
        public var key: CommonV1.OperationKey?
        /// The item.
        public var item: String = ""
        /// The owning master target's id.
        public var masterTarget: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Done; asking again is harmless.
    public struct DeleteReplicaDisksResponse: WireMessage {
        public static var protobufName: String { "homeward.platform.v1.DeleteReplicaDisksResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension PlatformV1.Guest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__Guest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__guest__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.kind = .init(rawValue: .init(truncatingIfNeeded: self.kind.rawValue))
        c.pointee.seed = self.seed
        c.pointee.rate = self.rate
        c.pointee.script = arena.string(self.script)
        c.pointee.ledger_group = arena.string(self.ledgerGroup)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.kind = PlatformV1.GuestKind(rawValue: Int32(truncatingIfNeeded: c.pointee.kind.rawValue))
        self.seed = c.pointee.seed
        self.rate = c.pointee.rate
        self.script = try decodedString(c.pointee.script, "homeward.platform.v1.Guest.script")
        self.ledgerGroup = try decodedString(c.pointee.ledger_group, "homeward.platform.v1.Guest.ledger_group")
    }
}

extension PlatformV1.Attributes: StructBacked {
    typealias CStruct = Homeward__Platform__V1__Attributes

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__attributes__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.os_family = arena.string(self.osFamily)
        c.pointee.os_name = arena.string(self.osName)
        c.pointee.physical = self.physical ? 1 : 0
        c.pointee.resource_group = arena.string(self.resourceGroup)
        c.pointee.tools_enabled = self.toolsEnabled ? 1 : 0
        c.pointee.memory_mib = self.memoryMib
        if let value = self.network {
            c.pointee.network = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.osFamily = try decodedString(c.pointee.os_family, "homeward.platform.v1.Attributes.os_family")
        self.osName = try decodedString(c.pointee.os_name, "homeward.platform.v1.Attributes.os_name")
        self.physical = c.pointee.physical != 0
        self.resourceGroup = try decodedString(c.pointee.resource_group, "homeward.platform.v1.Attributes.resource_group")
        self.toolsEnabled = c.pointee.tools_enabled != 0
        self.memoryMib = c.pointee.memory_mib
        if let value = c.pointee.network {
            self.network = try CommonV1.Network(value)
        }
    }
}

extension PlatformV1.PlatformDisk: StructBacked {
    typealias CStruct = Homeward__Platform__V1__PlatformDisk

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__platform_disk__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.disk {
            c.pointee.disk = arena.message(value)
        }
        c.pointee.owner = arena.string(self.owner)
        c.pointee.path = arena.string(self.path)
        c.pointee.datastore = arena.string(self.datastore)
        c.pointee.missing = arena.string(self.missing)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.disk {
            self.disk = try CommonV1.Disk(value)
        }
        self.owner = try decodedString(c.pointee.owner, "homeward.platform.v1.PlatformDisk.owner")
        self.path = try decodedString(c.pointee.path, "homeward.platform.v1.PlatformDisk.path")
        self.datastore = try decodedString(c.pointee.datastore, "homeward.platform.v1.PlatformDisk.datastore")
        self.missing = try decodedString(c.pointee.missing, "homeward.platform.v1.PlatformDisk.missing")
    }
}

extension PlatformV1.Machine: StructBacked {
    typealias CStruct = Homeward__Platform__V1__Machine

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__machine__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.name = arena.string(self.name)
        c.pointee.power = .init(rawValue: .init(truncatingIfNeeded: self.power.rawValue))
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.n_snapshots = self.snapshots.count
        c.pointee.snapshots = arena.strings(self.snapshots)
        if let value = self.attributes {
            c.pointee.attributes = arena.message(value)
        }
        c.pointee.boot_id = arena.string(self.bootID)
        c.pointee.booted = self.booted ? 1 : 0
        if let value = self.grant {
            c.pointee.grant = arena.message(value)
        }
        if let value = self.guest {
            c.pointee.guest = arena.message(value)
        }
        c.pointee.power_changed_unix_us = self.powerChangedUnixUs
        c.pointee.unclean_stop = self.uncleanStop ? 1 : 0
        c.pointee.test = self.test ? 1 : 0
        c.pointee.host = arena.string(self.host)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.platform.v1.Machine.id")
        self.name = try decodedString(c.pointee.name, "homeward.platform.v1.Machine.name")
        self.power = PlatformV1.Power(rawValue: Int32(truncatingIfNeeded: c.pointee.power.rawValue))
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.snapshots = try decodedStrings(c.pointee.snapshots, c.pointee.n_snapshots, "homeward.platform.v1.Machine.snapshots")
        if let value = c.pointee.attributes {
            self.attributes = try PlatformV1.Attributes(value)
        }
        self.bootID = try decodedString(c.pointee.boot_id, "homeward.platform.v1.Machine.boot_id")
        self.booted = c.pointee.booted != 0
        if let value = c.pointee.grant {
            self.grant = try CommonV1.Generation(value)
        }
        if let value = c.pointee.guest {
            self.guest = try PlatformV1.Guest(value)
        }
        self.powerChangedUnixUs = c.pointee.power_changed_unix_us
        self.uncleanStop = c.pointee.unclean_stop != 0
        self.test = c.pointee.test != 0
        self.host = try decodedString(c.pointee.host, "homeward.platform.v1.Machine.host")
    }
}

extension PlatformV1.PowerOnGrant: StructBacked {
    typealias CStruct = Homeward__Platform__V1__PowerOnGrant

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__power_on_grant__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.machine = arena.string(self.machine)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.kind = .init(rawValue: .init(truncatingIfNeeded: self.kind.rawValue))
        c.pointee.host_boot_id = arena.string(self.hostBootID)
        c.pointee.n_process_servers = self.processServers.count
        c.pointee.process_servers = arena.messages(self.processServers)
        if let value = self.configurationServer {
            c.pointee.configuration_server = arena.message(value)
        }
        c.pointee.n_boot_actions = self.bootActions.count
        c.pointee.boot_actions = arena.strings(self.bootActions)
        c.pointee.overlay = self.overlay ? 1 : 0
        c.pointee.n_left_out = self.leftOut.count
        c.pointee.left_out = arena.strings(self.leftOut)
        if let value = self.network {
            c.pointee.network = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.platform.v1.PowerOnGrant.item")
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.PowerOnGrant.machine")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.kind = PlatformV1.PowerOnGrant.Kind(rawValue: Int32(truncatingIfNeeded: c.pointee.kind.rawValue))
        self.hostBootID = try decodedString(c.pointee.host_boot_id, "homeward.platform.v1.PowerOnGrant.host_boot_id")
        self.processServers = try decodedMessages(c.pointee.process_servers, c.pointee.n_process_servers)
        if let value = c.pointee.configuration_server {
            self.configurationServer = try CommonV1.Endpoint(value)
        }
        self.bootActions = try decodedStrings(c.pointee.boot_actions, c.pointee.n_boot_actions, "homeward.platform.v1.PowerOnGrant.boot_actions")
        self.overlay = c.pointee.overlay != 0
        self.leftOut = try decodedStrings(c.pointee.left_out, c.pointee.n_left_out, "homeward.platform.v1.PowerOnGrant.left_out")
        if let value = c.pointee.network {
            self.network = try CommonV1.Network(value)
        }
    }
}

extension PlatformV1.GetMachineRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__GetMachineRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__get_machine_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.GetMachineRequest.machine")
    }
}

extension PlatformV1.ListMachinesRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__ListMachinesRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__list_machines_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
        c.pointee.n_names = self.names.count
        c.pointee.names = arena.strings(self.names)
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.strings(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.platform.v1.ListMachinesRequest.page_token")
        self.names = try decodedStrings(c.pointee.names, c.pointee.n_names, "homeward.platform.v1.ListMachinesRequest.names")
        self.disks = try decodedStrings(c.pointee.disks, c.pointee.n_disks, "homeward.platform.v1.ListMachinesRequest.disks")
    }
}

extension PlatformV1.ListMachinesResponse: StructBacked {
    typealias CStruct = Homeward__Platform__V1__ListMachinesResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__list_machines_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_machines = self.machines.count
        c.pointee.machines = arena.messages(self.machines)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machines = try decodedMessages(c.pointee.machines, c.pointee.n_machines)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.platform.v1.ListMachinesResponse.next_page_token")
    }
}

extension PlatformV1.CreateMachineRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__CreateMachineRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__create_machine_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        if let value = self.machine {
            c.pointee.machine = arena.message(value)
        }
        c.pointee.without_disks = self.withoutDisks ? 1 : 0
        c.pointee.n_import_images = self.importImages.count
        c.pointee.import_images = arena.strings(self.importImages)
        c.pointee.branch_socket = arena.string(self.branchSocket)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        if let value = c.pointee.machine {
            self.machine = try PlatformV1.Machine(value)
        }
        self.withoutDisks = c.pointee.without_disks != 0
        self.importImages = try decodedStrings(c.pointee.import_images, c.pointee.n_import_images, "homeward.platform.v1.CreateMachineRequest.import_images")
        self.branchSocket = try decodedString(c.pointee.branch_socket, "homeward.platform.v1.CreateMachineRequest.branch_socket")
    }
}

extension PlatformV1.DeleteMachineRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__DeleteMachineRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__delete_machine_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.machine = arena.string(self.machine)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.DeleteMachineRequest.machine")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension PlatformV1.DeleteMachineResponse: StructBacked {
    typealias CStruct = Homeward__Platform__V1__DeleteMachineResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__delete_machine_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension PlatformV1.PlaceGrantRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__PlaceGrantRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__place_grant_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        if let value = self.grant {
            c.pointee.grant = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        if let value = c.pointee.grant {
            self.grant = try PlatformV1.PowerOnGrant(value)
        }
    }
}

extension PlatformV1.WithdrawGrantRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__WithdrawGrantRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__withdraw_grant_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.machine = arena.string(self.machine)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.WithdrawGrantRequest.machine")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
    }
}

extension PlatformV1.GrantResponse: StructBacked {
    typealias CStruct = Homeward__Platform__V1__GrantResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__grant_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.grant {
            c.pointee.grant = arena.message(value)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.grant {
            self.grant = try PlatformV1.PowerOnGrant(value)
        }
    }
}

extension PlatformV1.PowerOnRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__PowerOnRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__power_on_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.machine = arena.string(self.machine)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.host = arena.string(self.host)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.PowerOnRequest.machine")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.host = try decodedString(c.pointee.host, "homeward.platform.v1.PowerOnRequest.host")
    }
}

extension PlatformV1.PowerOffRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__PowerOffRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__power_off_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.machine = arena.string(self.machine)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.graceful_us = self.gracefulUs
        c.pointee.keep_agent = self.keepAgent ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.PowerOffRequest.machine")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.gracefulUs = c.pointee.graceful_us
        self.keepAgent = c.pointee.keep_agent != 0
    }
}

extension PlatformV1.AttachDisksRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__AttachDisksRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__attach_disks_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.machine = arena.string(self.machine)
        c.pointee.owner = arena.string(self.owner)
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.strings(self.disks)
        if let value = self.generation {
            c.pointee.generation = arena.message(value)
        }
        c.pointee.replica_of_item = arena.string(self.replicaOfItem)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.AttachDisksRequest.machine")
        self.owner = try decodedString(c.pointee.owner, "homeward.platform.v1.AttachDisksRequest.owner")
        self.disks = try decodedStrings(c.pointee.disks, c.pointee.n_disks, "homeward.platform.v1.AttachDisksRequest.disks")
        if let value = c.pointee.generation {
            self.generation = try CommonV1.Generation(value)
        }
        self.replicaOfItem = try decodedString(c.pointee.replica_of_item, "homeward.platform.v1.AttachDisksRequest.replica_of_item")
    }
}

extension PlatformV1.AttachDisksResponse: StructBacked {
    typealias CStruct = Homeward__Platform__V1__AttachDisksResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__attach_disks_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension PlatformV1.RemoveSnapshotsRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__RemoveSnapshotsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__remove_snapshots_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.machine = arena.string(self.machine)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.RemoveSnapshotsRequest.machine")
    }
}

extension PlatformV1.SetInventoryRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__SetInventoryRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__set_inventory_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
        c.pointee.n_snapshots = self.snapshots.count
        c.pointee.snapshots = arena.strings(self.snapshots)
        if let value = self.attributes {
            c.pointee.attributes = arena.message(value)
            c.pointee.new_attributes_case = .init(rawValue: 3)
        }
        if let value = self.guest {
            c.pointee.guest = arena.message(value)
            c.pointee.new_guest_case = .init(rawValue: 4)
        }
        if let value = self.site {
            c.pointee.site = arena.message(value)
            c.pointee.new_site_case = .init(rawValue: 30)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.SetInventoryRequest.machine")
        self.snapshots = try decodedStrings(c.pointee.snapshots, c.pointee.n_snapshots, "homeward.platform.v1.SetInventoryRequest.snapshots")
        if c.pointee.new_attributes_case.rawValue == 3, let value = c.pointee.attributes {
            self.attributes = try PlatformV1.Attributes(value)
        }
        if c.pointee.new_guest_case.rawValue == 4, let value = c.pointee.guest {
            self.guest = try PlatformV1.Guest(value)
        }
        if c.pointee.new_site_case.rawValue == 30, let value = c.pointee.site {
            self.site = try PlatformV1.SiteInventory(value)
        }
    }
}

extension PlatformV1.ChangeDisksRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__ChangeDisksRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__change_disks_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.ChangeDisksRequest.machine")
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
    }
}

extension PlatformV1.SiteInventory: StructBacked {
    typealias CStruct = Homeward__Platform__V1__SiteInventory

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__site_inventory__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_missing_privileges = self.missingPrivileges.count
        c.pointee.missing_privileges = arena.strings(self.missingPrivileges)
        c.pointee.datastore_read_only = self.datastoreReadOnly ? 1 : 0
        c.pointee.master_target_controller = arena.string(self.masterTargetController)
        c.pointee.master_target_disk_ids_off = self.masterTargetDiskIDsOff ? 1 : 0
        c.pointee.master_target_tools_missing = self.masterTargetToolsMissing ? 1 : 0
        c.pointee.master_target_retention_volume_missing = self.masterTargetRetentionVolumeMissing ? 1 : 0
        c.pointee.n_datastores = self.datastores.count
        c.pointee.datastores = arena.messages(self.datastores)
        c.pointee.n_hosts = self.hosts.count
        c.pointee.hosts = arena.messages(self.hosts)
        c.pointee.master_target_host = arena.string(self.masterTargetHost)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.missingPrivileges = try decodedStrings(c.pointee.missing_privileges, c.pointee.n_missing_privileges, "homeward.platform.v1.SiteInventory.missing_privileges")
        self.datastoreReadOnly = c.pointee.datastore_read_only != 0
        self.masterTargetController = try decodedString(c.pointee.master_target_controller, "homeward.platform.v1.SiteInventory.master_target_controller")
        self.masterTargetDiskIDsOff = c.pointee.master_target_disk_ids_off != 0
        self.masterTargetToolsMissing = c.pointee.master_target_tools_missing != 0
        self.masterTargetRetentionVolumeMissing = c.pointee.master_target_retention_volume_missing != 0
        self.datastores = try decodedMessages(c.pointee.datastores, c.pointee.n_datastores)
        self.hosts = try decodedMessages(c.pointee.hosts, c.pointee.n_hosts)
        self.masterTargetHost = try decodedString(c.pointee.master_target_host, "homeward.platform.v1.SiteInventory.master_target_host")
    }
}

extension PlatformV1.DatastoreInventory: StructBacked {
    typealias CStruct = Homeward__Platform__V1__DatastoreInventory

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__datastore_inventory__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.read_only = self.readOnly ? 1 : 0
        c.pointee.limit_bytes = self.limitBytes
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.platform.v1.DatastoreInventory.id")
        self.readOnly = c.pointee.read_only != 0
        self.limitBytes = c.pointee.limit_bytes
    }
}

extension PlatformV1.HostInventory: StructBacked {
    typealias CStruct = Homeward__Platform__V1__HostInventory

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__host_inventory__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.maintenance = self.maintenance ? 1 : 0
        c.pointee.n_hidden_datastores = self.hiddenDatastores.count
        c.pointee.hidden_datastores = arena.strings(self.hiddenDatastores)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.platform.v1.HostInventory.id")
        self.maintenance = c.pointee.maintenance != 0
        self.hiddenDatastores = try decodedStrings(c.pointee.hidden_datastores, c.pointee.n_hidden_datastores, "homeward.platform.v1.HostInventory.hidden_datastores")
    }
}

extension PlatformV1.Datastore: StructBacked {
    typealias CStruct = Homeward__Platform__V1__Datastore

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__datastore__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.free_bytes = self.freeBytes
        c.pointee.read_only = self.readOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.platform.v1.Datastore.id")
        self.freeBytes = c.pointee.free_bytes
        self.readOnly = c.pointee.read_only != 0
    }
}

extension PlatformV1.Host: StructBacked {
    typealias CStruct = Homeward__Platform__V1__Host

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__host__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.memory_mib = self.memoryMib
        c.pointee.memory_free_mib = self.memoryFreeMib
        c.pointee.maintenance = self.maintenance ? 1 : 0
        c.pointee.n_datastores = self.datastores.count
        c.pointee.datastores = arena.strings(self.datastores)
        c.pointee.runs_master_target = self.runsMasterTarget ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.platform.v1.Host.id")
        self.memoryMib = c.pointee.memory_mib
        self.memoryFreeMib = c.pointee.memory_free_mib
        self.maintenance = c.pointee.maintenance != 0
        self.datastores = try decodedStrings(c.pointee.datastores, c.pointee.n_datastores, "homeward.platform.v1.Host.datastores")
        self.runsMasterTarget = c.pointee.runs_master_target != 0
    }
}

extension PlatformV1.OutOfBandPowerOnRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__OutOfBandPowerOnRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__out_of_band_power_on_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.machine = arena.string(self.machine)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.machine = try decodedString(c.pointee.machine, "homeward.platform.v1.OutOfBandPowerOnRequest.machine")
    }
}

extension PlatformV1.GetPlatformRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__GetPlatformRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__get_platform_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension PlatformV1.PlatformStatus: StructBacked {
    typealias CStruct = Homeward__Platform__V1__PlatformStatus

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__platform_status__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.site = .init(rawValue: .init(truncatingIfNeeded: self.site.rawValue))
        c.pointee.kind = arena.string(self.kind)
        c.pointee.host_boot_id = arena.string(self.hostBootID)
        c.pointee.datastore_free_bytes = self.datastoreFreeBytes
        c.pointee.memory_free_mib = self.memoryFreeMib
        c.pointee.connected = self.connected ? 1 : 0
        c.pointee.n_master_target_snapshots = self.masterTargetSnapshots.count
        c.pointee.master_target_snapshots = arena.strings(self.masterTargetSnapshots)
        c.pointee.isolates = self.isolates ? 1 : 0
        if let value = self.inventory {
            c.pointee.inventory = arena.message(value)
        }
        c.pointee.n_datastores = self.datastores.count
        c.pointee.datastores = arena.messages(self.datastores)
        c.pointee.n_hosts = self.hosts.count
        c.pointee.hosts = arena.messages(self.hosts)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.site = CommonV1.Site(rawValue: Int32(truncatingIfNeeded: c.pointee.site.rawValue))
        self.kind = try decodedString(c.pointee.kind, "homeward.platform.v1.PlatformStatus.kind")
        self.hostBootID = try decodedString(c.pointee.host_boot_id, "homeward.platform.v1.PlatformStatus.host_boot_id")
        self.datastoreFreeBytes = c.pointee.datastore_free_bytes
        self.memoryFreeMib = c.pointee.memory_free_mib
        self.connected = c.pointee.connected != 0
        self.masterTargetSnapshots = try decodedStrings(c.pointee.master_target_snapshots, c.pointee.n_master_target_snapshots, "homeward.platform.v1.PlatformStatus.master_target_snapshots")
        self.isolates = c.pointee.isolates != 0
        if let value = c.pointee.inventory {
            self.inventory = try PlatformV1.SiteInventory(value)
        }
        self.datastores = try decodedMessages(c.pointee.datastores, c.pointee.n_datastores)
        self.hosts = try decodedMessages(c.pointee.hosts, c.pointee.n_hosts)
    }
}

extension PlatformV1.CreateReplicaDisksRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__CreateReplicaDisksRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__create_replica_disks_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        c.pointee.master_target = arena.string(self.masterTarget)
        c.pointee.n_disks = self.disks.count
        c.pointee.disks = arena.messages(self.disks)
        c.pointee.datastore = arena.string(self.datastore)
        c.pointee.keep = self.keep ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.platform.v1.CreateReplicaDisksRequest.item")
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.platform.v1.CreateReplicaDisksRequest.master_target")
        self.disks = try decodedMessages(c.pointee.disks, c.pointee.n_disks)
        self.datastore = try decodedString(c.pointee.datastore, "homeward.platform.v1.CreateReplicaDisksRequest.datastore")
        self.keep = c.pointee.keep != 0
    }
}

extension PlatformV1.DeleteReplicaDisksRequest: StructBacked {
    typealias CStruct = Homeward__Platform__V1__DeleteReplicaDisksRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__delete_replica_disks_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.key {
            c.pointee.key = arena.message(value)
        }
        c.pointee.item = arena.string(self.item)
        c.pointee.master_target = arena.string(self.masterTarget)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.key {
            self.key = try CommonV1.OperationKey(value)
        }
        self.item = try decodedString(c.pointee.item, "homeward.platform.v1.DeleteReplicaDisksRequest.item")
        self.masterTarget = try decodedString(c.pointee.master_target, "homeward.platform.v1.DeleteReplicaDisksRequest.master_target")
    }
}

extension PlatformV1.DeleteReplicaDisksResponse: StructBacked {
    typealias CStruct = Homeward__Platform__V1__DeleteReplicaDisksResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__platform__v1__delete_replica_disks_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}
