// Generated from google/rpc/error_details.proto by protoc-gen-homeward. Do not edit.
import Messages

extension GoogleRPC.ErrorInfo: Sampled {
    static var protoFile: String { "google/rpc/error_details.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.reason = source.text() }
        if source.fills() { message.domain = source.text() }
        for (key, value) in source.array({ ($0.text(), $0.text()) }) {
            message.metadata[key] = value
        }
        return message
    }
}

extension GoogleRPC.RetryInfo: Sampled {
    static var protoFile: String { "google/rpc/error_details.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fillsMessage() {
            message.retryDelay = GoogleProtobuf.Duration.sample(&source)
            source.leave()
        }
        return message
    }
}

extension GoogleRPC.PreconditionFailure: Sampled {
    static var protoFile: String { "google/rpc/error_details.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.violations = source.messages { GoogleRPC.PreconditionFailure.Violation.sample(&$0) }
        return message
    }
}

extension GoogleRPC.PreconditionFailure.Violation: Sampled {
    static var protoFile: String { "google/rpc/error_details.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.type = source.text() }
        if source.fills() { message.subject = source.text() }
        if source.fills() { message.description = source.text() }
        return message
    }
}

extension GoogleRPC.BadRequest: Sampled {
    static var protoFile: String { "google/rpc/error_details.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.fieldViolations = source.messages { GoogleRPC.BadRequest.FieldViolation.sample(&$0) }
        return message
    }
}

extension GoogleRPC.BadRequest.FieldViolation: Sampled {
    static var protoFile: String { "google/rpc/error_details.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.field = source.text() }
        if source.fills() { message.description = source.text() }
        return message
    }
}
