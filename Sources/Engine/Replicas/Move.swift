public import Blocks
internal import Environment
internal import Intervals

extension Replica {
    /// Takes the disks to the content of an applied point, down by undo or up by redo, one neighbour at a time.
    /// Resumable: after a crash in it, open and call again; another target may be given.
    ///
    /// Returns the *ahead set* per disk: every block in which the disks now differ from the newest point they
    /// were moved down from. It is part of the change map under which the next owner runs.
    public func move(to number: UInt64) throws -> [BlockSet] {
        try exclusive {
            guard !disks.isEmpty, state.condition == .settled else { throw ReplicaError(.state, "no disks at a point") }
            guard state.waiting.isEmpty else { throw ReplicaError(.state, "sealed intervals are not applied") }
            guard let target = state.index(of: number) else { throw ReplicaError(.notFound, "point \(number)") }
            try dropIncoming()
            try rollBackUnlocked()
            try syncUnlocked()
            if state.position != state.points[target].point || state.moveTarget != nil {
                try reserveRedo(downTo: target)
                try commit("move.begin") { $0.moveTarget = number }
                do {
                    while let at = state.index(of: state.position.number), at != target {
                        try step(from: at, to: at > target ? at - 1 : at + 1)
                    }
                } catch let error as ReplicaError where error.code == .damaged {
                    // The disks are at a point, if not at the one asked for.
                    try endMove()
                    throw error
                }
                try endMove()
            }
            return try aheadUnlocked()
        }
    }

    private func endMove() throws {
        try commit("move.end") { $0.moveTarget = nil }
        try writeLineage(.settled)
    }

    func aheadUnlocked() throws -> [BlockSet] {
        var out = geometries.map { _ in BlockSet() }
        for point in state.above {
            guard let undo = point.undo else { continue }
            let file = try blockFile(undo)
            for disk in out.indices { out[disk].formUnion(file.captured(disk)) }
        }
        return out
    }

    private func step(from: Int, to: Int) throws {
        if to < from, state.points[from].redo == nil { try captureRedo(of: from) }
        let (start, end) = (state.points[from].number, state.points[to].number)
        // Before anything is overwritten: with half of it there would be no way on and none back.
        let content = try stepFile(from: start, to: end)
        try needing(content.number) { try content.verify() }
        try writeLineage(.moving)
        try commit("move.step") { $0.underway = .moving(from: start, to: end) }
        try writeStep(from: start, to: end)
    }

    /// The content that the step is about to replace, complete and durable before the first overwrite.
    private func captureRedo(of index: Int) throws {
        guard let reference = state.points[index].undo else {
            throw ReplicaError(.corrupt, "no undo below point \(state.points[index].number)")
        }
        let undo = try blockFile(reference)
        let number = state.nextFile
        try commit("move.redo") { _ = $0.takeFile() }
        let redo = try BlockFile.create(number, in: directory, geometries, files)
        defer { redo.close() }
        for disk in disks.indices {
            var packer = redo.packer(disk: disk)
            let captured = undo.captured(disk)
            var position = 0
            while let run = captured.run(from: position, limit: OpenDisk.pieceBlocks) {
                let bytes = try disks[disk].read(run)
                for block in run {
                    let start = (block - run.lowerBound) * blockSize
                    let count = disks[disk].geometry.byteCount(of: block)
                    packer.add(block, Array(bytes[start..<(start + count)]))
                    if packer.isFull { try redo.append(&packer) }
                }
                position = run.upperBound
            }
            try redo.append(&packer)
        }
        let finished = try redo.finish(recordEntries: recordEntries)
        try commit("move.captured") { $0.points[index].redo = finished }
    }

    /// The file that holds the content of a step's end.
    func stepFile(from: UInt64, to: UInt64) throws -> BlockFile {
        let upper = state.index(of: max(from, to))
        let reference = upper.flatMap { from > to ? state.points[$0].undo : state.points[$0].redo }
        guard let reference else { throw ReplicaError(.corrupt, "no content for the move \(from) → \(to)") }
        return try blockFile(reference)
    }

    /// Idempotent: both contents of the step are complete in files.
    func writeStep(from: UInt64, to: UInt64) throws {
        let content = try stepFile(from: from, to: to)
        try content.forEach { try disks[Int($0.disk)].write($0) }
        failpoints.reach("replica.move.written")
        for disk in disks { try disk.sync() }
        guard let end = state.index(of: to).map({ state.points[$0].point }) else {
            throw ReplicaError(.corrupt, "point \(to) of the move is gone")
        }
        try commit("move.stepped") {
            $0.underway = nil
            $0.position = end
        }
    }

    private func reserveRedo(downTo target: Int) throws {
        var blocks = 0
        for index in state.points.indices where index > target && state.points[index].redo == nil {
            guard state.points[index].point <= state.position, let undo = state.points[index].undo else { continue }
            let file = try blockFile(undo)
            blocks += geometries.indices.reduce(0) { $0 + file.capturedCount($1) }
        }
        guard try hasRoom(blocks: blocks) else { throw ReplicaError(.noSpace, "redo of \(blocks) blocks") }
    }
}
