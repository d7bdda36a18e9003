import Blocks
import Contract
import Environment
import IntervalFrames
import Messages
import Model
import Replicas
import RPC
import ScriptedSource
import Testing

@testable import Tracking

struct ControlTests {
    @Test func `an assignment cuts the stream of a fenced writer`() throws {
        let bench = try targetWorld(seed: 21)
        try bench.perform { [machine = bench.machine(seed: 21)] environment in
            var machine = machine
            machine.scribble()
            let first = machine.cut(base: 0)
            let vault = ScriptedVault(environment)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            try await stream.send(first)
            try await stream.await(1, .applied)
            try await vault.assignTarget(2)
            let end = try await stream.awaitEnd()
            #expect(end.code == .staleGeneration)
            let failure = await #expect(throws: Failure.self) {
                _ = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            }
            #expect(failure?.code == .staleGeneration)
            let replica = try await vault.replica()
            #expect(replica.fence == DataPathWorld.generation(2).message)
            #expect(replica.position == 1)
        }
    }

    /// As a reprotect asks that comes right after one that was cancelled.
    @Test func `a replica whose disks were not synced yet can be adopted again`() throws {
        let bench = try targetWorld(seed: 29)
        try bench.perform { [machine = bench.machine(seed: 29)] environment in
            var machine = machine
            let vault = ScriptedVault(environment)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            for number in 1...3 as ClosedRange<UInt64> {
                machine.scribble()
                try await stream.send(machine.cut(base: number - 1))
                try await stream.await(number, .applied)
            }
            try await vault.assignTarget(2)
            let found = try await vault.adopt(blank: false, machine, step: "again")
            #expect(found.replica?.position == 3 && found.replica?.state == .atPoint)
        }
    }

    @Test func `a drained generation is taken until its final seal`() throws {
        let bench = try targetWorld(seed: 22)
        try bench.perform { [machine = bench.machine(seed: 22)] environment in
            var machine = machine
            machine.scribble()
            let first = machine.cut(base: 0)
            let vault = ScriptedVault(environment)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            try await stream.send(first)
            try await vault.assignTarget(2, drains: 1)
            machine.scribble()
            let last = machine.cut(base: 1, isFinal: true)
            try await stream.send(last)
            try await stream.await(2, .applied)
            #expect(try await vault.replica().drains == DataPathWorld.generation(1).message)
            let closed = try await vault.target.sealFinal(
                .with {
                    $0.key = vault.key("seal-final")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(2).message
                    $0.closing = DataPathWorld.generation(1).message
                })
            #expect(closed.drains == nil)
            #expect(closed.position == 2)
            let end = try await stream.awaitEnd()
            #expect(end.code == .staleGeneration)
            let points = try await vault.target.listPoints(.with { $0.item = "item-1" }).points
            #expect(points[0].final)
        }
    }

    @Test func `a restart keeps points and pins, and a key asked twice has one effect`() throws {
        let bench = try targetWorld(seed: 23)
        let pinned = try bench.perform { [machine = bench.machine(seed: 23)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...2 as ClosedRange<UInt64> {
                machine.scribble()
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            let vault = ScriptedVault(environment)
            let request = TargetV1.PinPointRequest.with {
                $0.key = vault.key("pin")
                $0.item = "item-1"
                $0.pin = "job-1"
            }
            let first = try await vault.target.pinPoint(request)
            machine.scribble()
            let third = machine.cut(base: 2)
            try await replicate(machine, [third], environment)
            let again = try await vault.target.pinPoint(request)
            #expect(again == first)
            return first
        }
        #expect(pinned.number == 2)
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            let points = try await vault.target.listPoints(.with { $0.item = "item-1" }, ScriptedVault.options).points
            #expect(points.map(\.number) == [3, 2, 1])
            #expect(points.map(\.pins) == [[], ["job-1"], []])
        }
    }

    @Test func `a disk is read as of any point, by number, while newer ones lie above it`() throws {
        let bench = try targetWorld(seed: 25)
        try bench.perform { [machine = bench.machine(seed: 25)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...3 as ClosedRange<UInt64> {
                machine.scribble(10)
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            let vault = ScriptedVault(environment)
            func content(_ point: UInt64, _ disk: Int, from offset: UInt64 = 0) async throws -> [UInt8] {
                let call = try await vault.target.readPoint(
                    .with {
                        $0.item = "item-1"
                        $0.number = point
                        $0.disk = UInt32(disk)
                        $0.offset = offset
                    })
                var bytes: [UInt8] = []
                while let piece = try await call.next() {
                    #expect(piece.offset == offset + UInt64(bytes.count))
                    bytes += piece.data + [UInt8](repeating: 0, count: Int(piece.zeroes))
                }
                return bytes
            }
            for point in 1...3 as ClosedRange<UInt64> {
                for (disk, expected) in (machine.cuts[point] ?? []).enumerated() {
                    #expect(try await content(point, disk) == expected)
                    #expect(try await content(point, disk, from: 5_000) == Array(expected[5_000...]))
                }
            }
            await #expect(throws: RPCError.self) { _ = try await content(9, 0) }
            await #expect(throws: RPCError.self) { _ = try await content(1, 7) }
        }
    }

    @Test func `released disks are free, and after a cancel replication resumes at the newest point`() throws {
        let bench = try targetWorld(seed: 24)
        let (machine, contents) = try bench.perform { [machine = bench.machine(seed: 24)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...3 as ClosedRange<UInt64> {
                machine.scribble(10)
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(2)
            let moved = try await vault.target.moveReplica(
                .with {
                    $0.key = vault.key("move")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(2).message
                    $0.number = 2
                })
            #expect(moved.position == 2)
            #expect(moved.aheadBlocks > 0)
            #expect(try await vault.release(2).state == .released)
            return (machine, machine.cuts)
        }
        #expect(try bench.attachedContent() == contents[2])
        try bench.on(bench.masterTarget) { environment in try Self.ownForAWhile(environment.files) }
        bench.killMasterTarget()
        bench.bootMasterTarget()
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            #expect(try await vault.replica().state == .released)
            try await vault.assignTarget(3)
            let back = try await vault.reclaim(3)
            #expect(back.state == .atPoint)
            #expect(back.position == 3)
            var machine = machine
            machine.generation = DataPathWorld.generation(3)
            machine.scribble()
            let next = machine.cut(base: 3)
            try await replicate(machine, [next], environment)
        }
        #expect(try Self.setAside(bench) == ["set-aside-2.overlay.map"])
        // Given away once more and taken back: of what copies wrote that were left, the newest stays.
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(11)
            try await vault.release(11)
        }
        try bench.on(bench.masterTarget) { environment in try Self.runOnOverlay(environment.files) }
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(12)
            try await vault.reclaim(12)
        }
        #expect(try Self.setAside(bench) == ["set-aside-11.overlay.map"])
        // One that never ran wrote nothing.
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(13)
            try await vault.release(13)
            try await vault.assignTarget(14)
            try await vault.reclaim(14)
        }
        #expect(try Self.setAside(bench) == ["set-aside-11.overlay.map"])
    }

    private static func setAside(_ bench: DataPathWorld) throws -> [String] {
        try bench.on(bench.masterTarget) { environment in
            let bundle = "\(DataPathWorld.ownerDirectory)/\(DataPathWorld.disks[0].id.text)"
            #expect(!environment.files.exists(bundle + "/overlay.map"))
            return try environment.files.list(bundle).filter(ReplicaDisk.isSetAside)
        }
    }

    /// The next owner can lock the disks and reads what they are; it runs on an overlay and is cancelled.
    private static func ownForAWhile(_ files: any FileSystem) throws {
        for disk in DataPathWorld.disks {
            let bundle = "\(DataPathWorld.ownerDirectory)/\(disk.id.text)"
            let file = try files.open(bundle + "/disk.raw", .readWrite)
            #expect(try file.tryLockExclusive())
            file.close()
            let record = try HandoverRecord(from: try files.readAll(bundle + "/lineage"))
            #expect(record.lineage.state == .released)
            #expect(record.lineage.position.number == 2)
            #expect(record.lineage.generation?.number == 2)
            #expect(record.lineage.diskID == diskIdentity(disk.id))
        }
        try runOnOverlay(files)
    }

    private static func runOnOverlay(_ files: any FileSystem) throws {
        for disk in DataPathWorld.disks {
            let path = "\(DataPathWorld.ownerDirectory)/\(disk.id.text)/overlay.map"
            let overlay = try files.open(path, .create)
            try overlay.write([1], at: 0)
            overlay.close()
        }
    }

    @Test func `disks of a crashed machine are adopted with sidecars, and overwritten only when it is said`() throws {
        let bench = try DataPathWorld(seed: 25)
        try bench.attachBlankDisks()
        let before = try crashedMachine(bench)
        bench.bootMasterTarget()
        let content = try bench.perform { [machine = bench.machine(seed: 25)] environment in
            let vault = ScriptedVault(environment)
            let adopted = try await vault.adopt(blank: false, machine)
            #expect(adopted.replica?.position == 7)
            #expect(adopted.disks.map(\.changedBlocks) == [2, 0])
            // The hot region covers all 96 blocks of the first disk, and all of the second.
            let second = UInt64(DiskGeometry(size: Int64(DataPathWorld.disks[1].bytes)).blockCount)
            #expect(adopted.disks.map(\.suspectBlocks) == [94, second])
            let record = try LineageRecord(from: adopted.disks[0].record)
            #expect(record.mapQuality == .suspects)
            #expect(record.position == PointID(generation: 1, number: 7))
            let again = try await vault.adopt(blank: false, machine)
            #expect(again.disks == adopted.disks)
            try await vault.assignTarget(3)

            var machine = machine
            machine.generation = DataPathWorld.generation(3)
            machine.nextNumber = 9
            machine.disks = before
            machine.scribble(10)
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            let welcome = await stream.welcome
            #expect(welcome.position == 7)
            #expect(!welcome.blank)
            // What is only suspect is to be compared, not sent.
            #expect(welcome.changes.map { $0.runs.reduce(0) { $0 + $1.count } } == [2, 0])
            #expect(welcome.changes.map { $0.suspects.reduce(0) { $0 + UInt64($1.count) } } == [94, second])
            let early = machine.cut(base: 7)
            try await stream.send(early)
            #expect(try await stream.awaitEnd().code == .operationNotAllowed)

            let point = try await vault.target.beginOverwrite(
                .with {
                    $0.key = vault.key("begin-overwrite")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(3).message
                    $0.pointName = "home-before-reprotect"
                })
            #expect(point.position == 7)
            let next = machine.cut(base: 7)
            try await replicate(machine, [next], environment)
            let points = try await vault.target.listPoints(.with { $0.item = "item-1" }).points
            #expect(points.map(\.name) == ["", "home-before-reprotect"])
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    /// Writes content and sidecars as an agent that was killed leaves them; returns the content.
    private func crashedMachine(_ bench: DataPathWorld) throws -> [[UInt8]] {
        try bench.on(bench.masterTarget) { environment in
            var contents: [[UInt8]] = []
            for (index, disk) in DataPathWorld.disks.enumerated() {
                let bundle = "\(DataPathWorld.ownerDirectory)/\(disk.id.text)"
                let file = try environment.files.open(bundle + "/disk.raw", .readWrite)
                let content = (0..<disk.bytes).map { UInt8(($0 / 4_096 + index) % 250 + 1) }
                try file.write(content, at: 0)
                try file.sync()
                contents.append(content)
                var lineage = LineageRecord(diskID: diskIdentity(disk.id), size: Int64(disk.bytes))
                lineage.begin(Blocks.Generation(DataPathWorld.generation(1)), at: .origin)
                lineage.position = PointID(generation: 1, number: 7)
                lineage.state = .settled
                var header = SidecarHeader(
                    disk: try file.identity(), generation: Blocks.Generation(DataPathWorld.generation(1)),
                    lineage: lineage, nextInterval: 8)
                header.isClean = index == 1
                header.cleanChangeTime = try file.identity().changeTime
                let sidecar = try environment.files.open(bundle + "/sidecar", .create)
                let dirty = index == 0 ? BlockSet([3, 90]) : BlockSet()
                let made = try Sidecar.create(sidecar, header: header, dirty: dirty)
                // Also a clean close leaves regions hot that hold blocks nobody compared.
                try made.commit(Sidecar.Batch(hot: [(0, SlottedBitmap.payload(of: 0, in: BlockSet([0])))]))
                made.close()
                try environment.files.syncDirectory(bundle)
                file.close()
            }
            return contents
        }
    }
}

extension ScriptedVault {
    @discardableResult
    fileprivate func release(_ generation: UInt64) async throws -> TargetV1.Replica {
        try await target.releaseReplica(
            .with {
                $0.key = key("release-\(generation)")
                $0.item = "item-1"
                $0.generation = DataPathWorld.generation(generation).message
            })
    }

    @discardableResult
    fileprivate func reclaim(_ generation: UInt64) async throws -> TargetV1.Replica {
        try await target.reclaimReplica(
            .with {
                $0.key = key("reclaim-\(generation)")
                $0.item = "item-1"
                $0.generation = DataPathWorld.generation(generation).message
            })
    }
}
