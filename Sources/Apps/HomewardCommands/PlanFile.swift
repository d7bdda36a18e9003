import Contract
import FoundationEssentials
import Messages
import Model

/// A recovery plan as a person writes it: one JSON object. Unknown keys are refused, as in configuration files.
///
///     {
///       "displayName": "The shop",
///       "bootGroups": [
///         { "name": "data", "members": ["groups/shop"],
///           "before": [{ "id": "storage", "manual": "Mount the vendor's volume" }] },
///         { "name": "front", "members": ["web-01"],
///           "after": [{ "id": "dns", "directions": ["out"], "inDrills": false,
///                       "script": { "program": "dns.sh", "arguments": ["cloud"], "timeoutSeconds": 60,
///                                   "idempotent": true } }] }
///       ],
///       "policy": { "onFailure": "stop", "parallel": 4, "automatic": "commit", "automaticAfterSeconds": 3600 }
///     }
struct PlanFile: Decodable, Sendable {
    let message: VaultV1.RecoveryPlan

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["displayName", "description", "bootGroups", "policy"])
        var plan = VaultV1.RecoveryPlan()
        plan.displayName = try fields.get("displayName", or: "")
        plan.description = try fields.get("description", or: "")
        plan.bootGroups = try fields.get("bootGroups", or: [PlanFileGroup]()).map(\.message)
        plan.policy = try fields.get("policy", or: PlanFilePolicy()).message
        message = plan
    }

    /// - Parameter id: of the plan; it is no part of the file, which may be used for several.
    static func read(_ bytes: [UInt8], _ path: String, id: String) throws(Failure) -> VaultV1.RecoveryPlan {
        do {
            var plan = try JSONDecoder().decode(PlanFile.self, from: Data(bytes)).message
            plan.name = id.hasPrefix("plans/") ? id : "plans/\(id)"
            return plan
        } catch let error as DecodingError {
            throw Failure(.invalidArgument, "read the plan \(path): \(explained(error))")
        } catch let failure as Failure {
            throw Failure(failure.code, "read the plan \(path): \(failure.message)")
        } catch {
            throw Failure(.invalidArgument, "read the plan \(path): not a JSON object")
        }
    }
}

private struct PlanFileGroup: Decodable {
    let message: VaultV1.BootGroup

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["name", "members", "before", "after"])
        var group = VaultV1.BootGroup()
        group.name = try fields.get("name", or: "")
        group.members = try fields.get("members", or: [])
        group.before = try fields.get("before", or: [PlanFileAction]()).map(\.message)
        group.after = try fields.get("after", or: [PlanFileAction]()).map(\.message)
        message = group
    }
}

private struct PlanFileAction: Decodable {
    let message: VaultV1.PlanAction

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["id", "title", "directions", "inDrills", "script", "manual"])
        var action = VaultV1.PlanAction()
        action.inDrills = try fields.get("inDrills", or: false)
        action.id = try fields.get("id", or: "")
        action.title = try fields.get("title", or: "")
        for name in try fields.get("directions", or: [String]()) {
            guard let direction = Direction(rawValue: name) else {
                throw Failure(
                    .invalidArgument, "action \"\(action.id)\": direction \"\(name)\" is neither out nor home")
            }
            action.directions.append(direction.message)
        }
        let script = try fields.get("script", or: PlanFileScript?.none)
        let manual = try fields.get("manual", or: String?.none)
        switch (script, manual) {
        case (let script?, nil): action.action = .script(script.message)
        case (nil, let manual?): action.action = .manual(.with { $0.instructions = manual })
        default:
            throw Failure(.invalidArgument, "action \"\(action.id)\" needs either \"script\" or \"manual\"")
        }
        message = action
    }
}

private struct PlanFileScript: Decodable {
    let message: VaultV1.ScriptAction

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["program", "arguments", "timeoutSeconds", "idempotent"])
        var script = VaultV1.ScriptAction()
        script.program = try fields.get("program", or: "")
        script.arguments = try fields.get("arguments", or: [])
        script.timeoutUs = try fields.microseconds("timeoutSeconds")
        script.idempotent = try fields.get("idempotent", or: false)
        message = script
    }
}

private struct PlanFilePolicy: Decodable {
    var message = VaultV1.PlanPolicy()

    init() {}

    init(from decoder: any Decoder) throws {
        let fields = try Fields(decoder, ["onFailure", "parallel", "automatic", "automaticAfterSeconds"])
        switch try fields.get("onFailure", or: "continue") {
        case "continue": message.onFailure = .continue
        case "stop": message.onFailure = .stop
        case let other: throw Failure(.invalidArgument, "\"onFailure\" is \"\(other)\": write continue or stop")
        }
        message.parallel = try fields.get("parallel", or: 0)
        switch try fields.get("automatic", or: "none") {
        case "none": message.automaticEnd = .none
        case "commit": message.automaticEnd = .commit
        case "cancel": message.automaticEnd = .cancel
        case let other: throw Failure(.invalidArgument, "\"automatic\" is \"\(other)\": write none, commit or cancel")
        }
        message.automaticAfterUs = try fields.microseconds("automaticAfterSeconds")
    }
}

/// An object's fields by name, of which no other may be there.
private struct Fields {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ text: String) { stringValue = text }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Key>

    init(_ decoder: any Decoder, _ known: [String]) throws {
        container = try decoder.container(keyedBy: Key.self)
        if let stranger = container.allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) }) {
            throw Failure(.invalidArgument, "\"\(stranger)\" is unknown; there are \(known.joined(separator: ", "))")
        }
    }

    func get<T: Decodable>(_ name: String, or usual: T) throws -> T {
        try container.decodeIfPresent(T.self, forKey: Key(name)) ?? usual
    }

    func microseconds(_ name: String) throws -> UInt64 {
        let seconds = try get(name, or: 0.0)
        // Longer than anything that is accepted, and far from what a number holds.
        guard (0...1_000_000_000).contains(seconds) else {
            throw Failure(.invalidArgument, "\"\(name)\" is \(seconds): write a number of seconds")
        }
        return UInt64(seconds * 1_000_000)
    }
}

private func explained(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return path.isEmpty ? "" : " at \(path.joined(separator: "."))"
    }
    return switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
        "a value of another kind is needed" + place(context)
    case .keyNotFound(let key, let context): "\"\(key.stringValue)\" is missing" + place(context)
    default: "not JSON"
    }
}
