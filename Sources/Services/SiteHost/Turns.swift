import Model

/// One operation at a time for each machine, first come first served.
actor Turns {
    /// Bound on operations that wait; a caller above it retries.
    static let limit = 1_024

    private struct Waiting {
        let machine: MachineID
        let granted: CheckedContinuation<Void, Never>
    }

    private var held: Set<MachineID> = []
    private var waiting: [Waiting] = []

    /// Runs `body` while nobody else has a turn at any of the machines.
    nonisolated func holding<T: Sendable>(
        _ machines: Set<MachineID>, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        // Always in the same order, so that two operations never wait for each other.
        let ordered = machines.sorted()
        var taken: [MachineID] = []
        do {
            for machine in ordered {
                try await take(machine)
                taken.append(machine)
            }
            let result = try await body()
            for machine in taken { await give(machine) }
            return result
        } catch {
            for machine in taken { await give(machine) }
            throw error
        }
    }

    /// Takes the turn only if nobody has it.
    func tryTake(_ machine: MachineID) -> Bool { held.insert(machine).inserted }

    func give(_ machine: MachineID) {
        guard let next = waiting.firstIndex(where: { $0.machine == machine }) else {
            held.remove(machine)
            return
        }
        waiting.remove(at: next).granted.resume()
    }

    private func take(_ machine: MachineID) async throws(Failure) {
        if held.insert(machine).inserted { return }
        guard waiting.count < Turns.limit else {
            throw Failure(
                .limitReached, "wait for machine \(machine): \(Turns.limit) operations wait here already",
                on: [Subject(machine)])
        }
        await withCheckedContinuation { waiting.append(Waiting(machine: machine, granted: $0)) }
    }
}
