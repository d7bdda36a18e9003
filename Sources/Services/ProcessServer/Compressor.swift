import Environment
import Intervals
import Model
import Synchronization

/// Compresses what came uncompressed, where that helps.
final class Compressor: Sendable {
    private let isOn: Bool
    private let lane: any Lane
    private let skips = Mutex(0)

    /// After content that did not shrink, so many chunks are not tried: agents compress what can be compressed.
    private static let patience = 15
    private static let smallest = 4_096

    init(isOn: Bool, lane: any Lane) {
        self.isOn = isOn
        self.lane = lane
    }

    func compressed(_ chunk: Chunk) async throws -> Chunk {
        guard isOn, chunk.compression == .none, chunk.payload.count >= Self.smallest else { return chunk }
        let isSkipped = skips.withLock { skips in
            guard skips > 0 else { return false }
            skips -= 1
            return true
        }
        if isSkipped { return chunk }
        let smaller = try await lane.run { chunk.compressed() }
        if smaller.compression == .none { skips.withLock { $0 = Self.patience } }
        return smaller
    }
}

/// Bytes by item, with their sum.
final class LockedBytes: Sendable {
    private let bytes = Mutex<(each: [ItemID: Int64], total: Int64)>(([:], 0))

    var total: Int64 { bytes.withLock { $0.total } }

    func set(_ item: ItemID, _ count: Int64) {
        bytes.withLock { bytes in
            bytes.total += count - (bytes.each[item] ?? 0)
            bytes.each[item] = count == 0 ? nil : count
        }
    }
}
