// Generated from google/protobuf/duration.proto by protoc-gen-homeward. Do not edit.
import Messages

extension GoogleProtobuf.Duration: Sampled {
    static var protoFile: String { "google/protobuf/duration.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.seconds = source.number() as Int64 }
        if source.fills() { message.nanos = source.number() as Int32 }
        return message
    }
}
