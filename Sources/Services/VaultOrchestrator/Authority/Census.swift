import API
import Contract
import Environment
import Messages
import Model
import RPC
import Store

/// What one component holds of an item.
struct Holding: Hashable, Sendable {
    /// Its id; `platform-home`, `platform-cloud`, or `agent MACHINE`.
    let component: String
    let assignment: Assignment

    init(_ component: String, _ assignment: Assignment) {
        self.component = component
        self.assignment = assignment
    }

    /// In a person's words, when it is above the record, or beside it with another token; nil when the record is as
    /// new, or newer.
    func finding(beside record: ItemRecord) -> String? {
        let own = try? record.generation?.generation
        let theirs = assignment.generation
        guard judge(stored: own, incoming: theirs, isAssign: false) != .accept, theirs.number >= own?.number ?? 0 else {
            return nil
        }
        let recorded = own.map { "is at \($0)" } ?? "knows none"
        let replicates = assignment.roles.replication.map { ", replicating \($0.rawValue)" } ?? ", replicating nowhere"
        return "\(component) holds generation \(theirs), active at \(assignment.roles.activeSite.rawValue)"
            + "\(replicates); this vault's record \(recorded)"
    }
}

/// Asks every component for the generations that it holds. Reads only; what does not answer is named.
struct Census: Sendable {
    static let homePlatform = "platform-home"
    static let cloudPlatform = "platform-cloud"

    static func site(ofPlatform name: String) -> CommonV1.Site? {
        switch name {
        case homePlatform: .home
        case cloudPlatform: .cloud
        default: nil
        }
    }

    private let vault: VaultContext

    init(_ vault: VaultContext) { self.vault = vault }

    /// What one component told.
    struct Told: Sendable {
        var missing: String?
        var epoch: UInt64 = 0
        var assignments: [ItemID: Assignment] = [:]
        var jobs: [ItemID: Set<String>] = [:]

        init(missing: String) { self.missing = missing }

        init(_ assignments: [CommonV1.Assignment], _ jobs: [CommonV1.KnownJob], _ epoch: UInt64) throws(Failure) {
            self.epoch = epoch
            for message in assignments {
                let assignment = try Assignment(message)
                self.assignments[assignment.item] = assignment
            }
            for job in jobs { self.jobs[try ItemID(job.item), default: []].insert(job.job) }
        }
    }

    struct Answers: Sendable {
        /// By component.
        var told: [String: Told] = [:]

        var components: [String] { told.keys.sorted() }
        var epochs: [String: UInt64] { told.filter { $0.value.missing == nil }.mapValues(\.epoch) }

        func holdings(of item: ItemID) -> [Holding] {
            components.compactMap { name in told[name]?.assignments[item].map { Holding(name, $0) } }
        }

        /// Those of the named components that did not answer, each with the reason.
        func missing(among names: [String]) -> [String] {
            names.compactMap { name in
                guard let told = told[name] else { return "\(name): nobody of that name has registered" }
                return told.missing.map { "\(name): \($0)" }
            }
        }
    }

    // MARK: Asking

    /// Everybody at once; of one item when it is given.
    func ask(_ item: ItemID? = nil) async -> Answers {
        let request = CommonV1.CensusRequest.with { $0.item = item?.text ?? "" }
        let peers = receivers()
        var answers = Answers()
        await withTaskGroup(of: [(String, Told)].self) { group in
            for peer in peers { group.addTask { await told(by: peer, request) } }
            for await some in group { for (name, told) in some { answers.told[name] = told } }
        }
        for site in [Census.homePlatform, Census.cloudPlatform] where answers.told[site] == nil {
            answers.told[site] = Told(missing: "no configuration server has linked itself to this vault")
        }
        return answers
    }

    private struct Peer: Sendable {
        let name: String
        let channel: any Channel
        /// Home's platform is asked by the configuration server.
        var hasPlatformBehind = false
    }

    private func receivers() -> [Peer] {
        let directory = vault.directory
        let server = directory.configurationServer?.component.endpoint?.id
        var peers: [Peer] = []
        for entry in directory.all() {
            guard let id = entry.component.endpoint?.id, entry.component.kind != .platform,
                let channel = try? directory.channel(of: id)
            else { continue }
            peers.append(Peer(name: id, channel: channel, hasPlatformBehind: id == server))
        }
        if server == nil, let endpoint = try? directory.configurationEndpoint(),
            let channel = try? directory.configuration()
        {
            peers.append(Peer(name: endpoint.id, channel: channel, hasPlatformBehind: true))
        }
        if let channel = try? directory.platform(.cloud) {
            peers.append(Peer(name: Census.cloudPlatform, channel: channel))
        }
        return peers
    }

    private func told(by peer: Peer, _ request: CommonV1.CensusRequest) async -> [(String, Told)] {
        let home = Census.homePlatform
        do {
            let census = try await asking("take the census of \(peer.name)", Patience.read) {
                try await ReceiverClient(peer.channel).census(request, $0)
            }
            let own = (peer.name, try Told(census.assignments, census.jobs, census.vaultEpoch))
            guard peer.hasPlatformBehind else { return [own] }
            guard let behind = census.behind else {
                return [own, (home, Told(missing: "\(peer.name) does not say what is behind it"))]
            }
            guard behind.missing.isEmpty else { return [own, (home, Told(missing: behind.missing))] }
            return [own, (home, try Told(behind.assignments, behind.jobs, behind.vaultEpoch))]
        } catch {
            let missing = Told(missing: "\(error)")
            return peer.hasPlatformBehind ? [(peer.name, missing), (home, missing)] : [(peer.name, missing)]
        }
    }

    /// What the agents of both copies hold, as their relays heard it last; nothing of those that nobody heard.
    func agents(of item: ItemRecord) async -> [Holding] {
        var found: [Holding] = []
        for site in Site.allCases where !item[site].machine.isEmpty {
            let machine = item[site].machine
            let agent = await vault.agent(machine, at: site, preferring: item.processServer)
            guard let held = agent?.hello?.assignment, held.item == item.id, let assignment = try? Assignment(held)
            else { continue }
            found.append(Holding("agent \(machine)", assignment))
        }
        return found
    }

    // MARK: Judging

    struct Verdict: Hashable, Sendable {
        /// What is not in this vault's record.
        var found: [String]
        /// Who has to answer, and did not.
        var missing: [String]

        var isClear: Bool { found.isEmpty && missing.isEmpty }
    }

    /// What the answers say of a record, which must have been read after they came: what this vault itself minted or
    /// began meanwhile is in it then.
    func verdict(on record: ItemRecord, _ answers: Answers, _ holdings: [Holding]) async throws -> Verdict {
        let id = try record.itemID()
        // What a person has concluded from is remembered by the components for a while yet.
        let isReconciled = record.reconciledIn == vault.store.database.incarnation.text
        let unknown = isReconciled ? [] : try await unknownJobs(of: id, answers)
        return Verdict(
            found: holdings.compactMap { $0.finding(beside: record) } + unknown,
            missing: answers.missing(among: Census.required(record, holdings)))
    }

    /// Both platforms, because one of them runs the machine, and the master targets that hold its points: by our
    /// record, and by the highest assignment that was found.
    static func required(_ record: ItemRecord, _ holdings: [Holding]) -> [String] {
        let highest = holdings.max { $0.assignment.generation.number < $1.assignment.generation.number }
        let targets = [record.masterTarget, highest?.assignment.roles.masterTarget?.text ?? ""]
        return [homePlatform, cloudPlatform] + Set(targets).filter { !$0.isEmpty }.sorted()
    }

    /// Jobs that worked on the item for a vault whose record went further than ours. Only jobs count: reconcilers and
    /// the configuration server act under keys of their own.
    private func unknownJobs(of item: ItemID, _ answers: Answers) async throws -> [String] {
        let told = answers.components.flatMap { name in
            (answers.told[name]?.jobs[item] ?? []).filter { $0.hasPrefix("job-") }.map { (job: $0, component: name) }
        }
        guard !told.isEmpty else { return [] }
        let known = try await vault.store.database.read { transaction in
            try told.map { try transaction.row("SELECT id FROM jobs WHERE id = ?", .text($0.job)) != nil }
        }
        var components: [String: [String]] = [:]
        for (one, isKnown) in zip(told, known) where !isKnown { components[one.job, default: []].append(one.component) }
        return components.sorted { $0.key < $1.key }.map { job, names in
            "job \(job) worked on it (\(names.sorted().joined(separator: ", "))); this vault's record does not know it"
        }
    }
}
