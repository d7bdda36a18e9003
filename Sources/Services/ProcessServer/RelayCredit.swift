import Environment
import Intervals
import Messages
import Model

/// How much the agent may send.
///
/// Leave comes from two places: room in the cache, which no two agents are promised at once, and, while the master
/// target takes everything as it comes, room in memory. A cache that is nearly full gives no leave of its own any more,
/// and a part of what memory could take: what waits goes first. The agent without leave goes on tracking, and its guest
/// does not notice.
extension Relay {
    /// Steps in which the room of the spool is asked for anew, and below which an agent is told why it has no more.
    private static let step: UInt64 = 1 << 20
    /// Of the memory, the part that is promised while the cache is nearly full.
    private static let throttledPart: Int64 = 4
    /// A spool that failed is opened again this often: its volume may have space again.
    private static let mendingPause: Duration = .seconds(5)

    /// Tells the source how much it may send. Never less than it was told before.
    func updateCredit(_ always: Bool) async {
        guard let asking = source, welcome != nil else { return }
        guard always || asking.granted < asking.received + Self.step || spoolRoom < Int64(Self.step) else { return }
        let spool = self.spool
        let room = isSpoolBroken ? .none : (try? await lane.run { try spool.room() }) ?? .none
        budget.set(item, reusable: room.reusable)
        guard let present = source, present.number == asking.number else { return }
        let standing = budget.standing
        let isThrottled = standing.level == .throttled
        spoolRoom = isThrottled ? 0 : max(0, room.bytes - Int64(Chunk.contentLimit))
        let kept = Int64(present.granted) - Int64(present.received)
        let promised = budget.promise(item, min(spoolRoom, Int64(queue.memoryLimit)), keeping: kept)
        let window = UInt64(max(promised, passing(isThrottled)))
        let total = max(present.granted, present.received + window)
        let cause = creditCause(window, standing)
        guard total > present.granted || cause != present.creditCause else { return }
        source?.granted = total
        source?.creditCause = cause
        present.outbox.send(
            .with {
                $0.frame = .credit(
                    .with {
                        $0.totalBytes = total
                        $0.cause = cause
                    })
            })
    }

    /// What may go through memory, without room in the spool.
    private func passing(_ isThrottled: Bool) -> Int64 {
        guard link?.isWelcome == true, queue.isCutThrough else { return 0 }
        let limit = Int64(queue.memoryLimit)
        let part = isThrottled ? max(Int64(Self.step), limit / Self.throttledPart) : limit
        return max(0, min(part, limit - Int64(queue.memoryBytes)))
    }

    private func creditCause(_ window: UInt64, _ standing: CacheBudget.Standing) -> String {
        guard standing.level == .throttled || window < Self.step else { return "" }
        let causes: [String?] = [
            spoolFailure.map { "its spool failed: \($0.error)" },
            standing.throttleCause ?? (isSpoolBroken || link?.isWelcome == true ? nil : "its cache has no more room"),
            link?.isWelcome == true ? nil : "the master target is not connected",
        ]
        return causes.compactMap(\.self).joined(separator: "; ")
    }

    /// Once a second: gives leave that nothing else would give, when space came back.
    func tend() async {
        if let failure = spoolFailure, environment.clock.now() - failure.since >= Self.mendingPause, !isClosed {
            spoolFailure?.since = environment.clock.now()
            do {
                try await reopenSpool()
                log.notice("the spool is open again")
            } catch { log.debug("the spool cannot be opened", metadata: ["error": "\(error)"]) }
        }
        await updateCredit(true)
    }
}
