internal import NIOPosix

/// Work of milliseconds that would make an event loop's connections wait. One thread for the whole process: hostile
/// peers ask for such work, and it may take no more than its share of the processors.
enum SideWork {
    private static let pool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    /// What waits is bounded by the handlers that wait for it.
    static func submit(_ work: @escaping @Sendable () -> Void) { pool.submit { _ in work() } }
}
