import Environment
import EnvironmentLive
import Foundation
import Testing

/// Programs as children of this process.
@Suite(.serialized) struct LiveProgramRunnerTests {
    private let runner = LiveProgramRunner()
    private let directory = FileManager.default.temporaryDirectory.appending(path: "programs-\(UUID())").path

    init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }

    private func script(_ name: String, _ body: String, executable: Bool = true) throws -> String {
        let path = "\(directory)/\(name)"
        try "#!/bin/sh\n\(body)\n".write(toFile: path, atomically: false, encoding: .utf8)
        let mode = executable ? 0o700 : 0o600
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    private func run(
        _ path: String, _ change: (inout ProgramRun) -> Void = { _ in }
    ) async throws -> (end: ProgramEnd, output: String) {
        var program = ProgramRun(
            executable: path, directory: directory, tag: "tag-\(UUID())", timeout: .seconds(30), outputLimit: 4_096)
        change(&program)
        let end = try await runner.run(program)
        return (end, String(decoding: end.output, as: UTF8.self))
    }

    @Test func `a program gets its arguments, its input and its environment, and nothing of ours`() async throws {
        setenv("HOMEWARD_SECRET_OF_THE_TEST", "leaked", 1)
        let path = try script("all.sh", "echo \"$1|$2|$GREETING\"; cat; pwd; env; exit 7")
        let (end, output) = try await run(path) {
            $0.arguments = ["a b", "$HOME"]
            $0.environment = ["GREETING": "hello", "PATH": "/usr/bin:/bin"]
            $0.input = Array("{\"run\":1}\n".utf8)
        }
        #expect(end.cause == .exited(7))
        #expect(output.hasPrefix("a b|$HOME|hello\n{\"run\":1}\n"), "\(output)")
        #expect(output.contains("programs-") && !output.contains("leaked"))
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func `both outputs come in order, and only the last of many bytes are kept`() async throws {
        let path = try script(
            "noise.sh", "echo out; echo err >&2; i=0; while [ $i -lt 500 ]; do echo line-$i; i=$((i+1)); done")
        let (end, output) = try await run(path) { $0.outputLimit = 1_000_000 }
        #expect(output.hasPrefix("out\nerr\nline-0\n") && output.hasSuffix("line-499\n"))
        let short = try await run(path) { $0.outputLimit = 9 }
        #expect(short.output == "line-499\n")
        #expect(Int(short.end.dropped) + 9 == end.output.count)
    }

    @Test func `when its time is over it is killed with all that it started`() async throws {
        let path = try script("slow.sh", "sleep 600 & echo $!; wait")
        let (end, output) = try await run(path) {
            $0.environment = ["PATH": "/usr/bin:/bin"]
            $0.timeout = .milliseconds(300)
        }
        #expect(end.cause == .timedOut)
        let child = try #require(pid_t(output.trimmingCharacters(in: .whitespacesAndNewlines)))
        // Its parent is gone, so that nobody waits for it: dead, or a zombie of the one who adopts it.
        #expect(isGone(child))
    }

    @Test func `one that ends takes what it left running with it`() async throws {
        let path = try script("leaver.sh", "sleep 600 & echo $!")
        let (end, output) = try await run(path) { $0.environment = ["PATH": "/usr/bin:/bin"] }
        #expect(end.cause == .exited(0))
        #expect(isGone(try #require(pid_t(output.trimmingCharacters(in: .whitespacesAndNewlines)))))
    }

    @Test func `it is found by its tag while it runs, and a cancelled task or another process ends it`() async throws {
        let path = try script("waits.sh", "echo up; exec sleep 600")
        for byTag in [false, true] {
            let program = ProgramRun(
                executable: path, environment: ["PATH": "/usr/bin:/bin"], directory: directory, tag: "tag-\(UUID())",
                timeout: .seconds(60), outputLimit: 100)
            let running = Task { [runner] in try await runner.run(program) }
            while await !runner.isRunning(tag: program.tag) { try await LiveClock().sleep(for: .milliseconds(5)) }
            if byTag { await runner.kill(tag: program.tag) } else { running.cancel() }
            #expect(try await running.value.cause == (byTag ? .signalled(SIGKILL) : .cancelled))
            #expect(await !runner.isRunning(tag: program.tag))
        }
    }

    @Test func `one that becomes another program is found at any moment`() async throws {
        let program = ProgramRun(
            executable: try script("again.sh", "exec \"$0\""), environment: ["PATH": "/usr/bin:/bin"],
            directory: directory, tag: "tag-\(UUID())", timeout: .seconds(60), outputLimit: 100)
        let running = Task { [runner] in try await runner.run(program) }
        while await !runner.isRunning(tag: program.tag) { try await LiveClock().sleep(for: .milliseconds(5)) }
        for _ in 0..<200 { #expect(await runner.isRunning(tag: program.tag)) }
        await runner.kill(tag: program.tag)
        #expect(try await running.value.cause == .signalled(SIGKILL))
    }

    @Test func `what is no program is not started`() async throws {
        let path = try script("plain.sh", "echo never", executable: false)
        let good = try script("good.sh", "echo yes")
        try FileManager.default.createSymbolicLink(atPath: "\(directory)/link.sh", withDestinationPath: good)
        for (name, reason) in [
            (path, "it may not be executed"), ("\(directory)/link.sh", "it is not a regular file"),
            (directory, "it is not a regular file"), ("\(directory)/none.sh", "there is no such file"),
        ] {
            let error = await #expect(throws: ProgramError.self) { _ = try await run(name) }
            #expect(error?.reason == reason)
        }
    }

    /// A child that another thread starts holds what is written just then open until it is a program of its own.
    @Test func `one that is open for writing is waited for, for a moment`() async throws {
        let path = try script("busy.sh", "echo done")
        let writer = open(path, O_WRONLY)
        let start = ContinuousClock.now
        let error = await #expect(throws: ProgramError.self) { _ = try await run(path) }
        #expect(error?.reason == "somebody has it open for writing")
        #expect(ContinuousClock.now - start >= .milliseconds(400))
        close(writer)
        #expect(try await run(path).output == "done\n")
    }

    /// Killed is killed: the kernel needs a moment to take it down.
    private func isGone(_ process: pid_t) -> Bool {
        for _ in 0..<1_000 {
            let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            guard let stat, let close = stat.lastIndex(of: ")") else { return true }
            if ["Z", "X"].contains(stat[close...].dropFirst(2).prefix(1)) { return true }
            usleep(1_000)
        }
        return false
    }
}
