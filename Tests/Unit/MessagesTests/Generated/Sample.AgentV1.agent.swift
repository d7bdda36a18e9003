// Generated from homeward/agent/v1/agent.proto by protoc-gen-homeward. Do not edit.
import Messages

extension AgentV1.AgentHello: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        if source.fills() { message.item = source.text() }
        if source.fills() { message.bootID = source.text() }
        if source.fills() { message.site = source.element(of: CommonV1.Site.allCases, CommonV1.Site.init(rawValue:)) }
        if source.fillsMessage() {
            message.assignment = CommonV1.Assignment.sample(&source)
            source.leave()
        }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.lastSequence = source.number() as UInt64 }
        if source.fills() { message.version = source.text() }
        if source.fills() { message.drill = source.flag() }
        if source.fills() { message.echoes = source.flag() }
        return message
    }
}

extension AgentV1.AgentStatus: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 50, 70, 71, 72, 73, 74] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.service = source.element(of: AgentV1.AgentStatus.Service.allCases, AgentV1.AgentStatus.Service.init(rawValue:)) }
        if source.fills() { message.tracking = source.element(of: AgentV1.AgentStatus.Tracking.allCases, AgentV1.AgentStatus.Tracking.init(rawValue:)) }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.rpoUs = source.number() as UInt64 }
        if source.fills() { message.appliedNumber = source.number() as UInt64 }
        if source.fills() { message.dirtyBlocks = source.number() as UInt64 }
        if source.fills() { message.suspectBlocks = source.number() as UInt64 }
        if source.fills() { message.shippedBytes = source.number() as UInt64 }
        if source.fills() { message.shippedBlocks = source.number() as UInt64 }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.remainingBlocks = source.number() as UInt64 }
        if source.fills() { message.sinceUs = source.number() as UInt64 }
        if source.fills() { message.comparedBlocks = source.number() as UInt64 }
        if source.fills() { message.differingBlocks = source.number() as UInt64 }
        if source.fillsMessage() {
            message.applicationConsistency = AgentV1.ApplicationConsistency.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.echo = AgentV1.LinkEcho.sample(&source)
            source.leave()
        }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        if source.fillsMessage() {
            message.readBack = AgentV1.ReadBack.sample(&source)
            source.leave()
        }
        if source.fills() { message.digestBytes = source.number() as UInt64 }
        if source.fills() { message.compareBytesPerSecond = source.number() as UInt64 }
        if source.fillsMessage() {
            message.comparison = AgentV1.Comparison.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.scrub = AgentV1.SourceScrub.sample(&source)
            source.leave()
        }
        if source.fills() { message.unchangedBlocks = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.Comparison: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.text() }
        if source.fills() { message.totalBlocks = source.number() as UInt64 }
        if source.fills() { message.remainingBlocks = source.number() as UInt64 }
        if source.fills() { message.differingBlocks = source.number() as UInt64 }
        if source.fills() { message.digestBytes = source.number() as UInt64 }
        if source.fills() { message.complete = source.flag() }
        return message
    }
}

extension AgentV1.SourceScrub: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        if source.fills() { message.differingBlocks = source.number() as UInt64 }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.LinkTick: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.relayUs = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.LinkEcho: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.relayUs = source.number() as UInt64 }
        if source.fills() { message.heldUs = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.ReadBack: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.readBlocks = source.number() as UInt64 }
        if source.fills() { message.totalBlocks = source.number() as UInt64 }
        if source.fills() { message.complete = source.flag() }
        if source.fills() { message.endedUnixUs = source.number() as Int64 }
        message.disks = source.messages { AgentV1.DiskReadBack.sample(&$0) }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension AgentV1.DiskReadBack: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.root = source.bytes() }
        if source.fills() { message.differingBlocks = source.number() as UInt64 }
        message.differing = source.messages { AgentV1.BlockRun.sample(&$0) }
        return message
    }
}

extension AgentV1.BlockRun: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.first = source.number() as UInt64 }
        if source.fills() { message.count = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.ApplicationConsistency: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.hasHooks = source.flag() }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        if source.fills() { message.newestNumber = source.number() as UInt64 }
        if source.fills() { message.newestAgeUs = source.number() as UInt64 }
        if source.fills() { message.attempts = source.number() as UInt64 }
        if source.fills() { message.failures = source.number() as UInt64 }
        if source.fills() { message.failure = source.text() }
        if source.fills() { message.heldUs = source.number() as UInt64 }
        if source.fills() { message.longestHeldUs = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.FenceCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension AgentV1.FenceResult: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.closed = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension AgentV1.AssignCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.assignment = CommonV1.Assignment.sample(&source)
            source.leave()
        }
        message.leftOut = source.array { $0.text() }
        return message
    }
}

extension AgentV1.OpenSessionCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.processServer = CommonV1.Endpoint.sample(&source)
            source.leave()
        }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        if source.fills() { message.fullCopy = source.flag() }
        if source.fills() { message.compare = source.flag() }
        if source.fills() { message.group = source.text() }
        if source.fills() { message.applicationIntervalUs = source.number() as UInt64 }
        if source.fills() { message.paceRevision = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.SetPaceCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.intervalUs = source.number() as UInt64 }
        if source.fills() { message.applicationIntervalUs = source.number() as UInt64 }
        if source.fills() { message.revision = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.CompareCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.id = source.text() }
        if source.fills() { message.stop = source.flag() }
        return message
    }
}

extension AgentV1.CloseSessionCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension AgentV1.DrainCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension AgentV1.DrainResult: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.finalNumber = source.number() as UInt64 }
        if source.fills() { message.blocks = source.number() as UInt64 }
        message.roots = source.messages { AgentV1.DiskRoot.sample(&$0) }
        return message
    }
}

extension AgentV1.DiskRoot: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.root = source.bytes() }
        return message
    }
}

extension AgentV1.ReportCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension AgentV1.ReportResult: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.status = AgentV1.AgentStatus.sample(&source)
            source.leave()
        }
        message.disks = source.messages { AgentV1.DiskLineage.sample(&$0) }
        return message
    }
}

extension AgentV1.DiskLineage: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.text() }
        if source.fills() { message.record = source.bytes() }
        if source.fills() { message.changedBlocks = source.number() as UInt64 }
        if source.fills() { message.suspectBlocks = source.number() as UInt64 }
        if source.fills() { message.nextInterval = source.number() as UInt64 }
        if source.fills() { message.aheadBlocks = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.MergeOverlayCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension AgentV1.MergeOverlayResult: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.mergedBlocks = source.number() as UInt64 }
        if source.fills() { message.complete = source.flag() }
        return message
    }
}

extension AgentV1.ReadBackCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        return message
    }
}

extension AgentV1.CutCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.applicationConsistent = source.flag() }
        return message
    }
}

extension AgentV1.CutResult: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.applicationConsistent = source.flag() }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.heldUs = source.number() as UInt64 }
        return message
    }
}

extension AgentV1.AgentCommand: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 50, 51] }
    static var variants: Int { 12 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.sequence = source.number() as UInt64 }
        if source.fillsMessage() {
            message.key = CommonV1.OperationKey.sample(&source)
            source.leave()
        }
        switch source.choice(12) {
            case 0:
                if source.fillsMessage() {
                    message.command = .fence(AgentV1.FenceCommand.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.command = .assign(AgentV1.AssignCommand.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.command = .openSession(AgentV1.OpenSessionCommand.sample(&source))
                    source.leave()
                }

            case 3:
                if source.fillsMessage() {
                    message.command = .closeSession(AgentV1.CloseSessionCommand.sample(&source))
                    source.leave()
                }

            case 4:
                if source.fillsMessage() {
                    message.command = .drain(AgentV1.DrainCommand.sample(&source))
                    source.leave()
                }

            case 5:
                if source.fillsMessage() {
                    message.command = .report(AgentV1.ReportCommand.sample(&source))
                    source.leave()
                }

            case 6:
                if source.fillsMessage() {
                    message.command = .mergeOverlay(AgentV1.MergeOverlayCommand.sample(&source))
                    source.leave()
                }

            case 7:
                if source.fillsMessage() {
                    message.command = .cut(AgentV1.CutCommand.sample(&source))
                    source.leave()
                }

            case 8:
                if source.fillsMessage() {
                    message.command = .setPace(AgentV1.SetPaceCommand.sample(&source))
                    source.leave()
                }

            case 9:
                if source.fillsMessage() {
                    message.command = .tick(AgentV1.LinkTick.sample(&source))
                    source.leave()
                }

            case 10:
                if source.fillsMessage() {
                    message.command = .readBack(AgentV1.ReadBackCommand.sample(&source))
                    source.leave()
                }

            case 11:
                if source.fillsMessage() {
                    message.command = .compare(AgentV1.CompareCommand.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}

extension AgentV1.AgentCommandResult: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 50, 51] }
    static var variants: Int { 9 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.sequence = source.number() as UInt64 }
        if source.fills() { message.code = source.number() as UInt32 }
        if source.fills() { message.message = source.text() }
        if source.fills() { message.details = source.bytes() }
        switch source.choice(9) {
            case 0:
                if source.fillsMessage() {
                    message.result = .fence(AgentV1.FenceResult.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.result = .assigned(CommonV1.Assignment.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.result = .session(AgentV1.SessionResult.sample(&source))
                    source.leave()
                }

            case 3:
                if source.fillsMessage() {
                    message.result = .drain(AgentV1.DrainResult.sample(&source))
                    source.leave()
                }

            case 4:
                if source.fillsMessage() {
                    message.result = .report(AgentV1.ReportResult.sample(&source))
                    source.leave()
                }

            case 5:
                if source.fillsMessage() {
                    message.result = .mergeOverlay(AgentV1.MergeOverlayResult.sample(&source))
                    source.leave()
                }

            case 6:
                if source.fillsMessage() {
                    message.result = .cut(AgentV1.CutResult.sample(&source))
                    source.leave()
                }

            case 7:
                if source.fillsMessage() {
                    message.result = .readBack(AgentV1.ReadBack.sample(&source))
                    source.leave()
                }

            case 8:
                if source.fillsMessage() {
                    message.result = .comparison(AgentV1.Comparison.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}

extension AgentV1.SessionResult: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.open = source.flag() }
        return message
    }
}

extension AgentV1.AgentMessage: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 3 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        switch source.choice(3) {
            case 0:
                if source.fillsMessage() {
                    message.message = .hello(AgentV1.AgentHello.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.message = .status(AgentV1.AgentStatus.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.message = .result(AgentV1.AgentCommandResult.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}

extension AgentV1.CommandAgentRequest: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        if source.fillsMessage() {
            message.command = AgentV1.AgentCommand.sample(&source)
            source.leave()
        }
        return message
    }
}

extension AgentV1.GetAgentRequest: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.machine = source.text() }
        return message
    }
}

extension AgentV1.Agent: Sampled {
    static var protoFile: String { "homeward/agent/v1/agent.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.hello = AgentV1.AgentHello.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.status = AgentV1.AgentStatus.sample(&source)
            source.leave()
        }
        if source.fills() { message.attached = source.flag() }
        if source.fills() { message.silentUs = source.number() as UInt64 }
        if source.fills() { message.statusAgeUs = source.number() as UInt64 }
        if source.fills() { message.statusTransitUs = source.number() as UInt64 }
        return message
    }
}
