import Contract
public import MessageCoding
public import Model
public import RPC
import Synchronization

/// What one side of a stream still has to send: filled from anywhere without waiting, emptied by one task, ended once.
///
/// Frames here are answers and control, never content, so a full box means that the peer stopped reading: the stream
/// is ended, and the peer finds everything again at its next hello.
public final class Outbox<Message: WireMessage>: Sendable {
    private let frames: AsyncStream<Message>
    private let entry: AsyncStream<Message>.Continuation
    private let reason = Mutex<Failure?>(nil)

    /// Answers that may wait; an interval brings three.
    public static var limit: Int { 4_096 }

    public init() {
        (frames, entry) = AsyncStream.makeStream(of: Message.self, bufferingPolicy: .bufferingOldest(Self.limit))
    }

    public func send(_ message: Message) {
        if case .dropped = entry.yield(message) {
            end(Failure(.limitReached, "send: \(Self.limit) answers wait already; the peer does not read"))
        }
    }

    /// Ends the stream; the first reason counts, nil stands for a clean end.
    public func end(_ failure: Failure?) {
        reason.withLock { if $0 == nil { $0 = failure } }
        entry.finish()
    }

    /// Sends until the box is ended; throws the reason.
    public func drain(into writer: MessageWriter<Message>) async throws {
        for await message in frames { try await writer.send(message) }
        if let failure = reason.withLock({ $0 }) { throw failure }
    }
}
