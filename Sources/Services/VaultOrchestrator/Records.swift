import Contract
import FoundationEssentials
import Messages
import Model

/// Stored values of the vault that grow with it: JSON objects with sorted keys, so that new fields can be added with a
/// default and equal values have equal bytes.
enum Stored {
    static func bytes(_ value: some Encodable) throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do { return [UInt8](try encoder.encode(value)) } catch {
            throw Failure(.internalError, "encode a record of the vault: \(error)")
        }
    }

    static func value<T: Decodable>(_ type: T.Type, _ bytes: [UInt8]) throws(Failure) -> T {
        do { return try JSONDecoder().decode(type, from: Data(bytes)) } catch {
            throw Failure(.storeCorrupt, "read a record of the vault as \(type): \(error)")
        }
    }
}

/// A generation with its roles, as the item's row keeps it.
struct StoredGeneration: Codable, Hashable, Sendable {
    var number: UInt64
    var token: [UInt8]
    var activeSite: String
    var replication: String?
    var processServer: String?
    var masterTarget: String?
    var drainsNumber: UInt64?
    var drainsToken: [UInt8]?

    init(_ generation: Generation, _ roles: GenerationRoles) {
        number = generation.number
        token = generation.token.bytes
        activeSite = roles.activeSite.rawValue
        replication = roles.replication?.rawValue
        processServer = roles.processServer?.text
        masterTarget = roles.masterTarget?.text
        drainsNumber = roles.drains?.number
        drainsToken = roles.drains?.token.bytes
    }

    var generation: Generation {
        get throws(Failure) { try StoredGeneration.generation(number, token) }
    }

    var roles: GenerationRoles {
        get throws(Failure) {
            guard let site = Site(rawValue: activeSite) else {
                throw Failure(.storeCorrupt, "read a generation: site \(activeSite) is unknown")
            }
            var drains: Generation?
            if let drainsNumber, let drainsToken { drains = try StoredGeneration.generation(drainsNumber, drainsToken) }
            var server: ProcessServerID?
            if let processServer { server = try ProcessServerID(processServer) }
            var target: MasterTargetID?
            if let masterTarget { target = try MasterTargetID(masterTarget) }
            return GenerationRoles(
                activeSite: site, replication: replication.flatMap(Direction.init(rawValue:)), processServer: server,
                masterTarget: target, drains: drains)
        }
    }

    private static func generation(_ number: UInt64, _ token: [UInt8]) throws(Failure) -> Generation {
        guard let token = GenerationToken(token) else {
            throw Failure(.storeCorrupt, "read a generation: its token has not \(GenerationToken.byteCount) bytes")
        }
        return Generation(number: number, token: token)
    }
}

/// One copy of an item's machine.
struct StoredCopy: Codable, Hashable, Sendable {
    /// Empty when there is none.
    var machine = ""
    var state = CopyState.absent.rawValue
    var statedDead = false

    var value: CopyState { CopyState(rawValue: state) ?? .absent }
}

/// That an item came home, or is to, to another machine than it was protected as.
struct StoredAlternate: Codable, Hashable, Sendable {
    var original: StoredCopy
    var physical: Bool
    /// Why not to the original.
    var reason: String
    /// The job that made the machine.
    var job: String
    /// A failback to it was committed: from then on it is the machine that the item comes home to.
    var isSettled = false
    /// The one that the item came home to before, if any: `original` is its machine.
    var earlier: [StoredAlternate]?
}

/// That an item was moved to another process server.
struct StoredSwitch: Codable, Hashable, Sendable {
    var from: String
    var to: String
    var cause: String
    var automatic: Bool
    var atUs: Int64
    var job: String

    var message: VaultV1.ProcessServerSwitch {
        .with {
            $0.from = from
            $0.to = to
            $0.cause = cause
            $0.automatic = automatic
            $0.atUnixUs = atUs
            $0.job = "jobs/\(job)"
        }
    }
}

struct StoredDisk: Codable, Hashable, Sendable {
    var id: String
    var index: Int
    var bytes: UInt64
}

/// Why a generation gave way to the next: what a lineage decision is told.
struct StoredRoleChange: Codable, Hashable, Sendable {
    var from: UInt64
    var to: UInt64
    /// `confirmed`, `stated` or `unproven`.
    var oldWriter: String
}

/// What is owed to a component that could not be reached; paid by a reconciler at first contact.
enum Debt: String, Codable, CaseIterable, Sendable {
    /// The home machine of a source that was stated dead is to be stopped and fenced.
    case stopSource = "stop-source"
    case fenceSource = "fence-source"
    /// A source whose failover was given up while it could not be reached is to run under its old roles again.
    case resumeSource = "resume-source"
    /// One whose guest ran while its agent was fenced is to be turned off and started again: it was refused its writes,
    /// and gave up.
    case restartSource = "restart-source"
    /// After a reconciliation, those who could not be told of the item's generation are.
    case reassign
    /// A disabled item's machine is to be an ordinary one again, which is ready to write in every boot of its host.
    case release
    /// A disable left something there; with a colon and what it is (`Remnant`).
    case cleanUp = "clean-up"
}

/// An item's health with nothing to say against it.
let healthy = ["ok"]

/// An item's row: the record of phase, generation, claim and copies.
struct ItemRecord: Codable, Hashable, Sendable {
    var id: String
    var displayName: String
    /// `Phase.name`; empty while enable has not reached a first phase.
    var phase = ""
    var claimJob: String?
    var claimOperation: String?
    var generation: StoredGeneration?
    /// The machine was an item before, and its agent and platform hold a generation of that time: the first one of this
    /// item is above it.
    var formerGeneration: UInt64?
    var roleChanges: [StoredRoleChange] = []
    var home = StoredCopy()
    var cloud = StoredCopy()
    /// Those that replicate, with the sizes of their replicas.
    var disks: [StoredDisk] = []
    /// Recovery points that people keep; nil: none. The pins themselves are the master target's.
    var handPins: [StoredHandPin]?
    /// What a copy wrote that was left before its failover was committed; nil: nothing is kept of any.
    var setAside: StoredSetAside?
    /// Disks of its machines that are left out of the replication; nil: none.
    var leftOut: [StoredLeftOut]?
    /// Where the active machine's disks are others, as its agent last served them; nil: nowhere.
    var diskDifferences: [DiskDifference]?
    var group = ""
    var processServer = ""
    var masterTarget = ""
    /// Where it replicates when it goes out; kept while it is in the cloud.
    var homeProcessServer = ""
    var cloudMasterTarget = ""
    var intervalUs: UInt64 = 0
    /// Aim between application-consistent points; nil or 0: none but those asked for. These two are what was given when
    /// the item was protected, and what its sessions are opened with; what its policy says is set in them then.
    var applicationIntervalUs: UInt64?
    /// Policies that it follows; nil: the ones that are there from the start.
    var forwardPolicy: String?
    var failbackPolicy: String?
    /// When it last came to follow another one; see `PolicyTerms`.
    var policyRevision: UInt64?
    var health: [String] = healthy
    var unprotectedSinceUs: Int64 = 0
    /// Why it cannot come home, as last looked at; empty in phases where nothing is to.
    var blockers: [String] = []
    var origin: String?
    var oldSource: String?
    var owed: [String] = []
    /// How many times a debt was made under which something is to be done again that was done before: what is done for
    /// each of them is an effect of its own. nil: none ever was.
    var debtsMade: UInt64?
    /// Holders that were away when the generation changed, as `Holder.target` names them: told by the reconciler.
    var missedBy: [String]?
    var failoverPoint: UInt64 = 0
    /// The job that chose that point and pinned it; nil once the pin is gone, with a cancel or with all points.
    var failoverPin: String?
    var osFamily = ""
    var osName = ""
    var physical = false
    var memoryMib: UInt32 = 0
    var toolsEnabled = false
    /// How its guest's network was configured at home when it was last protected; nil: nobody knew.
    var homeNetwork: NetworkSettings?
    /// What a failover sets it to; nil: what the cloud's network gives.
    var cloudNetwork: NetworkSettings?
    /// Kind of the home platform when the item was enabled (`vmware`).
    var platformKind = ""
    /// Resource group of the cloud machine when it was created.
    var resourceGroup = ""
    /// The cloud master target holds the disks of the last stay in the cloud.
    var seedAtCloud = false
    /// A reconciliation found none there; a commit that a restored record does not know of may have left the disks on
    /// their way there. Nobody tells of them but who is asked for them (`findSeed`).
    var isSeedSought: Bool?
    /// The policy by which the last commit kept none; nil: none did.
    var seedDroppedBy: String?
    /// Blocks of that seed which its own change map had marked, or left in doubt, when it was adopted; nil: none.
    var seedDoubtBlocks: UInt64?
    /// Where home's master target was given its disks by the last reprotect home, by disk; nil: none was told.
    var attachedAt: [String: String]?
    /// What was promised to the job that holds it; counts while that job does.
    var reserved: StoredReservation?
    /// The source of the last failover was stated dead, not seen to close; nil: it was seen.
    var sourceWasStatedDead: Bool?
    /// The job that brought the item into SYNCHRONIZING and ends at PROTECTED.
    var synchronizingJob: String?
    var remainingBlocks: UInt64 = 0
    /// Set where the home copy is not the machine that the item was protected as.
    var homeAlternate: StoredAlternate?
    /// How the item came to its process server, when it was moved to it.
    var relayedAnew: StoredSwitch?
    /// What of its group, and by which policy, the relay was last told by the reconciler.
    var relayMembers: String?
    /// Set while this record may not be the newest: the item is only read then.
    var quarantine: StoredQuarantine?
    /// One that runs or waits for its cleanup.
    var drill: StoredDrill?
    /// The life of the store in which a person last reconciled the item.
    var reconciledIn: String?
    /// Guest attributes of the machine (lab), as the platform described them, for the copy: protobuf bytes.
    var guest: [UInt8] = []
    var revision: Int64 = 0
    /// Of the last failback, unless its point was changed or it was cancelled.
    var certificate: StoredCertificate?
    /// The last comparison of all blocks that was asked for.
    var resync: StoredResync?
    /// Its replica is gone, until another one is in sync.
    var targetLoss: StoredTargetLoss?
}

/// What is proven of the disks that a failback gave home; the proof itself is in the jobs' journals.
struct StoredCertificate: Codable, Hashable, Sendable {
    /// The failback.
    var job: String
    /// Every block is to be read back before commit.
    var isFullWanted: Bool
    /// `delta`, `retained` or `full`.
    var mode: String
    /// Roots of the disks at the cut, as the source stated them, by disk.
    var sourceRoots: [String: String]
}

extension ItemRecord {
    /// Past role changes that a lineage decision may need; older ones lie before any retained point.
    static let longestRoleHistory = 64

    func itemID() throws(Failure) -> ItemID { try ItemID(id) }

    /// What its agent is told: a member's guest is frozen when its group's process server says so.
    var ownApplicationIntervalUs: UInt64 { group.isEmpty ? applicationIntervalUs ?? 0 : 0 }

    func phaseValue() throws(Failure) -> Phase? {
        if phase.isEmpty { return nil }
        guard let value = Phase(name: phase) else {
            throw Failure(.storeCorrupt, "read item \(id): phase \(phase) is unknown")
        }
        return value
    }

    func claim() throws(Failure) -> Claim? {
        guard let claimJob, let claimOperation else { return nil }
        guard let operation = Operation(name: claimOperation) else {
            throw Failure(.storeCorrupt, "read item \(id): operation \(claimOperation) is unknown")
        }
        return Claim(job: try JobID(claimJob), operation: operation)
    }

    func conditions() throws(Failure) -> ItemConditions {
        ItemConditions(
            phase: try phaseValue(), claim: try claim(), drill: drill != nil,
            origin: origin.flatMap(SynchronizingOrigin.init(rawValue:)),
            oldSource: oldSource.flatMap(OldSource.init(rawValue:)))
    }

    subscript(_ site: Site) -> StoredCopy {
        get { site == .home ? home : cloud }
        set { if site == .home { home = newValue } else { cloud = newValue } }
    }

    /// The assignment under which everything of this item acts now.
    func assignment() throws(Failure) -> Assignment {
        guard let generation else {
            throw Failure(.internalError, "read the generation of item \(id): none was minted yet")
        }
        return Assignment(item: try itemID(), generation: try generation.generation, roles: try generation.roles)
    }

    var etag: String { "r\(revision)" }

    /// The active copy waits to be given its roles or its power.
    var owesSource: Bool {
        [Debt.resumeSource, .restartSource].contains { owed.contains($0.rawValue) }
    }

    mutating func owe(_ debt: String) {
        owed.append(debt)
        debtsMade = (debtsMade ?? 0) + 1
    }

    /// Gives the item its next generation. Never lowers, never reuses (rule G1).
    ///
    /// - above: a generation that others are known to hold, when this record may be an old one.
    mutating func mint(
        _ roles: GenerationRoles, token: [UInt8], oldWriter: String, above: UInt64 = 0
    ) throws(Failure) {
        guard let token = GenerationToken(token) else {
            throw Failure(.internalError, "mint a generation of item \(id): the token has a wrong size")
        }
        let number = max(generation?.number ?? formerGeneration ?? 0, above) + 1
        if let old = generation?.number {
            roleChanges.append(StoredRoleChange(from: max(old, above), to: number, oldWriter: oldWriter))
            if roleChanges.count > Self.longestRoleHistory { roleChanges.removeFirst() }
        }
        generation = StoredGeneration(Generation(number: number, token: token), roles)
    }
}

/// What a job was asked to do, as its plan keeps it.
struct JobParameters: Codable, Hashable, Sendable {
    var operation: String
    var person = ""
    var direction: String?
    /// `latest`, `latest-processed`, `latest-application-consistent` or `chosen`.
    var choice: String?
    var point: UInt64 = 0
    var statement: StoredStatement?
    var waivers: [StoredWaiver] = []
    var confirmLoss = false
    var processServer = ""
    var masterTarget = ""
    var waitForAgent = false
    var force = false
    /// Roles before the operation, for an undo: the vault mints a higher generation with these again.
    var before: StoredGeneration?
    /// Components of a check.
    var components: [String] = []
    /// Of a failback: all disks are read back after power-on.
    var fullCertificate: Bool?
    /// Of a commit after a failback: it waits until that is done.
    var waitForCertificate: Bool?
    /// Of a point that is taken: whether guests are frozen for it.
    var applicationConsistent: Bool?
    /// Of a reprotect home to an alternate location: the machine to be made.
    var homeMachine: String?
    /// Of a reprotect home to an alternate location: the datastore of the new disks, and the host of the new machine;
    /// nil where the site does not tell them apart. Of a start that a person had made elsewhere: that host.
    var datastore: String?
    var host: String?
    /// Of a switch of the process server, of an alternate location, and of what a person keeps or gives up: why.
    var cause: String?
    /// Of a switch of the process server: whether the vault does it by itself.
    var automatic: Bool?
    /// Replication group that the job is over.
    var group: String?
    /// Of a failover: a drill that stands in the way goes.
    var discardDrill: Bool?
    /// Of a drill's cleanup, a person's.
    var remark: String?
    /// Of a release of what was set aside: the generation of the copy that wrote it.
    var setAside: UInt64?
    /// Of an exclusion: the disk that is left out from then on.
    var exclude: StoredLeftOut?
    /// Of a job over a group: what differs between its members, by item.
    var members: [String: MemberParameters]?

    /// As the steps of one item see them.
    func of(_ item: ItemID) -> JobParameters {
        guard let own = members?[item.text] else { return self }
        var copy = self
        copy.before = own.before
        copy.point = own.point
        copy.homeMachine = own.homeMachine
        copy.cause = own.cause ?? cause
        return copy
    }

    func directionValue() throws(Failure) -> Direction {
        guard let direction, let value = Direction(rawValue: direction) else {
            throw Failure(.internalError, "read a job's parameters: the direction is missing")
        }
        return value
    }
}

/// What a job over a group was asked to do with one member.
struct MemberParameters: Codable, Hashable, Sendable {
    var displayName: String
    var before: StoredGeneration?
    var point: UInt64 = 0
    var homeMachine: String?
    var cause: String?
}

struct StoredStatement: Codable, Hashable, Sendable {
    var person: String
    var reason: String
    var atUs: Int64
}

struct StoredWaiver: Codable, Hashable, Sendable {
    var code: String
    var reason: String
}

/// What a step leaves in the journal: a line for people, facts for the report, values for later steps.
struct StepOutput: Codable, Hashable, Sendable {
    var detail = ""
    var facts: [String: String] = [:]
    var numbers: [String: UInt64] = [:]

    init(_ detail: String = "", facts: [String: String] = [:], numbers: [String: UInt64] = [:]) {
        self.detail = detail
        self.facts = facts
        self.numbers = numbers
    }

    func bytes() throws(Failure) -> [UInt8] { try Stored.bytes(self) }

    /// nil for an output that a person accepted without a value.
    init?(_ bytes: [UInt8]) {
        guard let value = try? Stored.value(StepOutput.self, bytes) else { return nil }
        self = value
    }
}
