internal import Environment
internal import Synchronization

/// Remembers that something is to be done and wakes the one task that waits for it.
final class Wakeup: Sendable {
    private struct State {
        var isPending = false
        var waiting: UnsafeContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func notify() {
        let waiting = state.withLock { state in
            let waiting = state.waiting
            state.waiting = nil
            state.isPending = waiting == nil
            return waiting
        }
        waiting?.resume()
    }

    func wait() async {
        await withUnsafeContinuation { continuation in
            let isPending = state.withLock { state in
                precondition(state.waiting == nil, "one task waits")
                if !state.isPending { state.waiting = continuation }
                return exchange(&state.isPending, with: false)
            }
            if isPending { continuation.resume() }
        }
    }
}

private func exchange(_ value: inout Bool, with new: Bool) -> Bool {
    let old = value
    value = new
    return old
}

/// Moves octets between a connection and a byte stream by two tasks, until either ends.
enum StreamDriver {
    /// Output is gathered up to about this size for one write.
    private static let writeSize = 64 << 10
    /// How long the last output of a connection that has ended may take to leave.
    private static let linger = Duration.seconds(5)

    static func start(
        _ connection: RPCConnection, _ stream: any ByteStream, _ wakeup: Wakeup, _ runtime: RPCRuntime,
        ended: @escaping @Sendable () -> Void
    ) {
        let (tasks, clock, last) = (runtime.tasks, runtime.clock, LastOutput())
        tasks.spawn("rpc read") {
            let reason = await read(connection, stream, wakeup)
            connection.transportClosed(reason)
            wakeup.notify()
        }
        tasks.spawn("rpc write") {
            let reason = await write(connection, stream, wakeup)
            stream.close()
            connection.transportClosed(reason)
            last.left()
            ended()
        }
        // A peer that does not read would hold the writer, and with it the connection, for ever.
        connection.whenEnded {
            last.isLimited(
                by: tasks.spawn("rpc linger") {
                    do { try await clock.sleep(for: linger) } catch { return }
                    stream.close()
                })
        }
    }

    private static func read(_ connection: RPCConnection, _ stream: any ByteStream, _ wakeup: Wakeup) async -> String {
        do throws(NetworkError) {
            while let bytes = try await stream.read() {
                bytes.withUnsafeBytes { connection.receive($0) }
                wakeup.notify()
            }
            return "closed by \(stream.peer)"
        } catch { return "\(error)" }
    }

    private static func write(_ connection: RPCConnection, _ stream: any ByteStream, _ wakeup: Wakeup) async -> String {
        while true {
            var output: [UInt8] = []
            _ = connection.produce(limit: writeSize) { output.append(contentsOf: $0) }
            if !output.isEmpty {
                do throws(NetworkError) { try await stream.write(output) } catch { return "\(error)" }
            } else if connection.isFinished {
                return "finished"
            } else {
                await wakeup.wait()
            }
        }
    }
}

/// The timer of a connection's last output, cancelled when that has left.
private final class LastOutput: Sendable {
    private struct State {
        var timer: SpawnedTask?
        var hasLeft = false
    }

    private let state = Mutex(State())

    func isLimited(by timer: SpawnedTask) {
        let hasLeft = state.withLock { state in
            state.timer = timer
            return state.hasLeft
        }
        if hasLeft { timer.cancel() }
    }

    func left() {
        let timer = state.withLock { state in
            state.hasLeft = true
            return state.timer
        }
        timer?.cancel()
    }
}
