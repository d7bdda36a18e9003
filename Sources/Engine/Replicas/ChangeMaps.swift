internal import Blocks
internal import Environment
internal import Intervals

/// The change maps of adopted disks, in a file of their own: one may have millions of runs, and stays as it is until
/// an interval covers it, while the metadata is written whole at each commit.
///
/// Records of a bounded number of runs, one behind the other: disk, whether they are suspects, the runs.
struct ChangeMaps: Hashable, Sendable {
    let file: UInt64
    let bytes: Int64

    static func path(_ number: UInt64, _ directory: String) -> String { directory + "/changes-\(number)" }

    /// Durable on return, apart from the file's name. nil where no disk has any.
    ///
    /// - Parameter most: runs that one record holds.
    static func write(
        _ number: UInt64, of disks: [DiskState], in directory: String, _ files: any FileSystem, recordEntries most: Int
    ) throws -> ChangeMaps? {
        guard disks.contains(where: { !$0.changes.isEmpty || !$0.suspects.isEmpty }) else { return nil }
        let file = try files.open(path(number, directory), .create)
        defer { file.close() }
        try file.truncate(to: 0)
        let records = RecordFile(file, seed: number)
        for (index, disk) in disks.enumerated() {
            for (isSuspects, blocks) in [(false, disk.changes), (true, disk.suspects)] {
                var runs: [BlockRange] = []
                func flush() throws {
                    guard !runs.isEmpty else { return }
                    try records.append(.index) {
                        $0.write(UInt32(index))
                        $0.write(isSuspects)
                        $0.write(runs: runs)
                    }
                    runs = []
                }
                for run in blocks.runs {
                    runs.append(run)
                    if runs.count == most { try flush() }
                }
                try flush()
            }
        }
        try records.sync()
        return ChangeMaps(file: number, bytes: records.end)
    }

    func read(into disks: inout [DiskState], in directory: String, _ files: any FileSystem) throws {
        let file = try files.open(Self.path(self.file, directory), .read)
        defer { file.close() }
        let records = RecordFile(file, seed: self.file)
        var offset: Int64 = 0
        while offset < bytes {
            let record = try records.read(at: offset)
            offset = record.end
            var reader = ByteReader(record.body)
            let disk = Int(try reader.read(UInt32.self))
            guard record.kind == .index, disks.indices.contains(disk) else {
                throw ByteCodingError(.value, "change map of disk \(disk)")
            }
            if try reader.readBool() {
                try reader.readRuns(into: &disks[disk].suspects)
            } else {
                try reader.readRuns(into: &disks[disk].changes)
            }
        }
    }
}

extension Replica {
    /// An interval covered them.
    func removeChangeMaps(_ maps: ChangeMaps) throws {
        let path = ChangeMaps.path(maps.file, directory)
        if files.exists(path) { try files.remove(path) }
    }
}

extension ReplicaState {
    /// The change maps that the metadata names. Where they decayed every block is to be compared; returns what to tell.
    mutating func readChangeMaps(in directory: String, _ files: any FileSystem) throws -> String? {
        guard let changeMaps else { return nil }
        do {
            try changeMaps.read(into: &disks, in: directory, files)
            return nil
        } catch where Replica.isDecay(error) {
            for index in disks.indices {
                disks[index].changes = BlockSet()
                disks[index].suspects = BlockSet(DiskGeometry(size: disks[index].disk.size).blocks)
            }
            return "\(ChangeMaps.path(changeMaps.file, directory)): \(error); every block is to be compared"
        }
    }
}
