import Contract
import Environment
import Hosting
import Messages
import Model
import RPC
import Testing

@testable import VaultOrchestrator

/// Words that pass a safeguard by are taken from those alone who may give them.
@Suite struct PermissionTests {
    @Test func `who may only operate items states no death, waives, resolves and reconciles nothing`() throws {
        try withVault(permissions: ["homeward://cloud/chief": Permission.allCases.map(\.rawValue)]) { rig in
            try await rig.protect()
            let (items, jobs) = (ItemsHandler(core: rig.core), JobsHandler(core: rig.core))
            let before = try await rig.item()
            for (chief, isAllowed) in [(false, false), (true, true)] {
                let caller = call(by: chief ? "chief" : "operator")
                var dead = rig.failover(.out).changed {
                    $0.choice = .latestProcessed
                    $0.sourceDeadStatement = .with { $0.person = "ana"; $0.reason = "the building is gone" }
                    $0.options?.validateOnly = true
                }
                var denied = await isDenied { try await items.failover(dead, caller) }
                #expect(denied != isAllowed)
                dead = rig.failover(.out).changed {
                    $0.options?.validateOnly = true
                    $0.options?.waivers = [.with { $0.code = "OVERLAY_SPACE"; $0.reason = "there is room" }]
                }
                denied = await isDenied { try await items.failover(dead, caller) }
                #expect(denied != isAllowed)
                denied = await isDenied {
                    try await jobs.resolveStuck(
                        .with {
                            $0.name = "jobs/job-1"
                            $0.resolution = "retry"
                            $0.person = "ana"
                            $0.reason = "again"
                        }, caller)
                }
                #expect(denied != isAllowed)
                denied = await isDenied {
                    try await AuthorityHandler(core: rig.core).reconcile(
                        .with { $0.person = "ana"; $0.reason = "restored"; $0.validateOnly = true }, caller)
                }
                #expect(denied != isAllowed)
            }
            #expect(try await rig.item() == before)
            // What needs no such word anybody does.
            rig.retry += 1
            try await rig.succeed(items.failover(rig.failover(.out), call(by: "operator")))
        }
    }

    @Test func `without the setting whoever may call may do all of it`() throws {
        try withVault { rig in
            try await rig.protect()
            let request = rig.failover(.out).changed {
                $0.choice = .latestProcessed
                $0.sourceDeadStatement = .with { $0.person = "ana"; $0.reason = "the building is gone" }
                $0.options?.validateOnly = true
            }
            #expect(await !isDenied { try await ItemsHandler(core: rig.core).failover(request, call(by: "operator")) })
        }
    }

    @Test(arguments: [
        (["operator": ["waive"]], "homeward://"), (["homeward://cloud/operator": ["all"]], "state-death, waive"),
        (["homeward://cloud/operator": ["waive"]], "service.tls"),
    ])
    func `a setting that means nothing is refused`(permissions: [String: [String]], names: String) {
        let tls = names == "service.tls" ? nil : TLSFiles(certificate: "/c", key: "/k", authority: "/a")
        let settings = VaultSettings(
            service: .init(id: "vault", site: "cloud", listen: "10.0.2.2:7100", stateDirectory: "/state", tls: tls),
            platform: "10.0.2.1:7100", passphraseFile: "/passphrase", permissions: permissions)
        let refused = #expect(throws: Failure.self) { try settings.validate() }
        #expect(refused?.message.contains(names) == true, "\(refused?.message ?? "")")
    }
}

private func call(by name: String) -> CallContext {
    CallContext(
        method: MethodName(service: "vault", method: "Test"), metadata: Metadata(), deadline: nil,
        peer: "10.0.9.9:5000",
        identity: PeerIdentity(uris: ["homeward://cloud/\(name)"], dnsNames: [name], serial: "1"))
}

private func isDenied(_ body: () async throws -> some Sendable) async -> Bool {
    do {
        _ = try await body()
        return false
    } catch { return (error as? RPCError)?.code == .permissionDenied }
}
