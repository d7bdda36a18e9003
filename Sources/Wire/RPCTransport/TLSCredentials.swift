public import Environment
internal import NIOSSL
internal import RPC
internal import Synchronization

/// Something to tell whoever runs the program about its certificates.
public struct TLSNotice: Hashable, Sendable {
    public let message: String
    /// False for what went as it should.
    public let isFailure: Bool
}

/// One identity for mutual TLS, with whom to trust: read from files, and read again while the program runs.
///
/// New handshakes use the newest files that hold together. Files that do not (a certificate whose key is not there yet,
/// a list that cannot be read) change nothing and are reported once. When a serial number joins the revoked ones, the
/// open connections of its bearer are closed.
public final class TLSCredentials: Sendable {
    /// What handshakes use; replaced as a whole.
    struct Snapshot: Sendable {
        let server: NIOSSLContext
        let client: NIOSSLContext
        let verifier: PeerVerifier
        let identity: PeerIdentity
        let expiry: Expiry
    }

    /// The file that ends first of those that handshakes rest on, in seconds since 1970.
    struct Expiry: Hashable, Sendable {
        let path: String
        let at: Int
    }

    private typealias Contents = [String: [UInt8]]

    private struct State {
        var snapshot: Snapshot?
        var contents: Contents = [:]
        var lastFailure = ""
        /// What was warned of last, and when.
        var warned: (of: Expiry, at: Int)?
        var isWatched = false
        var peers: [Int: (serials: [String], close: @Sendable (TLSError) -> Void)] = [:]
        var nextPeer = 0
    }

    /// Between two looks at the files, so also how long a revoked peer may still be heard.
    public static let interval = Duration.seconds(2)
    /// How long before its end a certificate is warned of, once a day: seconds.
    static let warning = 14 * day
    private static let day = 86_400
    /// A certificate has one or two KiB, a revoked serial number some twenty bytes.
    private static let maxFileBytes = 4 << 20

    public let files: TLSFiles
    private let environment: Environment
    private let interval: Duration
    private let lane: any Lane
    private let notice: @Sendable (TLSNotice) -> Void
    private let state = Mutex(State())

    public init(
        _ files: TLSFiles, _ environment: Environment, every interval: Duration = TLSCredentials.interval,
        notice: @escaping @Sendable (TLSNotice) -> Void = { _ in }
    ) {
        self.files = files
        self.environment = environment
        self.interval = interval
        self.notice = notice
        lane = environment.lanes.lane("tls files")
    }

    /// Reads the files, if they were not yet, and looks at them again every `interval` from then on.
    /// - Throws: `TLSError` when they cannot be used.
    public func load() async throws { _ = try await snapshot() }

    /// nil before `load`.
    var current: Snapshot? { state.withLock { $0.snapshot } }

    func snapshot() async throws -> Snapshot {
        if let current { return current }
        let contents = try await read()
        let snapshot = try await build(contents)
        let (taken, isFirst) = state.withLock { state in
            if let earlier = state.snapshot { return (earlier, false) }
            state.snapshot = snapshot
            state.contents = contents
            let isFirst = !state.isWatched
            state.isWatched = true
            return (snapshot, isFirst)
        }
        if isFirst {
            warnOfExpiry()
            watch()
        }
        return taken
    }

    // MARK: - Looking again

    private func watch() {
        let (clock, interval) = (environment.clock, interval)
        environment.tasks.spawn("tls files") { [weak self] in
            while self != nil {
                do { try await clock.sleep(for: interval) } catch { return }
                await self?.look()
            }
        }
    }

    private func look() async {
        defer { warnOfExpiry() }
        do {
            let contents = try await read()
            guard state.withLock({ $0.contents != contents }) else { return }
            let fresh = try await build(contents)
            replace(with: fresh, contents)
        } catch { fail((error as? TLSError)?.message ?? "\(error)") }
    }

    private func replace(with fresh: Snapshot, _ contents: Contents) {
        let cut = state.withLock { state in
            state.snapshot = fresh
            state.contents = contents
            state.lastFailure = ""
            return state.peers.filter { fresh.verifier.isRevoked($0.value.serials) }
        }
        notice(
            TLSNotice(
                message: "certificates read anew: \(fresh.identity), serial \(fresh.identity.serial), "
                    + "\(fresh.verifier.revoked.count) revoked", isFailure: false))
        for (_, peer) in cut.sorted(by: { $0.key < $1.key }) { peer.close(Self.revokedMeanwhile) }
    }

    private static let revokedMeanwhile = TLSError("the peer's certificate was revoked")

    private func fail(_ message: String) {
        let isNew = state.withLock { state in
            let isNew = state.lastFailure != message
            state.lastFailure = message
            return isNew
        }
        guard isNew else { return }
        notice(TLSNotice(message: "the files of before are kept: \(message)", isFailure: true))
    }

    /// Nobody is reached, and nobody let in, once it has come: on the day that a site fails is too late.
    private func warnOfExpiry() {
        let now = Int(environment.clock.wallNow().microseconds / 1_000_000)
        let due: Expiry? = state.withLock { state in
            guard let expiry = state.snapshot?.expiry, expiry.at - now <= Self.warning else { return nil }
            if let warned = state.warned, warned.of == expiry, now - warned.at < Self.day { return nil }
            state.warned = (expiry, now)
            return expiry
        }
        guard let due else { return }
        let left = due.at - now
        let time = left < Self.day ? "\(left / 3600) hours" : "\(left / Self.day) days"
        let when = left < 0 ? "expired at \(dateText(due.at))" : "expires at \(dateText(due.at)), in \(time)"
        notice(TLSNotice(message: "\(due.path) \(when): replace it; no restart is needed", isFailure: true))
    }

    // MARK: - Live peers

    /// Has the connection closed when its peer's certificate is revoked; at once if it is by now. Returns what ends
    /// that.
    func follow(
        _ peer: VerifiedPeer, close: @escaping @Sendable (TLSError) -> Void
    ) -> @Sendable () -> Void {
        let (number, isRevoked) = state.withLock { state in
            state.nextPeer += 1
            state.peers[state.nextPeer] = (peer.serials, close)
            return (state.nextPeer, state.snapshot?.verifier.isRevoked(peer.serials) ?? false)
        }
        if isRevoked { close(Self.revokedMeanwhile) }
        return { [weak self] in self?.state.withLock { $0.peers[number] = nil } }
    }

    // MARK: - Reading

    private func read() async throws -> Contents {
        let (files, all) = (environment.files, [files.certificate, files.key, files.authority] + [files.revoked ?? ""])
        return try await lane.run {
            var contents: Contents = [:]
            for path in all where !path.isEmpty {
                do throws(FileError) { contents[path] = try files.readAll(path) } catch {
                    throw TLSError("cannot read \(path): \(error)")
                }
                guard contents[path, default: []].count <= Self.maxFileBytes else {
                    throw TLSError("\(path) has more than \(Self.maxFileBytes) bytes")
                }
            }
            return contents
        }
    }

    private func build(_ contents: Contents) async throws -> Snapshot {
        let files = files
        return try await lane.run { try Snapshot(files, contents) }
    }
}

extension TLSCredentials.Snapshot {
    /// How long a peer may take to answer a farewell.
    private static let shutdownTimeout = Int64(1)

    fileprivate init(_ files: TLSFiles, _ contents: [String: [UInt8]]) throws(TLSError) {
        let chain = try certificates(files.certificate, contents)
        let authorities = try certificates(files.authority, contents)
        let key: NIOSSLPrivateKey
        do { key = try NIOSSLPrivateKey(bytes: contents[files.key] ?? [], format: .pem) } catch {
            throw TLSError("\(files.key) holds no private key that can be read: PEM, without a passphrase")
        }
        do throws(TLSError) {
            identity = try PeerVerifier.identity(of: chain[0])
            try PeerVerifier.checkTime(chain[0], "the certificate of \(identity)")
        } catch { throw TLSError("\(files.certificate): \(error.message)") }
        let revoked = try files.revoked.map { path throws(TLSError) in
            try Revocations.parse(contents[path] ?? [], path)
        }
        verifier = try PeerVerifier(authorities: authorities, revoked: revoked ?? [])
        // Of several authorities the last one counts: the others are on their way out.
        let ends = [
            (files.certificate, chain.map(\.notValidAfter).min()),
            (files.authority, authorities.map(\.notValidAfter).max()),
        ]
        expiry = ends.compactMap { path, end in end.map { TLSCredentials.Expiry(path: path, at: $0) } }
            .min { $0.at < $1.at } ?? TLSCredentials.Expiry(path: files.certificate, at: .max)
        var base = TLSConfiguration.makeServerConfigurationWithMTLS(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key),
            trustRoots: .certificates(authorities))
        base.minimumTLSVersion = .tlsv13
        base.maximumTLSVersion = .tlsv13
        base.applicationProtocols = ["h2"]
        base.shutdownTimeout = .seconds(Self.shutdownTimeout)
        var dialling = TLSConfiguration.makeClientConfiguration()
        dialling.minimumTLSVersion = .tlsv13
        dialling.maximumTLSVersion = .tlsv13
        dialling.applicationProtocols = base.applicationProtocols
        dialling.shutdownTimeout = base.shutdownTimeout
        dialling.certificateChain = base.certificateChain
        dialling.privateKey = base.privateKey
        dialling.trustRoots = base.trustRoots
        // Whom to expect is checked with everything else (`PeerVerifier`), by component and not by host.
        dialling.certificateVerification = .noHostnameVerification
        do {
            server = try NIOSSLContext(configuration: base)
            client = try NIOSSLContext(configuration: dialling)
        } catch {
            throw TLSError("the key in \(files.key) does not belong to the certificate in \(files.certificate)")
        }
    }
}

private func certificates(_ path: String, _ contents: [String: [UInt8]]) throws(TLSError) -> [NIOSSLCertificate] {
    let found = (try? NIOSSLCertificate.fromPEMBytes(contents[path] ?? [])) ?? []
    guard !found.isEmpty else { throw TLSError("\(path) holds no certificate in PEM") }
    return found
}

/// A file of serial numbers, one a line: hexadecimal, with or without colons, also as `openssl x509 -serial` prints
/// them (`serial=…`). `#` begins a remark.
enum Revocations {
    /// The longest serial number (RFC 5280 §4.1.2.2: 20 octets), and what some authorities make of it.
    private static let maxDigits = 64

    static func parse(_ bytes: [UInt8], _ path: String) throws(TLSError) -> Set<String> {
        var serials: Set<String> = []
        let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
        for (number, line) in lines.enumerated() {
            var text = line.prefix { $0 != "#" }.filter { !$0.isWhitespace && $0 != ":" }.lowercased()
            if text.hasPrefix("serial=") { text.removeFirst("serial=".count) }
            guard !text.isEmpty else { continue }
            guard text.count <= maxDigits, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                throw TLSError("\(path), line \(number + 1): not a serial number in hexadecimal")
            }
            let digits = text.drop { $0 == "0" }
            serials.insert(digits.isEmpty ? "0" : String(digits))
        }
        return serials
    }
}
