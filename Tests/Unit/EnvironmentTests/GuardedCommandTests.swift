import EnvironmentLive
import Foundation
import Testing

/// With real programs: the opposite of a command follows in every case.
@Suite(.timeLimit(.minutes(1)))
struct GuardedCommandTests {
    /// A hook that notes each call, and ends as it is told.
    private struct Hook {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hook-\(UUID().uuidString)")

        init(_ body: String) throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let script = "echo \"$1 $POINT\" >>\(folder.path)/calls\n\(body)\n"
            try Data(script.utf8).write(to: folder.appending(path: "hook"))
        }

        func request(
            act: Duration = .seconds(5), undo: Duration = .seconds(5), hold: Duration = .seconds(20)
        ) -> GuardedCommand.Request {
            GuardedCommand.Request(
                // Not run itself: what other tests start meanwhile may inherit the descriptor that wrote it, and Linux
                // runs no file that somebody may write to (ETXTBSY).
                command: ["/bin/sh", folder.appending(path: "hook").path], verbs: ("freeze", "thaw"),
                environment: [("POINT", "7")], limits: (act, undo), hold: hold)
        }

        var calls: [String] {
            let data = (try? Data(contentsOf: folder.appending(path: "calls"))) ?? Data()
            return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        }

        /// The guard that runs it.
        var shell: pid_t? {
            let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return processes.compactMap { pid_t($0) }.first { process in
                let words = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/cmdline"))) ?? Data()
                let text = String(decoding: words, as: UTF8.self)
                return text.hasPrefix("/bin/sh\0-c") && text.contains(folder.path)
            }
        }

        func waitForCalls(_ count: Int) async throws {
            for _ in 0..<1_000 where calls.count < count { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    private func steps(_ command: GuardedCommand) -> [String] {
        var steps: [String] = []
        while let step = command.step(within: .seconds(10)) { steps.append("\(step.step.rawValue) \(step.status)") }
        return steps
    }

    @Test func `the command, the release, the opposite`() throws {
        let hook = try Hook("exit 0")
        let command = try GuardedCommand(hook.request())
        #expect(try #require(command.step(within: .seconds(10))) == (.act, 0))
        #expect(hook.calls == ["freeze 7"])
        #expect(command.step(within: .milliseconds(50)) == nil)
        command.release()
        #expect(steps(command) == ["wait 0", "undo 0"])
        #expect(hook.calls == ["freeze 7", "thaw 7"])
    }

    @Test func `a command that fails is undone at once, and its status told`() throws {
        let hook = try Hook("[ $1 = thaw ] || exit 3")
        #expect(steps(try GuardedCommand(hook.request())) == ["do 3", "undo 0"])
        #expect(hook.calls == ["freeze 7", "thaw 7"])
    }

    @Test func `a command that hangs is ended and undone`() throws {
        let hook = try Hook("[ $1 = thaw ] || sleep 60")
        #expect(steps(try GuardedCommand(hook.request(act: .milliseconds(200)))) == ["do 124", "undo 0"])
        #expect(hook.calls == ["freeze 7", "thaw 7"])
    }

    @Test func `an opposite that hangs is ended, and its status told`() throws {
        let hook = try Hook("[ $1 = freeze ] || sleep 60")
        let command = try GuardedCommand(hook.request(undo: .milliseconds(200)))
        command.release()
        #expect(steps(command) == ["do 0", "wait 0", "undo 124"])
    }

    @Test func `unreleased, the opposite comes when the hold is over`() throws {
        let hook = try Hook("exit 0")
        let command = try GuardedCommand(hook.request(hold: .milliseconds(200)))
        #expect(steps(command) == ["do 0", "wait 124", "undo 0"])
        #expect(hook.calls == ["freeze 7", "thaw 7"])
    }

    /// The descriptors are closed as they are by the kernel when a process dies; nobody reads what the shell says.
    @Test func `when its starter is gone the opposite comes at once`() async throws {
        let hook = try Hook("exit 0")
        var command: GuardedCommand? = try GuardedCommand(hook.request())
        #expect(try #require(command?.step(within: .seconds(10))) == (.act, 0))
        command = nil
        try await hook.waitForCalls(2)
        #expect(hook.calls == ["freeze 7", "thaw 7"])
    }

    @Test func `the opposite alone`() throws {
        let hook = try Hook("exit 4")
        #expect(steps(try GuardedCommand(hook.request(), undoOnly: true)) == ["undo 4"])
        #expect(hook.calls == ["thaw 7"])
    }

    @Test func `a shell that is let go while it works leaves no entry in the table of processes`() async throws {
        let hook = try Hook("sleep 0.3")
        var command: GuardedCommand? = try GuardedCommand(hook.request())
        try await hook.waitForCalls(1)
        let shell = try #require(hook.shell)
        #expect(command?.step(within: .zero) == nil)
        command = nil
        // One that ended and was not waited for is still there for a signal.
        for _ in 0..<1_000 where kill(shell, 0) == 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(kill(shell, 0) != 0)
    }
}
