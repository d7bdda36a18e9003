import API
import Contract
import Environment
import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

extension Rig {
    /// By the policy that every item follows that was given no other one.
    func keepSeed(_ keep: Bool) async throws {
        let all = try await core.listPolicies(.init()).policies
        guard var policy = all.first(where: { $0.name == "policies/default-failback" }) else { return }
        policy.keepSeed = keep
        _ = try await core.updatePolicy(.with { [policy] in $0.policy = policy })
    }
}

/// Replication policies, through the handlers of the vault.
@Suite struct PolicyTests {
    private func policy(_ id: String, _ direction: CommonV1.Direction = .out) -> VaultV1.ReplicationPolicy {
        .with {
            $0.name = "policies/\(id)"
            $0.direction = direction
            $0.rpoThresholdUs = 30_000_000
        }
    }

    @discardableResult
    private func create(_ rig: Rig, _ policy: VaultV1.ReplicationPolicy) async throws -> VaultV1.PolicyChange {
        try await rig.core.createPolicy(
            .with {
                $0.policy = policy
                $0.requestID = "create-\(policy.name)"
            })
    }

    private func assign(_ rig: Rig, _ policy: String, _ follower: String) async throws -> VaultV1.PolicyChange {
        try await rig.core.assignPolicy(.with { $0.policy = policy; $0.follower = follower })
    }

    @Test func `an item follows a policy of each direction from the start, and they can be changed`() throws {
        try withVault { rig in
            try await rig.protect()
            var item = rig.core.show(try await rig.item())
            #expect(item.forwardPolicy == "policies/default-forward")
            #expect(item.failbackPolicy == "policies/default-failback")
            #expect(item.rpoThresholdUs == 3_600_000_000 && item.intervalUs == 5_000_000)
            let listed = try await rig.core.listPolicies(.init()).policies
            #expect(listed.map(\.name) == ["policies/default-failback", "policies/default-forward"])
            #expect(listed.map(\.followerItems) == [1, 1])
            var changed = try #require(listed.last)
            changed.rpoThresholdUs = 60_000_000
            _ = try await rig.core.updatePolicy(.with { $0.policy = changed; $0.etag = changed.etag })
            item = rig.core.show(try await rig.item())
            #expect(item.rpoThresholdUs == 60_000_000)
            // Home counts the other one.
            try await rig.failOver(.out)
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            #expect(rig.core.show(try await rig.item()).rpoThresholdUs == 900_000_000)
        }
    }

    @Test func `a change reaches the agent and the master target of an item that replicates, and nothing restarts`()
        throws
    {
        try withVault { rig in
            try await create(rig, policy("gold"))
            try await rig.protect(applicationIntervalUs: 60_000_000)
            let id = try await rig.item().id
            func pace() -> ScriptedPeers.Pace? { rig.peers.state.withLock { $0.paces["agent-web"] } }
            func retention() -> TargetV1.SetRetentionRequest? {
                rig.peers.state.withLock { $0.retentions["mt-cloud/\(id)"] }
            }
            let before = rig.peers.log.count
            _ = try await assign(rig, "gold", "web")
            try await rig.pause(.seconds(3))
            // It says nothing of intervals: those of the item stay.
            #expect(pace()?.applicationIntervalUs == 60_000_000 && pace()?.intervalUs == 5_000_000)
            #expect(retention() == nil)
            var gold = try await rig.core.listPolicies(.init()).policies.first { $0.name == "policies/gold" }
            gold?.intervalUs = 1_000_000
            gold?.applicationIntervalUs = 0
            gold?.retention = .with {
                $0.points = 9
                $0.thinning = [.with { $0.olderThanUs = 1; $0.keepEveryUs = 7_000_000 }]
            }
            let asked = gold
            let answer = try await rig.core.updatePolicy(.with { $0.policy = asked })
            #expect(answer.policy?.version == 2 && answer.policy?.digest != asked?.digest)
            #expect(answer.policy?.followers == ["items/\(id)"])
            try await rig.pause(.seconds(8))
            #expect(pace()?.applicationIntervalUs == 0 && pace()?.intervalUs == 1_000_000)
            #expect(retention()?.retention?.points == 9)
            let log = rig.peers.log.dropFirst(before)
            #expect(Set(log) == ["agent-web.SetPace", "mt-cloud.SetRetention"], "\(log)")
            #expect(log.count { $0 == "agent-web.SetPace" } == 1, "\(log)")
            // An agent that lost it, as after a session that was opened anew, is told again.
            rig.peers.state.withLock { $0.paces["agent-web"]?.intervalUs = 5_000_000 }
            try await rig.pause(.seconds(8))
            #expect(pace()?.intervalUs == 1_000_000)
        }
    }

    @Test func `a group follows as one, its process server cuts by the policy, and who joins follows it too`() throws {
        try withVault { rig in
            var fast = policy("fast")
            fast.intervalUs = 2_000_000
            fast.applicationIntervalUs = 45_000_000
            try await create(rig, fast)
            try await rig.protect("app", group: "shop")
            let single = await #expect(throws: Failure.self) { _ = try await assign(rig, "fast", "app") }
            #expect(single?.message.contains("groups/shop") == true)
            let answer = try await assign(rig, "policies/fast", "groups/shop")
            #expect(answer.policy?.followers == ["groups/shop"])
            try await rig.protect("db", group: "shop")
            try await rig.pause(.seconds(5))
            for name in ["app", "db"] {
                let id = try await rig.item(name).id
                #expect(try await rig.item(name).forwardPolicy == "fast")
                let told = rig.peers.state.withLock { ($0.applicationIntervals["relay \(id)"], $0.groupIntervals[id]) }
                #expect(told == (45_000_000, 2_000_000), "\(name)")
                // The guest of a member is frozen when its process server says so.
                #expect(rig.peers.state.withLock { $0.paces["agent-\(name)"]?.applicationIntervalUs } == 0)
            }
        }
    }

    @Test func `a failback policy that keeps no seed has the cloud's disks deleted, and the way out says why`() throws {
        try withVault { rig in
            let forward = await #expect(throws: Failure.self) {
                _ = try await create(rig, policy("out").changed { $0.keepSeed = false })
            }
            #expect(forward?.code == .invalidArgument)
            try await rig.failBack()
            try await rig.keepSeed(false)
            #expect(try await rig.core.listPolicies(.init()).policies.first?.keepSeed == false)
            let handler = ItemsHandler(core: rig.core)
            let preview = try await handler.commit(
                rig.request("preview").changed { $0.options?.validateOnly = true }, context
            ).preview
            #expect(preview?.steps.map(\.id).suffix(2) == ["delete-disks", "finish"])
            #expect(preview?.warnings.contains { $0.contains("default-failback") && $0.contains("full copy") } == true)
            let before = rig.peers.log.count
            let commit = try await rig.ended(handler.commit(rig.request("commit-home"), context))
            #expect(commit.state == .succeeded && commit.facts["cloud.disks"] == "deleted", "\(commit.message)")
            let log = rig.peers.log.dropFirst(before)
            #expect(log.contains("platform.DeleteReplicaDisks") && !log.contains("mt-cloud.AdoptReplica"), "\(log)")
            let item = try await rig.item()
            #expect(item.phase == "COMMITTED_HOME" && !item.seedAtCloud)
            let reprotect = try await rig.core.reprotect(
                rig.request("look").changed { $0.options?.validateOnly = true }
            ).preview
            let gate = try #require(reprotect?.gates.first { $0.code == "REPLICA_SEED_PRESENT" })
            #expect(gate.status == .fail && gate.evidence.contains("policy default-failback kept no seed"))
            #expect(reprotect?.bounds.first?.basis.contains("full copy") == true, "\(reprotect?.bounds ?? [])")
            try await rig.reprotect(until: "PROTECTED_OUT")
            #expect(rig.peers.state.withLock { $0.adoptedBlank.contains("mt-cloud") })
        }
    }

    @Test func `what would be removed is shown before, and nothing is changed by it`() throws {
        try withVault { rig in
            try await rig.protect()
            let id = try await rig.item().id
            rig.peers.state.withLock { state in
                state.points[id] = ([5, 4, 3, 2, 1] as [UInt64]).map { number in
                    .with { $0.number = number; $0.applied = true }
                }
            }
            let records = try await rig.whole().count
            var forward = policy("default-forward")
            forward.retention = .with { $0.points = 2 }
            let asked = forward
            let answer = try await rig.core.updatePolicy(.with { $0.policy = asked; $0.validateOnly = true })
            #expect(answer.effects.map(\.displayName) == ["web"])
            #expect(answer.effects.first?.preview?.removed.map { $0.point?.number ?? 0 } == [3, 2, 1])
            #expect(answer.policy?.version == 2)
            #expect(try await rig.core.listPolicies(.init()).policies.last?.version == 1)
            // A master target that is away cannot say it; that is said.
            rig.peers.state.withLock { $0.away = ["mt-cloud"] }
            let unknown = try await rig.core.updatePolicy(.with { $0.policy = asked; $0.validateOnly = true })
            #expect(unknown.effects.first?.unknown.contains("mt-cloud is away") == true, "\(unknown.effects)")
            #expect(try await rig.whole().count == records)
        }
    }

    @Test func `a policy that is followed is not deleted, and says by whom; what changes is in the audit log`() throws {
        try withVault { rig in
            try await rig.protect()
            try await create(rig, policy("gold"))
            _ = try await assign(rig, "gold", "web")
            let handler = PoliciesHandler(core: rig.core)
            let refused = await #expect(throws: RPCError.self) {
                _ = try await handler.deletePolicy(.with { $0.name = "gold" }, context)
            }
            #expect(refused?.message.contains("followed by web") == true, "\(refused?.message ?? "")")
            let always = await #expect(throws: Failure.self) {
                try await rig.core.deletePolicy(.with { $0.name = "policies/default-forward" })
            }
            #expect(always?.code == .operationNotAllowed)
            _ = try await handler.assignPolicy(.with { $0.policy = "default-forward"; $0.follower = "web" }, context)
            _ = try await handler.deletePolicy(.with { $0.name = "gold" }, context)
            let records = try await rig.whole()
            let kinds = records.filter { $0.text == "policies/gold" }.map(\.kind)
            #expect(kinds == ["policy-saved", "policy-removed"])
            let followed = records.compactMap { $0["forward-policy"] }.filter { $0.contains("gold") }
            #expect(followed == ["default-forward -> gold", "gold -> default-forward"])
            #expect(records.contains { $0.kind == "refused" && $0.operation == "delete-policy" })
        }
    }

    @Test func `values that make no sense, and requests that do not fit, are refused with one reason`() throws {
        try withVault { rig in
            try await rig.protect()
            func refusal(_ change: (inout VaultV1.ReplicationPolicy) -> Void) async -> Failure? {
                var asked = policy("odd")
                change(&asked)
                let odd = asked
                return await #expect(throws: Failure.self) { try await create(rig, odd) }
            }
            #expect(await refusal { $0.direction = .unspecified }?.message.contains("direction") == true)
            #expect(await refusal { $0.name = "policies/No Id" }?.code == .invalidArgument)
            #expect(await refusal { $0.rpoThresholdUs = 10 }?.message.contains("RPO threshold") == true)
            #expect(await refusal { $0.intervalUs = 10 }?.message.contains("100 ms") == true)
            #expect(await refusal { $0.applicationIntervalUs = 10 }?.message.contains("every second") == true)
            #expect(await refusal { $0.retention = .init() }?.message.contains("0 points") == true)
            let steps: [TargetV1.RetentionStep] = [
                .with { $0.olderThanUs = 2_000_000; $0.keepEveryUs = 2_000_000 },
                .with { $0.olderThanUs = 1_000_000; $0.keepEveryUs = 3_000_000 },
            ]
            let thinned = await refusal { $0.retention = .with { $0.points = 5; $0.thinning = steps } }
            #expect(thinned?.message.contains("step 2") == true)
            try await create(rig, policy("gold"))
            try await create(rig, policy("gold"))
            let twice = await #expect(throws: Failure.self) {
                _ = try await rig.core.createPolicy(.with { $0.policy = policy("gold"); $0.requestID = "other" })
            }
            #expect(twice?.code == .alreadyExists)
            let turned = await #expect(throws: Failure.self) {
                _ = try await rig.core.updatePolicy(.with { $0.policy = policy("gold", .home) })
            }
            #expect(turned?.message.contains("its direction is out") == true)
            let stale = await #expect(throws: Failure.self) {
                _ = try await rig.core.updatePolicy(.with { $0.policy = policy("gold"); $0.etag = "v9" })
            }
            #expect(stale?.code == .etagMismatch)
            for name in ["none", "policies/default-failback"] {
                let wrong = await #expect(throws: Failure.self) {
                    _ = try await rig.core.enableMachine(
                        .with {
                            $0.machine = "app"
                            $0.forwardPolicy = name
                            $0.options = rig.options("enable-\(name)")
                        })
                }
                #expect(wrong?.message.contains("protect machine app") == true, "\(name)")
            }
            try await rig.succeed(rig.core.operate(rig.request("disable")) { _ in (.disable, disableWorkflow) })
            let gone = await #expect(throws: Failure.self) { _ = try await assign(rig, "gold", "web") }
            #expect(gone?.message.contains("DISABLED") == true)
        }
    }

    @Test func `the age of the newest point never looks younger than it is, and says how exact it is`() throws {
        try withVault { rig in
            try await rig.protect()
            #expect(rig.core.show(try await rig.item()).rpoUs == 0)
            rig.peers.state.withLock { ($0.rpoUs, $0.transitUs) = (2_000_000, 7_000) }
            try await rig.pause(.seconds(2))
            var item = rig.core.show(try await rig.item())
            // What the agent said, the age of its report at the relay, and the time since the relay was asked.
            #expect(item.rpoUs >= 2_400_000 && item.rpoUs < 4_000_000, "\(item.rpoUs)")
            #expect(item.rpoErrorUs == 7_000 + item.rpoUs / 1_000)
            // An agent that restarted knows of no point: what it said before grows older.
            rig.peers.state.withLock { $0.rpoUs = 0 }
            try await rig.pause(.seconds(100))
            item = rig.core.show(try await rig.item())
            #expect(item.rpoUs > 102_000_000, "\(item.rpoUs)")
            // Of a relay that cannot tell how long a report was on its way nobody knows how exact it is.
            rig.peers.state.withLock { ($0.rpoUs, $0.transitUs) = (1_000_000, 0) }
            try await rig.pause(.seconds(2))
            #expect(rig.core.show(try await rig.item()).rpoErrorUs == .max)
            // Another replication has no point yet.
            rig.peers.state.withLock { $0.rpoUs = 0 }
            try await rig.failOver(.out)
            #expect(rig.core.show(try await rig.item()).rpoUs == 0)
        }
    }
}
