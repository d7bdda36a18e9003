import Environment
import MachineFiles
import Model
import Synchronization
import Testing

@testable import Guests

/// What QEMU is started with, and what is said on its monitor.
struct VirtualMachineTests {
    private func configuration(
        folder: String = "/run/vm", actions: [String] = [], emulator: String? = "/usr/bin/qemu", memory: UInt32? = 64
    ) -> GuestConfiguration {
        GuestConfiguration(
            machine: "vm-01", site: "home", bootID: "1", guest: GuestDescription(kind: .virtualMachine),
            nbdSocket: "\(folder)/nbd.sock",
            disks: [
                .init(id: "vm-01-disk-1", index: 1, bytes: 1 << 20), .init(id: "vm-01-disk-0", index: 0, bytes: 512),
            ],
            statusFile: "\(folder)/status", acknowledgements: "/acks/vm-01@home.jsonl",
            acknowledgementsDirectory: "/acks", bootActions: actions,
            controlSocket: "\(folder)/guest.sock", emulator: emulator, memoryMiB: memory)
    }

    @Test func `disks are the agent's exports in their order, and the emulator dies with who started it`() throws {
        let arguments = try Emulator(configuration()).arguments
        #expect(arguments.prefix(4) == ["--pdeathsig", "KILL", "--", "/usr/bin/qemu"])
        let disks = arguments.filter { $0.hasPrefix("driver=nbd") }
        #expect(disks.count == 2)
        #expect(disks[0].contains("export=vm-01-disk-0,") && disks[1].contains("export=vm-01-disk-1,"))
        #expect(disks.allSatisfy { $0.contains("server.path=/run/vm/nbd.sock,") })
        #expect(arguments.contains("virtio-blk-pci,drive=disk0,bootindex=0"))
        let monitor = try #require(arguments.first { $0.hasPrefix("socket,id=monitor") })
        #expect(monitor == "socket,id=monitor,server=off,path=/run/vm/guest.sock")
        #expect(arguments.contains("file,id=serial,append=on,path=/acks/vm-01@home.serial.log"))
        #expect(arguments.contains("64") && !arguments.contains("128"))
    }

    @Test func `a comma in a path is no end of an option`() throws {
        let arguments = try Emulator(configuration(folder: "/run/a,readonly=on")).arguments
        #expect(arguments.contains("socket,id=monitor,server=off,path=/run/a,,readonly=on/guest.sock"))
        #expect(arguments.contains { $0.contains("server.path=/run/a,,readonly=on/nbd.sock,export") })
    }

    @Test func `what cannot be carried out is refused`() {
        let untold = #expect(throws: Failure.self) { try Emulator(configuration(actions: ["disable-tools"])) }
        #expect(untold?.code == .unsupported)
        let unnamed = #expect(throws: Failure.self) { try Emulator(configuration(emulator: nil)) }
        #expect(unnamed?.code == .invalidArgument)
    }

    @Test func `the monitor finds its answers among events, in pieces of any size`() async throws {
        let answers = """
            {"QMP": {"version": {}, "capabilities": []}}
            {"return": {}}
            {"timestamp": {"seconds": 1}, "event": "RESUME"}
            {"return": [{"stats": {"rd_operations": 2, "wr_operations": 3, "wr_bytes": 9}}, {"stats": \
            {"rd_operations": 5, "wr_operations": 7}}]}
            {"error": {"class": "GenericError", "desc": "no such button"}}

            """
        for size in [1, 7, 1_000] {
            let stream = ScriptedStream(Array(answers.utf8), piece: size)
            let monitor = Monitor(stream)
            try await monitor.begin()
            #expect(try await monitor.counts() == Monitor.Counts(reads: 7, writes: 10))
            let refused = await #expect(throws: Failure.self) { try await monitor.powerDown() }
            #expect(refused.map { "\($0)".contains("no such button") } == true)
            let ended = await #expect(throws: Failure.self) { try await monitor.quit() }
            #expect(ended?.code == .unavailable)
            #expect(stream.said.split(separator: "\n").map(String.init) == [
                #"{"execute":"qmp_capabilities"}"#, #"{"execute":"query-blockstats"}"#,
                #"{"execute":"system_powerdown"}"#, #"{"execute":"quit"}"#,
            ])
        }
    }
}

/// Says what it was made with, then ends; keeps what it was told.
private final class ScriptedStream: ByteStream {
    private struct State {
        var left: [UInt8]
        var told: [UInt8] = []
    }

    let peer = StreamAddress.unix(path: "scripted")
    private let state: Mutex<State>
    private let piece: Int

    init(_ bytes: [UInt8], piece: Int) {
        state = Mutex(State(left: bytes))
        self.piece = piece
    }

    var said: String { state.withLock { String(decoding: $0.told, as: UTF8.self) } }

    func read() async throws(NetworkError) -> [UInt8]? {
        state.withLock { state in
            let next = Array(state.left.prefix(piece))
            state.left.removeFirst(next.count)
            return next.isEmpty ? nil : next
        }
    }

    func write(_ bytes: [UInt8]) async throws(NetworkError) { state.withLock { $0.told += bytes } }
    func close() {}
}
