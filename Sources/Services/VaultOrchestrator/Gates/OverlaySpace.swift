import Blocks
import Contract
import Messages
import Model

/// What a machine that was failed over may write until its commit, while it lies in an overlay over the disks that were
/// handed over: by how its item has changed so far, and never more than its disks have.
struct OverlayEstimate: Hashable, Sendable {
    /// Of the overlay alone.
    let bytes: UInt64
    /// How the figure was made, for people.
    let basis: String

    /// Without a rate: what a system that boots and is looked at writes at least (logs, caches, a page file).
    static let least: UInt64 = 1 << 30

    /// - Parameters:
    ///   - points: of the item, where they are told.
    ///   - untilCommitUs: how long it is expected to run so.
    init(_ item: ItemRecord, _ points: [TargetV1.RecoveryPoint], untilCommitUs: UInt64) {
        let whole = item.machineDisks.reduce(Quantities()) { $0 + Quantities(bytes: $1.bytes) }.bytes
        guard let seen = Self.changes(points) else {
            bytes = min(Self.least, whole)
            basis = "\(Self.text(bytes)), since no two recovery points in a row tell how fast it changes: "
                + "\(Self.text(Self.least)), and no more than its disks have"
            return
        }
        // In words of 128 bits nothing is too long or too fast.
        let product = seen.bytes.multipliedFullWidth(by: untilCommitUs)
        let wanted = product.high < seen.us ? seen.us.dividingFullWidth(product).quotient : .max
        bytes = min(wanted, whole)
        let second = seen.bytes.multipliedFullWidth(by: 1_000_000)
        let rate = second.high < seen.us ? seen.us.dividingFullWidth(second).quotient : .max
        basis = "\(Self.text(bytes)): \(Self.text(seen.bytes)) changed in \(seen.us / 1_000_000) s by \(seen.count) "
            + "recovery points, \(Self.text(rate)) a second, for \(untilCommitUs / 3_600_000_000) h until commit, and "
            + "no more than its disks have"
    }

    /// An overlay's blocks stay where they are while the merge writes them below, where there may have been holes.
    var withMerge: UInt64 {
        let (sum, isOver) = bytes.addingReportingOverflow(bytes)
        return isOver ? .max : sum
    }

    /// What the intervals brought of which both ends are known: the point that one was based on is there, of the same
    /// writer. One that was thinned out is in none of them, with its time. nil: there is none.
    private static func changes(_ points: [TargetV1.RecoveryPoint]) -> (bytes: UInt64, us: UInt64, count: Int)? {
        let usable = points.ofReplication
        let byNumber = Dictionary(usable.map { ($0.number, $0) }) { first, _ in first }
        var (bytes, us, count) = (Quantities(), UInt64(0), 0)
        for point in usable {
            guard point.base > 0, let base = byNumber[point.base], base.generation == point.generation,
                point.cutUnixUs > base.cutUnixUs
            else { continue }
            let (own, isOver) = point.blocks.multipliedReportingOverflow(by: UInt64(blockSize))
            bytes = bytes + Quantities(bytes: isOver ? .max : own)
            us &+= UInt64(point.cutUnixUs - base.cutUnixUs)
            count += 1
        }
        return us == 0 ? nil : (bytes.bytes, us, count)
    }

    private static func text(_ bytes: UInt64) -> String { ByteCount(Int64(clamping: bytes)).description }
}

extension Observation {
    /// Of a failover; of a reprotect home that of the failback after it.
    var overlay: OverlayEstimate? {
        switch operation {
        case .failover, .reprotect(.home): break
        default: return nil
        }
        return estimatedOverlay
            ?? OverlayEstimate(item, points.value ?? [], untilCommitUs: usualTimeUntilCommitUs)
    }
}

extension Observation {
    /// Taken from the target's datastore until commit: the overlay, its merge, and what is kept of what is overwritten
    /// at home before the machine is started there.
    var roomUntilCommit: UInt64 {
        let undo = operation == .failover(.home) ? undoBytes : 0
        return (Quantities(bytes: overlay?.withMerge ?? 0) + Quantities(bytes: undo)).bytes
    }
}

/// A day: somebody looks at what was failed over, and decides.
let usualTimeUntilCommitUs: UInt64 = 86_400_000_000

/// The overlay that the machine writes to until commit, and its merge, fit at the target's datastore; of a group those
/// of all its members.
func overlaySpace(_ seen: Observation, _ direction: Direction) -> Gate {
    let site = direction.target
    let platform: PlatformV1.PlatformStatus
    switch site == .home ? seen.homePlatform : seen.targetPlatform {
    case .value(let status) where site == .cloud || status.connected: platform = status
    case .value: return Gate(.overlaySpace, .unknown, causedBy: .gate(.vcenterConnected))
    case .unreachable(let why) where site == .cloud: return seen.unknown(.overlaySpace, why, "platform", "cloud")
    default:
        return Gate(
            .overlaySpace, .unknown, causedBy: site == .home ? .gate(.configurationServerConnected) : nil)
    }
    guard let estimate = seen.overlay else { return Gate(.overlaySpace, .unknown) }
    let free = (site == .home ? seen.freeBytesAtHome : nil) ?? platform.datastoreFreeBytes
    let own = seen.roomUntilCommit
    let needed = max(own, seen.roomTogether)
    func text(_ bytes: UInt64) -> String { ByteCount(Int64(clamping: bytes)).description }
    let whose = needed > own ? "the overlays of all members" : "the overlay"
    let undo = own > estimate.withMerge ? ", with the undo of what is overwritten before," : ""
    let evidence = [
        seen.saw("the overlay may take \(estimate.basis)", "vault"),
        seen.saw(
            "\(whose) and the merge\(undo) take \(text(needed)), \(text(free)) are free", "\(site.rawValue) platform"),
    ]
    guard free < needed else { return Gate(.overlaySpace, .pass, evidence: evidence) }
    let verb = direction == .home ? "failback" : "failover"
    return Gate(
        .overlaySpace, .fail, evidence: evidence,
        remedy: Remedy(
            "Make room on the datastore of \(site.rawValue); or go on without it, with your reason: a machine that "
                + "finds none stops writing",
            command: "homeward \(verb) \(seen.name) --waive \(GateCode.overlaySpace.rawValue)='why'"))
}

/// A reprotect writes no overlay; but who comes home had better know before that the failback finds no room for one.
func overlaySpaceAhead(_ seen: Observation) -> Gate {
    var gate = overlaySpace(seen, .home)
    gate.severity = .warning
    if gate.remedy != nil { gate.remedy = Remedy("Make room on the datastore of home before the failback") }
    return gate
}
