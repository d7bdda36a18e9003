// Generated from grpc/reflection/v1/reflection.proto by protoc-gen-homeward. Do not edit.
import Messages

extension ReflectionV1.ServerReflectionRequest: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1, 3, 4, 5, 6, 7] }
    static var variants: Int { 5 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.host = source.text() }
        switch source.choice(5) {
            case 0:
                message.messageRequest = .fileByFilename(source.text())

            case 1:
                message.messageRequest = .fileContainingSymbol(source.text())

            case 2:
                if source.fillsMessage() {
                    message.messageRequest = .fileContainingExtension(ReflectionV1.ExtensionRequest.sample(&source))
                    source.leave()
                }

            case 3:
                message.messageRequest = .allExtensionNumbersOfType(source.text())

            case 4:
                message.messageRequest = .listServices(source.text())

            default: break
        }
        return message
    }
}

extension ReflectionV1.ExtensionRequest: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.containingType = source.text() }
        if source.fills() { message.extensionNumber = source.number() as Int32 }
        return message
    }
}

extension ReflectionV1.ServerReflectionResponse: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1, 2, 4, 5, 6, 7] }
    static var variants: Int { 4 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.validHost = source.text() }
        if source.fillsMessage() {
            message.originalRequest = ReflectionV1.ServerReflectionRequest.sample(&source)
            source.leave()
        }
        switch source.choice(4) {
            case 0:
                if source.fillsMessage() {
                    message.messageResponse = .fileDescriptorResponse(ReflectionV1.FileDescriptorResponse.sample(&source))
                    source.leave()
                }

            case 1:
                if source.fillsMessage() {
                    message.messageResponse = .allExtensionNumbersResponse(ReflectionV1.ExtensionNumberResponse.sample(&source))
                    source.leave()
                }

            case 2:
                if source.fillsMessage() {
                    message.messageResponse = .listServicesResponse(ReflectionV1.ListServiceResponse.sample(&source))
                    source.leave()
                }

            case 3:
                if source.fillsMessage() {
                    message.messageResponse = .errorResponse(ReflectionV1.ErrorResponse.sample(&source))
                    source.leave()
                }

            default: break
        }
        return message
    }
}

extension ReflectionV1.FileDescriptorResponse: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.fileDescriptorProto = source.array { $0.bytes() }
        return message
    }
}

extension ReflectionV1.ExtensionNumberResponse: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.baseTypeName = source.text() }
        message.extensionNumber = source.array { $0.number() as Int32 }
        return message
    }
}

extension ReflectionV1.ListServiceResponse: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        message.service = source.messages { ReflectionV1.ServiceResponse.sample(&$0) }
        return message
    }
}

extension ReflectionV1.ServiceResponse: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.name = source.text() }
        return message
    }
}

extension ReflectionV1.ErrorResponse: Sampled {
    static var protoFile: String { "grpc/reflection/v1/reflection.proto" }
    static var fieldNumbers: [Int] { [1, 2] }
    static var variants: Int { 1 }

    static func sample(_ source: inout SampleSource) -> Self {
        var message = Self()
        if source.fills() { message.errorCode = source.number() as Int32 }
        if source.fills() { message.errorMessage = source.text() }
        return message
    }
}
