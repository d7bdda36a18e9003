import Contract
import Environment
import Messages
import Model
import ScriptedSource
import Testing

/// A world with a master target that has the item's blank disks and generation 1.
func targetWorld(seed: UInt64) throws -> DataPathWorld {
    let bench = try DataPathWorld(seed: seed)
    try bench.attachBlankDisks()
    bench.bootMasterTarget()
    let machine = bench.machine(seed: seed)
    try bench.perform { environment in try await ScriptedVault(environment).enable(machine, relay: false) }
    return bench
}

/// Streams to the master target as a process server does: sends what it lacks, and waits until all is applied.
func replicate(
    _ machine: ScriptedMachine, _ intervals: [ScriptedMachine.Interval], _ environment: Environment
) async throws {
    let last = intervals.last?.header.id.number ?? 0
    var failure: (any Error)?
    // A stream breaks when the target is killed; who sends comes back.
    for _ in 0..<50 {
        do {
            let stream = try await ScriptedStream.open(machine.hello, at: DataPathWorld.targetAddress, environment)
            if await stream.welcome.position >= last { return await stream.close() }
            let sealed = await stream.welcome.sealed
            for interval in intervals where interval.header.id.number > sealed { try await stream.send(interval) }
            try await stream.await(last, .applied)
            return await stream.close()
        } catch { failure = error }
        try await environment.clock.sleep(for: .milliseconds(500))
    }
    throw failure ?? Failure(.timedOut, "replicate")
}
