public import Environment
public import NIOCore
internal import Synchronization

/// Starts tasks on an event loop: between them and the connections of that loop there is no thread hop. They must not
/// block.
public func tasks(on loop: any EventLoop) -> any TaskSpawner { EventLoopExecutor.shared(loop) }

/// Runs the tasks of an event loop's connections on that loop, so that there is no hop between the socket and a
/// handler, and flushes each connection after a batch of them.
///
/// `@unchecked Sendable`: every variable is touched on the loop alone (`assertInEventLoop`).
final class EventLoopExecutor: TaskExecutor, TaskSpawner, @unchecked Sendable {
    /// Jobs run at one go before the loop looks at its sockets again.
    private static let maxBatch = 1_024
    /// Jobs after which what they wrote is sent, so that the peer works on it beside the rest: with one flush at the
    /// end of many, two processes on two cores would take turns. Each flush costs a system call.
    private static let flushAfter = 16

    let loop: any EventLoop
    private var ready: [UnownedJob] = []
    private var flushes: [ConnectionHandler] = []
    private var isScheduled = false
    /// Inside a read or a batch: what becomes ready is run, and what is to be flushed is flushed, at its end.
    private var isBatching = false
    private var polling = PollingPolicy()
    private var sockets = PolledSockets()
    /// They would wait while the loop looks at the sockets of calls, and to look at them too takes a processor.
    private var streams = 0
    private var isPollScheduled = false
    /// Work from other threads that the loop has not begun with.
    private let outside = Atomic<Int>(0)

    private init(_ loop: any EventLoop) { self.loop = loop }

    private struct Entry: Sendable {
        weak var executor: EventLoopExecutor?
    }

    private static let executors = Mutex<[ObjectIdentifier: Entry]>([:])

    /// The one executor of a loop: what serves and what calls on the same loop shares its batches.
    static func shared(_ loop: any EventLoop) -> EventLoopExecutor {
        executors.withLock { executors in
            // An executor keeps its loop, so the loop of a living entry is this one.
            if let executor = executors[ObjectIdentifier(loop)]?.executor { return executor }
            executors = executors.filter { $0.value.executor != nil }
            let executor = EventLoopExecutor(loop)
            executors[ObjectIdentifier(loop)] = Entry(executor: executor)
            return executor
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if loop.inEventLoop {
            ready.append(job)
            schedule()
        } else {
            executeFromOutside { [self] in
                ready.append(job)
                if !isBatching { runBatch() }
            }
        }
    }

    /// From another thread.
    func executeFromOutside(_ body: @escaping @Sendable () -> Void) {
        outside.add(1, ordering: .releasing)
        loop.execute { [self] in
            outside.subtract(1, ordering: .relaxed)
            body()
        }
    }

    /// A socket of a connection on this loop, until `remove`.
    func add(_ socket: CInt) {
        loop.assertInEventLoop()
        sockets.add(socket)
    }

    func remove(_ socket: CInt) {
        loop.assertInEventLoop()
        sockets.remove(socket)
    }

    /// A byte stream on this loop, such as a guest's, until `removeStream`: nothing is polled meanwhile.
    func addStream() {
        loop.assertInEventLoop()
        streams += 1
    }

    func removeStream() {
        loop.assertInEventLoop()
        streams -= 1
    }

    var isPollable: Bool {
        loop.assertInEventLoop()
        return streams == 0 && sockets.isPollable
    }

    func spawn(_ name: String, _ body: @escaping @Sendable () async -> Void) -> SpawnedTask {
        SpawnedTask(Task.detached(executorPreference: self, operation: body))
    }

    /// Lets the connection send what it has at the end of the batch under way, or soon.
    func requestFlush(_ handler: ConnectionHandler) {
        loop.assertInEventLoop()
        flushes.append(handler)
        schedule()
    }

    /// From here to `endBatch` nothing is scheduled.
    func beginBatch() {
        loop.assertInEventLoop()
        polling.resume(at: .now())
        isBatching = true
    }

    func endBatch() { runBatch() }

    private func schedule() {
        guard !isBatching && !isScheduled else { return }
        isScheduled = true
        loop.execute { [self] in
            isScheduled = false
            runBatch()
        }
    }

    private func runBatch() {
        loop.assertInEventLoop()
        polling.resume(at: .now())
        isBatching = true
        var left = Self.maxBatch
        while !ready.isEmpty && left > 0 {
            let count = min(ready.count, Self.flushAfter, left)
            for place in 0..<count { ready[place].runSynchronously(on: asUnownedTaskExecutor()) }
            // Before the flush: a connection that breaks in it ends its read, and with it a batch within this one.
            ready.removeFirst(count)
            left -= count
            flush()
        }
        flush()
        isBatching = false
        if !ready.isEmpty || !flushes.isEmpty { schedule() } else { pause() }
    }

    /// The sockets are looked at once the loop is through with what they had.
    private func pause() {
        guard polling.pause(at: .now()), isPollable, !isPollScheduled else { return }
        isPollScheduled = true
        loop.execute { [self] in
            isPollScheduled = false
            guard ready.isEmpty && flushes.isEmpty else { return }
            let (outcome, now) = sockets.poll(from: .now()) { outside.load(ordering: .acquiring) > 0 }
            polling.polled(outcome, at: now)
        }
    }

    private func flush() {
        guard !flushes.isEmpty else { return }
        let handlers = flushes
        flushes.removeAll(keepingCapacity: true)
        for handler in handlers { handler.flush() }
    }
}
