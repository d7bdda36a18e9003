import Contract
import Foundation
import Messages
import Model
import Testing
import Workflow

@testable import VaultOrchestrator

/// A source whose last interval does not come: the job asks a person, and goes on by itself when it comes after all.
@Suite struct DrainTests {
    @Test func `past its bound the job asks, waits when told to, and takes the newest point when told`() throws {
        try withVault { rig in
            let item = try await rig.undrainable()
            let began = rig.core.vault.now
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out)))
            #expect((300..<400).contains((rig.core.vault.now.value - began.value) / 1_000_000))
            #expect(job.answers == ["wait", "latest-processed"])
            for word in ["web", "point 5", "homeward jobs answer", "1 intervals wait"] {
                #expect(job.message.contains(word), "\(job.message)")
            }
            // Nobody's silence is an answer.
            try await rig.pause(.seconds(700))
            let still = try await rig.view(job)
            #expect(still.state == .waitingPerson && still.message.contains("point 5"))
            let handler = JobsHandler(core: rig.core)
            await #expect(throws: (any Error).self) {
                _ = try await handler.answerJob(rig.answer(job, "wait").changed { $0.reason = "" }, context)
            }
            await #expect(throws: (any Error).self) {
                _ = try await handler.answerJob(rig.answer(job, "later"), context)
            }
            let waits = rig.core.vault.now
            let told = try await handler.answerJob(rig.answer(job, "wait"), context)
            #expect(told.state == .running && told.answers.isEmpty)
            await #expect(throws: (any Error).self) {
                _ = try await handler.answerJob(rig.answer(job, "wait"), context)
            }
            _ = try await rig.asked(job)
            #expect((300..<400).contains((rig.core.vault.now.value - waits.value) / 1_000_000))
            _ = try await handler.answerJob(rig.answer(job, "latest-processed"), context)
            let ended = try await rig.ended(job)
            #expect(ended.state == .succeeded, "\(ended.message)")
            #expect(ended.facts["point.number"] == "5" && ended.facts["drain.givenUpBy"]?.contains("ana") == true)
            #expect(try await rig.item().failoverPoint == 5)
            let answers = try await rig.whole().filter { $0.kind == "job-answered" }
            #expect(answers.map { $0["answer"] } == ["wait", "latest-processed"])
            #expect(answers.allSatisfy { $0.person == "ana" && $0.text == "the line is cut" })
            #expect(rig.peers.state.withLock { $0.points[item]?.contains(where: \.final) } == false)
        }
    }

    @Test func `an interval that comes while the job asks ends the question, and a cancel takes all back`() throws {
        try withVault { rig in
            _ = try await rig.undrainable()
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out)))
            rig.peers.state.withLock { $0.drainHangs = [] }
            let ended = try await rig.settled(job)
            #expect(ended.state == .succeeded && ended.facts["point.final"] == "true", "\(ended.message)")
        }
        try withVault { rig in
            _ = try await rig.undrainable()
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out)))
            let word = Statement(name: "ana", reason: "tomorrow", at: rig.core.vault.now, checked: "")
            try await rig.core.runner.cancel(job.id(), by: word)
            #expect(try await rig.settled(job).state == .cancelled)
            #expect(try await rig.item().phase == "PROTECTED_OUT")
            let late = await #expect(throws: (any Error).self) {
                _ = try await JobsHandler(core: rig.core).answerJob(rig.answer(job, "wait"), context)
            }
            #expect("\(String(describing: late))".contains("asks nothing"))
        }
    }

    @Test func `a source that is not reached any more is asked about, and nothing goes back until somebody says so`()
        throws
    {
        try withVault { rig in
            let item = try await rig.unreachable()
            let began = rig.core.vault.now
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out)))
            #expect((300..<400).contains((rig.core.vault.now.value - began.value) / 1_000_000))
            #expect(job.answers == ["wait", "latest-processed"])
            for word in ["source is not reached", "agent-web is not attached", "point 5", "homeward jobs cancel"] {
                #expect(job.message.contains(word), "\(job.message)")
            }
            // Also after an answer, and however many attempts that are made meanwhile.
            for _ in 0..<2 {
                let waits = rig.core.vault.now
                _ = try await JobsHandler(core: rig.core).answerJob(rig.answer(job, "wait"), context)
                try await rig.pause(.seconds(200))
                #expect(try await rig.view(job).state == .running)
                #expect(try await rig.asked(job).message.contains("source is not reached"))
                #expect((300..<400).contains((rig.core.vault.now.value - waits.value) / 1_000_000))
            }
            try await rig.pause(.seconds(2_000))
            #expect(try await rig.view(job).state == .waitingPerson)
            _ = try await JobsHandler(core: rig.core).answerJob(rig.answer(job, "latest-processed"), context)
            #expect(try await rig.settled(job).state == .succeeded)
            #expect(rig.peers.state.withLock { $0.points[item]?.contains(where: \.final) } == false)
        }
    }

    @Test func `a source that is reached again ends the question, and a cancel of one that is not goes back`() throws {
        try withVault { rig in
            _ = try await rig.unreachable()
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out)))
            rig.peers.state.withLock { $0.away = [] }
            let ended = try await rig.settled(job)
            #expect(ended.state == .succeeded && ended.facts["point.final"] == "true", "\(ended.message)")
        }
        try withVault { rig in
            _ = try await rig.unreachable()
            try await rig.goesBackWhenCancelled()
        }
    }

    @Test func `a master target that goes away before it applied the last interval is waited for and asked about`()
        throws
    {
        try withVault { rig in
            let began = try await rig.unapplied()
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out)))
            #expect((300..<400).contains((rig.core.vault.now.value - began.value) / 1_000_000))
            for word in ["last interval, 7,", "mt-cloud is away", "before it answers", "homeward jobs cancel"] {
                #expect(job.message.contains(word), "\(job.message)")
            }
            // An older point is its, too.
            for word in ["wait", "latest-processed"] {
                let waits = rig.core.vault.now
                _ = try await JobsHandler(core: rig.core).answerJob(rig.answer(job, word), context)
                try await rig.pause(.seconds(200))
                #expect(try await rig.view(job).state == .running)
                _ = try await rig.asked(job)
                #expect((300..<400).contains((rig.core.vault.now.value - waits.value) / 1_000_000))
            }
            try await rig.pause(.seconds(2_000))
            #expect(try await rig.view(job).state == .waitingPerson)
            rig.peers.state.withLock { $0.away = [] }
            let ended = try await rig.settled(job)
            #expect(ended.state == .succeeded && ended.facts["point.final"] == "true", "\(ended.message)")
        }
        try withVault { rig in
            _ = try await rig.unapplied()
            try await rig.goesBackWhenCancelled()
        }
    }

    @Test func `a master target that does not apply the last interval is asked about, and told to leave it`() throws {
        try withVault { rig in
            let item = try await rig.undrainable()
            rig.peers.state.withLock { state in
                (state.drainHangs, state.replicaState) = ([], .applying)
            }
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out)))
            #expect(job.message.contains("1 intervals wait"), "\(job.message)")
            rig.peers.state.withLock { state in
                for index in state.points[item, default: []].indices where state.points[item]?[index].final == true {
                    state.points[item]?[index].damage = "not whole"
                }
            }
            _ = try await JobsHandler(core: rig.core).answerJob(rig.answer(job, "latest-processed"), context)
            let ended = try await rig.settled(job)
            #expect(ended.state == .succeeded && ended.facts["point.number"] == "5", "\(ended.message)")
            #expect(ended.facts["drain.givenUpBy"]?.contains("ana") == true)
        }
    }

    @Test func `a group asks once for all, who has drained keeps that, and nobody seals a common point`() throws {
        try withVault { rig in
            try await rig.protectShop()
            let (app, db) = (try await rig.item("app").id, try await rig.item("db").id)
            rig.peers.state.withLock { state in
                for id in [app, db] { state.points[id] = [.with { $0.number = 5; $0.applied = true }] }
                state.drainHangs = ["db"]
            }
            let job = try await rig.asked(rig.core.failOver(rig.failover(.out, "shop")))
            #expect(job.message.contains("db:") && !job.message.contains("app:"), "\(job.message)")
            #expect(job.message.contains("not be of one moment"))
            _ = try await JobsHandler(core: rig.core).answerJob(rig.answer(job, "latest-processed"), context)
            let ended = try await rig.settled(job)
            #expect(ended.state == .succeeded, "\(ended.message)")
            #expect(try await rig.item("app").failoverPoint == 6)
            #expect(try await rig.item("db").failoverPoint == 5)
            #expect(!rig.peers.log.contains { $0.contains("SealGroupFinal") })
        }
    }

    @Test func `a plan's run says which job asks, and goes on when that is answered`() throws {
        try withPlans { plan in
            try await plan.makeShop()
            plan.rig.peers.state.withLock { $0.drainHangs = ["web"] }
            let run = try await plan.run("failover")
            var told = run
            for _ in 0..<600 where !told.message.contains("a person is asked") {
                try await plan.rig.pause(.seconds(1))
                told = try await plan.read(run)
            }
            let name = try #require(told.message.components(separatedBy: "homeward jobs show ").last)
            let job = VaultV1.Job.with { $0.name = "jobs/\(name)" }
            #expect(try await plan.rig.asked(job).message.contains("web:"), "\(told.message)")
            _ = try await JobsHandler(core: plan.rig.core).answerJob(plan.rig.answer(job, "latest-processed"), context)
            let end = try await plan.halted(run)
            #expect(end.state == .succeeded, "\(end)")
            #expect(try await plan.rig.item().failoverPoint == 1)
        }
    }
}

extension Rig {
    /// Its id; with point 5, a later one that waits to be applied, and an agent whose drains never end.
    fileprivate func undrainable() async throws -> String {
        try await protect()
        let id = try await item().id
        peers.state.withLock { state in
            state.points[id] = [.with { $0.number = 6 }, .with { $0.number = 5; $0.applied = true }]
            state.points[id]?[0].damage = "not whole"
            state.drainHangs = ["web"]
        }
        return id
    }

    /// Its id; with points 6 and 5, and an agent that nobody reaches once it is fenced.
    fileprivate func unreachable() async throws -> String {
        let id = try await undrainable()
        peers.state.withLock { state in
            state.drainHangs = []
            state.awayAfter = ("Fence", ["agent-web"])
        }
        return id
    }

    /// When its failover may begin; its master target goes as soon as the agent has shipped the last interval, 7.
    fileprivate func unapplied() async throws -> UnixMicroseconds {
        _ = try await undrainable()
        peers.state.withLock { state in
            state.drainHangs = []
            state.awayAfter = ("Drain", ["mt-cloud"])
        }
        return core.vault.now
    }

    /// A failover that asks, and whose peers are reached again once it is cancelled.
    fileprivate func goesBackWhenCancelled() async throws {
        let job = try await asked(core.failOver(failover(.out)))
        let word = Statement(name: "ana", reason: "tomorrow", at: core.vault.now, checked: "")
        try await core.runner.cancel(job.id(), by: word)
        peers.state.withLock { $0.away = [] }
        #expect(try await settled(job).state == .cancelled)
        #expect(try await item().phase == "PROTECTED_OUT")
        #expect(peers.running == ["web"])
    }

    fileprivate func view(_ job: VaultV1.Job) async throws -> VaultV1.Job {
        try await core.vault.store.view(try job.id()).message
    }

    /// Once it waits for a person.
    fileprivate func asked(_ job: VaultV1.Job) async throws -> VaultV1.Job {
        try await until(job) { $0.state == .waitingPerson }
    }

    fileprivate func settled(_ job: VaultV1.Job) async throws -> VaultV1.Job {
        try await until(job) { [.succeeded, .failedUnwound, .cancelled, .stuck].contains($0.state) }
    }

    private func until(_ job: VaultV1.Job, _ isIt: (VaultV1.Job) -> Bool) async throws -> VaultV1.Job {
        for _ in 0..<900 {
            let now = try await view(job)
            if isIt(now) { return now }
            try await pause(.seconds(1))
        }
        throw Failure(.timedOut, "\(job.operation): \(try await view(job))")
    }

    fileprivate func answer(_ job: VaultV1.Job, _ answer: String) -> VaultV1.AnswerJobRequest {
        .with {
            $0.name = job.name
            $0.answer = answer
            $0.reason = "the line is cut"
            $0.person = "ana"
        }
    }
}
