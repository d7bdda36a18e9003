import Messages
public import Model

extension Lab {
    /// Sizes of a machine's disks that is added for exploring.
    private static let exploringSizes: [Int64] = [16 << 20, 32 << 20]
    private static let exploringFiles: Int64 = 32 << 20
    /// What a guest can begin on, and what a lab is for.
    private static let diskSizes: ClosedRange<Int64> = 8...65_536
    /// Far more than any test of cuts over several disks takes.
    private static let mostDisks = 8

    /// What the guest of a machine does that is added for exploring.
    public enum AddedGuest: String, Sendable, CaseIterable {
        /// Writes a checkable ledger.
        case ledger
        /// Works on the files of an ext4 file system on its one disk.
        case files
        /// Leaves its disks to whoever else connects to the agent's socket.
        case idle
        /// A virtual machine that boots from an image of the user's.
        case virtualMachine = "virtual-machine"
    }

    /// Sizes as a person writes them, in MiB: `16,32`. In bytes.
    public static func diskSizes(_ text: String, of guest: AddedGuest) throws(Failure) -> [Int64] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let sizes = parts.compactMap { Int64($0) }.filter { diskSizes.contains($0) }
        guard sizes.count == parts.count, sizes.count <= (guest == .files ? 1 : mostDisks) else {
            throw Failure(
                .invalidArgument, "read the disk sizes \(text): write 1 to \(mostDisks) numbers of MiB with commas "
                    + "between them, each from \(diskSizes.lowerBound) to \(diskSizes.upperBound); a machine with "
                    + "files has one disk")
        }
        return sizes.map { $0 << 20 }
    }

    /// Creates a machine with two blank disks, with a file system or with a user's image at home in a standing lab and
    /// starts it, as an administrator would; no vault knows of it.
    /// - Parameters:
    ///   - image: the raw disk image of a virtual machine, and of it alone.
    ///   - sizes: of its disks, in bytes; nil for the usual ones, and for an image's own.
    ///   - rate: records that a ledger's guest writes in a second; nil for that of the small profile.
    public static func addMachine(
        _ name: String, guest: AddedGuest, image: String? = nil, sizes: [Int64]? = nil, rate: UInt32? = nil,
        _ layout: LabLayout, _ world: LabWorld, seed: UInt64
    ) async throws {
        guard try status(layout, world.environment.files) != nil else {
            throw Failure(
                .notFound, "add machine \(name) to the lab in \(layout.directory): none stands there; start one with "
                    + "`homeward lab up --dir \(layout.directory)`")
        }
        _ = try MachineID(name)
        guard (guest == .virtualMachine) == (image != nil) else {
            throw Failure(
                .invalidArgument, "add machine \(name): a virtual machine boots from the disk that --image names, and "
                    + "no other guest has one")
        }
        guard image == nil || sizes == nil else {
            throw Failure(.invalidArgument, "add machine \(name): its disk is as large as its image; leave sizes out")
        }
        let files = world.environment.files
        let fileBytes = sizes?.first ?? exploringFiles
        let machine: LoopMachine =
            switch guest {
            case .files: .files(name, fileBytes)
            case .virtualMachine: .user(image ?? "", try LoopOptions.imageSize(image ?? "", files), name: name)
            case .ledger, .idle: .ledger(name, sizes ?? exploringSizes)
            }
        let hasImage = guest == .files || guest == .virtualMachine
        if hasImage {
            let (bytes, folder, images) = (fileBytes, "\(layout.datastore(.home))/import", layout.images)
            try await world.environment.lanes.lane("lab images").run {
                for path in [folder, images] { try files.createDirectory(path) }
                let path = "\(folder)/\(name).raw"
                guard !files.exists(path) else {
                    throw Failure(.alreadyExists, "add machine \(name): there is a disk image of one of this name")
                }
                if let image {
                    try Images.copy(image, to: path, files)
                } else {
                    let scratch = "\(images)/tree"
                    defer { try? files.removeTree(scratch) }
                    try FilesImage(machine: name, bytes: bytes, seed: seed, files: files).make(
                        path, manifest: "\(images)/\(name).files.jsonl", scratch: scratch)
                }
            }
        }
        let platform = LoopVault(world)
        try await platform.create(
            machine,
            guest: .with {
                $0.kind = guest.kind
                $0.seed = seed
                $0.rate = guest == .ledger ? rate ?? LabProfile.small.ledgerRate : 0
            }, images: hasImage ? ["import/\(name).raw"] : [])
        try await platform.start(machine)
    }
}

extension Lab.AddedGuest {
    fileprivate var kind: PlatformV1.GuestKind {
        switch self {
        case .ledger: .ledger
        case .files: .files
        case .idle: .idle
        case .virtualMachine: .virtualMachine
        }
    }
}
