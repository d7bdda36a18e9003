import Contract
import Messages
import Model

/// What a run of a plan does with its members.
enum PlanOperation: String, Codable, CaseIterable, Hashable, Sendable {
    case failover, commit, reprotect, cancel, drill
    case drillCleanup = "drill-cleanup"

    init(_ message: VaultV1.PlanOperation) throws(Failure) {
        switch message {
        case .failover: self = .failover
        case .commit: self = .commit
        case .reprotect: self = .reprotect
        case .cancel: self = .cancel
        case .drill: self = .drill
        case .drillCleanup: self = .drillCleanup
        case .unspecified, .unrecognized:
            throw Failure(
                .invalidArgument, "run a plan: say whether to fail over, commit, reprotect, cancel, begin a drill or "
                    + "clean one up")
        }
    }

    var message: VaultV1.PlanOperation {
        switch self {
        case .failover: .failover
        case .commit: .commit
        case .reprotect: .reprotect
        case .cancel: .cancel
        case .drill: .drill
        case .drillCleanup: .drillCleanup
        }
    }

    /// Only machines that start do so in an order, and have something done before and after.
    var startsMachines: Bool { self == .failover || self == .drill }
    /// Until its members have ended it can be given up.
    var hasPivot: Bool { self != .reprotect && self != .drill }
}

/// What a run was asked for.
struct PlanWish: Codable, Hashable, Sendable {
    var operation: PlanOperation
    /// Of a failover and of a drill.
    var direction: String?
    /// Of a failover and of a drill: `PointChoice` by number.
    var choice: Int32 = 0
    var statement: StoredStatement?
    var confirmLoss = false
    var waitForAgent = false
    /// Of a drill's cleanup, a person's.
    var remark: String?

    var directionValue: Direction? { direction.flatMap(Direction.init(rawValue:)) }
    var pointChoice: VaultV1.PointChoice { VaultV1.PointChoice(rawValue: choice) }

    /// Of a run that starts machines, for its scripts.
    var operationName: String {
        let direction = directionValue ?? .out
        return operation == .drill ? drillName(direction) : direction == .home ? "failback" : "failover"
    }

    /// Whether such a run does an action at all.
    func does(_ action: StoredAction) -> Bool {
        guard operation.startsMachines, let direction = directionValue else { return false }
        return action.isDone(in: direction) && (operation != .drill || action.inDrills == true)
    }
}

/// A run as its job keeps it: with its own copy of the plan, so that an edit changes nothing of it.
struct PlanRunRecord: Codable, Hashable, Sendable {
    /// One item, or one replication group: what one job of the run works on.
    struct Unit: Codable, Hashable, Sendable {
        struct Member: Codable, Hashable, Sendable {
            var item: String
            var displayName: String
        }

        /// Index of its boot group.
        var bootGroup: Int
        /// `items/{id}` or `groups/{id}`.
        var name: String
        var members: [Member]
        /// Its job; of a unit that an earlier run finished, that run's.
        var job = ""
        var isDoneBefore = false

        /// For people.
        var displayName: String { group ?? members.first?.displayName ?? name }
        var group: String? { name.hasPrefix("groups/") ? String(name.dropFirst("groups/".count)) : nil }
    }

    var plan: String
    var version: UInt64
    var digest: String
    var spec: PlanSpec
    var wish: PlanWish
    var person: String
    var waivers: [StoredWaiver] = []
    var units: [Unit]
    var rerunOf: String?
    /// The first of a run and those that ran it again; keys of actions are of it.
    var root: String
    /// Ids of actions that an earlier run finished.
    var actionsDone: [String] = []

    /// In this run's direction, those that are left of a boot group.
    func actions(_ place: ActionPlace.Side, of bootGroup: Int) -> [(index: Int, action: StoredAction)] {
        let group = spec.bootGroups[bootGroup]
        return (place == .before ? group.before : group.after).enumerated().compactMap { index, action in
            wish.does(action) && !actionsDone.contains(action.id) ? (index, action) : nil
        }
    }

    /// Those that this run's own jobs work on.
    var working: [Unit] { units.filter { !$0.isDoneBefore } }

    /// Boot groups with something to do.
    var workingGroups: [Int] { spec.bootGroups.indices.filter { index in working.contains { $0.bootGroup == index } } }

    /// The same for every start of an action of this run, and of those that run it again.
    func actionKey(_ action: StoredAction) -> String { "\(root)/\(action.id)" }
}

/// Where an action stands in a plan; its step has this name.
struct ActionPlace: Hashable, Sendable {
    enum Side: String, Sendable { case before, after }

    /// From 0.
    var bootGroup: Int
    var side: Side
    /// From 0.
    var index: Int

    var step: StepID { StepID(stringLiteral: "g\(bootGroup + 1)-\(side.rawValue)-\(index + 1)") }

    func action(_ record: PlanRunRecord) -> StoredAction? {
        guard record.spec.bootGroups.indices.contains(bootGroup) else { return nil }
        let group = record.spec.bootGroups[bootGroup]
        let actions = side == .before ? group.before : group.after
        return actions.indices.contains(index) ? actions[index] : nil
    }
}

/// What a step of a run leaves in the journal; read as a `StepOutput` where no more is wanted.
struct PlanStepOutput: Codable, Hashable, Sendable {
    var detail = ""
    var facts: [String: String] = [:]
    var numbers: [String: UInt64] = [:]
    /// A member or the action failed: the plan's policy says what follows.
    var failed = false
    /// Of a script that ended by itself.
    var exit: Int32?
    var output: String?
    var dropped: Int64?
    var person: String?

    init(_ detail: String, failed: Bool = false) {
        self.detail = detail
        self.failed = failed
    }

    func bytes() throws(Failure) -> [UInt8] { try Stored.bytes(self) }

    init?(_ bytes: [UInt8]) {
        guard let value = try? Stored.value(PlanStepOutput.self, bytes) else { return nil }
        self = value
    }
}
