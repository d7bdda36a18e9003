import Environment
import Glibc
import Messages
import Model
import ScriptedSource
import Testing

@testable import MobilityAgent

/// `kill -9` of the agent at each failpoint that a machine's stay at a site passes: protected, replicated, fenced and
/// drained; and, given disks back, run on an overlay, read back and merged.
@Suite struct FailpointTests {
    /// Every so many of them; `make failpoints` takes all.
    private static let pace = getenv("HOMEWARD_FAILPOINTS") == nil ? 13 : 1

    @Test func `both stays pass all that the table says`() throws {
        let departing = try Stay(killedAt: nil, Stay.departing).world.home.failpointReaches.map(\.name)
        let returned = try Stay(killedAt: nil, Stay.returned).world.home.failpointReaches.map(\.name)
        let missing = FailpointCells.agent.subtracting(departing).subtracting(returned)
        #expect(missing.isEmpty, "no stay passes \(missing.sorted())")
    }

    @Test(arguments: [false, true])
    func `killed at any failpoint of a stay, no block is missed and the guest's disks are what they were`(
        handedOver: Bool
    ) throws {
        let live = handedOver ? Stay.returned : Stay.departing
        let whole = try Stay(killedAt: nil, live)
        let reaches = whole.world.home.failpointReaches
        #expect(reaches.count > 12, "\(reaches)")
        var rows: [String] = []
        for (place, reach) in reaches.enumerated() where place % Self.pace == 0 {
            let stay = try Stay(killedAt: reach.name, live)
            #expect(stay.deaths <= 1, "\(reach.name)")
            rows.append("\(reach.name), reached \(reach.count) times: killed \(stay.deaths)")
        }
        print("agent, \(rows.count) kills at failpoints:\n" + rows.joined(separator: "\n"))
    }
}

private final class Stay {
    let world: AgentWorld
    private(set) var deaths = 0
    private var isOver = false

    init(killedAt failpoint: String?, _ live: (Stay) throws -> Void) throws {
        world = try AgentWorld(seed: 97)
        world.hooks = ScriptedHooks()
        if let failpoint { world.home.arm(failpoint) }
        try live(self)
        isOver = true
    }

    private func start() {
        world.boot()
        watch()
    }

    /// Its site host starts it again.
    private func watch() {
        world.bench.world.after(.milliseconds(300)) { [self] in
            if isOver { return }
            if !world.agentLives {
                deaths += 1
                world.kill()
                world.boot()
            }
            watch()
        }
    }

    /// SIGTERM, unless it is killed within.
    private func stop() throws {
        let deaths = deaths
        world.askToStop()
        try world.bench.world.run(limit: .seconds(60)) { world.hasStopped || self.deaths > deaths }
        guard self.deaths == deaths else { return }
        world.kill()
        world.boot()
    }

    private func expect(_ answer: AgentV1.AgentCommandResult, _ what: String) throws {
        guard answer.code == 0 else {
            throw Failure(.internalError, "\(what): \(answer.message)\n\(world.complaints)")
        }
    }

    /// Until the guest's writes are all acknowledged; one that was cut off by a kill is made again.
    private func scribble() throws {
        for _ in 0..<20 {
            if (try? world.scribble(8)) != nil { return }
            try world.bench.world.run(for: .milliseconds(500))
        }
        try world.scribble(8)
    }

    static func departing(_ stay: Stay) throws {
        let world = stay.world
        stay.start()
        try stay.expect(world.assign(1), "assign")
        #expect(try world.openSession(1, step: "too-short", interval: .microseconds(1)).code != 0)
        try stay.expect(world.openSession(1, full: true, application: .seconds(4)), "open")
        try stay.scribble()
        try world.waitForEqualDisks()
        try stay.scribble()
        try world.bench.world.run(for: .seconds(31))
        try stay.scribble()
        try stay.expect(world.resync("resync"), "compare")
        try world.waitUntil("compared") { try world.status().comparison?.complete == true }
        try stay.stop()
        try stay.scribble()
        try stay.expect(world.fence(2), "fence")
        try stay.expect(world.drain(1), "drain")
        try world.waitForEqualDisks()
    }

    static func returned(_ stay: Stay) throws {
        let world = stay.world
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true))
        let below = try world.content()
        stay.start()
        try stay.scribble()
        #expect(try world.content() == below)
        let generation = DataPathWorld.generation(2).message
        _ = try world.command("read-back", .readBack(.with { $0.generation = generation }))
        try world.waitUntil("read back") { try world.status().readBack?.complete == true }
        try world.flush()
        let seen = try world.readDisks()
        try world.waitUntil("merged") {
            let answer = try world.command("merge", .mergeOverlay(.with { $0.generation = generation }))
            guard case .mergeOverlay(let merged)? = answer.result else { return false }
            return merged.complete
        }
        #expect(try world.content() == seen)
    }
}
