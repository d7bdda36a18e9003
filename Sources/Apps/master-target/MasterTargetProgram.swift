import ArgumentParser
import MasterTarget
import Program

@main
struct MasterTargetProgram: ServiceProgram {
    typealias Program = MasterTarget

    static let configuration = CommandConfiguration(
        commandName: "master-target",
        abstract: "Keeps the replicas of machines: recovery points, moves between them, hand-over of disks.")

    @Option(help: "Configuration file (JSON); see deploy/config/master-target.json.")
    var config: String
}
