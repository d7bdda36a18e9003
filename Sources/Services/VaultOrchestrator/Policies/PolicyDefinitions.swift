import API
import Contract
import Cryptography
import Messages
import Model
import Store

/// Replication policies as they are kept: made, changed, listed, removed, and followed.
extension VaultCore {
    func createPolicy(_ message: VaultV1.CreatePolicyRequest) async throws -> VaultV1.PolicyChange {
        let asked = message.policy ?? .init()
        let id = try policyID(asked.name)
        guard !message.requestID.isEmpty, message.requestID.utf8.count <= 128 else {
            throw Failure(.invalidArgument, "create policy \(id): request_id is required, up to 128 bytes")
        }
        let digest = SHA256.hash(message.wireBytes())
        guard let direction = Direction(asked.direction) else {
            throw Failure(.invalidArgument, "create policy \(id): say its direction, out (forward) or home (failback)")
        }
        let now = vault.now.value
        let fresh = PolicyRow(
            id: id, version: 1, revision: 0, spec: try PolicySpec(asked, id: id, direction: direction),
            createdUs: now, updatedUs: now, request: message.requestID, requestDigest: digest)
        let store = vault.store
        if message.validateOnly {
            let known = try await store.database.read { try store.policy(id, in: $0) }
            return try await change(known.map { try sameRequest($0, message.requestID, digest) } ?? fresh)
        }
        let stored = try await store.database.write("policy") { transaction -> PolicyRow in
            if let known = try store.policy(id, in: transaction) {
                return try sameRequest(known, message.requestID, digest)
            }
            let count = try transaction.row("SELECT COUNT(*) AS policies FROM policies")?.integer("policies") ?? 0
            guard count < PolicyLimits.policies else {
                throw Failure(.limitReached, "create policy \(id): there are \(count) policies")
            }
            return try store.save(fresh, in: transaction)
        }
        return try await changed(stored)
    }

    func updatePolicy(_ message: VaultV1.UpdatePolicyRequest) async throws -> VaultV1.PolicyChange {
        let asked = message.policy ?? .init()
        let id = try policyID(asked.name)
        let (store, now, what) = (vault.store, vault.now.value, "change policy \(id)")
        @Sendable func altered(_ row: PolicyRow) throws -> PolicyRow {
            try requireEtag(message.etag, row)
            let kept = Direction(rawValue: row.spec.direction) ?? .out
            guard Direction(asked.direction).map({ $0 == kept }) ?? true else {
                throw Failure(
                    .invalidArgument, "\(what): its direction is \(kept.rawValue) and stays so; create another one")
            }
            var new = row
            new.spec = try PolicySpec(asked, id: id, direction: kept)
            if new.spec != row.spec { (new.version, new.updatedUs) = (row.version + 1, now) }
            return new
        }
        if message.validateOnly {
            let before = try await store.policy(id, what)
            let after = try altered(before)
            let followers = try await store.database.read {
                try store.followers(of: before, limit: PolicyLimits.shown, in: $0)
            }
            return try await change(after, effects: try await effects(of: after, on: followers))
        }
        let stored = try await store.database.write("policy") { transaction -> PolicyRow in
            let row = try store.requirePolicy(id, what, in: transaction)
            let new = try altered(row)
            return new.version == row.version ? row : try store.save(new, in: transaction)
        }
        return try await changed(stored)
    }

    func deletePolicy(_ message: VaultV1.DeletePolicyRequest) async throws {
        let id = try policyID(message.name)
        let store = vault.store
        try await store.database.write("policy") { transaction in
            let row = try store.requirePolicy(id, "delete policy \(id)", in: transaction)
            try requireEtag(message.etag, row)
            guard !row.isDefault else {
                throw Failure(
                    .operationNotAllowed, "delete policy \(id): items that are given no other one follow it. It can be "
                        + "changed")
            }
            let count = try store.followerCount(of: row, in: transaction)
            guard count == 0 else {
                let named = try store.followers(of: row, limit: 10, in: transaction).map { item in
                    item.group.isEmpty ? item.displayName : "\(item.displayName) (group \(item.group))"
                }
                let more = Int(count) > named.count ? " and \(Int(count) - named.count) more" : ""
                throw Failure(
                    .operationNotAllowed, "delete policy \(id): it is followed by \(named.joined(separator: ", "))"
                        + "\(more). Assign them another one first")
            }
            try store.removePolicy(row, in: transaction)
        }
        try await vault.policies.read(store)
    }

    func assignPolicy(_ message: VaultV1.AssignPolicyRequest) async throws -> VaultV1.PolicyChange {
        let id = try policyID(message.policy)
        let (store, now) = (vault.store, vault.now)
        let scope = try await store.scope(named: message.follower)
        let what = "assign policy \(id) to \(scope.name)"
        let row = try await store.policy(id, what)
        let direction = Direction(rawValue: row.spec.direction) ?? .out
        for item in scope.items { try refuse(item, scope, what, at: now) }
        if message.validateOnly {
            return try await change(row, effects: try await effects(of: row, on: scope.items))
        }
        let group = scope.group
        let stored = try await store.database.write("policy-assign") { transaction -> PolicyRow in
            let row = try store.requirePolicy(id, what, in: transaction)
            // Members that joined or left since are seen here.
            let items =
                try group.map { try store.members(of: $0, in: transaction) }
                ?? scope.items.map { try store.requireItem($0.itemID(), in: transaction) }
            let others = items.filter { $0.policy(direction) != id.text }
            guard !others.isEmpty else { return row }
            let revision = try store.nextPolicyRevision(in: transaction)
            for var item in others {
                try refuse(item, scope, what, at: now)
                item.follow(id, direction)
                item.policyRevision = revision
                try store.save(item, in: transaction)
            }
            return row
        }
        vault.bell.ring()
        return try await changed(stored)
    }

    private func refuse(_ item: ItemRecord, _ scope: Scope, _ what: String, at now: UnixMicroseconds) throws {
        try item.refuseQuarantined(what, at: now)
        guard item.phase != Phase.disabled.name, item.phase != Phase.migrated.name else {
            throw Failure(.operationNotAllowed, "\(what): it is \(item.phase)", on: [.item(try item.itemID())])
        }
        guard scope.group != nil || item.group.isEmpty else {
            throw Failure(
                .operationNotAllowed, "\(what): it is a member of group \(item.group), whose members are cut together. "
                    + "Assign it to groups/\(item.group)", on: [.item(try item.itemID())])
        }
    }

    func listPolicies(_ message: VaultV1.ListPoliciesRequest) async throws -> VaultV1.ListPoliciesResponse {
        let page = try Page(message.pageSize)
        let found = try await vault.store.policies(after: message.pageToken, limit: page.size + 1)
        var answer = VaultV1.ListPoliciesResponse()
        for row in found.prefix(page.size) { answer.policies.append(try await show(row)) }
        if found.count > page.size { answer.nextPageToken = found[page.size - 1].id.text }
        return answer
    }

    func policyID(_ name: String) throws(Failure) -> PolicyID {
        try PolicyID(name.hasPrefix("policies/") ? String(name.dropFirst("policies/".count)) : name)
    }

    /// What an item that is protected is to follow: the named policies, or those of its group.
    func chosenPolicies(
        _ message: VaultV1.EnableRequest, _ members: [ItemRecord], in transaction: Transaction
    ) throws -> [Direction: PolicyID] {
        var chosen: [Direction: PolicyID] = [:]
        for (direction, name) in [(Direction.out, message.forwardPolicy), (.home, message.failbackPolicy)] {
            let ofGroup = try members.first.map { try PolicyID($0.policy(direction)) }
            guard !name.isEmpty else {
                if let ofGroup { chosen[direction] = ofGroup }
                continue
            }
            let id = try policyID(name)
            let what = "protect machine \(message.machine)"
            let row = try vault.store.requirePolicy(id, what, in: transaction)
            guard row.spec.direction == direction.rawValue else {
                throw Failure(
                    .invalidArgument, "\(what): policy \(id) is for direction \(row.spec.direction), not "
                        + direction.rawValue)
            }
            guard ofGroup.map({ $0 == id }) ?? true else {
                throw Failure(
                    .invalidArgument, "\(what) in group \(message.group): its members follow \(ofGroup?.text ?? ""), "
                        + "not \(id)")
            }
            chosen[direction] = id
        }
        return chosen
    }

    // MARK: Showing

    func show(_ row: PolicyRow) async throws -> VaultV1.ReplicationPolicy {
        let store = vault.store
        let (items, count) = try await store.database.read { transaction in
            (
                try store.followers(of: row, limit: PolicyLimits.shown, in: transaction),
                try store.followerCount(of: row, in: transaction)
            )
        }
        let names = items.map { $0.group.isEmpty ? "items/\($0.id)" : "groups/\($0.group)" }
        return .with {
            $0.name = "policies/\(row.id)"
            $0.displayName = row.spec.displayName
            $0.direction = Direction(rawValue: row.spec.direction)?.message ?? .unspecified
            $0.rpoThresholdUs = row.spec.rpoThresholdUs
            $0.intervalUs = row.spec.intervalUs
            $0.applicationIntervalUs = row.spec.applicationIntervalUs
            $0.retention = row.spec.retention?.message
            $0.keepSeed = row.spec.keepSeed
            $0.version = row.version
            $0.digest = (try? row.spec.digest()) ?? ""
            $0.etag = row.etag
            $0.createdUnixUs = row.createdUs
            $0.updatedUnixUs = row.updatedUs
            $0.followers = Array(Set(names)).sorted()
            $0.followerItems = UInt32(clamping: count)
        }
    }

    private func change(
        _ row: PolicyRow, effects: [VaultV1.RetentionEffect] = []
    ) async throws -> VaultV1.PolicyChange {
        var answer = VaultV1.PolicyChange()
        answer.policy = try await show(row)
        answer.effects = effects
        return answer
    }

    private func changed(_ row: PolicyRow) async throws -> VaultV1.PolicyChange {
        try await vault.policies.read(vault.store)
        return try await change(row)
    }

    /// What the policy's retention would remove of items that replicate in its direction now.
    private func effects(of row: PolicyRow, on items: [ItemRecord]) async throws -> [VaultV1.RetentionEffect] {
        var effects: [VaultV1.RetentionEffect] = []
        // A master target that is away is asked once.
        var away: [String: String] = [:]
        for item in items.prefix(PolicyLimits.shown) where item.generation?.replication == row.spec.direction {
            var effect = VaultV1.RetentionEffect()
            effect.item = "items/\(item.id)"
            effect.displayName = item.displayName
            if let cause = away[item.masterTarget] { effect.unknown = cause } else {
                do { effect.preview = try await previewed(row, item) } catch {
                    effect.unknown = (error as? Failure)?.message ?? "\(error)"
                    if (error as? Failure)?.code != .notFound { away[item.masterTarget] = effect.unknown }
                }
            }
            effects.append(effect)
        }
        return effects
    }

    private func previewed(_ row: PolicyRow, _ item: ItemRecord) async throws -> TargetV1.PreviewRetentionResponse {
        let client = TargetControlClient(try vault.directory.channel(of: item.masterTarget))
        return try await asking("look at what policy \(row.id) removes of item \(item.id)", Patience.read) {
            try await client.previewRetention(
                .with {
                    $0.item = item.id
                    $0.retention = row.spec.retention?.message
                }, $0)
        }
    }
}

private func sameRequest(_ row: PolicyRow, _ request: String, _ digest: [UInt8]) throws(Failure) -> PolicyRow {
    guard row.request == request, row.requestDigest == digest else {
        throw Failure(
            .alreadyExists, "create policy \(row.id): there is one of that id; change it with `homeward policies "
                + "update`")
    }
    return row
}

private func requireEtag(_ etag: String, _ row: PolicyRow) throws(Failure) {
    guard etag.isEmpty || etag == row.etag else {
        throw Failure(.etagMismatch, "change policy \(row.id): it is at \(row.etag), not \(etag)")
    }
}
