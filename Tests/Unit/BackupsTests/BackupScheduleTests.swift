import Backups
import Environment
import Messages
import Model
import Simulation
import Testing

@Suite struct BackupScheduleTests {
    @Test func `the schedule is kept by itself, and across a restart with another clock`() throws {
        let sites = try Sites(everySeconds: 10, keep: 3)
        sites.bootServer()
        try sites.world.run(for: .seconds(65))
        let own = try #require(try sites.stores(sites.server)["configuration-server@cs"])
        #expect(own.backups.count == 3 && own.alert.isEmpty && own.everyUs == 10_000_000 && own.keep == 3)
        #expect(own.backups.allSatisfy { $0.ageUs < 40_000_000 })
        let newest = try #require(own.backups.first)
        #expect((4...7).contains(newest.number))

        sites.server.process?.kill()
        sites.server.host.wallSkew = .seconds(-86_400)
        sites.bootServer()
        try sites.world.run(for: .seconds(25))
        let later = try #require(try sites.stores(sites.server)["configuration-server@cs"])
        #expect((later.backups.first?.number ?? 0) > newest.number, "\(later.backups.map(\.name))")
        #expect(later.alert.isEmpty)
    }

    @Test func `a backup that fails is an alert at once, overdue when it goes on, and none when it is made`() throws {
        let sites = try Sites(everySeconds: 10)
        sites.bootServer()
        try sites.world.run(for: .seconds(15))
        #expect(try sites.stores(sites.server)["configuration-server@cs"]?.alert == "")
        let volume = sites.server.host.rootVolume
        volume.inject(DiskFault(.write, .fail(.noSpace), pathSuffix: ".partial", times: -1))
        try sites.world.run(for: .seconds(12))
        let failed = try #require(try sites.stores(sites.server)["configuration-server@cs"])
        #expect(failed.alert.contains("the last one failed") && failed.alert.contains("no space left"))
        #expect(!failed.alert.contains("overdue") && !failed.backups.isEmpty)
        try sites.world.run(for: .seconds(15))
        let overdue = try #require(try sites.stores(sites.server)["configuration-server@cs"])
        #expect(overdue.alert.contains("overdue"), "\(overdue.alert)")
        #expect(!overdue.backups.isEmpty)
        volume.clearFaults()
        try sites.world.run(for: .seconds(15))
        #expect(try sites.stores(sites.server)["configuration-server@cs"]?.alert == "")
    }

    @Test func `one backup is made at a time`() throws {
        let sites = try Sites()
        sites.bootServer()
        try sites.settle()
        let codes = try sites.ask(sites.server) { client, options in
            await withTaskGroup(of: String.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        do {
                            return try await client.backUp(.init(), options).backup?.name ?? ""
                        } catch { return "\(error)" }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        let backups = try sites.stores(sites.server)["configuration-server@cs"]?.backups ?? []
        #expect(Set(codes).count == 2)
        #expect(backups.allSatisfy { $0.sizeBytes > 0 } && (1...2).contains(backups.count), "\(codes)")
    }
}
