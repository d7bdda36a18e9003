public import Environment

/// The transport of simulation: the whole protocol over the byte streams of the environment's network.
public struct StreamTransport: Transport {
    private let environment: Environment

    public init(_ environment: Environment) { self.environment = environment }

    public func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        let listener = try await environment.network.listen(address)
        return StreamServer(listener: listener, router: Router(services), environment: environment)
    }

    public func channel(to address: StreamAddress) -> any Channel {
        StreamChannel(environment: environment, address: address)
    }
}

extension StreamServer: TransportServer {}
