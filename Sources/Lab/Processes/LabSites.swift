import API
import Contract
import Environment
import Messages
public import Model
import RPC

/// What an administrator can do to a standing lab past all our programs: power of sites and of machines.
extension Lab {
    /// A killed process is gone at once; one that hangs in the kernel is a fault of the computer.
    private static let downLimit = Duration.seconds(20)
    private static let upLimit = LabSupervisor.startLimit
    private static let look = Duration.milliseconds(50)

    /// Power loss: all that runs at the site ends at once. Returns when nothing of it runs any more.
    public static func siteDown(_ site: Site, _ layout: LabLayout, _ world: LabWorld) async throws {
        _ = try standing(layout, world, "take \(site.rawValue) down")
        try write(layout.powerCut(site), layout, world)
        try await until(downLimit, "site \(site.rawValue) to be down", layout, world) { isDown(site, $0) }
    }

    /// The site has power again: its host boots, its machines start by themselves. Returns when its processes serve.
    public static func siteUp(_ site: Site, _ layout: LabLayout, _ world: LabWorld) async throws {
        _ = try standing(layout, world, "bring \(site.rawValue) up")
        let files = world.environment.files
        if files.exists(layout.powerCut(site)) { try files.remove(layout.powerCut(site)) }
        try await until(downLimit, "site \(site.rawValue) to be up", layout, world) { !isDown(site, $0) }
        for component in LabLayout.components where component.site == site {
            let health = HealthClient(world.dial(component.address))
            try await until(upLimit, "\(component.id) to serve", layout, world) { _ in
                let answer = try? await health.check(.init(), CallOptions(timeout: .seconds(2)))
                return answer?.status == .serving
            }
        }
        try await heard(layout, world)
    }

    /// Returns when the vault hears every component of both sites, so that the next command finds them; at once when
    /// the vault's own site has no power.
    static func heard(_ layout: LabLayout, _ world: LabWorld) async throws {
        guard let vault = LabLayout.component("vault") else { return }
        let infrastructure = InfrastructureClient(world.dial(vault.address))
        try await until(upLimit, "the vault to hear all components", layout, world) { record in
            if isDown(.cloud, record) { return true }
            let wanted = LabLayout.components.filter { registering.contains($0.program) && !isDown($0.site, record) }
            let answer = try? await infrastructure.listInfrastructure(
                .with { $0.pageSize = 500 }, CallOptions(timeout: .seconds(2)))
            let fresh = Set((answer?.components ?? []).filter { $0.silentUs < freshUs }.compactMap(\.endpoint?.id))
            return wanted.allSatisfy { fresh.contains($0.id) }
        }
    }

    /// Programs that tell the vault or the configuration server that they are there.
    private static let registering: Set<String> = ["configuration-server", "process-server", "master-target"]
    /// Heartbeats come every second.
    private static let freshUs: UInt64 = 3_000_000

    /// Starts a machine at the platform itself, past the vault and every generation, as a person in vCenter would.
    /// - Parameter place: `machine@site`.
    public static func powerOnOutOfBand(_ place: String, _ layout: LabLayout, _ world: LabWorld) async throws {
        let (machine, platform) = try platform(of: place, "power on", layout, world)
        _ = try await calling("power on \(place)") {
            try await platform.outOfBandPowerOn(.with { $0.machine = machine }, CallOptions(timeout: .seconds(60)))
        }
    }

    /// The machine that `machine@site` names, and its platform.
    static func platform(
        of place: String, _ what: String, _ layout: LabLayout, _ world: LabWorld
    ) throws -> (machine: String, PlatformClient) {
        let parts = place.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let site = Site(rawValue: parts[1]), MachineID.isValid(parts[0]) else {
            throw Failure(
                .invalidArgument, "\(what) \(place): write machine@site, such as app-01@home; the sites are home "
                    + "and cloud")
        }
        return (parts[0], try platform(of: site, "\(what) \(place)", layout, world))
    }

    static func platform(
        of site: Site, _ what: String, _ layout: LabLayout, _ world: LabWorld
    ) throws -> PlatformClient {
        let record = try standing(layout, world, what)
        guard !isDown(site, record), let host = record.host(site).flatMap({ LabLayout.component($0.id) }) else {
            throw Failure(
                .unavailable, "\(what): site \(site.rawValue) has no power; bring it up with "
                    + "`homeward lab site-up \(site.rawValue) --dir \(layout.directory)`")
        }
        return PlatformClient(world.dial(host.address))
    }

    /// For people.
    public static func state(of process: LabRecord.Process, in record: LabRecord) -> String {
        if runs(process) { return "runs" }
        return record.downSites?.contains(process.site) ?? false ? "no power" : "is down"
    }

    public static func site(named name: String) throws(Failure) -> Site {
        guard let site = Site(rawValue: name) else {
            throw Failure(.invalidArgument, "find site \(name): the sites are home and cloud")
        }
        return site
    }

    private static func isDown(_ site: Site, _ record: LabRecord) -> Bool {
        record.downSites?.contains(site.rawValue) ?? false
    }

    private static func standing(_ layout: LabLayout, _ world: LabWorld, _ what: String) throws -> LabRecord {
        guard let record = try status(layout, world.environment.files), runs(record.supervisor) else {
            throw Failure(
                .notFound, "\(what) in the lab in \(layout.directory): none stands there; start one with "
                    + "`homeward lab up --dir \(layout.directory)`")
        }
        return record
    }

    private static func write(_ path: String, _ layout: LabLayout, _ world: LabWorld) throws {
        do { try world.environment.files.replace(path, with: []) } catch {
            throw Failure(.inputOutput, "write \(path): \(error)")
        }
    }

    private static func until(
        _ limit: Duration, _ what: String, _ layout: LabLayout, _ world: LabWorld,
        _ condition: (LabRecord) async throws -> Bool
    ) async throws {
        let clock = world.environment.clock
        let deadline = clock.now() + limit
        while true {
            if try await condition(standing(layout, world, "wait for \(what)")) { return }
            guard clock.now() < deadline else {
                throw Failure(.timedOut, "wait for \(what): not within \(limit); see \(layout.log)")
            }
            try await clock.sleep(for: look)
        }
    }
}

extension LabRecord {
    func host(_ site: Site) -> Process? {
        processes.first { $0.site == site.rawValue && $0.program == "site-host" }
    }
}
