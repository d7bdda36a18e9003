import Model

/// What a run of the loop found; `report.json`. A value that was not measured is null.
struct LoopReport: Sendable {
    struct Step: Sendable {
        var name: String
        var machine: String
        var seconds: Double
        var bytes: Int64?
        var facts: [(String, String)] = []
    }

    struct Disk: Sendable {
        var id: String
        var bytes: Int64
        var homePath: String
        var homeImageAtHandover: String?
        var sha256CloudAtCut: String?
        var sha256Handover: String?
        var sha256HomeEnd: String?
        var changedBlocks: Int64?
        var aheadBlocks: Int64?
        var suspectBlocks: Int64?
        var movedBlocks: Int64?
        var point: Int64?
        var discardedHomeBlocks: Int64?
    }

    struct Machine: Sendable {
        var name: String
        var guest: String
        /// The image its disk began with; nil for blank disks.
        var image: String?
        /// What the files of the image were, for a files machine.
        var manifest: String?
        var acknowledgements: [(site: Site, path: String)]
        /// Generation that the home guest wrote under before the failover, the cloud's, home's again.
        var acknowledgedWrites: [Int64] = []
        var lostAcknowledgedWrites: Int64?
        var disks: [Disk]
        var writes: String?
    }

    /// A process that was killed while a step ran.
    struct Kill: Sendable {
        var process: String
        /// `operation/step`.
        var step: String
        /// When within the step.
        var moment: String
        /// As the vault's job showed the step right before the kill.
        var stepState: String
        var unixMicroseconds: Int64
        /// How long the step was held back for it, and how long until the process served again.
        var heldSeconds: Double
        var healedSeconds: Double?
    }

    var profile: String
    var seed: UInt64
    var steps: [Step] = []
    var machines: [Machine] = []
    var kills: [Kill] = []
    var reasons: [String] = []

    var isPass: Bool { reasons.isEmpty }

    func json() -> JSON {
        .object([
            ("verdict", .text(isPass ? "pass" : "fail")),
            ("reasons", .list(reasons.map { .text($0) })),
            ("profile", .text(profile)), ("seed", .text("\(seed)")),
            ("kills", .list(kills.map { $0.json() })),
            (
                "steps",
                .list(
                    steps.map { step in
                        .object([
                            ("name", .text(step.name)), ("machine", .text(step.machine)),
                            ("seconds", .seconds(step.seconds)), ("bytes", .optional(step.bytes)),
                            ("facts", .object(step.facts.map { ($0.0, .text($0.1)) })),
                        ])
                    })
            ),
            ("machines", .list(machines.map { $0.json() })),
        ])
    }
}

extension LoopReport.Kill {
    func json() -> JSON {
        .object([
            ("process", .text(process)), ("step", .text(step)), ("moment", .text(moment)),
            ("stepState", .text(stepState)), ("unixUs", .number(unixMicroseconds)),
            ("heldSeconds", .seconds(heldSeconds)), ("healedSeconds", healedSeconds.map { .seconds($0) } ?? .null),
        ])
    }
}

extension LoopReport.Machine {
    func json() -> JSON {
        .object([
            ("name", .text(name)), ("guest", .text(guest)), ("image", .optional(image)), ("writes", .optional(writes)),
            ("manifest", .optional(manifest)),
            ("lostAcknowledgedWrites", .optional(lostAcknowledgedWrites)), ("pointsVerified", .null),
            ("acknowledgedWrites", .list(acknowledgedWrites.map { .number($0) })),
            ("acknowledgements", .list(acknowledgements.map { .text($0.path) })),
            ("disks", .list(disks.map { $0.json() })),
        ])
    }
}

extension LoopReport.Disk {
    func json() -> JSON {
        .object([
            ("id", .text(id)), ("bytes", .number(bytes)), ("homePath", .text(homePath)),
            ("homeImageAtHandover", .optional(homeImageAtHandover)), ("sha256CloudAtCut", .optional(sha256CloudAtCut)),
            ("sha256Handover", .optional(sha256Handover)), ("sha256HomeEnd", .optional(sha256HomeEnd)),
            ("changedBlocks", .optional(changedBlocks)), ("aheadBlocks", .optional(aheadBlocks)),
            ("suspectBlocks", .optional(suspectBlocks)), ("movedBlocks", .optional(movedBlocks)),
            ("point", .optional(point)), ("discardedHomeBlocks", .optional(discardedHomeBlocks)),
            ("certificateMode", .null),
        ])
    }
}
