public import Environment

/// One connection to one export, with many requests in flight.
///
/// Requests throw `NBDError` for what the server answered and `NBDConnectionError` once the connection is
/// lost: then a change in flight may or may not have happened. `ReconnectingNBDClient` hides that.
public actor NBDClient {
    public nonisolated let geometry: NBDGeometry
    private let stream: any ByteStream
    private let writer: StreamWriter
    private var machine = ClientTransmission()
    private var awaiting: [UInt64: Completion] = [:]
    /// Requests beyond `NBDLimits.requestsInFlight`, first come first served; each has a caller that waits.
    private var queued: [(ClientRequest, Completion)] = []
    private var lost: NBDConnectionError?
    private var onLoss: (@Sendable () async -> Void)?

    typealias Completion = @Sendable (Result<[UInt8], any Error>) async -> Void

    /// Negotiates `export`; throws `NetworkError` or `NBDConnectionError`.
    public static func connect(
        _ environment: Environment, _ address: StreamAddress, export: String
    ) async throws -> NBDClient {
        let stream = try await environment.network.connect(address)
        do {
            return try await withTaskCancellationHandler {
                try await negotiate(environment, stream, export)
            } onCancel: {
                stream.close()
            }
        } catch {
            stream.close()
            throw error
        }
    }

    // The optimizer of Swift 6.3.1 crashes on this function; nothing in it takes time.
    @_optimize(none)
    private static func negotiate(
        _ environment: Environment, _ stream: any ByteStream, _ export: String
    ) async throws -> NBDClient {
        var negotiation = ClientNegotiation(export: export)
        while true {
            switch negotiation.next() {
            case .needMore:
                guard let bytes = try await stream.read() else {
                    throw NBDConnectionError.disconnected("end of stream during the negotiation")
                }
                negotiation.receive(bytes)
            case .send(let bytes): try await stream.write(bytes)
            case .failed(let error): throw error
            case .entered(let geometry):
                let client = NBDClient(stream, geometry, environment.tasks)
                let rest = negotiation.takeRest()
                environment.tasks.spawn("nbd.client.reader") { await client.readReplies(rest) }
                return client
            }
        }
    }

    private init(_ stream: any ByteStream, _ geometry: NBDGeometry, _ tasks: any TaskSpawner) {
        self.stream = stream
        self.geometry = geometry
        writer = StreamWriter(stream, tasks)
    }

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

    /// Says goodbye and closes; requests in flight fail with `NBDConnectionError.closed`.
    public func close() async {
        guard lost == nil else { return }
        await lose(.closed) { try? await self.writer.send(ClientRequest.disconnect) }
    }

    private func perform(_ request: ClientRequest) async throws -> [UInt8] {
        if let refusal = request.refusal(geometry) { throw refusal }
        return try await withCheckedThrowingContinuation { continuation in
            if let lost { return continuation.resume(throwing: lost) }
            enqueue(request) { continuation.resume(with: $0) }
        }
    }

    /// Sends in the order of the calls; `completion` runs once, with the answer or the loss of the connection.
    func submit(_ request: ClientRequest, _ completion: @escaping Completion) async {
        if let lost { return await completion(.failure(lost)) }
        enqueue(request, completion)
    }

    /// Runs once, when the connection is lost or closed, after every request in flight was told.
    func whenLost(_ action: @escaping @Sendable () async -> Void) async {
        guard lost == nil else { return await action() }
        onLoss = action
    }

    private func enqueue(_ request: ClientRequest, _ completion: @escaping Completion) {
        guard machine.inFlight < NBDLimits.requestsInFlight else { return queued.append((request, completion)) }
        let (cookie, bytes) = machine.begin(request)
        awaiting[cookie] = completion
        writer.enqueue(bytes)
    }

    private func readReplies(_ rest: [UInt8]) async {
        machine.receive(rest)
        while lost == nil {
            switch machine.next() {
            case .needMore:
                do throws(NetworkError) {
                    guard let bytes = try await stream.read() else { return await lose(.disconnected("end of stream")) }
                    machine.receive(bytes)
                } catch {
                    return await lose(.disconnected(error.description))
                }
            case .answer(let cookie, let result):
                guard let completion = awaiting.removeValue(forKey: cookie) else { continue }
                if !queued.isEmpty {
                    let (request, waiting) = queued.removeFirst()
                    enqueue(request, waiting)
                }
                await completion(result.mapError { $0 })
            case .violation(let what):
                return await lose(.violation(what))
            }
        }
    }

    private func lose(_ error: NBDConnectionError, farewell: () async -> Void = {}) async {
        guard lost == nil else { return }
        lost = error
        await farewell()
        stream.close()
        let unanswered = awaiting.sorted { $0.key < $1.key }.map(\.value) + queued.map(\.1)
        awaiting = [:]
        queued = []
        for completion in unanswered { await completion(.failure(error)) }
        let action = onLoss
        onLoss = nil
        await action?()
    }
}
