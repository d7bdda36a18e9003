import Environment
import Ledger

/// Judges the disks of a files machine from outside, with the tools of e2fsprogs: the file system is in order, and
/// every file has the content that the manifest and the acknowledgement logs say. Blocking: on a lane.
struct FilesJudge {
    let files: any FileSystem
    /// A directory of its own; it is emptied before and after.
    let scratch: String

    /// What may be on the disk after some lines, and what the lines themselves show to be wrong.
    ///
    /// An acknowledged change is there. One that was issued and not acknowledged may be there or not, until the guest
    /// begins again and says what it found.
    struct Replay {
        /// Path to the contents that are right, by SHA-256; nil: there is no such file.
        private(set) var allowed: [String: Set<String?>] = [:]
        /// What guests found when they began and must not have found.
        private(set) var reasons: [String] = []
        /// The files that a guest lists which has just begun.
        private var listed: Set<String>?
        /// Below it a guest lists everything.
        private static let listedRoot = "/srv/data/"

        init(_ lines: [LogLine]) {
            for line in lines { take(line) }
            endList("")
        }

        private mutating func take(_ line: LogLine) {
            if line.event == .resume { listed = [] }
            guard line.kind == .store || line.kind == .remove, ![.start, .resume].contains(line.event) else { return }
            let content: String? = line.kind == .store ? line.sha256 : nil
            if line.event != .found { endList(line.site) }
            switch line.event {
            case .found:
                // The first word about a file is believed of the manifest, which nobody listed; of a guest it is not.
                let unknown: Set<String?> = listed == nil ? [content] : [nil]
                if !(allowed[line.path] ?? unknown).contains(content) {
                    reasons.append("\(line.path): when the guest began at \(line.site) it had another content")
                }
                allowed[line.path] = [content]
                listed?.insert(line.path)
            case .ack: allowed[line.path] = [content]
            case .issue: allowed[line.path, default: [nil]].insert(content)
            case .start, .resume, .fail: return
            }
        }

        private mutating func endList(_ site: String) {
            guard let listed else { return }
            self.listed = nil
            for (path, right) in allowed.sorted(by: { $0.key < $1.key })
            where path.hasPrefix(Self.listedRoot) && !listed.contains(path) {
                if !right.contains(nil) { reasons.append("\(path): it was gone when the guest began at \(site)") }
                allowed[path] = [nil]
            }
        }
    }

    struct Verdict {
        var reasons: [String] = []
        /// Files that are not as acknowledged.
        var differing = 0
    }

    func judge(_ image: String, _ name: String, _ expected: [String: Set<String?>]) throws -> Verdict {
        try empty()
        defer { try? empty() }
        try files.createDirectory("\(scratch)/dump")
        var verdict = Verdict()
        let log = "\(scratch)/tool.log"
        let status = try Tool.run("e2fsck", ["-fn", image], log: log)
        guard status == 0 else {
            let said = String(decoding: try files.readAll(log), as: UTF8.self).split(separator: "\n")
            verdict.reasons.append(
                "\(name): e2fsck -fn ended with \(status): \(said.dropFirst().prefix(3).joined(separator: "; "))")
            return verdict
        }
        // Owners cannot be set by everyone: debugfs says so and goes on.
        _ = try Tool.run("debugfs", ["-R", "rdump / \(scratch)/dump", image], log: log)
        let found = try contents("\(scratch)/dump", "")
        for path in Set(expected.keys).union(found.keys).sorted() {
            let allowed = expected[path] ?? [nil]
            guard !allowed.contains(found[path]) else { continue }
            verdict.differing += 1
            if verdict.reasons.count < 5 {
                let what = found[path] == nil ? "is missing" : allowed == [nil] ? "should not be there" : "differs"
                verdict.reasons.append("\(name): file \(path) \(what)")
            }
        }
        return verdict
    }

    private func contents(_ folder: String, _ prefix: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try files.list(folder) {
            let path = "\(folder)/\(name)"
            if prefix.isEmpty, name == "lost+found" { continue }
            if let file = try? files.open(path, .readWrite) {
                file.close()
                found["\(prefix)/\(name)"] = try Images.digest(path, files)
            } else {
                found.merge(try contents(path, "\(prefix)/\(name)")) { _, newer in newer }
            }
        }
        return found
    }

    private func empty() throws { try files.removeTree(scratch) }
}

extension LoopJudge {
    /// A files machine: each handed-over and live disk holds the files that were acknowledged.
    func judgeFiles(_ machine: inout LoopReport.Machine, _ stays: [[LogLine]]) throws -> [String] {
        guard let disk = machine.disks.first, let manifest = machine.manifest else {
            return ["\(machine.name): its manifest is missing"]
        }
        let began = try LogLine.parse(files.readAll(manifest))
        let all = began + stays.flatMap { $0 }
        let replay = FilesJudge.Replay(all)
        var reasons = replay.reasons.map { "\(machine.name): \($0)" }
        var lost = reasons.count
        reasons = Array(reasons.prefix(5))
        let judge = FilesJudge(files: files, scratch: "\(layout.images)/files")
        machine.acknowledgedWrites = stays.map { Int64($0.count { $0.event == .ack }) }
        let names = ["before the failover", "in the cloud", "after the return"]
        for (name, count) in zip(names, machine.acknowledgedWrites) where count == 0 {
            reasons.append("\(machine.name): no change of a file was acknowledged \(name)")
        }
        if let handover = disk.homeImageAtHandover {
            reasons += cut(disk)
            let expected = FilesJudge.Replay(began + stays.dropLast().flatMap { $0 }).allowed
            let verdict = try judge.judge(handover, "\(disk.id) at the hand-over", expected)
            lost += verdict.differing
            reasons += verdict.reasons
        } else {
            reasons.append("\(disk.id): no image of the hand-over was kept")
        }
        let overlay = disk.homePath.replacing("disk.raw", with: "overlay.data")
        guard !files.exists(overlay) else { return reasons + ["\(disk.id): its overlay was not merged"] }
        machine.disks[0].sha256HomeEnd = try Images.digest(disk.homePath, files)
        let verdict = try judge.judge(disk.homePath, "\(disk.id) at the end", replay.allowed)
        machine.lostAcknowledgedWrites = Int64(lost + verdict.differing)
        return reasons + verdict.reasons
    }
}
