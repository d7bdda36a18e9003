/// The kind of thing that an `ID` names; never instantiated.
public protocol IdentifierTag {
    /// The word for people: "item", "master target".
    static var kind: String { get }
}

/// A stable name that we gave to one thing, typed by what it names.
///
/// Lower-case letters, digits, `-`, `_` and `.`, starting with a letter or digit, at most 64 bytes: safe in
/// resource names, file names, operation keys and logs, and equal on file systems that ignore case.
public struct ID<Tag: IdentifierTag>: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) throws(Failure) {
        guard ID.isValid(text) else {
            throw Failure(
                .invalidArgument,
                "read \(Tag.kind) id \"\(text.prefix(80))\": use 1 to \(identifierLimit) of a-z 0-9 - _ . "
                    + "and start with a letter or digit")
        }
        self.text = text
    }

    /// `prefix-` and the bytes in hexadecimal; 8 random bytes make a name that needs no registry.
    public init(prefix: String, entropy: [UInt8]) {
        let text = "\(prefix)-\(hexadecimal(entropy))"
        precondition(ID.isValid(text), "the prefix \(prefix) or the number of bytes breaks the charset of ids")
        self.text = text
    }

    public static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= identifierLimit, isLetterOrDigit(first) else {
            return false
        }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
    }

    public var description: String { text }
    public static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

extension ID: ExpressibleByStringLiteral {
    /// For names written in source, such as step ids; one that breaks the charset is our bug.
    public init(stringLiteral text: String) {
        precondition(ID.isValid(text), "\(text) is not a valid \(Tag.kind) id")
        self.text = text
    }
}

/// File names (255 bytes) must hold an id with a prefix and a suffix; resource names hold several.
public let identifierLimit = 64

private func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
}

/// Two lower-case digits for each byte.
public func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        out.append(digits[Int(byte >> 4)])
        out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
}

public enum ItemTag: IdentifierTag { public static let kind = "item" }
public enum JobTag: IdentifierTag { public static let kind = "job" }
public enum StepTag: IdentifierTag { public static let kind = "step" }
public enum MachineTag: IdentifierTag { public static let kind = "machine" }
public enum DiskTag: IdentifierTag { public static let kind = "disk" }
public enum PointTag: IdentifierTag { public static let kind = "recovery point" }
public enum GroupTag: IdentifierTag { public static let kind = "replication group" }
public enum ProcessServerTag: IdentifierTag { public static let kind = "process server" }
public enum MasterTargetTag: IdentifierTag { public static let kind = "master target" }
public enum HostBootTag: IdentifierTag { public static let kind = "host boot" }
public enum IncarnationTag: IdentifierTag { public static let kind = "incarnation" }

/// A machine under protection, with all its copies.
public typealias ItemID = ID<ItemTag>
/// What a user started.
public typealias JobID = ID<JobTag>
/// A step's name inside its workflow.
public typealias StepID = ID<StepTag>
/// A machine as its platform knows it.
public typealias MachineID = ID<MachineTag>
public typealias DiskID = ID<DiskTag>
public typealias PointID = ID<PointTag>
public typealias GroupID = ID<GroupTag>
public typealias ProcessServerID = ID<ProcessServerTag>
public typealias MasterTargetID = ID<MasterTargetTag>
/// One boot of a host: a power-on grant does not outlive it.
public typealias HostBootID = ID<HostBootTag>
/// One life of a database, new when it is created or restored.
public typealias IncarnationID = ID<IncarnationTag>
