public import API
import Contract
public import Environment
public import Messages
import Model
public import RPC

/// Calls as the vault makes them, each with a key of its own.
public struct ScriptedVault: Sendable {
    public let target: TargetControlClient
    public let targetReceiver: ReceiverClient
    public let process: ProcessControlClient
    public let processReceiver: ReceiverClient
    private let item = DataPathWorld.item

    public init(_ environment: Environment) {
        let transport = StreamTransport(environment)
        let target = transport.channel(to: DataPathWorld.targetAddress)
        let process = transport.channel(to: DataPathWorld.processAddress)
        self.target = TargetControlClient(target)
        targetReceiver = ReceiverClient(target)
        self.process = ProcessControlClient(process)
        processReceiver = ReceiverClient(process)
    }

    /// Waits for a connection, so that a call may be made while the server starts.
    public static let options = CallOptions(timeout: .seconds(120), waitForReady: true)

    public func key(_ step: String, job: String = "job-1", undo: Bool = false) -> CommonV1.OperationKey {
        .with {
            $0.job = job
            $0.item = item.text
            $0.step = step
            $0.undo = undo
            $0.target = "mt"
            $0.vaultEpoch = 1
        }
    }

    public func assignment(
        _ number: UInt64, drains: UInt64? = nil, processServer: String = "ps"
    ) -> CommonV1.Assignment {
        .with {
            $0.item = item.text
            $0.generation = DataPathWorld.generation(number).message
            $0.activeSite = .home
            $0.replication = .out
            $0.processServer = processServer
            $0.masterTarget = "mt"
            $0.drains = drains.map { DataPathWorld.generation($0).message }
        }
    }

    public func assignTarget(_ number: UInt64, drains: UInt64? = nil) async throws {
        _ = try await targetReceiver.assign(
            .with {
                $0.key = key("assign-\(number)")
                $0.assignment = assignment(number, drains: drains)
            }, Self.options)
    }

    public func assignProcess(
        _ number: UInt64, drains: UInt64? = nil, processServer: String = "ps"
    ) async throws {
        _ = try await processReceiver.assign(
            .with {
                $0.key = key("assign-\(number)")
                $0.assignment = assignment(number, drains: drains, processServer: processServer)
            }, Self.options)
    }

    @discardableResult
    public func adopt(blank: Bool, _ machine: ScriptedMachine, step: String = "adopt") async throws
        -> TargetV1.AdoptReplicaResponse
    {
        try await target.adoptReplica(
            .with {
                $0.key = key(step)
                $0.item = item.text
                $0.disks = machine.descriptions
                $0.blank = blank
            }, Self.options)
    }

    @discardableResult
    public func openRelay(_ number: UInt64 = 1) async throws -> ProcessV1.Relay {
        try await process.openRelay(
            .with {
                $0.key = key("open-relay-\(number)")
                $0.item = item.text
                $0.generation = DataPathWorld.generation(number).message
                $0.masterTarget = .with {
                    $0.id = "mt"
                    $0.address = "\(DataPathWorld.targetAddress)"
                }
            }, Self.options)
    }

    public func replica() async throws -> TargetV1.Replica {
        try await target.getReplica(.with { $0.item = item.text }, Self.options)
    }

    public func relay() async throws -> ProcessV1.Relay {
        try await process.getRelay(.with { $0.item = item.text }, Self.options)
    }

    /// The replica once its position is at least this.
    @discardableResult
    public func replica(at position: UInt64) async throws -> TargetV1.Replica {
        for _ in 0..<600 {
            let replica = try await target.getReplica(
                .with {
                    $0.item = item.text
                    $0.waitUs = 100_000
                    $0.untilPosition = position
                }, Self.options)
            if replica.position >= position { return replica }
        }
        throw Failure(.timedOut, "wait for position \(position)")
    }

    /// Everything up to the first stream: adopted blank, assigned, relay open.
    public func enable(_ machine: ScriptedMachine, relay: Bool) async throws {
        try await adopt(blank: true, machine)
        try await assignTarget(1)
        guard relay else { return }
        try await assignProcess(1)
        try await openRelay()
    }
}
