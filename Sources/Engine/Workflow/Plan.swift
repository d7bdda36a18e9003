public import Model
import Store

/// A job's workflow as it was when the job was created. Jobs run by this list, never by a newer definition's.
public struct Plan: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        public let id: StepID
        public let title: String
        public let actor: String
        public let isPivot: Bool
        public let undoesFirst: Bool
        public let hasUndo: Bool

        public init(
            id: StepID, title: String, actor: String, isPivot: Bool = false, undoesFirst: Bool = false,
            hasUndo: Bool = false
        ) {
            self.id = id
            self.title = title
            self.actor = actor
            self.isPivot = isPivot
            self.undoesFirst = undoesFirst
            self.hasUndo = hasUndo
        }
    }

    public let workflow: String
    public let version: Int
    /// What the job is about: its item, or a name that stands for all its members.
    public let item: ItemID
    /// The items of a job over several, in the order in which they are told of; empty for a job over `item`.
    public let members: [ItemID]
    /// The caller's own encoding.
    public let parameters: [UInt8]
    public let steps: [Step]

    public init(
        workflow: String, version: Int, item: ItemID, members: [ItemID] = [], parameters: [UInt8], steps: [Step]
    ) {
        self.workflow = workflow
        self.version = version
        self.item = item
        self.members = members
        self.parameters = parameters
        self.steps = steps
    }

    /// Those that each step acts on.
    public var items: [ItemID] { members.isEmpty ? [item] : members }

    var isOverSeveral: Bool { !members.isEmpty }

    /// The stored form; also what a plan digest is taken of. Version 2 names members.
    public var record: [UInt8] {
        var out = RecordWriter(version: isOverSeveral ? 2 : 1)
        out.text(workflow)
        out.integer(Int64(version))
        out.text(item.text)
        out.blob(parameters)
        out.list(steps) { out, step in
            out.text(step.id.text)
            out.text(step.title)
            out.text(step.actor)
            out.integer((step.isPivot ? 1 : 0) | (step.undoesFirst ? 2 : 0) | (step.hasUndo ? 4 : 0))
        }
        if isOverSeveral { out.list(members) { $0.text($1.text) } }
        return out.bytes
    }

    public init(record: [UInt8]) throws(Failure) {
        let namesMembers = record.first == 2
        var input = try RecordReader(record, version: namesMembers ? 2 : 1, "job plan")
        workflow = try input.text()
        version = Int(try input.integer())
        item = try ItemID(try input.text())
        parameters = try input.blob()
        steps = try input.list { (one) throws(Failure) in
            let id = try StepID(try one.text())
            let title = try one.text()
            let actor = try one.text()
            let flags = try one.integer()
            return Step(
                id: id, title: title, actor: actor, isPivot: flags & 1 != 0, undoesFirst: flags & 2 != 0,
                hasUndo: flags & 4 != 0)
        }
        members = namesMembers ? try input.list { (one) throws(Failure) in try ItemID(try one.text()) } : []
        try input.end()
    }
}
