import Contract
import Cryptography
import Messages
import Model

/// The kind of thing that a plan's id names.
enum PlanTag: IdentifierTag { static let kind = "recovery plan" }
typealias PlanID = ID<PlanTag>

/// Bounds of a plan. Everything that a run does is listed, journaled and previewed, so a plan stays of a size that a
/// person can read.
enum PlanLimits {
    /// Items in all boot groups together.
    static let items = 100
    static let bootGroups = 10
    /// Before one boot group, and after it.
    static let actions = 8
    static let arguments = 32
    /// Of one argument or title, in bytes.
    static let text = 1_024
    /// Of instructions and descriptions, in bytes.
    static let prose = 4_096
    /// With `plan.` before it, it is the subject of a job.
    static let idBytes = 48
    static let timeoutUs: ClosedRange<UInt64> = 1_000_000...86_400_000_000
    static let usualTimeoutUs: UInt64 = 300_000_000
    static let automaticUs: ClosedRange<UInt64> = 1_000_000...2_592_000_000_000
    static let parallel = 10
    /// Kept of what a script prints.
    static let output = 16_384
}

/// What a plan says, as it is stored and as a run keeps its own copy of it.
struct PlanSpec: Codable, Hashable, Sendable {
    var displayName = ""
    var description = ""
    var bootGroups: [StoredBootGroup] = []
    var policy = StoredPolicy()

    /// Hexadecimal.
    func digest() throws(Failure) -> String { hexadecimal(SHA256.hash(try Stored.bytes(self))) }

    var actions: [StoredAction] { bootGroups.flatMap { $0.before + $0.after } }
}

struct StoredBootGroup: Codable, Hashable, Sendable {
    var name: String
    /// `items/{id}` or `groups/{id}`.
    var members: [String]
    var before: [StoredAction]
    var after: [StoredAction]
}

struct StoredAction: Codable, Hashable, Sendable {
    var id: String
    var title: String
    /// Empty for both.
    var directions: [String]
    var script: StoredScript?
    var instructions: String?
    /// nil: it is left out of drills.
    var inDrills: Bool?

    func isDone(in direction: Direction) -> Bool {
        directions.isEmpty || directions.contains(direction.rawValue)
    }
}

struct StoredScript: Codable, Hashable, Sendable {
    var program: String
    var arguments: [String]
    var timeoutUs: UInt64
    var idempotent: Bool
}

struct StoredPolicy: Codable, Hashable, Sendable {
    enum Automatic: String, Codable, Sendable { case none, commit, cancel }

    /// True: a failure keeps the boot groups that follow from starting.
    var stops = false
    var parallel = PlanLimits.parallel
    var automatic = Automatic.none
    var automaticAfterUs: UInt64 = 0
}

// MARK: From messages

extension PlanSpec {
    /// Everything but its members, which need the store.
    init(_ message: VaultV1.RecoveryPlan, id: PlanID) throws(Failure) {
        func refuse(_ what: String) -> Failure { Failure(.invalidArgument, "read plan \(id): \(what)") }
        displayName = message.displayName.isEmpty ? id.text : message.displayName
        description = message.description
        guard displayName.utf8.count <= PlanLimits.text, description.utf8.count <= PlanLimits.prose else {
            throw refuse("its name has at most \(PlanLimits.text) bytes, its description \(PlanLimits.prose)")
        }
        guard (1...PlanLimits.bootGroups).contains(message.bootGroups.count) else {
            throw refuse("it has \(message.bootGroups.count) boot groups; 1 to \(PlanLimits.bootGroups) can be run")
        }
        for (index, group) in message.bootGroups.enumerated() {
            bootGroups.append(try StoredBootGroup(group, number: index + 1, refuse))
        }
        policy = try StoredPolicy(message.policy ?? .init(), refuse)
        if let name = firstTwice(bootGroups.map(\.name)) { throw refuse("two boot groups are called \(name)") }
        if let action = firstTwice(actions.map(\.id)) { throw refuse("two actions have the id \(action)") }
    }
}

func firstTwice(_ names: [String]) -> String? {
    var known: Set<String> = []
    return names.first { !known.insert($0).inserted }
}

extension StoredBootGroup {
    fileprivate init(
        _ message: VaultV1.BootGroup, number: Int, _ refuse: (String) -> Failure
    ) throws(Failure) {
        name = message.name.isEmpty ? "boot group \(number)" : message.name
        guard name.utf8.count <= PlanLimits.text else { throw refuse("the name of boot group \(number) is too long") }
        guard !message.members.isEmpty else { throw refuse("\(name) has no members") }
        guard message.members.count <= PlanLimits.items else {
            throw refuse("\(name) has \(message.members.count) members; a plan has at most \(PlanLimits.items) items")
        }
        guard message.before.count <= PlanLimits.actions, message.after.count <= PlanLimits.actions else {
            throw refuse("\(name) has more than \(PlanLimits.actions) actions before or after it")
        }
        members = message.members
        (before, after) = ([], [])
        for action in message.before { before.append(try StoredAction(action, refuse)) }
        for action in message.after { after.append(try StoredAction(action, refuse)) }
    }
}

extension StoredAction {
    fileprivate init(_ message: VaultV1.PlanAction, _ refuse: (String) -> Failure) throws(Failure) {
        guard ID<PlanTag>.isValid(message.id) else {
            throw refuse("\"\(message.id.prefix(80))\" is no id of an action: use a-z 0-9 - _ . and a letter or digit "
                + "first")
        }
        id = message.id
        title = message.title.isEmpty ? id : message.title
        guard title.utf8.count <= PlanLimits.text else { throw refuse("the title of action \(id) is too long") }
        directions = []
        for direction in message.directions {
            guard let value = Direction(direction) else {
                throw refuse("action \(id) has a direction that is neither out nor home")
            }
            directions.append(value.rawValue)
        }
        if message.inDrills { inDrills = true }
        switch message.action {
        case .script(let script): self.script = try StoredScript(script, of: id, refuse)
        case .manual(let manual):
            guard (1...PlanLimits.prose).contains(manual.instructions.utf8.count) else {
                throw refuse("manual action \(id) needs instructions, at most \(PlanLimits.prose) bytes of them")
            }
            instructions = manual.instructions
        case nil: throw refuse("action \(id) is neither a script nor manual")
        }
    }
}

extension StoredScript {
    fileprivate init(
        _ message: VaultV1.ScriptAction, of action: String, _ refuse: (String) -> Failure
    ) throws(Failure) {
        guard StoredScript.isFileName(message.program) else {
            throw refuse(
                "action \(action) runs \"\(message.program.prefix(80))\": give the name of a file in the vault's "
                    + "directory of scripts, of letters, digits, - _ and . and no dot first")
        }
        let tooLong = message.arguments.contains { $0.utf8.count > PlanLimits.text || $0.utf8.contains(0) }
        guard message.arguments.count <= PlanLimits.arguments, !tooLong else {
            throw refuse("action \(action) has too many arguments, or one that is too long")
        }
        program = message.program
        arguments = message.arguments
        timeoutUs = message.timeoutUs == 0 ? PlanLimits.usualTimeoutUs : message.timeoutUs
        guard PlanLimits.timeoutUs.contains(timeoutUs) else {
            throw refuse("the timeout of action \(action) must be from 1 s to 24 h")
        }
        idempotent = message.idempotent
    }

    /// No way out of the directory: no separator, and nothing that begins with a dot.
    static func isFileName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 255, first != UInt8(ascii: ".") else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}

extension StoredPolicy {
    fileprivate init(_ message: VaultV1.PlanPolicy, _ refuse: (String) -> Failure) throws(Failure) {
        switch message.onFailure {
        case .unspecified, .continue: stops = false
        case .stop: stops = true
        case .unrecognized: throw refuse("it says something unknown about failures")
        }
        parallel = message.parallel == 0 ? PlanLimits.parallel : Int(clamping: message.parallel)
        guard parallel <= PlanLimits.items else { throw refuse("at most \(PlanLimits.items) members go at once") }
        switch message.automaticEnd {
        case .unspecified, .none: automatic = .none
        case .commit: automatic = .commit
        case .cancel: automatic = .cancel
        case .unrecognized: throw refuse("it says something unknown about its automatic end")
        }
        automaticAfterUs = message.automaticAfterUs
        let isOff = automatic == .none
        guard isOff ? automaticAfterUs == 0 : PlanLimits.automaticUs.contains(automaticAfterUs) else {
            throw refuse("an automatic end needs a time from 1 s to 30 days, and that time an automatic end")
        }
    }
}

// MARK: To messages

extension StoredAction {
    var message: VaultV1.PlanAction {
        .with {
            $0.id = id
            $0.title = title
            $0.directions = directions.compactMap { Direction(rawValue: $0)?.message }
            $0.inDrills = inDrills == true
            if let script {
                $0.action = .script(
                    .with {
                        $0.program = script.program
                        $0.arguments = script.arguments
                        $0.timeoutUs = script.timeoutUs
                        $0.idempotent = script.idempotent
                    })
            } else {
                $0.action = .manual(.with { $0.instructions = instructions ?? "" })
            }
        }
    }
}

extension StoredPolicy {
    var message: VaultV1.PlanPolicy {
        .with {
            $0.onFailure = stops ? .stop : .continue
            $0.parallel = UInt32(parallel)
            $0.automaticEnd = automatic.message
            $0.automaticAfterUs = automaticAfterUs
        }
    }
}

extension StoredPolicy.Automatic {
    var message: VaultV1.AutomaticEnd {
        switch self {
        case .none: .none
        case .commit: .commit
        case .cancel: .cancel
        }
    }
}

extension StoredBootGroup {
    var message: VaultV1.BootGroup {
        .with {
            $0.name = name
            $0.members = members
            $0.before = before.map(\.message)
            $0.after = after.map(\.message)
        }
    }
}
