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
    }

    /// Creates a machine with two blank disks, or one with a file system, at home in a standing lab and starts it, as
    /// an administrator would; no vault knows of it.
    public static func addMachine(
        _ name: String, guest: AddedGuest, _ layout: LabLayout, _ world: LabWorld, seed: UInt64
    ) async throws {
        guard try status(layout, world.environment.files) != nil else {
            throw Failure(
                .notFound, "add machine \(name) to the lab in \(layout.directory): none stands there; start one with "
                    + "`homeward lab up --dir \(layout.directory)`")
        }
        _ = try MachineID(name)
        let machine =
            guest == .files ? LoopMachine.files(name, exploringFiles) : LoopMachine.ledger(name, exploringSizes)
        if guest == .files {
            let (files, bytes, folder) = (world.environment.files, exploringFiles, "\(layout.datastore(.home))/import")
            let (images, scratch) = (layout.images, "\(layout.images)/tree")
            try await world.environment.lanes.lane("lab images").run {
                for path in [folder, images] { try files.createDirectory(path) }
                defer { try? removeTree(scratch, files) }
                try FilesImage(machine: name, bytes: bytes, seed: seed, files: files).make(
                    "\(folder)/\(name).raw", manifest: "\(images)/\(name).files.jsonl", scratch: scratch)
            }
        }
        let platform = LoopVault(world)
        try await platform.create(
            machine,
            guest: .with {
                $0.kind = guest == .idle ? .idle : guest == .files ? .files : .ledger
                $0.seed = seed
                $0.rate = guest == .ledger ? LabProfile.small.ledgerRate : 0
            }, images: guest == .files ? ["import/\(name).raw"] : [])
        try await platform.start(machine)
    }
}
