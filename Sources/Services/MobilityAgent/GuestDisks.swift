import Blocks
import Environment
import NBD
import Tracking

/// The guest's side of the disks: sends each operation to the tracker of the present generation, or refuses it.
/// While a generation or an overlay is exchanged, operations wait here; the guest sees a short delay. So do changes for
/// which the datastore has no space, until it has: an error would end file systems that have done nothing wrong.
actor GuestDisks {
    private var tracker: MachineTracker?
    /// For reads while there is no tracker.
    private let disks: [MachineDisk]
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

    /// A change for which there was no space is tried again so much later.
    private static let spacePause = Duration.milliseconds(250)

    init(
        _ tracker: MachineTracker?, disks: [MachineDisk], mayWrite: Bool, lanes: any LaneProvider, clock: any Clock
    ) {
        self.tracker = tracker
        self.disks = disks
        self.mayWrite = mayWrite
        self.clock = clock
        lane = lanes.lane("guest reads without tracking")
    }

    /// Why the guest's changes wait; empty while they do not.
    var cause: String {
        guard let first = waiting.min(by: { $0.key < $1.key }) else { return "" }
        return "the guest's writes to disk \(first.key) wait for space: \(first.value.error)"
    }

    func read(_ index: Int, offset: Int64, count: Int) async throws -> [UInt8] {
        await enter()
        defer { leave() }
        if let tracker {
            return try await translated { try await tracker.disk(index).read(offset: offset, count: count) }
        }
        let disk = disks[index]
        return try await lane.run { try disk.read(count, at: offset) }
    }

    func extents(_ index: Int, offset: Int64, count: Int64, limit: Int) async throws -> [FileExtent] {
        await enter()
        defer { leave() }
        if let tracker {
            return try await translated {
                try await tracker.disk(index).extents(offset: offset, count: count, limit: limit)
            }
        }
        let disk = disks[index]
        return try await lane.run { try disk.extents(at: offset, count: count, limit: limit) }
    }

    /// One change, or a flush.
    func change(_ index: Int, _ body: @Sendable (TrackedDisk) async throws -> Void) async throws {
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

    private func attempt(_ index: Int, _ body: @Sendable (TrackedDisk) async throws -> Void) async throws {
        await enter()
        defer { leave() }
        guard mayWrite, let tracker else { throw NBDError.notPermitted }
        try await translated { try await body(tracker.disk(index)) }
    }

    /// Nothing was acknowledged that a flush could make durable where nothing may be written.
    func flush(_ index: Int) async throws {
        await enter()
        defer { leave() }
        guard let tracker else { return }
        try await translated { try await tracker.disk(index).flush() }
    }

    /// From now on changes are refused. What is under way may still be acknowledged: close the tracker as well.
    func refuse() { mayWrite = false }

    /// Returns when no operation is under way; later ones wait for `resume`.
    func pause() async {
        while isPaused { await withCheckedContinuation { parked.append($0) } }
        isPaused = true
        while running > 0 { await withCheckedContinuation { idle.append($0) } }
    }

    func resume(_ tracker: MachineTracker?, mayWrite: Bool) {
        self.tracker = tracker
        self.mayWrite = mayWrite
        isPaused = false
        let waiting = parked
        parked = []
        for operation in waiting { operation.resume() }
    }

    func resume() { resume(tracker, mayWrite: mayWrite) }

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
