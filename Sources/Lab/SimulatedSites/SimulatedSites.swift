import ConfigurationServer
import Environment
import Hosting
import MasterTarget
public import Model
import ProcessServer
public import Processes
import RPC
public import Simulation
import SiteHost
import Synchronization
import VaultOrchestrator

/// Both sites of a lab in one simulated world: every service with the configuration file that a lab of real processes
/// gives it, each on a computer of its own, machines on one computer a site, each site's files on a volume that the
/// other site's computers do not mount.
///
/// A component that dies is started again after 0.2 to 5 s, which the seed decides, as a service manager would.
public final class SimulatedSites {
    public static let pauses: ClosedRange<Duration> = .milliseconds(200)...(.seconds(5))

    public let world: SimulatedWorld
    public let layout: LabLayout
    public let journal: Journal
    private let starter: ProcessStarter
    private var computers: [String: SimulatedHost] = [:]
    private var machines: [Site: SimulatedMachines] = [:]
    private var components: [String: Incarnation] = [:]
    private var pausing: SeededGenerator
    /// Where a person sits who sees all files.
    private let desk: SimulatedHost

    public init(seed: UInt64, keepTrace: Bool = false, echo: (@Sendable (String) -> Void)? = nil) throws {
        world = SimulatedWorld(seed: seed)
        journal = Journal(world, echo: echo)
        if keepTrace { world.keepTrace() }
        layout = try LabLayout(directory: "/lab", programs: "/programs")
        starter = ProcessStarter(journal)
        pausing = SeededGenerator(seed: seed, stream: "restarts")
        desk = world.host("desk", address: "127.0.0.9")
        let acknowledgements = world.volume("acks")
        desk.mount(acknowledgements, at: layout.acknowledgements)
        for site in [Site.home, .cloud] {
            let volume = world.volume("\(site.rawValue)")
            desk.mount(volume, at: layout.root(site))
            for component in LabLayout.components where component.site == site {
                let computer = world.host(component.id, address: component.host)
                computer.mount(volume, at: layout.root(site))
                computers[component.id] = computer
            }
            let computer = world.host("machines-\(site.rawValue)", address: Self.machineAddress(site, 0))
            for place in 1..<8 { computer.addAddress(Self.machineAddress(site, place)) }
            computer.mount(volume, at: layout.root(site))
            computer.mount(acknowledgements, at: layout.acknowledgements)
            computers["machines-\(site.rawValue)"] = computer
            machines[site] = SimulatedMachines(starter, on: computer)
        }
        try prepare()
        for component in LabLayout.components { boot(component) }
    }

    /// As the site host numbers its machines' agents.
    private static func machineAddress(_ site: Site, _ place: Int) -> String {
        "127.0.\(site == .home ? 1 : 2).\(10 + place)"
    }

    private func prepare() throws {
        let layout = layout
        try perform { world in
            let files = world.environment.files
            for site in [Site.home, .cloud] {
                for name in ["config", "log", "state", "datastore", "machines"] {
                    try files.createDurably("\(layout.root(site))/\(name)")
                }
                try files.replace(layout.passphrase(site), with: Array("a passphrase of the lab\n".utf8))
            }
            for component in LabLayout.components {
                try files.createDurably(layout.state(component))
                try files.replace(layout.configuration(component), with: layout.settingsFile(of: component))
            }
        }
    }

    // MARK: Components

    private func boot(_ component: LabLayout.Component) {
        guard let computer = computers[component.id] else { return }
        let (starter, path, machines) = (starter, layout.configuration(component), machines[component.site])
        let incarnation = starter.boot(component.id, on: computer) { environment, openings in
            func serve<S: Service>(_ type: S.Type) async throws {
                let settings = try loadConfiguration(S.Settings.self, path: path, files: environment.files)
                let context = starter.context(settings.service, environment, openings)
                let hosted = try await HostedService<S>.start(settings, context)
                // Served until the process is killed.
                await EndSignal().wait()
                await hosted.stop()
            }
            switch component.program {
            case "vault-orchestrator": try await serve(VaultOrchestrator.self)
            case "configuration-server": try await serve(ConfigurationServer.self)
            case "process-server": try await serve(ProcessServer.self)
            case "master-target": try await serve(MasterTarget.self)
            default:
                guard let machines else { return }
                let settings = try loadConfiguration(SiteHostConfiguration.self, path: path, files: environment.files)
                let context = starter.context(settings.service, environment, openings)
                let host = try await SiteHost.start(
                    settings, context,
                    runtime: MachinesOfIncarnation(machines: machines, failpoints: environment.failpoints),
                    drivers: [WorkloadDriver(executable: settings.guestExecutable)])
                let hosted = try await HostedService<SiteHost>.host(host, settings, context)
                await EndSignal().wait()
                await hosted.stop()
            }
        }
        components[component.id] = incarnation
        incarnation.atDeath { [weak self] in self?.died(component) }
    }

    private func died(_ component: LabLayout.Component) {
        components[component.id] = nil
        let pause = pausing.pause(in: Self.pauses)
        note("\(component.id) died, starts again in \(pause)")
        world.after(pause) { [weak self] in self?.boot(component) }
    }

    /// What a fault can hit now: components by id, agents and guests by kind and machine.
    public var victims: [String] {
        LabLayout.components.map(\.id).filter { components[$0] != nil }
            + [Site.home, .cloud].flatMap { site in machines[site]?.running.map(\.name) ?? [] }
    }

    /// `kill -9`.
    /// - Parameter losingWrites: its computer loses power, and with it what the process wrote and did not sync; for
    ///   components only, since a guest was promised what it flushed and no more.
    public func kill(_ victim: String, losingWrites: Bool) {
        note("kill \(victim)\(losingWrites ? ", losing what it did not sync" : "")")
        guard let incarnation = incarnation(of: victim) else { return }
        if losingWrites && components[victim] != nil { incarnation.host.powerLoss() } else { incarnation.kill() }
    }

    /// SIGSTOP, and SIGCONT after so long unless it was killed.
    public func pause(_ victim: String, for length: Duration) {
        note("pause \(victim) for \(length)")
        guard let incarnation = incarnation(of: victim) else { return }
        incarnation.stop()
        world.after(length) { incarnation.resume() }
    }

    private func incarnation(of victim: String) -> Incarnation? {
        components[victim] ?? [Site.home, .cloud].lazy.compactMap { [machines] site in
            machines[site]?.running.first { $0.name == victim }?.incarnation
        }.first
    }

    // MARK: Links

    /// Between the sites.
    public func setWAN(_ conditions: LinkConditions) {
        for (one, other) in pairs { world.network.setConditions(conditions, between: one, and: other) }
    }

    private var pairs: [(SimulatedHost, SimulatedHost)] {
        computers(of: .home).flatMap { one in computers(of: .cloud).map { (one, $0) } }
    }

    /// All but the person's desk, in one order always.
    public func computers(of site: Site) -> [SimulatedHost] {
        (LabLayout.components.filter { $0.site == site }.map(\.id) + ["machines-\(site.rawValue)"])
            .compactMap { computers[$0] }
    }

    /// Nothing passes between two groups of computers for so long. One partition at a time.
    /// - Parameter oneWay: what the second group sends still arrives, as far as it goes without an answer.
    public func partition(
        _ some: [SimulatedHost], from others: [SimulatedHost], oneWay: Bool, for length: Duration
    ) {
        func names(_ hosts: [SimulatedHost]) -> String { hosts.map(\.name).joined(separator: ", ") }
        note("nothing passes from \(names(some)) to \(names(others))\(oneWay ? "" : " or back") for \(length)")
        let cut = some.flatMap { one in others.filter { $0 !== one }.map { (one, $0) } }
        for (one, other) in cut {
            world.network.block(from: one, to: other)
            if !oneWay { world.network.block(from: other, to: one) }
        }
        world.after(length) { [weak self] in
            self?.note("everything passes again")
            for (one, other) in cut { self?.world.network.heal(one, other) }
        }
    }

    /// Sets a computer's wall clock ahead of the world's, or behind it.
    public func setClock(of computer: SimulatedHost, ahead skew: Duration) {
        note("the clock of \(computer.name) jumps to \(skew)")
        computer.wallSkew = skew
    }

    // MARK: Work

    /// Something that a person does, until it is done.
    @discardableResult
    public func perform<T: Sendable>(
        limit: Duration = .seconds(7_200), _ body: @escaping @Sendable (LabWorld) async throws -> T
    ) throws -> T {
        let outcome = Outcome<T>()
        let journal = journal
        let visitor = desk.boot("person") { environment in
            let transport = StreamTransport(environment)
            let world = LabWorld(environment, dial: { transport.channel(to: $0) }, say: { said in
                journal.add("person: \(said)")
            })
            do { outcome.set(.success(try await body(world))) } catch { outcome.set(.failure(error)) }
        }
        try world.run(limit: limit) { outcome.result != nil }
        visitor.kill()
        guard let result = outcome.result else { throw Failure(.internalError, "perform: no result") }
        return try result.get()
    }

    /// The machine of `OneMachineCycle` at home, booted; no vault knows of it.
    public func createMachine() throws {
        let (layout, seed) = (layout, world.seed)
        try perform { try await OneMachineCycle(layout, $0, .small(seed)).create() }
    }

    private func note(_ text: String) {
        journal.add("world: \(text)")
        world.note(text)
    }
}

/// From a visitor's task to whoever runs the world for it.
private final class Outcome<T: Sendable>: Sendable {
    private let held = Mutex<Result<T, any Error>?>(nil)

    var result: Result<T, any Error>? { held.withLock { $0 } }
    func set(_ result: Result<T, any Error>) { held.withLock { $0 = result } }
}
