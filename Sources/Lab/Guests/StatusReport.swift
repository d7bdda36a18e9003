import Environment
import MachineFiles
import Model

/// `guest.status.json` of one workload.
actor StatusReport {
    private let configuration: GuestConfiguration
    private let environment: Environment
    private let lane: any Lane
    private var done: [String] = []
    private var toolsEnabled: Bool
    private var network: NetworkSettings?

    init(_ configuration: GuestConfiguration, _ environment: Environment) {
        self.configuration = configuration
        self.environment = environment
        lane = environment.lanes.lane("guest status")
        toolsEnabled = configuration.toolsEnabled
        network = configuration.network
    }

    /// Carries out what the grant asks for at boot.
    func bootActions() throws {
        for action in configuration.bootActions {
            switch action {
            case "disable-tools": toolsEnabled = false
            case "enable-tools": toolsEnabled = true
            case "configure-network":
                guard let wanted = configuration.bootNetwork else {
                    throw Failure(.invalidArgument, "carry out the boot action \(action): nobody says to what")
                }
                network = wanted
            default: throw Failure(.unsupported, "carry out the boot action \(action): it is unknown here")
            }
            done.append(action)
        }
    }

    /// The message begins with the kind of workload, so that a reader knows which one answers.
    func publish(
        _ state: GuestStatusFile.State, acknowledged: UInt64 = 0, first: Bool = false, _ message: String = ""
    ) async throws {
        let kind = configuration.guest.kind.rawValue
        let status = GuestStatusFile(
            machine: configuration.machine, bootID: configuration.bootID, processID: ownProcess(), state: state,
            firstAcknowledged: first, acknowledgedWrites: acknowledged, bootActionsDone: done,
            toolsEnabled: toolsEnabled, network: network, message: message.isEmpty ? kind : "\(kind): \(message)",
            updatedUnixUs: environment.clock.wallNow().microseconds)
        let path = configuration.statusFile
        try await lane.run { [files = environment.files] in try status.publish(path, files) }
    }

    func end(_ state: GuestStatusFile.State, _ message: String) async throws { try await publish(state, message) }
}
