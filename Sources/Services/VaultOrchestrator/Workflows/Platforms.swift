import API
import Contract
import Cryptography
import Environment
import Messages
import Model
import RPC
import Workflow

/// What steps ask of a site's platform. Home's is reached through the configuration server.
extension Scene {
    func machine(_ site: Site) async throws -> PlatformV1.Machine {
        let client = try platform(site)
        return try await client.look(at: item[site].machine)
    }

    /// - asReplica: they become disks of the item, whose machine they are.
    func attach(
        _ site: Site, to owner: String, asReplica: Bool = false
    ) async throws -> PlatformV1.AttachDisksResponse {
        let client = try platform(site)
        let request = PlatformV1.AttachDisksRequest.with {
            $0.machine = item[site].machine
            $0.owner = owner
            $0.disks = item.disksToAttach(at: site)
            $0.replicaOfItem = asReplica || item.hasReplicaDisks(at: site) ? item.id : ""
        }
        let key = try key("disks/\(item[site].machine)")
        let generation = try generation()
        return try await asking("attach the disks of item \(item.id) to \(owner)") { options in
            var request = request
            request.key = key
            request.generation = generation
            return try await client.attachDisks(request, options)
        }
    }

    // MARK: Grants

    /// A grant is bound to a boot of the host, so in another boot placing it is another effect (rule G5). So is one
    /// that says something else, as when a process server registered between two attempts.
    func placeGrant(_ site: Site, overlay: Bool, bootActions: [String] = []) async throws {
        let client = try platform(site)
        let grant = try vault.grant(of: item, at: site, overlay: overlay, bootActions: bootActions)
        let key = try key("grant/\(item[site].machine)/\(await vault.hostBoot(site))/\(grant.digest)")
        _ = try await asking("place the grant of machine \(item[site].machine)") { options in
            try await client.placeGrant(
                .with {
                    $0.key = key
                    $0.grant = grant
                }, options)
        }
    }

    /// The machine, looked at when nobody can start it under what it had any more: that it is off is no proof, as long
    /// as a grant of this boot of its host lies beside it, or a start under that is under way. So the platform takes
    /// the item's generation, which waits for effects of older ones (rule G3), then the grants up to a generation go.
    func withoutGrant(_ site: Site, upTo generation: CommonV1.Generation) async throws -> PlatformV1.Machine {
        try await assign(.platform(site))
        let client = try platform(site)
        let id = item[site].machine
        let key = try key("void/\(id)/\(generation.number)")
        _ = try await asking("withdraw the grants of machine \(id)") {
            try await client.withdrawGrant(
                .with {
                    $0.key = key
                    $0.machine = id
                    $0.generation = generation
                }, $0)
        }
        return try await machine(site)
    }

    // MARK: Power

    /// Starts the machine under the grant that lies beside its disks. A host that booted since the grant was placed
    /// gets a fresh one, with the same overlay and boot actions. Answers the boot of the host that it was started in.
    @discardableResult
    func powerOn(
        _ site: Site, overlay: Bool, bootActions: [String] = []
    ) async throws -> (machine: PlatformV1.Machine, hostBoot: String) {
        // A source that was fenced and drained still has its agent; it is turned off first, so that this is a boot of
        // its own, under its own grant.
        let seen = try await machine(site)
        if seen.power == .draining { try await settle(site, seen) }
        do { return try await startAlone(site) } catch let failure as Failure where failure.code == .grantMissing {
            try await placeGrant(site, overlay: overlay, bootActions: bootActions)
            return try await startAlone(site)
        }
    }

    /// As a step's output, which remembers the boot of the host.
    func poweredOn(_ site: Site, overlay: Bool, bootActions: [String] = []) async throws -> StepOutput {
        let (machine, boot) = try await powerOn(site, overlay: overlay, bootActions: bootActions)
        var facts = [hostBootFact(site): boot]
        if !machine.host.isEmpty { facts["\(site.rawValue).host"] = machine.host }
        return StepOutput("power \(machine.power.word)", facts: facts)
    }

    /// The host of a machine that this job powered on may boot before the machine's own boot is seen. Then the grant is
    /// void, whether the machine is off now or was started by its host: it is granted anew and powered on once more.
    ///
    /// - known: the boot of the host in which the job powered it on.
    func bootAgain(_ site: Site, unlessIn known: String?, overlay: Bool, bootActions: [String]) async throws {
        let seen = try await machine(site)
        guard !seen.booted || seen.power != .on, try await vault.hostBoot(site) != known else { return }
        do { try await bootAnew(site, overlay: overlay, bootActions: bootActions) } catch let failure as Failure
            where failure.code == .operationNotAllowed
        {
            // Started past us since it was turned off.
            try await powerOn(site, overlay: overlay, bootActions: bootActions)
        }
    }

    /// Turned off, whatever it does, and started under a grant of the item's generation.
    func bootAnew(_ site: Site, overlay: Bool, bootActions: [String] = []) async throws {
        let machine = item[site].machine
        let boot = GrantedBoot(
            vault: vault, site: site, assignment: try assignment(),
            grant: try vault.grant(of: item, at: site, overlay: overlay, bootActions: bootActions),
            host: hostToStartOn(site)
        ) { effect, target in try key("\(effect.rawValue)/\(machine)/\(target)") }
        _ = try await boot.perform()
    }

    /// A machine that a person or its host started past every check is refused: it has power. It never goes on like
    /// that, but is turned off and started under the grant.
    private func startAlone(_ site: Site) async throws -> (machine: PlatformV1.Machine, hostBoot: String) {
        do { return try await start(site) } catch let failure as Failure where failure.code == .operationNotAllowed {
            let seen = try await machine(site)
            guard seen.power != .off else { throw failure }
            try await settle(site, seen)
            return try await start(site)
        }
    }

    private func start(_ site: Site) async throws -> (machine: PlatformV1.Machine, hostBoot: String) {
        let client = try platform(site)
        let id = item[site].machine
        let boot = try await vault.hostBoot(site)
        let host = hostToStartOn(site)
        // On another host it is another effect, which finds the machine running where an earlier one started it.
        let key = try key("power/\(id)/\(boot)" + (host.isEmpty ? "" : "/\(host)"))
        let generation = try generation()
        let machine = try await asking("start machine \(id)") {
            try await client.powerOn(
                .with {
                    $0.key = key
                    $0.machine = id
                    $0.generation = generation
                    $0.host = host
                }, $0)
        }
        return (machine, boot)
    }

    /// Named by a person when a start was refused; empty: where the platform has the machine.
    private func hostToStartOn(_ site: Site) -> String {
        (try? parameters.directionValue())?.target == site ? parameters.host ?? "" : ""
    }

    /// Turns off what runs, whoever started it. Each boot of the machine is one occurrence: one that is started past us
    /// again is stopped again.
    func settle(_ site: Site, _ seen: PlatformV1.Machine) async throws {
        _ = try await powerOff(site, keepAgent: false, under: generation(), key("settle/\(seen.id)/\(seen.bootID)"))
    }

    func powerOff(
        _ site: Site, keepAgent: Bool, under generation: CommonV1.Generation
    ) async throws -> PlatformV1.Machine {
        // A machine that was stopped may have come back with its host: stopping it again is another effect.
        let key = try key("power/\(item[site].machine)/\(await vault.hostBoot(site))")
        return try await powerOff(site, keepAgent: keepAgent, under: generation, key)
    }

    private func powerOff(
        _ site: Site, keepAgent: Bool, under generation: CommonV1.Generation, _ key: CommonV1.OperationKey
    ) async throws -> PlatformV1.Machine {
        let client = try platform(site)
        let id = item[site].machine
        return try await asking("stop machine \(id)", Patience.effect + Patience.gracefulStop) {
            try await client.powerOff(
                .with {
                    $0.key = key
                    $0.machine = id
                    $0.generation = generation
                    $0.gracefulUs = UInt64(Patience.gracefulStop.inMicroseconds)
                    $0.keepAgent = keepAgent
                }, $0)
        }
    }
}

extension PlatformV1.PowerOnGrant {
    /// Part of the key under which it is placed: the same key never asks for another grant (rule K1). An undo cannot
    /// name it; a late placing is refused by the generation up to which the undo withdrew all grants.
    var digest: String { hexadecimal(Array(SHA256.hash(wireBytes()).prefix(8))) }
}

extension VaultContext {
    /// To serve guest writes under the item's generation.
    func grant(
        of item: ItemRecord, at site: Site, overlay: Bool, bootActions: [String] = []
    ) throws(Failure) -> PlatformV1.PowerOnGrant {
        let generation = try item.assignment().generation.message
        return .with {
            $0.item = item.id
            $0.machine = item[site].machine
            $0.generation = generation
            $0.kind = .active
            $0.processServers = directory.components(.processServer, at: site).compactMap(\.component.endpoint)
            $0.configurationServer = try? directory.configurationEndpoint()
            $0.bootActions = bootActions
            if bootActions.contains(configureNetwork) { $0.network = item.networkAtBoot(site)?.message }
            $0.overlay = overlay
            $0.leftOut = item.leftOutIDs(at: site)
        }
    }

    /// The boot of the host at a site that answers now.
    func hostBoot(_ site: Site) async throws -> String {
        let client = PlatformClient(try directory.platform(site))
        let status = try await asking("see the host's boot at \(site.rawValue)", Patience.read) {
            try await client.getPlatform(.init(), $0)
        }
        // Home's configuration server answers for a platform that it does not reach, too.
        guard status.connected, !status.hostBootID.isEmpty else {
            throw Failure(.unavailable, "see the host's boot at \(site.rawValue): the platform does not answer")
        }
        return status.hostBootID
    }
}

/// Where a step that powers a machine on keeps the boot of its host.
func hostBootFact(_ site: Site) -> String { "\(site.rawValue).hostBoot" }
