import Blocks
import Contract
import Environment
import Messages
import Model
import Workflow

/// Reads back every block that a failback gave home, before its commit. Nothing is moved and nothing changes, so it can
/// be cancelled at any time; what the agent read by then stays read.
let certifyWorkflow = VaultWorkflow(
    "certify", version: 1,
    steps: [
        claimStep(),
        calls("read-back", "Read all disks back", by: "home agent") { scene in
            try scene.proven(try await scene.readBackToEnd())
        }.with { $0.retry = longReading },
        finishStep("All disks are read back") { item, scene in
            item.certificate?.isFullWanted = true
            if let mode = scene.output("read-back")?.facts["certificate"] { item.certificate?.mode = mode }
            return StepOutput("certificate is \(item.certificate?.mode ?? "gone")")
        },
    ])

/// After a failback's power-on, if it was asked for. The agent goes on by itself; a failback that got this far does not
/// fail by it.
func beginReadBack() -> VaultStep {
    calls("read-back", "Begin to read all disks back", by: "home agent") { scene in
        guard scene.parameters.fullCertificate == true else { return .skipped("a full certificate was not asked for") }
        do {
            let seen = try await scene.readBack(0)
            return try .done(StepOutput("\(seen.totalBlocks) blocks are read back in the background"))
        } catch let failure as Failure
            where failure.disposition == .permanent || scene.run.attempt >= attemptsToBegin
        {
            return .skipped(
                "not begun: \(failure); `homeward certificate complete \(scene.item.displayName)` begins it")
        }
    }
}

/// Before a commit changes the disks: takes down what was read back of them, or waits until all was. Blocks that differ
/// stop the commit here, when nothing is final yet, unless a person goes on by their word.
func collectCertificate() -> VaultStep {
    calls("certificate", "Take down what was read back", by: "home agent") { scene in
        let isWaiting = scene.parameters.waitForCertificate == true
        guard let certificate = scene.item.certificate, certificate.isFullWanted || isWaiting else {
            return .skipped("a full certificate was not asked for")
        }
        if isWaiting { return try scene.proven(try await scene.readBackToEnd()) }
        let agent = await scene.vault.agent(
            scene.item.home.machine, at: .home, preferring: scene.item.processServer)
        guard let seen = agent?.status?.readBack, seen.generation == (try scene.generation()) else {
            return try .done(StepOutput("mode \(certificate.mode): the agent does not say how far it has read"))
        }
        guard seen.complete else {
            return try .done(
                StepOutput(
                    "mode \(certificate.mode): \(seen.readBlocks) of \(seen.totalBlocks) blocks were read back",
                    facts: ["certificate": certificate.mode, "full.readBlocks": "\(seen.readBlocks)"]))
        }
        return try scene.proven(seen)
    }.with { $0.retry = longReading }
}

/// The agent is asked again while it reads: a disk of 64 TiB takes most of a day.
private let longReading = RetryPolicy(attempts: 10_000, first: .milliseconds(200), longest: .seconds(10))
/// An agent that has just booted attaches within seconds.
private let attemptsToBegin = 5
/// Answers to ask for within one attempt, each with its own key.
private let readBackParts = 256

extension Scene {
    /// Has the agent begin, or say how far it is.
    fileprivate func readBack(_ part: Int) async throws -> AgentV1.ReadBack {
        let generation = try generation()
        let answer = try await command(.home, "read-back-\(part)", .readBack(.with { $0.generation = generation }))
        guard case .readBack(let seen)? = answer.result else {
            throw Failure(.internalError, "read the disks of \(item.home.machine) back: the agent's answer is another")
        }
        return seen
    }

    /// Returns when all was read; an attempt ends before, with how far it is, so that another one follows.
    fileprivate func readBackToEnd() async throws -> AgentV1.ReadBack {
        let deadline = vault.environment.clock.now() + Patience.pollWindow
        var pauses = PollPauses()
        var far = ""
        for part in 0..<readBackParts {
            let seen = try await readBack(part)
            try await report(seen)
            if seen.complete { return seen }
            far = "\(seen.readBlocks) of \(seen.totalBlocks) blocks" + (seen.cause.isEmpty ? "" : "; \(seen.cause)")
            guard vault.environment.clock.now() < deadline else { break }
            try await vault.pause(pauses.next())
        }
        throw Failure(.busy, "read the disks of \(item.home.machine) back: \(far)")
    }

    /// A job over a group is as far as all of its members together.
    private func report(_ seen: AgentV1.ReadBack) async throws {
        var blocks: [String: UInt64] = [:]
        for member in parameters.members?.keys.sorted() ?? [item.id] {
            blocks[member] = try await vault.store.item(ItemID(member)).disks.reduce(0) {
                $0 + UInt64(DiskGeometry(size: Int64($1.bytes)).blockCount)
            }
        }
        let far = vault.figures.readBacks.update(run.job, item.id, seen, of: blocks)
        let bytes = { (blocks: UInt64) in ByteCount(Int64(min(blocks, 1 << 48)) * 4_096) }
        try await vault.store.jobs.report(run.job, done: bytes(far.read), total: bytes(far.total))
        vault.bell.ring()
    }

    /// What all disks read back prove. Throws where they are not what was handed over, unless that was waived.
    fileprivate func proven(_ seen: AgentV1.ReadBack) throws -> StepResult {
        let objection = seen.objection(item.certificate)
        let isWaived = parameters.waivers.contains { $0.code == GateCode.certificateComplete.rawValue }
        if run.step == "certificate", !objection.isEmpty, !isWaived {
            throw Failure(
                .dataCorrupt, "commit \(item.displayName): what home was given is not what the source had: "
                    + "\(objection). Go back (homeward cancel-failover \(item.displayName) --confirm-loss), or commit "
                    + "by your word (--waive \(GateCode.certificateComplete.rawValue)=REASON)", on: [.item(run.item)])
        }
        var facts = [
            "certificate": "full", "full.failback": item.certificate?.job ?? "", "full.blocks": "\(seen.readBlocks)",
            "full.endedUnixUs": "\(seen.endedUnixUs)",
        ]
        for disk in seen.disks {
            facts["full.root.\(disk.disk)"] = hexadecimal(disk.root)
            if disk.differingBlocks > 0 { facts["full.differing.\(disk.disk)"] = disk.differingText }
        }
        let result = objection.isEmpty ? "all are as they were handed over" : objection
        return try .done(StepOutput("mode full: \(seen.readBlocks) blocks were read back: \(result)", facts: facts))
    }
}

extension AgentV1.ReadBack {
    /// What was read that is not what the source had; empty while nothing is known.
    func objection(_ certificate: StoredCertificate?) -> String {
        let all = disks.compactMap { disk -> String? in
            if disk.differingBlocks > 0 { return "disk \(disk.disk): \(disk.differingText)" }
            guard !disk.root.isEmpty, let source = certificate?.sourceRoots[disk.disk] else { return nil }
            return source == hexadecimal(disk.root)
                ? nil : "disk \(disk.disk): its root is \(hexadecimal(disk.root)), the source's \(source)"
        }
        return all.joined(separator: "; ")
    }
}

extension AgentV1.DiskReadBack {
    /// `3 blocks differ: 7-8, 20`.
    fileprivate var differingText: String {
        let runs = differing.map { $0.count == 1 ? "\($0.first)" : "\($0.first)-\($0.first + $0.count - 1)" }
        let known = differing.reduce(0) { $0 + $1.count }
        return "\(differingBlocks) blocks differ: " + runs.joined(separator: ", ")
            + (known < differingBlocks ? " and more" : "")
    }
}

extension ItemRecord {
    /// What is proven of the disks of its last failback.
    func certificateMessage(_ seen: AgentV1.ReadBack?) -> VaultV1.FailbackCertificate? {
        certificate.map { certificate in
            .with {
                $0.job = "jobs/\(certificate.job)"
                $0.fullWanted = certificate.isFullWanted
                $0.mode = certificate.mode
                guard let seen, seen.generation?.number == generation?.number else { return }
                $0.readBlocks = seen.readBlocks
                $0.totalBlocks = seen.totalBlocks
                let objection = seen.objection(certificate)
                $0.objection = objection.isEmpty ? seen.cause : objection
            }
        }
    }
}

/// A full certificate that was asked for is whole before the overlay is merged: after that there is nothing left of
/// what was handed over that could be read.
func certificateComplete(_ seen: Observation) -> Gate {
    guard let certificate = seen.item.certificate, certificate.isFullWanted else {
        return Gate(.certificateComplete, .notApplicable)
    }
    let shown = seen.item.certificateMessage(seen.readBack)
    if let objection = shown?.objection, !objection.isEmpty {
        return Gate(.certificateComplete, .fail, evidence: [seen.saw(objection, "home agent")])
    }
    if seen.readBack?.complete == true, seen.readBack?.generation?.number == seen.item.generation?.number {
        return Gate(.certificateComplete, .pass)
    }
    if seen.waitsForCertificate { return Gate(.certificateComplete, .deferred("certificate")) }
    let (read, total) = (shown?.readBlocks ?? 0, shown?.totalBlocks ?? 0)
    return Gate(
        .certificateComplete, .fail,
        evidence: [
            seen.saw(
                total == 0 ? "it is not known how far it is" : "\(read) of \(total) blocks were read back",
                "home agent")
        ],
        remedy: Remedy(
            "Wait for it, or let the commit wait; or waive it and keep the certificate's mode \(certificate.mode)",
            command: "homeward commit \(seen.name) --wait-certificate"))
}

extension Reconcilers {
    /// Before a failback's commit: how far the agent has read back what it was given.
    func readingBack(_ item: ItemRecord) async {
        guard item.certificate?.isFullWanted == true else { return vault.figures.readBack(item.id, nil) }
        let agent = await vault.agent(
            item.home.machine, at: .home, preferring: item.processServer, onlyHeard: true)
        if let seen = agent?.status?.readBack { vault.figures.readBack(item.id, seen) }
    }
}
