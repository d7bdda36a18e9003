import Model
import Store
import Testing

private let table = AssignmentTable()
private let roles = GenerationRoles(activeSite: .home, replication: .out)

private func generation(_ number: UInt64, _ byte: UInt8 = 1) -> Generation {
    Generation(number: number, token: GenerationToken(Array(repeating: byte, count: 16))!)
}

@Suite struct AssignmentTableTests {
    @Test func `an assignment rises, repeats, and refuses what is lower or foreign`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        func assign(_ generation: Generation, _ roles: GenerationRoles = roles) async throws -> AssignmentTable.Change {
            try await store.write("assign") { try table.assign("web", generation, roles, in: $0) }
        }
        #expect(try await assign(generation(3)) == .raised(previous: nil))
        #expect(try await assign(generation(3)) == .unchanged)
        #expect(try await assign(generation(7)) == .raised(previous: generation(3)))
        let cases: [(Generation, GenerationRoles, ErrorCode)] = [
            (generation(6), roles, .staleGeneration),
            (generation(7, 2), roles, .generationConflict),
            (generation(7), GenerationRoles(activeSite: .cloud, replication: nil), .generationConflict),
        ]
        for (generation, roles, code) in cases {
            let failure = await #expect(throws: Failure.self) { _ = try await assign(generation, roles) }
            #expect(failure?.code == code)
        }
        #expect(try await store.read { try table.stored("web", in: $0)?.generation } == generation(7))
    }

    @Test func `other calls never store anything`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        func code(_ generation: Generation) async throws -> ErrorCode? {
            do {
                try await store.write("call") { _ = try table.check("web", generation, in: $0) }
                return nil
            } catch let failure as Failure { return failure.code }
        }
        #expect(try await code(generation(1)) == .unknownGeneration)
        _ = try await store.write("assign") { try table.assign("web", generation(2), roles, in: $0) }
        #expect(try await code(generation(2)) == nil)
        #expect(try await code(generation(3)) == .unknownGeneration)
        #expect(try await code(generation(1)) == .staleGeneration)
        #expect(try await code(generation(2, 9)) == .generationConflict)
        #expect(try await store.read { try table.all(in: $0).map(\.generation) } == [generation(2)])
    }

    @Test func `roles and the largest number read back`() async throws {
        let store = try await openStore(.memory(try MemoryMedium()))
        let full = GenerationRoles(
            activeSite: .cloud, replication: .home, processServer: "ps-1", masterTarget: "mt-1",
            drains: generation(.max - 1, 5))
        _ = try await store.write("assign") { try table.assign("web", generation(.max), full, in: $0) }
        let stored = try await store.read { try table.stored("web", in: $0) }
        #expect(stored?.roles == full && stored?.generation == generation(.max))
    }

    @Test func `a kill before the commit leaves the older assignment`() async throws {
        let medium = try MemoryMedium()
        let first = try await openStore(.memory(medium))
        _ = try await first.write("setup") { try table.assign("web", generation(1), roles, in: $0) }
        let doomed = try await openStore(.memory(medium), failpoints: KillAt("test.assign.before-commit", medium))
        _ = try? await doomed.write("assign") { try table.assign("web", generation(2), roles, in: $0) }
        let store = try await openStore(.memory(medium))
        #expect(try await store.read { try table.stored("web", in: $0)?.generation } == generation(1))
    }
}
