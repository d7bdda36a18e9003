import API
import Messages
import Model
import Workflow

/// Proves the control path to the components that every later operation needs: each records one probe, however often
/// the vault dies and asks again.
let checkInfrastructure = VaultWorkflow(
    "check-infrastructure", version: 1,
    steps: [
        probe("probe-configuration-server", "Probe the configuration server", by: "configuration server", 0),
        probe("probe-master-target", "Probe the cloud's master target", by: "cloud master target", 1),
    ])

/// The pseudo item of jobs that concern none.
let infrastructureItem: ItemID = "infrastructure"

/// The components are chosen when the job is created, so that a repeated step asks the same one.
private func probe(_ id: StepID, _ title: String, by actor: String, _ index: Int) -> VaultStep {
    VaultStep(
        id, title, by: actor,
        look: { vault, run in
            let target = try component(index, run)
            let receiver = ReceiverClient(try vault.directory.channel(of: target))
            let key = try run.key("probe/\(target)").message(epoch: vault.epoch)
            let known = try await asking("look up \(title)", Patience.read) {
                try await receiver.getOperation(.with { $0.key = key }, $0)
            }
            guard known.state == .done, let answer = try? CommonV1.ProbeResponse(wire: known.result) else {
                return .notDone
            }
            return .done(try probed(target, answer).bytes())
        }
    ) { vault, run in
        let target = try component(index, run)
        let receiver = ReceiverClient(try vault.directory.channel(of: target))
        let key = try run.key("probe/\(target)").message(epoch: vault.epoch)
        let answer = try await asking(title, Patience.read) {
            try await receiver.probe(.with { $0.key = key }, $0)
        }
        return try .done(probed(target, answer))
    }
}

private func component(_ index: Int, _ run: StepRun) throws -> String {
    let chosen = try Stored.value(JobParameters.self, run.parameters).components
    guard chosen.indices.contains(index) else {
        throw Failure(.internalError, "step \(run.step): no component was chosen", on: [.job(run.job)])
    }
    return chosen[index]
}

private func probed(_ target: String, _ answer: CommonV1.ProbeResponse) -> StepOutput {
    StepOutput(
        "\(target) recorded probe \(answer.recorded)", facts: ["probe.\(target)": "\(answer.recorded)"])
}
