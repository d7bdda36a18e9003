import ArgumentParser
import Model
import Processes

/// What happens to sites and machines without asking us.
extension LabCommand {
    struct SiteDown: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Power loss at a site: everything there is killed and stays down.",
            discussion: """
                All processes of the site, its machines' agents and guests end by kill -9 and are not started again \
                until `lab site-up`. The other site sees nothing but silence, as with a cut WAN. The cloud site \
                includes the vault: with it down nobody takes commands, and replication waits.
                """)
        @OptionGroup var lab: LabOptions
        @Argument(help: "The site.") var site: Site

        func run() async throws {
            try await lab.within { layout, world in
                try await Lab.siteDown(site, layout, world)
                say("site \(site) is down; bring it back with `homeward lab site-up \(site) --dir \(lab.dir)`")
            }
        }
    }

    struct SiteUp: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Power is back at a site.",
            discussion: """
                Its processes start again. For its host this is a new boot: machines that had power start by \
                themselves, and acknowledge no write until they are granted anew.
                """)
        @OptionGroup var lab: LabOptions
        @Argument(help: "The site.") var site: Site

        func run() async throws {
            try await lab.within { layout, world in
                try await Lab.siteUp(site, layout, world)
                say("site \(site) is up")
            }
        }
    }

    struct PowerCycle: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Power loss at a site, and power again: site-down, then site-up.")
        @OptionGroup var lab: LabOptions
        @Argument(help: "The site.") var site: Site

        func run() async throws {
            try await lab.within { layout, world in
                try await Lab.siteDown(site, layout, world)
                try await Lab.siteUp(site, layout, world)
                say("site \(site) is up again; its host booted anew")
            }
        }
    }

    struct OutOfBand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "out-of-band", abstract: "Past all our checks, as a person in vCenter would.",
            subcommands: [PowerOn.self, Delete.self])

        struct Delete: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Turn a machine off at its platform and delete it there; its disks stay.",
                discussion: "An item whose home machine is gone comes home to an alternate location: a new machine.")
            @OptionGroup var lab: LabOptions
            @Argument(help: ArgumentHelp("Such as app-01-cloud@cloud.", valueName: "machine@site")) var place: String

            func run() async throws {
                try await lab.within { layout, world in
                    try await Lab.deleteOutOfBand(place, layout, world)
                    say("machine \(place) is deleted at its platform")
                }
            }
        }

        struct PowerOn: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                abstract: "Start a machine at its platform; neither vault nor generation is asked.",
                discussion: """
                    The machine's agent has no grant for it, so it acknowledges no write; when the configuration \
                    server hears of a machine whose item is active elsewhere, it is stopped.
                    """)
            @OptionGroup var lab: LabOptions
            @Argument(help: ArgumentHelp("Such as app-01@home.", valueName: "machine@site")) var place: String

            func run() async throws {
                try await lab.within { layout, world in
                    try await Lab.powerOnOutOfBand(place, layout, world)
                    say("machine \(place) was started at its platform")
                }
            }
        }
    }
}
