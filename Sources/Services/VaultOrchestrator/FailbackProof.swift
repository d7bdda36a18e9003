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
        let full = try await fullProof(of: job, view, member)
        let disks = try item.disks.map { disk throws(Failure) in
            guard let target = full?["full.root.\(disk.id)"] ?? facts["target.root.\(disk.id)"] else {
                throw Failure(
                    .notFound, "certify job \(job): disk \(disk.id) was not read back in it", on: [.job(job)])
            }
            let bytes = facts["point.bytes.\(disk.id)"].flatMap { UInt64($0) }
            return FailbackCertificate.Disk(
                id: disk.id, bytes: bytes ?? disk.bytes, sourceRoot: facts["point.root.\(disk.id)"], targetRoot: target,
                differing: full?["full.differing.\(disk.id)"])
        }
        return FailbackCertificate(
            item: item.id, displayName: item.displayName, machine: item.home.machine, source: item.cloud.machine,
            job: job.text, jobEndedUnixUs: view.endedUnixUs,
            generation: facts["generation"].flatMap { UInt64($0) } ?? 0,
            point: .init(
                number, cutUnixUs: facts["point.cutUnixUs"].flatMap { Int64($0) } ?? 0, kind: facts["point.kind"] ?? "",
                final: facts["point.final"] == "true"),
            mode: full == nil ? facts["certificate"] ?? "retained" : "full",
            verifiedBlocks: full?["full.blocks"].flatMap { UInt64($0) } ?? verified,
            targetScrubbedUnixUs: facts["certificate.scrubbed"].flatMap { Int64($0) },
            sourceScrubbedUnixUs: facts["certificate.sourceScrubbed"].flatMap { Int64($0) },
            readBackUnixUs: full?["full.endedUnixUs"].flatMap { Int64($0) }, disks: disks)
    }

    /// What a later job over the same items took down when all disks had been read back: *complete certificate*, or the
    /// commit. nil where none did.
    private func fullProof(
        of failback: JobID, _ view: VaultV1.Job, _ member: String
    ) async throws -> [String: String]? {
        let name = view.group.isEmpty ? view.item : view.group
        let subject = try await vault.store.scope(named: name).subject()
        // Newest first; the failback is the last that is looked at.
        var place: JobPlace?
        while true {
            let rows = try await vault.store.jobRows(of: subject, before: place, limit: Page.usual)
            for row in rows {
                if row.job == failback { return nil }
                guard Self.proving.contains(row.workflow) else { continue }
                let (_, facts) = try Self.facts(try await vault.store.view(row.job).message, of: member)
                if facts["full.failback"] == failback.text, facts["full.blocks"] != nil { return facts }
            }
            guard rows.count == Page.usual, let last = rows.last else { return nil }
            place = last.place
        }
    }

    /// Those that collect what was read back.
    private static let proving =
        [certifyWorkflow.name] + [true, false].map { commitWorkflow(.home, keepingSeed: $0).name }

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
