// Generated from google/rpc/status.proto by protoc-gen-homeward. Do not edit.
import Messages

extension GoogleRPC.Status: Sampled {
    static var protoFile: String { "google/rpc/status.proto" }
    static var fieldNumbers: [Int] { [1, 2, 3] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.code = source.number() as Int32 }
        if source.fills() { message.message = source.text() }
        message.details = source.messages { GoogleProtobuf.AnyMessage.sample(&$0) }
        return message
    }
}
