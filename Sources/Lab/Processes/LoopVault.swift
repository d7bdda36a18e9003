import API
import Contract
import Environment
import Messages
import Model
import RPC

/// The vault and both platforms as the loop uses them. Calls are asked again while a process is being restarted: each
/// carries an id or a key that makes the same request the same effect.
struct LoopVault: Sendable {
    /// A killed process is back within 5 s, and its own recovery takes some more.
    private static let outage = Duration.seconds(90)
    private static let call = Duration.seconds(60)
    private static let poll = Duration.milliseconds(200)
    /// Longest wait of one look at a job.
    private static let jobWait: UInt64 = 2_000_000

    let world: LabWorld
    private let items: ItemsClient
    private let jobs: JobsClient
    private let home: PlatformClient
    private let cloud: PlatformClient
    private let run: String

    init(_ world: LabWorld) {
        self.world = world
        func channel(_ id: String) -> any Channel {
            world.dial(.ip(LabLayout.component(id)?.host ?? "127.0.2.2", port: LabLayout.port))
        }
        let vault = channel("vault")
        items = ItemsClient(vault)
        jobs = JobsClient(vault)
        home = PlatformClient(channel("host-home"))
        cloud = PlatformClient(channel("host-cloud"))
        run = "lab-\(hexadecimal(world.environment.random.bytes(6)))"
    }

    private func asking<T>(
        _ what: String, isolation: isolated (any Actor)? = #isolation, _ body: (CallOptions) async throws -> T
    ) async throws -> T {
        let clock = world.environment.clock
        let deadline = clock.now() + Self.outage
        while true {
            do { return try await body(CallOptions(timeout: Self.call, waitForReady: true)) } catch {
                let failure = (error as? RPCError).map { Failure($0, attempting: what) }
                guard let failure, failure.disposition != .permanent, clock.now() < deadline else {
                    throw failure ?? error
                }
                try await clock.sleep(for: Self.poll)
            }
        }
    }

    // MARK: Platforms

    private func key(_ step: String, _ target: String) -> CommonV1.OperationKey {
        .with {
            $0.job = run
            $0.item = run
            $0.step = step
            $0.target = target
        }
    }

    private func platform(_ site: Site) -> PlatformClient { site == .home ? home : cloud }

    /// At home, as an administrator would: no vault knows of it yet. `images` are relative to the datastore.
    func create(_ machine: LoopMachine, guest: PlatformV1.Guest, images: [String]) async throws {
        let key = key("create", "machine/\(machine.name)")
        _ = try await asking("create machine \(machine.name)") { options in
            try await home.createMachine(
                .with {
                    $0.key = key
                    $0.importImages = images
                    $0.machine = .with {
                        $0.id = machine.name
                        $0.name = machine.name
                        $0.guest = guest
                        $0.attributes = .with {
                            $0.osFamily = "linux"
                            $0.osName = "Debian GNU/Linux 12 (64-bit)"
                            $0.toolsEnabled = true
                            $0.memoryMib = 512
                        }
                        $0.disks = machine.disks.map { disk in
                            .with {
                                $0.disk = .with {
                                    $0.id = disk.id
                                    $0.index = UInt32(disk.index)
                                    $0.bytes = UInt64(disk.bytes)
                                }
                            }
                        }
                    }
                }, options)
        }
    }

    /// Grants belong to items; a machine that is none yet is started as a person in vCenter does.
    func start(_ machine: LoopMachine) async throws {
        _ = try await asking("start machine \(machine.name)") {
            try await home.outOfBandPowerOn(.with { $0.machine = machine.name }, $0)
        }
    }

    func machine(_ id: String, _ site: Site) async throws -> PlatformV1.Machine {
        try await asking("look at machine \(id)") { options in
            try await platform(site).getMachine(.with { $0.machine = id }, options)
        }
    }

    func setGuest(_ id: String, _ site: Site, _ guest: PlatformV1.Guest) async throws {
        _ = try await asking("set the guest of machine \(id)") { options in
            try await platform(site).setInventory(
                .with {
                    $0.machine = id
                    $0.guest = guest
                }, options)
        }
    }

    // MARK: Vault

    func item(_ name: String) async throws -> VaultV1.Item {
        try await asking("look at item \(name)") { options in
            try await items.getItem(.with { $0.name = name }, options)
        }
    }

    private func options() -> VaultV1.MutationOptions {
        let id = "\(run)-\(hexadecimal(world.environment.random.bytes(8)))"
        return .with {
            $0.requestID = id
            $0.person = "lab"
        }
    }

    /// `group` is the replication group to join; empty for none.
    /// - without: disks that are left out.
    func enable(
        _ machine: LoopMachine, group: String = "", without: [String] = []
    ) async throws -> VaultV1.Job {
        let mutation = options()
        return try await asking("protect \(machine.name)") { options in
            try await items.enable(
                .with {
                    $0.machine = machine.name
                    $0.displayName = machine.name
                    $0.group = group
                    $0.excludeDisks = without.map { disk in .with { $0.disk = disk } }
                    $0.options = mutation
                }, options)
        }
    }

    /// To the newest point, or to this one.
    func failover(
        _ item: String, _ direction: Direction, point: LabLoop.ChosenPoint? = nil
    ) async throws -> VaultV1.Job {
        let mutation = options()
        return try await asking("fail \(item) over") { options in
            try await items.failover(
                .with {
                    $0.name = item
                    $0.expectedDirection = direction.message
                    $0.choice = point == nil ? .latest : .chosen
                    $0.point = point.map { UInt64($0.points[item]?.number ?? 0) } ?? 0
                    $0.groupPoint = point?.name ?? ""
                    $0.fullCertificate = direction == .home
                    $0.options = mutation
                }, options)
        }
    }

    func changePoint(_ item: String, _ point: LabLoop.ChosenPoint) async throws -> VaultV1.Job {
        let mutation = options()
        return try await asking("change the point of \(item)") { options in
            try await items.changePoint(
                .with {
                    $0.name = item
                    $0.choice = .chosen
                    $0.point = UInt64(point.points[item]?.number ?? 0)
                    $0.groupPoint = point.name
                    $0.confirmLoss = true
                    $0.options = mutation
                }, options)
        }
    }

    func commit(_ item: String) async throws -> VaultV1.Job {
        let request = VaultV1.ItemOperationRequest.with {
            $0.name = item
            $0.waitForCertificate = true
            $0.options = options()
        }
        return try await asking("commit \(item)") { try await items.commit(request, $0) }
    }

    /// The envelope of a failback's certificate, and the key to verify it with.
    func certificate(_ failback: VaultV1.Job, _ machine: LoopMachine) async throws -> (String, String) {
        let name = failback.members.isEmpty ? "" : machine.name
        let signed = try await asking("read the certificate of \(machine.name)") { options in
            try await jobs.getCertificate(
                .with {
                    $0.name = failback.name
                    $0.item = name
                }, options)
        }
        let key = try await asking("read the key of certificates") { try await jobs.getCertificateKey(.init(), $0) }
        return (signed.envelope, key.pem)
    }

    func reprotect(_ item: String) async throws -> VaultV1.Job { try await reprotect(item, options()) }

    func previewReprotect(_ item: String) async throws -> VaultV1.Preview {
        var options = options()
        options.validateOnly = true
        return try await reprotect(item, options).preview ?? .init()
    }

    private func reprotect(_ item: String, _ options: VaultV1.MutationOptions) async throws -> VaultV1.Job {
        let request = VaultV1.ItemOperationRequest.with {
            $0.name = item
            $0.waitForAgent = true
            $0.options = options
        }
        return try await asking("reprotect \(item)") { try await items.reprotect(request, $0) }
    }

    func cancelFailover(_ item: String) async throws -> VaultV1.Job {
        let request = VaultV1.ItemOperationRequest.with {
            $0.name = item
            $0.confirmLoss = true
            $0.options = options()
        }
        return try await asking("cancel the failover of \(item)") { try await items.cancelFailover(request, $0) }
    }

    func cancelReprotect(_ item: String) async throws -> VaultV1.Job {
        let request = VaultV1.ItemOperationRequest.with {
            $0.name = item
            $0.options = options()
        }
        return try await asking("cancel the reprotect of \(item)") { try await items.cancelReprotect(request, $0) }
    }

    /// Points that a failover may choose, newest first.
    func points(_ item: String) async throws -> [TargetV1.RecoveryPoint] {
        let page = try await asking("list the points of \(item)") { options in
            try await items.listRecoveryPoints(.with { $0.item = item }, options)
        }
        return page.points.filter { $0.name.isEmpty && $0.applied }.sorted { $0.number > $1.number }
    }

    /// Common points that a failover may choose, newest first; not the ends of generations, which are drained.
    func groupPoints(_ group: String) async throws -> [TargetV1.GroupPoint] {
        let page = try await asking("list the points of group \(group)") { options in
            try await items.listGroupPoints(.with { $0.name = group }, options)
        }
        return page.points.filter { $0.exists && !$0.final }
    }

    func job(_ name: String) async throws -> VaultV1.Job {
        try await asking("look at \(name)") { options in try await jobs.getJob(.with { $0.name = name }, options) }
    }

    /// The job at its end. `seen` gets each state on the way.
    func follow(
        _ first: VaultV1.Job, isolation: isolated (any Actor)? = #isolation, seen: (VaultV1.Job) async -> Void
    ) async throws -> VaultV1.Job {
        var job = first
        while true {
            await seen(job)
            switch job.state {
            case .succeeded: return job
            case .partial, .failedUnwound, .cancelled, .stuck, .waitingPerson:
                let gates = job.gates.filter { $0.blocking && $0.status != .pass }
                    .map { "\($0.code): \($0.evidence.isEmpty ? $0.meaning : $0.evidence)" }
                throw Failure(
                    .operationNotAllowed, "\(job.operation) ended as \(job.state): "
                        + ([job.message] + gates).filter { !$0.isEmpty }.joined(separator: "; "))
            default: break
            }
            let last = job
            job = try await asking("follow \(last.name)") { options in
                try await jobs.getJob(
                    .with {
                        $0.name = last.name
                        $0.waitUs = Self.jobWait
                        $0.afterRevision = last.revision
                    }, options)
            }
        }
    }
}
