import API
import Contract
import Messages
import Model
import Workflow

/// A start that its host refuses for good, past the point of no return: a person may have it made on another host of
/// the site. It is the same step under the same generation; the platform has one row of the machine and starts it once,
/// wherever, and answers a start that comes late with what runs.
extension Scene {
    /// Hosts of the site, and why each of them would not start the item's machine now; the host that it is on is not
    /// among them. Empty where the site does not tell hosts apart.
    func otherHosts(_ site: Site) async throws -> [JudgedPlace] {
        try await vault.otherHosts(than: item, at: site)
    }
}

extension VaultContext {
    func otherHosts(than item: ItemRecord, at site: Site) async throws -> [JudgedPlace] {
        let client = PlatformClient(try directory.platform(site))
        let platform = try await asking("look at the hosts of \(site.rawValue)", Patience.read) {
            try await client.getPlatform(.init(), $0)
        }
        let machine = try await client.look(at: item[site].machine)
        let wanted = WantedPlace(memoryMib: UInt64(item.memoryMib), datastores: machine.datastores)
        let current = platform.host(of: machine)
        return platform.judge(hostsFor: wanted, now: true).filter { $0.id != current }
    }
}

/// How a person names the hosts that could start it.
func offerHosts(_ site: Site) -> @Sendable (VaultContext, StepRun) async -> [String] {
    { vault, run in
        guard let scene = try? await Scene(vault, run), let hosts = try? await scene.otherHosts(site) else { return [] }
        return hosts.filter { $0.objection == nil }.map { "--host \($0.id)" }
    }
}

extension VaultCore {
    /// The resolution of a job that is stuck at a start: on another host, which is judged first, so that a person who
    /// names one that cannot start it changes nothing.
    func startingElsewhere(_ job: JobID, _ host: String) async throws -> Resolution {
        let what = "start the machine of job \(job) on another host"
        guard !host.isEmpty else {
            throw Failure(.invalidArgument, "\(what): name it (--host)", on: [.job(job)])
        }
        let progress = try await vault.store.jobs.progress(job)
        guard let stuck = progress.stuck, stuck.step == "power-on", !progress.isUnwinding else {
            let place = progress.stuck.map { "it is stuck at step \($0.step), which starts none" } ?? "it is not stuck"
            throw Failure(.operationNotAllowed, "\(what): \(place)", on: [.job(job)])
        }
        var parameters = try Stored.value(JobParameters.self, progress.parameters)
        let site = try parameters.directionValue().target
        for id in progress.plan.items where progress.step(stuck.step)?.parts[id] == nil {
            let item = try await vault.store.item(id)
            let others = try await vault.otherHosts(than: item, at: site)
            if let found = others.first(where: { $0.id == host }), found.objection == nil { continue }
            let gate = Gate(
                .hostCapacity, .fail, when: .atStep(stuck.step),
                evidence: others.map { Evidence($0.sentence, source: "\(site.rawValue) platform", at: vault.now) },
                remedy: Remedy("Choose another host that fits; or mend the one that it is on, and retry there"))
            throw Failure(
                .gatesFailed, "\(what): \(host) is no other one that can", on: [.job(job), .item(id)], gates: [gate])
        }
        parameters.host = host
        return .retryElsewhere(parameters: try Stored.bytes(parameters))
    }
}
