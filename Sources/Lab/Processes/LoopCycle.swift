import Messages
import Model

/// The plain loop.
extension LabLoop {
    func plainCycle() async throws {
        for machine in options.machines { try await create(machine) }
        for unit in options.units {
            try await protect(unit)
        }
        try await phase(1, .home)
        for unit in options.units {
            try await operate("failover", unit) { try await self.vault.failover(unit.name, .out) }
            for machine in unit.machines where machine.image != nil {
                try await vault.setGuest(machine.name, .home, idleGuest)
            }
        }
        try await phase(2, .cloud)
        for unit in options.units {
            try await operate("commit", unit) { try await self.vault.commit(unit.name) }
        }
        for unit in options.units {
            try await reprotect(unit, as: "reprotect")
            try await protected(unit, .home, "synchronize home")
        }
        try await pause()
        var failbacks: [VaultV1.Job] = []
        for unit in options.units {
            let returned = try await operate("failback", unit) { try await self.vault.failover(unit.name, .home) }
            try await keepHandover(unit, returned)
            failbacks.append(returned)
        }
        try await phase(3, .home)
        for (unit, failback) in zip(options.units, failbacks) { try await commitFailback(unit, failback) }
        for unit in options.units {
            try await reprotect(unit, as: "re-protect")
            try await protected(unit, .out, "synchronize out again")
        }
        try await pause()
        for unit in options.units { try await rest(unit, .home) }
    }

    /// Guests write for a while; the user's script executes its lines of this phase.
    func phase(_ number: UInt64, _ site: Site) async throws {
        if options.writes != nil, let user = options.machines.first(where: { $0.image != nil }) {
            let name = site == .home ? user.name : user.cloudName
            let guest = PlatformV1.Guest.with {
                $0.kind = .script
                $0.seed = number
                $0.script = supervisor.inside.script
            }
            try await timed("writes \(["home", "cloud", "home2"][Int(number) - 1])", user.name) {
                try await vault.setGuest(name, site, guest)
                let phase = ["home", "cloud", "home2"][Int(number) - 1]
                try await guestSays("script: phase \(phase) is written", name, site)
            }
        }
        try await pause()
    }

    func pause() async throws { try await world.environment.clock.sleep(for: options.profile.writing) }

    var idleGuest: PlatformV1.Guest { .with { $0.kind = .idle } }
}
