import Blocks
import IntervalFrames
import Messages
import Replicas

/// What a replica's standing is to the writer that says hello.
extension Standing {
    /// Where blocks of a disk are so scattered that they would be more runs than a welcome may have, those near one
    /// another are told as one run, to be compared by digest: what does not differ between them is not sent.
    func welcome(mostRuns: Int = ReplicationV1.StreamWelcome.mostRuns) -> ReplicationV1.StreamWelcome {
        var (changes, suspects, held) = (changes, suspects, held)
        var gap = Self.smallestGap
        while (changes + suspects + held).reduce(0, { $0 + $1.runs.reduce(0) { count, _ in count + 1 } }) > mostRuns {
            suspects = zip(changes, suspects).map { $0.union($1).closing(gaps: gap) }
            changes = changes.map { _ in BlockSet() }
            held = held.map { $0.closing(gaps: gap) }
            gap *= 2
        }
        return .with {
            $0.position = position.number
            $0.sealed = sealed.number
            $0.blank = isBlank
            $0.comparesRanges = true
            $0.changes = Self.messages(changes, suspects)
            $0.held = Self.messages(held)
        }
    }

    /// 64 KiB: reading that much costs hardly more than reading one block.
    private static let smallestGap = 16

    /// Of the disks that have something to say.
    private static func messages(_ changes: [BlockSet], _ suspects: [BlockSet]) -> [ReplicationV1.TargetChanges] {
        zip(changes, suspects).enumerated().compactMap { index, disk in
            let (changed, suspect) = disk
            if changed.isEmpty, suspect.isEmpty { return nil }
            return .with {
                $0.disk = UInt32(index)
                $0.runs = changed.messages
                $0.suspects = suspect.messages
            }
        }
    }

    /// Of the disks that hold a part of a first copy.
    private static func messages(_ held: [BlockSet]) -> [ReplicationV1.HeldContent] {
        held.enumerated().compactMap { index, blocks in
            guard !blocks.isEmpty else { return nil }
            return .with {
                $0.disk = UInt32(index)
                $0.runs = blocks.messages
            }
        }
    }
}

extension BlockSet {
    /// With what lies between two runs, where that is less than `gaps` blocks.
    fileprivate func closing(gaps: Int) -> BlockSet {
        var out = BlockSet()
        var last: BlockRange?
        for run in runs {
            if let before = last, run.lowerBound - before.upperBound >= gaps {
                out.insert(before)
                last = run
            } else {
                last = (last?.lowerBound ?? run.lowerBound)..<run.upperBound
            }
        }
        if let last { out.insert(last) }
        return out
    }
}
