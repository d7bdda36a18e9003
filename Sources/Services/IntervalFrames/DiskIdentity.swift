public import Blocks
public import Model

/// The sixteen bytes by which lineage records, sidecars and replicas name a disk: the UUID itself, or, for a name that
/// is no UUID, XXH3-128 of its text. The same at every component, because records travel with the disk.
public func diskIdentity(_ id: DiskID) -> [UInt8] {
    let digits = id.text.utf8.filter { $0 != UInt8(ascii: "-") }
    let values = digits.compactMap(hexadecimalValue)
    let dashes = id.text.utf8.count - digits.count
    guard digits.count == 2 * LineageRecord.diskIDByteCount, values.count == digits.count, dashes == 0 || dashes == 4
    else { return BlockDigest(Array(id.text.utf8), at: 0).bytes }
    return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
}

extension Blocks.Generation {
    public init(_ generation: Model.Generation) {
        self.init(number: generation.number, token: generation.token.bytes)
    }

    /// Before the first assignment of an item; every real generation is above it.
    public static var unassigned: Blocks.Generation {
        Blocks.Generation(number: 0, token: [UInt8](repeating: 0, count: Blocks.Generation.tokenByteCount))
    }

    public var model: Model.Generation? {
        number == 0 ? nil : GenerationToken(token).map { Model.Generation(number: number, token: $0) }
    }
}
