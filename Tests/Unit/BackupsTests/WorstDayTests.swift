import API
import Backups
import Environment
import Hosting
import Messages
import Model
import RPC
import Receivers
import Simulation
import Store
import Testing

@testable import ConfigurationServer

/// The vault's backups at the configuration server, and the configuration server's own.
@Suite struct WorstDayTests {
    @Test func `the vault's backup has a second copy, from which a lost vault is restored`() throws {
        let sites = try Sites()
        sites.bootServer()
        sites.bootVault()
        try sites.settle()
        let made = try sites.backUp()
        #expect(made.pushedTo == "cs" && made.notPushed.isEmpty)
        let stores = try sites.stores()
        let copy = try #require(stores["vault@cs"]?.backups.first)
        #expect(stores["vault@vault"]?.backups.first?.sha256 == copy.sha256)
        #expect(stores["configuration-server@cs"]?.unknown == false)
        let verified = try sites.ask(sites.server) {
            try await $0.verifyBackup(.with { $0.store = "vault" }, $1)
        }
        #expect(verified.rows == made.backup?.rows && verified.incarnation == made.backup?.incarnation)

        // Everything of the vault's host is gone; what the configuration server has is put on a new one.
        sites.vault.process?.kill()
        let file = try sites.ask(sites.server) { client, options in
            var file: [UInt8] = []
            while true {
                let part = try await client.readBackup(
                    .with {
                        $0.store = "vault"
                        $0.offset = UInt64(file.count)
                        $0.length = 10_000
                    }, options)
                guard !part.content.isEmpty else { return file }
                file += part.content
            }
        }
        try sites.vault.loseStore()
        let outcome = Outcome()
        sites.vault.boot { context in
            try context.environment.files.replace("/copy.sqlite", with: file)
            let line = Array("\(hexadecimal(copy.sha256))  copy.sqlite\n".utf8)
            try context.environment.files.replace("/copy.sqlite.sha256", with: line)
        }
        try sites.world.run(for: .seconds(1))
        sites.vault.process?.kill()
        sites.bootVault(restoring: "/copy.sqlite", outcome)
        try sites.settle()
        #expect(outcome.failure == nil)
        let after = try sites.ask(sites.vault) { try await $0.backUp(.init(), $1) }
        #expect(after.pushedTo == "cs" && after.backup?.incarnation != made.backup?.incarnation)
    }

    @Test func `a copy that does not get there is an alert, and follows when there is a way`() throws {
        let sites = try Sites(everySeconds: 600)
        sites.bootServer()
        sites.bootVault()
        try sites.settle()
        sites.server.process?.kill()
        let made = try sites.backUp()
        #expect(made.backup != nil && made.pushedTo.isEmpty && !made.notPushed.isEmpty)
        let alone = try sites.stores()
        #expect(alone["vault@vault"]?.alert.contains("no second copy") == true)
        #expect(alone["vault@cs"]?.unknown == true && alone["configuration-server@cs"]?.unknown == true)
        sites.bootServer()
        try sites.world.run(for: .seconds(120))
        let later = try sites.stores()
        #expect(later["vault@vault"]?.alert == "")
        #expect(later["vault@cs"]?.backups.first?.sha256 == made.backup?.sha256)
    }

    @Test(arguments: ["vault.backup.before-rename", "vault.backup.after-rename"])
    func `the copy is whole wherever its keeper is killed`(_ failpoint: String) throws {
        let sites = try Sites()
        sites.bootServer()
        sites.bootVault()
        try sites.settle()
        sites.server.host.arm(failpoint, .kill)
        let made = try sites.backUp()
        #expect(made.pushedTo.isEmpty)
        sites.bootServer()
        try sites.world.run(for: .seconds(120))
        let kept = try #require(try sites.stores()["vault@cs"])
        #expect(kept.backups.map(\.sha256) == [made.backup?.sha256] && kept.damaged.isEmpty)
    }

    @Test func `a vault that was succeeded leaves no copy`() throws {
        let sites = try Sites()
        sites.bootServer()
        try sites.settle()
        let codes = try sites.world.perform { environment in
            let channel = StreamTransport(environment).channel(to: .ip("10.0.1.2", port: 7100))
            let client = BackupKeepingClient(channel)
            var codes: [String] = []
            for epoch: UInt64 in [5, 4, 0] {
                do {
                    _ = try await client.keepBackup(
                        .with {
                            $0.source = .with { $0.id = "vault" }
                            $0.backup = .with {
                                $0.name = "vault-00000001-20261122T001203Z"
                                $0.store = "vault"
                                $0.sizeBytes = 10
                                $0.sha256 = Array(repeating: 1, count: 32)
                            }
                            $0.keep = 1
                            $0.vaultEpoch = epoch
                        }, CallOptions(timeout: .seconds(5), waitForReady: true))
                    codes.append("taken")
                } catch let error as RPCError { codes.append("\(error.code)") }
            }
            return codes
        }
        #expect(codes == ["taken", "failedPrecondition", "invalidArgument"])
    }

    @Test func `the configuration server is restored at its own address, and at no other`() throws {
        let sites = try Sites()
        sites.bootServer()
        sites.bootVault()
        try sites.settle()
        let made = try sites.backUp("configuration-server")
        #expect(made.backup?.address == "10.0.1.2:7100")
        let incarnation = try #require(made.backup?.incarnation)
        try sites.server.loseStore()
        sites.server.host.addAddress("10.0.1.3")
        let refused = Outcome()
        sites.bootServer(restoring: "newest", at: "10.0.1.3", refused)
        try sites.world.run(for: .seconds(1))
        #expect(refused.failure?.code == .operationNotAllowed)
        #expect(refused.failure?.message.contains("10.0.1.2:7100") == true)
        sites.server.process?.kill()
        let restored = Outcome()
        sites.bootServer(restoring: "newest", restored)
        try sites.settle()
        #expect(restored.failure == nil)
        let after = try sites.backUp("configuration-server")
        #expect(after.backup?.incarnation != incarnation && after.backup?.address == "10.0.1.2:7100")
        // It is there: a second restore is refused.
        sites.server.process?.kill()
        let again = Outcome()
        sites.bootServer(restoring: "newest", again)
        try sites.world.run(for: .seconds(1))
        #expect(again.failure?.code == .operationNotAllowed)
    }

    @Test func `roles out of a backup are acted on only when the vault has told of the item`() throws {
        let world = SimulatedWorld(seed: 3)
        try world.perform { environment in
            let medium = try MemoryMedium()
            let schema = ConfigurationStore.schema
            func open(_ medium: MemoryMedium) async throws -> ConfigurationStore {
                ConfigurationStore(
                    ReceiverStore(
                        try await StoreDatabase.open(
                            .memory(medium), schema: schema, lane: environment.lanes.lane("store"),
                            random: environment.random)))
            }
            let items: [ItemID] = ["item-1", "item-2"]
            let store = try await open(medium)
            #expect(try await !store.beginLife())
            let token = try #require(GenerationToken(Array(repeating: 7, count: 16)))
            try await store.receiver.database.write("assign") { transaction in
                for item in items {
                    _ = try store.receiver.assignments.assign(
                        item, Generation(number: 1, token: token),
                        GenerationRoles(activeSite: .cloud, replication: nil), in: transaction)
                }
            }
            #expect(try await !store.isUnconfirmed(items[0]))
            let copy = try medium.copy()
            let restored = try await open(copy)
            // The mark outlives a crash before the vault was heard.
            #expect(try await restored.beginLife())
            let again = try await open(copy)
            #expect(try await !again.beginLife())
            for item in items { #expect(try await again.isUnconfirmed(item)) }
            try await again.confirm(items[0])
            #expect(try await !again.isUnconfirmed(items[0]))
            #expect(try await again.isUnconfirmed(items[1]))
        }
    }
}
