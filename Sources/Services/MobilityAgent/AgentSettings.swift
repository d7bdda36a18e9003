internal import Contract
public import Hosting
public import MachineFiles
public import Model

/// `mobility-agent --config agent.json`: the file that the site host writes beside the machine at each power-on.
///
/// What every program is told follows from it: the agent's id, its state in the run directory, and its own address,
/// where it serves nothing but health, at a port that the system chooses.
extension AgentConfiguration: ConfigurationFile {
    public var service: ServiceSettings {
        ServiceSettings(
            id: "agent-\(machine)", site: site, listen: "\(address):0",
            stateDirectory: RunDirectory(runDirectory).agentState, logLevel: logLevel, tls: tls,
            plaintext: tls == nil)
    }

    public func validate() throws(Failure) {
        _ = try MachineID(machine)
        guard !disks.isEmpty, disks.count <= mostDisks else {
            throw Failure(.invalidArgument, "setting \"disks\" must name 1 to \(mostDisks) disks")
        }
        guard disks.map(\.index) == Array(disks.indices) else {
            throw Failure(.invalidArgument, "setting \"disks\" must be in order of index, from 0 without a gap")
        }
        for disk in disks {
            _ = try DiskID(disk.id)
            guard disk.bytes > 0, disk.bytes % 512 == 0 else {
                throw Failure(.invalidArgument, "setting \"disks\": \(disk.bytes) bytes of disk \(disk.id)")
            }
        }
        guard branch?.hasPrefix("/") ?? true else {
            throw Failure(.invalidArgument, "setting \"branch\" is not the path of a socket")
        }
        try nbd?.validate(address: address, hasTLS: tls != nil)
        try hooks?.validate()
        _ = try ScrubInterval.value(scrubIntervalUs)
    }
}

extension AgentConfiguration.NBDListener {
    func validate(address: String, hasTLS: Bool) throws(Failure) {
        guard (0...65_535).contains(port) else { throw Failure(.invalidArgument, "setting \"nbd\": port \(port)") }
        guard !hasTLS else {
            guard clients?.isEmpty == false else {
                throw Failure(.invalidArgument, "setting \"nbd\" names no \"clients\" that may use the disks over TCP")
            }
            return
        }
        guard address.hasPrefix("127.") || address == "::1" else {
            throw Failure(
                .invalidArgument, "setting \"nbd\": NBD over TCP at \(address), which is not a loopback address, needs "
                    + "\"tls\": disks are not served in the clear to other computers")
        }
        guard clients == nil else {
            throw Failure(.invalidArgument, "setting \"nbd\": \"clients\" are known by certificates; give it \"tls\"")
        }
    }
}

/// As many as an interval's trailer may name.
private let mostDisks = 64
