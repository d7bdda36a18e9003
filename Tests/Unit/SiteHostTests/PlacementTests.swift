import Environment
import Messages
import Model
import Testing

@testable import SiteHost

/// A site with two datastores and two hosts.
@Suite struct PlacementTests {
    @Test func `datastores and hosts are told with what is known of them, after a restart too`() async throws {
        try await divided { site, _ in
            try await site.running { _, calls in
                let plain = try await calls.status()
                #expect(plain.datastores.map(\.id) == ["datastore-1", "datastore-2"])
                #expect(plain.datastores.allSatisfy { $0.freeBytes > 0 && !$0.readOnly })
                #expect(plain.hosts.map(\.memoryMib) == [8_192, 2_048])
                #expect(plain.hosts.map(\.runsMasterTarget) == [true, false])
                #expect(plain.hosts.allSatisfy { $0.datastores == ["datastore-1", "datastore-2"] && !$0.maintenance })
                #expect(plain.datastoreFreeBytes > 0 && plain.memoryFreeMib == 8_192)
                try await calls.administer {
                    $0.datastores = [.with { $0.id = "datastore-1"; $0.readOnly = true }]
                    $0.datastores.append(.with { $0.id = "datastore-2"; $0.limitBytes = 3 << 20 })
                    $0.hosts = [.with { $0.id = "host-1"; $0.hiddenDatastores = ["datastore-2"] }]
                    $0.hosts.append(.with { $0.id = "host-2"; $0.maintenance = true })
                    $0.masterTargetHost = "host-2"
                }
            }
            try await site.running { _, calls in
                let told = try await calls.status()
                #expect(told.datastores.map(\.readOnly) == [true, false] && told.datastores[1].freeBytes == 3 << 20)
                #expect(told.hosts.map(\.datastores) == [["datastore-1"], ["datastore-1", "datastore-2"]])
                #expect(told.hosts.map(\.maintenance) == [false, true])
                #expect(told.hosts.map(\.runsMasterTarget) == [false, true])
                let inventory = try #require(told.inventory)
                for change in [
                    { $0.masterTargetHost = "host-3" }, { $0.hosts = [.with { $0.id = "host-3" }] },
                    { $0.datastores = [.with { $0.id = "datastore-3" }] }, { $0.hosts = [.init()] },
                    { $0.hosts = [.with { $0.id = "host-1"; $0.hiddenDatastores = ["datastore-3"] }] },
                ] as [@Sendable (inout PlatformV1.SiteInventory) -> Void] {
                    #expect(await refusal { try await calls.administer(change) } != nil)
                }
                #expect(try await calls.status().inventory == inventory, "a refused change changes nothing")
            }
        }
    }

    @Test func `disks of a replica are made where they are asked for, and count against its limit`() async throws {
        try await divided { site, folder in
            try await site.running { _, calls in
                try await calls.assign(1)
                try await calls.administer {
                    $0.datastores = [.with { $0.id = "datastore-2"; $0.limitBytes = 3 << 20 }]
                }
                let made = try await calls.replica(["d1", "d2"], on: "datastore-2")
                #expect(made.disks.map(\.datastore) == ["datastore-2", "datastore-2"])
                #expect(made.disks.map(\.path).allSatisfy { $0.hasPrefix(folder + "/datastore-2/master-target-mt1/") })
                #expect(site.files.exists(folder + "/datastore-2/master-target-mt1/d2/disk.raw"))
                #expect(try await calls.status().datastores[1].freeBytes == 1 << 20)
                #expect(try await calls.replica(["d1", "d2"], on: "datastore-2") == made, "the same call again")
                try await calls.create(disks: [])
                let given = try await calls.attach("machine/m1", item: "item-1", disks: ["d1", "d2"])
                #expect(given.disks.map(\.datastore) == ["datastore-2", "datastore-2"])
                #expect(site.files.exists(folder + "/datastore-2/machine-m1/d1/disk.raw"))
                #expect(try site.files.list(folder + "/datastore").allSatisfy { $0.hasPrefix(".") })
                let odd = await refusal { try await calls.replica(["d3"], on: "datastore-3", "other") }
                #expect(odd == .notFound)
                let full = await refusal { try await calls.replica(["d3", "d4"], on: "datastore-2", "full") }
                #expect(full == .noSpace)
                try await calls.administer { $0.datastores = [.with { $0.id = "datastore-2"; $0.readOnly = true }] }
                let closed = await refusal { try await calls.replica(["d5"], on: "datastore-2", "closed") }
                #expect(closed == .operationNotAllowed)
                #expect(!site.files.exists(folder + "/datastore-2/master-target-mt1/d5"))
            }
        }
    }

    @Test func `nothing is made anew while one of the datastores is not there`() async throws {
        try await divided { site, folder in
            let disk = "/master-target-mt1/d2/disk.raw"
            try await site.running { _, calls in
                try await calls.assign(1)
                try await calls.replica(["d1"], on: "datastore-1", "first")
                try await calls.replica(["d1", "d2"], on: "datastore-2", "second")
                let file = try site.files.open(folder + "/datastore-2" + disk, .readWrite)
                try file.write([7], at: 0)
                file.close()
                try await calls.create("machine", disks: [])
                try site.unmount("datastore-2")
                let gone = await refusal { try await calls.replica(["d1", "d2"], on: "", "kept", keep: true) }
                #expect(gone == .unavailable)
                // Nor by what knows nothing of it.
                #expect(await refusal { try await calls.replica(["d3"], on: "", "new") } == .unavailable)
                let other = await refusal { try await calls.create(disks: [calls.disk("d4")], id: "m2") }
                #expect(other == .unavailable)
                // It comes back, so that nobody takes its disks for gone.
                let moved = await refusal { try await calls.attach("machine/m1", item: "item-1", disks: ["d2"]) }
                #expect(moved == .unavailable)
            }
            try await site.running { _, calls in
                let refused = await refusal { try await calls.replica(["d1", "d2"], on: "", "again", keep: true) }
                #expect(refused == .unavailable, "a start takes an empty mount point for no datastore, either")
                #expect(!site.files.exists(folder + "/datastore" + disk))
                try site.mount("datastore-2")
                let found = try await calls.replica(["d1", "d2"], on: "", "mounted", keep: true)
                #expect(found.disks.map(\.datastore) == ["datastore-1", "datastore-2"])
                #expect(try site.files.readAll(folder + "/datastore-2" + disk)[0] == 7)
                try await calls.replica(["d3"], on: "", "new")
                try await calls.attach("machine/m1", item: "item-1", disks: ["d2"])
            }
        }
    }

    @Test func `machines are listed whatever their disks are, and one that is not found says why`() async throws {
        try await divided { site, folder in
            try await site.running { _, calls in
                try await calls.assign(1)
                try await calls.replica(["d1"], on: "datastore-2")
                try await calls.create("empty", disks: [])
                try await calls.attach("machine/m1", item: "item-1", disks: ["d1"])
                try await calls.create("second", disks: [calls.disk("d2"), calls.disk("d3", 1)], id: "m2")
                try await calls.create("third", disks: [calls.disk("d4")], id: "m3")
                try site.unmount("datastore-2")
                try site.files.remove(folder + "/datastore/machine-m2/d3/disk.raw")
                let listed = try await calls.handler.listMachines(.init(), calls.context).machines
                try #require(listed.map(\.id) == ["m1", "m2", "m3"])
                #expect(listed.flatMap(\.disks).map { $0.disk?.id } == ["d1", "d2", "d3", "d4"])
                #expect(listed.flatMap(\.disks).map(\.owner) == ["", "machine/m2", "", "machine/m3"])
                #expect(listed.flatMap(\.disks).map(\.missing.isEmpty) == [false, true, false, true])
                let away = listed[0].disks[0]
                #expect(away.missing.contains("Mount the datastore") && away.disk?.bytes == 1 << 20, "\(away)")
                #expect(listed[1].disks[1].missing.contains("its file is gone"))
                #expect(await refusal { try await calls.machine() } == .unavailable, "alone it is looked at in earnest")
                // Without even the directory that it is mounted on.
                try site.files.removeTree(folder + "/datastore-2")
                let again = try await calls.handler.listMachines(.init(), calls.context).machines
                #expect(again == listed)
                try site.mount("datastore-2")
                let back = try await calls.handler.listMachines(.init(), calls.context).machines
                #expect(back[0].disks[0].owner == "machine/m1" && back[0].disks[0].missing.isEmpty)
            }
        }
    }

    @Test func `disks of a replica are not called deleted while a datastore is away`() async throws {
        try await divided { site, folder in
            let disk = folder + "/datastore-2/master-target-mt1/d1"
            try await site.running { _, calls in
                try await calls.assign(1)
                try await calls.replica(["d1", "d2"], on: "datastore-2")
                try site.unmount("datastore-2")
                #expect(await refusal { try await calls.deleteReplica() } == .unavailable)
            }
            try await site.running { _, calls in
                #expect(await refusal { try await calls.deleteReplica() } == .unavailable, "after a restart, too")
                try site.mount("datastore-2")
                #expect(site.files.exists(disk))
                // The same call, once more: it was never answered as done.
                try await calls.deleteReplica()
                #expect(!site.files.exists(disk))
                try await calls.deleteReplica()
                try await calls.replica(["d1", "d2"], on: "datastore-1", "anew")
                #expect(site.files.exists(folder + "/datastore/master-target-mt1/d1/disk.raw"))
            }
        }
    }

    @Test func `an original is put aside on its own datastore, and comes back from there`() async throws {
        try await divided { site, folder in
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                try await calls.assign(1)
                try await calls.attach("master-target/mt1", item: "item-1")
                try await calls.replica(["d1"], on: "datastore-2")
                #expect(site.files.exists(folder + "/datastore/.aside/job-1/m1/d1/disk.raw"))
                #expect(site.files.exists(folder + "/datastore-2/master-target-mt1/d1/disk.raw"))
                _ = try await calls.handler.deleteReplicaDisks(
                    .with {
                        $0.key = calls.key("replica", undo: true)
                        $0.item = "item-1"
                        $0.masterTarget = "mt1"
                    }, calls.context)
                #expect(site.files.exists(folder + "/datastore/master-target-mt1/d1/disk.raw"))
                #expect(!site.files.exists(folder + "/datastore-2/master-target-mt1/d1"))
            }
        }
    }

    @Test func `a host in maintenance starts nothing; another one does, once, whatever comes late`() async throws {
        let runtime = MemoryRuntime()
        try await divided(runtime) { site, _ in
            try await site.running { _, calls in
                try await calls.ready()
                #expect(try await calls.machine().host == "host-1")
                try await calls.administer { $0.hosts = [.with { $0.id = "host-1"; $0.maintenance = true }] }
                #expect(await refusal { try await calls.on(1) } == .operationNotAllowed)
                #expect(await refusal { try await calls.outOfBand() } == .operationNotAllowed)
                #expect(runtime.history.isEmpty)
                #expect(await refusal { try await calls.on(1, "on-3", host: "host-3") } == .notFound)
                let started = try await calls.on(1, "on-2", host: "host-2")
                #expect(started.power == .on && started.host == "host-2")
                #expect(runtime.history.map(\.program.kind) == [.agent, .guest])
                // The first call, on its way until now.
                #expect(try await calls.on(1).host == "host-2")
                #expect(runtime.history.count == 2)
                #expect(try await calls.status().hosts.map(\.memoryFreeMib) == [8_192, 1_024])
            }
            try await site.running { _, calls in
                #expect(try await calls.machine().host == "host-2", "it is where it was started")
                // No answer for good: the call that was refused is made when the host starts machines again.
                try await calls.off(1)
                try await calls.administer { $0.hosts = [.with { $0.id = "host-2"; $0.maintenance = true }] }
                #expect(await refusal { try await calls.on(1, "on-4") } == .operationNotAllowed)
                try await calls.administer { _ in }
                #expect(try await calls.on(1, "on-4").power == .on)
            }
        }
    }

    @Test func `a host that does not see a disk, or has no memory left, does not start its machine`() async throws {
        try await divided { site, _ in
            try await site.running { _, calls in
                try await calls.ready()
                try await calls.administer {
                    $0.hosts = [.with { $0.id = "host-2"; $0.hiddenDatastores = ["datastore-1"] }]
                }
                #expect(await refusal { try await calls.on(1, host: "host-2") } == .operationNotAllowed)
                try await calls.administer { _ in }
                let large = PlatformV1.SetInventoryRequest.with {
                    $0.machine = "m1"
                    $0.attributes = .with { $0.memoryMib = 4_096 }
                }
                _ = try await calls.handler.setInventory(large, calls.context)
                #expect(await refusal { try await calls.on(1, host: "host-2") } == .limitReached)
                #expect(try await calls.on(1, "on-2", host: "host-1").host == "host-1")
            }
        }
    }

    @Test func `a configuration that names a datastore or a host twice is refused`() throws {
        let site = try TestSite("/nowhere", isDivided: true)
        var odd = site.configuration
        odd.datastores?.append(SiteDatastore(id: "datastore-1", directory: "/x"))
        #expect(throws: Failure.self) { try odd.validate() }
        odd = site.configuration
        odd.datastores = [SiteDatastore(id: "datastore-2", directory: odd.datastore)]
        #expect(throws: Failure.self) { try odd.validate() }
        odd = site.configuration
        odd.hosts?.append(SiteMachineHost(id: "host-2", memoryMiB: 1))
        #expect(throws: Failure.self) { try odd.validate() }
    }
}

private func divided(
    _ runtime: MemoryRuntime = MemoryRuntime(), _ body: (TestSite, String) async throws -> Void
) async throws {
    try await withFolder { folder in try await body(TestSite(folder, runtime, isDivided: true), folder) }
}

extension Calls {
    @discardableResult
    fileprivate func deleteReplica() async throws -> PlatformV1.DeleteReplicaDisksResponse {
        try await handler.deleteReplicaDisks(
            .with {
                $0.key = key("delete-replica")
                $0.item = "item-1"
                $0.masterTarget = "mt1"
            }, context)
    }

    fileprivate func status() async throws -> PlatformV1.PlatformStatus {
        try await handler.getPlatform(.init(), context)
    }

    fileprivate func administer(_ change: (inout PlatformV1.SiteInventory) -> Void) async throws {
        var inventory = PlatformV1.SiteInventory()
        change(&inventory)
        let request = PlatformV1.SetInventoryRequest.with { $0.site = inventory }
        _ = try await handler.setInventory(request, context)
    }

    @discardableResult
    fileprivate func replica(
        _ disks: [String], on datastore: String, _ step: String = "replica", keep: Bool = false
    ) async throws -> PlatformV1.AttachDisksResponse {
        try await handler.createReplicaDisks(
            .with {
                $0.key = key(step)
                $0.item = "item-1"
                $0.masterTarget = "mt1"
                $0.disks = disks.enumerated().map { place, id in
                    .with { $0.id = id; $0.index = UInt32(place); $0.bytes = 1 << 20 }
                }
                $0.datastore = datastore
                $0.keep = keep
            }, context)
    }
}
