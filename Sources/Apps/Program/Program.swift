public import ArgumentParser
import Environment
import EnvironmentLive
public import Hosting
import Logging
import Model
import NIOPosix
import RPCTransport

/// The command line of a long-running program: `PROGRAM --config FILE`.
public protocol ServiceProgram: AsyncParsableCommand {
    associatedtype Program: Service
    var config: String { get }
}

extension ServiceProgram {
    /// Starts the service, waits for SIGTERM or SIGINT, stops it in order. Exits with 1 and one line when it cannot.
    public func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: eventLoops)
        let environment = liveEnvironment(
            network: NIONetwork(group: group),
            failpoints: try LiveFailpoints(environmentVariable: "HOMEWARD_FAILPOINTS"))
        do {
            let settings = try loadConfiguration(Program.Settings.self, path: config, files: environment.files)
            try environment.files.createDirectory(settings.service.stateDirectory)
            let level = Logger.Level(rawValue: settings.service.logLevel) ?? .info
            let log = Logger(label: settings.service.id) { label in
                var handler = JSONLogHandler(label: label, clock: environment.clock)
                handler.logLevel = level
                return handler
            }
            let context = ServiceContext(
                environment: environment, transport: SocketTransport(group: group, environment: environment),
                store: { .file(path: "\(settings.service.stateDirectory)/\($0).sqlite") }, log: log)
            let hosted = try await HostedService<Program>.start(settings, context)
            let signal = await terminationSignal()
            log.info("stopping", metadata: ["signal": "\(signal)"])
            await hosted.stop()
        } catch {
            throw ProgramFailure(description: "\(Self.configuration.commandName ?? "program"): \(error)")
        }
    }
}

/// Printed as one line; the exit code is 1.
struct ProgramFailure: Error, CustomStringConvertible {
    let description: String
}

/// One for the control path and one for data: these programs share machines with what they protect.
private let eventLoops = 2
