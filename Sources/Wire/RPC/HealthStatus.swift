internal import Synchronization

/// What `grpc.health.v1.Health` answers: which services of this process are serving. The empty name is the process.
public final class HealthStatus: Sendable {
    public enum Serving: Int, Hashable, Sendable { case unknown = 0, serving = 1, notServing = 2, serviceUnknown = 3 }

    private struct State {
        var services: [String: Serving] = [:]
        var watchers: [Int: AsyncStream<Serving>.Continuation] = [:]
        var watched: [Int: String] = [:]
        var nextWatcher = 0
        var isShutDown = false
    }

    /// A watcher sees the newest value, not each one in between.
    private static let watcherBuffer = 1

    private let state = Mutex(State())

    public init() {}

    public func set(_ service: String, _ serving: Serving) {
        state.withLock { state in
            guard !state.isShutDown else { return }
            state.services[service] = serving
            // Under the lock: of two values that are set at once, a watcher ends with the one that stays.
            for number in state.watched.filter({ $0.value == service }).keys.sorted() {
                state.watchers[number]?.yield(serving)
            }
        }
    }

    /// The program ends: every service is `notServing` from now on, and watches end once they said so.
    public func shutDown() {
        let watchers = state.withLock { state in
            state.isShutDown = true
            for service in state.services.keys { state.services[service] = .notServing }
            let watchers = state.watchers.keys.sorted().map { number in
                (state.watchers[number], state.watched[number].flatMap { state.services[$0] } ?? .serviceUnknown)
            }
            state.watchers = [:]
            state.watched = [:]
            return watchers
        }
        for (watcher, serving) in watchers {
            watcher?.yield(serving)
            watcher?.finish()
        }
    }

    /// nil for a service that was never set.
    public func get(_ service: String) -> Serving? { state.withLock { $0.services[service] } }

    /// The present value (`serviceUnknown` if never set), then each change, coalesced.
    public func watch(_ service: String) -> AsyncStream<Serving> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Serving.self, bufferingPolicy: .bufferingNewest(Self.watcherBuffer))
        let number: Int? = state.withLock { state in
            guard !state.isShutDown else {
                continuation.yield(state.services[service] ?? .serviceUnknown)
                continuation.finish()
                return nil
            }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = continuation
            state.watched[state.nextWatcher] = service
            continuation.yield(state.services[service] ?? .serviceUnknown)
            return state.nextWatcher
        }
        guard let number else { return stream }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.watchers[number] = nil
                state.watched[number] = nil
            }
        }
        return stream
    }
}
