import Blocks
import Contract
import Environment
import Messages
import Model
import Replicas
import Tracking

/// The overlay files of one copy that was left before its failover was committed, beside the disks that it had:
///
///     <bundle>/set-aside-G.overlay.map  .data  .journal     G: the generation under which it was given the disks
///
/// The point that it ran from is pinned in its name, so that the whole disks can be read until a person gives it up.
/// That pin never holds replication up: it is the first to go when undo finds no room. Calls block.
struct SetAsideFiles {
    static let parts = ReplicaDisk.overlayParts

    let disks: [ReplicaDisk]
    let files: any FileSystem

    /// Takes what a machine wrote out of the way of the disks. May be cut off anywhere and called again.
    func keep(_ generation: UInt64) throws {
        for bundle in disks.map(\.bundle) {
            let moved = Self.parts.filter { files.exists("\(bundle)/\($0)") }
            for part in moved {
                try files.rename("\(bundle)/\(part)", to: "\(bundle)/\(ReplicaDisk.setAside(part, of: generation))")
            }
            if !moved.isEmpty { try files.syncDirectory(bundle) }
        }
    }

    /// What a copy left behind.
    enum Worth {
        /// It never ran, or wrote nothing.
        case nothing
        /// Nobody can say what it wrote to at least one disk.
        case damaged
        case written
    }

    func worth(_ generation: UInt64, _ holder: Holder) throws -> Worth {
        var worth = Worth.nothing
        for disk in disks.indices {
            do {
                let found = try overlay(generation, disk: disk) { PointDisk(holder, point: 0, disk: disk, size: $0) }
                defer { found?.close() }
                if worth == .nothing, found?.changedBlocks.isEmpty == false { worth = .written }
            } catch is Failure { worth = .damaged }
        }
        return worth
    }

    /// Ascending; none while another owner has the disks.
    func generations() throws -> [UInt64] {
        var found: Set<UInt64> = []
        for bundle in disks.map(\.bundle) where files.exists(bundle) {
            found.formUnion(try files.list(bundle).compactMap(ReplicaDisk.generationSetAside))
        }
        return found.sorted()
    }

    func remove(_ isMeant: (UInt64) -> Bool) throws {
        for bundle in disks.map(\.bundle) where files.exists(bundle) {
            let names = try files.list(bundle).filter { ReplicaDisk.generationSetAside($0).map(isMeant) ?? false }
            // The map first: without it the rest is nothing, and with it half of an overlay would be a damaged one.
            for name in names.sorted(by: { $0.hasSuffix(Self.parts[0]) && !$1.hasSuffix(Self.parts[0]) }) {
                try files.remove("\(bundle)/\(name)")
            }
            if !names.isEmpty { try files.syncDirectory(bundle) }
        }
    }

    /// nil where the copy had written nothing to this disk.
    ///
    /// - point: what is read of blocks that it did not write.
    func overlay(_ generation: UInt64, disk: Int, over point: (Int64) -> PointDisk) throws -> OverlayDisk? {
        func path(_ part: String) -> String { "\(disks[disk].bundle)/\(ReplicaDisk.setAside(part, of: generation))" }
        guard files.exists(path(Self.parts[0])) else { return nil }
        do {
            let opened = OverlayDisk.Files(
                data: try files.open(path(Self.parts[1]), .readWrite),
                map: try files.open(path(Self.parts[0]), .readWrite),
                journal: try files.open(path(Self.parts[2]), .readWrite))
            // As long as the disk was.
            return try OverlayDisk.open(opened, over: point(try opened.data.size()))
        } catch {
            // Nothing of it speaks against the replica.
            throw Failure(
                error is ByteCodingError ? .dataCorrupt : .inputOutput,
                "open what generation \(generation) wrote to disk \(disks[disk].name), which is set aside: \(error)")
        }
    }
}

/// A disk as a copy that was left had it, to be read piece by piece. It keeps its files open until it is closed.
struct SetAsideView: Sendable {
    fileprivate let overlay: OverlayDisk
    fileprivate let changesOnly: Bool

    func close() { overlay.close() }

    /// Bytes; the last one is empty, at the disk's end.
    var pieces: [Range<Int64>] {
        let size = overlay.geometry.size
        let ranges = changesOnly
            ? overlay.changedBlocks.runs.map { run in
                overlay.geometry.offset(of: run.lowerBound)..<min(size, overlay.geometry.offset(of: run.upperBound))
            } : [0..<size]
        return ranges.flatMap { range in
            stride(from: range.lowerBound, to: range.upperBound, by: Int(PointView.pieceBytes)).map { start in
                start..<min(start + PointView.pieceBytes, range.upperBound)
            }
        } + [size..<size]
    }
}

extension Keeper {
    func setAside() async throws -> [TargetV1.SetAside] {
        try await act("look at what is set aside") { [item, holder, files = environment.files] replica in
            let status = try replica.status
            // Another owner may be writing to what lies beside its disks.
            guard status.condition == .settled else { return [] }
            let kept = SetAsideFiles(disks: status.disks, files: files)
            return try kept.generations().map { try Self.look(at: $0, kept, status, item, holder) }
        }
    }

    private static func look(
        at generation: UInt64, _ kept: SetAsideFiles, _ status: ReplicaStatus, _ item: ItemID, _ holder: Holder
    ) throws -> TargetV1.SetAside {
        let base = status.base(of: generation)
        var disks: [TargetV1.SetAsideDisk] = []
        for (index, disk) in status.disks.enumerated() {
            var found = TargetV1.SetAsideDisk()
            found.disk = disk.name
            found.index = UInt32(index)
            do {
                let overlay = try kept.overlay(generation, disk: index) { size in
                    PointDisk(holder, point: base ?? 0, disk: index, size: size)
                }
                guard let overlay else { continue }
                defer { overlay.close() }
                found.bytes = UInt64(overlay.geometry.size)
                found.blocks = UInt64(overlay.changedBlocks.count)
                found.storedBytes = found.blocks * UInt64(blockSize)
            } catch let error as Failure {
                // One that cannot be read hides none of the others.
                found.damage = error.message
            }
            disks.append(found)
        }
        return .with {
            $0.generation = generation
            $0.point = base ?? 0
            $0.disks = disks
        }
    }

    func view(setAside generation: UInt64, disk: Int, changesOnly: Bool) async throws -> SetAsideView {
        let what = "read what is set aside of generation \(generation)"
        return try await act(what) { [item, holder, files = environment.files] replica in
            let status = try replica.status
            guard status.disks.indices.contains(disk) else {
                throw Failure(
                    .invalidArgument, "\(what), disk \(disk): item \(item) has disks 0 to \(status.disks.count - 1)",
                    on: [.item(item)])
            }
            let kept = SetAsideFiles(disks: status.disks, files: files)
            guard status.condition == .settled, try kept.generations().contains(generation) else {
                throw Failure(.notFound, "\(what) of item \(item): there is none here", on: [.item(item)])
            }
            let base = status.base(of: generation)
            guard base != nil || changesOnly else {
                throw Failure(
                    .operationNotAllowed, "\(what) of item \(item): the point that its machine ran from is gone, so "
                        + "that whole disks cannot be read; what it wrote can (changes_only)", on: [.item(item)])
            }
            let overlay = try kept.overlay(generation, disk: disk) { size in
                PointDisk(holder, point: base ?? 0, disk: disk, size: size)
            }
            guard let overlay else {
                throw Failure(
                    .notFound, "\(what), disk \(disk) of item \(item): its machine did not have that one",
                    on: [.item(item)])
            }
            return SetAsideView(overlay: overlay, changesOnly: changesOnly)
        }
    }

    func read(_ view: SetAsideView, _ piece: Range<Int64>) async throws -> TargetV1.PointContent {
        try await act("read what is set aside") { _ in
            let bytes: [UInt8]
            do { bytes = piece.isEmpty ? [] : try view.overlay.read(piece.count, at: piece.lowerBound) } catch {
                throw Failure(.inputOutput, "read what is set aside, at \(piece.lowerBound): \(error)")
            }
            return .with {
                $0.offset = UInt64(piece.lowerBound)
                if isZero(bytes) { $0.zeroes = UInt64(bytes.count) } else { $0.data = bytes }
            }
        }
    }

    /// What is not there is given back already.
    func release(setAside generation: UInt64) async throws {
        try await act("release what is set aside") { [item, files = environment.files] replica in
            let status = try replica.status
            guard status.condition == .settled else {
                throw Failure(
                    .operationNotAllowed,
                    "release what is set aside of item \(item): its disks are another owner's now", on: [.item(item)])
            }
            try SetAsideFiles(disks: status.disks, files: files).remove { $0 == generation }
            try replica.unpin(owner: Replica.setAsidePin(generation))
        }
        await lookAtSetAside()
    }

    /// For the figures. What cannot be looked at is named when somebody asks for it.
    func lookAtSetAside() async { setAsideBytes = (try? await setAside().storedBytes) ?? setAsideBytes }

    /// What was just handed back, in the name of the generation that it was handed over under: what was written then is
    /// set aside, and what earlier copies wrote goes, so that nobody's giving up fills the datastore. A copy that wrote
    /// nothing takes nobody's place, and one of which nobody can say what it wrote that of another such one alone.
    /// Before the replica takes the disks, so that it is done by then.
    static func setAside(_ replica: Replica, _ holder: Holder, _ files: any FileSystem) throws {
        let status = try replica.status
        guard case .released(let other) = status.condition else { return }
        let kept = SetAsideFiles(disks: status.disks, files: files)
        try kept.keep(other.number)
        let worth = try kept.worth(other.number, holder)
        guard worth != .nothing else { return try kept.remove { $0 == other.number } }
        let mine = Replica.setAsidePin(other.number)
        do { _ = try replica.pin(.number(status.position.number), owner: mine) } catch let error as ReplicaError
            where error.code == .notFound || error.code == .invalid
        {
            // Its changes are kept all the same.
        }
        let older = try kept.generations().filter { $0 != other.number }
        let gone = try worth == .written ? older : older.filter { try kept.worth($0, holder) == .damaged }
        try kept.remove(gone.contains)
        // Pins are those of generations that are there.
        let stay = Set(try kept.generations().map(Replica.setAsidePin)).union([mine])
        let others = Set(try replica.points.flatMap(\.pins)).filter { Replica.isSetAsidePin($0) && !stay.contains($0) }
        for pin in others.sorted() { try replica.unpin(owner: pin) }
    }
}

extension [TargetV1.SetAside] {
    var storedBytes: UInt64 { flatMap(\.disks).reduce(0) { $0 + $1.storedBytes } }
}

extension ReplicaStatus {
    /// The point that a copy which was left ran from, while it is there.
    fileprivate func base(of generation: UInt64) -> UInt64? {
        points.first { $0.isApplied && $0.pins.contains(Replica.setAsidePin(generation)) }?.number
    }
}
