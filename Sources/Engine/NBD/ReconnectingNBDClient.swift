public import Environment

/// A client that survives a restart of the server as a stall: what was not answered is sent again.
///
/// After a loss it connects again, with growing pauses, and re-sends unanswered requests in the order of their
/// issue, a write with the same bytes. A re-sent FLUSH goes out only when every re-sent request issued before it
/// has been answered. Answers are passed on once.
///
/// Why this is safe, and where it ends:
/// - Repeating an unanswered write is invisible: until it was answered its caller could not rely on either
///   content of the range, nor issue a write that depends on it.
/// - A write that was answered but not flushed is not re-sent. A killed server process leaves it in the page
///   cache of its kernel, so it stays; after a power loss it is gone like on any disk, but then the guest
///   that shares the machine is gone with it. Do not use this client from another machine than the server's.
/// - The old connection's requests must be over before the new connection's are executed. A killed process
///   guarantees that. A server that is still alive and executes an old write for longer than a reconnection
///   takes could let it land after a newer one; streams between two processes of one machine do not reset by
///   themselves, and on our own close a server that shuts down answers everything first.
///
/// ESHUTDOWN counts as no answer. Every other error is an answer and reaches the caller.
public actor ReconnectingNBDClient {
    public nonisolated let geometry: NBDGeometry
    private let environment: Environment
    private let address: StreamAddress
    private let export: String
    private var link = Link.down
    private var nextSequence = 0
    /// Ordered by sequence; sent when there is a link.
    private var unsent: [Operation] = []
    private var sent: [Int: Operation] = [:]
    private var epoch = 0
    private var failure: NBDConnectionError?
    private var losses = 0

    private enum Link {
        case down
        case up(NBDClient)
        /// The server says it is stopping: nothing more is sent, and what is in flight is awaited.
        case leaving(NBDClient)
    }

    private struct Operation {
        let sequence: Int
        let request: ClientRequest
        let answer: CheckedContinuation<[UInt8], any Error>
        var reissued = false
    }

    /// Pause before the second attempt to connect; it doubles up to `longestPause`.
    private static let firstPause = Duration.milliseconds(10)
    /// A restarted server is found at most this late; shorter would be a busy loop on a dead one.
    private static let longestPause = Duration.seconds(1)

    /// The first connection is made as `NBDClient.connect` does and fails as it does.
    public static func connect(
        _ environment: Environment, _ address: StreamAddress, export: String
    ) async throws -> ReconnectingNBDClient {
        let client = try await NBDClient.connect(environment, address, export: export)
        let reconnecting = ReconnectingNBDClient(environment, address, export, client.geometry)
        await reconnecting.linked(client)
        return reconnecting
    }

    private init(
        _ environment: Environment, _ address: StreamAddress, _ export: String, _ geometry: NBDGeometry
    ) {
        self.environment = environment
        self.address = address
        self.export = export
        self.geometry = geometry
    }

    /// Times that the connection was lost.
    public var lossCount: Int { losses }

    public func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await perform(ClientRequest(.read(offset: offset, count: count)))
    }

    public func write(_ bytes: [UInt8], at offset: Int64, fua: Bool = false) async throws {
        _ = try await perform(ClientRequest(.write(bytes, offset: offset, fua: fua)))
    }

    public func writeZeroes(
        offset: Int64, count: Int64, fua: Bool = false, mayTrim: Bool = true
    ) async throws {
        _ = try await perform(
            ClientRequest(.writeZeroes(offset: offset, count: count, fua: fua, mayTrim: mayTrim)))
    }

    public func trim(offset: Int64, count: Int64, fua: Bool = false) async throws {
        _ = try await perform(ClientRequest(.trim(offset: offset, count: count, fua: fua)))
    }

    /// Every write that returned before is durable on return.
    public func flush() async throws { _ = try await perform(ClientRequest(.flush)) }

    /// Requests not yet answered fail with `NBDConnectionError.closed`; so does every later one.
    public func close() async {
        fail(.closed)
        switch link {
        case .down: break
        case .up(let client), .leaving(let client): await client.close()
        }
    }

    private func perform(_ request: ClientRequest) async throws -> [UInt8] {
        if let refusal = request.refusal(geometry) { throw refusal }
        return try await withCheckedThrowingContinuation { continuation in
            if let failure { return continuation.resume(throwing: failure) }
            unsent.append(Operation(sequence: nextSequence, request: request, answer: continuation))
            nextSequence += 1
            pump()
        }
    }

    /// Sends what may be sent. Synchronous, so that requests reach the connection's queue in order.
    private func pump() {
        guard case .up(let client) = link else { return }
        var index = 0
        while index < unsent.count {
            if mustWait(unsent[index]) {
                index += 1
                continue
            }
            let operation = unsent.remove(at: index)
            sent[operation.sequence] = operation
            let epoch = epoch
            outbox.append(Outgoing(client: client, operation: operation, epoch: epoch))
        }
        deliverOutbox()
    }

    /// A re-sent FLUSH after re-sent changes: they were issued before it and may have been answered by nobody.
    private func mustWait(_ operation: Operation) -> Bool {
        guard operation.reissued, operation.request.work == .flush else { return false }
        return sent.values.contains { $0.reissued && $0.sequence < operation.sequence && $0.request.work != .flush }
    }

    private struct Outgoing {
        let client: NBDClient
        let operation: Operation
        let epoch: Int
    }

    private var outbox: [Outgoing] = []
    private var delivering = false

    /// One task at a time hands requests to the connection, which keeps their order.
    private func deliverOutbox() {
        guard !delivering, !outbox.isEmpty else { return }
        delivering = true
        environment.tasks.spawn("nbd.reconnecting.send") { await self.deliver() }
    }

    private func deliver() async {
        while !outbox.isEmpty {
            let next = outbox.removeFirst()
            let sequence = next.operation.sequence
            let epoch = next.epoch
            await next.client.submit(next.operation.request) { result in
                await self.answered(sequence, epoch, result)
            }
        }
        delivering = false
    }

    private func answered(_ sequence: Int, _ answerEpoch: Int, _ result: Result<[UInt8], any Error>) async {
        guard answerEpoch == epoch, let operation = sent.removeValue(forKey: sequence) else { return }
        switch result {
        case .success(let bytes):
            operation.answer.resume(returning: bytes)
        case .failure(NBDError.shuttingDown):
            putBack([operation])
            if case .up(let client) = link { link = .leaving(client) }
        case .failure(let error as NBDError):
            operation.answer.resume(throwing: error)
        case .failure:
            // The connection is gone; `linkLost` follows and connects again.
            putBack([operation])
            link = .down
        }
        if case .leaving(let client) = link, sent.isEmpty {
            await client.close()
        } else {
            pump()
        }
    }

    private func putBack(_ operations: [Operation]) {
        for var operation in operations {
            operation.reissued = true
            unsent.append(operation)
        }
        unsent.sort { $0.sequence < $1.sequence }
    }

    private func linked(_ client: NBDClient) async {
        epoch += 1
        let linkEpoch = epoch
        link = .up(client)
        pump()
        await client.whenLost { await self.linkLost(linkEpoch) }
    }

    private func linkLost(_ lostEpoch: Int) {
        guard lostEpoch == epoch else { return }
        epoch += 1
        link = .down
        losses += 1
        putBack(Array(sent.values))
        sent = [:]
        guard failure == nil else { return }
        environment.tasks.spawn("nbd.reconnect") { await self.reconnect() }
    }

    private func reconnect() async {
        var pause = Self.firstPause
        while failure == nil {
            // A refused export is a server that has not opened its disks yet: also worth waiting for.
            if let client = try? await NBDClient.connect(environment, address, export: export) {
                if failure != nil { return await client.close() }
                guard client.geometry.size == geometry.size, client.geometry.readOnly == geometry.readOnly else {
                    fail(.exportChanged("\"\(export)\" had \(geometry.size) bytes, now \(client.geometry.size)"))
                    return await client.close()
                }
                return await linked(client)
            }
            do { try await environment.clock.sleep(for: pause) } catch { return fail(.closed) }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func fail(_ error: NBDConnectionError) {
        guard failure == nil else { return }
        failure = error
        let unanswered = (unsent + sent.values).sorted { $0.sequence < $1.sequence }
        unsent = []
        sent = [:]
        for operation in unanswered { operation.answer.resume(throwing: error) }
    }
}
