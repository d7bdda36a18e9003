import Environment
import ScriptedSource
import Testing

/// One kind of file that an agent, a process server or a master target keeps of a machine: where it lies, and what
/// comes of it when a bit of it is turned while nobody looks.
struct FileKind: Sendable, CustomTestStringConvertible {
    enum Host: Sendable { case home, processServer, masterTarget }

    /// What lay on the disks when the bit was turned.
    enum Scene: Sendable {
        /// The machine replicates; its master target was killed with a sealed interval in staging, and what came after
        /// lies in the spool. Then the others were killed.
        case replicating
        /// The machine was handed over, and runs on an overlay. Its agent was killed.
        case onOverlay
    }

    enum Fate: Sendable {
        /// Struck here, at bytes found in the content: one of these texts names it afterwards.
        case named([String], at: @Sendable ([UInt8]) -> Int?)
        /// Struck here, and written anew before anybody goes by it.
        case madeAnew(at: @Sendable ([UInt8]) -> Int?)
        /// Another test strikes it.
        case elsewhere(String)
        /// No content of a disk, and nothing that says where content is.
        case control(String)

        /// Where a bit is turned; nil where the file is none to turn one in.
        func place(in bytes: [UInt8]) -> Int? {
            switch self {
            case .named(_, let place), .madeAnew(let place): place(bytes)
            case .elsewhere, .control: nil
            }
        }
    }

    let name: String
    let host: Host
    let scene: Scene
    let fits: @Sendable (String) -> Bool
    let fate: Fate

    var testDescription: String { name }
    var isScrubbed: Bool { host == .masterTarget && (fits("/disk.raw") || fits("/replicas/item-1/digests-0")) }

    private init(
        _ name: String, _ host: Host, in scene: Scene = .replicating, _ fits: @escaping @Sendable (String) -> Bool,
        _ fate: Fate
    ) {
        self.name = name
        self.host = host
        self.scene = scene
        self.fits = fits
        self.fate = fate
    }

    private static func ends(_ suffix: String) -> @Sendable (String) -> Bool { { $0.hasSuffix(suffix) } }
    private static func has(_ part: String) -> @Sendable (String) -> Bool { { $0.contains(part) } }

    static let all: [FileKind] = [
        FileKind("a machine's disk", .home, ends("/disk.raw"), .elsewhere("ReadBackTests")),
        FileKind("sidecar, header", .home, ends("/sidecar"), .named(["sidecar: a bit of header"], at: newestHeader)),
        FileKind(
            "sidecar, activity log", .home, ends("/sidecar"), .named(["bitmap at 32768"], at: newestPage(32_768))),
        FileKind("sidecar, change map", .home, ends("/sidecar"), .named(["bitmap at 40960"], at: newestPage(40_960))),
        FileKind("lineage in use", .home, ends("/lineage"), .named(["lineage: a bit"]) { $0.count / 2 }),
        FileKind("agent's digest table, leaves", .home, ends("/digests"), .madeAnew(at: byte(from: 8_192))),
        FileKind("agent's digest table, pages", .home, ends("/digests"), .madeAnew(at: byte(from: 4_096))),
        FileKind(
            "agent's digest table, header", .home, ends("/digests"),
            .named(["digest table was set aside"], at: byte(from: 0))),
        FileKind("overlay, data", .home, in: .onOverlay, ends("/overlay.data"), .elsewhere("ReadBackTests")),
        FileKind(
            "overlay, header", .home, in: .onOverlay, ends("/overlay.map"),
            .named(["header of the overlay"], at: byte(from: 0))),
        FileKind(
            "overlay, map", .home, in: .onOverlay, ends("/overlay.map"),
            .named(["bitmap at 4096"], at: newestPage(4_096))),
        FileKind(
            "overlay, journal", .home, in: .onOverlay, ends("/overlay.journal"),
            .named(["overlay's journal"]) { $0.isEmpty ? nil : 4 }),
        FileKind("record of reading back", .home, in: .onOverlay, ends("/read-back"), .elsewhere("ReadBackTests")),
        FileKind("spill", .home, has("/agent/spill-"), .elsewhere("TrackingTests")),
        FileKind("agent's status", .home, ends("/agent.status.json"), .control("written anew twice a second")),
        FileKind("grant", .home, ends("/grant.json"), .control("the site host's word, which no agent keeps")),
        FileKind("socket", .home, ends("/nbd.sock"), .control("a socket")),
        FileKind("spool", .processServer, has("/spool/item-1/segment-"), .named(["spool"], at: byte(from: 4_096))),
        FileKind("replica's disk", .masterTarget, ends("/disk.raw"), .named(["differ from their digests"]) {
            // Inside a block that no interval touches afterwards.
            $0.count - 20
        }),
        FileKind("replica's lineage", .masterTarget, ends("/lineage"), .madeAnew { $0.count / 2 }),
        FileKind(
            "digests handed over", .masterTarget,
            { $0.hasPrefix(DataPathWorld.ownerDirectory) && $0.hasSuffix("/digests") }, .elsewhere("ReadBackTests")),
        FileKind(
            "replica's metadata", .masterTarget, has("/replicas/item-1/metadata-"),
            .named(["/metadata-"], at: newestSlot)),
        FileKind(
            "replica's digest table", .masterTarget, has("/replicas/item-1/digests-"),
            .named(["/digests-"]) { $0.lastIndex { $0 != 0 } }),
        FileKind(
            "staging", .masterTarget, has("/replicas/item-1/staging-"), .named(["staging"]) { $0.count / 2 }),
        FileKind(
            "which files the disks are", .masterTarget, has("/replicas/item-1/identities"), .madeAnew { $0.count / 2 }),
        FileKind("change maps", .masterTarget, has("/replicas/item-1/changes-"), .elsewhere("ReplicasTests")),
        FileKind("undo", .masterTarget, has("/replicas/item-1/blocks-"), .named(["/blocks-"]) { $0.count / 3 }),
        FileKind(
            "group points", .masterTarget, has("/group-points/metadata-"),
            .named(["group points decayed"], at: newestSlot)),
        FileKind("owner", .masterTarget, ends("/owner"), .control("the site host's word")),
        FileKind("branch", .masterTarget, has("/branches/"), .elsewhere("BranchTests")),
    ]

    /// The first byte with content from here on.
    private static func byte(from start: Int) -> @Sendable ([UInt8]) -> Int? {
        { bytes in bytes.indices.dropFirst(start).first { bytes[$0] != 0 } }
    }

    /// In the bits of the newer slot of a bitmap's first page.
    private static func newestPage(_ base: Int) -> @Sendable ([UInt8]) -> Int? {
        { bytes in
            guard bytes.count >= base + 8_192 else { return nil }
            let slots = [0, 4_096].map { base + $0 }
            return slots.max { number(bytes, $0 + 8) < number(bytes, $1 + 8) }.map { $0 + 64 + 1 }
        }
    }

    private static let newestHeader: @Sendable ([UInt8]) -> Int? = { bytes in
        guard bytes.count >= 32_768 else { return nil }
        return [0, 16_384].max { number(bytes, $0 + 12) < number(bytes, $1 + 12) }.map { $0 + 60 }
    }

    /// In the value, if there is one.
    private static let newestSlot: @Sendable ([UInt8]) -> Int? = { bytes in
        bytes.count > 40 && bytes[0] == UInt8(ascii: "H") ? 33 : nil
    }

    /// Which of several files of the kind is struck: the last one by this measure.
    static func age(_ bytes: [UInt8]) -> UInt64 { bytes.count >= 16 ? number(bytes, 8) : 0 }

    private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
    }
}
