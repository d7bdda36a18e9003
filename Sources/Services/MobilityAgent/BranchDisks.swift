import Environment
import MachineFiles
import Model
import NBD

/// The disks of a test machine: whatever its guest does goes on to the branch, which a master target serves. Nothing is
/// tracked and nobody is dialled; a master target that starts again is a stall.
struct BranchDisks: Sendable {
    private let clients: [(id: String, client: ReconnectingNBDClient)]

    /// nil for a machine with disks of its own. Only under a test machine's grant of this boot of the host.
    static func connect(
        _ configuration: AgentConfiguration, grant: GrantFile?, _ environment: Environment
    ) async throws -> BranchDisks? {
        guard let branch = configuration.branch else { return nil }
        guard let grant, grant.kind == .drill, grant.machine == configuration.machine,
            grant.isValid(in: configuration.hostBootID)
        else {
            throw Failure(
                .grantMissing, "serve branch \(branch) to machine \(configuration.machine): there is no grant of "
                    + "a test machine in this boot of the host")
        }
        var clients: [(String, ReconnectingNBDClient)] = []
        for disk in configuration.disks {
            let client = try await ReconnectingNBDClient.connect(environment, .unix(path: branch), export: disk.id)
            guard client.geometry.size == disk.bytes else {
                throw Failure(
                    .dataCorrupt, "open disk \(disk.id) of \(branch): it has \(client.geometry.size) bytes, not "
                        + "\(disk.bytes)")
            }
            clients.append((disk.id, client))
        }
        return BranchDisks(clients: clients)
    }

    var exports: [(id: String, export: any BlockExport)] {
        clients.map { ($0.id, PassedOnExport(client: $0.client)) }
    }

    /// What is not answered yet will not be.
    func close() async {
        for (_, client) in clients { await client.close() }
    }
}

private struct PassedOnExport: BlockExport {
    let client: ReconnectingNBDClient

    var size: Int64 { client.geometry.size }
    let readOnly = false

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await client.read(offset: offset, count: count)
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        try await client.write(bytes, at: offset, fua: fua)
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        try await client.writeZeroes(offset: offset, count: count, fua: fua, mayTrim: mayTrim)
    }

    func trim(offset: Int64, count: Int64, fua: Bool) async throws {
        try await client.trim(offset: offset, count: count, fua: fua)
    }

    func flush() async throws { try await client.flush() }

    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        [FileExtent(count: count, isHole: false)]
    }
}
