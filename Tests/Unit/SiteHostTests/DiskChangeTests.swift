import Messages
import Model
import Testing

@testable import SiteHost

/// An administrator resizes and adds disks of a machine that is off.
@Suite struct DiskChangeTests {
    @Test func `a disk that was enlarged keeps its content, is told with its size, and so is its agent`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1", bytes: 1 << 20)])
                let path = folder + "/datastore/machine-m1/d1/disk.raw"
                let file = try site.files.open(path, .readWrite)
                try file.write([7, 8, 9], at: 4096)
                file.close()
                let changed = try await calls.change([calls.disk("d1", bytes: 3 << 20)])
                #expect(changed.disks.map { $0.disk?.bytes } == [3 << 20])
                let content = try site.files.readAll(path)
                #expect(content.count == 3 << 20)
                #expect(Array(content[4096..<4099]) == [7, 8, 9])
                #expect(content[(1 << 20)...].allSatisfy { $0 == 0 })
            }
            try await site.running { _, calls in
                #expect(try await calls.machine().disks.map { $0.disk?.bytes } == [3 << 20])
                try await calls.assign(1)
                #expect(try await calls.attach("master-target/mt1").disks.map { $0.disk?.bytes } == [3 << 20])
            }
        }
    }

    @Test func `a disk that was added is blank and at its place, and the same call again is harmless`() async throws {
        try await withFolder { folder in
            try await TestSite(folder).running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                let wanted = [calls.disk("d2", 1, bytes: 2 << 20)]
                let changed = try await calls.change(wanted)
                #expect(changed.disks.map { $0.disk?.id } == ["d1", "d2"])
                #expect(try await calls.change(wanted) == changed)
            }
        }
    }

    @Test func `what a hypervisor would not change is refused, and stays as it is`() async throws {
        try await withFolder { folder in
            try await TestSite(folder).running { _, calls in
                try await calls.create(disks: [calls.disk("d1", bytes: 1 << 20)])
                try await calls.create("other", disks: [calls.disk("d9", bytes: 1 << 20)], id: "m2")
                let before = try await calls.machine()
                let larger = [calls.disk("d1", bytes: 2 << 20)]
                #expect(await refusal { try await calls.change([]) } == .invalidArgument)
                #expect(await refusal { try await calls.change(larger + larger) } == .invalidArgument)
                #expect(await refusal { try await calls.change([calls.disk("d9", 1)]) } == .operationNotAllowed)
                #expect(await refusal { try await calls.change([calls.disk("d2", 0)]) } == .operationNotAllowed)
                try await calls.snapshots(["s1"])
                #expect(await refusal { try await calls.change(larger) } == .operationNotAllowed)
                try await calls.snapshots([])
                #expect(try await calls.machine() == before)
                try await calls.assign(1)
                try await calls.attach("master-target/mt1")
                #expect(await refusal { try await calls.change(larger) } == .operationNotAllowed)
            }
        }
    }
}

extension Calls {
    fileprivate func change(_ disks: [PlatformV1.PlatformDisk]) async throws -> PlatformV1.Machine {
        try await handler.changeDisks(
            .with {
                $0.machine = "m1"
                $0.disks = disks.compactMap(\.disk)
            }, context)
    }

    fileprivate func snapshots(_ names: [String]) async throws {
        _ = try await handler.setInventory(
            .with {
                $0.machine = "m1"
                $0.snapshots = names
            }, context)
    }
}
