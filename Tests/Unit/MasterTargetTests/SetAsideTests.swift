import Blocks
import Contract
import Environment
import Messages
import Model
import Replicas
import RPC
import ScriptedSource
import Testing

@testable import Tracking

/// What a machine wrote to disks that it was handed, and that were taken back.
struct SetAsideTests {
    fileprivate static let written = [UInt8](repeating: 0xA5, count: 2 * blockSize)
    /// A block into the first disk, and across two more.
    fileprivate static let offset = Int64(blockSize) + 512

    @Test func `what a machine wrote is read as that machine had it, over the point that it ran from`() throws {
        let bench = try targetWorld(seed: 31)
        let contents = try bench.handOver(at: 2)
        try bench.runOnOverlay()
        let expected = try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.takeBack(3)
            let kept = try #require(try await vault.setAside().first)
            #expect(kept.generation == 2 && kept.point == 2)
            #expect(kept.disks.map(\.blocks) == [3, 0] && kept.disks[0].storedBytes == 3 * 4_096)
            #expect(kept.disks.map(\.bytes) == DataPathWorld.disks.map { UInt64($0.bytes) })
            #expect(try await vault.replica().position == 3)
            #expect(try await vault.pins() == [2: ["set-aside-2"]])
            var expected = contents[2] ?? []
            expected[0].replaceSubrange(Int(Self.offset)..<Int(Self.offset) + Self.written.count, with: Self.written)
            for disk in expected.indices { #expect(try await vault.read(2, disk) == expected[disk]) }
            await #expect(throws: RPCError.self) { _ = try await vault.read(7, 0) }
            await #expect(throws: RPCError.self) { _ = try await vault.read(2, 9) }
            return expected
        }
        // It is all there after a kill; without its point what was written is.
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            _ = try await vault.replica()
            #expect(try await vault.read(2, 0) == expected[0])
            _ = try await vault.target.unpinPoint(
                .with { $0.key = vault.key("unpin"); $0.item = "item-1"; $0.pin = "set-aside-2" })
            #expect(try await vault.setAside().first?.point == 0)
            let gone = await #expect(throws: RPCError.self) { _ = try await vault.read(2, 0) }
            #expect(gone?.message.contains("changes_only") == true)
            let blocks = 1..<4
            let changes = try await vault.read(2, 0, changesOnly: true)
            for block in 0..<changes.count / blockSize {
                let range = block * blockSize..<(block + 1) * blockSize
                let isWritten = blocks.contains(block)
                let content = isWritten ? Array(expected[0][range]) : [UInt8](repeating: 0, count: blockSize)
                #expect(Array(changes[range]) == content, "block \(block)")
            }
            #expect(changes.count == expected[0].count)
        }
    }

    @Test func `released it is gone with its pin, asking again is harmless, and nothing else is touched`() throws {
        let bench = try targetWorld(seed: 32)
        _ = try bench.handOver(at: 3)
        try bench.runOnOverlay()
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.takeBack(3)
            _ = try await vault.target.pinPoint(
                .with { $0.key = vault.key("hand"); $0.item = "item-1"; $0.number = 3; $0.pin = "by-hand/3" })
            #expect(try await vault.pins() == [3: ["by-hand/3", "set-aside-2"]])
            #expect(try await vault.release(setAside: 9, "other").count == 1)
            #expect(try await vault.release(setAside: 2, "mine") == [])
            #expect(try await vault.release(setAside: 2, "again") == [])
            #expect(try await vault.pins() == [3: ["by-hand/3"]])
        }
        #expect(try bench.filesSetAside() == [])
    }

    @Test func `a map that is damaged is named, the others are told, and the replica goes on`() throws {
        let bench = try targetWorld(seed: 33)
        _ = try bench.handOver(at: 3)
        try bench.runOnOverlay()
        try bench.perform { environment in try await ScriptedVault(environment).takeBack(3) }
        // The next copy's is torn: it says nothing of what that copy wrote, and takes nobody's place.
        try bench.giveAway(under: 4, at: 3)
        try bench.runOnOverlay()
        try bench.damage("overlay.map")
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.takeBack(5)
            let kept = try await vault.setAside()
            #expect(kept.map(\.generation) == [2, 4])
            #expect(kept.map { $0.disks.map(\.blocks) } == [[3, 0], [0, 0]])
            #expect(kept[0].disks.map(\.damage) == ["", ""] && kept[1].disks[1].damage.isEmpty)
            let named = "generation 4 wrote to disk \(DataPathWorld.disks[0].id)"
            #expect(kept[1].disks[0].damage.contains(named), "\(kept[1].disks[0].damage)")
            #expect(try await vault.replica().state == .atPoint)
            #expect(try await vault.read(2, 0, changesOnly: true).count == DataPathWorld.disks[0].bytes)
            let failure = await #expect(throws: RPCError.self) { _ = try await vault.read(4, 0, changesOnly: true) }
            #expect(failure?.message.contains(named) == true, "\(String(describing: failure))")
        }
        // Another torn one is one damaged one, and one that is whole takes the place of all.
        try bench.giveAway(under: 6, at: 3)
        try bench.runOnOverlay()
        try bench.damage("overlay.map")
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.takeBack(7)
            #expect(try await vault.setAside().map(\.generation) == [2, 6])
            #expect(try await vault.release(setAside: 6, "damaged", under: 7).map(\.generation) == [2])
        }
        try bench.giveAway(under: 8, at: 3)
        try bench.runOnOverlay()
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.takeBack(9)
            #expect(try await vault.setAside().map(\.generation) == [8])
        }
    }

    @Test func `what nobody wrote to takes no place, neither on the disks nor of what somebody wrote`() throws {
        let bench = try targetWorld(seed: 34)
        _ = try bench.handOver(at: 2)
        try bench.runOnOverlay()
        try bench.perform { environment in try await ScriptedVault(environment).takeBack(3) }
        try bench.giveAway(under: 4, at: 3)
        try bench.runOnOverlay(writing: false)
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.takeBack(5)
            let kept = try await vault.setAside()
            #expect(kept.map(\.generation) == [2] && kept[0].disks.map(\.blocks) == [3, 0])
            #expect(try await vault.pins() == [2: ["set-aside-2"]])
        }
        #expect(try bench.filesSetAside().allSatisfy { $0.hasPrefix("set-aside-2.") })
    }
}

extension DataPathWorld {
    /// Three points; the disks are given away under generation 2 at one of them. Answers the points' contents.
    fileprivate func handOver(at point: UInt64) throws -> [UInt64: [[UInt8]]] {
        try perform { [machine = machine(seed: 31)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...3 as ClosedRange<UInt64> {
                machine.scribble(10)
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            try await ScriptedVault(environment).giveAway(under: 2, at: point)
            return machine.cuts
        }
    }

    fileprivate func giveAway(under generation: UInt64, at point: UInt64) throws {
        try perform { environment in try await ScriptedVault(environment).giveAway(under: generation, at: point) }
    }

    /// The first disk's.
    fileprivate func damage(_ name: String) throws {
        try on(masterTarget) { environment in
            let path = "\(DataPathWorld.ownerDirectory)/\(DataPathWorld.disks[0].id.text)/\(name)"
            let file = try environment.files.open(path, .readWrite)
            defer { file.close() }
            try file.write([UInt8](repeating: 0xFF, count: 64), at: 0)
            try file.sync()
        }
    }

    /// As the machine's agent does it, on both disks; it writes to the first.
    fileprivate func runOnOverlay(writing: Bool = true) throws {
        try on(masterTarget) { environment in
            for (index, disk) in DataPathWorld.disks.enumerated() {
                let bundle = "\(DataPathWorld.ownerDirectory)/\(disk.id.text)"
                func open(_ name: String) throws -> any File {
                    try environment.files.open("\(bundle)/\(name)", .create)
                }
                let below = try FileDisk(locking: environment.files.open("\(bundle)/disk.raw", .readWrite))
                let files = OverlayDisk.Files(
                    data: try open("overlay.data"), map: try open("overlay.map"), journal: try open("overlay.journal"))
                let overlay = try OverlayDisk.create(files, over: below)
                if index == 0, writing { try overlay.write(SetAsideTests.written, at: SetAsideTests.offset) }
                try overlay.sync()
                overlay.close()
                below.file.close()
            }
        }
    }

    fileprivate func filesSetAside() throws -> [String] {
        try on(masterTarget) { environment in
            try DataPathWorld.disks.flatMap { disk in
                try environment.files.list("\(DataPathWorld.ownerDirectory)/\(disk.id.text)")
                    .filter(ReplicaDisk.isSetAside)
            }
        }
    }
}

extension ScriptedVault {
    /// The disks are moved to a point, and another owner's.
    fileprivate func giveAway(under number: UInt64, at point: UInt64) async throws {
        try await assignTarget(number)
        let generation = DataPathWorld.generation(number).message
        _ = try await target.moveReplica(
            .with {
                $0.key = key("move-\(number)")
                $0.item = "item-1"
                $0.generation = generation
                $0.number = point
            })
        _ = try await target.releaseReplica(
            .with {
                $0.key = key("release-\(number)")
                $0.item = "item-1"
                $0.generation = generation
            })
    }

    fileprivate func takeBack(_ generation: UInt64) async throws {
        try await assignTarget(generation)
        _ = try await target.reclaimReplica(
            .with {
                $0.key = key("reclaim-\(generation)")
                $0.item = "item-1"
                $0.generation = DataPathWorld.generation(generation).message
            })
    }

    fileprivate func setAside() async throws -> [TargetV1.SetAside] {
        try await target.getSetAside(.with { $0.item = "item-1" }).setAside
    }

    fileprivate func pins() async throws -> [UInt64: [String]] {
        let points = try await target.listPoints(.with { $0.item = "item-1" }).points.filter { !$0.pins.isEmpty }
        return Dictionary(uniqueKeysWithValues: points.map { ($0.number, $0.pins) })
    }

    fileprivate func release(
        setAside generation: UInt64, _ step: String, under fence: UInt64 = 3
    ) async throws -> [TargetV1.SetAside] {
        try await target.releaseSetAside(
            .with {
                $0.key = key(step)
                $0.item = "item-1"
                $0.generation = DataPathWorld.generation(fence).message
                $0.setAside = generation
            }
        ).setAside
    }

    /// A disk, with zeros where no piece came.
    fileprivate func read(_ generation: UInt64, _ disk: Int, changesOnly: Bool = false) async throws -> [UInt8] {
        let call = try await target.readSetAside(
            .with {
                $0.item = "item-1"
                $0.generation = generation
                $0.disk = UInt32(disk)
                $0.changesOnly = changesOnly
            })
        var bytes: [UInt8] = []
        while let piece = try await call.next() {
            bytes += [UInt8](repeating: 0, count: Int(piece.offset) - bytes.count)
            bytes += piece.data + [UInt8](repeating: 0, count: Int(piece.zeroes))
        }
        return bytes
    }
}
