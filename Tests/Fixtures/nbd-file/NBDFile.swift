import Environment
import EnvironmentLive
import Glibc
import NBD
import NIOPosix
import RPCTransport

/// The NBD server on a plain file, for the tools of others: `nbd-file SOCKET FILE` offers it as the export "disk",
/// and read-only as "ro", until it is killed. `nbd-file SOCKET FILE TLS-DIRECTORY CLIENT` also offers them over TCP, to
/// the bearers of certificates with the URI CLIENT, and prints the address.
@main struct NBDFile {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 || arguments.count == 5 else {
            print("usage: nbd-file SOCKET FILE [TLS-DIRECTORY CLIENT]")
            exit(2)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let environment = liveEnvironment(network: NIONetwork(group: group))
        let file = try environment.files.open(arguments[2], .readWrite)
        let lane = environment.lanes.lane("file")
        let size = try file.size()
        let exports = [
            "disk": FileExport(file: file, lane: lane, size: size, readOnly: false),
            "ro": FileExport(file: file, lane: lane, size: size, readOnly: true),
        ]
        let listener = try await environment.network.listen(.unix(path: arguments[1]))
        let server = await NBDServer.serve(
            listener: listener, exports: { exports[$0] }, list: { exports.keys.sorted() }, environment: environment)
        var servers = [server]
        if arguments.count == 5 {
            let credentials = TLSCredentials(TLSFiles(directory: arguments[3], revoked: false), environment)
            try await credentials.load()
            let tcp = try await NIONetwork(group: group, credentials: credentials).listen(.ip("127.0.0.1", port: 0))
            print("listening \(tcp.address)")
            fflush(nil)
            servers.append(
                await NBDServer.serve(
                    listener: tcp, exports: { exports[$0] }, list: { exports.keys.sorted() },
                    clients: [arguments[4]], environment: environment))
        }
        try await environment.clock.sleep(for: .seconds(86_400))
        for server in servers { await server.close() }
    }
}

private struct FileExport: BlockExport {
    let file: any File
    let lane: any Lane
    let size: Int64
    let readOnly: Bool

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await lane.run { try file.read(count, at: offset) }
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        try await lane.run {
            try file.write(bytes, at: offset)
            if fua { try file.sync() }
        }
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        try await lane.run {
            if mayTrim {
                try file.punchHole(at: offset, count: count)
            } else {
                let zeros = [UInt8](repeating: 0, count: 1 << 20)
                for start in stride(from: 0, to: count, by: zeros.count) {
                    try file.write(Array(zeros.prefix(Int(count - start))), at: offset + start)
                }
            }
            if fua { try file.sync() }
        }
    }

    func trim(offset: Int64, count: Int64, fua: Bool) async throws {
        try await writeZeroes(offset: offset, count: count, fua: fua, mayTrim: true)
    }

    func flush() async throws { try await lane.run { try file.sync() } }

    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        try await lane.run {
            var extents: [FileExtent] = []
            var position = offset
            while position < offset + count, extents.count < limit {
                var extent = try file.extent(at: position)
                extent.count = min(extent.count, offset + count - position)
                extents.append(extent)
                position += extent.count
            }
            return extents
        }
    }
}
