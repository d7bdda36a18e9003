// Generated from google/protobuf/any.proto by protoc-gen-homeward. Do not edit.
import Messages

extension GoogleProtobuf.AnyMessage: Sampled {
    static var protoFile: String { "google/protobuf/any.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.typeURL = source.text() }
        if source.fills() { message.value = source.bytes() }
        return message
    }
}
