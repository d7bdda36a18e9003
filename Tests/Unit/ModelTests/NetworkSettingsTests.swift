import Model
import Testing

@Suite struct NetworkSettingsTests {
    @Test func `an address with its prefix, a gateway and name servers are a network`() throws {
        let network = try NetworkSettings(
            address: "192.0.2.10/24", gateway: "192.0.2.1", nameServers: ["192.0.2.53", "198.51.100.53"])
        #expect(network.isStatic)
        #expect(network.description == "192.0.2.10/24 by 192.0.2.1, names from 192.0.2.53, 198.51.100.53")
        #expect(try NetworkSettings(address: "10.0.0.1/32").description == "10.0.0.1/32")
        #expect(try NetworkSettings(address: "128.0.0.1/1", gateway: "255.0.0.1").isStatic)
        #expect(try NetworkSettings(address: "") == .dynamic)
        #expect(!NetworkSettings.dynamic.isStatic && NetworkSettings.dynamic.description == "what its network gives it")
    }

    @Test(arguments: [
        ("192.0.2.10", "", []), ("192.0.2.10/0", "", []), ("192.0.2.10/33", "", []), ("192.0.2/24", "", []),
        ("192.0.2.256/24", "", []), ("192.0.2.010/24", "", []), ("192.0.2.+1/24", "", []), ("fe80::1/64", "", []),
        ("192.0.2.10/24/1", "", []), ("192.0.2.10/24", "192.0.3.1", []), ("192.0.2.10/24", "192.0.2.10", []),
        ("192.0.2.10/24", "gate", []), ("192.0.2.10/24", "", ["ns"]),
        ("192.0.2.10/24", "", ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"]), ("", "192.0.2.1", []),
        ("", "", ["192.0.2.1"]),
    ])
    func `what no interface can be given is refused`(_ address: String, _ gateway: String, _ servers: [String]) {
        let failure = #expect(throws: Failure.self) {
            try NetworkSettings(address: address, gateway: gateway, nameServers: servers)
        }
        #expect(failure?.code == .invalidArgument)
    }
}
