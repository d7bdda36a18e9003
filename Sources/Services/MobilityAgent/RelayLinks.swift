import API
import Contract
import Environment
import Hosting
import Logging
import MachineFiles
import Messages
import RPC

/// The links that an agent holds open to those who command it: the configuration server and its process servers.
/// Each is dialled again whenever it breaks; a command that came over one is answered over the same one.
actor RelayLinks {
    /// Messages that wait for one link to take them; the oldest status is as good as none.
    private static let outboxLimit = 256
    /// Commands carried out at once for one link.
    private static let commandLimit = 64
    private static let statusEvery = Duration.seconds(1)
    private static let firstPause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(3)

    struct Answers: Sendable {
        let hello: @Sendable () async -> AgentV1.AgentHello
        let status: @Sendable () async -> AgentV1.AgentStatus
        let execute: @Sendable (AgentV1.AgentCommand) async -> AgentV1.AgentCommandResult
    }

    private struct Link {
        let task: SpawnedTask
        var call: StreamingCall<AgentV1.AgentMessage, AgentV1.AgentCommand>?
        var outbox: AsyncStream<AgentV1.AgentMessage>.Continuation?
        var running = 0
        /// The relay's last tick, and when it came.
        var tick: (relayUs: UInt64, at: MonotonicInstant)?
    }

    private let environment: Environment
    private let transport: any Transport
    private let log: Logger
    private let answers: Answers
    private var links: [String: Link] = [:]
    private var isStopped = false

    init(environment: Environment, transport: any Transport, log: Logger, answers: Answers) {
        self.environment = environment
        self.transport = transport
        self.log = log
        self.answers = answers
    }

    /// Holds links to exactly these.
    func hold(_ endpoints: [EndpointRecord]) {
        guard !isStopped else { return }
        let wanted = endpoints.map(\.address)
        for address in links.keys.sorted() where !wanted.contains(address) {
            let link = links.removeValue(forKey: address)
            link?.call?.cancel()
            link?.task.cancel()
        }
        for address in wanted where links[address] == nil {
            links[address] = Link(task: environment.tasks.spawn("relay \(address)") { await self.run(address) })
        }
    }

    /// Says hello and status on every link, because something in them changed.
    func announce() async {
        let hello = await answers.hello()
        let echoes = links.mapValues { echo($0) }
        let status = await answers.status()
        for address in links.keys.sorted() {
            _ = links[address]?.outbox?.yield(.with { $0.message = .hello(hello) })
            let echoed = status.changed { $0.echo = echoes[address] ?? nil }
            _ = links[address]?.outbox?.yield(.with { $0.message = .status(echoed) })
        }
    }

    /// Taken before the status that it goes with: then the relay holds that status for older, never for younger.
    private func echo(_ link: Link) -> AgentV1.LinkEcho? {
        guard let tick = link.tick else { return nil }
        return .with {
            $0.relayUs = tick.relayUs
            $0.heldUs = UInt64(max(0, (environment.clock.now() - tick.at).inMicroseconds))
        }
    }

    private func echo(_ address: String) -> AgentV1.LinkEcho? { links[address].flatMap { echo($0) } }

    private func ticked(_ tick: AgentV1.LinkTick, _ address: String) {
        links[address]?.tick = (tick.relayUs, environment.clock.now())
    }

    func stop() async {
        isStopped = true
        let all = links.sorted { $0.key < $1.key }.map(\.value)
        links = [:]
        for link in all {
            link.call?.cancel()
            link.task.cancel()
        }
        for link in all { await link.task.finished() }
    }

    private func run(_ address: String) async {
        guard let target = try? parseAddress(address) else {
            return log.error("relay address cannot be dialled", metadata: ["address": "\(address)"])
        }
        let client = AgentLinkClient(transport.channel(to: target))
        var pause = Self.firstPause
        while !isStopped, links[address] != nil {
            do {
                let call = try await client.attach()
                try await serve(call, address)
                pause = Self.firstPause
            } catch {
                log.debug("relay link ended", metadata: ["address": "\(address)", "cause": "\(error)"])
            }
            links[address]?.call = nil
            links[address]?.outbox = nil
            links[address]?.tick = nil
            do { try await environment.clock.sleep(for: pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func serve(
        _ call: StreamingCall<AgentV1.AgentMessage, AgentV1.AgentCommand>, _ address: String
    ) async throws {
        defer { call.cancel() }
        guard links[address] != nil else { return }
        let (queue, outbox) = AsyncStream.makeStream(
            of: AgentV1.AgentMessage.self, bufferingPolicy: .bufferingNewest(Self.outboxLimit))
        links[address]?.call = call
        links[address]?.outbox = outbox
        defer { outbox.finish() }
        let hello = await answers.hello()
        try await call.send(.with { $0.message = .hello(hello) })
        let (clock, status) = (environment.clock, answers.status)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await message in queue { try await call.send(message) }
            }
            group.addTask {
                while true {
                    let echo = await self.echo(address)
                    let now = await status().changed { $0.echo = echo }
                    outbox.yield(.with { $0.message = .status(now) })
                    try await clock.sleep(for: Self.statusEvery)
                }
            }
            group.addTask {
                while let command = try await call.next() {
                    if case .tick(let tick) = command.command {
                        await self.ticked(tick, address)
                    } else {
                        await self.begin(command, address, outbox)
                    }
                }
            }
            // Whichever ends first ends the link; leaving by an error cancels the others as well.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Commands run beside each other: one that waits for the target must not keep a fence waiting.
    private func begin(
        _ command: AgentV1.AgentCommand, _ address: String,
        _ outbox: AsyncStream<AgentV1.AgentMessage>.Continuation
    ) {
        guard links[address]?.running ?? 0 < Self.commandLimit else {
            outbox.yield(
                .with {
                    $0.message = .result(
                        .with {
                            $0.sequence = command.sequence
                            $0.code = UInt32(StatusCode.unavailable.rawValue)
                            $0.message = "\(Self.commandLimit) commands are running; ask again"
                        })
                })
            return
        }
        links[address]?.running += 1
        environment.tasks.spawn("command") { [answers] in
            let result = await answers.execute(command)
            outbox.yield(.with { $0.message = .result(result) })
            await self.ended(address)
        }
    }

    private func ended(_ address: String) { links[address]?.running -= 1 }
}
