import Environment
import RPC
import RPCTransport
import Synchronization

/// Where a call of `cancels` ends.
private enum Cut: Int, CaseIterable {
    case never, beforeStart, afterBegin, afterFirstResponse, deadline
}

private final class Tally: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}

private let workers = 64
private let methods = ["Unary", "Expand", "Collect", "Chat"]

/// Calls of all kinds, ended at random places; then says what is left of them on this side.
func cancels(_ client: RPCClient, _ environment: Environment, _ count: Int) async throws {
    // The first call opens the connection and whatever the process opens once.
    _ = try await unary(client, "Unary", [], CallOptions(timeout: .seconds(10), waitForReady: true))
    let before = descriptors()
    let begun = Tally()
    let clean = Tally()
    let seed = environment.random.nextUInt64()
    await withTaskGroup(of: Void.self) { tasks in
        for worker in 0..<workers {
            tasks.addTask {
                var random = SplitMix(state: seed &+ UInt64(worker) &* 0x9e37_79b9_7f4a_7c15)
                while begun.next() <= count {
                    let cut = Cut.allCases[Int(random.next() % UInt64(Cut.allCases.count))]
                    let method = methods[Int(random.next() % UInt64(methods.count))]
                    let patience = Duration.microseconds(Int64(random.next() % 3_000))
                    if await one(client, environment, method, cut, patience) { _ = clean.next() }
                }
            }
        }
    }
    // The last resets are on their way.
    try await environment.clock.sleep(for: .milliseconds(100))
    print("clean \(clean.value)\nbefore \(before)\n" + counts(client.load, 0))
    client.close()
}

/// True when the call ended as it should.
private func one(
    _ client: RPCClient, _ environment: Environment, _ method: String, _ cut: Cut, _ patience: Duration
) async -> Bool {
    var options = CallOptions()
    if case .deadline = cut { options.timeout = patience }
    let task = Task { [options] in
        let call = try await client.start(name(method), options)
        try await call.send([1, 2, 3])
        if case .afterBegin = cut { withUnsafeCurrentTask { $0?.cancel() } }
        if method == "Chat" { try await call.send([4]) }
        // A handler that is to be cut by its deadline waits for more.
        if cut != .deadline || method == "Unary" { try await call.finishSending() }
        var responses = 0
        while try await call.next() != nil {
            responses += 1
            if case .afterFirstResponse = cut { return false }
        }
        return responses > 0
    }
    if case .beforeStart = cut { task.cancel() }
    return (try? await task.value) ?? false
}

/// A generator that each worker can have for itself (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
