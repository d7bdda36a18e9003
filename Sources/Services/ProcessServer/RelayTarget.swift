import API
import Contract
import Environment
import Hosting
import IntervalFrames
import Intervals
import Logging
import Messages
import Model
import RPC

/// The master target's side of a relay.
extension Relay {
    private static let shortestPause: Duration = .milliseconds(100)
    private static let longestPause: Duration = .seconds(2)
    /// Until the target answers the hello: it may be opening the replica, which reads digests back.
    private static let welcomeTimeout: Duration = .seconds(60)

    func linkForever() async {
        var pause = Self.shortestPause
        while !Task.isCancelled, !isClosed {
            let seen = bell.rings
            guard let hello = linkable else {
                await bell.wait(after: seen)
                continue
            }
            do {
                try await linkOnce(hello) { pause = Self.shortestPause }
            } catch {
                refused(Failure(any: error), hello)
            }
            do { try await environment.clock.sleep(for: pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// The writer to link for, when there is one and something to do for it.
    private var linkable: ReplicationV1.StreamHello? {
        guard !isClosed, fenced == nil, let hello, let writer = try? Model.Generation(hello.generation),
            permitted.contains(writer), source != nil || !queue.entries.isEmpty
        else { return nil }
        return hello
    }

    private func refused(_ failure: Failure, _ hello: ReplicationV1.StreamHello) {
        guard [.staleGeneration, .generationConflict].contains(failure.code), self.hello == hello else {
            let level: Logger.Level = failure.disposition == .permanent ? .notice : .info
            log.log(level: level, "no stream to the master target", metadata: ["error": "\(failure)"])
            // The agent shall say why nothing of its machine is taken. It comes again, and is tried again.
            let isAboutDisks = [.lineageUnrelated, .noSpace].contains(failure.code)
            if isAboutDisks, welcome == nil, self.hello == hello { source?.outbox.end(failure) }
            return
        }
        log.notice("the master target refuses the writer", metadata: ["error": "\(failure)"])
        fenced = failure
        source?.outbox.end(failure)
        bell.ring()
    }

    func cutLink() {
        guard let link else { return }
        self.link = nil
        link.cancel()
        bell.ring()
    }

    private func linkOnce(_ hello: ReplicationV1.StreamHello, _ linked: () -> Void) async throws {
        let client = IntervalIntakeClient(transport.channel(to: try parseAddress(route.address)))
        let call = try await client.replicate()
        defer { call.cancel() }
        let number = nextLink
        nextLink += 1
        guard self.hello == hello, linkable != nil else { return }
        link = Link(number: number, cancel: { call.cancel() })
        defer { if link?.number == number { link = nil } }
        try await call.send(.with { $0.frame = .hello(hello) })
        try await establish(number, call)
        linked()
        try await withThrowingTaskGroup { group in
            group.addTask {
                while let frame = try await call.next() { try await self.answered(frame, on: number) }
            }
            group.addTask {
                while let frame = try await self.nextFrame(on: number) {
                    let began = self.environment.clock.now()
                    if case .chunk(let chunk) = frame.frame { try await self.forwarding.admit(chunk.payload.count) }
                    try await call.send(frame)
                    guard case .chunk(let chunk) = frame.frame else { continue }
                    self.compression.sent(chunk.payload.count, in: self.environment.clock.now() - began)
                }
            }
            defer {
                call.cancel()
                group.cancelAll()
            }
            try await group.next()
        }
    }

    /// Waits for the welcome, and makes everything that the target has not sealed be sent again.
    private func establish(
        _ number: UInt64, _ call: StreamingCall<ReplicationV1.SourceFrame, ReplicationV1.TargetFrame>
    ) async throws {
        let timer = environment.tasks.spawn("welcome deadline") { [clock = environment.clock] in
            do { try await clock.sleep(for: Self.welcomeTimeout) } catch { return }
            call.cancel()
        }
        defer { timer.cancel() }
        var welcome = try await part(call)
        while welcome.more { try welcome.add(try await part(call)) }
        guard link?.number == number else { throw Failure(.cancelled, "relay item \(item): the writer has changed") }
        link?.isWelcome = true
        link?.control = questions.map { query in .with { $0.frame = .digests(query) } }
        let lostNumber = queue.restart(sealed: welcome.sealed)
        self.welcome = welcome
        isWelcomeTold = false
        await settle(applied: welcome.position)
        if let lostNumber { await lose(lostNumber, "the stream to the master target broke inside it") }
        log.info(
            "linked to the master target",
            metadata: ["position": "\(welcome.position)", "sealed": "\(welcome.sealed)"])
        bell.ring()
        await updateCredit(true)
    }

    private func part(
        _ call: StreamingCall<ReplicationV1.SourceFrame, ReplicationV1.TargetFrame>
    ) async throws -> ReplicationV1.StreamWelcome {
        guard case .welcome(let part)? = try await call.next()?.frame else {
            throw Failure(.unavailable, "relay item \(item): the master target ended the stream before its welcome")
        }
        return part
    }

    // MARK: - Forwarding

    /// The next frame for the target, as soon as there is one; nil when this link is over.
    private func nextFrame(on number: UInt64) async throws -> ReplicationV1.SourceFrame? {
        while link?.number == number, !Task.isCancelled {
            let seen = bell.rings
            if let link, !link.control.isEmpty { return self.link?.control.removeFirst() }
            if let next = queue.next, mayForward(next.header), let item = await read(next.header, next.index) {
                guard link?.number == number else { return nil }
                if case .chunk(let chunk) = item {
                    link?.sent += UInt64(chunk.payload.count)
                    forwarded += UInt64(chunk.payload.count)
                }
                queue.forwarded(next.header, next.index)
                bell.ring()
                return item.frame(of: next.header)
            }
            await bell.wait(after: seen)
        }
        return nil
    }

    /// Nothing of another writer goes under this link's hello, and nothing beyond the target's credit.
    private func mayForward(_ header: IntervalHeader) -> Bool {
        guard let link, let hello, header.id.incarnation == hello.incarnation,
            header.id.generation.number == hello.generation?.number
        else { return false }
        return link.sent < link.credit
    }

    /// From memory, else from the spool. nil if it is not there (any more): the queue was changed, look again.
    private func read(_ header: IntervalHeader, _ index: Int) async -> SpoolItem? {
        guard let entry = queue.entry(header) else { return nil }
        if let item = entry.memory[index] { return item }
        let spool = self.spool
        do {
            let item = try await lane.run { try spool.item(of: header, index) }
            guard queue.entry(header)?.forwarded == index, let item else {
                bell.ring()
                return nil
            }
            return item
        } catch let error as SpoolError where error.code == .gone && queue.entry(header) == nil {
            bell.ring()
        } catch {
            await lose(header.id.number, "\(error)")
        }
        return nil
    }

    // MARK: - Answers

    private func answered(_ frame: ReplicationV1.TargetFrame, on number: UInt64) async throws {
        guard link?.number == number else { throw Failure(.cancelled, "relay item \(item): the link is over") }
        switch frame.frame {
        case .progress(let progress): await came(progress)
        case .credit(let credit):
            let known = link?.credit ?? 0
            link?.credit = max(known, credit.totalBytes)
            bell.ring()
        case .digests(let answer):
            questions.removeAll { $0.id == answer.id }
            source?.outbox.send(frame)
        case .damaged:
            // Found again by the target while it lasts, if there is nobody to tell now.
            source?.outbox.send(frame)
        case .welcome, nil:
            throw Failure(.internalError, "relay item \(item): the master target sent no answer it may send here")
        }
    }

    private func came(_ progress: ReplicationV1.IntervalProgress) async {
        let number = progress.number
        switch progress.stage {
        case .cached:
            let isPass = { (header: IntervalHeader) in header.id.number == number && header.pass == progress.pass }
            let known = queue.entries.first { isPass($0.header) }
            queue.drop { isPass($0.header) }
            if !isSpoolBroken { await inSpool { $0.free(number: number, pass: progress.pass) } }
            if known?.isCached == false { source?.outbox.send(.with { $0.frame = .progress(progress) }) }
        case .sealed:
            advance(sealed: number)
            queue.seal(through: number)
            source?.outbox.send(.with { $0.frame = .progress(progress) })
        case .applied:
            advance(sealed: number, applied: number)
            await settle(applied: number)
            source?.outbox.send(.with { $0.frame = .progress(progress) })
        case .needed, .lost:
            await giveUp(from: number, progress.cause)
            source?.outbox.send(.with { $0.frame = .progress(progress) })
        default: break
        }
        budget.set(item, queue.spooledBytes)
        bell.ring()
        await updateCredit(true)
    }

    private func advance(sealed: UInt64, applied: UInt64 = 0) {
        guard var standing = welcome else { return }
        standing.sealed = max(standing.sealed, sealed)
        if applied > standing.position {
            standing.position = applied
            standing.blank = false
            standing.forgetRuns()
            isWelcomeTold = false
        }
        welcome = standing
    }

    /// Up to here nothing is needed any more.
    private func settle(applied number: UInt64) async {
        queue.drop { $0.header.id.number <= number && $0.isWhole }
        budget.set(item, queue.spooledBytes)
        if number > 0, !isSpoolBroken { await inSpool { $0.free(through: number) } }
    }
}

extension Failure {
    /// Whatever ended a stream.
    init(any error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as RPCError: self.init(error, attempting: "stream to the master target")
        default: self.init(.internalError, "stream to the master target: \(error)")
        }
    }
}
