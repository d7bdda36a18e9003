import Model
import Store
import Testing

private let ledger = OperationLedger()

private func key(_ course: OperationKey.Course = .forward, job: JobID = "job-1") throws -> OperationKey {
    try OperationKey(job: job, item: "web", step: "attach", course: course, target: "disks/d1")
}

@Suite struct OperationLedgerTests {
    @Test func `a done operation answers its result for ever`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let key = try key()
        for attempt in 0..<3 {
            let standing = try await store.write("call") { transaction in
                if attempt == 0 { #expect(try ledger.begin(key, digest: [1], in: transaction) == .new) }
                _ = try ledger.recordDone(key, digest: [1], result: [UInt8(attempt)], in: transaction)
                return try ledger.begin(key, digest: [1], in: transaction)
            }
            #expect(standing == .done([0]))
        }
    }

    @Test func `the same key with another request is refused`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let key = try key()
        _ = try await store.write("call") { try ledger.recordDone(key, digest: [1], result: [], in: $0) }
        let failure = await #expect(throws: Failure.self) {
            try await store.write("call") { try ledger.begin(key, digest: [2], in: $0) }
        }
        #expect(failure?.code == .operationKeyReused)
    }

    @Test func `an intent survives and ends in done`() async throws {
        let medium = try MemoryMedium()
        let key = try key()
        let first = try await openStore(.memory(medium))
        try await first.write("intent") { try ledger.recordIntent(key, digest: [1], [7], in: $0) }
        medium.kill()
        let second = try await openStore(.memory(medium))
        #expect(try await second.read { try ledger.lookup(key, in: $0) } == .intent([7]))
        let end = try await second.write("done") { try ledger.recordDone(key, digest: [1], result: [8], in: $0) }
        #expect(end == .done([8]))
        await #expect(throws: Failure.self) {
            try await second.write("intent") { try ledger.recordIntent(key, digest: [1], [9], in: $0) }
        }
    }

    @Test func `a refusal comes back whole with its gates`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let gates = [
            Gate(
                .masterTargetNoSnapshots, .fail, when: .atStep("attach"),
                evidence: [Evidence("snapshot s1", source: "vcenter", at: .init(5))],
                remedy: Remedy("Remove it", command: "homeward lab snapshot rm s1"),
                causedBy: .component(Subject(kind: "master target", id: "mt-1"))),
            Gate(.sourceConfirmedOff, .deferred("confirm-off"), causedBy: .gate(.vcenterConnected)),
            Gate(.clockSkew, .notApplicable),
        ]
        let refusal = Failure(.gatesFailed, "attach d1", on: [.item("web"), .disk("d1")], gates: gates)
        let key = try key()
        _ = try await store.write("call") { try ledger.recordRefused(key, digest: [1], refusal, in: $0) }
        #expect(try await store.read { try ledger.lookup(key, in: $0) } == .refused(refusal))
    }

    @Test func `a late forward call after its undo is refused even if it was never seen`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let key = try key(), undo = key.undo
        let before = try await store.write("undo") { try ledger.tombstone(forwardOf: undo, in: $0) }
        #expect(before == .new)
        let standing = try await store.write("call") { try ledger.begin(key, digest: [1], in: $0) }
        #expect(standing == .cancelled(before: .new))
        await #expect(throws: Failure.self) {
            try await store.write("call") { try ledger.recordIntent(key, digest: [1], [], in: $0) }
        }
    }

    @Test func `a tombstone keeps what was known of the forward call, also when repeated`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let key = try key(), undo = key.undo
        _ = try await store.write("call") { try ledger.recordDone(key, digest: [1], result: [4], in: $0) }
        for _ in 0..<2 {
            let before = try await store.write("undo") { try ledger.tombstone(forwardOf: undo, in: $0) }
            #expect(before == .done([4]))
        }
        #expect(try await store.read { try ledger.lookup(key, in: $0) } == .cancelled(before: .done([4])))
        #expect(try await store.read { try ledger.lookup(undo, in: $0) } == .new)
    }

    @Test func `an effect that ends after its tombstone is recorded and told to be cancelled`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let key = try key()
        try await store.write("intent") { try ledger.recordIntent(key, digest: [1], [], in: $0) }
        _ = try await store.write("undo") { try ledger.tombstone(forwardOf: key.undo, in: $0) }
        let standing = try await store.write("done") { try ledger.recordDone(key, digest: [1], result: [3], in: $0) }
        #expect(standing == .cancelled(before: .done([3])))
    }

    @Test func `a kill around the commit leaves all of it or nothing`() async throws {
        let key = try key()
        for point in ["before-commit", "after-commit"] {
            let medium = try MemoryMedium()
            let doomed = try await openStore(
                .memory(medium), failpoints: KillAt("test.call.\(point)", medium))
            _ = try? await doomed.write("call") { transaction in
                try transaction.run("INSERT INTO notes (text) VALUES ('effect')")
                return try ledger.recordDone(key, digest: [1], result: [1], in: transaction)
            }
            let store = try await openStore(.memory(medium))
            let effects = try await notes(store).count
            let standing = try await store.read { try ledger.lookup(key, in: $0) }
            #expect(effects == (point == "after-commit" ? 1 : 0))
            #expect(standing == (point == "after-commit" ? .done([1]) : .new))
        }
    }

    @Test func `keys go seven days after their job was closed and no sooner`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let closed = try key(job: "job-1"), open = try key(job: "job-2")
        let week = OperationLedger.keptMicroseconds
        try await store.write("calls") { transaction in
            for key in [closed, open] { _ = try ledger.recordDone(key, digest: [1], result: [], in: transaction) }
            try ledger.close("job-1", at: .init(100), in: transaction)
            try ledger.close("job-1", at: .init(900), in: transaction)
        }
        #expect(try await store.write("purge") { try ledger.purge(now: .init(week + 100), in: $0) } == 0)
        #expect(try await store.write("purge") { try ledger.purge(now: .init(week + 101), in: $0) } == 1)
        #expect(try await store.read { try ledger.lookup(closed, in: $0) } == .new)
        #expect(try await store.read { try ledger.lookup(open, in: $0) } == .done([]))
    }

    @Test func `a damaged record is reported as corruption`() {
        let record = Failure(.busy, "wait", on: [.job("job-1")]).record
        for count in 0..<record.count {
            let failure = #expect(throws: Failure.self) { try Failure(record: Array(record.prefix(count))) }
            #expect(failure?.code == .storeCorrupt)
        }
        #expect(throws: Failure.self) { try Failure(record: record + [0]) }
    }
}
