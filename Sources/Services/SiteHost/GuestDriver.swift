public import Environment
public import MachineFiles
public import Model

/// What a guest is started with.
public struct GuestLaunch: Hashable, Sendable {
    public let executable: String
    public let arguments: [String]

    public init(executable: String, arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }
}

/// How some kinds of guests are started and told what to do.
public protocol GuestDriver: Sendable {
    var kinds: Set<GuestDescription.Kind> { get }
    /// Refuses a guest that cannot be started here, or cannot carry out its workload.
    func validate(_ guest: GuestDescription) throws(Failure)
    /// The command that starts it, given the path of its `guest.json`.
    func launch(configuration path: String) -> GuestLaunch
    /// The command that freezes and thaws it, without the verb; nil for a guest that cannot be frozen.
    func hook(_ guest: GuestDescription, configuration path: String) -> [String]?
}

/// Guests that are programs of ours working through the agent's NBD socket: `idle`, `ledger`, `files`, `script`.
public struct WorkloadDriver: GuestDriver {
    public let kinds: Set<GuestDescription.Kind> = [.idle, .ledger, .files, .script]
    private let executable: String

    public init(executable: String) { self.executable = executable }

    public func validate(_ guest: GuestDescription) throws(Failure) {
        guard (guest.kind == .script) == !guest.script.isEmpty else {
            throw Failure(
                .invalidArgument, "set the guest: a script guest needs the path of its script, and only it has one")
        }
    }

    public func launch(configuration path: String) -> GuestLaunch {
        GuestLaunch(executable: executable, arguments: ["guest", "--config", path])
    }

    public func hook(_ guest: GuestDescription, configuration path: String) -> [String]? {
        switch guest.kind {
        case .ledger, .files: [executable, "guest-hook", "--config", path]
        case .idle, .script, .virtualMachine: nil
        }
    }
}

/// Guests that are virtual machines of QEMU's; their disks are the exports of the machine's agent.
///
/// What freezes an operating system inside is the site's to name (`agentHooks`): a guest agent needs a channel and a
/// guest that answers on it.
public struct VirtualMachineDriver: GuestDriver {
    public let kinds: Set<GuestDescription.Kind> = [.virtualMachine]
    private let executable: String
    private let emulator: String?
    private let files: any FileSystem

    /// - Parameters:
    ///   - executable: of the supervisor of one virtual machine, which starts the emulator.
    ///   - emulator: the site's setting of that name; nil where it has none.
    public init(executable: String, emulator: String?, files: any FileSystem) {
        self.executable = executable
        self.emulator = emulator
        self.files = files
    }

    public func validate(_ guest: GuestDescription) throws(Failure) {
        guard let emulator else {
            throw Failure(
                .unsupported, "set the guest: this host runs no virtual machines; its setting \"emulator\" names QEMU")
        }
        guard files.exists(emulator) else {
            throw Failure(
                .unsupported, "set the guest: this host runs no virtual machines: there is no \(emulator); on Debian "
                    + "it comes with qemu-system-x86")
        }
        guard guest.script.isEmpty, guest.ledgerGroup.isEmpty else {
            throw Failure(.invalidArgument, "set the guest: a virtual machine has neither a script nor a ledger")
        }
    }

    public func launch(configuration path: String) -> GuestLaunch {
        GuestLaunch(executable: executable, arguments: ["virtual-machine", "--config", path])
    }

    public func hook(_ guest: GuestDescription, configuration path: String) -> [String]? { nil }
}

/// The drivers of a site.
struct GuestDrivers: Sendable {
    private let drivers: [any GuestDriver]

    init(_ drivers: [any GuestDriver]) { self.drivers = drivers }

    func of(_ kind: GuestDescription.Kind) throws(Failure) -> any GuestDriver {
        for driver in drivers where driver.kinds.contains(kind) { return driver }
        throw Failure(.unsupported, "start a guest: this site has no driver for one of kind \(kind.rawValue)")
    }

    func validate(_ guest: GuestDescription) throws(Failure) { try of(guest.kind).validate(guest) }
}
