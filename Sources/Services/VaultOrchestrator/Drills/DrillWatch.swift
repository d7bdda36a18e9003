import API
import Contract
import Logging
import Messages
import Model
import RPC

extension VaultContext {
    /// Why a drill cannot run any more; nil while nothing says so. A component that does not answer says nothing.
    func endOf(_ drill: StoredDrill) async throws -> String? {
        let target = TargetControlClient(try directory.channel(of: drill.masterTarget))
        let branch = await seeing("look at the branch of drill \(drill.job)") {
            try await target.getBranch(
                .with {
                    $0.item = drill.item
                    $0.branch = drill.job
                }, $0)
        }
        switch branch {
        case .value(let branch) where !branch.ended.isEmpty: return "the branch ended: \(branch.ended)"
        case .absent: return "the master target has no branch of it"
        case .value, .unreachable, .notAsked: return nil
        }
    }
}

extension Reconcilers {
    /// A drill that ended by itself is told so, once; its item replicates on.
    func watchDrill(_ item: ItemRecord) async throws {
        guard let drill = item.drill, drill.state == .running, item.claimJob == nil else { return }
        guard let cause = try await whyOver(drill) else { return }
        let changed = try await vault.store.update(item.itemID(), "drill-ended") { record in
            guard record.claimJob == nil, record.drill == drill else { return false }
            record.drill?.state = .ended
            record.drill?.cause = cause
            return true
        }
        guard changed else { return }
        vault.log.warning(
            "DRILL_ENDED", metadata: ["item": "\(item.id)", "drill": "\(drill.job)", "cause": "\(cause)"])
        vault.bell.ring()
    }

    private func whyOver(_ drill: StoredDrill) async throws -> String? {
        if vault.isHeard(.masterTarget(drill.masterTarget)), let cause = try await vault.endOf(drill) { return cause }
        let site = try drill.site()
        guard vault.isHeard(.platform(site)) else { return nil }
        let client = PlatformClient(try vault.directory.platform(site))
        let machine = await seeing("look at machine \(drill.machine)") {
            try await client.getMachine(.with { $0.machine = drill.machine }, $0)
        }
        switch machine {
        case .value(let machine) where machine.power == .off: return "machine \(drill.machine) lost its power"
        case .absent: return "machine \(drill.machine) is gone"
        case .value, .unreachable, .notAsked: return nil
        }
    }
}
