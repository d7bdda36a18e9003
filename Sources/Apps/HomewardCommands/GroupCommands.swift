public import ArgumentParser
import Messages
import RPC

public struct GroupsCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "Replication groups: machines that go everywhere together.",
        discussion: """
            A machine joins with `homeward protect MACHINE --group GROUP`. The group's name then stands where an \
            item's does: `homeward failover GROUP`, `homeward commit GROUP`.
            """,
        subcommands: [List.self, Show.self, Points.self], defaultSubcommand: List.self)

    public init() {}

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All groups.")
        @OptionGroup var vault: VaultOptions

        func run() async throws {
            try await Session.run(vault) { session in
                let all = try await session.pages { token in
                    let page = try await session.items.listGroups(
                        .with { $0.pageToken = token }, CallOptions(timeout: lookTimeout))
                    return (page.groups, page.nextPageToken)
                }
                show(
                    all.map { printed($0) }, columns: ["name", "members", "phase", "common", "age", "cause", "job"],
                    vault.output)
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One group and its members.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The group.") var group: String

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.items.getGroup(
                    .with { $0.name = group }, CallOptions(timeout: lookTimeout))
                guard vault.output == .table else {
                    let members = Printed.list(found.members.map { .record(printed($0)) })
                    return show(printed(found).filter { $0.0 != "members" } + [("members", members)], .json)
                }
                show(printed(found), .table)
                say("")
                show(
                    found.members.map { printed($0) },
                    columns: ["name", "phase", "active", "rpo", "remaining", "health", "job"], .table)
            }
        }
    }

    struct Points: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Common points of a group, newest first: each names one point of every member.")
        @OptionGroup var vault: VaultOptions
        @Argument(help: "The group.") var group: String

        func run() async throws {
            try await Session.run(vault) { session in
                let found = try await session.items.getGroup(
                    .with { $0.name = group }, CallOptions(timeout: lookTimeout))
                let names = Dictionary(
                    found.members.map { (String($0.name.dropFirst("items/".count)), $0.displayName) },
                    uniquingKeysWith: { first, _ in first })
                let points = try await session.pages { token in
                    let page = try await session.items.listGroupPoints(
                        .with {
                            $0.name = group
                            $0.pageSize = 500
                            $0.pageToken = token
                        }, CallOptions(timeout: lookTimeout))
                    return (page.points, page.nextPageToken)
                }
                show(
                    points.map { printed($0, names) }, columns: ["name", "cut", "kind", "exists", "final", "members"],
                    vault.output)
            }
        }
    }
}
