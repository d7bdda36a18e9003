// Generated from homeward/replication/v1/replication.proto by protoc-gen-homeward. Do not edit.
import Messages

extension ReplicationV1.StreamHello: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.item = source.text() }
        if source.fillsMessage() {
            message.generation = CommonV1.Generation.sample(&source)
            source.leave()
        }
        if source.fills() { message.incarnation = source.number() as UInt64 }
        message.disks = source.messages { CommonV1.Disk.sample(&$0) }
        if source.fills() { message.nextInterval = source.number() as UInt64 }
        if source.fills() { message.fullCopy = source.flag() }
        message.pending = source.array { $0.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.IntervalBegin: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.base = source.number() as UInt64 }
        if source.fills() { message.pass = source.number() as UInt32 }
        if source.fills() { message.incarnation = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.BlockRun: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.first = source.number() as UInt64 }
        if source.fills() { message.count = source.number() as UInt32 }
        if source.fills() { message.zero = source.flag() }
        return message
    }
}

extension ReplicationV1.Chunk: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.pass = source.number() as UInt32 }
        if source.fills() { message.disk = source.number() as UInt32 }
        if source.fills() { message.sequence = source.number() as UInt64 }
        message.runs = source.messages { ReplicationV1.BlockRun.sample(&$0) }
        if source.fills() { message.compression = source.element(of: ReplicationV1.Compression.allCases, ReplicationV1.Compression.init(rawValue:)) }
        if source.fills() { message.payload = source.bytes() }
        if source.fills() { message.checksum = source.bytes() }
        return message
    }
}

extension ReplicationV1.IntervalEnd: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.pass = source.number() as UInt32 }
        if source.fills() { message.chunks = source.number() as UInt64 }
        if source.fills() { message.cutMonotonicUs = source.number() as Int64 }
        if source.fills() { message.cutUnixUs = source.number() as Int64 }
        if source.fills() { message.applicationConsistent = source.flag() }
        if source.fills() { message.final = source.flag() }
        message.disks = source.messages { ReplicationV1.DiskTrailer.sample(&$0) }
        return message
    }
}

extension ReplicationV1.DiskTrailer: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.number() as UInt32 }
        if source.fills() { message.bytes = source.number() as UInt64 }
        if source.fills() { message.blocks = source.number() as UInt64 }
        if source.fills() { message.digest = source.bytes() }
        if source.fills() { message.root = source.bytes() }
        if source.fillsMessage() {
            message.counts = ReplicationV1.ChangeCounts.sample(&source)
            source.leave()
        }
        return message
    }
}

extension ReplicationV1.ChangeCounts: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.written = source.number() as UInt64 }
        if source.fills() { message.ahead = source.number() as UInt64 }
        if source.fills() { message.foreign = source.number() as UInt64 }
        if source.fills() { message.suspects = source.number() as UInt64 }
        return message
    }
}

extension ReplicationV1.IntervalVoid: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.fromNumber = source.number() as UInt64 }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension ReplicationV1.DigestQuery: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.number() as UInt64 }
        if source.fills() { message.disk = source.number() as UInt32 }
        if source.fills() { message.first = source.number() as UInt64 }
        if source.fills() { message.digests = source.bytes() }
        if source.fills() { message.rangeBlocks = source.number() as UInt32 }
        if source.fills() { message.blocks = source.number() as UInt32 }
        return message
    }
}

extension ReplicationV1.SourceFrame: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6] }
    static var variants: Int { 6 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        switch source.choice(6) {
            case 0:
                if source.fillsMessage() {
                    message.frame = .hello(ReplicationV1.StreamHello.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.frame = .begin(ReplicationV1.IntervalBegin.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.frame = .chunk(ReplicationV1.Chunk.sample(&source))
                    source.leave()
                }

            case 3:
                if source.fillsMessage() {
                    message.frame = .end(ReplicationV1.IntervalEnd.sample(&source))
                    source.leave()
                }

            case 4:
                if source.fillsMessage() {
                    message.frame = .void(ReplicationV1.IntervalVoid.sample(&source))
                    source.leave()
                }

            case 5:
                if source.fillsMessage() {
                    message.frame = .digests(ReplicationV1.DigestQuery.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}

extension ReplicationV1.StreamWelcome: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.position = source.number() as UInt64 }
        if source.fills() { message.sealed = source.number() as UInt64 }
        if source.fills() { message.blank = source.flag() }
        message.changes = source.messages { ReplicationV1.TargetChanges.sample(&$0) }
        message.held = source.messages { ReplicationV1.HeldContent.sample(&$0) }
        if source.fills() { message.more = source.flag() }
        if source.fills() { message.comparesRanges = source.flag() }
        return message
    }
}

extension ReplicationV1.HeldContent: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.number() as UInt32 }
        message.runs = source.messages { ReplicationV1.BlockRun.sample(&$0) }
        return message
    }
}

extension ReplicationV1.TargetChanges: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.disk = source.number() as UInt32 }
        message.runs = source.messages { ReplicationV1.BlockRun.sample(&$0) }
        message.suspects = source.messages { ReplicationV1.BlockRun.sample(&$0) }
        return message
    }
}

extension ReplicationV1.IntervalProgress: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.stage = source.element(of: ReplicationV1.IntervalProgress.Stage.allCases, ReplicationV1.IntervalProgress.Stage.init(rawValue:)) }
        if source.fills() { message.position = source.number() as UInt64 }
        if source.fills() { message.cause = source.text() }
        if source.fills() { message.pass = source.number() as UInt32 }
        return message
    }
}

extension ReplicationV1.Credit: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.totalBytes = source.number() as UInt64 }
        if source.fills() { message.cause = source.text() }
        return message
    }
}

extension ReplicationV1.DigestAnswer: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.id = source.number() as UInt64 }
        message.differing = source.messages { ReplicationV1.BlockRun.sample(&$0) }
        return message
    }
}

extension ReplicationV1.TargetFrame: Sampled {
    static var protoFile: String { "homeward/replication/v1/replication.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5] }
    static var variants: Int { 5 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        switch source.choice(5) {
            case 0:
                if source.fillsMessage() {
                    message.frame = .welcome(ReplicationV1.StreamWelcome.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.frame = .progress(ReplicationV1.IntervalProgress.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.frame = .credit(ReplicationV1.Credit.sample(&source))
                    source.leave()
                }

            case 3:
                if source.fillsMessage() {
                    message.frame = .digests(ReplicationV1.DigestAnswer.sample(&source))
                    source.leave()
                }

            case 4:
                if source.fillsMessage() {
                    message.frame = .damaged(ReplicationV1.TargetChanges.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}
