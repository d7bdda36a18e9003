import EnvironmentLive
import Glibc
import MachineFiles
import Messages
import Model
import Testing

@testable import SiteHost

/// Machines as real processes: programs that only sleep.
struct ProcessTests {
    private func site(_ folder: String) throws -> TestSite {
        let site = try TestSite(folder, ProcessRuntime())
        for name in ["agent", "guest"] {
            try site.files.replace("\(folder)/\(name)", with: Array("#!/bin/sh\nexec sleep 600\n".utf8))
            #expect(chmod("\(folder)/\(name)", 0o700) == 0)
        }
        return site
    }

    private func process(_ site: TestSite, _ name: String) throws -> ProcessFile? {
        try ProcessFile.read("\(site.folder)/machines/m1/\(name).pid", site.files)
    }

    /// Nothing of a failed test runs on.
    private func cleaned(_ site: TestSite, _ body: () async throws -> Void) async throws {
        defer {
            for name in ["agent", "guest"] {
                if let left = site.runtime.find(tag: "\(site.folder)/machines/m1#\(name)") {
                    site.runtime.signal(left, .kill)
                }
            }
        }
        try await body()
    }

    @Test func `a restarted site host adopts what runs, starts nothing twice, and can stop it`() async throws {
        try await withFolder { folder in
            let site = try site(folder)
            try await cleaned(site) {
                try await site.running { _, calls in
                    try await calls.ready()
                    #expect(try await calls.on(1).power == .on)
                }
                let agent = try #require(try process(site, "agent"))
                let guest = try #require(try process(site, "guest"))
                #expect(site.runtime.isRunning(agent) && site.runtime.isRunning(guest))
                #expect(getsid(agent.processID) == agent.processID, "it leads a session of its own")
                try await site.running { _, calls in
                    #expect(try await calls.machine().power == .on)
                    try await LiveClock().sleep(for: .milliseconds(200))
                    #expect(try process(site, "agent") == agent)
                    #expect(try process(site, "guest") == guest)
                    #expect(try await calls.off(1).power == .off)
                    #expect(!site.runtime.isRunning(agent) && !site.runtime.isRunning(guest))
                }
            }
        }
    }

    @Test func `a process whose start was not noted is found by its tag`() async throws {
        try await withFolder { folder in
            let site = try site(folder)
            try await cleaned(site) {
                try await site.running { _, calls in
                    try await calls.ready()
                    try await calls.on(1)
                }
                let agent = try #require(try process(site, "agent"))
                try site.files.remove(folder + "/machines/m1/agent.pid")
                try await site.running { _, calls in
                    #expect(try process(site, "agent") == agent)
                    try await calls.off(1)
                    #expect(!site.runtime.isRunning(agent))
                }
            }
        }
    }

    @Test func `a killed agent is running again within two seconds`() async throws {
        try await withFolder { folder in
            let site = try site(folder)
            try await cleaned(site) {
                try await site.running { _, calls in
                    try await calls.ready()
                    try await calls.on(1)
                    let agent = try #require(try process(site, "agent"))
                    kill(agent.processID, SIGKILL)
                    let again = try await eventually {
                        guard let now = try process(site, "agent") else { return false }
                        return now != agent && site.runtime.isRunning(now)
                    }
                    #expect(again)
                    try await calls.off(1)
                }
            }
        }
    }

    @Test func `a program that cannot be started is an error, and tried again`() async throws {
        try await withFolder { folder in
            let site = try site(folder)
            try site.files.remove(folder + "/agent")
            try await site.running { _, calls in
                try await calls.ready()
                #expect(await refusal { try await calls.on(1) } == .inputOutput)
                try site.files.replace(folder + "/agent", with: Array("#!/bin/sh\nexec sleep 600\n".utf8))
                #expect(chmod(folder + "/agent", 0o700) == 0)
                #expect(try await eventually { try process(site, "agent") != nil })
                try await calls.off(1)
            }
        }
    }
}
