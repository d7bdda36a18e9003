public import Environment

/// How much of the past is kept.
public struct RetentionPolicy: Hashable, Sendable {
    /// Of the points older than an age, one is kept in each span of the wall clock.
    public struct Step: Hashable, Sendable {
        public var olderThan: Duration
        public var keepEvery: Duration

        public init(olderThan: Duration, keepEvery: Duration) {
            self.olderThan = olderThan
            self.keepEvery = keepEvery
        }
    }

    /// Points, the newest counted.
    public var count: Int
    /// By cut time for people; nil for no limit.
    public var age: Duration?
    /// Ages ascend; a point belongs to the last step that it is old enough for.
    public var thinning: [Step]

    public init(count: Int = 72, age: Duration? = .seconds(72 * 3600), thinning: [Step] = []) {
        self.count = max(1, min(count, Replica.mostPoints))
        self.age = age
        self.thinning = thinning.filter { $0.keepEvery > .zero }.sorted { $0.olderThan < $1.olderThan }
    }

    /// What of a point, or of a group point, retention looks at.
    public struct Candidate: Hashable, Sendable {
        public var cut: WallInstant
        public var isApplicationConsistent: Bool
        /// The newest, pinned, or in use: it never goes, and no other one goes because of it.
        public var isHeld: Bool

        public init(cut: WallInstant, isApplicationConsistent: Bool, isHeld: Bool) {
            self.cut = cut
            self.isApplicationConsistent = isApplicationConsistent
            self.isHeld = isHeld
        }
    }

    /// Why a point goes.
    public enum Verdict: Hashable, Sendable {
        case age(limit: Duration)
        /// Another point of its span stays.
        case thinned(keepEvery: Duration)
        case count(limit: Int)
    }

    /// - Parameter points: in the order in which they came.
    /// - Returns: for each, why it goes; nil for one that stays.
    ///
    /// Spans lie on the wall clock, not at the points, so that the point that stands for a span goes on standing for it
    /// as time goes by: an application-consistent one if the span has any, of those the oldest. Counted are all points,
    /// held ones too; over the count the oldest go.
    public func verdicts(_ points: [Candidate], now: WallInstant) -> [Verdict?] {
        var verdicts: [Verdict?] = points.map { point in
            guard !point.isHeld, let age, elapsed(point, now) > age else { return nil }
            return .age(limit: age)
        }
        var standing: [Span: Int] = [:]
        for (index, point) in points.enumerated() where !point.isHeld && verdicts[index] == nil {
            guard let (span, step) = span(of: point, now) else { continue }
            guard let other = standing[span] else {
                standing[span] = index
                continue
            }
            let isBetter = point.isApplicationConsistent && !points[other].isApplicationConsistent
            if isBetter { standing[span] = index }
            verdicts[isBetter ? other : index] = .thinned(keepEvery: step.keepEvery)
        }
        var left = verdicts.count { $0 == nil }
        for (index, point) in points.enumerated() where left > count && !point.isHeld && verdicts[index] == nil {
            verdicts[index] = .count(limit: count)
            left -= 1
        }
        return verdicts
    }

    private struct Span: Hashable {
        let step: Int
        let number: Int64
    }

    private func span(of point: Candidate, _ now: WallInstant) -> (Span, Step)? {
        let old = elapsed(point, now)
        guard let index = thinning.lastIndex(where: { old > $0.olderThan }) else { return nil }
        let length = thinning[index].keepEvery.inMicroseconds
        // Rounded down also before 1970, so that every span has one length.
        let number = (point.cut.microseconds - mod(point.cut.microseconds, length)) / length
        return (Span(step: index, number: number), thinning[index])
    }

    private func mod(_ value: Int64, _ length: Int64) -> Int64 { ((value % length) + length) % length }

    private func elapsed(_ point: Candidate, _ now: WallInstant) -> Duration {
        .microseconds(now.microseconds - point.cut.microseconds)
    }
}
