import API
import Contract
import Messages
import Model
import RPC

/// One thing that a protection leaves somewhere when it ends. What cannot be reached then is owed, by this name, and
/// paid at first contact.
enum Remnant: Hashable, Sendable {
    /// The relay at a process server.
    case relay(String)
    /// The records of the replica and its points at a master target.
    case replica(String)
    /// Home's own disks, which are at its master target.
    case homeDisks
    /// The machine that was made for the failover, after the machine is home again.
    case cloudMachine
    /// The replica's disks, of a master target of the cloud.
    case replicaDisks(String)
    /// The running copy still writes beside the image that it was given.
    case overlay(Site)
    /// The machine of a drill; its branch goes with the replica.
    case testMachine(Site, String)
    /// The row at the configuration server.
    case registration

    var text: String {
        switch self {
        case .relay(let id): "relay/\(id)"
        case .replica(let id): "replica/\(id)"
        case .homeDisks: "home-disks"
        case .cloudMachine: "cloud-machine"
        case .replicaDisks(let id): "replica-disks/\(id)"
        case .overlay(let site): "overlay/\(site.rawValue)"
        case .testMachine(let site, let id): "test-machine/\(site.rawValue)/\(id)"
        case .registration: "registration"
        }
    }

    init?(_ text: some StringProtocol) {
        let parts: [String] = String(text).split(separator: "/", maxSplits: 1).map { String($0) }
        switch (parts.first, parts.dropFirst().first) {
        case ("relay", let id?): self = .relay(id)
        case ("replica", let id?): self = .replica(id)
        case ("home-disks", nil): self = .homeDisks
        case ("cloud-machine", nil): self = .cloudMachine
        case ("replica-disks", let id?): self = .replicaDisks(id)
        case ("overlay", let site?):
            guard let site = Site(rawValue: site) else { return nil }
            self = .overlay(site)
        case ("test-machine", let place?):
            let place = place.split(separator: "/", maxSplits: 1).map { String($0) }
            guard place.count == 2, let site = Site(rawValue: place[0]) else { return nil }
            self = .testMachine(site, place[1])
        case ("registration", nil): self = .registration
        default: return nil
        }
    }

    private static let prefix = "\(Debt.cleanUp.rawValue): "

    /// As an item owes it.
    var debt: String { Remnant.prefix + text }

    init?(debt: String) {
        guard debt.hasPrefix(Remnant.prefix) else { return nil }
        self.init(debt.dropFirst(Remnant.prefix.count))
    }

    /// Who has to be heard of before it is worth a call.
    var holder: Holder {
        switch self {
        case .relay(let id): .processServer(id)
        case .replica(let id): .masterTarget(id)
        case .homeDisks, .registration: .platform(.home)
        case .cloudMachine, .replicaDisks: .platform(.cloud)
        case .overlay(let site), .testMachine(let site, _): .platform(site)
        }
    }

    /// Whether something else is to be done first: an agent merges under the generation of its release, nothing of the
    /// other copy goes before that, and disks are not deleted under a machine.
    func waits(for owed: [String]) -> Bool {
        switch self {
        case .cloudMachine, .overlay: owed.contains(Debt.release.rawValue)
        case .replicaDisks: owed.contains(Remnant.cloudMachine.debt)
        default: false
        }
    }

    /// The machine cannot be protected anew while this is there: names and disks of the new item would be taken.
    var isInTheWay: Bool {
        switch self {
        case .relay, .replica, .testMachine: false
        default: true
        }
    }
}

extension ItemRecord {
    /// What a disable removes besides relay and row, in the order in which it goes.
    func remnants() throws(Failure) -> [Remnant] {
        guard let phase = try phaseValue(), phase.direction != nil else { return [] }
        var left: [Remnant] = []
        if let drill { left.append(.testMachine(try drill.site(), drill.machine)) }
        left += holdingTargets.map { Remnant.replica($0) }
        switch phase {
        case .commitPending(.home):
            left += [.overlay(.home), .cloudMachine, .replicaDisks(cloudMasterTarget)]
        case .commitPending(.out): left.append(.overlay(.cloud))
        default:
            if home.value == .atTarget {
                left.append(.homeDisks)
            } else if seedAtCloud || phase.direction == .out && cloud.value != .running {
                let isSeed = seedAtCloud && !cloudMasterTarget.isEmpty
                left.append(.replicaDisks(isSeed ? cloudMasterTarget : masterTarget))
            }
        }
        return left
    }

    /// In the cloud the disks were made for the replica, not for the machine; at an alternate location at home, too.
    func hasReplicaDisks(at site: Site) -> Bool { site == .cloud || homeAlternate != nil }

    /// The master targets that hold disks or records of the item: the replication's, and that of a seed.
    var holdingTargets: [String] {
        let seed = seedAtCloud && cloudMasterTarget != masterTarget ? [cloudMasterTarget] : []
        return ([masterTarget] + seed).filter { !$0.isEmpty }
    }

    /// What this item, which is disabled, owes and a new one of the same home machine cannot begin beside.
    var debtsInTheWay: [String] {
        owed.filter { debt in
            switch Debt(rawValue: debt) {
            case .stopSource, .fenceSource: home.statedDead
            case .release: generation?.activeSite == Site.home.rawValue
            default: Remnant(debt: debt)?.isInTheWay ?? false
            }
        }
    }
}

/// Takes remnants away, under the item's last generation. Each of them may be asked for again.
struct Cleaning: Sendable {
    let vault: VaultContext
    let item: ItemRecord
    let assignment: Assignment
    let key: @Sendable (_ target: String) throws -> CommonV1.OperationKey

    private var generation: CommonV1.Generation { assignment.generation.message }

    func remove(_ remnant: Remnant) async throws {
        // A component that is not known is no proof that it holds nothing.
        let holder = remnant.holder
        let channel = try vault.channel(holder)
        // It may have been away since; what is asked of it needs the generation it is asked under.
        try await vault.give(assignment, to: holder.target, channel, key(holder.target))
        switch remnant {
        case .relay(let id): try await ifThere { try await closeRelay(id, channel) }
        case .replica: try await ifThere { try await forgetReplica(channel) }
        case .homeDisks:
            let owner = "machine/\(item.home.machine)"
            try await ifThere { try await attach(.home, to: owner, PlatformClient(channel)) }
        case .cloudMachine: try await removeCloudMachine(PlatformClient(channel))
        case .replicaDisks(let id): try await ifThere { try await deleteDisks(of: id, PlatformClient(channel)) }
        case .overlay(let site): try await mergeOverlay(site)
        case .testMachine(let site, let machine):
            let removal = TestMachineRemoval(vault: vault, site: site, machine: machine, key: key)
            try await removal.stop()
            try await removal.delete()
        case .registration: try await ifThere { try await unregister(channel) }
        }
    }

    /// That there is none is what was asked for.
    private func ifThere(_ act: () async throws -> Void) async throws {
        do { try await act() } catch let failure as Failure where failure.code == .notFound {}
    }

    private func closeRelay(_ id: String, _ channel: any Channel) async throws {
        let key = try key("relay/\(id)")
        _ = try await asking("close the relay of item \(item.id)") {
            try await ProcessControlClient(channel).closeRelay(
                .with {
                    $0.key = key
                    $0.item = item.id
                    $0.generation = generation
                }, $0)
        }
    }

    private func forgetReplica(_ channel: any Channel) async throws {
        let key = try key("replica")
        _ = try await asking("forget the replica of item \(item.id)", Patience.long) {
            try await TargetControlClient(channel).forgetReplica(
                .with {
                    $0.key = key
                    $0.item = item.id
                    $0.generation = generation
                }, $0)
        }
    }

    private func attach(_ site: Site, to owner: String, _ client: PlatformClient) async throws {
        let machine = item[site].machine
        let key = try key("disks/\(machine)")
        _ = try await asking("attach the disks of item \(item.id) to \(owner)") {
            try await client.attachDisks(
                .with {
                    $0.key = key
                    $0.machine = machine
                    $0.owner = owner
                    $0.disks = item.disksToAttach(at: site)
                    $0.replicaOfItem = item.hasReplicaDisks(at: site) ? item.id : ""
                    $0.generation = generation
                }, $0)
        }
    }

    /// Its disks go to the master target, whose replica's disks are deleted with it. It is the only other copy: home is
    /// seen to run first.
    private func removeCloudMachine(_ client: PlatformClient) async throws {
        let machine = item.cloud.machine
        let home = PlatformClient(try vault.directory.platform(.home))
        let left = try await home.look(at: item.home.machine)
        guard left.power == .on, left.booted else {
            throw Failure(.busy, "remove machine \(machine): \(item.home.machine), which is left, does not run")
        }
        do {
            let seen = try await client.look(at: machine)
            // One that ran under a later generation is of another life of the machine, and not ours.
            guard seen.grant?.number ?? 0 <= assignment.generation.number else { return }
            if seen.power != .off { try await stop(machine, boot: seen.bootID, client) }
            try await delete(machine, client)
        } catch let failure as Failure where failure.code == .notFound {
            // Its disks may lie where it was.
        }
        try await ifThere { try await attach(.cloud, to: "master-target/\(item.cloudMasterTarget)", client) }
    }

    private func stop(_ machine: String, boot: String, _ client: PlatformClient) async throws {
        let key = try key("stop/\(machine)/\(boot)")
        _ = try await asking("stop machine \(machine)", Patience.effect + Patience.gracefulStop) {
            try await client.powerOff(
                .with {
                    $0.key = key
                    $0.machine = machine
                    $0.generation = generation
                    $0.gracefulUs = UInt64(Patience.gracefulStop.inMicroseconds)
                }, $0)
        }
    }

    private func delete(_ machine: String, _ client: PlatformClient) async throws {
        let key = try key("machine/\(machine)")
        _ = try await asking("delete machine \(machine)") {
            try await client.deleteMachine(
                .with {
                    $0.key = key
                    $0.machine = machine
                    $0.generation = generation
                }, $0)
        }
    }

    private func deleteDisks(of target: String, _ client: PlatformClient) async throws {
        let key = try key("replica-disks")
        _ = try await asking("delete the replica's disks") {
            try await client.deleteReplicaDisks(
                .with {
                    $0.key = key
                    $0.item = item.id
                    $0.masterTarget = target
                }, $0)
        }
    }

    private func mergeOverlay(_ site: Site) async throws {
        let machine = item[site].machine
        let key = try key("agent/\(machine)/merge")
        let result = try await vault.command(
            machine, at: site, preferring: item.processServer, key,
            .mergeOverlay(.with { $0.generation = generation }))
        guard case .mergeOverlay(let merge) = result.result, !merge.complete else { return }
        throw Failure(.busy, "merge the overlay of \(machine): \(merge.mergedBlocks) blocks so far")
    }

    private func unregister(_ channel: any Channel) async throws {
        let key = try key("item/\(item.id)")
        _ = try await asking("unregister item \(item.id)") {
            try await ConfigurationClient(channel).unregisterMachine(
                .with {
                    $0.key = key
                    $0.item = item.id
                }, $0)
        }
    }
}
