import API
import Environment
import Hosting
import Messages
import RPC
import Simulation
import Testing

/// Health and reflection as a client of a simulated server sees them.
struct StandardServiceTests {
    private func serve(_ environment: Environment, _ health: HealthStatus) async throws -> any Channel {
        let transport = StreamTransport(environment)
        let own = [HealthHandler(health).bound()]
        let server = try await transport.serve(
            .ip("0.0.0.0", port: 81), own + ReflectionHandler(own.map(\.name)).allBound())
        return transport.channel(to: server.address)
    }

    @Test func `a watch says each change, NOT_SERVING when the program ends, and then ends`() throws {
        let (seen, code, late) = try SimulatedWorld(seed: 61).perform { environment in
            let health = HealthStatus()
            health.set("a", .serving)
            let client = HealthClient(try await serve(environment, health))
            let watch = try await client.watch(.with { $0.service = "a" })
            var seen = [try await watch.next()?.status]
            health.set("b", .serving)
            health.set("a", .notServing)
            seen.append(try await watch.next()?.status)
            health.set("a", .serving)
            seen.append(try await watch.next()?.status)
            health.shutDown()
            seen.append(try await watch.next()?.status)
            var code = StatusCode.ok
            do { _ = try await watch.next() } catch let error as RPCError { code = error.code }
            health.set("a", .serving)
            let late = try await client.check(.with { $0.service = "a" }).status
            return (seen, code, late)
        }
        #expect(seen == [.serving, .notServing, .serving, .notServing])
        #expect(code == .unavailable && late == .notServing)
    }

    @Test func `a service that is not there is NOT_FOUND to a check and SERVICE_UNKNOWN to a watch`() throws {
        let (code, first, then) = try SimulatedWorld(seed: 62).perform { environment in
            let health = HealthStatus()
            let client = HealthClient(try await serve(environment, health))
            var code = StatusCode.ok
            do { _ = try await client.check(.with { $0.service = "x" }) } catch let error as RPCError {
                code = error.code
            }
            let watch = try await client.watch(.with { $0.service = "x" })
            let first = try await watch.next()?.status
            health.set("x", .serving)
            return (code, first, try await watch.next()?.status)
        }
        #expect(code == .notFound && first == .serviceUnknown && then == .serving)
    }

    @Test(arguments: ["v1", "v1alpha"]) func `reflection answers each kind of question`(_ version: String) throws {
        let answers = try SimulatedWorld(seed: 63).perform { environment in
            let channel = try await serve(environment, HealthStatus())
            let method = MethodName(
                service: "grpc.reflection.\(version).ServerReflection", method: "ServerReflectionInfo")
            let call: StreamingCall<ReflectionV1.ServerReflectionRequest, ReflectionV1.ServerReflectionResponse> =
                try await channel.streaming(method, CallOptions())
            typealias Question = ReflectionV1.ServerReflectionRequest.MessageRequest
            let questions: [Question?] = [
                .listServices("*"), .fileContainingSymbol("homeward.vault.v1.Items.GetItem"),
                .fileContainingSymbol("homeward.vault.v1.Items"), .fileByFilename("grpc/health/v1/health.proto"),
                .fileByFilename("none.proto"), .fileContainingSymbol("homeward.vault.v1.Item.none"),
                .allExtensionNumbersOfType("grpc.health.v1.HealthCheckRequest"),
                .fileContainingExtension(.with { $0.containingType = "google.protobuf.FieldOptions" }), nil,
            ]
            var answers: [ReflectionV1.ServerReflectionResponse.MessageResponse?] = []
            for question in questions {
                try await call.send(.with { $0.messageRequest = question })
                answers.append(try await call.next()?.messageResponse)
            }
            return answers
        }
        func files(_ index: Int) -> Int {
            guard case .fileDescriptorResponse(let files) = answers[index] else { return 0 }
            return files.fileDescriptorProto.count
        }
        func error(_ index: Int) -> Int32? {
            guard case .errorResponse(let error) = answers[index] else { return nil }
            return error.errorCode
        }
        guard case .listServicesResponse(let list) = answers[0] else { throw Missing() }
        #expect(
            list.service.map(\.name) == [
                "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
            ])
        // With its imports the first time, alone the second.
        #expect(files(1) > 1 && files(2) == 1 && files(3) == 1)
        #expect([error(4), error(5), error(7), error(8)] == [5, 5, 5, 3])
        guard case .allExtensionNumbersResponse(let numbers) = answers[6] else { throw Missing() }
        #expect(numbers.baseTypeName == "grpc.health.v1.HealthCheckRequest" && numbers.extensionNumber.isEmpty)
    }

    private struct Missing: Error {}
}
