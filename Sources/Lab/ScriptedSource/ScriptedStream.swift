import API
import Contract
public import Environment
import IntervalFrames
public import Messages
public import Model
import RPC

/// One replication stream as an agent (or a process server) holds it: sends what it is told to, remembers what comes.
public actor ScriptedStream {
    public private(set) var welcome = ReplicationV1.StreamWelcome()
    public private(set) var progress: [ReplicationV1.IntervalProgress] = []
    public private(set) var answers: [ReplicationV1.DigestAnswer] = []
    public private(set) var credit: UInt64 = 0
    /// Why there is no more.
    public private(set) var creditCause = ""
    private var sent: UInt64 = 0
    /// Why it ended; nil while it is up.
    public private(set) var end: Failure?
    private let call: StreamingCall<ReplicationV1.SourceFrame, ReplicationV1.TargetFrame>
    private let clock: any Clock
    private let bell = Bell()
    private var reader: SpawnedTask?

    /// Says hello and waits for the welcome, and for the first credit, which ends the standing.
    public static func open(
        _ hello: ReplicationV1.StreamHello, at address: StreamAddress, _ environment: Environment,
        limit: Duration = .seconds(30)
    ) async throws -> ScriptedStream {
        let client = IntervalIntakeClient(StreamTransport(environment).channel(to: address))
        let call = try await client.replicate()
        try await call.send(.with { $0.frame = .hello(hello) })
        let stream = ScriptedStream(call, environment.clock)
        await stream.begin(environment)
        try await stream.wait(limit) { stream in stream.credit > 0 }
        return stream
    }

    private init(
        _ call: StreamingCall<ReplicationV1.SourceFrame, ReplicationV1.TargetFrame>, _ clock: any Clock
    ) {
        self.call = call
        self.clock = clock
    }

    private func begin(_ environment: Environment) {
        reader = environment.tasks.spawn("scripted stream") { await self.read() }
    }

    private func read() async {
        do {
            while let frame = try await call.next() {
                switch frame.frame {
                case .welcome(let part):
                    if welcome.more { try welcome.add(part) } else { welcome = part }
                case .progress(let message): progress.append(message)
                case .credit(let message):
                    credit = max(credit, message.totalBytes)
                    creditCause = message.cause
                case .digests(let message): answers.append(message)
                case .damaged, nil: break
                }
                bell.ring()
            }
            end = Failure(.unavailable, "the stream was ended")
        } catch let error as RPCError { end = Failure(error, attempting: "stream") } catch {
            end = Failure(.internalError, "stream: \(error)")
        }
        bell.ring()
    }

    /// Sends within credit.
    public func send(_ frames: [ReplicationV1.SourceFrame]) async throws {
        for frame in frames {
            if case .chunk(let chunk) = frame.frame {
                let size = UInt64(chunk.payload.count)
                try await wait(.seconds(60)) { $0.sent + size <= $0.credit || $0.sent < $0.credit }
                sent += size
            }
            if let end { throw end }
            try await call.send(frame)
        }
    }

    public func send(_ interval: ScriptedMachine.Interval) async throws { try await send(interval.frames) }

    public func has(_ number: UInt64, _ stage: ReplicationV1.IntervalProgress.Stage, pass: UInt32 = 0) -> Bool {
        progress.contains { $0.number == number && $0.stage == stage && $0.pass == pass }
    }

    public func await(
        _ number: UInt64, _ stage: ReplicationV1.IntervalProgress.Stage, pass: UInt32 = 0,
        limit: Duration = .seconds(60)
    ) async throws {
        try await wait(limit) { $0.has(number, stage, pass: pass) }
    }

    public func awaitAnswer(_ id: UInt64) async throws -> ReplicationV1.DigestAnswer {
        try await wait(.seconds(60)) { stream in stream.answers.contains { $0.id == id } }
        return answers.first { $0.id == id } ?? ReplicationV1.DigestAnswer()
    }

    /// Waits for the stream's end and says why.
    public func awaitEnd(limit: Duration = .seconds(60)) async throws -> Failure {
        let deadline = clock.now() + limit
        while true {
            let seen = bell.rings
            if let end { return end }
            guard clock.now() < deadline else { throw Failure(.timedOut, "wait for the stream's end") }
            await bell.wait(after: seen, until: deadline, clock)
        }
    }

    public func wait(_ limit: Duration, until condition: @Sendable (isolated ScriptedStream) -> Bool) async throws {
        let deadline = clock.now() + limit
        while true {
            let seen = bell.rings
            if condition(self) { return }
            if let end { throw end }
            guard clock.now() < deadline else {
                throw Failure(.timedOut, "wait for an answer; came: \(progress.map { "\($0.number) \($0.stage)" })")
            }
            await bell.wait(after: seen, until: deadline, clock)
        }
    }

    public func close() { call.cancel() }
}
