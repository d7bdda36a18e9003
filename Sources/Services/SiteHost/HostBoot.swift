import Environment
import MachineFiles
import Model

/// The current boot of the host. Power-on grants are bound to it (rule G5).
///
/// It is kept in `<state>/host-boot.json` and survives restarts of the site host. It is new when the computer booted
/// since, or when the file is gone: `homeward lab power-cycle` simulates a power loss of the host by killing the site
/// host, deleting the file and starting the site host again, which then kills what is left of the old boot.
struct HostBoot: Sendable {
    struct Record: MachineFile {
        static var kind: String { "host's boot" }
        var hostBootID: String
        var kernelBootID: String
    }

    static let fileName = "host-boot.json"

    /// Blocking: on a lane.
    static func load(
        _ stateDirectory: String, kernelBootID: String, _ files: any FileSystem, _ random: any RandomSource
    ) throws -> HostBootID {
        let path = "\(stateDirectory)/\(fileName)"
        if let known = try Record.read(path, files), known.kernelBootID == kernelBootID {
            return try HostBootID(known.hostBootID)
        }
        let fresh = HostBootID(prefix: "host-boot", entropy: random.bytes(8))
        try Record(hostBootID: fresh.text, kernelBootID: kernelBootID).replace(path, files)
        return fresh
    }
}
