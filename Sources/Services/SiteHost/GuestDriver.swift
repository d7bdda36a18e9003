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

/// How one kind of guest is started and told what to do.
public protocol GuestDriver: Sendable {
    /// Refuses a workload that this guest cannot carry out.
    func validate(_ guest: GuestDescription) throws(Failure)
    /// The command that starts it, given the path of its `guest.json`.
    func launch(configuration path: String) -> GuestLaunch
    /// The command that freezes and thaws it, without the verb; nil for a guest that cannot be frozen.
    func hook(_ guest: GuestDescription, configuration path: String) -> [String]?
}

/// Guests that are programs of ours working through the agent's NBD socket: `idle`, `ledger`, `files`, `script`.
public struct WorkloadDriver: GuestDriver {
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
        case .idle, .script: nil
        }
    }
}
