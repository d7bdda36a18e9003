import Environment
import Glibc
import Messages
import ScriptedSource
import Simulation
import Testing

@testable import MobilityAgent

/// One bit turned in each kind of file that the data path keeps: nothing is lost, nothing false is told, and what
/// decayed is named.
@Suite struct DamageTests {
    static let struck = FileKind.all.filter {
        switch $0.fate {
        case .named, .madeAnew: true
        case .elsewhere, .control: false
        }
    }

    @Test func `each file that lies anywhere is of a kind that the table knows`() throws {
        var known: Set<String> = []
        for scene in [FileKind.Scene.replicating, .onOverlay] {
            let scenery = try Scenery(scene, seed: 61)
            for (host, path) in try scenery.files() {
                let kinds = FileKind.all.filter { $0.host == host && $0.fits(path) }
                #expect(!kinds.isEmpty, "\(path) of \(host): FileKind.all needs a row for what comes of its decay")
                known.formUnion(kinds.map(\.name))
            }
        }
        let missing = Self.struck.map(\.name).filter { !known.contains($0) }
        #expect(missing.isEmpty, "no file is of the kinds \(missing)")
    }

    /// Every so many of them; `make damage` takes all.
    static let taken = struck.enumerated().filter { $0.offset % (getenv("HOMEWARD_DAMAGE") == nil ? 4 : 1) == 0 }
        .map(\.element)

    @Test(arguments: DamageTests.taken)
    func `a bit that turned loses nothing, tells nothing false, and is named`(kind: FileKind) throws {
        let scenery = try Scenery(kind.scene, seed: 62)
        let path = try scenery.strike(kind)
        try scenery.goOn()
        guard case .named(let texts, _) = kind.fate else { return }
        // What nobody reads is found by the background scrub.
        let said = try scenery.said(after: kind.isScrubbed ? .seconds(80) : .seconds(2))
        #expect(texts.contains { said.contains($0) }, "\(path) is not named\n\(said.suffix(4_000))")
    }

    @Test func `the spool deleted with all that is in it loses time and no data`() throws {
        let scenery = try Scenery(.replicating, seed: 63)
        try scenery.change(.processServer) { files in
            let directory = "/spool/item-1"
            let names = try files.list(directory)
            #expect(!names.isEmpty)
            for name in names { try files.remove("\(directory)/\(name)") }
        }
        try scenery.goOn()
    }

    /// Sealed, and cut off in its first record, in the middle, at its last byte, or gone.
    @Test(arguments: getenv("HOMEWARD_DAMAGE") == nil ? [50] : [0, 10, 50, 99])
    func `sealed staging that is cut off is withdrawn by its number, and comes again`(percent: Int) throws {
        let scenery = try Scenery(.replicating, seed: 64)
        try scenery.change(.masterTarget) { files in
            for path in try files.below("/state/replicas/item-1") where path.contains("/staging-") {
                let file = try files.open(path, .readWrite)
                defer { file.close() }
                try file.truncate(to: try file.size() * Int64(percent) / 100)
                try file.sync()
            }
        }
        try scenery.goOn()
        #expect(try scenery.said(after: .seconds(2)).contains("staging"))
    }
}

/// A world at rest, everything of it killed, with what its points were before.
private final class Scenery {
    let world: AgentWorld
    private let scene: FileKind.Scene
    private var before: [UInt64: PointView] = [:]
    private var seen: [[UInt8]] = []

    init(_ scene: FileKind.Scene, seed: UInt64) throws {
        world = try AgentWorld(seed: seed)
        self.scene = scene
        switch scene {
        case .replicating: try replicate()
        case .onOverlay: try runOnOverlay()
        }
    }

    private func replicate() throws {
        try world.protect()
        for _ in 0..<3 {
            try world.scribble(12)
            try world.waitForEqualDisks()
        }
        // The agent's own sync, which settles what was applied in its digest table.
        try world.bench.world.run(for: .seconds(31))
        before = try world.views()
        // The one that is sealed next holds what is written now, and is no point of an idle second.
        let number = try world.status().appliedNumber
        try world.waitUntil("a point") { try world.status().appliedNumber > number }
        world.bench.masterTarget.arm("replica.seal.after")
        try world.scribble(12)
        try world.bench.world.run(limit: .seconds(60)) {
            !self.world.bench.masterTarget.processes.contains { $0.name == "master-target" }
        }
        world.bench.killMasterTarget()
        try world.scribble(12)
        try world.bench.world.run(for: .seconds(3))
        world.kill()
        world.bench.killProcessServer()
    }

    private func runOnOverlay() throws {
        try world.handOver(generation: 2)
        try world.place(AgentWorld.grant(2, overlay: true))
        world.boot()
        try world.scribble(20)
        try world.flush()
        try world.guest { clients, _ in try await clients[0].write([UInt8](repeating: 0x5A, count: 8_192), at: 4_096) }
        seen = try world.readDisks()
        world.kill()
        world.bench.killMasterTarget()
        world.bench.killProcessServer()
    }

    private func host(_ host: FileKind.Host) -> SimulatedHost {
        switch host {
        case .home: world.home
        case .processServer: world.bench.processServer
        case .masterTarget: world.bench.masterTarget
        }
    }

    func change(_ host: FileKind.Host, _ body: @escaping @Sendable (any FileSystem) throws -> Void) throws {
        try world.bench.on(self.host(host)) { try body($0.files) }
    }

    func files() throws -> [(FileKind.Host, String)] {
        var out: [(FileKind.Host, String)] = []
        for host in [FileKind.Host.home, .processServer, .masterTarget] {
            let found = try world.bench.on(self.host(host)) { environment in
                try ["/data", "/machines", "/spool", "/state"].flatMap { try environment.files.below($0) }
            }
            out += found.map { (host, $0) }
        }
        return out
    }

    /// Turns a bit of one file of the kind; its path.
    func strike(_ kind: FileKind) throws -> String {
        let paths = try files().filter { $0.0 == kind.host && kind.fits($0.1) }.map(\.1)
        return try world.bench.on(host(kind.host)) { environment in
            var candidates: [(path: String, bytes: [UInt8], place: Int)] = []
            for path in paths {
                let bytes = try environment.files.readAll(path)
                if let place = kind.fate.place(in: bytes) { candidates.append((path, bytes, place)) }
            }
            let chosen = candidates.max { FileKind.age($0.bytes) < FileKind.age($1.bytes) }
            let target = try #require(chosen, "no file of the kind \(kind.name)")
            let file = try environment.files.open(target.path, .readWrite)
            defer { file.close() }
            try file.write([target.bytes[target.place] ^ 0x04], at: Int64(target.place))
            try file.sync()
            return target.path
        }
    }

    /// Everything is started again, and comes to what it would have come to without the damage.
    func goOn() throws {
        world.bench.targetSettings.scrubIntervalUs = 60_000_000
        world.bench.bootMasterTarget()
        world.bench.bootProcessServer()
        world.boot()
        switch scene {
        case .replicating:
            try world.scribble(12)
            try world.waitForEqualDisks()
            try judgePoints()
        case .onOverlay:
            #expect(try world.readDisks() == seen)
        }
    }

    /// Points are what they were, or say that they are not.
    private func judgePoints() throws {
        for point in try world.points() where point.applied {
            let view = try? world.view(point)
            let isDamaged = try world.points().first { $0.number == point.number }?.damage.isEmpty == false
            if let known = before[point.number] {
                #expect(view?.content == known.content || isDamaged, "point \(point.number)")
            }
            #expect(view?.isWhole ?? false || isDamaged, "point \(point.number)")
        }
    }

    /// All that a person could have read.
    func said(after time: Duration) throws -> String {
        try world.bench.world.run(for: time)
        let points = scene == .replicating ? try world.points().map(\.damage).joined(separator: "\n") : ""
        return points + "\n" + world.allComplaints + "\n" + (try world.status().cause)
    }
}

extension FileSystem {
    /// All files, of all directories below.
    func below(_ path: String) throws -> [String] {
        guard exists(path) else { return [] }
        guard let names = try? list(path) else { return [path] }
        return try names.flatMap { try below("\(path)/\($0)") }
    }
}
