import Environment
import Hosting
import Messages
import RPC
import RPCTransport

/// Calls without a pause and a stream that does not end by itself, at a server whose connections have an age: every
/// call is answered, and the stream ends when the age and its grace are over.
func age(_ client: RPCClient, _ clock: any Clock, _ duration: Duration) async throws {
    let begin = clock.now()
    let end = begin + duration
    let watch = try await client.start(
        MethodName(service: HealthHandler.serviceName, method: "Watch"), CallOptions(waitForReady: true))
    try await watch.send([])
    try await watch.finishSending()
    try check(try await watch.next() != nil, "the watch begins")
    async let outcome = endOf(watch, clock)
    let count = try await withThrowingTaskGroup(of: Int.self) { tasks in
        for _ in 0..<workers {
            tasks.addTask {
                var count = 0
                while clock.now() < end {
                    // Nothing says that it may be made again: only a call that no server saw is.
                    let health: HealthV1.HealthCheckResponse = try await client.unary(
                        MethodName(service: HealthHandler.serviceName, method: "Check"), HealthV1.HealthCheckRequest(),
                        CallOptions(timeout: .seconds(10)))
                    try check(health.status == .serving, "the response")
                    count += 1
                }
                return count
            }
        }
        return try await tasks.reduce(0, +)
    }
    let (code, at) = await outcome
    print("\(count) calls were answered, the stream ended with \(code) after \((at - begin).inMicroseconds / 1_000) ms")
}

private let workers = 8

private func endOf(_ call: any ClientCall, _ clock: any Clock) async -> (StatusCode, MonotonicInstant) {
    do {
        while try await call.next() != nil {}
        return (.ok, clock.now())
    } catch { return ((error as? RPCError)?.code ?? .unknown, clock.now()) }
}
