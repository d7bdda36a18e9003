import ArgumentParser
import Messages

extension InfrastructureCommand {
    struct MoveMasterTarget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a replica in the cloud to another master target there: its disks change owner.",
            discussion: """
                Nothing is copied: the newest recovery point stays usable, older ones are given up, and what changes \
                meanwhile is sent. Of a master target that is not heard, or has lost the replica, every point is given \
                up, and what is left of the disks is compared, or copied anew. --precheck says what that is; \
                --confirm-loss is your word for it. A replica on home's own disks is not moved.
                """)
        @OptionGroup var options: ItemOptions
        @Option(help: "The master target to move to; may be left out when there is only one other at the site.")
        var to: String = ""

        func run() async throws {
            let command = self
            try await options.run({ $0.masterTarget = command.to }) {
                try await $0.session.items.moveMasterTarget($0.request, $0.options)
            }
        }
    }
}
