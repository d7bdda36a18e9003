import Contract
public import Messages
public import Model

/// A welcome in parts: what a target changed by itself may be as many runs as every other block of its disks, and a
/// message is bounded.
extension ReplicationV1.StreamWelcome {
    /// Runs of one part: less than a megabyte of a message.
    public static let mostRunsOfPart = 1 << 16
    /// Runs of all parts: 16 MiB of memory where they are put together. A target says no more (see
    /// `MasterTarget.Welcome`).
    public static let mostRuns = 1 << 20

    public var runs: Int {
        changes.reduce(0) { $0 + $1.runs.count + $1.suspects.count } + held.reduce(0) { $0 + $1.runs.count }
    }

    /// One frame for each part. All but the last say that there is more.
    public func frames(runsOfPart most: Int = mostRunsOfPart) -> [ReplicationV1.TargetFrame] {
        parts(most).map { part in .with { $0.frame = .welcome(part) } }
    }

    private func parts(_ most: Int) -> [Self] {
        guard runs > most else { return [self] }
        var empty = self
        empty.forgetRuns()
        var (parts, room) = ([empty], most)
        func divide(_ runs: [ReplicationV1.BlockRun], _ add: (inout Self, [ReplicationV1.BlockRun]) -> Void) {
            var rest = runs[...]
            while !rest.isEmpty {
                if room == 0 {
                    parts[parts.count - 1].more = true
                    parts.append(empty)
                    room = most
                }
                let portion = rest.prefix(room)
                rest = rest.dropFirst(portion.count)
                room -= portion.count
                add(&parts[parts.count - 1], Array(portion))
            }
        }
        for change in changes {
            let disk = change.disk
            divide(change.runs) { part, runs in part.changes.append(.with { $0.disk = disk; $0.runs = runs }) }
            divide(change.suspects) { part, runs in part.changes.append(.with { $0.disk = disk; $0.suspects = runs }) }
        }
        for content in held {
            divide(content.runs) { part, runs in part.held.append(.with { $0.disk = content.disk; $0.runs = runs }) }
        }
        return parts
    }

    /// The next part came. Complete when there is no more.
    public mutating func add(_ part: Self) throws(Failure) {
        guard runs + part.runs <= Self.mostRuns else {
            throw Failure(.limitReached, "read a welcome: more than \(Self.mostRuns) runs of blocks")
        }
        changes += part.changes
        held += part.held
        more = part.more
    }

    public mutating func forgetRuns() {
        changes = []
        held = []
    }
}
