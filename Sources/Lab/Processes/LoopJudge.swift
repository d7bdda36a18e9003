import FailbackCertificates
import Environment
import Ledger
import Model

/// Judges a finished loop from outside: files and logs only, no component is asked. Blocking: on a lane.
struct LoopJudge {
    let layout: LabLayout
    let files: any FileSystem
    let kills: [PlannedKill]

    private var wasKilled: Bool { !kills.isEmpty }
    private var agentKills: Int { kills.count { $0.process.hasPrefix("agent-") } }

    /// Reasons against, in the order of finding; empty when all is as it must be.
    func judge(_ machine: inout LoopReport.Machine) throws -> [String] {
        let (before, cloud, after) = try stays(machine.name)
        let home = before + after
        // What was handed over to home is a point, too.
        if machine.disks.allSatisfy({ $0.homeImageAtHandover != nil }) { machine.pointsVerified += 1 }
        if machine.guest == "files" {
            let reasons = overlaps(home + cloud, machine.name) + moved(machine, cloud: cloud)
            return reasons + (try judgeFiles(&machine, [before, cloud, after]))
        }
        machine.acknowledgedWrites = [before, cloud, after].map { lines in
            Int64(lines.count { $0.event == .ack && $0.kind == .write })
        }
        var reasons = overlaps(home + cloud, machine.name)
        reasons += moved(machine, cloud: cloud)
        try reasons += kept(&machine)
        let writesOfAPhaseMayBeMissing = machine.guest != "ledger"
        let stays = ["before the failover", "in the cloud", "after the return"]
        for (name, count) in zip(stays, machine.acknowledgedWrites)
        where count == 0 && !writesOfAPhaseMayBeMissing {
            reasons.append("\(machine.name): no write was acknowledged \(name)")
        }
        var lost = 0
        for index in machine.disks.indices {
            reasons += try judge(&machine.disks[index], index, machine, before + cloud, after, &lost)
        }
        if machine.guest == "ledger" {
            let findings = try ledger(machine, [before, cloud, after])
            lost += findings.count { $0.fault == .lost }
            reasons += findings.prefix(5).map { "\($0)" }
        }
        machine.lostAcknowledgedWrites = Int64(lost)
        return reasons
    }

    private func judge(
        _ disk: inout LoopReport.Disk, _ index: Int, _ machine: LoopReport.Machine, _ away: [LogLine],
        _ after: [LogLine], _ lost: inout Int
    ) throws -> [String] {
        guard let handover = disk.homeImageAtHandover else { return ["\(disk.id): no image of the hand-over was kept"] }
        var reasons = cut(disk)
        let overlay = disk.homePath.replacing("disk.raw", with: "overlay.data")
        guard !files.exists(overlay) else { return reasons + ["\(disk.id): its overlay was not merged"] }
        disk.sha256HomeEnd = try Images.digest(disk.homePath, files)
        var away = away
        var begin = try machine.image ?? blank(disk)
        if let began = machine.cloudBegan, let since = machine.cloudSince {
            begin = began[index]
            away.removeAll { $0.site == Site.home.rawValue || $0.generation < UInt64(since) }
        }
        let comparisons = [
            ("what was acknowledged before the return", begin, handover, away),
            ("what was acknowledged after the return", handover, disk.homePath, after),
        ]
        for (what, base, live, log) in comparisons {
            let verdict = try compare(base, live, machine.name, index, log)
            lost += verdict.differingCount
            if verdict.differingCount > 0 {
                reasons.append(
                    "\(disk.id): \(verdict.differingCount) sectors differ from \(what), first at byte "
                        + "\(verdict.differing.first ?? 0)")
            }
            if !verdict.unreadableLines.isEmpty { reasons.append("\(disk.id): its log cannot be replayed") }
        }
        return reasons
    }

    /// Kills may leave the cloud's disk with an overlay, so that the plain disk says nothing; without any it must.
    func cut(_ disk: LoopReport.Disk) -> [String] {
        guard let cut = disk.sha256CloudAtCut else {
            return wasKilled ? [] : ["\(disk.id): the cloud's disk at the cut was not read"]
        }
        if cut == disk.sha256Handover { return [] }
        return ["\(disk.id): what was handed over is not what the cloud had at the cut"]
    }

    private func compare(
        _ base: String, _ live: String, _ machine: String, _ disk: Int, _ log: [LogLine]
    ) throws -> LedgerReplay.Verdict {
        let path = "\(layout.images)/scratch"
        let before = try files.open(base, .read)
        let now = try files.open(live, .read)
        let scratch = try files.open(path, .create)
        defer {
            for file in [before, now, scratch] { file.close() }
            try? files.remove(path)
        }
        try scratch.truncate(to: 0)
        return try LedgerReplay.compare(
            base: before, live: now, scratch: scratch, machine: machine, disk: disk, log: log)
    }

    private func blank(_ disk: LoopReport.Disk) throws -> String {
        let path = "\(layout.images)/\(disk.id).blank.raw"
        let file = try files.open(path, .create)
        defer { file.close() }
        try file.truncate(to: disk.bytes)
        return path
    }

    private func ledger(_ machine: LoopReport.Machine, _ logs: [[LogLine]]) throws -> [LedgerChecker.Finding] {
        let opened = try machine.disks.map { try files.open($0.homePath, .read) }
        defer { for file in opened { file.close() } }
        let images = opened.enumerated().map { LedgerChecker.Image(machine: machine.name, disk: $0, $1) }
        return try LedgerChecker.judge(images, logs: logs, mode: .live)
    }

    /// A machine's log at home before the failover, in the cloud, at home after the return.
    private func stays(_ machine: String) throws -> (before: [LogLine], cloud: [LogLine], after: [LogLine]) {
        let home = try log(machine, .home)
        let cloud = try log("\(machine)-cloud", .cloud)
        let lastCloud = cloud.map(\.generation).max() ?? 0
        // The home guest's lines after the return bear a generation above all of the cloud's.
        let split = home.firstIndex { $0.event != .found && $0.generation > lastCloud } ?? home.endIndex
        return (Array(home[..<split]), cloud, Array(home[split...]))
    }

    private func log(_ machine: String, _ site: Site) throws -> [LogLine] {
        let path = layout.acknowledgements(machine, site)
        return files.exists(path) ? try LogLine.parse(files.readAll(path)) : []
    }

    /// No replication moved more than it had to, and the vault's count of what the cloud's guest had changed is no more
    /// than what that guest itself says it wrote.
    private func moved(_ machine: LoopReport.Machine, cloud: [LogLine]) -> [String] {
        var reasons: [String] = []
        for replication in machine.replications {
            guard replication.session == "delta" else {
                if LoopReport.Replication.reprotects.contains(replication.operation) {
                    reasons.append("\(replication.operation) of \(machine.name): everything was copied")
                }
                continue
            }
            reasons += exceeded(replication, machine)
            for (index, moved) in replication.disks.enumerated() {
                let what = "\(replication.operation) of \(machine.disks[index].id)"
                if machine.guest == "idle", moved.moved != 0 {
                    reasons.append("\(what): \(moved.moved ?? -1) blocks were moved of an idle machine")
                }
                if moved.moved == nil, !wasKilled { reasons.append("\(what): it was not measured how much was moved") }
                if let excess = moved.excess(wasKilled: wasKilled) { reasons.append("\(what): \(excess)") }
                guard machine.guest == "ledger", replication.operation == "reprotect", let changed = moved.changed
                else { continue }
                let written = LoopJudge.blocks(cloud, disk: index).count
                if changed > written {
                    reasons.append("\(what): \(changed) blocks count as changed, the guest wrote \(written)")
                }
            }
        }
        return reasons
    }

    /// What was compared stays within what the preview said before the run, and of an idle machine what was moved does.
    private func exceeded(_ replication: LoopReport.Replication, _ machine: LoopReport.Machine) -> [String] {
        guard let bound = replication.bound else {
            guard LoopReport.Replication.reprotects.contains(replication.operation) else { return [] }
            return ["\(replication.operation) of \(machine.name): no bound was stated before the run"]
        }
        var reasons: [String] = []
        let compared = replication.disks.reduce(0) { $0 + ($1.suspect ?? 0) }
        let crashes = agentKills + (replication.uncleanStop ? 1 : 0)
        let allowed = bound.suspect + Int64(crashes) * bound.crash
        if compared > allowed {
            reasons.append("\(compared) blocks were compared, the preview said at most \(allowed) (\(bound.basis))")
        }
        if compared > 0, kills.isEmpty, !replication.uncleanStop {
            reasons.append("\(compared) blocks were compared although everything stopped in order")
        }
        let moved = replication.disks.reduce(0) { $0 + ($1.moved ?? 0) }
        if machine.guest == "idle", moved > bound.changed + bound.suspect {
            reasons.append("\(moved) blocks were moved, the preview said at most \(bound.changed + bound.suspect)")
        }
        return reasons.map { "\(replication.operation) of \(machine.name): \($0)" }
    }

    /// The vault's word for the hand-over, and the kept images by it. A disk that was handed over is certified.
    func certificate(of machine: LoopReport.Machine, key: String?) -> [String] {
        guard machine.disks.contains(where: { $0.homeImageAtHandover != nil }) else { return [] }
        guard let path = machine.certificate, let key else {
            return ["\(machine.name): its hand-over is not certified"]
        }
        do {
            let found = try SignedCertificate.verify(files.readAll(path), key: .init(pem: files.readAll(key)))
            for disk in machine.disks {
                if let image = disk.homeImageAtHandover { try found.verify(disk: disk.id, in: image, files) }
            }
            return found.objections.map { "certificate of \(machine.name): \($0)" }
        } catch { return ["certificate of \(machine.name): \((error as? Failure)?.message ?? "\(error)")"] }
    }

    /// The images kept on the way, each against the log as it was then.
    private func kept(_ machine: inout LoopReport.Machine) throws -> [String] {
        var reasons: [String] = []
        for kept in machine.kept {
            let log = try LogLine.parse(Array(files.readAll(kept.log).prefix(Int(kept.logBytes))))
            let opened = try kept.images.map { try files.open($0, .read) }
            defer { for file in opened { file.close() } }
            let images = opened.enumerated().map { LedgerChecker.Image(machine: machine.name, disk: $0, $1) }
            let findings: [LedgerChecker.Finding]
            if let point = kept.point {
                findings = try LedgerCut.judge(
                    images, machine: machine.name, log: log, cut: point.cut, next: point.next)
                machine.pointsVerified += 1
            } else {
                // The machine went on with its own content, so its log is one history: nothing may be gone at a boot.
                let lines = log.filter { $0.event != .resume && $0.event != .found }
                findings = try LedgerChecker.judge(images, logs: [lines], mode: .live)
            }
            reasons += findings.prefix(5).map { "\(kept.what): \($0)" }
        }
        return reasons
    }

    /// Machines of a group, whose ledgers depend on each other: at each common point that was kept, at the hand-over
    /// and at the end.
    func judgeTogether(_ machines: [LoopReport.Machine], _ group: String) throws -> [String] {
        var reasons: [String] = []
        func judge(_ what: String, _ parts: [Part], _ mode: LedgerChecker.Mode) throws {
            let opened = try parts.map { part in try part.images.map { try files.open($0, .read) } }
            defer { for file in opened.joined() { file.close() } }
            let images = zip(parts, opened).flatMap { part, files in
                files.enumerated().map { LedgerChecker.Image(machine: part.machine, disk: $0, $1) }
            }
            let findings = try LedgerChecker.judge(
                images, logs: parts.flatMap(\.logs), mode: mode, together: mode == .prefix)
            reasons += findings.prefix(5).map { "\(group), \(what): \($0)" }
        }
        let commons = machines.first?.kept.compactMap(\.common) ?? []
        for common in commons {
            let parts = try machines.flatMap { machine in
                try machine.kept.filter { $0.common == common }.map { kept in
                    let log = try LogLine.parse(Array(files.readAll(kept.log).prefix(Int(kept.logBytes))))
                    let cut = LedgerCut.stay(log, at: kept.point?.cut ?? 0)
                    return Part(machine: machine.name, images: kept.images, logs: [cut])
                }
            }
            guard parts.count == machines.count else {
                reasons.append("\(group): \(common) is not of all \(machines.count) machines")
                continue
            }
            try judge("point \(common)", parts, .prefix)
        }
        var (handover, end): ([Part], [Part]) = ([], [])
        for machine in machines {
            let (before, cloud, after) = try stays(machine.name)
            handover.append(
                Part(
                    machine: machine.name, images: machine.disks.compactMap(\.homeImageAtHandover),
                    logs: [before, cloud]))
            end.append(
                Part(machine: machine.name, images: machine.disks.map(\.homePath), logs: [before, cloud, after]))
        }
        try judge("the hand-over", handover, .live)
        try judge("the end", end, .live)
        return reasons
    }

    private struct Part {
        let machine: String
        let images: [String]
        let logs: [[LogLine]]
    }

    private static func blocks(_ log: [LogLine], disk: Int) -> Set<Int64> {
        var blocks: Set<Int64> = []
        for line in log where line.event == .issue && line.disk == disk && line.kind != .flush && line.length > 0 {
            blocks.formUnion((line.offset / 4096)...((line.offset + line.length - 1) / 4096))
        }
        return blocks
    }

    /// The acknowledgements under one generation must all be before those under the next: never two copies at once.
    private func overlaps(_ lines: [LogLine], _ machine: String) -> [String] {
        var reasons: [String] = []
        var last: Int64 = 0
        let stays = Dictionary(grouping: lines.filter { $0.event == .ack }, by: \.generation)
        for (_, stay) in stays.sorted(by: { $0.key < $1.key }) {
            let times = stay.map(\.microseconds)
            guard let first = times.min(), let end = times.max() else { continue }
            if first <= last { reasons.append("\(machine): two copies acknowledged writes at the same time") }
            last = max(last, end)
        }
        return reasons
    }
}
