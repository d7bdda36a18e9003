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
        /// Of the reprotect to home, or of its last repetition.
        var moved = Moved()
        var point: Int64?
        /// `delta` when each block that was moved was read back from home's disk, against the digest that was sent with
        /// it, before the hand-over; `full` is never claimed, nil when nothing was verified.
        var certificateMode: String?
    }

    /// What one replication moved of a disk until its first point, in blocks of 4 KiB, as the vault has it from the
    /// master target (`measured` in a job's steps); nil where it was not measured.
    struct Moved: Sendable {
        /// Written by the guest since the point that source and target had in common, up to the first cut.
        var changed: Int64?
        /// Touched by a move to an older point, or written at the target by itself.
        var ahead: Int64?
        /// Compared by digest.
        var suspect: Int64?
        /// Arrived.
        var moved: Int64?
        /// Arrived besides, and dropped because the transfer broke off.
        var dropped: Int64?
        /// Written at the target by itself, and overwritten.
        var discarded: Int64?

        /// Why this is more than had to be moved; nil if it is not, or was not measured.
        func excess(wasKilled: Bool) -> String? {
            guard let changed, let ahead, let suspect, let moved, let dropped else { return nil }
            // What breaks off is sent again; where nothing is killed nothing breaks off.
            let arrived = wasKilled ? moved : moved + dropped
            let bound = (changed + ahead) * 1_001 / 1_000 + suspect
            if arrived <= bound { return nil }
            return "\(arrived) blocks were moved, "
                + "\(changed) changed + \(ahead) ahead + \(suspect) compared allow \(bound)"
        }
    }

    /// What the preview of an operation said that it may move of a machine, in blocks of 4 KiB.
    struct Bound: Sendable {
        let changed: Int64
        /// Compared by digest, at most, and so many more for each crash of the source's agent.
        let suspect: Int64
        let crash: Int64
        let basis: String
    }

    /// One operation that began a replication.
    struct Replication: Sendable {
        /// Operations that begin one over disks that both sides have: never a full copy.
        static let reprotects = ["reprotect", "re-protect"]

        let operation: String
        /// nil where no preview was asked for.
        var bound: Bound?
        /// `delta`, or `full` where everything was to be sent.
        let session: String
        /// The target's agent crashed or was killed when its machine was turned off for it.
        let uncleanStop: Bool
        /// In the order of the machine's disks.
        let disks: [Moved]
    }

    /// Kept images of a machine's disks, all guests off them, with what its log must say of them.
    struct Kept: Sendable {
        /// The guest's log, of which the first `logBytes` existed then.
        let log: String
        let logBytes: Int64
        /// In the order of the disks.
        let images: [String]
        /// The recovery point that they are; nil for the live disks of a machine that was stopped.
        var point: Point?
        let what: String
        /// Images of several machines with the same name here are one common point of their group; nil outside one.
        var common: String?
    }

    struct Point: Sendable {
        let number: Int64
        /// Cut time, microseconds since 1970, and that of the next newer point.
        let cut: Int64
        let next: Int64?
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
        var replications: [Replication] = []
        var kept: [Kept] = []
        /// The cloud's disks when the failover was made that was kept, and the generation of that failover; nil where
        /// the cloud went on from everything that home had acknowledged.
        var cloudBegan: [String]?
        var cloudSince: Int64?
        /// Points at which a copy was compared, block by block, with what had been acknowledged.
        var pointsVerified: Int64 = 0
        /// What the vault certified of the hand-over.
        var certificate: String?
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
    /// Replication groups that were operated as one, with the names of their machines.
    var groups: [(name: String, machines: [String])] = []
    var kills: [Kill] = []
    /// The vault's public key, which verifies the certificates.
    var certificateKey: String?
    var reasons: [String] = []

    var isPass: Bool { reasons.isEmpty }

    func json() -> JSON {
        .object([
            ("verdict", .text(isPass ? "pass" : "fail")),
            ("reasons", .list(reasons.map { .text($0) })),
            ("profile", .text(profile)), ("seed", .text("\(seed)")),
            ("kills", .list(kills.map { $0.json() })), ("certificateKey", .optional(certificateKey)),
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
            (
                "groups",
                .list(
                    groups.map {
                        .object([("name", .text($0.name)), ("machines", .list($0.machines.map { .text($0) }))])
                    })
            ),
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
            ("lostAcknowledgedWrites", .optional(lostAcknowledgedWrites)),
            ("pointsVerified", .number(pointsVerified)), ("certificate", .optional(certificate)),
            ("acknowledgedWrites", .list(acknowledgedWrites.map { .number($0) })),
            ("acknowledgements", .list(acknowledgements.map { .text($0.path) })),
            ("disks", .list(disks.map { $0.json() })),
            ("replications", .list(replications.map { $0.json(disks.map(\.id)) })),
            ("kept", .list(kept.map { $0.json() })), ("cloudSince", .optional(cloudSince)),
            ("cloudBegan", .list((cloudBegan ?? []).map { .text($0) })),
        ])
    }
}

extension LoopReport.Kept {
    func json() -> JSON {
        .object([
            ("what", .text(what)), ("log", .text(log)), ("logBytes", .number(logBytes)),
            ("images", .list(images.map { .text($0) })), ("point", .optional(point?.number)),
            ("cutUnixUs", .optional(point?.cut)), ("nextCutUnixUs", .optional(point?.next)),
            ("common", .optional(common)),
        ])
    }
}

extension LoopReport.Replication {
    func json(_ ids: [String]) -> JSON {
        .object([
            ("operation", .text(operation)), ("session", .text(session)), ("bound", bound?.json ?? .null),
            ("uncleanStop", .flag(uncleanStop)),
            ("disks", .list(zip(ids, disks).map { .object([("id", .text($0))] + $1.fields) })),
        ])
    }
}

extension LoopReport.Bound {
    var json: JSON {
        .object([
            ("changedBlocks", .number(changed)), ("suspectBlocks", .number(suspect)), ("crashBlocks", .number(crash)),
            ("basis", .text(basis)),
        ])
    }
}

extension LoopReport.Moved {
    var fields: [(String, JSON)] {
        [
            ("changedBlocks", .optional(changed)), ("aheadBlocks", .optional(ahead)),
            ("suspectBlocks", .optional(suspect)), ("movedBlocks", .optional(moved)),
            ("droppedBlocks", .optional(dropped)), ("discardedHomeBlocks", .optional(discarded)),
        ]
    }
}

extension LoopReport.Disk {
    func json() -> JSON {
        .object([
            ("id", .text(id)), ("bytes", .number(bytes)), ("homePath", .text(homePath)),
            ("homeImageAtHandover", .optional(homeImageAtHandover)), ("sha256CloudAtCut", .optional(sha256CloudAtCut)),
            ("sha256Handover", .optional(sha256Handover)), ("sha256HomeEnd", .optional(sha256HomeEnd)),
            ("point", .optional(point)), ("certificateMode", .optional(certificateMode)),
        ] + moved.fields)
    }
}
