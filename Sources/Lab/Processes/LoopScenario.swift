/// What a run of the lab does with its machines. Each is judged in the run, and by `Tests/Checkers/lab.py` from files.
public enum LoopScenario: String, CaseIterable, Sendable {
    /// Out and home again, one operation after the other.
    case loop
    /// Failover to three retained older points in turn, the first two cancelled; home again, to an older point once,
    /// changed to another before it is cancelled.
    case olderPoints = "older-points"
    /// Cancel before commit in both directions, and cancel of a reprotect when everything was moved already.
    case cancel
    /// A machine that writes nothing: nothing is moved either way.
    case idle
}

extension LabLoop {
    func cycle() async throws {
        switch options.scenario {
        case .loop: try await plainCycle()
        case .olderPoints: for unit in options.units { try await olderPoints(unit) }
        case .cancel: for unit in options.units { try await cancels(unit) }
        case .idle: for unit in options.units { try await idles(unit) }
        }
    }
}
