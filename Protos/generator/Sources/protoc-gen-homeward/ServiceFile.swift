import SwiftProtobufPluginLibrary

/// Server protocols and clients of one .proto.
func serviceFile(_ file: FileDescriptor) -> String {
    var out = Lines(generatedFrom: file.name)
    out.line("public import Messages")
    out.line("public import RPC")
    for service in file.services {
        out.line()
        methodTable(service, &out)
        out.line()
        server(service, &out)
        out.line()
        client(service, &out)
    }
    return out.text
}

private func methodTable(_ service: ServiceDescriptor, _ out: inout Lines) {
    out.line("/// The methods of `\(service.fullName)` as they are named on the wire, with their properties.")
    out.block("public enum \(service.name)Methods {") { out in
        out.line("public static let service = \"\(service.fullName)\"")
        for method in service.methods {
            let idempotency =
                switch method.options.idempotencyLevel {
                case .noSideEffects: ".noSideEffects"
                case .idempotent: ".idempotent"
                case .idempotencyUnknown: ".unknown"
                }
            let name = "MethodName(service: service, method: \"\(method.name)\")"
            out.line(
                "public static let \(methodName(method)) = "
                    + "MethodDescriptor(\(name), .\(kind(method)), \(idempotency))")
        }
        let names = service.methods.map(methodName).joined(separator: ", ")
        out.line("public static let all: [MethodDescriptor] = [\(names)]")
    }
}

private func kind(_ method: MethodDescriptor) -> String {
    switch (method.clientStreaming, method.serverStreaming) {
    case (false, false): "unary"
    case (false, true): "serverStreaming"
    case (true, false): "clientStreaming"
    case (true, true): "bidirectional"
    }
}

private func server(_ service: ServiceDescriptor, _ out: inout Lines) {
    out.comment(service, package: service.file.package)
    out.block("public protocol \(service.name)Service: Sendable {") { out in
        for method in service.methods {
            let request = swiftType(method.inputType)
            let response = swiftType(method.outputType)
            var parameters = [
                method.clientStreaming ? "_ requests: RequestStream<\(request)>" : "_ request: \(request)"
            ]
            if method.serverStreaming { parameters.append("_ responses: MessageWriter<\(response)>") }
            parameters.append("_ context: CallContext")
            let result = method.serverStreaming ? "" : " -> \(response)"
            out.comment(method, package: service.file.package)
            out.line("func \(methodName(method))(\(parameters.joined(separator: ", "))) async throws\(result)")
        }
    }
    out.line()
    out.block("extension \(service.name)Service {") { out in
        out.line("/// What a server routes calls of `\(service.fullName)` by.")
        out.block("public func bound() -> BoundService {") { out in
            out.block("BoundService(name: \(service.name)Methods.service, methods: [", "])") { out in
                for method in service.methods {
                    let arguments = method.serverStreaming ? "$0, $1, $2" : "$0, $1"
                    let name = methodName(method)
                    out.line(
                        ".\(kind(method))(\(service.name)Methods.\(name).name) "
                            + "{ try await self.\(name)(\(arguments)) },")
                }
            }
        }
    }
}

private func client(_ service: ServiceDescriptor, _ out: inout Lines) {
    out.line("/// Calls `\(service.fullName)`; a call that fails throws `RPCError`.")
    out.block("public struct \(service.name)Client: Sendable {") { out in
        out.line("private let channel: any Channel")
        out.line()
        out.line("public init(_ channel: any Channel) { self.channel = channel }")
        for method in service.methods {
            let request = swiftType(method.inputType)
            let response = swiftType(method.outputType)
            let name = methodName(method)
            let wire = "\(service.name)Methods.\(name).name"
            let streams = method.clientStreaming || method.serverStreaming
            let result = streams ? "StreamingCall<\(request), \(response)>" : response
            let options = "_ options: CallOptions = CallOptions()"
            out.line()
            out.comment(method, package: service.file.package)
            if method.clientStreaming {
                out.block("public func \(name)(\(options)) async throws -> \(result) {") { out in
                    out.line("try await channel.streaming(\(wire), options)")
                }
            } else {
                let call = method.serverStreaming ? "serverStreaming" : "unary"
                out.block("public func \(name)(_ request: \(request), \(options)) async throws -> \(result) {") { out in
                    let target = call == "unary" ? "\(service.name)Methods.\(name)" : wire
                    out.line("try await channel.\(call)(\(target), request, options)")
                }
            }
        }
    }
}
