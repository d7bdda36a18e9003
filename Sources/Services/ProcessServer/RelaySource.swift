import Blocks
import Contract
import Environment
import IntervalFrames
import Intervals
import Messages
import Model
import RPC

/// The agent's side of a relay.
extension Relay {
    /// Serves one stream of the item's agent. After the welcome come CACHED for each interval that is held whole, LOST
    /// for what was lost meanwhile, then the first credit: what the agent had sent besides is not here.
    func serve(
        _ first: ReplicationV1.StreamHello, _ frames: RequestStream<ReplicationV1.SourceFrame>,
        _ writer: MessageWriter<ReplicationV1.TargetFrame>
    ) async throws {
        guard first.pending.count <= Spool.mostQueued else {
            throw Failure(.invalidArgument, "relay item \(item): \(first.pending.count) intervals are pending")
        }
        // What is kept, and said to the target, is the same as long as the writer is.
        var lasting = first
        lasting.pending = []
        let number = try await greet(lasting, relyingOn: first.pending)
        guard let outbox = source?.outbox, source?.number == number else { throw replaced }
        defer { leave(number) }
        try await withThrowingTaskGroup { group in
            group.addTask { try await outbox.drain(into: writer) }
            group.addTask {
                try await self.awaitWelcome(number)
                while let frame = try await frames.next() {
                    try await self.receive(frame, from: number)
                    // Between frames, so that nobody waits for this one to end meanwhile.
                    if case .chunk(let chunk) = frame.frame { try await self.receiving.admit(chunk.payload.count) }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private var replaced: Failure {
        Failure(.cancelled, "relay item \(item): a newer stream of its agent took this one's place", on: [.item(item)])
    }

    // MARK: - Hello

    private func greet(_ first: ReplicationV1.StreamHello, relyingOn pending: [UInt64]) async throws -> UInt64 {
        let writer = try Model.Generation(first.generation)
        try admit(writer, first.incarnation)
        let disks = try Self.geometries(first)
        source?.outbox.end(replaced)
        let number = nextSource
        nextSource += 1
        while let reading = source, reading.isReading {
            let seen = bell.rings
            guard source?.isReading == true else { break }
            await bell.wait(after: seen)
            try Task.checkCancellation()
        }
        // Another one may have come, or an assignment, while the older stream ended.
        guard number + 1 == nextSource, !isClosed else { throw replaced }
        try admit(writer, first.incarnation)
        source = Source(number: number, outbox: Outbox(), pending: pending)
        await abandonOpen()
        if isSpoolBroken { try await reopenSpool() }
        let isNewer = hello.map {
            $0.generation != first.generation || $0.incarnation != first.incarnation || $0.disks != first.disks
        } ?? true
        if isNewer {
            queue.drop { entry in
                (entry.header.id.generation.number, entry.header.id.incarnation) < (writer.number, first.incarnation)
            }
            let spool = self.spool
            try await lane.run { try spool.obey(generation: writer.number, incarnation: first.incarnation) }
            welcome = nil
            questions = []
            fenced = nil
            cutLink()
        } else if welcome?.blank == true || isWelcomeTold {
            // How much of its first copy the target holds by now, or what it changed, only a new welcome tells.
            welcome = nil
            cutLink()
        }
        if hello != first { try await store.remember(first, of: item) }
        hello = first
        geometries = disks
        bell.ring()
        return number
    }

    private func admit(_ writer: Model.Generation, _ incarnation: UInt64) throws {
        guard permitted.contains(writer) else {
            let assigned = permitted.current.map { "\($0)" } ?? "none"
            let isBehind = permitted.current.map { writer.number <= $0.number } ?? false
            throw Failure(
                isBehind ? .staleGeneration : .unknownGeneration,
                "relay item \(item) under generation \(writer): assigned here is \(assigned)", on: [.item(item)])
        }
        if let hello, hello.generation == writer.message, incarnation < hello.incarnation {
            throw Failure(
                .staleGeneration, "relay item \(item): incarnation \(incarnation) came after \(hello.incarnation)",
                on: [.item(item)])
        }
    }

    /// Only when the target has welcomed this writer are positions told, so that nothing older can follow them.
    private func awaitWelcome(_ number: UInt64) async throws {
        while true {
            let seen = bell.rings
            guard source?.number == number else { throw replaced }
            if let fenced { throw fenced }
            if let welcome {
                for frame in welcome.frames() { source?.outbox.send(frame) }
                isWelcomeTold = isWelcomeTold || welcome.runs > 0
                self.welcome?.forgetRuns()
                announce()
                await nameMissing()
                guard source?.number == number else { throw replaced }
                return await updateCredit(true)
            }
            try Task.checkCancellation()
            await bell.wait(after: seen)
        }
    }

    private func announce() {
        for entry in queue.entries where entry.isWhole && entry.isCached && !entry.isSealed {
            source?.outbox.send(.progress(entry.header.id.number, .cached, pass: entry.header.pass))
        }
        for (number, cause) in lost.sorted(by: { $0.key < $1.key }) where number > welcome?.sealed ?? 0 {
            source?.outbox.send(.progress(number, .lost, cause: cause))
        }
        lost = [:]
    }

    /// What was cached here, and is no more: lost with the spool's files, or needed again while the source was away.
    /// Everything since is sent again.
    private func nameMissing() async {
        guard let source, let welcome else { return }
        let missing = source.pending.filter { $0 > welcome.sealed && !queue.holds($0) }.min()
        if let missing { await lose(missing, "it is not in the spool any more") }
    }

    private func leave(_ number: UInt64) {
        guard source?.number == number else { return }
        source = nil
        ignoring = nil
        _ = budget.promise(item, 0)
        bell.ring()
        guard queue.open != nil else { return }
        // The part that came is of no use: an interval is resumed by sending it again.
        environment.tasks.spawn("abandon \(item)") { await self.abandonWithoutSource() }
    }

    private func abandonWithoutSource() async {
        if source == nil { await abandonOpen() }
    }

    private func abandonOpen() async {
        ignoring = nil
        guard let open = queue.open else { return }
        queue.drop { $0.header == open.header }
        budget.set(item, queue.spooledBytes)
        guard open.isSpooling, !isSpoolBroken else { return }
        await inSpool { try $0.abandon() }
    }

    // MARK: - Frames

    private func receive(_ frame: ReplicationV1.SourceFrame, from number: UInt64) async throws {
        guard source?.number == number else { throw replaced }
        source?.isReading = true
        defer {
            if source?.number == number { source?.isReading = false }
            bell.ring()
        }
        switch frame.frame {
        case .begin(let begin): try await begun(begin)
        case .chunk(let chunk): try await came(chunk)
        case .end(let end): try await ended(end)
        case .void(let void):
            ignoring = nil
            await giveUp(from: void.fromNumber, void.cause)
            await updateCredit(true)
        case .digests(let query): try ask(query)
        case .hello: throw Failure(.invalidArgument, "relay item \(item): a second hello in one stream")
        case nil: throw Failure(.invalidArgument, "relay item \(item): an empty frame")
        }
    }

    private func ask(_ query: ReplicationV1.DigestQuery) throws {
        guard questions.count < Self.mostQuestions else {
            throw Failure(.limitReached, "relay item \(item): \(Self.mostQuestions) digest queries wait already")
        }
        questions.append(query)
        if link?.isWelcome == true { link?.control.append(.with { $0.frame = .digests(query) }) }
        bell.ring()
    }

    private func begun(_ begin: ReplicationV1.IntervalBegin) async throws {
        guard let hello, let generation = try? Model.Generation(hello.generation) else { throw replaced }
        guard begin.incarnation == hello.incarnation else {
            throw Failure(.invalidArgument, "relay item \(item): interval \(begin.number) is of another incarnation")
        }
        await abandonOpen()
        let header = try IntervalHeader(begin, item: item, generation: generation)
        source?.header = header
        // What came after this one's begin (an assignment, a newer hello) has ended it.
        guard self.hello == hello, !isClosed else { throw replaced }
        if let known = known(header) {
            ignoring = known
            return
        }
        if let last = queue.entries.last, last.header.id.number > header.id.number {
            source?.header = nil
            return await lose(header.id.number, "it came after interval \(last.header.id.number)")
        }
        let isPast = isHeldByTarget(header) || needsPassed(header)
        queue.begin(header, at: environment.clock.now())
        bell.ring()
        guard !isSpoolBroken, !isPast else { return queue.leaveSpool(header) }
        await spooling(header, 0) { try $0.begin(header) }
    }

    /// A first copy stays at a target as it comes, and its welcome tells what is there: when the stream breaks, the
    /// source goes on from that. All that a spool could do is send again what the target has.
    private func isHeldByTarget(_ header: IntervalHeader) -> Bool {
        guard header.pass > 0, let welcome, welcome.blank, welcome.sealed == 0 else { return false }
        return link?.isWelcome == true && queue.isAtHand
    }

    /// Passes of the same interval are on their way that no spool has. CACHED for the interval would be a promise that
    /// a restart breaks: its point would be without them. So it goes as they do, and is lost with them.
    private func needsPassed(_ header: IntervalHeader) -> Bool {
        queue.entries.contains { $0.header.id == header.id && !$0.isSpooling && !$0.isSealed }
    }

    /// An interval whose content is not needed any more, with its answer.
    private func known(_ header: IntervalHeader) -> Ignored? {
        let number = header.id.number
        if let welcome, number <= welcome.sealed {
            return Ignored(
                header: header, answer: .progress(number, number <= welcome.position ? .applied : .sealed))
        }
        guard let entry = queue.entry(header), entry.isWhole else { return nil }
        let answer = ReplicationV1.TargetFrame.progress(number, .cached, pass: header.pass)
        return Ignored(header: header, answer: entry.isCached ? answer : nil)
    }

    private func came(_ message: ReplicationV1.Chunk) async throws {
        let size = UInt64(message.payload.count)
        source?.received += size
        received += size
        // Of an interval that was given up while it arrived: read over until the next begin.
        guard let header = source?.header, ignoring == nil, queue.open?.header == header else {
            return await updateCredit(false)
        }
        guard Int(message.disk) < geometries.count else {
            throw Failure(.invalidArgument, "relay item \(item): a chunk of disk \(message.disk)")
        }
        guard message.sequence == queue.open?.chunks else {
            return await lose(header.id.number, "chunk \(message.sequence) is not the next")
        }
        let geometry = geometries[Int(message.disk)]
        let chunk: Chunk
        do { chunk = try await compression.prepared(try Chunk(message, of: header), on: geometry) } catch {
            guard error is ByteCodingError else { throw error }
            return await lose(header.id.number, "\(error)")
        }
        guard queue.open?.header == header, let index = queue.add(.chunk(chunk)) else { return }
        bell.ring()
        if queue.open?.isSpooling == true {
            if budget.fits(Int64(chunk.creditBytes)) {
                await spooling(header, index) { try $0.append(checked: chunk) }
            } else {
                await inSpool { try $0.abandon() }
                await passSpool(header, "the cache is full")
            }
        } else {
            await throughMemory(header)
        }
        spoolRoom -= Int64(chunk.creditBytes)
        budget.set(item, queue.spooledBytes)
        await updateCredit(false)
    }

    private func ended(_ end: ReplicationV1.IntervalEnd) async throws {
        guard let header = source?.header else { return }
        source?.header = nil
        if let answered = ignoring {
            ignoring = nil
            if let answer = answered.answer { source?.outbox.send(answer) }
            return
        }
        guard queue.open?.header == header else { return }
        guard end.number == header.id.number, end.pass == header.pass, end.chunks == queue.open?.chunks else {
            return await lose(header.id.number, "\(queue.open?.chunks ?? 0) of \(end.chunks) chunks")
        }
        let trailer = try IntervalTrailer(end)
        guard let index = queue.add(.end(trailer)) else { return }
        bell.ring()
        guard queue.entry(header)?.isSpooling == true else {
            return environment.failpoints.reach("process-server.passed.end")
        }
        environment.failpoints.reach("process-server.spool.end")
        await spooling(header, index) { _ = try $0.end(trailer) }
        environment.failpoints.reach("process-server.spool.cached")
        guard let entry = queue.entry(header), entry.isSpooling, entry.spooled == entry.known else { return }
        queue.cached(header)
        if !entry.isSealed { source?.outbox.send(.progress(header.id.number, .cached, pass: header.pass)) }
        await updateCredit(true)
    }

    // MARK: - Spool and memory

    /// Writes one item behind the forwarder.
    private func spooling(
        _ header: IntervalHeader, _ index: Int, _ body: @escaping @Sendable (Spool) throws -> Void
    ) async {
        let spool = self.spool
        do {
            try await lane.run { try body(spool) }
            queue.spooled(header, through: index)
        } catch let error as SpoolError where error.code == .full {
            await passSpool(header, "\(error)")
        } catch let error as FileError {
            await broke(error)
        } catch {
            await lose(header.id.number, "\(error)")
        }
    }

    /// Larger than the spool: what is not forwarded yet must be in memory, and the target must be there.
    private func passSpool(_ header: IntervalHeader, _ cause: String) async {
        guard link?.isWelcome == true, queue.isCutThrough, queue.entries.last?.header == header else {
            return await lose(header.id.number, cause)
        }
        queue.leaveSpool(header)
        log.notice("an interval goes past the spool", metadata: ["number": "\(header.id.number)"])
    }

    /// Waits until the forwarder has made room.
    private func throughMemory(_ header: IntervalHeader) async {
        while queue.memoryBytes > queue.memoryLimit, queue.open?.header == header, !Task.isCancelled {
            let seen = bell.rings
            guard queue.memoryBytes > queue.memoryLimit else { break }
            await bell.wait(after: seen)
        }
    }
}
