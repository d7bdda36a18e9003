import Contract
import Messages
import Model
import Receivers
import Replicas
import Store

/// Which points of an item are kept, as the vault set it.
struct SetRetention: Sendable {
    /// nil: what this master target was set up with.
    var retention: TargetV1.Retention?
    /// Orders what the vault asks for: a late request does not undo a newer one.
    var revision: UInt64
}

/// The retentions that the vault set, by item, in this master target's database.
struct RetentionTable: Sendable {
    let database: StoreDatabase

    static let schema = """
        CREATE TABLE retentions (
            item TEXT PRIMARY KEY,
            revision INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    func retention(of item: ItemID) async throws -> SetRetention? {
        try await database.read { try row(item, in: $0) }
    }

    /// Lower than what is stored: refused. Equal: what is stored stays.
    func set(_ new: SetRetention, of item: ItemID) async throws -> SetRetention {
        try await database.write("retention") { transaction in
            if let stored = try row(item, in: transaction), stored.revision >= new.revision {
                guard stored.revision == new.revision else {
                    throw Failure(
                        .operationNotAllowed, "set the retention of item \(item): revision \(stored.revision) was set "
                            + "already, this is revision \(new.revision)", on: [.item(item)])
                }
                return stored
            }
            try transaction.run(
                "INSERT INTO retentions (item, revision, body) VALUES (?, ?, ?) "
                    + "ON CONFLICT (item) DO UPDATE SET revision = excluded.revision, body = excluded.body",
                .id(item), .bits(new.revision), .blob(new.retention?.wireBytes() ?? []))
            return new
        }
    }

    func forget(_ item: ItemID) async throws {
        try await database.write("retention") { transaction in
            _ = try transaction.run("DELETE FROM retentions WHERE item = ?", .id(item))
        }
    }

    private func row(_ item: ItemID, in transaction: Transaction) throws -> SetRetention? {
        guard let row = try transaction.row("SELECT revision, body FROM retentions WHERE item = ?", .id(item)) else {
            return nil
        }
        do {
            let body = try row.blob("body")
            return SetRetention(
                retention: body.isEmpty ? nil : try TargetV1.Retention(wire: body), revision: try row.bits("revision"))
        } catch { throw Failure(.storeCorrupt, "read the retention of item \(item): \(error)") }
    }
}

extension RetentionPolicy {
    init(_ message: TargetV1.Retention) {
        self.init(
            count: Int(message.points), age: message.ageUs == 0 ? nil : .microseconds(Int64(clamping: message.ageUs)),
            thinning: message.thinning.map { step in
                Step(
                    olderThan: .microseconds(Int64(clamping: step.olderThanUs)),
                    keepEvery: .microseconds(Int64(clamping: step.keepEveryUs)))
            })
    }
}

extension MasterTargetSettings {
    /// For items of which the vault says nothing else.
    var retention: TargetV1.Retention {
        .with {
            $0.points = UInt32(clamping: retentionPoints)
            $0.ageUs = UInt64(retentionHours) * 3_600_000_000
        }
    }
}

extension RetentionPolicy.Verdict {
    fileprivate var text: String {
        switch self {
        case .age(let limit): "it is older than \(limit.inMicroseconds / 1_000_000) s"
        case .thinned(let span): "another point stands for its span of \(span.inMicroseconds / 1_000_000) s"
        case .count(let limit): "it is over the count of \(limit)"
        }
    }
}

extension Keeper {
    /// Shown at once; the rest is counted.
    private static let mostShown = 500

    var retention: RetentionPolicy { RetentionPolicy(retentionSet?.retention ?? setup) }

    /// Prunes at once what is over it.
    func keepPoints(by new: SetRetention) {
        retentionSet = new
        changed()
        apply()
    }

    /// What a retention would remove now; none: what this master target was set up with.
    func preview(_ retention: TargetV1.Retention?) async throws -> TargetV1.PreviewRetentionResponse {
        let policy = RetentionPolicy(retention ?? setup)
        let now = environment.clock.wallNow()
        return try await act("look at the points") { replica in
            let (all, disks) = (try replica.points, try replica.status.disks)
            let gone = try replica.outdated(policy, now: now)
            return .with {
                $0.removedPoints = UInt32(gone.count)
                $0.keptPoints = UInt32(all.count - gone.count)
                $0.removed = gone.prefix(Self.mostShown).map { point, verdict in
                    .with {
                        $0.point = point.message(of: disks)
                        $0.because = verdict.text
                    }
                }
            }
        }
    }

    /// One at a time: what arrives meanwhile is taken in between. Where there is no space to merge in, the points stay
    /// until the next interval was applied: room for that is made of the oldest point.
    func prune() async throws(Failure) {
        var dropped = 0
        pruneTrouble = nil
        while !isStopping {
            let (now, retention) = (environment.clock.wallNow(), retention)
            do {
                let number = try await act("prune the points") { try $0.pruneOne(retention, now: now) }
                guard number != nil else { break }
            } catch {
                guard error.code == .noSpace else { throw error }
                log.warning("points over the retention stay", metadata: ["error": "\(error)"])
                pruneTrouble = "points over the retention stay: \(error.code.rawValue): \(error.message)"
                break
            }
            dropped += 1
        }
        if dropped > 0 { log.info("points dropped", metadata: ["count": "\(dropped)"]) }
    }
}
