import Blocks
public import Environment

/// Acknowledged changes replayed over a base image must give the live image.
public enum LedgerReplay {
    public struct Verdict: Hashable, Sendable {
        /// Offsets of 512-byte sectors that differ, the first `listed` of them.
        public var differing: [Int64] = []
        public var differingCount = 0
        /// Sectors touched by a trim, or by a change that was never acknowledged: either content is right.
        public var unjudged = 0
        /// Sequences of acknowledged writes whose issue line does not give bytes of its own SHA-256: the log is bad.
        public var unreadableLines: [UInt64] = []
    }

    static let listed = 100
    static let sector: Int64 = 512
    private static let chunk: Int64 = 1 << 20

    /// - Parameter scratch: an empty file; it becomes the base with the changes. The caller removes it.
    public static func compare(
        base: any File, live: any File, scratch: any File, machine: String, disk: Int, log: [LogLine]
    ) throws(FileError) -> Verdict {
        let size = try base.size()
        try scratch.truncate(to: size)
        try copy(base, to: scratch, size)
        var verdict = Verdict()
        let unjudged = try replay(
            log.filter { $0.machine == machine && $0.disk == disk }, onto: scratch, size, &verdict)
        verdict.unjudged = unjudged.count
        guard try live.size() == size else {
            verdict.differing = [min(size, try live.size())]
            verdict.differingCount = 1
            return verdict
        }
        var offset: Int64 = 0
        while offset < size {
            let count = Int(min(chunk, size - offset))
            let expected = try scratch.read(count, at: offset)
            let actual = try live.read(count, at: offset)
            if !RawBytes.areEqual(expected[...], actual[...]) { note(expected, actual, offset, unjudged, &verdict) }
            offset += Int64(count)
        }
        return verdict
    }

    private static func copy(_ from: any File, to: any File, _ size: Int64) throws(FileError) {
        var offset: Int64 = 0
        while offset < size {
            let count = Int(min(chunk, size - offset))
            let bytes = try from.read(count, at: offset)
            if !isZero(bytes) { try to.write(bytes, at: offset) }
            offset += Int64(count)
        }
    }

    private struct Key: Hashable {
        let generation: UInt64
        let sequence: UInt64
        let kind: LogLine.Kind
        let offset: Int64
    }

    /// Applies what was acknowledged, in the order of the acknowledgements; returns sectors that cannot be judged.
    private static func replay(
        _ log: [LogLine], onto file: any File, _ size: Int64, _ verdict: inout Verdict
    ) throws(FileError) -> Set<Int64> {
        var issued: [Key: LogLine] = [:]
        var uncertain: Set<Int64> = []
        func sectors(_ line: LogLine) -> StrideTo<Int64> {
            stride(from: line.offset / sector, to: (line.offset + line.length + sector - 1) / sector, by: 1)
        }
        for line in log where line.kind != .flush && !line.kind.isOfFile {
            let key = Key(generation: line.generation, sequence: line.sequence, kind: line.kind, offset: line.offset)
            switch line.event {
            case .issue:
                issued[key] = line
            case .ack:
                guard let issue = issued.removeValue(forKey: key), issue.offset + issue.length <= size else { continue }
                if try !apply(issue, to: file) { verdict.unreadableLines.append(issue.sequence) }
                if issue.kind == .trim {
                    uncertain.formUnion(sectors(issue))
                } else {
                    uncertain.subtract(sectors(issue))
                }
            case .start, .resume, .found, .fail: continue
            }
        }
        for line in issued.values { uncertain.formUnion(sectors(line)) }
        return uncertain
    }

    private static func apply(_ line: LogLine, to file: any File) throws(FileError) -> Bool {
        switch line.kind {
        case .write:
            guard let content = line.content(), sha256Hex(content) == line.sha256 else { return false }
            try file.write(content, at: line.offset)
        case .zero:
            try file.write([UInt8](repeating: 0, count: Int(line.length)), at: line.offset)
        case .trim, .flush, .store, .remove: break
        }
        return true
    }

    private static func note(
        _ expected: [UInt8], _ actual: [UInt8], _ offset: Int64, _ unjudged: Set<Int64>, _ verdict: inout Verdict
    ) {
        for start in stride(from: 0, to: expected.count, by: Int(sector)) {
            let end = min(start + Int(sector), expected.count)
            let at = offset + Int64(start)
            guard !RawBytes.areEqual(expected[start..<end], actual[start..<end]), !unjudged.contains(at / sector) else {
                continue
            }
            verdict.differingCount += 1
            if verdict.differing.count < listed { verdict.differing.append(at) }
        }
    }
}
