import Environment
import Model

/// The configuration files of a lab's processes.
extension LabLayout {
    /// Memory of a lab's host for machines, MiB.
    private static let hostMemory: Int64 = 65_536
    /// Where Debian's qemu-system-x86 has it; a lab without it has no virtual machines.
    private static let emulator = "/usr/bin/qemu-system-x86_64"
    /// Bound on a process server's cache in a lab.
    private static let spoolBytes: Int64 = 1 << 30
    /// Left free for others on the file system that all of a lab shares.
    private static let spoolReserve: Int64 = 64 << 20
    /// A lab's process servers are back within seconds; where a second one was added, one that is not is left.
    private static let processServerPatience: Int64 = 6_000_000
    /// A stale machine at home may be on for this long after it was noticed (rule G6).
    private static let staleMachineSeconds: Int64 = 30

    /// The content of the component's configuration file.
    public func settingsFile(of component: Component) -> [UInt8] {
        Array((settings(of: component).encoded() + "\n").utf8)
    }

    func settings(of component: Component) -> JSON {
        let listening =
            switch reach {
            case .loopback: [("listen", JSON.text(component.addressText))]
            case .names:
                [("listen", JSON.text("0.0.0.0:\(Self.port)")), ("advertise", JSON.text(address(component.id)))]
            }
        let identity = [("id", JSON.text(component.id)), ("site", JSON.text(component.site.rawValue))]
        let place = [("stateDirectory", JSON.text(state(component))), ("logLevel", JSON.text("info"))]
        let security =
            hasTLS ? ("tls", tls(self.identity(component.site, component.id))) : ("plaintext", JSON.flag(true))
        return .object([("service", .object(identity + listening + place + [security]))] + special(component))
    }

    private func special(_ component: Component) -> [(String, JSON)] {
        let secret = ("passphraseFile", JSON.text(passphrase(component.site)))
        let registries = component.site == .home ? ["cs-home"] : ["cs-home", "vault"]
        let registration = [("registries", JSON.list(registries.map { .text(address($0)) })), secret]
        switch component.program {
        case "vault-orchestrator":
            return [
                ("platform", .text(address("host-cloud"))), secret, ("heartbeatLimitUs", .number(10_000_000)),
                ("defaultIntervalUs", .number(1_000_000)),
                ("switchProcessServerAfterUs", .number(Self.processServerPatience)),
                ("scriptsDirectory", .text("\(state(component))/scripts")),
            ]
        case "configuration-server":
            return [
                ("platform", .text(address("host-home"))), ("vault", .text(address("vault"))), secret,
                ("staleMachineSeconds", .number(Self.staleMachineSeconds)),
            ]
        case "site-host": return siteHost(component)
        case "process-server":
            return registration + [
                ("spoolDirectory", .text("\(state(component))/spool")), ("spoolBytes", .number(Self.spoolBytes)),
                ("spoolReserveBytes", .number(Self.spoolReserve)), ("memoryBytes", .number(8 << 20)),
                ("compress", .flag(true)), ("groupIntervalMilliseconds", .number(1_000)),
            ]
        default:
            return registration + [
                ("ownerDirectory", .text("\(datastore(component.site))/master-target-\(component.id)")),
                (
                    "otherOwnerDirectories",
                    .list(secondDatastore(component.site).map { [.text("\($0)/master-target-\(component.id)")] } ?? [])
                ),
                ("osFamily", .text("linux")), ("retentionPoints", .number(72)), ("retentionHours", .number(72)),
            ]
        }
    }

    private func siteHost(_ component: Component) -> [(String, JSON)] {
        let isHome = component.site == .home
        let peer = JSON.object([("id", .text("cs-home")), ("address", .text(address("cs-home")))])
        return [
            ("datastore", .text(datastore(component.site))), ("machinesDirectory", .text(machines(component.site))),
            ("agentExecutable", .text(executable(Self.agentProgram))),
            ("guestExecutable", .text(executable(component.program))), ("emulator", .text(Self.emulator)),
            ("platform", .text(isHome ? "vmware" : "cloud")), ("memoryMiB", .number(Self.hostMemory)),
            ("acknowledgementsDirectory", .text(acknowledgements)),
            ("agentAddressBase", .text(isHome ? "127.0.1.10" : "127.0.2.10")),
            ("autostart", .flag(true)),
        ] + (isHome ? [("configurationServer", peer)] : []) + secondPlace(component.site)
            + (hasTLS ? [
                ("agentTLS", tls(identity(component.site, Self.agents))),
                ("agentNBD", .object([("port", .number(Self.nbdPort)), ("clients", .list([.text(Self.operatorURI)]))])),
            ] : [])
    }

    /// Another datastore and another host.
    private func secondPlace(_ site: Site) -> [(String, JSON)] {
        guard let directory = secondDatastore(site) else { return [] }
        let datastore = JSON.object([("id", .text("datastore-2")), ("directory", .text(directory))])
        let host = JSON.object([("id", .text("host-2")), ("memoryMiB", .number(Self.hostMemory))])
        return [("datastores", .list([datastore])), ("hosts", .list([host]))]
    }

    private func tls(_ files: TLSFiles) -> JSON {
        .object([
            ("certificate", .text(files.certificate)), ("key", .text(files.key)), ("authority", .text(files.authority)),
        ] + (files.revoked.map { [("revoked", .text($0))] } ?? []))
    }

    /// Where a component is dialled; with TLS the text says who must be there.
    func address(_ id: String) -> String {
        if reach == .names { return "\(id):\(Self.port)" }
        let place = Self.component(id)?.addressText ?? ""
        return hasTLS ? "\(id)@\(place)" : place
    }
}
