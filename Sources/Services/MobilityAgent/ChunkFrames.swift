import Blocks
import IntervalFrames
import Intervals
import Messages
import Tracking

/// Builds the frames of one interval, or of one pass of it, and the sums that its end carries.
///
/// Content is sent as it is: the process server compresses it, near the network that needs it.
struct ChunkFrames {
    private let id: IntervalID
    private let pass: UInt32
    private let geometries: [DiskGeometry]
    private var sums: [DigestList]
    private(set) var chunks: UInt64 = 0
    private(set) var blocks = 0

    init(generation: Blocks.Generation, incarnation: UInt64, number: UInt64, pass: UInt32, geometries: [DiskGeometry]) {
        id = IntervalID(generation: generation, incarnation: incarnation, number: number)
        self.pass = pass
        self.geometries = geometries
        sums = geometries.map { _ in DigestList() }
    }

    /// The next chunk, numbered and summed.
    mutating func frame(_ content: Tracking.ChunkContent) -> ReplicationV1.Chunk {
        let chunk = chunk(content)
        sums[content.disk].add(chunk)
        chunks += 1
        blocks += chunk.blockCount
        return chunk.message
    }

    func end(
        cutMonotonic: Int64, cutWall: Int64, applicationConsistent: Bool = false, final: Bool, roots: [TreeDigest?],
        counts: [Tracking.ChangeCounts]
    ) -> ReplicationV1.IntervalEnd {
        .with {
            $0.number = id.number
            $0.pass = pass
            $0.chunks = chunks
            $0.cutMonotonicUs = cutMonotonic
            $0.cutUnixUs = cutWall
            $0.applicationConsistent = applicationConsistent
            $0.final = final
            $0.disks = geometries.indices.map { index in
                .with {
                    $0.disk = UInt32(index)
                    $0.bytes = UInt64(geometries[index].size)
                    $0.blocks = UInt64(sums[index].blocks)
                    $0.digest = sums[index].digest.bytes
                    $0.root = (index < roots.count ? roots[index] : nil)?.bytes ?? []
                    $0.counts = index < counts.count ? counts[index].message : nil
                }
            }
        }
    }

    private func chunk(_ content: Tracking.ChunkContent) -> Chunk {
        let runs = content.runs.map { BlockRun(first: $0.firstBlock, count: $0.blockCount, isZero: $0.isZero) }
        let disk = UInt32(content.disk)
        return Chunk(
            interval: id, pass: pass, disk: disk, sequence: chunks, runs: runs, compression: .none,
            payload: content.payload,
            checksum: checksum(disk: disk, runs, content.digests))
    }

    /// XXH3-128 over every address and over the digest of every block with content, as the receiver computes it.
    private func checksum(disk: UInt32, _ runs: [BlockRun], _ digests: [BlockDigest]) -> BlockDigest {
        var writer = ByteWriter()
        id.write(to: &writer)
        writer.write(pass)
        writer.write(disk)
        writer.write(chunks)
        writer.write(UInt32(runs.count))
        for run in runs {
            writer.write(UInt64(run.first))
            writer.write(UInt32(run.count))
            writer.write(run.isZero)
        }
        for digest in digests { digest.write(to: &writer) }
        return BlockDigest(writer.bytes, at: 0)
    }
}

extension Tracking.ChangeCounts {
    fileprivate var message: ReplicationV1.ChangeCounts {
        .with {
            $0.written = UInt64(written)
            $0.ahead = UInt64(ahead)
            $0.foreign = UInt64(foreign)
            $0.suspects = UInt64(suspects)
        }
    }
}
