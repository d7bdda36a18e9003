import Contract
import Environment
import Messages
import Model
import ScriptedSource

/// Process server and master target with everything in place for the first stream.
func relayWorld(seed: UInt64, spoolBytes: Int64 = 16 << 20) throws -> DataPathWorld {
    let bench = try DataPathWorld(seed: seed, spoolBytes: spoolBytes)
    try bench.attachBlankDisks()
    bench.bootMasterTarget()
    bench.bootProcessServer()
    let machine = bench.machine(seed: seed)
    try bench.perform { environment in try await ScriptedVault(environment).enable(machine, relay: true) }
    return bench
}

func open(_ machine: ScriptedMachine, _ environment: Environment) async throws -> ScriptedStream {
    try await ScriptedStream.open(machine.hello, at: DataPathWorld.processAddress, environment)
}

/// Comes back until it is welcomed: a server that was just started is not there at once.
func reopen(_ machine: ScriptedMachine, _ environment: Environment) async throws -> ScriptedStream {
    for _ in 0..<100 {
        if let stream = try? await open(machine, environment) { return stream }
        try await environment.clock.sleep(for: .milliseconds(200))
    }
    return try await open(machine, environment)
}
