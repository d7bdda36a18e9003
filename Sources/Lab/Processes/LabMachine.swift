import Messages
import Model

extension Lab {
    /// Sizes of a machine's disks that is added for exploring.
    private static let exploringSizes: [Int64] = [16 << 20, 32 << 20]
    private static let exploringFiles: Int64 = 32 << 20

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

    /// Creates a machine with two blank disks, with a file system or with a user's image at home in a standing lab and
    /// starts it, as an administrator would; no vault knows of it.
    /// - Parameter image: the raw disk image of a virtual machine, and of it alone.
    public static func addMachine(
        _ name: String, guest: AddedGuest, image: String?, _ layout: LabLayout, _ world: LabWorld, seed: UInt64
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
        let files = world.environment.files
        let machine: LoopMachine =
            switch guest {
            case .files: .files(name, exploringFiles)
            case .virtualMachine: .user(image ?? "", try LoopOptions.imageSize(image ?? "", files), name: name)
            case .ledger, .idle: .ledger(name, exploringSizes)
            }
        let hasImage = guest == .files || guest == .virtualMachine
        if hasImage {
            let (bytes, folder, images) = (exploringFiles, "\(layout.datastore(.home))/import", layout.images)
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
                    defer { try? removeTree(scratch, files) }
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
                $0.rate = guest == .ledger ? LabProfile.small.ledgerRate : 0
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
