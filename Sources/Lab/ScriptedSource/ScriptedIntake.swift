public import API
public import Environment
public import IntervalFrames
public import Messages
public import RPC
public import Simulation
import Synchronization

/// A far end of the data path that welcomes each writer with what it is told to, and takes nothing.
public final class ScriptedIntake: IntervalIntakeService {
    private let welcome: ReplicationV1.StreamWelcome
    private let runsOfPart: Int
    private let hellos = Mutex<[ReplicationV1.StreamHello]>([])

    public init(
        _ welcome: ReplicationV1.StreamWelcome, runsOfPart: Int = ReplicationV1.StreamWelcome.mostRunsOfPart
    ) {
        self.welcome = welcome
        self.runsOfPart = runsOfPart
    }

    /// Those that came.
    public var heard: [ReplicationV1.StreamHello] { hellos.withLock { $0 } }

    public func replicate(
        _ requests: RequestStream<ReplicationV1.SourceFrame>, _ responses: MessageWriter<ReplicationV1.TargetFrame>,
        _ context: CallContext
    ) async throws {
        while let frame = try await requests.next() {
            guard case .hello(let hello) = frame.frame else { continue }
            hellos.withLock { $0.append(hello) }
            for frame in welcome.frames(runsOfPart: runsOfPart) { try await responses.send(frame) }
        }
    }

    /// Serves until the host is killed.
    public func boot(on host: SimulatedHost, at address: StreamAddress) {
        host.boot("scripted intake") { environment in
            guard let server = try? await StreamTransport(environment).serve(address, [self.bound()]) else { return }
            // Served until the process is killed.
            while true { try? await environment.clock.sleep(for: .seconds(3_600)) }
            await server.drain(grace: .zero)
        }
    }
}
