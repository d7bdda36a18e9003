import API
import Contract
import Environment
import Glibc
import Ledger
import Messages
import Model
import RPC
import ScriptedSource
import Testing

/// `kill -9` of the coordinator at each failpoint that a common cut passes which somebody asks for, with the guests
/// of all members frozen.
@Suite struct FailpointTests {
    /// Every so many of them; `make failpoints` takes all.
    private static let pace = getenv("HOMEWARD_FAILPOINTS") == nil ? 5 : 1

    @Test func `killed at any failpoint of a common cut, it is made once, and no guest stays frozen`() throws {
        let names = FailpointCells.groups.sorted()
        var rows: [String] = []
        for (place, name) in names.enumerated() where place % Self.pace == 0 {
            let world = try GroupWorld(seed: UInt64(81 + place), application: .seconds(30))
            try world.waitForPoints(2)
            world.bench.processServer.arm(name)
            var deaths = 0
            var isOver = false
            func watch() {
                world.bench.world.after(.milliseconds(300)) {
                    if isOver { return }
                    if !world.bench.processServer.processes.contains(where: { $0.name == "process-server" }) {
                        deaths += 1
                        world.bench.killProcessServer()
                        world.bench.bootProcessServer()
                    }
                    watch()
                }
            }
            watch()
            let cut = try world.cut()
            isOver = true
            #expect(deaths == 1, "\(name)")
            for machine in world.homes.indices { #expect(try !world.isFrozen(machine), "\(name)") }
            try world.waitForPoints(2)
            try world.end()
            let points = try world.points()
            #expect(Set(points.map(\.name)).count == points.count)
            // What a member had on its way may die with the process server; then the cut is no common point.
            let expected = try world.lostAnInterval() ? 0...1 : 1...1
            #expect(expected.contains(points.count { $0.name == cut.name }), "\(name): \(cut)")
            for point in points.prefix(4) { #expect(try world.judge(point) == [], "\(name): \(point.name)") }
            rows.append("\(name): killed \(deaths)")
        }
        print("coordinator of a group, \(rows.count) kills at failpoints:\n" + rows.joined(separator: "\n"))
    }
}

extension GroupWorld {
    /// A member has no point of one of its numbers.
    fileprivate func lostAnInterval() throws -> Bool {
        try points().first?.members.contains { member in
            let kept = try target { try await $0.listPoints(.with { $0.item = member.item }, ScriptedVault.options) }
            let numbers = kept.points.map(\.number)
            return Set(numbers).count < Int((numbers.max() ?? 0) - (numbers.min() ?? 0) + 1)
        } ?? false
    }

    /// Asks for a common cut of frozen guests, again with the same key until it is answered.
    fileprivate func cut() throws -> ProcessV1.CutGroupResponse {
        try bench.perform { environment in
            let client = ProcessControlClient(
                StreamTransport(environment).channel(to: DataPathWorld.processAddress))
            let request = ProcessV1.CutGroupRequest.with {
                $0.key = .with {
                    $0.job = "job-2"
                    $0.item = "group.shop"
                    $0.step = "cut"
                    $0.target = "group/shop"
                    $0.vaultEpoch = 1
                }
                $0.group = "shop"
                $0.applicationConsistent = true
            }
            for _ in 0..<200 {
                do { return try await client.cutGroup(request, CallOptions(timeout: .seconds(20))) } catch is RPCError {
                    try await environment.clock.sleep(for: .milliseconds(300))
                }
            }
            throw Failure(.timedOut, "cut the group")
        }
    }
}
