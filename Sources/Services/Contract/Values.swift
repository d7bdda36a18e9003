public import Messages
public import Model

/// Values of the model as they travel. Reading refuses what the model cannot hold; unknown enum numbers are refused
/// where they would decide something and read as "not said" elsewhere.

extension Site {
    public init(_ message: CommonV1.Site) throws(Failure) {
        switch message {
        case .home: self = .home
        case .cloud: self = .cloud
        default: throw Failure(.invalidArgument, "read a site: neither home nor cloud is set")
        }
    }

    public var message: CommonV1.Site { self == .home ? .home : .cloud }
}

extension Direction {
    /// nil when unspecified.
    public init?(_ message: CommonV1.Direction) {
        switch message {
        case .out: self = .out
        case .home: self = .home
        default: return nil
        }
    }

    public var message: CommonV1.Direction { self == .out ? .out : .home }
}

extension Generation {
    public init(_ message: CommonV1.Generation?) throws(Failure) {
        guard let message, message.number > 0, let token = GenerationToken(message.token) else {
            throw Failure(.invalidArgument, "read a generation: number (from 1) and a token of 16 bytes are required")
        }
        self.init(number: message.number, token: token)
    }

    public var message: CommonV1.Generation {
        .with {
            $0.number = number
            $0.token = token.bytes
        }
    }
}

/// A generation's roles for one item, as `Assign` carries them.
public struct Assignment: Hashable, Sendable {
    public var item: ItemID
    public var generation: Generation
    public var roles: GenerationRoles

    public init(item: ItemID, generation: Generation, roles: GenerationRoles) {
        self.item = item
        self.generation = generation
        self.roles = roles
    }

    public init(_ message: CommonV1.Assignment?) throws(Failure) {
        guard let message else { throw Failure(.invalidArgument, "read an assignment: it is missing") }
        item = try ItemID(message.item)
        generation = try Generation(message.generation)
        roles = GenerationRoles(
            activeSite: try Site(message.activeSite), replication: Direction(message.replication),
            processServer: message.processServer.isEmpty ? nil : try ProcessServerID(message.processServer),
            masterTarget: message.masterTarget.isEmpty ? nil : try MasterTargetID(message.masterTarget),
            drains: message.drains == nil ? nil : try Generation(message.drains))
    }

    public var message: CommonV1.Assignment {
        .with {
            $0.item = item.text
            $0.generation = generation.message
            $0.activeSite = roles.activeSite.message
            $0.replication = roles.replication?.message ?? .unspecified
            $0.drains = roles.drains?.message
            $0.processServer = roles.processServer?.text ?? ""
            $0.masterTarget = roles.masterTarget?.text ?? ""
        }
    }
}

extension OperationKey {
    public init(_ message: CommonV1.OperationKey?) throws(Failure) {
        guard let message else {
            throw Failure(.invalidArgument, "read the operation key: a call with an effect must carry one")
        }
        try self.init(
            job: JobID(message.job), item: ItemID(message.item), step: StepID(message.step),
            course: message.undo ? .undo : .forward, target: message.target)
    }

    public func message(epoch: UInt64) -> CommonV1.OperationKey {
        .with {
            $0.job = job.text
            $0.item = item.text
            $0.step = step.text
            $0.undo = course == .undo
            $0.target = target
            $0.vaultEpoch = epoch
        }
    }
}

/// A disk of a machine: stable id, place in the machine, size.
public struct DiskDescription: Hashable, Sendable {
    public var id: DiskID
    public var index: Int
    public var size: ByteCount

    public init(id: DiskID, index: Int, size: ByteCount) {
        self.id = id
        self.index = index
        self.size = size
    }

    public init(_ message: CommonV1.Disk) throws(Failure) {
        id = try DiskID(message.id)
        index = Int(message.index)
        guard message.bytes > 0, message.bytes % 512 == 0, message.bytes <= largestDisk else {
            throw Failure(
                .invalidArgument,
                "read disk \(message.id): its size of \(message.bytes) bytes is not a multiple of 512 up to 64 TiB",
                on: [.disk(id)])
        }
        size = ByteCount(Int64(message.bytes))
    }

    public var message: CommonV1.Disk {
        .with {
            $0.id = id.text
            $0.index = UInt32(index)
            $0.bytes = UInt64(size.bytes)
        }
    }
}

/// The largest virtual disk of the platforms we know (VMFS, 62 TiB), rounded up.
private let largestDisk: UInt64 = 64 << 40

extension Evidence {
    /// What was read from a peer names its observer already.
    fileprivate var text: String { source.isEmpty ? observed : "\(observed) (seen by \(source))" }
}

extension Gate {
    public var message: CommonV1.Gate {
        .with {
            $0.code = code.rawValue
            $0.blocking = severity == .blocking
            $0.evidence = evidence.map(\.text).joined(separator: "; ")
            $0.meaning = meaning
            $0.remedy = [remedy?.text, remedy?.command].compactMap { $0 }.joined(separator: ": ")
            if case .by(let role) = waivable { $0.waivableBy = role }
            switch causedBy {
            case .gate(let cause): $0.causedBy = cause.rawValue
            case .component(let cause): $0.causedBy = cause.description
            case nil: break
            }
            switch status {
            case .pass: $0.status = .pass
            case .fail: $0.status = .fail
            case .unknown: $0.status = .unknown
            case .notApplicable: $0.status = .notApplicable
            case .deferred(let step):
                $0.status = .deferred
                $0.deferredTo = step.text
            }
        }
    }

    /// nil for a code of a newer peer.
    public init?(_ message: CommonV1.Gate) {
        guard let code = GateCode(rawValue: message.code) else { return nil }
        let status: Status =
            switch message.status {
            case .pass: .pass
            case .fail: .fail
            case .notApplicable: .notApplicable
            case .deferred: (try? StepID(message.deferredTo)).map(Status.deferred) ?? .unknown
            default: .unknown
            }
        self.init(
            code, status, severity: message.blocking ? .blocking : .warning,
            evidence: message.evidence.isEmpty
                ? [] : [Evidence(message.evidence, source: "", at: UnixMicroseconds(0))],
            meaning: message.meaning, remedy: message.remedy.isEmpty ? nil : Remedy(message.remedy),
            waivable: message.waivableBy.isEmpty ? .never : .by(message.waivableBy),
            causedBy: GateCode(rawValue: message.causedBy).map(Cause.gate))
    }
}

extension NetworkSettings {
    /// nil when nobody said it.
    public init?(_ message: CommonV1.Network?) throws(Failure) {
        guard let message else { return nil }
        try self.init(address: message.address, gateway: message.gateway, nameServers: message.nameServers)
    }

    public var message: CommonV1.Network {
        .with {
            $0.address = address
            $0.gateway = gateway
            $0.nameServers = nameServers
        }
    }
}
