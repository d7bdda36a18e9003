import Blocks
import Contract
import Messages
import Model
import Store

/// What gates promise a job of a site's capacity (rule K7): nobody else is promised the same while the job holds its
/// items.
struct Quantities: Codable, Hashable, Sendable {
    /// Disks at home's master target.
    var slots: UInt64 = 0
    /// Of the datastore.
    var bytes: UInt64 = 0
    /// Of the host, for a machine that is started.
    var memoryMib: UInt64 = 0

    static func + (one: Quantities, other: Quantities) -> Quantities {
        func sum(_ one: UInt64, _ other: UInt64) -> UInt64 {
            let (sum, isOver) = one.addingReportingOverflow(other)
            return isOver ? .max : sum
        }
        return Quantities(
            slots: sum(one.slots, other.slots), bytes: sum(one.bytes, other.bytes),
            memoryMib: sum(one.memoryMib, other.memoryMib))
    }
}

/// A promise, in the row of the item that it was made for; over when another job holds the item, or none. A reprotect's
/// goes on while the item synchronizes by it: only then is written what it was promised room for.
struct StoredReservation: Codable, Hashable, Sendable {
    var job: String
    var item: String
    var site: String
    var masterTarget: String
    /// That the bytes are of, and the memory; nil: the site's first.
    var datastore: String?
    var host: String?
    var quantities: Quantities
}

/// What a job needs, and what there was when its gates were looked at.
struct WantedCapacity: Sendable {
    private(set) var site: Site?
    private(set) var masterTarget = ""
    private(set) var datastore: String?
    private(set) var host: String?
    private(set) var items: [String: Quantities] = [:]
    private(set) var free = Quantities(slots: .max, bytes: .max, memoryMib: .max)

    init() {}

    /// Of an operation that starts a machine, or brings disks to home's master target.
    init(_ seen: [Observation], waived: [GateCode]) {
        guard let first = seen.first else { return }
        switch first.operation {
        case .reprotect(.home):
            site = .home
            masterTarget = first.masterTarget.value?.endpoint?.id ?? first.item.masterTarget
            let attached = first.masterTarget.value?.figures["attached_disks"] ?? 0
            free.slots = masterTargetSlots > attached ? masterTargetSlots - attached : 0
            free.bytes = first.freeBytesAtHome ?? first.homePlatform.value?.datastoreFreeBytes ?? .max
            datastore = datastoreApart(first)
            for one in seen {
                let isThere = one.item.home.value == .atTarget && one.alternate == nil
                let needsRoom = !waived.contains(.retentionSpace)
                items[one.item.id] = Quantities(
                    slots: isThere ? 0 : UInt64(one.item.disks.count), bytes: needsRoom ? one.reprotectBytes : 0)
            }
        case .failover(.home), .drill:
            let platform = first.operation == .drill ? first.targetPlatform : first.homePlatform
            site = first.operation == .drill ? (try? first.item.phaseValue()?.direction)??.target : .home
            let hosts = first.operation == .drill ? [] : platform.value?.hosts ?? []
            let place = hosts.first { $0.id == platform.value?.host(of: first.homeMachine.value) }
            free.memoryMib = place?.memoryFreeMib ?? platform.value?.memoryFreeMib ?? .max
            host = place.flatMap { $0.id == hosts.first?.id ? nil : $0.id }
            let needsRoom = first.operation != .drill && !waived.contains(.overlaySpace)
            free.bytes = first.freeBytesAtHome ?? platform.value?.datastoreFreeBytes ?? .max
            datastore = first.operation == .drill ? nil : datastoreApart(first)
            let needsUndo = first.operation != .drill && !waived.contains(.retentionSpace)
            for one in seen {
                let overlay = Quantities(bytes: needsRoom ? one.overlay?.withMerge ?? 0 : 0)
                let undo = Quantities(bytes: needsUndo ? one.undoBytes : 0)
                items[one.item.id] = overlay + undo + Quantities(memoryMib: UInt64(one.item.memoryMib))
            }
        default: break
        }
    }

    var isNothing: Bool { items.isEmpty }
    var needed: Quantities { items.values.reduce(Quantities()) { $0 + $1 } }

    /// - job: its id; none while it has not begun.
    func reservation(of item: ItemRecord, for job: String) -> StoredReservation? {
        guard let site, let quantities = items[item.id] else { return nil }
        return StoredReservation(
            job: job, item: item.displayName, site: site.rawValue, masterTarget: masterTarget,
            datastore: datastore, host: host, quantities: quantities)
    }

    /// What of a promise is of the same things: of the same site, slots of the same master target, bytes and memory of
    /// the same datastore and host.
    func shared(with held: StoredReservation) -> StoredReservation? {
        guard held.site == site?.rawValue else { return nil }
        var held = held
        if held.masterTarget != masterTarget { held.quantities.slots = 0 }
        if held.datastore != datastore { held.quantities.bytes = 0 }
        if held.host != host { held.quantities.memoryMib = 0 }
        return held
    }

    /// What does not fit beside what is promised, in a person's words.
    func lacking(beside promised: [StoredReservation]) -> [String] {
        let (needed, taken) = (needed, promised.reduce(Quantities()) { $0 + $1.quantities })
        func lack(_ what: String, _ free: UInt64, _ taken: UInt64, _ needed: UInt64) -> String? {
            // What does not fit even alone another gate tells.
            guard needed > 0, taken > 0, needed <= free, free - needed < taken else { return nil }
            return "\(free) \(what) are free, \(taken) of them are promised to other jobs, \(needed) are needed"
        }
        return [
            lack("slots of master target \(masterTarget)", free.slots, taken.slots, needed.slots),
            lack("bytes of \(site?.rawValue ?? "")'s datastore", free.bytes, taken.bytes, needed.bytes),
            lack("MiB of memory at \(site?.rawValue ?? "")'s host", free.memoryMib, taken.memoryMib, needed.memoryMib),
        ].compactMap(\.self)
    }
}

/// nil for the first one of the site.
private func datastoreApart(_ seen: Observation) -> String? {
    let usual = seen.homePlatform.value?.datastores.first?.id
    return seen.datastoreAtHome.flatMap { $0 == usual ? nil : $0 }
}

extension Observation {
    /// What the replication home may write to its datastore: what it overwrites is kept, new disks are new.
    fileprivate var reprotectBytes: UInt64 {
        guard alternate == nil else {
            return item.disks.reduce(Quantities()) { $0 + Quantities(bytes: $1.bytes) }.bytes
        }
        return undoBytes
    }

    /// The datastore of the disks at home, those that are there or those that are to be made; nil: not told apart.
    var datastoreAtHome: String? {
        let id = alternate == nil ? homeMachine.value?.datastores.first ?? "" : datastore
        return id.isEmpty ? nil : id
    }

    /// Of that datastore; nil: not told.
    var freeBytesAtHome: UInt64? {
        homePlatform.value?.datastores.first { $0.id == datastoreAtHome }?.freeBytes
    }

    /// What is overwritten at home and kept until the failback is committed: at most what the reprotect may move; by a
    /// failback at most what its source has not sent yet, and what a move to an older point takes back.
    var undoBytes: UInt64 {
        let blocks: [UInt64]
        switch operation {
        case .failover(.home): blocks = [unsentBlocks, movedBlocks]
        case .reprotect(.home):
            let bound = VaultV1.SynchronizationBound(self, .home)
            blocks = [bound.changedBlocks, bound.suspectBlocks]
        default: blocks = []
        }
        return blocks.reduce(Quantities()) { sum, blocks in
            let (bytes, isOver) = blocks.multipliedReportingOverflow(by: UInt64(blockSize))
            return sum + Quantities(bytes: isOver ? .max : bytes)
        }.bytes
    }

    /// As its agent reported last; all of the machine while that is not heard, and none of it when it was stated dead.
    private var unsentBlocks: UInt64 {
        guard statement == nil else { return 0 }
        let whole = item.machineDisks.reduce(0) { $0 + UInt64(DiskGeometry(size: Int64($1.bytes)).blockCount) }
        guard let agent = agent.value, agent.attached, let status = agent.status else { return whole }
        let (blocks, areOver) = status.dirtyBlocks.addingReportingOverflow(status.suspectBlocks)
        return areOver ? whole : min(whole, blocks)
    }

    /// Each newer point than the one that was chosen is taken back.
    private var movedBlocks: UInt64 {
        guard let chosenPoint else { return 0 }
        return (points.value ?? []).ofReplication.filter { $0.number > chosenPoint }.reduce(0) { sum, point in
            let (blocks, areOver) = sum.addingReportingOverflow(point.blocks)
            return areOver ? .max : blocks
        }
    }
}

func capacityReserved(_ seen: Observation) -> Gate {
    capacityReserved(seen.wanted, seen.promised, at: seen.at)
}

private func capacityReserved(
    _ wanted: WantedCapacity, _ promised: [StoredReservation], at now: UnixMicroseconds
) -> Gate {
    let lacking = wanted.lacking(beside: promised)
    guard !lacking.isEmpty else { return Gate(.capacityReserved, .pass) }
    let holders = Set(promised.map { $0.job.isEmpty ? "\($0.item) of this run" : "jobs/\($0.job) for \($0.item)" })
    let seen = lacking + holders.sorted().map { "promised to \($0)" }
    let jobs = promised.map(\.job).filter { !$0.isEmpty }
    return Gate(
        .capacityReserved, .fail, evidence: seen.map { Evidence($0, source: "vault", at: now) },
        remedy: jobs.first.map { Remedy("Wait until that job has ended", command: "homeward jobs wait \($0)") }
            ?? Remedy("Make room there, or run fewer machines at once: in plans of their own, one after the other"))
}

/// A run claims its members one after the other, each beside those before it: judged alike, so that a preview says what
/// the claim will find.
func judgeTogether(
    _ parts: inout [PreparedRun.Part], _ store: VaultStore, at now: UnixMicroseconds, in transaction: Transaction
) throws {
    var before: [StoredReservation] = []
    for index in parts.indices {
        let draft = parts[index].draft
        let wanted = draft.capacity
        let inRun = before.compactMap { wanted.shared(with: $0) }
        if !wanted.isNothing, !inRun.isEmpty {
            let promised = try store.reservations(beside: wanted, in: transaction) + inRun
            let gate = capacityReserved(wanted, promised, at: now)
            parts[index].gates.removeAll { $0.code == .capacityReserved }
            parts[index].gates.append(gate)
        }
        before += draft.scope.items.compactMap { wanted.reservation(of: $0, for: "") }
    }
}

/// In the transaction that claims: of two requests that were judged beside each other the second one sees the first.
func refuseOvercommitted(_ draft: VaultCore.Draft, _ store: VaultStore, _ transaction: Transaction) throws {
    guard !draft.capacity.isNothing else { return }
    let promised = try store.reservations(beside: draft.capacity, in: transaction)
    let gate = capacityReserved(draft.capacity, promised, at: UnixMicroseconds(0))
    guard gate.blocks else { return }
    throw Failure(.gatesFailed, draft.operation.attempt(draft.scope.name), gates: [gate])
}

extension ItemRecord {
    /// Whether the job that was promised something still needs it.
    var usesReservation: Bool {
        guard let job = reserved?.job else { return false }
        if job == claimJob { return true }
        guard job == synchronizingJob, case .synchronizing? = (try? phaseValue()).flatMap({ $0 }) else { return false }
        return true
    }
}

extension VaultStore {
    /// Promises at the same site, and of slots at the same master target, to jobs that hold other items than these, or
    /// synchronize them. The disks of those are attached already, so that their slots are taken, not promised; what of
    /// their bytes is written nobody tells, so that all of them count until the item is in sync.
    func reservations(beside wanted: WantedCapacity, in transaction: Transaction) throws -> [StoredReservation] {
        try records(
            """
            SELECT id, revision, body FROM items WHERE id IN (
                SELECT id FROM items WHERE claim_job IS NOT NULL
                UNION SELECT id FROM items WHERE phase IN ('SYNCHRONIZING_OUT', 'SYNCHRONIZING_HOME')
            ) ORDER BY id
            """, in: transaction
        ).compactMap { item in
            guard let reserved = item.reserved, item.usesReservation, wanted.items[item.id] == nil,
                var held = wanted.shared(with: reserved)
            else { return nil }
            let isAttached = held.job != item.claimJob
            if isAttached { held.quantities.slots = 0 }
            return held
        }
    }
}
