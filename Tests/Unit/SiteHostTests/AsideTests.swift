import Messages
import Model
import RPC
import Store
import Testing

@testable import SiteHost

/// New disks take the place of those that a machine had, which are kept aside.
struct AsideTests {
    @Test func `disks of a machine that is gone are kept aside, and come back with an undo`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.machineWithContent(site, folder)
                try await calls.deleteMachine()
                try await calls.createReplica()
                try site.expectAside(folder)
                // Asked again: what is new is not put aside.
                try await calls.createReplica("again")
                try site.expectAside(folder)
                for _ in 0..<2 { try await calls.deleteReplica() }
                #expect(try site.content(folder, "machine-m1/d1") == Calls.content)
                #expect(try site.files.list(folder + "/datastore/master-target-mt1").isEmpty)
            }
        }
    }

    @Test func `disks of a machine that is there are taken only when they are the item's`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.machineWithContent(site, folder)
                #expect(await refusal { try await calls.createReplica("stranger") } == .alreadyExists)
                #expect(try site.content(folder, "machine-m1/d1") == Calls.content)
                try await calls.attach("master-target/mt1", item: "item-1")
                try await calls.createReplica()
                try site.expectAside(folder)
                #expect(try await calls.machine().disks.isEmpty)
                try await calls.deleteReplica()
                try await calls.attach("machine/m1", "back", item: "item-1")
                #expect(try site.content(folder, "machine-m1/d1") == Calls.content)
                #expect(try await calls.machine().disks.map(\.owner) == ["machine/m1"])
            }
        }
    }

    @Test func `a disk whose file is gone is in nobody's way, and goes aside with what was beside it`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.machineWithContent(site, folder)
                try await calls.attach("master-target/mt1", item: "item-1")
                try site.files.remove(folder + "/datastore/master-target-mt1/d1/disk.raw")
                try await calls.createReplica()
                #expect(try site.content(folder, "master-target-mt1/d1") != Calls.content)
                #expect(!site.files.exists(folder + "/datastore/machine-m1/d1"))
                try await calls.deleteReplica()
                try await calls.attach("machine/m1", "back", item: "item-1")
                #expect(try await calls.machine().disks.map(\.owner) == ["machine/m1"])
            }
        }
    }

    @Test func `an undo of what was refused leaves a seed that somebody has open alone`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.machineWithContent(site, folder)
                try await calls.attach("master-target/mt1", item: "item-1")
                try await calls.deleteMachine()
                let open = try site.files.open(folder + "/datastore/master-target-mt1/d1/disk.raw", .readWrite)
                #expect(try open.tryLockExclusive())
                #expect(await refusal { try await calls.createReplica() } == .busy)
                // Neither waited for nor deleted.
                try await calls.deleteReplica()
                open.close()
                try await calls.deleteReplica("again")
                #expect(try site.content(folder, "master-target-mt1/d1") == Calls.content)
            }
        }
    }

    @Test(arguments: [
        "site-host.disk.aside", "site-host.disk.created", "site-host.disk.placed", "site-host.disks.save.before-commit",
        "site-host.effect.after", "site-host.operation.done.before-commit",
    ], [true, false])
    func `what is cut short by a crash is finished or taken back`(failpoint: String, isUndone: Bool) async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.machineWithContent(site, folder)
                try await calls.deleteMachine()
            }
            let death = KillAt(failpoint, time: 1, site.medium)
            let dying = try await site.start(death)
            _ = try? await Calls(dying).createReplica()
            await dying.stop()
            #expect(!death.isAlive)
            try await site.running { _, calls in
                if isUndone {
                    try await calls.deleteReplica()
                    #expect(try site.content(folder, "machine-m1/d1") == Calls.content)
                } else {
                    try await calls.createReplica()
                    try site.expectAside(folder)
                }
            }
        }
    }

    @Test(arguments: ["site-host.disks.save.before-commit", "site-host.disk.removed", "site-host.disk.restored"])
    func `an undo that is cut short by a crash is finished by the same call`(failpoint: String) async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.machineWithContent(site, folder)
                try await calls.deleteMachine()
                try await calls.createReplica()
            }
            let death = KillAt(failpoint, time: 1, site.medium)
            let dying = try await site.start(death)
            _ = try? await Calls(dying).deleteReplica()
            await dying.stop()
            #expect(!death.isAlive)
            try await site.running { _, calls in
                try await calls.deleteReplica()
                #expect(try site.content(folder, "machine-m1/d1") == Calls.content)
            }
        }
    }
}

extension TestSite {
    fileprivate func content(_ folder: String, _ bundle: String) throws -> [UInt8] {
        Array(try files.readAll(folder + "/datastore/\(bundle)/disk.raw").prefix(4))
    }

    /// The new disk is blank, the old one is as it was.
    fileprivate func expectAside(_ folder: String) throws {
        #expect(try content(folder, "master-target-mt1/d1") == [0, 0, 0, 0])
        #expect(try content(folder, ".aside/job-1/m1/d1") == Calls.content)
    }
}

extension Calls {
    fileprivate static let content: [UInt8] = [7, 8, 9, 10]

    fileprivate func machineWithContent(_ site: TestSite, _ folder: String) async throws {
        try await create(disks: [disk("d1")])
        try await assign(1, at: .cloud)
        let file = try site.files.open(folder + "/datastore/machine-m1/d1/disk.raw", .readWrite)
        defer { file.close() }
        try file.write(Self.content, at: 0)
    }

    fileprivate func deleteMachine() async throws {
        _ = try await handler.deleteMachine(
            .with {
                $0.key = key("delete")
                $0.machine = "m1"
                $0.generation = generation(1).message
            }, context)
    }

    @discardableResult
    fileprivate func createReplica(_ step: String = "replica") async throws -> PlatformV1.AttachDisksResponse {
        try await handler.createReplicaDisks(
            .with {
                $0.key = key(step)
                $0.item = "item-1"
                $0.masterTarget = "mt1"
                $0.disks = [.with { $0.id = "d1"; $0.bytes = 1 << 20 }]
            }, context)
    }

    fileprivate func deleteReplica(_ step: String = "replica") async throws {
        _ = try await handler.deleteReplicaDisks(
            .with {
                $0.key = key(step, undo: true)
                $0.item = "item-1"
                $0.masterTarget = "mt1"
            }, context)
    }
}
