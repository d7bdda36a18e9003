import API
import Contract
import Environment
import Messages
import Model
import RPC
import ScriptedSource
import Simulation
import Synchronization
import Testing

/// A world with a master target that has the item's blank disks and generation 1.
func targetWorld(seed: UInt64, telling registry: HeardRegistry? = nil) throws -> DataPathWorld {
    let bench = try DataPathWorld(seed: seed)
    try bench.attachBlankDisks()
    if let registry {
        bench.targetSettings.registries = ["\(DataPathWorld.processAddress)"]
        try bench.on(bench.masterTarget) { try $0.files.replace("/passphrase", with: Array("secret".utf8)) }
        registry.boot(on: bench.processServer, at: DataPathWorld.processAddress)
    }
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

/// Hears what a component says of itself.
final class HeardRegistry: RegistryService {
    private let last = Mutex(ConfigurationV1.Component())

    var findings: [CommonV1.HealthFinding] { last.withLock { $0.findings } }

    func registerComponent(
        _ request: ConfigurationV1.RegisterComponentRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer { heard(request.component) }

    func heartbeat(
        _ request: ConfigurationV1.HeartbeatRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.RegistryAnswer { heard(request.component) }

    func listComponents(
        _ request: ConfigurationV1.ListComponentsRequest, _ context: CallContext
    ) async throws -> ConfigurationV1.ListComponentsResponse { throw RPCError(.unimplemented, "nobody asks") }

    private func heard(_ component: ConfigurationV1.Component?) -> ConfigurationV1.RegistryAnswer {
        last.withLock { $0 = component ?? $0 }
        return .with {
            $0.registered = true
            $0.intervalUs = 1_000_000
        }
    }

    /// Serves until the host is killed.
    func boot(on host: SimulatedHost, at address: StreamAddress) {
        host.boot("registry") { environment in
            guard let server = try? await StreamTransport(environment).serve(address, [self.bound()]) else { return }
            while true { try? await environment.clock.sleep(for: .seconds(3_600)) }
            await server.drain(grace: .zero)
        }
    }
}
