public import Environment

/// What a server offers: exports by name, and the names it tells to clients that ask.
struct ExportCatalogue: Sendable {
    let export: @Sendable (String) async -> (any BlockExport)?
    let names: @Sendable () async -> [String]
    /// URIs of the certificates that are let in, under TLS only; nil: no TLS.
    let clients: Set<String>?
}

/// An NBD server: fixed newstyle negotiation, simple or structured replies, several exports by name.
///
/// It tells data and holes (BLOCK_STATUS in the context base:allocation). It does not speak extended headers, and says
/// so to a client that asks. Without TLS give it a unix socket, or an address that only its own machine can reach.
public actor NBDServer {
    private let listener: any StreamListener
    private let catalogue: ExportCatalogue
    private let environment: Environment
    private var sessions: [Int: Connection] = [:]
    private var nextSession = 0
    private var accepting: SpawnedTask?
    private var closing = false

    private struct Connection {
        let session: ServerSession
        let task: SpawnedTask
    }

    /// Serves connections of `listener` until `close()`.
    /// - Parameter exports: the export of a name, looked up at every negotiation; nil refuses the client.
    /// - Parameter list: the names told to a client that asks, at most 1,024.
    /// - Parameter clients: URIs in certificates; only their bearers are let in, and nothing goes on before TLS (the
    ///   protocol document's FORCEDTLS). The listener's streams must be `UpgradableStream`s. nil: all is in the clear.
    public static func serve(
        listener: any StreamListener,
        exports: @escaping @Sendable (String) async -> (any BlockExport)?,
        list: @escaping @Sendable () async -> [String],
        clients: Set<String>? = nil,
        environment: Environment
    ) async -> NBDServer {
        let catalogue = ExportCatalogue(export: exports, names: list, clients: clients)
        let server = NBDServer(listener, catalogue, environment)
        await server.start()
        return server
    }

    private init(_ listener: any StreamListener, _ catalogue: ExportCatalogue, _ environment: Environment) {
        self.listener = listener
        self.catalogue = catalogue
        self.environment = environment
    }

    public nonisolated var address: StreamAddress { listener.address }

    /// Connections open now.
    public var connectionCount: Int { sessions.count }

    /// Stops accepting, answers what is in flight, refuses later requests with ESHUTDOWN, closes every
    /// connection and returns when all have ended. Idempotent.
    public func close() async {
        closing = true
        listener.close()
        await accepting?.finished()
        for connection in sessions.sorted(by: { $0.key < $1.key }) { await connection.value.session.shutDown() }
        for connection in sessions.sorted(by: { $0.key < $1.key }) { await connection.value.task.finished() }
    }

    private func start() {
        accepting = environment.tasks.spawn("nbd.accept") { await self.acceptAll() }
    }

    /// Failures of `accept` in a row (no descriptors, an aborted handshake) before the server gives up; with the
    /// pause between them, ten seconds.
    private static let acceptFailures = 100
    private static let acceptPause = Duration.milliseconds(100)

    private func acceptAll() async {
        var failures = 0
        while !closing, failures < Self.acceptFailures {
            do {
                guard let stream = try await listener.accept() else { return }
                failures = 0
                begin(stream)
            } catch {
                failures += 1
                try? await environment.clock.sleep(for: Self.acceptPause)
            }
        }
    }

    private func begin(_ stream: any ByteStream) {
        guard !closing, sessions.count < NBDLimits.connections else {
            stream.close()
            return
        }
        let id = nextSession
        nextSession += 1
        let session = ServerSession(stream, catalogue, environment)
        let task = (stream.tasks ?? environment.tasks).spawn("nbd.connection") {
            await session.run()
            await self.ended(id)
        }
        sessions[id] = Connection(session: session, task: task)
    }

    private func ended(_ id: Int) { sessions[id] = nil }
}
