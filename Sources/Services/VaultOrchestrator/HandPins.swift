import Contract
import Messages
import Model
import Workflow

/// A recovery point that a person wants to be kept. The pin is the master target's to keep: one of its own for each
/// point, so that no job's pin is taken for it or goes with it. Who asked for it, and why, is in the item's row.
struct StoredHandPin: Codable, Hashable, Sendable {
    var point: UInt64
    var person: String
    var reason: String
    var atUs: Int64

    /// Who pins, as the master target has it.
    static func owner(of point: UInt64) -> String { "by-hand/\(point)" }

    var text: String { "point \(point) is pinned by \(person): \(reason)" }

    var message: VaultV1.HandPin {
        .with {
            $0.point = point
            $0.person = person
            $0.reason = reason
            $0.sinceUnixUs = atUs
        }
    }
}

extension TargetV1.RecoveryPoint {
    var isPinnedByHand: Bool { pins.contains(StoredHandPin.owner(of: number)) }
}

extension ItemRecord {
    /// Of points that are pinned, those that a person pinned. One of whom nothing is known any more, as after a restore
    /// of the vault, is told without a name.
    func handPins(of points: [TargetV1.RecoveryPoint]) -> [StoredHandPin] {
        points.filter(\.isPinnedByHand).map { point in
            handPins?.first { $0.point == point.number }
                ?? StoredHandPin(point: point.number, person: "a person", reason: "not known any more", atUs: 0)
        }
    }
}

extension ItemRecord {
    /// Of points that are given up, who kept them and why; empty for none. Their rows go.
    mutating func letGo(pinsOtherThanOf point: UInt64?) -> String {
        let pins = handPins ?? []
        let kept = pins.filter { $0.point == point }
        handPins = kept.isEmpty ? nil : kept
        return pins.filter { $0.point != point }.map(\.text).joined(separator: "; ")
    }
}

// MARK: - Workflows

let pinWorkflow = VaultWorkflow(
    "pin-point", version: 1,
    steps: [
        claimStep(),
        pinStep("Pin the point", owner: { StoredHandPin.owner(of: $0.parameters.point) }) { $0.parameters.point },
        finishStep("The point is kept until it is let go") { item, scene in
            let pin = StoredHandPin(
                point: scene.parameters.point, person: scene.parameters.person, reason: scene.parameters.cause ?? "",
                atUs: scene.vault.now.value)
            item.handPins = (item.handPins ?? []).filter { $0.point != pin.point } + [pin]
            return StepOutput(pin.text)
        },
    ])

/// From the moment that the point is let go the retention may take it: there is no way back.
let unpinWorkflow = VaultWorkflow(
    "unpin-point", version: 1,
    steps: [
        claimStep(),
        calls("unpin", "Let the point go", by: "master target") { scene in
            try await scene.unpin(StoredHandPin.owner(of: scene.parameters.point))
            return try .done(StepOutput("point \(scene.parameters.point) is the retention's again"))
        }.with { $0.isPivot = true },
        finishStep("Nobody keeps the point") { item, scene in
            let others = (item.handPins ?? []).filter { $0.point != scene.parameters.point }
            item.handPins = others.isEmpty ? nil : others
            return StepOutput("let go by \(scene.parameters.person): \(scene.parameters.cause ?? "")")
        },
    ])

// MARK: - What a person asks for

extension VaultCore {
    func pinByHand(_ message: VaultV1.PinRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        var draft = try await handPinDraft(message, .pin, pinWorkflow)
        await requirePoints(&draft)
        // Without the master target a gate refuses.
        for (item, point) in (try? await handled(draft)) ?? [] where point.isPinnedByHand {
            let pin = item.handPins(of: [point])[0]
            throw Failure(
                .alreadyExists, "pin point \(point.number) of \(item.displayName): it is kept already, \(pin.text)",
                on: [.item(try item.itemID())])
        }
        draft.warnings.append(
            "It is kept, and with it what every later interval replaces, until it is let go. A commit and a disable "
                + "drop it with all points")
        return try await run(request, draft)
    }

    func unpinByHand(_ message: VaultV1.PinRequest) async throws -> VaultV1.Job {
        let request = try Request(message, message.options)
        if let job = try await known(request) { return job }
        let draft = try await handPinDraft(message, .unpin, unpinWorkflow)
        // What its phase does not allow its gate refuses.
        guard case .allowed = permission(for: .unpin, given: try draft.scope.first.conditions()) else {
            return try await run(request, draft)
        }
        let points = try await handled(draft)
        guard points.contains(where: \.point.isPinnedByHand) else {
            let what = draft.operation.attempt(draft.scope.name)
            guard let (item, point) = points.first else {
                throw Failure(.notFound, "\(what): there is no point \(message.point)\(message.groupPoint)")
            }
            let others = point.pins.isEmpty ? "nobody" : point.pins.joined(separator: ", ")
            throw Failure(
                .operationNotAllowed, "\(what): point \(point.number) is pinned by \(others), and by no person. What a "
                    + "job pinned it lets go itself", on: [.item(try item.itemID())])
        }
        return try await run(request, draft)
    }

    private func handPinDraft(
        _ message: VaultV1.PinRequest, _ operation: Operation, _ workflow: VaultWorkflow
    ) async throws -> Draft {
        let scope = try await vault.store.scope(named: message.name)
        let what = operation.attempt(scope.name)
        try requireReason(message.reason, message.options, what)
        let wish = PointWish(choice: .chosen, number: message.point, name: message.groupPoint)
        var parameters = JobParameters(
            operation: workflow.name, choice: try wish.choice(of: scope, what), point: message.point)
        parameters.cause = message.reason
        var draft = Draft(scope: scope, operation: operation, workflow: workflow, parameters: parameters)
        if let group = scope.group { try await chooseTogether(group, wish, &draft) }
        return draft
    }

    /// The point of each item that is meant, as far as it is there.
    private func handled(_ draft: Draft) async throws -> [(item: ItemRecord, point: TargetV1.RecoveryPoint)] {
        var found: [(item: ItemRecord, point: TargetV1.RecoveryPoint)] = []
        for item in draft.scope.items where !item.masterTarget.isEmpty {
            let number = draft.parameters.members?[item.id]?.point ?? draft.parameters.point
            guard number > 0 else { continue }
            let points = try await vault.points(of: item).ofReplication
            if let point = points.first(where: { $0.number == number }) { found.append((item, point)) }
        }
        return found
    }

    /// What a person decides is told with who and why.
    func requireReason(_ reason: String, _ options: VaultV1.MutationOptions?, _ what: String) throws(Failure) {
        guard !reason.isEmpty, reason.utf8.count <= longestReason, options?.person.isEmpty == false else {
            throw Failure(
                .invalidArgument, "\(what): who asks, and why, in up to \(longestReason) bytes, are required")
        }
    }
}

/// Bytes of a reason, which is stored with the item.
private let longestReason = 1_024
