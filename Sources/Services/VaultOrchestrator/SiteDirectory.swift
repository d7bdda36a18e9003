import API
import Contract
import Environment
import Hosting
import Messages
import Model
import RPC
import Synchronization

/// Where every component is and when it was last heard: the vault's own registrations for the cloud side, the
/// configuration server's report for home. The durable part is the store's; this holds the channels and the heartbeats.
final class SiteDirectory: Sendable {
    private struct State {
        var known: [String: Entry] = [:]
        var channels: [String: any Channel] = [:]
        var configurationServer: String?
        /// Where the configuration server said it is, when that is not where it was registered.
        var strayAddress: String?
    }

    struct Entry: Sendable {
        var component: ConfigurationV1.Component
        /// `vault` or `configuration`: who keeps its registration.
        var source: String
        /// When it was last heard by us; nil before the first time since our start.
        var heard: MonotonicInstant?
        /// How far its clock was ahead of ours then; nil when it does not tell the time.
        var skewUs: Int64?

        /// On our clock, with what the reporter's clock said; nil when never heard.
        func silence(at now: MonotonicInstant) -> Duration? {
            guard let heard, component.silentUs < UInt64(Int64.max / 2_000) else { return nil }
            return now - heard + .microseconds(Int64(component.silentUs))
        }
    }

    /// Components of one installation; more is a runaway caller.
    static let limit = 1_000

    private let state = Mutex(State())
    private let transport: any Transport
    private let clock: any Clock
    private let settings: VaultSettings

    init(_ settings: VaultSettings, transport: any Transport, clock: any Clock) {
        self.settings = settings
        self.transport = transport
        self.clock = clock
    }

    // MARK: What is known

    /// After a start: registrations without heartbeats.
    func restore(_ components: [(source: String, component: ConfigurationV1.Component)]) {
        state.withLock { state in
            for (source, component) in components {
                state.known[component.endpoint?.id ?? ""] = Entry(component: component, source: source, heard: nil)
                if component.kind == .configurationServer { state.configurationServer = component.endpoint?.id }
            }
        }
    }

    /// True when the component is new or changed in what is stored.
    func heard(_ component: ConfigurationV1.Component, source: String) throws(Failure) -> Bool {
        guard let endpoint = component.endpoint, !endpoint.id.isEmpty else {
            throw Failure(.invalidArgument, "take a component: its id is missing")
        }
        _ = try parseAddress(endpoint.address)
        let (now, skew) = (clock.now(), component.skew(at: clock.wallNow().microseconds))
        return try state.withLock { (state) throws(Failure) -> Bool in
            guard state.known.count < SiteDirectory.limit || state.known[endpoint.id] != nil else {
                throw Failure(.limitReached, "take component \(endpoint.id): \(SiteDirectory.limit) are known already")
            }
            let old = state.known[endpoint.id]
            // Our own registrations win: we hear those ourselves.
            if old?.source == "vault", source == "configuration" { return false }
            state.known[endpoint.id] = Entry(component: component, source: source, heard: now, skewUs: skew)
            guard let old else { return true }
            return old.source != source || old.component.stored != component.stored
        }
    }

    /// The configuration server's own link. The address of its first link stays the registered one (gate S11).
    func linked(_ component: ConfigurationV1.Component) throws(Failure) -> Bool {
        guard let endpoint = component.endpoint else {
            throw Failure(.invalidArgument, "link a configuration server: its id and address are missing")
        }
        let registered = state.withLock { $0.known[endpoint.id]?.component.endpoint?.address }
        var component = component
        component.silentUs = 0
        component.kind = .configurationServer
        if let registered { component.endpoint?.address = registered }
        let changed = try heard(component, source: "vault")
        state.withLock { state in
            state.configurationServer = endpoint.id
            state.strayAddress = registered.flatMap { $0 == endpoint.address ? nil : endpoint.address }
        }
        return changed
    }

    func isKnown(_ id: String) -> Bool { state.withLock { $0.known[id] != nil } }

    func entry(_ id: String) -> Entry? { state.withLock { $0.known[id] } }

    /// All, by id.
    func all() -> [Entry] {
        state.withLock {
            $0.known.values.sorted { ($0.component.endpoint?.id ?? "") < ($1.component.endpoint?.id ?? "") }
        }
    }

    func components(_ kind: ConfigurationV1.ComponentKind, at site: Site) -> [Entry] {
        all().filter { $0.component.kind == kind && $0.component.site == site.message }
    }

    func isFresh(_ entry: Entry) -> Bool {
        guard let silence = entry.silence(at: clock.now()) else { return false }
        return silence <= .microseconds(Int64(settings.heartbeatLimitUs))
    }

    /// Those that were heard lately and whose clocks are further from ours than the limit, by id.
    var skews: [(component: String, skewUs: Int64)] {
        all().compactMap { entry in
            guard isFresh(entry), let skew = entry.skewUs, skew.magnitude > Self.clockLimitUs else { return nil }
            return (entry.component.endpoint?.id ?? "", skew)
        }
    }

    /// Computers that keep their time from one source differ by milliseconds; this is far from that, and still no hour
    /// of somebody's zone.
    private static let clockLimitUs: UInt64 = 5_000_000

    var configurationServer: Entry? {
        state.withLock { state in state.configurationServer.flatMap { state.known[$0] } }
    }

    var strayConfigurationAddress: String? { state.withLock { $0.strayAddress } }

    // MARK: Where to call

    func channel(to address: String) throws(Failure) -> any Channel {
        let parsed = try parseAddress(address)
        return state.withLock { state in
            if let channel = state.channels[address] { return channel }
            let channel = transport.channel(to: parsed)
            state.channels[address] = channel
            return channel
        }
    }

    func endpoint(_ id: String) throws(Failure) -> CommonV1.Endpoint {
        guard let endpoint = entry(id)?.component.endpoint else {
            throw Failure(.notFound, "find the address of component \"\(id)\": it never registered")
        }
        return endpoint
    }

    func channel(of id: String) throws(Failure) -> any Channel { try channel(to: endpoint(id).address) }

    func configurationEndpoint() throws(Failure) -> CommonV1.Endpoint {
        if let endpoint = configurationServer?.component.endpoint { return endpoint }
        guard let address = settings.configurationServer else {
            throw Failure(.unavailable, "find the configuration server: it has not linked itself to this vault yet")
        }
        return .with {
            $0.id = "configuration-server"
            $0.address = address
        }
    }

    func configuration() throws(Failure) -> any Channel { try channel(to: configurationEndpoint().address) }

    /// The cloud's platform directly; home's through the configuration server, which alone speaks to vCenter.
    func platform(_ site: Site) throws(Failure) -> any Channel {
        site == .cloud ? try channel(to: settings.platform) : try configuration()
    }
}

extension ConfigurationV1.Component {
    /// Without what changes at every heartbeat.
    var stored: ConfigurationV1.Component {
        var copy = self
        copy.silentUs = 0
        copy.figures = [:]
        copy.health = .unspecified
        copy.findings = []
        return copy
    }

    /// How far its clock is ahead, to the time that its heartbeat was on its way; nil when it does not tell the time.
    func skew(at ours: Int64) -> Int64? {
        guard let told = figures[clockFigure], told < UInt64(Int64.max / 2), silentUs < UInt64(Int64.max / 2) else {
            return nil
        }
        return Int64(told) + Int64(silentUs) - ours
    }
}
