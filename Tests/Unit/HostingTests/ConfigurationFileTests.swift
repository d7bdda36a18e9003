import Environment
import EnvironmentLive
import Hosting
import Model
import RPC
import Testing

@Suite struct ConfigurationFileTests {
    struct Settings: ConfigurationFile {
        var service: ServiceSettings
    }

    @Test(arguments: [
        ("127.0.1.4:7100", "127.0.1.4", 7_100), ("[::1]:7100", "::1", 7_100), ("mt-home:7100", "mt-home", 7_100),
        ("vault.cloud.example:0", "vault.cloud.example", 0),
    ])
    func `an address is a number or a name with a port`(_ text: String, _ host: String, _ port: Int) throws {
        #expect(try parseAddress(text) == .ip(host, port: port))
    }

    @Test(arguments: [
        "", ":7100", "mt-home", "mt-home:", "mt-home:65536", "mt home:7100", "-mt:7100", "mt-:7100", "mt..home:7100",
        "mt_home:7100", "http://mt-home:7100", "mt-home/:7100", String(repeating: "a", count: 64) + ":7100",
    ])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: Failure.self) { try parseAddress(text) }
    }

    private func load(_ service: String) throws -> Settings {
        let path = "/tmp/homeward-configuration-\(UInt64.random(in: 0 ... .max)).json"
        let files = LiveFileSystem()
        try files.replace(path, with: Array("{\"service\": {\(service)}}".utf8))
        defer { try? files.remove(path) }
        return try loadConfiguration(Settings.self, path: path, files: files)
    }

    private static let place = #""id": "mt-home", "site": "home", "stateDirectory": "/s", "logLevel": "info""#
    private static let tls =
        #""tls": {"certificate": "/t/certificate.pem", "key": "/t/key.pem", "authority": "/t/authority.pem"}"#
    private let common = #"\#(place), "listen": "0.0.0.0:7100", \#(tls)"#

    @Test func `an address may say which component must be there`() throws {
        #expect(try parseAddress("mt-home@127.0.1.4:7100") == .component("mt-home", host: "127.0.1.4", port: 7_100))
        #expect(try parseAddress("mt-home@[::1]:7100") == .component("mt-home", host: "::1", port: 7_100))
        #expect("\(try parseAddress("mt-home@[::1]:7100"))" == "mt-home@[::1]:7100")
        for text in ["@127.0.1.4:7100", "mt home@127.0.1.4:7100", "a@b@127.0.1.4:7100", "mt-home@"] {
            #expect(throws: Failure.self) { try parseAddress(text) }
        }
    }

    @Test func `certificates are named, and the list of revoked ones may be missing`() throws {
        #expect(
            try load(common).service.tls
                == TLSFiles(certificate: "/t/certificate.pem", key: "/t/key.pem", authority: "/t/authority.pem"))
    }

    @Test(arguments: ["127.0.1.4:7100", "[::1]:7100", "localhost:0"])
    func `plaintext is asked for by name, on loopback`(_ listen: String) throws {
        #expect(try load(#"\#(Self.place), "listen": "\#(listen)", "plaintext": true"#).service.tls == nil)
    }

    @Test(arguments: [
        (#""listen": "127.0.1.4:7100""#, #"setting "service.tls" is missing"#),
        (#""listen": "127.0.1.4:7100", "plaintext": false"#, #"setting "service.tls" is missing"#),
        (#""listen": "0.0.0.0:7100", "plaintext": true"#, "listens on 0.0.0.0:7100, not a loopback address"),
        (#""listen": "mt-home:7100", "plaintext": true"#, "listens on mt-home:7100, not a loopback address"),
        (#""listen": "127.example:7100", "plaintext": true"#, "not a loopback address"),
        (#""listen": "127.0.1.4:7100", "plaintext": true, \#(tls)"#, "it has both"),
        (
            #""listen": "0.0.0.0:7100", "tls": {"certificate": "c.pem", "key": "/k", "authority": "/a"}"#,
            #""c.pem", not an absolute path"#
        ),
        (#""listen": "[::]:1", "tls": {"certificate": "/c", "authority": "/a"}"#, #""service.tls.key" is missing"#),
    ])
    func `what is neither is refused with one line`(_ settings: String, _ line: String) throws {
        do {
            _ = try load("\(Self.place), \(settings)")
            Issue.record("accepted")
        } catch let failure as Failure {
            #expect(failure.message.contains(line), "\(failure.message)")
            #expect(!failure.message.contains("\n"))
        }
    }

    @Test func `connections last as long as the settings say, and what they leave out is as without them`() throws {
        let given = #""connections": {"maxAgeSeconds": 3600, "maxAgeGraceSeconds": 60}"#
        var configuration = RPCConfiguration()
        let usual = configuration
        try load("\(common), \(given)").service.connections?.apply(to: &configuration)
        #expect(configuration.maxAge == .seconds(3_600) && configuration.maxAgeGrace == .seconds(60))
        #expect(configuration.maxIdle == usual.maxIdle)
        try load(#"\#(common), "connections": {"maxIdleSeconds": 5}"#).service.connections?.apply(to: &configuration)
        #expect(configuration.maxAge == .seconds(3_600) && configuration.maxIdle == .seconds(5))
        #expect(try load(common).service.connections == nil)
    }

    @Test(arguments: [
        (#"{"maxAgeSeconds": 0}"#, "maxAgeSeconds"), (#"{"maxIdleSeconds": -1}"#, "maxIdleSeconds"),
        (#"{"maxAgeSeconds": 31536001}"#, "maxAgeSeconds"), (#"{"maxAgeGraceSeconds": 5}"#, "maxAgeGraceSeconds"),
        (#"{"maxAge": 5}"#, #""service.connections.maxAge" is unknown"#),
    ])
    func `bad lives of connections are refused with the setting's name`(_ settings: String, _ name: String) throws {
        do {
            _ = try load(#"\#(common), "connections": \#(settings)"#)
            Issue.record("accepted")
        } catch let failure as Failure { #expect(failure.message.contains(name), "\(failure.message)") }
    }

    @Test func `who may call is named by certificates`() throws {
        let callers = #""callers": ["homeward://cloud/vault", "homeward://home/agents"]"#
        let names = try load("\(common), \(callers)").service.callers
        #expect(names == ["homeward://cloud/vault", "homeward://home/agents"])
        let plain = #"\#(Self.place), "listen": "127.0.1.4:7100", "plaintext": true"#
        for settings in [
            "\(plain), \(callers)", #"\#(common), "callers": []"#, #"\#(common), "callers": ["vault"]"#,
        ] {
            #expect(throws: Failure.self) { try load(settings) }
        }
    }

    @Test func `the address that others dial may differ from the one listened on`() throws {
        #expect(try load(common).service.advertise == nil)
        #expect(try load(common + #", "advertise": "mt-home:7100""#).service.advertise == "mt-home:7100")
    }

    @Test func `a bad address to be dialled at is refused at the start`() {
        #expect(throws: Failure.self) { try load(common + #", "advertise": "mt home""#) }
    }
}
