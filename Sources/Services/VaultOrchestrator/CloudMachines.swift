import API
import Environment
import Logging
import Messages
import Model
import RPC

/// Row 14 of the table of states: the cloud machine was deleted, or moved to another resource group, so its item cannot
/// come home (source statement S3). Gates look by themselves when they are asked; this tells it before somebody asks.
extension Reconcilers {
    /// Each look is a call for each item in the cloud.
    static let cloudMachineRound: Duration = .seconds(30)

    func lookAtCloudMachines() async {
        var after = ""
        while !Task.isCancelled {
            guard let page = try? await vault.store.tendedItems(after: after, limit: Page.usual), let last = page.last
            else { return }
            for item in page where item.claimJob == nil && item.quarantine == nil && item.needsCloudMachine {
                do { try await lookAtCloudMachine(of: item) } catch {
                    await unseen(item, "a cloud machine cannot be looked at", error)
                    // A platform that does not answer would not for the others either: the next round asks again.
                    if (error as? Failure)?.disposition != .permanent { return }
                }
            }
            after = last.id
        }
    }

    private func lookAtCloudMachine(of item: ItemRecord) async throws {
        let blockers = item.homeBlockers(by: try await cloudMachine(of: item), at: vault.now)
        guard blockers != item.blockers else { return }
        let changed = try await vault.store.update(item.itemID(), "blockers") { record in
            // What a job or another generation makes of the machine was not looked at.
            guard record.claimJob == nil, record.quarantine == nil, record.phase == item.phase,
                record.generation == item.generation
            else { return false }
            record.blockers = blockers
            return true
        }
        guard changed else { return }
        vault.log.warning(
            blockers.isEmpty ? "CLOUD_MACHINE_FOUND" : "CLOUD_MACHINE_GONE",
            metadata: ["item": "\(item.id)", "machine": "\(item.cloud.machine)", "blockers": "\(blockers)"])
        vault.bell.ring()
    }

    /// Only what the platform answers counts: one that does not answer has neither lost nor found anything.
    private func cloudMachine(of item: ItemRecord) async throws -> Seen<PlatformV1.Machine> {
        let client = PlatformClient(try vault.directory.platform(.cloud))
        do { return .value(try await client.look(at: item.cloud.machine)) } catch {
            guard error.code == .notFound else { throw error }
            return .absent
        }
    }
}

extension ItemRecord {
    /// Judged by the gates that refuse the way home.
    fileprivate func homeBlockers(by machine: Seen<PlatformV1.Machine>, at now: UnixMicroseconds) -> [String] {
        var seen = Observation(self, .reprotect(.home), at: now)
        seen.cloudMachine = machine
        return [cloudMachineExists(seen), cloudMachineNotMoved(seen)].filter { $0.status == .fail }.map { gate in
            "\(gate.code.rawValue): \(gate.evidence.map(\.observed).joined(separator: "; "))"
        }
    }

    /// What runs there is the source of its way home.
    var needsCloudMachine: Bool {
        guard let phase = try? phaseValue() else { return false }
        return Transition.table.contains { $0.from == phase && $0.trigger == .event(.cloudMachineGone) }
    }
}
