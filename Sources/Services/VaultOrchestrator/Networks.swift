import Contract
import Messages
import Model

/// A guest's network across sites. What it has at home is recorded when its machine is protected, and a failback sets
/// it to that again; a failover sets it to the item's network in the cloud. The guest does so at boot, as the grant
/// says, and reports what it has then.
///
/// Of a Windows guest, of one that has no static address at home, and of one inside which nobody carries boot actions
/// out, the network is not touched.

/// The boot action that sets the network which comes with it in the grant.
let configureNetwork = "configure-network"

extension ItemRecord {
    /// What its guest's network is set to when it boots at a site; nil: it is not touched.
    func networkAtBoot(_ site: Site) -> NetworkSettings? {
        guard networkIsKept == nil else { return nil }
        return site == .home ? homeNetwork : cloudNetwork ?? .dynamic
    }

    /// Why its network is not touched; nil: it is.
    var networkIsKept: String? {
        if osFamily == "windows" { return "it is a Windows machine" }
        guard homeNetwork?.isStatic == true else { return "it had no static address at home when it was protected" }
        if (try? PlatformV1.Guest(wire: guest))?.kind == .virtualMachine {
            return "nobody inside its virtual machine is told"
        }
        return nil
    }

    /// For people.
    func networkChange(_ site: Site) -> String {
        if let networkIsKept { return "its network is not touched: \(networkIsKept)" }
        let network = networkAtBoot(site) ?? .dynamic
        return site == .home
            ? "its network is as it was at home, \(network)" : "its network in the cloud is \(network)"
    }

    func plannedNetwork(_ site: Site) -> VaultV1.PlannedNetwork {
        .with {
            $0.item = id
            $0.displayName = displayName
            $0.change = networkChange(site)
        }
    }
}

extension StepOutput {
    /// What its guest reports, beside what it was asked to set. A guest that did not is told of, and fails nothing: its
    /// machine runs.
    mutating func tell(of asked: NetworkSettings, at site: Site, as reported: NetworkSettings?) {
        facts["\(site.rawValue).network"] = reported?.description ?? "unknown"
        guard reported != asked else { return }
        detail += "; its network is \(reported?.description ?? "unknown"), though it was asked to set \(asked)"
    }
}

extension VaultCore {
    /// From the next failover on.
    func setCloudNetwork(_ message: VaultV1.SetCloudNetworkRequest) async throws -> VaultV1.Item {
        let network = try NetworkSettings(message.network) ?? .dynamic
        let (store, now) = (vault.store, vault.now)
        let asked = try await store.item(named: message.name)
        let id = try asked.itemID()
        let what = "set the cloud network of \(asked.displayName)"
        let item = try await store.database.write("cloud-network") { transaction -> ItemRecord in
            var item = try store.requireItem(id, in: transaction)
            try item.refuseQuarantined(what, at: now)
            if let job = item.claimJob {
                throw Failure(
                    .conflictingJob, "\(what): job \(job) holds it; ask again when it has ended", on: [.item(id)])
            }
            guard ![Phase.disabled.name, Phase.migrated.name].contains(item.phase) else {
                throw Failure(.operationNotAllowed, "\(what): it is \(item.phase)", on: [.item(id)])
            }
            if let why = item.networkIsKept {
                throw Failure(.operationNotAllowed, "\(what): its network is not touched: \(why)", on: [.item(id)])
            }
            let wanted = network.isStatic ? network : nil
            guard item.cloudNetwork != wanted else { return item }
            item.cloudNetwork = wanted
            return try store.save(item, in: transaction)
        }
        vault.bell.ring()
        return show(item)
    }
}
