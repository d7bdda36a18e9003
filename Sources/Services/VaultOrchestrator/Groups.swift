import API
import Contract
import Messages
import Model
import RPC

/// Replication groups as they are looked at, and their common points.
extension VaultCore {
    func show(_ scope: Scope, _ group: GroupID) async -> VaultV1.Group {
        let phases = Set(scope.items.map(\.phase))
        let phase = phases.count == 1 ? (try? scope.first.phaseValue()).flatMap { $0 } : nil
        let jobs = Set(scope.items.map { $0.claimJob ?? "" })
        let (cuts, cause) = await cuts(of: scope, group)
        return .with {
            $0.name = "groups/\(group)"
            $0.members = scope.items.map(show)
            $0.processServer = scope.first.processServer
            $0.masterTarget = scope.first.masterTarget
            $0.phase = phase?.message ?? .unspecified
            $0.direction = phase?.direction?.message ?? .unspecified
            if jobs.count == 1, let job = jobs.first, !job.isEmpty { $0.claimJob = "jobs/\(job)" }
            $0.newestCommon = cuts?.newestCommon ?? ""
            $0.newestCommonAgeUs = cuts?.newestCommonAgeUs ?? 0
            $0.cause = cause
            $0.applicationIntervalUs =
                scope.items.map { vault.policies.terms(of: $0).applicationIntervalUs }.filter { $0 > 0 }.min() ?? 0
            $0.applicationFailure = cuts?.applicationFailure ?? ""
            $0.longestFreezeUs = cuts?.longestFreezeUs ?? 0
        }
    }

    /// What the process server that cuts the group says.
    func cuts(of scope: Scope, _ group: GroupID) async -> (ProcessV1.Group?, cause: String) {
        guard scope.first.generation?.replication != nil else { return (nil, "nothing replicates") }
        do {
            let client = ProcessControlClient(try vault.directory.channel(of: scope.first.processServer))
            let seen = try await asking("look at the cuts of group \(group)", Patience.read) {
                try await client.getGroup(.with { $0.group = group.text }, $0)
            }
            return (seen, seen.cause)
        } catch { return (nil, error.code == .unsupported ? "this process server cuts no groups" : error.message) }
    }

    func groups(_ message: VaultV1.ListGroupsRequest) async throws -> VaultV1.ListGroupsResponse {
        let page = try Page(message.pageSize)
        let found = try await vault.store.groups().filter { $0.name > message.pageToken }
        let shown = found.prefix(page.size)
        var answer = VaultV1.ListGroupsResponse()
        for scope in shown { if let group = scope.group { answer.groups.append(await show(scope, group)) } }
        answer.nextPageToken = found.count > shown.count ? shown.last?.name ?? "" : ""
        return answer
    }

    func group(named name: String) async throws -> (Scope, GroupID) {
        let scope = try await vault.store.scope(named: name.hasPrefix("groups/") ? name : "groups/\(name)")
        guard let group = scope.group else { throw Failure(.notFound, "find group \(name): it names an item") }
        return (scope, group)
    }

    // MARK: Points

    /// The numbers of the members' points in the common point that a failover of a group is asked for; a gate when
    /// there is none. Never a substitute.
    func commonPoint(
        _ scope: Scope, _ group: GroupID, _ choice: VaultV1.PointChoice, named name: String
    ) async throws -> (point: TargetV1.GroupPoint?, gate: Gate) {
        let points: [TargetV1.GroupPoint]
        do { points = try await vault.groupPoints(group, at: scope.first.masterTarget).filter(\.exists) } catch {
            let evidence = [Evidence("\(error)", source: scope.first.masterTarget, at: vault.now)]
            return (nil, Gate(.hasPointOfKind, .unknown, evidence: evidence))
        }
        var candidates = points.filter { covers($0, scope) }
        var kind = "common point"
        if choice == .chosen {
            kind = "common point \(name)"
            candidates = candidates.filter { $0.name == name }
        }
        if choice == .latestApplicationConsistent {
            kind = "common application-consistent point"
            candidates = candidates.filter(\.applicationConsistent)
        }
        guard let newest = candidates.first else {
            let lacking = choice == .latestApplicationConsistent ? await lackingConsistentPoints(scope) : ""
            let evidence = Evidence(
                "group \(group) has \(points.count) common points, and no \(kind)\(lacking)",
                source: scope.first.masterTarget, at: vault.now)
            let remedy = Remedy(
                "Choose another one, or let every member go to its own newest",
                command: "homeward failover \(group) --point latest")
            return (nil, Gate(.hasPointOfKind, .fail, evidence: [evidence], remedy: remedy))
        }
        return (newest, Gate(.hasPointOfKind, .pass))
    }

    /// Members that joined later are in no older point.
    private func covers(_ point: TargetV1.GroupPoint, _ scope: Scope) -> Bool {
        Set(point.members.map(\.item)).isSuperset(of: scope.items.map(\.id))
    }

    /// Whose guests stood still for no point that is kept, by name; when each has one, they were not of one cut.
    private func lackingConsistentPoints(_ scope: Scope) async -> String {
        var lacking: [String] = []
        for item in scope.items {
            guard let points = try? await vault.points(of: item) else { continue }
            if !points.contains(where: \.applicationConsistent) { lacking.append(item.displayName) }
        }
        return lacking.isEmpty
            ? ": its members have application-consistent points, but not of one cut"
            : ": no application-consistent point of \(lacking.joined(separator: ", "))"
    }
}

extension VaultContext {
    /// Ids of a group's items, by display name; none of no group.
    func members(of group: String) async throws -> [String] {
        guard !group.isEmpty else { return [] }
        let id = try GroupID(group)
        let store = store
        return try await store.database.read { try store.members(of: id, in: $0) }.map(\.id)
    }

    /// Newest first, from the master target that holds them.
    func groupPoints(_ group: GroupID, at target: String) async throws(Failure) -> [TargetV1.GroupPoint] {
        let client = TargetControlClient(try directory.channel(of: target))
        var points: [TargetV1.GroupPoint] = []
        var token = ""
        for _ in 0..<VaultContext.longestGroupCatalogue {
            let page = try await asking("list the points of group \(group)", Patience.read) { [token] in
                try await client.listGroupPoints(
                    .with {
                        $0.group = group.text
                        $0.pageSize = Page.largest
                        $0.pageToken = token
                    }, $0)
            }
            points += page.points
            token = page.nextPageToken
            if token.isEmpty { break }
        }
        return points
    }

    /// Pages: as many as of one item's points.
    private static let longestGroupCatalogue = 128
}

extension ItemsHandler {
    func getGroup(_ request: VaultV1.GetGroupRequest, _ context: CallContext) async throws -> VaultV1.Group {
        try await answering("read group \(request.name)") {
            let (scope, group) = try await core.group(named: request.name)
            return await core.show(scope, group)
        }
    }

    func listGroups(
        _ request: VaultV1.ListGroupsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListGroupsResponse {
        try await answering("list groups") { try await core.groups(request) }
    }

    func listGroupPoints(
        _ request: VaultV1.ListGroupPointsRequest, _ context: CallContext
    ) async throws -> VaultV1.ListGroupPointsResponse {
        try await answering("list the points of group \(request.name)") {
            let (scope, group) = try await core.group(named: request.name)
            let client = TargetControlClient(try core.vault.directory.channel(of: scope.first.masterTarget))
            let page = try await asking("list the points of group \(group)", Patience.read) {
                try await client.listGroupPoints(
                    .with {
                        $0.group = group.text
                        $0.pageSize = request.pageSize
                        $0.pageToken = request.pageToken
                    }, $0)
            }
            return .with {
                $0.points = page.points
                $0.nextPageToken = page.nextPageToken
            }
        }
    }
}
