public import Environment

/// Judges images of a machine at a recovery point by the times of its log: everything acknowledged before the cut is
/// there, and nothing issued after the next point's cut is. Rigorous as long as guest and agent read one clock: the
/// log's times are taken before a request is sent and after its answer, a point's before the cut.
public enum LedgerCut {
    /// - Parameters:
    ///   - log: the machine's log as it was when the copy was handed over.
    ///   - cut: of the point, microseconds since 1970.
    ///   - next: of the next newer point; nil for the newest.
    public static func judge(
        _ images: [LedgerChecker.Image], machine: String, log: [LogLine], cut: Int64, next: Int64?
    ) throws(FileError) -> [LedgerChecker.Finding] {
        let log = stay(log, at: cut)
        var findings = try LedgerChecker.judge(images, logs: [log], mode: .prefix)
        let history = LedgerHistory(machine: machine, log: log)
        for image in images {
            for (place, entries) in history.entries.sorted(by: { $0.key < $1.key }) where place.disk == image.disk {
                let last = try shown(image, place, entries, history)
                func found(_ fault: LedgerChecker.Fault, _ detail: String) {
                    findings.append(
                        .init(fault: fault, machine: machine, disk: place.disk, block: place.block, detail: detail))
                }
                let missing = entries[(last + 1)...].first { entry in
                    entry.kind != .trim && entry.acknowledged.map { log[$0].microseconds < cut } ?? false
                }
                if let missing { found(.lost, "\(missing) was acknowledged before the cut") }
                // A block of zeroes need not be the one that was issued: it may never have been written.
                if let next, last >= 0, entries[last].kind == .write, log[entries[last].issued].microseconds > next {
                    found(.foreign, "\(entries[last]) was issued after the cut of the next point")
                }
            }
        }
        return findings
    }

    /// What a guest logged after it had begun again says nothing about a point of its stay before.
    public static func stay(_ log: [LogLine], at cut: Int64) -> [LogLine] {
        guard let end = log.firstIndex(where: { $0.event == .resume && $0.microseconds > cut }) else { return log }
        return Array(log[..<end])
    }

    /// Index of the entry that the block shows, as far as it can be told; -1 for what was before all.
    private static func shown(
        _ image: LedgerChecker.Image, _ place: LedgerHistory.Place, _ entries: [LedgerHistory.Entry],
        _ history: LedgerHistory
    ) throws(FileError) -> Int {
        let block = try image.file.read(LedgerRecord.size, at: place.block * Int64(LedgerRecord.size))
        guard case .record(let record) = LedgerRecord.decode(block[...]) else {
            return entries.lastIndex { $0.kind != .write } ?? -1
        }
        let identity = LedgerHistory.Identity(generation: record.generation, sequence: record.sequence)
        guard let known = history.places[identity], known.place == place else { return -1 }
        return known.index
    }
}
