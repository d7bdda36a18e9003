internal import HTTP2

/// Reading and writing of messages by tasks: the same for both ends of a call.
extension RPCConnection {
    private enum Taken {
        case message([UInt8])
        case end
        case failed(RPCError)
        case wait
    }

    private enum Sent {
        case queued
        case failed(RPCError)
        case wait
    }

    /// The next message, or nil at the peer's end. `cancelled` is called when the reading task is cancelled.
    func next(_ call: CallState, cancelled: () -> Void) async throws -> [UInt8]? {
        while true {
            switch locked({ take(call) }) {
            case .message(let message): return message
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

    private func take(_ call: CallState) -> Taken {
        if let (message, release) = call.takeMessage() {
            session.consume(call.id, release)
            settle(call)
            return .message(message)
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

    /// False if this task was cancelled. Each continuation is resumed once: whoever takes it out of the state, under
    /// the lock, resumes it.
    private func waitForInput(_ call: CallState) async -> Bool {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                locked {
                    if call.hasMessage || call.ending != nil || Task.isCancelled || call.waitingReader != nil {
                        continuation.resume()
                    } else {
                        call.waitingReader = continuation
                    }
                }
            }
        } onCancel: {
            locked { call.wakeReader() }
        }
        return !Task.isCancelled || locked { call.ending != nil }
    }

    /// Queues a message; waits first while the stream's queue is full.
    func send(_ call: CallState, _ message: [UInt8], cancelled: () -> Void) async throws {
        guard message.count <= Int(UInt32.max) else {
            throw RPCError(.resourceExhausted, "a message of \(message.count) bytes does not fit its length prefix")
        }
        while true {
            switch locked({ trySend(call, message) }) {
            case .queued: return
            case .failed(let error): throw error
            case .wait: break
            }
            guard await waitForSpace(call) else {
                cancelled()
                throw RPCError(.cancelled, "the task that wrote to the call was cancelled")
            }
        }
    }

    private func trySend(_ call: CallState, _ message: [UInt8]) -> Sent {
        if let error = sendError(call) { return .failed(error) }
        guard hasSpace(call) else { return .wait }
        guard mayQueue(message.count + MessageReader.prefixCount) else {
            return .failed(RPCError(.resourceExhausted, "the peer does not read: too much waits to be sent to \(peer)"))
        }
        if let error = beginSending(call) { return .failed(error) }
        // Section Requests: "Compressed-Flag → 0 / 1", then "Message-Length → {length of Message} # encoded as
        // 4 byte unsigned integer (big endian)".
        session.write(call.id, head: InlineHead(flag: 0, length: UInt32(message.count)), message)
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
                locked {
                    if hasSpace(call) || Task.isCancelled || sendError(call) != nil {
                        continuation.resume()
                    } else {
                        call.waitingWriters.append(continuation)
                        waitInCrowd(call)
                    }
                }
            }
        } onCancel: {
            locked { call.wakeWriters() }
        }
        return !Task.isCancelled || locked { call.ending != nil }
    }
}
