import Contract
import Messages
import Model
import Workflow

/// The last interval of a closed source, and a person's word where it does not come: a drain has a bound, and past it
/// the job asks whether to wait or to take the newest point that is there. Whether it takes long, its source is not
/// reached, or the master target that is to apply it is not, nothing goes back by itself. It goes on looking meanwhile;
/// a drain that ends by itself is no question any more.
func drain(_ source: Site) -> VaultStep {
    calls("drain", "Cut the last interval and ship it", by: "\(source.rawValue) agent") { scene in
        if scene.parameters.statement != nil { return .skipped("the source was stated dead") }
        guard scene.parameters.choice == "latest" else { return .skipped("not asked for: the choice is not latest") }
        let word = try scene.drainWord
        if let word, word.answer == .latestProcessed { return try .done(word.output) }
        do { return try .done(try await scene.drain(source)) } catch let failure as Failure
            where failure.disposition != .permanent
        {
            guard try await scene.isDrainOverdue() else { throw failure }
            return .wait(await scene.drainQuestion(source, failure))
        }
    }.with { $0.retry = untilAsked }
}

/// The bound of a drain is a time, not a number of attempts.
private let untilAsked = RetryPolicy(attempts: .max, longest: .seconds(5))

func drained(_ source: Site) -> VaultStep {
    calls("drained", "Wait until the last interval is applied", by: "master target") { scene in
        guard let final = scene.output("drain")?.numbers["final"] else { return .skipped("nothing was drained") }
        let word = try scene.drainWord
        do { return try await scene.applied(final) } catch let failure as Failure
            where failure.disposition != .permanent
        {
            // An older point is the master target's, too: one that does not answer gives none.
            if let word, word.answer == .latestProcessed, failure.code == .busy { return try .done(word.output) }
            guard try await scene.isDrainOverdue() else { throw failure }
            return .wait(await scene.appliedQuestion(source, final, failure))
        }
    }.with { $0.retry = untilAsked }
}

/// What a person says of a drain that does not end, as the job's journal has it.
struct DrainWord: Codable, Hashable, Sendable {
    enum Answer: String, Codable, CaseIterable, Sendable {
        /// Ask again after the same time.
        case wait
        case latestProcessed = "latest-processed"
    }

    var answer: Answer
    var person: String
    var reason: String

    static let signal = "drain"

    fileprivate var output: StepOutput {
        StepOutput(
            "\(person) takes the newest point that is there: \(reason)",
            facts: ["drain.givenUpBy": "\(person): \(reason)"], numbers: [DrainWord.givenUp: 1])
    }

    fileprivate static let givenUp = "givenUp"
}

/// Whether a person took the newest point in place of the last interval, in either step that waits for that.
///
/// - Parameter output: of a step of the job, for the item concerned.
func isDrainGivenUp(_ output: (StepID) -> StepOutput?) -> Bool {
    (["drain", "drained"] as [StepID]).contains { output($0)?.numbers[DrainWord.givenUp] == 1 }
}

extension Scene {
    /// The answer that woke this step last.
    fileprivate var drainWord: DrainWord? {
        get throws(Failure) {
            guard case .signal(let payload)? = run.wake else { return nil }
            return try Stored.value(DrainWord.self, payload)
        }
    }

    fileprivate func drain(_ source: Site) async throws -> StepOutput {
        let old = try oldGeneration().message
        // One that is asked again joins the drain that is under way.
        let result = try await command(
            source, "drain", patience: min(Patience.pollWindow, vault.settings.drainLimit),
            .drain(.with { $0.generation = old }))
        guard case .drain(let drain) = result.result else {
            throw Failure(.internalError, "drain the source: the agent's answer is not a drain's")
        }
        var facts = ["final.number": "\(drain.finalNumber)", "final.blocks": "\(drain.blocks)"]
        for root in drain.roots { facts["cut.root.\(root.disk)"] = hexadecimal(root.root) }
        return StepOutput("last interval \(drain.finalNumber)", facts: facts, numbers: ["final": drain.finalNumber])
    }

    fileprivate func applied(_ final: UInt64) async throws -> StepResult {
        let client = try target(item.masterTarget)
        return try await polling(self, "drain item \(item.id)") {
            let replica = try await asking("look at the replica", Patience.read) { options in
                try await client.getReplica(
                    .with {
                        $0.item = item.id
                        $0.untilPosition = final
                    }, options)
            }
            guard replica.position >= final, replica.state == .atPoint else { return nil }
            return StepOutput("at point \(replica.position)", facts: ["applied.blocks": "\(replica.appliedBlocks)"])
        }
    }

    /// Since the step began, or somebody chose to wait, on the wall's clock: that outlives the vault's process.
    fileprivate func isDrainOverdue() async throws -> Bool {
        // A deadline of the question is no new beginning of it.
        if case .deadline? = run.wake { return true }
        let entries = try await vault.store.jobs.histories([run.job]).first?.entries ?? []
        let begun = entries.last { entry in
            switch entry.event {
            case .started(let step), .woken(let step, .signal): step == run.step
            default: false
            }
        }
        return vault.now.value - (begun?.at.value ?? vault.now.value) >= vault.settings.drainLimit.inMicroseconds
    }

    /// The source has sent all it has: what is missing is its master target's.
    fileprivate func appliedQuestion(_ source: Site, _ final: UInt64, _ failure: Failure) async -> Wait {
        var text = "\(item.displayName): its last interval, \(final), is not seen applied at \(item.masterTarget) "
            + "after \(drainLimit)"
        if failure.code == .busy {
            text += await drainStanding(source)
        } else {
            text += "; the master target is not reached: \(failure.message). Everything that was written is there, and "
                + "the latest processed point, too: nothing can be taken before it answers"
        }
        return untilSaid(text)
    }

    /// With what is under way still, and what would be lost.
    fileprivate func drainQuestion(_ source: Site, _ failure: Failure) async -> Wait {
        var text = "\(item.displayName): its last interval is not at the master target after \(drainLimit)"
        if failure.code == .unavailable { text += "; the source is not reached: \(failure.message)" }
        return untilSaid(text + (await drainStanding(source)))
    }

    private var drainLimit: String { seconds(UInt64(vault.settings.drainLimit.inMicroseconds)) }

    /// Asked again after the bound of a drain.
    private func untilSaid(_ text: String) -> Wait {
        let pause = max(vault.settings.drainLimit, Patience.pollWindow)
        return Wait(
            text, signal: DrainWord.signal, party: .person,
            deadline: UnixMicroseconds(vault.now.value + pause.inMicroseconds))
    }

    /// What a choice of the latest processed point would mean, behind the question's first words.
    private func drainStanding(_ source: Site) async -> String {
        let apart = parameters.group == nil ? "" : " The members' points would not be of one moment then."
        return ". \(await processed(source))\(apart)"
    }

    private func processed(_ source: Site) async -> String {
        guard let points = try? await vault.points(of: item) else {
            return "The master target does not answer, so nobody can say how far it is."
        }
        let waiting = points.ofReplication.filter { !$0.applied }.count
        let status = await vault.agent(item[source].machine, at: source, preferring: item.processServer)?.status
        let unsent = status.map { "\($0.dirtyBlocks) blocks are not there yet" }
            ?? "its agent is not heard, so nobody can say what it has not sent"
        guard let newest = points.whole.newest else { return "There is no whole point; \(unsent)." }
        let age = UInt64(max(0, expectedLossUs(self, newest, newest: newest.cutUnixUs)))
        return "\(waiting) intervals wait to be applied, and \(unsent). Latest processed is point \(newest.number), "
            + "\(seconds(age)) old: what was written since is not in it, and stays at the source."
    }
}

// MARK: - The answer

extension VaultCore {
    func answer(_ job: JobID, _ request: VaultV1.AnswerJobRequest) async throws {
        let what = "answer job \(job)"
        try Permission.require(.resolve, what)
        guard !request.reason.isEmpty, !request.person.isEmpty else {
            throw Failure(.invalidArgument, "\(what): name and reason are required", on: [.job(job)])
        }
        guard let history = try await vault.store.jobs.histories([job]).first,
            history.entries.drainQuestion != nil
        else {
            let state = try await vault.store.view(job).message.state
            throw Failure(.operationNotAllowed, "\(what): it asks nothing, it is \(state)", on: [.job(job)])
        }
        guard !history.progress.isCancelling else {
            throw Failure(.operationNotAllowed, "\(what): it is being cancelled", on: [.job(job)])
        }
        guard let answer = DrainWord.Answer(rawValue: request.answer) else {
            let answers = DrainWord.answers.joined(separator: " or ")
            throw Failure(.invalidArgument, "\(what): say \(answers)", on: [.job(job)])
        }
        let word = DrainWord(answer: answer, person: request.person, reason: request.reason)
        try await runner.signal(job, DrainWord.signal, try Stored.bytes(word))
    }
}

extension [JobStore.Entry] {
    /// What a drain asks and nobody has answered, also while it is looked whether it has ended meanwhile.
    var drainQuestion: Wait? {
        for entry in reversed() {
            switch entry.event {
            case .waiting(_, let wait): return wait.signal == DrainWord.signal ? wait : nil
            case .woken(_, .deadline), .attemptFailed, .partly: continue
            default: return nil
            }
        }
        return nil
    }
}

extension DrainWord {
    static let answers = Answer.allCases.map(\.rawValue)

    /// To be typed.
    static func command(_ job: JobID) -> String {
        "homeward jobs answer \(job) --answer \(answers.joined(separator: "|")) --reason WHY"
    }
}
