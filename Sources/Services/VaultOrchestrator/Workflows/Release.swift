import API
import Contract
import Messages
import Model
import RPC
import Workflow

/// Lifts the fences of a machine whose item ended: it is an ordinary machine again.
///
/// Everything that ever fenced it was durable, so this is, too: a grant that is bound to no boot of the host lies
/// beside the machine from now on. It is of the item's last generation, which is above every one that the agent and the
/// disks know. The platform takes it only where that generation is assigned, at the active site; the copy of the other
/// site never gets one. The disks stay under that generation, so that what is written while unprotected is tracked on.
struct Release: Sendable {
    let vault: VaultContext
    let item: ItemRecord
    let assignment: Assignment
    let key: @Sendable (_ target: String) throws -> CommonV1.OperationKey

    private var site: Site { assignment.roles.activeSite }
    private var machine: String { item[site].machine }

    func perform() async throws {
        let channel = try vault.directory.platform(site)
        let power: PlatformV1.Power
        do {
            try await place(channel)
            power = try await PlatformClient(channel).look(at: machine).power
        } catch let failure as Failure where failure.code == .notFound {
            return vault.log.notice(
                "there is no machine to release", metadata: ["item": "\(item.id)", "machine": "\(machine)"])
        }
        if power == .off, !item.owesSource { return }
        let gaveUp = item.owed.contains(Debt.restartSource.rawValue)
        guard power == .on, !gaveUp, try await serves() else { return try await boot() }
        let key = try key("agent/\(machine)/assign")
        _ = try await vault.command(
            machine, at: site, preferring: item.processServer, key,
            item.assign(assignment, at: site))
    }

    private func place(_ channel: any Channel) async throws {
        let holder = Holder.platform(site)
        try await vault.give(assignment, to: holder.target, channel, key(holder.target))
        let (key, grant) = (try key("release/\(machine)"), vault.release(of: item, at: site, assignment))
        _ = try await asking("release machine \(machine)") {
            try await PlatformClient(channel).placeGrant(
                .with {
                    $0.key = key
                    $0.grant = grant
                }, $0)
        }
    }

    /// Whether its agent acknowledges guest writes, asked now.
    private func serves() async throws -> Bool {
        do {
            let key = try key("agent/\(machine)/report")
            let result = try await vault.command(
                machine, at: site, preferring: item.processServer, key, .report(.init()))
            guard case .report(let report) = result.result else { return false }
            return report.status?.service != .closed
        } catch let failure as Failure where failure.code == .operationNotAllowed { return false }
    }

    /// A guest whose writes were refused gave up, and one that was stopped for a failover waits: both boot anew.
    private func boot() async throws {
        let boot = GrantedBoot(
            vault: vault, site: site, assignment: assignment, grant: vault.release(of: item, at: site, assignment)
        ) { effect, target in try key("\(effect.rawValue)/\(machine)/\(target)") }
        _ = try await boot.perform()
    }
}

extension VaultContext {
    /// Names neither process servers nor the configuration server: an ordinary agent dials what its site tells it.
    fileprivate func release(of item: ItemRecord, at site: Site, _ assignment: Assignment) -> PlatformV1.PowerOnGrant {
        .with {
            $0.item = item.id
            $0.machine = item[site].machine
            $0.generation = assignment.generation.message
            $0.kind = .released
            $0.leftOut = item.leftOutIDs(at: site)
        }
    }
}

extension Scene {
    /// When its site or its agent does not answer the machine is released at first contact.
    func releaseActive() async throws -> StepOutput {
        let release = Release(vault: vault, item: item, assignment: try assignment()) { try key($0) }
        do {
            try await release.perform()
            return StepOutput("machine \(item[try active].machine) is released")
        } catch let failure as Failure where isOwed(failure) {
            try await owe(.release)
            return StepOutput("its release is owed: \(failure.message)", numbers: ["owed": 1])
        }
    }

    /// Whether what failed is left for the first contact: at once when a person forces it, else after a while.
    func isOwed(_ failure: Failure) -> Bool {
        if parameters.force { return failure.disposition != .permanent || failure.code == .notFound }
        return failure.disposition == .transient && run.attempt >= Scene.attemptsBeforeDebt
    }
}
