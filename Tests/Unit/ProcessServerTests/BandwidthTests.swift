import Environment
import Hosting
import Model
import ScriptedSource
import Simulation
import Testing

@testable import ProcessServer

/// Caps by time of the week, and that nothing goes faster.
struct BandwidthTests {
    private static let minute: Int64 = 60_000_000
    /// A Monday at midnight.
    private static let monday: Int64 = 1_767_571_200_000_000

    private static func wall(day: Int = 0, _ hours: Int, _ minutes: Int = 0) -> WallInstant {
        WallInstant(microseconds: monday + Int64(day * 24 * 60 + hours * 60 + minutes) * minute)
    }

    private static func schedule(_ settings: BandwidthSettings) throws -> BandwidthSchedule {
        try BandwidthSchedule(settings, named: "forwardBandwidth")
    }

    private static let office = BandwidthSettings(
        bytesPerSecond: 8 << 20,
        windows: [
            .init(days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00", bytesPerSecond: 1 << 20),
            .init(days: ["sat"], from: "22:00", to: "06:00"),
        ])

    // MARK: - Schedule

    @Test func `the window that holds tells the cap, by day and minute in UTC`() throws {
        let schedule = try Self.schedule(Self.office)
        #expect(schedule.cap(at: Self.wall(7, 59)).bytesPerSecond == 8 << 20)
        #expect(schedule.cap(at: Self.wall(8)).bytesPerSecond == 1 << 20)
        #expect(schedule.cap(at: Self.wall(17, 59)).window == "mon,tue,wed,thu,fri 08:00-18:00")
        #expect(schedule.cap(at: Self.wall(18)).bytesPerSecond == 8 << 20)
        #expect(schedule.cap(at: Self.wall(day: 5, 12)).bytesPerSecond == 8 << 20)
        // From Saturday night into Sunday there is none, and a week later again.
        #expect(schedule.cap(at: Self.wall(day: 5, 22)).bytesPerSecond == nil)
        #expect(schedule.cap(at: Self.wall(day: 6, 5, 59)).bytesPerSecond == nil)
        #expect(schedule.cap(at: Self.wall(day: 6, 6)).bytesPerSecond == 8 << 20)
        #expect(schedule.cap(at: Self.wall(day: 12, 23)).bytesPerSecond == nil)
        #expect(schedule.remaining(at: Self.wall(8)) == .seconds(10 * 3_600))
        #expect(schedule.remaining(at: Self.wall(day: 5, 12)) == .seconds(10 * 3_600))
        #expect(schedule.boundary(after: Self.wall(8)) == Self.wall(18))
    }

    @Test func `a window over the end of the week goes on on Monday`() throws {
        let schedule = try Self.schedule(
            BandwidthSettings(windows: [.init(days: ["sun"], from: "23:00", to: "01:00", bytesPerSecond: 1 << 20)]))
        #expect(schedule.cap(at: Self.wall(day: 6, 23)).bytesPerSecond == 1 << 20)
        #expect(schedule.cap(at: Self.wall(0, 59)).bytesPerSecond == 1 << 20)
        #expect(schedule.cap(at: Self.wall(1)).bytesPerSecond == nil)
        #expect(schedule.boundary(after: Self.wall(0)) == Self.wall(1))
    }

    @Test func `without windows a cap always holds`() throws {
        let schedule = try Self.schedule(BandwidthSettings(bytesPerSecond: 1 << 20))
        #expect(schedule.mayCap)
        #expect(schedule.remaining(at: Self.wall(0)) == nil)
        #expect(schedule.boundary(after: Self.wall(0)) == nil)
        #expect(!(try BandwidthSchedule(nil, named: "receiveBandwidth")).mayCap)
    }

    @Test(arguments: [
        BandwidthSettings(bytesPerSecond: 1_000),
        BandwidthSettings(windows: [.init(from: "8:00", to: "18:00")]),
        BandwidthSettings(windows: [.init(from: "24:00", to: "18:00")]),
        BandwidthSettings(windows: [.init(from: "08:00", to: "24:01")]),
        BandwidthSettings(windows: [.init(from: "08:60", to: "12:00")]),
        BandwidthSettings(windows: [.init(days: ["monday"], from: "08:00", to: "18:00")]),
        BandwidthSettings(windows: [.init(days: [], from: "08:00", to: "18:00")]),
        BandwidthSettings(windows: [.init(from: "+8:00", to: "18:00")]),
        BandwidthSettings(windows: .init(repeating: .init(from: "08:00", to: "18:00"), count: 65)),
    ])
    func `a wrong schedule is refused by name`(settings: BandwidthSettings) throws {
        let failure = #expect(throws: Failure.self) { _ = try Self.schedule(settings) }
        #expect(failure?.code == .invalidArgument)
        #expect(failure?.message.contains("forwardBandwidth") == true)
    }

    // MARK: - Bucket

    @Test(arguments: 1...6)
    func `over any time no more goes than its rates give, and one burst`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rates = (0..<3).map { _ in Int64.random(in: (64 << 10)...(24 << 20), using: &random) }
        let schedule = try Self.schedule(
            BandwidthSettings(
                bytesPerSecond: rates[0],
                windows: [
                    .init(from: "00:01", to: "00:02", bytesPerSecond: rates[1]),
                    .init(from: "00:03", to: "00:05", bytesPerSecond: rates[2]),
                ]))
        var bucket = TokenBucket(schedule, now: MonotonicInstant(nanoseconds: 0))
        var now: Int64 = 0
        var sent: [(at: Int64, bytes: Double)] = []
        while now < 360_000_000_000 {
            let bytes = Int.random(in: 1...(1 << 20), using: &random)
            while let wait = bucket.take(bytes, now: MonotonicInstant(nanoseconds: now), wall: Self.at(now)) {
                #expect(wait > .zero)
                // Sometimes it comes back too early.
                now += Int.random(in: 0..<5, using: &random) == 0 ? wait.inNanoseconds / 2 : wait.inNanoseconds
            }
            sent.append((now, Double(bytes)))
            if Int.random(in: 0..<8, using: &random) == 0 {
                now += Int64.random(in: 0...3_000_000_000, using: &random)
            }
        }
        let burst = rates.map { TokenBucket.burst($0) }.max() ?? 0
        var first = 0
        for _ in 0..<200 {
            first = Int.random(in: 0..<sent.count, using: &random)
            let last = Int.random(in: first..<sent.count, using: &random)
            let bytes = sent[first...last].reduce(0) { $0 + $1.bytes }
            let allowed = Self.given(schedule, from: sent[first].at, to: sent[last].at)
            #expect(bytes <= allowed + burst + 2, "\(sent[first].at)...\(sent[last].at)")
        }
        // And it is used: who always has something to send is not kept below the rate.
        let all = sent.reduce(0) { $0 + $1.bytes }
        #expect(all > Self.given(schedule, from: 0, to: now) / 40)
    }

    private static func at(_ nanoseconds: Int64) -> WallInstant {
        WallInstant(microseconds: monday + nanoseconds / 1_000)
    }

    /// What the schedule's rates give between two instants, second by second and edge by edge.
    private static func given(_ schedule: BandwidthSchedule, from: Int64, to: Int64) -> Double {
        var (at, sum) = (from, 0.0)
        while at < to {
            let next = min(to, (at / 60_000_000_000 + 1) * 60_000_000_000)
            sum += Double(next - at) / 1e9 * Double(schedule.cap(at: Self.at(at)).bytesPerSecond ?? 0)
            at = next
        }
        return sum
    }

    // MARK: - In a process server

    @Test func `what is sent on keeps to the cap, and the cap stands in the figures`() throws {
        let bench = try DataPathWorld(seed: 71)
        bench.processSettings.forwardBandwidth = BandwidthSettings(bytesPerSecond: 64 << 10)
        try bench.attachBlankDisks()
        bench.bootMasterTarget()
        bench.bootProcessServer()
        let machine = bench.machine(seed: 71)
        try bench.perform { environment in try await ScriptedVault(environment).enable(machine, relay: true) }
        let content = try bench.perform { environment in
            var machine = machine
            let vault = ScriptedVault(environment)
            let stream = try await open(machine, environment)
            let began = environment.clock.now()
            for number in 1...10 as ClosedRange<UInt64> {
                machine.scribble(96, incompressible: true)
                try await stream.send(machine.cut(base: number - 1))
            }
            try await stream.await(10, .applied, limit: .seconds(300))
            let took = environment.clock.now() - began
            let relay = try await vault.relay()
            let least = Double(relay.forwardedBytes - (1 << 20)) / Double(64 << 10)
            #expect(relay.forwardedBytes > 2 << 20)
            #expect(took >= .seconds(Int(least)), "\(relay.forwardedBytes) bytes in \(took)")
            let status = try await vault.process.getProcessServer(.init())
            #expect(status.forwardCap?.bytesPerSecond == 64 << 10)
            #expect(status.receiveCap?.bytesPerSecond == 0)
            #expect((1...(128 << 10)).contains(status.forwardedBytesPerSecond))
            return machine.disks
        }
        #expect(try bench.attachedContent() == content)
    }

    @Test func `what is taken from agents keeps to its own cap`() throws {
        let bench = try DataPathWorld(seed: 72)
        bench.processSettings.receiveBandwidth = BandwidthSettings(bytesPerSecond: 128 << 10)
        try bench.attachBlankDisks()
        bench.bootMasterTarget()
        bench.bootProcessServer()
        let machine = bench.machine(seed: 72)
        try bench.perform { environment in try await ScriptedVault(environment).enable(machine, relay: true) }
        try bench.perform { environment in
            var machine = machine
            let stream = try await open(machine, environment)
            let began = environment.clock.now()
            for number in 1...10 as ClosedRange<UInt64> {
                machine.scribble(96, incompressible: true)
                try await stream.send(machine.cut(base: number - 1))
            }
            try await stream.await(10, .applied, limit: .seconds(300))
            let took = environment.clock.now() - began
            let relay = try await ScriptedVault(environment).relay()
            #expect(took >= .seconds(Int(Double(relay.receivedBytes - (2 << 20)) / Double(128 << 10))))
        }
    }
}
