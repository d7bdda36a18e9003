import API
import Contract
import Messages
import Model
import RPC

/// `homeward.vault.v1.Authority`.
struct AuthorityHandler: AuthorityService {
    let core: VaultCore

    func getCensus(
        _ request: VaultV1.GetCensusRequest, _ context: CallContext
    ) async throws -> VaultV1.CensusReport {
        try await answering("take the census") { try await core.censusReport(request) }
    }

    func reconcile(
        _ request: VaultV1.ReconcileRequest, _ context: CallContext
    ) async throws -> VaultV1.ReconcileResponse {
        var asked = Asked("reconcile", request.item, person: request.person)
        asked.validateOnly = request.validateOnly
        let what = "reconcile \(request.item.isEmpty ? "all quarantined items" : request.item)"
        return try await core.asked(asked, context, what) {
            try await Reconciliation(core: core).run(request)
        }
    }
}

extension VaultCore {
    /// Asks now, and tells what was answered; changes nothing.
    func censusReport(_ request: VaultV1.GetCensusRequest) async throws -> VaultV1.CensusReport {
        let wanted = request.item.isEmpty ? nil : try await vault.store.item(named: request.item).itemID()
        let census = Census(vault)
        let answers = await census.ask(wanted)
        var report = VaultV1.CensusReport()
        report.vaultEpoch = vault.epoch
        report.components = answers.components.map { name in
            .with {
                $0.id = name
                $0.missing = answers.told[name]?.missing ?? ""
                $0.vaultEpoch = answers.told[name]?.epoch ?? 0
            }
        }
        var recorded: Set<ItemID> = []
        var after = ""
        while true {
            let page = try await vault.store.items(after: after, limit: Page.usual)
            guard let last = page.last else { break }
            for item in page {
                let id = try item.itemID()
                recorded.insert(id)
                guard wanted == nil || wanted == id else { continue }
                guard let shown = try await show(item, census, answers, always: wanted != nil) else { continue }
                report.items.append(shown)
            }
            after = last.id
        }
        report.items += unrecorded(recorded, answers)
        return report
    }

    /// nil of an item of which there is nothing to say.
    private func show(
        _ item: ItemRecord, _ census: Census, _ answers: Census.Answers, always: Bool
    ) async throws -> VaultV1.CensusItem? {
        let id = try item.itemID()
        let isDoubted = always || item.quarantine != nil
        let holdings = answers.holdings(of: id) + (isDoubted ? await census.agents(of: item) : [])
        let verdict = try await census.verdict(on: item, answers, holdings)
        guard isDoubted || !verdict.found.isEmpty else { return nil }
        return .with {
            $0.name = "items/\(id)"
            $0.displayName = item.displayName
            $0.recorded = try? item.assignment().generation.message
            $0.holdings = holdings.map(\.message)
            $0.found = verdict.found
            $0.missing = verdict.missing
            $0.quarantined = item.quarantine != nil
        }
    }

    /// Items that somebody holds and that this vault has no record of: protected after the backup was made, or ones
    /// whose protection was given up while it began.
    private func unrecorded(_ recorded: Set<ItemID>, _ answers: Census.Answers) -> [VaultV1.CensusItem] {
        let held = Set(answers.told.values.flatMap { $0.assignments.keys }).subtracting(recorded)
        return held.sorted { $0.text < $1.text }.map { id in
            .with {
                $0.name = "items/\(id)"
                $0.holdings = answers.holdings(of: id).map(\.message)
                $0.found = ["this vault has no record of it"]
            }
        }
    }
}

extension Holding {
    fileprivate var message: VaultV1.CensusHolding {
        .with {
            $0.component = component
            $0.assignment = assignment.message
        }
    }
}
