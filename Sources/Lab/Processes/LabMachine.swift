import Messages
import Model

extension Lab {
    /// Sizes of a machine's disks that is added for exploring.
    private static let exploringSizes: [Int64] = [16 << 20, 32 << 20]

    /// What the guest of a machine does that is added for exploring.
    public enum AddedGuest: String, Sendable, CaseIterable {
        /// Writes a checkable ledger.
        case ledger
        /// Leaves its disks to whoever else connects to the agent's socket.
        case idle
    }

    /// Creates a machine with two blank disks at home in a standing lab and starts it, as an administrator would; no
    /// vault knows of it.
    public static func addMachine(
        _ name: String, guest: AddedGuest, _ layout: LabLayout, _ world: LabWorld, seed: UInt64
    ) async throws {
        guard try status(layout, world.environment.files) != nil else {
            throw Failure(
                .notFound, "add machine \(name) to the lab in \(layout.directory): none stands there; start one with "
                    + "`homeward lab up --dir \(layout.directory)`")
        }
        _ = try MachineID(name)
        let machine = LoopMachine.ledger(name, exploringSizes)
        let platform = LoopVault(world)
        try await platform.create(
            machine,
            guest: .with {
                $0.kind = guest == .idle ? .idle : .ledger
                $0.seed = seed
            }, images: [])
        try await platform.start(machine)
    }
}
