import API
import Contract
import Messages
import Model
import RPC

/// A disk of one of an item's machines that is left out of its replication. The agent serves it to the guest and notes
/// nothing of what is written; no point, digest or certificate has it, and no hand-over takes it from its machine.
struct StoredLeftOut: Codable, Hashable, Sendable {
    var disk: String
    /// Its place in the machine.
    var index: Int
    /// When it was left out; it may have grown since.
    var bytes: UInt64
    var machine: String
    var site: String
    /// Who left it out, and why.
    var person: String
    var reason: String
    var atUs: Int64

    /// - wanted: what a person said of it.
    init(
        _ disk: CommonV1.Disk, of machine: String, at site: Site, _ wanted: VaultV1.DiskExclusion, by person: String,
        now: UnixMicroseconds
    ) {
        self.disk = disk.id
        index = Int(disk.index)
        bytes = disk.bytes
        self.machine = machine
        self.site = site.rawValue
        self.person = person
        reason = wanted.reason
        atUs = now.value
    }

    var text: String {
        let why = reason.isEmpty ? "" : ": \(reason)"
        let who = person.isEmpty ? "" : " by \(person)"
        return "disk \(disk) (\(bytes) bytes) of machine \(machine) is left out\(who)\(why)"
    }

    var message: VaultV1.LeftOutDisk {
        .with {
            $0.disk = disk
            $0.index = UInt32(clamping: index)
            $0.bytes = bytes
            $0.machine = machine
            $0.site = Site(rawValue: site)?.message ?? .unspecified
            $0.person = person
            $0.reason = reason
            $0.sinceUnixUs = atUs
        }
    }
}

extension ItemRecord {
    /// Those that the item's copy at a site has: another machine that the item came home to has none of the original's.
    func leftOut(at site: Site) -> [StoredLeftOut] { leftOut(of: self[site].machine, at: site) }

    private func leftOut(of machine: String, at site: Site) -> [StoredLeftOut] {
        (leftOut ?? []).filter { $0.site == site.rawValue && $0.machine == machine }
    }

    /// What its agent, and its grants, are told.
    func leftOutIDs(at site: Site) -> [String] { leftOut(at: site).map(\.disk).sorted() }

    /// Of what a machine has, what is to be replicated.
    func besidesLeftOut(_ disks: [CommonV1.Disk], of machine: String, at site: Site) -> [CommonV1.Disk] {
        let left = leftOut(of: machine, at: site).map(\.disk)
        return disks.filter { !left.contains($0.id) }
    }

    func besidesLeftOut(of machine: PlatformV1.Machine, at site: Site) -> [CommonV1.Disk] {
        besidesLeftOut(machine.disks.compactMap(\.disk), of: machine.id, at: site)
    }

    /// The disks that an attach names, so that what is left out stays with its machine; none where that is all it has.
    func disksToAttach(at site: Site) -> [String] { leftOut(at: site).isEmpty ? [] : disks.map(\.id) }

    /// The item's assignment as the agent of the copy at a site is given it.
    func assign(_ assignment: Assignment, at site: Site) -> AgentV1.AgentCommand.Command {
        .assign(
            .with {
                $0.assignment = assignment.message
                $0.leftOut = leftOutIDs(at: site)
            })
    }

    /// What a preview says of each of them.
    ///
    /// - newHome: the machine that the operation makes at home.
    func notesOfLeftOut(_ operation: Operation, newHome: String?) -> [String] {
        (leftOut ?? []).compactMap { disk in
            guard let fate = fate(of: disk, operation, newHome: newHome) else { return nil }
            return "\(disk.text). \(fate)"
        }
    }

    private func fate(of disk: StoredLeftOut, _ operation: Operation, newHome: String?) -> String? {
        let isHomes = disk.site == Site.home.rawValue
        switch operation {
        case .enable, .reprotect(.out): return isHomes ? "It is in no point" : nil
        case .failover(.out), .completeMigration:
            return isHomes ? "The machine in the cloud has it not; it stays with \(disk.machine)" : nil
        case .drill: return "The test machine has it not"
        case .reprotect(.home):
            guard isHomes else { return "It is in no point, and does not come home" }
            if let newHome { return "It stays with \(disk.machine), and machine \(newHome) will not have it" }
            fallthrough
        case .failover(.home):
            guard isHomes else { return "It does not come home" }
            return disk.machine == home.machine
                ? "Machine \(disk.machine) keeps it as it is"
                : "It stayed with \(disk.machine): machine \(home.machine), to which the item comes home, has it not"
        case .commit where !isHomes: return "It stays on the cloud's datastore when the machine is removed"
        default: return nil
        }
    }
}

// MARK: - When a machine is protected

/// A machine's disks, as an item has them: those that are replicated, and those that are left out.
struct ChosenDisks: Sendable {
    var replicated: [StoredDisk] = []
    var leftOut: [StoredLeftOut] = []

    /// - wanted: those to leave out, by id or by place.
    init(
        of machine: PlatformV1.Machine, leavingOut wanted: [VaultV1.DiskExclusion], by person: String,
        now: UnixMicroseconds
    ) throws(Failure) {
        let what = "protect machine \(machine.id)"
        let disks = machine.disks.compactMap(\.disk).sorted { $0.index < $1.index }
        guard !disks.isEmpty else { throw Failure(.invalidArgument, "\(what): it has no disks") }
        for one in wanted {
            guard let disk = one.found(in: disks) else {
                throw Failure(
                    .invalidArgument, "\(what) without disk \"\(one.disk)\": it has \(disks.named)")
            }
            guard !leftOut.contains(where: { $0.disk == disk.id }) else {
                throw Failure(.invalidArgument, "\(what) without disk \(disk.id): it is named twice")
            }
            leftOut.append(StoredLeftOut(disk, of: machine.id, at: .home, one, by: person, now: now))
        }
        for disk in disks where !leftOut.contains(where: { $0.disk == disk.id }) {
            let checked = try DiskDescription(disk)
            // Replicas, streams and the other site's machine number them without gaps.
            replicated.append(StoredDisk(id: checked.id.text, index: replicated.count, bytes: disk.bytes))
        }
        guard !replicated.isEmpty else {
            throw Failure(
                .invalidArgument, "\(what): all of its disks would be left out. Leave one in: it has \(disks.named)")
        }
    }
}

extension VaultV1.DiskExclusion {
    /// By its id, else by its place in the machine.
    fileprivate func found(in disks: [CommonV1.Disk]) -> CommonV1.Disk? {
        disks.first { $0.id == disk } ?? disks.first { "\($0.index)" == disk }
    }
}

extension [CommonV1.Disk] {
    fileprivate var named: String { map { "\($0.index): \($0.id)" }.joined(separator: ", ") }
}

// MARK: - While it is protected

extension VaultCore {
    func excludeDisk(_ message: VaultV1.ItemOperationRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let scope = try await vault.store.scope(named: message.name)
        guard let wanted = message.excludeDisk, !wanted.disk.isEmpty else {
            throw Failure(.invalidArgument, "leave a disk of \(scope.name) out: say which one, by its id or its place")
        }
        guard scope.group == nil else {
            throw Failure(
                .invalidArgument, "leave disk \(wanted.disk) of group \(scope.name) out: name the member whose it is")
        }
        var parameters = JobParameters(operation: excludeDiskWorkflow.name)
        parameters.exclude = try await added(wanted, to: scope.first, by: request.options.person)
        return try await run(
            request,
            Draft(scope: scope, operation: .excludeDisk, workflow: excludeDiskWorkflow, parameters: parameters))
    }

    /// The disk of one of the item's machines that is meant: of the active one, else of the other.
    private func added(
        _ wanted: VaultV1.DiskExclusion, to item: ItemRecord, by person: String
    ) async throws -> StoredLeftOut {
        let what = "leave disk \(wanted.disk) of \(item.displayName) out"
        let active = try item.assignment().roles.activeSite
        var seen: [String] = []
        for site in [active, active.other] where !item[site].machine.isEmpty {
            let machine: PlatformV1.Machine
            do {
                machine = try await PlatformClient(vault.directory.platform(site)).look(at: item[site].machine)
            } catch {
                // One that is gone has no disks; the other site's may be away.
                guard site != active || error.code == .notFound else { throw error }
                continue
            }
            let disks = machine.disks.compactMap(\.disk)
            seen.append("machine \(machine.id) has \(disks.named)")
            guard let disk = wanted.found(in: disks) else { continue }
            guard !item.disks.contains(where: { $0.id == disk.id }) else {
                throw Failure(
                    .operationNotAllowed, "\(what): it is replicated, and the item's points have it. End the "
                        + "protection, then protect the machine without it: homeward disable \(item.displayName); "
                        + "homeward protect \(item.home.machine) --exclude-disk \(disk.id)")
            }
            guard !item.leftOut(at: site).contains(where: { $0.disk == disk.id }) else {
                throw Failure(.alreadyExists, "\(what): disk \(disk.id) of machine \(machine.id) is left out already")
            }
            return StoredLeftOut(disk, of: machine.id, at: site, wanted, by: person, now: vault.now)
        }
        throw Failure(
            .notFound, "\(what): " + (seen.isEmpty ? "no machine of it answers" : seen.joined(separator: "; ")))
    }
}
