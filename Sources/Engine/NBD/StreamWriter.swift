import Environment
import Synchronization

/// Writes of many tasks onto one stream, whole and in the order of the calls. What waits while a write is
/// under way goes out as one. A failed write closes the stream, which its reader notices.
final class StreamWriter: Sendable {
    private let stream: any ByteStream
    private let tasks: any TaskSpawner
    private let queue = Mutex(Queue())

    private struct Queue {
        var pending: [Message] = []
        var writing = false
        var failure: NetworkError?
    }

    private struct Message {
        let bytes: [UInt8]
        let accepted: CheckedContinuation<Void, any Error>?
    }

    /// Small messages are joined up to this size: one system call instead of many, and no large copies.
    private static let joinedSize = 64 << 10

    init(_ stream: any ByteStream, _ tasks: any TaskSpawner) {
        self.stream = stream
        self.tasks = tasks
    }

    /// Returns when the transport has accepted the bytes; what waits is bounded by the requests in flight.
    func send(_ bytes: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { append(Message(bytes: bytes, accepted: $0)) }
    }

    /// Sends without waiting; the caller bounds what is unanswered. A failure shows as the end of the stream.
    func enqueue(_ bytes: [UInt8]) { append(Message(bytes: bytes, accepted: nil)) }

    private func append(_ message: Message) {
        let (failure, starts) = queue.withLock { queue in
            if queue.failure == nil { queue.pending.append(message) }
            let starts = queue.failure == nil && !queue.writing
            if starts { queue.writing = true }
            return (queue.failure, starts)
        }
        if let failure { message.accepted?.resume(throwing: failure) }
        if starts { tasks.spawn("nbd.writer") { await self.drain() } }
    }

    private func drain() async {
        while let batch = takeBatch() {
            do throws(NetworkError) {
                try await stream.write(batch.count == 1 ? batch[0].bytes : batch.flatMap(\.bytes))
                for message in batch { message.accepted?.resume() }
            } catch {
                let unsent = queue.withLock { queue in
                    queue.failure = error
                    defer { queue.pending = [] }
                    return queue.pending
                }
                stream.close()
                for message in batch + unsent { message.accepted?.resume(throwing: error) }
            }
        }
    }

    /// The next messages to write as one; nil, and no longer writing, when there are none.
    private func takeBatch() -> [Message]? {
        queue.withLock { queue in
            guard let first = queue.pending.first else {
                queue.writing = false
                return nil
            }
            var size = first.bytes.count
            var taken = 1
            while taken < queue.pending.count, size + queue.pending[taken].bytes.count <= Self.joinedSize {
                size += queue.pending[taken].bytes.count
                taken += 1
            }
            defer { queue.pending.removeFirst(taken) }
            return Array(queue.pending.prefix(taken))
        }
    }
}
