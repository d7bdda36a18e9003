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
        let isOpen = isOn && chunk.compression == .none && chunk.payload.count >= Self.smallest
        let level = isOpen ? choice.withLock { $0.level() } : nil
        return try await lane.run { [self] in
            _ = try chunk.open(on: geometry)
            guard let level else { return chunk }
            let began = clock.now()
            let smaller = chunk.compressed(level)
            let time = clock.now() - began
            choice.withLock { $0.tried(level, chunk.payload.count, in: time, shrank: smaller.compression != .none) }
            return smaller
        }
    }

    /// Payload went to the target, which took so long to take it.
    func sent(_ bytes: Int, in time: Duration) { choice.withLock { $0.sent(bytes, in: time) } }
}

/// Which chunks to compress, and how hard: those that may shrink, as hard as keeps up with what the target takes. A
/// target that takes more in a second than even the fastest level gives would only be kept waiting.
struct CompressionChoice {
    /// After two chunks in a row that did not shrink one is not tried, after another three, and so on up to this: what
    /// is compressed already comes in long stretches.
    static let mostSkips = 15
    /// One chunk in so many is compressed at a level that would not be chosen, to know the speed of it.
    static let sample = 256
    /// Bytes over which a pace is taken: about a chunk, and more than the stream to the target holds by itself.
    static let speedWindow = 512 << 10
    static let targetWindow = 8 << 20

    /// Of content, while it is compressed at a level, and the chunks since one was.
    private struct Measured {
        var speed = Pace(window: CompressionChoice.speedWindow)
        var since = 0
    }

    private var failures = 0
    private var skips = 0
    private var levels = CompressionLevel.allCases.map { (level: $0, measured: Measured()) }
    /// Of payload, while the target takes it.
    private var target = Pace(window: Self.targetWindow)

    /// nil: as it came.
    mutating func level() -> CompressionLevel? {
        guard skips == 0 else {
            skips -= 1
            return nil
        }
        for index in levels.indices { levels[index].measured.since += 1 }
        guard let index = levels.firstIndex(where: { keepsUp($0.measured) || $0.measured.since > Self.sample }) else {
            return nil
        }
        levels[index].measured.since = 0
        return levels[index].level
    }

    private func keepsUp(_ measured: Measured) -> Bool {
        guard let target = target.rate, let speed = measured.speed.rate else { return true }
        return speed >= target
    }

    mutating func tried(_ level: CompressionLevel, _ bytes: Int, in time: Duration, shrank: Bool) {
        guard shrank else {
            failures += 1
            skips = min(Self.mostSkips, 1 << min(failures - 1, 8) - 1)
            return
        }
        failures = 0
        for index in levels.indices where levels[index].level == level {
            levels[index].measured.speed.add(bytes, in: time)
        }
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
