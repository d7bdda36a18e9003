/// What a failback proves of one machine: the disks that home was given are the disks that the cloud copy had at the
/// cut of the recovery point. Made of the job's journal, so that asking twice gives the same document.
///
/// A root is that of the disk's digest tree (`Blocks.DigestTree`), in hexadecimal. The source computes its own from the
/// digests of what it read, at the cut; the target's stands for what it has on its disks:
///
/// - mode `delta`: every block that was written to the target since home's old content was pinned was read back from
///   its disk and had the digest it was sent with; the other blocks were compared or in place before.
/// - mode `retained`: the same for blocks written since the oldest point that is still kept.
/// - mode `full`: every block of the disk was read back once the machine ran, below what its guest writes, and the root
///   was computed of what was read.
public struct FailbackCertificate: Codable, Hashable, Sendable {
    public struct Point: Codable, Hashable, Sendable {
        public var number: UInt64
        /// When it was cut, microseconds since 1970, by the source's clock.
        public var cutUnixUs: Int64
        /// `crash-consistent` or `application-consistent`.
        public var kind: String
        /// True when it holds every write that the source ever acknowledged: it was fenced and drained.
        public var final: Bool
    }

    public struct Disk: Codable, Hashable, Sendable {
        public var id: String
        public var bytes: UInt64
        /// nil where the source did not know each of its blocks' digests.
        public var sourceRoot: String?
        public var targetRoot: String
        /// With mode `full`, the blocks (4 KiB, from 0) that are not as they were handed over, in words; nil for none.
        public var differing: String?

        public init(id: String, bytes: UInt64, sourceRoot: String?, targetRoot: String, differing: String? = nil) {
            self.id = id
            self.bytes = bytes
            self.sourceRoot = sourceRoot
            self.targetRoot = targetRoot
            self.differing = differing
        }
    }

    public var version = 1
    public var item: String
    public var displayName: String
    /// The home machine that was given the disks, and the cloud machine that they are a copy of.
    public var machine: String
    public var source: String
    public var job: String
    public var jobEndedUnixUs: Int64
    /// Under which the home machine runs.
    public var generation: UInt64
    public var point: Point
    public var mode: String
    public var verifiedBlocks: UInt64
    /// When the target had last read back all its disks without a difference; nil when it had not since it took them
    /// over. It is what stands for the blocks that were not moved.
    public var targetScrubbedUnixUs: Int64?
    /// When the source's agent had last read all its disks, and found no write that had not been tracked; nil when it
    /// had not since it started. The roots prove what was moved, this that nothing was left out.
    public var sourceScrubbedUnixUs: Int64?
    /// With mode `full`: when the last block was read back.
    public var readBackUnixUs: Int64?
    public var disks: [Disk]

    public init(
        item: String, displayName: String, machine: String, source: String, job: String, jobEndedUnixUs: Int64,
        generation: UInt64, point: Point, mode: String, verifiedBlocks: UInt64,
        targetScrubbedUnixUs: Int64? = nil, sourceScrubbedUnixUs: Int64? = nil, readBackUnixUs: Int64? = nil,
        disks: [Disk]
    ) {
        self.item = item
        self.displayName = displayName
        self.machine = machine
        self.source = source
        self.job = job
        self.jobEndedUnixUs = jobEndedUnixUs
        self.generation = generation
        self.point = point
        self.mode = mode
        self.verifiedBlocks = verifiedBlocks
        self.targetScrubbedUnixUs = targetScrubbedUnixUs
        self.sourceScrubbedUnixUs = sourceScrubbedUnixUs
        self.readBackUnixUs = readBackUnixUs
        self.disks = disks
    }

    /// What its own words say against it; empty when the disks are proven the same.
    public var objections: [String] {
        disks.compactMap { disk in
            if let differing = disk.differing { return "disk \(disk.id): \(differing)" }
            guard let source = disk.sourceRoot else { return "disk \(disk.id): the source stated no root" }
            return source == disk.targetRoot
                ? nil : "disk \(disk.id): the source's root is \(source), the target's \(disk.targetRoot)"
        }
    }
}

extension FailbackCertificate.Point {
    public init(_ number: UInt64, cutUnixUs: Int64, kind: String, final: Bool) {
        self.number = number
        self.cutUnixUs = cutUnixUs
        self.kind = kind
        self.final = final
    }
}
