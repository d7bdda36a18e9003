// Generated from grpc/testing/messages.proto by protoc-gen-homeward. Do not edit.
import Messages

extension GRPCTesting.BoolValue: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.value = source.flag() }
        return message
    }
}

extension GRPCTesting.Payload: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.type = source.element(of: GRPCTesting.PayloadType.allCases, GRPCTesting.PayloadType.init(rawValue:)) }
        if source.fills() { message.body = source.bytes() }
        return message
    }
}

extension GRPCTesting.EchoStatus: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.code = source.number() as Int32 }
        if source.fills() { message.message = source.text() }
        return message
    }
}

extension GRPCTesting.SimpleRequest: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 4, 5, 6, 7, 8] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.responseType = source.element(of: GRPCTesting.PayloadType.allCases, GRPCTesting.PayloadType.init(rawValue:)) }
        if source.fills() { message.responseSize = source.number() as Int32 }
        if source.fillsMessage() {
            message.payload = GRPCTesting.Payload.sample(&source)
            source.leave()
        }
        if source.fills() { message.fillUsername = source.flag() }
        if source.fills() { message.fillOauthScope = source.flag() }
        if source.fillsMessage() {
            message.responseCompressed = GRPCTesting.BoolValue.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.responseStatus = GRPCTesting.EchoStatus.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.expectCompressed = GRPCTesting.BoolValue.sample(&source)
            source.leave()
        }
        return message
    }
}

extension GRPCTesting.SimpleResponse: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.payload = GRPCTesting.Payload.sample(&source)
            source.leave()
        }
        if source.fills() { message.username = source.text() }
        if source.fills() { message.oauthScope = source.text() }
        return message
    }
}

extension GRPCTesting.StreamingInputCallRequest: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.payload = GRPCTesting.Payload.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.expectCompressed = GRPCTesting.BoolValue.sample(&source)
            source.leave()
        }
        return message
    }
}

extension GRPCTesting.StreamingInputCallResponse: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.aggregatedPayloadSize = source.number() as Int32 }
        return message
    }
}

extension GRPCTesting.ResponseParameters: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.size = source.number() as Int32 }
        if source.fills() { message.intervalUs = source.number() as Int32 }
        if source.fillsMessage() {
            message.compressed = GRPCTesting.BoolValue.sample(&source)
            source.leave()
        }
        return message
    }
}

extension GRPCTesting.StreamingOutputCallRequest: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3, 7] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.responseType = source.element(of: GRPCTesting.PayloadType.allCases, GRPCTesting.PayloadType.init(rawValue:)) }
        message.responseParameters = source.messages { GRPCTesting.ResponseParameters.sample(&$0) }
        if source.fillsMessage() {
            message.payload = GRPCTesting.Payload.sample(&source)
            source.leave()
        }
        if source.fillsMessage() {
            message.responseStatus = GRPCTesting.EchoStatus.sample(&source)
            source.leave()
        }
        return message
    }
}

extension GRPCTesting.StreamingOutputCallResponse: Sampled {
    static var protoFile: String { "grpc/testing/messages.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.payload = GRPCTesting.Payload.sample(&source)
            source.leave()
        }
        return message
    }
}
