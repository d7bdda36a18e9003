import Contract
import Environment
import IntervalFrames
import Messages
import Model
import ScriptedSource
import Simulation
import Testing

/// Kills and power losses of both servers at random moments, under a source that does what an agent does.
struct FaultTests {
    @Test(arguments: (101...112).map(UInt64.init)) func `whatever fails, the disks end up as the source's`(
        seed: UInt64
    ) throws {
        let bench = try relayWorld(seed: seed)
        var faults = 0
        func disturb() {
            let (pause, dice) = bench.world.choose { generator in
                (Int.random(in: 50...1_500, using: &generator), Int.random(in: 0..<4, using: &generator))
            }
            bench.world.after(.milliseconds(pause)) {
                guard faults < 15 else { return }
                faults += 1
                let host = dice % 2 == 0 ? bench.processServer : bench.masterTarget
                if dice >= 2 { host.powerLoss() }
                if dice % 2 == 0 { bench.killProcessServer() } else { bench.killMasterTarget() }
                bench.world.after(.milliseconds(pause / 2)) {
                    if dice % 2 == 0 { bench.bootProcessServer() } else { bench.bootMasterTarget() }
                    disturb()
                }
            }
        }
        disturb()
        do {
            let content = try bench.perform { [machine = bench.machine(seed: seed)] environment in
                let source = FaultySource(machine, environment)
                for _ in 0..<30 {
                    try await source.step()
                    try await environment.clock.sleep(for: .milliseconds(200))
                }
                return try await source.finish()
            }
            #expect(faults > 0)
            #expect(try bench.attachedContent() == content)
        } catch {
            Issue.record(error, "\(bench.complaints.suffix(40).joined(separator: "\n"))")
        }
    }
}

/// Keeps every interval until it is applied; void and lost ones go into the next cut.
actor FaultySource {
    private var machine: ScriptedMachine
    private let environment: Environment
    private var stream: ScriptedStream?
    private var read = 0
    private var pending: [ScriptedMachine.Interval] = []
    private var applied: UInt64 = 0

    init(_ machine: ScriptedMachine, _ environment: Environment) {
        self.machine = machine
        self.environment = environment
    }

    func step() async throws {
        await settle()
        machine.scribble(12)
        let interval = machine.cut(base: pending.last?.header.id.number ?? applied)
        pending.append(interval)
        await attempt { try await $0.send(interval) }
    }

    func finish() async throws -> [[UInt8]] {
        for _ in 0..<600 {
            await settle()
            if applied == machine.nextNumber - 1, pending.isEmpty { return machine.disks }
            if pending.isEmpty {
                let interval = machine.cut(base: applied)
                pending.append(interval)
                await attempt { try await $0.send(interval) }
            }
            try await environment.clock.sleep(for: .milliseconds(200))
        }
        throw Failure(.timedOut, "wait for interval \(machine.nextNumber - 1); applied is \(applied)")
    }

    func end() async { await drop() }

    private func attempt(_ body: (ScriptedStream) async throws -> Void) async {
        guard let stream else { return }
        do { try await body(stream) } catch { await drop() }
    }

    private func drop() async {
        await stream?.close()
        stream = nil
        read = 0
    }

    /// Reads what came; opens a stream when there is none, and sends again what is not held on the way.
    private func settle() async {
        if let stream, await stream.end != nil { await drop() }
        if stream == nil {
            guard let opened = try? await open(machine, environment) else { return }
            stream = opened
            applied = max(applied, await opened.welcome.position)
            let sealed = await opened.welcome.sealed
            await digest()
            for interval in pending where interval.header.id.number > sealed {
                guard await !opened.has(interval.header.id.number, .cached) else { continue }
                await attempt { try await $0.send(interval) }
            }
        }
        await digest()
    }

    private func digest() async {
        guard let stream else { return }
        let news = await stream.progress.dropFirst(read)
        read += news.count
        var void: UInt64?
        for message in news {
            switch message.stage {
            case .applied: applied = max(applied, message.number)
            case .lost, .needed:
                if pending.contains(where: { $0.header.id.number >= message.number }) {
                    void = min(void ?? .max, message.number)
                }
            default: break
            }
        }
        pending.removeAll { $0.header.id.number <= applied }
        guard let void else { return }
        pending.removeAll { $0.header.id.number >= void }
        await attempt { try await $0.send([.with { $0.frame = .void(.with { $0.fromNumber = void }) }]) }
    }
}
