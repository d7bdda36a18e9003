import Glibc

/// Elements from any thread for threads that wait for them, in their order.
///
/// `@unchecked Sendable`: every variable is touched only with `mutex` held, and the mutex and the condition live at
/// addresses fixed from `init` to `deinit`. Not a `Mutex`: a condition cannot wait on one.
final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var elements: [Element] = []
    private var finished = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// False, and nothing is kept, where `limit` of them wait.
    @discardableResult
    func append(_ element: Element, limit: Int = .max) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard elements.count < limit else { return false }
        elements.append(element)
        pthread_cond_signal(changed)
        return true
    }

    /// Whoever waits is told that there will be no more, once what is there was taken.
    func finish() {
        pthread_mutex_lock(mutex)
        finished = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until there are any, and takes the first of them, `most` at the most; nil once it is finished and empty.
    func take(_ most: Int = .max) -> [Element]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while elements.isEmpty {
            if finished { return nil }
            pthread_cond_wait(changed, mutex)
        }
        let taken = Array(elements.prefix(most))
        elements.removeFirst(taken.count)
        return taken
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
