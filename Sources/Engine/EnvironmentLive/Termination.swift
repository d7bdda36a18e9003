import CLinux
import Glibc
import Synchronization

/// Returns the number of the first SIGTERM, SIGINT or, unless it is ignored, SIGHUP that this process gets, from the
/// first call of this function, or of `expectTermination`, on; every caller gets it, also later ones. A second such
/// signal ends the process at once with status 128 + its number, so that a person can always get out of a shutdown that
/// hangs.
public func terminationSignal() async -> Int32 {
    await TerminationWatch.shared.first()
}

/// From now on such a signal is kept for `terminationSignal` instead of ending the process. Call it before anybody can
/// know that this process serves: who got an answer may stop it in good order.
public func expectTermination() { _ = TerminationWatch.shared }

private final class TerminationWatch: Sendable {
    static let shared = TerminationWatch()

    private struct State {
        var signal: Int32?
        /// Bounded by the callers: a process's main and its tests.
        var waiting: [CheckedContinuation<Int32, Never>] = []
    }

    private let state = Mutex(State())

    private init() {
        let descriptor = clinux_signal_pipe()
        precondition(descriptor >= 0, "no pipe for signals: errno \(-descriptor)")
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { argument in
            TerminationWatch.shared.watch(Int32(Int(bitPattern: argument)))
            return nil
        }, UnsafeMutableRawPointer(bitPattern: Int(descriptor)))
        precondition(code == 0, "no thread for signals: errno \(code)")
        pthread_detach(thread)
    }

    func first() async -> Int32 {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> Int32? in
                if state.signal == nil { state.waiting.append(continuation) }
                return state.signal
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Runs for the life of the process; the pipe is never closed.
    private func watch(_ descriptor: Int32) {
        var number: UInt8 = 0
        while true {
            guard retryingInterrupts({ read(descriptor, &number, 1) }) == 1 else { return }
            let signal = Int32(number)
            let waiting = state.withLock { state -> [CheckedContinuation<Int32, Never>]? in
                guard state.signal == nil else { return nil }
                state.signal = signal
                defer { state.waiting = [] }
                return state.waiting
            }
            guard let waiting else { _exit(128 + signal) }
            for continuation in waiting { continuation.resume(returning: signal) }
        }
    }
}
