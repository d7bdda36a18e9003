import Model
import Store
import Workflow

/// What an operation is asked for: one item, or all members of a replication group at once.
struct Scope: Sendable {
    let group: GroupID?
    /// By display name; one without a group, and never empty.
    let items: [ItemRecord]

    init(_ item: ItemRecord) {
        group = nil
        items = [item]
    }

    init(_ group: GroupID, _ members: [ItemRecord]) {
        precondition(!members.isEmpty, "group \(group) has no members")
        self.group = group
        items = members
    }

    /// What all members agree on is read from the first.
    var first: ItemRecord { items[0] }

    /// For people, and for commands that they are told to type.
    var name: String { group?.text ?? first.displayName }

    /// What the job is listed under.
    func subject() throws(Failure) -> ItemID {
        guard let group else { return try first.itemID() }
        return try Scope.subject(of: group)
    }

    static func subject(of group: GroupID) throws(Failure) -> ItemID { try ItemID("group.\(group)") }

    /// Ids as a job's plan names them; none for a single item.
    func members() throws(Failure) -> [ItemID] {
        guard group != nil else { return [] }
        var ids: [ItemID] = []
        for item in items { ids.append(try item.itemID()) }
        return ids
    }
}

extension VaultStore {
    /// `items/{id}`, `groups/{id}`, or bare: an item's id or display name comes before a group's id.
    func scope(named name: String) async throws -> Scope {
        if let group = try groupName(name) { return try await scope(of: group) }
        do { return Scope(try await item(named: name)) } catch let failure as Failure where failure.code == .notFound {
            guard !name.hasPrefix("items/"), GroupID.isValid(name) else { throw failure }
            do { return try await scope(of: try GroupID(name)) } catch let other as Failure
            where other.code == .notFound {
                throw Failure(.notFound, "find \"\(name)\": there is no item of that id or name, and no group")
            }
        }
    }

    func scope(of group: GroupID) async throws -> Scope {
        let found = try await database.read { try members(of: group, in: $0) }
        guard !found.isEmpty else {
            throw Failure(.notFound, "find group \(group): no item is a member; see `homeward groups`")
        }
        return Scope(group, found)
    }

    /// By display name. A disabled item is a tombstone, no member.
    func members(of group: GroupID, in transaction: Transaction) throws -> [ItemRecord] {
        try items(ofGroup: group.text, in: transaction).sorted { $0.displayName < $1.displayName }
    }

    /// Every group with its members, by id.
    func groups() async throws -> [Scope] {
        let items = try await database.read { try protectedItems(in: $0) }
        let byGroup = Dictionary(grouping: items.filter { !$0.group.isEmpty }, by: \.group)
        return try byGroup.sorted { $0.key < $1.key }.map { group, members in
            Scope(try GroupID(group), members.sorted { $0.displayName < $1.displayName })
        }
    }

    private func groupName(_ name: String) throws(Failure) -> GroupID? {
        guard name.hasPrefix("groups/") else { return nil }
        return try GroupID(String(name.dropFirst("groups/".count)))
    }
}
