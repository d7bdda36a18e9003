internal import NIOCore
internal import NIOSSL
internal import RPC
internal import Synchronization

/// One handshake's view of the peer: what the verification callback found out, for whoever opens the connection.
final class Handshake: Sendable {
    private let verifier: PeerVerifier
    private let side: PeerVerifier.Side
    private let name: String?
    private let outcome = Mutex<Result<VerifiedPeer, TLSError>?>(nil)

    /// - side: the peer's. - name: of whom it must be.
    init(_ verifier: PeerVerifier, peer side: PeerVerifier.Side, expecting name: String?) {
        self.verifier = verifier
        self.side = side
        self.name = name
    }

    /// nil before the peer's certificate was judged.
    var result: Result<VerifiedPeer, TLSError>? { outcome.withLock { $0 } }

    /// Judges what the peer presents. Off the event loop: signatures take a millisecond.
    func judge(_ chain: [NIOSSLCertificate], _ promise: EventLoopPromise<NIOSSLVerificationResult>) {
        Task.detached { [self] in
            judge(chain)
            guard case .success = result else { return promise.succeed(.failed) }
            promise.succeed(.certificateVerified)
        }
    }

    func judge(_ chain: [NIOSSLCertificate]) {
        do throws(TLSError) {
            let peer = try verifier.verify(chain, as: side, expecting: name)
            outcome.withLock { $0 = .success(peer) }
        } catch { outcome.withLock { $0 = .failure(error) } }
    }
}

extension Handshake {
    static func server(_ snapshot: TLSCredentials.Snapshot) -> (Handshake, NIOSSLHandler) {
        let handshake = Handshake(snapshot.verifier, peer: .client, expecting: nil)
        let handler = NIOSSLServerHandler(context: snapshot.server) { handshake.judge($0, $1) }
        return (handshake, handler)
    }

    static func client(
        _ snapshot: TLSCredentials.Snapshot, expecting name: String
    ) throws -> (Handshake, NIOSSLHandler) {
        let handshake = Handshake(snapshot.verifier, peer: .server, expecting: name)
        let handler = try NIOSSLClientHandler(context: snapshot.client, serverHostname: name) {
            handshake.judge($0, $1)
        }
        return (handshake, handler)
    }
}
