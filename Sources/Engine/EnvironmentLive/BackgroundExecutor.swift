import CLinux
import Glibc

/// Runs tasks on threads that give way to the rest of the process: a query is answered at once while jobs keep all
/// processors busy. The threads live as long as the process.
///
/// `@unchecked Sendable`: `jobs` and `next` are touched only with `mutex` held; the mutex and the condition live at
/// fixed addresses for as long as the process.
public final class BackgroundExecutor: TaskExecutor, @unchecked Sendable {
    /// A third of the weight of a thread that does not give way: enough to go on beside a process that never pauses.
    private static let niceness: Int32 = 5
    private static let mostTaken = 256

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [UnownedJob] = []
    /// The first that nobody has taken.
    private var next = 0

    public init(threads: Int) {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
        for _ in 0..<max(1, threads) {
            startThread { [self] in
                clinux_name_thread("background")
                // Where the kernel does not let a thread give way it does not: nothing depends on it.
                _ = clinux_set_niceness(Self.niceness)
                while true { take().runSynchronously(on: asUnownedTaskExecutor()) }
            }
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
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
        // What was taken goes in pieces, also while there is always more to do.
        if next >= Self.mostTaken {
            jobs.removeFirst(next)
            next = 0
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
