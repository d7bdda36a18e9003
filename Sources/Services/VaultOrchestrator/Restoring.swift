import API
import Contract
import Environment
import Messages
import Model
import RPC
import Workflow

/// An active copy that may run and does not: it is brought back under the item's own generation.
///
/// - After a boot of its host the machine may have started by itself. Its grant is of another boot, so its agent
///   refuses guest writes, and its guest gave up (rule G5). It is granted anew and booted under that grant.
/// - An operation that was given up while its source could not be reached *owes* it its roles (`resume-source`). One
///   that fenced it while its guest may have run owes it a boot (`restart-source`): the agent serves again, and the
///   platform says that the machine has power, but its guest gave up.
extension Reconcilers {
    ///
    /// - known: what was seen of its agent.
    func restoreActive(_ item: ItemRecord, _ known: AgentV1.Agent?) async throws {
        guard item.claimJob == nil, let phase = try item.phaseValue(), phase.hasActiveCopy else { return }
        let copy = try ActiveCopy(item, vault)
        guard vault.isHeard(.platform(copy.site)) else { return }
        let isOwed = item.owesSource
        let boots = item.owed.contains(Debt.restartSource.rawValue)
        let isServing = known?.attached == true && known?.status?.service != .closed
        guard isOwed || known?.attached == true && !isServing else { return }
        // What a relay remembers may be a second old.
        let serves = known?.attached == true && !boots ? try await self.serves(copy) : false
        // An agent may serve while the guest above it is still stopped for a failover that was given up.
        let isStopped = serves && isOwed ? try await machine(copy).power != .on : false
        if serves, !isStopped {
            guard isOwed else { return }
            try await copy.boot.assign()
            _ = try await command(copy, "restore-assign", item.assign(copy.assignment, at: copy.site))
        } else {
            guard try await boot(copy, isOwed: isOwed) else { return }
        }
        guard isOwed else { return }
        if phase.replicates { try await resume(copy, item) }
        try await vault.store.update(copy.assignment.item, "source-resumed") { record in
            guard record.generation == item.generation else { return false }
            record.owed.removeAll { [Debt.resumeSource, .restartSource].map(\.rawValue).contains($0) }
            return true
        }
        vault.bell.ring()
    }

    /// Whether the agent acknowledges guest writes, asked now. One without a tracker reports nothing and serves none.
    private func serves(_ copy: ActiveCopy) async throws -> Bool {
        do {
            let result = try await command(copy, "restore-report", .report(.init()))
            guard case .report(let report) = result.result else { return false }
            return report.status?.service != .closed
        } catch let failure as Failure where failure.code == .operationNotAllowed { return false }
    }

    /// Each boot of the host is one occurrence: within it this is done once. False when the machine is off by
    /// somebody's will, or the item is held by now.
    private func boot(_ copy: ActiveCopy, isOwed: Bool) async throws -> Bool {
        let power = try await machine(copy).power
        guard isOwed || power == .on else { return false }
        return try await copy.boot.perform { try await self.isFree(copy) }
    }

    private func machine(_ copy: ActiveCopy) async throws -> PlatformV1.Machine {
        let client = PlatformClient(try vault.directory.platform(copy.site))
        return try await client.look(at: copy.machine)
    }

    /// Nobody claimed the item meanwhile; whoever does mints a generation, and the receivers refuse ours then.
    private func isFree(_ copy: ActiveCopy) async throws -> Bool {
        let item = try await vault.store.item(copy.assignment.item)
        return try item.claimJob == nil && item.assignment() == copy.assignment
    }

    /// The session is of an older generation: it is opened anew, and goes on by lineage.
    private func resume(_ copy: ActiveCopy, _ item: ItemRecord) async throws {
        let channel = try vault.directory.channel(of: item.processServer)
        let server = try vault.directory.endpoint(item.processServer)
        let keys = (try copy.key("restore-assign", item.processServer), try copy.key("restore-relay", "relay"))
        _ = try await asking("assign at \(item.processServer)") {
            try await ReceiverClient(channel).assign(
                .with {
                    $0.key = keys.0
                    $0.assignment = copy.assignment.message
                }, $0)
        }
        try await vault.openRelay(of: item, keys.1)
        _ = try await command(
            copy, "restore-session",
            .openSession(
                .with {
                    $0.generation = copy.assignment.generation.message
                    $0.processServer = server
                    $0.intervalUs = item.intervalUs
                    $0.group = item.group
                    $0.applicationIntervalUs = item.ownApplicationIntervalUs
                }))
    }

    private func command(
        _ copy: ActiveCopy, _ step: StepID, _ command: AgentV1.AgentCommand.Command
    ) async throws -> AgentV1.AgentCommandResult {
        try await vault.command(
            copy.machine, at: copy.site, preferring: copy.processServer, try copy.key(step, "agent"), command)
    }
}

/// The copy whose guest may write, and what brings it back.
private struct ActiveCopy: Sendable {
    let assignment: Assignment
    let site: Site
    let machine: String
    let processServer: String
    /// Which of the debts under this generation is paid: each is paid anew, though all ask for the same.
    private let debt: UInt64
    private let vault: VaultContext
    private let grant: PlatformV1.PowerOnGrant

    init(_ item: ItemRecord, _ vault: VaultContext) throws(Failure) {
        let assignment = try item.assignment()
        let site = assignment.roles.activeSite
        let isOverlay: Bool
        if case .commitPending? = try item.phaseValue() { isOverlay = true } else { isOverlay = false }
        self.assignment = assignment
        self.site = site
        self.vault = vault
        debt = item.debtsMade ?? 0
        machine = item[site].machine
        processServer = item.processServer
        grant = try vault.grant(of: item, at: site, overlay: isOverlay)
    }

    var boot: GrantedBoot {
        GrantedBoot(vault: vault, site: site, assignment: assignment, grant: grant) { effect, target in
            try key(StepID("restore-\(effect.rawValue)"), target)
        }
    }

    func key(_ step: StepID, _ target: String) throws(Failure) -> CommonV1.OperationKey {
        try OperationKey(
            job: "reconciler", item: assignment.item, step: step, course: .forward,
            target: "\(machine)/\(assignment.generation.number)/\(target)" + (debt == 0 ? "" : "/debt-\(debt)")
        ).message(epoch: vault.epoch)
    }
}

extension Phase {
    /// One copy is to run under the item's generation.
    var hasActiveCopy: Bool {
        switch self {
        case .synchronizing, .protected, .commitPending, .committed: true
        case .migrated, .disabled: false
        }
    }

    fileprivate var replicates: Bool {
        switch self {
        case .synchronizing, .protected: true
        case .commitPending, .committed, .migrated, .disabled: false
        }
    }
}

extension VaultContext {
    /// A command to an agent, by the first relay that reaches it. What the agent refuses is thrown.
    func command(
        _ machine: String, at site: Site, preferring server: String, _ key: CommonV1.OperationKey,
        _ command: AgentV1.AgentCommand.Command
    ) async throws(Failure) -> AgentV1.AgentCommandResult {
        var last = Failure(.unavailable, "command the agent of \(machine): no relay is known")
        for relay in relays(site, preferring: server) {
            let client = AgentRelayClient(try directory.channel(to: relay.address))
            let result: AgentV1.AgentCommandResult
            do {
                result = try await asking("command the agent of \(machine)") {
                    try await client.commandAgent(
                        .with {
                            $0.machine = machine
                            $0.command = .with {
                                $0.key = key
                                $0.command = command
                            }
                        }, $0)
                }
            } catch {
                last = error
                continue
            }
            guard result.code != 0 else { return result }
            throw Failure(
                RPCError(
                    StatusCode(rawValue: Int(result.code)) ?? .unknown, result.message, details: result.details),
                attempting: "command the agent of \(machine)")
        }
        throw last
    }
}
