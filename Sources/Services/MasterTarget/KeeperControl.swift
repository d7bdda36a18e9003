import Blocks
import Contract
import Environment
import Messages
import Model
import Replicas

/// What the vault asks of a replica. Each is idempotent in the engine: a call whose answer was lost is made again.
extension Keeper {
    func adopt(
        _ disks: [DiskDescription], under generation: Model.Generation?, blank: Bool, cut: WallInstant
    ) async throws -> [FoundDisk] {
        let fence = generation.map { Blocks.Generation($0) } ?? .unassigned
        do {
            return try await lane.run { [item, holder, ownerDirectories, files = environment.files] in
                let bundles = try disks.map { try FoundDisk.bundle($0, in: ownerDirectories, files) }
                if let standing = try? holder.use({ try $0.status }), !standing.isCommitted {
                    guard standing.disks == bundles else {
                        throw Failure(
                            .alreadyExists, "adopt the disks of item \(item): a replica on other disks is here; "
                                + "forget it first", on: [.item(item)])
                    }
                    return blank ? [] : try bundles.map { try FoundDisk.read($0, files) }
                }
                let found = blank ? [] : try bundles.map { try FoundDisk.read($0, files) }
                try holder.adopt(
                    item: item, disks: bundles, fence: fence, seeds: blank ? nil : found.map(\.record), cut: cut)
                return found
            }
        } catch { throw Failure(replica: error, "adopt the disks", item) }
    }

    /// Looks at disks that are to be taken as they are; changes nothing.
    func left(of disks: [DiskDescription]) async throws -> LeftDisks {
        do {
            return try await lane.run { [ownerDirectories, files = environment.files] in
                let bundles = try disks.map { try FoundDisk.bundle($0, in: ownerDirectories, files) }
                return LeftDisks(disks: bundles, found: try FoundDisk.left(bundles, files))
            }
        } catch { throw Failure(replica: error, "look at what is left of the disks", item) }
    }

    /// Takes the disks as they are, where nothing is on record of them any more.
    func adopt(_ left: LeftDisks, under generation: Model.Generation?) async throws {
        let fence = generation.map { Blocks.Generation($0) } ?? .unassigned
        do {
            try await lane.run { [item, holder] in
                try holder.adopt(item: item, disks: left.disks, fence: fence, seeds: left.found?.map(\.record))
            }
        } catch { throw Failure(replica: error, "adopt the disks anew", item) }
    }

    /// Lets go of what it had, which is to be set aside.
    func abandon() async {
        stream?.outbox.end(Failure(.unavailable, "serve item \(item): its replica begins anew", on: [.item(item)]))
        await stop()
    }

    func beginOverwrite(_ name: String) async throws {
        try await act("begin to overwrite the replica") { replica in
            // Blank disks hold nothing to keep.
            guard try replica.status.condition != .initializing else { return }
            try replica.beginOverwrite(name: name)
        }
    }

    func forget() async throws {
        // Of disks that are handed over it went with them.
        for kept in (try? await setAside()) ?? [] { try await release(setAside: kept.generation) }
        stream?.outbox.end(Failure(.notFound, "serve item \(item): its replica is forgotten", on: [.item(item)]))
        do { try await take { try $0.forget() } } catch { throw Failure(replica: error, "forget the replica", item) }
        await stop()
    }

    func pin(_ choice: Replicas.PointChoice, _ owner: String) async throws -> TargetV1.RecoveryPoint {
        try await act("pin a point") { replica in
            let point = try replica.points.first { $0.pins.contains(owner) } ?? replica.pin(choice, owner: owner)
            return point.message(of: try replica.status.disks)
        }
    }

    func unpin(_ owner: String) async throws { try await act("unpin a point") { try $0.unpin(owner: owner) } }

    /// Makes a point a member of a kept group point, which is neither dropped nor merged, or lets go of it.
    func keep(_ number: UInt64, asMemberOf group: String?) async throws {
        try await act("keep a member of a group point") { try $0.keep(number, asMemberOf: group) }
    }

    /// Newest first. Of a thousand points of many disks the messages take more than the points: a page's are made.
    func points(_ page: Page) async throws -> (shown: [TargetV1.RecoveryPoint], next: String) {
        let status = try await status()
        // The key falls as numbers rise.
        let (shown, next) = page.cut(status.points.reversed(), by: { sortable(UInt64.max - $0.number) })
        return (shown.map { $0.message(of: status.disks) }, next)
    }

    func sealFinal(_ closing: Model.Generation) async throws {
        let closed = Blocks.Generation(closing)
        _ = try await act("close generation \(closing)") { try $0.sealFinal(closing: closed) }
        guard stream?.generation == closing else { return }
        endStream(unless: [])
    }

    /// Applies what is sealed, syncs, writes the lineage beside the disks, closes and unlocks them.
    func release(under generation: Model.Generation) async throws {
        stream?.outbox.end(Failure(.unavailable, "serve item \(item): its disks are handed over", on: [.item(item)]))
        let owner = Blocks.Generation(generation)
        environment.failpoints.reach("master-target.release.before")
        try await act("release the disks") { replica in
            let status = try replica.status
            if status.condition == .settled, !status.isMoved { while try replica.applyNext() != nil {} }
            _ = try replica.release(under: owner)
        }
        // It goes with them.
        setAsideBytes = 0
        environment.failpoints.reach("master-target.release.after")
    }

    /// Takes the disks back after a cancel: what the other owner wrote lies in its overlay, which is set aside; then
    /// the disks go up to the newest point again, from which replication resumes.
    func reclaim(under generation: Model.Generation) async throws {
        let owner = Blocks.Generation(generation)
        try await act("take the disks back") { [holder, files = environment.files] replica in
            try Self.setAside(replica, holder, files)
            try replica.reclaim(under: owner)
        }
        await lookAtSetAside()
        let status = try await status()
        if status.isMoved, let newest = status.points.last(where: \.isApplied) { try await move(to: newest.number) }
    }

    func commit() async throws { try await act("commit the hand-over") { try $0.commitHandover() } }

    /// Reads every disk back, or what was written here. A block that differs from its digest is an error, not a root.
    func verify(changedOnly: Bool) async throws -> TargetV1.VerifyReplicaResponse {
        try await act("verify the replica") { [item, scrubbed] replica in
            let status = try replica.status
            guard status.underway == nil, status.condition == .settled else {
                throw Failure(
                    .operationNotAllowed, "verify item \(item): its disks are not at a point here", on: [.item(item)])
            }
            func require(_ differing: BlockSet, _ disk: ReplicaDisk) throws(Failure) {
                guard let first = differing.first() else { return }
                throw Failure(
                    .dataCorrupt, "verify item \(item): \(differing.count) blocks of \(disk.bundle), from block "
                        + "\(first), differ from their digests", on: [.item(item)])
            }
            var answer = TargetV1.VerifyReplicaResponse()
            answer.position = status.position.number
            answer.since = status.points.first?.name ?? ""
            answer.scrub = scrubbed?.message
            for (index, disk) in status.disks.enumerated() {
                if changedOnly {
                    let check = try replica.verifyChanged(index)
                    try require(check.differing, disk)
                    answer.verifiedBlocks.append(UInt64(check.read))
                    let root = try replica.root(disk: index)
                    answer.roots.append(.with { $0.disk = disk.name; $0.root = root.bytes })
                } else {
                    let check = try replica.verifyDisk(index)
                    try require(check.differing, disk)
                    answer.verifiedBlocks.append(UInt64(DiskGeometry(size: disk.size).blockCount))
                    answer.roots.append(.with { $0.disk = disk.name; $0.root = check.root.bytes })
                }
            }
            return answer
        }
    }
}

extension ReplicaStatus {
    fileprivate var isCommitted: Bool { if case .committed = condition { true } else { false } }
}
