import Model
import Store
import Workflow

/// How long jobs of a kind usually take: by the newest of them that succeeded, whatever their items.
struct UsualTimes: Sendable {
    /// So many are looked at: enough that one which waited for something odd does not count.
    static let most = 5

    let jobs: Int
    let whole: Duration
    let steps: [StepID: Duration]

    /// - Parameter journals: of the jobs, from their first record to their last.
    init(_ journals: [[JobStore.Entry]]) {
        jobs = journals.count
        whole = median(journals.compactMap(span))
        var ofSteps: [StepID: [Duration]] = [:]
        for journal in journals {
            for (step, entries) in Dictionary(grouping: journal, by: { $0.event.step }) {
                if let step, let span = span(entries) { ofSteps[step, default: []].append(span) }
            }
        }
        steps = ofSteps.mapValues(median)
    }
}

private func span(_ entries: [JobStore.Entry]) -> Duration? {
    guard let first = entries.first, let last = entries.last else { return nil }
    // The wall clock may have been set back meanwhile.
    return .microseconds(max(0, last.at.value - first.at.value))
}

/// The lower one of two in the middle; zero of none.
private func median(_ spans: [Duration]) -> Duration {
    spans.isEmpty ? .zero : spans.sorted()[(spans.count - 1) / 2]
}

extension VaultStore {
    static let historySchema = """
        CREATE INDEX jobs_by_workflow ON jobs (workflow, state, created_us);
        CREATE INDEX items_synchronizing ON items (id) WHERE phase IN ('SYNCHRONIZING_OUT', 'SYNCHRONIZING_HOME');
        """

    func usualTimes(of workflow: String) async throws -> UsualTimes {
        let newest = try await jobs.histories { transaction in
            try transaction.rows(
                "SELECT id FROM jobs WHERE workflow = ? AND state = 'SUCCEEDED' ORDER BY created_us DESC LIMIT ?",
                .text(workflow), .integer(Int64(UsualTimes.most))
            ).map { (try $0.id("id"), ()) }
        }
        return UsualTimes(newest.map(\.entries))
    }
}
