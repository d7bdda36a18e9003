import API
import Contract
import Environment
import Messages
import Model
import RPC
import Workflow

/// Who holds an item's generation, besides the vault.
enum Holder: Hashable, Sendable {
    case masterTarget(String)
    case processServer(String)
    /// Home's is reached through the configuration server, which takes the assignment for itself and passes it on.
    case platform(Site)

    var target: String {
        switch self {
        case .masterTarget(let id): "assign/master-target/\(id)"
        case .processServer(let id): "assign/process-server/\(id)"
        case .platform(let site): "assign/platform/\(site.rawValue)"
        }
    }

    init?(target: String) {
        let parts = target.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[0] == "assign" else { return nil }
        switch parts[1] {
        case "master-target": self = .masterTarget(parts[2])
        case "process-server": self = .processServer(parts[2])
        case "platform":
            guard let site = Site(rawValue: parts[2]) else { return nil }
            self = .platform(site)
        default: return nil
        }
    }
}

extension VaultContext {
    func channel(_ holder: Holder) throws(Failure) -> any Channel {
        switch holder {
        case .masterTarget(let id), .processServer(let id): try directory.channel(of: id)
        case .platform(let site): try directory.platform(site)
        }
    }

    /// Whether it was heard lately, so that a call to it is no wait for nobody. The cloud's platform says nothing by
    /// itself, nor does a configuration server that is known from the settings alone: they are asked.
    func isHeard(_ holder: Holder) -> Bool {
        switch holder {
        case .masterTarget(let id), .processServer(let id): directory.entry(id).map(directory.isFresh) ?? false
        case .platform(.home): directory.configurationServer.map(directory.isFresh) ?? true
        case .platform(.cloud): true
        }
    }
}

extension Scene {
    /// Gives a holder the item's current assignment: a barrier there (rule G3). Repeating it is harmless.
    func assign(_ holder: Holder) async throws {
        let assignment = try assignment()
        let key = try key(holder.target)
        let answer = try await vault.give(assignment, to: holder.target, vault.channel(holder), key)
        guard answer.assignment?.generation == assignment.generation.message else {
            throw Failure(
                .generationConflict,
                "assign generation \(assignment.generation) (\(holder.target)): the answer names "
                    + "another one", on: [.item(run.item)])
        }
    }

    func assign(_ holders: [Holder]) async throws {
        for holder in holders { try await assign(holder) }
    }

    /// Those that do not answer are told by the reconciler when they are heard again. Answers their names.
    func assignIfReachable(_ holders: [Holder]) async throws -> [String] {
        var away: [String] = []
        for holder in holders {
            do { try await assign(holder) } catch let failure as Failure where failure.disposition != .permanent {
                away.append(holder.target)
            } catch let failure as Failure where failure.code == .notFound {
                away.append(holder.target)
            }
        }
        try await note(missed: away)
        return away
    }

    /// The same without a call to who was not heard lately: who is silent may keep a caller waiting for long.
    func assignIfHeard(_ holders: [Holder]) async throws -> [String] {
        let silent = holders.filter { !vault.isHeard($0) }.map(\.target)
        try await note(missed: silent)
        return try await silent + assignIfReachable(holders.filter(vault.isHeard))
    }

    private func note(missed: [String]) async throws {
        guard !missed.isEmpty else { return }
        try await vault.store.update(run.item, "missed") { record in
            let known = record.missedBy ?? []
            let more = missed.filter { !known.contains($0) }
            record.missedBy = known + more
            return !more.isEmpty
        }
    }

    // MARK: Agents

    /// A command to the agent of the copy at a site, through the configuration server or one of the site's process
    /// servers, whichever answers. The agent knows the key, so a second relay is no second effect.
    func command(
        _ site: Site, _ name: String, patience: Duration = Patience.effect, _ command: AgentV1.AgentCommand.Command
    ) async throws -> AgentV1.AgentCommandResult {
        let machine = item[site].machine
        let key = try key("agent/\(machine)/\(name)")
        let request = AgentV1.CommandAgentRequest.with {
            $0.machine = machine
            $0.command = .with {
                $0.key = key
                $0.command = command
            }
        }
        var unknown: Failure?
        var refusals: [String] = []
        for relay in relays(site) {
            do {
                let client = AgentRelayClient(try vault.directory.channel(to: relay.address))
                let result = try await asking("\(name) at the agent of \(machine) by \(relay.id)", patience) {
                    try await client.commandAgent(request, $0)
                }
                return try checked(result, name, machine)
            } catch {
                switch error.disposition {
                case .unknownOutcome: unknown = error
                case .transient: refusals.append(error.message)
                case .permanent where error.code == .notFound: refusals.append(error.message)
                case .permanent: throw error
                }
            }
        }
        if let unknown { throw unknown }
        throw Failure(
            .unavailable,
            "\(name) at the agent of \(machine): no relay reaches it (\(refusals.joined(separator: "; ")))",
            on: [.item(run.item)])
    }

    private func relays(_ site: Site) -> [CommonV1.Endpoint] { vault.relays(site, preferring: item.processServer) }

    private func checked(
        _ result: AgentV1.AgentCommandResult, _ name: String, _ machine: String
    ) throws(Failure) -> AgentV1.AgentCommandResult {
        guard result.code != 0 else { return result }
        let error = RPCError(
            StatusCode(rawValue: Int(result.code)) ?? .unknown, result.message, details: result.details)
        throw Failure(error, attempting: "\(name) at the agent of \(machine)")
    }

    func assignAgent(_ site: Site) async throws {
        let assignment = try assignment()
        _ = try await command(site, "assign", item.assign(assignment, at: site))
    }

    /// - name: of the command, in its key.
    func openSession(
        _ site: Site, fullCopy: Bool = false, compare: Bool = false, as name: String = "open-session"
    ) async throws {
        let generation = try generation()
        let server = try vault.directory.endpoint(item.processServer)
        let interval = item.intervalUs
        let group = item.group
        let application = item.ownApplicationIntervalUs
        _ = try await command(
            site, name,
            .openSession(
                .with {
                    $0.generation = generation
                    $0.processServer = server
                    $0.intervalUs = interval
                    $0.fullCopy = fullCopy
                    $0.compare = compare
                    $0.group = group
                    $0.applicationIntervalUs = application
                }))
    }

    func openRelay() async throws { try await vault.openRelay(of: item, key("relay/\(item.processServer)")) }
}

extension VaultContext {
    /// The relay names all members of the item's group: the process server cuts them together.
    ///
    /// - terms: what the group is cut by. A step of a workflow names none: its request is the same at each attempt, and
    ///   the reconciler tells the rest.
    func openRelay(of item: ItemRecord, _ key: CommonV1.OperationKey, by terms: PolicyTerms? = nil) async throws {
        let generation = try item.assignment().generation.message
        let target = try directory.endpoint(item.masterTarget)
        let members = try await members(of: item.group)
        let client = ProcessControlClient(try directory.channel(of: item.processServer))
        _ = try await asking("open the relay of item \(item.id) at \(item.processServer)") {
            try await client.openRelay(
                .with {
                    $0.key = key
                    $0.item = item.id
                    $0.generation = generation
                    $0.masterTarget = target
                    $0.group = item.group
                    $0.members = members
                    guard !item.group.isEmpty else { return }
                    $0.groupIntervalUs = terms?.groupIntervalUs ?? 0
                    $0.groupApplicationIntervalUs = terms?.applicationIntervalUs ?? item.applicationIntervalUs ?? 0
                }, $0)
        }
    }

    /// Who may reach the agents of a site: the configuration server, then its process servers, the item's first.
    func relays(_ site: Site, preferring server: String) -> [CommonV1.Endpoint] {
        var relays: [CommonV1.Endpoint] = []
        if let configuration = try? directory.configurationEndpoint() { relays.append(configuration) }
        let servers = directory.components(.processServer, at: site).compactMap(\.component.endpoint)
        relays += servers.filter { $0.id == server } + servers.filter { $0.id != server }
        return relays
    }

    /// What is known of an agent, from the relay that heard it last; from the first one that hears it now.
    ///
    /// - onlyHeard: relays that were not heard lately are not asked. For loops over many items, which must not wait for
    ///   one that is gone as often as there are items; whoever decides by the answer asks them all.
    func agent(
        _ machine: String, at site: Site, preferring server: String, onlyHeard: Bool = false
    ) async -> AgentV1.Agent? {
        var best: AgentV1.Agent?
        for relay in relays(site, preferring: server) where !onlyHeard || isHeard(relay: relay.id) {
            guard let channel = try? directory.channel(to: relay.address) else { continue }
            let client = AgentRelayClient(channel)
            let found = try? await asking("look at the agent of \(machine)", Patience.read) {
                try await client.getAgent(.with { $0.machine = machine }, $0)
            }
            guard let found else { continue }
            if best.map({ isBetter(found, than: $0) }) ?? true { best = found }
            // Nobody can have heard it much later.
            if found.attached, found.silentUs <= Self.heardNowUs { break }
        }
        return best
    }

    /// A configuration server that is known from the settings alone is asked.
    private func isHeard(relay id: String) -> Bool { directory.entry(id).map(directory.isFresh) ?? true }

    /// Agents say something every second.
    private static let heardNowUs: UInt64 = 2_000_000

    private func isBetter(_ a: AgentV1.Agent, than b: AgentV1.Agent) -> Bool {
        a.attached == b.attached ? a.silentUs < b.silentUs : a.attached
    }
}
