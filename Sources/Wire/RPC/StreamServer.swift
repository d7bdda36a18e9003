public import Environment

/// Serves gRPC over the byte streams of a listener: the transport of simulation, where the whole protocol runs
/// over simulated links.
public final class StreamServer: Sendable {
    private let listener: any StreamListener
    private let router: Router
    private let runtime: RPCRuntime
    private let configuration: RPCConfiguration
    private let observer: RPCObserver
    public let registry: ConnectionRegistry
    private let budget: BufferBudget

    public var address: StreamAddress { listener.address }

    /// Accepts connections from now on.
    public init(
        listener: any StreamListener, router: Router, runtime: RPCRuntime,
        configuration: RPCConfiguration = RPCConfiguration(), observer: RPCObserver = RPCObserver()
    ) {
        self.listener = listener
        self.router = router
        self.runtime = runtime
        self.configuration = configuration
        self.observer = observer
        registry = ConnectionRegistry(maxConnections: configuration.maxConnections, clock: runtime.clock)
        budget = BufferBudget(configuration.maxServerBufferedBytes)
        runtime.tasks.spawn("rpc accept") { [self] in await accept() }
    }

    public convenience init(listener: any StreamListener, router: Router, environment: Environment) {
        self.init(listener: listener, router: router, runtime: RPCRuntime(environment))
    }

    private func accept() async {
        while true {
            do throws(NetworkError) {
                guard let stream = try await listener.accept() else { return }
                serve(stream)
            } catch {
                observer.connectionFailed("\(listener.address)", "accept: \(error)")
                return
            }
        }
    }

    private func serve(_ stream: any ByteStream) {
        let wakeup = Wakeup()
        let peer = "\(stream.peer)"
        do throws(RPCError) {
            let connection = try ServerConnection(
                router: router, runtime: runtime, configuration: configuration, observer: observer, peer: peer,
                budget: budget, wake: { wakeup.notify() })
            guard let number = registry.add(connection) else {
                connection.transportClosed("refused")
                return stream.close()
            }
            StreamDriver.start(connection, stream, wakeup, runtime) { [registry] in registry.remove(number) }
        } catch {
            observer.connectionFailed(peer, error.message)
            stream.close()
        }
    }

    /// Stops accepting, lets calls end within `grace`, closes every connection.
    public func drain(grace: Duration) async {
        listener.close()
        await registry.drain(grace: grace, runtime)
    }
}
