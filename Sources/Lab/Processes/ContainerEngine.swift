import Glibc
import Model

/// Docker or Podman by their command lines. Blocking: on a lane.
public enum ContainerEngine: String, CaseIterable, Sendable {
    case docker, podman

    /// The program that reads `compose.yaml`, with its first argument.
    var compose: [String] { self == .docker ? ["docker", "compose"] : ["podman-compose"] }

    /// What is known of a container.
    struct Container: Hashable, Sendable {
        let isRunning: Bool
        /// Its first process, as this computer numbers it; 0 when it does not run.
        let process: Int32
        /// How often the restart policy started it.
        let restarts: Int
    }

    /// nil when there is no such container.
    func container(_ name: String) -> Container? {
        let format = "{{.State.Running}} {{.State.Pid}} {{.RestartCount}}"
        guard let answer = try? run([rawValue, "inspect", "--type", "container", "--format", format, name]) else {
            return nil
        }
        let words = answer.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let process = Int32(words[1]), let restarts = Int(words[2]) else { return nil }
        return Container(isRunning: words[0] == "true", process: process, restarts: restarts)
    }

    /// By the check that the project file gives the container, not by ours.
    func isHealthy(_ name: String) -> Bool {
        switch self {
        case .docker:
            let words = [rawValue, "inspect", "--type", "container", "--format", "{{.State.Health.Status}}", name]
            return (try? run(words))?.hasPrefix("healthy") ?? false
        // Its timer is systemd's, which not every computer has.
        case .podman: return (try? run([rawValue, "healthcheck", "run", name])) != nil
        }
    }

    /// Runs a command to its end and returns what it said on standard output.
    ///
    /// - into: a file that gets both outputs instead.
    @discardableResult
    func run(_ words: [String], environment: [(String, String)] = [], into log: String? = nil) throws -> String {
        let assignments = environment.map { "\($0.0)=\(quoted($0.1))" }
        let outputs = log.map { ">>\(quoted($0)) 2>&1" } ?? "2>/dev/null"
        let command = (assignments + words.map(quoted) + ["</dev/null", outputs]).joined(separator: " ")
        guard let stream = popen(command, "r") else {
            throw Failure(.unavailable, "run \(words.joined(separator: " ")): errno \(errno)")
        }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&piece, 1, piece.count, stream)
            guard count > 0 else { break }
            // What an engine says of one container is small; the rest is read and dropped.
            output += piece.prefix(min(count, Self.mostOutput - output.count))
        }
        let status = pclose(stream)
        guard status == 0 else {
            // An exit code is in the second byte (wait(2)).
            throw Failure(
                .unavailable, "run \(words.joined(separator: " ")): it ended with \(status >> 8)"
                    + (log.map { "; see \($0)" } ?? ""))
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static let mostOutput = 64 << 10
}

/// For the shell, taken literally.
private func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
