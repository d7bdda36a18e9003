import Environment
import Foundation
import Messages
import Model
import RPC
import Testing
import Workflow

@testable import VaultOrchestrator

/// Recovery plans, through their service.
@Suite struct PlanTests {
    @Test func `a plan goes out and comes home again, all of it`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            for (verb, phase) in [
                ("failover", "COMMIT_PENDING_OUT"), ("commit", "COMMITTED_OUT"), ("reprotect", "PROTECTED_HOME"),
                ("failback", "COMMIT_PENDING_HOME"), ("commit", "COMMITTED_HOME"), ("reprotect", "PROTECTED_OUT"),
            ] {
                let run = try await plan.halted(plan.run(verb, id: phase))
                #expect(run.state == .succeeded, "\(verb): \(run)")
                #expect(run.members.map(\.state) == [.done, .done, .done])
                #expect(try await plan.phases() == [phase, phase, phase])
            }
            // Once out, once home.
            #expect(plan.scripts.names == ["one.sh", "one.sh"])
        }
    }

    @Test func `all stop in reverse order and hand over before any starts, and then boot group by boot group`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            let before = plan.rig.peers.log.count
            _ = try await plan.halted(plan.run("failover"))
            let log = plan.rig.peers.log.dropFirst(before).map { $0 }
            func places(_ call: String, _ names: [String]) -> [Int] {
                names.map { name in
                    let isNamed = name == "web" || call.contains("#")
                    let whole = call.replacing("#", with: name) + (isNamed ? "" : "@\(name)")
                    return log.firstIndex(of: whole) ?? -1
                }
            }
            let (shop, all) = (["app", "db"], ["app", "db", "web"])
            let fenced = places("agent-#.Fence", all)
            #expect(!fenced.contains(-1), "\(log)")
            // What others depend on goes last.
            #expect(places("cs.PowerOff", ["web"])[0] < places("cs.PowerOff", shop).min() ?? -1)
            #expect(fenced[2] < places("cs.PowerOff", shop).min() ?? -1)
            #expect(fenced.max() ?? .max < places("agent-#.Drain", all).min() ?? -1)
            #expect(places("platform.PlaceGrant", all).max() ?? .max < places("platform.PowerOn", all).min() ?? -1)
            #expect(places("platform.PowerOn", shop).max() ?? .max < places("platform.PowerOn", ["web"])[0])
        }
    }

    @Test func `a script is told what runs, under a key, with no more of an environment than it needs`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            let run = try await plan.halted(plan.run("failover"))
            let started = try #require(plan.scripts.runs.first)
            #expect(started.executable == "/scripts/one.sh" && started.directory == "/scripts")
            let key = "\(run.name.dropFirst("jobs/".count))/migrate"
            #expect(started.tag == key)
            #expect(
                started.environment.keys.sorted() == [
                    "HOMEWARD_ACTION", "HOMEWARD_ACTION_KEY", "HOMEWARD_BOOT_GROUP", "HOMEWARD_DIRECTION",
                    "HOMEWARD_OPERATION", "HOMEWARD_PLAN", "HOMEWARD_RUN", "HOMEWARD_SIDE", "HOMEWARD_START", "LANG",
                    "PATH",
                ])
            #expect(started.environment["HOMEWARD_ACTION_KEY"] == key)
            let context = try #require(try JSONSerialization.jsonObject(with: Data(started.input)) as? [String: Any])
            #expect(context["actionKey"] as? String == key)
            #expect(context["operation"] as? String == "failover" && context["bootGroup"] as? String == "data")
            let members = try #require(context["members"] as? [[String: Any]])
            #expect(members.map { $0["name"] as? String } == ["app", "db", "web"])
            #expect(members.map { $0["state"] as? String } == ["DONE", "DONE", "RUNNING"])
            #expect(members.allSatisfy { $0["point"] as? Int != nil })
            let result = try run.action("migrate")
            #expect(result.state == .done && result.output == "fine\n" && result.status == 0 && result.starts == 1)
        }
    }

    @Test func `a script that fails leaves the run done in part, and running again does only that`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            plan.scripts.state.withLock { $0.ends["one.sh"] = [ProgramEnd(.exited(3), output: Array("no disk".utf8))] }
            let run = try await plan.halted(plan.run("failover"))
            #expect(run.state == .partial)
            #expect(run.members.map(\.state) == [.done, .done, .done])
            let failed = try run.action("migrate")
            #expect(failed.state == .failed && failed.status == 3 && failed.output == "no disk")
            let before = plan.rig.peers.log.count
            let again = try await plan.halted(plan.rerun(run))
            #expect(again.state == .succeeded && again.rerunOf == run.name)
            #expect(again.members.map(\.state) == [.doneBefore, .doneBefore, .doneBefore])
            #expect(!plan.rig.peers.log.dropFirst(before).contains { $0.contains("Power") || $0.contains("Fence") })
            let keys = plan.scripts.runs.map(\.tag)
            #expect(keys.count == 2 && Set(keys).count == 1)
            let failure = await #expect(throws: RPCError.self) { _ = try await plan.rerun(again, id: "third") }
            #expect(failure?.message.contains("nothing is left") == true)
        }
    }

    @Test func `a plan that stops at a failure takes back what has not started, and a rerun finishes it`() throws {
        try withPlans { plan in
            try await plan.makeShop {
                $0.policy = .with { $0.onFailure = .stop }
                $0.bootGroups[1].after = [plan.script("tell", "two.sh")]
            }
            plan.scripts.state.withLock { $0.ends["one.sh"] = [ProgramEnd(.exited(1))] }
            let run = try await plan.halted(plan.run("failover"))
            #expect(run.state == .partial, "\(run)")
            #expect(run.members.map(\.state) == [.done, .done, .cancelled])
            #expect(try run.action("tell").state == .skipped)
            #expect(try await plan.phases() == ["COMMIT_PENDING_OUT", "COMMIT_PENDING_OUT", "PROTECTED_OUT"])
            #expect(plan.rig.peers.state.withLock { $0.power["web"] == .on })
            let again = try await plan.halted(plan.rerun(run))
            #expect(again.state == .succeeded, "\(again)")
            #expect(again.members.map(\.state) == [.doneBefore, .doneBefore, .done])
            #expect(plan.scripts.names == ["one.sh", "one.sh", "two.sh"])
            #expect(try await plan.phases() == Array(repeating: "COMMIT_PENDING_OUT", count: 3))
        }
    }

    @Test(arguments: [false, true])
    func `a member that fails goes back, and the next boot group starts unless the plan stops`(stops: Bool) throws {
        try withPlans { plan in
            try await plan.makeShop { $0.policy = .with { $0.onFailure = stops ? .stop : .continue } }
            plan.rig.peers.trouble("AttachDisks@db", .refuse)
            let run = try await plan.halted(plan.run("failover"))
            plan.rig.peers.trouble("AttachDisks@db", nil)
            #expect(run.state == (stops ? .failedUnwound : .partial), "\(run)")
            #expect(run.members.map(\.state) == [.failed, .failed, stops ? .cancelled : .done])
            #expect(run.members[1].message.contains("scripted refusal"))
            // No machine of its boot group has started.
            #expect(plan.scripts.runs.isEmpty)
            let web = stops ? "PROTECTED_OUT" : "COMMIT_PENDING_OUT"
            #expect(try await plan.phases() == ["PROTECTED_OUT", "PROTECTED_OUT", web])
            let again = try await plan.halted(plan.rerun(run))
            #expect(again.state == .succeeded, "\(again)")
            #expect(try await plan.phases() == Array(repeating: "COMMIT_PENDING_OUT", count: 3))
        }
    }

    @Test func `a run that an action stops before any machine starts goes back as a whole, actions and all`() throws {
        try withPlans { plan in
            try await plan.makeShop {
                $0.policy = .with { $0.onFailure = .stop }
                $0.bootGroups[0].before = [plan.script("prepare", "one.sh"), plan.script("check", "two.sh")]
                $0.bootGroups[0].after = []
            }
            plan.scripts.state.withLock { $0.ends["two.sh"] = [ProgramEnd(.exited(1))] }
            let run = try await plan.halted(plan.run("failover"))
            #expect(run.state == .failedUnwound, "\(run)")
            #expect(run.members.map(\.state) == [.cancelled, .cancelled, .cancelled])
            #expect(try await plan.phases() == Array(repeating: "PROTECTED_OUT", count: 3))
            let again = try await plan.halted(plan.rerun(run))
            #expect(again.state == .succeeded, "\(again)")
            // What was prepared for machines that went back is prepared anew.
            #expect(plan.scripts.names == ["one.sh", "two.sh", "one.sh", "two.sh"])
        }
    }

    @Test func `a run is run again once, also when only actions are left, and then the newest of its runs is`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            plan.scripts.state.withLock {
                $0.ends["one.sh"] = [ProgramEnd(.exited(1)), ProgramEnd(.exited(1))]
                $0.lasts["one.sh"] = .seconds(20)
            }
            let first = try await plan.halted(plan.run("failover"))
            let second = try await plan.rerun(first)
            // The same request is the same run; another one would start the script beside itself.
            #expect(try await plan.rerun(first).name == second.name)
            let beside = await #expect(throws: RPCError.self) { _ = try await plan.rerun(first, id: "beside") }
            #expect(beside?.message.contains("\(second.name) did so already") == true, "\(beside)")
            let commit = await #expect(throws: RPCError.self) { _ = try await plan.run("commit") }
            let gates = Failure(try #require(commit), attempting: "commit").gates
            #expect(gates.contains { $0.code == .noConflictingJob }, "\(gates)")
            #expect(try await plan.halted(second).state == .partial)
            let late = await #expect(throws: RPCError.self) { _ = try await plan.rerun(first, id: "late") }
            #expect(late?.message.contains(second.name) == true)
            #expect(try await plan.halted(plan.rerun(second, id: "third")).state == .succeeded)
            #expect(plan.scripts.runs.count == 3 && Set(plan.scripts.runs.map(\.tag)).count == 1)
        }
    }

    @Test func `a rerun of actions alone that fail has gone nowhere back`() throws {
        try withPlans { plan in
            try await plan.makeShop {
                $0.bootGroups[0].after = [plan.script("migrate", "one.sh"), plan.script("tell", "two.sh")]
            }
            plan.scripts.state.withLock {
                $0.ends["one.sh"] = [ProgramEnd(.exited(1))]
                $0.ends["two.sh"] = [ProgramEnd(.exited(1)), ProgramEnd(.exited(1))]
            }
            let run = try await plan.halted(plan.run("failover"))
            let second = try await plan.halted(plan.rerun(run))
            #expect(run.state == .partial && second.state == .partial, "\(second)")
            let third = try await plan.halted(plan.rerun(second, id: "third"))
            #expect(third.state == .succeeded, "\(third)")
            #expect(plan.scripts.names == ["one.sh", "two.sh", "one.sh", "two.sh", "two.sh"])
        }
    }

    @Test func `a member whose source comes back while the run waits for a person keeps its machine`() throws {
        try withPlans { plan in
            try await plan.makeShop { $0.bootGroups[1].before = [plan.manual("look")] }
            plan.rig.peers.state.withLock {
                $0.away = ["cs", "ps-home"]
                $0.agentIsAttached = false
            }
            let run = try await plan.halted(plan.plans.runPlan(plan.statedDead(), plan.options))
            #expect(run.state == .waitingPerson, "\(run)")
            plan.rig.peers.state.withLock {
                $0.away = []
                $0.agentIsAttached = true
            }
            try await plan.rig.pause(.seconds(5))
            // What runs in the cloud by now is fenced at home; what does not goes on at home.
            #expect(plan.rig.peers.state.withLock { $0.power["db"] != .on && $0.power["web"] == .on })
            try await plan.complete(run, "look", .done)
            let end = try await plan.halted(run)
            #expect(end.state == .partial && end.members.map(\.state) == [.done, .done, .failed], "\(end)")
            #expect(end.members[2].message.contains("machine web is on"), "\(end.members[2])")
            #expect(plan.rig.peers.state.withLock { $0.power["web-cloud"] } != .on)
            #expect(try await plan.phases() == ["COMMIT_PENDING_OUT", "COMMIT_PENDING_OUT", "PROTECTED_OUT"])
        }
    }

    @Test func `what was stated of a source for a run counts for its rerun only when it is stated anew`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            plan.rig.peers.state.withLock {
                $0.away = ["cs", "ps-home"]
                $0.agentIsAttached = false
            }
            plan.rig.peers.trouble("AttachDisks@web", .refuse)
            let run = try await plan.halted(plan.plans.runPlan(plan.statedDead(), plan.options))
            #expect(run.members.map(\.state) == [.done, .done, .failed], "\(run)")
            plan.rig.peers.trouble("AttachDisks@web", nil)
            let unsaid = await #expect(throws: RPCError.self) { _ = try await plan.rerun(run) }
            let gates = Failure(try #require(unsaid), attempting: "run").gates
            #expect(gates.contains { $0.code == .sourceConfirmedOff }, "\(gates)")
            let again = VaultV1.RerunPlanRequest.with {
                $0.run = run.name
                $0.options = plan.rig.options("stated")
                $0.options?.waivers = [.with { $0.code = "REPLICATION_HEALTHY"; $0.reason = "its source is dead" }]
                $0.sourceDeadStatement = .with {
                    $0.person = "bo"
                    $0.reason = "it is still gone"
                }
            }
            let ended = try await plan.halted(plan.plans.rerunPlan(again, plan.options))
            #expect(ended.state == .succeeded, "\(ended)")
            let (_, record, _) = try await plan.rig.core.run(named: ended.name)
            #expect(record.wish.statement?.person == "bo")
        }
    }

    @Test func `a script that takes too long is killed, and what it printed is kept`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            plan.scripts.state.withLock { $0.lasts["one.sh"] = .seconds(31) }
            let run = try await plan.halted(plan.run("failover"))
            let result = try run.action("migrate")
            #expect(result.state == .failed && result.status == nil)
            #expect(result.message == "one.sh was killed: it took more than 30.0 s")
            #expect(result.output == "fine\n")
        }
    }

    @Test func `an edit changes nothing of a run, which waits for a person meanwhile`() throws {
        try withPlans { plan in
            try await plan.makeShop { $0.bootGroups[1].before = [plan.manual("look")] }
            let begun = try await plan.halted(plan.run("failover"))
            #expect(begun.state == .waitingPerson && begun.message.contains("look at it"), "\(begun)")
            #expect(try begun.action("look").state == .waitingPerson)
            #expect(try await plan.phases()[2] == "PROTECTED_OUT")
            let edited = try await plan.plans.updatePlan(
                .with {
                    $0.plan = plan.shop { $0.bootGroups[0].after = [plan.script("other", "two.sh")] }
                    $0.etag = "v1"
                }, plan.options)
            #expect(edited.version == 2 && edited.digest != begun.digest && edited.running == [begun.name])
            let early = await #expect(throws: RPCError.self) {
                _ = try await plan.plans.deletePlan(.with { $0.name = "sales" }, plan.options)
            }
            #expect(early?.message.contains(begun.name) == true)
            try await plan.complete(begun, "look", .done)
            let run = try await plan.halted(begun)
            #expect(run.state == .succeeded && run.version == 1 && run.digest == begun.digest)
            #expect(try run.action("look").person == "ana")
            #expect(try run.action("look").message == "done, says ana: seen")
            #expect(plan.scripts.names == ["one.sh"])
            let late = await #expect(throws: RPCError.self) { try await plan.complete(begun, "look", .done) }
            #expect(late != nil)
            _ = try await plan.plans.deletePlan(.with { $0.name = "sales" }, plan.options)
            #expect(try await plan.plans.listPlanRuns(.init(), plan.options).runs.map(\.name) == [run.name])
        }
    }

    @Test func `a run that is cancelled before it starts machines takes all back`() throws {
        try withPlans { plan in
            try await plan.makeShop { $0.bootGroups[0].before = [plan.manual("look")] }
            let begun = try await plan.halted(plan.run("failover"))
            #expect(begun.state == .waitingPerson)
            let job = try JobID(String(begun.name.dropFirst("jobs/".count)))
            let word = Statement(name: "ana", reason: "a drill of nerves", at: plan.rig.core.vault.now, checked: "")
            try await plan.rig.core.runner.cancel(job, by: word)
            let run = try await plan.halted(begun)
            for _ in 0..<100 where try await plan.read(begun).state != .cancelled {
                try await plan.rig.pause(.seconds(1))
            }
            #expect(try await plan.read(begun).state == .cancelled, "\(run)")
            #expect(try await plan.read(begun).members.map(\.state) == [.cancelled, .cancelled, .cancelled])
            #expect(try await plan.phases() == Array(repeating: "PROTECTED_OUT", count: 3))
            #expect(plan.rig.peers.state.withLock { $0.power["web"] == .on && $0.power["db"] == .on })
        }
    }

    @Test func `a run that is cancelled before anything of it began lets all members go`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            let (core, store) = (plan.rig.core, plan.rig.core.vault.store)
            let row = try await store.plan(planID("sales"))
            let wish = try PlanWish(plan.request("failover"), at: core.vault.now)
            let prepared = try await core.prepare(PlanOrigin(row), wish, plan.rig.options("run"))
            // As `begin` stores it, by a vault that dies before it starts any of these jobs.
            var record = prepared.record
            record.root = "job-run"
            for part in prepared.parts { record.units[part.unit].job = "job-\(part.unit)" }
            let (run, now): (JobID, _) = ("job-run", core.vault.now)
            try await store.database.write("test") { [record] transaction in
                for part in prepared.parts {
                    let job = try JobID("job-\(part.unit)")
                    try claimItems(part.draft, job, store, transaction)
                    try store.jobs.create(job, part.draft.plan(), at: now, in: transaction)
                }
                try store.jobs.create(run, record.jobPlan(), at: now, in: transaction)
                try store.addRun(run, record, at: now, in: transaction)
            }
            #expect(try await plan.rig.item().claimJob == "job-1")
            let before = plan.rig.peers.log
            try await core.runner.cancel(run, by: Statement(name: "ana", reason: "no", at: now, checked: ""))
            let ended = try await plan.halted(plan.read(.with { $0.name = "jobs/job-run" }))
            #expect(ended.state == .cancelled && ended.members.map(\.state) == [.cancelled, .cancelled, .cancelled])
            for name in ["app", "db", "web"] { #expect(try await plan.rig.item(name).claimJob == nil) }
            #expect(plan.rig.peers.log == before)
        }
    }

    @Test func `a cancel while a script runs kills it`() throws {
        try withPlans { plan in
            try await plan.makeShop { $0.bootGroups[0].before = [plan.script("prepare", "two.sh")] }
            plan.scripts.state.withLock { $0.lasts["two.sh"] = .seconds(29) }
            let run = try await plan.run("failover")
            for _ in 0..<600 where plan.scripts.runs.isEmpty { try await plan.rig.pause(.milliseconds(100)) }
            try await plan.cancelWithItsScript(run)
            #expect(try await plan.phases() == Array(repeating: "PROTECTED_OUT", count: 3))
        }
    }
}
