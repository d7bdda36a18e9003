import Environment
import Simulation
import Testing

struct IncarnationTests {
    let world = SimulatedWorld(seed: 11)

    @Test func `a kill discards everything: no job, no timer, no cancellation`() throws {
        let journal = Journal()
        let host = world.host("a", address: "127.0.1.1")
        host.boot { environment in
            defer { journal.add("left") }
            do {
                while true {
                    try await environment.clock.sleep(for: .seconds(1))
                    journal.add("tick")
                }
            } catch { journal.add("caught") }
        }
        try world.run(for: .milliseconds(2_500))
        host.kill()
        try world.run(for: .seconds(100))
        #expect(journal.all == ["tick", "tick"])
        #expect(host.processes.isEmpty)
    }

    @Test func `what a dead incarnation still does is refused`() throws {
        let journal = Journal()
        let host = world.host("a", address: "127.0.1.1")
        host.arm("store.commit.before")
        host.boot { environment in
            let file = try? environment.files.open("/f", .create)
            environment.failpoints.reach("store.commit.before")
            do throws(FileError) { try file?.write([1], at: 0) } catch { journal.add("\(error.code)") }
            do throws(FileError) { _ = try environment.files.open("/g", .create) } catch {
                journal.add("\(error.code)")
            }
            environment.tasks.spawn("ghost") { journal.add("ghost") }
            do { try environment.failpoints.pass("store.commit.after") } catch { journal.add("pass \(error)") }
            try? await environment.clock.sleep(for: .zero)
            journal.add("resumed")
        }
        try world.run(for: .seconds(10))
        #expect(journal.all.count == 3)
        #expect(journal.all.prefix(2) == ["closed", "closed"])
        #expect(host.failpointReaches.map(\.name) == ["store.commit.before"])
    }

    @Test func `a failpoint acts at its count and only once`() throws {
        let host = world.host("a", address: "127.0.1.1")
        host.arm("step", count: 3)
        let journal = Journal()
        for life in 1...2 {
            host.boot { environment in
                for step in 1...5 {
                    environment.failpoints.reach("step")
                    guard environment.failpoints.isAlive else { return }
                    journal.add("\(life).\(step)")
                }
            }
            try world.run(for: .seconds(1))
        }
        #expect(journal.all == ["1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"])
    }

    @Test func `a stopped process does nothing until it is resumed, then goes on late`() throws {
        let journal = Journal()
        let process = world.host("a", address: "127.0.1.1").boot { environment in
            try? await environment.clock.sleep(for: .seconds(1))
            journal.add("woke")
        }
        try world.run(for: .milliseconds(1))
        process.stop()
        try world.run(for: .seconds(60))
        #expect(journal.all.isEmpty)
        process.resume()
        try world.run { !journal.all.isEmpty }
        #expect(world.now >= .seconds(60))
    }

    @Test func `a lane body of a killed process never runs`() throws {
        let journal = Journal()
        let host = world.host("a", address: "127.0.1.1")
        host.setLanePauses(oneIn: 1, upTo: .seconds(1))
        host.boot { environment in
            try? await environment.lanes.lane("x").run { journal.add("body") }
            journal.add("after")
        }
        world.after(.nanoseconds(1)) { host.kill() }
        try world.run(for: .seconds(10))
        #expect(journal.all.isEmpty)
    }
}
