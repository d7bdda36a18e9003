/// Names one effect, so that a receiver does it at most once (rule K1). The attempt is not part of it.
public struct OperationKey: Hashable, Sendable, CustomStringConvertible {
    public enum Course: String, CaseIterable, Hashable, Sendable {
        case forward, undo
    }

    public let job: JobID
    public let item: ItemID
    public let step: StepID
    public let course: Course
    /// The resource acted on at the receiver, such as `disks/d1`: 1 to 128 of a-z A-Z 0-9 - _ . : /
    public let target: String

    public init(job: JobID, item: ItemID, step: StepID, course: Course, target: String) throws(Failure) {
        guard OperationKey.isValidTarget(target) else {
            throw Failure(
                .invalidArgument,
                "name the target \"\(target.prefix(80))\" in an operation key: use 1 to \(targetLimit) of "
                    + "a-z A-Z 0-9 - _ . : /",
                on: [.job(job), .item(item)])
        }
        self.init(job: job, item: item, step: step, course: course, checked: target)
    }

    private init(job: JobID, item: ItemID, step: StepID, course: Course, checked target: String) {
        self.job = job
        self.item = item
        self.step = step
        self.course = course
        self.target = target
    }

    /// Reads the canonical form.
    public init(canonical: String) throws(Failure) {
        let parts = canonical.split(separator: "/", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, let course = Course(rawValue: parts[3]) else {
            throw Failure(.invalidArgument, "read operation key \"\(canonical.prefix(200))\": five parts expected")
        }
        try self.init(
            job: JobID(parts[0]), item: ItemID(parts[1]), step: StepID(parts[2]), course: course, target: parts[4])
    }

    /// `job/item/step/course/target`. Only the target, which comes last, may hold a slash, so it reads back.
    public var canonical: String { "\(job)/\(item)/\(step)/\(course.rawValue)/\(target)" }
    public var description: String { canonical }

    /// The key of the call that this one cancels, for an undo; else itself.
    public var forward: OperationKey { with(.forward) }
    /// The key of the call that cancels this one.
    public var undo: OperationKey { with(.undo) }

    private func with(_ course: Course) -> OperationKey {
        OperationKey(job: job, item: item, step: step, course: course, checked: target)
    }

    private static func isValidTarget(_ text: String) -> Bool {
        guard (1...targetLimit).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x2D...0x3A, 0x5F: true
            default: false
            }
        }
    }
}

/// A key is at most four ids, the course and this: below 512 bytes, so it fits an index page many times.
private let targetLimit = 128
