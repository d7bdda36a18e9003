internal import Blocks
internal import Intervals
internal import Synchronization

/// Memory for what came of intervals and is not applied yet, shared by all replicas of a process: what is kept is not
/// read again from staging, decompressed and checked when it is applied. Staging is written all the same.
public final class ContentRoom: Sendable {
    private let left: Mutex<Int>

    public init(bytes: Int) { left = Mutex(bytes) }

    var bytesLeft: Int { left.withLock { $0 } }

    fileprivate func take(_ bytes: Int) -> Bool {
        left.withLock { left in
            guard bytes <= left else { return false }
            left -= bytes
            return true
        }
    }

    fileprivate func giveBack(_ bytes: Int) { left.withLock { $0 += bytes } }
}

/// The content of one interval, as it came.
final class KeptContent {
    private let room: ContentRoom
    private var chunks: [ChunkContent] = []
    private var bytes = 0

    init(in room: ContentRoom) { self.room = room }

    deinit { room.giveBack(bytes) }

    /// False where there is no room for it: then there is no use in the rest.
    func add(_ content: ChunkContent) -> Bool {
        let more = content.memory
        guard room.take(more) else { return false }
        bytes += more
        chunks.append(content)
        return true
    }

    /// All of it in order, once: what was visited is let go of.
    func consume(_ visit: (ChunkContent) throws -> Void) rethrows {
        chunks.reverse()
        while let next = chunks.popLast() { try visit(next) }
    }
}

extension ChunkContent {
    /// Bytes that it takes, about.
    fileprivate var memory: Int {
        content.count + digests.count * MemoryLayout<BlockDigest>.stride + runs.count * MemoryLayout<BlockRun>.stride
    }
}
