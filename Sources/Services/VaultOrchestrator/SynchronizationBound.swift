import Blocks
import Messages
import Model

/// What bringing an item in sync may move, as its preview says it. Nothing is asked for here: the source's part is
/// what its agent reported last, the target's is what the last change of roles and the home machine's end left.
extension VaultV1.SynchronizationBound {
    init(_ seen: Observation, _ direction: Model.Direction) {
        let item = seen.item
        let whole = item.machineDisks.reduce(0) { $0 + UInt64(DiskGeometry(size: Int64($1.bytes)).blockCount) }
        self.init()
        self.item = item.id
        displayName = item.displayName
        if direction == .out, !item.seedAtCloud {
            self = .full(item)
        } else if let status = seen.agent.value?.status, seen.agent.value?.attached == true {
            let target = Self.inDoubt(atTarget: seen, direction)
            changedBlocks = min(whole, status.dirtyBlocks)
            // Where the whole disk is compared, nothing but what differs is sent twice.
            let (suspect, areOver) = status.suspectBlocks.addingReportingOverflow(target ?? whole)
            suspectBlocks = areOver ? whole : min(whole, suspect)
            crashBlocks = Self.crash(item)
            let stops = direction == .home && seen.homeMachine.value.map { $0.power != .off } == true
            let age = seen.agent.value?.silentUs.inSeconds ?? ""
            basis = "the agent of \(item[direction.source].machine), \(age) ago; "
                + "the \(direction.target.rawValue) copy: \(Self.words(ofTarget: target, stops: stops))"
        } else {
            suspectBlocks = whole
            crashBlocks = Self.crash(item)
            basis = "the agent of \(item[direction.source].machine) has not reported: the bound is the whole machine"
        }
    }

    /// Everything is sent; what a crash puts in doubt was to be sent anyway, or is compared.
    static func full(_ item: ItemRecord) -> Self {
        .with {
            $0.item = item.id
            $0.displayName = item.displayName
            $0.changedBlocks = item.machineDisks.reduce(0) {
                $0 + UInt64(DiskGeometry(size: Int64($1.bytes)).blockCount)
            }
            $0.crashBlocks = crash(item)
            $0.basis = "nothing of it is at the target: a full copy"
        }
    }

    /// Blocks that the target may hold other than the source's map says; nil for: any.
    private static func inDoubt(atTarget seen: Observation, _ direction: Model.Direction) -> UInt64? {
        if seen.item.sourceWasStatedDead == true { return nil }
        if direction == .out { return seen.item.seedDoubtBlocks ?? 0 }
        return seen.homeMachine.value?.uncleanStop == true ? crash(seen.item) : 0
    }

    private static func words(ofTarget doubt: UInt64?, stops: Bool) -> String {
        switch doubt {
        case nil: "it was stated dead, and may have written since"
        case 0: stops ? "its agent closes it when the machine is turned off" : "it was closed in order"
        case let blocks?: "at most \(blocks) blocks of it were in doubt when it was closed"
        }
    }

    static func crash(_ item: ItemRecord) -> UInt64 {
        item.machineDisks.reduce(0) { $0 + UInt64(DiskGeometry(size: Int64($1.bytes)).crashBound) }
    }
}

extension UInt64 {
    /// Microseconds, for people.
    fileprivate var inSeconds: String { "\(self / 1_000_000).\(self / 100_000 % 10) s" }
}
