public import Messages
public import Model

/// Bounds of a retention, the same for who writes one and for who carries it out.
extension TargetV1.Retention {
    /// A master target keeps no more of one item.
    public static let pointBounds: ClosedRange<UInt32> = 1...1_000
    /// Ages and spans from a second to ten years.
    public static let durationBoundsUs: ClosedRange<UInt64> = 1_000_000...315_360_000_000_000
    /// More steps than a person can follow.
    public static let mostSteps = 8

    /// Throws what is wrong with it.
    public func check(_ what: String) throws(Failure) {
        func refuse(_ why: String) -> Failure { Failure(.invalidArgument, "\(what): \(why)") }
        guard Self.pointBounds.contains(points) else {
            throw refuse("its retention keeps \(points) points; 1 to 1000 can be kept")
        }
        guard ageUs == 0 || Self.durationBoundsUs.contains(ageUs) else {
            throw refuse("its retention has an age of \(ageUs) us; 1 s to 10 years, or 0 for no limit")
        }
        guard thinning.count <= Self.mostSteps else {
            throw refuse("its retention has \(thinning.count) steps of thinning; there are at most \(Self.mostSteps)")
        }
        var before = TargetV1.RetentionStep()
        for (index, step) in thinning.enumerated() {
            guard Self.durationBoundsUs.contains(step.keepEveryUs),
                step.olderThanUs <= Self.durationBoundsUs.upperBound
            else {
                throw refuse("step \(index + 1) of its thinning is out of bounds; ages and spans are 1 s to 10 years")
            }
            guard index == 0 || (step.olderThanUs > before.olderThanUs && step.keepEveryUs > before.keepEveryUs) else {
                throw refuse("step \(index + 1) of its thinning has not a higher age and a longer span than the step "
                    + "before")
            }
            before = step
        }
    }
}
