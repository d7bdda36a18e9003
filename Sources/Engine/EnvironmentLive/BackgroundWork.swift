import CLinux
import Glibc

/// What of a process gives way to the rest of it: a query is answered at once while its jobs keep all processors busy.
public struct BackgroundWork: Sendable {
    /// A third of the weight of a thread that does not give way: enough to go on beside a process that never pauses.
    static let niceness: Int32 = 5

    /// Lanes that belong to it.
    let lanes: Set<String>

    /// Spawned tasks run on threads of their own, `threads` of them.
    let executor: BackgroundExecutor

    public init(threads: Int, lanes: Set<String>) {
        self.lanes = lanes
        executor = BackgroundExecutor(threads: threads)
    }
}

/// Runs tasks on threads that give way. They live as long as the process.
///
/// `@unchecked Sendable`: `jobs` is touched only with `mutex` held; the mutex and the condition live at fixed addresses
/// for as long as the process.
final class BackgroundExecutor: TaskExecutor, @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
    /// The first that nobody has taken.
    private var next = 0

    init(threads: Int) {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
        for _ in 0..<max(1, threads) {
            startThread { [self] in
                beginThread("background", BackgroundWork.niceness)
                while true { take().runSynchronously(on: asUnownedTaskExecutor()) }
            }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(mutex)
        jobs.append(job)
        pthread_cond_signal(changed)
        pthread_mutex_unlock(mutex)
    }

    private func take() -> UnownedJob {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while next == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            next = 0
            pthread_cond_wait(changed, mutex)
        }
        defer { next += 1 }
        return jobs[next]
    }
}

/// A detached thread that runs `body`.
func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(ThreadBody(body))
    let code = pthread_create(&thread, nil, { argument in
        guard let argument else { return nil }
        Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }, argument.toOpaque())
    precondition(code == 0, "no thread: errno \(code)")
    pthread_detach(thread)
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Where the kernel does not let a thread give way it does not: nothing depends on it.
func beginThread(_ name: String, _ niceness: Int32) {
    clinux_name_thread(name)
    if niceness != 0 { _ = clinux_set_niceness(niceness) }
}
