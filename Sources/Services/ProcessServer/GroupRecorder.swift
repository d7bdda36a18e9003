import API
import Contract
import Environment
import Hosting
import IntervalFrames
import Logging
import Messages
import Model
import RPC

/// Brings the cuts that every member held to the master target, in their order, until it has them.
///
/// The token is the key of a record, so a lost answer is asked for again. What waits here is lost with this process:
/// then those cuts are no common points.
actor GroupRecorder {
    private let id: GroupID
    private let limits: GroupLimits
    private let environment: Environment
    private let transport: any Transport
    private let log: Logger
    private let bell = Bell()
    private var waiting: [GroupCutRecord] = []
    /// Cuts whose age may still be asked for, oldest first.
    private var known: [(name: String, cutAt: MonotonicInstant)] = []
    private var newest: (name: String, cutAt: MonotonicInstant)?
    private var recorded: UInt64 = 0
    private var refusal = ""
    private var runner: SpawnedTask?
    private var isStopped = false
    /// The next sequence, under a generation and at a master target.
    private var sequence: (generation: UInt64, address: String, next: UInt64)?

    /// Records that wait for a master target that does not answer; over it the oldest cut is no common point.
    private static let mostWaiting = 64
    private static let mostKnown = 256
    private static let firstPause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(2)
    /// The newest record is asked for again this often, until its members are sealed.
    private static let look = Duration.seconds(1)

    struct Standing: Sendable {
        let recorded: UInt64
        /// Why the last record was refused; empty if it was not.
        let refusal: String
        let newest: (name: String, cutAt: MonotonicInstant)?
    }

    init(
        _ id: GroupID, limits: GroupLimits, environment: Environment, transport: any Transport, log: Logger
    ) {
        self.id = id
        self.limits = limits
        self.environment = environment
        self.transport = transport
        self.log = log
    }

    func begin() {
        guard runner == nil, !isStopped else { return }
        runner = environment.tasks.spawn("group record \(id)") { await self.run() }
    }

    func stop() async {
        isStopped = true
        bell.ring()
        runner?.cancel()
        await runner?.finished()
    }

    func standing() -> Standing { Standing(recorded: recorded, refusal: refusal, newest: newest) }

    /// Never given twice under a generation: the master target tells the highest that it ever recorded.
    func nextSequence(_ generation: UInt64, at address: String) async throws -> UInt64 {
        if let known = sequence, known.generation == generation, known.address == address {
            sequence?.next += 1
            return known.next
        }
        let answer = try await ask(
            .with { $0.token = .with { $0.group = id.text; $0.generation = generation } }, at: address)
        let next = max(answer.highestSequence, sequence?.generation == generation ? sequence?.next ?? 0 : 0) + 1
        sequence = (generation, address, next + 1)
        return next
    }

    func add(_ record: GroupCutRecord) {
        waiting.append(record)
        if waiting.count > Self.mostWaiting { waiting.removeFirst() }
        known.append((Self.name(record.token), record.cutAt))
        if known.count > Self.mostKnown { known.removeFirst() }
        bell.ring()
    }

    static func name(_ token: ReplicationV1.GroupToken) -> String {
        "\(token.group)/\(token.generation)/\(token.sequence)"
    }

    private func run() async {
        var pause = Self.firstPause
        var last: GroupCutRecord?
        while !isStopped, !Task.isCancelled {
            let seen = bell.rings
            guard let record = waiting.first else {
                guard let asked = last, newest?.name != Self.name(asked.token) else {
                    await bell.wait(after: seen)
                    continue
                }
                await bell.wait(after: seen, until: environment.clock.now() + Self.look, environment.clock)
                if waiting.isEmpty, !isStopped, let answer = try? await send(asked) { noted(answer) }
                continue
            }
            do {
                let answer = try await send(record)
                taken(record)
                recorded += 1
                refusal = ""
                last = record
                pause = Self.firstPause
                noted(answer)
            } catch let failure as Failure where failure.disposition == .permanent {
                log.notice("a common cut is refused", metadata: ["group": "\(id)", "error": "\(failure)"])
                refusal = failure.message
                taken(record)
                // Whatever it knows of this group better than we do, it is asked before the next cut.
                sequence = nil
            } catch {
                do { try await environment.clock.sleep(for: pause) } catch { return }
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    private func taken(_ record: GroupCutRecord) { waiting.removeAll { $0.token == record.token } }

    private func noted(_ answer: ReplicationV1.RecordGroupPointResponse) {
        guard let token = answer.newestCommon else { return }
        let name = Self.name(token)
        guard newest?.name != name, let cut = known.first(where: { $0.name == name }) else { return }
        newest = cut
    }

    private func send(_ record: GroupCutRecord) async throws -> ReplicationV1.RecordGroupPointResponse {
        try await ask(
            .with {
                $0.token = record.token
                $0.members = record.members
                $0.cutUnixUs = record.cutWall.microseconds
            }, at: record.address)
    }

    private func ask(
        _ request: ReplicationV1.RecordGroupPointRequest, at address: String
    ) async throws -> ReplicationV1.RecordGroupPointResponse {
        let client = GroupRecordClient(transport.channel(to: try parseAddress(address)))
        return try await calling("record a point of group \(id)") {
            try await client.recordGroupPoint(request, CallOptions(timeout: limits.call))
        }
    }
}
