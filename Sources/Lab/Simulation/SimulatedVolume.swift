public import Environment

/// A file system's storage: a tree of names, the content of files, space, and faults to come.
///
/// Names change in a log of atomic operations. A power loss keeps a seeded subset of those that no
/// `syncDirectory` covered, never one without the earlier ones on the same names.
///
/// `@unchecked Sendable`: mutable state is guarded by the world's mutex, which it shares with the open files that
/// change its tree, and with the hosts whose power loss takes from it what they wrote: both happen at one instant.
public final class SimulatedVolume: @unchecked Sendable {
    struct NameChange {
        let directory: SimulatedDirectory
        let name: String
        let node: SimulatedNode?

        var key: Key { Key(directory: ObjectIdentifier(directory), name: name) }
    }

    struct Key: Hashable {
        let directory: ObjectIdentifier
        let name: String
    }

    struct Operation {
        let changes: [NameChange]
        let writer: SimulatedHost
    }

    public let name: String
    let number: UInt64
    let core: WorldCore
    let root: SimulatedDirectory
    private var space: Int64
    private var used: Int64 = 0
    private var log: [Operation] = []
    private var faults: [DiskFault] = []
    private var timing = DiskTiming()
    private var nextNode: UInt64 = 2

    init(name: String, number: UInt64, capacity: Int64, core: WorldCore) {
        self.name = name
        self.number = number
        self.core = core
        space = capacity
        root = SimulatedDirectory(number: 1, birth: 0)
    }

    // MARK: For tests

    /// May shrink below what is used: then nothing more can be allocated.
    public var capacity: Int64 {
        get { core.locked { space } }
        set { core.locked { space = newValue } }
    }

    public var usedBytes: Int64 { core.locked { used } }

    public var latencies: DiskTiming {
        get { core.locked { timing } }
        set { core.locked { timing = newValue } }
    }

    public func inject(_ fault: DiskFault) { core.locked { faults.append(fault) } }

    public func clearFaults() { core.locked { faults = [] } }

    /// Changes one bit of a file where it lies, unseen by anyone.
    public func flipBit(in path: String, at offset: Int64, bit: Int) throws(FileError) {
        try core.locked { () throws(FileError) in
            guard let file = node(path.split(separator: "/").map(String.init)) as? SimulatedContent else {
                throw FileError(.notFound, "flip a bit of", path)
            }
            core.record(.fault, nil, UInt64(offset), "flip bit in \(path)")
            file.flipBit(at: offset, bit: bit)
        }
    }

    /// The whole volume loses power: what no host synced is subject to loss. Processes go on.
    public func losePower() { core.locked { losePower(writtenBy: nil) } }

    /// At the end of the world.
    func end() {
        log = []
        empty(root)
    }

    private func empty(_ directory: SimulatedDirectory) {
        let nodes = Array(directory.entries.values) + Array(directory.durable.values)
        directory.entries = [:]
        directory.durable = [:]
        for node in nodes {
            (node as? SimulatedContent)?.end()
            if let inner = node as? SimulatedDirectory { empty(inner) }
        }
    }

    // MARK: Names

    func node(_ path: [String]) -> SimulatedNode? {
        var node: SimulatedNode? = root
        for name in path { node = (node as? SimulatedDirectory)?.entries[name] }
        return node
    }

    func directory(_ path: [String]) -> SimulatedDirectory? { node(path) as? SimulatedDirectory }

    func makeContent() -> SimulatedContent { SimulatedContent(number: newNumber(), birth: wallNanoseconds) }

    func makeDirectory() -> SimulatedDirectory { SimulatedDirectory(number: newNumber(), birth: wallNanoseconds) }

    func makeDurableDirectory(_ path: [String]) {
        var directory = root
        for name in path {
            let next = directory.entries[name] as? SimulatedDirectory ?? makeDirectory()
            directory.entries[name] = next
            directory.durable[name] = next
            directory = next
        }
    }

    func change(_ changes: [NameChange], by host: SimulatedHost) {
        for change in changes { apply(change) }
        log.append(Operation(changes: changes, writer: host))
    }

    private func apply(_ change: NameChange) {
        let old = change.directory.entries[change.name]
        change.directory.entries[change.name] = change.node
        change.directory.change = wallNanoseconds
        if let old = old as? SimulatedContent, old !== change.node, old.isLinked {
            old.isLinked = false
            used -= old.usedBytes
        }
        if let new = change.node as? SimulatedContent, !new.isLinked {
            new.isLinked = true
            used += new.usedBytes
        }
    }

    /// Makes durable what touched this directory, and before it what that builds on.
    func sync(_ directory: SimulatedDirectory) {
        var needed: Set<Key> = []
        var durable: [Operation] = []
        var rest: [Operation] = []
        for operation in log.reversed() {
            let isNeeded = operation.changes.contains { $0.directory === directory || needed.contains($0.key) }
            if isNeeded {
                durable.append(operation)
                for change in operation.changes { needed.insert(change.key) }
            } else {
                rest.append(operation)
            }
        }
        log = rest.reversed()
        for operation in durable.reversed() {
            for change in operation.changes { change.directory.durable[change.name] = change.node }
        }
    }

    // MARK: Space

    func allocatePage(for file: SimulatedContent) -> Bool {
        guard file.isLinked else { return true }
        let page = Int64(SimulatedContent.pageSize)
        guard used <= space - page else { return false }
        used += page
        return true
    }

    func release(pages: Int, of file: SimulatedContent) {
        if file.isLinked { used -= Int64(pages) * Int64(SimulatedContent.pageSize) }
    }

    var freeBytes: Int64 { max(0, space - used) }

    // MARK: Faults

    /// Takes the first fault that applies to this operation now.
    func fault(_ operation: DiskFault.Operation, _ path: String) -> DiskFault.Effect? {
        for index in faults.indices where faults[index].applies(to: operation, path) {
            if faults[index].skip > 0 {
                faults[index].skip -= 1
                continue
            }
            let fault = faults[index]
            faults[index].times -= 1
            if faults[index].times == 0 { faults.remove(at: index) }
            core.record(.fault, nil, 0, "\(fault.operation) \(path): \(fault.effect)")
            return fault.effect
        }
        return nil
    }

    func spend(_ operation: DiskFault.Operation, bytes: Int = 0) {
        core.ioDelay += timing.time(of: operation, bytes: bytes)
    }

    // MARK: Power

    /// - Parameter host: whose unsynced writes are at risk; nil: everyone's.
    func losePower(writtenBy host: SimulatedHost?) {
        var lost: Set<Key> = []
        var rest: [Operation] = []
        for operation in log {
            if let host, operation.writer !== host {
                rest.append(operation)
            } else if operation.changes.contains(where: { lost.contains($0.key) }) || core.disk.oneIn(2) {
                for change in operation.changes { lost.insert(change.key) }
                core.record(.disk, nil, 0, "lost \(operation.changes[0].name)")
            } else {
                for change in operation.changes { change.directory.durable[change.name] = change.node }
            }
        }
        log = rest
        used = 0
        rebuild(root, host)
        for operation in log {
            for change in operation.changes { apply(change) }
        }
    }

    private func rebuild(_ directory: SimulatedDirectory, _ host: SimulatedHost?) {
        directory.entries = directory.durable
        for (_, node) in directory.entries.sorted(by: { $0.key < $1.key }) {
            if let file = node as? SimulatedContent {
                file.losePower(of: host, &core.disk)
                file.isLinked = true
                used += file.usedBytes
            } else if let child = node as? SimulatedDirectory {
                rebuild(child, host)
            }
        }
    }

    var wallNanoseconds: Int64 { SimulatedWorld.wallStart * 1_000 + core.now }

    private func newNumber() -> UInt64 {
        defer { nextNode += 1 }
        return nextNode
    }
}

/// A fault that the next matching operation meets.
public struct DiskFault: Sendable {
    public enum Operation: Hashable, Sendable {
        case open, read, write, sync, truncate, punchHole, rename, remove, createDirectory, syncDirectory
    }

    public enum Effect: Hashable, Sendable {
        /// EIO (`input`), no space, and so on; nothing is done. A failed sync loses what it should have written.
        case fail(FileError.Code)
        /// A write puts down only this many bytes, then fails with EIO.
        case tear(after: Int)
        /// A write lands this far from where it should and reports success.
        case misdirect(by: Int64)
        /// A write or sync reports success and does nothing.
        case forget
        /// The operation is done, its lane's caller hears of it only later: a slow or hung disk.
        case delay(Duration)
    }

    public let operation: Operation
    /// Matches paths that end so; empty: all.
    public let pathSuffix: String
    /// Matching operations to let pass first.
    public var skip: Int
    /// Operations that meet it; negative: all from then on.
    public var times: Int
    public let effect: Effect

    public init(_ operation: Operation, _ effect: Effect, pathSuffix: String = "", skip: Int = 0, times: Int = 1) {
        self.operation = operation
        self.pathSuffix = pathSuffix
        self.skip = skip
        self.times = times
        self.effect = effect
    }

    func applies(to operation: Operation, _ path: String) -> Bool {
        self.operation == operation && (pathSuffix.isEmpty || path.hasSuffix(pathSuffix))
    }
}

/// How long operations take, as a lane's caller sees it.
public struct DiskTiming: Sendable {
    public var operation: Duration = .microseconds(20)
    public var sync: Duration = .microseconds(500)
    public var bytesPerSecond: Int64 = 1_000_000_000

    public init() {}

    func time(of kind: DiskFault.Operation, bytes: Int) -> Int64 {
        let fixed = kind == .sync || kind == .syncDirectory ? sync : operation
        return fixed.inNanoseconds + Int64(bytes) * 1_000_000_000 / max(1, bytesPerSecond)
    }
}
