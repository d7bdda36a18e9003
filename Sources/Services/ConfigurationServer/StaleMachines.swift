import Contract
import Environment
import Logging
import Messages
import Model
import RPC

/// Rule G6: a home machine that runs while its item is active in the cloud was started past us, by a person or by its
/// host's automatic start. Its agent acknowledges no write; it is stopped, and `STALE_MACHINE_STARTED` is raised.
extension ConfigurationCore {
    /// Between two attempts while the platform does not answer, and once it has not answered for long.
    private static let pause = Duration.seconds(1)
    private static let longPause = Duration.seconds(30)
    private static let look = Duration.seconds(10)

    /// Each boot is one occurrence: a machine that was stopped and is started again is stopped again.
    func stopIfStale(_ hello: AgentV1.AgentHello) async {
        guard hello.site == .home, await assignedElsewhere(hello) != nil else { return }
        guard stopping.insert(hello.bootID).inserted else { return }
        spawn("stop stale machine") { await self.stopStale(hello) }
    }

    private func assignedElsewhere(_ hello: AgentV1.AgentHello) async -> Assignment? {
        var item = try? ItemID(hello.item)
        // Without a grant the agent may not know whose copy it is; the registry does.
        if item == nil { item = try? await store.item(ofMachine: hello.machine) }
        guard let item, let assignment = try? await store.receiver.assignment(of: item),
            assignment.roles.activeSite == .cloud, (try? await store.isUnconfirmed(item)) == false
        else { return nil }
        return assignment
    }

    /// However long the platform is away: until the machine is stopped, is gone, or is its item's active copy again.
    private func stopStale(_ hello: AgentV1.AgentHello) async {
        defer { stopping.remove(hello.bootID) }
        let deadline = environment.clock.now() + .seconds(settings.staleMachineSeconds)
        var isRaised = false
        while !Task.isCancelled, let assignment = await assignedElsewhere(hello) {
            do {
                let machine = try await platform.getMachine(
                    .with { $0.machine = hello.machine }, CallOptions(timeout: Self.look))
                // A source that was stopped keeps its agent for the drain, and that one says hello as well.
                guard machine.power == .on else { return }
                if !isRaised { raise(hello, assignment) }
                isRaised = true
                // The platform may have been away when the item's roles changed.
                try await assignPlatform(assignment)
                try await powerOff(hello, assignment)
                return log.notice("stale machine stopped", metadata: ["machine": "\(hello.machine)"])
            } catch let error as RPCError where error.code == .notFound {
                return
            } catch {
                log.warning(
                    "a stale machine still runs", metadata: ["machine": "\(hello.machine)", "error": "\(error)"])
            }
            let pause = environment.clock.now() < deadline ? Self.pause : Self.longPause
            do { try await environment.clock.sleep(for: pause) } catch { return }
        }
    }

    private func raise(_ hello: AgentV1.AgentHello, _ assignment: Assignment) {
        log.critical(
            "STALE_MACHINE_STARTED",
            metadata: [
                "machine": "\(hello.machine)", "item": "\(assignment.item)", "boot": "\(hello.bootID)",
                "active": "cloud",
            ])
    }

    private func powerOff(_ hello: AgentV1.AgentHello, _ assignment: Assignment) async throws {
        _ = try await platform.powerOff(
            .with {
                $0.key = .with {
                    $0.job = "stale"
                    $0.item = assignment.item.text
                    $0.step = "stop-stale-machine"
                    $0.target = "\(hello.machine)/\(assignment.generation.number)/\(hello.bootID)"
                }
                $0.machine = hello.machine
                $0.generation = assignment.generation.message
                $0.keepAgent = true
            }, CallOptions(timeout: Self.look))
    }
}
