import Environment
import Simulation
import Testing

struct DiskTests {
    let world: SimulatedWorld
    let host: SimulatedHost

    init() {
        world = SimulatedWorld(seed: 31)
        host = world.host("a", address: "127.0.1.1")
    }

    private func on<T: Sendable>(
        _ host: SimulatedHost? = nil, _ body: @escaping @Sendable (any FileSystem) throws -> T
    ) throws -> T {
        let host = host ?? self.host
        let box = Box<T>()
        host.boot { environment in box.result = Result { try body(environment.files) } }
        try world.run { box.result != nil }
        return try #require(box.result).get()
    }

    @Test func `a gibibyte of zeros costs nothing and reads as zero`() throws {
        let zeros = try on { files in
            let file = try files.open("/disk", .create)
            try file.truncate(to: 1 << 30)
            try file.write([UInt8](repeating: 0, count: 1 << 20), at: 1 << 29)
            return try file.read(8, at: (1 << 29) - 4)
        }
        #expect(zeros == [UInt8](repeating: 0, count: 8))
        #expect(host.rootVolume.usedBytes == 0)
    }

    @Test func `files read back what was written, holes read as zero, ends are short reads`() throws {
        try on { files in
            let file = try files.open("/f", .createNew)
            try file.write([UInt8](repeating: 7, count: 10_000), at: 1_000)
            try file.punchHole(at: 2_000, count: 8_000)
            #expect(try file.read(3, at: 999) == [0, 7, 7])
            #expect(try file.read(2, at: 1_999) == [7, 0])
            #expect(try file.read(2, at: 9_999) == [0, 7])
            #expect(throws: FileError(.shortRead, "read", "/f")) { try file.read(2, at: 10_999) }
            try file.truncate(to: 1_500)
            try file.truncate(to: 3_000)
            #expect(try file.read(2, at: 1_499) == [7, 0])
        }
        #expect(host.rootVolume.usedBytes == 4_096)
    }

    @Test func `data and holes are told page by page`() throws {
        try on { files in
            let file = try files.open("/f", .createNew)
            try file.truncate(to: 100_000)
            #expect(try file.extent(at: 10) == FileExtent(count: 99_990, isHole: true))
            try file.write([UInt8](repeating: 7, count: 10_000), at: 4_096)
            try file.punchHole(at: 8_000, count: 4_288)
            #expect(try file.extent(at: 0) == FileExtent(count: 4_096, isHole: true))
            #expect(try file.extent(at: 5_000) == FileExtent(count: 3_192, isHole: false))
            #expect(try file.extent(at: 8_192) == FileExtent(count: 4_096, isHole: true))
            #expect(try file.extent(at: 12_288) == FileExtent(count: 4_096, isHole: false))
            #expect(try file.extent(at: 16_384) == FileExtent(count: 83_616, isHole: true))
        }
    }

    @Test func `unsynced data survive a kill`() throws {
        let host = host
        try on { try $0.open("/f", .create).write([1, 2, 3], at: 0) }
        host.kill()
        #expect(try on { try $0.readAll("/f") } == [1, 2, 3])
    }

    @Test func `a power loss keeps what was synced and may lose, keep or tear the rest`() throws {
        var outcomes: Set<String> = []
        for seed in 1...60 {
            let world = SimulatedWorld(seed: UInt64(seed))
            let host = world.host("a", address: "127.0.1.1")
            let box = Box<[UInt8]>()
            host.boot { environment in
                let file = try? environment.files.open("/f", .create)
                try? file?.write([UInt8](repeating: 1, count: 4_096), at: 0)
                try? file?.sync()
                try? environment.files.syncDirectory("/")
                try? file?.write([UInt8](repeating: 2, count: 4_096), at: 0)
            }
            try world.run { host.processes.first?.isFinished == true }
            host.powerLoss()
            host.boot { environment in box.result = Result { try environment.files.readAll("/f") } }
            try world.run { box.result != nil }
            let bytes = try #require(box.result).get()
            #expect(bytes.count == 4_096)
            for sector in stride(from: 0, to: 4_096, by: 512) {
                #expect(Set(bytes[sector..<sector + 512]).count == 1)
            }
            outcomes.insert(Set(bytes).sorted().map(String.init).joined())
        }
        #expect(outcomes == ["1", "2", "12"])
    }

    @Test func `a name is safe after its directory is synced, a rename is lost or kept whole`() throws {
        var outcomes: Set<String> = []
        for seed in 1...40 {
            let world = SimulatedWorld(seed: UInt64(seed))
            let host = world.host("a", address: "127.0.1.1")
            host.boot { environment in
                let files = environment.files
                try? files.createDirectory("/x")
                try? files.createDirectory("/y")
                try? files.replace("/x/disk", with: [1])
                try? files.syncDirectory("/")
                try? files.rename("/x/disk", to: "/y/disk")
            }
            try world.run { host.processes.first?.isFinished == true }
            host.powerLoss()
            let journal = Journal()
            host.boot { environment in
                let places = ["/x/disk", "/y/disk"].filter { environment.files.exists($0) }
                journal.add(places.joined(separator: "+"))
            }
            try world.run { !journal.all.isEmpty }
            outcomes.insert(journal.all[0])
        }
        #expect(outcomes == ["/x/disk", "/y/disk"])
    }

    @Test func `a failed sync loses its pages though the next one succeeds`() throws {
        var losses = 0
        for seed in 1...20 {
            let world = SimulatedWorld(seed: UInt64(seed))
            let host = world.host("a", address: "127.0.1.1")
            host.rootVolume.inject(DiskFault(.sync, .fail(.input), pathSuffix: "/f"))
            let box = Box<[UInt8]>()
            host.boot { environment in
                let file = try? environment.files.open("/f", .create)
                try? environment.files.syncDirectory("/")
                try? file?.write([5], at: 0)
                #expect(throws: FileError.self) { try file?.sync() }
                #expect(throws: Never.self) { try file?.sync() }
            }
            try world.run { host.processes.first?.isFinished == true }
            host.powerLoss()
            host.boot { environment in box.result = Result { try environment.files.readAll("/f") } }
            try world.run { box.result != nil }
            if try #require(box.result).get() != [5] { losses += 1 }
        }
        #expect((1...19).contains(losses))
    }

    @Test func `a lock excludes others until its holder closes, is killed or goes away`() throws {
        let shared = world.volume("datastore")
        let other = world.host("b", address: "127.0.1.2")
        host.mount(shared, at: "/datastore")
        other.mount(shared, at: "/datastore")
        let journal = Journal()
        host.boot("owner") { environment in
            let file = try? environment.files.open("/datastore/disk", .create)
            journal.add("\((try? file?.tryLockExclusive()) ?? false)")
            try? await environment.clock.sleep(for: .seconds(1_000))
            file?.close()
        }
        try world.run { !journal.all.isEmpty }
        let tryLock: @Sendable (any FileSystem) throws -> Bool = {
            try $0.open("/datastore/disk", .readWrite).tryLockExclusive()
        }
        #expect(journal.all == ["true"])
        #expect(try !on(other, tryLock))
        host.kill()
        #expect(try on(other, tryLock))
    }

    @Test func `a disk moves between owners of one volume by a rename, not across volumes`() throws {
        let shared = world.volume("datastore")
        host.mount(shared, at: "/ds")
        try on { files in
            try files.createDirectory("/ds/m1")
            try files.createDirectory("/ds/m2")
            try files.replace("/ds/m1/disk", with: [1])
            try files.rename("/ds/m1/disk", to: "/ds/m2/disk")
            #expect(throws: FileError.self) { try files.rename("/ds/m2/disk", to: "/disk") }
            #expect(try files.list("/") == ["ds"])
            #expect(try files.list("/ds/m2") == ["disk"])
        }
    }

    @Test func `a full volume refuses and space comes back`() throws {
        let small = world.volume("small", capacity: 64 * 1024)
        host.mount(small, at: "/s")
        try on { files in
            let file = try files.open("/s/f", .create)
            #expect(throws: FileError(.noSpace, "write", "/s/f", errno: 28)) {
                try file.write([UInt8](repeating: 1, count: 128 * 1024), at: 0)
            }
            #expect(try files.freeBytes("/s") == 0)
            try file.punchHole(at: 0, count: 32 * 1024)
            #expect(try files.freeBytes("/s") == 32 * 1024)
            try files.remove("/s/f")
            #expect(try files.freeBytes("/s") == 64 * 1024)
        }
    }

    @Test func `injected faults hit the operation they name`() throws {
        let volume = host.rootVolume
        volume.inject(DiskFault(.write, .fail(.input), pathSuffix: "/f", skip: 1))
        volume.inject(DiskFault(.read, .fail(.input)))
        try on { files in
            let file = try files.open("/f", .create)
            try file.write([1, 2, 3, 4], at: 0)
            #expect(throws: FileError(.input, "write", "/f", errno: 5)) { try file.write([9], at: 0) }
            #expect(throws: FileError(.input, "read", "/f", errno: 5)) { try file.read(1, at: 0) }
            #expect(try file.read(4, at: 0) == [1, 2, 3, 4])
        }
        volume.inject(DiskFault(.write, .tear(after: 2)))
        volume.inject(DiskFault(.write, .misdirect(by: 100)))
        volume.inject(DiskFault(.write, .forget))
        try on { files in
            let file = try files.open("/f", .readWrite)
            #expect(throws: FileError.self) { try file.write([8, 8, 8, 8], at: 0) }
            try file.write([7], at: 3)
            try file.write([6], at: 3)
            #expect(try file.read(4, at: 0) == [8, 8, 3, 4])
            #expect(try file.read(1, at: 103) == [7])
        }
        try volume.flipBit(in: "/f", at: 0, bit: 0)
        #expect(try on { try $0.readAll("/f")[0] } == 9)
    }

    @Test func `slow disks keep a lane's caller waiting`() throws {
        host.rootVolume.inject(DiskFault(.sync, .delay(.seconds(40))))
        let journal = Journal()
        host.boot { environment in
            let start = environment.clock.now()
            try? await environment.lanes.lane("d").run { try environment.files.open("/f", .create).sync() }
            journal.add(environment.clock.now() - start >= .seconds(40) ? "slow" : "fast")
        }
        try world.run { !journal.all.isEmpty }
        #expect(journal.all == ["slow"])
    }
}

/// `@unchecked Sendable`: a world runs on one thread.
final class Box<T>: @unchecked Sendable {
    var result: Result<T, any Error>?
}
