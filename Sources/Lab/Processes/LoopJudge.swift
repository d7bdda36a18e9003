import Environment
import Ledger
import Model

/// Judges a finished loop from outside: files and logs only, no component is asked. Blocking: on a lane.
struct LoopJudge {
    let layout: LabLayout
    let files: any FileSystem

    /// Reasons against, in the order of finding; empty when all is as it must be.
    func judge(_ machine: inout LoopReport.Machine) throws -> [String] {
        let home = try log(machine.name, .home)
        let cloud = try log("\(machine.name)-cloud", .cloud)
        let lastCloud = cloud.map(\.generation).max() ?? 0
        // The home guest's lines after the return bear a generation above all of the cloud's.
        let split = home.firstIndex { $0.event != .found && $0.generation > lastCloud } ?? home.endIndex
        let before = Array(home[..<split])
        let after = Array(home[split...])
        if machine.guest == "files" {
            return overlaps([before, cloud, after], machine.name) + (try judgeFiles(&machine, [before, cloud, after]))
        }
        machine.acknowledgedWrites = [before, cloud, after].map { lines in
            Int64(lines.count { $0.event == .ack && $0.kind == .write })
        }
        var reasons = overlaps([before, cloud, after], machine.name)
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
        var reasons: [String] = []
        if let cut = disk.sha256CloudAtCut, cut != disk.sha256Handover {
            reasons.append("\(disk.id): what was handed over is not what the cloud had at the cut")
        }
        let overlay = disk.homePath.replacing("disk.raw", with: "overlay.data")
        guard !files.exists(overlay) else { return reasons + ["\(disk.id): its overlay was not merged"] }
        disk.sha256HomeEnd = try Images.digest(disk.homePath, files)
        let begin = try machine.image ?? blank(disk)
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

    private func log(_ machine: String, _ site: Site) throws -> [LogLine] {
        let path = layout.acknowledgements(machine, site)
        return files.exists(path) ? try LogLine.parse(files.readAll(path)) : []
    }

    /// The acknowledgements of one stay must all be before those of the next: never two at once.
    private func overlaps(_ stays: [[LogLine]], _ machine: String) -> [String] {
        var reasons: [String] = []
        var last: Int64 = 0
        for stay in stays {
            let times = stay.filter { $0.event == .ack }.map(\.microseconds)
            guard let first = times.min(), let end = times.max() else { continue }
            if first <= last { reasons.append("\(machine): two copies acknowledged writes at the same time") }
            last = max(last, end)
        }
        return reasons
    }
}
