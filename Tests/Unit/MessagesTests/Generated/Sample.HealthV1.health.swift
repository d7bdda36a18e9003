// Generated from grpc/health/v1/health.proto by protoc-gen-homeward. Do not edit.
import Messages

extension HealthV1.HealthCheckRequest: Sampled {
    static var protoFile: String { "grpc/health/v1/health.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.service = source.text() }
        return message
    }
}

extension HealthV1.HealthCheckResponse: Sampled {
    static var protoFile: String { "grpc/health/v1/health.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.status = source.element(of: HealthV1.HealthCheckResponse.ServingStatus.allCases, HealthV1.HealthCheckResponse.ServingStatus.init(rawValue:)) }
        return message
    }
}
