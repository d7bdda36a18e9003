public import Environment

/// Judges disk images against acknowledgement logs. `Tests/Checkers/ledger.py` judges independently by the same
/// rules; `Tests/Checkers/README.md` states them.
public struct LedgerChecker: Sendable {
    /// How much of the log an image must hold.
    public enum Mode: String, Sendable {
        /// Every acknowledged change: the running machine's disks.
        case live
        /// A cut: whatever was acknowledged before the newest change present was issued.
        case prefix
        /// A cut that also holds whatever was acknowledged before the last acknowledged flush was issued.
        case durable
    }

    public enum Fault: String, Hashable, Sendable, CaseIterable {
        /// An acknowledged change is missing that the mode demands.
        case lost
        /// A change is missing although one issued after its acknowledgement is present.
        case reordered
        /// A block begins or must begin with a record, and its checksum is wrong.
        case torn
        /// A record stands where it was not written.
        case misdirected
        /// Misdirected, and also at its own place.
        case duplicated
        /// Content that was erased, or that a resume left behind, is there again.
        case resurrected
        /// A record of this place that no log issued, or not with this content.
        case foreign
        /// A record is present whose dependency on another machine is not.
        case inconsistent
        /// A transaction has begun and not ended, in what is to be application-consistent.
        case unfinished
    }

    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        public let fault: Fault
        public let machine: String
        public let disk: Int
        public let block: Int64
        public let detail: String

        public var description: String { "\(fault.rawValue) \(machine):\(disk) block \(block): \(detail)" }
    }

    public struct Image: Sendable {
        public let machine: String
        public let disk: Int
        let file: any File

        public init(machine: String, disk: Int, _ file: any File) {
            self.machine = machine
            self.disk = disk
            self.file = file
        }
    }

    private typealias Place = LedgerHistory.Place
    private typealias Identity = LedgerHistory.Identity

    /// What one block of an image is, as far as judging needs.
    private enum Seen {
        case zero
        case record(Identity, LedgerRecord.Dependency?, sha256: String)
        case elsewhere(LedgerRecord, sha256: String)
        case damaged
        case unrelated
    }

    private struct Machine {
        let history: LedgerHistory
        var seen: [Place: Seen] = [:]
        var disks: Set<Int> = []
        /// The last entry of each block that the image can be said to include; -1: none.
        var included: [Place: Int] = [:]
        /// Everything acknowledged before this position of the log must be present.
        var horizon = -1
        /// When the newest change that is present was issued.
        var newestIssue: Int64?
    }

    /// - Parameter logs: the logs of all machines, each oldest first; several logs of one machine in the order of
    ///   their generations.
    /// - Parameter together: the images are one cut over all machines, whose guests ran by one wall clock: what one
    ///   acknowledged before another issued a change that is present must be present, too.
    /// - Parameter applicationConsistent: the guests stood still for it: no transaction may be in flight.
    /// - Returns: every fault, ordered by machine, disk and block; empty for images that hold what they must.
    public static func judge(
        _ images: [Image], logs: [[LogLine]], mode: Mode, together: Bool = false,
        applicationConsistent: Bool = false
    ) throws(FileError) -> [Finding] {
        let log = logs.flatMap(\.self)
        var machines: [String: Machine] = [:]
        for image in images {
            var machine =
                machines[image.machine] ?? Machine(history: LedgerHistory(machine: image.machine, log: log))
            try scan(image, into: &machine)
            machines[image.machine] = machine
        }
        var findings: [Finding] = []
        for name in machines.keys.sorted() {
            guard var machine = machines[name] else { continue }
            findHorizon(&machine)
            findings += judgeMachine(&machine, mode)
            machines[name] = machine
        }
        for name in machines.keys.sorted() {
            if let machine = machines[name] { findings += judgeDependencies(of: machine, among: machines) }
        }
        if applicationConsistent { for image in images { findings += try unfinished(image) } }
        guard together, mode != .live else { return findings }
        let newest = machines.keys.sorted().compactMap { name in machines[name]?.newestIssue.map { (name, $0) } }
        guard let horizon = newest.max(by: { $0.1 < $1.1 }) else { return findings }
        for name in machines.keys.sorted() {
            if let machine = machines[name] { findings += judgeTogether(machine, horizon.1, of: horizon.0) }
        }
        return findings
    }

    /// The mark of transactions, on a machine's first disk.
    private static func unfinished(_ image: Image) throws(FileError) -> [Finding] {
        let offset = LedgerRecord.markBlock * Int64(LedgerRecord.size)
        guard image.disk == 0, try image.file.size() >= offset + Int64(LedgerRecord.size) else { return [] }
        let bytes = try image.file.read(LedgerRecord.size, at: offset)
        guard case .record(let mark) = LedgerRecord.decode(bytes[...]), mark.kind == .begin else { return [] }
        return [
            Finding(
                fault: .unfinished, machine: image.machine, disk: image.disk, block: LedgerRecord.markBlock,
                detail: "the transaction that sequence \(mark.sequence) began is in flight")
        ]
    }

    // MARK: Reading

    /// Bytes read at once.
    private static let chunk: Int64 = 1 << 20

    private static func scan(_ image: Image, into machine: inout Machine) throws(FileError) {
        let size = try image.file.size() / Int64(LedgerRecord.size) * Int64(LedgerRecord.size)
        machine.disks.insert(image.disk)
        var offset: Int64 = 0
        while offset < size {
            let bytes = try image.file.read(Int(min(chunk, size - offset)), at: offset)
            for start in stride(from: 0, to: bytes.count, by: LedgerRecord.size) {
                let place = Place(disk: image.disk, block: (offset + Int64(start)) / Int64(LedgerRecord.size))
                let block = bytes[start..<start + LedgerRecord.size]
                switch LedgerRecord.decode(block) {
                case .zero: continue
                case .unrelated: machine.seen[place] = .unrelated
                case .damaged: machine.seen[place] = .damaged
                case .record(let record):
                    let own =
                        record.machine == image.machine && record.disk == place.disk && record.block == place.block
                    let identity = Identity(generation: record.generation, sequence: record.sequence)
                    machine.seen[place] =
                        own
                        ? .record(identity, record.dependency, sha256: sha256Hex(block))
                        : .elsewhere(record, sha256: sha256Hex(block))
                }
            }
            offset += Int64(bytes.count)
        }
    }

    // MARK: One machine

    private static func findHorizon(_ machine: inout Machine) {
        for (place, seen) in machine.seen {
            guard case .record(let identity, _, let sha256) = seen,
                let known = machine.history.places[identity], known.place == place,
                let entry = machine.history.entries[place]?[known.index], entry.sha256 == sha256
            else { continue }
            machine.horizon = max(machine.horizon, entry.issued)
            machine.newestIssue = max(machine.newestIssue ?? entry.issuedAt, entry.issuedAt)
        }
    }

    // One switch over what a block can be; splitting it would scatter the rules.
    private static func judgeMachine(_ machine: inout Machine, _ mode: Mode) -> [Finding] {
        let name = machine.history.machine
        let known = machine.history.entries.keys.filter { machine.disks.contains($0.disk) }
        var findings = machine.history.lostAtResume.map { place, entry in
            Finding(
                fault: .lost, machine: machine.history.machine, disk: place.disk, block: place.block,
                detail: "\(entry) was acknowledged and gone at a resume")
        }
        for place in Set(known).union(machine.seen.keys).sorted() {
            let entries = machine.history.entries[place] ?? []
            func found(_ fault: Fault, _ detail: String) {
                findings.append(
                    Finding(fault: fault, machine: name, disk: place.disk, block: place.block, detail: detail))
            }
            switch machine.seen[place] ?? .zero {
            case .unrelated:
                if !entries.isEmpty { found(.torn, "not a ledger record") }
            case .damaged:
                found(.torn, "checksum is wrong")
            case .elsewhere(let record, let sha256):
                let what = "record of \(record.machine):\(record.disk) block \(record.block)"
                found(isHome(record, sha256, machine) ? .duplicated : .misdirected, what)
            case .zero:
                let last = entries.lastIndex { $0.kind != .write } ?? -1
                judge(last, isZero: true, place, entries, &machine, mode, found)
            case .record(let identity, _, let sha256):
                let index = machine.history.places[identity].flatMap { $0.place == place ? $0.index : nil }
                if let index, entries[index].sha256 == sha256 {
                    var last = index
                    while last + 1 < entries.count, entries[last + 1].kind == .trim { last += 1 }
                    judge(last, isZero: false, place, entries, &machine, mode, found)
                } else if machine.history.discarded[place]?.contains(sha256) == true {
                    found(.resurrected, "sequence \(identity.sequence) was left behind by a resume")
                } else {
                    found(.foreign, "generation \(identity.generation) sequence \(identity.sequence) was not issued so")
                }
            }
        }
        return findings
    }

    private static func isHome(_ record: LedgerRecord, _ sha256: String, _ machine: Machine) -> Bool {
        guard record.machine == machine.history.machine,
            case .record(_, _, let home)? = machine.seen[Place(disk: record.disk, block: record.block)]
        else { return false }
        return home == sha256
    }

    /// The block shows entry `last` (-1: what was before all); is anything after it missing?
    private static func judge(
        _ last: Int, isZero: Bool, _ place: Place, _ entries: [LedgerHistory.Entry], _ machine: inout Machine,
        _ mode: Mode, _ found: (Fault, String) -> Void
    ) {
        machine.included[place] = last
        let flushed = mode == .durable ? machine.history.lastFlush[place.disk] ?? -1 : -1
        for entry in entries[(last + 1)...] where entry.kind != .trim {
            guard let acknowledged = entry.acknowledged else { continue }
            let what = entry.description
            if mode == .live || acknowledged < flushed {
                return !isZero && entry.kind == .zero
                    ? found(.resurrected, "erased by \(what)") : found(.lost, "\(what) was acknowledged")
            }
            if acknowledged < machine.horizon {
                return found(.reordered, "\(what) was acknowledged before a change that is present was issued")
            }
        }
    }

    // MARK: Several machines

    /// What is missing although it was acknowledged before a change of another machine was issued; what already broke
    /// the order of its own machine is not told twice.
    private static func judgeTogether(_ machine: Machine, _ horizon: Int64, of newest: String) -> [Finding] {
        var findings: [Finding] = []
        for (place, last) in machine.included.sorted(by: { $0.key < $1.key }) {
            let missing = machine.history.entries[place]?.dropFirst(last + 1).first { entry in
                guard entry.kind != .trim, let acknowledged = entry.acknowledged else { return false }
                return acknowledged >= machine.horizon && entry.acknowledgedAt < horizon
            }
            guard let missing else { continue }
            findings.append(
                Finding(
                    fault: .inconsistent, machine: machine.history.machine, disk: place.disk, block: place.block,
                    detail: "\(missing) was acknowledged before a change of \(newest) that is present was issued"))
        }
        return findings
    }

    private static func judgeDependencies(
        of machine: Machine, among machines: [String: Machine]
    ) -> [Finding] {
        var findings: [Finding] = []
        for (place, seen) in machine.seen.sorted(by: { $0.key < $1.key }) {
            guard case .record(_, let dependency?, _) = seen, let other = machines[dependency.machine] else { continue }
            let identity = Identity(generation: dependency.generation, sequence: dependency.sequence)
            guard let target = other.history.places[identity], other.disks.contains(target.place.disk),
                let included = other.included[target.place], included < target.index
            else { continue }
            findings.append(
                Finding(
                    fault: .inconsistent, machine: machine.history.machine, disk: place.disk, block: place.block,
                    detail: "depends on \(dependency.machine) sequence \(dependency.sequence), which is missing"))
        }
        return findings
    }
}
