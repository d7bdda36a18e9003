import API
import Environment
import Messages
import Model
import RPC

/// Who runs the components of a lab and starts again what dies: as processes of this computer (`LabSupervisor`) or as
/// containers (`ComposeSupervisor`). The loop sees neither; it calls the components at their addresses and judges
/// files.
public protocol ComponentSupervisor: Sendable {
    /// The lab's directories as the components see them.
    var inside: LabLayout { get }
    /// What can be known to be wrong before anything is created.
    func check() async throws
    /// Returns when all components answer that they are serving and the vault knows those that items need. On a failure
    /// nothing is left running.
    func start() async throws
    /// Until `stop`.
    func keep() async
    /// `kill -9`; false when it does not run at this moment.
    func kill(_ id: String) async -> Bool
    /// Keeps it from running until `thaw`; what is sent to it waits. False when it does not run.
    func freeze(_ id: String) async -> Bool
    func thaw(_ id: String) async -> Bool
    /// How often a component was started until now.
    func starts(_ id: String) async -> Int
    /// What the loop laid below a directory of the lab becomes the components' own. Blocking: on a lane.
    func handOver(_ path: String) throws
    /// Ends all that runs in this lab. Disks, states and logs stay.
    func stop() async
}

extension LabWorld {
    private static let look = Duration.milliseconds(100)

    /// Until the vault knows all that register: what is asked of it next finds a whole lab. Site hosts register
    /// nowhere.
    func waitForRegistrations(within limit: Duration) async throws {
        guard let vault = LabLayout.component("vault") else { return }
        let clock = environment.clock
        let deadline = clock.now() + limit
        let infrastructure = InfrastructureClient(dial(vault.address))
        var missing = Set(LabLayout.components.filter { $0.program != "site-host" && $0.id != vault.id }.map(\.id))
        while clock.now() < deadline {
            let known = try await infrastructure.listInfrastructure(.init(), CallOptions(timeout: .seconds(5)))
            missing.subtract(known.components.compactMap { $0.endpoint?.id })
            if missing.isEmpty { return }
            try await clock.sleep(for: Self.look)
        }
        throw Failure(
            .timedOut, "start the lab: the vault does not know \(missing.sorted().joined(separator: ", ")) within "
                + "\(limit); see their logs")
    }
}

extension LabLayout {
    /// One lab at a time in a directory: held until the file is closed.
    func takeLock(_ files: any FileSystem) throws -> any File {
        do {
            try files.createDirectory(directory)
            let file = try files.open(lock, .create)
            guard try file.tryLockExclusive() else { throw labStands(self) }
            return file
        } catch let error as FileError {
            throw Failure(.inputOutput, "use the directory \(directory) for a lab: \(error)")
        }
    }

    /// Makes the directories, the passphrase and the configuration of each component, which finds its files at
    /// `inside`.
    func prepare(inside: LabLayout, _ environment: Environment) throws {
        let files = environment.files
        for site in [Site.home, .cloud] {
            for name in ["config", "log", "state", "datastore", "machines"] {
                try files.createDirectory("\(root(site))/\(name)")
            }
        }
        try files.createDirectory(acknowledgements)
        // One passphrase: components of the cloud register at home too.
        let known = passphrase(.home)
        let fresh = hexadecimal(environment.random.bytes(16))
        let secret = files.exists(known) ? try files.readAll(known) : Array("\(fresh)\n".utf8)
        for site in [Site.home, .cloud] { try files.replace(passphrase(site), with: secret) }
        if inside.hasTLS { try makeIdentities(environment) }
        for component in Self.components {
            try files.createDirectory(state(component))
            try files.createDirectory(holds(component))
            try files.replace(configuration(component), with: inside.settingsFile(of: component))
        }
    }
}
