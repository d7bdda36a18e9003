import Environment
import Model
import Store
import Synchronization
import Testing

/// Holds what is submitted until it is let go, then runs all of it in order.
private final class HeldLane: Lane {
    private let waiting = Mutex<[@Sendable () -> Void]?>(nil)

    func hold() { waiting.withLock { $0 = [] } }

    var held: Int { waiting.withLock { $0?.count ?? 0 } }

    func letGo() {
        let bodies = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting ?? []
        }
        for body in bodies { body() }
    }

    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let now: @Sendable () -> Void = { continuation.resume(with: Result(catching: body)) }
            let isHeld = waiting.withLock { waiting in
                waiting?.append(now)
                return waiting != nil
            }
            if !isHeld { now() }
        }
    }
}

/// What was reached, in order.
private final class Witness: Failpoints {
    private let names = Mutex<[String]>([])

    func reach(_ name: String) { names.withLock { $0.append(String(name.dropFirst("test.".count))) } }

    var reached: [String] { names.withLock { $0 } }
}

@Suite struct CommitQueueTests {
    /// A store of a file whose lane is held while the transactions are asked for.
    private func together(
        _ names: [String], _ body: @escaping @Sendable (String, Transaction) throws -> Void
    ) async throws -> (outcomes: [String: Failure?], notes: [String], reached: [String]) {
        var found: (outcomes: [String: Failure?], notes: [String], reached: [String]) = ([:], [], [])
        try await withFolder { folder in
            let (lane, witness) = (HeldLane(), Witness())
            let store = try await StoreDatabase.open(
                .file(path: folder + "/s.db"), schema: schema, lane: lane, random: SeededRandom(1), failpoints: witness)
            lane.hold()
            found.outcomes = try await withThrowingTaskGroup(of: (String, Failure?).self) { group in
                for (place, name) in names.enumerated() {
                    group.addTask {
                        do {
                            try await store.write(name) { try body(name, $0) }
                            return (name, nil)
                        } catch { return (name, error as? Failure) }
                    }
                    while lane.held <= place { await Task.yield() }
                }
                lane.letGo()
                var outcomes: [String: Failure?] = [:]
                for try await (name, failure) in group { outcomes[name] = .some(failure) }
                return outcomes
            }
            found.notes = try await notes(store)
            found.reached = witness.reached
        }
        return found
    }

    @Test func `transactions that wait at once are committed together`() async throws {
        let found = try await together(["a", "b"]) { name, transaction in
            try transaction.run("INSERT INTO notes (text) VALUES (?)", .text(name))
        }
        #expect(found.notes == ["a", "b"])
        #expect(found.reached == ["a.before-commit", "b.before-commit", "a.after-commit", "b.after-commit"])
    }

    @Test func `what one of them throws undoes that one alone`() async throws {
        let found = try await together(["a", "b", "c"]) { name, transaction in
            try transaction.run("INSERT INTO notes (text) VALUES (?)", .text(name))
            if name == "b" { throw Failure(.notFound, "none") }
        }
        #expect(found.notes == ["a", "c"])
        #expect(found.outcomes["b"]??.code == .notFound)
        #expect(found.outcomes["a"] == .some(nil) && found.outcomes["c"] == .some(nil))
        #expect(!found.reached.contains("b.after-commit"))
    }

    @Test func `a transaction sees what those committed with it wrote before it`() async throws {
        let found = try await together(["a", "b"]) { name, transaction in
            let known = try transaction.rows("SELECT text FROM notes").count
            try transaction.run("INSERT INTO notes (text) VALUES (?)", .text("\(name) after \(known)"))
        }
        #expect(found.notes == ["a after 0", "b after 1"])
    }

    @Test func `an earlier opening commits none of them`() async throws {
        try await withFolder { folder in
            let lane = HeldLane()
            let store = try await StoreDatabase.open(
                .file(path: folder + "/s.db"), schema: schema, lane: lane, random: SeededRandom(1))
            lane.hold()
            let codes = try await withThrowingTaskGroup(of: ErrorCode?.self) { group in
                for place in 0..<2 {
                    group.addTask {
                        do {
                            try await addNote(store, "late")
                            return nil
                        } catch { return (error as? Failure)?.code }
                    }
                    while lane.held <= place { await Task.yield() }
                }
                let successor = try await openStore(.file(path: folder + "/s.db"), seed: 2)
                lane.letGo()
                var codes: [ErrorCode?] = []
                for try await code in group { codes.append(code) }
                #expect(try await notes(successor).isEmpty)
                return codes
            }
            #expect(codes == [.staleEpoch, .staleEpoch])
        }
    }

    @Test func `a read waits for no write, and sees what is committed`() async throws {
        try await withFolder { folder in
            let lane = HeldLane()
            let store = try await StoreDatabase.open(
                .file(path: folder + "/s.db"), schema: schema, lane: lane, readLane: InlineLane(),
                random: SeededRandom(1))
            try await addNote(store, "committed")
            lane.hold()
            async let writing: Void = addNote(store, "held")
            while lane.held == 0 { await Task.yield() }
            #expect(try await notes(store) == ["committed"])
            lane.letGo()
            try await writing
            #expect(try await notes(store) == ["committed", "held"])
            let seen = try await store.read { $0.seesCommittedOnly }
            #expect(seen)
            #expect(try await store.write("look") { $0.seesCommittedOnly } == false)
        }
    }
}
