import Ext4
import Foundation
import Testing

struct Ext4VolumeTests {
    private func mount(_ disk: RecordedDisk) async throws -> Ext4Volume {
        try await Ext4Volume.mount(disk) { 1_700_000_000_000_000 }
    }

    private func text(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * number + $0 >> 8) }
    }

    @Test func `a file made by mke2fs is read`() async throws {
        let volume = try await mount(RecordedDisk(freshImage()))
        #expect(try await volume.read(file: "/data/first.txt") == Array("the first\n".utf8))
        #expect(try await volume.list("/data").map(\.name) == ["first.txt"])
    }

    @Test func `after many changes e2fsck finds nothing and every file has its content`() async throws {
        let disk = RecordedDisk(try freshImage())
        let volume = try await mount(disk)
        var expected: [String: [UInt8]] = ["first.txt": Array("the first\n".utf8)]
        var random = Generator()
        for batch in 0..<60 {
            for change in 0..<4 {
                let name = "file-\(random.below(40))-with-a-name-of-some-length.bin"
                if expected[name] != nil, random.below(3) == 0 {
                    try await volume.remove(file: "/data/\(name)")
                    expected[name] = nil
                } else {
                    let content = text(batch * 4 + change + 1, random.below(50_000))
                    try await volume.write(file: "/data/\(name)", content)
                    expected[name] = content
                }
            }
            try await volume.commit()
        }
        try await volume.unmount()
        let found = try check(await disk.content)
        #expect(found.status == 0, "\(found.output)")
        let again = try await mount(RecordedDisk(await disk.content))
        #expect(try await again.list("/data").map(\.name) == expected.keys.sorted())
        for (name, content) in expected { #expect(try await again.read(file: "/data/\(name)") == content) }
    }

    @Test func `a frozen file system needs no replay, and goes on after the thaw`() async throws {
        let disk = RecordedDisk(try freshImage())
        let volume = try await mount(disk)
        for round in 0..<3 {
            try await volume.write(file: "/data/round-\(round)", text(round + 1, 9_000))
            try await volume.commit()
            // In use, its journal would be replayed: `e2fsck -fn` says so.
            #expect(try check(await disk.content).output.contains("journal"))
            try await volume.freeze()
            let frozen = try check(await disk.content)
            #expect(frozen.status == 0, "\(frozen.output)")
            #expect(!frozen.output.contains("journal"), "\(frozen.output)")
            try await volume.thaw()
        }
        try await volume.write(file: "/data/last", text(9, 9_000))
        try await volume.commit()
        let left = try check(await disk.content, repairingJournal: true)
        #expect(left.status == 0, "\(left.output)")
        let again = try await mount(RecordedDisk(await disk.content))
        #expect(try await again.list("/data").map(\.name) == ["first.txt", "last", "round-0", "round-1", "round-2"])
    }

    @Test func `a directory grows beyond its first block`() async throws {
        let disk = RecordedDisk(try freshImage())
        let volume = try await mount(disk)
        for number in 0..<200 {
            try await volume.write(file: "/data/a-name-that-fills-the-block-sooner-\(number)", [1, 2, 3])
            if number % 20 == 19 { try await volume.commit() }
        }
        try await volume.unmount()
        let found = try check(await disk.content)
        #expect(found.status == 0, "\(found.output)")
    }

    /// What happened to the disk is cut off after every write, and of the writes since the last flush any may be
    /// missing: the states found are those of commits, none older than the last one that returned.
    @Test func `whatever a power loss leaves, a replay gives the state after a commit`() async throws {
        let image = try freshImage()
        let disk = RecordedDisk(image)
        let volume = try await mount(disk)
        var states: [[String: [UInt8]]] = [["first.txt": Array("the first\n".utf8)]]
        // Number of events when the state was acknowledged.
        var acknowledged = [await disk.events.count]
        for batch in 0..<6 {
            var state = states[batch]
            // Content that looks like the journal's own records must be carried too.
            let tricky: [UInt8] = [0xC0, 0x3B, 0x39, 0x98, 0, 0, 0, 2] + text(batch + 1, 6_000)
            for name in ["a", "b-\(batch)"] {
                try await volume.write(file: "/data/\(name)", tricky)
                state[name] = tricky
            }
            if batch > 0 {
                try await volume.remove(file: "/data/b-\(batch - 1)")
                state["b-\(batch - 1)"] = nil
            }
            try await volume.commit()
            states.append(state)
            acknowledged.append(await disk.events.count)
        }
        try await volume.unmount()
        let events = await disk.events
        var random = Generator()
        for end in 0...events.count {
            let left = RecordedDisk(cut(image, events, end, &random))
            let last = acknowledged.lastIndex { $0 <= end } ?? 0
            let replayed = try await mount(left)
            var state: [String: [UInt8]] = [:]
            for entry in try await replayed.list("/data") {
                state[entry.name] = try await replayed.read(file: "/data/\(entry.name)")
            }
            #expect(states[last...].contains(state), "after event \(end): not a state of a commit from \(last) on")
            if end % 7 == 0 {
                try await replayed.unmount()
                let ours = try check(await left.content)
                #expect(ours.status == 0, "after event \(end), our replay: \(ours.output)")
                let theirs = try check(cut(image, events, end, &random), repairingJournal: true)
                #expect(theirs.status == 0, "after event \(end), e2fsck's replay: \(theirs.output)")
            }
        }
    }

    private func cut(
        _ image: [UInt8], _ events: [RecordedDisk.Event], _ end: Int, _ random: inout Generator
    ) -> [UInt8] {
        var content = image
        let safe = events[..<end].lastIndex { if case .flush = $0 { true } else { false } } ?? 0
        for (index, event) in events[..<end].enumerated() {
            guard case .write(let offset, let bytes) = event else { continue }
            // A write that nobody flushed may be gone in part.
            let kept = index > safe ? [0, bytes.count / 4096 / 2 * 4096, bytes.count][random.below(3)] : bytes.count
            content.replaceSubrange(Int(offset)..<Int(offset) + kept, with: bytes[..<kept])
        }
        return content
    }

    @Test func `a change that fails leaves nothing behind`() async throws {
        let disk = RecordedDisk(try freshImage())
        let volume = try await mount(disk)
        await #expect(throws: Ext4Error.self) {
            try await volume.write(file: "/data/large", [UInt8](repeating: 1, count: 17 << 20))
        }
        await volume.rollBack()
        await #expect(throws: Ext4Error.notFound("/none")) { try await volume.write(file: "/none/x", [1]) }
        await volume.rollBack()
        try await volume.write(file: "/data/fits-not-the-journal", [UInt8](repeating: 1, count: 3 << 20))
        try await volume.write(file: "/data/nor-this", [UInt8](repeating: 1, count: 1 << 20))
        await #expect(throws: Ext4Error.self) { try await volume.commit() }
        #expect(try await volume.list("/data").map(\.name) == ["first.txt"])
        try await volume.unmount()
        let found = try check(await disk.content)
        #expect(found.status == 0, "\(found.output)")
    }

    @Test func `what is no such file system is refused and not written`() async throws {
        let disk = RecordedDisk([UInt8](repeating: 0, count: 1 << 20))
        await #expect(throws: Ext4Error.self) { _ = try await self.mount(disk) }
        #expect(await disk.events.isEmpty)
    }
}

/// splitmix64 from a fixed seed.
struct Generator {
    private var state: UInt64 = 7

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }
}
