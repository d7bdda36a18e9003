internal import Compression
internal import HTTP2
internal import MessageCoding

/// Reading and writing of messages by tasks: the same for both ends of a call.
extension RPCConnection {
    private enum Taken {
        case message(ReceivedMessage)
        case end
        case failed(RPCError)
        case wait
    }

    private enum Sent {
        case queued
        case compress(MessageEncoding)
        case failed(RPCError)
        case wait
    }

    /// The next message, or nil at the peer's end. `cancelled` is called when the reading task is cancelled.
    func next(_ call: CallState, cancelled: () -> Void) async throws -> ReceivedMessage? {
        while true {
            switch locked({ take(call) }) {
            case .message(let message): return message.isCompressed ? try await expanded(message, call) : message
            case .end: return nil
            case .failed(let error): throw error
            case .wait: break
            }
            guard await waitForInput(call) else {
                cancelled()
                throw RPCError(.cancelled, "the task that read the call was cancelled")
            }
        }
    }

    /// Done when the message is read, one at a time for each call, outside of the lock: what waits is held compressed,
    /// and what comes out is bounded like any other message.
    private func expanded(_ message: ReceivedMessage, _ call: CallState) async throws -> ReceivedMessage {
        let encoding = locked(asking: false) { call.incoming }
        let limit = configuration.maxReceiveMessageBytes
        var result = Self.expand(message.bytes, encoding, limit: min(limit, Self.expandedAtOnce))
        if case .failure(.tooLarge) = result, limit > Self.expandedAtOnce {
            result = await expandAside(message.bytes, encoding, limit, call)
            if let failure = locked(asking: false, { session.role == .server ? endError(call) : nil }) {
                throw failure
            }
        }
        let failure: RPCError
        switch result {
        case .success(let bytes):
            let fits = locked {
                if session.role == .server { call.inHand = bytes.count }
                return hold(call)
            }
            if fits { return ReceivedMessage(bytes: bytes, isCompressed: true) }
            failure = RPCError(.resourceExhausted, "this connection's requests hold too much to expand another message")
        case .failure(.tooLarge):
            failure = RPCError(
                .resourceExhausted, "a compressed message expands to more than the limit of \(limit) bytes")
        case .failure(.outOfMemory):
            failure = RPCError(.resourceExhausted, "no memory to expand a compressed message")
        case .failure(.corrupt(let what)):
            failure = RPCError(.internal, "a compressed message is not \(encoding.rawValue): \(what)")
        }
        locked {
            call.inHand = 0
            settle(call)
            receiveFailed(call, failure)
        }
        throw failure
    }

    /// A message that comes out larger takes milliseconds, and a hostile peer sends hundreds at once.
    private static var expandedAtOnce: Int { 64 << 10 }

    private static func expand(
        _ bytes: [UInt8], _ encoding: MessageEncoding, limit: Int
    ) -> Result<[UInt8], CompressionFailure> {
        do throws(CompressionFailure) { return .success(try encoding.decompress(bytes, limit: limit)) } catch {
            return .failure(error)
        }
    }

    /// Beside the connections, so that others are served meanwhile. For a server, a call that has failed by then is not
    /// worth it.
    private func expandAside(
        _ bytes: [UInt8], _ encoding: MessageEncoding, _ limit: Int, _ call: CallState
    ) async -> Result<[UInt8], CompressionFailure> {
        guard let aside = runtime.aside else { return Self.expand(bytes, encoding, limit: limit) }
        return await withUnsafeContinuation { continuation in
            aside { [self] in
                let isOver = locked(asking: false) { session.role == .server && endError(call) != nil }
                continuation.resume(
                    returning: isOver ? .failure(.tooLarge) : Self.expand(bytes, encoding, limit: limit))
            }
        }
    }

    private func endError(_ call: CallState) -> RPCError? {
        if case .failed(let error) = call.ending { return error }
        return nil
    }

    private func take(_ call: CallState) -> Taken {
        if let (message, release) = call.takeMessage() {
            session.consume(call.id, release)
            if session.role == .server { call.inHand = message.bytes.count }
            settle(call)
            return .message(message)
        }
        if call.inHand > 0 {
            call.inHand = 0
            settle(call)
        }
        switch call.ending {
        case .clean: return .end
        case .failed(let error): return .failed(error)
        case nil:
            guard call.waitingReader == nil else {
                return .failed(RPCError(.internal, "two tasks read the same call at once"))
            }
            return .wait
        }
    }

    /// Returns when a client's call has its response's header section, or has ended without.
    func waitForHeaders(_ call: CallState, cancelled: () -> Void) async throws {
        while true {
            let failure: RPCError?? = locked {
                if call.headersPassed || call.ending != nil { return .some(nil) }
                guard call.waitingReader == nil else {
                    return RPCError(.internal, "two tasks read the same call at once")
                }
                return nil
            }
            if let failure {
                if let failure { throw failure }
                return
            }
            guard await waitForInput(call, orHeaders: true) else {
                cancelled()
                throw RPCError(.cancelled, "the task that read the call was cancelled")
            }
        }
    }

    /// False if this task was cancelled. Each continuation is resumed once: whoever takes it out of the state, under
    /// the lock, resumes it when the lock is open.
    private func waitForInput(_ call: CallState, orHeaders: Bool = false) async -> Bool {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isOver = locked {
                    let isThere = orHeaders ? call.headersPassed : call.hasMessage
                    if isThere || call.ending != nil || Task.isCancelled || call.waitingReader != nil { return true }
                    call.waitsForHeaders = orHeaders
                    call.waitingReader = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            locked { call.wakeReader() }
        }
        return !Task.isCancelled || locked { call.ending != nil }
    }

    /// Queues a message; waits first while the stream's queue is full. Where the call has an encoding it is compressed,
    /// unless `compressing` is false or it would not shrink. "Compression contexts are NOT maintained over message
    /// boundaries".
    func send(_ call: CallState, _ message: EncodedMessage, compressing: Bool, cancelled: () -> Void) async throws {
        guard message.count <= Int(UInt32.max) else {
            throw RPCError(.resourceExhausted, "a message of \(message.count) bytes does not fit its length prefix")
        }
        var packed: EncodedMessage?
        var mayCompress = compressing
        while true {
            switch locked({ trySend(call, packed ?? message, isCompressed: packed != nil, mayCompress) }) {
            case .queued: return
            case .compress(let encoding):
                mayCompress = false
                do throws(CompressionFailure) {
                    let smaller = try encoding.compress(message.bytes)
                    packed = smaller.count < message.count ? EncodedMessage(smaller) : nil
                } catch { throw RPCError(.resourceExhausted, "no memory to compress a message") }
                continue
            case .failed(let error): throw error
            case .wait: break
            }
            guard await waitForSpace(call) else {
                cancelled()
                throw RPCError(.cancelled, "the task that wrote to the call was cancelled")
            }
        }
    }

    private func trySend(
        _ call: CallState, _ message: EncodedMessage, isCompressed: Bool, _ mayCompress: Bool
    ) -> Sent {
        if let error = sendError(call) { return .failed(error) }
        guard hasSpace(call) else { return .wait }
        guard mayQueue(message.count + MessageReader.prefixCount) else {
            return .failed(RPCError(.resourceExhausted, "the peer does not read: too much waits to be sent to \(peer)"))
        }
        if let error = beginSending(call) { return .failed(error) }
        if mayCompress && call.outgoing != .identity { return .compress(call.outgoing) }
        // Section Requests: "Compressed-Flag → 0 / 1", then "Message-Length → {length of Message} # encoded as
        // 4 byte unsigned integer (big endian)".
        let head = InlineHead(flag: isCompressed ? 1 : 0, length: UInt32(message.count))
        session.write(call.id, head: head, message.first)
        for piece in message.rest { session.write(call.id, piece) }
        return .queued
    }

    private func sendError(_ call: CallState) -> RPCError? {
        if case .failed(let error) = call.ending { return error }
        if call.finishedSending { return RPCError(.internal, "a message after the end of the call") }
        // A server may send after its client's half-close; a client whose call was answered has no more to say.
        if session.role == .client, call.ending != nil {
            return RPCError(.cancelled, "the server has ended the call; its response can be read")
        }
        return isEnded ? RPCError(.unavailable, "the connection to \(peer) has ended") : nil
    }

    private func waitForSpace(_ call: CallState) async -> Bool {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isOver = locked {
                    if hasSpace(call) || Task.isCancelled || sendError(call) != nil { return true }
                    call.waitingWriters.append(continuation)
                    waitInCrowd(call)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            locked { call.wakeWriters() }
        }
        return !Task.isCancelled || locked { call.ending != nil }
    }
}
