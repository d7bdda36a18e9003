// Generated from homeward/vault/v1/plans.proto by protoc-gen-homeward. Do not edit.
internal import CMessages
public import MessageCoding

extension VaultV1 {
    /// What a run does once a member or an action of a boot group has failed.
    public enum OnFailure: Hashable, Sendable {
        /// Never sent; taken as CONTINUE.
        case unspecified
        /// The next boot group starts.
        case `continue`
        /// The next boot group does not start: its machines go back to where they were.
        case stop
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .`continue`
                case 2: self = .stop
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .`continue`: 1
                case .stop: 2
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .`continue`, .stop]
        }
    }

    /// What is done by itself some time after a failover or failback of a plan succeeded.
    public enum AutomaticEnd: Hashable, Sendable {
        /// Never sent; taken as NONE.
        case unspecified
        /// Nothing: a person decides.
        case none
        /// The run is committed.
        case commit
        /// The run is cancelled: the machines go back, and the writes since they booted are kept aside.
        case cancel
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .none
                case 2: self = .commit
                case 3: self = .cancel
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .none: 1
                case .commit: 2
                case .cancel: 3
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .none, .commit, .cancel]
        }
    }

    /// What a run does.
    public enum PlanOperation: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Fails all members over or back.
        case failover
        /// Commits all members.
        case commit
        /// Replicates all members towards the side they came from.
        case reprotect
        /// Takes all members back to the side they were failed over from.
        case cancel
        /// Begins a drill of each member, boot group by boot group.
        case drill
        /// Ends the drills that stand of its members.
        case drillCleanup
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .failover
                case 2: self = .commit
                case 3: self = .reprotect
                case 4: self = .cancel
                case 5: self = .drill
                case 6: self = .drillCleanup
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .failover: 1
                case .commit: 2
                case .reprotect: 3
                case .cancel: 4
                case .drill: 5
                case .drillCleanup: 6
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .failover, .commit, .reprotect, .cancel, .drill, .drillCleanup]
        }
    }

    /// Where a member of a run stands.
    public enum MemberState: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Not begun.
        case pending
        /// Its job works, or waits for its turn.
        case running
        /// Done.
        case done
        /// Done by the run that this one runs again.
        case doneBefore
        /// Failed; it is as it was before the run.
        case failed
        /// Its job cannot go on without a person.
        case stuck
        /// Went back because the run stopped or was cancelled.
        case cancelled
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .pending
                case 2: self = .running
                case 3: self = .done
                case 4: self = .doneBefore
                case 5: self = .failed
                case 6: self = .stuck
                case 7: self = .cancelled
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .pending: 1
                case .running: 2
                case .done: 3
                case .doneBefore: 4
                case .failed: 5
                case .stuck: 6
                case .cancelled: 7
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .pending, .running, .done, .doneBefore, .failed, .stuck, .cancelled]
        }
    }

    /// Where an action of a run stands.
    public enum ActionState: Hashable, Sendable {
        /// Never sent.
        case unspecified
        /// Not begun.
        case pending
        /// A script runs.
        case running
        /// The vault died while the script ran, and it is not known what became of it.
        case unknown
        /// Waits for a person's work or word.
        case waitingPerson
        /// Done.
        case done
        /// Done by the run that this one runs again.
        case doneBefore
        /// Failed.
        case failed
        /// Not done: of the other direction, or the run stopped before it.
        case skipped
        /// A number that this version has no name for; kept as it is.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
                case 0: self = .unspecified
                case 1: self = .pending
                case 2: self = .running
                case 3: self = .unknown
                case 4: self = .waitingPerson
                case 5: self = .done
                case 6: self = .doneBefore
                case 7: self = .failed
                case 8: self = .skipped
                default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
                case .unspecified: 0
                case .pending: 1
                case .running: 2
                case .unknown: 3
                case .waitingPerson: 4
                case .done: 5
                case .doneBefore: 6
                case .failed: 7
                case .skipped: 8
                case .unrecognized(let number): number
            }
        }

        /// The named values, in the order of the .proto.
        public static var allCases: [Self] {
            [.unspecified, .pending, .running, .unknown, .waitingPerson, .done, .doneBefore, .failed, .skipped]
        }
    }

    /// A program of the vault's host that a run of a plan waits for. It runs at least once; its environment has
    /// HOMEWARD_ACTION_KEY, which is the same however often it is started for one action of one run, and its standard input
    /// is one JSON object that says what runs.
    public struct ScriptAction: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ScriptAction" }

        /// Name of a file in the vault's directory of scripts; no path.
        public var program: String = ""
        /// Given to it as they are.
        public var arguments: [String] = []
        /// It is killed, with all that it started, after this; 0 means five minutes.
        public var timeoutUs: UInt64 = 0
        /// True: started again when the vault died while it ran. False: a person says what became of it.
        public var idempotent: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a person does, and says so: the run waits.
    public struct ManualAction: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ManualAction" }

        /// What to do.
        public var instructions: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Something done before or after the machines of a boot group start, in a run that fails over or back, or tests that.
    public struct PlanAction: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlanAction" }

        /// What it is.
        public enum Action: Hashable, Sendable {
            /// A program.
            case script(VaultV1.ScriptAction)
            /// A person's work.
            case manual(VaultV1.ManualAction)
        }

        /// Unique in its plan; lower-case letters, digits, `-`, `_` and `.`.
        public var id: String = ""
        /// For people; the id when empty.
        public var title: String = ""
        /// Directions in which it is done; empty for both.
        public var directions: [CommonV1.Direction] = []
        /// What it is.
        public var action: Action?
        /// Done in drills of the plan, too; without it a drill leaves it out.
        public var inDrills: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A stage of a plan: its machines start together, after those of the boot group before it are confirmed. Not to be
    /// confused with a replication group, which lies whole in one boot group.
    public struct BootGroup: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.BootGroup" }

        /// For people; unique in its plan.
        public var name: String = ""
        /// Items (`items/{id}` or the display name) and whole replication groups (`groups/{id}`); answered as `items/{id}` and
        /// `groups/{id}`.
        public var members: [String] = []
        /// Done in order when all machines of the plan are handed over and the boot groups before this one are up.
        public var before: [VaultV1.PlanAction] = []
        /// Done in order when the machines of this boot group are up.
        public var after: [VaultV1.PlanAction] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// How a plan is run.
    public struct PlanPolicy: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlanPolicy" }

        /// After a failure.
        public var onFailure: VaultV1.OnFailure = VaultV1.OnFailure(rawValue: 0)
        /// Members that commit, reprotect or cancel at once; 0 means 10.
        public var parallel: UInt32 = 0
        /// By itself after a while.
        public var automaticEnd: VaultV1.AutomaticEnd = VaultV1.AutomaticEnd(rawValue: 0)
        /// After this; required with an automatic end.
        public var automaticAfterUs: UInt64 = 0

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A recovery plan.
    public struct RecoveryPlan: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.RecoveryPlan" }

        /// `plans/{id}`; the id is chosen by who creates it.
        public var name: String = ""
        /// For people; the id when empty.
        public var displayName: String = ""
        /// What it is for.
        public var description: String = ""
        /// In the order in which they start: 1 to 10, with 1 to 100 machines in all, each once.
        public var bootGroups: [VaultV1.BootGroup] = []
        /// How it is run.
        public var policy: VaultV1.PlanPolicy?
        /// Rises by one with every change; the first is 1.
        public var version: UInt64 = 0
        /// Digest of all the above but version and name; a run names the digest of what it runs.
        public var digest: String = ""
        /// Changes with every change.
        public var etag: String = ""
        /// When it was created.
        public var createdUnixUs: Int64 = 0
        /// When it was last changed.
        public var updatedUnixUs: Int64 = 0
        /// Runs of it that have not ended, `jobs/{id}`.
        public var running: [String] = []
        /// Statements about its members as they are now: one that is no item any more, say.
        public var problems: [String] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Makes a plan. Name, boot groups and policy are taken; the rest is the vault's.
    public struct CreatePlanRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CreatePlanRequest" }

        /// The plan.
        public var plan: VaultV1.RecoveryPlan?
        /// Same id and same body: the same plan. Required.
        public var requestID: String = ""
        /// Check only; nothing is stored.
        public var validateOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Replaces a plan's content. Runs that have begun go on with what they began with.
    public struct UpdatePlanRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.UpdatePlanRequest" }

        /// The plan, with all of its content.
        public var plan: VaultV1.RecoveryPlan?
        /// Refuse when it has changed since; empty for any.
        public var etag: String = ""
        /// Check only; nothing is stored.
        public var validateOnly: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a plan.
    public struct GetPlanRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetPlanRequest" }

        /// `plans/{id}`, or the bare id.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for plans.
    public struct ListPlansRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListPlansRequest" }

        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of plans.
    public struct ListPlansResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListPlansResponse" }

        /// In order of name.
        public var plans: [VaultV1.RecoveryPlan] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Removes a plan. Its runs stay; one that has not ended refuses this.
    public struct DeletePlanRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.DeletePlanRequest" }

        /// `plans/{id}`, or the bare id.
        public var name: String = ""
        /// Refuse when it has changed since; empty for any.
        public var etag: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A plan is gone.
    public struct DeletePlanResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.DeletePlanResponse" }

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Runs a plan. All members are claimed at once, or the run is refused with all that is in the way.
    public struct RunPlanRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.RunPlanRequest" }

        /// `plans/{id}`, or the bare id.
        public var name: String = ""
        /// What to do.
        public var operation: VaultV1.PlanOperation = VaultV1.PlanOperation(rawValue: 0)
        /// With FAILOVER and DRILL: required, and must match the direction of every member.
        public var expectedDirection: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// With FAILOVER and DRILL: which point; each member's own, a replication group's common one. CHOSEN is of single
        /// items. A drill drains nothing, so that LATEST is not for it.
        public var choice: VaultV1.PointChoice = VaultV1.PointChoice(rawValue: 0)
        /// A person's statement, about every member.
        public var sourceDeadStatement: CommonV1.Statement?
        /// Confirms the loss of writes made since the machines booted, with CANCEL.
        public var confirmLoss: Bool = false
        /// With REPROTECT: wait for agents to register instead of refusing.
        public var waitForAgent: Bool = false
        /// Common options. The etag is the plan's. validate_only is refused: PreviewPlan tells what a run would do.
        public var options: VaultV1.MutationOptions?
        /// With DRILL_CLEANUP, for the record: what was found.
        public var remark: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Runs a run again: what it finished is taken as done, and what is left is done as the run would have.
    public struct RerunPlanRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.RerunPlanRequest" }

        /// The run that has ended, `jobs/{id}`.
        public var run: String = ""
        /// With FAILOVER and DRILL: which point for those that are left; unspecified means as before.
        public var choice: VaultV1.PointChoice = VaultV1.PointChoice(rawValue: 0)
        /// Common options. The etag is not looked at: the run keeps the plan that it began with. validate_only is refused:
        /// PreviewRerun tells what it would do.
        public var options: VaultV1.MutationOptions?
        /// A person's statement, about every member that is left.
        public var sourceDeadStatement: CommonV1.Statement?

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One gate's outcome for those members that share it.
    public struct PlanGate: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlanGate" }

        /// The gate.
        public var gate: CommonV1.Gate?
        /// Display names of the items.
        public var items: [String] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Gates that one thing explains.
    public struct PlanCause: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlanCause" }

        /// The component or gate that explains them.
        public var cause: String = ""
        /// They fail, are unknown, or warn.
        public var gates: [VaultV1.PlanGate] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One machine in a preview.
    public struct PlannedMember: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlannedMember" }

        /// `items/{id}`.
        public var item: String = ""
        /// Its display name.
        public var displayName: String = ""
        /// Its replication group, `groups/{id}`; empty for none.
        public var group: String = ""
        /// The point it would go to, in words.
        public var point: String = ""
        /// What would be lost, in words.
        public var loss: String = ""
        /// Expected loss in time; 0 for none, or when it is not known.
        public var lossUs: UInt64 = 0
        /// True when `loss_us` is not known.
        public var lossUnknown: Bool = false
        /// Codes of the gates that would refuse it.
        public var refused: [String] = []
        /// True when a run that is run again finished it.
        public var finished: Bool = false

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One boot group in a preview.
    public struct PlannedBootGroup: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlannedBootGroup" }

        /// Its name.
        public var name: String = ""
        /// Done before.
        public var before: [VaultV1.PlanAction] = []
        /// Its machines, by boot group's order.
        public var members: [VaultV1.PlannedMember] = []
        /// Done after.
        public var after: [VaultV1.PlanAction] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What a run would do, or why it would be refused.
    public struct PlanPreview: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlanPreview" }

        /// The plan's digest, which the run would hold a copy of.
        public var plan: String = ""
        /// In order.
        public var bootGroups: [VaultV1.PlannedBootGroup] = []
        /// All gates that do not pass, of all members at once, by cause.
        public var causes: [VaultV1.PlanCause] = []
        /// True when nothing would refuse the run.
        public var wouldRun: Bool = false
        /// The steps of the run itself.
        public var steps: [VaultV1.PlannedStep] = []
        /// Statements a person should read before confirming.
        public var warnings: [String] = []
        /// Digest to give to the run.
        public var planDigest: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What became of one machine.
    public struct MemberResult: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.MemberResult" }

        /// `items/{id}`.
        public var item: String = ""
        /// Its display name.
        public var displayName: String = ""
        /// Its replication group, `groups/{id}`; empty for none.
        public var group: String = ""
        /// Where it stands.
        public var state: VaultV1.MemberState = VaultV1.MemberState(rawValue: 0)
        /// The job that works on it, `jobs/{id}`: one for all members of a replication group.
        public var job: String = ""
        /// What it does or waits for, or why it failed.
        public var message: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What became of one action.
    public struct ActionResult: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ActionResult" }

        /// The action.
        public var action: VaultV1.PlanAction?
        /// Where it stands.
        public var state: VaultV1.ActionState = VaultV1.ActionState(rawValue: 0)
        /// What it waits for, or how it ended.
        public var message: String = ""
        /// Its status.
        public var status: Int32?
        /// The end of what a script printed.
        public var output: String = ""
        /// Bytes that it printed before that.
        public var droppedOutput: UInt64 = 0
        /// Times it was started.
        public var starts: UInt32 = 0
        /// Who completed it.
        public var person: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// What became of one boot group.
    public struct BootGroupResult: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.BootGroupResult" }

        /// Its name.
        public var name: String = ""
        /// Before.
        public var before: [VaultV1.ActionResult] = []
        /// Its machines.
        public var members: [VaultV1.MemberResult] = []
        /// After.
        public var after: [VaultV1.ActionResult] = []

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// A run of a plan: a job, whose members' jobs are its own.
    public struct PlanRun: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.PlanRun" }

        /// `jobs/{id}`.
        public var name: String = ""
        /// `plans/{id}`.
        public var plan: String = ""
        /// Version of the plan when the run began.
        public var version: UInt64 = 0
        /// Digest of the copy of the plan that the run holds.
        public var digest: String = ""
        /// What it does.
        public var operation: VaultV1.PlanOperation = VaultV1.PlanOperation(rawValue: 0)
        /// With FAILOVER and DRILL: where to.
        public var direction: CommonV1.Direction = CommonV1.Direction(rawValue: 0)
        /// Where it stands; PARTIAL when a member or an action failed.
        public var state: VaultV1.JobState = VaultV1.JobState(rawValue: 0)
        /// What it waits for, or how it ended.
        public var message: String = ""
        /// In order.
        public var bootGroups: [VaultV1.BootGroupResult] = []
        /// The run that this one runs again, `jobs/{id}`; empty for none.
        public var rerunOf: String = ""
        /// Who asked.
        public var person: String = ""
        /// When it began.
        public var createdUnixUs: Int64 = 0
        /// When it ended; 0 before.
        public var endedUnixUs: Int64 = 0
        /// Grows with every change of the run itself.
        public var revision: UInt64 = 0
        /// What is done by itself once it has succeeded.
        public var automaticEnd: VaultV1.AutomaticEnd = VaultV1.AutomaticEnd(rawValue: 0)
        /// When that is done; 0 while the run has not ended, or when nothing is.
        public var automaticUnixUs: Int64 = 0
        /// What became of that: the run that it started, or why it could not.
        public var automatic: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for a run.
    public struct GetPlanRunRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.GetPlanRunRequest" }

        /// `jobs/{id}`.
        public var name: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Asks for runs.
    public struct ListPlanRunsRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListPlanRunsRequest" }

        /// Of this plan only, `plans/{id}` or the bare id; empty for all.
        public var plan: String = ""
        /// At most this many; 0 means 100, more than 500 is refused.
        public var pageSize: UInt32 = 0
        /// From the previous page.
        public var pageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// One page of runs.
    public struct ListPlanRunsResponse: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.ListPlanRunsResponse" }

        /// Newest first.
        public var runs: [VaultV1.PlanRun] = []
        /// For the next page; empty at the end.
        public var nextPageToken: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

    /// Says that an action that waits for a person is done, or that it failed; or what became of a script that is unknown.
    public struct CompletePlanActionRequest: WireMessage {
        public static var protobufName: String { "homeward.vault.v1.CompletePlanActionRequest" }

        /// What became of it.
        public enum Outcome: Hashable, Sendable {
            /// Never sent; refused.
            case unspecified
            /// It is done.
            case done
            /// It failed: the plan's policy says how the run goes on.
            case failed
            /// Only of a script that is unknown: start it again.
            case runAgain
            /// A number that this version has no name for; kept as it is.
            case unrecognized(Int32)

            public init(rawValue: Int32) {
                switch rawValue {
                    case 0: self = .unspecified
                    case 1: self = .done
                    case 2: self = .failed
                    case 3: self = .runAgain
                    default: self = .unrecognized(rawValue)
                }
            }

            public var rawValue: Int32 {
                switch self {
                    case .unspecified: 0
                    case .done: 1
                    case .failed: 2
                    case .runAgain: 3
                    case .unrecognized(let number): number
                }
            }

            /// The named values, in the order of the .proto.
            public static var allCases: [Self] {
                [.unspecified, .done, .failed, .runAgain]
            }
        }

        /// The run, `jobs/{id}`.
        public var run: String = ""
        /// The action's id.
        public var action: String = ""
        /// What became of it.
        public var outcome: VaultV1.CompletePlanActionRequest.Outcome = VaultV1.CompletePlanActionRequest.Outcome(rawValue: 0)
        /// Who says so. Required.
        public var person: String = ""
        /// A remark for the record.
        public var note: String = ""

        public init() {}
        public init(wire bytes: UnsafeRawBufferPointer) throws(WireError) {
            self = try decodedMessage(bytes)
        }
        public func wireBytes() -> [UInt8] { encodedMessage(self) }
        public func encoded() -> EncodedMessage { encodedPieces(self) }
    }

}

extension VaultV1.ScriptAction: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ScriptAction

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__script_action__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.program = arena.string(self.program)
        c.pointee.n_arguments = self.arguments.count
        c.pointee.arguments = arena.strings(self.arguments)
        c.pointee.timeout_us = self.timeoutUs
        c.pointee.idempotent = self.idempotent ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.program = try decodedString(c.pointee.program, "homeward.vault.v1.ScriptAction.program")
        self.arguments = try decodedStrings(c.pointee.arguments, c.pointee.n_arguments, "homeward.vault.v1.ScriptAction.arguments")
        self.timeoutUs = c.pointee.timeout_us
        self.idempotent = c.pointee.idempotent != 0
    }
}

extension VaultV1.ManualAction: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ManualAction

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__manual_action__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.instructions = arena.string(self.instructions)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.instructions = try decodedString(c.pointee.instructions, "homeward.vault.v1.ManualAction.instructions")
    }
}

extension VaultV1.PlanAction: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlanAction

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__plan_action__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.id = arena.string(self.id)
        c.pointee.title = arena.string(self.title)
        c.pointee.n_directions = self.directions.count
        c.pointee.directions = arena.array(self.directions) { .init(rawValue: .init(truncatingIfNeeded: $0.rawValue)) }
        switch self.action {
            case .script(let value):
                c.pointee.script = arena.message(value)
                c.pointee.action_case = .init(rawValue: 4)

            case .manual(let value):
                c.pointee.manual = arena.message(value)
                c.pointee.action_case = .init(rawValue: 5)

            case nil: break
        }
        c.pointee.in_drills = self.inDrills ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.id = try decodedString(c.pointee.id, "homeward.vault.v1.PlanAction.id")
        self.title = try decodedString(c.pointee.title, "homeward.vault.v1.PlanAction.title")
        self.directions = decodedNumbers(c.pointee.directions, c.pointee.n_directions).map { CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: $0.rawValue)) }
        if c.pointee.action_case.rawValue == 4, let value = c.pointee.script {
            self.action = .script(try VaultV1.ScriptAction(value))
        }
        if c.pointee.action_case.rawValue == 5, let value = c.pointee.manual {
            self.action = .manual(try VaultV1.ManualAction(value))
        }
        self.inDrills = c.pointee.in_drills != 0
    }
}

extension VaultV1.BootGroup: StructBacked {
    typealias CStruct = Homeward__Vault__V1__BootGroup

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__boot_group__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.strings(self.members)
        c.pointee.n_before = self.before.count
        c.pointee.before = arena.messages(self.before)
        c.pointee.n_after = self.after.count
        c.pointee.after = arena.messages(self.after)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.BootGroup.name")
        self.members = try decodedStrings(c.pointee.members, c.pointee.n_members, "homeward.vault.v1.BootGroup.members")
        self.before = try decodedMessages(c.pointee.before, c.pointee.n_before)
        self.after = try decodedMessages(c.pointee.after, c.pointee.n_after)
    }
}

extension VaultV1.PlanPolicy: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlanPolicy

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__plan_policy__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.on_failure = .init(rawValue: .init(truncatingIfNeeded: self.onFailure.rawValue))
        c.pointee.parallel = self.parallel
        c.pointee.automatic_end = .init(rawValue: .init(truncatingIfNeeded: self.automaticEnd.rawValue))
        c.pointee.automatic_after_us = self.automaticAfterUs
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.onFailure = VaultV1.OnFailure(rawValue: Int32(truncatingIfNeeded: c.pointee.on_failure.rawValue))
        self.parallel = c.pointee.parallel
        self.automaticEnd = VaultV1.AutomaticEnd(rawValue: Int32(truncatingIfNeeded: c.pointee.automatic_end.rawValue))
        self.automaticAfterUs = c.pointee.automatic_after_us
    }
}

extension VaultV1.RecoveryPlan: StructBacked {
    typealias CStruct = Homeward__Vault__V1__RecoveryPlan

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__recovery_plan__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.description = arena.string(self.description)
        c.pointee.n_boot_groups = self.bootGroups.count
        c.pointee.boot_groups = arena.messages(self.bootGroups)
        if let value = self.policy {
            c.pointee.policy = arena.message(value)
        }
        c.pointee.version = self.version
        c.pointee.digest = arena.string(self.digest)
        c.pointee.etag = arena.string(self.etag)
        c.pointee.created_unix_us = self.createdUnixUs
        c.pointee.updated_unix_us = self.updatedUnixUs
        c.pointee.n_running = self.running.count
        c.pointee.running = arena.strings(self.running)
        c.pointee.n_problems = self.problems.count
        c.pointee.problems = arena.strings(self.problems)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.RecoveryPlan.name")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.RecoveryPlan.display_name")
        self.description = try decodedString(c.pointee.description, "homeward.vault.v1.RecoveryPlan.description")
        self.bootGroups = try decodedMessages(c.pointee.boot_groups, c.pointee.n_boot_groups)
        if let value = c.pointee.policy {
            self.policy = try VaultV1.PlanPolicy(value)
        }
        self.version = c.pointee.version
        self.digest = try decodedString(c.pointee.digest, "homeward.vault.v1.RecoveryPlan.digest")
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.RecoveryPlan.etag")
        self.createdUnixUs = c.pointee.created_unix_us
        self.updatedUnixUs = c.pointee.updated_unix_us
        self.running = try decodedStrings(c.pointee.running, c.pointee.n_running, "homeward.vault.v1.RecoveryPlan.running")
        self.problems = try decodedStrings(c.pointee.problems, c.pointee.n_problems, "homeward.vault.v1.RecoveryPlan.problems")
    }
}

extension VaultV1.CreatePlanRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CreatePlanRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__create_plan_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.plan {
            c.pointee.plan = arena.message(value)
        }
        c.pointee.request_id = arena.string(self.requestID)
        c.pointee.validate_only = self.validateOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.plan {
            self.plan = try VaultV1.RecoveryPlan(value)
        }
        self.requestID = try decodedString(c.pointee.request_id, "homeward.vault.v1.CreatePlanRequest.request_id")
        self.validateOnly = c.pointee.validate_only != 0
    }
}

extension VaultV1.UpdatePlanRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__UpdatePlanRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__update_plan_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.plan {
            c.pointee.plan = arena.message(value)
        }
        c.pointee.etag = arena.string(self.etag)
        c.pointee.validate_only = self.validateOnly ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.plan {
            self.plan = try VaultV1.RecoveryPlan(value)
        }
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.UpdatePlanRequest.etag")
        self.validateOnly = c.pointee.validate_only != 0
    }
}

extension VaultV1.GetPlanRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetPlanRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_plan_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetPlanRequest.name")
    }
}

extension VaultV1.ListPlansRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListPlansRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_plans_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListPlansRequest.page_token")
    }
}

extension VaultV1.ListPlansResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListPlansResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_plans_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_plans = self.plans.count
        c.pointee.plans = arena.messages(self.plans)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.plans = try decodedMessages(c.pointee.plans, c.pointee.n_plans)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListPlansResponse.next_page_token")
    }
}

extension VaultV1.DeletePlanRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__DeletePlanRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__delete_plan_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.etag = arena.string(self.etag)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.DeletePlanRequest.name")
        self.etag = try decodedString(c.pointee.etag, "homeward.vault.v1.DeletePlanRequest.etag")
    }
}

extension VaultV1.DeletePlanResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__DeletePlanResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__delete_plan_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
    }
}

extension VaultV1.RunPlanRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__RunPlanRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__run_plan_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.operation = .init(rawValue: .init(truncatingIfNeeded: self.operation.rawValue))
        c.pointee.expected_direction = .init(rawValue: .init(truncatingIfNeeded: self.expectedDirection.rawValue))
        c.pointee.choice = .init(rawValue: .init(truncatingIfNeeded: self.choice.rawValue))
        if let value = self.sourceDeadStatement {
            c.pointee.source_dead_statement = arena.message(value)
            c.pointee.source_dead_case = .init(rawValue: 5)
        }
        c.pointee.confirm_loss = self.confirmLoss ? 1 : 0
        c.pointee.wait_for_agent = self.waitForAgent ? 1 : 0
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
        c.pointee.remark = arena.string(self.remark)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.RunPlanRequest.name")
        self.operation = VaultV1.PlanOperation(rawValue: Int32(truncatingIfNeeded: c.pointee.operation.rawValue))
        self.expectedDirection = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.expected_direction.rawValue))
        self.choice = VaultV1.PointChoice(rawValue: Int32(truncatingIfNeeded: c.pointee.choice.rawValue))
        if c.pointee.source_dead_case.rawValue == 5, let value = c.pointee.source_dead_statement {
            self.sourceDeadStatement = try CommonV1.Statement(value)
        }
        self.confirmLoss = c.pointee.confirm_loss != 0
        self.waitForAgent = c.pointee.wait_for_agent != 0
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
        self.remark = try decodedString(c.pointee.remark, "homeward.vault.v1.RunPlanRequest.remark")
    }
}

extension VaultV1.RerunPlanRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__RerunPlanRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__rerun_plan_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.run = arena.string(self.run)
        c.pointee.choice = .init(rawValue: .init(truncatingIfNeeded: self.choice.rawValue))
        if let value = self.options {
            c.pointee.options = arena.message(value)
        }
        if let value = self.sourceDeadStatement {
            c.pointee.source_dead_statement = arena.message(value)
            c.pointee.source_dead_case = .init(rawValue: 4)
        }
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.run = try decodedString(c.pointee.run, "homeward.vault.v1.RerunPlanRequest.run")
        self.choice = VaultV1.PointChoice(rawValue: Int32(truncatingIfNeeded: c.pointee.choice.rawValue))
        if let value = c.pointee.options {
            self.options = try VaultV1.MutationOptions(value)
        }
        if c.pointee.source_dead_case.rawValue == 4, let value = c.pointee.source_dead_statement {
            self.sourceDeadStatement = try CommonV1.Statement(value)
        }
    }
}

extension VaultV1.PlanGate: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlanGate

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__plan_gate__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.gate {
            c.pointee.gate = arena.message(value)
        }
        c.pointee.n_items = self.items.count
        c.pointee.items = arena.strings(self.items)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.gate {
            self.gate = try CommonV1.Gate(value)
        }
        self.items = try decodedStrings(c.pointee.items, c.pointee.n_items, "homeward.vault.v1.PlanGate.items")
    }
}

extension VaultV1.PlanCause: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlanCause

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__plan_cause__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.cause = arena.string(self.cause)
        c.pointee.n_gates = self.gates.count
        c.pointee.gates = arena.messages(self.gates)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.cause = try decodedString(c.pointee.cause, "homeward.vault.v1.PlanCause.cause")
        self.gates = try decodedMessages(c.pointee.gates, c.pointee.n_gates)
    }
}

extension VaultV1.PlannedMember: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlannedMember

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__planned_member__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.group = arena.string(self.group)
        c.pointee.point = arena.string(self.point)
        c.pointee.loss = arena.string(self.loss)
        c.pointee.loss_us = self.lossUs
        c.pointee.loss_unknown = self.lossUnknown ? 1 : 0
        c.pointee.n_refused = self.refused.count
        c.pointee.refused = arena.strings(self.refused)
        c.pointee.finished = self.finished ? 1 : 0
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.PlannedMember.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.PlannedMember.display_name")
        self.group = try decodedString(c.pointee.group, "homeward.vault.v1.PlannedMember.group")
        self.point = try decodedString(c.pointee.point, "homeward.vault.v1.PlannedMember.point")
        self.loss = try decodedString(c.pointee.loss, "homeward.vault.v1.PlannedMember.loss")
        self.lossUs = c.pointee.loss_us
        self.lossUnknown = c.pointee.loss_unknown != 0
        self.refused = try decodedStrings(c.pointee.refused, c.pointee.n_refused, "homeward.vault.v1.PlannedMember.refused")
        self.finished = c.pointee.finished != 0
    }
}

extension VaultV1.PlannedBootGroup: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlannedBootGroup

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__planned_boot_group__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.n_before = self.before.count
        c.pointee.before = arena.messages(self.before)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
        c.pointee.n_after = self.after.count
        c.pointee.after = arena.messages(self.after)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.PlannedBootGroup.name")
        self.before = try decodedMessages(c.pointee.before, c.pointee.n_before)
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
        self.after = try decodedMessages(c.pointee.after, c.pointee.n_after)
    }
}

extension VaultV1.PlanPreview: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlanPreview

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__plan_preview__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.plan = arena.string(self.plan)
        c.pointee.n_boot_groups = self.bootGroups.count
        c.pointee.boot_groups = arena.messages(self.bootGroups)
        c.pointee.n_causes = self.causes.count
        c.pointee.causes = arena.messages(self.causes)
        c.pointee.would_run = self.wouldRun ? 1 : 0
        c.pointee.n_steps = self.steps.count
        c.pointee.steps = arena.messages(self.steps)
        c.pointee.n_warnings = self.warnings.count
        c.pointee.warnings = arena.strings(self.warnings)
        c.pointee.plan_digest = arena.string(self.planDigest)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.plan = try decodedString(c.pointee.plan, "homeward.vault.v1.PlanPreview.plan")
        self.bootGroups = try decodedMessages(c.pointee.boot_groups, c.pointee.n_boot_groups)
        self.causes = try decodedMessages(c.pointee.causes, c.pointee.n_causes)
        self.wouldRun = c.pointee.would_run != 0
        self.steps = try decodedMessages(c.pointee.steps, c.pointee.n_steps)
        self.warnings = try decodedStrings(c.pointee.warnings, c.pointee.n_warnings, "homeward.vault.v1.PlanPreview.warnings")
        self.planDigest = try decodedString(c.pointee.plan_digest, "homeward.vault.v1.PlanPreview.plan_digest")
    }
}

extension VaultV1.MemberResult: StructBacked {
    typealias CStruct = Homeward__Vault__V1__MemberResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__member_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.item = arena.string(self.item)
        c.pointee.display_name = arena.string(self.displayName)
        c.pointee.group = arena.string(self.group)
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.job = arena.string(self.job)
        c.pointee.message = arena.string(self.message)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.item = try decodedString(c.pointee.item, "homeward.vault.v1.MemberResult.item")
        self.displayName = try decodedString(c.pointee.display_name, "homeward.vault.v1.MemberResult.display_name")
        self.group = try decodedString(c.pointee.group, "homeward.vault.v1.MemberResult.group")
        self.state = VaultV1.MemberState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.job = try decodedString(c.pointee.job, "homeward.vault.v1.MemberResult.job")
        self.message = try decodedString(c.pointee.message, "homeward.vault.v1.MemberResult.message")
    }
}

extension VaultV1.ActionResult: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ActionResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__action_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        if let value = self.action {
            c.pointee.action = arena.message(value)
        }
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.message = arena.string(self.message)
        if let value = self.status {
            c.pointee.status = value
            c.pointee.exit_case = .init(rawValue: 4)
        }
        c.pointee.output = arena.string(self.output)
        c.pointee.dropped_output = self.droppedOutput
        c.pointee.starts = self.starts
        c.pointee.person = arena.string(self.person)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        if let value = c.pointee.action {
            self.action = try VaultV1.PlanAction(value)
        }
        self.state = VaultV1.ActionState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.message = try decodedString(c.pointee.message, "homeward.vault.v1.ActionResult.message")
        if c.pointee.exit_case.rawValue == 4 {
            self.status = c.pointee.status
        }
        self.output = try decodedString(c.pointee.output, "homeward.vault.v1.ActionResult.output")
        self.droppedOutput = c.pointee.dropped_output
        self.starts = c.pointee.starts
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.ActionResult.person")
    }
}

extension VaultV1.BootGroupResult: StructBacked {
    typealias CStruct = Homeward__Vault__V1__BootGroupResult

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__boot_group_result__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.n_before = self.before.count
        c.pointee.before = arena.messages(self.before)
        c.pointee.n_members = self.members.count
        c.pointee.members = arena.messages(self.members)
        c.pointee.n_after = self.after.count
        c.pointee.after = arena.messages(self.after)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.BootGroupResult.name")
        self.before = try decodedMessages(c.pointee.before, c.pointee.n_before)
        self.members = try decodedMessages(c.pointee.members, c.pointee.n_members)
        self.after = try decodedMessages(c.pointee.after, c.pointee.n_after)
    }
}

extension VaultV1.PlanRun: StructBacked {
    typealias CStruct = Homeward__Vault__V1__PlanRun

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__plan_run__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
        c.pointee.plan = arena.string(self.plan)
        c.pointee.version = self.version
        c.pointee.digest = arena.string(self.digest)
        c.pointee.operation = .init(rawValue: .init(truncatingIfNeeded: self.operation.rawValue))
        c.pointee.direction = .init(rawValue: .init(truncatingIfNeeded: self.direction.rawValue))
        c.pointee.state = .init(rawValue: .init(truncatingIfNeeded: self.state.rawValue))
        c.pointee.message = arena.string(self.message)
        c.pointee.n_boot_groups = self.bootGroups.count
        c.pointee.boot_groups = arena.messages(self.bootGroups)
        c.pointee.rerun_of = arena.string(self.rerunOf)
        c.pointee.person = arena.string(self.person)
        c.pointee.created_unix_us = self.createdUnixUs
        c.pointee.ended_unix_us = self.endedUnixUs
        c.pointee.revision = self.revision
        c.pointee.automatic_end = .init(rawValue: .init(truncatingIfNeeded: self.automaticEnd.rawValue))
        c.pointee.automatic_unix_us = self.automaticUnixUs
        c.pointee.automatic = arena.string(self.automatic)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.PlanRun.name")
        self.plan = try decodedString(c.pointee.plan, "homeward.vault.v1.PlanRun.plan")
        self.version = c.pointee.version
        self.digest = try decodedString(c.pointee.digest, "homeward.vault.v1.PlanRun.digest")
        self.operation = VaultV1.PlanOperation(rawValue: Int32(truncatingIfNeeded: c.pointee.operation.rawValue))
        self.direction = CommonV1.Direction(rawValue: Int32(truncatingIfNeeded: c.pointee.direction.rawValue))
        self.state = VaultV1.JobState(rawValue: Int32(truncatingIfNeeded: c.pointee.state.rawValue))
        self.message = try decodedString(c.pointee.message, "homeward.vault.v1.PlanRun.message")
        self.bootGroups = try decodedMessages(c.pointee.boot_groups, c.pointee.n_boot_groups)
        self.rerunOf = try decodedString(c.pointee.rerun_of, "homeward.vault.v1.PlanRun.rerun_of")
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.PlanRun.person")
        self.createdUnixUs = c.pointee.created_unix_us
        self.endedUnixUs = c.pointee.ended_unix_us
        self.revision = c.pointee.revision
        self.automaticEnd = VaultV1.AutomaticEnd(rawValue: Int32(truncatingIfNeeded: c.pointee.automatic_end.rawValue))
        self.automaticUnixUs = c.pointee.automatic_unix_us
        self.automatic = try decodedString(c.pointee.automatic, "homeward.vault.v1.PlanRun.automatic")
    }
}

extension VaultV1.GetPlanRunRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__GetPlanRunRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__get_plan_run_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.name = arena.string(self.name)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.name = try decodedString(c.pointee.name, "homeward.vault.v1.GetPlanRunRequest.name")
    }
}

extension VaultV1.ListPlanRunsRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListPlanRunsRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_plan_runs_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.plan = arena.string(self.plan)
        c.pointee.page_size = self.pageSize
        c.pointee.page_token = arena.string(self.pageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.plan = try decodedString(c.pointee.plan, "homeward.vault.v1.ListPlanRunsRequest.plan")
        self.pageSize = c.pointee.page_size
        self.pageToken = try decodedString(c.pointee.page_token, "homeward.vault.v1.ListPlanRunsRequest.page_token")
    }
}

extension VaultV1.ListPlanRunsResponse: StructBacked {
    typealias CStruct = Homeward__Vault__V1__ListPlanRunsResponse

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__list_plan_runs_response__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.n_runs = self.runs.count
        c.pointee.runs = arena.messages(self.runs)
        c.pointee.next_page_token = arena.string(self.nextPageToken)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.runs = try decodedMessages(c.pointee.runs, c.pointee.n_runs)
        self.nextPageToken = try decodedString(c.pointee.next_page_token, "homeward.vault.v1.ListPlanRunsResponse.next_page_token")
    }
}

extension VaultV1.CompletePlanActionRequest: StructBacked {
    typealias CStruct = Homeward__Vault__V1__CompletePlanActionRequest

    static func initialize(_ c: UnsafeMutablePointer<CStruct>) {
        homeward__vault__v1__complete_plan_action_request__init(c)
    }

    func fill(_ c: UnsafeMutablePointer<CStruct>, _ arena: inout Arena) {
        c.pointee.run = arena.string(self.run)
        c.pointee.action = arena.string(self.action)
        c.pointee.outcome = .init(rawValue: .init(truncatingIfNeeded: self.outcome.rawValue))
        c.pointee.person = arena.string(self.person)
        c.pointee.note = arena.string(self.note)
    }

    init(_ c: UnsafePointer<CStruct>) throws(WireError) {
        self.run = try decodedString(c.pointee.run, "homeward.vault.v1.CompletePlanActionRequest.run")
        self.action = try decodedString(c.pointee.action, "homeward.vault.v1.CompletePlanActionRequest.action")
        self.outcome = VaultV1.CompletePlanActionRequest.Outcome(rawValue: Int32(truncatingIfNeeded: c.pointee.outcome.rawValue))
        self.person = try decodedString(c.pointee.person, "homeward.vault.v1.CompletePlanActionRequest.person")
        self.note = try decodedString(c.pointee.note, "homeward.vault.v1.CompletePlanActionRequest.note")
    }
}
