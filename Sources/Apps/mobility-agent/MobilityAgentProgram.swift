import ArgumentParser
import MobilityAgent
import Program

@main
struct MobilityAgentProgram: ServiceProgram {
    typealias Program = MobilityAgent

    static let configuration = CommandConfiguration(
        commandName: "mobility-agent",
        abstract: "Serves one machine's disks to its guest over NBD, tracks its writes and replicates them.",
        discussion: """
            The disks are exports named by their ids, at nbd.sock in the machine's run directory; any NBD client can \
            use them: qemu-img, nbdcopy, fio, a kernel. With the setting "nbd" also over TCP at the agent's own \
            address: under mutual TLS to the clients it names, in the clear on a loopback address only.
            """)

    @Option(help: "Configuration file (JSON), as the site host writes it beside the machine: agent.json.")
    var config: String
}

