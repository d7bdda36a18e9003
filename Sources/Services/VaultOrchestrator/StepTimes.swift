import Environment
import Logging
import Model
import RPC
import Workflow

extension VaultContext {
    /// Tells how long an attempt at a step took, with its records in the journal, and how much of that was calls to
    /// components: the rest is the vault's own.
    func measured(
        _ job: JobID, _ workflow: String, _ step: StepID, _ attempt: @Sendable () async throws -> Progress
    ) async throws -> Progress {
        guard log.logLevel <= .info else { return try await attempt() }
        let (clock, meter, begin) = (environment.clock, CallMeter(), environment.clock.now())
        let progress = try await CallMeter.$current.withValue(meter) { try await attempt() }
        let (calls, called) = meter.total
        let state = progress.step(step).map { "\($0.state)" } ?? ""
        log.info(
            "a step was worked on",
            metadata: [
                "job": "\(job)", "workflow": "\(workflow)", "step": "\(step)", "state": "\(state)",
                "microseconds": "\((clock.now() - begin).inMicroseconds)", "calls": "\(calls)",
                "callMicroseconds": "\(called.inMicroseconds)",
            ])
        return progress
    }
}
