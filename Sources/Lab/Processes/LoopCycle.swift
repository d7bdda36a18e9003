import Messages
import Model

/// The plain loop.
extension LabLoop {
    func plainCycle() async throws {
        for machine in options.machines { try await create(machine) }
        for machine in options.machines {
            try await operate("protect", machine) { try await self.vault.enable(machine) }
            try await protected(machine, .out, "synchronize out")
        }
        try await phase(1, .home)
        for machine in options.machines {
            try await operate("failover", machine) { try await self.vault.failover(machine.name, .out) }
            if machine.image != nil { try await vault.setGuest(machine.name, .home, idleGuest) }
        }
        try await phase(2, .cloud)
        for machine in options.machines {
            try await operate("commit", machine) { try await self.vault.commit(machine.name) }
        }
        for machine in options.machines {
            try await operate("reprotect", machine) { try await self.vault.reprotect(machine.name) }
            try await protected(machine, .home, "synchronize home")
        }
        try await pause()
        for machine in options.machines {
            let job = try await operate("failback", machine) { try await self.vault.failover(machine.name, .home) }
            try await keepHandover(machine, job)
        }
        try await phase(3, .home)
        for machine in options.machines {
            try await operate("commit-failback", machine) { try await self.vault.commit(machine.name) }
        }
        for machine in options.machines {
            try await operate("re-protect", machine) { try await self.vault.reprotect(machine.name) }
            try await protected(machine, .out, "synchronize out again")
        }
        try await pause()
        for machine in options.machines {
            try await timed("stop guest", machine.name) {
                try await vault.setGuest(machine.name, .home, idleGuest)
                try await guestSays("idle", machine.name, .home)
            }
        }
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
