import FailbackCertificates
import Messages
import Model
import Workflow

/// What the journal of a failback proves of a machine.
extension VaultCore {
    /// - Parameter member: of a job over a group, the item's id or display name; empty for a job over one item.
    func certificate(of job: JobID, member: String) async throws -> FailbackCertificate {
        let view = try await vault.store.view(job).message
        guard view.operation == "failback", view.state == .succeeded else {
            throw Failure(
                .operationNotAllowed, "certify job \(job): it is a \(view.operation) that is \(view.state); "
                    + "certificates are made of failbacks that succeeded", on: [.job(job)])
        }
        let (name, facts) = try Self.facts(view, of: member)
        let item = try await vault.store.item(named: name)
        guard let number = facts["point.number"].flatMap({ UInt64($0) }),
            let verified = facts["certificate.blocks"].flatMap({ UInt64($0) })
        else {
            throw Failure(
                .notFound, "certify job \(job): nothing was read back of item \(item.id) in it", on: [.job(job)])
        }
        let disks = try item.disks.map { disk throws(Failure) in
            guard let target = facts["target.root.\(disk.id)"] else {
                throw Failure(
                    .notFound, "certify job \(job): disk \(disk.id) was not read back in it", on: [.job(job)])
            }
            return FailbackCertificate.Disk(
                id: disk.id, bytes: disk.bytes, sourceRoot: facts["point.root.\(disk.id)"], targetRoot: target)
        }
        return FailbackCertificate(
            item: item.id, displayName: item.displayName, machine: item.home.machine, source: item.cloud.machine,
            job: job.text, jobEndedUnixUs: view.endedUnixUs,
            generation: facts["generation"].flatMap { UInt64($0) } ?? 0,
            point: .init(
                number, cutUnixUs: facts["point.cutUnixUs"].flatMap { Int64($0) } ?? 0, kind: facts["point.kind"] ?? "",
                final: facts["point.final"] == "true"),
            mode: facts["certificate"] ?? "retained", verifiedBlocks: verified,
            targetScrubbedUnixUs: facts["certificate.scrubbed"].flatMap { Int64($0) }, disks: disks)
    }

    private static func facts(_ job: VaultV1.Job, of member: String) throws(Failure) -> (String, [String: String]) {
        if job.members.isEmpty { return (job.item, job.facts) }
        let wanted = member.hasPrefix("items/") ? member : "items/\(member)"
        guard let found = job.members.first(where: { $0.item == wanted || $0.displayName == member }) else {
            let names = job.members.map(\.displayName).joined(separator: ", ")
            throw Failure(.invalidArgument, "certify \(job.name): say which of its members: \(names)")
        }
        return (found.item, found.facts)
    }
}
