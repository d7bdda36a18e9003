import EnvironmentLive
import MachineFiles
import Messages
import Model
import Testing

@testable import SiteHost

struct PowerTests {
    @Test func `a grant needs the assignment first, and power needs the grant`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { host, calls in
                try await calls.create(disks: [calls.disk("d1")])
                #expect(await refusal { try await calls.place(1) } == .unknownGeneration)
                try await calls.assign(1)
                #expect(await refusal { try await calls.on(1) } == .grantMissing)
                let placed = try await calls.place(1)
                #expect(placed.grant?.hostBootID == host.hostBoot.text)
                let machine = try await calls.on(1)
                #expect(machine.power == .on)
                #expect(machine.grant == generation(1).message)
                #expect(!machine.bootID.isEmpty && !machine.booted)
                #expect(runtime.history.map(\.program.kind) == [.agent, .guest])
                #expect(try await calls.on(1) == machine)
                #expect(runtime.history.count == 2)
            }
        }
    }

    @Test func `a grant of a lower generation starts nothing`() async throws {
        try await withFolder { folder in
            try await TestSite(folder).running { _, calls in
                try await calls.ready()
                try await calls.assign(2)
                #expect(await refusal { try await calls.on(1) } == .staleGeneration)
                #expect(await refusal { try await calls.on(2, "on-2") } == .grantMissing)
                #expect(await refusal { try await calls.place(1, "late") } == .staleGeneration)
            }
        }
    }

    @Test func `a withdrawn grant does not come back, and its late placing is refused`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                try await calls.assign(1)
                #expect(try await calls.withdraw(1).grant == nil)
                #expect(await refusal { try await calls.place(1) } == .operationCancelled)
                #expect(await refusal { try await calls.place(1, "again") } == .staleGeneration)
                #expect(!site.files.exists(folder + "/machines/m1/grant.json"))
                try await calls.assign(2)
                try await calls.place(2, "grant-2")
                #expect(try await calls.withdraw(1, "old", undo: false).grant?.generation == generation(2).message)
            }
        }
    }

    @Test func `an agent that is started past every check is told which grants were withdrawn`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            let path = RunDirectory(folder + "/machines/m1").agentConfiguration
            try await site.running { _, calls in
                try await calls.ready()
                _ = try await calls.outOfBand()
                #expect(try AgentConfiguration.read(path, site.files)?.fencedBelow == nil)
                try await calls.off(1)
                try await calls.withdraw(1, "withdraw", undo: false)
                _ = try await calls.outOfBand()
                #expect(try AgentConfiguration.read(path, site.files)?.fencedBelow == 2)
            }
        }
    }

    @Test func `a stopped guest can leave its agent, which is then stopped alone`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.ready()
                try await calls.on(1)
                #expect(await refusal { try await calls.attach("master-target/mt1") } == .operationNotAllowed)
                #expect(try await calls.off(1, keepAgent: true).power == .draining)
                #expect(runtime.running.map(\.kind) == [.agent])
                runtime.crash(MachineID("m1"), .agent)
                let serves = try await eventually { runtime.running.map(\.kind) == [.agent] }
                #expect(serves, "it still serves the drain")
                let machine = try await calls.off(1, "off-2")
                #expect(machine.power == .off && machine.bootID.isEmpty)
                #expect(runtime.running.isEmpty)
                try await calls.attach("master-target/mt1", "attach-2")
            }
        }
    }

    @Test func `a program that does not end is killed`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.ready()
                try await calls.on(1)
                runtime.ignore([.terminate])
                #expect(try await calls.off(1, keepAgent: true).power == .draining)
            }
        }
    }

    @Test func `a crashed agent or guest is started again, a finished guest is not`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime)
            let id = MachineID("m1")
            try await site.running { _, calls in
                try await calls.ready()
                let boot = try await calls.on(1).bootID
                runtime.crash(id, .agent)
                #expect(try await eventually { runtime.running.count == 2 })
                runtime.crash(id, .guest)
                #expect(try await eventually { runtime.running.count == 2 })
                #expect(try await calls.machine().bootID == boot)
                try GuestStatusFile(
                    machine: "m1", bootID: boot, processID: 1, state: .finished, firstAcknowledged: true,
                    updatedUnixUs: 0
                ).publish(folder + "/machines/m1/guest.status.json", site.files)
                runtime.crash(id, .guest)
                let starts = runtime.history.count
                try await LiveClock().sleep(for: .milliseconds(300))
                #expect(runtime.history.count == starts)
                #expect(try await calls.machine().power == .on)
            }
        }
    }

    @Test func `a machine without its grant is not started again`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.ready()
                try await calls.on(1)
                try await calls.withdraw(1, "withdraw", undo: false)
                let id = MachineID("m1")
                for kind in MachineProgramKind.allCases { runtime.crash(id, kind) }
                try await LiveClock().sleep(for: .milliseconds(300))
                #expect(runtime.running.isEmpty)
                #expect(try await calls.machine().power == .off)
            }
        }
    }

    @Test func `booted means that agent and guest of this boot answer, and tools are as the guest says`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            let directory = RunDirectory(folder + "/machines/m1")
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                try await calls.assign(1)
                try await calls.place(1, actions: ["disable-tools"])
                let boot = try await calls.on(1).bootID
                let guest = try #require(try GuestConfiguration.read(directory.guestConfiguration, site.files))
                #expect(guest.bootActions == ["disable-tools"] && guest.toolsEnabled && guest.bootID == boot)
                let agent = try #require(try AgentConfiguration.read(directory.agentConfiguration, site.files))
                #expect(agent.address == "127.0.1.10" && agent.disks.map(\.id) == ["d1"])
                func report(_ boot: String) throws {
                    try AgentStatusFile(
                        machine: "m1", bootID: boot, processID: 1, state: .serving, answers: true, updatedUnixUs: 0
                    ).publish(directory.agentStatus, site.files)
                    try GuestStatusFile(
                        machine: "m1", bootID: boot, processID: 2, state: .running, firstAcknowledged: true,
                        bootActionsDone: ["disable-tools"], toolsEnabled: false, updatedUnixUs: 0
                    ).publish(directory.guestStatus, site.files)
                }
                try report("boot-of-old")
                #expect(try await !calls.machine().booted)
                try report(boot)
                let machine = try await calls.machine()
                #expect(machine.booted && machine.attributes?.toolsEnabled == false)
                let off = try await calls.off(1)
                #expect(!off.booted && off.attributes?.toolsEnabled == false)
                try await calls.on(1, "on-2")
                #expect(try await calls.machine().attributes?.toolsEnabled == false)
            }
        }
    }

    @Test func `the guest is told which network to set at boot, and what it reports counts then`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            let directory = RunDirectory(folder + "/machines/m1")
            let (home, cloud) = (
                try NetworkSettings(address: "192.0.2.10/24"), try NetworkSettings(address: "10.1.0.5/16")
            )
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                let inventory = PlatformV1.SetInventoryRequest.with {
                    $0.machine = "m1"
                    $0.attributes = .with { $0.memoryMib = 1_024; $0.network = home.message }
                }
                _ = try await calls.handler.setInventory(inventory, calls.context)
                let odd = inventory.changed { $0.attributes?.network = .with { $0.address = "here" } }
                let answer = await refusal { try await calls.handler.setInventory(odd, calls.context) }
                #expect(answer == .invalidArgument)
                try await calls.assign(1)
                for (actions, network) in [(["configure-network"], nil), ([], cloud.message)] {
                    let answer = await refusal { try await calls.place(1, actions: actions, network: network) }
                    #expect(answer == .invalidArgument)
                }
                let placed = try await calls.place(1, actions: ["configure-network"], network: cloud.message)
                #expect(placed.grant?.network == cloud.message)
                let boot = try await calls.on(1).bootID
                let guest = try #require(try GuestConfiguration.read(directory.guestConfiguration, site.files))
                #expect(guest.bootNetwork == cloud && guest.network == home)
                #expect(try await calls.machine().attributes?.network == home.message)
                try GuestStatusFile(
                    machine: "m1", bootID: boot, processID: 2, state: .running, firstAcknowledged: true,
                    bootActionsDone: ["configure-network"], network: cloud, updatedUnixUs: 0
                ).publish(directory.guestStatus, site.files)
                #expect(try await calls.machine().attributes?.network == cloud.message)
                #expect(try await calls.off(1).attributes?.network == cloud.message)
                try await calls.on(1, "on-2")
                let again = try #require(try GuestConfiguration.read(directory.guestConfiguration, site.files))
                #expect(again.network == cloud)
            }
        }
    }

    @Test func `a machine that is off says whether its agent ended in order`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            let directory = RunDirectory(folder + "/machines/m1")
            try await site.running { _, calls in
                try await calls.ready()
                #expect(try await !calls.machine().uncleanStop, "it never ran")
                func run(_ step: String, until state: AgentStatusFile.State, boot other: String? = nil) async throws
                    -> Bool {
                    let boot = try await calls.on(1, "on-\(step)").bootID
                    try AgentStatusFile(
                        machine: "m1", bootID: other ?? boot, processID: 1, state: state, answers: false,
                        updatedUnixUs: 0
                    ).publish(directory.agentStatus, site.files)
                    #expect(try await !calls.machine().uncleanStop, "it runs")
                    return try await calls.off(1, "off-\(step)").uncleanStop
                }
                #expect(try await !run("ended", until: .ended))
                #expect(try await run("serving", until: .serving))
                #expect(try await run("old", until: .ended, boot: "boot-of-old"))
            }
        }
    }

    @Test func `a drain grant starts the agent alone`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                try await calls.assign(1)
                try await calls.place(1, kind: .drain)
                #expect(try await calls.on(1).power == .draining)
                #expect(runtime.running.map(\.kind) == [.agent])
                #expect(try await calls.on(1, "on-2").power == .draining)
                #expect(runtime.history.count == 1, "it runs as its grant has it")
            }
        }
    }

    @Test func `a machine whose agent stayed to serve the drain is powered on, not called on`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.ready()
                let first = try await calls.on(1).bootID
                #expect(try await calls.off(1, keepAgent: true).power == .draining)
                let machine = try await calls.on(1, "on-2")
                #expect(machine.power == .on && machine.bootID != first)
                #expect(runtime.running.map(\.kind) == [.agent, .guest])
                // Under a higher generation, too, which its grant brings while it drains.
                try await calls.off(1, "off-2", keepAgent: true)
                try await calls.assign(2)
                try await calls.place(2, "grant-2")
                #expect(try await calls.on(2, "on-3").power == .on)
                #expect(runtime.running.map(\.kind) == [.agent, .guest])
            }
        }
    }

    @Test func `a machine that runs past every check is not called on: it is turned off first`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.ready()
                let first = try await calls.outOfBand().bootID
                #expect(await refusal { try await calls.on(1) } == .operationNotAllowed)
                #expect(try await calls.off(1).power == .off)
                let machine = try await calls.on(1)
                #expect(machine.power == .on && machine.bootID != first)
            }
        }
    }

    @Test func `a person can start a machine past every check, unless its disks are elsewhere`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                try await calls.assign(1)
                #expect(try await calls.outOfBand().power == .on)
                #expect(runtime.running.count == 2)
                try await calls.off(1)
                try await calls.attach("master-target/mt1")
                #expect(await refusal { try await calls.outOfBand() } == .operationNotAllowed)
            }
        }
    }

    @Test func `a person can start a machine whose agent stayed to serve the drain`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            try await TestSite(folder, runtime).running { _, calls in
                try await calls.ready()
                let first = try await calls.on(1).bootID
                #expect(try await calls.off(1, keepAgent: true).power == .draining)
                let machine = try await calls.outOfBand()
                #expect(machine.power == .on && machine.bootID != first)
                #expect(runtime.running.map(\.kind) == [.agent, .guest])
            }
        }
    }

    @Test(arguments: [false, true])
    func `after a boot of the host the old grant is void`(autostart: Bool) async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime, autostart: autostart)
            try await site.running { _, calls in
                try await calls.ready()
                try await calls.on(1)
            }
            try site.files.remove(folder + "/state/" + HostBoot.fileName)
            try await site.running { _, calls in
                let machine = try await calls.machine()
                #expect(machine.power == (autostart ? .on : .off))
                #expect(runtime.history.count == (autostart ? 4 : 2))
                #expect(runtime.running.count == (autostart ? 2 : 0))
                if autostart { try await calls.off(1, "off-first") }
                #expect(await refusal { try await calls.on(1, "on-2") } == .grantMissing)
                try await calls.assign(2)
                try await calls.place(2, "grant-2")
                #expect(try await calls.on(2, "on-3").power == .on)
            }
        }
    }

    @Test(arguments: ["site-host.power.prepared", "site-host.power.on", "site-host.effect.after"])
    func `a power-on cut short by a crash is finished once`(failpoint: String) async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime)
            try await site.running { _, calls in try await calls.ready() }
            let death = KillAt(failpoint, time: 1, site.medium)
            let dying = try await site.start(death)
            _ = try? await Calls(dying).on(1)
            await dying.stop()
            #expect(!death.isAlive)
            try await site.running { _, calls in
                let machine = try await calls.on(1)
                #expect(machine.power == .on)
                #expect(runtime.history.map(\.program.kind) == [.agent, .guest])
            }
        }
    }

    @Test func `a grant for a machine that runs, cut short by a crash, needs no stop of it`() async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime)
            try await site.running { _, calls in
                try await calls.ready()
                _ = try await calls.on(1)
                try await calls.assign(2)
            }
            // The grant lies there, the machine's row is as it was.
            let death = KillAt("site-host.machine.update.before-commit", time: 1, site.medium)
            let dying = try await site.start(death)
            _ = try? await Calls(dying).place(2, "grant-2")
            await dying.stop()
            #expect(!death.isAlive)
            try await site.running { _, calls in
                let before = try await calls.machine()
                try await calls.place(2, "grant-2")
                let after = try await calls.on(2, "on-2")
                #expect(after.power == .on && after.bootID == before.bootID)
                #expect(after.grant?.number == 2)
            }
        }
    }

    // MARK: Machines whose item ended

    @Test(arguments: [false, true])
    func `a released machine may start in every boot of its host`(autostart: Bool) async throws {
        try await withFolder { folder in
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime, autostart: autostart)
            try await site.running { _, calls in
                try await calls.ready()
                try await calls.on(1)
                try await calls.assign(2)
                #expect(try await calls.place(2, "release", kind: .released).grant?.kind == .released)
            }
            try site.files.remove(folder + "/state/" + HostBoot.fileName)
            try await site.running { _, calls in
                #expect(try await calls.machine().power == (autostart ? .on : .off))
                if autostart { try await calls.off(2, "off-first") }
                #expect(try await calls.on(2, "on-2").power == .on)
                // And is stopped and deleted like one that never was an item's.
                #expect(try await calls.unnamedOff().power == .off)
                #expect(try await calls.outOfBand().power == .on)
            }
        }
    }

    @Test func `a machine is released at the active site alone, under the generation assigned there`() async throws {
        try await withFolder { folder in
            try await TestSite(folder).running { _, calls in
                try await calls.ready()
                #expect(await refusal { try await calls.place(2, "early", kind: .released) } == .unknownGeneration)
                try await calls.assign(2, at: .cloud)
                #expect(await refusal { try await calls.place(2, "other", kind: .released) } == .operationNotAllowed)
                try await calls.assign(3, replicating: .out)
                #expect(await refusal { try await calls.place(3, "busy", kind: .released) } == .operationNotAllowed)
                try await calls.assign(4)
                try await calls.place(4, "release", kind: .released)
                #expect(await refusal { try await calls.place(3, "late") } == .staleGeneration)
                // A later item of the machine ends the release with its grant.
                try await calls.assign(5)
                #expect(try await calls.place(5, "again").grant?.kind == .active)
                #expect(await refusal { try await calls.unnamedOff("off-5") } == .invalidArgument)
            }
        }
    }
}
