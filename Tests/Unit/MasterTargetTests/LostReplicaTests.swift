import Environment
import Messages
import Model
import RPC
import ScriptedSource
import Synchronization
import Testing

/// A replica whose files somebody removed is not there any more, whatever its master target still has open; and what is
/// left of it is taken for a new one only where it proves whose it is, and never as it stands.
@Suite struct LostReplicaTests {
    private static let records = "/state/replicas/item-1"
    private static func bundle(_ disk: Int) -> String {
        "\(DataPathWorld.ownerDirectory)/\(DataPathWorld.disks[disk].id.text)"
    }

    /// Three points, all applied, then files that go.
    private func world(
        _ seed: UInt64, removing gone: @escaping @Sendable (any FileSystem) throws -> Void
    ) throws -> (bench: DataPathWorld, machine: ScriptedMachine) {
        let bench = try targetWorld(seed: seed)
        let machine = try bench.perform { [machine = bench.machine(seed: seed)] environment in
            var machine = machine
            var intervals: [ScriptedMachine.Interval] = []
            for number in 1...3 as ClosedRange<UInt64> {
                machine.scribble(10)
                intervals.append(machine.cut(base: number - 1))
            }
            try await replicate(machine, intervals, environment)
            _ = try await ScriptedVault(environment).replica(at: 3)
            // Quiet for so long (of the simulation's time) that its disks were synced, and stand at 3 by their lineage.
            try await environment.clock.sleep(for: .seconds(5))
            return machine
        }
        try bench.on(bench.masterTarget) { try gone($0.files) }
        return (bench, machine)
    }

    private static func removeAll(_ directory: String, _ files: any FileSystem) throws {
        for name in try files.list(directory) { try files.remove(directory + "/" + name) }
    }

    /// What it answers when it is asked for the replica; the empty text for a replica.
    private func answer(_ bench: DataPathWorld) throws -> String {
        try bench.perform { environment in
            do {
                _ = try await ScriptedVault(environment).replica()
                return ""
            } catch let error as RPCError {
                let failure = Failure(error, attempting: "look")
                #expect(failure.subjects == [.item(DataPathWorld.item)])
                return "\(failure.code.rawValue): \(failure.message)"
            }
        }
    }

    @Test(arguments: ["metadata", "one slot", "disk", "disk replaced"])
    func `what is removed under a running master target is seen, before and after its restart`(_ what: String) throws {
        let (bench, _) = try world(301) { files in
            switch what {
            case "metadata": try Self.removeAll(Self.records, files)
            case "one slot": try files.remove(Self.records + "/metadata-1")
            case "disk": try files.remove(Self.bundle(1) + "/disk.raw")
            default:
                try files.remove(Self.bundle(0) + "/disk.raw")
                let other = try files.open(Self.bundle(0) + "/disk.raw", .createNew)
                try other.truncate(to: Int64(DataPathWorld.disks[0].bytes))
                other.close()
            }
        }
        let said = what == "disk" ? "disk system is gone" : what == "disk replaced" ? "is gone" : "NOT_FOUND"
        let running = try answer(bench)
        #expect(running.hasPrefix("NOT_FOUND") && running.contains(said), "\(running)")
        bench.killMasterTarget()
        bench.bootMasterTarget()
        let restarted = try answer(bench)
        let later = what == "disk replaced" ? "is another disk" : said
        #expect(restarted.hasPrefix("NOT_FOUND") && restarted.contains(later), "\(restarted)")
    }

    @Test func `disks that were copied to another volume are the same ones`() throws {
        let (bench, _) = try world(309) { _ in }
        bench.killMasterTarget()
        try bench.on(bench.masterTarget) { environment in
            for index in DataPathWorld.disks.indices {
                let path = Self.bundle(index) + "/disk.raw"
                let content = try environment.files.readAll(path)
                try environment.files.remove(path)
                try environment.files.replace(path, with: content)
            }
        }
        bench.bootMasterTarget()
        #expect(try answer(bench) == "")
    }

    @Test func `a datastore that is not there is no loss, also to one that starts; its replica comes back`() throws {
        let owner = DataPathWorld.ownerDirectory
        let (bench, _) = try world(302) { try $0.rename(owner, to: owner + "-away") }
        for restarts in [false, true] {
            if restarts {
                bench.killMasterTarget()
                bench.bootMasterTarget()
            }
            let said = try answer(bench)
            #expect(!said.isEmpty && !said.hasPrefix("NOT_FOUND") && !said.hasPrefix("DATA_CORRUPT"), "\(said)")
        }
        try bench.on(bench.masterTarget) { try $0.files.rename(owner + "-away", to: owner) }
        bench.killMasterTarget()
        bench.bootMasterTarget()
        #expect(try answer(bench) == "")
    }

    private func adopt(
        _ bench: DataPathWorld, _ machine: ScriptedMachine, _ step: String = "renew", under generation: UInt64 = 2
    ) throws -> TargetV1.AdoptReplicaResponse {
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(generation)
            return try await vault.target.adoptReplica(
                .with {
                    $0.key = vault.key(step)
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(generation).message
                    $0.disks = machine.descriptions
                    $0.anew = true
                }, ScriptedVault.options)
        }
    }

    @Test func `of disks whose records are gone every block is in doubt, and nothing is taken before a word`() throws {
        let (bench, machine) = try world(302) { try Self.removeAll(Self.records, $0) }
        let found = try adopt(bench, machine)
        #expect(found.replica?.state == .atPoint && found.replica?.position == 3)
        #expect(found.disks.map(\.suspectBlocks) == [96, 18])
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            _ = try await vault.target.beginOverwrite(
                .with {
                    $0.key = vault.key("overwrite")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(2).message
                    $0.pointName = "left"
                }, ScriptedVault.options)
            let points = try await vault.target.listPoints(.with { $0.item = "item-1" }, ScriptedVault.options).points
            #expect(points.map(\.name) == ["left"])
            var next = machine
            next.generation = DataPathWorld.generation(2)
            let stream = try await ScriptedStream.open(next.hello, at: DataPathWorld.targetAddress, environment)
            let welcome = await stream.welcome
            #expect(!welcome.blank && welcome.position == 3)
            #expect(welcome.changes.map { $0.suspects.reduce(0) { $0 + Int($1.count) } } == [96, 18])
            await stream.close()
        }
    }

    @Test func `beside one that is made anew the other is in doubt, too, at one position`() throws {
        let (bench, machine) = try world(303) { files in
            for name in try files.list(Self.bundle(0)) { try files.remove(Self.bundle(0) + "/" + name) }
            let blank = try files.open(Self.bundle(0) + "/disk.raw", .createNew)
            try blank.truncate(to: Int64(DataPathWorld.disks[0].bytes))
            blank.close()
        }
        let found = try adopt(bench, machine)
        #expect(found.replica?.state == .atPoint && found.replica?.position == 3)
        #expect(found.disks.map(\.suspectBlocks) == [96, 18])
        #expect(try Self.lost(bench).values.map(\.names) == [["metadata-0", "metadata-1"]])
    }

    /// What is set aside of the item's lost replicas, by the name of its place.
    private static func lost(_ bench: DataPathWorld) throws -> [String: (names: [String], content: [UInt8])] {
        try bench.on(bench.masterTarget) { environment in
            let files = environment.files
            guard files.exists("/state/lost-replicas/item-1") else { return [:] }
            var found: [String: (names: [String], content: [UInt8])] = [:]
            for place in try files.list("/state/lost-replicas/item-1") {
                let path = "/state/lost-replicas/item-1/\(place)"
                let names = try files.list(path)
                found[place] = (names, try names.flatMap { try files.readAll("\(path)/\($0)") })
            }
            return found
        }
    }

    private static func standing(_ bench: DataPathWorld) throws -> [String] {
        try bench.on(bench.masterTarget) { environment in
            guard environment.files.exists(Self.records) else { return [] }
            return try environment.files.list(Self.records)
        }
    }

    /// Its records cannot be read; a disk, the last one, keeps the adoption from coming about.
    @Test(arguments: ["proves nothing", "is open elsewhere"])
    func `an adoption that does not come about leaves the records as they were`(_ last: String) throws {
        let (bench, machine) = try world(307) { try $0.remove(Self.records + "/metadata-1") }
        #expect(try answer(bench).hasPrefix("NOT_FOUND"))
        let before = try Self.standing(bench)
        #expect(before.contains { $0.hasPrefix("blocks-") } && before.contains("metadata-0"))
        let lineage = Self.bundle(1) + "/lineage"
        let locked = Locked()
        let holder = bench.masterTarget.boot("holder") { environment in
            guard last == "is open elsewhere" else { return }
            while !locked.hold(try? environment.files.open(Self.bundle(1) + "/disk.raw", .readWrite)) {
                try? await environment.clock.sleep(for: .milliseconds(10))
            }
            try? await environment.clock.sleep(for: .seconds(86_400))
        }
        if last == "is open elsewhere" {
            try bench.world.run(limit: .seconds(60)) { locked.isSet }
        } else {
            try bench.on(bench.masterTarget) { try $0.files.rename(lineage, to: lineage + "-away") }
        }
        #expect(throws: RPCError.self) { _ = try adopt(bench, machine) }
        #expect(try Self.standing(bench) == before)
        #expect(try Self.lost(bench).isEmpty)
        #expect(try answer(bench).hasPrefix("NOT_FOUND"), "what it is without is told as before")

        holder.kill()
        locked.release()
        if last == "proves nothing" {
            try bench.on(bench.masterTarget) { try $0.files.rename(lineage + "-away", to: lineage) }
        }
        #expect(try adopt(bench, machine, "renew-again", under: 3).replica?.state == .atPoint)
        #expect(try Self.lost(bench).values.map(\.names) == [["metadata-0"]])
    }

    @Test func `what is set aside of a lost replica is that one's, however often it is adopted, for a time`() throws {
        let lose: @Sendable (any FileSystem) throws -> Void = { try $0.remove(Self.records + "/metadata-1") }
        let (bench, machine) = try world(308, removing: lose)
        let found = try adopt(bench, machine)
        let kept = try Self.lost(bench)
        #expect(kept.count == 1)
        // The answer was lost, and who asks again has another key by now.
        let again = try adopt(bench, machine, "renew-once-more")
        #expect(again.replica?.position == found.replica?.position)
        #expect(again.disks.map(\.suspectBlocks) == found.disks.map(\.suspectBlocks))
        #expect(try Self.lost(bench).mapValues(\.content) == kept.mapValues(\.content))
        // Lost once more: the newer one takes its place.
        try bench.on(bench.masterTarget) { try lose($0.files) }
        #expect(try answer(bench).hasPrefix("NOT_FOUND"))
        _ = try adopt(bench, machine, "renew-later", under: 3)
        let later = try Self.lost(bench)
        #expect(later.count == 1 && later.keys != kept.keys)
        // For so long, and not for ever.
        for days in [29, 2] {
            bench.killMasterTarget()
            try bench.world.run(for: .seconds(days * 86_400))
            bench.bootMasterTarget()
            #expect(try answer(bench) == "")
            #expect(try Self.lost(bench).isEmpty == (days == 2))
        }
    }

    @Test func `disks that are blank throughout begin a first copy, once`() throws {
        let (bench, machine) = try world(304) { files in
            try Self.removeAll(Self.records, files)
            for (index, disk) in DataPathWorld.disks.enumerated() {
                for name in try files.list(Self.bundle(index)) { try files.remove(Self.bundle(index) + "/" + name) }
                let blank = try files.open(Self.bundle(index) + "/disk.raw", .createNew)
                try blank.truncate(to: Int64(disk.bytes))
                blank.close()
            }
        }
        let found = try adopt(bench, machine)
        #expect(found.replica?.state == .initializing && found.disks == [])
        // The same call again is the same answer.
        #expect(try adopt(bench, machine) == found)
    }

    @Test func `content that proves nothing is not touched`() throws {
        let (bench, machine) = try world(305) { files in
            try Self.removeAll(Self.records, files)
            try files.remove(Self.bundle(1) + "/lineage")
        }
        let before = try bench.attachedContent()
        let failure = #expect(throws: RPCError.self) { _ = try adopt(bench, machine) }
        #expect(failure.map { Failure($0, attempting: "adopt").code } == .lineageRefused)
        #expect(try bench.attachedContent() == before)
    }

    @Test(arguments: [false, true])
    func `one whose disks are gone can be forgotten`(isRestarted: Bool) throws {
        let (bench, _) = try world(306) { try $0.remove(Self.bundle(0) + "/disk.raw") }
        if isRestarted {
            bench.killMasterTarget()
            bench.bootMasterTarget()
        }
        try bench.perform { environment in
            let vault = ScriptedVault(environment)
            try await vault.assignTarget(2)
            _ = try await vault.target.forgetReplica(
                .with {
                    $0.key = vault.key("forget")
                    $0.item = "item-1"
                    $0.generation = DataPathWorld.generation(2).message
                }, ScriptedVault.options)
        }
        #expect(try bench.on(bench.masterTarget) { $0.files.exists(Self.records) } == false)
    }
}

/// A disk that somebody has open.
private final class Locked: Sendable {
    private let file = Mutex<(any File)?>(nil)

    var isSet: Bool { file.withLock { $0 != nil } }

    func hold(_ file: (any File)?) -> Bool {
        guard let file, (try? file.tryLockExclusive()) == true else { return false }
        self.file.withLock { $0 = file }
        return true
    }

    func release() {
        file.withLock {
            $0?.close()
            $0 = nil
        }
    }
}
