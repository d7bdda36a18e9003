public import ArgumentParser
import Environment
public import EnvironmentLive
import Glibc
public import Hosting
import Logging
import Model
import NIOPosix
import RPC
import RPCTransport

/// The command line of a long-running program: `PROGRAM --config FILE`.
public protocol ServiceProgram: AsyncParsableCommand {
    associatedtype Program: Service
    var config: String { get }
    /// Where its tasks run, those of its services and calls aside; nil: on the default pool.
    static var executor: BackgroundExecutor? { get }
    /// What is done before the program starts, with its settings.
    /// - Returns: false when that was all that was asked for.
    func prepare(_ settings: Program.Settings, _ context: ServiceContext) async throws -> Bool
}

extension ServiceProgram {
    public static var executor: BackgroundExecutor? { nil }

    public func prepare(_ settings: Program.Settings, _ context: ServiceContext) async throws -> Bool { true }

    /// Starts the service, waits for SIGTERM or SIGINT, stops it in order. Exits with 1 and one line when it cannot.
    public func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: eventLoops)
        // Guests have loops of their own: no write of theirs waits while a loop encrypts what replicates them.
        let streams = MultiThreadedEventLoopGroup(numberOfThreads: eventLoops)
        for loop in streams.makeIterator() { loop.execute { ThreadPriority.first.apply() } }
        let failpoints = try LiveFailpoints(environmentVariable: "HOMEWARD_FAILPOINTS")
        let executor = Self.executor
        var environment = liveEnvironment(
            network: NIONetwork(group: streams), failpoints: failpoints, executor: executor)
        do {
            let settings = try loadConfiguration(Program.Settings.self, path: config, files: environment.files)
            try environment.files.createDirectory(settings.service.stateDirectory)
            let level = Logger.Level(rawValue: settings.service.logLevel) ?? .info
            let log = Logger(label: settings.service.id) { [clock = environment.clock] label in
                var handler = JSONLogHandler(label: label, clock: clock)
                handler.logLevel = level
                return handler
            }
            let security = try await security(settings, environment, log)
            if case .mutualTLS(let credentials) = security {
                environment = liveEnvironment(
                    network: NIONetwork(group: streams, credentials: credentials), failpoints: failpoints,
                    executor: executor)
            }
            var connections = RPCConfiguration()
            settings.service.connections?.apply(to: &connections)
            connections.fit(descriptors: DescriptorLimit.current.soft, log)
            let transport = StoppableTransport(
                sockets: SocketTransport(
                    group: group, environment: environment, security: security, observer: observer(log),
                    configuration: connections))
            let context = ServiceContext(
                environment: environment, transport: transport,
                store: { .file(path: "\(settings.service.stateDirectory)/\($0).sqlite") }, log: log,
                deposed: { failure in
                    // Nothing of it counts any more, and what it would answer may be old.
                    log.critical("this process was succeeded by another one and ends", metadata: ["why": "\(failure)"])
                    Glibc.exit(1)
                })
            guard try await prepare(settings, context) else { return }
            let hosted = try await HostedService<Program>.start(settings, context)
            let signal = await terminationSignal()
            log.info("stopping", metadata: ["signal": "\(signal)"])
            await hosted.stop()
        } catch {
            throw ProgramFailure(description: "\(Self.configuration.commandName ?? "program"): \(error)")
        }
    }
}

/// Whoever is answered can stop this process in good order: from before it serves on, SIGTERM is kept for it.
private struct StoppableTransport: Transport {
    let sockets: SocketTransport

    func serve(_ address: StreamAddress, _ services: [BoundService]) async throws -> any TransportServer {
        expectTermination()
        return try await sockets.serve(address, services)
    }

    func channel(to address: StreamAddress) -> any RPC.Channel { sockets.channel(to: address) }
}

/// Reads the certificates, if there are any, and says what happens to them from then on.
private func security(
    _ settings: some ConfigurationFile, _ environment: Environment, _ log: Logger
) async throws -> ConnectionSecurity {
    guard let files = settings.service.tls else { return .plaintext }
    let credentials = TLSCredentials(files, environment) { notice in
        log.log(level: notice.isFailure ? .warning : .notice, "\(notice.message)", metadata: ["part": "tls"])
    }
    try await credentials.load()
    return .mutualTLS(credentials)
}

private func observer(_ log: Logger) -> RPCObserver {
    var observer = RPCObserver()
    observer.connectionFailed = { peer, reason in
        log.warning("connection ended", metadata: ["peer": "\(peer)", "reason": "\(reason)"])
    }
    observer.handlerFailed = { method, error in
        log.error("a call failed inside", metadata: ["method": "\(method)", "error": "\(error)"])
    }
    return observer
}

/// Printed as one line; the exit code is 1.
struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
}

/// One for the control path and one for data: these programs share machines with what they protect.
private let eventLoops = 2
