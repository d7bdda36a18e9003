import API
import Contract
public import Environment
public import Hosting
import Logging
import Messages
import Model
import Receivers
import Registration
public import RPC
import Store

/// The master target: keeps the replicas of machines, with their recovery points, and hands their disks over.
///
/// Disks are those that the site host attached to it, as bundles in its owner directory; it looks nowhere else. After a
/// kill it opens all replicas from its own state, goes on applying what was sealed, and answers for them.
public struct MasterTarget: Service {
    private let keepers: Keepers
    private let groups: GroupRecords
    private let branches: Branches
    private let scrubber: Scrubber
    private let registration: Registration
    private let address: AddressBox
    public let services: [BoundService]

    public static func start(_ settings: MasterTargetSettings, _ context: ServiceContext) async throws -> Self {
        let schema = Schema(store: "master-target", migrations: ReceiverStore.schema + [RetentionTable.schema])
        let receiver = ReceiverStore(try await context.openStore(schema))
        let effects = Effects(receiver, component: "master-target", failpoints: context.environment.failpoints)
        let keepers = try await Keepers.open(settings, receiver, context)
        let groups = try await GroupRecords.open(settings, keepers, context)
        let branches = Branches(settings, keepers, context)
        let address = AddressBox()
        let registration = Registration(
            settings.registration, environment: context.environment, transport: context.transport, log: context.log
        ) { [identity = receiver.database] in
            let figures = await keepers.figures()
            let findings = await keepers.findings()
            return .with {
                $0.endpoint = .with {
                    $0.id = settings.service.id
                    $0.address = address.text
                }
                $0.kind = .masterTarget
                $0.site = settings.service.site == Site.home.rawValue ? .home : .cloud
                $0.version = programVersion
                $0.osFamily = settings.osFamily
                $0.figures = figures
                $0.findings = Array(findings.prefix(Keepers.mostFindings))
                $0.health = findings.isEmpty ? .healthy : .critical
                $0.instance = "\(identity.incarnation.text).\(identity.epoch)"
            }
        }
        return MasterTarget(
            keepers: keepers, groups: groups, branches: branches,
            scrubber: Scrubber(keepers, every: try ScrubInterval.duration(settings.scrubIntervalUs), context),
            registration: registration, address: address,
            services: [
                TargetControlHandler(keepers: keepers, groups: groups, branches: branches, effects: effects).bound(),
                GroupRecordHandler(groups: groups).bound(),
                IntervalIntakeHandler(keepers: keepers).bound(),
                ReceiverHandler(
                    effects, clock: context.environment.clock,
                    quiesce: { assignment in try await keepers.obey(assignment) }
                ).bound(),
            ])
    }

    public func serving(at address: StreamAddress) async throws {
        self.address.set("\(address)")
        await groups.begin()
        try await branches.begin()
        try await registration.begin()
        await scrubber.begin()
    }

    public func stop() async {
        await registration.stop()
        await scrubber.stop()
        await groups.stop()
        await branches.stop()
        await keepers.stop()
    }
}

/// Of this build, as components report it.
let programVersion = "1"

/// `homeward.replication.v1.IntervalIntake`, as process servers see it.
struct IntervalIntakeHandler: IntervalIntakeService {
    let keepers: Keepers

    func replicate(
        _ requests: RequestStream<ReplicationV1.SourceFrame>, _ responses: MessageWriter<ReplicationV1.TargetFrame>,
        _ context: CallContext
    ) async throws {
        try await answering("take a stream") {
            guard case .hello(let hello)? = try await requests.next()?.frame else {
                throw Failure(.invalidArgument, "take a stream: the first frame must be its hello")
            }
            try await keepers.keeper(try ItemID(hello.item)).serve(hello, requests, responses)
        }
    }
}
