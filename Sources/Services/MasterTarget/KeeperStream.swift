import Blocks
import Contract
import Environment
import IntervalFrames
import Intervals
import Messages
import Model
import Replicas
import RPC

/// The stream that brings an item's intervals.
extension Keeper {
    /// Content that may be on its way before it was taken: bounds what a process server sends ahead.
    private static let window: UInt64 = 16 << 20
    /// Credit is told in steps of this.
    private static let creditStep: UInt64 = 1 << 20
    /// How long an interval waits for its base before it is needed again.
    private static let parkPatience: Duration = .seconds(2)

    /// What one stream is in the middle of.
    private struct Progress {
        /// The interval or pass that is arriving; nil while frames are read over until the next begin.
        var header: IntervalHeader?
        var taken: UInt64 = 0
        var granted: UInt64 = 0
    }

    func serve(
        _ hello: ReplicationV1.StreamHello, _ frames: RequestStream<ReplicationV1.SourceFrame>,
        _ writer: MessageWriter<ReplicationV1.TargetFrame>
    ) async throws {
        let stream = try await greet(hello)
        defer { leave(stream.number) }
        apply()
        try await withThrowingTaskGroup { group in
            group.addTask { try await stream.outbox.drain(into: writer) }
            group.addTask { try await self.receive(frames, stream) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// An older incarnation or generation is refused by the replica; only a writer that it admits ends an older stream.
    private func greet(_ hello: ReplicationV1.StreamHello) async throws -> Stream {
        let generation = try Model.Generation(hello.generation)
        let writer = Blocks.Generation(generation)
        let disks = try hello.disks.map { try DiskDescription($0) }
        let standing = try await act("take a stream") { replica in
            let mine = try replica.status.disks
            guard disks.isEmpty || disks.map({ diskIdentity($0.id) }) == mine.map(\.id) else {
                throw Failure(.lineageUnrelated, "take a stream: \(Self.unmatched(disks, mine))")
            }
            return try replica.hello(
                generation: writer, incarnation: hello.incarnation,
                sizes: disks.isEmpty ? nil : disks.map(\.size.bytes))
        }
        if let older = stream {
            older.outbox.end(replaced)
        }
        let stream = Stream(
            number: nextStream, generation: generation, incarnation: hello.incarnation,
            geometries: (last?.disks ?? []).map { DiskGeometry(size: $0.size) }, outbox: Outbox())
        nextStream += 1
        self.stream = stream
        receivedBytes = 0
        appliedBlocks = 0
        bell.ring()
        log.info(
            "stream",
            metadata: [
                "generation": "\(generation)", "incarnation": "\(hello.incarnation)",
                "position": "\(standing.position)", "sealed": "\(standing.sealed)",
            ])
        for frame in standing.welcome().frames() { stream.outbox.send(frame) }
        return stream
    }

    /// What of the source's disks is not in the replica, and the other way round.
    private static func unmatched(_ disks: [DiskDescription], _ mine: [ReplicaDisk]) -> String {
        let added = disks.filter { disk in !mine.contains { $0.id == diskIdentity(disk.id) } }
        let missing = mine.filter { disk in !disks.contains { diskIdentity($0.id) == disk.id } }
        let said =
            added.map { "disk \($0.id) of the source is not replicated" }
            + missing.map { "the source has disk \($0.name) no more" }
        return said.isEmpty ? "the source's disks are in another order than those here" : said.joined(separator: "; ")
    }

    private var replaced: Failure {
        Failure(.cancelled, "take intervals of item \(item): a newer stream took this one's place", on: [.item(item)])
    }

    private func leave(_ number: UInt64) {
        guard stream?.number == number else { return }
        stream = nil
        bell.ring()
    }

    // MARK: - Frames

    private func receive(_ frames: RequestStream<ReplicationV1.SourceFrame>, _ stream: Stream) async throws {
        var progress = Progress()
        grant(&progress, stream)
        let reader = FrameReader(frames, item, stream.generation, geometries: stream.geometries, lane: openLane)
        var next = try await reader.next()
        while let arrived = next {
            // Read and opened while this one is taken.
            async let coming = reader.next()
            guard self.stream?.number == stream.number else {
                throw replaced
            }
            do {
                switch arrived.frame {
                case .begin(let begin): try await begun(begin, &progress, stream)
                case .chunk(let chunk): try await came(chunk, arrived, &progress, stream)
                case .end(let end): try await ended(end, &progress)
                case .void(let void): try await voided(void, &progress)
                case .digests(let query): try await answer(query, stream)
                case .hello, nil: throw Failure(.invalidArgument, "take intervals of item \(item): an unexpected frame")
                }
            } catch {
                let failure = Failure(replica: error, "take intervals", item)
                if Holder.breaks(error) {
                    log.error("the replica failed", metadata: ["error": "\(error)"])
                    takeTrouble = "intervals are not taken: \(failure.message)"
                    throw Failure(.unavailable, failure.message, on: failure.subjects)
                }
                throw failure
            }
            next = try await coming
        }
    }

    private func begun(
        _ begin: ReplicationV1.IntervalBegin, _ progress: inout Progress, _ stream: Stream
    ) async throws {
        let header = try IntervalHeader(begin, item: item, generation: stream.generation)
        progress.header = header
        _ = try await noted(&progress) { replica in
            try replica.begin(header)
            return []
        }
    }

    private func came(
        _ message: ReplicationV1.Chunk, _ arrived: FrameReader.Arrived, _ progress: inout Progress, _ stream: Stream
    ) async throws {
        let size = UInt64(message.payload.count)
        progress.taken += size
        receivedBytes += size
        if let header = progress.header {
            let chunk = try arrived.chunk ?? Intervals.Chunk(message, of: header)
            let content = arrived.content
            _ = try await noted(&progress) { try $0.append(chunk, opened: content).map { [$0] } ?? [] }
        }
        grant(&progress, stream)
    }

    private func ended(_ end: ReplicationV1.IntervalEnd, _ progress: inout Progress) async throws {
        guard let header = progress.header else { return }
        guard end.number == header.id.number, end.pass == header.pass else {
            throw Failure(
                .invalidArgument, "take intervals of item \(item): interval \(end.number) ends, \(header.id) is open")
        }
        let trailer = try IntervalTrailer(end)
        let answers = try await noted(&progress) { try $0.end(trailer) }
        progress.header = nil
        takeTrouble = nil
        environment.failpoints.reach("master-target.ended")
        _ = try await status()
        if answers.contains(where: { if case .sealed = $0 { true } else { false } }) {
            sealed.ring()
            apply()
        }
    }

    private func voided(_ void: ReplicationV1.IntervalVoid, _ progress: inout Progress) async throws {
        if let header = progress.header, header.id.number >= void.fromNumber { progress.header = nil }
        log.info("intervals are void", metadata: ["from": "\(void.fromNumber)", "cause": "\(void.cause)"])
        try await take { try $0.void(from: void.fromNumber) }
    }

    private func answer(_ query: ReplicationV1.DigestQuery, _ stream: Stream) async throws {
        let question = try DigestQuestion(query)
        let differing = try await take { replica in
            try replica.differing(
                disk: question.disk, question.blocks, ranges: question.span, digests: question.digests)
        }
        _ = try await status()
        stream.outbox.send(
            .with {
                $0.frame = .digests(
                    .with {
                        $0.id = question.id
                        $0.differing = differing.map {
                            Intervals.BlockRun(first: $0.lowerBound, count: $0.count, isZero: false).message
                        }
                    })
            })
    }

    /// Does one thing and tells its answers. An interval that was dropped, or for which there is no room, is read over
    /// to its end.
    private func noted(
        _ progress: inout Progress, _ body: @escaping @Sendable (Replica) throws -> [IntakeAnswer]
    ) async throws -> [IntakeAnswer] {
        let header = progress.header
        let answers: [IntakeAnswer]
        do {
            answers = try await take(body)
        } catch let error as ReplicaError where error.code == .noSpace {
            log.error("no space for an interval", metadata: ["error": "\(error)"])
            let sealed = try await status().sealed
            answers = [.needed(number: header?.id.number ?? 0, position: sealed.number, cause: error.detail)]
        }
        for answer in answers {
            if case .needed(let number, _, _) = answer, number == header?.id.number { progress.header = nil }
            send(answer)
        }
        return answers
    }

    // MARK: - Answers

    /// Also with nobody to answer: a sealed point that is withdrawn at a start is told on the log.
    func send(_ answer: IntakeAnswer) {
        let outbox = stream?.outbox
        switch answer {
        case .stored(let number, let pass): outbox?.send(.progress(number, .cached, pass: pass))
        case .sealed(let number): outbox?.send(.progress(number, .sealed))
        case .applied(let number): outbox?.send(.progress(number, .applied))
        case .parked(let number):
            log.info("an interval waits for its base", metadata: ["number": "\(number)"])
            environment.tasks.spawn("parked \(item)") { await self.giveUpParked(number) }
        case .needed(let number, let position, let cause):
            log.notice("an interval is needed again", metadata: ["number": "\(number)", "cause": "\(cause)"])
            outbox?.send(.progress(number, .needed, position: position, cause: cause))
        }
    }

    /// Intervals come in order: a base that does not come soon was lost on the way, and who lost it may not know.
    private func giveUpParked(_ number: UInt64) async {
        do { try await environment.clock.sleep(for: Self.parkPatience) } catch { return }
        // It comes again with the next stream.
        guard stream != nil, !isStopping else { return }
        do {
            if let answer = try await take({ try $0.giveUpParked(number) }) { send(answer) }
        } catch {
            log.error("a parked interval stays", metadata: ["number": "\(number)", "error": "\(error)"])
        }
    }

    private func grant(_ progress: inout Progress, _ stream: Stream) {
        let total = progress.taken + Self.window
        guard total >= progress.granted + Self.creditStep else { return }
        progress.granted = total
        stream.outbox.send(.with { $0.frame = .credit(.with { $0.totalBytes = total }) })
    }
}

/// Frames of a stream, whose chunks are opened (decompressed and checked) on a lane of their own, so that the replica's
/// does nothing but take them.
private actor FrameReader {
    struct Arrived: Sendable {
        let frame: ReplicationV1.SourceFrame.Frame?
        var chunk: Intervals.Chunk?
        /// Of a chunk that was found good; the others are for the replica to judge.
        var content: ChunkContent?
    }

    private let frames: RequestStream<ReplicationV1.SourceFrame>
    private let item: ItemID
    private let generation: Model.Generation
    private let geometries: [DiskGeometry]
    private let lane: any Lane
    private var header: IntervalHeader?

    init(
        _ frames: RequestStream<ReplicationV1.SourceFrame>, _ item: ItemID, _ generation: Model.Generation,
        geometries: [DiskGeometry], lane: any Lane
    ) {
        (self.frames, self.item, self.generation) = (frames, item, generation)
        (self.geometries, self.lane) = (geometries, lane)
    }

    func next() async throws -> Arrived? {
        guard let frame = try await frames.next() else { return nil }
        if case .begin(let begin) = frame.frame {
            header = try? IntervalHeader(begin, item: item, generation: generation)
        }
        guard case .chunk(let message) = frame.frame, let header, geometries.indices.contains(Int(message.disk)),
            let chunk = try? Intervals.Chunk(message, of: header)
        else { return Arrived(frame: frame.frame) }
        let geometry = geometries[Int(message.disk)]
        let content = try await lane.run { try? chunk.open(on: geometry) }
        return Arrived(frame: frame.frame, chunk: chunk, content: content)
    }
}
