// Generated from homeward/vault/v1/plans.proto by protoc-gen-homeward. Do not edit.
import Messages

extension VaultV1.ScriptAction: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.program = source.text() }
        message.arguments = source.array { $0.text() }
        if source.fills() { message.timeoutUs = source.number() as UInt64 }
        if source.fills() { message.idempotent = source.flag() }
        return message
    }
}

extension VaultV1.ManualAction: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.instructions = source.text() }
        return message
    }
}

extension VaultV1.PlanAction: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 2 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.title = source.text() }
        message.directions = source.array { $0.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        switch source.choice(2) {
            case 0:
                if source.fillsMessage() {
                    message.action = .script(VaultV1.ScriptAction.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.action = .manual(VaultV1.ManualAction.sample(&source))
                    source.leave()
                }

            default: break
        }
        if source.fills() { message.inDrills = source.flag() }
        return message
    }
}

extension VaultV1.BootGroup: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        message.members = source.array { $0.text() }
        message.before = source.messages { VaultV1.PlanAction.sample(&$0) }
        message.after = source.messages { VaultV1.PlanAction.sample(&$0) }
        return message
    }
}

extension VaultV1.PlanPolicy: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.onFailure = source.element(of: VaultV1.OnFailure.allCases, VaultV1.OnFailure.init(rawValue:)) }
        if source.fills() { message.parallel = source.number() as UInt32 }
        if source.fills() { message.automaticEnd = source.element(of: VaultV1.AutomaticEnd.allCases, VaultV1.AutomaticEnd.init(rawValue:)) }
        if source.fills() { message.automaticAfterUs = source.number() as UInt64 }
        return message
    }
}

extension VaultV1.RecoveryPlan: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.description = source.text() }
        message.bootGroups = source.messages { VaultV1.BootGroup.sample(&$0) }
        if source.fillsMessage() {
            message.policy = VaultV1.PlanPolicy.sample(&source)
            source.leave()
        }
        if source.fills() { message.version = source.number() as UInt64 }
        if source.fills() { message.digest = source.text() }
        if source.fills() { message.etag = source.text() }
        if source.fills() { message.createdUnixUs = source.number() as Int64 }
        if source.fills() { message.updatedUnixUs = source.number() as Int64 }
        message.running = source.array { $0.text() }
        message.problems = source.array { $0.text() }
        return message
    }
}

extension VaultV1.CreatePlanRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.plan = VaultV1.RecoveryPlan.sample(&source)
            source.leave()
        }
        if source.fills() { message.requestID = source.text() }
        if source.fills() { message.validateOnly = source.flag() }
        return message
    }
}

extension VaultV1.UpdatePlanRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.plan = VaultV1.RecoveryPlan.sample(&source)
            source.leave()
        }
        if source.fills() { message.etag = source.text() }
        if source.fills() { message.validateOnly = source.flag() }
        return message
    }
}

extension VaultV1.GetPlanRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension VaultV1.ListPlansRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension VaultV1.ListPlansResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.plans = source.messages { VaultV1.RecoveryPlan.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.DeletePlanRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.etag = source.text() }
        return message
    }
}

extension VaultV1.DeletePlanResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension VaultV1.RunPlanRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.operation = source.element(of: VaultV1.PlanOperation.allCases, VaultV1.PlanOperation.init(rawValue:)) }
        if source.fills() { message.expectedDirection = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.choice = source.element(of: VaultV1.PointChoice.allCases, VaultV1.PointChoice.init(rawValue:)) }
        if source.fillsMessage() {
            message.sourceDeadStatement = CommonV1.Statement.sample(&source)
            source.leave()
        }
        if source.fills() { message.confirmLoss = source.flag() }
        if source.fills() { message.waitForAgent = source.flag() }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        if source.fills() { message.remark = source.text() }
        return message
    }
}

extension VaultV1.RerunPlanRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.run = source.text() }
        if source.fills() { message.choice = source.element(of: VaultV1.PointChoice.allCases, VaultV1.PointChoice.init(rawValue:)) }
        if source.fillsMessage() {
            message.options = VaultV1.MutationOptions.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.sourceDeadStatement = CommonV1.Statement.sample(&source)
            source.leave()
        }
        return message
    }
}

extension VaultV1.PlanGate: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.gate = CommonV1.Gate.sample(&source)
            source.leave()
        }
        message.items = source.array { $0.text() }
        return message
    }
}

extension VaultV1.PlanCause: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.cause = source.text() }
        message.gates = source.messages { VaultV1.PlanGate.sample(&$0) }
        return message
    }
}

extension VaultV1.PlannedMember: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.point = source.text() }
        if source.fills() { message.loss = source.text() }
        if source.fills() { message.lossUs = source.number() as UInt64 }
        if source.fills() { message.lossUnknown = source.flag() }
        message.refused = source.array { $0.text() }
        if source.fills() { message.finished = source.flag() }
        return message
    }
}

extension VaultV1.PlannedBootGroup: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        message.before = source.messages { VaultV1.PlanAction.sample(&$0) }
        message.members = source.messages { VaultV1.PlannedMember.sample(&$0) }
        message.after = source.messages { VaultV1.PlanAction.sample(&$0) }
        return message
    }
}

extension VaultV1.PlanPreview: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.plan = source.text() }
        message.bootGroups = source.messages { VaultV1.PlannedBootGroup.sample(&$0) }
        message.causes = source.messages { VaultV1.PlanCause.sample(&$0) }
        if source.fills() { message.wouldRun = source.flag() }
        message.steps = source.messages { VaultV1.PlannedStep.sample(&$0) }
        message.warnings = source.array { $0.text() }
        if source.fills() { message.planDigest = source.text() }
        return message
    }
}

extension VaultV1.MemberResult: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fills() { message.displayName = source.text() }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.state = source.element(of: VaultV1.MemberState.allCases, VaultV1.MemberState.init(rawValue:)) }
        if source.fills() { message.job = source.text() }
        if source.fills() { message.message = source.text() }
        return message
    }
}

extension VaultV1.ActionResult: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.action = VaultV1.PlanAction.sample(&source)
            source.leave()
        }
        if source.fills() { message.state = source.element(of: VaultV1.ActionState.allCases, VaultV1.ActionState.init(rawValue:)) }
        if source.fills() { message.message = source.text() }
        if source.fills() {
            message.status = source.number() as Int32
        }
        if source.fills() { message.output = source.text() }
        if source.fills() { message.droppedOutput = source.number() as UInt64 }
        if source.fills() { message.starts = source.number() as UInt32 }
        if source.fills() { message.person = source.text() }
        return message
    }
}

extension VaultV1.BootGroupResult: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        message.before = source.messages { VaultV1.ActionResult.sample(&$0) }
        message.members = source.messages { VaultV1.MemberResult.sample(&$0) }
        message.after = source.messages { VaultV1.ActionResult.sample(&$0) }
        return message
    }
}

extension VaultV1.PlanRun: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.plan = source.text() }
        if source.fills() { message.version = source.number() as UInt64 }
        if source.fills() { message.digest = source.text() }
        if source.fills() { message.operation = source.element(of: VaultV1.PlanOperation.allCases, VaultV1.PlanOperation.init(rawValue:)) }
        if source.fills() { message.direction = source.element(of: CommonV1.Direction.allCases, CommonV1.Direction.init(rawValue:)) }
        if source.fills() { message.state = source.element(of: VaultV1.JobState.allCases, VaultV1.JobState.init(rawValue:)) }
        if source.fills() { message.message = source.text() }
        message.bootGroups = source.messages { VaultV1.BootGroupResult.sample(&$0) }
        if source.fills() { message.rerunOf = source.text() }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.createdUnixUs = source.number() as Int64 }
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        if source.fills() { message.revision = source.number() as UInt64 }
        if source.fills() { message.automaticEnd = source.element(of: VaultV1.AutomaticEnd.allCases, VaultV1.AutomaticEnd.init(rawValue:)) }
        if source.fills() { message.automaticUnixUs = source.number() as Int64 }
        if source.fills() { message.automatic = source.text() }
        return message
    }
}

extension VaultV1.GetPlanRunRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension VaultV1.ListPlanRunsRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.plan = source.text() }
        if source.fills() { message.pageSize = source.number() as UInt32 }
        if source.fills() { message.pageToken = source.text() }
        return message
    }
}

extension VaultV1.ListPlanRunsResponse: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.runs = source.messages { VaultV1.PlanRun.sample(&$0) }
        if source.fills() { message.nextPageToken = source.text() }
        return message
    }
}

extension VaultV1.CompletePlanActionRequest: Sampled {
    static var protoFile: String { "homeward/vault/v1/plans.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.run = source.text() }
        if source.fills() { message.action = source.text() }
        if source.fills() { message.outcome = source.element(of: VaultV1.CompletePlanActionRequest.Outcome.allCases, VaultV1.CompletePlanActionRequest.Outcome.init(rawValue:)) }
        if source.fills() { message.person = source.text() }
        if source.fills() { message.note = source.text() }
        return message
    }
}
