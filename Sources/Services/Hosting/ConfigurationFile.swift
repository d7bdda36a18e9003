public import Environment
import FoundationEssentials
public import Model
import RPC

/// A program's configuration file: JSON, one object, read once at start.
///
/// Unknown keys are refused, so that a misspelt setting is an error and not a default.
public protocol ConfigurationFile: Codable, Sendable {
    /// Settings every program has.
    var service: ServiceSettings { get }
    /// Says what is wrong with the values, beyond their types.
    func validate() throws(Failure)
}

extension ConfigurationFile {
    public func validate() throws(Failure) {}
}

/// What every program is told.
public struct ServiceSettings: Codable, Hashable, Sendable {
    /// This component's id, unique in both sites.
    public var id: String
    /// `home` or `cloud`.
    public var site: String
    /// `host:port` to serve RPC on.
    public var listen: String
    /// `host:port` that others dial, where it is not `listen`: in a container, which listens on all its networks and
    /// is known by its name. Components register with it.
    public var advertise: String?
    /// Directory of this component's own durable state.
    public var stateDirectory: String
    /// `trace`, `debug`, `info`, `warning` or `error`.
    public var logLevel: String
    /// This component's certificate and whom it trusts: it serves and dials over mutual TLS.
    public var tls: TLSFiles?
    /// True in place of `tls`: neither encrypted nor authenticated, on loopback addresses only.
    public var plaintext: Bool?
    /// URIs of the certificates whose bearers may call it, such as `homeward://cloud/vault`; with TLS, and only then.
    /// Left out: everybody whom the authority signed. Health answers these in any case.
    public var callers: [String]?
    /// How long connections may last; without it, until they are idle for ten minutes.
    public var connections: ConnectionSettings?

    public init(
        id: String, site: String, listen: String, advertise: String? = nil, stateDirectory: String,
        logLevel: String = "info", tls: TLSFiles? = nil, plaintext: Bool? = nil, callers: [String]? = nil,
        connections: ConnectionSettings? = nil
    ) {
        self.id = id
        self.site = site
        self.listen = listen
        self.advertise = advertise
        self.stateDirectory = stateDirectory
        self.logLevel = logLevel
        self.tls = tls
        self.plaintext = plaintext
        self.callers = callers
        self.connections = connections
    }

    /// TLS is given, or plaintext is asked for by name where nobody else can listen in.
    public func checkSecurity() throws(Failure) {
        func refuse(_ what: String) -> Failure {
            Failure(.invalidArgument, "read the configuration of \(id): \(what)")
        }
        if let callers {
            guard tls != nil else { throw refuse("\"service.callers\" are known by certificates; give it \"tls\"") }
            guard !callers.isEmpty else { throw refuse("\"service.callers\" names nobody who may call") }
            if let name = callers.first(where: { !$0.hasPrefix(PeerIdentity.scheme) }) {
                throw refuse("\"service.callers\" has \"\(name)\", not a \(PeerIdentity.scheme)<site>/<component>")
            }
        }
        if let tls {
            guard plaintext != true else { throw refuse("it has both \"service.tls\" and \"plaintext\": true") }
            let paths = [tls.certificate, tls.key, tls.authority] + (tls.revoked.map { [$0] } ?? [])
            guard let path = paths.first(where: { !$0.hasPrefix("/") }) else { return }
            throw refuse("setting \"service.tls\" has \"\(path)\", not an absolute path")
        }
        guard plaintext == true else {
            throw refuse(
                "setting \"service.tls\" is missing: name its certificate, key and authority, or ask for "
                    + "\"plaintext\": true on a loopback address")
        }
        guard try parseAddress(listen).isLoopback else {
            throw refuse(
                "it asks for plaintext and listens on \(listen), not a loopback address; give it \"service.tls\"")
        }
    }

    public func siteValue() throws(Failure) -> Site {
        guard let value = Site(rawValue: site) else {
            throw Failure(
                .invalidArgument, "read the configuration of \(id): site \"\(site)\" is neither home nor cloud")
        }
        return value
    }
}

/// Reads and checks a configuration file. Every failure names the file and the setting.
public func loadConfiguration<C: ConfigurationFile>(
    _ type: C.Type, path: String, files: any FileSystem
) throws(Failure) -> C {
    let configuration: C
    do {
        let bytes = try files.readAll(path)
        configuration = try JSONDecoder().decode(type, from: Data(bytes))
        try refuseUnknownKeys(of: configuration, in: bytes)
    } catch let error as DecodingError {
        throw Failure(.invalidArgument, "read the configuration \(path): \(explain(error))")
    } catch let error as FileError {
        throw Failure(.invalidArgument, "read the configuration: \(error); give the file's path with --config")
    } catch let error as Failure {
        throw Failure(error.code, "read the configuration \(path): \(error.message)")
    } catch {
        throw Failure(.invalidArgument, "read the configuration \(path): not a JSON object")
    }
    _ = try configuration.service.siteValue()
    _ = try parseAddress(configuration.service.listen)
    try configuration.service.checkSecurity()
    if let advertise = configuration.service.advertise { _ = try parseAddress(advertise) }
    try configuration.service.connections?.validate()
    try configuration.validate()
    return configuration
}

/// `host:port` or `[v6]:port`; the host is a numeric address or a name (RFC 1123, section 2.1). `name@` before it is
/// the id of the component that must be there, which mutual TLS proves; a host's name alone is that of its component.
public func parseAddress(_ text: String) throws(Failure) -> StreamAddress {
    guard let at = text.firstIndex(of: "@") else { return try parsePlace(text, in: text) }
    let name = String(text[..<at])
    guard isHostName(name) else {
        throw Failure(.invalidArgument, "read the address \"\(text)\": write component@host:port")
    }
    return try parsePlace(String(text[text.index(after: at)...]), in: text).named(name)
}

private func parsePlace(_ text: String, in whole: String) throws(Failure) -> StreamAddress {
    let refusal = Failure(.invalidArgument, "read the address \"\(whole)\": write host:port")
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
        (0...65_535).contains(port)
    else { throw refusal }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    // An IPv4 address is spelt like a name.
    let isVersion6 = host.contains(":") && host.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
    guard isVersion6 || isHostName(host) else { throw refusal }
    return .ip(host, port: port)
}

extension StreamAddress {
    /// Whether only this computer can reach it; a name does not tell, but for `localhost`.
    var isLoopback: Bool {
        switch location {
        case .ip(let host, _): host == "localhost" || host == "::1" || isLoopback4(host)
        case .unix, .component: true
        }
    }
}

/// 127.0.0.0/8 (RFC 1122 §3.2.1.3), as a number: `127.example` is a name.
private func isLoopback4(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
}

/// Labels of letters, digits and inner hyphens; at most 63 characters each and 253 in all.
private func isHostName(_ text: String) -> Bool {
    guard text.utf8.count <= 253 else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
}

private func explain(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    return switch error {
    case .keyNotFound(let key, let context):
        "setting \"\(place(context.codingPath + [key]))\" is missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
        "setting \"\(place(context.codingPath))\" must be a \(type)"
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
        "not valid JSON"
    case .dataCorrupted(let context):
        "setting \"\(place(context.codingPath))\" has a bad value"
    @unknown default:
        "not the expected settings"
    }
}

/// Encodes the settings that were understood and compares the keys, at every level.
private func refuseUnknownKeys<C: ConfigurationFile>(of configuration: C, in bytes: [UInt8]) throws {
    let decoder = JSONDecoder()
    let given = try decoder.decode(KeyTree.self, from: Data(bytes))
    let known = try decoder.decode(KeyTree.self, from: JSONEncoder().encode(configuration))
    if let stranger = given.firstKey(missingIn: known) {
        throw Failure(.invalidArgument, "setting \"\(stranger)\" is unknown")
    }
}

/// The keys of a JSON value, without the values.
private indirect enum KeyTree: Decodable {
    case leaf
    case object([String: KeyTree])

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.singleValueContainer().decode([String: KeyTree].self) {
            self = .object(object)
        } else {
            self = .leaf
        }
    }

    func firstKey(missingIn other: KeyTree) -> String? {
        guard case .object(let mine) = self else { return nil }
        guard case .object(let theirs) = other else { return nil }
        for key in mine.keys.sorted() {
            guard let match = theirs[key] else { return key }
            if let inner = mine[key]?.firstKey(missingIn: match) { return "\(key).\(inner)" }
        }
        return nil
    }
}
