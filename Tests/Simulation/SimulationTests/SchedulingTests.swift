import Environment
import Simulation
import Synchronization
import Testing

final class Journal: Sendable {
    private let entries = Mutex<[String]>([])

    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    var all: [String] { entries.withLock { $0 } }
}

actor Counter {
    private(set) var value = 0

    func increment() async {
        let read = value
        await Task.yield()
        value = read + 1
    }
}

struct SchedulingTests {
    @Test func `timers fire in order of time whatever the order of their sleeps`() throws {
        let world = SimulatedWorld(seed: 1)
        let journal = Journal()
        world.host("a", address: "127.0.1.1").boot { environment in
            for delay in [30, 10, 20] {
                environment.tasks.spawn("sleeper \(delay)") {
                    try? await environment.clock.sleep(for: .seconds(delay))
                    journal.add("\(delay)")
                }
            }
        }
        try world.run { journal.all.count == 3 }
        #expect(journal.all == ["10", "20", "30"])
        #expect(world.now == .seconds(30))
    }

    @Test func `a year passes in no time`() throws {
        let world = SimulatedWorld(seed: 1)
        let wall = try world.perform(limit: .seconds(400 * 86_400)) { environment in
            let before = environment.clock.wallNow()
            try await environment.clock.sleep(for: .seconds(365 * 86_400))
            return environment.clock.wallNow().microseconds - before.microseconds
        }
        #expect(wall == 365 * 86_400 * 1_000_000)
    }

    @Test func `a cancelled sleep throws at once`() throws {
        let world = SimulatedWorld(seed: 3)
        let error = try world.perform { environment -> String in
            let journal = Journal()
            let task = environment.tasks.spawn("sleeper") {
                do { try await environment.clock.sleep(for: .seconds(1_000)) } catch {
                    journal.add("\(type(of: error))")
                }
            }
            try await environment.clock.sleep(for: .seconds(1))
            task.cancel()
            await task.finished()
            return journal.all.joined()
        }
        #expect(error == "CancellationError")
        #expect(world.now < .seconds(2))
    }

    @Test func `children, groups and actors stay on the world's executor`() throws {
        let world = SimulatedWorld(seed: 4)
        let sum = try world.perform { environment in
            let counter = Counter()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { await counter.increment() } }
            }
            async let one = environment.random.nextUInt64()
            _ = await one
            return await counter.value
        }
        #expect((1...10).contains(sum))
    }

    @Test func `seeds explore different interleavings`() throws {
        let outcomes = try Set((1...30).map { seed in
            try SimulatedWorld(seed: UInt64(seed)).perform { _ in
                let counter = Counter()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { await counter.increment() } }
                }
                return await counter.value
            }
        })
        #expect(outcomes.count > 1)
    }

    @Test func `a task that leaves the executor is reported`() throws {
        let world = SimulatedWorld(seed: 5)
        let failure = #expect(throws: SimulationFailure.self) {
            try world.perform { environment in
                await Task.detached { try? await environment.clock.sleep(for: .seconds(1)) }.value
            }
        }
        guard case .escaped? = failure?.cause else {
            // The foreign task may not have come back before the world ran dry.
            #expect(failure?.cause == .deadlock)
            return
        }
    }

    @Test func `a deadlock is found and says who waits`() throws {
        let world = SimulatedWorld(seed: 6)
        let failure = #expect(throws: SimulationFailure.self) {
            try world.perform { environment in
                let listener = try await environment.network.listen(.ip("127.0.0.1", port: 80))
                _ = try await listener.accept()
            }
        }
        #expect(failure?.cause == .deadlock)
        #expect(failure?.dump.contains("accept at") == true)
        #expect(failure?.seed == 6)
    }

    @Test func `the time limit ends a run`() throws {
        let world = SimulatedWorld(seed: 7)
        let failure = #expect(throws: SimulationFailure.self) {
            try world.perform(limit: .seconds(5)) { try await $0.clock.sleep(for: .seconds(6)) }
        }
        #expect(failure?.cause == .timeLimit)
    }

    @Test func `a lane runs bodies in order, one at a time, also when callers race`() throws {
        for seed in 1...20 {
            let world = SimulatedWorld(seed: UInt64(seed))
            let order = try world.perform { environment -> [String] in
                let lane = environment.lanes.lane("disk")
                let journal = Journal()
                let calls = (0..<8).map { number in
                    environment.tasks.spawn("call \(number)") {
                        journal.add("s\(number)")
                        try? await lane.run { journal.add("r\(number)") }
                    }
                }
                for call in calls { await call.finished() }
                return journal.all
            }
            let submitted = order.filter { $0.hasPrefix("s") }.map { $0.dropFirst() }
            #expect(submitted == order.filter { $0.hasPrefix("r") }.map { $0.dropFirst() })
        }
    }

    @Test func `clocks of hosts differ and the wall can be skewed`() throws {
        let world = SimulatedWorld(seed: 8)
        let a = world.host("a", address: "127.0.1.1")
        let b = world.host("b", address: "127.0.1.2")
        a.wallSkew = .seconds(-90)
        let journal = Journal()
        for host in [a, b] {
            host.boot { journal.add("\($0.clock.now().nanoseconds) \($0.clock.wallNow().microseconds)") }
            try world.run { host.processes[0].isFinished }
        }
        let fields = journal.all.map { $0.split(separator: " ").compactMap { Int64($0) } }
        #expect(fields[0][0] != fields[1][0])
        #expect(fields[1][1] - fields[0][1] == 90_000_000)
    }
}
