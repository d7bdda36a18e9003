import EnvironmentLive
import MachineFiles
import Messages
import Model
import Testing

@testable import SiteHost

@Suite struct TestMachineTests {
    @Test func `a test machine starts without a generation, isolated, and with nobody to dial`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime)
            try await site.running { host, calls in
                let status = try await host.status()
                #expect(status.isolates)
                let made = try await calls.createTest(folder)
                #expect(made.test)
                #expect(made.disks.isEmpty)
                let machine = try await calls.onTest()
                #expect(machine.power == .on)
                #expect(machine.grant == nil)
                let isUp = try await eventually { runtime.running.count == 2 }
                #expect(isUp)
                let isolated = runtime.running.map(\.isIsolated)
                #expect(isolated == [true, true])
                let directory = RunDirectory(folder + "/machines/m1")
                let agentFile = try AgentConfiguration.read(directory.agentConfiguration, site.files)
                let agent = try #require(agentFile)
                #expect(agent.branch == folder + "/datastore/branches/1/nbd.sock")
                #expect(agent.disks.map(\.id) == ["d1"])
                #expect(agent.configurationServer == nil)
                #expect(agent.nbd == nil)
                let grantFile = try GrantFile.read(directory.grant, site.files)
                let grant = try #require(grantFile)
                #expect(grant.kind == .drill)
                #expect(grant.item == "")
                #expect(grant.processServers.isEmpty)
                let guestFile = try GuestConfiguration.read(directory.guestConfiguration, site.files)
                let guest = try #require(guestFile)
                #expect(guest.drill)
                #expect(guest.acknowledgements.hasSuffix(".drill.jsonl"))
            }
            // A site host that starts again goes on with it.
            try await site.running { _, calls in
                let still = try await calls.machine()
                #expect(still.test)
                try await calls.offTest()
                try await calls.deleteTest()
                #expect(runtime.running.isEmpty)
                #expect(await refusal { try await calls.machine() } == .notFound)
                #expect(!site.files.exists(folder + "/machines/m1"))
            }
        }
    }

    @Test func `a test machine cannot become a copy of an item`() async throws {
        try await withFolder { folder in
            try await TestSite(folder).running { _, calls in
                try await calls.createTest(folder)
                try await calls.assign(1)
                #expect(await refusal { try await calls.place(1) } == .operationNotAllowed)
                #expect(await refusal { try await calls.place(1, "drill", kind: .drill) } == .invalidArgument)
                #expect(await refusal { try await calls.on(1) } == .grantMissing)
                #expect(await refusal { try await calls.outOfBand() } == .operationNotAllowed)
                try await calls.create("other", disks: [calls.disk("d9")], id: "m2")
                #expect(await refusal { try await calls.attach("machine/m1", of: "m2") } == .operationNotAllowed)
            }
        }
    }

    @Test func `only a test machine starts without a generation, and its branch is in the datastore`() async throws {
        try await withFolder { folder in
            try await TestSite(folder).running { _, calls in
                try await calls.create(disks: [calls.disk("d1")], id: "m2")
                #expect(await refusal { try await calls.onTest("m2") } == .invalidArgument)
                for socket in ["/tmp/x.sock", folder + "/datastore/../x.sock"] {
                    #expect(
                        await refusal { try await calls.createTest(folder, socket: socket, step: socket) }
                            == .invalidArgument)
                }
            }
            let bare = try TestSite(folder + "/bare", MemoryRuntime(isolates: false))
            try await bare.running { host, calls in
                let status = try await host.status()
                #expect(!status.isolates)
                #expect(await refusal { try await calls.createTest(folder + "/bare") } == .unsupported)
            }
        }
    }

    @Test func `a host that booted starts no test machine by itself`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime, autostart: true)
            try await site.running { _, calls in
                try await calls.createTest(folder)
                try await calls.onTest()
            }
            try site.files.remove(folder + "/state/\(HostBoot.fileName)")
            try await site.running { _, calls in
                let left = try await calls.machine()
                #expect(left.power == .off)
                #expect(runtime.running.isEmpty)
            }
        }
    }
}

extension Calls {
    @discardableResult
    fileprivate func createTest(
        _ folder: String, socket: String? = nil, step: String = "create-test"
    ) async throws -> PlatformV1.Machine {
        try await handler.createMachine(
            .with {
                $0.key = key(step)
                $0.branchSocket = socket ?? folder + "/datastore/branches/1/nbd.sock"
                $0.machine = .with {
                    $0.id = "m1"
                    $0.disks = [disk("d1")]
                    $0.guest = .with { $0.kind = .ledger }
                }
            }, context)
    }

    @discardableResult
    fileprivate func onTest(_ machine: String = "m1") async throws -> PlatformV1.Machine {
        try await handler.powerOn(
            .with {
                $0.key = key("on-test")
                $0.machine = machine
            }, context)
    }

    fileprivate func offTest() async throws {
        _ = try await handler.powerOff(
            .with {
                $0.key = key("off-test")
                $0.machine = "m1"
            }, context)
    }

    fileprivate func deleteTest() async throws {
        _ = try await handler.deleteMachine(
            .with {
                $0.key = key("delete-test")
                $0.machine = "m1"
            }, context)
    }
}
