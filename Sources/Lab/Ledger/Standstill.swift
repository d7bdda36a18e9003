public import Environment

/// The freeze of a workload: somebody asks for it, the workload stands still at its next resting place, with nothing
/// begun and everything flushed, and goes on at the thaw, or by itself when its time is over.
///
/// Two sides: hooks call `freeze` and `thaw`, the workload `rest` wherever it may stand.
public actor Standstill {
    private struct Asked {
        let token: String
        let hold: Duration
        let answer: CheckedContinuation<String?, Never>
    }

    private let environment: Environment
    private var asked: Asked?
    private var frozen: String?
    /// Counts rests, so that the end of one's time does not end a later one.
    private var rests: UInt64 = 0
    private var resting: CheckedContinuation<Void, Never>?
    private var isOver = false

    public init(_ environment: Environment) { self.environment = environment }

    // MARK: Hooks

    /// nil once the workload stands still; why it does not, otherwise.
    public func freeze(_ token: String, hold: Duration) async -> String? {
        guard !isOver else { return "the workload has ended" }
        guard asked == nil, frozen == nil else { return "frozen already, for \(asked?.token ?? frozen ?? "")" }
        return await withCheckedContinuation { asked = Asked(token: token, hold: hold, answer: $0) }
    }

    /// nil when it stood still for this token until now; what was the matter, otherwise. It runs in any case.
    public func thaw(_ token: String) -> String? {
        if let asked, asked.token == token {
            self.asked = nil
            asked.answer.resume(returning: "thawed before it was frozen")
            return "it was not frozen yet"
        }
        guard frozen == token else { return frozen == nil ? "it is not frozen" : "it is frozen for another point" }
        wake()
        return nil
    }

    // MARK: Workload

    /// Whether somebody wants it to stand still.
    public var isAsked: Bool { asked != nil }

    /// Stands still from now until the thaw. Everything that was begun is ended and flushed.
    public func rest() async {
        guard let asked, !isOver else { return }
        self.asked = nil
        let token = asked.token
        frozen = token
        rests += 1
        let number = rests
        environment.tasks.spawn("freeze lease") { [clock = environment.clock] in
            do { try await clock.sleep(for: asked.hold) } catch { return }
            await self.expire(number)
        }
        asked.answer.resume(returning: nil)
        await withCheckedContinuation { resting = $0 }
    }

    /// The workload ends: nobody is frozen any more.
    public func end() {
        isOver = true
        asked?.answer.resume(returning: "the workload has ended")
        asked = nil
        wake()
    }

    private func expire(_ number: UInt64) { if rests == number { wake() } }

    private func wake() {
        frozen = nil
        resting?.resume()
        resting = nil
    }
}
