import Blocks
import Environment
import Intervals
import Synchronization

/// Checks chunks as they come, and compresses what came uncompressed where that helps.
final class Compressor: Sendable {
    private let isOn: Bool
    private let lane: any Lane
    private let clock: any Clock
    private let choice = Mutex(CompressionChoice())

    private static let smallest = 4_096

    init(isOn: Bool, lane: any Lane, clock: any Clock) {
        self.isOn = isOn
        self.lane = lane
        self.clock = clock
    }

    /// The chunk as it is to be kept and sent on. Throws `ByteCodingError` for one that is not what its sender summed.
    func prepared(_ chunk: Chunk, on geometry: DiskGeometry) async throws -> Chunk {
        let isTried = isOn && chunk.compression == .none && chunk.payload.count >= Self.smallest
            && choice.withLock { $0.isTried() }
        return try await lane.run { [self] in
            _ = try chunk.open(on: geometry)
            guard isTried else { return chunk }
            let began = clock.now()
            let smaller = chunk.compressed()
            let time = clock.now() - began
            choice.withLock { $0.tried(chunk.payload.count, in: time, shrank: smaller.compression != .none) }
            return smaller
        }
    }

    /// Payload went to the target, which took so long to take it.
    func sent(_ bytes: Int, in time: Duration) { choice.withLock { $0.sent(bytes, in: time) } }
}

/// Which chunks to compress: those that may shrink, towards a target that takes less in a second than the compressor
/// gives. A faster one would only be kept waiting.
struct CompressionChoice {
    /// After content that did not shrink, so many chunks are not tried: agents compress what can be compressed.
    static let patience = 15
    /// Towards a faster target one chunk in so many is compressed all the same, to know the speed of it.
    static let sample = 64
    /// Bytes over which a pace is taken: about a chunk, and more than the stream to the target holds by itself.
    static let speedWindow = 512 << 10
    static let targetWindow = 8 << 20

    private var skips = 0
    /// Chunks that went on as they came since the last that was tried.
    private var plain = 0
    /// Of content, while it is compressed.
    private var speed = Pace(window: Self.speedWindow)
    /// Of payload, while the target takes it.
    private var target = Pace(window: Self.targetWindow)

    private var isTargetFaster: Bool {
        guard let target = target.rate, let speed = speed.rate else { return false }
        return target > speed
    }

    mutating func isTried() -> Bool {
        guard skips == 0 else {
            skips -= 1
            return false
        }
        guard isTargetFaster, plain < Self.sample else {
            plain = 0
            return true
        }
        plain += 1
        return false
    }

    mutating func tried(_ bytes: Int, in time: Duration, shrank: Bool) {
        if shrank { speed.add(bytes, in: time) } else { skips = Self.patience }
    }

    mutating func sent(_ bytes: Int, in time: Duration) { target.add(bytes, in: time) }
}

/// Bytes a second, over a window of bytes.
struct Pace {
    let window: Int
    private(set) var rate: Double?
    private var bytes = 0
    private var time = Duration.zero

    init(window: Int) { self.window = window }

    mutating func add(_ bytes: Int, in time: Duration) {
        self.bytes += bytes
        self.time += time
        guard self.bytes >= window else { return }
        // What took no time that a clock could tell took a microsecond.
        rate = Double(self.bytes) / Double(max(1, self.time.inMicroseconds)) * 1e6
        (self.bytes, self.time) = (0, .zero)
    }
}
