import RPC
import Synchronization
import Testing

/// Statuses that are set from many threads at once, and those who watch them.
struct HealthStatusTests {
    /// What a watcher has heard last, and how it came to its end.
    private final class Heard: Sendable {
        private struct State {
            var last: HealthStatus.Serving?
            var hasEnded = false
        }
        private let state = Mutex(State())

        func hear(_ value: HealthStatus.Serving) { state.withLock { $0.last = value } }
        func end() { state.withLock { $0.hasEnded = true } }
        var last: HealthStatus.Serving? { state.withLock { $0.last } }
        var hasEnded: Bool { state.withLock { $0.hasEnded } }
    }

    private static let watchers = 8
    private static let setters = 4
    private static let values: [HealthStatus.Serving] = [.serving, .notServing, .unknown]

    private static func watch(_ health: HealthStatus, _ heard: Heard) async {
        for await value in health.watch("a") { heard.hear(value) }
        heard.end()
    }

    private static func set(_ health: HealthStatus, _ setter: Int, _ count: Int) {
        for number in 0..<count { health.set("a", values[(number + setter) % values.count]) }
    }

    /// Whatever values race, the one that `get` says in the end is the last that every watcher hears: a value that is
    /// lost leaves a watcher waiting for it, and this test too.
    @Test(.timeLimit(.minutes(1))) func `of values that are set at once, every watcher ends with the one that stays`()
        async
    {
        for _ in 0..<50 {
            let health = HealthStatus()
            let heard = (0..<Self.watchers).map { _ in Heard() }
            await withTaskGroup(of: Void.self) { watching in
                for heard in heard { watching.addTask { await Self.watch(health, heard) } }
                await withTaskGroup(of: Void.self) { setting in
                    for setter in 0..<Self.setters { setting.addTask { Self.set(health, setter, 100) } }
                }
                let last = health.get("a")
                while heard.contains(where: { $0.last != last }) { await Task.yield() }
                watching.cancelAll()
            }
            #expect(heard.allSatisfy { $0.hasEnded })
        }
    }

    /// The end of the program races with values and with watchers that just begin: each of them hears NOT_SERVING last,
    /// then the end, and nothing is set afterwards.
    @Test(.timeLimit(.minutes(1))) func `whatever is set while the program ends, watchers end with NOT_SERVING`()
        async
    {
        for _ in 0..<50 {
            let health = HealthStatus()
            health.set("a", .serving)
            let heard = (0..<Self.watchers).map { _ in Heard() }
            await withTaskGroup(of: Void.self) { tasks in
                for (number, heard) in heard.enumerated() {
                    tasks.addTask {
                        await Self.watch(health, heard)
                        #expect(heard.last == .notServing, "watcher \(number)")
                    }
                    if number < Self.setters { tasks.addTask { Self.set(health, number, 100) } }
                }
                tasks.addTask { health.shutDown() }
            }
            #expect(heard.allSatisfy { $0.hasEnded && $0.last == .notServing })
            #expect(health.get("a") == .notServing)
        }
    }

    @Test func `a watcher that is slow hears the newest value and not each one before it`() async {
        let health = HealthStatus()
        health.set("a", .serving)
        var watcher = health.watch("a").makeAsyncIterator()
        #expect(await watcher.next() == .serving)
        for value in [HealthStatus.Serving.notServing, .unknown, .serving, .notServing] { health.set("a", value) }
        #expect(await watcher.next() == .notServing)
        health.set("a", .serving)
        health.shutDown()
        #expect(await watcher.next() == .notServing)
        #expect(await watcher.next() == nil)
    }
}
