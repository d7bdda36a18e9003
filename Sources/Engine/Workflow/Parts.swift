public import Model
import Store

/// What is known of one step, item by item, in a job over several items: each is passed once, and never acted on again.
///
/// A step of such a job is done when it is done, or not needed, for each of the items; that makes every step a barrier.
public struct Parts: Hashable, Sendable {
    public enum Part: Hashable, Sendable {
        case done([UInt8])
        /// Not needed for this item; never undone.
        case skipped(String)
    }

    private var known: [ItemID: Part] = [:]

    public init() {}

    public subscript(_ item: ItemID) -> Part? {
        get { known[item] }
        set { known[item] = newValue }
    }

    public var isEmpty: Bool { known.isEmpty }

    /// By item.
    public var all: [(item: ItemID, part: Part)] {
        known.sorted { $0.key < $1.key }.map { (item: $0.key, part: $0.value) }
    }

    /// The reasons, when the step was needed for none of the items.
    var reasons: [String]? {
        var reasons: [String] = []
        for (_, part) in all {
            guard case .skipped(let reason) = part else { return nil }
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons
    }

    mutating func merge(_ other: Parts) { known.merge(other.known) { _, newer in newer } }
}

extension Parts {
    var record: [UInt8] {
        var out = RecordWriter(version: 1)
        out.list(all) { out, entry in
            out.text(entry.item.text)
            switch entry.part {
            case .done(let output):
                out.integer(1)
                out.blob(output)
            case .skipped(let reason):
                out.integer(0)
                out.text(reason)
            }
        }
        return out.bytes
    }

    init(record: [UInt8]) throws(Failure) {
        var input = try RecordReader(record, version: 1, "step over several items")
        let entries = try input.list { (one) throws(Failure) -> (ItemID, Part) in
            let item = try ItemID(try one.text())
            return (item, try one.integer() == 1 ? .done(try one.blob()) : .skipped(try one.text()))
        }
        try input.end()
        for (item, part) in entries { known[item] = part }
    }
}
