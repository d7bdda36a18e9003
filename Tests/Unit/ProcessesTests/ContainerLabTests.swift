import ConfigurationServer
import Environment
import EnvironmentLive
import Hosting
import MasterTarget
import Model
import ProcessServer
import SiteHost
import Testing
import VaultOrchestrator

@testable import Processes

/// What `deploy/compose.yaml` and the lab's layout must agree on, and what containers are configured with.
@Suite struct ContainerLabTests {
    private let files = LiveFileSystem()

    /// The lines of each service of the project file.
    private func services() throws -> [String: [String]] {
        let path = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined() + "/deploy/compose.yaml"
        var found: [String: [String]] = [:]
        var section = ""
        var name = ""
        for line in String(decoding: try files.readAll(path), as: UTF8.self).split(separator: "\n") {
            let text = line.drop { $0 == " " }
            switch line.count - text.count {
            case 0: section = String(text)
            case 2 where section == "services:" && text.hasSuffix(":"): name = String(text.dropLast())
            default: if section == "services:" { found[name, default: []].append(String(text)) }
            }
        }
        return found
    }

    @Test func `each component is a container, published at its address`() throws {
        let services = try services()
        #expect(services.keys.sorted() == LabLayout.components.map(\.id).sorted())
        for component in LabLayout.components {
            let lines = try #require(services[component.id])
            let site = component.site.rawValue
            let configuration = "/\(site)/config/\(component.id).json"
            let inside = ComposeSupervisor.insideDirectory
            #expect(lines.contains("container_name: \(ComposeSupervisor.container(component.id))"))
            #expect(lines.contains("ports: [\"\(component.addressText):7100\"]"))
            #expect(lines.contains("command: [\(component.program), --config, \(inside)\(configuration)]"))
            #expect(lines.contains("- ${LAB_DIR}\(configuration):\(inside)\(configuration):ro"))
            #expect(lines.contains("HOMEWARD_HOLDS: \(inside)/holds/\(component.id)"))
            let identity = "/\(site)/tls/\(component.id)"
            #expect(lines.contains("- ${LAB_DIR}\(identity):\(inside)\(identity):ro"))
            #expect(lines.contains("HOMEWARD_IDENTITY: \(inside)\(identity)"))
            #expect(lines.contains { $0.contains("\"homeward\", \"health\", \"\(component.id)@127.0.0.1:7100\"") })
            let agents = "- ${LAB_DIR}/\(site)/tls/agents:\(inside)/\(site)/tls/agents:ro"
            #expect(lines.contains(agents) == (component.program == "site-host"))
            #expect(lines.filter { $0.contains("/tls/") && $0.hasPrefix("-") && !$0.hasSuffix(":ro") } == [])
            for directory in ["/holds/\(component.id)", "/\(site)/state/\(component.id)"] {
                #expect(lines.contains("- ${LAB_DIR}\(directory):\(inside)\(directory)"))
            }
        }
    }

    @Test func `only what must cross is on the WAN, and nobody sees the other site's directories`() throws {
        for (id, lines) in try services() {
            let component = try #require(LabLayout.component(id))
            let site = component.site.rawValue
            let crosses = component.program != "site-host"
            #expect(lines.contains("networks: [\(site)\(crosses ? ", wan" : "")]"), "\(id)")
            let other = component.site == .home ? "/cloud/" : "/home/"
            #expect(!lines.contains { $0.hasPrefix("- ${LAB_DIR}") && $0.contains(other) }, "\(id)")
        }
    }

    @Test func `a master target sees its own part of the datastore, a site host all of its site's`() throws {
        for (id, lines) in try services() {
            let component = try #require(LabLayout.component(id))
            let root = "${LAB_DIR}/\(component.site.rawValue)/datastore"
            let seen = lines.filter { $0.hasPrefix("- \(root)") }.map { $0.dropFirst(2).prefix { $0 != ":" } }
            let expected =
                switch component.program {
                case "site-host": [root]
                case "master-target": ["\(root)/master-target-\(id)"]
                default: [String]()
                }
            #expect(seen.map { String($0) } == expected, "\(id)")
        }
    }

    @Test func `containers listen on all their networks, are known by name, and the programs take the settings`()
        throws
    {
        let directory = "/tmp/homeward-compose-\(UInt32.random(in: 0 ... .max))"
        let layout = try LabLayout(directory: directory, programs: "/usr/bin")
        let inside = try LabLayout(directory: "/lab", programs: "/usr/bin", reach: .names)
        let unused = NoNetwork()
        try layout.prepare(inside: inside, liveEnvironment(network: unused))
        defer { removeTree(directory) }
        func load<C: ConfigurationFile>(_ id: String, _ type: C.Type) throws -> C {
            let component = try #require(LabLayout.component(id))
            let settings = try loadConfiguration(type, path: layout.configuration(component), files: files)
            #expect(settings.service.listen == "0.0.0.0:7100")
            #expect(settings.service.advertise == "\(id):7100")
            #expect(settings.service.stateDirectory == "/lab/\(component.site.rawValue)/state/\(id)")
            let tls = try #require(settings.service.tls)
            #expect(tls == TLSFiles(directory: "/lab/\(component.site.rawValue)/tls/\(id)"))
            let outside = TLSFiles(directory: "\(directory)/\(component.site.rawValue)/tls/\(id)")
            for path in [outside.certificate, outside.key, outside.authority, outside.revoked ?? ""] {
                #expect(files.exists(path), "\(path)")
            }
            return settings
        }
        #expect(try load("vault", VaultSettings.self).platform == "host-cloud:7100")
        let configuration = try load("cs-home", ConfigurationSettings.self)
        #expect(configuration.platform == "host-home:7100" && configuration.vault == "vault:7100")
        #expect(try load("host-home", SiteHostConfiguration.self).configurationServer?.address == "cs-home:7100")
        #expect(try load("host-cloud", SiteHostConfiguration.self).datastore == "/lab/cloud/datastore")
        let agents = try load("host-home", SiteHostConfiguration.self).agentTLS
        #expect(agents == TLSFiles(directory: "/lab/home/tls/agents"))
        for id in ["ps-home", "ps-cloud"] { _ = try load(id, ProcessServerSettings.self) }
        for id in ["mt-home", "mt-cloud"] { _ = try load(id, MasterTargetSettings.self) }
    }

    @Test func `on loopback a lab asks for plaintext by name, or says who is where`() throws {
        let directory = "/tmp/homeward-lab-\(UInt32.random(in: 0 ... .max))"
        defer { removeTree(directory) }
        for hasTLS in [false, true] {
            let layout = try LabLayout(directory: directory, programs: "/usr/bin", hasTLS: hasTLS)
            try layout.prepare(inside: layout, liveEnvironment(network: NoNetwork()))
            #expect(layout.beganWithTLS(files) == hasTLS)
            let component = try #require(LabLayout.component("cs-home"))
            let settings = try loadConfiguration(
                ConfigurationSettings.self, path: layout.configuration(component), files: files)
            #expect(settings.service.plaintext == (hasTLS ? nil : true))
            #expect(settings.service.tls == (hasTLS ? layout.identity(.home, "cs-home") : nil))
            #expect(settings.vault == (hasTLS ? "vault@127.0.2.2:7100" : "127.0.2.2:7100"))
        }
        // What a lab has stays its own: components that run know these certificates.
        let layout = try LabLayout(directory: directory, programs: "/usr/bin", hasTLS: true)
        let before = try files.readAll(layout.operatorIdentity.certificate)
        try layout.prepare(inside: layout, liveEnvironment(network: NoNetwork()))
        #expect(try files.readAll(layout.operatorIdentity.certificate) == before)
    }

    @Test func `the sample configuration files are taken by their programs`() throws {
        let folder = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined() + "/deploy/config"
        func load<C: ConfigurationFile>(_ type: C.Type, _ name: String) throws {
            #expect(try loadConfiguration(type, path: "\(folder)/\(name).json", files: files).service.tls != nil)
        }
        try load(VaultSettings.self, "vault-orchestrator")
        try load(ConfigurationSettings.self, "configuration-server")
        try load(SiteHostConfiguration.self, "site-host")
        try load(ProcessServerSettings.self, "process-server")
        try load(MasterTargetSettings.self, "master-target")
    }

    private func removeTree(_ path: String) {
        for name in (try? files.list(path)) ?? [] { removeTree("\(path)/\(name)") }
        try? files.remove(path)
    }

    @Test func `an engine's arguments reach it as they are, and its failure is told`() throws {
        let engine = ContainerEngine.podman
        #expect(try engine.run(["printf", "%s|", "it's", "$HOME", "a b"]) == "it's|$HOME|a b|")
        #expect(try engine.run(["printenv", "LAB"], environment: [("LAB", "x'y")]) == "x'y\n")
        #expect(throws: Failure.self) { try engine.run(["false"]) }
    }
}

private struct NoNetwork: Network {
    func listen(_ address: StreamAddress) async throws(NetworkError) -> any StreamListener {
        throw NetworkError(.other, "\(address)")
    }
    func connect(_ address: StreamAddress) async throws(NetworkError) -> any ByteStream {
        throw NetworkError(.other, "\(address)")
    }
}
