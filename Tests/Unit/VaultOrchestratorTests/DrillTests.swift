import Contract
import Environment
import Messages
import Model
import Simulation
import Store
import Testing

@testable import VaultOrchestrator

@Suite struct DrillTests {
    @Test func `a test failover boots a machine on a branch, and the item is as before`() throws {
        try withVault { rig in
            try await rig.protect()
            let before = try await rig.item()
            let (assigned, known) = (rig.peers.state.withLock { $0.assignCalls }, rig.peers.log.count)
            try await rig.drill()
            let item = try await rig.item()
            let drill = try #require(item.drill)
            #expect(drill.state == .running)
            #expect(drill.point == rig.peers.state.withLock { $0.points[item.id]?.first?.number })
            #expect(drill.bootUs > 0)
            #expect(drill.machine.hasPrefix("drill-"))
            #expect(item.withoutDrill == before.withoutDrill)
            #expect(rig.peers.state.withLock { $0.assignCalls } == assigned)
            #expect(
                rig.peers.log.dropFirst(known) == [
                    "mt-cloud.PinPoint", "mt-cloud.CreateBranch", "platform.CreateMachine", "platform.PowerOn",
                ])
            #expect(rig.core.show(item).drill?.state == .running)
            let audited = try await rig.kinds().filter { $0.hasPrefix("drill-") }
            #expect(audited == ["drill-starting", "drill-running"])
        }
    }

    @Test func `a cleanup leaves the record of the drill and nothing else`() throws {
        try withVault { rig in
            try await rig.protect()
            let before = try await rig.item()
            try await rig.drill()
            let machine = try #require(try await rig.item().drill?.machine)
            try await rig.succeed(rig.cleanUp(remark: "it came up, the mail did not"))
            let item = try await rig.item()
            #expect(item.drill == nil)
            #expect(item.withoutDrill == before.withoutDrill)
            rig.peers.state.withLock { state in
                #expect(!state.exists.contains(machine))
                #expect(state.branches.isEmpty)
            }
            #expect(rig.peers.log.suffix(4).map { $0.split(separator: ".")[1] } == [
                "PowerOff", "DeleteMachine", "DeleteBranch", "UnpinPoint",
            ])
            let page = try await rig.core.drills(.with { $0.item = "web" })
            let record = try #require(page.drills.first)
            #expect(page.drills.count == 1)
            #expect(record.state == .cleaned)
            #expect(record.outcome == .booted)
            #expect(record.person == "ana")
            #expect(record.endedBy == "ana")
            #expect(record.remark == "it came up, the mail did not")
            #expect(record.endedUnixUs >= record.startedUnixUs + Int64(record.bootUs))
            #expect(try await rig.core.drills(.with { $0.standingOnly = true }).drills.isEmpty)
        }
    }

    @Test func `a test failback runs at home, through the configuration server`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            await #expect(throws: Failure.self) { try await rig.drill(.out) }
            let known = rig.peers.log.count
            try await rig.drill(.home)
            #expect(
                rig.peers.log.dropFirst(known) == [
                    "mt-home.PinPoint", "mt-home.CreateBranch", "cs.CreateMachine", "cs.PowerOn",
                ])
            try await rig.succeed(rig.cleanUp())
            try await rig.failOver(.home)
            #expect(try await rig.item().phase == "COMMIT_PENDING_HOME")
        }
    }

    @Test(arguments: ["PinPoint", "CreateBranch", "CreateMachine", "PowerOn"])
    func `what fails takes everything back, and the record says that nothing booted`(_ call: String) throws {
        try withVault { rig in
            try await rig.protect()
            let before = try await rig.item()
            let machines = rig.peers.state.withLock { $0.exists }
            rig.peers.trouble(call, .refuse)
            let job = try await rig.ended(rig.begin())
            #expect(job.state == .failedUnwound, "\(job)")
            let item = try await rig.item()
            #expect(item.withoutDrill == before.withoutDrill)
            #expect(item.drill == nil)
            rig.peers.state.withLock { state in
                #expect(state.exists == machines)
                #expect(state.branches.isEmpty)
            }
            // Also of a pin that was refused: a call that comes late must find that it was taken back.
            #expect(rig.peers.log.contains("mt-cloud.UnpinPoint.undo"))
            let page = try await rig.core.drills(.init())
            #expect(page.drills.map(\.outcome) == [.notBooted])
            rig.peers.trouble(call, nil)
            rig.retry += 1
            try await rig.drill()
        }
    }

    @Test func `a machine that does not boot because its branch ended is given up at once`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.testsBoot = false }
            let job = try await rig.begin()
            try await rig.pause(.seconds(2))
            #expect(try await rig.item().drill?.state == .starting)
            rig.peers.endBranches("no space")
            #expect(try await rig.ended(job).state == .failedUnwound)
            #expect(rig.peers.state.withLock { $0.tests.keys.allSatisfy { !$0.isEmpty } && $0.branches.isEmpty })
        }
    }

    @Test(arguments: [
        "PinPoint", "CreateBranch", "CreateMachine", "PowerOn", "PowerOff", "DeleteMachine", "DeleteBranch",
    ])
    func `a lost answer is looked up or asked for again, never done twice`(_ call: String) throws {
        try withVault { rig in
            try await rig.protect()
            let known = rig.peers.log.count
            rig.peers.trouble(call, .loseAnswer)
            try await rig.drill()
            try await rig.succeed(rig.cleanUp())
            #expect(rig.peers.log.dropFirst(known).filter { $0.hasSuffix("." + call) }.count == 1)
        }
    }

    @Test func `a drill is cancelled while its machine boots, and nothing stays`() throws {
        try withVault { rig in
            try await rig.protect()
            let before = try await rig.item()
            rig.peers.state.withLock { $0.testsBoot = false }
            let job = try await rig.begin()
            try await rig.pause(.seconds(2))
            let word = Statement(name: "ana", reason: "enough", at: rig.core.vault.now, checked: "")
            try await rig.core.runner.cancel(try JobID(String(job.name.dropFirst("jobs/".count))), by: word)
            #expect(try await rig.ended(job).state == .cancelled)
            #expect(try await rig.item().withoutDrill == before.withoutDrill)
            #expect(rig.peers.state.withLock { $0.branches.isEmpty })
        }
    }

    @Test func `a real failover is refused beside a drill, or ends it when that is said`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.drill()
            let machine = try #require(try await rig.item().drill?.machine)
            let refused = await #expect(throws: Failure.self) { try await rig.core.failOver(rig.failover(.out)) }
            #expect(refused?.gates.filter(\.blocks).map(\.code) == [.noDrillLeft])
            #expect(refused?.gates.first { $0.code == .noDrillLeft }?.remedy?.command == "homeward drills cleanup web")
            #expect(try await rig.item().drill?.state == .running)
            var request = rig.failover(.out)
            request.discardDrill = true
            request.options?.requestID = "discarding"
            try await rig.succeed(rig.core.failOver(request))
            let item = try await rig.item()
            #expect(item.phase == "COMMIT_PENDING_OUT")
            #expect(item.drill == nil)
            #expect(!rig.peers.state.withLock { $0.exists.contains(machine) })
            #expect(try await rig.core.drills(.init()).drills.map(\.outcome) == [.discarded])
        }
    }

    @Test func `beside a drill there is no second one and no disable, a forced one takes it away`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.drill()
            let machine = try #require(try await rig.item().drill?.machine)
            rig.retry += 1
            let second = await #expect(throws: Failure.self) { try await rig.begin() }
            #expect(second?.gates.filter(\.blocks).map(\.code) == [.noDrillLeft])
            let disable = await #expect(throws: Failure.self) {
                try await rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) }
            }
            #expect(disable?.gates.filter(\.blocks).map(\.code) == [.noDrillLeft])
            var forced = rig.request("forced")
            forced.force = true
            try await rig.succeed(rig.core.operate(forced) { _ in (.disableForced, disableWorkflow) })
            #expect(!rig.peers.state.withLock { $0.exists.contains(machine) })
            #expect(try await rig.item().drill == nil)
            #expect(try await rig.core.drills(.init()).drills.map(\.outcome) == [.discarded])
        }
    }

    @Test func `without a drill there is nothing to clean up`() throws {
        try withVault { rig in
            try await rig.protect()
            let refused = await #expect(throws: Failure.self) { try await rig.cleanUp() }
            #expect(refused?.gates.filter(\.blocks).map(\.code) == [.operationAllowed])
        }
    }

    @Test func `a drill that lost its branch is told to have ended, and its item replicates on`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.drill()
            rig.peers.endBranches("less than 256 MiB were left for replication")
            try await rig.pause(.seconds(3))
            let item = try await rig.item()
            #expect(item.drill?.state == .ended)
            #expect(item.drill?.cause.contains("less than 256 MiB") == true)
            #expect(item.health == healthy)
            #expect(item.phase == "PROTECTED_OUT")
            #expect(try await rig.kinds().filter { $0 == "drill-ended" }.count == 1)
            try await rig.succeed(rig.cleanUp())
            #expect(try await rig.core.drills(.init()).drills.map(\.outcome) == [.endedEarly])
        }
    }

    @Test func `a test machine that is off after a boot of its host has ended its drill`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.drill()
            let machine = try #require(try await rig.item().drill?.machine)
            rig.peers.state.withLock { $0.power[machine] = .off }
            try await rig.pause(.seconds(3))
            #expect(try await rig.item().drill?.cause == "machine \(machine) lost its power")
        }
    }

    @Test func `a component that does not answer ends no drill`() throws {
        try withVault { rig in
            try await rig.protect()
            try await rig.drill()
            rig.peers.state.withLock { $0.away = ["mt-cloud", "platform"] }
            try await rig.pause(.seconds(3))
            #expect(try await rig.item().drill?.state == .running)
        }
    }

    @Test func `what a drill needs is told at once, and a preview changes nothing`() throws {
        try withVault { rig in
            try await rig.protect()
            rig.peers.state.withLock { $0.isolates = false }
            var request = rig.drillRequest(.home)
            request.choice = .chosen
            request.point = 77
            request.options?.validateOnly = true
            let known = rig.peers.log.count
            let preview = try #require(try await rig.core.beginDrill(request).preview)
            let failing = Set(preview.gates.filter { $0.status == .fail }.map(\.code))
            #expect(failing == ["DIRECTION_CONFIRMED", "HAS_POINT_OF_KIND", "DRILL_ISOLATED"])
            #expect(preview.steps.map(\.id) == [
                "claim", "begin", "pin", "branch", "machine", "power-on", "booted", "finish",
            ])
            #expect(rig.peers.log.count == known)
            #expect(try await rig.item().drill == nil)
        }
    }

    @Test func `members of a group are tested one by one, and nothing is drained for a test`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let group = await #expect(throws: Failure.self) { try await rig.begin(of: "groups/shop") }
            #expect(group?.code == .invalidArgument)
            let drained = await #expect(throws: Failure.self) {
                _ = try await rig.core.beginDrill(rig.drillRequest(.out, "app").changed { $0.choice = .latest })
            }
            #expect(drained?.code == .invalidArgument)
            try await rig.succeed(rig.begin(of: "app"))
            #expect(try await rig.item("db").drill == nil)
            let refused = await #expect(throws: Failure.self) {
                try await rig.core.failOver(rig.failover(.out, "shop"))
            }
            #expect(refused?.gates.filter(\.blocks).map(\.code) == [.noDrillLeft])
        }
    }

    @Test func `drills are listed page by page, newest first`() throws {
        try withVault { rig in
            try await rig.protect()
            for _ in 0..<3 {
                rig.retry += 1
                try await rig.drill()
                try await rig.succeed(rig.cleanUp())
            }
            let first = try await rig.core.drills(.with { $0.pageSize = 2 })
            #expect(first.drills.count == 2)
            let second = try await rig.core.drills(
                .with {
                    $0.pageSize = 2
                    $0.pageToken = first.nextPageToken
                })
            #expect(second.drills.count == 1)
            #expect(second.nextPageToken.isEmpty)
            let begun = (first.drills + second.drills).map(\.startedUnixUs)
            #expect(begun == begun.sorted(by: >))
        }
    }
}

extension ItemRecord {
    /// As it is without its drill, and without how often it was stored.
    fileprivate var withoutDrill: ItemRecord {
        var copy = self
        copy.drill = nil
        copy.revision = 0
        return copy
    }
}

extension ScriptedPeers {
    fileprivate func endBranches(_ cause: String) {
        state.withLock { state in
            for name in state.branches.keys { state.branches[name]?.ended = cause }
        }
    }
}

extension Rig {
    func drillRequest(_ direction: Model.Direction, _ name: String = "web") -> VaultV1.BeginDrillRequest {
        .with {
            $0.name = name
            $0.expectedDirection = direction == .out ? .out : .home
            $0.choice = .latestProcessed
            $0.options = options("drill-\(direction.rawValue)-\(name)")
        }
    }

    @discardableResult
    fileprivate func begin(_ direction: Model.Direction = .out, of name: String = "web") async throws -> VaultV1.Job {
        try await core.beginDrill(drillRequest(direction, name))
    }

    func drill(_ direction: Model.Direction = .out) async throws { try await succeed(begin(direction)) }

    @discardableResult
    func cleanUp(remark: String = "") async throws -> VaultV1.Job {
        try await core.cleanUpDrill(
            .with {
                $0.name = "web"
                $0.remark = remark
                $0.options = options("cleanup")
            })
    }

    fileprivate func kinds() async throws -> [String] {
        try await whole().map(\.kind)
    }
}
