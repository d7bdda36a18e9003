internal import Contract
public import Environment
public import Hosting
public import MachineFiles
public import Model

/// The configuration file of a site host.
public struct SiteHostConfiguration: ConfigurationFile {
    public var service: ServiceSettings
    /// Directory with one directory per owner, all on one file system, so that a disk changes owner by one rename. It
    /// is the site's first datastore, `datastore-1`.
    public var datastore: String
    /// Further datastores, each such a directory on any file system.
    public var datastores: [SiteDatastore]?
    /// Directory with the run directory of each machine.
    public var machinesDirectory: String
    /// Program started as `<program> --config <run directory>/agent.json`.
    public var agentExecutable: String
    /// Program started as `<program> guest --config <run directory>/guest.json`: this one.
    public var guestExecutable: String
    /// `vmware`, `hyper-v` or `cloud`, as shown to gates.
    public var platform: String
    /// Memory that machines with power may take together, MiB: of the site's first host, `host-1`.
    public var memoryMiB: UInt32
    /// Further hosts. All of them see all datastores, as far as the inventory does not say otherwise.
    public var hosts: [SiteMachineHost]?
    /// Where guests append their acknowledgement logs, outside the machines.
    public var acknowledgementsDirectory: String
    /// IPv4 address of the first machine's agent; later machines take the following ones.
    public var agentAddressBase: String
    /// `host:port` of the site's configuration server, for machines that are not protected yet; none at the cloud.
    public var configurationServer: Peer?
    /// Machines that had power when the host went down are started by themselves when it boots, as a hypervisor
    /// with automatic start does: past every check. Their agents refuse guest writes without a grant of this boot.
    public var autostart: Bool?
    /// The certificate of the agents that this host starts, `homeward://<site>/agents`; with `service.tls`, and only
    /// then.
    public var agentTLS: TLSFiles?
    /// Agents serve their disks over TCP too, each at its own address, for NBD clients other than the guest. With TLS
    /// to the named ones, without it on loopback addresses only; the agents judge that.
    public var agentNBD: AgentConfiguration.NBDListener?
    /// Programs that freeze and thaw the guests of this host around application-consistent points; unset, those that
    /// come with the lab's guests. What they are called with: `AgentConfiguration.Hooks`.
    public var agentHooks: AgentConfiguration.Hooks?
    /// Microseconds between the background readings of all disks of a machine by its agent; unset: a day.
    public var agentScrubIntervalUs: UInt64?
    /// QEMU's program for guests that are virtual machines; unset, this host runs none.
    public var emulator: String?

    public struct Peer: Codable, Hashable, Sendable {
        public var id: String
        public var address: String
    }

    public func validate() throws(Failure) {
        guard ["vmware", "hyper-v", "cloud"].contains(platform) else {
            throw Failure(.invalidArgument, "setting \"platform\" is \"\(platform)\", not vmware, hyper-v or cloud")
        }
        for (name, path) in [
            ("datastore", datastore), ("machinesDirectory", machinesDirectory),
            ("agentExecutable", agentExecutable), ("guestExecutable", guestExecutable),
            ("acknowledgementsDirectory", acknowledgementsDirectory), ("emulator", emulator ?? "/"),
        ] where !path.hasPrefix("/") {
            throw Failure(.invalidArgument, "setting \"\(name)\" is \"\(path)\", not an absolute path")
        }
        guard (agentTLS == nil) == (service.tls == nil) else {
            throw Failure(
                .invalidArgument, agentTLS == nil
                    ? "setting \"agentTLS\" is missing: agents have a certificate of their own where there is TLS"
                    : "setting \"agentTLS\" is given without \"service.tls\"")
        }
        _ = try agentAddress(0)
        _ = try ScrubInterval.value(agentScrubIntervalUs, of: "agentScrubIntervalUs")
        for (setting, ids) in [("datastores", siteDatastores.map(\.id)), ("hosts", siteHosts.map(\.id))] {
            guard Set(ids).count == ids.count, ids.allSatisfy({ MachineID.isValid($0) }) else {
                throw Failure(
                    .invalidArgument, "setting \"\(setting)\" has ids \(ids): they are lower-case names, each once")
            }
        }
        let directories = siteDatastores.map(\.directory)
        guard directories.allSatisfy({ $0.hasPrefix("/") }), Set(directories).count == directories.count else {
            throw Failure(.invalidArgument, "setting \"datastores\": give each an absolute path of its own")
        }
    }

    /// The address of the machine with this place in the order of creation.
    func agentAddress(_ place: Int) throws(Failure) -> String {
        let parts = agentAddressBase.split(separator: ".", omittingEmptySubsequences: false).compactMap { UInt8($0) }
        guard parts.count == 4 else {
            throw Failure(.invalidArgument, "setting \"agentAddressBase\" is \"\(agentAddressBase)\", not IPv4")
        }
        let base = parts.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let number = base + UInt64(place)
        guard number >> 32 == 0 else {
            throw Failure(.limitReached, "give a machine an address: \(place) addresses after \(agentAddressBase)")
        }
        return [24, 16, 8, 0].map { String(number >> UInt64($0) & 0xFF) }.joined(separator: ".")
    }
}
