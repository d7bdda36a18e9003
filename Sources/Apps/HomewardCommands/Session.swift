public import API
public import ArgumentParser
import Contract
public import Environment
import EnvironmentLive
import FoundationEssentials
import Hosting
import Messages
import Model
import NIOPosix
import RPC
import RPCTransport

/// Where the vault is and how to print: the options of every command that talks to it.
public struct VaultOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Address of the vault; over TLS vault@host:port.", valueName: "host:port"))
    public var vault: String?

    @Option(help: ArgumentHelp("A lab's directory; its vault is used.", valueName: "dir"))
    public var lab: String?

    @OptionGroup var identity: IdentityOptions

    @Option(help: "How to print: table or json.")
    public var output: OutputForm = .table

    public init() {}

    /// --vault, else the lab's, else HOMEWARD_VAULT, else the lab in ./lab.
    func target(_ environment: Environment) throws -> (address: StreamAddress, security: ConnectionSecurity) {
        let files = environment.files
        let own = try identity.security(environment)
        if let vault { return (try parseAddress(vault), own ?? .plaintext) }
        if let lab { return try labVault(lab, environment, own) }
        if let named = environmentVariable("HOMEWARD_VAULT") { return (try parseAddress(named), own ?? .plaintext) }
        guard files.exists("\(currentDirectory())/lab/lab.json") else {
            throw Failure(
                .invalidArgument, "find the vault: give --vault host:port or --lab DIR, or set HOMEWARD_VAULT")
        }
        return try labVault("lab", environment, own)
    }

    private func labVault(
        _ directory: String, _ environment: Environment, _ own: ConnectionSecurity?
    ) throws -> (address: StreamAddress, security: ConnectionSecurity) {
        let path = absolute(directory)
        do {
            let lab = try JSONDecoder().decode(
                LabFile.self, from: Data(environment.files.readAll("\(path)/lab.json")))
            let labs = lab.identity.map { mutualTLS($0, environment) }
            return (try parseAddress(lab.vault), own ?? labs ?? .plaintext)
        } catch is FileError {
            throw Failure(
                .invalidArgument, "find the vault: there is no lab in \(directory); start one with `homeward lab up`")
        } catch is DecodingError {
            throw Failure(.invalidArgument, "find the vault: \(path)/lab.json is damaged; start the lab anew")
        }
    }
}

/// What `lab.json` in a lab's directory tells the command line.
public struct LabFile: Codable, Sendable {
    /// `host:port` of the vault.
    public var vault: String
    /// Directory of the operator's certificate; nil where the lab speaks plaintext.
    public var identity: String?

    public init(vault: String, identity: String? = nil) {
        self.vault = vault
        self.identity = identity
    }
}

/// Who calls, where components know each other by certificates.
public struct IdentityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Directory with certificate.pem, key.pem and authority.pem: call over mutual TLS.",
            discussion: "Without it HOMEWARD_IDENTITY, then the lab's own; without any, plaintext on loopback only.",
            valueName: "dir"))
    var identity: String?

    public init() {}

    /// nil when no identity is named.
    func security(_ environment: Environment) throws(Failure) -> ConnectionSecurity? {
        guard let directory = identity ?? environmentVariable("HOMEWARD_IDENTITY") else { return nil }
        let path = absolute(directory)
        guard environment.files.exists("\(path)/certificate.pem") else {
            throw Failure(.invalidArgument, "take the identity in \(directory): there is no certificate.pem")
        }
        return mutualTLS(path, environment)
    }
}

/// The certificate in a directory of its own.
func mutualTLS(_ directory: String, _ environment: Environment) -> ConnectionSecurity {
    let hasRevoked = environment.files.exists("\(directory)/revoked.txt")
    return .mutualTLS(TLSCredentials(TLSFiles(directory: directory, revoked: hasRevoked), environment))
}

func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(currentDirectory())/\(path)" }

public enum OutputForm: String, ExpressibleByArgument, CaseIterable, Sendable { case table, json }

/// Clients of one vault, for the length of a command.
public struct Session: Sendable {
    public let items: ItemsClient
    public let jobs: JobsClient
    public let infrastructure: InfrastructureClient
    public let authority: AuthorityClient
    public let audit: AuditClient
    public let backups: BackupsClient
    public let plans: PlansClient
    public let policies: PoliciesClient
    public let alerts: AlertsClient
    public let drills: DrillsClient
    public let environment: Environment

    /// Runs a command against the vault; what fails is printed as one line.
    public static func run(
        _ options: VaultOptions, _ body: (Session) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let environment = liveEnvironment(network: NIONetwork(group: group))
        do {
            let target = try options.target(environment)
            let channel = RPCClient(
                address: target.address, group: group, environment: environment, security: target.security)
            defer { channel.close() }
            try await body(
                Session(
                    items: ItemsClient(channel), jobs: JobsClient(channel),
                    infrastructure: InfrastructureClient(channel), authority: AuthorityClient(channel),
                    audit: AuditClient(channel), backups: BackupsClient(channel), plans: PlansClient(channel),
                    policies: PoliciesClient(channel), alerts: AlertsClient(channel), drills: DrillsClient(channel),
                    environment: environment))
        } catch let exit as ExitCode { throw exit } catch { throw CommandFailure(error, options.output) }
    }

    /// Everything there is, page by page.
    func pages<T>(_ look: (_ token: String) async throws -> (page: [T], next: String)) async throws -> [T] {
        var all: [T] = []
        var token = ""
        repeat {
            let (page, next) = try await look(token)
            all += page
            token = next
        } while !token.isEmpty
        return all
    }

    /// An id that makes the same request again the same job.
    public func requestID() -> String { "cli-" + hexadecimal(environment.random.bytes(12)) }
}

/// One line on standard error; several failing gates stand below it as a table. As JSON, an object.
struct CommandFailure: Error, CustomStringConvertible {
    let failure: Failure
    let form: OutputForm

    init(_ error: any Error, _ form: OutputForm = .table) {
        self.form = form
        switch error {
        case let failure as Failure: self.failure = failure
        case let error as RPCError:
            // The vault says itself what was attempted.
            var told = Failure(error, attempting: "ask the vault")
            if !error.details.isEmpty { told.message = error.message }
            failure = told
        default: failure = Failure(.internalError, "\(error)")
        }
    }

    var description: String {
        let gates = failure.gates.filter(\.blocks).map(\.message)
        if form == .json { return json(gates) }
        // What follows from another one is told by --precheck.
        let causes = gates.filter(\.causedBy.isEmpty)
        switch causes.count {
        case 0: return failure.message
        case 1: return failure.message + ": " + oneLine(causes[0])
        default: return failure.message + "\n" + gateTable(causes)
        }
    }

    private func oneLine(_ gate: CommonV1.Gate) -> String {
        [gate.code, gate.evidence.isEmpty ? gate.meaning : gate.evidence, gate.remedy]
            .filter { !$0.isEmpty }.joined(separator: ": ")
    }

    private func json(_ gates: [CommonV1.Gate]) -> String {
        Printed.record([
            ("error", .text(failure.code.rawValue)), ("message", .text(failure.message)),
            ("gates", .list(gates.map { .record(printed($0)) })),
        ]).json
    }
}
