import Contract
import Cryptography
import Messages
import Model

/// The kind of thing that a replication policy's id names.
enum PolicyTag: IdentifierTag { static let kind = "replication policy" }
typealias PolicyID = ID<PolicyTag>

/// Bounds of what a policy says.
enum PolicyLimits {
    /// Listed and shown by people.
    static let policies: Int64 = 1_000
    /// Followers that a policy names, and items that a preview asks after.
    static let shown = 100
    static let nameBytes = 1_024
    static let thresholdUs: ClosedRange<UInt64> = 1_000_000...2_592_000_000_000
    static let intervalUs: ClosedRange<UInt64> = 100_000...3_600_000_000
    static let applicationIntervalUs: ClosedRange<UInt64> = 1_000_000...86_400_000_000
}

/// What a policy says, as it is stored.
struct PolicySpec: Codable, Hashable, Sendable {
    var displayName: String
    var direction: String
    /// 0: no alert.
    var rpoThresholdUs: UInt64
    /// 0: what was given when the item was protected.
    var intervalUs: UInt64
    /// nil: what was given when the item was protected; 0: none but those asked for.
    var applicationIntervalUs: UInt64?
    /// nil: what the master target was set up with.
    var retention: StoredRetention?
    /// Of a failback policy: whether the cloud machine's disks stay when a failback is committed; nil: they do.
    var keepSeed: Bool?

    /// Hexadecimal.
    func digest() throws(Failure) -> String { hexadecimal(SHA256.hash(try Stored.bytes(self))) }
}

struct StoredRetention: Codable, Hashable, Sendable {
    struct Step: Codable, Hashable, Sendable {
        var olderThanUs: UInt64
        var keepEveryUs: UInt64
    }

    var points: UInt32
    var ageUs: UInt64
    var thinning: [Step]

    init(_ message: TargetV1.Retention) {
        points = message.points
        ageUs = message.ageUs
        thinning = message.thinning.map { Step(olderThanUs: $0.olderThanUs, keepEveryUs: $0.keepEveryUs) }
    }

    var message: TargetV1.Retention {
        .with {
            $0.points = points
            $0.ageUs = ageUs
            $0.thinning = thinning.map { step in
                .with {
                    $0.olderThanUs = step.olderThanUs
                    $0.keepEveryUs = step.keepEveryUs
                }
            }
        }
    }
}

extension PolicySpec {
    init(_ message: VaultV1.ReplicationPolicy, id: PolicyID, direction: Direction) throws(Failure) {
        func refuse(_ what: String) -> Failure { Failure(.invalidArgument, "read policy \(id): \(what)") }
        displayName = message.displayName.isEmpty ? id.text : message.displayName
        guard displayName.utf8.count <= PolicyLimits.nameBytes else {
            throw refuse("its name has at most \(PolicyLimits.nameBytes) bytes")
        }
        self.direction = direction.rawValue
        rpoThresholdUs = message.rpoThresholdUs
        guard rpoThresholdUs == 0 || PolicyLimits.thresholdUs.contains(rpoThresholdUs) else {
            throw refuse("an RPO threshold is from 1 s to 30 days, or 0 for no alert; not \(rpoThresholdUs) us")
        }
        intervalUs = message.intervalUs
        guard intervalUs == 0 || PolicyLimits.intervalUs.contains(intervalUs) else {
            throw refuse("recovery points are made every 100 ms to every hour, not every \(intervalUs) us")
        }
        applicationIntervalUs = message.applicationIntervalUs
        if let applicationIntervalUs {
            guard applicationIntervalUs == 0 || PolicyLimits.applicationIntervalUs.contains(applicationIntervalUs)
            else {
                throw refuse("application-consistent points are taken every second to every day, not every "
                    + "\(applicationIntervalUs) us")
            }
        }
        keepSeed = message.keepSeed
        guard keepSeed == nil || direction == .home else {
            throw refuse("what becomes of the cloud's disks at the commit of a failback is a failback policy's to say")
        }
        try message.retention?.check("read policy \(id)")
        retention = message.retention.map { StoredRetention($0) }
    }
}

/// What counts for an item now, by the policy of the direction that it replicates in.
struct PolicyTerms: Hashable, Sendable {
    /// Of the item's agent.
    var intervalUs: UInt64
    /// Of the item, or of all members of its group together.
    var applicationIntervalUs: UInt64
    /// Of the common cuts of its group; 0: what its process server is set up with.
    var groupIntervalUs: UInt64
    /// 0: no alert.
    var rpoThresholdUs: UInt64
    var retention: TargetV1.Retention?
    /// Rises whenever any of it may have changed.
    var revision: UInt64

    /// What its agent is told: a member's guest is frozen when its group's process server says so.
    func ownApplicationIntervalUs(_ item: ItemRecord) -> UInt64 { item.group.isEmpty ? applicationIntervalUs : 0 }
}

extension ItemRecord {
    /// The policy that it follows in a direction.
    func policy(_ direction: Direction) -> String {
        direction == .out
            ? forwardPolicy ?? PolicyRow.defaultForward.text : failbackPolicy ?? PolicyRow.defaultFailback.text
    }

    mutating func follow(_ policy: PolicyID, _ direction: Direction) {
        if direction == .out { forwardPolicy = policy.text } else { failbackPolicy = policy.text }
    }

    mutating func follow(_ policies: [Direction: PolicyID]) {
        for (direction, policy) in policies { follow(policy, direction) }
    }

    /// The direction whose policy counts now.
    var policyDirection: Direction {
        (generation?.replication).flatMap(Direction.init(rawValue:))
            ?? (try? phaseValue()).flatMap { $0 }?.direction ?? .out
    }
}
