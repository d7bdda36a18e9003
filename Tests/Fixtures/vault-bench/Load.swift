import API
import Environment
import Messages
import RPC
import RPCTransport
import Synchronization

/// Operations and queries, as clients make them.
struct Load: Sendable {
    private let items: ItemsClient
    private let jobs: JobsClient
    private let environment: Environment
    private let names: @Sendable (Int) -> String = { "m-\($0)" }

    init(_ vault: RPCClient, _ environment: Environment) {
        items = ItemsClient(vault)
        jobs = JobsClient(vault)
        self.environment = environment
    }

    private static let patience = CallOptions(timeout: .seconds(60), waitForReady: true)

    func answered(within limit: Duration) async throws {
        _ = try await jobs.listJobs(.with { $0.pageSize = 20 }, CallOptions(timeout: limit, waitForReady: true))
    }

    // MARK: Jobs

    func protect(first: Int, count: Int, atOnce: Int) async throws {
        try await each(first..<first + count, atOnce: atOnce) { number in
            let job = try await items.enable(
                .with {
                    $0.machine = names(number)
                    $0.options = options()
                }, Self.patience)
            try await succeed(job)
        }
    }

    func finish(items count: Int, atOnce: Int, count jobs: Int) async throws {
        try await each(0..<jobs, atOnce: atOnce) { number in
            let job = try await items.takePoint(
                .with {
                    $0.name = names(number % count)
                    $0.options = options()
                }, Self.patience)
            try await succeed(job)
        }
    }

    private func each(
        _ numbers: Range<Int>, atOnce: Int, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let next = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<atOnce {
                group.addTask {
                    while case let number = numbers.lowerBound + next.add(), number < numbers.upperBound {
                        try await body(number)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// As `homeward` follows a job.
    private func succeed(_ first: VaultV1.Job) async throws {
        var job = first
        while true {
            switch job.state {
            case .succeeded: return
            case .queued, .running, .waitingAgent: break
            default: throw RPCError(.aborted, "\(job.operation) of \(job.item) ended as \(job.state): \(job.message)")
            }
            job = try await jobs.getJob(
                .with {
                    $0.name = job.name
                    $0.waitUs = 1_000_000
                    $0.afterRevision = job.revision
                }, Self.patience)
        }
    }

    private func options() -> VaultV1.MutationOptions {
        .with {
            $0.requestID = "bench-\(environment.random.nextUInt64())"
            $0.person = "bench"
        }
    }

    /// Round and round: to the cloud and home.
    private func operate(_ name: String, _ turn: Int) async throws -> VaultV1.Job {
        switch turn % 6 {
        case 0, 3:
            try await items.failover(
                .with {
                    $0.name = name
                    $0.expectedDirection = turn % 6 == 0 ? .out : .home
                    $0.choice = .latest
                    $0.options = options()
                }, Self.patience)
        case 1, 4: try await items.commit(request(name), Self.patience)
        default: try await items.reprotect(request(name), Self.patience)
        }
    }

    private func request(_ name: String) -> VaultV1.ItemOperationRequest {
        .with {
            $0.name = name
            $0.options = options()
        }
    }

    // MARK: Work

    /// The items go round from where `turn` says; each worker has its own, and one operation at a time.
    func work(items count: Int, atOnce: Int, _ duration: Duration) async throws -> String {
        let clock = environment.clock
        let (begin, end) = (clock.now(), clock.now() + duration)
        let done = Count()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<min(atOnce, count) {
                group.addTask {
                    var turns: [Int: Int] = [:]
                    var number = worker
                    while clock.now() < end {
                        let turn = turns[number, default: 0]
                        try await succeed(operate(names(number), turn))
                        _ = done.add()
                        turns[number] = turn + 1
                        number = number + atOnce < count ? number + atOnce : worker
                    }
                    // Back to where everybody began, for the next run.
                    for (number, turn) in turns {
                        for left in turn..<(turn + 5) / 6 * 6 { try await succeed(operate(names(number), left)) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let seconds = Double(duration.inMicroseconds) / 1e6
        let jobs = done.add()
        return "{\"jobs\":\(jobs),\"seconds\":\(seconds),\"allSeconds\":"
            + "\(Double((clock.now() - begin).inMicroseconds) / 1e6)}"
    }

    /// One after the other, with pauses: as people and dashboards look, not as a load of its own. Jobs that are asked
    /// for run, or ended just now.
    func query(items count: Int, _ duration: Duration) async throws -> String {
        let (clock, random, samples) = (environment.clock, environment.random, Samples())
        let end = clock.now() + duration
        var newest: [VaultV1.Job] = []
        while clock.now() < end {
            let number = Int(random.nextUInt64() % UInt64(count))
            try await samples.take("GetItem", clock) {
                _ = try await items.getItem(.with { $0.name = names(number) }, Self.patience)
            }
            if !newest.isEmpty {
                let job = newest[Int(random.nextUInt64() % UInt64(newest.count))]
                try await samples.take("GetJob", clock) {
                    _ = try await jobs.getJob(.with { $0.name = job.name }, Self.patience)
                }
            }
            try await samples.take("ListItems, 100", clock) {
                _ = try await items.listItems(.init(), Self.patience)
            }
            try await samples.take("ListJobs, 20", clock) {
                newest = try await jobs.listJobs(.with { $0.pageSize = 20 }, Self.patience).jobs
            }
            try await samples.take("ListJobs of an item", clock) {
                _ = try await jobs.listJobs(
                    .with {
                        $0.item = names(number)
                        $0.pageSize = 20
                    }, Self.patience)
            }
            try await clock.sleep(for: .milliseconds(20))
        }
        return "{\(samples.json)}"
    }
}

private final class Count: Sendable {
    private let value = Mutex(0)

    /// How many there were before.
    func add() -> Int {
        value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}

/// How long each kind of query took.
private final class Samples: Sendable {
    private let taken = Mutex<[String: [Int64]]>([:])

    func take(_ name: String, _ clock: any Clock, _ body: () async throws -> Void) async throws {
        let begin = clock.now()
        try await body()
        let took = (clock.now() - begin).inMicroseconds
        taken.withLock { $0[name, default: []].append(took) }
    }

    /// Microseconds, in the order in which they were taken.
    var json: String {
        taken.withLock { $0 }.sorted { $0.key < $1.key }
            .map { "\"\($0.key)\":[\($0.value.map(String.init).joined(separator: ","))]" }.joined(separator: ",")
    }
}
