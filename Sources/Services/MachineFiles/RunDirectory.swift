/// The run directory of a machine at a site: what site host, agent and guest tell each other, as files.
///
/// ```
/// machines/<machine>/
///   grant.json         site host, synced     what the machine may do, under which generation and host boot
///   agent.json         site host             what the agent process is started with
///   agent.status.json  agent                 whether it answers
///   guest.json         site host             what the guest process is started with
///   guest.status.json  guest                 its first acknowledged write, its boot actions, its end
///   agent.pid guest.pid                      which processes are the machine's, for a restarted site host
///   agent.log guest.log                      what they said
///   nbd.sock                                 where the agent serves the disks
///   guest.sock                               where the guest takes freeze and thaw
///   agent/                                   the agent's own durable state
/// ```
/// All files are JSON objects replaced whole by a rename, so that a reader never sees half of one.
public struct RunDirectory: Hashable, Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    public var grant: String { path + "/grant.json" }
    public var agentConfiguration: String { path + "/agent.json" }
    public var agentStatus: String { path + "/agent.status.json" }
    public var agentProcess: String { path + "/agent.pid" }
    public var agentLog: String { path + "/agent.log" }
    public var agentState: String { path + "/agent" }
    public var guestConfiguration: String { path + "/guest.json" }
    public var guestStatus: String { path + "/guest.status.json" }
    public var guestProcess: String { path + "/guest.pid" }
    public var guestLog: String { path + "/guest.log" }
    public var nbdSocket: String { path + "/nbd.sock" }
    public var guestSocket: String { path + "/guest.sock" }
}

/// A directory of the datastore that holds one disk with all that belongs to it. It moves between owners by one
/// rename, so these files never part.
public struct Bundle: Hashable, Sendable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// Whoever opens it for writing holds its exclusive lock for the life of the descriptor.
    public var disk: String { path + "/disk.raw" }
    /// The agent's change map.
    public var sidecar: String { path + "/sidecar" }
    /// The hand-over record of whoever released the disk.
    public var lineage: String { path + "/lineage" }
    public var overlayData: String { path + "/overlay.data" }
    public var overlayMap: String { path + "/overlay.map" }
    /// The owner that the site host gave the disk to: `machine/{id}` or `master-target/{id}` and a newline.
    public var owner: String { path + "/owner" }
}
