import Contract
public import Environment
public import Messages
import Model
public import RPC
import Synchronization

/// The agents attached to this process, at a configuration server or a process server alike.
///
/// A command is handed over once per link; what keeps it from happening twice is its operation key, which the agent
/// makes durable before it answers. A link that breaks leaves its commands' outcomes unknown, and whoever asked asks
/// again with the same key, here or at the agent's other relay.
public actor AgentLinks {
    private struct Link {
        let number: UInt64
        var hello: AgentV1.AgentHello
        var status: AgentV1.AgentStatus?
        var statusAt: MonotonicInstant?
        /// How long that status was on its way at most; nil while no tick was answered.
        var transit: Duration?
        /// Sent and not answered yet: one at a time, so that ticks never fill a queue that commands wait in.
        var tick: UInt64?
        var heard: MonotonicInstant
        var attached: Bool
        var outbox: AsyncStream<AgentV1.AgentCommand>.Continuation
        var nextSequence: UInt64 = 1
        var pending: [UInt64: Answer] = [:]

        /// From the relay's own clock and how long the agent held the tick: what is left is the way there and back. The
        /// agent's clock may run a thousandth slower, no more (the kernel is slewed by 500 millionths at most).
        mutating func timed(by echo: AgentV1.LinkEcho?, at now: MonotonicInstant) {
            transit = nil
            let nowUs = UInt64(max(0, now.nanoseconds / 1_000))
            if let echo, echo.relayUs <= nowUs, echo.heldUs <= nowUs - echo.relayUs {
                transit = .microseconds(Int64(clamping: nowUs - echo.relayUs - echo.heldUs + echo.heldUs / 1_000))
                if echo.relayUs == tick { tick = nil }
            }
            guard hello.echoes, tick == nil else { return }
            let next = AgentV1.AgentCommand.with { $0.command = .tick(.with { $0.relayUs = nowUs }) }
            if case .enqueued = outbox.yield(next) { tick = nowUs }
        }
    }

    private let clock: any Clock
    private let greeted: @Sendable (AgentV1.AgentHello) async throws -> Void
    private var links: [String: Link] = [:]
    private var nextLink: UInt64 = 1

    /// Commands that may wait for one agent's link; the vault runs one job per item, each with one command at a time.
    private static let outboxLimit = 64
    /// Machines remembered here, attached or not.
    private static let linkLimit = 4_096

    /// - greeted: called with each hello before any command is sent; throwing refuses the agent.
    public init(clock: any Clock, greeted: @escaping @Sendable (AgentV1.AgentHello) async throws -> Void) {
        self.clock = clock
        self.greeted = greeted
    }

    /// Serves one agent until its stream ends. A newer link of the same machine takes the place of an older one.
    public func attach(
        _ messages: RequestStream<AgentV1.AgentMessage>, _ commands: MessageWriter<AgentV1.AgentCommand>
    ) async throws {
        guard case .hello(let hello)? = try await messages.next()?.message else {
            throw Failure(.invalidArgument, "attach an agent: the first message must be its hello")
        }
        guard !hello.drill else {
            throw Failure(.permissionDenied, "attach the agent of \(hello.machine): a drill copy must not register")
        }
        try await greeted(hello)
        let (queue, outbox) = AsyncStream.makeStream(
            of: AgentV1.AgentCommand.self, bufferingPolicy: .bufferingOldest(Self.outboxLimit))
        let number = try add(hello, outbox)
        defer { lost(hello.machine, number) }
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await command in queue { try await commands.send(command) }
            }
            group.addTask {
                while let message = try await messages.next() { try await self.heard(hello.machine, number, message) }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Hands a command to an agent and waits for its answer.
    public func command(
        _ machine: String, _ command: AgentV1.AgentCommand
    ) async throws -> AgentV1.AgentCommandResult {
        guard var link = links[machine], link.attached else {
            throw Failure(.unavailable, "command the agent of \(machine): it is not attached here")
        }
        var numbered = command
        numbered.sequence = link.nextSequence
        let answer = Answer()
        link.nextSequence += 1
        link.pending[numbered.sequence] = answer
        links[machine] = link
        // A link that took this one's place numbers its commands anew.
        defer { if links[machine]?.number == link.number { links[machine]?.pending[numbered.sequence] = nil } }
        guard case .enqueued = link.outbox.yield(numbered) else {
            throw Failure(
                .busy, "command the agent of \(machine): its queue is full; ask again", retryAfter: .seconds(1))
        }
        return try await answer.value()
    }

    /// What is known of an agent; nil when it never attached to this process.
    public func agent(_ machine: String) -> AgentV1.Agent? {
        guard let link = links[machine] else { return nil }
        return .with {
            $0.hello = link.hello
            $0.status = link.status
            $0.attached = link.attached
            $0.silentUs = UInt64((clock.now() - link.heard).inMicroseconds)
            $0.statusAgeUs = link.statusAt.map { UInt64(max(0, (clock.now() - $0).inMicroseconds)) } ?? 0
            $0.statusTransitUs = link.transit.map { UInt64(max(1, $0.inMicroseconds)) } ?? 0
        }
    }

    public func agents() -> [AgentV1.Agent] { links.keys.sorted().compactMap(agent) }

    private func add(
        _ hello: AgentV1.AgentHello, _ outbox: AsyncStream<AgentV1.AgentCommand>.Continuation
    ) throws(Failure) -> UInt64 {
        guard links[hello.machine] != nil || links.count < Self.linkLimit else {
            throw Failure(
                .limitReached, "attach the agent of \(hello.machine): \(Self.linkLimit) agents are known here")
        }
        if let older = links[hello.machine] { lost(hello.machine, older.number) }
        let number = nextLink
        nextLink += 1
        links[hello.machine] = Link(
            number: number, hello: hello, status: nil, heard: clock.now(), attached: true, outbox: outbox)
        return number
    }

    private func heard(_ machine: String, _ number: UInt64, _ message: AgentV1.AgentMessage) async throws {
        guard var link = links[machine], link.number == number else {
            throw Failure(.cancelled, "serve the agent of \(machine): a newer link took this one's place")
        }
        link.heard = clock.now()
        switch message.message {
        case .hello(let hello):
            link.hello = hello
            links[machine] = link
            try await greeted(hello)
        case .status(let status):
            link.status = status
            link.statusAt = link.heard
            link.timed(by: status.echo, at: link.heard)
            links[machine] = link
        case .result(let result):
            links[machine] = link
            link.pending[result.sequence]?.resolve(.success(result))
        case nil:
            links[machine] = link
        }
    }

    private func lost(_ machine: String, _ number: UInt64) {
        guard var link = links[machine], link.number == number else { return }
        let pending = link.pending.sorted { $0.key < $1.key }.map(\.value)
        link.pending = [:]
        link.attached = false
        links[machine] = link
        link.outbox.finish()
        for waiting in pending {
            let unknown = Failure(
                .outcomeUnknown, "command the agent of \(machine): its link broke before it answered; ask again")
            waiting.resolve(.failure(unknown))
        }
    }
}

/// The answer to one command, once: the agent's, the link's loss, or the caller's own cancellation.
private final class Answer: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<AgentV1.AgentCommandResult, any Error>)
        case known(Result<AgentV1.AgentCommandResult, any Error>)
    }

    private let state = Mutex(State.open)

    func value() async throws -> AgentV1.AgentCommandResult {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiting in
                let known: Result<AgentV1.AgentCommandResult, any Error>? = state.withLock { state in
                    if case .known(let result) = state { return result }
                    state = .awaited(waiting)
                    return nil
                }
                if let known { waiting.resume(with: known) }
            }
        } onCancel: {
            resolve(.failure(CancellationError()))
        }
    }

    func resolve(_ result: Result<AgentV1.AgentCommandResult, any Error>) {
        let waiting: CheckedContinuation<AgentV1.AgentCommandResult, any Error>? = state.withLock { state in
            switch state {
            case .known: return nil
            case .open:
                state = .known(result)
                return nil
            case .awaited(let waiting):
                state = .known(result)
                return waiting
            }
        }
        waiting?.resume(with: result)
    }
}
