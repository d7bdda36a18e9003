import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// A recovery point of which a part is lost is never taken as if it were whole (invariant I11).
@Suite struct UsablePointTests {
    /// 9 is the newest; 8 and 9 are damaged.
    private let points = [
        point(6), point(7) { $0.applicationConsistent = true },
        point(8) { $0.damage = "disk 0 block 5 differs"; $0.applicationConsistent = true },
        point(9) { $0.damage = "disk 0 block 5 differs" }, point(10) { $0.name = "home-before-reprotect" },
    ]

    @Test func `the newest whole point is taken, of the kind that was asked for`() throws {
        #expect(try chosen(points, asked("latest-processed")).number == 7)
        #expect(try chosen(points, asked("latest-application-consistent")).number == 7)
        #expect(try chosen(points, asked("chosen", 6)).number == 6)
    }

    @Test func `what a drain made is not replaced by an older point`() {
        #expect(refusal { try chosen(points, asked("latest")) }?.contains("point 9 is damaged") == true)
    }

    @Test func `a damaged point is refused by name, and taken on a person's word`() throws {
        #expect(refusal { try chosen(points, asked("chosen", 8)) }?.contains("block 5 differs") == true)
        #expect(try chosen(points, asked("chosen", 8, waived: true)).number == 8)
        let damaged = points.filter { !$0.damage.isEmpty }
        #expect(refusal { try chosen(damaged, asked("latest-processed")) } != nil)
        #expect(try chosen(damaged, asked("latest-processed", waived: true)).number == 9)
        // The word is for when no other is left.
        #expect(try chosen(points, asked("latest-processed", waived: true)).number == 7)
    }

    @Test func `the gate passes with one whole point and names the damage, and can be waived where all are damaged`() {
        var seen = Observation(ItemRecord(id: "item-1", displayName: "web"), .failover(.home), at: .init(0))
        seen.points = .value(points)
        #expect(hasRecoveryPoint(seen).status == .pass)
        #expect(hasRecoveryPoint(seen).evidence.contains { $0.observed.contains("block 5 differs") })
        seen.points = .value(points.filter { !$0.damage.isEmpty })
        let gate = hasRecoveryPoint(seen)
        #expect(gate.blocks && gate.waivable != .never)
        seen.points = .value([])
        #expect(hasRecoveryPoint(seen).waivable == .never)
    }
}

private func point(
    _ number: UInt64, _ change: (inout TargetV1.RecoveryPoint) -> Void = { _ in }
) -> TargetV1.RecoveryPoint {
    var point = TargetV1.RecoveryPoint()
    point.number = number
    change(&point)
    return point
}

private func asked(_ choice: String, _ number: UInt64 = 0, waived: Bool = false) -> JobParameters {
    var parameters = JobParameters(operation: "failover", choice: choice, point: number)
    if waived { parameters.waivers = [StoredWaiver(code: "HAS_RECOVERY_POINT", reason: "the source burnt down")] }
    return parameters
}

private func refusal(_ body: () throws -> TargetV1.RecoveryPoint) -> String? {
    do {
        _ = try body()
        return nil
    } catch { return "\((error as? Failure)?.gates.map(\.evidence) ?? [])" }
}
