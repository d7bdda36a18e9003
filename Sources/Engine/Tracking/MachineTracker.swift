public import Blocks
public import Environment

/// The source side of one machine's replication: every mutation of its disks passes here, is remembered
/// crash-safely before it is issued, and belongs to exactly one interval.
///
/// One actor owns the sets of all disks, so a cut is one synchronous step for the whole machine. Files are
/// touched on lanes only. `run()` must be running for lazy work (map flush, own sync, cooling).
public actor MachineTracker {
    /// Events kept until taken.
    static let longestEventList = 256

    struct Pending {
        let interval: Interval
        let sets: [BlockSet]
        let digests: [DigestUpdates]
        var isApplied = false
    }

    struct Frozen {
        let interval: Interval
        /// Blocks of the interval per disk, passes included.
        let sets: [BlockSet]
        let counts: [ChangeCounts]
    }

    let environment: Environment
    let limits: TrackingLimits
    let disks: [DiskTracker]
    public nonisolated let generation: Generation
    public nonisolated let incarnation: UInt64

    /// The number of the open interval, and the first one not reserved.
    var number: UInt64
    var reserved: UInt64
    var isReserving = false
    var lastApplied: PointID
    var frozen: Frozen?
    var pending: [Pending] = []
    var isReading = false
    var readAhead = ReadAhead(epoch: 0)
    var isSettling = false
    var settleWaiters: [CheckedContinuation<Void, Never>] = []
    /// Of the coming interval.
    var pass = 0
    var chunkSequence = 0
    /// Rises when what is being read is given up.
    var readEpoch: UInt64 = 0
    var isPassRunning = false
    var passesSent: UInt32 = 0

    var hold: Hold?
    var isAccepting: Bool
    var isStopped = false
    var inFlight = 0
    var drainWaiters: [CheckedContinuation<Void, Never>] = []

    /// Blocks in doubt that the target answered for, and those that differed.
    var compared = (blocks: 0, differing: 0)
    /// Read and not sent, as the target held the same.
    var unchangedBlocks = 0
    var noCreditCause: (cause: String, since: MonotonicInstant)?
    var stateSince: (state: ReplicationStatus.State, cause: String, since: MonotonicInstant)
    var lastOwnSync: MonotonicInstant
    var events: [TrackingEvent] = []

    private init(
        environment: Environment, limits: TrackingLimits, disks: [DiskTracker], generation: Generation,
        incarnation: UInt64, number: UInt64, reserved: UInt64, lastApplied: PointID, isAccepting: Bool
    ) {
        self.environment = environment
        self.limits = limits
        self.disks = disks
        self.generation = generation
        self.incarnation = incarnation
        self.number = number
        self.reserved = reserved
        self.lastApplied = lastApplied
        self.isAccepting = isAccepting
        lastOwnSync = environment.clock.now()
        stateSince = (.tracking, "just started", environment.clock.now())
    }

    /// Takes over opened disks: agrees on one incarnation and one number for the machine and reserves
    /// numbers, durably. Disks that were closed under this generation are only drained, never written.
    ///
    /// - Throws: `TrackingError.trackingFailed` if the sidecars are of different generations.
    public static func start(
        environment: Environment, disks configurations: [TrackedDiskConfiguration],
        limits: TrackingLimits = TrackingLimits()
    ) async throws -> MachineTracker {
        let headers = configurations.map(\.opening.sidecar.header)
        guard let generation = headers.first?.generation else { throw TrackingError.trackingFailed("no disks") }
        guard headers.allSatisfy({ $0.generation == generation }) else {
            throw TrackingError.trackingFailed("the disks' sidecars are of different generations")
        }
        let incarnation = headers.map(\.incarnation).max() ?? 1
        let number = headers.map(\.nextInterval).max() ?? 1
        let reserved = number + limits.numberBatch
        for configuration in configurations {
            let sidecar = configuration.opening.sidecar
            try await environment.lanes.lane("sidecar-start").run {
                try sidecar.commit { header in
                    header.incarnation = incarnation
                    header.nextInterval = reserved
                }
            }
        }
        // Built here, handed to the actor, not kept.
        let tracker = MachineTracker(
            environment: environment, limits: limits, configurations: configurations, generation: generation,
            incarnation: incarnation, number: number, reserved: reserved,
            lastApplied: headers.map(\.lastApplied).min() ?? .origin,
            isAccepting: !headers.contains { $0.isClosed })
        for (index, configuration) in configurations.enumerated() {
            for detail in configuration.opening.sidecar.damage.map({ "sidecar: \($0)" }) + configuration.damage {
                await tracker.report(.decayed(disk: index, detail: detail))
            }
        }
        return tracker
    }

    private init(
        environment: Environment, limits: TrackingLimits, configurations: [TrackedDiskConfiguration],
        generation: Generation, incarnation: UInt64, number: UInt64, reserved: UInt64, lastApplied: PointID,
        isAccepting: Bool
    ) {
        self.init(
            environment: environment, limits: limits,
            disks: configurations.enumerated().map {
                DiskTracker(index: $0, $1, environment: environment, limits: limits)
            },
            generation: generation, incarnation: incarnation, number: number, reserved: reserved,
            lastApplied: lastApplied, isAccepting: isAccepting)
    }

    /// The disks in order, as their guest sees them.
    public nonisolated func disk(_ index: Int) -> TrackedDisk {
        TrackedDisk(tracker: self, index: index, environment: environment)
    }

    /// The events since the last call.
    public func takeEvents() -> [TrackingEvent] {
        defer { events = [] }
        return events
    }

    func report(_ event: TrackingEvent) {
        events.append(event)
        if events.count > Self.longestEventList { events.removeFirst() }
    }

    // MARK: ends

    /// CLOSED: waits for mutations in flight, then durably forbids any other under this generation. Shipping
    /// goes on until the final interval is applied.
    public func close() async throws {
        isAccepting = false
        unpark()
        await drained()
        for disk in disks {
            try await sync(disk)
            let sidecar = disk.sidecar
            try await disk.sidecarLane.run { try sidecar.commit { $0.isClosed = true } }
            environment.failpoints.reach("tracking.close.marked")
        }
    }

    /// A clean end: everything synced, the map complete, all regions cold. Regions with blocks still to be
    /// compared stay hot.
    public func shutDown() async throws {
        isAccepting = false
        unpark()
        await drained()
        isStopped = true
        for disk in disks {
            try await sync(disk)
            if disk.isTrackingLost { continue }
            try await commit(disk, map: disk.dirtyMap.union(disk.committingMap))
            cool(disk, all: true, before: .max)
            try await commit(disk, map: [])
            let sidecar = disk.sidecar
            let changeTime = try disk.diskFile.identity().changeTime
            try await disk.sidecarLane.run {
                try sidecar.commit { header in
                    header.isClean = true
                    header.cleanChangeTime = changeTime
                }
            }
        }
    }

    func drained() async {
        while inFlight > 0 { await withCheckedContinuation { drainWaiters.append($0) } }
    }
}

/// A disk as its guest sees it: asynchronous calls that a block protocol can forward one to one. Reads run
/// beside each other and beside writes; the order of overlapping mutations is that of their arrival.
public struct TrackedDisk: Sendable {
    let tracker: MachineTracker
    let index: Int
    let environment: Environment

    public var geometry: DiskGeometry { get async { await tracker.geometry(index) } }

    public func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await tracker.read(index, offset: offset, count: count)
    }

    /// The data and the holes of a range that is not empty, from its beginning: all of it, or as much as `limit`
    /// extents tell. What a write acknowledged before is data, a hole reads as zero.
    public func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        try await tracker.extents(index, offset: offset, count: count, limit: limit)
    }

    /// Returns when the write is executed; with `fua`, when it is durable.
    public func write(_ bytes: [UInt8], at offset: Int64, fua: Bool = false) async throws {
        try await tracker.mutate(index, .write(bytes), offset: offset, count: Int64(bytes.count), fua: fua)
    }

    public func writeZeroes(offset: Int64, count: Int64, fua: Bool = false, mayTrim: Bool = true) async throws {
        try await tracker.mutate(index, .zero(punch: mayTrim), offset: offset, count: count, fua: fua)
    }

    /// Whole blocks read as zero afterwards; blocks touched in part stay as they are.
    public func trim(offset: Int64, count: Int64, fua: Bool = false) async throws {
        try await tracker.trim(index, offset: offset, count: count, fua: fua)
    }

    /// Everything acknowledged before, on any connection, is durable on return.
    public func flush() async throws { try await tracker.flush(index) }
}
