import Environment
import RPC

/// What a connection needs of the world, on the thread of the one who calls: tasks run in order of arrival while
/// `settle` runs, time stands still but for `advance`.
///
/// `@unchecked Sendable`: one thread uses it, and the tasks run on that thread.
final class FuzzWorld: TaskExecutor, @unchecked Sendable {
    /// More jobs without a pause than any sound program has for one input.
    private static let jobLimit = 1_000_000

    private var ready: [UnownedJob] = []
    private var next = 0
    private var sleepers: [Sleeper] = []
    private(set) var time = MonotonicInstant(nanoseconds: 1_000_000_000)
    /// Names of tasks that have not ended, how many of each.
    private(set) var running: [String: Int] = [:]

    var runtime: RPCRuntime {
        RPCRuntime(clock: FuzzClock(world: self), random: FuzzRandom(), tasks: FuzzTasks(world: self))
    }

    var clock: any Clock { FuzzClock(world: self) }

    /// A task that waits for its time, or is woken because it was cancelled.
    fileprivate final class Sleeper {
        let until: MonotonicInstant
        var continuation: UnsafeContinuation<Void, Never>?

        init(until: MonotonicInstant) { self.until = until }
    }

    func enqueue(_ job: consuming ExecutorJob) { ready.append(UnownedJob(job)) }

    /// Lets every task go on until all wait.
    func settle() throws(Broken) {
        var jobs = 0
        while next < ready.count {
            let job = ready[next]
            next += 1
            job.runSynchronously(on: asUnownedTaskExecutor())
            jobs += 1
            try require(jobs < Self.jobLimit, "tasks are busy without end: \(running)")
        }
        ready.removeAll(keepingCapacity: true)
        next = 0
    }

    /// Lets time pass, and wakes sleepers each at its time.
    func advance(_ duration: Duration) throws(Broken) {
        let end = time + duration
        try settle()
        while let first = sleepers.indices.min(by: { sleepers[$0].until < sleepers[$1].until }),
            sleepers[first].until <= end
        {
            let sleeper = sleepers.remove(at: first)
            time = max(time, sleeper.until)
            wake(sleeper)
            try settle()
        }
        time = end
    }

    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        running[name, default: 0] += 1
        return SpawnedTask(
            Task(executorPreference: self) {
                await body()
                let left = (self.running[name] ?? 0) - 1
                self.running[name] = left == 0 ? nil : left
            })
    }

    fileprivate func sleep(_ sleeper: Sleeper, _ continuation: UnsafeContinuation<Void, Never>) {
        guard !Task.isCancelled, sleeper.until > time else { return continuation.resume() }
        sleeper.continuation = continuation
        sleepers.append(sleeper)
    }

    fileprivate func wake(_ sleeper: Sleeper) {
        sleepers.removeAll { $0 === sleeper }
        let continuation = sleeper.continuation
        sleeper.continuation = nil
        continuation?.resume()
    }
}

private struct FuzzClock: Clock {
    let world: FuzzWorld

    func now() -> MonotonicInstant { world.time }
    func wallNow() -> WallInstant { WallInstant(microseconds: world.time.nanoseconds / 1_000) }

    func sleep(until instant: MonotonicInstant) async throws {
        // Everything happens on the world's one thread.
        nonisolated(unsafe) let sleeper = FuzzWorld.Sleeper(until: instant)
        await withTaskCancellationHandler {
            await withUnsafeContinuation { world.sleep(sleeper, $0) }
        } onCancel: {
            world.wake(sleeper)
        }
        try Task.checkCancellation()
    }
}

private struct FuzzTasks: TaskSpawner {
    let world: FuzzWorld

    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask { world.spawn(name, body) }
}

/// No jitter: an input alone decides what happens.
private struct FuzzRandom: RandomSource {
    func nextUInt64() -> UInt64 { 1 << 63 }
}
