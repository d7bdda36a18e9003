import Blocks
import Environment
import NBD
import Tracking

/// The guest's side of the disks: sends each operation to the tracker of the present generation, or refuses it.
/// While a generation or an overlay is exchanged, operations wait here; the guest sees a short delay. So do changes for
/// which the datastore has no space, until it has: an error would end file systems that have done nothing wrong.
actor GuestDisks {
    private var tracker: MachineTracker?
    /// All of the machine, in its order; read while there is no tracker.
    private let disks: [MachineDisk]
    /// Of each, its place in the tracker, or that it is left out.
    private var places: [Place] = []
    private let lanes: any LaneProvider
    private let lane: any Lane
    private var mayWrite: Bool
    private var isPaused = false
    private var running = 0
    /// How many operations came since the start.
    private(set) var operations: UInt64 = 0
    /// Bounded by what the NBD server lets in flight.
    private var parked: [CheckedContinuation<Void, Never>] = []
    private var idle: [CheckedContinuation<Void, Never>] = []
    /// Changes that wait for space, by disk, and what was answered to them last.
    private var waiting: [Int: (count: Int, error: String)] = [:]
    private let clock: any Clock

    private enum Place {
        case tracked(Int)
        case leftOut(LeftOutDisk)
    }

    /// A change for which there was no space is tried again so much later.
    private static let spacePause = Duration.milliseconds(250)

    /// - leftOut: places in the machine of the disks that the tracker does not have.
    init(
        _ tracker: MachineTracker?, disks: [MachineDisk], leftOut: Set<Int> = [], mayWrite: Bool,
        lanes: any LaneProvider, clock: any Clock
    ) {
        self.tracker = tracker
        self.disks = disks
        self.mayWrite = mayWrite
        self.clock = clock
        self.lanes = lanes
        lane = lanes.lane("guest reads without tracking")
        places = Self.places(disks, leftOut, lanes)
    }

    private static func places(_ disks: [MachineDisk], _ leftOut: Set<Int>, _ lanes: any LaneProvider) -> [Place] {
        var next = 0
        return disks.enumerated().map { index, disk in
            if leftOut.contains(index) { return .leftOut(LeftOutDisk(disk, named: "\(index)", lanes)) }
            defer { next += 1 }
            return .tracked(next)
        }
    }

    /// nil where there is no tracker for it.
    private func disk(_ index: Int) -> GuestDisk? {
        switch places[index] {
        case .tracked(let place): tracker.map { .tracked($0.disk(place)) }
        case .leftOut(let disk): .leftOut(disk)
        }
    }

    /// Why the guest's changes wait; empty while they do not.
    var cause: String {
        guard let first = waiting.min(by: { $0.key < $1.key }) else { return "" }
        return "the guest's writes to disk \(first.key) wait for space: \(first.value.error)"
    }

    func read(_ index: Int, offset: Int64, count: Int) async throws -> [UInt8] {
        await enter()
        defer { leave() }
        if let disk = disk(index) { return try await translated { try await disk.read(offset: offset, count: count) } }
        let disk = disks[index]
        return try await lane.run { try disk.read(count, at: offset) }
    }

    func extents(_ index: Int, offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        await enter()
        defer { leave() }
        if let disk = disk(index) {
            return try await translated { try await disk.extents(offset: offset, count: count, limit: limit) }
        }
        let disk = disks[index]
        return try await lane.run { try disk.extents(at: offset, count: count, limit: limit) }
    }

    /// One change, or a flush.
    func change(_ index: Int, _ body: @Sendable (GuestDisk) async throws -> Void) async throws {
        var isWaiting = false
        defer { if isWaiting { endWait(index) } }
        while true {
            do { return try await attempt(index, body) } catch let error as FileError where error.code == .noSpace {
                waiting[index] = ((waiting[index]?.count ?? 0) + (isWaiting ? 0 : 1), "\(error)")
                isWaiting = true
                // Not under way meanwhile: who exchanges or closes something does not wait for it.
                try await clock.sleep(for: Self.spacePause)
            }
        }
    }

    private func endWait(_ index: Int) {
        let count = (waiting[index]?.count ?? 1) - 1
        if count > 0 { waiting[index]?.count = count } else { waiting[index] = nil }
    }

    private func attempt(_ index: Int, _ body: @Sendable (GuestDisk) async throws -> Void) async throws {
        await enter()
        defer { leave() }
        guard mayWrite, tracker != nil, let disk = disk(index) else { throw NBDError.notPermitted }
        try await translated { try await body(disk) }
    }

    /// Nothing was acknowledged that a flush could make durable where nothing may be written.
    func flush(_ index: Int) async throws {
        await enter()
        defer { leave() }
        guard let disk = disk(index) else { return }
        try await translated { try await disk.flush() }
    }

    /// From now on changes are refused. What is under way may still be acknowledged: close the tracker as well.
    func refuse() { mayWrite = false }

    /// Returns when no operation is under way; later ones wait for `resume`.
    func pause() async {
        while isPaused { await withCheckedContinuation { parked.append($0) } }
        isPaused = true
        while running > 0 { await withCheckedContinuation { idle.append($0) } }
    }

    /// - leftOut: places of the disks that this tracker does not have.
    func resume(_ tracker: MachineTracker?, leftOut: Set<Int>, mayWrite: Bool) {
        places = Self.places(disks, leftOut, lanes)
        self.tracker = tracker
        self.mayWrite = mayWrite
        resume()
    }

    func resume() {
        isPaused = false
        let waiting = parked
        parked = []
        for operation in waiting { operation.resume() }
    }

    private func enter() async {
        while isPaused { await withCheckedContinuation { parked.append($0) } }
        running += 1
        operations &+= 1
    }

    private func leave() {
        running -= 1
        guard running == 0 else { return }
        let waiting = idle
        idle = []
        for one in waiting { one.resume() }
    }

    private func translated<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch let error as TrackingError {
            switch error {
            case .closed: throw NBDError.notPermitted
            case .outOfRange: throw NBDError.invalid
            default: throw NBDError.io
            }
        }
    }
}

/// One disk as an NBD export.
struct GuestExport: BlockExport {
    let guest: GuestDisks
    let index: Int
    let size: Int64
    let readOnly = false

    func read(offset: Int64, count: Int) async throws -> [UInt8] {
        try await guest.read(index, offset: offset, count: count)
    }

    func write(_ bytes: [UInt8], at offset: Int64, fua: Bool) async throws {
        try await guest.change(index) { try await $0.write(bytes, at: offset, fua: fua) }
    }

    func writeZeroes(offset: Int64, count: Int64, fua: Bool, mayTrim: Bool) async throws {
        try await guest.change(index) {
            try await $0.writeZeroes(offset: offset, count: count, fua: fua, mayTrim: mayTrim)
        }
    }

    func trim(offset: Int64, count: Int64, fua: Bool) async throws {
        try await guest.change(index) { try await $0.trim(offset: offset, count: count, fua: fua) }
    }

    func flush() async throws { try await guest.flush(index) }

    func extents(offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        try await guest.extents(index, offset: offset, count: count, limit: limit)
    }
}
