import Environment

/// One client's connection: negotiation, then requests executed concurrently, each answered when it is done.
///
/// The actor holds what the reading loop, the running requests and `shutDown` share. The stream is closed
/// only when no request is in flight, so every request that was begun is answered if the client still reads.
actor ServerSession {
    private let stream: any ByteStream
    private let catalogue: ExportCatalogue
    private let environment: Environment
    private let writer: StreamWriter
    private var inFlight = 0
    private var phase = Phase.negotiating

    private enum Phase {
        case negotiating
        case transmitting
        /// Requests that arrive now are answered ESHUTDOWN and have no effect.
        case shuttingDown
    }

    init(_ stream: any ByteStream, _ catalogue: ExportCatalogue, _ environment: Environment) {
        self.stream = stream
        self.catalogue = catalogue
        self.environment = environment
        writer = StreamWriter(stream, stream.tasks ?? environment.tasks)
    }

    /// Serves until the client leaves, breaks the protocol, or `shutDown` was called.
    func run() async {
        defer { stream.close() }
        // Where strangers can connect, one that says nothing does not hold a place for long.
        let impatience = catalogue.clients.map { _ in
            environment.tasks.spawn("nbd.negotiation") {
                do { try await self.environment.clock.sleep(for: NBDLimits.negotiation) } catch { return }
                await self.loseIfNegotiating()
            }
        }
        defer { impatience?.cancel() }
        do {
            guard let agreed = try await negotiate() else { return }
            await transmit(agreed)
        } catch {
            // The stream failed during the negotiation: there is nobody to answer.
            return
        }
    }

    private func loseIfNegotiating() {
        if phase == .negotiating { stream.close() }
    }

    /// Requests in flight finish and are answered; then the stream closes, which ends `run`.
    func shutDown() {
        let wasNegotiating = phase == .negotiating
        phase = .shuttingDown
        if wasNegotiating || inFlight == 0 { stream.close() }
    }

    private struct Agreed {
        let export: any BlockExport
        let structuredReplies: Bool
        let blockStatus: Bool
        /// Bytes of the first requests, received with the last option.
        let rest: [UInt8]
    }

    private func negotiate() async throws -> Agreed? {
        try await writer.send(ServerNegotiation.greeting)
        var negotiation = ServerNegotiation(security: catalogue.clients == nil ? .none : .required)
        while phase == .negotiating {
            switch negotiation.next() {
            case .needMore:
                guard let bytes = try await stream.read() else { return nil }
                negotiation.receive(bytes)
            case .send(let bytes):
                try await writer.send(bytes)
            case .startTLS(let bytes):
                try await writer.send(bytes)
                negotiation.secured(refusal: try await secure())
            case .list:
                try await writer.send(negotiation.listed(await catalogue.names()))
            case .lookUp(let name):
                let export = await catalogue.export(name)
                switch negotiation.found(export) {
                case .send(let bytes): try await writer.send(bytes)
                case .close: return nil
                case .enter(let bytes):
                    guard let export, phase == .negotiating else { return nil }
                    phase = .transmitting
                    try await writer.send(bytes)
                    return Agreed(
                        export: export, structuredReplies: negotiation.structuredReplies,
                        blockStatus: negotiation.blockStatus, rest: negotiation.takeRest())
                }
            case .close(let bytes, _):
                if !bytes.isEmpty { try await writer.send(bytes) }
                return nil
            }
        }
        return nil
    }

    /// Why the client that is known now is not let in; nil if it is.
    private func secure() async throws -> String? {
        guard let stream = stream as? any UpgradableStream else {
            throw NetworkError(.other, "\(stream.peer)", "no TLS on this network")
        }
        let names = try await stream.secure()
        guard let clients = catalogue.clients, clients.isDisjoint(with: names) else { return nil }
        return "\(names.joined(separator: ", ")) may not use these disks"
    }

    private func transmit(_ agreed: Agreed) async {
        var machine = ServerTransmission(
            size: agreed.export.size, readOnly: agreed.export.readOnly,
            structuredReplies: agreed.structuredReplies, blockStatus: agreed.blockStatus)
        machine.receive(agreed.rest)
        // The body never throws: a lost client must not cancel requests half done.
        await withTaskGroup(of: Int.self) { group in
            var running = 0
            var bytesHeld = 0
            while true {
                switch machine.next() {
                case .needMore:
                    guard let bytes = try? await stream.read() else { return }
                    machine.receive(bytes)
                case .disconnect, .violation:
                    return
                case .request(let request):
                    while running >= NBDLimits.requestsInFlight
                        || (running > 0 && bytesHeld + request.cost > NBDLimits.bytesInFlight)
                    {
                        bytesHeld -= await group.next() ?? 0
                        running -= 1
                    }
                    let admitted = admit()
                    running += 1
                    bytesHeld += request.cost
                    group.addTask {
                        await self.execute(request, agreed.export, admitted: admitted)
                        return request.cost
                    }
                }
            }
        }
    }

    private func admit() -> Bool {
        inFlight += 1
        return phase == .transmitting
    }

    private nonisolated func execute(
        _ request: ServerRequest, _ export: any BlockExport, admitted: Bool
    ) async {
        let result: Result<ServerAnswer, NBDError>
        if admitted {
            do {
                result = .success(try await Self.perform(request.work, on: export))
            } catch {
                result = .failure(NBDError(describing: error))
            }
        } else {
            result = .failure(.shuttingDown)
        }
        environment.failpoints.reach("nbd.reply.before")
        // A failed send has closed the stream; the reading loop ends by that.
        try? await writer.send(request.reply(result))
        environment.failpoints.reach("nbd.reply.after")
        await finished()
    }

    private func finished() {
        inFlight -= 1
        if phase == .shuttingDown, inFlight == 0 { stream.close() }
    }

    private static func perform(_ work: ServerRequest.Work, on export: any BlockExport) async throws -> ServerAnswer {
        switch work {
        case .read(let offset, let count):
            let bytes = try await export.read(offset: offset, count: count)
            // A short answer would shift every later reply on the stream.
            guard bytes.count == count else { throw NBDError.io }
            return .content(bytes)
        case .status(let offset, let count, let limit):
            let extents = try await export.extents(offset: offset, count: count, limit: limit)
            return .extents(extents.inSectors(count: count))
        case .write(let bytes, let offset, let fua):
            try await export.write(bytes, at: offset, fua: fua)
        case .writeZeroes(let offset, let count, let fua, let mayTrim):
            try await export.writeZeroes(offset: offset, count: count, fua: fua, mayTrim: mayTrim)
        case .trim(let offset, let count, let fua):
            try await export.trim(offset: offset, count: count, fua: fua)
        case .flush:
            try await export.flush()
        case .refuse(let error):
            throw error
        }
        return .done
    }
}
