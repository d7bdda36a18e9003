public import API
public import Messages
public import RPC

/// `grpc.reflection.v1.ServerReflection`, and `v1alpha`, which is the same by an older name: clients such as grpcurl
/// learn from it what a server offers, without our .proto files.
public struct ReflectionHandler: ServerReflectionService {
    private typealias Answer = ReflectionV1.ServerReflectionResponse.MessageResponse

    static let alphaName = "grpc.reflection.v1alpha.ServerReflection"

    private let services: [String]
    private let index: DescriptorIndex

    /// `services`: full names of all that the server offers besides reflection.
    public init(_ services: [String]) { self.init(services, .own) }

    init(_ services: [String], _ index: DescriptorIndex) {
        self.services = (services + [ServerReflectionMethods.service, Self.alphaName]).sorted()
        self.index = index
    }

    /// Both versions. Their messages differ in nothing but the package, which is not on the wire.
    public func allBound() -> [BoundService] {
        let current = bound()
        let alpha = current.methods.map {
            BoundMethod(MethodName(service: Self.alphaName, method: $0.name.method), $0.run)
        }
        return [current, BoundService(name: Self.alphaName, methods: alpha)]
    }

    public func serverReflectionInfo(
        _ requests: RequestStream<ReflectionV1.ServerReflectionRequest>,
        _ responses: MessageWriter<ReflectionV1.ServerReflectionResponse>, _ context: CallContext
    ) async throws {
        // "Previously sent FileDescriptorProtos" of a stream need not be sent again (reflection.proto).
        var sent: Set<String> = []
        while let request = try await requests.next() {
            let answer = answer(request, &sent)
            try await responses.send(
                .with {
                    $0.validHost = request.host
                    $0.originalRequest = request
                    $0.messageResponse = answer
                })
        }
    }

    private func answer(_ request: ReflectionV1.ServerReflectionRequest, _ sent: inout Set<String>) -> Answer {
        switch request.messageRequest {
        case .fileByFilename(let name): return files(name, "file \(name)", &sent)
        case .fileContainingSymbol(let symbol):
            guard let name = index.file(containing: symbol) else { return missing("symbol \(symbol)") }
            return files(name, symbol, &sent)
        // proto3 has no extensions but those of options, of which we define none.
        case .fileContainingExtension(let wanted):
            return missing("extension \(wanted.extensionNumber) of \(wanted.containingType)")
        case .allExtensionNumbersOfType(let type):
            guard index.isMessage(type) else { return missing("type \(type)") }
            return .allExtensionNumbersResponse(.with { $0.baseTypeName = type })
        case .listServices:
            return .listServicesResponse(
                .with { $0.service = services.map { name in .with { $0.name = name } } })
        case nil:
            return error(.invalidArgument, "a reflection request that asks nothing")
        }
    }

    /// The file itself is sent always, what it imports once on a stream.
    private func files(_ name: String, _ wanted: String, _ sent: inout Set<String>) -> Answer {
        guard let closure = index.closure(name) else { return missing(wanted) }
        let fresh = closure.filter { sent.insert($0.name).inserted || $0.name == name }
        return .fileDescriptorResponse(.with { $0.fileDescriptorProto = fresh.reversed().map(\.bytes) })
    }

    private func missing(_ what: String) -> Answer { error(.notFound, "no such thing here: \(what)") }

    private func error(_ code: StatusCode, _ message: String) -> Answer {
        .errorResponse(
            .with {
                $0.errorCode = Int32(code.rawValue)
                $0.errorMessage = message
            })
    }
}
