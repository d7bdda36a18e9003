import EnvironmentLive
import MachineFiles
import Messages
import Model
import Testing

@testable import SiteHost

struct GuestDriverTests {
    @Test func `a host without an emulator takes no virtual machine, and says what is missing`() async throws {
        try await withFolder { folder in
            for (emulator, named) in [(nil, "\"emulator\""), (folder + "/qemu", folder + "/qemu")] {
                let driver = VirtualMachineDriver(executable: "/x", emulator: emulator, files: LiveFileSystem())
                let refused = #expect(throws: Failure.self) {
                    try driver.validate(GuestDescription(kind: .virtualMachine))
                }
                #expect(refused?.code == .unsupported)
                #expect(refused.map { "\($0)".contains(named) } == true)
            }
            try await TestSite(folder).running { _, calls in
                #expect(await refusal { try await calls.create(disks: [], guest: .virtualMachine) } == .unsupported)
                #expect(await refusal { try await calls.machine() } == .notFound)
            }
        }
    }

    @Test func `a virtual machine is started as one, with its memory and the site's emulator`() async throws {
        try await withFolder { folder in
            let files = LiveFileSystem()
            try files.replace(folder + "/qemu", with: [])
            let runtime = MemoryRuntime()
            let site = try TestSite(folder, runtime, emulator: folder + "/qemu")
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1")], guest: .virtualMachine)
                try await calls.assign(1)
                try await calls.place(1)
                try await calls.on(1)
                let guest = try #require(runtime.history.last?.program)
                let path = "\(folder)/machines/m1/guest.json"
                #expect(guest.kind == .guest && guest.arguments == ["virtual-machine", "--config", path])
                let told = try #require(try GuestConfiguration.read(path, files))
                #expect(told.guest.kind == .virtualMachine && told.emulator == folder + "/qemu")
                #expect(told.memoryMiB == 1_024)
            }
        }
    }

    @Test func `what runs as one kind of program does not become another before it is off`() async throws {
        try await withFolder { folder in
            try LiveFileSystem().replace(folder + "/qemu", with: [])
            try await TestSite(folder, emulator: folder + "/qemu").running { _, calls in
                try await calls.ready()
                try await calls.on(1)
                #expect(await refusal { try await calls.setGuest(.virtualMachine) } == .operationNotAllowed)
                #expect(try await calls.setGuest(.idle).guest?.kind == .idle, "a workload of the same program")
                try await calls.off(1)
                #expect(try await calls.setGuest(.virtualMachine).guest?.kind == .virtualMachine)
            }
        }
    }
}
