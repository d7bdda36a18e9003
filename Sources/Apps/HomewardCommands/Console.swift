import Glibc
import Synchronization

/// Standard output for people: lines that stay and, on a terminal, one line below them that is written again and again.
/// Where it is no terminal the changing line is printed now and then, as a line like the others.
final class Console: Sendable {
    static let standard = Console()

    private struct State {
        var isShown = false
        var last = ""
        var lastPlain: Int64 = -1_000_000
    }

    /// Between two plain lines of progress, seconds.
    private static let plainPause: Int64 = 5

    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let state = Mutex(State())

    func say(_ text: String) {
        state.withLock { state in
            put((state.isShown ? Self.clear : "") + text + "\n")
            state.isShown = false
            state.last = ""
        }
    }

    /// The line that changes; empty text takes it away.
    func update(_ text: String) {
        state.withLock { state in
            guard text != state.last else { return }
            if isTerminal {
                state.last = text
                put(Self.clear + fitting(text))
                state.isShown = !text.isEmpty
                return
            }
            let now = seconds()
            guard !text.isEmpty, now - state.lastPlain >= Self.plainPause else { return }
            state.last = text
            state.lastPlain = now
            put(text + "\n")
        }
    }

    /// To the beginning of the line, and everything after it away (ECMA-48 EL).
    private static let clear = "\r\u{1B}[K"

    /// A line that wraps could not be written again.
    private func fitting(_ text: String) -> String {
        var size = winsize()
        let columns = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
        return String(text.prefix(columns - 1))
    }

    private func seconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec)
    }

    private func put(_ text: String) {
        Array(text.utf8).withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(STDOUT_FILENO, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                guard count > 0 else { return }
                done += count
            }
        }
    }
}
