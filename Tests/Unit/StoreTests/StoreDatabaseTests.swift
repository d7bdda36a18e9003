import Glibc
import Model
import Store
import Testing

@Suite struct StoreDatabaseTests {
    @Test func `a file store keeps what was written and its incarnation`() async throws {
        try await withFolder { folder in
            let path = folder + "/s.db"
            let first = try await openStore(.file(path: path), seed: 1)
            try await addNote(first, "kept")
            let second = try await openStore(.file(path: path), seed: 2)
            #expect(try await notes(second) == ["kept"])
            #expect(second.incarnation == first.incarnation)
            #expect(second.restoredFrom == nil)
            #expect(second.epoch == first.epoch + 1)
        }
    }

    @Test func `an earlier opening can write no more`() async throws {
        try await withFolder { folder in
            let first = try await openStore(.file(path: folder + "/s.db"))
            let second = try await openStore(.file(path: folder + "/s.db"))
            let failure = await #expect(throws: Failure.self) { try await addNote(first, "late") }
            #expect(failure?.code == .staleEpoch)
            try await addNote(second, "current")
            #expect(try await notes(second) == ["current"])
        }
    }

    @Test func `a commit is full-synced and foreign keys hold`() async throws {
        try await withFolder { folder in
            let store = try await openStore(.file(path: folder + "/s.db"))
            let settings = try await store.read { transaction in
                try ["synchronous", "foreign_keys", "journal_mode"].map { name -> String in
                    let row = try transaction.row("SELECT CAST(\(name) AS TEXT) AS v FROM pragma_\(name)")
                    return try row?.text("v") ?? ""
                }
            }
            #expect(settings == ["2", "1", "wal"])
        }
    }

    @Test func `a body that throws changes nothing`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let failure = await #expect(throws: Failure.self) {
            try await store.write("half") { transaction in
                try transaction.run("INSERT INTO notes (text) VALUES ('x')")
                try transaction.change("UPDATE notes SET text = 'y' WHERE id = 99", orElse: Failure(.notFound, "none"))
            }
        }
        #expect(failure?.code == .notFound)
        #expect(try await notes(store).isEmpty)
    }

    @Test func `a read cannot write`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        await #expect(throws: Failure.self) {
            try await store.read { _ = try $0.run("INSERT INTO notes (text) VALUES ('x')") }
        }
        await #expect(throws: Failure.self) {
            try await store.read { _ = try $0.row("INSERT INTO notes (text) VALUES ('x') RETURNING text") }
        }
        #expect(try await notes(store).isEmpty)
    }

    @Test func `a kill before the commit loses the transaction and after it keeps it`() async throws {
        for (point, expected) in [("test.add-note.before-commit", ["a"]), ("test.add-note.after-commit", ["a", "b"])] {
            let medium = try MemoryMedium()
            try await addNote(try await openStore(.memory(medium)), "a")
            let failpoints = KillAt(point, medium)
            let doomed = try await openStore(.memory(medium), failpoints: failpoints)
            try? await addNote(doomed, "b")
            #expect(failpoints.reached.withLock { $0 }.contains(point))
            await #expect(throws: Failure.self) { try await addNote(doomed, "from the dead") }
            await #expect(throws: Failure.self) { _ = try await notes(doomed) }
            #expect(try await notes(try await openStore(.memory(medium))) == expected)
        }
    }

    @Test func `migrations run once and a newer file is refused`() async throws {
        let medium = try MemoryMedium()
        try await addNote(try await openStore(.memory(medium)), "old")
        let more = Schema(
            store: "test", migrations: schema.migrations + ["ALTER TABLE notes ADD COLUMN author TEXT"])
        let newer = try await openStore(.memory(medium), more)
        let author = try await newer.read { try $0.row("SELECT author FROM notes")?.optionalText("author") }
        #expect(author == .some(nil))
        let failure = await #expect(throws: Failure.self) { try await openStore(.memory(medium)) }
        #expect(failure?.code == .storeTooNew)
    }

    @Test func `a migration that fails leaves the file as it was`() async throws {
        let medium = try MemoryMedium()
        try await addNote(try await openStore(.memory(medium)), "old")
        let broken = Schema(store: "test", migrations: schema.migrations + ["CREATE TABLE t (x); SELECT nonsense"])
        await #expect(throws: Failure.self) { try await openStore(.memory(medium), broken) }
        #expect(try await notes(try await openStore(.memory(medium))) == ["old"])
    }

    @Test func `a corrupt file is set aside and no empty one takes its place`() async throws {
        try await withFolder { folder in
            let path = folder + "/s.db"
            do {
                let store = try await openStore(.file(path: path))
                for number in 0..<500 { try await addNote(store, "note \(number)") }
                let copy = try await store.snapshot().file()
                for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
                try StoreMedium.file(path: path).restore(copy, store: "test")
            }
            overwrite(path, at: 4096 * 3, with: Array(repeating: 0xFF, count: 8192))
            for _ in 0..<2 {
                let failure = await #expect(throws: Failure.self) { try await openStore(.file(path: path)) }
                #expect(failure?.code == .storeCorrupt)
            }
            #expect(access(path + ".corrupt", F_OK) == 0)
            #expect(access(path, F_OK) != 0)
        }
    }

    @Test func `something that is not a database is set aside`() async throws {
        try await withFolder { folder in
            let path = folder + "/s.db"
            close(open(path, O_CREAT | O_WRONLY, 0o600))
            overwrite(path, at: 0, with: Array(repeating: 0x41, count: 8192))
            let failure = await #expect(throws: Failure.self) { try await openStore(.file(path: path)) }
            #expect(failure?.code == .storeCorrupt)
            #expect(access(path + ".corrupt", F_OK) == 0)
        }
    }

    @Test func `a restored backup has the content and a new incarnation`() async throws {
        try await withFolder { folder in
            let store = try await openStore(.file(path: folder + "/s.db"), seed: 1)
            try await addNote(store, "saved")
            let copy = StoreMedium.file(path: folder + "/copy.db")
            let snapshot = try await store.snapshot()
            try await addNote(store, "later")
            try copy.restore(snapshot.file(), store: "test")
            let restored = try await openStore(copy, seed: 2)
            #expect(try await notes(restored) == ["saved"])
            #expect(restored.restoredFrom == store.incarnation)
            #expect(restored.incarnation != store.incarnation)
            let again = try await openStore(copy, seed: 3)
            #expect(again.restoredFrom == nil && again.incarnation == restored.incarnation)
            #expect(try await notes(store) == ["saved", "later"])
        }
    }

    @Test func `a store that is there is never replaced`() async throws {
        try await withFolder { folder in
            let path = folder + "/s.db"
            let copy = try await {
                let store = try await openStore(.file(path: path))
                try await addNote(store, "first")
                return try await store.snapshot().file()
            }()
            let there = #expect(throws: Failure.self) {
                try StoreMedium.file(path: path).restore(copy, store: "test")
            }
            #expect(there?.code == .operationNotAllowed)
            // A log without its database belongs to one that somebody may still want.
            unlink(path)
            close(open(path + "-wal", O_CREAT | O_WRONLY, 0o600))
            #expect(throws: Failure.self) { try StoreMedium.file(path: path).restore(copy, store: "test") }
            unlink(path + "-wal")
            unlink(path + "-shm")
            try StoreMedium.file(path: path).restore(copy, store: "test")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            #expect(try await notes(try await openStore(.file(path: path))) == ["first"])
            let memory = try MemoryMedium()
            try StoreMedium.memory(memory).restore(copy, store: "test")
            #expect(try await notes(try await openStore(.memory(memory))) == ["first"])
            #expect(throws: Failure.self) { try StoreMedium.memory(memory).restore(copy, store: "test") }
        }
    }

    @Test func `a copied medium is recognised as restored`() async throws {
        let medium = try MemoryMedium()
        let store = try await openStore(.memory(medium), seed: 1)
        try await addNote(store, "saved")
        let restored = try await openStore(.memory(try medium.copy()), seed: 2)
        #expect(restored.restoredFrom == store.incarnation)
        #expect(try await notes(restored) == ["saved"])
    }

    @Test func `no space is a failure that changes nothing`() async throws {
        let small = Schema(store: "test", migrations: schema.migrations, maximumBytes: 40 * 4096)
        let store = try await openStore(.memory(try MemoryMedium()), small)
        try await addNote(store, "fits")
        let failure = await #expect(throws: Failure.self) {
            try await addNote(store, String(repeating: "x", count: 300_000))
        }
        #expect(failure?.code == .noSpace)
        #expect(failure?.disposition == .transient)
        #expect(try await notes(store) == ["fits"])
        try await addNote(store, "still writes")
    }

    @Test func `a column of another type is corruption and not a conversion`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let failure = await #expect(throws: Failure.self) {
            try await store.read { _ = try $0.row("SELECT 'abc' AS n")?.integer("n") }
        }
        #expect(failure?.code == .storeCorrupt)
    }
}
