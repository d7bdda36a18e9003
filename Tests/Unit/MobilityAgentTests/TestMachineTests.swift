import API
import Blocks
import Environment
import MachineFiles
import Messages
import Model
import NBD
import RPC
import ScriptedSource
import Synchronization
import Testing

@testable import MobilityAgent

/// The agent of a drill's machine: it has a branch in place of disks, and nobody to speak to.
@Suite struct TestMachineTests {
    @Test func `it works on its branch alone, and dials nobody`() throws {
        let world = try AgentWorld(seed: 58)
        let branch = MemoryBranch()
        let own = try world.content()
        try branch.serve(in: world)
        try world.place(AgentWorld.grant(1, kind: .drill))
        world.boot(branch: MemoryBranch.socket)
        let written = try world.guest { clients, environment in
            let bytes = environment.random.bytes(4_096)
            try await clients[0].write(bytes, at: 8_192)
            try await clients[0].flush()
            #expect(try await clients[0].read(offset: 8_192, count: 4_096) == bytes)
            return bytes
        }
        #expect(Array(branch.content(0)[8_192..<12_288]) == written)
        #expect(try world.content() == own)
        try world.bench.world.run(for: .seconds(10))
        let known = try world.bench.perform { environment in
            let relay = AgentRelayClient(StreamTransport(environment).channel(to: DataPathWorld.processAddress))
            do {
                _ = try await relay.getAgent(.with { $0.machine = AgentWorld.machine }, ScriptedVault.options)
                return true
            } catch let error as RPCError where error.code == .notFound { return false }
        }
        #expect(!known)
        // Told to stop, it does not wait for a branch that went away meanwhile.
        branch.vanish()
        try world.stop()
    }

    @Test(arguments: [GrantFile.Kind.active, .released, .drain])
    func `it serves nothing under a grant of an item`(kind: GrantFile.Kind) throws {
        let world = try AgentWorld(seed: 59)
        let branch = MemoryBranch()
        try branch.serve(in: world)
        try world.place(AgentWorld.grant(1, kind: kind))
        world.boot(branch: MemoryBranch.socket)
        try world.bench.world.run(for: .seconds(5))
        #expect(world.complaints.contains("there is no grant of a test machine"), "\(world.complaints)")
    }

    @Test func `its grant gives no authority over the disks of a copy`() {
        let judged = Authority.judge(
            machine: AgentWorld.machine, hostBoot: AgentWorld.hostBoot, grant: AgentWorld.grant(9, kind: .drill),
            stored: AgentStore.Authority(), highest: Blocks.Generation(DataPathWorld.generation(3)), isClosed: false)
        guard case .refusing(let why) = judged.mode else {
            Issue.record("\(judged.mode)")
            return
        }
        #expect(why.contains("a test machine's"))
    }
}

/// What a master target serves, in memory.
private final class MemoryBranch: Sendable {
    static let socket = "/branch.sock"

    private let disks = Mutex(DataPathWorld.disks.map { [UInt8](repeating: 0, count: $0.bytes) })
    private let gone = Mutex(false)

    func content(_ disk: Int) -> [UInt8] { disks.withLock { $0[disk] } }
    func change(_ disk: Int, _ body: (inout [UInt8]) -> Void) { disks.withLock { body(&$0[disk]) } }

    /// From now on nothing is answered.
    func vanish() { gone.withLock { $0 = true } }
    var isGone: Bool { gone.withLock { $0 } }

    func serve(in world: AgentWorld) throws {
        world.home.boot("branch") { [self] environment in
            guard let listener = try? await environment.network.listen(.unix(path: Self.socket)) else { return }
            let exports = Dictionary(
                uniqueKeysWithValues: DataPathWorld.disks.enumerated().map {
                    ($0.element.id.text, MemoryBranchDisk(branch: self, disk: $0.offset, environment: environment))
                })
            let server = await NBDServer.serve(
                listener: listener, exports: { exports[$0] }, list: { exports.keys.sorted() }, environment: environment)
            while true { try? await environment.clock.sleep(for: .seconds(3_600)) }
            await server.close()
        }
        try world.bench.world.run(for: .milliseconds(100))
    }
}

private struct MemoryBranchDisk: BlockExport {
    let branch: MemoryBranch
    let disk: Int
    let environment: Environment

    var size: Int64 { Int64(branch.content(disk).count) }
    let readOnly = false

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        while branch.isGone { try await environment.clock.sleep(for: .seconds(1)) }
        return Array(branch.content(disk)[Int(offset)..<(Int(offset) + count)])
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        branch.change(disk) { $0.replaceSubrange(Int(offset)..<(Int(offset) + bytes.count), with: bytes) }
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        try await write([UInt8](repeating: 0, count: Int(count)), at: offset, fua: fua)
    }

    func trim(offset: Int64, count: Int64, fua: Bool) async throws {}
    func flush() async throws {}

    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        [FileExtent(count: count, isHole: false)]
    }
}
