import Cryptography
import Environment
import Model
import Simulation
import Testing

@testable import Store

@Suite struct BackupFolderTests {
    @Test func `a backup has the content, its checksum beside it, and the newest ones are kept`() throws {
        try Folder().run { files in
            let store = try await openStore(.memory(try MemoryMedium()))
            let folder = files.folder(keep: 2)
            for number in 1...4 {
                try await addNote(store, "note \(number)")
                let snapshot = try await store.snapshot()
                let (backup, aside) = try folder.write(snapshot, at: files.now(number))
                #expect(backup.name.number == UInt64(number))
                #expect(aside.content == snapshot.content && aside.content.rows["notes"] == number)
                #expect(aside.content.incarnation == store.incarnation)
            }
            let backups = try folder.list().backups
            #expect(backups.map(\.name.number) == [4, 3])
            #expect(try files.names().map { String($0.prefix(13)) } == [
                "test-00000003", "test-00000003", "test-00000004", "test-00000004",
            ])
            let newest = try folder.find("newest")
            #expect(try folder.verify(newest, as: schema).read { try $0.rows("SELECT text FROM notes").count } == 4)
            let place = folder.place(of: newest.name)
            let line = String(decoding: try files.files.readAll(place + ".sha256"), as: UTF8.self)
            let file = try files.files.readAll(place)
            #expect(line == "\(hexadecimal(SHA256.hash(file)))  \(newest.name).sqlite\n")
            #expect(Int64(file.count) == newest.size)
            #expect(try folder.read(newest, at: 16, length: 4) == Array(file[16..<20]))
            #expect(try folder.read(newest, at: newest.size, length: 4) == [])
        }
    }

    /// Every operation on the disk in turn fails, or is the last before the power is cut.
    @Test func `whatever stops a backup, the former one is whole and the next one is made`() throws {
        let operations: [DiskFault.Operation] = [.open, .write, .sync, .truncate, .rename, .syncDirectory]
        var met = 0
        for operation in operations {
            for skip in 0..<4 {
                let wasMet = try Folder().run { files in
                    let store = try await openStore(.memory(try MemoryMedium()))
                    let folder = files.folder(keep: 2)
                    try await addNote(store, "first")
                    let former = try folder.write(try await store.snapshot(), at: files.now(1)).backup
                    try await addNote(store, "second")
                    files.volume.inject(DiskFault(operation, .fail(.noSpace), pathSuffix: "", skip: skip))
                    var failure: Failure?
                    do { _ = try folder.write(try await store.snapshot(), at: files.now(2)) } catch {
                        failure = error as? Failure
                    }
                    files.volume.clearFaults()
                    let left = try folder.list()
                    #expect(left.backups.last == former, "\(operation) \(skip)")
                    for backup in left.backups { _ = try folder.verify(backup, as: schema) }
                    if let failure {
                        #expect(failure.code == .noSpace, "\(operation) \(skip): \(failure)")
                    }
                    _ = try folder.write(try await store.snapshot(), at: files.now(3))
                    #expect(try files.names().allSatisfy { $0.hasSuffix(".sqlite") || $0.hasSuffix(".sha256") })
                    #expect(try files.names().count == 4)
                    return failure != nil
                }
                met += wasMet ? 1 : 0
            }
        }
        #expect(met > 10)
    }

    @Test func `a full disk is one clear error that says what is kept`() throws {
        try Folder().run { files in
            let store = try await openStore(.memory(try MemoryMedium()))
            let folder = files.folder(keep: 5)
            let former = try folder.write(try await store.snapshot(), at: files.now(1)).backup
            files.volume.capacity = files.volume.usedBytes + 8_192
            let failure = await #expect(throws: Failure.self) {
                _ = try folder.write(try await store.snapshot(), at: files.now(2))
            }
            #expect(failure?.code == .noSpace)
            #expect(failure?.message.contains("the former one is kept: \(former.name)") == true)
            #expect(try folder.list().backups == [former])
            #expect(try files.names().count == 2)
        }
    }

    @Test(arguments: ["test.backup.written", "test.backup.before-rename", "test.backup.after-rename"])
    func `a power loss leaves the former backup or both`(_ failpoint: String) throws {
        let run = Folder()
        let medium = try MemoryMedium()
        let former = try run.run { files in
            let store = try await openStore(.memory(medium))
            return try files.folder(keep: 2).write(try await store.snapshot(), at: files.now(1)).backup
        }
        run.host.arm(failpoint, .powerLoss)
        run.start { files in
            let store = try await openStore(.memory(medium))
            _ = try files.folder(keep: 2).write(try await store.snapshot(), at: files.now(2))
        }
        try run.world.run(for: .seconds(10))
        #expect(run.host.processes.isEmpty)
        try run.run { files in
            let folder = files.folder(keep: 2)
            let left = try folder.list().backups
            #expect(left.last == former && left.count == (failpoint.hasSuffix("after-rename") ? 2 : 1))
            for backup in left { _ = try folder.verify(backup, as: schema) }
            let store = try await openStore(.memory(medium))
            _ = try folder.write(try await store.snapshot(), at: files.now(3))
            #expect(try files.names().count == 4)
        }
    }

    @Test func `a damaged backup is refused, told of, and left where it is`() throws {
        try Folder().run { files in
            let store = try await openStore(.memory(try MemoryMedium()))
            let folder = files.folder(keep: 1)
            for number in 0..<200 { try await addNote(store, "note \(number)") }
            let backup = try folder.write(try await store.snapshot(), at: files.now(1)).backup
            try files.volume.flipBit(in: folder.place(of: backup.name), at: 5_000, bit: 3)
            let flipped = #expect(throws: Failure.self) { try folder.verify(backup, as: schema) }
            #expect(flipped?.code == .dataCorrupt)
            try files.files.remove(folder.place(of: backup.name) + ".sha256")
            #expect(try folder.list().backups.isEmpty)
            #expect(try folder.list().damaged.first?.contains("checksum file") == true)
            let next = try folder.write(try await store.snapshot(), at: files.now(2)).backup
            #expect(next.name.number == 2)
            #expect(files.files.exists(folder.place(of: backup.name)))
        }
    }

    @Test func `what is sound and of another kind, or of newer software, is refused`() async throws {
        let other = Schema(store: "other", migrations: ["CREATE TABLE other (x INTEGER) STRICT"])
        let file = try await openStore(.memory(try MemoryMedium()), other).snapshot().file()
        #expect(throws: Never.self) { try RestoredAside(file, store: "other", schema: other) }
        let kind = #expect(throws: Failure.self) { try RestoredAside(file, store: "test", schema: schema) }
        #expect(kind?.code == .invalidArgument)
        let older = Schema(store: "other", migrations: [])
        let newer = #expect(throws: Failure.self) { try RestoredAside(file, store: "other", schema: older) }
        #expect(newer?.code == .storeTooNew)
        for text in ["", "SQLite format 3\0 and no more", String(repeating: "x", count: 9_000)] {
            let failure = #expect(throws: Failure.self) { try RestoredAside(Array(text.utf8), store: "test") }
            #expect(failure?.code == .dataCorrupt)
        }
    }

    @Test func `names tell number and time, and nothing else is one`() {
        let name = BackupName(store: "vault", number: 12, createdSeconds: 1_795_306_323)
        #expect("\(name)" == "vault-00000012-20261122T001203Z")
        #expect(BackupName("\(name)", of: "vault") == name)
        for seconds: Int64 in [0, 951_782_399, 951_782_400, 951_868_800, 1_709_251_199, 4_102_444_799] {
            let other = BackupName(store: "s", number: 1, createdSeconds: seconds)
            #expect(BackupName("\(other)", of: "s") == other)
        }
        #expect("\(BackupName(store: "s", number: 1, createdSeconds: 951_782_400))" == "s-00000001-20000229T000000Z")
        for text in [
            "vault-12-20261122T001203Z", "vault-00000012-20261122T001203", "vault-0000001+-20261122T001203Z",
            "vault-00000012-20261322T001203Z", "vault-00000000-20261122T001203Z", "../vault-00000012-20261122T001203Z",
            "vault-00000012-20261122T001203Z/..", "other-00000012-20261122T001203Z", "",
        ] { #expect(BackupName(text, of: "vault") == nil, "\(text)") }
    }
}

/// Taking a backup part by part.
@Suite struct BackupIntakeTests {
    @Test func `parts in any order end as the whole file, once`() throws {
        try Folder().run { files in
            let (file, backup) = try await source(notes: 300)
            let folder = files.folder(keep: 2)
            func take(_ range: Range<Int>) throws -> Int64 {
                try folder.take(
                    .init(backup: backup, offset: Int64(range.lowerBound), content: Array(file[range]))).received
            }
            #expect(try take(0..<0) == 0)
            #expect(try take(0..<4_096) == 4_096)
            #expect(try take(0..<4_096) == 4_096)
            #expect(try take(8_192..<9_000) == 4_096)
            #expect(try take(4_096..<10_000) == 10_000)
            #expect(try folder.list().backups.isEmpty)
            let last = try folder.take(.init(backup: backup, offset: 10_000, content: Array(file[10_000...])))
            #expect(last == (Int64(file.count), true))
            #expect(try folder.list().backups == [backup])
            #expect(try files.files.readAll(folder.place(of: backup.name)) == file)
            #expect(try folder.take(.init(backup: backup, offset: 0, content: [])) == (Int64(file.count), true))
            #expect(try files.names().count == 2)
        }
    }

    @Test func `what does not have its checksum is dropped, and the former copy stays`() throws {
        try Folder().run { files in
            let folder = files.folder(keep: 1)
            let (file, former) = try await source(notes: 10)
            _ = try folder.take(.init(backup: former, offset: 0, content: file))
            var (bad, backup) = try await source(notes: 20)
            bad[3_000] ^= 1
            let failure = #expect(throws: Failure.self) {
                try folder.take(.init(backup: backup, offset: 0, content: bad))
            }
            #expect(failure?.code == .dataCorrupt)
            #expect(try folder.list().backups == [former] && files.names().count == 2)
            // Right checksum of what is no database: neither.
            let text = Array("no database at all".utf8)
            backup = StoredBackup(name: backup.name, size: Int64(text.count), checksum: SHA256.hash(text))
            #expect(throws: Failure.self) { try folder.take(.init(backup: backup, offset: 0, content: text)) }
            #expect(throws: Failure.self) {
                try folder.take(.init(backup: backup, offset: 0, content: text + text))
            }
            #expect(try folder.list().backups == [former])
        }
    }

    @Test func `the order of arrival counts, whatever number a restored sender begins with`() throws {
        try Folder().run { files in
            let folder = files.folder(keep: 2)
            var arrived: [[UInt8]] = []
            for (place, number) in [7, 8, 1, 2].enumerated() {
                let (file, backup) = try await source(notes: place + 1, number: UInt64(number))
                _ = try folder.take(.init(backup: backup, offset: 0, content: file))
                arrived.insert(backup.checksum, at: 0)
            }
            #expect(try folder.list().backups.map(\.checksum) == Array(arrived.prefix(2)))
            #expect(try folder.list().backups.map(\.name.number) == [10, 9])
        }
    }

    @Test func `a full disk keeps what was there, and the sender goes on when there is room`() throws {
        try Folder().run { files in
            let folder = files.folder(keep: 2)
            let (file, backup) = try await source(notes: 400)
            _ = try folder.take(.init(backup: backup, offset: 0, content: Array(file[..<4_096])))
            let room = files.volume.capacity
            files.volume.capacity = files.volume.usedBytes + 1_000
            let failure = #expect(throws: Failure.self) {
                try folder.take(.init(backup: backup, offset: 4_096, content: Array(file[4_096...])))
            }
            #expect(failure?.code == .noSpace)
            files.volume.capacity = room
            #expect(try folder.take(.init(backup: backup, offset: 0, content: [])).received == 4_096)
            #expect(try folder.take(.init(backup: backup, offset: 4_096, content: Array(file[4_096...]))).kept)
        }
    }

    private func source(notes count: Int, number: UInt64 = 1) async throws -> ([UInt8], StoredBackup) {
        let store = try await openStore(.memory(try MemoryMedium()))
        for note in 0..<count { try await addNote(store, "note \(note)") }
        let file = try await store.snapshot().file()
        let name = BackupName(store: "test", number: number, createdSeconds: 1_795_306_323 + Int64(number))
        return (file, StoredBackup(name: name, size: Int64(file.count), checksum: SHA256.hash(file)))
    }
}

/// A simulated host with a folder of backups on a volume that can fail.
private final class Folder {
    struct Files: Sendable {
        let files: any FileSystem
        let failpoints: any Failpoints
        let volume: SimulatedVolume

        func folder(keep: Int) -> BackupFolder {
            BackupFolder("/backups", store: "test", keep: keep, files: files, failpoints: failpoints)
        }

        func names() throws -> [String] { try files.list("/backups") }
        func now(_ seconds: Int) -> WallInstant { WallInstant(microseconds: Int64(seconds) * 1_000_000) }
    }

    let world = SimulatedWorld(seed: 7)
    let host: SimulatedHost

    init() { host = world.host("backups", address: "10.0.0.1") }

    func run<T: Sendable>(_ body: @escaping @Sendable (Files) async throws -> T) throws -> T {
        let result = Answer<T>()
        start { files in result.value = try await body(files) } failed: { result.error = $0 }
        try world.run(limit: .seconds(3_600)) { result.value != nil || result.error != nil }
        if let error = result.error { throw error }
        return try #require(result.value)
    }

    func start(
        _ body: @escaping @Sendable (Files) async throws -> Void,
        failed: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        let volume = host.rootVolume
        host.boot { environment in
            do {
                try await body(Files(files: environment.files, failpoints: environment.failpoints, volume: volume))
            } catch { failed(error) }
        }
    }
}

/// `@unchecked Sendable`: written and read by the thread that runs the world only.
private final class Answer<T>: @unchecked Sendable {
    var value: T?
    var error: (any Error)?
}
