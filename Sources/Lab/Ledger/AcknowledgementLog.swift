public import Environment

/// Appends to an acknowledgement log. A line is in the kernel's hands when `append` returns, so it survives a
/// kill of this process; the log lies outside the machine, whose power losses do not concern it.
public actor AcknowledgementLog {
    private let lane: any Lane
    private let file: any File
    private var end: Int64

    /// Opens or creates the log. Bytes of a broken last line stay and are closed by a newline.
    public init(_ environment: Environment, path: String) async throws {
        let lane = environment.lanes.lane("ledger.log")
        let files = environment.files
        let (file, end) = try await lane.run {
            let file = try files.open(path, .create)
            var end = try file.size()
            if end > 0, try file.read(1, at: end - 1) != [UInt8(ascii: "\n")] {
                try file.write([UInt8(ascii: "\n")], at: end)
                end += 1
            }
            return (file, end)
        }
        self.lane = lane
        self.file = file
        self.end = end
    }

    public func append(_ line: LogLine) async throws { try await append([line]) }

    public func append(_ lines: [LogLine]) async throws {
        let bytes = Array(lines.map { $0.encode() }.joined().utf8)
        let offset = end
        end += Int64(bytes.count)
        let file = file
        try await lane.run { try file.write(bytes, at: offset) }
    }

    /// To stable storage: at the end of a run.
    public func sync() async throws {
        let file = file
        try await lane.run { try file.sync() }
    }
}
