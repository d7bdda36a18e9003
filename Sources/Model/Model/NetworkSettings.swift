/// How the first network interface of a guest is configured: IPv4, static or by what its network gives it.
public struct NetworkSettings: Codable, Hashable, Sendable, CustomStringConvertible {
    /// `192.0.2.10/24`; empty where the guest takes what its network gives it.
    public let address: String
    /// Empty for none.
    public let gateway: String
    /// In order.
    public let nameServers: [String]

    /// What its network gives it.
    public static let dynamic = NetworkSettings()

    /// As many as a resolver looks at (resolv.conf(5): MAXNS).
    public static let mostNameServers = 3

    private init() { (address, gateway, nameServers) = ("", "", []) }

    /// Refuses what no interface can be given. An empty address is `dynamic`, and has nothing else.
    public init(address: String, gateway: String = "", nameServers: [String] = []) throws(Failure) {
        func refusal(_ why: String) -> Failure {
            Failure(.invalidArgument, "read the network \"\(address)\": \(why)")
        }
        (self.address, self.gateway, self.nameServers) = (address, gateway, nameServers)
        guard !address.isEmpty else {
            guard gateway.isEmpty, nameServers.isEmpty else {
                throw refusal("a gateway and name servers come with an address, such as 192.0.2.10/24")
            }
            return
        }
        let parts = address.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let own = bits(parts[0]), let prefix = decimal(parts[1], to: 32), prefix > 0 else {
            throw refusal("write an IPv4 address and the length of its prefix, such as 192.0.2.10/24")
        }
        if !gateway.isEmpty {
            guard let other = bits(gateway[...]) else { throw refusal("its gateway \"\(gateway)\" is not IPv4") }
            let width = UInt32(32 - prefix)
            guard other != own, other >> width == own >> width else {
                throw refusal("its gateway \(gateway) is no other address of its prefix")
            }
        }
        guard nameServers.count <= Self.mostNameServers else {
            throw refusal("it may have \(Self.mostNameServers) name servers")
        }
        for server in nameServers where bits(server[...]) == nil {
            throw refusal("its name server \"\(server)\" is not IPv4")
        }
    }

    public var isStatic: Bool { !address.isEmpty }

    public var description: String {
        guard isStatic else { return "what its network gives it" }
        let way = gateway.isEmpty ? "" : " by \(gateway)"
        return address + way + (nameServers.isEmpty ? "" : ", names from \(nameServers.joined(separator: ", "))")
    }
}

private func bits(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { decimal($0, to: 255) }
    guard parts.count == 4, !parts.contains(nil) else { return nil }
    return parts.compactMap(\.self).reduce(0) { $0 << 8 | $1 }
}

/// Digits alone: no sign, and no leading zero, which some read as octal.
private func decimal(_ text: Substring, to largest: UInt32) -> UInt32? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), text == "0" || text.first != "0",
        let value = UInt32(text), value <= largest
    else { return nil }
    return value
}
