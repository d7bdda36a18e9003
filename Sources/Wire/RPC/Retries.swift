internal import Environment
internal import Synchronization

/// When a unary call is made again (grpc/proposal A6). Three rules:
///
/// - A call that the server says it never looked at (REFUSED_STREAM, or a stream above GOAWAY's last) is made again at
///   once, whatever it is ("transparent retry").
/// - A call that is idempotent (`CallOptions.isIdempotent`: its method says so in its .proto, or its request carries an
///   operation key) is made again after UNAVAILABLE, with growing and jittered waits, unless the server pushes back.
/// - A budget of the channel stops both kinds of policy when too many calls fail ("retry throttling").
///
/// Streams are not repeated: only their caller knows what of them has had its effect.
public struct RetryPolicy: Hashable, Sendable {
    /// The first attempt included.
    public var maxAttempts: Int
    public var backoff: Backoff
    public var retryableCodes: Set<StatusCode>
    /// Tokens at most; half of them or fewer, and nothing is retried. A failure costs one.
    public var maxTokens: Int
    /// Thousandths of a token that a success gives back.
    public var tokenRatio: Int

    public init(
        maxAttempts: Int = 4,
        backoff: Backoff = Backoff(initial: .milliseconds(50), multiplier: 2, maximum: .seconds(2), jitter: 0.2),
        retryableCodes: Set<StatusCode> = [.unavailable], maxTokens: Int = 20, tokenRatio: Int = 100
    ) {
        self.maxAttempts = maxAttempts
        self.backoff = backoff
        self.retryableCodes = retryableCodes
        self.maxTokens = maxTokens
        self.tokenRatio = tokenRatio
    }
}

/// What a server says of retries in `grpc-retry-pushback-ms` (A6, "Pushback").
public enum RetryPushback: Hashable, Sendable {
    case after(Duration)
    /// A negative or malformed value.
    case never

    init(_ text: String) {
        guard let milliseconds = Int64(text), (0...Self.most).contains(milliseconds) else {
            self = .never
            return
        }
        self = .after(.milliseconds(milliseconds))
    }

    /// A day, in milliseconds; a server that asks for more wants none.
    private static let most: Int64 = 86_400_000

    var text: String {
        switch self {
        case .after(let wait): String(max(wait.inNanoseconds / 1_000_000, 0))
        case .never: "-1"
        }
    }
}

/// The retries of one channel.
public final class Retries: Sendable {
    private let policy: RetryPolicy
    private let runtime: RPCRuntime
    /// Thousandths.
    private let tokens: Atomic<Int>
    private let limit: Int

    public init(_ policy: RetryPolicy, _ runtime: RPCRuntime) {
        self.policy = policy
        self.runtime = runtime
        limit = policy.maxTokens * 1_000
        tokens = Atomic(limit)
    }

    /// Makes the attempts. `attempt` is given the options of each; its error goes to the caller when it is the last.
    func run<R>(
        _ options: CallOptions, isolation: isolated (any Actor)? = #isolation,
        _ attempt: (CallOptions) async throws -> R
    ) async throws -> R {
        var options = options
        let deadline = options.deadline(runtime.clock)
        // What an attempt before may have done is not undone by a last one that never left.
        var wasSent = false
        while true {
            do {
                let result = try await attempt(options)
                succeeded()
                return result
            } catch var error as RPCError {
                wasSent = wasSent || error.wasSent
                error.wasSent = wasSent
                guard let wait = wait(after: error, options) else { throw error }
                if let deadline {
                    let left = deadline - runtime.clock.now() - wait
                    guard left > .zero else { throw error }
                    options.timeout = left
                }
                // Cancelled meanwhile: what is known of the call is told all the same.
                if wait > .zero, (try? await runtime.clock.sleep(for: wait)) == nil { throw error }
                options.previousAttempts += 1
            }
        }
    }

    /// How long to wait before the next attempt; nil: there is none.
    private func wait(after error: RPCError, _ options: CallOptions) -> Duration? {
        let isFirst = options.previousAttempts == 0
        if error.wasRefused && isFirst { return .zero }
        guard policy.retryableCodes.contains(error.code) || error.pushback != nil else { return nil }
        // A6: a failure with a retryable code costs a token, retried or not; so does a pushback of "never".
        let enough = spend()
        guard options.mayRepeat, policy.retryableCodes.contains(error.code), enough else { return nil }
        guard options.previousAttempts + 1 < policy.maxAttempts else { return nil }
        switch error.pushback {
        case .never: return nil
        case .after(let wait): return wait
        case nil: return policy.backoff.wait(afterFailures: options.previousAttempts + 1, runtime.random)
        }
    }

    /// True when more than half of the tokens are left.
    private func spend() -> Bool {
        var old = tokens.load(ordering: .relaxed)
        while true {
            let new = max(old - 1_000, 0)
            let (done, seen) = tokens.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if done { return new * 2 > limit }
            old = seen
        }
    }

    private func succeeded() {
        var old = tokens.load(ordering: .relaxed)
        // The usual case costs one load.
        while old < limit {
            let new = min(old + policy.tokenRatio, limit)
            let (done, seen) = tokens.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if done { return }
            old = seen
        }
    }
}
