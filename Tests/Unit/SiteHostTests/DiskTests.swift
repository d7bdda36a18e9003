import EnvironmentLive
import Glibc
import MachineFiles
import Messages
import Model
import Store
import Testing

@testable import SiteHost

struct DiskTests {
    @Test func `a created machine has blank sparse disks in its directory`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                let made = try await calls.create(disks: [calls.disk("d1", bytes: 64 << 20), calls.disk("d2", 1)])
                #expect(made.power == .off)
                #expect(made.disks.map(\.owner) == ["machine/m1", "machine/m1"])
                let path = folder + "/datastore/machine-m1/d1"
                #expect(made.disks.first?.path == path)
                #expect(try site.text(path + "/owner") == "machine/m1\n")
                var status = stat()
                #expect(stat(path + "/disk.raw", &status) == 0)
                #expect(status.st_size == 64 << 20)
                #expect(status.st_blocks < 64)
            }
        }
    }

    @Test func `the same call creates once, another one of the same key or id is refused`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                let first = try await calls.create(disks: [calls.disk("d1")])
                #expect(try await calls.create(disks: [calls.disk("d1")]) == first)
                #expect(await refusal { try await calls.create(disks: [calls.disk("d9")]) } == .operationKeyReused)
                #expect(await refusal { try await calls.create("other", disks: []) } == .alreadyExists)
            }
        }
    }

    @Test func `an image is copied into the bundle, and only from below the datastore`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                var content = [UInt8](repeating: 0, count: 3 << 20)
                content[5] = 7
                content[(2 << 20) + 1] = 9
                try site.files.createDirectory(folder + "/datastore/images")
                try site.files.replace(folder + "/datastore/images/a.raw", with: content)
                let disk = calls.disk("d1", bytes: 0)
                let outside = await refusal { try await calls.create("bad", disks: [disk], images: ["../x"]) }
                #expect(outside == .invalidArgument)
                try await calls.create(disks: [disk], images: ["images/a.raw"])
                #expect(try site.files.readAll(folder + "/datastore/machine-m1/d1/disk.raw") == content)
            }
        }
    }

    @Test func `an attached disk has moved with its owner file, and the same call again is harmless`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1"), calls.disk("d2", 1)])
                #expect(await refusal { try await calls.attach("master-target/mt1") } == .unknownGeneration)
                try await calls.assign(1)
                let moved = try await calls.attach("master-target/mt1")
                #expect(moved.disks.map(\.owner) == ["master-target/mt1", "master-target/mt1"])
                #expect(try await calls.attach("master-target/mt1") == moved)
                #expect(try site.text(folder + "/datastore/master-target-mt1/d2/owner") == "master-target/mt1\n")
                #expect(try site.files.list(folder + "/datastore/machine-m1").isEmpty)
                #expect(try await calls.machine().disks == moved.disks)
                let back = try await calls.attach("machine/m1", "back", disks: ["d2"])
                #expect(back.disks.map(\.path) == [folder + "/datastore/machine-m1/d2"])
            }
        }
    }

    @Test func `a disk that its owner has open is not moved, and the owner is named`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                try await calls.assign(1)
                let file = try site.files.open(folder + "/datastore/machine-m1/d1/disk.raw", .readWrite)
                #expect(try file.tryLockExclusive())
                #expect(await refusal { try await calls.attach("master-target/mt1") } == .busy)
                #expect(try site.text(folder + "/datastore/machine-m1/d1/owner") == "machine/m1\n")
                file.close()
                try await calls.attach("master-target/mt1")
            }
        }
    }

    @Test func `a disk that a person copied is attached by the same call once the copy is gone`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1")])
                try await calls.assign(1)
                let copy = folder + "/datastore/master-target-mt2"
                try site.files.createDirectory(copy)
                try site.files.createDirectory(copy + "/d1")
                #expect(await refusal { try await calls.attach("master-target/mt1") } == .dataCorrupt)
                try site.files.removeTree(copy)
                #expect(try await calls.attach("master-target/mt1").disks.map(\.owner) == ["master-target/mt1"])
            }
        }
    }

    @Test(arguments: [
        "site-host.effect.before", "site-host.attach.locked", "site-host.attach.directory", "site-host.attach.owner",
        "site-host.attach.renamed", "site-host.attach.old-synced", "site-host.attach.synced", "site-host.effect.after",
        "site-host.operation.done.before-commit", "site-host.operation.done.after-commit",
        "site-host.disks.save.before-commit",
    ], [1, 2])
    func `an attach cut short by a crash is finished by the same call`(failpoint: String, time: Int) async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                try await calls.create(disks: [calls.disk("d1"), calls.disk("d2", 1)])
                try await calls.assign(1)
            }
            let death = KillAt(failpoint, time: time, site.medium)
            let dying = try await site.start(death)
            _ = try? await Calls(dying).attach("master-target/mt1")
            await dying.stop()
            // Some points come once for each disk, others once for each call.
            #expect(!death.isAlive || time == 2)
            try await site.running { host, calls in
                for disk in ["d1", "d2"] {
                    let holder = try host.datastores.holder(of: try DiskID(disk))
                    #expect(holder != nil, "\(disk) is with exactly one owner")
                }
                let moved = try await calls.attach("master-target/mt1")
                #expect(moved.disks.map(\.owner) == ["master-target/mt1", "master-target/mt1"])
                for disk in ["d1", "d2"] {
                    let path = folder + "/datastore/master-target-mt1/\(disk)/owner"
                    #expect(try site.text(path) == "master-target/mt1\n")
                }
            }
        }
    }

    @Test func `a replica's disks go to a machine that never held them, and back`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                let request = PlatformV1.CreateReplicaDisksRequest.with {
                    $0.key = calls.key("replica")
                    $0.item = "item-1"
                    $0.masterTarget = "mt1"
                    $0.disks = [.with { $0.id = "d1"; $0.bytes = 4_096 }]
                }
                let made = try await calls.handler.createReplicaDisks(request, calls.context)
                #expect(made.disks.map(\.owner) == ["master-target/mt1"])
                #expect(try await calls.handler.createReplicaDisks(request, calls.context) == made)
                try await calls.assign(1)
                try await calls.create(disks: [])
                let stranger = await refusal { try await calls.attach("machine/m1", "a", disks: ["d1"]) }
                #expect(stranger == .operationNotAllowed)
                try await calls.attach("machine/m1", "b", item: "item-1")
                #expect(try await calls.machine().disks.map(\.owner) == ["machine/m1"])
                let delete = PlatformV1.DeleteReplicaDisksRequest.with {
                    $0.key = calls.key("replica", undo: true)
                    $0.item = "item-1"
                    $0.masterTarget = "mt1"
                }
                _ = try await calls.handler.deleteReplicaDisks(delete, calls.context)
                #expect(site.files.exists(folder + "/datastore/machine-m1/d1/disk.raw"), "a machine's disk is kept")
                _ = try await calls.handler.deleteMachine(
                    .with {
                        $0.key = calls.key("delete")
                        $0.machine = "m1"
                        $0.generation = generation(1).message
                    }, calls.context)
                try await calls.attach("master-target/mt1", "c", item: "item-1")
                _ = try await calls.handler.deleteReplicaDisks(
                    .with {
                        $0.key = calls.key("delete-replica")
                        $0.item = "item-1"
                        $0.masterTarget = "mt1"
                    }, calls.context)
                #expect(try site.files.list(folder + "/datastore/master-target-mt1").isEmpty)
            }
        }
    }

    @Test func `what is there of a replica is kept, and given to another master target; what is gone is blank`()
        async throws
    {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                func ask(_ step: String, _ target: String, keep: Bool = true) async throws -> [String] {
                    let request = PlatformV1.CreateReplicaDisksRequest.with {
                        $0.key = calls.key(step)
                        $0.item = "item-1"
                        $0.masterTarget = target
                        $0.disks = [
                            .with { $0.id = "d1"; $0.bytes = 4_096 },
                            .with { $0.id = "d2"; $0.index = 1; $0.bytes = 8_192 },
                        ]
                        $0.keep = keep
                    }
                    return try await calls.handler.createReplicaDisks(request, calls.context).disks.map(\.owner)
                }
                let store = folder + "/datastore/"
                #expect(try await ask("made", "mt1", keep: false) == ["master-target/mt1", "master-target/mt1"])
                let file = try site.files.open(store + "master-target-mt1/d1/disk.raw", .readWrite)
                try file.write([7, 7], at: 100)
                file.close()
                try site.files.remove(store + "master-target-mt1/d2/disk.raw")
                try site.files.replace(store + "master-target-mt1/d2/lineage", with: [1])
                #expect(try await ask("kept", "mt1") == ["master-target/mt1", "master-target/mt1"])
                #expect(try site.files.readAll(store + "master-target-mt1/d1/disk.raw")[100] == 7)
                #expect(try site.files.readAll(store + "master-target-mt1/d2/disk.raw").allSatisfy { $0 == 0 })
                #expect(!site.files.exists(store + "master-target-mt1/d2/lineage"), "it is of no disk any more")
                #expect(try await ask("moved", "mt2") == ["master-target/mt2", "master-target/mt2"])
                #expect(try site.files.readAll(store + "master-target-mt2/d1/disk.raw")[100] == 7)
                #expect(try site.files.list(store + "master-target-mt1").isEmpty)
                let open = try site.files.open(store + "master-target-mt2/d1/disk.raw", .readWrite)
                #expect(try open.tryLockExclusive())
                #expect(await refusal { try await ask("held", "mt1") } == .busy)
                open.close()
                // As a volume that is not mounted: nothing is made in its place.
                try site.unmount("datastore")
                #expect(await refusal { try await ask("away", "mt2") } == .unavailable)
                try site.mount("datastore")
                #expect(try await ask("mounted", "mt2") == ["master-target/mt2", "master-target/mt2"])
                #expect(try site.files.readAll(store + "master-target-mt2/d1/disk.raw")[100] == 7)
            }
        }
    }

    @Test func `what was given to another master target goes back as it was, and what was made for it goes`()
        async throws
    {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                func ask(
                    _ step: String, _ target: String, undo: Bool = false, keep: Bool = true
                ) async throws -> [String] {
                    let request = PlatformV1.CreateReplicaDisksRequest.with {
                        $0.key = calls.key(step, undo: undo)
                        $0.item = "item-1"
                        $0.masterTarget = target
                        $0.disks = [
                            .with { $0.id = "d1"; $0.bytes = 4_096 },
                            .with { $0.id = "d2"; $0.index = 1; $0.bytes = 8_192 },
                        ]
                        $0.keep = keep
                    }
                    return try await calls.handler.createReplicaDisks(request, calls.context).disks.map(\.owner)
                }
                let store = folder + "/datastore/"
                #expect(try await ask("made", "mt1", keep: false) == ["master-target/mt1", "master-target/mt1"])
                let file = try site.files.open(store + "master-target-mt1/d1/disk.raw", .readWrite)
                try file.write([7, 7], at: 100)
                file.close()
                try site.files.replace(store + "master-target-mt1/d1/lineage", with: [1])
                try site.files.remove(store + "master-target-mt1/d2/disk.raw")
                #expect(try await ask("moved", "mt2") == ["master-target/mt2", "master-target/mt2"])
                // Repeated, it finds nothing to do.
                for _ in 0..<2 { #expect(try await ask("moved", "mt1", undo: true) == ["master-target/mt1"]) }
                #expect(try site.files.readAll(store + "master-target-mt1/d1/disk.raw")[100] == 7)
                #expect(try site.files.readAll(store + "master-target-mt1/d1/lineage") == [1])
                #expect(!site.files.exists(store + "master-target-mt1/d2"), "a blank one is not the one that is gone")
                #expect(try site.files.list(store + "master-target-mt2").isEmpty)
                // What comes late finds itself taken back.
                #expect(await refusal { _ = try await ask("moved", "mt2") } == .operationCancelled)
                #expect(try await ask("never", "mt1", undo: true) == ["master-target/mt1"])
                #expect(await refusal { _ = try await ask("never", "mt2") } == .operationCancelled)
            }
        }
    }

    @Test func `what copies wrote that were left outlives the disk below it`() async throws {
        try await withFolder { folder in
            let site = try TestSite(folder)
            try await site.running { _, calls in
                func ask(_ step: String, _ target: String, keep: Bool = true, undo: Bool = false) async throws {
                    let request = PlatformV1.CreateReplicaDisksRequest.with {
                        $0.key = calls.key(step, undo: undo)
                        $0.item = "item-1"
                        $0.masterTarget = target
                        $0.disks = [.with { $0.id = "d1"; $0.bytes = 8_192 }]
                        $0.keep = keep
                    }
                    _ = try await calls.handler.createReplicaDisks(request, calls.context)
                }
                try await ask("made", "mt1", keep: false)
                let bundle = folder + "/datastore/master-target-mt1/d1/"
                let parts = ["overlay.data", "overlay.journal", "overlay.map"]
                for part in parts {
                    try site.files.replace(bundle + "set-aside-3." + part, with: [3])
                    // Of a copy that was not taken back yet.
                    try site.files.replace(bundle + part, with: [4])
                }
                for name in ["lineage", "sidecar", "digests"] { try site.files.replace(bundle + name, with: [1]) }
                try site.files.remove(bundle + "disk.raw")
                try await ask("kept", "mt2")
                let given = folder + "/datastore/master-target-mt2/d1/"
                let aside = [0, 3].flatMap { generation in parts.map { "set-aside-\(generation).\($0)" } }
                #expect(try site.files.list(given) == (["disk.raw", "made-by", "owner"] + aside).sorted())
                #expect(try site.files.readAll(given + "disk.raw") == [UInt8](repeating: 0, count: 8_192))
                for (name, content) in zip(aside, [4, 4, 4, 3, 3, 3] as [UInt8]) {
                    #expect(try site.files.readAll(given + name) == [content], "\(name)")
                }
                // Taken back, they are where they were, and the blank one is gone.
                for _ in 0..<2 { try await ask("kept", "mt1", undo: true) }
                #expect(try site.files.list(bundle) == (["owner"] + aside).sorted())
            }
        }
    }
}
