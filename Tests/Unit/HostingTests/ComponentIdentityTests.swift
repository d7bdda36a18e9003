import Hosting
import Messages
import Model
import RPC
import Testing

@Suite struct ComponentIdentityTests {
    private func check(_ id: String, at address: String, by names: [String]?) throws {
        let identity = names.map { PeerIdentity(uris: $0, dnsNames: [], serial: "1") }
        let caller = CallContext(
            method: MethodName(service: "s", method: "m"), metadata: Metadata(), deadline: nil, peer: "p",
            identity: identity)
        let endpoint = CommonV1.Endpoint.with {
            $0.id = id
            $0.address = address
        }
        try checkIdentity(of: caller, as: endpoint, "register")
    }

    @Test func `a component may say only who its certificate says it is`() throws {
        try check("ps-home", at: "ps-home@127.0.1.3:7100", by: ["homeward://home/ps-home"])
        try check("ps-home", at: "10.0.0.3:7100", by: ["homeward://home/ps-home"])
        do {
            try check("mt-home", at: "mt-home@127.0.1.3:7100", by: ["homeward://home/ps-home"])
            Issue.record("accepted")
        } catch let failure as Failure {
            #expect(failure.code == .permissionDenied)
            #expect(
                failure.message == "register mt-home: the caller's certificate is that of homeward://home/ps-home")
        }
    }

    @Test func `a component may not send its callers to another one`() {
        #expect(throws: Failure.self) {
            try check("ps-home", at: "mt-home@127.0.1.4:7100", by: ["homeward://home/ps-home"])
        }
    }

    @Test func `without TLS there is nothing to compare`() throws {
        try check("ps-home", at: "127.0.1.3:7100", by: nil)
    }

    @Test func `a URI of ours says site and component, others say nothing`() {
        func component(_ uri: String) -> String? {
            PeerIdentity(uris: [uri], dnsNames: [], serial: "1").component.map { "\($0.site) \($0.id)" }
        }
        #expect(component("homeward://cloud/vault") == "cloud vault")
        for uri in ["homeward://cloud", "homeward://cloud/", "homeward:///vault", "homeward://a/b/c", "spiffe://a/b"] {
            #expect(component(uri) == nil)
        }
        let peer = PeerIdentity(uris: [], dnsNames: ["MT-Home"], serial: "1")
        #expect(peer.isNamed("mt-home") && !peer.isNamed("mt-cloud"))
    }
}
