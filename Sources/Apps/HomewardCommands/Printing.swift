import EnvironmentLive
import Glibc
import Messages
import Model

func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
}

func say(_ text: String) { Console.standard.say(text) }

/// A value as printed, in tables by its text and in JSON by its kind.
indirect enum Printed {
    case text(String)
    case number(Int64)
    case flag(Bool)
    case list([Printed])
    case record([(String, Printed)])

    var plain: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "yes" : "no"
        case .list(let list): list.map(\.plain).joined(separator: ", ")
        case .record(let fields): fields.map { "\($0.0)=\($0.1.plain)" }.joined(separator: " ")
        }
    }

    var json: String {
        switch self {
        case .text(let text): quoted(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .list(let list): "[" + list.map(\.json).joined(separator: ",") + "]"
        case .record(let fields): "{" + fields.map { "\(quoted($0.0)):\($0.1.json)" }.joined(separator: ",") + "}"
        }
    }
}

/// RFC 8259 §7.
private func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}

/// Columns as wide as their widest cell, two spaces apart.
func table(_ header: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "(none)" }
    var widths = header.map(\.count)
    for row in rows { for (i, cell) in row.enumerated() { widths[i] = max(widths[i], cell.count) } }
    return ([header] + rows).map { row in
        let cells = row.enumerated().map { i, cell in
            i == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[i] - cell.count)
        }
        return cells.joined(separator: "  ")
    }.joined(separator: "\n")
}

func show(_ records: [[(String, Printed)]], columns: [String], _ form: OutputForm) {
    switch form {
    case .json: say(Printed.list(records.map { .record($0) }).json)
    case .table:
        let rows = records.map { record in
            columns.map { column in record.first { $0.0 == column }?.1.plain ?? "" }
        }
        say(table(columns.map { $0.uppercased() }, rows))
    }
}

func show(_ record: [(String, Printed)], _ form: OutputForm) {
    switch form {
    case .json: say(Printed.record(record).json)
    case .table:
        let width = record.map(\.0.count).max() ?? 0
        for (name, value) in record {
            say(name + String(repeating: " ", count: width - name.count + 2) + value.plain)
        }
    }
}

// MARK: - Entities

func printed(_ item: VaultV1.Item) -> [(String, Printed)] {
    [
        ("name", .text(item.displayName)), ("id", .text(item.name)), ("phase", .text(phaseText(item))),
        ("active", .text("\(item.activeSite)")), ("generation", .number(Int64(item.generation?.number ?? 0))),
        ("job", .text(item.claimJob)), ("group", .text(item.group)),
        ("rpo", .text(rpoText(item))), ("rpoUs", .number(Int64(clamping: item.rpoUs))),
        ("rpoErrorUs", .number(Int64(clamping: item.rpoErrorUs))),
        ("rpoThresholdUs", .number(Int64(clamping: item.rpoThresholdUs))),
        ("alerts", .list(item.alerts.map { .text($0) })),
        ("forwardPolicy", .text(item.forwardPolicy)), ("failbackPolicy", .text(item.failbackPolicy)),
        ("intervalUs", .number(Int64(clamping: item.intervalUs))),
        ("replication", .text(replicationText(item))),
        ("appConsistent", .text(consistencyText(item))),
        ("remaining", .text(ByteCount(Int64(item.remainingBlocks) * 4096).description)),
        ("health", .text(item.health.isEmpty ? "ok" : item.health.joined(separator: "; "))),
        ("disks", .list(item.disks.map { .text("\($0.id) (\(ByteCount(Int64($0.bytes))))") })),
        (
            "leftOut",
            .list(
                item.leftOut.map {
                    .text("\($0.disk) (\(ByteCount(Int64(clamping: $0.bytes)))) of \($0.machine): \(leftOutText($0))")
                })
        ),
        ("diskDifferences", .list(item.diskDifferences.map { .text(differenceText($0)) })),
        (
            "copies",
            .list(item.copies.map { .text("\($0.site): \($0.machine.isEmpty ? "-" : $0.machine) \($0.state)") })
        ),
        ("homeNetwork", .text(networkText(item.homeNetwork, absent: "not touched"))),
        ("setAside", .text(item.setAsideBytes == 0 ? "" : "\(ByteCount(Int64(clamping: item.setAsideBytes)))")),
        ("cloudNetwork", .text(networkText(item.cloudNetwork, absent: cloudDefault(item)))),
        ("replicaScrubbed", .text(scrubText(
            item.scrubs?.targetEndedUnixUs, item.scrubs?.targetDifferingBlocks, every: item.scrubs?.targetIntervalUs))),
        ("sourceScrubbed", .text(scrubText(
            item.scrubs?.sourceEndedUnixUs, item.scrubs?.sourceDifferingBlocks, every: item.scrubs?.sourceIntervalUs))),
        ("replicaScrubbedUnixUs", .number(item.scrubs?.targetEndedUnixUs ?? 0)),
        ("sourceScrubbedUnixUs", .number(item.scrubs?.sourceEndedUnixUs ?? 0)),
        ("resync", .text(resyncText(item))), ("certificate", .text(certificateText(item))),
        ("failoverPoint", .number(Int64(clamping: item.failoverPoint))),
        ("processServer", .text(item.processServer)), ("processServerSwitch", .text(switchText(item))),
        ("masterTarget", .text(item.masterTarget)), ("targetLoss", .text(lossText(item))),
        ("drill", .text(drillText(item))),
        ("quarantine", .list(item.quarantine.map(printed) ?? [])),
        ("blockers", .list(item.blockers.map { .text($0) })), ("owed", .list(item.owed.map { .text($0) })),
    ]
}

private func cloudDefault(_ item: VaultV1.Item) -> String {
    item.homeNetwork == nil ? "not touched" : NetworkSettings.dynamic.description
}

/// `d2 (20.0 GiB) at home is not replicated, since …`.
func differenceText(_ difference: VaultV1.DiskDifference) -> String {
    let (here, there) = (
        ByteCount(Int64(clamping: difference.machineBytes)), ByteCount(Int64(clamping: difference.replicatedBytes))
    )
    let (disk, site) = (difference.disk, difference.site)
    let what =
        switch difference.kind {
        case .notReplicated: "\(disk) (\(here)) at \(site) is not replicated"
        case .notAtMachine: "\(disk) (\(there)) is replicated, the machine at \(site) has it no more"
        case .larger: "\(disk) at \(site) has \(here), its replica \(there), which will be enlarged"
        case .smaller: "\(disk) at \(site) has \(here), its replica \(there): it is not carried on"
        default: "\(disk) at \(site) differs"
        }
    return "\(what), since \(unixText(difference.sinceUnixUs))"
}

/// How it came to its process server; empty when it began with it.
func switchText(_ item: VaultV1.Item) -> String {
    guard let moved = item.processServerSwitch else { return "" }
    return "from \(moved.from) at \(unixText(moved.atUnixUs))\(moved.automatic ? " by itself" : ""): \(moved.cause)"
}

/// `2.1 s (+ 3 ms at most)`, and over what it should be.
func rpoText(_ item: VaultV1.Item) -> String {
    guard item.rpoUs > 0 else { return "unknown" }
    let known = "+ \(durationText(Int64(clamping: item.rpoErrorUs))) at most"
    let error = item.rpoErrorUs == .max ? "error unknown" : known
    let isOver = item.rpoThresholdUs > 0 && item.rpoUs > item.rpoThresholdUs
    let over = isOver ? ", over \(durationText(Int64(clamping: item.rpoThresholdUs)))" : ""
    return "\(durationText(Int64(clamping: item.rpoUs))) (\(error)\(over))"
}

/// `delta of jobs/job-1; 512 of 2048 blocks read back for full`.
private func certificateText(_ item: VaultV1.Item) -> String {
    guard let certificate = item.certificate else { return "-" }
    var text = "\(certificate.mode) of \(certificate.job)"
    if certificate.fullWanted, certificate.mode != "full" {
        text += certificate.totalBlocks == 0
            ? "; full is asked for"
            : "; \(certificate.readBlocks) of \(certificate.totalBlocks) blocks read back for full"
    }
    return text + (certificate.objection.isEmpty ? "" : "; \(certificate.objection)")
}

/// State, since when and why, and what comparing has cost: `RESYNCHRONIZING for 12.0 s: …`.
func replicationText(_ item: VaultV1.Item) -> String {
    guard [.synchronizing, .protected].contains(item.phase) else { return "none in this phase" }
    guard let replication = item.replication else { return "unknown: its agent is not heard" }
    var text = "\(replication.state) for \(durationText(Int64(clamping: replication.sinceUs)))"
    if !replication.cause.isEmpty { text += ": \(replication.cause)" }
    if replication.suspectBlocks > 0 {
        text += ", \(replication.suspectBlocks) blocks left to compare"
        let rate = replication.compareBytesPerSecond
        if rate > 0 {
            let left = max(1, replication.suspectBlocks &* 4_096 / rate)
            text += " at \(ByteCount(Int64(clamping: rate)))/s, "
                + "\(durationText(Int64(clamping: left) &* 1_000_000)) left"
        }
    }
    if replication.comparedBlocks > 0 {
        text += " (\(replication.comparedBlocks) blocks were compared by \(replication.digestBytes) bytes of digests, "
            + "\(replication.differingBlocks) differed)"
    }
    if replication.unchangedBlocks > 0 {
        text += " (\(replication.unchangedBlocks) blocks were written with what they held, and not sent)"
    }
    return text
}

/// When all disks were last read against their digests: `2026-11-22T12:00:00Z, none of the blocks differed (every …)`.
private func scrubText(_ ended: Int64?, _ differing: UInt64?, every interval: UInt64?) -> String {
    let every = (interval ?? 0) == 0 ? "" : " (every \(durationText(Int64(clamping: interval ?? 0))))"
    guard let ended, ended > 0 else { return "not yet" + every }
    let found = (differing ?? 0) == 0 ? "nothing differed" : "\(differing ?? 0) blocks differed"
    let age = durationText(max(0, LiveClock().wallNow().microseconds - ended))
    return "\(age) ago, \(found)\(every)"
}

/// The last comparison that was asked for, with its cost; `-` before the first one.
func resyncText(_ item: VaultV1.Item) -> String {
    guard let resync = item.resync else { return "-" }
    let asked = "\(resync.job), asked for by \(resync.person) at \(unixText(resync.askedUnixUs))"
    guard resync.cause.isEmpty else { return "\(asked): ended, \(resync.cause)" }
    return "\(asked): \(resync.comparedBlocks) of \(resync.totalBlocks) blocks compared, "
        + "\(resync.differingBlocks) differed, \(resync.digestBytes) bytes of digests"
        + (resync.endedUnixUs == 0 ? "" : ", ended \(unixText(resync.endedUnixUs))")
}

/// That the replica is gone, since when, and what is done about it; `-` while it is there.
func lossText(_ item: VaultV1.Item) -> String {
    guard let loss = item.targetLoss else { return "-" }
    let points = loss.lostPoints == 0 ? "every point" : "points \(loss.oldestPoint) to \(loss.newestPoint)"
    let bytes = ByteCount(Int64(clamping: loss.blocks &* 4_096))
    let cost = loss.job.isEmpty
        ? "no new one is begun yet" : "\(loss.job): \(bytes) \(loss.compared ? "are compared" : "are copied")"
    return "at \(loss.masterTarget) since \(unixText(loss.sinceUnixUs)), with \(points): \(loss.cause); "
        + (loss.blocker.isEmpty ? cost : loss.blocker)
}

/// What came of freezing the guest for points; empty while nobody ever did.
func consistencyText(_ item: VaultV1.Item) -> String {
    let every = item.applicationIntervalUs
    let aim = every == 0 ? "on demand" : "every \(durationText(Int64(clamping: every)))"
    guard let seen = item.replication?.applicationConsistency, seen.attempts > 0 else { return aim }
    var text = aim
    if seen.newestNumber > 0 {
        text += ", newest is point \(seen.newestNumber), \(durationText(Int64(clamping: seen.newestAgeUs))) old"
    }
    if !seen.failure.isEmpty { text += "; the last attempt left a crash-consistent point: \(seen.failure)" }
    return text + " (the guest stood still for \(durationText(Int64(clamping: seen.longestHeldUs))) at most)"
}

func phaseText(_ item: VaultV1.Item) -> String {
    let direction = item.direction == .unspecified ? "" : " (\(item.direction))"
    let doing = item.claimOperation.isEmpty ? "" : ", \(item.claimOperation)"
    return "\(item.phase)\(direction)\(doing)"
}

func printed(_ job: VaultV1.Job) -> [(String, Printed)] {
    [
        ("job", .text(job.name)), ("item", .text(job.group.isEmpty ? job.item : job.group)),
        ("operation", .text(job.operation)),
        ("state", .text("\(job.state)")), ("message", .text(job.message)),
        ("progressBytes", .number(Int64(job.progressBytes))), ("totalBytes", .number(Int64(job.totalBytes))),
        ("createdUnixUs", .number(job.createdUnixUs)), ("endedUnixUs", .number(job.endedUnixUs)),
        (
            "steps",
            .list(
                job.steps.map { step in
                    .record([
                        ("id", .text(step.plan?.id ?? "")), ("title", .text(step.plan?.title ?? "")),
                        ("actor", .text(step.plan?.actor ?? "")), ("state", .text("\(step.state)")),
                        ("attempts", .number(Int64(step.attempts))), ("detail", .text(step.detail)),
                        ("startedUnixUs", .number(step.startedUnixUs)), ("endedUnixUs", .number(step.endedUnixUs)),
                    ])
                })
        ),
        ("facts", .record(printed(job.facts))),
        (
            "members",
            .list(
                job.members.map { member in
                    .record([
                        ("item", .text(member.item)), ("name", .text(member.displayName)),
                        ("facts", .record(printed(member.facts))),
                    ])
                })
        ),
    ]
}

private func printed(_ facts: [String: String]) -> [(String, Printed)] {
    facts.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) }
}

private func consistencyText(_ group: VaultV1.Group) -> String {
    let every = group.applicationIntervalUs
    let aim = every == 0 ? "on demand" : "every \(durationText(Int64(clamping: every)))"
    guard !group.applicationFailure.isEmpty else { return aim }
    return "\(aim); the last attempt left a crash-consistent point: \(group.applicationFailure)"
}

func printed(_ group: VaultV1.Group) -> [(String, Printed)] {
    let direction = group.direction == .unspecified ? "" : " (\(group.direction))"
    let age = durationText(Int64(clamping: group.newestCommonAgeUs))
    return [
        ("name", .text(String(group.name.dropFirst("groups/".count)))),
        ("members", .list(group.members.map { .text($0.displayName) })),
        ("phase", .text(group.phase == .unspecified ? "differs" : "\(group.phase)\(direction)")),
        ("common", .text(group.newestCommon.isEmpty ? "none" : group.newestCommon)),
        ("age", .text(group.newestCommon.isEmpty ? "-" : age)),
        ("cause", .text(group.cause)), ("appConsistent", .text(consistencyText(group))),
        ("job", .text(group.claimJob)),
        ("processServer", .text(group.processServer)), ("masterTarget", .text(group.masterTarget)),
    ]
}

func printed(_ point: TargetV1.GroupPoint, _ names: [String: String]) -> [(String, Printed)] {
    [
        ("name", .text(point.name)), ("cut", .text(unixText(point.cutUnixUs))),
        ("cutUnixUs", .number(point.cutUnixUs)),
        ("kind", .text(point.applicationConsistent ? "application-consistent" : "crash-consistent")),
        ("exists", .flag(point.exists)), ("final", .flag(point.final)),
        ("members", .list(point.members.map { .text("\(names[$0.item] ?? $0.item): \($0.number)") })),
    ]
}

/// - kept: by whom it was pinned by hand.
func printed(_ point: TargetV1.RecoveryPoint, _ kept: VaultV1.HandPin?) -> [(String, Printed)] {
    [
        ("number", .number(Int64(point.number))), ("cut", .text(unixText(point.cutUnixUs))),
        ("cutUnixUs", .number(point.cutUnixUs)),
        ("kind", .text(point.applicationConsistent ? "application-consistent" : "crash-consistent")),
        ("blocks", .number(Int64(point.blocks))), ("applied", .flag(point.applied)),
        ("generation", .number(Int64(point.generation?.number ?? 0))), ("final", .flag(point.final)),
        ("name", .text(point.name)), ("pins", .list(point.pins.map { .text($0) })),
        ("kept", .text(kept.map(handPinText) ?? "")), ("damage", .text(point.damage)),
        ("disks", .list(point.disks.map { .text("\($0.id) (\(ByteCount(Int64($0.bytes))))") })),
    ]
}

func printed(_ gate: CommonV1.Gate) -> [(String, Printed)] {
    [
        ("code", .text(gate.code)), ("status", .text("\(gate.status)")), ("blocking", .flag(gate.blocking)),
        ("evidence", .text(gate.evidence)), ("meaning", .text(gate.meaning)), ("remedy", .text(gate.remedy)),
        ("causedBy", .text(gate.causedBy)), ("waivableBy", .text(gate.waivableBy)),
        ("deferredTo", .text(gate.deferredTo)),
    ]
}

/// Gates by cause: what follows from another gate stands below it.
///
/// - Parameter steps: titles by id, of the steps that may judge a gate later.
func gateTable(_ gates: [CommonV1.Gate], steps: [String: String] = [:]) -> String {
    func status(_ gate: CommonV1.Gate) -> String {
        if gate.status == .deferred { return "at step: \(steps[gate.deferredTo] ?? gate.deferredTo)" }
        guard gate.status == .fail || gate.status == .unknown else { return "\(gate.status)" }
        if !gate.blocking { return "\(gate.status), a warning" }
        return gate.waivableBy.isEmpty ? "\(gate.status)" : "\(gate.status), \(gate.waivableBy) may waive it"
    }
    func follows(_ gate: CommonV1.Gate, _ root: String) -> Bool {
        gate.causedBy == root && gate.code != root && gate.status != .pass
    }
    func withFollowers(_ gate: CommonV1.Gate, _ mark: String) -> [(String, CommonV1.Gate)] {
        [(mark, gate)] + gates.filter { follows($0, gate.code) }.flatMap { withFollowers($0, "└ ") }
    }
    let roots = gates.filter { gate in !gates.contains { follows(gate, $0.code) } }
    let ordered = roots.flatMap { withFollowers($0, "") }
    return table(
        ["GATE", "STATUS", "EVIDENCE", "REMEDY"],
        ordered.map { mark, gate in
            [mark + gate.code, status(gate), gate.evidence.isEmpty ? gate.meaning : gate.evidence, gate.remedy]
        })
}

func durationText(_ microseconds: Int64) -> String {
    switch microseconds {
    case ..<1_000: "\(microseconds) µs"
    case ..<1_000_000: "\(microseconds / 1_000) ms"
    case ..<60_000_000: "\(microseconds / 1_000_000).\(microseconds / 100_000 % 10) s"
    default: "\(microseconds / 60_000_000) min \(microseconds / 1_000_000 % 60) s"
    }
}

/// ISO 8601 in UTC, to the second.
func unixText(_ microseconds: Int64) -> String {
    var seconds = time_t(microseconds / 1_000_000)
    var parts = tm()
    guard microseconds != 0, gmtime_r(&seconds, &parts) != nil else { return "-" }
    func two(_ n: Int32) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    return "\(date)T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
}
