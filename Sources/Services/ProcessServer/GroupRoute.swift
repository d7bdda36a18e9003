import Contract
import Environment
import Messages
import Model

/// What a relay says of its item's replication group.
struct GroupRoute: Hashable, Sendable {
    let id: GroupID
    /// Sorted, the relay's own item among them.
    let members: [ItemID]
    /// Aim between common cuts; zero leaves it to the setting.
    let interval: Duration
    /// Aim between common cuts with all guests frozen; zero for none but those asked for.
    let applicationInterval: Duration

    /// Machines whose writes may have to wait for each other.
    static let mostMembers = 64
    private static let shortestInterval: UInt64 = 100_000
    /// Below this, guests would do nothing but stand still.
    private static let shortestApplicationInterval: UInt64 = 1_000_000
    /// A day: longer is a mistake.
    private static let longestInterval: UInt64 = 86_400_000_000

    /// nil when the request names no group.
    init?(_ request: ProcessV1.OpenRelayRequest) throws(Failure) {
        guard !request.group.isEmpty else {
            guard request.members.isEmpty else {
                throw Failure(.invalidArgument, "open the relay of \(request.item): members without a group")
            }
            return nil
        }
        id = try GroupID(request.group)
        var items: Set<ItemID> = []
        for member in request.members { items.insert(try ItemID(member)) }
        guard items.count == request.members.count, (1...Self.mostMembers).contains(items.count),
            items.contains(where: { $0.text == request.item })
        else {
            throw Failure(
                .invalidArgument, "open the relay of \(request.item): name 1 to \(Self.mostMembers) different members "
                    + "of group \(id), this item among them")
        }
        members = items.sorted()
        guard request.groupIntervalUs == 0
            || (Self.shortestInterval...Self.longestInterval).contains(request.groupIntervalUs)
        else {
            throw Failure(
                .invalidArgument, "open the relay of \(request.item): group_interval_us is not between "
                    + "\(Self.shortestInterval) and \(Self.longestInterval)")
        }
        interval = .microseconds(Int64(request.groupIntervalUs))
        let application = request.groupApplicationIntervalUs
        guard application == 0 || (Self.shortestApplicationInterval...Self.longestInterval).contains(application) else {
            throw Failure(
                .invalidArgument, "open the relay of \(request.item): group_application_interval_us is not between "
                    + "\(Self.shortestApplicationInterval) and \(Self.longestInterval)")
        }
        applicationInterval = .microseconds(Int64(application))
    }
}

/// Bounds and paces of common cuts.
struct GroupLimits: Sendable {
    /// Aim between cuts where no relay names one.
    var interval = Duration.seconds(5)
    /// Longest that a member parks its guest's writes.
    var lease = Duration.milliseconds(50)
    /// How long HELD answers are waited for beyond the lease; nobody is parked meanwhile.
    var answers = Duration.seconds(1)
    /// After a cut that was given up: the wait before the next, doubled up to the interval.
    var retry = Duration.milliseconds(200)
    /// One call to the master target.
    var call = Duration.seconds(5)
    /// How long all guests may take to stand still; the first of them stands so long.
    var freeze = Duration.seconds(5)
    /// Longest that a guest stands still: then its agent thaws it unasked.
    var frozen = Duration.seconds(10)
    /// How long the thaw of all guests is waited for.
    var thaw = Duration.seconds(15)
}

/// A cut that every member held.
struct GroupCutRecord: Sendable {
    let token: ReplicationV1.GroupToken
    let members: [ReplicationV1.GroupMember]
    let cutAt: MonotonicInstant
    let cutWall: WallInstant
    /// The master target's address.
    let address: String
}

/// How long members' writes were parked.
struct HoldFigures: Sendable {
    private var newest: [UInt64] = []
    private var next = 0
    private(set) var longest: UInt64 = 0

    /// Holds that the percentile is taken of.
    static let kept = 4_096

    mutating func add(_ microseconds: UInt64) {
        longest = max(longest, microseconds)
        if newest.count < Self.kept {
            newest.append(microseconds)
        } else {
            newest[next] = microseconds
            next = (next + 1) % Self.kept
        }
    }

    /// The smallest value that at least so many of a thousand do not exceed; 0 without any.
    func percentile(perMille share: Int) -> UInt64 {
        guard !newest.isEmpty else { return 0 }
        let sorted = newest.sorted()
        return sorted[(sorted.count * share + 999) / 1_000 - 1]
    }
}
