import Environment
import NBD
import Synchronization

/// A disk in memory that records the order of what reaches it and can hold requests back.
final class MemoryExport: BlockExport {
    let size: Int64
    let readOnly: Bool
    private let state: Mutex<State>
    private let gate = Mutex<Gate>(Gate())

    private struct State {
        var bytes: [UInt8]
        var journal: [String] = []
        var failure: (any Error)?
    }

    private struct Gate {
        var held: Set<Int64> = []
        var waiting: [(Int64, CheckedContinuation<Void, Never>)] = []
    }

    init(size: Int64 = 1 << 20, readOnly: Bool = false) {
        self.size = size
        self.readOnly = readOnly
        state = Mutex(State(bytes: [UInt8](repeating: 0, count: Int(size))))
    }

    var journal: [String] { state.withLock(\.journal) }
    var bytes: [UInt8] { state.withLock(\.bytes) }
    /// Every request from now on fails with this.
    func failAll(_ error: any Error) { state.withLock { $0.failure = error } }
    /// Requests at this offset wait until `release`.
    func hold(_ offset: Int64) { gate.withLock { _ = $0.held.insert(offset) } }
    var waitingCount: Int { gate.withLock { $0.waiting.count } }

    func release(_ offset: Int64) {
        let freed = gate.withLock { gate in
            gate.held.remove(offset)
            defer { gate.waiting.removeAll { $0.0 == offset } }
            return gate.waiting.filter { $0.0 == offset }
        }
        for (_, continuation) in freed { continuation.resume() }
    }

    private func enter(_ what: String, _ offset: Int64) async throws {
        await withCheckedContinuation { continuation in
            let waits = gate.withLock { gate in
                guard gate.held.contains(offset) else { return false }
                gate.waiting.append((offset, continuation))
                return true
            }
            if !waits { continuation.resume() }
        }
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.journal.append(what)
        }
    }

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await enter("read \(offset)+\(count)", offset)
        return state.withLock { Array($0.bytes[Int(offset)..<Int(offset) + count]) }
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        try await enter("write \(offset)+\(bytes.count)\(fua ? " fua" : "")", offset)
        state.withLock { $0.bytes.replaceSubrange(Int(offset)..<Int(offset) + bytes.count, with: bytes) }
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        try await enter("zero \(offset)+\(count)\(mayTrim ? "" : " keep")", offset)
        state.withLock {
            $0.bytes.replaceSubrange(
                Int(offset)..<Int(offset + count), with: repeatElement(0, count: Int(count)))
        }
    }

    func trim(offset: Int64, count: Int64, fua: Bool) async throws {
        try await enter("trim \(offset)+\(count)", offset)
    }
    func flush() async throws { try await enter("flush", -1) }

    /// Pages of 4 KiB that read as zero are holes.
    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        try await enter("status \(offset)+\(count) \(limit)", offset)
        let bytes = bytes
        var out: [FileExtent] = []
        var position = offset
        while position < offset + count {
            let end = min(position / 4096 * 4096 + 4096, offset + count)
            let isHole = bytes[Int(position)..<Int(end)].allSatisfy { $0 == 0 }
            if out.last?.isHole == isHole {
                out[out.count - 1].count += end - position
            } else if out.count < limit {
                out.append(FileExtent(count: end - position, isHole: isHole))
            } else {
                return out
            }
            position = end
        }
        return out
    }
}
