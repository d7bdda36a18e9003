import CLinux

/// Runs tasks on threads that give way to the rest of the process: a query is answered at once while jobs keep all
/// processors busy. The threads live as long as the process.
public final class BackgroundExecutor: TaskExecutor {
    private let jobs = BlockingQueue<UnownedJob>()

    public init(threads: Int) {
        for _ in 0..<max(1, threads) {
            startThread { [self] in
                clinux_name_thread("background")
                ThreadPriority.background.apply()
                // One each: another thread is free for the next.
                while let taken = jobs.take(1) {
                    for job in taken { job.runSynchronously(on: asUnownedTaskExecutor()) }
                }
            }
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }
}
