import Contract
import Messages
import Model
import Testing

@testable import VaultOrchestrator

/// A static network is recorded when a machine is protected, changed by a failover, and restored by a failback.
@Suite struct NetworkTests {
    private static let home = CommonV1.Network.with {
        $0.address = "192.0.2.10/24"
        $0.gateway = "192.0.2.1"
        $0.nameServers = ["192.0.2.53", "198.51.100.53"]
    }
    private static let cloud = CommonV1.Network.with { $0.address = "10.1.0.5/16" }

    @Test(arguments: [true, false])
    func `a failback restores what the machine had when it was protected`(isSet: Bool) throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.networks["web"] = Self.home }
            try await rig.protect()
            let handler = ItemsHandler(core: rig.core)
            if isSet {
                let request = VaultV1.SetCloudNetworkRequest.with { $0.name = "web"; $0.network = Self.cloud }
                let item = try await handler.setCloudNetwork(request, context)
                #expect(item.homeNetwork == Self.home && item.cloudNetwork == Self.cloud)
            }
            let wanted = isSet ? Self.cloud : NetworkSettings.dynamic.message
            let out = try await rig.core.failOver(rig.failover(.out).changed { $0.options?.validateOnly = true })
            let text = isSet ? "10.1.0.5/16" : "what its network gives it"
            #expect(out.preview?.networks.map(\.change) == ["its network in the cloud is \(text)"])
            rig.retry += 1
            let job = try await rig.ended(rig.core.failOver(rig.failover(.out)))
            #expect(job.facts["cloud.network"] == text)
            #expect(rig.peers.state.withLock { $0.networks["web-cloud"] } == wanted)
            // Whatever home's platform says of the machine that is off.
            rig.peers.state.withLock { $0.networks["web"] = .with { $0.address = "203.0.113.9/24" } }
            try await rig.succeed(rig.core.operate(rig.request("commit")) { _ in (.commit, commitWorkflow(.out)) })
            try await rig.reprotect(until: "PROTECTED_HOME")
            let back = try await rig.ended(rig.core.failOver(rig.failover(.home)))
            #expect(rig.peers.state.withLock { $0.networks["web"] } == Self.home)
            let told = "192.0.2.10/24 by 192.0.2.1, names from 192.0.2.53, 198.51.100.53"
            #expect(back.facts["home.network"] == told, "\(back.facts)")
            // Protected anew, it is what it has then.
            try await rig.succeed(rig.core.operate(rig.request("commit2")) { _ in (.commit, commitWorkflow(.home)) })
            let changed = CommonV1.Network.with { $0.address = "192.0.2.11/24" }
            rig.peers.state.withLock { $0.networks["web"] = changed }
            try await rig.reprotect(until: "PROTECTED_OUT")
            #expect(try await rig.item().homeNetwork?.message == changed)
        }
    }

    @Test func `a cancelled failover leaves home's network alone`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.networks["web"] = Self.home }
            try await rig.protect()
            try await rig.failOver(.out)
            try await rig.succeed(
                rig.core.operate(rig.request("cancel")) { _ in (.cancelFailover, cancelFailoverWorkflow(.out)) })
            #expect(rig.peers.state.withLock { $0.granted["web"]?.bootActions } == [])
            #expect(rig.peers.state.withLock { $0.networks["web"] } == Self.home)
        }
    }

    @Test(arguments: ["windows", "dynamic", "unknown", "virtual"])
    func `other machines keep their network, and it is said why`(_ kind: String) throws {
        try withVault { rig in
            rig.peers.state.withLock { state in
                if kind == "windows" { state.systems["web"] = "windows" }
                state.networks["web"] = kind == "dynamic" ? NetworkSettings.dynamic.message : Self.home
                if kind == "unknown" { state.networks["web"] = nil }
            }
            try await rig.protect()
            if kind == "virtual" {
                try await rig.core.vault.store.update(rig.item().itemID(), "virtual") { item in
                    item.guest = PlatformV1.Guest.with { $0.kind = .virtualMachine }.wireBytes()
                    return true
                }
            }
            let request = VaultV1.SetCloudNetworkRequest.with { $0.name = "web"; $0.network = Self.cloud }
            let failure = await #expect(throws: Failure.self) { _ = try await rig.core.setCloudNetwork(request) }
            #expect(failure?.code == .operationNotAllowed)
            #expect(failure?.message.contains("its network is not touched") == true, "\(failure?.message ?? "")")
            let job = try await rig.ended(rig.core.failOver(rig.failover(.out)))
            let told = job.steps.first { $0.plan?.id == "grant" }?.detail ?? ""
            #expect(told.contains("its network is not touched: "), "\(told)")
            let actions = rig.peers.state.withLock { $0.granted["web-cloud"]?.bootActions }
            #expect(actions == (kind == "windows" ? ["disable-tools"] : []))
        }
    }

    @Test func `a guest that does not set it is told of, and its machine runs`() throws {
        try withVault { rig in
            rig.peers.state.withLock { state in
                state.networks["web"] = Self.home
                state.deafGuests = ["web-cloud"]
            }
            try await rig.protect()
            let job = try await rig.ended(rig.core.failOver(rig.failover(.out)))
            #expect(job.state == .succeeded)
            let told = job.steps.first { $0.plan?.id == "booted" }?.detail ?? ""
            #expect(told.contains("though it was asked to set what its network gives it"), "\(told)")
        }
    }

    @Test func `what is no network is refused, and one of an item that a job holds`() throws {
        try withVault { rig in
            rig.peers.state.withLock { $0.networks["web"] = Self.home }
            try await rig.protect()
            let before = try await rig.item()
            let asked = VaultV1.SetCloudNetworkRequest.with { $0.name = "web"; $0.network = Self.cloud }
            let incomplete = asked.changed { $0.network?.address = "10.1.0.5" }
            let odd = await #expect(throws: Failure.self) { _ = try await rig.core.setCloudNetwork(incomplete) }
            #expect(odd?.code == .invalidArgument)
            #expect(try await rig.item() == before)
            rig.peers.state.withLock { $0.awayAfter = ("Fence", ["mt-cloud"]) }
            let job = try await rig.core.failOver(rig.failover(.out))
            try await rig.pause(.seconds(1))
            let held = await #expect(throws: Failure.self) { _ = try await rig.core.setCloudNetwork(asked) }
            #expect(held?.code == .conflictingJob)
            rig.peers.state.withLock { $0.away = [] }
            try await rig.succeed(job)
        }
    }
}
