/// What a run of the lab does with its machines. Each is judged in the run, and by `Tests/Checkers/lab.py` from files.
public enum LoopScenario: String, CaseIterable, Sendable {
    /// Out and home again, one operation after the other.
    case loop
}

extension LabLoop {
    func cycle() async throws {
        switch options.scenario {
        case .loop: try await plainCycle()
        }
    }
}
