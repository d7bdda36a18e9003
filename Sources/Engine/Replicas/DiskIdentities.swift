internal import Blocks
internal import Environment

/// Which files the disks were when they were opened last: one that was put in the place of a disk while nobody looked
/// is no copy of anything, though it has its size. That a file is another one proves nothing against it: a datastore
/// may have been copied, and what tells files apart may change when a computer starts again. So it is held against the
/// digests in a few places then; the background scrub reads the rest.
extension Replica {
    private var identitiesPath: String { directory + "/identities" }

    func requireSameDisks(doubtful: [BlockSet]) throws {
        let known = try knownIdentities()
        let now = try disks.map { disk in
            let identity = try disk.file.identity()
            return [identity.device, identity.inode, UInt64(bitPattern: identity.birthTime)]
        }
        guard now != known else { return }
        for (index, disk) in disks.enumerated() where known.indices.contains(index) && known[index] != now[index] {
            guard try disk.isAnother(besides: doubtful[index]) else { continue }
            throw ReplicaError(.lost, "\(state.disks[index].disk.name) is another disk than it was")
        }
        var writer = ByteWriter()
        writer.write(list: now) { identity, writer in for part in identity { writer.write(part) } }
        // Without room for it the next opening looks again.
        do { try files.replace(identitiesPath, with: writer.bytes) } catch {
            guard error.code == .noSpace else { throw error }
        }
    }

    /// What cannot be read tells nothing: the disks are taken for what they are.
    private func knownIdentities() throws -> [[UInt64]] {
        guard files.exists(identitiesPath) else { return [] }
        var reader = ByteReader(try files.readAll(identitiesPath))
        let found = try? reader.readList(limit: disks.count) { reader in
            [try reader.read(UInt64.self), try reader.read(UInt64.self), try reader.read(UInt64.self)]
        }
        return found ?? []
    }
}

extension OpenDisk {
    /// Regions that are looked at, of those with content.
    private static let mostLookedAt = 16

    /// Whether most blocks with content, in the places that are looked at, are not what their digests say.
    fileprivate func isAnother(besides doubtful: BlockSet) throws -> Bool {
        let blank = DigestTree(blank: geometry).pages
        let held = zip(table.pages, blank).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
        var (seen, differing) = (0, 0)
        for place in stride(from: 0, to: held.count, by: max(1, held.count / Self.mostLookedAt)) {
            let blocks = geometry.blocks(ofRegion: held[place])
            let actual = BlockDigest.each(of: try read(blocks), from: blocks.lowerBound)
            for (block, (known, found)) in zip(blocks, zip(try table.leaves(ofPage: held[place]), actual)) {
                guard !doubtful.contains(block), known != .zeroContent || found != .zeroContent else { continue }
                seen += 1
                if known != found { differing += 1 }
            }
        }
        return differing * 2 > seen
    }
}
