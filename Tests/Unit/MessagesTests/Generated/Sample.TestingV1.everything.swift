// Generated from homeward/testing/v1/everything.proto by protoc-gen-homeward. Do not edit.
import Messages

extension TestingV1.Scalars: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.int32Value = source.number() as Int32 }
        if source.fills() { message.int64Value = source.number() as Int64 }
        if source.fills() { message.uint32Value = source.number() as UInt32 }
        if source.fills() { message.uint64Value = source.number() as UInt64 }
        if source.fills() { message.sint32Value = source.number() as Int32 }
        if source.fills() { message.sint64Value = source.number() as Int64 }
        if source.fills() { message.fixed32Value = source.number() as UInt32 }
        if source.fills() { message.fixed64Value = source.number() as UInt64 }
        if source.fills() { message.sfixed32Value = source.number() as Int32 }
        if source.fills() { message.sfixed64Value = source.number() as Int64 }
        if source.fills() { message.flag = source.flag() }
        if source.fills() { message.text = source.text() }
        if source.fills() { message.data = source.bytes() }
        if source.fills() { message.color = source.element(of: TestingV1.Color.allCases, TestingV1.Color.init(rawValue:)) }
        if source.fills() { message.ratio = source.number() as Double }
        if source.fills() { message.smallRatio = source.number() as Float }
        return message
    }
}

extension TestingV1.Repeats: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.int32Values = source.array { $0.number() as Int32 }
        message.int64Values = source.array { $0.number() as Int64 }
        message.uint32Values = source.array { $0.number() as UInt32 }
        message.uint64Values = source.array { $0.number() as UInt64 }
        message.sint32Values = source.array { $0.number() as Int32 }
        message.sint64Values = source.array { $0.number() as Int64 }
        message.fixed32Values = source.array { $0.number() as UInt32 }
        message.sfixed64Values = source.array { $0.number() as Int64 }
        message.flags = source.array { $0.flag() }
        message.colors = source.array { $0.element(of: TestingV1.Color.allCases, TestingV1.Color.init(rawValue:)) }
        message.texts = source.array { $0.text() }
        message.blobs = source.array { $0.bytes() }
        message.items = source.messages { TestingV1.Scalars.sample(&$0) }
        message.ratios = source.array { $0.number() as Double }
        message.looseValues = source.array { $0.number() as Int32 }
        return message
    }
}

extension TestingV1.Maps: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        for (key, value) in source.array({ ($0.text(), $0.text()) }) {
            message.labels[key] = value
        }
        for (key, value) in source.messages({ ($0.number() as UInt64, TestingV1.Scalars.sample(&$0)) }) {
            message.items[key] = value
        }
        for (key, value) in source.array({ ($0.flag(), $0.bytes()) }) {
            message.blobs[key] = value
        }
        for (key, value) in source.array({ ($0.number() as Int32, $0.element(of: TestingV1.Color.allCases, TestingV1.Color.init(rawValue:))) }) {
            message.colors[key] = value
        }
        return message
    }
}

extension TestingV1.Choices: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }
    static var variants: Int { 6 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.inner = TestingV1.Choices.Inner.sample(&source)
            source.leave()
        }
        if source.fills() {
            message.limit = source.number() as UInt64
        }
        if source.fills() {
            message.title = source.text()
        }
        if source.fills() {
            message.preferredColor = source.element(of: TestingV1.Color.allCases, TestingV1.Color.init(rawValue:))
        }
        switch source.choice(6) {
            case 0:
                message.action = .say(source.text())

            case 1:
                message.action = .store(source.bytes())

            case 2:
                message.action = .count(source.number() as Int64)

            case 3:
                if source.fillsMessage() {
                    message.action = .forward(TestingV1.Choices.Inner.sample(&source))
                    source.leave()
                }

            case 4:
                message.action = .paint(source.element(of: TestingV1.Color.allCases, TestingV1.Color.init(rawValue:)))

            case 5:
                message.action = .turn(source.flag())

            default: break
        }
        return message
    }
}

extension TestingV1.Choices.Inner: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        if source.fills() { message.depth = source.element(of: TestingV1.Choices.Inner.Depth.allCases, TestingV1.Choices.Inner.Depth.init(rawValue:)) }
        return message
    }
}

extension TestingV1.Tree: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7] }
    static var variants: Int { 2 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.value = source.text() }
        if source.fillsMessage() {
            message.first = TestingV1.Tree.sample(&source)
            source.leave()
        }
        message.rest = source.messages { TestingV1.Tree.sample(&$0) }
        for (key, value) in source.messages({ ($0.text(), TestingV1.Tree.sample(&$0)) }) {
            message.named[key] = value
        }
        switch source.choice(2) {
            case 0:
                if source.fillsMessage() {
                    message.next = .tree(TestingV1.Tree.sample(&source))
                    source.leave()
                }

            case 1:
                message.next = .leaf(source.text())

            default: break
        }
        if source.fillsMessage() {
            message.branch = TestingV1.Branch.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TestingV1.Branch: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.tree = TestingV1.Tree.sample(&source)
            source.leave()
        }
        return message
    }
}

extension TestingV1.Words: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 6, 7, 8, 9, 10] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.`protocol` = source.text() }
        if source.fills() { message.`default` = source.number() as Int32 }
        if source.fills() { message.`class` = source.flag() }
        if source.fills() { message.`in` = source.number() as UInt32 }
        if source.fills() { message.itemID = source.text() }
        message.httpURLIDs = source.array { $0.text() }
        if source.fills() { message.atUnixUs = source.number() as UInt64 }
        if source.fills() { message.`internal` = source.text() }
        if source.fills() { message.base = source.text() }
        return message
    }
}

extension TestingV1.Everything: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8, 1000] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.scalars = TestingV1.Scalars.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.repeats = TestingV1.Repeats.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.maps = TestingV1.Maps.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.choices = TestingV1.Choices.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.any = GoogleProtobuf.AnyMessage.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.duration = GoogleProtobuf.Duration.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.inner = TestingV1.Choices.Inner.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.tree = TestingV1.Tree.sample(&source)
            source.leave()
        }
        if source.fills() { message.farAway = source.text() }
        return message
    }
}

extension TestingV1.Nothing: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}

extension TestingV1.Note: Sampled {
    static var protoFile: String { "homeward/testing/v1/everything.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.number = source.number() as UInt64 }
        if source.fills() { message.payload = source.bytes() }
        return message
    }
}
