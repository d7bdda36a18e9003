import Blocks
import Contract
import Environment
import MachineFiles
import Model

/// The directories of the owners and the bundles in them. Blocking: on a lane.
///
/// A bundle changes owner by one rename, so at every instant, also after a crash, exactly one owner has it.
struct Datastore: Sendable {
    let root: String
    let files: any FileSystem
    let failpoints: any Failpoints

    func bundle(_ disk: DiskID, of owner: DiskOwner) -> Bundle {
        Bundle("\(root)/\(owner.directory)/\(disk)")
    }

    /// Who holds the disk; nil when it is nowhere.
    func holder(of disk: DiskID) throws -> DiskOwner? {
        let holders = try owners().filter { files.exists(bundle(disk, of: $0).path) }
        guard holders.count < 2 else {
            throw Failure(
                .dataCorrupt, "find disk \(disk): in the directories of \(holders.map(\.description)). A person must "
                    + "have copied one; move the wrong one out of the datastore", on: [.disk(disk)])
        }
        return holders.first
    }

    /// Makes the disk for the owner: blank, or with the content of an image. Complete or not there at all; harmless
    /// to repeat.
    func create(_ disk: DiskDescription, for owner: DiskOwner, image: String?) throws {
        if let holder = try holder(of: disk.id) {
            guard holder == owner else {
                throw Failure(.alreadyExists, "create disk \(disk.id): it belongs to \(holder)", on: [.disk(disk.id)])
            }
            return try syncOwners()
        }
        let incoming = Bundle("\(root)/\(incomingName)/\(disk.id)")
        try files.removeTree(incoming.path)
        try files.createDurably(incoming.path)
        let file = try files.open(incoming.disk, .createNew)
        defer { file.close() }
        try file.truncate(to: disk.size.bytes)
        if let image { try copy(image, into: file, disk) }
        try file.sync()
        try files.replace(incoming.owner, with: Array("\(owner)\n".utf8))
        try failpoints.pass("site-host.disk.created")
        try prepare(owner)
        try files.rename(incoming.path, to: bundle(disk.id, of: owner).path)
        try failpoints.pass("site-host.disk.placed")
        try files.syncDirectory("\(root)/\(incomingName)")
        try files.syncDirectory("\(root)/\(owner.directory)")
    }

    /// As it is now: its owner, or an administrator, may have given it another size than it was made with.
    func description(of disk: DiskRecord, at holder: DiskOwner) throws -> DiskDescription {
        let path = bundle(disk.id, of: holder).disk
        guard files.exists(path) else { return disk.description }
        let file = try files.open(path, .read)
        defer { file.close() }
        return DiskDescription(id: disk.id, index: disk.description.index, size: ByteCount(try file.size()))
    }

    /// Gives a disk that nobody has open another size; what is added reads as zeros. Harmless to repeat.
    func resize(_ disk: DiskDescription, of owner: DiskOwner) throws {
        let bundle = bundle(disk.id, of: owner)
        guard !files.exists(bundle.overlayMap) else {
            throw Failure(
                .operationNotAllowed, "resize disk \(disk.id): its machine runs on an overlay over it until the "
                    + "failover is committed or cancelled", on: [.disk(disk.id)])
        }
        guard let file = try tryLock(disk.id, of: owner) else {
            throw Failure(.busy, "resize disk \(disk.id): \(owner) has it open", on: [.disk(disk.id)])
        }
        defer { file.close() }
        guard try file.size() != disk.size.bytes else { return }
        try file.truncate(to: disk.size.bytes)
        try failpoints.pass("site-host.disk.resized")
        try file.sync()
    }

    /// The disk's exclusive lock, which the last owner held for as long as it had the disk open for writing; nil
    /// while it still does.
    func tryLock(_ disk: DiskID, of owner: DiskOwner) throws -> (any File)? {
        let file = try files.open(bundle(disk, of: owner).disk, .readWrite)
        if try file.tryLockExclusive() { return file }
        file.close()
        return nil
    }

    /// Moves the bundle. The caller holds the disk's lock.
    func handOver(_ disk: DiskID, from old: DiskOwner, to new: DiskOwner) throws {
        try failpoints.pass("site-host.attach.locked")
        try prepare(new)
        try failpoints.pass("site-host.attach.directory")
        try files.replace(bundle(disk, of: old).owner, with: Array("\(new)\n".utf8))
        try failpoints.pass("site-host.attach.owner")
        try files.rename(bundle(disk, of: old).path, to: bundle(disk, of: new).path)
        try failpoints.pass("site-host.attach.renamed")
        try files.syncDirectory("\(root)/\(old.directory)")
        try failpoints.pass("site-host.attach.old-synced")
        try files.syncDirectory("\(root)/\(new.directory)")
        try failpoints.pass("site-host.attach.synced")
    }

    /// After a crash nobody knows whether the directories were synced after the last rename: sync them all.
    func syncOwners() throws {
        for owner in try owners() { try files.syncDirectory("\(root)/\(owner.directory)") }
    }

    /// Deletes the disk: out of the owner's directory by one rename, then piece by piece.
    func delete(_ disk: DiskID, of owner: DiskOwner) throws {
        let outgoing = "\(root)/\(outgoingName)/\(disk)"
        if files.exists(bundle(disk, of: owner).path) {
            try files.removeTree(outgoing)
            try files.createDurably("\(root)/\(outgoingName)")
            try files.rename(bundle(disk, of: owner).path, to: outgoing)
            try failpoints.pass("site-host.disk.removed")
            try files.syncDirectory("\(root)/\(owner.directory)")
        }
        try files.removeTree(outgoing)
    }

    // MARK: Aside

    /// Disks that a job put aside, with the machines whose they were.
    func asides(of job: JobID) throws -> [(disk: DiskID, machine: MachineID)] {
        let place = "\(root)/\(asideName)/\(job)"
        guard files.exists(place) else { return [] }
        return try files.list(place).sorted().flatMap { machine in
            try files.list("\(place)/\(machine)").sorted().map { (try DiskID($0), try MachineID(machine)) }
        }
    }

    /// Moves the bundle out of its owner's directory, with its content and the `owner` file that says where it was. The
    /// caller holds the disk's lock. It stays there for a person; nobody of ours looks for it but an undo of the job.
    func putAside(_ disk: DiskID, of machine: MachineID, from owner: DiskOwner, by job: JobID) throws {
        let place = "\(root)/\(asideName)/\(job)/\(machine)"
        try files.createDurably(place)
        try files.rename(bundle(disk, of: owner).path, to: "\(place)/\(disk)")
        try failpoints.pass("site-host.disk.aside")
        try files.syncDirectory("\(root)/\(owner.directory)")
        try files.syncDirectory(place)
    }

    /// Moves it back to where it was.
    func restore(_ disk: DiskID, of machine: MachineID, by job: JobID) throws {
        let place = "\(root)/\(asideName)/\(job)/\(machine)"
        let bytes = try files.readAll(Bundle("\(place)/\(disk)").owner)
        let owner = try DiskOwner(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        try prepare(owner)
        try files.rename("\(place)/\(disk)", to: bundle(disk, of: owner).path)
        try failpoints.pass("site-host.disk.restored")
        try files.syncDirectory("\(root)/\(owner.directory)")
        try files.syncDirectory(place)
    }

    /// The path of an image to import, which must lie below the datastore.
    func image(_ relative: String) throws -> String {
        let names = relative.split(separator: "/", omittingEmptySubsequences: false)
        guard !names.isEmpty, names.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw Failure(.invalidArgument, "import image \"\(relative)\": give a path relative to the datastore")
        }
        let path = "\(root)/\(relative)"
        guard files.exists(path) else { throw Failure(.notFound, "import image \(relative): it is not there") }
        return path
    }

    func size(of image: String) throws -> ByteCount {
        let file = try files.open(image, .read)
        defer { file.close() }
        return ByteCount(try file.size())
    }

    private func owners() throws -> [DiskOwner] {
        try files.list(root).compactMap { DiskOwner(directory: $0) }
    }

    private func prepare(_ owner: DiskOwner) throws {
        let path = "\(root)/\(owner.directory)"
        try files.createDurably(path)
    }

    /// Zeros are left out: the file is new and sparse.
    private func copy(_ image: String, into file: any File, _ disk: DiskDescription) throws {
        let source = try files.open(image, .read)
        defer { source.close() }
        let size = try source.size()
        guard size <= disk.size.bytes else {
            throw Failure(
                .invalidArgument, "import \(image) as disk \(disk.id): the image has \(size) bytes, the disk "
                    + "\(disk.size.bytes)", on: [.disk(disk.id)])
        }
        var offset: Int64 = 0
        while offset < size {
            let piece = try source.read(Int(min(copyPiece, size - offset)), at: offset)
            if !isZero(piece) { try file.write(piece, at: offset) }
            offset += Int64(piece.count)
        }
    }
}

/// Names no owner has.
private let incomingName = ".incoming"
private let outgoingName = ".outgoing"
private let asideName = ".aside"
/// Large enough for sequential speed, small enough for memory.
private let copyPiece: Int64 = 1 << 20
