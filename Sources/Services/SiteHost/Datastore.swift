import Blocks
import Contract
import Environment
import MachineFiles
import Messages
import Model
import Replicas

/// The datastores of a site: in each the directories of the owners, and the bundles in them. Blocking: on a lane.
///
/// A bundle changes owner by one rename within its datastore, so at every instant, also after a crash, exactly one
/// owner has it, and it stays where it was made.
struct Datastores: Sendable {
    /// At least one; disks are made on the first, if nobody says otherwise.
    let all: [SiteDatastore]
    let files: any FileSystem
    let failpoints: any Failpoints

    var first: SiteDatastore { all[0] }

    func named(_ id: String) throws(Failure) -> SiteDatastore {
        if id.isEmpty { return first }
        guard let found = all.first(where: { $0.id == id }) else {
            throw Failure(
                .notFound, "find datastore \(id): this site has \(all.map(\.id).joined(separator: ", "))")
        }
        return found
    }

    /// Where it lies; where it would be made, when it lies nowhere.
    func bundle(_ disk: DiskID, of owner: DiskOwner) -> Bundle {
        let found = all.first { files.exists(path(disk, of: owner, on: $0)) }
        return Bundle(path(disk, of: owner, on: found ?? first))
    }

    private func path(_ disk: DiskID, of owner: DiskOwner, on datastore: SiteDatastore) -> String {
        "\(datastore.directory)/\(owner.directory)/\(disk)"
    }

    /// Who holds the disk; nil when it is nowhere.
    func holder(of disk: DiskID) throws -> DiskOwner? { try place(of: disk)?.owner }

    /// Who holds the disk, and on which datastore; nil when it is nowhere.
    func place(of disk: DiskID) throws -> (owner: DiskOwner, datastore: SiteDatastore)? {
        let places = try all.flatMap { datastore in
            try owners(on: datastore).filter { files.exists(path(disk, of: $0, on: datastore)) }.map { ($0, datastore) }
        }
        guard places.count < 2 else {
            throw Failure(
                .dataCorrupt, "find disk \(disk): in the directories of "
                    + "\(places.map { "\($0.0) on \($0.1.id)" }). A person must have copied one; move the wrong one "
                    + "out of the datastore", on: [.disk(disk)])
        }
        return places.first
    }

    /// Bytes that disks can still take: of the file system, and of what an administrator allows (0: all of it).
    func freeBytes(_ datastore: SiteDatastore, limit: UInt64) throws -> UInt64 {
        let free = UInt64(max(0, try files.freeBytes(datastore.directory)))
        guard limit > 0 else { return free }
        let taken = try occupied(datastore)
        return min(free, limit > taken ? limit - taken : 0)
    }

    /// As large as they were made, those that were put aside too.
    private func occupied(_ datastore: SiteDatastore) throws -> UInt64 {
        var directories = try owners(on: datastore).map { "\(datastore.directory)/\($0.directory)" }
        let aside = "\(datastore.directory)/\(asideName)"
        if files.exists(aside) {
            for job in try files.list(aside) {
                directories += try files.list("\(aside)/\(job)").map { "\(aside)/\(job)/\($0)" }
            }
        }
        var bytes: UInt64 = 0
        for directory in directories {
            for name in try files.list(directory) {
                let disk = Bundle("\(directory)/\(name)").disk
                if files.exists(disk) { bytes += UInt64(try size(of: disk).bytes) }
            }
        }
        return bytes
    }

    /// Makes the disk for the owner: blank, or with the content of an image. Complete or not there at all; harmless
    /// to repeat.
    ///
    /// - job: whose undo takes it away again, wherever it is by then.
    func create(
        _ disk: DiskDescription, for owner: DiskOwner, image: String?, on datastore: SiteDatastore? = nil,
        by job: JobID? = nil
    ) throws {
        let root = (datastore ?? first).directory
        if let holder = try holder(of: disk.id) {
            guard holder == owner else {
                throw Failure(.alreadyExists, "create disk \(disk.id): it belongs to \(holder)", on: [.disk(disk.id)])
            }
            return try syncOwners()
        }
        try requireAll("make disk \(disk.id)", disk.id)
        let incoming = Bundle("\(root)/\(incomingName)/\(disk.id)")
        try files.removeTree(incoming.path)
        try files.createDurably(incoming.path)
        let file = try files.open(incoming.disk, .createNew)
        defer { file.close() }
        try file.truncate(to: disk.size.bytes)
        if let image { try copy(image, into: file, disk) }
        try file.sync()
        try files.replace(incoming.owner, with: Array("\(owner)\n".utf8))
        if let job { try files.replace(incoming.maker, with: Array("\(job)\n".utf8)) }
        try failpoints.pass("site-host.disk.created")
        try prepare(owner, in: root)
        try files.rename(incoming.path, to: "\(root)/\(owner.directory)/\(disk.id)")
        try failpoints.pass("site-host.disk.placed")
        try files.syncDirectory("\(root)/\(incomingName)")
        try files.syncDirectory("\(root)/\(owner.directory)")
    }

    /// Whether that job made it.
    func isMade(_ disk: DiskID, of owner: DiskOwner, by job: JobID) throws -> Bool {
        let maker = bundle(disk, of: owner).maker
        return try files.exists(maker) && files.readAll(maker) == Array("\(job)\n".utf8)
    }

    /// Takes back what a job made. What copies wrote that were left stays beside it, in its owner's directory.
    func unmake(_ disk: DiskID, of owner: DiskOwner) throws {
        let bundle = bundle(disk, of: owner)
        guard try files.list(bundle.path).contains(where: ReplicaDisk.isSetAside) else {
            return try delete(disk, of: owner)
        }
        // The mark last: until it is gone, this is done again.
        if files.exists(bundle.disk) { try files.remove(bundle.disk) }
        try files.syncDirectory(bundle.path)
        for name in try files.list(bundle.path) where !ReplicaDisk.isSetAside(name) {
            let path = "\(bundle.path)/\(name)"
            if path != bundle.owner, path != bundle.maker { try files.removeTree(path) }
        }
        try files.remove(bundle.maker)
        try files.syncDirectory(bundle.path)
    }

    /// Makes a disk anew, blank, where what was beside it still lies: what tells of the old disk goes, what copies
    /// wrote that were left stays. Cut off anywhere, the disk is gone as before.
    ///
    /// - job: whose undo takes it away again, wherever it is by then.
    func renew(_ disk: DiskDescription, of owner: DiskOwner, by job: JobID) throws {
        let bundle = bundle(disk.id, of: owner)
        try requireAll("make disk \(disk.id)", disk.id)
        for name in try files.list(bundle.path) where !ReplicaDisk.isSetAside(name) {
            let path = "\(bundle.path)/\(name)"
            if ReplicaDisk.overlayParts.contains(name) {
                // Of a copy that was not taken back yet; under which generation it ran the disk alone could prove.
                try files.rename(path, to: "\(bundle.path)/\(ReplicaDisk.setAside(name, of: 0))")
            } else if path != bundle.owner {
                try files.removeTree(path)
            }
        }
        try files.syncDirectory(bundle.path)
        try failpoints.pass("site-host.disk.cleared")
        let made = bundle.disk + ".new"
        let file = try files.open(made, .createNew)
        defer { file.close() }
        try file.truncate(to: disk.size.bytes)
        try file.sync()
        try files.replace(bundle.maker, with: Array("\(job)\n".utf8))
        try files.rename(made, to: bundle.disk)
        try files.syncDirectory(bundle.path)
    }

    /// Of one that is known, and nowhere.
    func lost(_ disk: DiskID, _ what: String) throws -> Failure {
        try requireAll(what, disk)
        return Failure(
            .dataCorrupt, "\(what): no owner's directory has it. Look for it in "
                + all.map(\.directory).joined(separator: ", "), on: [.disk(disk)])
    }

    /// With its holder, and its file.
    func found(_ disk: DiskRecord) throws -> PlatformV1.PlatformDisk {
        let held = try held(disk)
        guard files.exists(Bundle(held.path).disk) else {
            throw Failure(
                .dataCorrupt, "find disk \(disk.id): its file is gone from \(held.path), where \(held.owner) has it",
                on: [.disk(disk.id)])
        }
        return held
    }

    /// With its holder.
    func held(_ disk: DiskRecord) throws -> PlatformV1.PlatformDisk {
        let what = "find disk \(disk.id)"
        guard let (holder, datastore) = try place(of: disk.id) else { throw try lost(disk.id, what) }
        let description = try description(of: disk, at: holder)
        return .with {
            $0.disk = description.message
            $0.owner = holder.description
            $0.path = bundle(disk.id, of: holder).path
            $0.datastore = datastore.id
        }
    }

    /// Whether the disk is there, in its owner's directory: not only what was beside it.
    func isWhole(_ disk: DiskID, of owner: DiskOwner) throws -> Bool {
        do {
            try files.open(bundle(disk, of: owner).disk, .read).close()
            return true
        } catch where error.code == .notFound { return false }
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
        let bundle = bundle(disk, of: old)
        let root = directory(of: bundle)
        try prepare(new, in: root)
        try failpoints.pass("site-host.attach.directory")
        try files.replace(bundle.owner, with: Array("\(new)\n".utf8))
        try failpoints.pass("site-host.attach.owner")
        try files.rename(bundle.path, to: "\(root)/\(new.directory)/\(disk)")
        try failpoints.pass("site-host.attach.renamed")
        try files.syncDirectory("\(root)/\(old.directory)")
        try failpoints.pass("site-host.attach.old-synced")
        try files.syncDirectory("\(root)/\(new.directory)")
        try failpoints.pass("site-host.attach.synced")
    }

    /// After a crash nobody knows whether the directories were synced after the last rename: sync them all.
    func syncOwners() throws {
        for datastore in all {
            for owner in try owners(on: datastore) {
                try files.syncDirectory("\(datastore.directory)/\(owner.directory)")
            }
        }
    }

    /// One that is nowhere may be on a datastore that is not there, and would be nobody's when that comes back.
    func requireGone(_ disk: DiskID) throws { try requireAll("delete disk \(disk)", disk) }

    /// Deletes the disk: out of the owner's directory by one rename, then piece by piece.
    func delete(_ disk: DiskID, of owner: DiskOwner) throws {
        let bundle = bundle(disk, of: owner)
        if files.exists(bundle.path) {
            let root = directory(of: bundle)
            let outgoing = "\(root)/\(outgoingName)/\(disk)"
            try files.removeTree(outgoing)
            try files.createDurably("\(root)/\(outgoingName)")
            try files.rename(bundle.path, to: outgoing)
            try failpoints.pass("site-host.disk.removed")
            try files.syncDirectory("\(root)/\(owner.directory)")
        }
        for datastore in all { try files.removeTree("\(datastore.directory)/\(outgoingName)/\(disk)") }
    }

    // MARK: Aside

    /// Disks that a job put aside, with the machines whose they were.
    func asides(of job: JobID) throws -> [(disk: DiskID, machine: MachineID)] {
        try all.flatMap { datastore -> [(disk: DiskID, machine: MachineID)] in
            let place = "\(datastore.directory)/\(asideName)/\(job)"
            guard files.exists(place) else { return [] }
            return try files.list(place).sorted().flatMap { machine in
                try files.list("\(place)/\(machine)").sorted().map { (try DiskID($0), try MachineID(machine)) }
            }
        }
    }

    /// Moves the bundle out of its owner's directory, with its content and the `owner` file that says where it was. The
    /// caller holds the disk's lock. It stays there for a person; nobody of ours looks for it but an undo of the job.
    func putAside(_ disk: DiskID, of machine: MachineID, from owner: DiskOwner, by job: JobID) throws {
        let bundle = bundle(disk, of: owner)
        let root = directory(of: bundle)
        let place = "\(root)/\(asideName)/\(job)/\(machine)"
        try files.createDurably(place)
        try files.rename(bundle.path, to: "\(place)/\(disk)")
        try failpoints.pass("site-host.disk.aside")
        try files.syncDirectory("\(root)/\(owner.directory)")
        try files.syncDirectory(place)
    }

    /// Moves it back to where it was.
    func restore(_ disk: DiskID, of machine: MachineID, by job: JobID) throws {
        let places = all.map { ($0.directory, "\($0.directory)/\(asideName)/\(job)/\(machine)") }
        let (root, place) = places.first { files.exists("\($0.1)/\(disk)") } ?? places[0]
        let bytes = try files.readAll(Bundle("\(place)/\(disk)").owner)
        let owner = try DiskOwner(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        try prepare(owner, in: root)
        try files.rename("\(place)/\(disk)", to: "\(root)/\(owner.directory)/\(disk)")
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
        let path = "\(first.directory)/\(relative)"
        guard files.exists(path) else { throw Failure(.notFound, "import image \(relative): it is not there") }
        return path
    }

    func size(of image: String) throws -> ByteCount {
        let file = try files.open(image, .read)
        defer { file.close() }
        return ByteCount(try file.size())
    }

    // MARK: Volumes

    /// Puts a mark on each datastore that is new here, so that one which is not mounted is told from an empty one.
    ///
    /// - known: the file with the datastores that have one, a line each.
    /// - Returns: those that are not there.
    func mark(known: String) throws -> [SiteDatastore] {
        let text = files.exists(known) ? String(decoding: try files.readAll(known), as: UTF8.self) : ""
        var ids = Set(text.split(separator: "\n").map(String.init))
        var away: [SiteDatastore] = []
        for datastore in all {
            guard try isThere(datastore) || !ids.contains(datastore.id) else {
                away.append(datastore)
                continue
            }
            let mark = "\(datastore.directory)/\(markName)"
            if !files.exists(mark) { try files.replace(mark, with: Array("\(datastore.id)\n".utf8)) }
            ids.insert(datastore.id)
        }
        let now = ids.sorted().map { $0 + "\n" }.joined()
        if now != text { try files.replace(known, with: Array(now.utf8)) }
        return away
    }

    /// A volume that is not mounted leaves an empty directory. One that lost its mark is known by whose disks it has.
    private func isThere(_ datastore: SiteDatastore) throws -> Bool {
        if files.exists("\(datastore.directory)/\(markName)") { return true }
        return try files.exists(datastore.directory) && !owners(on: datastore).isEmpty
    }

    /// A disk that is nowhere is gone only where all datastores can be looked at: nothing is made, and none called
    /// gone, while it may be on one that is not there.
    private func requireAll(_ what: String, _ disk: DiskID) throws {
        let away = try all.filter { try !isThere($0) }
        guard !away.isEmpty else { return }
        throw Failure(
            .unavailable, "\(what): it may be on "
                + "\(away.map { "\($0.id) (\($0.directory))" }.joined(separator: ", ")), which is not there. Mount the "
                + "datastore; if that is a new, empty volume, write a file \(markName) to it", on: [.disk(disk)])
    }

    /// None where the directory itself is gone: `requireAll` says so to whom it matters.
    private func owners(on datastore: SiteDatastore) throws -> [DiskOwner] {
        guard files.exists(datastore.directory) else { return [] }
        return try files.list(datastore.directory).compactMap { DiskOwner(directory: $0) }
    }

    /// Of the datastore that a bundle lies on.
    private func directory(of bundle: Bundle) -> String { files.parent(of: files.parent(of: bundle.path)) }

    private func prepare(_ owner: DiskOwner, in root: String) throws {
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

extension Bundle {
    /// The job that created the disk, where it is to go with what that did.
    fileprivate var maker: String { path + "/made-by" }
}

/// Names no owner has.
private let incomingName = ".incoming"
private let outgoingName = ".outgoing"
private let asideName = ".aside"
/// The file that says that this is the datastore, and not the mount point of one.
private let markName = ".datastore"
/// Large enough for sequential speed, small enough for memory.
private let copyPiece: Int64 = 1 << 20
