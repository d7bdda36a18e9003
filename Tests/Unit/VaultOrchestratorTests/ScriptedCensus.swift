import Contract
import MessageCoding
import Messages
import Model

/// What the scripted components tell of what they hold.
extension ScriptedPeers {
    /// Rule G10.
    func admit(_ state: inout State, _ name: String, _ key: CommonV1.OperationKey?) throws {
        guard !name.hasPrefix("agent-"), let epoch = key?.vaultEpoch else { return }
        guard epoch >= state.epochs[name] ?? 0 else { throw Failure(.staleEpoch, "epoch \(epoch) at \(name)") }
        state.epochs[name] = epoch
    }

    /// The configuration server asks the platform behind it.
    func census(_ state: State, _ name: String, _ item: String) -> CommonV1.CensusResponse {
        var census = own(state, name, item)
        guard name == "cs" else { return census }
        let home = own(state, "platform-home", item)
        census.behind = .with {
            $0.missing = state.away.contains("platform-home") ? "platform-home is away" : ""
            $0.assignments = home.assignments
            $0.vaultEpoch = home.vaultEpoch
        }
        return census
    }

    private func own(_ state: State, _ name: String, _ item: String) -> CommonV1.CensusResponse {
        let held = state.assignments.filter { $0.key.hasPrefix("\(name)/") && (item.isEmpty || $0.value.item == item) }
        let keys = state.results.keys.filter { $0.hasPrefix("\(name)job-") }.sorted()
            .compactMap { try? OperationKey(canonical: String($0.dropFirst(name.utf8.count))) }
        return .with {
            $0.assignments = held.sorted { $0.key < $1.key }.map(\.value)
            $0.vaultEpoch = state.epochs[name] ?? 0
            $0.jobs = keys.map { key in
                .with {
                    $0.item = key.item.text
                    $0.job = key.job.text
                }
            }
        }
    }

    func hello(_ state: State, _ machine: String) -> AgentV1.AgentHello {
        .with {
            $0.bootID = "boot"
            $0.machine = machine
            $0.disks = state.disks[machine] ?? state.machineDisks
            $0.assignment = state.assignments.filter { $0.key.hasPrefix("agent-\(machine)/") }.values.first
        }
    }

    func owner(_ state: State, _ machine: String) -> String {
        let isCloud = machine.hasSuffix("-cloud")
        let home = isCloud ? String(machine.dropLast("-cloud".count)) : machine
        let item = state.machines.filter { $0.value == home }.keys.max() ?? ""
        let owners = state.owner.filter { $0.key == item }.map(\.value)
        let mine = owners.first { $0 == "machine/\(machine)" || $0 == "master-target/mt-\(isCloud ? "cloud" : "home")" }
        return mine ?? (isCloud ? "master-target/mt-cloud" : "machine/\(machine)")
    }
}
