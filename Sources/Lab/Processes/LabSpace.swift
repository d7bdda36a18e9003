import Environment
import Glibc
import Model

/// Space that a run of the loop needs in its directory: asked for before anything is made, and watched while it runs.
struct LabSpace {
    let layout: LabLayout
    let files: any FileSystem

    /// Programs' stores, logs and the spool's reserve, whatever the machines are.
    private static let base: Int64 = 192 << 20
    /// Copies of a machine's content at the worst moment: home, cloud, hand-over, a scratch copy for judging, spool and
    /// undo; and what the machine began with, twice, if it began with something.
    private static let copies: Int64 = 6
    private static let initialCopies: Int64 = 2
    /// Of each blank disk a ledger writes so much, at most.
    private static let ledgerBytes: Int64 = 4 << 20
    /// With less than this nothing of the lab can go on: the process servers keep a reserve of their own.
    private static let least: Int64 = 16 << 20

    /// Refused when there is too little. Content that `--replace` is going to remove counts as free.
    func check(_ options: LoopOptions, replacing: Bool) throws(Failure) {
        var needed = Self.base
        for machine in options.machines {
            for disk in machine.disks {
                let content =
                    switch machine.guest {
                    case "ledger": Self.ledgerBytes
                    case "files": FilesImage.treeBytes(disk.bytes) * 3 / 2
                    default: machine.image.map { occupied($0) } ?? disk.bytes
                    }
                needed += content * (Self.copies + (machine.guest == "ledger" ? 0 : Self.initialCopies))
            }
        }
        var free = try freeBytes()
        if replacing { for entry in Lab.entries(layout) { free += occupiedBelow(entry) } }
        guard free >= needed else {
            throw Failure(
                .noSpace, "run in the directory \(layout.directory): this run takes about \(ByteCount(needed)) and "
                    + "\(ByteCount(free)) are free there, \(ByteCount(needed - free)) too little; make room, name "
                    + "another directory, or use --profile small")
        }
    }

    /// Throws once the directory is full.
    func check() throws(Failure) {
        let free = try freeBytes()
        guard free >= Self.least else {
            throw Failure(
                .noSpace, "run in the directory \(layout.directory): its file system is full, \(ByteCount(free)) "
                    + "are left and at least \(ByteCount(Self.least)) must be, "
                    + "\(ByteCount(Self.least - free)) too little; make room or name another directory")
        }
    }

    private func freeBytes() throws(Failure) -> Int64 {
        var path = layout.directory
        while !files.exists(path), path != "/" { path = files.parent(of: path) }
        do { return try files.freeBytes(path) } catch {
            throw Failure(.inputOutput, "look for space in \(path): \(error)")
        }
    }

    private func occupied(_ path: String) -> Int64 {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_blocks) * 512 : 0
    }

    private func occupiedBelow(_ path: String) -> Int64 {
        guard files.exists(path) else { return 0 }
        let below = ((try? files.list(path)) ?? []).reduce(Int64(0)) { $0 + occupiedBelow("\(path)/\($1)") }
        return below + occupied(path)
    }
}

extension LabLoop {
    private static let look = Duration.milliseconds(200)

    /// The cycle, ended early with a clear reason when the directory fills up, or when a person wants it to end.
    func watchedCycle() async throws {
        let space = LabSpace(layout: layout, files: world.environment.files)
        let (clock, interruption) = (world.environment.clock, interruption)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.cycle() }
            group.addTask {
                while true {
                    try interruption.check()
                    try space.check()
                    do { try await clock.sleep(for: Self.look) } catch { return }
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
