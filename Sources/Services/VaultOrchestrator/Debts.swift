import API
import Contract
import Environment
import Messages
import Model
import RPC
import Workflow

/// What is owed to those who were away, paid at first contact.
extension Reconcilers {
    /// First of all: a stale copy is stopped before anything else is asked of its site (rule G7), whoever holds the
    /// item. A job that holds it goes on meanwhile: what is asked here names the item's generation, so that it ends
    /// where the job assigned a higher one (rule G3).
    func payIfOwed(_ listed: ItemRecord) async {
        guard listed.owed.contains(Debt.fenceSource.rawValue) else { return }
        do { try await payDebts(vault.store.item(listed.itemID())) } catch {
            await unseen(listed, "a debt is not paid yet", error)
        }
    }

    private func payDebts(_ item: ItemRecord) async throws {
        guard item.quarantine == nil,
            let site: Site = item.home.statedDead ? .home : item.cloud.statedDead ? .cloud : nil
        else { return }
        let assignment = try item.assignment()
        // One that is given the machine again is stale no more.
        guard assignment.roles.activeSite != site, vault.isHeard(.platform(site)) else { return }
        if try await stopStale(item[site].machine, at: site, assignment) {
            _ = try await vault.command(
                item[site].machine, at: site, preferring: item.homeProcessServer,
                vault.reconcilerKey("owed-fence", item[site].machine, assignment),
                .fence(.with { $0.generation = assignment.generation.message }))
        }
        try await vault.store.update(assignment.item, "debts-paid") { record in
            guard record.generation == item.generation else { return false }
            record.owed.removeAll { $0 == Debt.fenceSource.rawValue || $0 == Debt.stopSource.rawValue }
            record[site].statedDead = false
            // A job may have moved its disks meanwhile.
            if record[site].value == .off { record[site].state = CopyState.fenced.rawValue }
            if record.oldSource != nil { record.oldSource = OldSource.fenced.rawValue }
            return true
        }
        vault.log.notice("a source that was stated dead is stopped and fenced", metadata: ["item": "\(item.id)"])
        vault.bell.ring()
    }

    /// True when its agent is left, to be fenced. One that is off is as good as fenced once nobody can start it under
    /// what it had, which is looked at last.
    private func stopStale(_ machine: String, at site: Site, _ assignment: Assignment) async throws -> Bool {
        let channel = try vault.directory.platform(site)
        let client = PlatformClient(channel)
        let generation = assignment.generation.message
        let keys = (
            assign: try vault.reconcilerKey("owed-assign", machine, assignment),
            withdraw: try vault.reconcilerKey("owed-withdraw", machine, assignment)
        )
        try await vault.give(assignment, to: "the returned source", channel, keys.assign)
        do {
            let seen = try await client.look(at: machine)
            // One that runs under a later generation is protected anew, and was told of it by another item.
            guard seen.grant?.number ?? 0 <= generation.number else { return false }
            // Each boot of the machine is one occurrence: one that is started again is stopped again.
            let occurrence = try await seen.bootID.isEmpty ? vault.hostBoot(site) : seen.bootID
            let stop = try vault.reconcilerKey("owed-stop", "\(machine)/\(occurrence)", assignment)
            let stopped = try await asking("stop the returned source", Patience.effect + Patience.gracefulStop) {
                try await client.powerOff(
                    .with {
                        $0.key = stop
                        $0.machine = machine
                        $0.generation = generation
                        $0.keepAgent = true
                    }, $0)
            }
            guard stopped.power == .off else { return true }
            _ = try await asking("withdraw the grants of the returned source") {
                try await client.withdrawGrant(
                    .with {
                        $0.key = keys.withdraw
                        $0.machine = machine
                        $0.generation = generation
                    }, $0)
            }
            let power = try await client.look(at: machine).power
            guard power == .off else { throw Failure(.busy, "stop the returned source: it is \(power.word) again") }
        } catch let failure as Failure where failure.code == .notFound {
            // A job removed it meanwhile: nothing of it can run.
        }
        return false
    }

    /// What a disabled or migrated item owes: that its machine is an ordinary one, then whatever it left somewhere. The
    /// record is not judged by what is refused here: a tombstone gives its item no generation any more.
    ///
    /// One that is protected owes no more than that a master target forgets a replica that lies elsewhere now.
    func payRemnants(_ item: ItemRecord) async {
        let isOver = [Phase.disabled, .migrated].contains { $0.name == item.phase }
        guard item.claimJob == nil, !item.owed.isEmpty else { return }
        guard let assignment = try? item.assignment() else { return }
        if isOver, item.owed.contains(Debt.release.rawValue), vault.isHeard(.platform(assignment.roles.activeSite)) {
            let release = Release(vault: vault, item: item, assignment: assignment) { [vault] target throws(Failure) in
                try vault.reconcilerKey("owed-release", target, assignment)
            }
            await settle(Debt.release.rawValue, of: item) { try await release.perform() }
        }
        let cleaning = Cleaning(vault: vault, item: item, assignment: assignment) { [vault] target throws(Failure) in
            try vault.reconcilerKey("owed-clean-up", target, assignment)
        }
        for debt in item.owed {
            guard let remnant = Remnant(debt: debt), !remnant.waits(for: item.owed),
                vault.isHeard(remnant.holder), isOver || item.isElsewhere(remnant)
            else { continue }
            await settle(debt, of: item) { try await cleaning.remove(remnant) }
        }
    }

    private func settle(_ debt: String, of item: ItemRecord, _ pay: @Sendable () async throws -> Void) async {
        do {
            try await pay()
            let isPaid = try await vault.store.update(item.itemID(), "debt-settled") { record in
                guard record.generation == item.generation, record.owed.contains(debt) else { return false }
                record.owed.removeAll { $0 == debt }
                if Remnant(debt: debt) == .homeDisks { record.home.state = CopyState.fenced.rawValue }
                if Remnant(debt: debt) == .cloudMachine { record.cloud.state = CopyState.absent.rawValue }
                return true
            }
            guard isPaid else { return }
            vault.log.notice("a debt is paid", metadata: ["item": "\(item.id)", "debt": "\(debt)"])
            vault.bell.ring()
        } catch {
            vault.log.debug(
                "a debt is not paid yet", metadata: ["item": "\(item.id)", "debt": "\(debt)", "error": "\(error)"])
        }
    }

    /// Who was away when the item's generation changed takes it now. While a job holds the item it is the job's to
    /// tell, in its order.
    func tellIfMissed(_ item: ItemRecord) async {
        guard item.claimJob == nil, let missed = item.missedBy else { return }
        do { try await tell(missed, of: item) } catch {
            await unseen(item, "what changed is not told yet", error)
        }
    }

    private func tell(_ missed: [String], of item: ItemRecord) async throws {
        let assignment = try item.assignment()
        var told: [String] = []
        for target in missed {
            guard let holder = Holder(target: target), vault.isHeard(holder) else { continue }
            let key = try vault.reconcilerKey("missed-assign", target, assignment)
            do {
                try await vault.give(assignment, to: target, vault.channel(holder), key)
                told.append(target)
            } catch {
                vault.log.debug(
                    "an assignment is not told yet",
                    metadata: ["item": "\(item.id)", "to": "\(target)", "error": "\(error)"])
            }
        }
        guard !told.isEmpty else { return }
        try await vault.store.update(assignment.item, "assignments-told") { [told] record in
            guard record.generation == item.generation else { return false }
            let left = record.missedBy?.filter { !told.contains($0) } ?? []
            record.missedBy = left.isEmpty ? nil : left
            return true
        }
    }
}

extension ItemRecord {
    /// Records of a replica at a master target that has none of the item's disks any more.
    fileprivate func isElsewhere(_ remnant: Remnant) -> Bool {
        guard case .replica(let target) = remnant else { return false }
        return !holdingTargets.contains(target)
    }
}
