import Environment
import EnvironmentLive
import Hosting
import Model
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

    private let common =
        #""id": "mt-home", "site": "home", "listen": "0.0.0.0:7100", "stateDirectory": "/s", "logLevel": "info""#

    @Test func `the address that others dial may differ from the one listened on`() throws {
        #expect(try load(common).service.advertise == nil)
        #expect(try load(common + #", "advertise": "mt-home:7100""#).service.advertise == "mt-home:7100")
    }

    @Test func `a bad address to be dialled at is refused at the start`() {
        #expect(throws: Failure.self) { try load(common + #", "advertise": "mt home""#) }
    }
}
