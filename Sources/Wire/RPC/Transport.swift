public import Environment

/// How services are reached: sockets in a live process (`RPCTransport`), byte streams of a simulated network in
/// simulation (`StreamTransport`). Services are given one and never see a socket.
public protocol Transport: Sendable {
    /// Serves until drained. Throws `NetworkError` when the address cannot be bound.
    func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer
    /// A channel that connects when first used and again after each loss.
    func channel(to address: StreamAddress) -> any Channel
}

/// A bound address with its services.
public protocol TransportServer: Sendable {
    /// With the port the system chose.
    var address: StreamAddress { get }
    /// Its open connections.
    var registry: ConnectionRegistry { get }
    /// No new calls; running ones may finish within `grace`, then they are cancelled and the address is free.
    func drain(grace: Duration) async
}
