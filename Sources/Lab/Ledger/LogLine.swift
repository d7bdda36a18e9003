/// One line of an acknowledgement log: what a guest did, recorded outside the machine.
///
/// A log is UTF-8, one JSON object of strings and integers per line, appended in this order: the issue line
/// before the request is sent, the ack line after its answer and before anything that depends on it. So
/// "A's ack line stands before B's issue line" means that B was issued after A was acknowledged.
///
///     field               in                    meaning
///     t_us                all                   wall clock, microseconds since 1970; for people
///     event               all                   start, resume, found, issue, ack, fail
///     machine, site       all
///     generation          all
///     kind                found, issue…         write, zero, trim, flush; of whole files: store, remove
///     disk, offset        found, issue…         offset and length in bytes; 0 for flush
///     length              found, issue…
///     sequence            found, issue…         of the write; for flush the highest sequence issued before
///     sha256              found, issue (write)  of the written bytes
///     seed                issue (write)         of the filler, or of the pattern for a WRITES line
///     previous            issue (ledger write)  hash of the machine's record before; record is rebuilt from it
///     superblock          issue (ledger write)  1 or 0
///     transaction         issue (ledger write)  begin or end, of a mark
///     path                store, remove         of the file; its `length` are its bytes, `sha256` is of all of it
///     depends_machine, depends_generation, depends_sequence   issue (ledger write), when there is a dependency
///
/// `start`: a process began to append; a broken line directly before it is what a killed process left.
/// `resume`: the guest has begun again on disks that hold records; what it found follows as `found` lines, one
/// per record, and from then on everything logged before for this machine counts as gone unless found.
public struct LogLine: Hashable, Sendable {
    public enum Event: String, Sendable { case start, resume, found, issue, ack, fail }
    public enum Kind: String, Sendable {
        case write, zero, trim, flush
        /// A file of a file system on the disk was created or got another content as a whole, or is gone.
        case store, remove

        var isOfFile: Bool { self == .store || self == .remove }
    }

    public var microseconds: Int64
    public var event: Event
    public var machine: String
    public var site: String
    public var generation: UInt64
    public var kind: Kind = .write
    public var disk = 0
    public var offset: Int64 = 0
    public var length: Int64 = 0
    public var sequence: UInt64 = 0
    public var sha256 = ""
    public var seed: UInt64?
    /// Hexadecimal; nil for a write that is not a ledger record.
    public var previous: String?
    /// Of a ledger write.
    public var recordKind = LedgerRecord.Kind.record
    public var dependency: LedgerRecord.Dependency?
    /// Of the file, from the root of its file system; empty for a change of blocks.
    public var path = ""

    public init(_ event: Event, machine: String, site: String, generation: UInt64, microseconds: Int64) {
        self.event = event
        self.machine = machine
        self.site = site
        self.generation = generation
        self.microseconds = microseconds
    }

    /// The bytes that this line's write put on the disk, rebuilt from the line; nil if it is not a write.
    public func content() -> [UInt8]? {
        guard kind == .write, let seed else { return nil }
        guard let previous else { return Pattern.content(seed: seed, count: Int(length)) }
        guard let hash = bytes(hexadecimal: previous), hash.count == 32 else { return nil }
        return LedgerRecord(
            kind: recordKind, machine: machine, disk: disk,
            block: offset / Int64(LedgerRecord.size), sequence: sequence, generation: generation, previous: hash,
            dependency: dependency, seed: seed
        ).encode()
    }

    public func encode() -> String {
        var out = "{\"t_us\":\(microseconds),\"event\":\"\(event.rawValue)\",\"machine\":\(FlatJSON.quote(machine))"
        out += ",\"site\":\(FlatJSON.quote(site)),\"generation\":\(generation)"
        if event != .start && event != .resume {
            out += ",\"kind\":\"\(kind.rawValue)\",\"disk\":\(disk),\"offset\":\(offset),\"length\":\(length)"
            out += ",\"sequence\":\(sequence)"
            if kind.isOfFile { out += ",\"path\":\(FlatJSON.quote(path))" }
        }
        if !sha256.isEmpty { out += ",\"sha256\":\"\(sha256)\"" }
        if let seed { out += ",\"seed\":\(seed)" }
        if let previous {
            out += ",\"previous\":\"\(previous)\",\"superblock\":\(recordKind == .superblock ? 1 : 0)"
            switch recordKind {
            case .begin: out += ",\"transaction\":\"begin\""
            case .end: out += ",\"transaction\":\"end\""
            case .record, .superblock: break
            }
        }
        if let dependency {
            out += ",\"depends_machine\":\(FlatJSON.quote(dependency.machine))"
            out += ",\"depends_generation\":\(dependency.generation),\"depends_sequence\":\(dependency.sequence)"
        }
        return out + "}\n"
    }

    init(parsing line: some Sequence<UInt8>) throws(FlatJSON.Malformed) {
        let json = try FlatJSON(parsing: line)
        guard let event = Event(rawValue: try json.string("event")) else {
            throw FlatJSON.Malformed(what: "unknown event")
        }
        self.init(
            event, machine: try json.string("machine"), site: try json.string("site"),
            generation: try json.unsigned("generation"), microseconds: try json.number("t_us"))
        guard event != .start && event != .resume else { return }
        guard let kind = Kind(rawValue: try json.string("kind")) else { throw FlatJSON.Malformed(what: "unknown kind") }
        self.kind = kind
        disk = Int(try json.number("disk"))
        offset = try json.number("offset")
        length = try json.number("length")
        sequence = try json.unsigned("sequence")
        if kind.isOfFile { path = try json.string("path") }
        if json.fields["sha256"] != nil { sha256 = try json.string("sha256") }
        if json.fields["seed"] != nil { seed = try json.unsigned("seed") }
        if json.fields["previous"] != nil {
            previous = try json.string("previous")
            recordKind = try json.number("superblock") == 1 ? .superblock : .record
            if json.fields["transaction"] != nil {
                switch try json.string("transaction") {
                case "begin": recordKind = .begin
                case "end": recordKind = .end
                default: throw FlatJSON.Malformed(what: "unknown transaction mark")
                }
            }
        }
        if json.fields["depends_machine"] != nil {
            dependency = LedgerRecord.Dependency(
                machine: try json.string("depends_machine"),
                generation: try json.unsigned("depends_generation"),
                sequence: try json.unsigned("depends_sequence"))
        }
    }

    /// All lines of a log. A broken line is accepted only at the end or before a `start`: a killed process.
    public static func parse(_ log: [UInt8]) throws(LedgerFileError) -> [LogLine] {
        var lines: [LogLine] = []
        var broken: LedgerFileError?
        var number = 0
        for text in log.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            if text.isEmpty { continue }
            let line: LogLine
            do throws(FlatJSON.Malformed) {
                line = try LogLine(parsing: text)
            } catch {
                if let broken { throw broken }
                broken = LedgerFileError(line: number, what: error.what)
                continue
            }
            if let broken, line.event != .start { throw broken }
            broken = nil
            lines.append(line)
        }
        return lines
    }
}

/// What is wrong with a line of a log or of a WRITES file.
public struct LedgerFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    public let what: String

    public var description: String { "line \(line): \(what)" }
}
