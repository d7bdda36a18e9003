import Environment
import Model
import Store

/// What one attempt at a step came to for one of the job's items.
enum Answer: Sendable {
    typealias Commit = @Sendable (Transaction) throws -> [UInt8]

    case passed(Parts.Part)
    case commit(Commit)
    case wait(Wait)
    /// Looked at only, and not done.
    case notDone
    /// Looking told nothing: neither done nor not done.
    case unsure(Failure)
    case failed(Failure)
}

/// One attempt at a step for every item that has not passed it, folded into what the job knows afterwards.
struct Round: Sendable {
    private(set) var parts = Parts()
    private(set) var commits: [(item: ItemID, body: Answer.Commit)] = []
    private(set) var hasNotDone = false
    private var waits: [Wait] = []
    private var doubts: [Failure] = []
    private var failures: [Failure] = []

    init(_ answers: [(item: ItemID, answer: Answer)]) {
        let isOverSeveral = answers.count > 1
        for (item, answer) in answers {
            switch answer {
            case .passed(let part): parts[item] = part
            case .commit(let body): commits.append((item, body))
            case .wait(let wait): waits.append(wait)
            case .notDone: hasNotDone = true
            case .unsure(let failure): doubts.append(isOverSeveral ? failure.about(item) : failure)
            case .failed(let failure): failures.append(isOverSeveral ? failure.about(item) : failure)
            }
        }
    }

    /// Every item has passed the step, or does so by its commit.
    var isWhole: Bool { doubts.isEmpty && failures.isEmpty && waits.isEmpty && !hasNotDone }

    var doubt: Failure? { joined(doubts) }

    /// As one failure. An unknown outcome comes first: nothing is called failed while there is one. Where the job can
    /// still go back a refusal decides next, for nothing more has to succeed; where it cannot, what may yet succeed is
    /// tried to its end before a person is asked about the rest.
    func failure(canGoBack: Bool) -> Failure? {
        func ofKind(_ disposition: ErrorCode.Disposition) -> [Failure] {
            failures.filter { $0.disposition == disposition }
        }
        let known = [ofKind(.permanent), ofKind(.transient)]
        return joined(ofKind(.unknownOutcome) + (canGoBack ? known : known.reversed()).flatMap { $0 })
    }

    /// All items wait for the same signal; the earliest deadline wakes them.
    var wait: Wait? {
        guard var wait = waits.first else { return nil }
        wait.condition = waits.map(\.condition).joined(separator: "; ")
        wait.deadline = waits.compactMap(\.deadline).min { $0.value < $1.value }
        return wait
    }

    private func joined(_ failures: [Failure]) -> Failure? {
        guard var first = failures.first else { return nil }
        for other in failures.dropFirst() {
            first.message += "; \(other.message)"
            first.gates += other.gates.filter { !first.gates.contains($0) }
            first.subjects += other.subjects.filter { !first.subjects.contains($0) }
        }
        return first
    }
}

extension Failure {
    fileprivate func about(_ item: ItemID) -> Failure {
        guard !subjects.contains(.item(item)) else { return self }
        var copy = self
        copy.subjects.append(.item(item))
        return copy
    }
}

/// Items of one job that are acted on at the same time: components serve many jobs.
private let parallelItems = 16

/// The answers in the order of the items.
func each(_ items: [ItemID], _ body: @escaping @Sendable (ItemID) async -> Answer) async -> [(ItemID, Answer)] {
    if items.count == 1 { return [(items[0], await body(items[0]))] }
    return await withTaskGroup(of: (Int, Answer).self) { group in
        var answers: [Int: Answer] = [:]
        for (index, item) in items.enumerated() {
            if index >= parallelItems, let (earlier, answer) = await group.next() { answers[earlier] = answer }
            group.addTask { (index, await body(item)) }
        }
        for await (index, answer) in group { answers[index] = answer }
        return items.enumerated().compactMap { index, item in answers[index].map { (item, $0) } }
    }
}
