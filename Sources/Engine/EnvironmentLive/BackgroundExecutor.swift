import CLinux

/// Runs tasks on threads that give way to the rest of the process: a query is answered at once while jobs keep all
/// processors busy. The threads live as long as the process.
public final class BackgroundExecutor: TaskExecutor {
    /// A third of the weight of a thread that does not give way: enough to go on beside a process that never pauses.
    private static let niceness: Int32 = 5

    private let jobs = BlockingQueue<UnownedJob>()

    public init(threads: Int) {
        for _ in 0..<max(1, threads) {
            startThread { [self] in
                clinux_name_thread("background")
                // Where the kernel does not let a thread give way it does not: nothing depends on it.
                _ = clinux_set_niceness(Self.niceness)
                // One each: another thread is free for the next.
                while let taken = jobs.take(1) {
                    for job in taken { job.runSynchronously(on: asUnownedTaskExecutor()) }
                }
            }
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }
}
