import API
import Contract
import Environment
import Messages
import Model
import RPC

/// A machine that is to run under a grant of its item's generation, bound to the boot that its host is in now
/// (rule G5). Whatever runs of it is of an earlier boot, or was started past every check, and is turned off first.
///
/// Each boot of the host is one occurrence, within which nothing is done twice. Whoever asks has keys of its own.
struct GrantedBoot: Sendable {
    enum Effect: String, Sendable {
        case assign, grant, off, on
    }

    let vault: VaultContext
    let site: Site
    let assignment: Assignment
    let grant: PlatformV1.PowerOnGrant
    /// To start it on; empty: where it is.
    var host = ""
    let key: @Sendable (_ effect: Effect, _ target: String) throws -> CommonV1.OperationKey

    /// Assigns, grants, turns off, and powers on. False when it is not wanted any more, which is asked again before
    /// each effect on power.
    func perform(if isWanted: @Sendable () async throws -> Bool = { true }) async throws -> Bool {
        let client = PlatformClient(try vault.directory.platform(site))
        let machine = grant.machine
        let generation = assignment.generation.message
        let boot = try await vault.hostBoot(site)
        let placing = try key(.grant, "\(boot)/\(grant.digest)")
        let (stopping, starting) = (try key(.off, boot), try key(.on, boot + (host.isEmpty ? "" : "/\(host)")))
        try await assign()
        _ = try await asking("grant machine \(machine) anew") {
            try await client.placeGrant(
                .with {
                    $0.key = placing
                    $0.grant = grant
                }, $0)
        }
        guard try await isWanted() else { return false }
        _ = try await asking("stop machine \(machine)", Patience.effect + Patience.gracefulStop) {
            try await client.powerOff(
                .with {
                    $0.key = stopping
                    $0.machine = machine
                    $0.generation = generation
                    $0.gracefulUs = UInt64(Patience.gracefulStop.inMicroseconds)
                }, $0)
        }
        guard try await isWanted() else { return false }
        do {
            _ = try await asking("start machine \(machine)") {
                try await client.powerOn(
                    .with {
                        $0.key = starting
                        $0.machine = machine
                        $0.generation = generation
                        $0.host = host
                    }, $0)
            }
        } catch {
            guard error.code == .grantMissing else { throw error }
            throw Failure(.busy, "start machine \(machine): its host booted again meanwhile (\(error.message))")
        }
        vault.log.notice(
            "a machine is granted anew, and booted",
            metadata: ["item": "\(assignment.item)", "machine": "\(machine)", "host-boot": "\(boot)"])
        return true
    }

    /// The platform may never have heard of the generation.
    func assign() async throws {
        try await vault.give(
            assignment, to: "platform of machine \(grant.machine)", vault.directory.platform(site),
            key(.assign, "platform"))
    }
}
