import Foundation
import Ledger
import Synchronization
import Testing

/// Each planted fault is found by both checkers, word for word the same, and sound images give no finding.
@Suite(.timeLimit(.minutes(2)))
struct CheckerTests {
    /// Judges with both checkers; they must agree.
    private func judge(
        _ runs: [(run: Run, bytes: [[UInt8]])], _ mode: LedgerChecker.Mode, together: Bool = false,
        applicationConsistent: Bool = false
    ) throws -> [LedgerChecker.Finding] {
        let images = runs.flatMap { $0.run.images($0.bytes) }
        let findings = try LedgerChecker.judge(
            images, logs: try runs.map { try $0.run.lines() }, mode: mode, together: together,
            applicationConsistent: applicationConsistent)
        let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var arguments = ["--mode", mode.rawValue] + (together ? ["--together"] : [])
            + (applicationConsistent ? ["--application-consistent"] : [])
        for (run, disks) in runs {
            for (index, bytes) in disks.enumerated() {
                let path = folder.appending(path: "\(run.name)-\(index)")
                try Data(bytes).write(to: path)
                arguments.insert("\(run.name):\(index)=\(path.path)", at: 0)
            }
            let log = folder.appending(path: "\(run.name).jsonl")
            try Data(run.log).write(to: log)
            arguments += ["--log", log.path]
        }
        let (status, lines) = try python(arguments)
        #expect(lines.dropLast().sorted() == findings.map(\.description).sorted())
        #expect(status == (findings.isEmpty ? 0 : 1))
        return findings
    }

    private func python(_ arguments: [String]) throws -> (Int32, [String]) {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Checkers/ledger.py").path
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-B", script] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text.split(separator: "\n").map(String.init))
    }

    private func faults(_ findings: [LedgerChecker.Finding]) -> [LedgerChecker.Fault] { findings.map(\.fault) }

    private func block(_ bytes: [UInt8], _ block: Int) -> [UInt8] { Array(bytes[block * 4096..<block * 4096 + 4096]) }

    /// Blocks of a disk that hold a record now, without the superblock.
    private func recordBlocks(_ bytes: [UInt8]) -> [Int] {
        (1..<bytes.count / 4096).filter {
            if case .record = LedgerRecord.decode(bytes[$0 * 4096..<$0 * 4096 + 4096]) { true } else { false }
        }
    }

    private func put(_ block: [UInt8], _ index: Int, into bytes: inout [UInt8]) {
        bytes.replaceSubrange(index * 4096..<index * 4096 + 4096, with: block)
    }

    @Test(arguments: [UInt64(1), 2, 3]) func `what a guest left is good in every mode`(seed: UInt64) async throws {
        let run = Run("m")
        try await run.guest(300, seed: seed, trims: true)
        for mode in [LedgerChecker.Mode.live, .prefix, .durable] {
            #expect(try judge([(run, run.disks.map(\.bytes))], mode) == [])
        }
    }

    @Test func `a guest that stands still is in no transaction, and both checkers see when one is`() async throws {
        let run = Run("m")
        let environment = testEnvironment(run.files, clock: StandingClock())
        let standstill = Standstill(environment)
        let guest = LedgerGuest(
            environment, disks: run.disks,
            LedgerConfiguration(
                machine: "m", site: "home", seed: 5, generation: 1, workingSet: 24, concurrency: 1, flushEvery: 16,
                transaction: 8),
            log: try await AcknowledgementLog(environment, path: "/log"), standstill: standstill)
        let inFlight = Mutex<[[UInt8]]>([])
        // In the middle of a transaction: a superblock for each disk, an end, and then ten changes for each.
        run.disks[1].onWrite { [disks = run.disks] _ in
            inFlight.withLock { if $0.isEmpty { $0 = disks.map(\.bytes) } }
        }
        let running = Task { try await guest.run() }
        var image: [[UInt8]] = []
        for round in 1...3 {
            while await guest.acknowledgedCount < round * 60 { await Task.yield() }
            #expect(await standstill.freeze("point-\(round)", hold: .seconds(10)) == nil)
            let frozen = run.disks.map(\.bytes)
            for _ in 0..<200 { await Task.yield() }
            #expect(run.disks.map(\.bytes) == frozen)
            // Everything acknowledged is there, and nothing was begun.
            #expect(try judge([(run, frozen)], .live, applicationConsistent: true) == [])
            if round == 2 {
                #expect(faults(try judge([(run, image)], .prefix, applicationConsistent: true)) == [.unfinished])
                #expect(try judge([(run, image)], .prefix) == [])
            }
            inFlight.withLock { $0 = [] }
            #expect(await standstill.thaw("point-\(round)") == nil)
            #expect(await standstill.thaw("point-\(round)") == "it is not frozen")
            while inFlight.withLock({ $0.isEmpty }) { await Task.yield() }
            image = inFlight.withLock { $0 }
        }
        await guest.stop()
        try await running.value
        // A guest that ends in order ends its transaction.
        #expect(try judge([(run, run.disks.map(\.bytes))], .live, applicationConsistent: true) == [])
        #expect(await standstill.freeze("late", hold: .seconds(1)) == "the workload has ended")
    }

    @Test func `a freeze that nobody thaws is over by itself, and then the thaw says so`() async throws {
        let run = Run("m")
        let environment = testEnvironment(run.files)
        let standstill = Standstill(environment)
        let rest = Task {
            while await !standstill.isAsked { await Task.yield() }
            await standstill.rest()
        }
        #expect(await standstill.freeze("p", hold: .milliseconds(1)) == nil)
        // The clock of this test does not wait.
        await rest.value
        #expect(await standstill.thaw("p") == "it is not frozen")
    }

    @Test func `torn, misdirected, duplicated and foreign blocks are told apart`() async throws {
        let run = Run("m")
        try await run.guest(300)
        let good = run.disks.map(\.bytes)
        let blocks = recordBlocks(good[0])

        var torn = good
        torn[0][blocks[0] * 4096 + 3000] ^= 0xff
        #expect(faults(try judge([(run, torn)], .live)) == [.torn])

        var duplicated = good
        put(block(good[0], blocks[0]), blocks[1], into: &duplicated[0])
        #expect(faults(try judge([(run, duplicated)], .live)) == [.duplicated])

        var misdirected = good
        put(block(good[0], blocks[0]), 31, into: &misdirected[1])
        put([UInt8](repeating: 0, count: 4096), blocks[0], into: &misdirected[0])
        #expect(Set(faults(try judge([(run, misdirected)], .live))) == [.misdirected, .lost])

        var foreign = good
        guard case .record(var record) = LedgerRecord.decode(block(good[0], blocks[0])[...]) else { return }
        record.seed ^= 1
        put(record.encode(), blocks[0], into: &foreign[0])
        #expect(faults(try judge([(run, foreign)], .live)) == [.foreign])
    }

    @Test func `a lost write is found on the live image and as reordering in a cut`() async throws {
        let run = Run("m")
        try await run.guest(200)
        let early = run.disks.map(\.bytes)
        try await run.guest(200, seed: 2)
        var lost = run.disks.map(\.bytes)
        let changed = recordBlocks(lost[0]).filter { block(early[0], $0) != block(lost[0], $0) }
        put([UInt8](repeating: 0, count: 4096), changed[0], into: &lost[0])
        #expect(faults(try judge([(run, lost)], .live)) == [.lost])
        #expect(faults(try judge([(run, lost)], .prefix)) == [.reordered])
        #expect(faults(try judge([(run, lost)], .durable)) == [.lost])
    }

    @Test func `an earlier instant is a prefix, and is not the live image`() async throws {
        let run = Run("m")
        let copies = Mutex<[[UInt8]]>([])
        let disks = run.disks
        run.disks[0].onWrite { count in
            if count == 60 { copies.withLock { $0 = disks.map(\.bytes) } }
        }
        // One at a time: the copy of both disks is an instant.
        try await run.guest(300, concurrency: 1)
        let copy = copies.withLock { $0 }
        #expect(try judge([(run, copy)], .prefix) == [])
        #expect(faults(try judge([(run, copy)], .live)).allSatisfy { $0 == .lost || $0 == .resurrected })
        #expect(!(try judge([(run, copy)], .durable)).isEmpty)
        let mixed = [copy[0], run.disks[1].bytes]
        let found = Set(faults(try judge([(run, mixed)], .prefix)))
        #expect(found.contains(.reordered))
        #expect(found.isSubset(of: [.reordered, .inconsistent]))
    }

    @Test func `erased content that comes back is resurrected`() async throws {
        let run = Run("m")
        let old = Mutex<[(Int, [UInt8])]>([])
        let disk = run.disks[0]
        disk.onWrite { count in
            if count == 100 { old.withLock { $0 = [(0, disk.bytes)] } }
        }
        try await run.guest(600, concurrency: 1)
        var bytes = run.disks.map(\.bytes)
        // The last change of some block is a zero: bring back the record that it erased.
        let lines = try run.lines()
        let last = Dictionary(
            lines.filter { $0.event == .ack && $0.kind != .flush && $0.disk == 0 }.map { ($0.offset, $0) },
            uniquingKeysWith: { $1 })
        let erased = try #require(last.values.filter { $0.kind == .zero }.map(\.offset).min())
        let before = try #require(
            lines.last { $0.event == .issue && $0.kind == .write && $0.disk == 0 && $0.offset == erased })
        put(try #require(before.content()), Int(erased / 4096), into: &bytes[0])
        #expect(faults(try judge([(run, bytes)], .live)) == [.resurrected])
    }

    @Test func `after a failover to an older point, what was left behind must not come back`() async throws {
        let run = Run("m")
        try await run.guest(100)
        let point = run.disks.map(\.bytes)
        try await run.guest(100, seed: 5)
        let newest = run.disks.map(\.bytes)
        let over = Run("m", disks: point.map { MemoryDisk($0) })
        let file = try over.files.open("/log", .create)
        try file.write(run.log, at: 0)
        try await over.guest(30, seed: 6, generation: 2)
        #expect(try judge([(over, over.disks.map(\.bytes))], .live) == [])
        var mixed = over.disks.map(\.bytes)
        let stale = recordBlocks(newest[0]).first { candidate in
            block(newest[0], candidate) != block(point[0], candidate)
        }
        put(block(newest[0], try #require(stale)), try #require(stale), into: &mixed[0])
        #expect(faults(try judge([(over, mixed)], .live)) == [.resurrected])
    }

    @Test func `a write lost before a restart in the same generation is found though the guest went on`() async throws {
        let run = Run("m")
        try await run.guest(200)
        var bytes = run.disks.map(\.bytes)
        put([UInt8](repeating: 0, count: 4096), recordBlocks(bytes[1])[0], into: &bytes[1])
        let again = Run("m", disks: bytes.map { MemoryDisk($0) })
        try again.files.open("/log", .create).write(run.log, at: 0)
        try await again.guest(50, seed: 9)
        #expect(faults(try judge([(again, again.disks.map(\.bytes))], .live)) == [.lost])
    }

    @Test func `a cut that holds a write without its dependency on another machine is inconsistent`() async throws {
        let board = AcknowledgementBoard()
        let first = Run("a")
        let second = Run("b")
        let empty = first.disks.map(\.bytes)
        try await first.guest(50, board: board)
        try await second.guest(50, board: board)
        let whole = [(first, first.disks.map(\.bytes)), (second, second.disks.map(\.bytes))]
        #expect(try judge(whole, .prefix) == [])
        let findings = try judge([(first, empty), (second, second.disks.map(\.bytes))], .prefix)
        #expect(Set(faults(findings)) == [.inconsistent])
    }

    @Test func `machines not cut at one time are told apart even where no record names another`() async throws {
        let clock = SteppingClock()
        let first = Run("a")
        let second = Run("b")
        try await first.guest(40, concurrency: 1, clock: clock)
        let early = first.disks.map(\.bytes)
        try await first.guest(40, seed: 3, concurrency: 1, clock: clock)
        try await second.guest(40, concurrency: 1, clock: clock)
        let late = (second, second.disks.map(\.bytes))
        #expect(try judge([(first, first.disks.map(\.bytes)), late], .prefix, together: true) == [])
        #expect(try judge([(first, early), late], .prefix) == [])
        #expect(Set(faults(try judge([(first, early), late], .prefix, together: true))) == [.inconsistent])
        // The other way round it may be a cut.
        let blank = second.disks.map { [UInt8](repeating: 0, count: $0.bytes.count) }
        #expect(try judge([(first, early), (second, blank)], .prefix, together: true) == [])
    }

    @Test func `a board of files tells what other processes posted last`() async throws {
        let environment = testEnvironment(MemoryFiles())
        let a = AcknowledgementDirectory(environment, directory: "/acks/board.shop.home", machine: "a")
        let b = AcknowledgementDirectory(environment, directory: "/acks/board.shop.home", machine: "b")
        func write(_ machine: String, _ generation: UInt64, _ sequence: UInt64) -> LedgerRecord.Dependency {
            LedgerRecord.Dependency(machine: machine, generation: generation, sequence: sequence)
        }
        #expect(try await b.others(than: "b") == [])
        #expect(try await a.others(than: "a") == [])
        try await a.post(write("a", 1, 7))
        try await a.post(write("a", 1, 6))
        try await b.post(write("b", 2, 1))
        #expect(try await b.others(than: "b") == [write("a", 1, 7)])
        #expect(try await a.others(than: "a") == [write("b", 2, 1)])
        let file = try environment.files.open("/acks/board.shop.home/a", .readWrite)
        try file.write(Array("9".utf8), at: 30)
        #expect(try await b.others(than: "b") == [])
    }

    @Test func `what another machine posted before this one booted may be gone, and nothing depends on it`()
        async throws
    {
        let environment = testEnvironment(MemoryFiles())
        func board(_ machine: String) -> AcknowledgementDirectory {
            AcknowledgementDirectory(environment, directory: "/acks/board.shop.cloud", machine: machine)
        }
        try await board("a").post(LedgerRecord.Dependency(machine: "a", generation: 2, sequence: 40))
        let b = board("b")
        #expect(try await b.others(than: "b") == [])
        let a = board("a")
        try await a.post(LedgerRecord.Dependency(machine: "a", generation: 4, sequence: 9))
        #expect(try await b.others(than: "b").map(\.sequence) == [9])
    }

    @Test func `acknowledgements replayed over the base give the live image, for both checkers`() async throws {
        let run = Run("m")
        try await run.guest(100)
        let base = run.disks[0].bytes
        let already = try run.lines().count
        try await run.guest(100, seed: 8, trims: true)
        let environment = testEnvironment(run.files)
        let writes = try WritesFile.parse(
            Array("{\"phase\":\"home\",\"disk\":0,\"offset\":100352,\"length\":5120,\"seed\":3}".utf8),
            diskSizes: [1 << 17])
        try await PatternWriter(
            environment, disks: run.disks, machine: "m", site: "home", generation: 1,
            log: try await AcknowledgementLog(environment, path: "/log")
        ).run(writes, phase: .home)
        #expect(Array(run.disks[0].bytes[100352..<105472]) == Pattern.content(seed: 3, count: 5120))
        let log = Array(try run.lines().dropFirst(already))
        var live = run.disks[0].bytes
        #expect(try compare(base, live, log).0.differing == [])
        live[100352] ^= 1
        let (verdict, status) = try compare(base, live, log)
        #expect(verdict.differing == [100352])
        #expect(status == 1)
    }

    private func compare(_ base: [UInt8], _ live: [UInt8], _ log: [LogLine]) throws -> (LedgerReplay.Verdict, Int32) {
        let verdict = try LedgerReplay.compare(
            base: MemoryFile(base), live: MemoryFile(live), scratch: MemoryFile([]), machine: "m", disk: 0, log: log)
        let folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = ["base", "live", "log"].map { folder.appending(path: $0) }
        for (path, bytes) in zip(paths, [base, live, Array(log.map { $0.encode() }.joined().utf8)]) {
            try Data(bytes).write(to: path)
        }
        let (status, lines) = try python(
            ["replay", "--base", paths[0].path, "--live", paths[1].path, "--log", paths[2].path])
        #expect(lines.dropLast() == verdict.differing.map { "differs at \($0)" }[...])
        return (verdict, status)
    }

    @Test func `a failing disk ends the guest with its error, and the log still judges the disk`() async throws {
        let run = Run("m")
        run.disks[0].failAfter(40)
        let environment = testEnvironment(run.files)
        let guest = LedgerGuest(
            environment, disks: run.disks, LedgerConfiguration(machine: "m", site: "home", seed: 1, generation: 1),
            log: try await AcknowledgementLog(environment, path: "/log"))
        await #expect(throws: (any Error).self) { try await guest.run() }
        #expect(try run.lines().contains { $0.event == .fail })
        #expect(try judge([(run, run.disks.map(\.bytes))], .live) == [])
    }

    @Test func `a guest of an older generation refuses newer disks`() async throws {
        let run = Run("m")
        try await run.guest(20, generation: 4)
        let environment = testEnvironment(run.files)
        let stale = LedgerGuest(
            environment, disks: run.disks, LedgerConfiguration(machine: "m", site: "home", seed: 1, generation: 3),
            log: try await AcknowledgementLog(environment, path: "/log"))
        await #expect(throws: LedgerGuestError.olderGeneration(found: 4, own: 3)) { try await stale.run() }
    }
}
