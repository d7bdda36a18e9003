public import Blocks
internal import Environment
public import Intervals
internal import Synchronization

/// An interval or pass that is arriving.
struct Incoming {
    enum Fate {
        case stage
        /// Pass content goes to the disks in batches.
        case write
        /// Read over; this is the answer at its end.
        case ignore(IntakeAnswer)
    }

    let header: IntervalHeader
    var fate: Fate
    var staging: RecordFile?
    var chunks: UInt64 = 0
    /// Per disk, also of content that is read over.
    var blocks: [Int]
    var lists: [DigestList]
    /// Per disk, of what is staged; nil beyond the bound on what is remembered.
    var digests: [DigestUpdates]?
    /// Of what is staged; nil beyond the room for it.
    var kept: KeptContent?
    var batch: [ChunkContent] = []
    var batchBytes = 0
}

extension Incoming {
    /// Blocks of one interval whose digests are remembered until it is applied: a few MiB of memory.
    static let mostRemembered = 1 << 18

    /// Until it is applied, so that its staging need not be read for them. One that covers more is read.
    mutating func remember(_ content: ChunkContent) {
        if let kept, !kept.add(content) { self.kept = nil }
        guard var known = digests else { return }
        digests = nil
        guard blocks.reduce(0, +) <= Self.mostRemembered else { return }
        content.enterDigests(into: &known[Int(content.disk)])
        digests = known
    }
}

/// A complete staged interval whose base is not here yet.
struct Parked {
    let header: IntervalHeader
    let trailer: IntervalTrailer
    let staging: StagingReference
    var known: KnownInterval?
}

/// What is known of an interval since it came, so that its staging need not be read for it.
struct KnownInterval {
    /// Digests of its blocks, per disk.
    let updates: [DigestUpdates]
    /// Nil where there was no room for it.
    var content: KeptContent?
    /// Nil where they are to be hashed when the interval is applied.
    let prepared: PreparedDigests?
}

/// What a worker will have made by the time that it is waited for.
final class PreparedDigests: Sendable {
    private let made = Mutex<[DigestTable.Prepared]?>(nil)

    var perDisk: [DigestTable.Prepared]? { made.withLock { $0 } }
    func set(_ perDisk: [DigestTable.Prepared]) { made.withLock { $0 = perDisk } }
}

extension Replica {
    /// A writer of generation g and incarnation i comes. A newer incarnation first drops every unsealed
    /// interval of older ones; only then is the standing told, so that no late old interval can overwrite
    /// what the writer is about to find equal.
    ///
    /// - sizes: of the writer's disks; nil: as they are here. Disks that are smaller here are enlarged first.
    public func hello(generation: Generation, incarnation: UInt64, sizes: [Int64]? = nil) throws -> Standing {
        try exclusive {
            try admit(generation)
            let heard = (state.heardGeneration, state.incarnation)
            guard (generation.number, incarnation) >= heard else {
                throw ReplicaError(.stale, "incarnation \(incarnation) of \(generation), \(heard) was heard")
            }
            // A stream that begins anew sends unfinished intervals anew, in whatever incarnation.
            try dropIncoming()
            if let sizes { try grow(to: sizes) }
            if (generation.number, incarnation) > heard {
                try dropParked()
                if generation.number > heard.0 { droppedBlocks = [] }
                try commit("hello") { state in
                    state.heardGeneration = generation.number
                    state.incarnation = incarnation
                    state.enter(generation)
                    if state.catchUp?.generation != generation.number {
                        state.catchUp = CatchUp(generation: generation.number, disks: state.disks)
                    }
                }
            }
            let isBlank = state.condition == .initializing && state.points.isEmpty
            return Standing(
                position: state.position, sealed: state.sealed, isBlank: isBlank,
                changes: state.disks.map(\.changes), suspects: state.disks.map(\.suspects),
                held: isBlank ? try heldOfFirstCopy() : disks.map { _ in BlockSet() })
        }
    }

    /// Begins an interval or pass; an unfinished one before it is dropped.
    public func begin(_ header: IntervalHeader) throws {
        try exclusive {
            guard header.item == state.item else { throw ReplicaError(.invalid, "item \(header.item)") }
            try admit(header.id.generation)
            guard header.id.generation.number == state.heardGeneration, header.id.incarnation == state.incarnation
            else { throw ReplicaError(.stale, "\(header.id), incarnation \(state.incarnation) was heard") }
            guard !disks.isEmpty, !state.isMoved, state.moveTarget == nil else {
                throw ReplicaError(.state, "the replica is handed over or at an older point")
            }
            guard state.mayOverwrite else { throw ReplicaError(.state, "overwriting was not begun") }
            try dropIncoming()
            var next = Incoming(
                header: header, fate: .stage, blocks: disks.map { _ in 0 }, lists: disks.map { _ in DigestList() })
            do {
                try prepare(&next)
            } catch let error as FileError where error.code == .noSpace {
                next.fate = .ignore(needed(header, "\(error)"))
            }
            incoming = next
        }
    }

    /// What it needs on disk before its first chunk.
    private func prepare(_ next: inout Incoming) throws {
        let header = next.header
        if let answer = answerWithoutContent(header) {
            next.fate = .ignore(answer)
        } else if header.pass > 0 {
            _ = try applyAllUnlocked()
            // Nothing is staged of what passes write over it.
            try syncUnlocked()
            next.fate = header.base <= state.sealed.number ? .write : .ignore(needed(header, "base"))
            if case .write = next.fate { try beginPass(of: header.id) }
        } else {
            let number = state.nextFile
            try commit("staging") { _ = $0.takeFile() }
            let file = try files.open(stagingPath(number), .create)
            try file.truncate(to: 0)
            next.staging = RecordFile(file, seed: number, pace: .early)
            next.digests = disks.map { _ in DigestUpdates() }
            next.kept = KeptContent(in: room)
        }
    }

    /// Takes the next chunk. A bad one, or no room for it, drops the interval, which is then needed again.
    ///
    /// - opened: what it holds, where the caller opened it.
    public func append(_ chunk: Chunk, opened: ChunkContent? = nil) throws -> IntakeAnswer? {
        try exclusive(besideWrites: true) {
            guard var current = incoming, current.header.id == chunk.interval, current.header.pass == chunk.pass,
                current.chunks == chunk.sequence, Int(chunk.disk) < disks.count
            else {
                throw ReplicaError(.invalid, "chunk \(chunk.sequence) of \(chunk.interval) is not the next")
            }
            current.chunks += 1
            current.blocks[Int(chunk.disk)] += chunk.blockCount
            if case .ignore = current.fate {
                incoming = current
                return nil
            }
            let content: ChunkContent
            do {
                let geometry = disks[Int(chunk.disk)].geometry
                content = if let opened, opened.geometry == geometry { opened } else { try chunk.open(on: geometry) }
            } catch {
                return try drop(current, "\(error)")
            }
            current.lists[Int(chunk.disk)].add(chunk)
            incoming = nil
            current.remember(content)
            incoming = current
            guard let staging = current.staging else { return try collect(content) }
            do {
                try staging.append(.chunk) { chunk.write(to: &$0) }
            } catch let error as FileError where error.code == .noSpace {
                return try drop(current, "\(error)")
            }
            return nil
        }
    }

    /// Ends the interval or pass. The answers may name others: a parked interval whose base came.
    public func end(_ trailer: IntervalTrailer) throws -> [IntakeAnswer] {
        try exclusive {
            guard let current = incoming else { throw ReplicaError(.invalid, "no interval is open") }
            if case .ignore(let answer) = current.fate {
                try dropIncoming()
                return [answer]
            }
            if let fault = fault(of: trailer, for: current) { return [try drop(current, fault)] }
            guard let records = current.staging else {
                try flushPass()
                incoming = nil
                try markProgress(of: current)
                return [.stored(number: current.header.id.number, pass: current.header.pass)]
            }
            let known = try known(by: current)
            try records.sync()
            try files.syncDirectory(directory)
            failpoints.reach("replica.staged")
            records.close()
            incoming = nil
            let staging = StagingReference(file: records.seed, bytes: records.end, chunks: current.chunks)
            return try sealOrPark(
                Parked(header: current.header, trailer: trailer, staging: staging, known: known))
        }
    }

    /// The pages that an interval changes are hashed beside the sync of its staging. Not where others are applied
    /// before it, which change the same pages.
    private func known(by current: Incoming) throws -> KnownInterval? {
        guard let updates = current.digests else { return nil }
        guard state.waiting.isEmpty, state.underway == nil, !state.applied.isEmpty else {
            return KnownInterval(updates: updates, content: current.kept, prepared: nil)
        }
        let prepared = PreparedDigests()
        try writes.begin { [disks] in prepared.set(try disks.prepare(updates)) }
        return KnownInterval(updates: updates, content: current.kept, prepared: prepared)
    }

    /// The writer gives up pending intervals from this number on; sealed ones are points and stay.
    public func void(from number: UInt64) throws {
        try exclusive {
            if let current = incoming, current.header.id.number >= number { try dropIncoming() }
            try dropParked { $0.header.id.number >= number }
        }
    }

    /// A parked interval whose base does not come is given up, with all that came after it, and needed again. nil if it
    /// is not parked any more.
    public func giveUpParked(_ number: UInt64) throws -> IntakeAnswer? {
        try exclusive {
            guard let waiting = parked.first(where: { $0.header.id.number == number }) else { return nil }
            try dropParked { $0.header.id.number >= number }
            return needed(waiting.header, "its base \(waiting.header.base) did not come")
        }
    }

    // MARK: seal

    /// One transaction makes a complete staged interval a point, iff base ≤ position′ < number.
    private func sealOrPark(_ staged: Parked) throws -> [IntakeAnswer] {
        if let answer = answerWithoutContent(staged.header) {
            try forget(staged)
            return [answer]
        }
        guard staged.header.base <= state.sealed.number else {
            // Forwarded again, it is here once.
            try dropParked { $0.header.id.number == staged.header.id.number }
            if parked.count < Self.mostParked {
                var waiting = staged
                // Its base may be long in coming.
                waiting.known?.content = nil
                parked.append(waiting)
                return [.parked(staged.header.id.number)]
            }
            try forget(staged)
            return [needed(staged.header, "base \(staged.header.base)")]
        }
        guard state.points.count < Self.mostPoints else {
            try forget(staged)
            return [needed(staged.header, "\(state.points.count) points")]
        }
        // What passes wrote is part of the point.
        if undo != nil || state.condition == .initializing { for disk in disks { try disk.sync() } }
        let dropped = droppedBlocks
        try commit("seal") {
            $0.points.append(RecoveryPoint(staged))
            $0.catchUp?.sealed(staged.header.id, staged.trailer.disks, dropped: dropped)
        }
        remember(staged)
        var answers: [IntakeAnswer] = [.sealed(staged.header.id.number)]
        parked.sort { $0.header.id.number < $1.header.id.number }
        if let index = parked.firstIndex(where: { $0.header.base <= state.sealed.number }) {
            answers += try sealOrPark(parked.remove(at: index))
        }
        return answers
    }

    /// For an interval that is here already.
    private func answerWithoutContent(_ header: IntervalHeader) -> IntakeAnswer? {
        guard header.id.number <= state.sealed.number else { return nil }
        guard header.id.generation.number <= state.sealed.generation else {
            return needed(header, "\(header.id) is not after \(state.sealed)")
        }
        return header.id.number <= state.position.number ? .applied(header.id.number) : .sealed(header.id.number)
    }

    func needed(_ header: IntervalHeader, _ cause: String) -> IntakeAnswer {
        .needed(number: header.id.number, position: state.sealed.number, cause: cause)
    }

    private func fault(of trailer: IntervalTrailer, for current: Incoming) -> String? {
        guard trailer.chunks == current.chunks else { return "\(current.chunks) of \(trailer.chunks) chunks" }
        guard trailer.disks.map({ Int($0.disk) }) == Array(disks.indices) else { return "disks of the trailer" }
        for (index, disk) in trailer.disks.enumerated() {
            let list = current.lists[index]
            guard disk.size == disks[index].geometry.size else { return "size \(disk.size) of disk \(index)" }
            guard disk.blocks == list.blocks, disk.digest == list.digest else { return "digest of disk \(index)" }
        }
        return nil
    }

    func admit(_ generation: Generation) throws {
        guard generation == state.fence || generation == state.drains else {
            throw ReplicaError(
                generation.number > state.fence.number ? .ahead : .stale, "\(generation) at fence \(state.fence)")
        }
    }

    // MARK: drop

    private func drop(_ current: Incoming, _ cause: String) throws -> IntakeAnswer {
        try dropIncoming()
        return needed(current.header, cause)
    }

    func dropIncoming() throws {
        if let staging = incoming?.staging {
            staging.close()
            try removeStaging(staging.seed)
        }
        if let current = incoming { count(dropped: current.blocks) }
        incoming = nil
    }

    private func forget(_ staged: Parked) throws {
        try removeStaging(staged.staging.file)
        count(dropped: staged.trailer.disks.map(\.blocks))
    }

    private func count(dropped: [Int]) {
        if droppedBlocks.count != dropped.count { droppedBlocks = dropped.map { _ in 0 } }
        for (index, count) in dropped.enumerated() { droppedBlocks[index] += UInt64(count) }
    }

    func dropParked(where isGone: (Parked) -> Bool = { _ in true }) throws {
        for gone in parked where isGone(gone) { try forget(gone) }
        parked.removeAll(where: isGone)
    }
}

extension RecoveryPoint {
    init(_ staged: Parked) {
        self.init(
            id: staged.header.id, base: staged.header.base, cutMonotonic: staged.trailer.cutMonotonic,
            cutWall: staged.trailer.cutWall, kind: staged.trailer.kind, isFinal: staged.trailer.isFinal,
            disks: staged.trailer.disks)
        staging = staged.staging
    }
}

extension ReplicaState {
    /// The first word of a new writer enters the history of every disk.
    mutating func enter(_ generation: Generation) {
        for index in disks.indices where disks[index].lineage.generation != generation {
            disks[index].lineage.begin(generation, at: sealed)
            disks[index].lineage.position = position
        }
    }
}
