import Messages
import Model
import Testing

@testable import SiteHost

/// What an administrator sets at a platform past everything that is ours.
@Suite struct InventoryTests {
    @Test func `facts of a site are told and outlive a restart; what is not given stays`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder, MemoryRuntime())
            let facts = PlatformV1.SiteInventory.with {
                $0.missingPrivileges = ["VirtualMachine.Config.RemoveDisk"]
                $0.datastoreReadOnly = true
                $0.masterTargetController = "lsilogic"
            }
            try await site.running { _, calls in
                #expect(try await calls.status().inventory == PlatformV1.SiteInventory())
                try await calls.set { $0.snapshots = ["s1"]; $0.site = facts }
            }
            try await site.running { _, calls in
                #expect(try await calls.status().inventory == facts)
                #expect(try await calls.status().masterTargetSnapshots == ["s1"])
                try await calls.set { _ in }
                #expect(try await calls.status().inventory == facts)
                #expect(try await calls.status().masterTargetSnapshots == [])
            }
        }
    }

    @Test func `machines are listed by name or by disk, wherever it is attached`() async throws {
        try await withFolder { folder in
            try await TestSite(folder, MemoryRuntime()).running { _, calls in
                for number in 1...3 {
                    try await calls.create("create-\(number)", disks: [calls.disk("d\(number)")], id: "m\(number)")
                }
                #expect(try await calls.list(names: [], disks: []) == ["m1", "m2", "m3"])
                #expect(try await calls.list(names: ["m2", "nobody"], disks: []) == ["m2"])
                #expect(try await calls.list(names: ["m3"], disks: ["d1", "nowhere"]) == ["m1", "m3"])
                #expect(try await calls.list(names: ["nobody"], disks: []) == [])
            }
        }
    }

    @Test func `a change that mixes site and machine is refused, and changes nothing`() async throws {
        try await withFolder { folder in
            try await TestSite(folder, MemoryRuntime()).running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                let before = try await calls.machine()
                let code = await refusal { try await calls.set { $0.machine = "m1"; $0.site = .init() } }
                #expect(code == .invalidArgument)
                #expect(await refusal { try await calls.set { $0.attributes = .init() } } == .invalidArgument)
                #expect(try await calls.machine() == before)
                #expect(try await calls.status().inventory == PlatformV1.SiteInventory())
            }
        }
    }
}

extension Calls {
    fileprivate func status() async throws -> PlatformV1.PlatformStatus {
        try await handler.getPlatform(.init(), context)
    }

    /// Page by page, one machine each.
    fileprivate func list(names: [String], disks: [String]) async throws -> [String] {
        var ids: [String] = []
        var token = ""
        repeat {
            let page = try await handler.listMachines(
                .with {
                    $0.pageSize = 1
                    $0.pageToken = token
                    $0.names = names
                    $0.disks = disks
                }, context)
            ids += page.machines.map(\.id)
            token = page.nextPageToken
        } while !token.isEmpty
        return ids
    }

    fileprivate func set(_ change: (inout PlatformV1.SetInventoryRequest) -> Void) async throws {
        var request = PlatformV1.SetInventoryRequest()
        change(&request)
        _ = try await handler.setInventory(request, context)
    }
}
