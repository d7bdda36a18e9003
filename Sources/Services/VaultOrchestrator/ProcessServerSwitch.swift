import Contract
import Environment
import Messages
import Model
import Store

/// Moving an item, or all members of a group, to another process server of its site: asked for, or by itself when the
/// one that relays is lost.
extension VaultCore {
    func switchProcessServer(
        _ message: VaultV1.ItemOperationRequest, because lost: String? = nil
    ) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let scope = try await vault.store.scope(named: message.name)
        var parameters = JobParameters(operation: "switch-process-server")
        parameters.processServer =
            try message.processServer.isEmpty ? onlyOther(for: scope) : message.processServer
        let person = request.options.person
        parameters.cause = lost ?? (person.isEmpty ? "asked for" : "asked for by \(person)")
        parameters.automatic = lost != nil
        return try await run(
            request,
            Draft(
                scope: scope, operation: .switchProcessServer, workflow: switchProcessServerWorkflow,
                parameters: parameters))
    }

    private func onlyOther(for scope: Scope) throws(Failure) -> String {
        let item = scope.first
        // In a phase without one the gates say so.
        guard let site = try item.phaseValue()?.direction?.source else { return item.processServer }
        let others = vault.directory.components(.processServer, at: site).compactMap { $0.component.endpoint?.id }
            .filter { $0 != item.processServer }
        if others.count == 1, let only = others.first { return only }
        let choice = others.isEmpty ? "no other one is registered" : "registered are \(others.joined(separator: ", "))"
        throw Failure(
            .invalidArgument, "switch the process server of \(scope.name): say to which of \(site.rawValue) "
                + "(process_server, --to): \(choice)")
    }
}

extension Observation {
    /// Whether the named process server can relay in place of the item's.
    var unfitToTakeOver: (why: String, source: String)? {
        guard let component = processServer.value, let site = try? item.phaseValue()?.direction?.source else {
            return nil
        }
        let id = component.endpoint?.id ?? ""
        if id == item.processServer { return ("\(id) relays \(item.displayName) already", "vault") }
        guard component.kind == .processServer else { return ("\(id) is no process server", "vault") }
        guard component.site == site.message else {
            return ("\(id) is not at \(site.rawValue), where \(item[site].machine) runs", "vault")
        }
        if let agent = agent.value?.hello?.version, isOlder(component.version, than: agent) {
            return ("\(id) has version \(component.version), the agent that is to send to it \(agent)", id)
        }
        guard component.isFitToRelay else {
            let causes = component.findings.filter { $0.state == .critical }.map(\.cause)
            let free = component.figures["cache_free_percent"].map { ["\($0) % of its cache is free"] } ?? []
            return ("\(id) is critical: \((causes.isEmpty ? free : causes).joined(separator: "; "))", id)
        }
        return nil
    }
}

extension ConfigurationV1.Component {
    /// Free share of its cache below which a process server takes no more upon it: what it calls critical itself.
    static let leastCachePercent: UInt64 = 25

    var isFitToRelay: Bool {
        health != .critical && figures["cache_free_percent"] ?? 100 >= Self.leastCachePercent
    }
}

// MARK: - By policy

extension Reconcilers {
    /// Between two attempts for one item or group: one that failed, or was refused, is not repeated at once.
    static let switchPause: Duration = .seconds(60)

    /// Moves what replicates over a process server that has not been heard for the configured time, when another one of
    /// its site can take it. A group moves as a whole, in its first member's turn.
    func leaveIfLost(_ item: ItemRecord) async {
        guard let patience = vault.settings.processServerPatience, item.claimJob == nil,
            let direction = try? item.replicates(for: "look at the process server")
        else { return }
        let now = vault.environment.clock.now()
        // Nobody was heard before this vault's start; whoever is not heard since is silent since then at least.
        guard let entry = vault.directory.entry(item.processServer) else { return }
        let silence = entry.silence(at: now) ?? (now - began)
        guard silence > patience, let other = successor(of: item, at: direction.source) else { return }
        do {
            let scope = item.group.isEmpty ? Scope(item) : try await vault.store.scope(of: GroupID(item.group))
            guard scope.first.id == item.id, scope.items.allSatisfy({ $0.claimJob == nil }),
                mayAttempt(scope.name, at: now)
            else { return }
            let seconds = silence.inMicroseconds / 1_000_000
            try await leave(scope, to: other, "process server \(item.processServer) was not heard for \(seconds) s")
        } catch {
            vault.log.notice(
                "a lost process server cannot be left",
                metadata: [
                    "item": "\(item.id)", "from": "\(item.processServer)", "to": "\(other)", "error": "\(error)",
                ])
        }
    }

    /// The one with the most room, of those of the site that are heard, fit, and reached by a master target that is
    /// heard, too.
    private func successor(of item: ItemRecord, at site: Site) -> String? {
        let directory = vault.directory
        guard let target = directory.entry(item.masterTarget), directory.isFresh(target) else { return nil }
        func room(_ entry: SiteDirectory.Entry) -> UInt64 { entry.component.figures["cache_free_percent"] ?? 100 }
        return directory.components(.processServer, at: site)
            .filter { directory.isFresh($0) && $0.component.isFitToRelay }
            .filter { $0.component.endpoint?.id != item.processServer }
            .max { room($0) < room($1) }?.component.endpoint?.id
    }

    private func leave(_ scope: Scope, to other: String, _ cause: String) async throws {
        // One request for one loss: the switch mints a generation, and so does going back.
        let generations = scope.items.map { "\($0.generation?.number ?? 0)" }.joined(separator: ".")
        let request = "left-\(scope.first.processServer)-\(scope.first.id)-\(generations)"
        let message = VaultV1.ItemOperationRequest.with {
            $0.name = scope.group.map { "groups/\($0)" } ?? "items/\(scope.first.id)"
            $0.processServer = other
            $0.options = .with {
                $0.requestID = request
                $0.person = Reconcilers.policy
            }
        }
        let caller = Caller(peer: "vault", person: Reconcilers.policy, request: request)
        let job = try await Caller.$current.withValue(caller) {
            try await core.switchProcessServer(message, because: cause)
        }
        vault.log.warning(
            "a process server is lost, another one takes its place",
            metadata: [
                "item": "\(scope.name)", "from": "\(scope.first.processServer)", "to": "\(other)", "cause": "\(cause)",
                "job": "\(job.name)",
            ])
    }

    /// Who asks for what nobody asked for.
    static let policy = "policy"
}
