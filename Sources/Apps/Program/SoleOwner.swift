public import ArgumentParser
import Environment
public import Hosting
import Logging
import Model
import Synchronization

/// One process at a time works in a state directory.
///
/// A second one that opens the store ends the first one's right to write (rule G10), so it is not to happen by mistake:
/// the directory is locked for as long as the process lives. A process that hangs and cannot be ended is succeeded on a
/// person's word alone.
public struct SoleOwner: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Start although another process has the store open.",
            discussion: "For one that hangs and cannot be ended: it can write nothing from then on, and ends when it "
                + "tries. One that hangs in the middle of a write holds the store, and has to be ended first."))
    public var takeOver = false

    public init() {}

    /// Takes the directory, or throws and says who has it.
    public func hold(_ directory: String, _ context: ServiceContext) async throws {
        let lane = context.environment.lanes.lane("state directory")
        let file = try await lane.run { [files = context.environment.files] in
            try files.open(directory + "/in-use", .create)
        }
        held.withLock { $0.append(file) }
        if try await lane.run({ try file.tryLockExclusive() }) { return }
        guard takeOver else {
            throw Failure(
                .operationNotAllowed, "serve from \(directory): another process does. End that one first; if it hangs "
                    + "and cannot be ended, start with --take-over: it can write nothing from then on")
        }
        context.log.warning("another process has the store open; it is succeeded")
        // As soon as that one is gone nobody else gets in between.
        let clock = context.environment.clock
        context.environment.tasks.spawn("state directory") {
            while (try? await lane.run({ try file.tryLockExclusive() })) == false {
                do { try await clock.sleep(for: .milliseconds(100)) } catch { return }
            }
        }
    }
}

/// Locked until the process ends.
private let held = Mutex<[any File]>([])
