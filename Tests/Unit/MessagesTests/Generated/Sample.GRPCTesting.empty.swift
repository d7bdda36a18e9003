// Generated from grpc/testing/empty.proto by protoc-gen-homeward. Do not edit.
import Messages

extension GRPCTesting.Empty: Sampled {
    static var protoFile: String { "grpc/testing/empty.proto" }
    static var fieldNumbers: [Int] { [] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        Self()
    }
}
